//! The type checker: what is known of each expression's samples, why it is known, and what must be wrong because of it.
//!
//! Gradual: what is not known stays unknown and never causes an error. An error is wrong for every series the catalog
//! allows; what is wrong for some of them is a warning. Every fact keeps the place it comes from, and messages show both.

mod aggregate;
mod arithmetic;
mod call;
mod checker;
mod compare;
mod expected;
mod histogram;
mod interval;
mod join;
mod kind;
mod matcher;
mod over_time;
mod pattern;
mod proof;
mod recorded;
mod row;
mod selector;
mod sets;
mod show;
mod time;

pub use checker::{Checker, Facts, Records};
pub use expected::Expected;
pub use interval::Interval;
pub use kind::SampleKind;
pub use pattern::selects;
pub use proof::check_pair;
pub use row::{Lookup, Presence, Row};
pub use show::Line;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::catalog::Unit;
use crate::source::Span;
use crate::units::Ratio;

use super::ops::ValueType;

/// Where a fact comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// The place that makes it so: a part of the query, or a line of the catalog.
    pub span: Span,
    /// What stands there.
    pub text: Words,
    /// Whether it is certain. What only a name suggests is not, and causes warnings at most.
    pub sure: bool,
}

impl Why {
    /// A certain reason.
    pub fn new(span: Span, text: impl Into<Words>) -> Why {
        Why { span, text: text.into(), sure: true }
    }
}

/// Words that cost nothing to copy: every label of a metric has those of the metric.
#[derive(Clone, Debug)]
pub enum Words {
    /// Words of the program itself.
    Own(&'static str),
    /// Words that were put together.
    Made(Arc<str>),
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Words::Own(text) => text,
            Words::Made(text) => text,
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Words) -> bool {
        **self == **other
    }
}

impl Eq for Words {}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Words {
        Words::Own(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Words {
        Words::Made(text.into())
    }
}

impl From<Words> for String {
    fn from(words: Words) -> String {
        words.to_string()
    }
}

/// A fact and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact<T> {
    /// What is so.
    pub is: T,
    /// Why.
    pub why: Why,
}

impl<T> Fact<T> {
    pub(super) fn new(is: T, why: Why) -> Fact<T> {
        Fact { is, why }
    }
}

/// What is known of the samples of an expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Type {
    /// PromQL's own type.
    pub value: ValueType,
    /// What kind of numbers they are.
    pub kind: Fact<SampleKind>,
    /// What they measure; `None` when not known.
    pub unit: Option<Fact<Unit>>,
    /// The labels of the series.
    pub row: Row,
    /// The values they can have.
    pub interval: Interval,
    /// Why `interval` is narrower than all numbers.
    pub interval_why: Option<Why>,
    /// The condition that drops series, when there is one: without it an alert always fires.
    pub filter: Option<Span>,
    /// Whether it always has a result, whatever is scraped.
    pub always: bool,
    /// The buckets, when each series counts one.
    pub buckets: Option<Buckets>,
    /// A division in it whose divisor may be zero.
    pub zero_division: Option<Span>,
    /// Whether they may be native histograms: nobody says what the metric is.
    pub perhaps_native: bool,
    /// The metric whose samples these are, as long as they are untouched.
    pub metric: Option<String>,
}

/// The buckets of a classic histogram.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Buckets {
    /// The histogram's name, without `_bucket`.
    pub histogram: String,
    /// The finite bounds in ascending order; empty when not known.
    pub bounds: Vec<Ratio>,
    /// What was observed, so the unit of a quantile.
    pub unit: Option<Fact<Unit>>,
    /// Whether the counts were made rates or increases.
    pub rated: bool,
    /// Where the buckets come from.
    pub why: Why,
}

impl Type {
    /// Nothing is known but PromQL's own type.
    pub fn unknown(value: ValueType, span: Span) -> Type {
        Type {
            value,
            kind: Fact::new(SampleKind::Unknown, Why::new(span, "nothing is known of this")),
            unit: None,
            row: Row::open(),
            interval: Interval::ALL,
            interval_why: None,
            filter: None,
            always: false,
            buckets: None,
            zero_division: None,
            perhaps_native: true,
            metric: None,
        }
    }

    /// A number that is written down or computed from such.
    pub(super) fn scalar(value: Interval, span: Span) -> Type {
        let why = Why::new(span, "this number");
        Type {
            kind: Fact::new(SampleKind::Number, why.clone()),
            row: Row::empty(Why::new(span, "a number has no labels")),
            interval: value,
            interval_why: Some(why),
            always: true,
            perhaps_native: false,
            ..Type::unknown(ValueType::Scalar, span)
        }
    }

    /// The same series with other samples: the name goes, and what was known of the samples.
    pub(super) fn derived(self, kind: SampleKind, why: Why) -> Type {
        Type {
            kind: Fact::new(kind, why),
            unit: None,
            interval: Interval::ALL,
            interval_why: None,
            buckets: None,
            metric: None,
            ..self
        }
    }

    /// With another range of values, for the reason given.
    pub(super) fn within(self, interval: Interval, why: Why) -> Type {
        Type { interval, interval_why: Some(why), ..self }
    }

    /// With another unit.
    pub fn measured(self, unit: Unit, why: Why) -> Type {
        Type { unit: Some(Fact::new(unit, why)), ..self }
    }

    /// How the samples are called in messages: the metric's name, or what kind of numbers they are.
    pub(super) fn noun(&self) -> String {
        match &self.metric {
            Some(name) => format!("`{name}`"),
            None if matches!(self.kind.is, SampleKind::Unknown | SampleKind::Bool) => "this value".to_string(),
            None => self.kind.is.with_article().to_string(),
        }
    }

    /// Moves the places of all facts: a query that was read from another form of its text knows offsets only.
    pub fn located(&mut self, f: impl Fn(Span) -> Span) {
        let facts = self.interval_why.iter_mut().chain(self.unit.iter_mut().map(|u| &mut u.why));
        for why in facts.chain([&mut self.kind.why]) {
            why.span = f(why.span);
        }
        if let Some(buckets) = &mut self.buckets {
            buckets.why.span = f(buckets.why.span);
            buckets.unit.iter_mut().for_each(|u| u.why.span = f(u.why.span));
        }
        self.row.located(&f);
        self.filter = self.filter.map(&f);
        self.zero_division = self.zero_division.map(&f);
    }

    /// Whether every series of the result surely has this label, may have it, or cannot.
    pub fn label(&self, name: &str) -> Lookup {
        self.row.lookup(name)
    }
}
