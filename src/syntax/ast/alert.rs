//! Alerts that are not objectives: a value with limits, or a condition.

use super::{LabelSet, Name, Quantity, Query};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `alert connection-pool-exhausted { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Alert {
    /// Its name, unique among the alerts and objectives of its service.
    pub name: Name,
    /// `value EXPR`: what the levels' limits are for.
    pub value: Option<Query>,
    /// `when EXPR`: fires for every series it yields.
    pub when: Option<Query>,
    /// `info …`, `warning …`, `critical …` in the order written.
    pub levels: Vec<Level>,
    /// `keep 5m`: it goes on for so long after its condition ended.
    pub keep: Option<Spanned<Duration>>,
    /// `summary "Pool on {instance} is {value} full"`.
    pub summary: Option<Spanned<String>>,
    /// `impact "New tunnels wait, then fail."`.
    pub impact: Option<Spanned<String>>,
    /// `runbook """ … """`.
    pub runbook: Option<Spanned<String>>,
    /// `labels { … }`.
    pub labels: Vec<LabelSet>,
    /// `open dashboard checkout-detail "Errors"`: a dashboard, and a panel of it.
    pub open: Option<(Name, Option<Spanned<String>>)>,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// `warning above 80% for 10m`.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// `info`, `warning` or `critical`.
    pub name: Name,
    /// Where the value must be; none beside `when`.
    pub limit: Option<Limit>,
    /// `for 10m`.
    pub hold: Option<Spanned<Duration>>,
}

/// Where a value is too far.
#[derive(Clone, PartialEq, Debug)]
pub struct Limit {
    /// The numbers.
    pub bound: Bound,
    /// From `above` to the last number.
    pub span: Span,
}

/// The numbers of a limit.
#[derive(Clone, PartialEq, Debug)]
pub enum Bound {
    /// `above 80%`.
    Above(Spanned<Quantity>),
    /// `below 70%`.
    Below(Spanned<Quantity>),
    /// `outside 10 celsius and 30 celsius`.
    Outside(Spanned<Quantity>, Spanned<Quantity>),
}
