//! Objectives that count time: a gauge, made up, that keeps its bound or does not.

use crate::model::{Labels, Measure, Slo, Windowed};
use crate::promql::{self, BinaryOp, Dialect, Expr, Kind, Length, Selector};
use crate::source::{FileId, Span};
use crate::units::{Duration, Ratio};

use super::cast::{self, Wish};
use super::counts::{Counter, Filter, is_sum};
use super::group::{Run, Series};
use super::outlook::{Outlook, raw_windows, total};
use super::raw::Times;

/// A gauge an objective can be shown with.
pub(super) struct Gauge<'a> {
    pub(super) slo: &'a Slo,
    filter: Filter,
    /// How far apart its values are looked at; `None`: at every sample.
    each: Option<Duration>,
    /// A value that keeps the bound.
    good: Ratio,
    /// A value that does not.
    bad: Ratio,
    series: Vec<Counter>,
}

impl<'a> Gauge<'a> {
    /// A gauge for an objective; `None` when it reads more than one gauge in a plain way.
    pub(super) fn new(slo: &'a Slo) -> Option<Gauge<'a>> {
        let Measure::Events { total, part, good: true } = &slo.sli.measure else { return None };
        let counting = parse(total)?;
        let slices = || counted(&counting, "sum_over_time", &slo.by).filter(|(value, _)| numbers(value).is_some());
        let (value, each) = slices().or_else(|| counted(&counting, "count_over_time", &slo.by))?;
        let (kept, _) = counted(&parse(part)?, "sum_over_time", &slo.by)?;
        let filter = Filter::new(selector(numbers(&value).unwrap_or(&value), &slo.by)?)?;
        let (good, bad) = values(&kept, &slo.by)?;
        let instances = cast::split(&slo.by, &[&filter])?;
        let wishes: Vec<Wish<'_>> = filter.tests.iter().map(|(label, test)| Wish::accept(label, test)).collect();
        let labels = cast::grant(&wishes)?;
        let one = |by: Labels| Counter {
            metric: filter.metric.clone(),
            labels: labels.clone().into_iter().chain(by).collect(),
        };
        let series = instances.into_iter().map(one).collect();
        Some(Gauge { slo, filter, each, good, bad, series })
    }

    /// The metrics of its series.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|counter| counter.metric.as_str())
    }

    /// Whether the gauge of another objective would be read as its own.
    pub(super) fn reads(&self, other: &Gauge<'_>) -> bool {
        other.series.iter().any(|s| self.filter.accepts(s))
    }

    /// Its series in the short windows' test: bad and good pieces by turns in the first, all good in the second.
    pub(super) fn by_turns(&self, times: &Times) -> Vec<Series> {
        let of = |(index, counter): (usize, &Counter)| {
            let mut series = Series::new(&counter.metric, &counter.labels);
            for state in states(times, index == 0) {
                series.push(state.map_or(Run::Stale, |good| Run::Flat(if good { self.good } else { self.bad }, 1)));
            }
            series
        };
        self.series.iter().enumerate().map(of).collect()
    }

    /// Its series in quiet hours: good for so many samples, then gone.
    pub(super) fn steady(&self, samples: u64) -> Vec<Series> {
        let of = |counter: &Counter| {
            let mut series = Series::new(&counter.metric, &counter.labels);
            series.push(Run::Flat(self.good, samples));
            series.push(Run::Stale);
            series
        };
        self.series.iter().map(of).collect()
    }

    /// The values of the labels of `by` it has, one set per series.
    pub(super) fn sets(&self) -> Vec<Labels> {
        let by = |c: &Counter| {
            self.slo.by.iter().map(|l| (l.clone(), c.labels.get(l).cloned().unwrap_or_default())).collect()
        };
        self.series.iter().map(by).collect()
    }

    /// What must come out of [`Gauge::by_turns`].
    pub(super) fn outlook(&self, times: &Times) -> Outlook {
        let mut outlook = Outlook::default();
        for (index, by) in self.sets().into_iter().enumerate() {
            let states = states(times, index == 0);
            for window in raw_windows(self.slo) {
                let seen = self.seen(&states, times, window);
                let bad = seen.iter().filter(|good| !**good).count();
                let Some(ratio) = Ratio::new(bad as i128, seen.len() as i128) else { continue };
                outlook.exact.entry(self.slo.ratio(window)).or_default().insert(by.clone(), ratio);
                let events = Ratio::whole(seen.len() as i64);
                outlook.rough.entry(total(self.slo, window)).or_default().insert(by.clone(), events);
            }
        }
        outlook
    }

    /// The states that are looked at in the window before the end.
    fn seen(&self, states: &[Option<bool>], times: &Times, window: Duration) -> Vec<bool> {
        let every = times.every.millis().max(1);
        let each = self.each.map_or(every, |e| e.millis().max(1));
        let end = times.end.millis();
        let first = end.saturating_sub(window.millis()).div_ceil(each);
        let looks = (first..=end / each).map(|step| step * each / every);
        looks.filter_map(|sample| states.get(sample as usize).copied().flatten()).collect()
    }
}

/// The state of each sample: pieces between the far ends of windows are bad and good by turns, the newest bad. At the
/// far ends themselves the series ends, so that ranges which hold both of their ends and others give the same.
fn states(times: &Times, troubled: bool) -> Vec<Option<bool>> {
    let ends: Vec<u64> = times.windows().iter().map(|w| times.steps(*w)).collect();
    let state = |age: u64| {
        let piece = ends.iter().filter(|end| **end < age).count();
        (!ends.contains(&age)).then_some(!(troubled && piece.is_multiple_of(2)))
    };
    (0..=times.steps(times.end)).rev().map(state).collect()
}

fn parse(query: &Windowed) -> Option<promql::Query> {
    promql::parse(&query.text, Span::new(FileId(0), 0..query.text.len()), Dialect::Window).0
}

/// The value in `value >= bool -Inf`, which counts what is a number.
fn numbers(expr: &Expr) -> Option<&Expr> {
    match &expr.bare().kind {
        Kind::Binary(b) if b.rhs.constant() == Some(f64::NEG_INFINITY) => Some(&b.lhs),
        _ => None,
    }
}

/// The value in `sum(sum_over_time((value)[$window:1m]))` or in `sum(count_over_time(gauge[$window]))`.
fn counted(query: &promql::Query, function: &str, by: &[String]) -> Option<(Expr, Option<Duration>)> {
    let Kind::Aggregate(sum) = &query.expr().bare().kind else { return None };
    let Kind::Call(call) = &sum.expr.bare().kind else { return None };
    if !is_sum(sum, by) || call.name.node != function {
        return None;
    }
    let range = call.args.first()?.bare();
    match &range.kind {
        Kind::Selector(s) if s.range.as_ref()?.length == Length::Hole => Some((range.clone(), None)),
        Kind::Subquery(s) if s.range.length == Length::Hole && s.offset.is_none() && s.at.is_none() => {
            Some(((*s.expr).clone(), Some(s.step.as_ref()?.node.known()?)))
        }
        _ => None,
    }
}

/// The gauge of a value: itself, or the one in `max(gauge)`, which is the same for a single series.
fn selector<'e>(value: &'e Expr, by: &[String]) -> Option<&'e Selector> {
    match &value.bare().kind {
        Kind::Selector(s) if s.offset.is_none() && s.at.is_none() && s.extended.is_none() => Some(s),
        Kind::Aggregate(a) if matches!(a.op.node, "max" | "min" | "sum" | "avg") => {
            let kept: Vec<&str> = a.grouping.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str()).collect();
            let without = a.grouping.as_ref().is_some_and(|g| g.without);
            (!without && kept == by).then(|| selector(&a.expr, by)).flatten()
        }
        _ => None,
    }
}

/// A value of the gauge for which the expression is 1, and one for which it is 0.
fn values(kept: &Expr, by: &[String]) -> Option<(Ratio, Ratio)> {
    let mut bounds = vec![0.0, 1.0];
    kept.walk(&mut |e| bounds.extend(e.constant()));
    let near = bounds.iter().flat_map(|b| [*b, b - 1.0, b + 1.0, b / 2.0, b * 2.0]);
    let between = bounds.iter().flat_map(|a| bounds.iter().map(move |b| (a + b) / 2.0));
    let candidates: Vec<f64> = near.chain(between).collect();
    let with = |wanted: f64| {
        let found = candidates.iter().find(|v| evaluated(kept, **v, by) == Some(wanted))?;
        Ratio::parse(&found.to_string())
    };
    Some((with(1.0)?, with(0.0)?))
}

/// The expression where its gauge has this value.
fn evaluated(expr: &Expr, value: f64, by: &[String]) -> Option<f64> {
    if selector(expr, by).is_some() {
        return Some(value);
    }
    let Kind::Binary(b) = &expr.bare().kind else { return expr.constant() };
    let (lhs, rhs) = (evaluated(&b.lhs, value, by)?, evaluated(&b.rhs, value, by)?);
    let held = |holds: bool| b.bool_modifier.is_some().then_some(f64::from(u8::from(holds)));
    match b.op.node {
        BinaryOp::Mul => Some(lhs * rhs),
        BinaryOp::Less => held(lhs < rhs),
        BinaryOp::LessEqual => held(lhs <= rhs),
        BinaryOp::Greater => held(lhs > rhs),
        BinaryOp::GreaterEqual => held(lhs >= rhs),
        _ => None,
    }
}
