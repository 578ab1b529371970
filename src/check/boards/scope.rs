//! The variables that are known where a query or a text of a dashboard stands, and which of them are used.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::source::{Span, Spanned};
use crate::syntax::ast;

use super::super::Checker;

/// What Grafana itself fills in.
const BUILT_IN: [&str; 24] = [
    "__all_variables",
    "__auto",
    "__dashboard",
    "__data",
    "__field",
    "__from",
    "__interval",
    "__interval_ms",
    "__name",
    "__org",
    "__range",
    "__range_ms",
    "__range_s",
    "__rate_interval",
    "__rate_interval_ms",
    "__series",
    "__timeFilter",
    "__timeFrom",
    "__timeGroup",
    "__timeGroupAlias",
    "__timeTo",
    "__unixEpochFilter",
    "__url_time_range",
    "__value",
];

/// The variables of one dashboard.
pub(super) struct Scope<'a> {
    /// Those declared so far.
    pub(super) known: Vec<&'a ast::Variable>,
    /// All that the dashboard declares.
    all: &'a [ast::Variable],
    /// The variables that have one value where the query stands, since it is repeated for each.
    pub(super) single: Vec<&'a str>,
    /// Those that something uses.
    used: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(all: &'a [ast::Variable]) -> Scope<'a> {
        Scope { known: Vec::new(), all, single: Vec::new(), used: BTreeSet::new() }
    }

    /// Finds a variable, and remembers that it is used.
    pub(super) fn find(&mut self, name: &str) -> Option<&'a ast::Variable> {
        let found = self.known.iter().copied().find(|v| v.name.node == name)?;
        self.used.insert(&found.name.node);
        Some(found)
    }
}

impl<'a> Checker<'a> {
    /// Reports each of these uses of a variable that is not known there.
    pub(super) fn uses(&mut self, names: &[Spanned<String>], scope: &mut Scope<'a>) {
        for name in names {
            if !BUILT_IN.contains(&name.node.as_str()) && scope.find(&name.node).is_none() {
                self.unknown_variable(name, scope);
            }
        }
    }

    fn unknown_variable(&mut self, name: &Spanned<String>, scope: &mut Scope<'a>) {
        let text = &name.node;
        if let Some(later) = scope.all.iter().find(|v| v.name.node == *text) {
            scope.used.insert(&later.name.node);
            let message = format!("`${text}` is declared only below, so it has no value yet here");
            let diagnostic = Diagnostic::new(&codes::E0440, name.span, message).here("used before it is there");
            let help = "a variable that another one needs stands above it";
            return self.report(diagnostic.label(later.name.span, "declared here").help(help));
        }
        let message = format!("this dashboard has no variable `{text}`");
        if text == "window" {
            let help = "the window of a chart is `[$__rate_interval]`; `[$window]` belongs to objectives";
            return self.report(
                Diagnostic::new(&codes::E0440, name.span, message).here("not declared").help(help).suggest(
                    "write `__rate_interval`",
                    name.span,
                    "__rate_interval",
                ),
            );
        }
        let known = scope.all.iter().map(|v| v.name.node.as_str()).chain(BUILT_IN);
        let help = did_you_mean(text, known).unwrap_or_else(|| match self.program.sources.is_of_json(name.span) {
            true => "the choices of this dashboard stand under `templating`".to_string(),
            false => format!("`variable {text} from label_values(up, {text})` declares one"),
        });
        self.report(Diagnostic::new(&codes::E0440, name.span, message).here("not declared").help(help));
    }

    /// The variables in a text for people, or in a query that is passed through.
    pub(super) fn names_in(&mut self, text: &Spanned<String>, scope: &mut Scope<'a>) {
        self.names_at(text.span, scope);
    }

    /// The same for what stands at a place.
    pub(super) fn names_at(&mut self, span: Span, scope: &mut Scope<'a>) {
        let source = self.program.sources.text(span);
        let names: Vec<Spanned<String>> = variables(source, span).collect();
        self.uses(&names, scope);
    }

    /// The variable that something is repeated for: one of which many may be chosen.
    pub(super) fn repeated(&mut self, name: &ast::Name, scope: &mut Scope<'a>) {
        let Some(variable) = scope.find(&name.node) else { return self.unknown_variable(name, scope) };
        if variable.many.is_none() && variable.all.is_none() {
            let message = format!("only one value of `{}` can be chosen, so there is nothing to repeat", name.node);
            let diagnostic = Diagnostic::new(&codes::E0451, name.span, message).here("never more than once");
            self.report(
                diagnostic.label(variable.name.span, "has no `many`").help("`many` or `all` at the end of its line"),
            );
        }
    }

    /// Reports variables that nothing uses.
    pub(super) fn all_used(&mut self, d: &'a ast::Dashboard, scope: &Scope<'a>) {
        for variable in d.variables.iter().filter(|v| !scope.used.contains(v.name.node.as_str()) && !d.broken) {
            let name = &variable.name;
            let message = format!("nothing on this dashboard uses `${}`", name.node);
            let help = "a choice that changes nothing confuses: use it in a query, or leave it out";
            self.report(Diagnostic::new(&codes::W0440, name.span, message).here("not used").help(help));
        }
    }
}

/// `$name`, `${name}`, `${name:format}` and `[[name]]` in a text that stands at a place. `$1` and `$$` are none.
fn variables(text: &str, at: Span) -> impl Iterator<Item = Spanned<String>> {
    let dollars = text.match_indices('$').filter_map(|(i, _)| {
        let rest = text.get(i + 1..)?;
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let start = i + 1 + (rest.len() - inner.len());
        Some((start, inner))
    });
    let brackets = text.match_indices("[[").filter_map(|(i, _)| Some((i + 2, text.get(i + 2..)?)));
    let named = dollars.chain(brackets).filter_map(|(start, rest)| {
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..length).filter(|n| n.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
        // A database's own quotes: `$tag$ … $tag$`.
        (!rest.get(length..)?.starts_with('$')).then(|| (start, name.to_string()))
    });
    named
        .map(move |(start, name)| {
            let span = at.inside(start..start + name.len());
            Spanned::new(name, span)
        })
        .collect::<Vec<_>>()
        .into_iter()
}
