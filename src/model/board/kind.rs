//! How a panel shows its values: the kinds of panels, and what each can be told.

use serde::Serialize;

use super::{Link, Scale};

/// How a panel shows its values.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One big number per series; on a ground of its colour when `true`.
    Stat(bool),
    /// A needle per series, from the scale's beginning to its end.
    Gauge,
    /// Lines or bars over time.
    Lines(Lines),
    /// One bar per series, the latest value.
    Bars,
    /// Columns over the values of a label, upon each other when `true`.
    Columns(bool),
    /// How often which values were seen, over time; counted by Grafana itself when `true`, else by buckets.
    Heat(bool),
    /// Shares of a whole; a ring when `true`.
    Pie(bool),
    /// One coloured band per series over time.
    State,
    /// A table.
    Table(Table),
    /// Lines of a log, the newest first.
    Logs,
    /// The spans of one trace.
    Trace,
    /// Alerts of Grafana.
    Alerts(Alerts),
    /// Markdown.
    Text(String),
}

impl Kind {
    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Stat(_) => "number",
            Kind::Gauge => "gauge",
            Kind::Lines(_) => "time series",
            Kind::Bars => "bars",
            Kind::Columns(_) => "columns",
            Kind::Heat(_) => "heatmap",
            Kind::Pie(_) => "pie",
            Kind::State => "state timeline",
            Kind::Table(_) => "table",
            Kind::Logs => "log",
            Kind::Trace => "trace",
            Kind::Alerts(_) => "list of alerts",
            Kind::Text(_) => "text",
        }
    }
}

/// Which alerts are listed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Alerts {
    /// Those of these services; of all when empty.
    pub services: Vec<String>,
}

/// Lines over time.
#[derive(Clone, Copy, PartialEq, Hash, Debug, Default, Serialize)]
pub struct Lines {
    /// Series are drawn upon each other.
    pub stacked: bool,
    /// Bars instead of lines.
    pub bars: bool,
    /// How far the area under a line is filled, in percent.
    pub fill: u8,
    /// Linear up to 1, logarithmic above.
    pub log: bool,
    /// The steps of the scale are drawn as dashed lines.
    pub limits: bool,
    /// The axis goes beyond the scale's ends where values do.
    pub soft: bool,
    /// The legend, at the right, lists last and greatest values.
    pub detailed: bool,
    /// Each sample is a point.
    pub points: bool,
}

/// A table of one or several queries' results.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Table {
    /// The label that joins the queries' results; all labels they share when `None`.
    pub key: Option<String>,
    /// Its columns, from left to right.
    pub columns: Vec<Column>,
    /// Whether columns that are not listed are shown, too, behind these.
    pub open: bool,
    /// Title of the column it is sorted by, and whether the greatest comes first.
    pub sort: Option<(String, bool)>,
}

/// A column of a table.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Column {
    /// What people read above it.
    pub title: String,
    /// What it shows.
    pub content: Content,
    /// How values are read.
    pub scale: Scale,
    /// How a cell looks.
    pub cell: Cell,
    /// Where a click leads.
    pub links: Vec<Link>,
    /// Its width in pixels, where the content asks for one.
    pub width: Option<u32>,
}

/// What a column shows.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A label of the first query's result.
    Label(String),
    /// The values of a query, by its index.
    Value(usize),
    /// A column of a database's answer.
    Field(String),
}

/// How a cell of a table looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Text.
    Plain,
    /// Text on the colour of the scale's step.
    Coloured,
    /// A bar in the colour of the scale's step.
    Gauge,
}
