//! Environments: what is otherwise than written elsewhere.

use super::{LabelSet, Name, Routing};
use crate::source::{Span, Spanned};
use crate::units::{Duration, Ratio};

/// `environment staging { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Environment {
    /// `staging`.
    pub name: Name,
    /// `labels { env = "staging" }`: on every alert and on `slo:info`.
    pub labels: Vec<LabelSet>,
    /// `datasource prom "http://prometheus.staging:9090"`: a data source and where it is.
    pub datasources: Vec<(Name, Spanned<String>)>,
    /// `runbooks "https://…"`.
    pub runbooks: Option<Spanned<String>>,
    /// `grafana "https://…"`.
    pub grafana: Option<Spanned<String>>,
    /// `checkout.availability 99% over 7d`.
    pub slos: Vec<SloOverride>,
    /// `dashboard platform { … }`.
    pub boards: Vec<BoardOverride>,
    /// Where `route` of `route off` stands: nobody is told.
    pub route_off: Option<Span>,
    /// From its name to the end of its block.
    pub span: Span,
}

/// `checkout.availability 99% over 7d { page off }`: what is not written stays as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct SloOverride {
    /// `checkout.availability`.
    pub slo: Name,
    /// `99%`.
    pub objective: Option<Spanned<Ratio>>,
    /// `over 7d`.
    pub period: Option<Spanned<Duration>>,
    /// `policy quiet`.
    pub policy: Option<Name>,
    /// `page off`.
    pub page: Option<Routing>,
    /// `ticket off`.
    pub ticket: Option<Routing>,
}

/// `dashboard platform { range 1h  variable cluster default staging-1 }`: what is not written stays as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct BoardOverride {
    /// `platform`.
    pub name: Name,
    /// `range 1h`.
    pub range: Option<Spanned<Duration>>,
    /// `refresh 5m`; `None` inside for `refresh off`.
    pub refresh: Option<Spanned<Option<Duration>>>,
    /// `variable cluster default staging-1`: what is chosen at first.
    pub chosen: Vec<(Name, Spanned<String>)>,
}
