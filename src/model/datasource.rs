//! A data source of Grafana, and what leads from it to others.

use serde::Serialize;

use super::Origin;
use super::routing::{Login, Secret};
use crate::units::Duration;

/// A data source of Grafana.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Datasource {
    /// Its name and uid.
    pub name: String,
    /// Where Grafana reaches it.
    pub url: String,
    /// Scrape interval told to Grafana, for `$__rate_interval`.
    pub every: Duration,
    /// Whether queries go here unless they say otherwise; exactly one does.
    pub default: bool,
    /// What it is.
    pub kind: DatasourceKind,
    /// Who asks.
    pub login: Option<Login>,
    /// The token it is asked with.
    pub token: Option<Secret>,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// Its spec line; `None` for the one assumed when none is declared.
    pub origin: Option<Origin>,
}

impl Datasource {
    /// Its name, and the names of the data sources it leads to.
    pub fn names_mut(&mut self) -> Vec<&mut String> {
        let mut names = vec![&mut self.name];
        match &mut self.kind {
            DatasourceKind::Prometheus(p) => names.extend(p.exemplars.iter_mut().map(|(_, to)| to)),
            DatasourceKind::Loki { fields, .. } => names.extend(fields.iter_mut().map(|f| &mut f.to)),
            DatasourceKind::Tempo { traces, map } => names.extend(traces.names_mut().chain(map.as_mut())),
            DatasourceKind::Jaeger(traces) => names.extend(traces.names_mut()),
            DatasourceKind::Postgres { .. } => {}
        }
        names
    }
}

/// What a data source is, with what only such a one has.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasourceKind {
    /// Metrics.
    Prometheus(Prometheus),
    /// Logs.
    Loki {
        /// The most lines a query shows.
        lines: Option<u32>,
        /// What in a line leads to a trace.
        fields: Vec<Field>,
    },
    /// Traces in Tempo.
    Tempo {
        /// Where its traces lead.
        traces: Traces,
        /// The Prometheus that has its service map.
        map: Option<String>,
    },
    /// Traces in Jaeger.
    Jaeger(Traces),
    /// A database.
    Postgres {
        /// The database's name.
        database: String,
        /// `disable`, `require`, `verify-ca` or `verify-full`.
        tls: String,
        /// The most connections at once.
        connections: Option<u32>,
        /// Its major version.
        version: Option<u32>,
    },
}

impl DatasourceKind {
    /// Its word in the language.
    pub fn name(&self) -> &'static str {
        match self {
            DatasourceKind::Prometheus(_) => "prometheus",
            DatasourceKind::Loki { .. } => "loki",
            DatasourceKind::Tempo { .. } => "tempo",
            DatasourceKind::Jaeger(_) => "jaeger",
            DatasourceKind::Postgres { .. } => "postgres",
        }
    }

    /// The type Grafana knows it by.
    pub fn plugin(&self) -> &'static str {
        match self {
            DatasourceKind::Postgres { .. } => "grafana-postgresql-datasource",
            other => other.name(),
        }
    }
}

/// What only Prometheus has.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Prometheus {
    /// Whether it is asked by GET rather than POST.
    pub get: bool,
    /// How much Grafana keeps of its answers: `Low`, `Medium`, `High` or `None`.
    pub cache: Option<&'static str>,
    /// Whether Grafana asks only for what is new.
    pub incremental: bool,
    /// The label of an exemplar that holds a trace's id, and the data source that has the trace.
    pub exemplars: Vec<(String, String)>,
}

/// What in a log line leads to a trace.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// A regular expression whose first group is the trace's id.
    pub pattern: String,
    /// The data source that has the trace.
    pub to: String,
}

/// Where traces lead.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Traces {
    /// The Loki that has the logs of a span, and the span's tags that are labels there.
    pub logs: Option<(String, Vec<String>)>,
    /// The Prometheus that has a span's metrics, the tags that are labels there, and queries with titles.
    pub metrics: Option<Related>,
    /// Whether a trace is drawn as a graph, too.
    pub graph: bool,
}

impl Traces {
    /// The names of the data sources they lead to.
    fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let logs = self.logs.as_mut().map(|(to, _)| to);
        logs.into_iter().chain(self.metrics.as_mut().map(|m| &mut m.to))
    }
}

/// Metrics of a span.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Related {
    /// The Prometheus that has them.
    pub to: String,
    /// Tags of the span that are labels there.
    pub tags: Vec<String>,
    /// Title and PromQL; `$__tags` stands for matchers of the tags.
    pub queries: Vec<(String, String)>,
}
