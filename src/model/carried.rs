//! Rules that are printed as they are: those of another tool's naming, and those of `rules` blocks.

use serde::Serialize;

use super::{Labels, Origin, Urgency};
use crate::units::{Duration, Ratio};

/// A rule group that is carried as it is.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Carried {
    /// Unique within the file.
    pub name: String,
    /// Evaluation interval; `None` for Prometheus's own.
    pub interval: Option<Duration>,
    /// Its rules in their order.
    pub rules: Vec<CarriedRule>,
    /// The objective it is made from, under another tool's names.
    pub of: Option<Promise>,
    /// The ruler that evaluates it, from 0; `None` where there is one for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// Its spec line.
    pub origin: Origin,
}

impl Carried {
    /// What it belongs to: an objective of the service, or itself.
    pub fn subject(&self) -> &str {
        self.of.as_ref().map_or(&self.name, |promise| &promise.name)
    }
}

/// An objective whose rules have another tool's names.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Promise {
    /// Its name in the spec, unique within the service.
    pub name: String,
    /// What it promises, in the author's words.
    pub about: Option<String>,
    /// The share of good events that is promised, over 0 and under 1.
    pub objective: Ratio,
    /// The time over which the promise counts.
    pub period: Duration,
    /// Labels that split it into one objective each.
    pub by: Vec<String>,
    /// The tiers that fire: how urgent, above which share of errors, and over which windows, the long one first.
    pub tiers: Vec<(Urgency, Ratio, [Duration; 2])>,
    /// Its spec line.
    pub origin: Origin,
}

impl Promise {
    /// The budget of one period as time without any service.
    pub fn budget_time(&self) -> Duration {
        let budget = Ratio::ONE.minus(self.objective).unwrap_or(Ratio::ZERO);
        self.period.scaled(budget).unwrap_or_default()
    }
}

/// A rule of such a group.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct CarriedRule {
    /// Whether it raises an alert rather than records a series.
    pub is_alert: bool,
    /// The series or the alert.
    pub name: String,
    /// The query.
    pub expr: String,
    /// How long an alert must hold first.
    pub hold: Duration,
    /// How long it goes on firing.
    pub keep: Duration,
    /// Labels it adds; Prometheus's templates may stand in those of alerts.
    pub labels: Labels,
    /// Texts of an alert, with Prometheus's templates.
    pub annotations: Labels,
}

impl CarriedRule {
    /// A recording rule.
    pub fn record(name: impl Into<String>, expr: impl Into<String>, labels: Labels) -> CarriedRule {
        let (hold, keep, annotations) = Default::default();
        CarriedRule { is_alert: false, name: name.into(), expr: expr.into(), hold, keep, labels, annotations }
    }

    /// An alert.
    pub fn alert(name: impl Into<String>, expr: String, labels: Labels, annotations: Labels) -> CarriedRule {
        CarriedRule { is_alert: true, annotations, ..CarriedRule::record(name, expr, labels) }
    }
}
