//! Rules under the names of another tool, and rules that are carried as they are.

use super::{LabelSet, Name, Query, Setting};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `naming sloth { period events }`: whose names and rules a service has.
#[derive(Clone, PartialEq, Debug)]
pub struct Naming {
    /// `sloth` or `pyrra`.
    pub tool: Name,
    /// `period events`, `version "…"` and what else its tool has, in the order written.
    pub settings: Vec<Setting>,
}

/// `named { alert "HighErrorRate" }`: what an objective is called in another tool's rules, and what they add to it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Named {
    /// `name "api.requests"`.
    pub name: Option<Spanned<String>>,
    /// `alert "HighErrorRate"`.
    pub alert: Option<Spanned<String>>,
    /// `absent "ApiGone"`.
    pub absent: Option<Spanned<String>>,
    /// Where `off` of `absent off` stands.
    pub absent_off: Option<Span>,
    /// Where `performance` stands: Pyrra sums short increases.
    pub performance: Option<Span>,
    /// `labels { … }`: on every series.
    pub labels: Vec<LabelSet>,
    /// `annotations { … }`: on every alert.
    pub annotations: Vec<LabelSet>,
    /// `page { … }`: annotations of pages alone.
    pub page: Vec<LabelSet>,
    /// `ticket { … }`: annotations of tickets alone.
    pub ticket: Vec<LabelSet>,
    /// `severity { fast = "…" }`: the label of each alert.
    pub severities: Vec<LabelSet>,
    /// Where `named` stands.
    pub keyword: Span,
}

/// `rules "node" every 1m { … }`: a rule group that is carried as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleGroup {
    /// Its name.
    pub name: Spanned<String>,
    /// `every 1m`.
    pub every: Option<Spanned<Duration>>,
    /// Its rules in their order.
    pub rules: Vec<Rule>,
}

/// `record job:up:sum { … }` or `alert "InstanceDown" { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Whether it raises an alert.
    pub is_alert: bool,
    /// The series or the alert.
    pub name: Spanned<String>,
    /// `expr …`.
    pub expr: Option<Query>,
    /// `for 5m`.
    pub hold: Option<Spanned<Duration>>,
    /// `keep 5m`.
    pub keep: Option<Spanned<Duration>>,
    /// `labels { … }`.
    pub labels: Vec<LabelSet>,
    /// `annotations { … }`.
    pub annotations: Vec<LabelSet>,
    /// Whether some of it could not be read.
    pub broken: bool,
}
