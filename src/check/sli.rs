//! What an objective measures: one SLI, whole, as queries with a window in them.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::{Measure, Sli, SliForm, Windowed};
use crate::promql::{self, Dialect, Expr, Kind, Query, ValueType, WindowFunction};
use crate::source::Span;
use crate::syntax::ast;

/// The forms an SLI has, for messages.
const FORMS: &str = "`errors …` with `total …`, `good …` with `total …`, `histogram … within …`, or `ratio …`";

/// A query that counts events, and its selector when it is one.
struct Counted {
    windowed: Windowed,
    selector: Option<String>,
}

impl<'a> Checker<'a> {
    /// The one SLI of an objective.
    pub(super) fn sli(&mut self, slo: &'a ast::Slo, by: &[String]) -> Option<Sli> {
        if self.several_forms(slo) {
            return None;
        }
        let part = slo.errors.as_ref().map(|q| (q, false)).or(slo.good.as_ref().map(|q| (q, true)));
        match (part, &slo.total, &slo.histogram, &slo.ratio) {
            (Some((part, good)), Some(total), ..) => self.events(part, good, total, by),
            (_, _, Some(histogram), _) => self.histogram(histogram, by),
            (_, _, _, Some(ratio)) => self.ratio(ratio, by),
            _ if slo.broken => None,
            (Some((part, _)), None, ..) => {
                self.incomplete(
                    part.keyword,
                    "the objective counts some events, but not all of them",
                    "`total …` counts all of them",
                );
                None
            }
            (None, Some(total), ..) => {
                self.incomplete(
                    total.keyword,
                    "the objective counts all events, but neither the bad nor the good ones",
                    "`errors …` or `good …` counts those",
                );
                None
            }
            (None, None, None, None) => {
                self.incomplete(slo.header, "the objective measures nothing", &format!("an SLI is {FORMS}"));
                None
            }
        }
    }

    fn incomplete(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::new(&codes::E0406, span, message).here("something is missing").help(help));
    }

    /// Reports words of two forms at once.
    fn several_forms(&mut self, slo: &ast::Slo) -> bool {
        let errors = slo.errors.as_ref().map(|q| (q.keyword, "errors"));
        let good = slo.good.as_ref().map(|q| (q.keyword, "good"));
        let histogram = slo.histogram.as_ref().map(|h| (h.keyword, "histogram"));
        let ratio = slo.ratio.as_ref().map(|q| (q.keyword, "ratio"));
        let total = slo.total.as_ref().map(|q| (q.keyword, "total")).filter(|_| errors.is_none() && good.is_none());
        let mut forms: Vec<(Span, &str)> = [errors, good, histogram, ratio, total].into_iter().flatten().collect();
        forms.sort();
        let [(first, one), (second, other), ..] = forms[..] else { return false };
        let message = format!("`{one}` and `{other}` are two SLIs in one objective");
        let diagnostic =
            Diagnostic::new(&codes::E0407, second, message).here("a second one").label(first, "the first one");
        self.report(diagnostic.help(format!("an objective has one: {FORMS}")));
        true
    }

    fn events(&mut self, part: &ast::Query, good: bool, total: &ast::Query, by: &[String]) -> Option<Sli> {
        let part = self.counted(part, by);
        let total = self.counted(total, by);
        let (part, total) = (part?, total?);
        Some(Sli {
            form: SliForm::Events,
            measure: Measure::Events { total: total.windowed, part: part.windowed, good },
            part_selector: part.selector,
            total_selector: total.selector,
            dimensions: Vec::new(),
        })
    }

    /// Parses a query of an SLI, with the hole `[$window]` allowed.
    pub(super) fn query(&mut self, query: &ast::Query) -> Option<Query> {
        let text = self.program.sources.text(query.span);
        let (parsed, diagnostics) = promql::parse(text, query.span, Dialect::Window);
        self.diagnostics.extend(diagnostics);
        parsed
    }

    /// A query that counts events: a bare selector, or an expression with the hole.
    fn counted(&mut self, written: &ast::Query, by: &[String]) -> Option<Counted> {
        let query = self.query(written)?;
        if query.bare_selector().is_some() {
            let selector = query.compact_part(query.expr().bare(), None);
            let text = format!("{} (increase({selector}[$window]))", sum_by(by)).replacen(
                " (increase",
                "(increase",
                usize::from(by.is_empty()),
            );
            return Some(Counted { windowed: Windowed { text, per_second: false }, selector: Some(selector) });
        }
        self.has_window(&query)?;
        let per_second = query.window_function() == Some(WindowFunction::Rate);
        let text = summed(&query, query.expr(), by);
        Some(Counted { windowed: Windowed { text, per_second }, selector: None })
    }

    /// An expression needs a place for the window, and must give series.
    fn has_window(&mut self, query: &Query) -> Option<()> {
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
    fn ratio(&mut self, written: &ast::Query, by: &[String]) -> Option<Sli> {
        let query = self.query(written)?;
        self.has_window(&query)?;
        let measure = split(&query, by).unwrap_or_else(|| {
            let text = query.compact(None);
            let needs_parens = matches!(query.expr().kind, Kind::Binary(_));
            let text = if needs_parens { format!("({text})") } else { text };
            Measure::Ratio(Windowed { text, per_second: false })
        });
        if matches!(measure, Measure::Ratio(_)) {
            let message = "this ratio cannot be split into errors and total, so every window reads the raw series, the period too";
            let help = "`errors / total` and `1 - good / total` can be split, and cost a fraction of it";
            self.report(Diagnostic::new(&codes::W0403, query.span(), message).here("not a plain division").help(help));
        }
        Some(Sli { form: SliForm::Ratio, measure, part_selector: None, total_selector: None, dimensions: Vec::new() })
    }
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

/// The expression aggregated to the labels of `by`: as written where it is that already.
fn summed(query: &Query, expr: &Expr, by: &[String]) -> String {
    let bare = expr.bare();
    let text = query.compact_part(bare, None);
    if let Kind::Aggregate(aggregate) = &bare.kind {
        let mut kept: Vec<&str> = aggregate.grouping.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str()).collect();
        let mut wanted: Vec<&str> = by.iter().map(String::as_str).collect();
        kept.sort_unstable();
        wanted.sort_unstable();
        let without = aggregate.grouping.as_ref().is_some_and(|g| g.without);
        if !without && kept == wanted {
            return text;
        }
    }
    if by.is_empty() { format!("sum({text})") } else { format!("{} ({text})", sum_by(by)) }
}

/// `sum` or `sum by (region)`.
pub(super) fn sum_by(by: &[String]) -> String {
    if by.is_empty() { "sum".into() } else { format!("sum by ({})", by.join(", ")) }
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
