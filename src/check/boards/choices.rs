//! What can be chosen above the panels, and what is marked in every chart.

use crate::diag::{Diagnostic, codes, one_of};
use crate::model::board::{Ask, Choice, Hue, Mark, Pick, Variable};
use crate::promql::types::{Expected, Presence};
use crate::promql::{self, Dialect};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Language};

use super::super::Checker;
use super::colours::hue;
use super::scope::Scope;

/// The kinds of data sources that a variable may choose among, with the type Grafana knows them by.
pub(super) const SOURCES: [(&str, &str); 5] = [
    ("prometheus", "prometheus"),
    ("loki", "loki"),
    ("tempo", "tempo"),
    ("jaeger", "jaeger"),
    ("postgres", "grafana-postgresql-datasource"),
];

/// The queries that Grafana knows for the values of a variable.
pub(super) const QUERIES: [&str; 4] = ["label_values", "label_names", "metrics", "query_result"];

impl<'a> Checker<'a> {
    /// The variables of a dashboard. Each knows those above it.
    pub(super) fn variables(&mut self, d: &'a ast::Dashboard, scope: &mut Scope<'a>) -> Vec<Variable> {
        let mut variables = Vec::new();
        for written in &d.variables {
            variables.extend(self.choice(written, scope));
            scope.known.push(written);
        }
        variables
    }

    fn choice(&mut self, v: &'a ast::Variable, scope: &mut Scope<'a>) -> Option<Variable> {
        self.variable_name(v);
        let pick =
            Pick { many: v.many.is_some(), all: v.all.is_some(), first: v.default.as_ref().map(|d| d.node.clone()) };
        let choice = match &v.choice {
            ast::Choice::From(ask) => {
                let (query, source) = self.answers(ask, scope)?;
                let matching = v.matching.as_ref().map(|m| m.node.clone());
                Choice::Answers { query, source, matching, pick }
            }
            ast::Choice::In(values) => {
                self.default_is_one_of(v, values);
                Choice::Values(values.iter().map(|value| value.node.clone()).collect(), pick)
            }
            ast::Choice::Every(steps, auto) => {
                self.no_pick(v, "a length of time", v.default.as_ref().map(|d| d.span));
                Choice::Every { steps: steps.iter().map(|s| s.node).collect(), auto: auto.is_some() }
            }
            ast::Choice::Datasource(kind) => {
                self.no_pick(v, "a data source", None);
                self.datasource_choice(v, kind)?
            }
            ast::Choice::Text(text) => {
                self.no_pick(v, "a text", v.default.as_ref().map(|d| d.span));
                Choice::Text(text.as_ref().map_or(String::new(), |t| t.node.clone()))
            }
        };
        let plain = |name: &str| name.replace('_', " ");
        let label = v.label.as_ref().map_or_else(|| plain(&v.name.node), |l| l.node.clone());
        Some(Variable { name: v.name.node.clone(), label, choice })
    }

    /// A name that can stand behind `$`, and is not one of Grafana's.
    fn variable_name(&mut self, v: &ast::Variable) {
        let name = &v.name;
        if name.node == "datasource" && !matches!(&v.choice, ast::Choice::Datasource(kind) if kind.node == "prometheus")
        {
            let message =
                "`datasource` names the choice of a Prometheus, which queries go to unless they say otherwise";
            let help = "another name keeps both apart: `variable logs datasource loki`";
            return self.report(Diagnostic::new(&codes::E0102, name.span, message).here("taken").help(help));
        }
        if name.node.contains(['-', '.']) || name.node.starts_with("__") {
            let message = format!("`{}` cannot name a variable", name.node);
            let help = "a variable is a letter, then letters, digits and `_`; names that begin with `__` are Grafana's";
            self.report(Diagnostic::new(&codes::E0102, name.span, message).here("not a name").help(help));
        }
    }

    /// Only of values that are listed or answered can many be chosen.
    fn no_pick(&mut self, v: &ast::Variable, what: &str, default: Option<Span>) {
        if let Some(span) = v.many.or(v.all).or(default).or(v.matching.as_ref().map(|m| m.span)) {
            let message = format!("`{}` is {what}: just one is chosen, the first at first", v.name.node);
            let help = "`many`, `all`, `default` and `matching` go with `from` and `in`";
            self.report(Diagnostic::new(&codes::E0451, span, message).here("not possible here").help(help));
        }
    }

    fn default_is_one_of(&mut self, v: &ast::Variable, values: &[Spanned<String>]) {
        let Some(default) = v.default.as_ref().filter(|d| !values.iter().any(|v| v.node == d.node)) else { return };
        let message = format!("`{}` is none of the values of `{}`", default.node, v.name.node);
        let diagnostic = Diagnostic::new(&codes::E0451, default.span, message).here("cannot be chosen");
        let values = values.iter().map(|v| v.node.as_str());
        self.report(diagnostic.maybe_help((values.len() > 0).then(|| format!("they are {}", one_of(values)))));
    }

    fn datasource_choice(&mut self, v: &ast::Variable, kind: &ast::Name) -> Option<Choice> {
        let Some((_, plugin)) = SOURCES.iter().find(|(name, _)| *name == kind.node) else {
            let message = format!("`{}` is not a kind of data source", kind.node);
            let help = format!("the kinds are {}", one_of(SOURCES.map(|(name, _)| name)));
            self.report(Diagnostic::new(&codes::E0120, kind.span, message).here("not known").help(help));
            return None;
        };
        let declared = self.names.datasources.iter();
        let mut fitting: Vec<_> = declared.filter(|d| d.kind.node == kind.node).collect();
        fitting.sort_by_key(|d| d.default.is_none());
        let names: Vec<Spanned<String>> = fitting.into_iter().map(|d| d.name.clone()).collect();
        self.default_is_one_of(v, &names);
        let first = v.default.as_ref().or(names.first()).map_or_else(|| kind.node.clone(), |d| d.node.clone());
        Some(Choice::Datasource { plugin, name: first })
    }

    /// The query of a variable's values, and where it is asked.
    pub(super) fn answers(
        &mut self,
        ask: &'a ast::Ask,
        scope: &mut Scope<'a>,
    ) -> Option<(String, Option<crate::model::board::Source>)> {
        let source = self.source(ask, None, scope)?;
        if ask.language != Language::Promql {
            self.passed_through(ask, scope);
            return Some((ask.text.first()?.clone(), source));
        }
        let text = uncommented(self.program.sources.text(ask.span));
        let open = text.find('(').filter(|_| text.ends_with(')'));
        let found = open.and_then(|open| Some((open, text.get(..open)?.trim()))).filter(|(_, w)| QUERIES.contains(w));
        let Some((open, word)) = found else {
            let message = "this is no query for the values of a variable";
            let help = "`label_values(SERIES, LABEL)`, `label_values(LABEL)`, `label_names()`, `metrics(REGEX)` or `query_result(QUERY)`";
            self.report(Diagnostic::new(&codes::E0449, ask.span, message).here("gives no values").help(help));
            return None;
        };
        let inner = ask.span.inside(open + 1..text.len() - 1);
        let inside = match word {
            "label_values" => self.label_values(inner, &text[open + 1..text.len() - 1], scope)?,
            "query_result" => self.promql(inner, Expected::Anything, scope)?.0.compact(None),
            _ => {
                self.names_at(inner, scope);
                text[open + 1..text.len() - 1].trim().to_string()
            }
        };
        Some((format!("{word}({inside})"), source))
    }

    /// `SERIES, LABEL` or `LABEL`: the series are checked as any query, and must be able to have the label. `text` is
    /// what stands at `inner`, without comments.
    fn label_values(&mut self, inner: Span, text: &str, scope: &mut Scope<'a>) -> Option<String> {
        let comma = text.rfind(',').filter(|c| !text[*c..].contains(['}', ')', '"']));
        let start = comma.map_or(0, |c| c + 1);
        let label = text.get(start..)?;
        let lead = label.len() - label.trim_start().len();
        let place = inner.inside(start + lead..start + lead + label.trim().len());
        let name = Spanned::new(label.trim().to_string(), place);
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$';
        if name.node.is_empty() || !name.node.bytes().all(plain) {
            let message = format!("`{}` is not a label", name.node);
            let help = "the label whose values are offered stands last: `label_values(up, job)`";
            self.report(Diagnostic::new(&codes::E0449, name.span, message).here("not a label").help(help));
            return None;
        }
        self.names_at(name.span, scope);
        let Some(comma) = comma else { return Some(name.node) };
        let (query, found) = self.promql(inner.inside(0..comma), Expected::Anything, scope)?;
        let looked = found.row.lookup(&name.node);
        if looked.presence == Presence::Not {
            let message = format!("these series have no label `{}`, so there is nothing to choose", name.node);
            let (place, why) = looked.why.map_or((query.span(), "the series".into()), |w| (w.span, w.text));
            let help = crate::diag::did_you_mean(&name.node, found.row.names());
            let diagnostic = Diagnostic::new(&codes::E0444, name.span, message).here("not there").label(place, why);
            self.report(diagnostic.maybe_help(help));
        }
        Some(format!("{}, {}", query.compact(None), name.node))
    }

    /// A PromQL query of a dashboard, checked, and what is known of its result.
    pub(super) fn promql(
        &mut self,
        span: Span,
        expected: Expected,
        scope: &mut Scope<'a>,
    ) -> Option<(promql::Query, crate::promql::types::Type)> {
        let text = self.program.sources.text(span);
        let (parsed, diagnostics) = self.memo.read(text, span, Dialect::Grafana);
        self.diagnostics.extend(diagnostics);
        let query = parsed?;
        self.uses(query.variables(), scope);
        let found = self.typed(&query, expected, &[]);
        self.several_matched_as_one(&query, scope);
        Some((query, found))
    }

    pub(super) fn mark(&mut self, m: &'a ast::Mark, scope: &mut Scope<'a>) -> Option<Mark> {
        let Some(source) = self.source(&m.ask, None, scope) else {
            self.names_at(m.ask.span, scope);
            return None;
        };
        let hue = m.colour.as_ref().map_or(Some(Hue::Purple), |c| self.known_hue(c))?;
        let (expr, text, ask) = match m.ask.language {
            Language::Promql => {
                let (query, found) = self.promql(m.ask.span, Expected::Anything, scope)?;
                let text = m.text.as_ref().map(|t| self.legend(t, Some(&found), query.span(), scope));
                (query.compact(None), text, Ask::Metrics)
            }
            language => {
                self.passed_through(&m.ask, scope);
                let text = m.text.as_ref().map(|t| self.legend(t, None, m.ask.span, scope));
                (
                    m.ask.text.first()?.clone(),
                    text,
                    if language == Language::Logql { Ask::Logs } else { Ask::Rows(false) },
                )
            }
        };
        let name = m.name.node.clone();
        Some(Mark { text: text.unwrap_or_else(|| name.clone()), name, expr, ask, source, hue })
    }

    /// A colour by its name.
    pub(super) fn known_hue(&mut self, name: &ast::Name) -> Option<Hue> {
        let found = hue(&name.node);
        if found.is_none() {
            let help = format!("the colours are {}", one_of(super::colours::HUES.map(Hue::name)));
            let message = format!("`{}` is not a colour", name.node);
            self.report(Diagnostic::new(&codes::E0004, name.span, message).here("not known here").help(help));
        }
        found
    }
}

/// A query with spaces where comments stand, so that every place stays where it is.
fn uncommented(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    let mut quote = None;
    let mut comment = false;
    for c in query.chars() {
        match (quote, c) {
            _ if comment && c != '\n' => {
                out.push_str(&" ".repeat(c.len_utf8()));
                continue;
            }
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '#') => {
                comment = true;
                out.push(' ');
                continue;
            }
            _ => comment = false,
        }
        out.push(c);
    }
    out
}
