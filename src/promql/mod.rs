//! PromQL: read with a place for every node, checked against Prometheus's own rules, printed as the author wrote it.

mod ast;
mod basic;
mod compiled;
pub mod functions;
mod grammar;
mod known;
mod layout;
mod lex;
mod literal;
mod ops;
pub mod outline;
mod parse;
mod re2;
mod reads;
mod referee;
mod sample;
mod selector;
mod spacing;
pub mod types;
mod weight;

pub use ast::{
    Aggregate, At, Binary, Call, Expr, Group, Grouping, Kind, Length, Matcher, Matching, Offset, Range, Selector,
    Subquery, Unary,
};
pub use layout::{Frame, is_same, layout, one_line};
pub use ops::{BinaryOp, MatchOp, ValueType};
pub use reads::Read;
pub use sample::Test;

use std::sync::OnceLock;

use crate::diag::{Diagnostic, Severity, codes};
use crate::source::{Span, Spanned};

/// The longest query that is read, in bytes.
pub const MAX_QUERY_BYTES: usize = 64 << 10;

/// Where a query stands, and so what may stand in it beside PromQL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// An SLI: the hole `[$window]` stands where a range stands.
    Window,
    /// A rule: PromQL alone.
    Rule,
    /// A dashboard: `$__rate_interval`, `$name` and `${name:format}` stand where Grafana puts their values.
    Grafana,
}

/// A query that Prometheus would accept, once its holes are filled.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    text: String,
    base: Span,
    dialect: Dialect,
    expr: Expr,
    tokens: Vec<lex::Token>,
    holes: Vec<Span>,
    variables: Vec<Spanned<String>>,
    /// Where white space stands when it is printed: found once, when it is first asked for.
    spacing: OnceLock<Vec<spacing::Spacing>>,
}

/// Reads `text`, which stands at `base`, and reports every mistake in it, in the order they stand.
///
/// There is a query exactly when none of the diagnostics is an error.
pub fn parse(text: &str, base: Span, dialect: Dialect) -> (Option<Query>, Vec<Diagnostic>) {
    if text.len() > MAX_QUERY_BYTES {
        let message = format!("this query has {} bytes; at most {MAX_QUERY_BYTES} are read", text.len());
        return (None, vec![Diagnostic::new(&codes::E0302, base, message).help("split it into recording rules")]);
    }
    let parsed = parse::parse(text, base, dialect);
    let mut diagnostics = parsed.diagnostics;
    basic::check(&parsed.expr, &mut diagnostics);
    without_consequences(&mut diagnostics);
    if diagnostics.iter().all(|d| d.severity != Severity::Error) && !parsed.beyond {
        diagnostics.extend(disagreement(text, &parsed.tokens, &parsed.expr));
    }
    crate::diag::in_order(&mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return (None, diagnostics);
    }
    let parse::Parsed { expr, tokens, holes, variables, .. } = parsed;
    let query =
        Query { text: text.to_string(), base, dialect, expr, tokens, holes, variables, spacing: OnceLock::new() };
    (Some(query), diagnostics)
}

/// Drops what a mistake of syntax made follow from it: wrong numbers of arguments and selectors around it.
fn without_consequences(diagnostics: &mut Vec<Diagnostic>) {
    if let Some(deep) = diagnostics.iter().find(|d| d.code == &codes::E0302).cloned() {
        diagnostics.retain(|d| d.code == &codes::E0302 || d.primary.span.end <= deep.primary.span.start);
    }
    let broken = |d: &&Diagnostic| d.code == &codes::E0301;
    let causes: Vec<Span> = diagnostics.iter().filter(broken).map(|d| d.primary.span).collect();
    let around = |d: &Diagnostic, c: &Span| d.primary.span.start <= c.start && c.end <= d.primary.span.end;
    let follows = |d: &Diagnostic| d.code == &codes::E0305 || d.code == &codes::E0307;
    diagnostics.retain(|d| !(follows(d) && causes.iter().any(|c| around(d, c))));
}

/// A query that two readers understand differently must not become an alert.
fn disagreement(text: &str, tokens: &[lex::Token], expr: &Expr) -> Option<Diagnostic> {
    let why = referee::objection(text, tokens, expr)?;
    Some(Diagnostic::new(&codes::E0309, expr.span, format!("promql-parser reads this query otherwise: {why}")))
}

/// The function that is applied to the hole `[$window]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum WindowFunction {
    /// `rate`: events per second.
    Rate,
    /// `increase`: events in the window.
    Increase,
    /// Another function over a range; holds its name.
    Other(String),
    /// Several different ones.
    Mixed,
}

/// A query of the form `errors / total`, or `1 - good / total`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RatioParts<'a> {
    /// Above the line.
    pub numerator: &'a Expr,
    /// Below the line.
    pub denominator: &'a Expr,
    /// Whether the query is one minus the ratio, so that `numerator` counts the good events.
    pub complement: bool,
    /// How the two sides are matched; `None` when by all their labels.
    pub matching: Option<&'a Matching>,
    /// The grouping, when one side has more series than the other.
    pub group: Option<&'a Group>,
}

/// Why a pattern of label values does not compile, as it is said of a matcher; `None` when it does.
pub fn wrong_pattern(value: &Spanned<String>) -> Option<Diagnostic> {
    basic::pattern(value)
}

impl Query {
    /// The tree.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The text as the author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the text stands.
    pub fn span(&self) -> Span {
        self.base
    }

    /// What may stand in it beside PromQL.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where `$window` stands.
    pub fn holes(&self) -> &[Span] {
        &self.holes
    }

    /// The dashboard variables in it, by name, in the order they stand; also Grafana's own, such as `__rate_interval`.
    pub fn variables(&self) -> &[Spanned<String>] {
        &self.variables
    }

    /// PromQL's own type of the result.
    pub fn value_type(&self) -> ValueType {
        self.expr.value_type()
    }

    /// The query on one line, spaced as every query is: comments dropped, and `window` in every hole.
    pub fn compact(&self, window: Option<&str>) -> String {
        self.compact_between(self.base, window)
    }

    /// The same for one expression of this query's tree.
    pub fn compact_part(&self, part: &Expr, window: Option<&str>) -> String {
        self.compact_between(part.span, window)
    }

    fn compact_between(&self, span: Span, window: Option<&str>) -> String {
        let start = span.start.saturating_sub(self.base.start) as usize;
        let end = span.end.saturating_sub(self.base.start) as usize;
        let spacing = self.spacing.get_or_init(|| spacing::spacing(&self.tokens, &self.text));
        let first = self.tokens.partition_point(|t| t.start < start);
        let inside = |t: &lex::Token| t.end <= end && t.kind != lex::Tok::End;
        let mut out = String::with_capacity(end.saturating_sub(start));
        let spaced = self.tokens.iter().zip(spacing).skip(first);
        for (token, spacing) in spaced.take_while(|(t, _)| inside(t)) {
            if spacing.gap && !out.is_empty() {
                out.push(' ');
            }
            let place = self.base.inside(token.start..token.end);
            let source = self.text.get(token.start..token.end).unwrap_or("");
            let hole = window.filter(|_| self.holes.contains(&place));
            out.push_str(hole.unwrap_or(source));
        }
        out
    }

    /// The selector, when the whole query is one without range, `offset` and `@`.
    pub fn bare_selector(&self) -> Option<&Selector> {
        match &self.expr.bare().kind {
            Kind::Selector(s) if s.range.is_none() && s.offset.is_none() && s.at.is_none() => Some(s),
            _ => None,
        }
    }

    /// The two parts of `A / B` and of `1 - A / B`, parentheses aside; `None` for any other query.
    pub fn ratio_parts(&self) -> Option<RatioParts<'_>> {
        let top = self.expr.bare();
        let complement = one_minus(top);
        let Kind::Binary(b) = &complement.unwrap_or(top).kind else { return None };
        (b.op.node == BinaryOp::Div && b.fill.is_empty()).then(|| RatioParts {
            numerator: &b.lhs,
            denominator: &b.rhs,
            complement: complement.is_some(),
            matching: b.matching.as_ref(),
            group: b.group.as_ref(),
        })
    }

    /// What is applied to the ranges that hold `$window`; `None` without a hole.
    pub fn window_function(&self) -> Option<WindowFunction> {
        let mut found = Vec::new();
        self.expr.walk(&mut |e| {
            if let Kind::Call(call) = &e.kind
                && call.args.iter().any(reads_hole)
            {
                found.push(match call.name.node.as_str() {
                    "rate" => WindowFunction::Rate,
                    "increase" => WindowFunction::Increase,
                    other => WindowFunction::Other(other.to_string()),
                });
            }
        });
        found.sort();
        found.dedup();
        match found.len() {
            0 | 1 => found.pop(),
            _ => Some(WindowFunction::Mixed),
        }
    }
}

/// The `x` of `1 - x`, parentheses aside.
fn one_minus(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        Kind::Binary(b) if b.op.node == BinaryOp::Sub && b.lhs.constant() == Some(1.0) && b.matching.is_none() => {
            Some(b.rhs.bare())
        }
        _ => None,
    }
}

/// Whether this is a range whose length is the hole.
fn reads_hole(expr: &Expr) -> bool {
    match &expr.bare().kind {
        Kind::Selector(s) => s.range.as_ref().is_some_and(|r| r.length == Length::Hole),
        Kind::Subquery(s) => s.range.length == Length::Hole,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_that_disagree_are_reported() {
        let read = |text: &str| parse::parse(text, Span::default(), Dialect::Rule);
        let [one, two, other] = ["sum(up)", "max(up)", "sum(up) + 1"].map(read);
        assert_eq!(disagreement("sum(up)", &one.tokens, &one.expr), None);
        // What was said of a text is not asked again.
        let code = disagreement("max(up)", &two.tokens, &other.expr).map(|d| d.code.id);
        assert_eq!(code, Some("E0309"));
    }
}
