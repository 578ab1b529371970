//! A test that was written: what is fed to the rules, and which alerts must come of it.

use serde::Serialize;

use super::Origin;
use crate::units::{Duration, Ratio};

/// `test "half of the requests fail" { … }`.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Test {
    /// What it shows.
    pub title: String,
    /// The name of its file: of `[a-z0-9-]`, unique among the tests.
    pub key: String,
    /// From one sample and evaluation to the next.
    pub every: Duration,
    /// When it ends: with the longest of its series.
    pub end: Duration,
    /// The series that are fed.
    pub series: Vec<Fed>,
    /// What must come of them.
    pub expects: Vec<Expectation>,
    /// Names of the services whose rules it needs.
    pub services: Vec<String>,
    /// Its spec line.
    pub origin: Origin,
}

/// A series that is fed: its first sample at 0, then its parts.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Fed {
    /// `up{job="a"}`.
    pub name: String,
    /// What follows one another.
    pub parts: Vec<FedPart>,
}

/// So many samples of a series.
#[derive(Clone, Copy, PartialEq, Hash, Debug, Serialize)]
pub struct FedPart {
    /// What they are.
    pub value: FedValue,
    /// How many.
    pub samples: u64,
}

/// What the samples of a part are.
#[derive(Clone, Copy, PartialEq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FedValue {
    /// Always this.
    Level(Ratio),
    /// By so much more than the one before.
    Change(Ratio),
    /// None.
    Gone,
}

/// What is expected of some alerts.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Expectation {
    /// As it was written: `page checkout.availability between 11m and 15m`.
    pub text: String,
    /// Selects the series of `ALERTS` that say they fire.
    pub firing: String,
    /// Whether they must not fire.
    pub silent: bool,
    /// From when to when: to begin to fire, or to be silent. `None` for the whole test.
    pub between: Option<(Duration, Duration)>,
    /// Its spec line.
    pub origin: Origin,
}
