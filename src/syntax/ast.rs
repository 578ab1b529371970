//! What was written: one tree per file, every part with its place, nothing looked up yet.

mod alert;
mod dashboard;
mod datasource;
mod emit;
mod environment;
mod naming;
mod routing;
mod sli;
mod template;
mod test;

pub use alert::{Alert, Bound, Level as AlertLevel, Limit};
pub use dashboard::{
    Ask, Choice, Dashboard, Goal, Language, Lead, Mark, Panel, PanelRow, StatedUnit, Step, Variable, Worded,
};
pub use datasource::{Datasource, Link};
pub use emit::Emit;
pub use environment::{BoardOverride, Environment, SloOverride};
pub use naming::{Named, Naming, Rule, RuleGroup};
pub use routing::{Contact, Folder, Grant, Route, Routes, Setting, Team, Value};
pub use sli::{AtLeast, Composite, Histogram, Member, Side, SliceBound};
pub use template::{Argument, Context, Hole, Param, ParamValue, Template, Use, ValueKind};
pub use test::{Expect, Fed, FedPart, FedValue, Test};

use std::fmt;
use std::sync::Arc;

use crate::source::{Span, Spanned};
use crate::units::{Duration, Ratio};

/// A name as written.
pub type Name = Spanned<String>;

/// A file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct File {
    /// Its items in the order written.
    pub items: Vec<Item>,
    /// Its comments in order; those inside queries belong to the queries.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From `#` to the end of its line.
    pub span: Span,
    /// What it speaks of: what stands before it on its line, or, when it stands alone, what begins on the line below.
    /// A value over several lines counts as a whole. Empty when there is nothing.
    pub about: Span,
}

/// What stands at the top of a file.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// `import "catalog.slo"`.
    Import(Spanned<String>),
    /// `project acme { … }`.
    Project(Project),
    /// `datasource prom prometheus "http://…" default every 15s`.
    Datasource(Datasource),
    /// `team payments "Payments" { … }`.
    Team(Team),
    /// `contact oncall pagerduty key env(PAGERDUTY_KEY)`.
    Contact(Contact),
    /// `route { … }`.
    Route(Routes),
    /// `folder "Platform" { … }`.
    Folder(Folder),
    /// `metrics { … }`.
    Metrics(Vec<Metric>),
    /// `metrics from "catalog/checkout.prom"`.
    MetricsFrom(Spanned<String>),
    /// `metrics open`: a metric outside the catalog is a warning everywhere.
    MetricsOpen(Span),
    /// `policy quiet { … }`.
    Policy(Policy),
    /// `service checkout { … }`.
    Service(Service),
    /// `template http-service(job) { … }`.
    Template(Template),
    /// `environment staging { … }`.
    Environment(Environment),
    /// `test "…" { … }`.
    Test(Test),
    /// `dashboard platform "Platform Overview" { … }`.
    Dashboard(Box<Dashboard>),
}

/// Settings of the whole program.
#[derive(Clone, PartialEq, Debug)]
pub struct Project {
    /// `acme`.
    pub name: Name,
    /// `runbooks "https://…"`.
    pub runbooks: Option<Spanned<String>>,
    /// `grafana "https://…"`.
    pub grafana: Option<Spanned<String>>,
    /// `grafana version 11`: the oldest that must understand what is generated.
    pub version: Option<Spanned<u32>>,
    /// `folder "SLO"`.
    pub folder: Option<Spanned<String>>,
    /// `every 30s`.
    pub every: Option<Spanned<Duration>>,
    /// `scrape 15s`.
    pub scrape: Option<Spanned<Duration>>,
    /// `secrets "/etc/alertmanager/secrets"`.
    pub secrets: Option<Spanned<String>>,
    /// `external cluster, region`: labels that each Prometheus adds to what it sends.
    pub external: Vec<Name>,
    /// `naming sloth`: for all services that have none of their own.
    pub naming: Option<Naming>,
    /// `emit kubernetes namespace "monitoring"`, in the order written.
    pub emit: Vec<Emit>,
    /// `shards 16`: over how many rulers rule groups are spread.
    pub shards: Option<Spanned<u32>>,
    /// `warn E0304`, `error W0311`, `off W0312`: levels set per code.
    pub levels: Vec<Level>,
}

/// A code's level.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// `error`, `warn`, `note` or `off`.
    pub level: Name,
    /// The code's id or name.
    pub code: Name,
}

/// A line of a `metrics` block.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// `counter`, `gauge`, `histogram`, `summary`, `info` or `stateset`.
    pub kind: Name,
    /// The metric's name.
    pub name: Name,
    /// Its labels; `None` when no braces were written: then any label may exist.
    pub labels: Option<Vec<LabelDecl>>,
    /// `buckets 5ms 10ms 1s`.
    pub buckets: Option<Vec<Spanned<Quantity>>>,
    /// Where `native` stands.
    pub native: Option<Span>,
    /// `milliseconds`, `bytes`, `celsius` …
    pub unit: Option<Name>,
    /// `in 0, 0.5, 1`.
    pub values: Option<Vec<Spanned<Ratio>>>,
    /// `normal 30 to 75`.
    pub normal: Option<(Spanned<Quantity>, Spanned<Quantity>)>,
    /// A description in quotes at the end.
    pub help: Option<Spanned<String>>,
    /// The whole line.
    pub span: Span,
}

/// A label of a declared metric.
#[derive(Clone, PartialEq, Debug)]
pub struct LabelDecl {
    /// Its name.
    pub name: Name,
    /// `=~"GET|POST"`: the values it has.
    pub values: Option<Spanned<String>>,
}

/// A number with the unit written behind it.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantity {
    /// The number.
    pub number: Ratio,
    /// `%`, `ms`, `GiB`, `x` …; empty for a bare number.
    pub unit: String,
    /// Both as written.
    pub text: String,
}

/// An alert policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Its tiers in the order written.
    pub tiers: Vec<Tier>,
}

/// `page 2% of budget in 1h confirmed over 5m for 1m`.
#[derive(Clone, PartialEq, Debug)]
pub struct Tier {
    /// `page` or `ticket`.
    pub urgency: Name,
    /// What must be spent.
    pub spend: Spend,
    /// The long window.
    pub long: Spanned<Duration>,
    /// The short window; a twelfth of the long one when not written.
    pub short: Option<Spanned<Duration>>,
    /// `for 1h`.
    pub hold: Option<Spanned<Duration>>,
    /// The whole line.
    pub span: Span,
}

/// How a tier's rate is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Spend {
    /// `2% of budget`: a share of the period's budget, 0.02.
    Share(Spanned<Ratio>),
    /// `14.4x burn`: a burn factor.
    Burn(Spanned<Ratio>),
}

/// A service.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// `checkout`.
    pub name: Name,
    /// `title "Checkout API"`.
    pub title: Option<Spanned<String>>,
    /// `owner payments`.
    pub owner: Option<Name>,
    /// `tier 1`.
    pub tier: Option<Spanned<u32>>,
    /// `labels { region = "eu" }`.
    pub labels: Vec<LabelSet>,
    /// `from metrics`: the Prometheus that has its series.
    pub source: Option<Name>,
    /// `policy quiet`: for all its objectives.
    pub policy: Option<Name>,
    /// Its objectives; environments that change nothing of one share it.
    pub slos: Vec<Arc<Slo>>,
    /// Its alerts that are not objectives.
    pub alerts: Vec<Alert>,
    /// `naming sloth { … }`: whose names and rules its objectives have.
    pub naming: Option<Naming>,
    /// Rule groups that are carried as they are.
    pub rules: Vec<RuleGroup>,
    /// Templates it uses. None are left once the program is read: their text has taken their place.
    pub uses: Vec<Use>,
    /// From its name to the end of its block.
    pub span: Span,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// `region = "eu"`.
#[derive(Clone, PartialEq, Debug)]
pub struct LabelSet {
    /// The label.
    pub name: Name,
    /// Its value.
    pub value: Spanned<String>,
}

/// An objective.
#[derive(Clone, PartialEq, Debug)]
pub struct Slo {
    /// `availability`.
    pub name: Name,
    /// `99.9%`, as 0.999; `None` when it could not be read.
    pub objective: Option<Spanned<Ratio>>,
    /// `over 30d`; `None` when it could not be read.
    pub period: Option<Spanned<Duration>>,
    /// `over calendar month in "Europe/Berlin"`; the period is then the time that burn rates are reckoned with.
    pub calendar: Option<Calendar>,
    /// `by region, zone`.
    pub by: Vec<Name>,
    /// `about "…"`.
    pub about: Option<Spanned<String>>,
    /// `errors X`.
    pub errors: Option<Query>,
    /// `good X`.
    pub good: Option<Query>,
    /// `total Y`.
    pub total: Option<Query>,
    /// `histogram H within 300ms`.
    pub histogram: Option<Histogram>,
    /// `ratio E`.
    pub ratio: Option<Query>,
    /// `up E`.
    pub up: Option<Query>,
    /// `value E`.
    pub value: Option<Query>,
    /// `good below 0.2 each 1m`.
    pub slices: Option<SliceBound>,
    /// `all of …` or `weighted { … }`.
    pub composite: Option<Composite>,
    /// `at-least 100 events per 1h`.
    pub at_least: Option<AtLeast>,
    /// `traffic 1000/min`.
    pub traffic: Option<Spanned<Quantity>>,
    /// `exclude when E`.
    pub exclude: Option<Query>,
    /// `policy quiet`.
    pub policy: Option<Name>,
    /// `no-traffic good`.
    pub no_traffic: Option<Name>,
    /// `page off`, `page { channel = "#x" }`.
    pub page: Option<Routing>,
    /// The same for tickets.
    pub ticket: Option<Routing>,
    /// `runbook """ … """`.
    pub runbook: Option<Spanned<String>>,
    /// `named { … }`: what it is in another tool's rules.
    pub named: Option<Named>,
    /// From the name to the end of the header: where a problem of the whole is shown.
    pub header: Span,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// A period of the calendar.
#[derive(Clone, PartialEq, Debug)]
pub struct Calendar {
    /// `week`, `month` or `quarter`.
    pub unit: Name,
    /// `in "Europe/Berlin"`.
    pub zone: Option<Spanned<String>>,
}

impl fmt::Display for Calendar {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calendar {}", self.unit.node)?;
        self.zone.iter().try_for_each(|zone| write!(f, " in \"{}\"", zone.node))
    }
}

/// What happens with the alerts of one urgency.
#[derive(Clone, PartialEq, Debug)]
pub struct Routing {
    /// Where `off` stands.
    pub off: Option<Span>,
    /// Extra labels.
    pub labels: Vec<LabelSet>,
    /// Where the keyword stands.
    pub keyword: Span,
}

/// Raw PromQL: its place in the file is its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Query {
    /// Where `errors`, `total` … stands.
    pub keyword: Span,
    /// The query's bytes, without the white space and the comment around it.
    pub span: Span,
}
