//! A dashboard: what is shown and where, without how Grafana stores it.

mod kept;
mod kind;
mod query;
mod scale;

pub use kept::{Kept, KeptPanel};
pub use kind::{Alerts, Cell, Column, Content, Kind, Lines, Table};
pub use query::{Ask, Query, Source};
pub use scale::{Hue, Scale, Unit, Word};

use serde::Serialize;

use super::{Origin, Project};
use crate::units::Duration;

/// A dashboard.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
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
    /// Ranges of time that are offered first; Grafana's own when empty.
    pub pick: Vec<Duration>,
    /// How often it is drawn anew; `None` for never.
    pub refresh: Option<Duration>,
    /// What can be chosen above the panels; the data source is the first.
    pub variables: Vec<Variable>,
    /// Events drawn as vertical lines into every chart.
    pub marks: Vec<Mark>,
    /// Menus of all dashboards with a tag, beside the title.
    pub menus: Vec<Menu>,
    /// Links beside the title.
    pub links: Vec<Link>,
    /// Panels in rows, from top to bottom.
    pub rows: Vec<Row>,
    /// Its spec line.
    pub origin: Origin,
}

/// The longest title Grafana stores is 190 bytes.
const LONGEST: usize = 160;

/// The title of a service's page: that of the service, with its name, which is unique, where another service has the
/// `same` title, and its name alone where the title is none that Grafana takes.
pub fn service_title(title: &str, name: &str, promises: bool, same: bool) -> String {
    let what = if promises { "objectives" } else { "alerts" };
    match title.trim() {
        "" => format!("{name} {what}"),
        long if long.len() > LONGEST => format!("{name} {what}"),
        title if same => format!("{title} {what} ({name})"),
        title => format!("{title} {what}"),
    }
}

/// The title of the overview of all objectives.
pub fn overview_title(project: &Project) -> String {
    format!("{} overview", project.name)
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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Folder {
    /// Its title in Grafana. Alerts and dashboards meet by it.
    pub title: String,
    /// Its directory under `grafana/dashboards/`, of `[a-z0-9-]`.
    pub dir: String,
}

/// Something chosen above the panels. `$name` in a query stands for the choice.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Variable {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// What people read before the choice.
    pub label: String,
    /// What can be chosen.
    pub choice: Choice,
}

/// What a variable offers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// One of Grafana's data sources of a kind.
    Datasource {
        /// The type Grafana knows the kind by.
        plugin: &'static str,
        /// The one at first.
        name: String,
    },
    /// The answers to a query. Any number of them may be chosen when `many`; PromQL then matches them with `=~`.
    Answers {
        /// `label_values(…)`, or another query.
        query: String,
        /// Where it is asked; `None` for the data source chosen above the panels.
        source: Option<Source>,
        /// What of an answer is a value, as a regular expression.
        matching: Option<String>,
        /// Which may be chosen.
        pick: Pick,
    },
    /// These values.
    Values(Vec<String>, Pick),
    /// A length of time; Grafana chooses one when `auto`.
    Every {
        /// The lengths.
        steps: Vec<Duration>,
        /// Whether Grafana may choose.
        auto: bool,
    },
    /// Whatever is typed; this at first.
    Text(String),
}

/// How many values may be chosen, and which one at first.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Pick {
    /// Any number of them.
    pub many: bool,
    /// All at once.
    pub all: bool,
    /// Chosen at first; the first, or all, when `None`.
    pub first: Option<String>,
}

/// Events drawn as vertical lines: the times where a query has a value.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Mark {
    /// What the events are.
    pub name: String,
    /// The query.
    pub expr: String,
    /// Where and in which language it is asked.
    pub ask: Ask,
    /// `None` for the data source chosen above the panels.
    pub source: Option<Source>,
    /// What one event says; `{{label}}` stands for a label.
    pub text: String,
    /// The colour of the lines.
    pub hue: Hue,
}

/// A menu of dashboards.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Menu {
    /// What people read.
    pub title: String,
    /// The tag of the dashboards in it.
    pub tag: String,
}

/// A link. The address may hold Grafana's own variables, such as `${__data.fields.service}`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Link {
    /// What people read.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// Panels under a common heading.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Row {
    /// The heading; the first row may do without.
    pub heading: Option<Heading>,
    /// The panels, placed.
    pub panels: Vec<Panel>,
}

/// The heading of a row.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Heading {
    /// Its id in the dashboard.
    pub id: u32,
    /// Where links find it.
    pub key: String,
    /// What people read.
    pub title: String,
    /// Whether its panels are hidden, and not queried, until it is clicked.
    pub collapsed: bool,
    /// The row is there once for each chosen value of this variable.
    pub repeat: Option<String>,
    /// Its place.
    pub at: Spot,
}

/// A place on the grid of 24 columns; one unit of height is about 30 pixels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
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
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
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
    /// Whether its width was asked for, so that it is not made narrower.
    pub firm: bool,
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
    /// The panel is there once for each chosen value of this variable.
    pub repeat: Option<String>,
    /// Its own spec line, when it has one.
    pub origin: Option<Origin>,
}
