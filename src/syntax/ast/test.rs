//! Tests: what is fed to the rules, and which alerts must come of it.

use super::{Name, Quantity, Query};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// `test "half of the requests fail" { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Test {
    /// What it shows.
    pub title: Spanned<String>,
    /// `every 1m`: from one sample and evaluation to the next.
    pub every: Option<Spanned<Duration>>,
    /// The series that are fed.
    pub series: Vec<Fed>,
    /// What must come of them.
    pub expects: Vec<Expect>,
    /// Whether some of it could not be read: then what is missing is no mistake of its own.
    pub broken: bool,
}

/// `series up{job="a"}  1 for 10m, gone for 20m`.
#[derive(Clone, PartialEq, Debug)]
pub struct Fed {
    /// The metric's name and labels.
    pub name: Query,
    /// Its samples, one part after the other.
    pub parts: Vec<FedPart>,
}

/// `+50/min for 30m`.
#[derive(Clone, PartialEq, Debug)]
pub struct FedPart {
    /// What the samples are.
    pub value: FedValue,
    /// For how long.
    pub length: Spanned<Duration>,
}

/// What the samples of a part are.
#[derive(Clone, PartialEq, Debug)]
pub enum FedValue {
    /// `0.5`, `85 celsius`: always the same.
    Level(Spanned<Quantity>),
    /// `+50/min`, `-1/s`, `0/min`: from one to the next by so much in that time.
    Change(Spanned<Quantity>),
    /// `gone`: there are none.
    Gone,
}

/// `expect page checkout.availability between 11m and 15m`.
#[derive(Clone, PartialEq, Debug)]
pub struct Expect {
    /// A severity, or `silent`.
    pub what: Name,
    /// The objective or alert.
    pub of: Name,
    /// From when to when.
    pub between: Option<(Spanned<Duration>, Spanned<Duration>)>,
    /// The whole line.
    pub span: Span,
}
