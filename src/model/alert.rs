//! An alert: when it fires, what it says, what it means. The same for every target.

use std::sync::Arc;

use serde::Serialize;

use super::{Definition, Labels, Origin, Start};
use crate::units::{Duration, Ratio};

/// How urgently somebody must act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Wakes somebody: the label `severity="page"`.
    Page,
    /// Waits for working hours: `severity="ticket"`.
    Ticket,
    /// The highest level of a written alert: `severity="critical"`.
    Critical,
    /// The middle level: `severity="warning"`.
    Warning,
    /// The lowest level: `severity="info"`.
    Info,
}

impl Urgency {
    /// Every urgency.
    pub const ALL: [Urgency; 5] = [Urgency::Page, Urgency::Ticket, Urgency::Critical, Urgency::Warning, Urgency::Info];

    /// The value of the label `severity`.
    pub fn name(self) -> &'static str {
        match self {
            Urgency::Page => "page",
            Urgency::Ticket => "ticket",
            Urgency::Critical => "critical",
            Urgency::Warning => "warning",
            Urgency::Info => "info",
        }
    }

    /// Whether it cannot wait for working hours.
    pub fn is_urgent(self) -> bool {
        matches!(self, Urgency::Page | Urgency::Critical)
    }
}

/// An alert, the same for Prometheus and for Grafana.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Alert {
    /// `availability-page-1h`, `pool-exhausted-warning`: unique within the service; names its page and its rule.
    pub id: String,
    /// Grafana's uid: stable, at most 40 characters of `[a-z0-9-]`.
    pub uid: String,
    /// The label `alertname`: `CheckoutAvailabilityBurn`.
    pub name: String,
    /// For people, unique in the program: `checkout availability: page on 14.4× burn over 1h`.
    pub title: String,
    /// Name of the objective or of the written alert it belongs to: unique within the service.
    pub subject: String,
    /// How urgent.
    pub urgency: Urgency,
    /// When it fires.
    pub condition: Condition,
    /// How long the condition must hold first (`for`).
    pub hold: Duration,
    /// How long it goes on firing after the condition ended (`keep_firing_for`); zero for not at all.
    pub keep: Duration,
    /// Labels the rule adds to the series' own; literal text.
    pub labels: Labels,
    /// Annotations in the order printed.
    pub annotations: Vec<(String, Text)>,
    /// What it means in numbers.
    pub meaning: Meaning,
    /// Its runbook page, relative to `runbooks/`: `checkout/availability-page-1h.md`.
    pub page: String,
    /// How far back its links look: long enough to see it coming.
    pub lookback: Duration,
    /// The panel that shows what it reads: its dashboard's uid, and its id there.
    pub panel: Option<(String, u32)>,
    /// Whether its author named a dashboard that it leads to, rather than the page of its service.
    #[serde(skip)]
    pub opens: bool,
    /// The author's own steps, Markdown.
    pub steps: Option<String>,
    /// The receiver its notifications go to, by name; `None` when nobody wrote routes.
    pub receiver: Option<String>,
    /// Its spec line.
    pub origin: Origin,
}

/// When an alert fires.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every comparison holds for the same labels.
    All(Vec<Comparison>),
    /// For every series the query yields.
    Any(Filter),
    /// Series are gone.
    Absent {
        /// Selects them.
        series: String,
        /// A query that has series while that is no wonder: maintenance.
        unless: Option<String>,
        /// A query that has the series of which one is gone, where they are told apart by labels.
        part: Option<String>,
    },
}

impl Alert {
    /// The numbers of a burn-rate tier.
    pub fn burn(&self) -> Option<&Burn> {
        if let Meaning::Burn(burn) = &self.meaning { Some(burn) } else { None }
    }
}

impl Condition {
    /// The query that has a result while it holds.
    pub fn query(&self) -> String {
        match self {
            Condition::All(all) => all.iter().map(Comparison::query).collect::<Vec<_>>().join(" and "),
            Condition::Any(filter) => filter.expr.clone(),
            Condition::Absent { series, unless, part } => {
                let excuse = unless.as_ref().map_or(String::new(), |u| format!(" unless on () ({u})"));
                let part = part.as_ref().map_or(String::new(), |part| format!(" or {part}"));
                format!("absent({series}){excuse}{part}")
            }
        }
    }
}

/// `expr > bound`.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Comparison {
    /// An instant query that has a value also where the bound is kept. Stands left of a comparison as it is.
    pub expr: String,
    /// Where it is too far.
    pub bound: Bound,
}

impl Comparison {
    /// The query that has a result while it holds.
    fn query(&self) -> String {
        let expr = &self.expr;
        match self.bound {
            Bound::Is(order, number) => format!("{expr} {} {}", order.sign(), number.expr()),
            Bound::Outside(low, high) => format!("{expr} < {} or {expr} > {}", low.expr(), high.expr()),
        }
    }
}

/// What a value is compared with: exact, printed with [`Ratio::expr`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// `> 0.8`, `== 1`.
    Is(Order, Ratio),
    /// Below the first or above the second.
    Outside(Ratio, Ratio),
}

/// An order of two numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Order {
    /// Every order, the longer signs first, so that a text can be searched for them.
    pub const ALL: [Order; 6] =
        [Order::AtLeast, Order::AtMost, Order::Equal, Order::Unequal, Order::Above, Order::Below];

    /// Its sign in PromQL, and in Grafana's math.
    pub fn sign(self) -> &'static str {
        match self {
            Order::Above => ">",
            Order::AtLeast => ">=",
            Order::Below => "<",
            Order::AtMost => "<=",
            Order::Equal => "==",
            Order::Unequal => "!=",
        }
    }

    /// Whether `a` stands in this order to `b`.
    pub fn holds(self, a: Ratio, b: Ratio) -> bool {
        match self {
            Order::Above => a > b,
            Order::AtLeast => a >= b,
            Order::Below => a < b,
            Order::AtMost => a <= b,
            Order::Equal => a == b,
            Order::Unequal => a != b,
        }
    }
}

impl Bound {
    /// Over `number`.
    pub fn above(number: Ratio) -> Bound {
        Bound::Is(Order::Above, number)
    }

    /// The number it compares with; the upper one of two.
    pub fn number(self) -> Ratio {
        match self {
            Bound::Is(_, number) | Bound::Outside(_, number) => number,
        }
    }

    /// Whether a value is too far.
    pub fn reached(self, value: Ratio) -> bool {
        match self {
            Bound::Is(order, number) => order.holds(value, number),
            Bound::Outside(low, high) => value < low || value > high,
        }
    }
}

/// A query that yields series just where something is wrong.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Filter {
    /// The query.
    pub expr: String,
    /// The same series, or one without labels and with the value NaN where there are none: for a target to which no
    /// series at all means that data are missing.
    pub always: String,
}

/// Text with places for what is only known when an alert fires.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Text(pub Vec<Part>);

/// A part of a [`Text`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Literal text; nothing in it is special to any target.
    Plain(String),
    /// The value of a label of the firing series.
    Label(String),
    /// The value of the first comparison.
    Value(Format),
    /// An action of Prometheus's template language, with its braces.
    Action(Vec<Code>),
}

/// A piece of an action.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// As written.
    Text(String),
    /// The value of the first comparison, which each target calls by another name.
    Value,
}

/// How a value is printed for people.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A ratio as a percentage: `1.4%`.
    Percentage,
    /// Seconds as a duration: `1m 30s`.
    Duration,
    /// Bytes with a binary prefix: `1.5GiB`; holds what follows the `B`, such as `/s`.
    Bytes(&'static str),
    /// So many decimals, and the unit behind.
    Number(u8, String),
    /// Four significant digits.
    Plain,
}

impl Text {
    /// Text without places.
    pub fn plain(text: impl Into<String>) -> Text {
        Text(vec![Part::Plain(text.into())])
    }
}

/// What an alert means in numbers: semantics §1. Exact where it can be.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// A tier of a burn-rate policy.
    #[serde(serialize_with = "super::shared")]
    Burn(Arc<Burn>),
    /// The data of an objective are gone.
    Absence,
    /// A level of a written alert.
    Level(Level),
}

/// A level of a written alert.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Level {
    /// What is watched: the query of `value` or of `when`, on one line.
    pub query: String,
    /// Where the value is too far, as written: `above 80%`; `None` beside `when`.
    pub limit: Option<String>,
    /// What happens when nobody acts, in the author's words.
    pub impact: Option<String>,
    /// The other levels of the same alert, the highest first, with their limits in words: `above 90% for 5m`.
    pub others: Vec<(Urgency, String)>,
    /// Labels by which its levels are about the same thing: the higher silences the lower where they are alike.
    pub equal: Vec<String>,
    /// The queries a responder starts from.
    pub starts: Vec<Start>,
    /// How its value is printed.
    pub format: Format,
    /// What the catalog says of the metrics it reads, in the order of their names.
    pub metrics: Vec<Definition>,
}

/// A tier's numbers for one objective.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
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
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
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
