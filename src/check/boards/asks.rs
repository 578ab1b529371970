//! The queries of panels: each goes to a data source of its language, with a name for its series.

use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::model::board::Source;
use crate::promql::types::{Presence, Type};
use crate::promql::{Kind, MatchOp, Query};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Language};

use super::super::Checker;
use super::scope::Scope;

/// The kinds of data sources that understand a language, with the type Grafana knows them by.
fn kinds(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Promql => &[("prometheus", "prometheus")],
        Language::Logql => &[("loki", "loki")],
        Language::Sql => &[("postgres", "grafana-postgresql-datasource")],
        Language::Traceql => &[("tempo", "tempo")],
        Language::Trace => &[("tempo", "tempo"), ("jaeger", "jaeger")],
        Language::Search => &[("jaeger", "jaeger")],
    }
}

/// The word a query of a language begins with.
pub(super) fn word(language: Language) -> &'static str {
    match language {
        Language::Promql => "query",
        Language::Logql => "logql",
        Language::Sql => "sql",
        Language::Traceql => "traceql",
        Language::Trace => "trace",
        Language::Search => "search",
    }
}

impl<'a> Checker<'a> {
    /// Where a query goes; `Some(None)` for the Prometheus chosen above the panels.
    pub(super) fn source(
        &mut self,
        ask: &'a ast::Ask,
        of_panel: Option<&'a ast::Name>,
        scope: &mut Scope<'a>,
    ) -> Option<Option<Source>> {
        match ask.from.as_ref().or(of_panel) {
            Some(name) => self.named_source(name, ask, scope).map(Some),
            None => self.only_source(ask, scope),
        }
    }

    /// A data source by its name, or the one that a variable of that name chooses.
    fn named_source(&mut self, name: &'a ast::Name, ask: &ast::Ask, scope: &mut Scope<'a>) -> Option<Source> {
        let chosen = scope.known.iter().copied().find(|v| v.name.node == name.node);
        let (kind, uid, declared) = match chosen.map(|v| (&v.choice, v.name.span)) {
            Some((ast::Choice::Datasource(kind), span)) => {
                scope.find(&name.node);
                (kind.node.clone(), format!("${{{}}}", name.node), span)
            }
            _ => match self.names.datasource(name) {
                Ok(found) => (found.kind.node.clone(), found.name.node.clone(), found.kind.span),
                Err(diagnostic) => {
                    self.report(*diagnostic);
                    return None;
                }
            },
        };
        let known = kinds(ask.language);
        if let Some((_, plugin)) = known.iter().find(|(k, _)| *k == kind) {
            return Some(Source { plugin, uid });
        }
        let wanted = one_of(known.iter().map(|(kind, _)| *kind));
        let message = format!("`{}` is asked of {wanted}, but `{}` is a `{kind}`", word(ask.language), name.node);
        let diagnostic = Diagnostic::new(&codes::E0441, name.span, message).here(format!("a `{kind}`"));
        let diagnostic = diagnostic.label(declared, "declared here");
        let diagnostic =
            if ask.from.is_none() { diagnostic.label(ask.keyword, "this query goes there") } else { diagnostic };
        self.report(diagnostic.help(format!("`{} from NAME …` asks another data source", word(ask.language))));
        None
    }

    /// Without a name a query goes to the Prometheus chosen above the panels, or to the only data source of its kind.
    fn only_source(&mut self, ask: &ast::Ask, scope: &mut Scope<'a>) -> Option<Option<Source>> {
        let known = kinds(ask.language);
        let fits = |kind: &str| known.iter().find(|(k, _)| *k == kind).map(|(_, plugin)| *plugin);
        let chosen = scope.known.iter().copied().find_map(|v| match &v.choice {
            ast::Choice::Datasource(kind) => fits(&kind.node).map(|plugin| (v, plugin)),
            _ => None,
        });
        if let Some((variable, plugin)) = chosen {
            scope.find(&variable.name.node);
            return Some(Some(Source { plugin, uid: format!("${{{}}}", variable.name.node) }));
        }
        if ask.language == Language::Promql {
            return Some(None);
        }
        let fitting = self.names.datasources.iter().filter_map(|d| Some((d, fits(&d.kind.node)?)));
        if let [(only, plugin)] = fitting.clone().collect::<Vec<_>>()[..] {
            return Some(Some(Source { plugin, uid: only.name.node.clone() }));
        }
        let wanted = one_of(known.iter().map(|(kind, _)| *kind));
        let names: Vec<&str> = fitting.map(|(d, _)| d.name.node.as_str()).collect();
        let message = match names.is_empty() {
            true => format!("there is no {wanted} to ask"),
            false => format!("nothing says which {wanted} is asked"),
        };
        let help = match names.is_empty() {
            true => {
                format!("`datasource NAME {} \"ADDRESS\"` declares one", known.first().map_or("", |(kind, _)| kind))
            }
            false => {
                format!("`from {}`, before the block or behind `{}`", names.join("` or `from "), word(ask.language))
            }
        };
        self.report(Diagnostic::new(&codes::E0441, ask.keyword, message).here("asked of nothing").help(help));
        None
    }

    /// A name of series, in which `{label}` stands for a label that they must be able to have.
    pub(super) fn legend(
        &mut self,
        written: &'a Spanned<String>,
        found: Option<&Type>,
        query: Span,
        scope: &mut Scope<'a>,
    ) -> String {
        self.names_in(written, scope);
        let text = written.node.as_str();
        let source = self.program.sources.text(written.span);
        let mut out = String::new();
        let mut rest = text;
        let mut from = 0;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            let after = &rest[open..];
            let braces = if after.starts_with("{{") { 2 } else { 1 };
            let inner = &after[braces..];
            let name = inner.split('}').next().unwrap_or("").trim();
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let end = braces + inner.find('}').map_or(0, |end| end + braces);
            // `${name}` is a variable.
            if !is_name || rest[..open].ends_with('$') || end > after.len() {
                out.push('{');
                rest = &after[1..];
                continue;
            }
            let place = source.get(from..).and_then(|s| s.find(&after[..end])).map(|at| at + from);
            from = place.map_or(from, |at| at + end);
            let span = place.map_or(written.span, |at| written.span.inside(at..at + end));
            if let Some(found) = found {
                self.label_there(name, span, found, query);
            }
            out.push_str(&format!("{{{{{name}}}}}"));
            rest = &after[end..];
        }
        out.push_str(rest);
        out
    }

    /// Reports a label that the result cannot have.
    pub(super) fn label_there(&mut self, label: &str, at: Span, found: &Type, query: Span) {
        let looked = found.row.lookup(label);
        if looked.presence != Presence::Not {
            return;
        }
        let message = format!("the result has no label `{label}`");
        let (place, why) = looked.why.map_or((query, "the result".into()), |w| (w.span, w.text));
        let diagnostic = Diagnostic::new(&codes::E0444, at, message).here("would be empty").label(place, why);
        self.report(diagnostic.maybe_help(did_you_mean(label, found.row.names())));
    }

    /// Several values stand as `a|b` in a query, which `=` compares as they are.
    pub(super) fn several_matched_as_one(&mut self, query: &Query, scope: &Scope<'a>) {
        let several = |text: &str| {
            let name = text.trim_start_matches('$').trim_matches(['{', '}']);
            let one = scope.single.contains(&name);
            let many = |v: &&ast::Variable| v.name.node == name && (v.many.is_some() || v.all.is_some());
            scope.known.iter().copied().find(many).filter(|_| !one)
        };
        let mut found = Vec::new();
        query.expr().walk(&mut |e| {
            let Kind::Selector(s) = &e.kind else { return };
            let plain =
                s.matchers.iter().filter(|m| m.variable && matches!(m.op.node, MatchOp::Equal | MatchOp::NotEqual));
            found.extend(plain.filter_map(|m| several(&m.value.node).map(|v| (m.op.span, m.op.node, v))));
        });
        for (span, op, variable) in found {
            let (now, right) = if op == MatchOp::Equal { ("=", "=~") } else { ("!=", "!~") };
            let message = format!("`${}` may be several values, but `{now}` compares with one", variable.name.node);
            let diagnostic = Diagnostic::new(&codes::E0452, span, message).here("finds nothing for several");
            let diagnostic = diagnostic.label(variable.name.span, "any number may be chosen");
            self.report(diagnostic.fix(format!("write `{right}`"), span, right));
        }
    }
}
