//! Indicators that count time rather than events: `up E`, and `value E` with a bound for each slice.

use super::catalogs::to_unit;
use super::sli::{plain, sum_by};
use super::{Checker, limits};
use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::model::{Kept, Measure, Sli, SliForm, Windowed};
use crate::promql::types::{Expected, Presence, Type};
use crate::promql::{Dialect, Expr, Kind, Query, ValueType};
use crate::source::Spanned;
use crate::syntax::ast::{self, Quantity, Side, SliceBound};
use crate::units::{Duration, Ratio};

/// The length of a slice, and the step at which an expression is looked at, when none is written.
const SLICE: Duration = Duration::from_mins(1);

impl<'a> Checker<'a> {
    /// `up E`: every sample is an event, good when it is 1.
    pub(super) fn up(&mut self, written: &'a ast::Query, by: &[String]) -> Option<Sli> {
        let (query, _) = self.instant(written, Expected::Up)?;
        if !self.keeps_all(&query, "while it is not well", "`== bool 1` is 1 where it holds and 0 where not") {
            return None;
        }
        let form = SliForm::Up { query: query.compact(None) };
        let (ranged, selector) = match query.bare_selector() {
            Some(_) => {
                (format!("{}[$window]", query.compact(None)), Some(query.compact_part(query.expr().bare(), None)))
            }
            None => (format!("({})[$window:{SLICE}]", query.compact(None)), None),
        };
        let sum = |function: &str| windowed(format!("{}({function}({ranged}))", sum_by(by)));
        let measure = Measure::Events { total: sum("count_over_time"), part: sum("sum_over_time"), good: true };
        Some(Sli { part_selector: None, total_selector: selector, ..plain(form, measure) })
    }

    /// `value E` with `good below 0.2 each 1m`: every slice is an event, good when the value keeps its bound there.
    pub(super) fn slices(&mut self, value: &'a ast::Query, bound: &'a SliceBound, by: &[String]) -> Option<Sli> {
        let (query, found) = self.instant(value, Expected::Slices)?;
        if !self.keeps_all(&query, "where it does not hold", "`value` takes what is compared, and `good` the bound") {
            return None;
        }
        let (kept, written) = self.kept(limits::unit(&found), &bound.side)?;
        let each = bound.each.map_or(SLICE, |e| e.node);
        if each > Duration::from_mins(5) {
            let place = bound.each.map_or(bound.keyword, |e| e.span);
            let message = format!("a slice of {each} is longer than the 5m of which windows are made");
            self.report(
                Diagnostic::new(&codes::E0204, place, message).here("too long").help("at most `5m`; `1m` is usual"),
            );
            return None;
        }
        let form = SliForm::Slices { value: query.compact(None), good: kept, bound: written, each };
        let value = format!("({})", query.compact(None));
        let kept = match kept {
            Kept::Below(bound) => format!("{value} < bool {}", bound.expr()),
            Kept::Above(bound) => format!("{value} > bool {}", bound.expr()),
            Kept::Between(from, to) => format!("({value} >= bool {}) * ({value} <= bool {})", from.expr(), to.expr()),
        };
        // What is not a number, such as 0 / 0 without traffic, keeps no bound and breaks none.
        let total = format!("{}(sum_over_time(({value} >= bool -Inf)[$window:{each}]))", sum_by(by));
        let good = format!("{}(sum_over_time(({kept})[$window:{each}]))", sum_by(by));
        Some(plain(form, Measure::Events { total: windowed(total), part: windowed(good), good: true }))
    }

    /// A query that gives series at one moment, and what is known of them.
    fn instant(&mut self, written: &ast::Query, expected: Expected) -> Option<(Query, Type)> {
        let query = self.query_in(written, Dialect::Rule)?;
        let found = self.typed(&query, expected, &[]);
        if matches!(query.value_type(), ValueType::Vector | ValueType::Unknown) {
            return Some((query, found));
        }
        let message =
            format!("this query gives {}, but an SLI needs an instant vector", query.value_type().with_article());
        self.report(Diagnostic::new(&codes::E0408, query.span(), message).here(query.value_type().name()));
        None
    }

    /// The bound in the unit of the value, and as it is written.
    fn kept(&mut self, unit: Option<Unit>, side: &Side) -> Option<(Kept, String)> {
        Some(match side {
            Side::Below(bound) => (Kept::Below(self.in_unit(bound, unit)?), format!("below {}", bound.node.text)),
            Side::Above(bound) => (Kept::Above(self.in_unit(bound, unit)?), format!("above {}", bound.node.text)),
            Side::Between(low, high) => {
                let (from, to) = (self.in_unit(low, unit)?, self.in_unit(high, unit)?);
                let words = format!("between {} and {}", low.node.text, high.node.text);
                self.ascends(from, to, low, high).then_some((Kept::Between(from, to), words))?
            }
        })
    }

    fn in_unit(&mut self, bound: &Spanned<Quantity>, unit: Option<Unit>) -> Option<Ratio> {
        let read = to_unit(&bound.node, unit);
        if read.is_none() {
            let message = format!("`{}` is not a bound for this value", bound.node.text);
            self.report(Diagnostic::new(&codes::E0411, bound.span, message).here("another kind of value"));
        }
        read
    }

    /// What `exclude when` and `no-traffic bad` make of an SLI that counts events.
    pub(super) fn counted_time(
        &mut self,
        slo: &'a ast::Slo,
        sli: Option<Sli>,
        by: &[String],
        silence_is_bad: bool,
    ) -> Option<Sli> {
        let exclude = slo.exclude.as_ref().map(|q| (q.keyword, self.instant(q, Expected::Anything)));
        let words = exclude.as_ref().map(|(span, _)| (*span, "exclude when"));
        let words = words.or(slo.no_traffic.as_ref().filter(|_| silence_is_bad).map(|n| (n.span, "no-traffic bad")));
        let words = words.or(slo.at_least.map(|a| (a.events.span, "at-least")));
        let words = words.or(slo.traffic.as_ref().map(|t| (t.span, "traffic")));
        let sli = sli?;
        if let Some((span, word)) = words.filter(|_| !matches!(sli.measure, Measure::Events { .. })) {
            let message = format!("`{word}` needs events to count, and this SLI has none");
            let help = "`errors`, `good`, `histogram`, `up` and `value` count events; a plain `errors / total` in `ratio` does too";
            self.report(Diagnostic::new(&codes::E0413, span, message).here("nothing to count").help(help));
            return None;
        }
        let Some((_, exclude)) = exclude else { return Some(Sli { silence_is_bad, ..sli }) };
        let (query, found) = exclude?;
        let surely = |label: &&String| has_label(query.expr(), label) || found.label(label).presence == Presence::Must;
        let exclude_by = by.iter().filter(surely).cloned().collect();
        Some(Sli { exclude: Some(query.compact(None)), exclude_by, silence_is_bad, ..sli })
    }
}

/// Whether an aggregation, or a comparison of one, names a label that its result is to have.
fn has_label(expr: &Expr, label: &str) -> bool {
    match &expr.bare().kind {
        Kind::Aggregate(a) => {
            a.grouping.as_ref().is_some_and(|g| !g.without && g.labels.iter().any(|l| l.node == label))
        }
        Kind::Binary(b) if b.op.node.is_comparison() => has_label(&b.lhs, label),
        _ => false,
    }
}

fn windowed(text: String) -> Windowed {
    Windowed { text, per_second: false }
}
