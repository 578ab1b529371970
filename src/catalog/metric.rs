//! One metric: its kind, unit, labels, values, and the place that says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Diagnostic;
use crate::source::Span;
use crate::units::Ratio;

use super::{Part, Unit, conflict};

/// What is known of one metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metric {
    /// The name as queries write it: a counter's with `_total`, a histogram's without `_bucket`.
    pub name: String,
    /// What kind of numbers it has.
    pub kind: Kind,
    /// What it measures; `None` when nobody says.
    pub unit: Option<Unit>,
    /// Its labels, without a histogram's `le` and a summary's `quantile`.
    pub labels: Labels,
    /// The values a gauge can have; `None` when nobody says.
    pub values: Option<Values>,
    /// From where to where it is while all is well, as people read it; `None` when nobody says.
    pub normal: Option<String>,
    /// What it is, in words.
    pub help: Option<String>,
    /// Where it was declared or read from.
    pub origin: Span,
}

/// What kind of numbers a metric has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Only grows, and starts anew at zero.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets, each a series of its own. Holds the finite bounds in ascending order, in the
    /// metric's own unit; empty when they are not known.
    Histogram(Vec<Ratio>),
    /// Counts observations in one sample with many buckets.
    NativeHistogram,
    /// Quantiles that the program computed. Holds which, when known.
    Summary(Vec<Ratio>),
    /// Always 1; its labels are what it tells.
    Info,
    /// One series per state, each 0 or 1; the state stands in the label named like the metric.
    StateSet,
    /// Nobody says.
    Unknown,
}

impl Kind {
    /// As it is called in messages, with its article.
    pub fn with_article(&self) -> &'static str {
        match self {
            Kind::Counter => "a counter",
            Kind::Gauge => "a gauge",
            Kind::Histogram(_) => "a histogram",
            Kind::NativeHistogram => "a native histogram",
            Kind::Summary(_) => "a summary",
            Kind::Info => "an info metric",
            Kind::StateSet => "a state set",
            Kind::Unknown => "of unknown kind",
        }
    }
}

/// The labels of a metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// The known ones.
    pub known: BTreeMap<String, LabelFacts>,
    /// Which others there may be.
    pub rest: Rest,
}

/// Which labels a metric may have beside the known ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rest {
    /// None, but `job` and `instance`, which scraping adds to every series.
    Closed,
    /// What scraping adds, which the program that exposes the metric does not know.
    Scraped,
    /// Any.
    Open,
}

/// What is known of one label.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LabelFacts {
    /// Whether some series of the metric do not have it.
    pub optional: bool,
    /// Values it was seen with; empty when not known.
    pub values: BTreeSet<String>,
    /// Whether `values` are all there can be.
    pub complete: bool,
    /// A regular expression that all its values match.
    pub pattern: Option<String>,
}

/// The values a gauge can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Values {
    /// These only.
    OneOf(Vec<Ratio>),
    /// From the first to the second, both included.
    Between(Ratio, Ratio),
}

impl Labels {
    /// Nothing is known of them.
    pub fn open() -> Labels {
        Labels { known: BTreeMap::new(), rest: Rest::Open }
    }

    /// As a declaration lists them: every series has each of these, and no others but `job` and `instance`.
    pub fn declared<'a>(names: impl IntoIterator<Item = &'a str>) -> Labels {
        let known = names.into_iter().map(|n| (n.to_string(), LabelFacts::default())).collect();
        Labels { known, rest: Rest::Closed }
    }

    fn merge(&mut self, other: Labels) {
        let both_closed = self.rest == Rest::Closed && other.rest == Rest::Closed;
        for (name, facts) in other.known {
            match self.known.get_mut(&name) {
                Some(known) => known.merge(facts),
                // What one source lists and another does not, some series may lack.
                None => drop(self.known.insert(name, LabelFacts { optional: facts.optional || both_closed, ..facts })),
            }
        }
        self.rest = self.rest.min(other.rest);
    }
}

impl LabelFacts {
    fn merge(&mut self, other: LabelFacts) {
        self.optional |= other.optional;
        self.complete = match (self.complete, other.complete) {
            (true, true) => true,
            (true, false) => other.values.is_subset(&self.values),
            (false, true) => self.values.is_subset(&other.values),
            (false, false) => false,
        };
        self.values.extend(other.values);
        // Two that differ are not known to be one.
        self.pattern = match (self.pattern.take(), other.pattern) {
            (Some(one), Some(two)) => Some(one).filter(|one| *one == two),
            (one, two) => one.or(two),
        };
    }
}

impl Metric {
    /// A metric of which only name, kind and place are known.
    pub fn new(name: impl Into<String>, kind: Kind, origin: Span) -> Metric {
        let (unit, values, normal, help) = Default::default();
        Metric { name: name.into(), kind, unit, labels: Labels::open(), values, normal, help, origin }
    }

    /// The unit it was given, or else the one its name tells.
    pub fn unit_or_by_name(&self) -> Option<Unit> {
        self.unit.or_else(|| Unit::of_name(&self.name))
    }

    /// Whether it has series of this part's name.
    pub fn has_part(&self, part: Part) -> bool {
        match (&self.kind, part) {
            (Kind::Histogram(_), Part::Bucket | Part::Count | Part::Sum) => true,
            (Kind::Summary(_), Part::Count | Part::Sum) => true,
            // Nobody names a native histogram's parts, but many try: the checker says why they are not there.
            (Kind::NativeHistogram, Part::Bucket | Part::Count | Part::Sum) => true,
            (Kind::Histogram(_), Part::Whole) => false,
            (_, Part::Whole) => true,
            _ => false,
        }
    }

    /// The names its series have.
    pub fn series_names(&self) -> Vec<String> {
        let parts = |suffixes: &[&str]| suffixes.iter().map(|s| format!("{}{s}", self.name)).collect();
        match self.kind {
            Kind::Histogram(_) => parts(&["_bucket", "_count", "_sum"]),
            Kind::Summary(_) => parts(&["", "_count", "_sum"]),
            _ => parts(&[""]),
        }
    }

    /// Takes over what is new in `other`; says when both contradict each other.
    pub(super) fn merge(&mut self, other: Metric) -> Option<Diagnostic> {
        let clash = self.clash(&other);
        if clash.is_some() {
            return clash;
        }
        self.merge_kind(&other.kind);
        self.unit = self.unit.or(other.unit);
        self.values = self.values.take().or(other.values);
        self.normal = self.normal.take().or(other.normal);
        self.help = self.help.take().or(other.help);
        self.labels.merge(other.labels);
        None
    }

    fn clash(&self, other: &Metric) -> Option<Diagnostic> {
        let known = |k: &Kind| *k != Kind::Unknown;
        let same_kind = std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind);
        if known(&self.kind) && known(&other.kind) && !same_kind {
            let (was, is) = (self.kind.with_article(), other.kind.with_article());
            return Some(conflict(self, other, "the kind", format!("of {was}"), format!("of {is}")));
        }
        if let (Some(was), Some(is)) = (self.unit, other.unit)
            && was != is
        {
            return Some(conflict(self, other, "the unit", format!("`{was}`"), format!("`{is}`")));
        }
        match (&self.kind, &other.kind) {
            (Kind::Histogram(a), Kind::Histogram(b)) if a != b && !a.is_empty() && !b.is_empty() => {
                Some(conflict(self, other, "the bounds", bounds(a), bounds(b)))
            }
            _ => None,
        }
    }

    fn merge_kind(&mut self, other: &Kind) {
        match (&mut self.kind, other) {
            (Kind::Unknown, kind) => self.kind = kind.clone(),
            (Kind::Histogram(mine), Kind::Histogram(theirs)) if mine.is_empty() => *mine = theirs.clone(),
            (Kind::Summary(mine), Kind::Summary(theirs)) => {
                mine.extend(theirs);
                mine.sort();
                mine.dedup();
            }
            _ => {}
        }
    }
}

fn bounds(bounds: &[Ratio]) -> String {
    let shown: Vec<String> = bounds.iter().take(12).map(|b| b.expr()).collect();
    let more = if bounds.len() > shown.len() { " …" } else { "" };
    format!("`{}{more}`", shown.join(" "))
}
