//! What the specs mean, with everything that is generated from them. Data only: `lower` makes it, targets print it.

pub mod access;
pub mod alert;
mod around;
pub mod board;
pub mod calendar;
pub mod carried;
pub mod datasource;
mod labels;
pub mod output;
mod project;
pub mod routing;
pub mod series;
pub mod test;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::units::{Duration, Ratio};

pub use access::{Access, Right, Team, Who};
pub use alert::{
    Alert, Bound, Burn, Code, Comparison, Condition, Filter, Format, Level, Meaning, Order, Part, Step, Text, Urgency,
};
pub use around::Around;
pub use board::Board;
pub use calendar::Calendar;
pub use carried::{Carried, CarriedRule, Promise};
pub use datasource::{Datasource, DatasourceKind};
pub use labels::Labels;
pub use output::Outputs;
pub use project::{Project, single};
pub use routing::Routing;

/// The whole program.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Model {
    /// Settings of the whole program.
    pub project: Project,
    /// Data sources, the default first.
    pub datasources: Vec<Datasource>,
    /// Services in the order of their names.
    pub services: Vec<Service>,
    /// Who is told of what.
    pub routing: Routing,
    /// Teams in the order of their names.
    pub teams: Vec<Team>,
    /// Folders with rights, in the order of their titles.
    pub access: Vec<Access>,
    /// Dashboards: the overview, then one per service, then what was written.
    pub boards: Vec<Board>,
    /// Dashboards that are kept as their files have them, in the order written.
    pub kept: Vec<board::Kept>,
    /// Tests that were written, in the order of their files and lines; environments have none.
    pub tests: Vec<test::Test>,
}

/// The spec line something comes from. Prints as `specs/checkout.slo:12`, or `specs/checkout.slo:12, by the template at
/// specs/http.slo:3`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    /// The spec file, relative to the project.
    pub path: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// The line of the template that this line used, when it did: `specs/http.slo:3`.
    pub template: Option<Arc<str>>,
}

impl Serialize for Origin {
    /// As it prints.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)?;
        self.template.iter().try_for_each(|t| write!(f, ", by the template at {t}"))
    }
}

/// A service and all that is generated for it.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Service {
    /// Its name, which is also a file name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// How much it matters, 1 the most.
    pub tier: Option<u32>,
    /// Descriptive labels: on `slo:info` and on alerts, never on other recorded series.
    pub labels: Labels,
    /// The Prometheus that has its series, by its name.
    pub source: String,
    /// Its objectives in the order written.
    pub slos: Vec<Slo>,
    /// Its rule groups in the order they are printed.
    pub groups: Vec<Group>,
    /// Where the alerts of each objective and those written stand, by what they are about: the numbers of group and alert.
    #[serde(skip)]
    pub places: BTreeMap<String, Vec<(usize, usize)>>,
    /// Rule groups that are carried as they are, printed after its own.
    pub carried: Vec<Carried>,
    /// Uid of its dashboard.
    pub board_uid: String,
    /// Its spec line.
    pub origin: Origin,
}

impl Service {
    /// Its alerts in the order of their rules, slow groups last.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.groups.iter().flat_map(|g| &g.alerts)
    }

    /// The alerts of one objective.
    pub fn alerts_of<'a>(&'a self, slo: &'a Slo) -> impl Iterator<Item = &'a Alert> {
        let places = self.places.get(&slo.name).into_iter().flatten();
        places.filter_map(|(group, alert)| self.groups.get(*group)?.alerts.get(*alert))
    }

    /// The objectives whose rules have another tool's names, in the order written.
    pub fn promises(&self) -> impl Iterator<Item = &Promise> {
        self.carried.chunk_by(|a, b| a.of == b.of).filter_map(|groups| groups.first()?.of.as_ref())
    }

    /// The levels of the alerts that were written, those of one alert together, the highest first.
    pub fn levels(&self) -> impl Iterator<Item = (&Alert, &Level)> {
        self.alerts().filter_map(|a| if let Meaning::Level(level) = &a.meaning { Some((a, level)) } else { None })
    }
}

/// A service-level objective.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Slo {
    /// `checkout.availability`: the value of the label `slo_id`.
    pub id: String,
    /// `availability`: unique within the service; the value of `slo_name`.
    pub name: String,
    /// The labels that tell its series from all others, but for those of `by`.
    pub identity: Labels,
    /// What it promises, in the author's words.
    pub about: Option<String>,
    /// The share of good events that is promised, over 0 and under 1.
    pub objective: Ratio,
    /// `1 - objective`.
    pub budget: Ratio,
    /// The time over which the promise counts.
    pub period: Duration,
    /// The calendar's period that the budget counts in; burn rates are then reckoned with [`Slo::period`]. `None` when it rolls.
    pub calendar: Option<Calendar>,
    /// What is measured, for people and for the queries a responder starts from.
    pub sli: Sli,
    /// Labels that split it into one objective each; with `slo_*` they are its identity.
    pub by: Vec<String>,
    /// All windows it has error ratios for, shortest first, the period last.
    pub windows: Vec<Window>,
    /// Windows of which the events are recorded too, since its alerts need enough of them.
    pub counted: BTreeSet<Duration>,
    /// The queries a responder starts from.
    pub starts: Vec<Start>,
    /// What the catalog says of the metrics it reads, in the order of their names.
    pub metrics: Vec<Definition>,
    /// Events per second on an ordinary day, where the author says.
    pub traffic: Option<Ratio>,
    /// Its spec line.
    pub origin: Origin,
}

/// What the catalog says of a metric, for people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What kind of numbers it has: `a counter`.
    pub kind: &'static str,
    /// What it is measured in: `seconds`.
    pub unit: Option<String>,
    /// What it is, in words.
    pub help: Option<String>,
    /// How it is while all is well: `30 to 75 celsius`; or the values it can have.
    pub normal: Option<String>,
}

/// A query to look at first.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Start {
    /// What it answers.
    pub title: String,
    /// PromQL that runs as it is.
    pub expr: String,
}

impl Slo {
    /// `{slo_id="checkout.availability"}`: selects this objective's series.
    pub fn selector(&self) -> String {
        format!("{{slo_id=\"{}\"}}", self.id)
    }

    /// The time over which the promise counts, as it is written: `30d`, `calendar month`.
    pub fn over(&self) -> String {
        self.calendar.as_ref().map_or_else(|| self.period.to_string(), Calendar::to_string)
    }

    /// The period as it stands in a sentence: `30d`, `a calendar month`.
    pub fn a_period(&self) -> String {
        self.calendar.as_ref().map_or_else(|| self.period.to_string(), |c| format!("a calendar {}", c.unit.name()))
    }

    /// In how much time [`Slo::budget_time`] and [`Slo::events_in`] are: ` in 30d` where that is not the period itself.
    pub fn reckoned(&self) -> String {
        self.calendar.as_ref().map_or_else(String::new, |_| format!(" in {}", self.period))
    }

    /// The series of the error ratio over one of its windows: `slo:sli_error:ratio_rate1h{slo_id="…"}`.
    pub fn ratio(&self, window: Duration) -> String {
        format!("slo:sli_error:ratio_rate{window}{}", self.selector())
    }

    /// The events that arrive in a time, and those of them that may fail, as far as the traffic is known.
    pub fn events_in(&self, time: Duration) -> Option<(Ratio, Ratio)> {
        let all = self.traffic?.times(time.seconds())?;
        Some((all, all.times(self.budget)?))
    }

    /// The budget of one period as time without any service: 43m12s for 99.9 % over 30 days.
    pub fn budget_time(&self) -> Duration {
        self.period.scaled(self.budget).unwrap_or_default()
    }
}

/// What an objective measures.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Sli {
    /// The form it was written in.
    pub form: SliForm,
    /// How its error ratio is had.
    pub measure: Measure,
    /// The bare selector of the error or good events, when there is one.
    pub part_selector: Option<String>,
    /// The bare selector of all events, when there is one.
    pub total_selector: Option<String>,
    /// Labels the raw events have beyond `by`, best first for finding a culprit; from the catalog, may be empty.
    pub dimensions: Vec<String>,
    /// What a ratio in one piece is a share of, where it is a quotient: that is there before the first error is.
    pub whole: Option<Windowed>,
    /// Whether a ratio in one piece may have several series for one objective, of which the worst counts.
    pub several: bool,
    /// A query that has series while nothing is to be counted: maintenance.
    pub exclude: Option<String>,
    /// Labels of `by` that its series have: each then excludes the objective of its own values, else all of them.
    pub exclude_by: Vec<String>,
    /// Whether five minutes without traffic count as one bad event.
    pub silence_is_bad: bool,
}

impl Sli {
    /// Whether all windows but the base read recorded sums, since what is counted in the base is more than a query.
    pub fn sums_only(&self) -> bool {
        self.exclude.is_some() || self.silence_is_bad
    }

    /// Whether what is gone counts as silent, which is bad. Of what is split `by` labels nobody knows which values are to be there.
    pub fn counts_gone(&self, by: &[String]) -> bool {
        self.silence_is_bad && by.is_empty()
    }

    /// Whether the part is there whenever the total is: without a bucket, good events are not known rather than none.
    pub fn part_is_sure(&self) -> bool {
        matches!(self.form, SliForm::Histogram { native: false, .. }) && !self.silence_is_bad
    }

    /// Whether OpenSLO can say it; else what it cannot say of it.
    pub fn sayable(&self) -> Result<(), &'static str> {
        match (&self.form, &self.measure) {
            _ if self.exclude.is_some() => Err("times that are excluded"),
            _ if self.silence_is_bad => Err("that no traffic is bad"),
            (_, Measure::Composite { .. }) => Err("a composite"),
            (SliForm::Slices { good: Kept::Between(..), .. }, _) => Err("a bound on both sides"),
            _ => Ok(()),
        }
    }
}

/// How an error ratio is had from the raw series. All expressions have exactly the labels of `by`.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Events that count.
    Events {
        /// All of them.
        total: Windowed,
        /// The bad ones, or the good ones when `good`.
        part: Windowed,
        /// Whether `part` counts the good events.
        good: bool,
    },
    /// An error ratio that cannot be split into errors and total: every window reads the raw series.
    Ratio(Windowed),
    /// Made of the error ratios of other objectives.
    Composite {
        /// Their ids and weights.
        members: Vec<(String, Ratio)>,
        /// Whether errors are the weighted mean of theirs, rather than what fails when any of them does.
        weighted: bool,
    },
}

/// A query with the hole `$window` where its range goes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Windowed {
    /// The query; on one line.
    pub text: String,
    /// Whether it gives events per second rather than events in the window.
    pub per_second: bool,
}

impl Windowed {
    /// The query over one window, as it was written.
    pub fn over(&self, window: Duration) -> String {
        self.text.replace("$window", &window.to_string())
    }

    /// Events in one window.
    pub fn events(&self, window: Duration) -> String {
        let query = self.over(window);
        if self.per_second { format!("({query}) * {}", window.seconds().expr()) } else { query }
    }
}

/// The forms of an SLI.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SliForm {
    /// `errors X total Y` or `good X total Y`.
    Events,
    /// `histogram H within T`: a classic histogram, its bound as the bucket spells it.
    Histogram {
        /// The histogram's base name.
        metric: String,
        /// The bound, in seconds or the metric's own unit.
        bound: Ratio,
        /// The bound as written, `300ms`.
        within: String,
        /// Whether it is a native histogram.
        native: bool,
    },
    /// `ratio E`: an error ratio written out.
    Ratio,
    /// `up E`: the share of time a gauge was 1.
    Up {
        /// The expression.
        query: String,
    },
    /// `value E` with `good below 0.2 each 1m`: the share of slices of time in which a value kept its bound.
    Slices {
        /// The expression.
        value: String,
        /// Where it is good, in its own unit.
        good: Kept,
        /// The bound as written, `below 500`.
        bound: String,
        /// How long a slice is.
        each: Duration,
    },
    /// `all of …` or `weighted { … }`.
    Composite,
}

/// Where a value keeps its bound.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Under this.
    Below(Ratio),
    /// Over this.
    Above(Ratio),
    /// From here to there.
    Between(Ratio, Ratio),
}

/// One window with its recorded error ratio.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Window {
    /// Its length; also the suffix of the series.
    pub length: Duration,
    /// Where it is computed from.
    pub source: WindowSource,
}

/// What a window's ratio reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowSource {
    /// The raw series: short windows, which wake people.
    Raw,
    /// The recorded 5-minute sums in steps of this length.
    Sums(Duration),
    /// The ratios of other objectives over the same window.
    Members,
}

/// A rule group of Prometheus: its rules are evaluated in this order.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Group {
    /// Unique within the file.
    pub name: String,
    /// Evaluation interval.
    pub interval: Duration,
    /// Recording rules, each after those it reads.
    pub records: Vec<Record>,
    /// Alerts, which read the records above.
    pub alerts: Vec<Alert>,
    /// The ruler that evaluates it, from 0; `None` where there is one for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// The spec line of what the group is for.
    pub origin: Origin,
}

/// What rules share, as if each had its own.
fn shared<T: Serialize + ?Sized, S: Serializer>(of: &Arc<T>, s: S) -> Result<S::Ok, S::Error> {
    of.as_ref().serialize(s)
}

/// A recording rule.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Record {
    /// The metric it writes.
    pub metric: String,
    /// The query.
    pub expr: String,
    /// Labels it sets, beside those that the query keeps.
    #[serde(serialize_with = "shared")]
    pub labels: Arc<Labels>,
    /// The ids of the objectives whose series it records: one, or those of a service that share the rule.
    #[serde(serialize_with = "shared")]
    pub of: Arc<[String]>,
    /// Whether it reads recorded series of those objectives alone and keeps their labels: it then sets but the label by which
    /// linters tell rules of one metric apart.
    pub carried: bool,
}
