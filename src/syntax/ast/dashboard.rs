//! Dashboards: what can be chosen, what is marked, and panels with what they ask.

use super::{Limit, Name, Quantity};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `dashboard platform "Platform Overview" { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Dashboard {
    /// `platform`: also its uid in Grafana.
    pub name: Name,
    /// `"Platform Overview"`.
    pub title: Option<Spanned<String>>,
    /// `from "boards/node.json"`: a dashboard of Grafana that is kept as it is. It has no panels here.
    pub kept: Option<Spanned<String>>,
    /// `about "…"`.
    pub about: Option<Spanned<String>>,
    /// `folder "Platform"`.
    pub folder: Option<Spanned<String>>,
    /// `tags platform, ml`.
    pub tags: Vec<Name>,
    /// `refresh 30s`; `None` inside for `refresh off`.
    pub refresh: Option<Spanned<Option<Duration>>>,
    /// `range 1h`.
    pub range: Option<Spanned<Duration>>,
    /// `pick 1h, 6h, 24h`.
    pub pick: Vec<Spanned<Duration>>,
    /// `variable …`, in the order written.
    pub variables: Vec<Variable>,
    /// `mark …`.
    pub marks: Vec<Mark>,
    /// `link …`.
    pub links: Vec<Lead>,
    /// Its panels; those outside of a `row` are rows without a heading.
    pub rows: Vec<PanelRow>,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// `variable cluster from label_values(up, cluster) many, all`.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// `cluster`.
    pub name: Name,
    /// `"Cluster"`: what people read before the choice.
    pub label: Option<Spanned<String>>,
    /// What can be chosen.
    pub choice: Choice,
    /// Where `many` stands: any number may be chosen.
    pub many: Option<Span>,
    /// Where `all` stands: all may be chosen at once.
    pub all: Option<Span>,
    /// `default free`.
    pub default: Option<Spanned<String>>,
    /// `matching "regex"`: what of an answer is a value.
    pub matching: Option<Spanned<String>>,
}

/// What a variable offers.
#[derive(Clone, PartialEq, Debug)]
pub enum Choice {
    /// `from label_values(up, cluster)`, `from db sql "SELECT …"`.
    From(Ask),
    /// `in free, pro`.
    In(Vec<Spanned<String>>),
    /// `every 1m, 5m auto`, with the place of `auto`.
    Every(Vec<Spanned<Duration>>, Option<Span>),
    /// `datasource prometheus`: the kind.
    Datasource(Name),
    /// `text "…"`: what stands in it at first.
    Text(Option<Spanned<String>>),
}

/// A query and the data source it goes to.
#[derive(Clone, PartialEq, Debug)]
pub struct Ask {
    /// Where `query`, `sql`, … stands.
    pub keyword: Span,
    /// In which language it is.
    pub language: Language,
    /// `"p99"`: what its series are called.
    pub name: Option<Spanned<String>>,
    /// `from db`.
    pub from: Option<Name>,
    /// Its text; of a text in quotes with the quotes.
    pub span: Span,
    /// Its text without quotes; of `search` the service, and the operation if one is given.
    pub text: Vec<String>,
}

/// The language of a query.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Language {
    /// `query`: PromQL.
    Promql,
    /// `logql`, of Loki.
    Logql,
    /// `sql`, of a database.
    Sql,
    /// `traceql`, of Tempo.
    Traceql,
    /// `trace "…"`: the id of one trace.
    Trace,
    /// `search "service" "operation"`: traces in Jaeger.
    Search,
}

/// `mark deploys "Deploy of {app}" purple from changes(app_build_info[5m]) > 0`.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// `deploys`.
    pub name: Name,
    /// What one event says.
    pub text: Option<Spanned<String>>,
    /// The colour of its lines.
    pub colour: Option<Name>,
    /// When it happened.
    pub ask: Ask,
}

/// What a link or a click leads to.
#[derive(Clone, PartialEq, Debug)]
pub struct Lead {
    /// What people read.
    pub title: Option<Spanned<String>>,
    /// Where to.
    pub to: Goal,
    /// Where `link` or `open` stands.
    pub keyword: Span,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Debug)]
pub enum Goal {
    /// `"https://…"`.
    Url(Spanned<String>),
    /// `dashboard checkout-detail "Errors"`: a dashboard, and a panel of it.
    Dashboard(Name, Option<Spanned<String>>),
    /// `tag slo`: a menu of all dashboards with the tag.
    Tag(Name),
}

/// `row "Latency" collapsed { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct PanelRow {
    /// The heading; `None` for panels outside of a `row`.
    pub title: Option<Spanned<String>>,
    /// Where `collapsed` stands.
    pub collapsed: Option<Span>,
    /// `repeat cluster`.
    pub repeat: Option<Name>,
    /// Its panels in the order written.
    pub panels: Vec<Panel>,
}

/// A panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// `timeseries`, `stat`, …
    pub kind: Name,
    /// Its title.
    pub title: Spanned<String>,
    /// `wide`, `half`, `third`, `quarter`, `tall`.
    pub sizes: Vec<Name>,
    /// `from db`: where its queries go.
    pub from: Option<Name>,
    /// `about "…"`.
    pub about: Option<Spanned<String>>,
    /// Its queries in the order written.
    pub asks: Vec<Ask>,
    /// `unit ms`, `unit "tokens"`: the word, or the text.
    pub unit: Option<StatedUnit>,
    /// `decimals 2`.
    pub decimals: Option<Spanned<u32>>,
    /// `min 0`.
    pub min: Option<Spanned<Quantity>>,
    /// `max 100`.
    pub max: Option<Spanned<Quantity>>,
    /// `warn above 1s`, `red below 50%`.
    pub steps: Vec<Step>,
    /// `word 1 "open" red`.
    pub words: Vec<Worded>,
    /// `none "no traffic"`: what stands where there is no value.
    pub none: Option<Spanned<String>>,
    /// `stacked`, `bars`, `log`, `points` …, each a word that stands alone.
    pub styles: Vec<Name>,
    /// `column server "Server"`: labels that a table shows, with their titles.
    pub columns: Vec<(Name, Option<Spanned<String>>)>,
    /// `open dashboard checkout-detail`.
    pub opens: Vec<Lead>,
    /// `repeat cluster`.
    pub repeat: Option<Name>,
    /// `range 30d`: this time until now, whatever the dashboard shows.
    pub range: Option<Spanned<Duration>>,
    /// `step 5m`: the smallest time between two points.
    pub step: Option<Spanned<Duration>>,
    /// `markdown """ … """`.
    pub markdown: Option<Spanned<String>>,
    /// `service checkout, cart`: of which services alerts are listed.
    pub services: Vec<Name>,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// What an axis is said to be in.
#[derive(Clone, PartialEq, Debug)]
pub enum StatedUnit {
    /// `unit ms`.
    Known(Name),
    /// `unit "tokens"`: just shown behind the number.
    Text(Spanned<String>),
}

/// `warn above 1s`, `red below 50% in "Hit rate"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// `warn`, `bad` or a colour.
    pub colour: Name,
    /// From where on.
    pub limit: Limit,
    /// The query it is for; all when not given.
    pub of: Option<Spanned<String>>,
}

/// `word 1 "open" red`.
#[derive(Clone, PartialEq, Debug)]
pub struct Worded {
    /// The value.
    pub value: Spanned<String>,
    /// What is read instead.
    pub text: Spanned<String>,
    /// Its colour.
    pub colour: Option<Name>,
}
