//! Rules that the objectives of a service share. They read recorded series alone, which no two objectives have in common: so
//! none of them fails for one objective and not for another, and there need be only one of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::windows::{BASE, FINE};
use super::{SLOW, calendar, names, records};
use crate::check;
use crate::model::{Calendar, Group, Labels, Measure, Project, Record, SliForm, Slo, WindowSource};
use crate::units::{Duration, Ratio};

/// The end of the name of the group with what never changes while the spec does not; others read it.
const FACTS: &str = "facts";

/// Where a query selects the objectives it is for.
const HOLE: &str = "{}";

/// So many objectives at most are selected at once where all of their history is read: what a query may hold is limited.
const AT_ONCE: usize = 200;

/// Objectives of a service that share rules.
pub(super) struct Shared<'a> {
    service: &'a check::Service,
    all: &'a [&'a Slo],
    /// Those that are not made of others, which have the rest of their rules to themselves.
    measured: &'a [&'a Slo],
    /// What the rules set.
    labels: Arc<Labels>,
}

/// A query with [`HOLE`]s for selectors.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Query {
    reads: Reads,
    text: String,
}

/// A number that is known of an objective.
type Value = fn(&Slo) -> Ratio;

/// Whose series have the names that a query reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reads {
    /// Only those for which it is, at the moment at which it is asked.
    Own,
    /// Others too.
    All,
    /// Others too, or once they had them; and it reads them over a long time.
    History,
}

impl Reads {
    fn query(self, text: String) -> Option<Query> {
        Some(Query { text, reads: self })
    }
}

impl<'a> Shared<'a> {
    pub(super) fn new(service: &'a check::Service, all: &'a [&'a Slo], measured: &'a [&'a Slo]) -> Shared<'a> {
        let (label, value) = match all {
            [slo] => (names::ID, &slo.id),
            _ => (names::SERVICE, &service.name),
        };
        Shared { service, all, measured, labels: Arc::new(Labels::from([(label.to_string(), value.clone())])) }
    }

    /// Their groups, in the order they read each other.
    pub(super) fn groups(&self, project: &Project) -> [Group; 3] {
        let group = |end, interval, records| {
            let name = format!("{}:{end}", self.service.name);
            Group { name, interval, records, alerts: Vec::new(), shard: None, origin: self.service.origin.clone() }
        };
        let slow = project.every.max(SLOW);
        [
            group(FACTS, slow, self.facts()),
            group(records::SHORT, project.every, self.short()),
            group(records::LONG, slow, self.long()),
        ]
    }

    /// Calendars, the windows up to twelve hours, the burn rate of now.
    pub(super) fn short(&self) -> Vec<Record> {
        let numbered = |metric: &str, count: &str| {
            let of = |calendar: &&Calendar| Reads::All.query(calendar::numbered(&format!("{count}{HOLE}"), calendar));
            self.rules(metric, self.measured, |slo| slo.calendar.as_ref(), of)
        };
        let mut rules = numbered(names::CALENDAR_TOTAL, names::TOTAL);
        rules.extend(numbered(names::CALENDAR_ERRORS, names::ERRORS));
        rules.extend(self.windows(|w| w <= FINE));
        rules.extend(self.burn(names::CURRENT_BURN, |_| Some(BASE)));
        rules
    }

    /// The windows over twelve hours, the period and what is left of its budget.
    pub(super) fn long(&self) -> Vec<Record> {
        let mut rules = self.windows(|w| w > FINE);
        // What has events and none yet in a tile of the period has all of its budget.
        let fresh = format!("0 * {}{HOLE}", names::ratio(BASE));
        let since =
            |calendar: &&Calendar| Reads::History.query(format!("{} or {fresh}", calendar::ratio(HOLE, calendar)));
        rules.extend(self.rules(names::CALENDAR_RATIO, self.measured, |slo| slo.calendar.as_ref(), since));
        rules.extend(self.burn(names::PERIOD_BURN, |slo| slo.calendar.is_none().then_some(slo.period)));
        let left = |_: &()| Reads::All.query(format!("1 - {}{HOLE}", names::PERIOD_BURN));
        rules.extend(self.rules(names::REMAINING, self.measured, |_| Some(()), left));
        rules
    }

    /// The error ratio of each window, and its events where an alert needs enough of them and they are not recorded yet.
    fn windows(&self, wanted: impl Fn(Duration) -> bool) -> Vec<Record> {
        let counting = || self.measured.iter().filter(|slo| matches!(slo.sli.measure, Measure::Events { .. }));
        let lengths: BTreeSet<Duration> = counting().flat_map(|slo| &slo.windows).map(|w| w.length).collect();
        let mut rules = Vec::new();
        for length in lengths.into_iter().filter(|w| wanted(*w)) {
            let source = |slo: &Slo| source(slo, length);
            let counted = |slo: &Slo| source(slo).filter(|_| slo.counted.contains(&length));
            rules.extend(self.rules(&names::ratio(length), self.measured, source, |from| ratio(*from, length)));
            rules.extend(self.rules(&names::total(length), self.measured, counted, |from| events(*from, length)));
        }
        rules
    }

    /// The ratio over a window, or since the calendar's period began, over the budget. Only what has a budget now is told: of an
    /// objective that is gone, sums may still be there.
    fn burn(&self, metric: &str, window: impl Fn(&Slo) -> Option<Duration>) -> Vec<Record> {
        let budget = format!("{}{}", names::BUDGET, self.everyone());
        let burn = |window: &Option<Duration>| {
            let ratio = window.map_or_else(|| names::CALENDAR_RATIO.to_string(), names::ratio);
            Reads::All.query(format!("{ratio}{HOLE} / on ({}) group_left () {budget}", names::ID))
        };
        self.rules(metric, self.measured, |slo| Some(window(slo)), burn)
    }

    /// Facts about each objective, all from its `slo:info`.
    pub(super) fn facts(&self) -> Vec<Record> {
        let mut rules: Vec<Record> = self.all.iter().map(|slo| self.info(slo)).collect();
        let values: [(&str, Value); 3] =
            [(names::OBJECTIVE, |slo| slo.objective), (names::BUDGET, |slo| slo.budget), (names::PERIOD_DAYS, days)];
        let kept = [names::ID, names::NAME, names::SERVICE].into_iter().filter(|l| !self.labels.contains_key(l));
        let labels = kept.collect::<Vec<_>>().join(", ");
        for (metric, value) in values {
            let fact = |value: &Ratio| Reads::All.query(format!("{}{HOLE} * {}", names::INFO, value.expr()));
            let identified = |r: Record| Record { expr: format!("max by ({labels}) ({})", r.expr), ..r };
            rules.extend(self.rules(metric, self.all, |slo| Some(value(slo)), fact).into_iter().map(identified));
        }
        rules
    }

    fn info(&self, slo: &Slo) -> Record {
        let mut labels = slo.identity.clone();
        labels.extend(descriptive(self.service, slo));
        let (expr, of) = ("vector(1)".to_string(), Arc::from([slo.id.clone()]));
        Record { metric: names::INFO.into(), expr, labels: Arc::new(labels), of, carried: false }
    }

    /// One rule for those of some objectives for which there is a query: `query` makes it of what `about` says of them. Of those
    /// that are split nobody knows how many series they are: where much is read, each has a rule of its own.
    fn rules<'s, T: Ord>(
        &self,
        metric: &str,
        among: &[&'s Slo],
        about: impl Fn(&'s Slo) -> Option<T>,
        query: impl Fn(&T) -> Option<Query>,
    ) -> Vec<Record> {
        let about: Vec<(&Slo, T)> = among.iter().filter_map(|slo| Some((*slo, about(slo)?))).collect();
        let mut queries: BTreeMap<&T, Option<Query>> = BTreeMap::new();
        for (_, about) in &about {
            queries.entry(about).or_insert_with(|| query(about));
        }
        let asked = about.iter().filter_map(|(slo, about)| Some((*slo, queries.get(about)?.as_ref()?)));
        let (alone, together): (Vec<_>, Vec<_>) =
            asked.partition(|(slo, query)| query.reads == Reads::History && !slo.by.is_empty());
        let own = |(slo, query): (&Slo, &Query)| {
            let labels = Arc::new(Labels::from([(names::ID.to_string(), slo.id.clone())]));
            Some(Record { labels, ..self.rule(metric, vec![(slo, query)])? })
        };
        self.rule(metric, together).into_iter().chain(alone.into_iter().filter_map(own)).collect()
    }

    /// The rule for all of them; those with the same query are asked together.
    fn rule(&self, metric: &str, asked: Vec<(&Slo, &Query)>) -> Option<Record> {
        let mut queries: Vec<(&Query, Vec<&str>)> = Vec::new();
        let mut known: BTreeMap<&Query, usize> = BTreeMap::new();
        let of: Arc<[String]> = asked.iter().map(|(slo, _)| slo.id.clone()).collect();
        for (slo, query) in asked {
            let most = if query.reads == Reads::History { AT_ONCE } else { usize::MAX };
            let new = queries.len();
            let at = known.entry(query).or_insert(new);
            match queries.get_mut(*at) {
                Some((_, names)) if names.len() < most => names.push(&slo.name),
                _ => {
                    *at = new;
                    queries.push((query, vec![&slo.name]));
                }
            }
        }
        let filled = |(query, names): &(&Query, Vec<&str>)| {
            let wide = query.reads == Reads::Own && names.len() > 1;
            query.text.replace(HOLE, &if wide { self.everyone() } else { self.selector(names) })
        };
        let expr = queries.iter().map(filled).collect::<Vec<_>>().join(" or ");
        let (metric, labels) = (metric.to_string(), Arc::clone(&self.labels));
        (!of.is_empty()).then_some(Record { metric, expr, labels, of, carried: true })
    }

    /// Selects all of them.
    fn everyone(&self) -> String {
        match self.all {
            [slo] => slo.selector(),
            _ => format!("{{{}=\"{}\"}}", names::SERVICE, self.service.name),
        }
    }

    /// Selects objectives of the service by their names.
    fn selector(&self, names: &[&str]) -> String {
        let all = self.all.len();
        let (no, names) = match names {
            [name] => return format!("{{{}=\"{}\"}}", names::ID, names::id(&self.service.name, name)),
            names if names.len() * 2 <= all => ("", names.to_vec()),
            names => {
                let named: BTreeSet<&str> = names.iter().copied().collect();
                let others = self.all.iter().map(|slo| slo.name.as_str()).filter(|name| !named.contains(name));
                ("!", others.collect())
            }
        };
        let matcher = match (no, names.as_slice()) {
            (_, []) => String::new(),
            ("!", [other]) => format!(",{}!=\"{other}\"", names::NAME),
            ("!", others) => format!(",{}!~\"{}\"", names::NAME, others.join("|")),
            (_, names) => format!(",{}=~\"{}\"", names::NAME, names.join("|")),
        };
        format!("{{{}=\"{}\"{matcher}}}", names::SERVICE, self.service.name)
    }
}

/// The error ratio of a window that is made of recorded series: no ratio where there is no traffic, never NaN. A missing error
/// series of a raw window counts as no errors; the sums have none missing.
fn ratio(source: WindowSource, length: Duration) -> Option<Query> {
    match source {
        WindowSource::Members => None,
        WindowSource::Raw => {
            let [errors, total] = [names::errors(length), names::total(length)].map(|m| format!("{m}{HOLE}"));
            if length == BASE {
                return Reads::Own.query(format!("{errors} / ({total} > 0)"));
            }
            // Others may have the events of this window for an alert that needs enough of them, or for who shares a total.
            Reads::All.query(format!("({errors} or 0 * {total}) / ({total} > 0)"))
        }
        WindowSource::Sums(step) => {
            let sum = |m| format!("sum_over_time({m}{HOLE}[{length}:{step}])");
            Reads::History.query(format!("{} / ({} > 0)", sum(names::ERRORS), sum(names::TOTAL)))
        }
    }
}

/// The period in days.
fn days(slo: &Slo) -> Ratio {
    Ratio::new(slo.period.millis().into(), 86_400_000).unwrap_or(Ratio::ZERO)
}

/// The events of a window of sums.
fn events(source: WindowSource, length: Duration) -> Option<Query> {
    let WindowSource::Sums(step) = source else { return None };
    let share = step.over(BASE).unwrap_or(Ratio::ONE);
    let scale = if share == Ratio::ONE { String::new() } else { format!(" * {}", share.expr()) };
    Reads::History.query(format!("sum_over_time({}{HOLE}[{length}:{step}]){scale}", names::TOTAL))
}

/// What a window of an objective that counts events reads.
fn source(slo: &Slo, length: Duration) -> Option<WindowSource> {
    let counts = matches!(slo.sli.measure, Measure::Events { .. });
    slo.windows.iter().find(|w| w.length == length && counts).map(|w| w.source)
}

/// The labels of `slo:info`: all that describes and nothing that identifies.
fn descriptive(service: &check::Service, slo: &Slo) -> Labels {
    let mut labels = service.labels.clone();
    let mut add = |name: &str, value: String| labels.insert(name.to_string(), value);
    add("objective", slo.objective.percent());
    add("period", slo.over());
    add("spec", slo.origin.path.to_string());
    add("sli", form(&slo.sli.form).to_string());
    if let Some(owner) = &service.owner {
        add("owner", owner.clone());
    }
    if let Some(tier) = service.tier {
        add("tier", tier.to_string());
    }
    labels
}

/// The form of an SLI in a word.
fn form(form: &SliForm) -> &'static str {
    match form {
        SliForm::Events => "events",
        SliForm::Histogram { .. } => "histogram",
        SliForm::Ratio => "ratio",
        SliForm::Up { .. } => "up",
        SliForm::Slices { .. } => "slices",
        SliForm::Composite => "composite",
    }
}
