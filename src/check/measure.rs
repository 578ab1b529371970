//! What the values of a query are measured in, as far as metric names, declared units and functions tell.

use crate::catalog::{Catalog, Part, Unit};
use crate::promql::{Aggregate, Binary, BinaryOp, Call, Expr, Kind};
use crate::units::Ratio;

/// Parts of a histogram's and a summary's name that count, or measure what the metric does.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_total"];

/// Knows units by the catalog.
pub(super) struct Measure<'a>(pub(super) &'a Catalog);

impl Measure<'_> {
    /// The unit of an expression's values; `None` when nobody tells.
    pub(super) fn unit_of(&self, expr: &Expr) -> Option<Unit> {
        match &expr.bare().kind {
            Kind::Number(_) => Some(Unit::NONE),
            Kind::Selector(s) => self.unit_of_metric(s.metric()?.node),
            Kind::Subquery(s) => self.unit_of(&s.expr),
            Kind::Call(call) => self.unit_of_call(call),
            Kind::Aggregate(a) => self.unit_of_aggregate(a),
            Kind::Unary(u) => self.unit_of(&u.expr),
            Kind::Binary(b) => self.unit_of_binary(b),
            Kind::Paren(_) | Kind::String(_) | Kind::Variable(_) | Kind::Missing => None,
        }
    }

    /// What was declared, or else what the name tells by convention; a count has no unit.
    fn unit_of_metric(&self, metric: &str) -> Option<Unit> {
        let counts = match self.0.find(metric) {
            Some((_, part)) => matches!(part, Part::Count | Part::Bucket),
            None => metric.ends_with("_count") || metric.ends_with("_bucket"),
        };
        if counts {
            return Some(Unit::NONE);
        }
        self.measured_by(metric).or_else(|| metric.ends_with("_total").then_some(Unit::NONE))
    }

    /// The unit of what a metric measures, whatever part of it is read.
    fn measured_by(&self, metric: &str) -> Option<Unit> {
        if let Some((known, _)) = self.0.find(metric) {
            return known.unit_or_by_name();
        }
        Unit::of_name(PARTS.iter().find_map(|p| metric.strip_suffix(p)).unwrap_or(metric))
    }

    /// The unit of what a histogram observes: the one histogram that an expression reads.
    fn observed(&self, expr: &Expr) -> Option<Unit> {
        let mut metrics = Vec::new();
        expr.walk(&mut |e| {
            if let Kind::Selector(s) = &e.kind {
                metrics.extend(s.metric().map(|m| m.node));
            }
        });
        metrics.dedup();
        if let [metric] = metrics[..] { self.measured_by(metric) } else { None }
    }

    fn unit_of_call(&self, call: &Call) -> Option<Unit> {
        let series = || call.series().and_then(|e| self.unit_of(e));
        match call.name.node.as_str() {
            "rate" | "irate" | "deriv" => series()?.over(Unit::SECONDS),
            "histogram_quantile" | "histogram_avg" | "histogram_stddev" => self.observed(call.series()?),
            "time" | "timestamp" => Some(Unit::SECONDS),
            "absent" | "absent_over_time" | "present_over_time" | "count_over_time" | "changes" | "resets" | "sgn"
            | "histogram_count" | "histogram_fraction" | "vector" | "ln" | "log2" | "log10" | "exp" => Some(Unit::NONE),
            "stdvar_over_time" | "histogram_stdvar" => None,
            _ => series(),
        }
    }

    fn unit_of_aggregate(&self, aggregate: &Aggregate) -> Option<Unit> {
        match aggregate.op.node {
            "count" | "count_values" | "group" => Some(Unit::NONE),
            "stdvar" => None,
            _ => self.unit_of(&aggregate.expr),
        }
    }

    fn unit_of_binary(&self, b: &Binary) -> Option<Unit> {
        let (left, right) = (self.unit_of(&b.lhs), self.unit_of(&b.rhs));
        match b.op.node {
            // Two metrics without a known unit count the same things, or a ratio of them would make no sense.
            BinaryOp::Div if left.is_none() && right.is_none() => Some(Unit::NONE),
            BinaryOp::Div => scaled(left?, &b.rhs, Ratio::over).or_else(|| left?.over(right?)),
            BinaryOp::Mul => scaled(left?, &b.rhs, Ratio::times)
                .or_else(|| scaled(right?, &b.lhs, Ratio::times))
                .or_else(|| left?.times(right?)),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mod => left.filter(|l| right.is_none_or(|r| *l == r)).or(right),
            BinaryOp::Pow | BinaryOp::Atan2 => None,
            _ if b.bool_modifier.is_some() => Some(Unit::NONE),
            _ => left,
        }
    }
}

/// The unit of a value times or over a written number: `x * 1000` of seconds gives milliseconds.
fn scaled(unit: Unit, by: &Expr, apply: impl Fn(Ratio, Ratio) -> Option<Ratio>) -> Option<Unit> {
    let number = by.constant().filter(|n| n.is_finite())?;
    unit.rescaled(apply(Ratio::ONE, Ratio::parse(&number.to_string())?)?)
}
