//! Data sources of Grafana, and how one leads to another.

use super::{Name, Query, Setting};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `datasource prom prometheus "http://…" default every 15s { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Datasource {
    /// `prom`.
    pub name: Name,
    /// `prometheus`, `loki`, `tempo`, `jaeger` or `postgres`.
    pub kind: Name,
    /// Where it is.
    pub url: Spanned<String>,
    /// Where `default` stands.
    pub default: Option<Span>,
    /// `every 15s`.
    pub every: Option<Spanned<Duration>>,
    /// `user "…"`, `password env(…)` and what else its kind has, in the order written.
    pub settings: Vec<Setting>,
    /// `exemplars`, `field`, `logs`, `metrics` and `map`: what it leads to.
    pub links: Vec<Link>,
}

/// What leads from a data source to another.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// `exemplars`, `field`, `logs`, `metrics` or `map`.
    pub kind: Name,
    /// `trace_id`: the exemplars' label, or the name of the field.
    pub of: Option<Name>,
    /// `matching "traceID=(\\w+)"`: what in a log line the field is.
    pub matching: Option<Spanned<String>>,
    /// The other data source.
    pub to: Name,
    /// `by service, pod`: tags of a span that are labels there.
    pub by: Vec<Name>,
    /// `{ "Request rate" sum(rate(…)) }`: queries of `metrics`.
    pub queries: Vec<(Spanned<String>, Query)>,
}
