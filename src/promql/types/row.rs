//! Label rows: which labels the series of an expression surely have, may have and cannot have, and with which values.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{self, Metric};
use crate::source::Span;

use super::Why;

/// The labels of the series of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    labels: BTreeMap<String, Label>,
    rest: Rest,
}

/// What is known of one label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Label {
    pub(super) presence: Presence,
    /// The values it can have; `None` when any.
    pub(super) values: Option<BTreeSet<String>>,
    /// Whether `values` are all there can be, rather than those seen.
    pub(super) complete: bool,
    /// A regular expression that all its values match.
    pub(super) pattern: Option<String>,
    /// Whether a matcher leaves one value only.
    pub(super) pinned: bool,
    /// Where a grouping copied it from the other side.
    pub(super) joined: Option<Span>,
    pub(super) why: Option<Why>,
}

/// Whether series have a label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Presence {
    /// None has it.
    Not,
    /// Nobody says so, but scraping may add it.
    Unlikely,
    /// Some may have it.
    May,
    /// All have it.
    Must,
}

/// The labels that are not listed.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Rest {
    Not(Why),
    Unlikely,
    May,
}

/// The answer to whether a label is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lookup {
    /// Whether it is.
    pub presence: Presence,
    /// What makes it so; `None` when nothing but the absence of knowledge.
    pub why: Option<Why>,
}

impl Label {
    pub(super) fn new(presence: Presence, why: Option<Why>) -> Label {
        Label { presence, values: None, complete: false, pattern: None, pinned: false, joined: None, why }
    }
}

impl Row {
    /// Nothing is known.
    pub(super) fn open() -> Row {
        Row { labels: BTreeMap::new(), rest: Rest::May }
    }

    /// No labels at all, for the reason given.
    pub(super) fn empty(why: Why) -> Row {
        Row { labels: BTreeMap::new(), rest: Rest::Not(why) }
    }

    /// The row of a metric as the catalog has it.
    pub(super) fn of_metric(metric: &Metric) -> Row {
        let why = Why::new(metric.origin, format!("`{}` has {}", metric.name, listed(&metric.labels)));
        let rest = match metric.labels.rest {
            catalog::Rest::Closed => Rest::Not(why.clone()),
            catalog::Rest::Scraped => Rest::Unlikely,
            catalog::Rest::Open => Rest::May,
        };
        let mut row = Row { labels: BTreeMap::new(), rest };
        for scraped in ["job", "instance"] {
            row.labels.insert(scraped.to_string(), Label::new(Presence::May, None));
        }
        for (name, facts) in &metric.labels.known {
            let presence = if facts.optional { Presence::May } else { Presence::Must };
            let values = (!facts.values.is_empty()).then(|| facts.values.clone());
            let (complete, pattern) = (facts.complete, facts.pattern.clone());
            let label = Label { values, complete, pattern, ..Label::new(presence, Some(why.clone())) };
            row.labels.insert(name.clone(), label);
        }
        row
    }

    /// Whether a label is there.
    pub fn lookup(&self, name: &str) -> Lookup {
        let unlisted = || match &self.rest {
            Rest::Not(why) => Lookup { presence: Presence::Not, why: Some(why.clone()) },
            Rest::Unlikely => Lookup { presence: Presence::Unlikely, why: None },
            Rest::May => Lookup { presence: Presence::May, why: None },
        };
        let listed = |l: &Label| Lookup { presence: l.presence, why: l.why.clone() };
        self.labels.get(name).map_or_else(unlisted, listed)
    }

    /// The labels that series have or may have, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().filter(|(_, l)| l.presence > Presence::Not).map(|(n, _)| n.as_str())
    }

    /// The labels that all series have.
    pub fn sure_names(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().filter(|(_, l)| l.presence == Presence::Must).map(|(n, _)| n.as_str())
    }

    /// Whether there can be no labels but those of [`Row::names`].
    pub fn is_closed(&self) -> bool {
        matches!(self.rest, Rest::Not(_))
    }

    /// Whether series surely have no labels at all.
    pub(super) fn is_empty(&self) -> bool {
        self.is_closed() && self.names().next().is_none()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Label> {
        self.labels.get(name)
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, &Label)> {
        self.labels.iter().filter(|(_, l)| l.presence > Presence::Not).map(|(n, l)| (n.as_str(), l))
    }

    pub(super) fn set(&mut self, name: &str, label: Label) {
        self.labels.insert(name.to_string(), label);
    }

    /// Moves the places of all reasons.
    pub(super) fn located(&mut self, f: &impl Fn(Span) -> Span) {
        for label in self.labels.values_mut() {
            label.why.iter_mut().for_each(|w| w.span = f(w.span));
            label.joined = None;
        }
        if let Rest::Not(why) = &mut self.rest {
            why.span = f(why.span);
        }
    }

    /// Takes a label away, for the reason given. What was impossible before keeps its older reason.
    pub(super) fn remove(&mut self, name: &str, why: Why) {
        let before = self.lookup(name);
        let why = if before.presence == Presence::Not { before.why } else { Some(why) };
        self.labels.insert(name.to_string(), Label::new(Presence::Not, why));
    }

    /// Only these labels, as far as they are there. The reason is that of all others.
    pub(super) fn keep(&self, names: impl IntoIterator<Item = impl AsRef<str>>, why: Why) -> Row {
        let mut row = Row::empty(why);
        for name in names {
            let name = name.as_ref();
            let label = self.labels.get(name).cloned().unwrap_or_else(|| {
                let Lookup { presence, why } = self.lookup(name);
                Label::new(presence, why)
            });
            row.labels.insert(name.to_string(), label);
        }
        // What was gone before is gone for its older reason.
        for (name, label) in self.labels.iter().filter(|(_, l)| l.presence == Presence::Not) {
            row.labels.entry(name.clone()).or_insert_with(|| label.clone());
        }
        row
    }

    /// What is known of series of either row.
    pub(super) fn union(&self, other: &Row) -> Row {
        let mut labels = BTreeMap::new();
        for name in self.labels.keys().chain(other.labels.keys()) {
            let (a, b) = (self.lookup(name), other.lookup(name));
            let presence = match (a.presence, b.presence) {
                (x, y) if x == y => x,
                _ => Presence::May,
            };
            // What only one side has is as that side has it.
            let (mine, theirs) = (self.labels.get(name), other.labels.get(name));
            let only = match (a.presence, b.presence) {
                (Presence::Not, _) => theirs,
                (_, Presence::Not) => mine,
                // Of one value on both sides, it has that one still.
                _ => mine.filter(|x| theirs.is_some_and(|y| x.pinned && y.pinned && x.values == y.values)),
            };
            let both = Label::new(presence, a.why.or(b.why));
            labels.insert(name.clone(), only.map_or(both, |label| Label { presence, ..label.clone() }));
        }
        let rest = match (&self.rest, &other.rest) {
            (Rest::Not(why), Rest::Not(_)) => Rest::Not(why.clone()),
            (Rest::May, _) | (_, Rest::May) => Rest::May,
            _ => Rest::Unlikely,
        };
        Row { labels, rest }
    }

    /// The labels that tell series of one aggregation apart: those all have, and no matcher leaves with one value.
    pub(super) fn free(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().filter(|(_, l)| l.presence == Presence::Must && !l.pinned).map(|(n, _)| n.as_str())
    }
}

/// `no labels`, ``the labels `a` and `b` ``.
fn listed(labels: &catalog::Labels) -> String {
    /// More are counted: each label of the row holds these words.
    const MOST: usize = 12;
    let names: Vec<String> = labels.known.keys().take(MOST).map(|n| format!("`{n}`")).collect();
    match names.split_last() {
        Some(_) if labels.known.len() > MOST => {
            format!("the labels {} and {} more", names.join(", "), labels.known.len() - MOST)
        }
        None => "no labels of its own".into(),
        Some((only, [])) => format!("the label {only}"),
        Some((last, rest)) => format!("the labels {} and {last}", rest.join(", ")),
    }
}
