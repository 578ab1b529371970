//! The series of one written alert, made up, with levels at which it fires and at which it does not.

use std::collections::BTreeSet;

use crate::model::{Bound, Comparison, Condition, Labels, Order};
use crate::promql::{self, Dialect, Expr, Kind, Selector};
use crate::source::{FileId, Span};
use crate::units::{Duration, Ratio};

use super::super::cast::{MATCHERS, Wish, grant};
use super::super::counts::{Counter, Filter};
use super::answer::{Unknown, World};

/// What a level of an alert asks, read.
pub(super) struct Question<'a> {
    expr: Expr,
    /// What the value is compared with; `None` where any series is too many.
    bound: Option<&'a Comparison>,
}

/// Series, and which of them tells one state from the other.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) series: Vec<Counter>,
    /// The level of those that always have the same.
    base: f64,
    /// The one that changes.
    star: usize,
    /// Its levels: with the first the alert fires, with the second it does not.
    pub(super) turns: Vec<Turn>,
    /// Whether the levels lie within a thousandth of a limit.
    pub(super) close: bool,
}

impl Scene {
    /// The level of each series where the star has this one.
    pub(super) fn levels(&self, star: Option<f64>) -> Vec<Option<f64>> {
        levels(&self.series, self.base, self.star, star)
    }
}

/// In buckets everything but the star's share lies in the widest.
fn levels(series: &[Counter], base: f64, star: usize, level: Option<f64>) -> Vec<Option<f64>> {
    let one = |(index, counter): (usize, &Counter)| match index {
        _ if index == star => level,
        _ if counter.labels.contains_key("le") => Some(1.0),
        _ => Some(base),
    };
    series.iter().enumerate().map(one).collect()
}

impl<'a> Question<'a> {
    /// Reads the condition of a level.
    pub(super) fn new(condition: &'a Condition) -> Result<Question<'a>, Unknown> {
        let (text, bound) = match condition {
            Condition::All(all) => match all.as_slice() {
                [one] => (&one.expr, Some(one)),
                _ => return Err("it compares several values".into()),
            },
            Condition::Any(filter) => (&filter.expr, None),
            Condition::Absent { series, .. } => (series, None),
        };
        let span = Span::new(FileId(0), 0..text.len());
        let query = promql::parse(text, span, Dialect::Rule).0.ok_or("its query cannot be read")?;
        Ok(Question { expr: query.expr().clone(), bound })
    }

    /// How far back it looks: how long a change takes until all of it is seen.
    pub(super) fn reach(&self) -> Duration {
        Duration::from_millis(reach(&self.expr))
    }

    /// The shortest range it reads, which must hold several samples.
    pub(super) fn shortest(&self) -> Option<Duration> {
        let mut found: Option<Duration> = None;
        self.expr.walk(&mut |e| {
            let length = match &e.kind {
                Kind::Selector(s) => s.range.as_ref().and_then(|r| r.length.known()),
                _ => None,
            };
            found = found.into_iter().chain(length).min();
        });
        found
    }

    /// The metrics that grow: those whose rate or increase it takes.
    pub(super) fn counters(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.expr.walk(&mut |e| {
            if let Kind::Call(call) = &e.kind
                && matches!(call.name.node.as_str(), "rate" | "irate" | "increase")
                && let Some(Kind::Selector(s)) = call.series().map(|e| &e.bare().kind)
            {
                found.extend(s.metric().map(|m| m.node.to_string()));
            }
        });
        found
    }

    /// Series with which it can be shown.
    pub(super) fn scene(&self) -> Result<Scene, Unknown> {
        let selectors = self.selectors();
        if selectors.is_empty() {
            return Err("it reads no series".into());
        }
        self.plain(&selectors)?;
        let filters: Vec<Filter> = selectors
            .iter()
            .map(|s| Filter::new(s).ok_or_else(|| "it reads several metrics at once".to_string()))
            .collect::<Result<_, _>>()?;
        let mut why = None;
        for bounds in scales(&self.expr) {
            let series = cast(&filters, bounds);
            for base in [1.0, 1e6, 0.0] {
                for star in 0..series.len() {
                    match self.turns(&series, base, star) {
                        Ok((turns, close)) if !turns.is_empty() => {
                            return Ok(Scene { series, base, star, turns, close });
                        }
                        Ok(_) => {}
                        Err(reason) => why = Some(reason),
                    }
                }
            }
        }
        Err(why.unwrap_or_else(|| "no made-up series was found with which it fires".into()))
    }

    fn selectors(&self) -> Vec<&Selector> {
        let mut found = Vec::new();
        self.expr.walk(&mut |e| {
            if let Kind::Selector(s) = &e.kind {
                found.push(s);
            }
        });
        found
    }

    /// A metric that is read both as a counter and as a gauge has no one level.
    fn plain(&self, selectors: &[&Selector]) -> Result<(), Unknown> {
        let counters = self.counters();
        for selector in selectors {
            let Some(metric) = selector.metric() else { continue };
            if metric.node == "ALERTS" || metric.node == "ALERTS_FOR_STATE" {
                return Err("it reads what other alerts do".into());
            }
            if selector.range.is_none() && counters.contains(metric.node) {
                return Err(format!("it reads `{}` as it stands, and elsewhere as it grows", metric.node));
            }
        }
        Ok(())
    }

    /// Levels of one series with which it fires and with which it does not, the others being as they are.
    fn turns(&self, series: &[Counter], base: f64, star: usize) -> Result<(Turns, bool), Unknown> {
        let Some(counter) = series.get(star) else { return Ok((Vec::new(), false)) };
        let is_bucket = |c: &Counter| c.labels.contains_key("le");
        // Only the narrowest bucket has less than all.
        if is_bucket(counter) && series.iter().position(is_bucket) != Some(star) {
            return Ok((Vec::new(), false));
        }
        let grows = self.counters().contains(&counter.metric);
        let stage = Stage { question: self, series, base, star, grows };
        let close = self.targets().into_iter().map(|(over, under)| Some((stage.solve(over)?, stage.solve(under)?)));
        let close: Turns = close.flatten().map(|(over, under)| (Some(over), Some(under))).collect();
        let right = |turn: &Turn| stage.fires(turn.0).unwrap_or(false) && !stage.fires(turn.1).unwrap_or(true);
        if !close.is_empty() && close.iter().all(right) {
            let equal = |c: &Comparison| matches!(c.bound, Bound::Is(Order::Equal | Order::Unequal, _));
            return Ok((close, !self.bound.is_some_and(equal)));
        }
        Ok((stage.somewhere()?.into_iter().collect(), false))
    }

    /// Values a thousandth beyond each end of the limit, and as much within it.
    fn targets(&self) -> Vec<(f64, f64)> {
        let beyond = |n: Ratio, sign: f64| {
            let n = n.to_f64();
            let step = if n == 0.0 { 1e-3 } else { n.abs() / 1e3 };
            (n + sign * step, n - sign * step)
        };
        match self.bound.map(|c| c.bound) {
            Some(Bound::Is(Order::Above | Order::AtLeast, n)) => vec![beyond(n, 1.0)],
            Some(Bound::Is(Order::Below | Order::AtMost, n)) => vec![beyond(n, -1.0)],
            Some(Bound::Is(Order::Equal, n)) => vec![(n.to_f64(), other(n))],
            Some(Bound::Is(Order::Unequal, n)) => vec![(other(n), n.to_f64())],
            Some(Bound::Outside(low, high)) => vec![beyond(high, 1.0), beyond(low, -1.0)],
            None => Vec::new(),
        }
    }
}

/// A level of the star with which an alert fires, and one with which it does not.
pub(super) type Turn = (Option<f64>, Option<f64>);

type Turns = Vec<Turn>;

/// One series with everything around it.
struct Stage<'q> {
    question: &'q Question<'q>,
    series: &'q [Counter],
    base: f64,
    star: usize,
    grows: bool,
}

impl Stage<'_> {
    /// The value of the question, when it is one.
    fn value(&self, level: f64) -> Option<f64> {
        match self.answer(Some(level)).ok()?.as_slice() {
            [(_, value)] if value.is_finite() => Some(*value),
            _ => None,
        }
    }

    fn answer(&self, level: Option<f64>) -> Result<super::answer::Rows, Unknown> {
        let levels = levels(self.series, self.base, self.star, level);
        World { series: self.series, levels: &levels }.answer(&self.question.expr)?.rows()
    }

    fn fires(&self, level: Option<f64>) -> Result<bool, Unknown> {
        let rows = self.answer(level)?;
        Ok(match self.question.bound {
            None => !rows.is_empty(),
            Some(c) => rows.iter().any(|(_, v)| reached(c.bound, *v)),
        })
    }

    /// The level at which the question has this value.
    fn solve(&self, target: f64) -> Option<f64> {
        let off = |level: f64| self.value(level).map(|v| v - target);
        let mut known = self.grid().into_iter().filter_map(|l| Some((l, off(l)?)));
        let (mut a, mut d) = known.next()?;
        let (mut b, e) = loop {
            let (level, distance) = known.next()?;
            if distance == 0.0 {
                return rounded(level);
            }
            if d.signum() != distance.signum() {
                break (level, distance);
            }
            (a, d) = (level, distance);
        };
        // Nearly all values grow evenly with the level: then it lies just where a straight line says.
        let straight = b - (b - a) * e / (e - d);
        let (low, high) = (straight - straight.abs() * 4e-13, straight + straight.abs() * 4e-13);
        let like_a = |level: f64| Some(off(level)?.signum() == d.signum());
        if a < low && high < b && like_a(low) == Some(true) && like_a(high) == Some(false) {
            (a, b) = (low, high);
        }
        for _ in 0..200 {
            if (b - a).abs() <= b.abs().max(a.abs()) * 1e-12 {
                break;
            }
            let middle = (a + b) / 2.0;
            if off(middle)?.signum() == d.signum() {
                a = middle;
            } else {
                b = middle;
            }
        }
        let found = rounded((a + b) / 2.0)?;
        let near = if target == 0.0 { 1e-4 } else { target.abs() * 1e-4 };
        (off(found)?.abs() <= near).then_some(found)
    }

    /// Two levels anywhere that tell the states apart; a series that is gone is the last one thought of.
    fn somewhere(&self) -> Result<Option<Turn>, Unknown> {
        let (mut over, mut under) = (None, None);
        for level in self.grid().into_iter().map(Some).chain([None]) {
            let slot = if self.fires(level)? { &mut over } else { &mut under };
            slot.get_or_insert(level);
        }
        Ok(over.zip(under))
    }

    /// Levels to try, in order: around the numbers of the query, and of every size.
    fn grid(&self) -> Vec<f64> {
        let mut near = vec![0.0];
        self.question.expr.walk(&mut |e| near.extend(e.constant()));
        near.extend(self.question.bound.map(|c| c.bound.number().to_f64()));
        let sizes = (-9..=12).flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)));
        let sizes: Vec<f64> = sizes.flat_map(|v| [v, -v]).collect();
        let mut grid: Vec<f64> = near.iter().flat_map(|n| [*n, n - 1.0, n + 1.0]).chain(sizes).collect();
        let share = self.series.get(self.star).is_some_and(|c| c.labels.contains_key("le"));
        grid.retain(|v| v.is_finite() && (*v >= 0.0 || !self.grows) && (*v <= 1.0 || !share));
        grid.sort_by(f64::total_cmp);
        grid.dedup();
        grid
    }
}

/// A number that states which are no limits may well have: 0, or 1 beside it.
fn other(n: Ratio) -> f64 {
    if n == Ratio::ZERO { 1.0 } else { 0.0 }
}

/// Whether a value is too far, as the engine compares it.
fn reached(bound: Bound, value: f64) -> bool {
    let is = |order: Order, n: f64| match order {
        Order::Above => value > n,
        Order::AtLeast => value >= n,
        Order::Below => value < n,
        Order::AtMost => value <= n,
        Order::Equal => value == n,
        Order::Unequal => value != n,
    };
    match bound {
        Bound::Is(order, n) => is(order, n.to_f64()),
        Bound::Outside(low, high) => value < low.to_f64() || value > high.to_f64(),
    }
}

/// Nine digits are enough for everything but the eye.
fn rounded(value: f64) -> Option<f64> {
    format!("{value:.8e}").parse().ok()
}

fn reach(expr: &Expr) -> u64 {
    let inside = expr.children().into_iter().map(reach).max().unwrap_or(0);
    let own = match &expr.kind {
        Kind::Selector(s) => s.range.as_ref().and_then(|r| r.length.known()),
        Kind::Subquery(s) => s.range.length.known(),
        _ => None,
    };
    inside + own.map_or(0, Duration::millis)
}

/// Bounds of two buckets to try; one of no meaning where there are no buckets.
fn scales(expr: &Expr) -> Vec<f64> {
    let mut buckets = false;
    expr.walk(&mut |e| buckets |= matches!(&e.kind, Kind::Call(c) if c.name.node == "histogram_quantile"));
    if buckets { (-6..=9).map(|k| 10f64.powi(k)).collect() } else { vec![1.0] }
}

/// The series that the selectors read: for each its own, and one that another selector of its metric does not read.
fn cast(filters: &[Filter], bound: f64) -> Vec<Counter> {
    let mut found: Vec<Counter> = Vec::new();
    if filters.iter().map(|f| f.tests.len()).sum::<usize>() > MATCHERS {
        return found;
    }
    for filter in filters {
        let own: Vec<Wish<'_>> = filter.tests.iter().map(|(label, test)| Wish::accept(label, test)).collect();
        let others = filters.iter().filter(|f| f.metric == filter.metric).flat_map(|f| &f.tests);
        let apart = others.map(|(label, test)| vec![Wish::refuse(label, test)]);
        for more in [Vec::new()].into_iter().chain(apart) {
            for labels in grant(&[own.clone(), more].concat()).into_iter().flat_map(|l| buckets(filter, l, bound)) {
                let counter = Counter { metric: filter.metric.clone(), labels };
                if filter.accepts(&counter) && !found.contains(&counter) {
                    found.push(counter);
                }
            }
        }
    }
    found
}

/// The buckets of a classic histogram: the narrowest has the share that is looked for.
fn buckets(filter: &Filter, labels: Labels, bound: f64) -> Vec<Labels> {
    if !filter.metric.ends_with("_bucket") || labels.contains_key("le") {
        return vec![labels];
    }
    let with = |le: String| labels.clone().into_iter().chain([("le".to_string(), le)]).collect();
    [bound.to_string(), (bound * 10.0).to_string(), "+Inf".to_string()].map(with).to_vec()
}
