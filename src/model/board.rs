//! A dashboard: what is shown and where, without how Grafana stores it.

use super::Origin;
use crate::units::{Duration, Ratio};

/// A dashboard.
#[derive(Clone, PartialEq, Debug)]
pub struct Board {
    /// Grafana's uid: at most 40 characters of `[a-z0-9-]`.
    pub uid: String,
    /// Its title, unique in its folder.
    pub title: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// Words it can be found and linked by.
    pub tags: Vec<String>,
    /// Where Grafana keeps it.
    pub folder: Folder,
    /// The time shown at first, until now.
    pub range: Duration,
    /// How often it is drawn anew.
    pub refresh: Duration,
    /// What can be chosen above the panels; the data source is the first.
    pub variables: Vec<Variable>,
    /// Events drawn as vertical lines into every chart.
    pub marks: Vec<Mark>,
    /// A menu of all dashboards with this tag, beside the title.
    pub menu: Option<String>,
    /// Links beside the title.
    pub links: Vec<Link>,
    /// Panels in rows, from top to bottom.
    pub rows: Vec<Row>,
    /// Its spec line.
    pub origin: Origin,
}

impl Board {
    /// All panels, row by row.
    pub fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.rows.iter().flat_map(|row| &row.panels)
    }

    /// The panel of a key: where an alert or a page links to.
    pub fn panel(&self, key: &str) -> Option<&Panel> {
        self.panels().find(|panel| panel.key == key)
    }
}

/// A folder of dashboards.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Folder {
    /// Its title in Grafana. Alerts and dashboards meet by it.
    pub title: String,
    /// Its directory under `grafana/dashboards/`, of `[a-z0-9-]`.
    pub dir: String,
}

/// Something chosen above the panels. `$name` in a query stands for the choice.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// What people read before the choice.
    pub label: String,
    /// What can be chosen.
    pub choice: Choice,
}

/// What a variable offers.
#[derive(Clone, PartialEq, Debug)]
pub enum Choice {
    /// One of Grafana's Prometheus data sources; this one at first.
    Datasource(String),
    /// Any number of the values of a label, all at first. Queries match it with `=~`.
    Values {
        /// The series that have the label.
        series: String,
        /// The label.
        of: String,
    },
}

/// Events drawn as vertical lines: the times where a query has a value.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// What the events are.
    pub name: String,
    /// The query.
    pub expr: String,
    /// What one event says; `{{label}}` stands for a label.
    pub text: String,
    /// The colour of the lines.
    pub hue: Hue,
}

/// A link. The address may hold Grafana's own variables, such as `${__data.fields.service}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What people read.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// Panels under a common heading.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The heading; the first row may do without.
    pub heading: Option<Heading>,
    /// The panels, placed.
    pub panels: Vec<Panel>,
}

/// The heading of a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Heading {
    /// Its id in the dashboard.
    pub id: u32,
    /// Where links find it.
    pub key: String,
    /// What people read.
    pub title: String,
    /// Whether its panels are hidden, and not queried, until it is clicked.
    pub collapsed: bool,
    /// Its place.
    pub at: Spot,
}

/// A place on the grid of 24 columns; one unit of height is about 30 pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spot {
    /// The first column, from 0.
    pub x: u32,
    /// The first line, from 0.
    pub y: u32,
    /// Columns.
    pub w: u32,
    /// Lines.
    pub h: u32,
}

/// A panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// Its id in the dashboard: made of its key, so that links outlive changes elsewhere.
    pub id: u32,
    /// `availability/burn`: unique in the dashboard.
    pub key: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub about: String,
    /// How it shows it.
    pub kind: Kind,
    /// Its place.
    pub at: Spot,
    /// What it asks.
    pub queries: Vec<Query>,
    /// How values are read.
    pub scale: Scale,
    /// Where a click on a value leads.
    pub drill: Vec<Link>,
    /// Shows this time until now, whatever the dashboard shows.
    pub range: Option<Duration>,
    /// The smallest step between two points.
    pub step: Option<Duration>,
}

/// How a panel shows its values.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// One big number per series.
    Stat,
    /// Lines or bars over time.
    Lines(Lines),
    /// One bar per series, the latest value.
    Bars,
    /// One coloured band per series over time.
    State,
    /// A table.
    Table(Table),
    /// Markdown.
    Text(String),
}

/// Lines over time.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
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
}

/// A table with one line per value of a label, which every query's result has.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// The label that joins the queries' results.
    pub key: String,
    /// The columns shown, from left to right.
    pub columns: Vec<Column>,
    /// Title of the column it is sorted by, and whether the greatest comes first.
    pub sort: Option<(String, bool)>,
}

/// A column of a table.
#[derive(Clone, PartialEq, Debug)]
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// A label of the first query's result.
    Label(String),
    /// The values of a query, by its index.
    Value(usize),
}

/// How a cell of a table looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Text.
    Plain,
    /// Text on the colour of the scale's step.
    Coloured,
    /// A bar in the colour of the scale's step.
    Gauge,
}

/// A query of a panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// PromQL; may hold `$variables` of the dashboard and `$__range`.
    pub expr: String,
    /// What its series are called; `{{label}}` stands for a label.
    pub name: String,
    /// Whether only the latest value is asked for.
    pub instant: bool,
    /// The colour of its series; `None` lets each series have its own.
    pub hue: Option<Hue>,
    /// Whether its line is dashed: limits and companions.
    pub dashed: bool,
}

/// How values are read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scale {
    /// Their unit.
    pub unit: Unit,
    /// Digits after the point; `None` leaves them to Grafana.
    pub decimals: Option<u32>,
    /// Where the axis or gauge begins.
    pub min: Option<Ratio>,
    /// Where the axis or gauge ends.
    pub max: Option<Ratio>,
    /// The colour of the smallest values; `None` leaves values without colour.
    pub base: Option<Hue>,
    /// Values from which on another colour holds, ascending.
    pub steps: Vec<(Ratio, Hue)>,
    /// Values that are read as words.
    pub words: Vec<Word>,
    /// What stands where there is no value.
    pub none: Option<String>,
}

/// A value that is read as a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// The value.
    pub value: i64,
    /// The word.
    pub text: String,
    /// Its colour.
    pub hue: Hue,
}

/// Units of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unit {
    /// A number as it is.
    #[default]
    Number,
    /// A count, shortened: 1.2K.
    Count,
    /// A share of 1, shown in percent.
    Share,
    /// Seconds, shown in the greatest fitting unit.
    Seconds,
    /// Events per second.
    PerSecond,
    /// A factor: 14.4×.
    Times,
    /// Days.
    Days,
}

/// The colours of Okabe and Ito, which people with any kind of colour vision tell apart, and two neutral ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hue {
    /// Good.
    Blue,
    /// Series.
    Sky,
    /// Series.
    Green,
    /// Take notice.
    Yellow,
    /// Attend to it in working hours.
    Orange,
    /// Attend to it now.
    Vermillion,
    /// Series.
    Purple,
    /// Neither good nor bad.
    Grey,
    /// The colour of text.
    Text,
}
