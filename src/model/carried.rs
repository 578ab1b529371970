//! Rules that are printed as they are: those of another tool's naming, and those of `rules` blocks.

use super::{Labels, Origin};
use crate::units::Duration;

/// A rule group that is carried as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Carried {
    /// Unique within the file.
    pub name: String,
    /// Evaluation interval; `None` for Prometheus's own.
    pub interval: Option<Duration>,
    /// Its rules in their order.
    pub rules: Vec<CarriedRule>,
    /// Its spec line.
    pub origin: Origin,
}

/// A rule of such a group.
#[derive(Clone, PartialEq, Debug)]
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
