//! What the rules cost the server that evaluates them: an estimate, from what is known of their series.

mod reading;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::model::series::IDS;
use crate::model::{Group, Labels, Model, Project, Service};
use crate::promql::{self, Dialect, Query, Read};
use crate::source::{FileId, Span};
use crate::units::Duration;

use reading::{Reader, Recorded};
pub use reading::{Reading, VALUES};

/// Bytes of a sample that an evaluation holds: its time and its value.
pub const SAMPLE: u64 = 16;

/// What the estimates rest on.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// How many series each metric has; each of them as many buckets as the catalog says.
    pub series: u64,
    /// Which values labels have: matchers select that share of the series.
    pub catalog: &'a Catalog,
}

/// One rule and what an evaluation of it reads.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// The objective it belongs to, `checkout.availability`, or the written alert; the service alone when neither.
    pub subject: String,
    /// The query.
    pub query: String,
    /// How often it is evaluated.
    pub every: Duration,
    /// Whether it records its result.
    pub records: bool,
    /// What one evaluation reads.
    pub reading: Reading,
}

/// What the rules about one subject cost together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    /// How many rules.
    pub rules: u64,
    /// The series they record.
    pub series: u64,
    /// The samples that they read in an hour.
    pub hourly: u64,
    /// The samples that the largest evaluation holds at once.
    pub peak: u64,
}

impl Sum {
    /// Adds another: rules are evaluated one after the other, so that the largest one counts.
    pub fn add(&mut self, other: &Sum) {
        self.rules += other.rules;
        self.series += other.series;
        self.hourly = self.hourly.saturating_add(other.hourly);
        self.peak = self.peak.max(other.peak);
    }
}

/// All rules with what they read, in the order they are printed.
pub fn rules(model: &Model, grounds: Grounds<'_>) -> Vec<Rule> {
    let (lines, mut recorded) = first_round(model, grounds);
    lines.into_iter().map(|line| line.rule(model, grounds, &mut recorded)).collect()
}

/// All rule groups with what they read, in the order they are printed.
pub fn groups(model: &Model, grounds: Grounds<'_>) -> Vec<Load> {
    let sizes = model.services.iter().flat_map(|s| {
        let own = s.groups.iter().map(|g| g.records.len() + g.alerts.len());
        own.chain(s.carried.iter().map(|g| g.rules.len()))
    });
    let (lines, mut recorded) = first_round(model, grounds);
    let mut lines = lines.into_iter();
    let load = |size| {
        let mut load = Load::default();
        for line in lines.by_ref().take(size) {
            load.reads.extend(line.parsed.as_ref().map(Query::reads).unwrap_or_default());
            // What reads nothing is evaluated all the same.
            let sum = line.rule(model, grounds, &mut recorded).sum();
            load.hourly = load.hourly.saturating_add(sum.hourly.max(1));
        }
        load
    };
    sizes.map(load).collect()
}

/// All rules before their costs are known, and the series they record. Composites read what later services record: the first
/// round counts the series, a second one has all numbers.
fn first_round<'a>(model: &'a Model, grounds: Grounds<'_>) -> (Vec<Line<'a>>, Recorded) {
    let lines = model.services.iter().flat_map(|s| of_service(s, &model.project)).collect::<Vec<Line<'a>>>();
    let mut recorded = Recorded::default();
    for line in &lines {
        line.read(model, grounds, &mut recorded);
    }
    (lines, recorded)
}

/// Rules by what they are about, in the order of the names.
pub fn by_subject(rules: &[Rule]) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for rule in rules {
        sums.entry(&rule.subject).or_default().add(&rule.sum());
    }
    sums
}

/// What the rules of a group read.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// The samples in an hour, at least one for each rule.
    pub hourly: u64,
    /// What each of their selectors reads, rule by rule.
    pub reads: Vec<Read>,
}

impl Rule {
    /// What it costs in an hour.
    pub fn sum(&self) -> Sum {
        const HOUR: u64 = 3_600_000;
        let times = HOUR / self.every.millis().max(1);
        Sum {
            rules: 1,
            series: if self.records { self.reading.series } else { 0 },
            hourly: self.reading.samples.saturating_mul(times),
            peak: self.reading.peak,
        }
    }
}

/// A rule before its cost is known.
struct Line<'a> {
    subject: String,
    /// The metric it records, and of which objectives; `None` for alerts.
    record: Option<(&'a str, Vec<&'a str>)>,
    query: String,
    /// What it asks; `None` when it is no PromQL, as carried rules of another dialect are: nothing is known of those.
    parsed: Option<Query>,
    every: Duration,
}

fn of_service<'a>(service: &'a Service, project: &Project) -> Vec<Line<'a>> {
    let id = |labels: &'a Labels| IDS.iter().find_map(|id| labels.get(id)).map_or("", String::as_str);
    let named = |name: &str| format!("{}.{name}", service.name);
    let mut lines = Vec::new();
    for Group { interval, records, alerts, .. } in &service.groups {
        let every = *interval;
        lines.extend(records.iter().map(|r| {
            let of: Vec<&str> = r.of.iter().map(String::as_str).collect();
            let subject = if let [id] = of.as_slice() { id } else { service.name.as_str() };
            Line::new(subject.to_string(), Some((&r.metric, of)), r.expr.clone(), every)
        }));
        lines.extend(alerts.iter().map(|a| Line::new(named(&a.subject), None, a.condition.query(), every)));
    }
    for group in &service.carried {
        let every = group.interval.unwrap_or(project.every);
        let subject = named(group.subject());
        lines.extend(group.rules.iter().map(|r| {
            let record = (!r.is_alert).then(|| (r.name.as_str(), vec![id(&r.labels)]));
            Line::new(subject.clone(), record, r.expr.clone(), every)
        }));
    }
    lines
}

impl<'a> Line<'a> {
    fn new(subject: String, record: Option<(&'a str, Vec<&'a str>)>, query: String, every: Duration) -> Line<'a> {
        let place = Span::new(FileId(0), 0..query.len());
        let parsed = promql::parse(&query, place, Dialect::Rule).0;
        Line { subject, record, query, parsed, every }
    }

    /// What it reads, with what is recorded so far; what it records itself is added to that.
    fn read(&self, model: &Model, grounds: Grounds<'_>, recorded: &mut Recorded) -> Reading {
        let read = |recorded: &Recorded, only| {
            let reader = Reader { grounds, recorded, scrape: model.project.scrape, every: self.every, only };
            self.parsed.as_ref().map_or_else(Reading::default, |query| reader.read(query.expr()))
        };
        let reading = read(recorded, None);
        if let Some((metric, of)) = &self.record {
            let series = |id| if of.len() == 1 { reading.series } else { read(recorded, Some(id)).series };
            let each: Vec<(&str, u64)> = of.iter().map(|id| (*id, series(id))).collect();
            each.into_iter().for_each(|(id, series)| recorded.insert(metric, id, series, self.every));
        }
        reading
    }

    fn rule(self, model: &Model, grounds: Grounds<'_>, recorded: &mut Recorded) -> Rule {
        let reading = self.read(model, grounds, recorded);
        let Line { subject, record, query, every, .. } = self;
        Rule { subject, query, every, records: record.is_some(), reading }
    }
}
