//! What the specs mean, with everything that is generated from them. Data only: `lower` makes it, targets print it.

pub mod board;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::units::{Duration, Ratio};

pub use board::Board;

/// Label names and values in the order of their names.
pub type Labels = BTreeMap<String, String>;

/// The whole program.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// Settings of the whole program.
    pub project: Project,
    /// Data sources, the default first.
    pub datasources: Vec<Datasource>,
    /// Services in the order of their names.
    pub services: Vec<Service>,
    /// Dashboards: the overview, then one per service, then what was written.
    pub boards: Vec<Board>,
}

/// The spec line something comes from. Prints as `specs/checkout.slo:12`, or `specs/checkout.slo:12, by the template at
/// specs/http.slo:3`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Origin {
    /// The spec file, relative to the project.
    pub path: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// The line of the template that this line used, when it did: `specs/http.slo:3`.
    pub template: Option<Arc<str>>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)?;
        self.template.iter().try_for_each(|t| write!(f, ", by the template at {t}"))
    }
}

/// Settings of the whole program, defaults filled in.
#[derive(Clone, PartialEq, Debug)]
pub struct Project {
    /// The project's name; titles the overview.
    pub name: String,
    /// Where runbook pages are served, without a trailing slash; `None` leaves links relative to `out/`.
    pub runbooks: Option<String>,
    /// Where Grafana is served, without a trailing slash; `None` leaves links relative to Grafana's root.
    pub grafana: Option<String>,
    /// Evaluation interval of the fast rule groups (Δ).
    pub every: Duration,
    /// Scrape interval of the metrics.
    pub scrape: Duration,
    /// Title of the Grafana folder of generated alerts and dashboards.
    pub folder: String,
    /// The environment it is for; `None` for the program as it is.
    pub environment: Option<String>,
    /// Labels that environments set: alerts that differ in them are of different environments.
    pub apart: BTreeSet<String>,
}

impl Project {
    /// A name that can stand beside those of other environments: `cart`, or `cart.staging`. Names hold no dot.
    pub fn beside(&self, name: &str) -> String {
        self.environment.as_ref().map_or_else(|| name.to_string(), |e| format!("{name}.{e}"))
    }
}

/// A data source of Grafana.
#[derive(Clone, PartialEq, Debug)]
pub struct Datasource {
    /// Its name and uid.
    pub name: String,
    /// Where Grafana reaches it.
    pub url: String,
    /// Scrape interval told to Grafana, for `$__rate_interval`.
    pub every: Duration,
    /// Whether queries go here unless they say otherwise; exactly one does.
    pub default: bool,
    /// Its spec line; `None` for the one assumed when none is declared.
    pub origin: Option<Origin>,
}

/// A service and all that is generated for it.
#[derive(Clone, PartialEq, Debug)]
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
    /// Its objectives in the order written.
    pub slos: Vec<Slo>,
    /// Its rule groups in the order they are printed.
    pub groups: Vec<Group>,
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
        self.alerts().filter(move |a| a.slo == slo.name)
    }
}

/// A service-level objective.
#[derive(Clone, PartialEq, Debug)]
pub struct Slo {
    /// `checkout.availability`: the value of the label `slo_id`.
    pub id: String,
    /// `availability`: unique within the service; the value of `slo_name`.
    pub name: String,
    /// What it promises, in the author's words.
    pub about: Option<String>,
    /// The share of good events that is promised, over 0 and under 1.
    pub objective: Ratio,
    /// `1 - objective`.
    pub budget: Ratio,
    /// The time over which the promise counts.
    pub period: Duration,
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
    /// Its spec line.
    pub origin: Origin,
}

/// A query to look at first.
#[derive(Clone, PartialEq, Eq, Debug)]
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

    /// The series of the error ratio over one of its windows: `slo:sli_error:ratio_rate1h{slo_id="…"}`.
    pub fn ratio(&self, window: Duration) -> String {
        format!("slo:sli_error:ratio_rate{window}{}", self.selector())
    }

    /// The budget of one period as time without any service: 43m12s for 99.9 % over 30 days.
    pub fn budget_time(&self) -> Duration {
        self.period.scaled(self.budget).unwrap_or_default()
    }
}

/// What an objective measures.
#[derive(Clone, PartialEq, Debug)]
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
    /// A query that has series while nothing is to be counted: maintenance.
    pub exclude: Option<String>,
    /// Whether five minutes without traffic count as one bad event.
    pub silence_is_bad: bool,
}

impl Sli {
    /// Whether all windows but the base read recorded sums, since what is counted in the base is more than a query.
    pub fn sums_only(&self) -> bool {
        self.exclude.is_some() || self.silence_is_bad
    }
}

/// How an error ratio is had from the raw series. All expressions have exactly the labels of `by`.
#[derive(Clone, PartialEq, Debug)]
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
#[derive(Clone, PartialEq, Eq, Debug)]
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
#[derive(Clone, PartialEq, Debug)]
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
    Up,
    /// `value E` with `good below 0.2 each 1m`: the share of slices of time in which a value kept its bound.
    Slices,
    /// `all of …` or `weighted { … }`.
    Composite,
}

/// One window with its recorded error ratio.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Window {
    /// Its length; also the suffix of the series.
    pub length: Duration,
    /// Where it is computed from.
    pub source: WindowSource,
}

/// What a window's ratio reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum WindowSource {
    /// The raw series: short windows, which wake people.
    Raw,
    /// The recorded 5-minute sums in steps of this length.
    Sums(Duration),
    /// The ratios of other objectives over the same window.
    Members,
}

/// A rule group of Prometheus: its rules are evaluated in this order.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Unique within the file.
    pub name: String,
    /// Evaluation interval.
    pub interval: Duration,
    /// Recording rules, each after those it reads.
    pub records: Vec<Record>,
    /// Alerts, which read the records above.
    pub alerts: Vec<Alert>,
    /// The spec line of what the group is for.
    pub origin: Origin,
}

/// A recording rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// The metric it writes.
    pub metric: String,
    /// The query.
    pub expr: String,
    /// Labels it adds.
    pub labels: Labels,
}

/// How urgently somebody must act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Urgency {
    /// Wakes somebody: the label `severity="page"`.
    Page,
    /// Waits for working hours: `severity="ticket"`.
    Ticket,
}

impl Urgency {
    /// The value of the label `severity`.
    pub fn name(self) -> &'static str {
        match self {
            Urgency::Page => "page",
            Urgency::Ticket => "ticket",
        }
    }
}

/// An alert, the same for Prometheus and for Grafana.
#[derive(Clone, PartialEq, Debug)]
pub struct Alert {
    /// `availability-page-1h`: unique within the service; names its page and its rule.
    pub id: String,
    /// Grafana's uid: stable, at most 40 characters of `[a-z0-9-]`.
    pub uid: String,
    /// The label `alertname`: `CheckoutAvailabilityBurn`.
    pub name: String,
    /// For people, unique in the program: `checkout availability: page on 14.4× burn over 1h`.
    pub title: String,
    /// Name of the objective within the service.
    pub slo: String,
    /// How urgent.
    pub urgency: Urgency,
    /// When it fires.
    pub condition: Condition,
    /// How long the condition must hold first (`for`).
    pub hold: Duration,
    /// Labels the rule adds to the series' own; literal text.
    pub labels: Labels,
    /// Annotations in the order printed.
    pub annotations: Vec<(String, Text)>,
    /// What it means in numbers.
    pub meaning: Meaning,
    /// Its runbook page, relative to `runbooks/`: `checkout/availability-page-1h.md`.
    pub page: String,
    /// Id of the panel on its service's dashboard that shows what it reads.
    pub panel: Option<u32>,
    /// The author's own steps, Markdown.
    pub steps: Option<String>,
    /// Its spec line.
    pub origin: Origin,
}

/// When an alert fires.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// Every comparison holds for the same labels.
    All(Vec<Comparison>),
    /// Series are gone.
    Absent {
        /// Selects them.
        series: String,
        /// A query that has series while that is no wonder: maintenance.
        unless: Option<String>,
    },
}

impl Condition {
    /// The query that has a result while the series of [`Condition::Absent`] are gone without excuse.
    pub fn absent(series: &str, unless: Option<&str>) -> String {
        let excuse = unless.map_or(String::new(), |u| format!(" unless on () ({u})"));
        format!("absent({series}){excuse}")
    }
}

/// `expr > bound`.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// An instant query that always has a value while there is traffic.
    pub expr: String,
    /// The bound, exact; printed with [`Ratio::expr`].
    pub above: Ratio,
}

/// Text with places for what is only known when an alert fires.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text(pub Vec<Part>);

/// A part of a [`Text`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Literal text; nothing in it is special to any target.
    Plain(String),
    /// The value of a label of the firing series.
    Label(String),
    /// The value of the first comparison as a percentage.
    Percentage,
}

impl Text {
    /// Text without places.
    pub fn plain(text: impl Into<String>) -> Text {
        Text(vec![Part::Plain(text.into())])
    }
}

/// What an alert means in numbers: semantics §1. Exact where it can be.
#[derive(Clone, PartialEq, Debug)]
pub enum Meaning {
    /// A tier of a burn-rate policy.
    Burn(Burn),
    /// The data of an objective are gone.
    Absence,
}

/// A tier's numbers for one objective.
#[derive(Clone, PartialEq, Debug)]
pub struct Burn {
    /// Long window (L).
    pub long: Duration,
    /// Short window (S), which makes it stop soon after the trouble does.
    pub short: Duration,
    /// Burn factor (f): how many times faster than allowed the budget goes.
    pub factor: Ratio,
    /// Share of the period's budget that is gone when it fires: f·L/P.
    pub share: Ratio,
    /// Error ratio above which it fires: f·b.
    pub threshold: Ratio,
    /// Time in which a full budget is gone at exactly this rate: P/f.
    pub exhaustion: Duration,
    /// For error ratios 1 %, 10 % and 100 %: what happens.
    pub steps: Vec<Step>,
    /// One failure alone trips it when fewer events than this arrive in L: ⌈1/(f·b)⌉.
    pub lone_failure: Ratio,
}

/// What a tier does when the error ratio steps from 0 to `errors` and stays there.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The error ratio (e).
    pub errors: Ratio,
    /// Time until it fires, max(L,S)·f·b/e + F; `None` when it never does.
    pub detect: Option<Duration>,
    /// Time until it stops after full recovery, S·(1 − f·b/e); `None` when it never fires.
    pub reset: Option<Duration>,
    /// Share of the period's budget left when it fires, if all of it was there before; may be negative.
    pub left: Option<Ratio>,
}
