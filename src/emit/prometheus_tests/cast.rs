//! The counters of an objective, made up: labels that its selectors accept, and the part each counter plays.

use std::collections::BTreeMap;

use crate::model::{Labels, Measure, Slo};
use crate::promql::Test;

use super::counts::{Counter, Counts, Filter};

/// How many matchers the selectors have at most for which counters are made up: each is tried against all others.
pub(super) const MATCHERS: usize = 200;

/// What an objective counts, and the counters it can be shown with.
pub(super) struct Cast<'a> {
    pub(super) slo: &'a Slo,
    total: Counts,
    part: Counts,
    good: bool,
    roles: Roles,
    instances: Vec<Labels>,
}

/// A counter for each part there is to play, by what one event of it adds to the errors and to the total.
#[derive(Default)]
struct Roles {
    /// 1 and 1: bad events among all.
    bad: Option<Counter>,
    /// 0 and 1: other events.
    fine: Option<Counter>,
    /// 1 and 0: errors counted apart.
    errors: Option<Counter>,
    /// -1 and 0: good events counted apart.
    good: Option<Counter>,
}

/// Which events a counter counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gain {
    /// The bad ones.
    Bad,
    /// The others.
    Good,
    /// All.
    All,
}

/// What an objective counts for one set of the labels of `by`.
pub(super) struct Counted {
    /// The labels of `by`.
    pub(super) labels: Labels,
    /// Bad events; `None` where they are not known, and there is no ratio.
    pub(super) errors: Option<i64>,
    /// All events.
    pub(super) total: i64,
}

impl<'a> Cast<'a> {
    /// Casts an objective. `None` when it counts more than sums of counters, or its counters cannot be made up.
    pub(super) fn new(slo: &'a Slo) -> Option<Cast<'a>> {
        let Measure::Events { total, part, good } = &slo.sli.measure else { return None };
        let (total, part) = (Counts::read(total, &slo.by)?, Counts::read(part, &slo.by)?);
        if total.filters().iter().chain(&part.filters()).map(|f| f.tests.len()).sum::<usize>() > MATCHERS {
            return None;
        }
        let mut cast = Cast { slo, total, part, good: *good, roles: Roles::default(), instances: Vec::new() };
        cast.instances = split(&slo.by, &cast.filters())?;
        cast.roles = cast.assigned();
        cast.troubled().is_some().then_some(cast)
    }

    /// How many instances there are: two where labels split the objective and can have two values, else one.
    pub(super) fn instances(&self) -> usize {
        self.instances.len()
    }

    /// A counter of one instance.
    pub(super) fn of(&self, instance: usize, counter: &Counter) -> Counter {
        let mut counter = counter.clone();
        counter.labels.extend(self.instances.get(instance).cloned().unwrap_or_default());
        counter
    }

    /// The counters of an instance that has errors.
    pub(super) fn troubled(&self) -> Option<[(Counter, Gain); 2]> {
        let Roles { bad, fine, errors, good } = &self.roles;
        let role = |role: &Option<Counter>, gain| role.clone().map(|c| (c, gain));
        let among = role(bad, Gain::Bad).zip(role(fine, Gain::Good));
        let apart = || role(errors, Gain::Bad).zip(role(fine, Gain::All));
        let minus = || role(bad, Gain::All).zip(role(good, Gain::Good));
        among.or_else(apart).or_else(minus).map(|(a, b)| [a, b])
    }

    /// The counters of an instance in which no error has ever been counted: those of errors do not exist.
    pub(super) fn healthy(&self) -> Vec<Counter> {
        let Roles { bad, fine, good, .. } = &self.roles;
        let minus = || bad.iter().chain(good).cloned().collect();
        fine.as_ref().map_or_else(minus, |c| vec![c.clone()])
    }

    /// What the objective counts where these counters have gained so much, theirs or not: for each set of the labels
    /// of `by` for which there is an answer.
    pub(super) fn counted(&self, gained: &BTreeMap<Counter, i64>) -> Vec<Counted> {
        let filters = self.filters();
        let mut sets: BTreeMap<Labels, Vec<(&Counter, i64)>> = BTreeMap::new();
        for (counter, gain) in gained.iter().filter(|(c, _)| filters.iter().any(|f| f.metric == c.metric)) {
            let value = |l: &String| (l.clone(), counter.labels.get(l).cloned().unwrap_or_default());
            sets.entry(self.slo.by.iter().map(value).collect()).or_default().push((counter, *gain));
        }
        let count = |(labels, own): (Labels, Vec<(&Counter, i64)>)| {
            let sum = |f: &Filter| {
                let mut gains = own.iter().filter(|(c, _)| f.accepts(c)).map(|(_, n)| *n).peekable();
                gains.peek().is_some().then(|| gains.sum())
            };
            let total = self.total.value(&sum)?;
            let part = self.part.value(&sum).or((!self.slo.sli.part_is_sure()).then_some(0));
            let errors = part.map(|part| if self.good { total - part } else { part });
            Some(Counted { labels, errors, total })
        };
        sets.into_iter().filter_map(count).collect()
    }

    fn filters(&self) -> Vec<&Filter> {
        [self.total.filters(), self.part.filters()].concat()
    }

    /// Tries label sets made from every selector and from how it differs from the others, until bad events and others are
    /// counted among all, or there are no more.
    fn assigned(&self) -> Roles {
        let mut roles = Roles::default();
        let filters = self.filters();
        for candidate in candidates(&filters) {
            let counter = self.of(0, &candidate);
            let gain = |f: &Filter| Some(i64::from(f.accepts(&counter)));
            let (total, part) = (self.total.value(&gain).unwrap_or(0), self.part.value(&gain).unwrap_or(0));
            let errors = if self.good { total - part } else { part };
            let role = match (errors, total) {
                (1, 1) => &mut roles.bad,
                (0, 1) => &mut roles.fine,
                (1, 0) => &mut roles.errors,
                (-1, 0) => &mut roles.good,
                _ => continue,
            };
            role.get_or_insert(counter);
            if roles.bad.is_some() && roles.fine.is_some() {
                break;
            }
        }
        roles
    }
}

/// Counters that may play a part, made up one after the other.
fn candidates<'f>(filters: &'f [&'f Filter]) -> impl Iterator<Item = Counter> + 'f {
    let of = move |filter: &'f &'f Filter| {
        let own: Vec<Wish<'_>> = filter.tests.iter().map(|(label, test)| Wish::accept(label, test)).collect();
        let others = filters.iter().filter(|f| f.metric == filter.metric).flat_map(|f| &f.tests);
        let alone = others.clone().map(|(label, test)| vec![Wish::refuse(label, test)]);
        let both = others.map(|(label, test)| Wish::accept(label, test)).collect();
        let counter = move |more: Vec<Wish<'f>>| {
            let labels = grant(&[own.clone(), more].concat())?;
            Some(Counter { metric: filter.metric.clone(), labels })
        };
        [Vec::new(), both].into_iter().chain(alone).filter_map(counter)
    };
    filters.iter().flat_map(of)
}

/// Values for the labels of `by` that every selector accepts: two sets, or one where there is no second.
pub(super) fn split(by: &[String], filters: &[&Filter]) -> Option<Vec<Labels>> {
    let mut first = Labels::new();
    let mut second = Labels::new();
    for label in by {
        let tests = filters.iter().flat_map(|f| &f.tests).filter(|(l, _)| l == label).map(|(_, t)| t);
        let tests: Vec<&Test> = tests.collect();
        let made_up = ["a", "b"].map(str::to_string);
        let mut values: Vec<String> = tests.iter().flat_map(|t| t.accepted()).chain(made_up).collect();
        values.retain(|v| !v.is_empty() && tests.iter().all(|t| t.accepts(v)));
        let one = values.first()?.clone();
        let other = values.iter().find(|v| **v != one).unwrap_or(&one);
        second.insert(label.clone(), other.clone());
        first.insert(label.clone(), one);
    }
    Some(if first == second { vec![first] } else { vec![first, second] })
}

/// What a label's value should be.
#[derive(Clone)]
pub(super) struct Wish<'a> {
    label: &'a str,
    test: &'a Test,
    accept: bool,
}

impl<'a> Wish<'a> {
    /// That a selector accepts it.
    pub(super) fn accept(label: &'a str, test: &'a Test) -> Wish<'a> {
        Wish { label, test, accept: true }
    }

    /// That a selector refuses it.
    pub(super) fn refuse(label: &'a str, test: &'a Test) -> Wish<'a> {
        Wish { label, test, accept: false }
    }

    fn is_granted(&self, value: &str) -> bool {
        self.test.accepts(value) == self.accept
    }

    fn values(&self) -> Vec<String> {
        if self.accept { self.test.accepted() } else { self.test.refused() }
    }
}

/// Labels that grant all wishes. `None` where no value that was thought of does.
pub(super) fn grant(wishes: &[Wish<'_>]) -> Option<Labels> {
    let mut by_label: BTreeMap<&str, Vec<&Wish<'_>>> = BTreeMap::new();
    wishes.iter().for_each(|wish| by_label.entry(wish.label).or_default().push(wish));
    let mut labels = Labels::new();
    for (label, same) in by_label {
        let mut values = same.iter().flat_map(|w| w.values());
        let value = values.find(|v| same.iter().all(|w| w.is_granted(v)))?;
        labels.insert(label.to_string(), value);
    }
    labels.retain(|_, value| !value.is_empty());
    Some(labels)
}
