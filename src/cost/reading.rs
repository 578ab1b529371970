//! What one evaluation of a query reads, and holds at once.
//!
//! An instant selector reads one sample of each series; a range as many as were scraped or recorded in it; a subquery
//! one at each of its steps, whatever is read inside. So counts Prometheus (`stats=all`): the first as
//! `totalQueryableSamples`, the second as `peakSamples`.

use std::collections::BTreeMap;

use super::Grounds;
use crate::catalog::{Kind as MetricKind, Part};
use crate::model::series::{IDS, NAME, SERVICE};
use crate::promql::types::selects;
use crate::promql::{Aggregate, Binary, BinaryOp, Call, Expr, Kind, MatchOp, Selector, Subquery, ValueType};
use crate::units::Duration;

/// How many values a label has of which nobody tells.
pub const VALUES: u64 = 5;

/// How many bounds a histogram has of which nobody tells, with the infinite one.
const BOUNDS: u64 = 12;

/// What one evaluation reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// The series of its result.
    pub series: u64,
    /// The samples it reads.
    pub samples: u64,
    /// The samples it holds at once.
    pub peak: u64,
}

/// What rules record: how many series under which name of which objective, and how often.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Recorded(BTreeMap<String, BTreeMap<String, (u64, Duration)>>);

impl Recorded {
    pub(super) fn insert(&mut self, metric: &str, id: &str, series: u64, every: Duration) {
        self.0.entry(metric.to_string()).or_default().insert(id.to_string(), (series, every));
    }

    /// The series that a selector reads, of one objective alone if `only`, and how far apart their samples are.
    fn read(&self, metric: &str, selector: &Selector, only: Option<&str>) -> Option<(u64, Duration)> {
        let of = self.0.get(metric)?;
        let wanted = selector.matchers.iter().find(|m| IDS.contains(&m.name.node.as_str()));
        let service = selector.matchers.iter().find(|m| m.name.node == SERVICE && m.op.node == MatchOp::Equal);
        let found: Vec<&(u64, Duration)> = match (wanted, service, only) {
            (.., Some(id)) => of.get(id).into_iter().collect(),
            (Some(m), ..) if m.op.node == MatchOp::Equal => of.get(&m.value.node).into_iter().collect(),
            // As composites write it: `a\.b|a\.c`.
            (Some(m), ..) => m.value.node.split('|').filter_map(|id| of.get(&id.replace('\\', ""))).collect(),
            (None, Some(service), _) => of_service(of, &service.value.node, selector),
            (None, None, _) => of.values().collect(),
        };
        let every = found.iter().map(|(_, every)| *every).min()?;
        Some((found.iter().map(|(series, _)| series).sum(), every))
    }
}

/// What is recorded of the objectives of a service that a selector names.
fn of_service<'a, T>(of: &'a BTreeMap<String, T>, service: &str, selector: &Selector) -> Vec<&'a T> {
    let begin = format!("{service}.");
    let named = selector.matchers.iter().find(|m| m.name.node == NAME);
    let own = of.range(begin.clone()..).take_while(|(id, _)| id.starts_with(&begin));
    let chosen = |id: &str| named.is_none_or(|m| selects(m, id.strip_prefix(&begin).unwrap_or(id)).unwrap_or(true));
    own.filter(|(id, _)| chosen(id)).map(|(_, recorded)| recorded).collect()
}

/// Reads queries that are evaluated in one group.
pub(super) struct Reader<'a> {
    pub(super) grounds: Grounds<'a>,
    pub(super) recorded: &'a Recorded,
    pub(super) scrape: Duration,
    /// The interval of the group, which is the step of a subquery that names none.
    pub(super) every: Duration,
    /// The objective of which alone recorded series are read; all that a query selects if `None`.
    pub(super) only: Option<&'a str>,
}

impl Reader<'_> {
    pub(super) fn read(&self, expr: &Expr) -> Reading {
        match &expr.kind {
            Kind::Number(_) | Kind::String(_) | Kind::Variable(_) | Kind::Missing => Reading::default(),
            Kind::Paren(inner) => self.read(inner),
            Kind::Unary(unary) => self.read(&unary.expr),
            Kind::Selector(selector) => self.selector(selector),
            Kind::Subquery(subquery) => self.subquery(subquery),
            Kind::Call(call) => self.call(call),
            Kind::Aggregate(aggregate) => self.aggregate(aggregate),
            Kind::Binary(binary) => self.binary(binary),
        }
    }

    fn selector(&self, selector: &Selector) -> Reading {
        let metric = selector.metric();
        let recorded = metric.and_then(|m| self.recorded.read(m.node, selector, self.only));
        let (series, every) = recorded.unwrap_or_else(|| (self.raw(selector), self.scrape));
        match selector.range.as_ref().and_then(|r| r.length.known()) {
            None => Reading { series, samples: series, peak: series },
            // A range is read series by series.
            Some(length) => {
                let points = steps(length, every);
                Reading { series, samples: series.saturating_mul(points), peak: points }
            }
        }
    }

    /// Scraped series: the share of the metric's that the matchers leave.
    fn raw(&self, selector: &Selector) -> u64 {
        let name = selector.metric().map_or("", |m| m.node);
        let known = self.grounds.catalog.find(name);
        let mut series = self.grounds.series;
        let is_bucket = known.map_or(name.ends_with("_bucket"), |(_, part)| part == Part::Bucket);
        if is_bucket {
            series *= self.bounds(name);
        }
        for matcher in &selector.matchers {
            let label = &matcher.name.node;
            if is_bucket && label == "le" && matcher.op.node == MatchOp::Equal {
                series /= self.bounds(name);
            }
            let Some(facts) = known.and_then(|(metric, _)| metric.labels.known.get(label)) else { continue };
            let (all, selected) = facts.values.iter().fold((0, 0), |(all, selected), value| {
                (all + 1, selected + u64::from(selects(matcher, value).unwrap_or(true)))
            });
            if all > 0 {
                series = (series * selected).div_ceil(all);
            }
        }
        series
    }

    /// The bounds of a histogram, with the infinite one.
    fn bounds(&self, bucket: &str) -> u64 {
        match self.grounds.catalog.find(bucket) {
            Some((metric, _)) => match &metric.kind {
                MetricKind::Histogram(bounds) if !bounds.is_empty() => bounds.len() as u64 + 1,
                _ => BOUNDS,
            },
            None => BOUNDS,
        }
    }

    fn subquery(&self, subquery: &Subquery) -> Reading {
        let inner = self.read(&subquery.expr);
        let step = subquery.step.as_ref().and_then(|s| s.node.known()).unwrap_or(self.every);
        let points = subquery.range.length.known().map_or(1, |length| steps(length, step));
        let held = inner.series.saturating_mul(points);
        // All of its series are held, and that which is read once more.
        Reading { series: inner.series, samples: held, peak: held.saturating_add(points).saturating_add(inner.peak) }
    }

    fn call(&self, call: &Call) -> Reading {
        let args: Vec<Reading> = call.args.iter().map(|arg| self.read(arg)).collect();
        let series = match call.name.node.as_str() {
            "absent" | "absent_over_time" | "vector" => 1,
            "scalar" | "time" | "pi" => 0,
            name => {
                let of = call.args.iter().zip(&args).find(|(a, _)| is_series(a)).map_or(1, |(_, read)| read.series);
                if name == "histogram_quantile" { of.div_ceil(self.bounds_in(&call.args)) } else { of }
            }
        };
        let peak = args.iter().map(|a| a.peak).max().unwrap_or(0).saturating_add(series);
        Reading { series, samples: args.iter().map(|a| a.samples).sum(), peak }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Reading {
        let inner = self.read(&aggregate.expr);
        let of = |labels: &mut dyn Iterator<Item = &str>| {
            labels.map(|l| self.values(l, &aggregate.expr)).fold(1, u64::saturating_mul)
        };
        let series = match &aggregate.grouping {
            _ if matches!(aggregate.op.node, "topk" | "bottomk" | "limitk" | "limit_ratio") => inner.series,
            None => 1,
            Some(g) if g.without => inner.series.div_ceil(of(&mut g.labels.iter().map(|l| l.node.as_str()))),
            Some(g) => of(&mut g.labels.iter().map(|l| l.node.as_str())),
        };
        let series = series.min(inner.series);
        Reading { series, samples: inner.samples, peak: inner.peak.max(inner.series.saturating_add(series)) }
    }

    fn binary(&self, binary: &Binary) -> Reading {
        let (left, right) = (self.read(&binary.lhs), self.read(&binary.rhs));
        let series = match (is_series(&binary.lhs), is_series(&binary.rhs)) {
            (false, false) => 0,
            (true, false) => left.series,
            (false, true) => right.series,
            // `x or on () 0 * total`: the right side is there where the left is not.
            _ if binary.op.node == BinaryOp::Or => left.series.max(right.series),
            _ if binary.op.node.is_set() || binary.group.as_ref().is_some_and(|g| g.left) => left.series,
            _ if binary.group.is_some() => right.series,
            _ => left.series.min(right.series),
        };
        let both = left.series.saturating_add(right.series).saturating_add(series);
        let peak = left.peak.max(left.series.saturating_add(right.peak)).max(both);
        Reading { series, samples: left.samples.saturating_add(right.samples), peak }
    }

    /// How many values a label has in the series of an expression.
    fn values(&self, label: &str, expr: &Expr) -> u64 {
        if label == "le" {
            return self.bounds_in(std::slice::from_ref(expr));
        }
        let mut values = None;
        expr.walk(&mut |e| {
            if let Kind::Selector(s) = &e.kind
                && let Some((metric, _)) = s.metric().and_then(|m| self.grounds.catalog.find(m.node))
                && let Some(facts) = metric.labels.known.get(label).filter(|f| !f.values.is_empty())
            {
                values = values.max(Some(facts.values.len() as u64));
            }
        });
        values.unwrap_or(VALUES)
    }

    /// The bounds of the histogram that expressions read.
    fn bounds_in(&self, exprs: &[Expr]) -> u64 {
        let mut found = None;
        for expr in exprs {
            expr.walk(&mut |e| {
                if let Kind::Selector(s) = &e.kind {
                    found = found.or_else(|| Some(self.bounds(s.metric()?.node)));
                }
            });
        }
        found.unwrap_or(BOUNDS)
    }
}

/// Whether an expression has series, rather than being a number or a text.
fn is_series(expr: &Expr) -> bool {
    !matches!(expr.value_type(), ValueType::Scalar | ValueType::String)
}

/// How many samples lie in a range.
fn steps(range: Duration, every: Duration) -> u64 {
    (range.millis() / every.millis().max(1)).max(1)
}
