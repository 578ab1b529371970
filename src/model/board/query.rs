//! What a panel asks, in which language, and where.

use serde::Serialize;

use super::Hue;

/// A query of a panel.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Query {
    /// The query; may hold `$variables` of the dashboard and `$__range`.
    pub expr: String,
    /// In which language it is.
    pub ask: Ask,
    /// Where it is asked; `None` for the data source chosen above the panels.
    pub source: Option<Source>,
    /// What its series are called; `{{label}}` stands for a label.
    pub name: String,
    /// Whether only the latest value is asked for.
    pub instant: bool,
    /// The colour of its series; `None` lets each series have its own.
    pub hue: Option<Hue>,
    /// Whether its line is dashed: limits and companions.
    pub dashed: bool,
}

/// The language of a query, with what only it has.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// PromQL.
    #[default]
    Metrics,
    /// PromQL that gives the buckets of a histogram.
    Buckets,
    /// LogQL of Loki.
    Logs,
    /// SQL; its answer is a table, or series over time when `true`.
    Rows(bool),
    /// TraceQL of Tempo: all traces that match.
    Traces,
    /// The id of a trace.
    Trace,
    /// Traces of a service, in Jaeger; of one operation when it is given.
    Search(Option<String>),
}

impl Ask {
    /// Whether it is asked in PromQL.
    pub fn is_promql(&self) -> bool {
        matches!(self, Ask::Metrics | Ask::Buckets)
    }
}

/// A data source that is asked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Source {
    /// The type Grafana knows it by.
    pub plugin: &'static str,
    /// Its uid, or `${name}` for a variable.
    pub uid: String,
}
