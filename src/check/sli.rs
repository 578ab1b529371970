//! What an objective measures: one SLI, whole, as queries with a window in them.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::{Measure, Sli, SliForm, Windowed};
use crate::promql::types::{self, Expected, Type};
use crate::promql::{BinaryOp, Dialect, Expr, Kind, Query, ValueType, WindowFunction};
use crate::source::Span;
use crate::syntax::ast::{self, Name};

/// The forms an SLI has, for messages.
const FORMS: &str = "`errors …` with `total …`, `good …` with `total …`, `histogram … within …`, `ratio …`, `up …`, `value …` with `good below …`, \
                     `all of …` or `weighted { … }`";

/// A query that counts events, and its selector when it is one.
struct Counted {
    query: Query,
    found: Type,
    windowed: Windowed,
    selector: Option<String>,
    dimensions: Vec<String>,
}

/// An SLI without extras.
pub(super) fn plain(form: SliForm, measure: Measure) -> Sli {
    Sli {
        form,
        measure,
        part_selector: None,
        total_selector: None,
        dimensions: Vec::new(),
        whole: None,
        several: false,
        exclude: None,
        exclude_by: Vec::new(),
        silence_is_bad: false,
    }
}

impl<'a> Checker<'a> {
    /// The one SLI of an objective.
    pub(super) fn sli(&mut self, slo: &'a ast::Slo, service: &ast::Service, by: &[String]) -> Option<Sli> {
        let forms = forms(slo);
        if let [(first, one), (second, other), ..] = forms[..] {
            let message = format!("`{one}` and `{other}` are two SLIs in one objective");
            let diagnostic =
                Diagnostic::new(&codes::E0407, second, message).here("a second one").label(first, "the first one");
            self.report(diagnostic.help(format!("an objective has one: {FORMS}")));
            return None;
        }
        let part = slo.errors.as_ref().map(|q| (q, false)).or(slo.good.as_ref().map(|q| (q, true)));
        match (part, &slo.total, &slo.value, &slo.slices) {
            (Some((part, good)), Some(total), ..) => return self.events(part, good, total, by, &slo.by),
            (_, _, Some(value), Some(bound)) => return self.slices(value, bound, by),
            _ => {}
        }
        match (&slo.histogram, &slo.ratio, &slo.up, &slo.composite) {
            (Some(histogram), ..) => self.histogram(histogram, by, &slo.by),
            (_, Some(ratio), ..) => self.ratio(ratio, by, &slo.by),
            (_, _, Some(up), _) => self.up(up, by),
            (_, _, _, Some(composite)) => self.composite(composite, slo, service),
            _ if slo.broken => None,
            _ => {
                self.incomplete(slo);
                None
            }
        }
    }

    /// Says which half of an SLI is missing.
    fn incomplete(&mut self, slo: &ast::Slo) {
        let part = slo.errors.as_ref().or(slo.good.as_ref()).map(|q| q.keyword);
        let halves = [
            (part, "the objective counts some events, but not all of them", "`total …` counts all of them"),
            (
                slo.total.map(|q| q.keyword),
                "the objective counts all events, but neither the bad nor the good ones",
                "`errors …` or `good …` counts those",
            ),
            (
                slo.value.map(|q| q.keyword),
                "the objective reads a value, but does not say when it is good",
                "`good below 0.2 each 1m` says so",
            ),
            (
                slo.slices.as_ref().map(|s| s.keyword),
                "the objective has a bound, but no value that must keep it",
                "`value …` is the value",
            ),
        ];
        let half = halves.into_iter().find_map(|(span, message, help)| Some((span?, message, help.to_string())));
        let (span, message, help) =
            half.unwrap_or_else(|| (slo.header, "the objective measures nothing", format!("an SLI is {FORMS}")));
        self.report(Diagnostic::new(&codes::E0406, span, message).here("something is missing").help(help));
    }

    fn events(
        &mut self,
        part: &ast::Query,
        good: bool,
        total: &ast::Query,
        by: &[String],
        names: &[Name],
    ) -> Option<Sli> {
        let part = self.counted(part, by, names);
        let total = self.counted(total, by, names);
        let (part, total) = (part?, total?);
        self.diagnostics.extend(types::check_pair((&part.query, &part.found), (&total.query, &total.found)));
        let measure = Measure::Events { total: total.windowed, part: part.windowed, good };
        let sli = plain(SliForm::Events, measure);
        let dimensions = part.dimensions;
        Some(Sli { part_selector: part.selector, total_selector: total.selector, dimensions, ..sli })
    }

    /// Parses a query of an SLI, with the hole `[$window]` allowed.
    pub(super) fn query(&mut self, query: &ast::Query) -> Option<Query> {
        self.query_in(query, Dialect::Window)
    }

    /// Parses a query.
    pub(super) fn query_in(&mut self, query: &ast::Query, dialect: Dialect) -> Option<Query> {
        let text = self.program.sources.text(query.span);
        let (parsed, diagnostics) = self.memo.read(text, query.span, dialect);
        self.diagnostics.extend(diagnostics);
        parsed.iter().for_each(|query| self.reads_one_shard(query));
        parsed
    }

    /// A query that counts events: a bare selector, or an expression with the hole.
    fn counted(&mut self, written: &ast::Query, by: &[String], names: &[Name]) -> Option<Counted> {
        let query = self.query(written)?;
        let found = self.typed(&query, Expected::Events, names);
        if let Some(bare) = query.bare_selector() {
            let dimensions = self.dimensions(bare, written.span.file, by);
            let selector = query.compact_part(query.expr().bare(), None);
            let text = format!("{}(increase({selector}[$window]))", sum_by(by));
            let windowed = Windowed { text, per_second: false };
            return Some(Counted { windowed, selector: Some(selector), dimensions, query, found });
        }
        self.has_window(&query)?;
        let per_second = query.window_function() == Some(WindowFunction::Rate);
        let text = summed(&query, query.expr(), by);
        let windowed = Windowed { text, per_second };
        Some(Counted { windowed, selector: None, dimensions: Vec::new(), query, found })
    }

    /// An expression needs a place for the window, and must give series.
    pub(super) fn has_window(&mut self, query: &Query) -> Option<()> {
        let vector = matches!(query.value_type(), ValueType::Vector | ValueType::Unknown);
        if !vector {
            let message =
                format!("this query gives {}, but an SLI needs an instant vector", query.value_type().with_article());
            let help = "a bare selector such as `http_requests_total{job=\"x\"}`, or an expression such as `sum(rate(x[$window]))`";
            self.report(
                Diagnostic::new(&codes::E0408, query.span(), message).here(query.value_type().name()).help(help),
            );
            return None;
        }
        if query.holes().is_empty() {
            let message = "this query has no `[$window]`, so it cannot be asked over the windows of the alerts";
            let range = fixed_range(query.expr());
            let diagnostic = Diagnostic::new(&codes::E0409, range.unwrap_or(query.span()), message);
            let diagnostic = diagnostic.here(if range.is_some() { "a fixed range" } else { "no range" });
            let help = "a range is written `[$window]`; a bare counter selector needs none";
            let fixed = range.map_or(diagnostic.clone(), |r| diagnostic.clone().fix("write `$window`", r, "$window"));
            self.report(fixed.help(help));
            return None;
        }
        Some(())
    }

    /// `ratio E`: split into errors and total where it is a division, so that its period is Σerrors / Σtotal.
    fn ratio(&mut self, written: &ast::Query, by: &[String], names: &[Name]) -> Option<Sli> {
        let query = self.query(written)?;
        let found = self.typed(&query, Expected::ErrorRatio, names);
        self.has_window(&query)?;
        if let Some(measure) = split(&query, by) {
            return Some(plain(SliForm::Ratio, measure));
        }
        let message =
            "this ratio cannot be split into errors and total, so every window reads the raw series, the period too";
        let help = "`errors / total` and `1 - good / total` can be split, and cost a fraction of it";
        self.report(Diagnostic::new(&codes::W0403, query.span(), message).here("not a plain division").help(help));
        let windowed = |text| Windowed { text, per_second: false };
        let whole = whole(query.expr()).map(|e| windowed(query.compact_part(e, None)));
        let text = query.compact(None);
        let needs_parens = matches!(query.expr().kind, Kind::Binary(_));
        let text = if needs_parens { format!("({text})") } else { text };
        let several = is_several(&found, by);
        Some(Sli { whole, several, ..plain(SliForm::Ratio, Measure::Ratio(windowed(text))) })
    }
}

/// The words of an objective that begin an SLI, in the order they stand; both halves of one form are one.
fn forms(slo: &ast::Slo) -> Vec<(Span, &'static str)> {
    let query = |q: &Option<ast::Query>, word| q.as_ref().map(|q| (q.keyword, word));
    let part = query(&slo.errors, "errors").or(query(&slo.good, "good"));
    let second = query(&slo.good, "good").filter(|_| slo.errors.is_some());
    let value = query(&slo.value, "value").or(slo.slices.as_ref().map(|s| (s.keyword, "good")));
    let all = [
        part,
        second,
        query(&slo.total, "total").filter(|_| part.is_none()),
        slo.histogram.as_ref().map(|h| (h.keyword, "histogram")),
        query(&slo.ratio, "ratio"),
        query(&slo.up, "up"),
        value,
        slo.composite.as_ref().map(|c| (c.keyword, if c.weighted { "weighted" } else { "all" })),
    ];
    let mut forms: Vec<(Span, &str)> = all.into_iter().flatten().collect();
    forms.sort();
    forms
}

/// `A / B` as errors A of total B, `1 - A / B` as good A of total B, when both sides hold the window in one function.
fn split(query: &Query, by: &[String]) -> Option<Measure> {
    let parts = query.ratio_parts().filter(|p| p.matching.is_none() && p.group.is_none())?;
    let per_second = match query.window_function()? {
        WindowFunction::Rate => true,
        WindowFunction::Increase => false,
        WindowFunction::Other(_) | WindowFunction::Mixed => return None,
    };
    let holds_window = |e: &Expr| query.holes().iter().any(|h| e.span.start <= h.start && h.end <= e.span.end);
    if !holds_window(parts.numerator) || !holds_window(parts.denominator) {
        return None;
    }
    let windowed = |e: &Expr| Windowed { text: summed(query, e, by), per_second };
    Some(Measure::Events {
        total: windowed(parts.denominator),
        part: windowed(parts.numerator),
        good: parts.complement,
    })
}

/// Whether a query may have more series than one for each value of `by`.
fn is_several(found: &Type, by: &[String]) -> bool {
    !found.row.is_closed() || found.row.names().any(|name| by.iter().all(|b| b != name))
}

/// The divisor of the last quotient, which is there before the first error is.
fn whole(expr: &Expr) -> Option<&Expr> {
    let b = match &expr.bare().kind {
        Kind::Binary(b) => b,
        Kind::Call(call) if call.name.node.starts_with("clamp") => return whole(call.args.first()?),
        _ => return None,
    };
    match (b.lhs.constant(), b.rhs.constant()) {
        (None, Some(_)) => whole(&b.lhs),
        (Some(_), None) if b.op.node != BinaryOp::Div => whole(&b.rhs),
        (None, None) if b.op.node == BinaryOp::Div => {
            Some(b.rhs.bare()).filter(|rhs| rhs.value_type() == ValueType::Vector)
        }
        _ => None,
    }
}

/// The expression aggregated to the labels of `by`: as written where it is that already.
fn summed(query: &Query, expr: &Expr, by: &[String]) -> String {
    aggregated(query, expr, by).unwrap_or_else(|| format!("{}({})", sum_by(by), query.compact_part(expr.bare(), None)))
}

/// An expression that has just the labels of `by`: an aggregation, or sums and differences of such. A side that was never
/// counted has no series and must not take the others with it, so that all are members of one sum, told apart by a label.
fn aggregated(query: &Query, expr: &Expr, by: &[String]) -> Option<String> {
    let mut sides = Vec::new();
    sides_of(query, expr, by, true, &mut sides)?;
    if let [(_, alone)] = sides.as_slice() {
        return Some(alone.clone());
    }
    let member = |(index, (adds, side)): (usize, &(bool, String))| {
        let sign = if *adds { "" } else { "-1 * " };
        format!("label_replace({sign}{side}, \"slo_side\", \"{index}\", \"\", \"\")")
    };
    let members: Vec<String> = sides.iter().enumerate().map(member).collect();
    let sum = format!("{}({})", sum_by(by), members.join(" or "));
    Some(if sides.iter().all(|(adds, _)| *adds) { sum } else { format!("clamp_min({sum}, 0)") })
}

/// The aggregations that an expression adds, and those it takes away; `None` where it is more than that.
fn sides_of(query: &Query, expr: &Expr, by: &[String], adds: bool, sides: &mut Vec<(bool, String)>) -> Option<()> {
    match &expr.bare().kind {
        Kind::Aggregate(aggregate) => {
            let labels = aggregate.grouping.iter().flat_map(|g| &g.labels);
            let mut kept: Vec<&str> = labels.map(|l| l.node.as_str()).collect();
            let mut wanted: Vec<&str> = by.iter().map(String::as_str).collect();
            kept.sort_unstable();
            wanted.sort_unstable();
            let without = aggregate.grouping.as_ref().is_some_and(|g| g.without);
            (!without && kept == wanted).then(|| sides.push((adds, query.compact_part(expr.bare(), None))))
        }
        Kind::Binary(b) if b.matching.is_none() && matches!(b.op.node, BinaryOp::Add | BinaryOp::Sub) => {
            sides_of(query, &b.lhs, by, adds, sides)?;
            sides_of(query, &b.rhs, by, adds == (b.op.node == BinaryOp::Add), sides)
        }
        _ => None,
    }
}

/// `sum` or `sum by (region) `: what stands before the bracket.
pub(super) fn sum_by(by: &[String]) -> String {
    if by.is_empty() { "sum".into() } else { format!("sum by ({}) ", by.join(", ")) }
}

/// Where the length of the first fixed range stands.
fn fixed_range(expr: &Expr) -> Option<Span> {
    let mut found = None;
    expr.walk(&mut |e| {
        let range = match &e.kind {
            Kind::Selector(s) => s.range.as_ref(),
            Kind::Subquery(s) => Some(&s.range),
            _ => None,
        };
        found = found.or(range.map(|r| r.length_span));
    });
    found
}
