//! What must come out of what is fed: the values of an objective's series, and which of its alerts fire on them.

use std::collections::BTreeMap;

use crate::maps::IntoMap;
use crate::model::{Alert, Comparison, Condition, Labels, Measure, Service, Slo, WindowSource, series};
use crate::units::{Duration, Ratio};

use super::group::{Check, Group};
use super::watch::{alerts, burns, fired, own};

/// The values of one series name, by the labels of `by`.
pub(super) type Sets = BTreeMap<Labels, Ratio>;

/// What is known of an objective's series at one moment. Names are queries such as `slo:sli_error:ratio_rate1h{…}`.
#[derive(Default, Debug)]
pub(super) struct Outlook {
    /// Exactly.
    pub(super) exact: BTreeMap<String, Sets>,
    /// To a tenth: counts of events depend on whether a range holds both of its ends.
    pub(super) rough: BTreeMap<String, Sets>,
    /// Whether it has data of which nothing is known.
    pub(super) hidden: bool,
}

/// What is known of several objectives, by their ids.
pub(super) type Outlooks = BTreeMap<String, Outlook>;

/// Adds what follows for the composites of a service. A member that is not among the outlooks has no data.
pub(super) fn add_composites(service: &Service, outlooks: &mut Outlooks) {
    for slo in &service.slos {
        let Measure::Composite { members, weighted } = &slo.sli.measure else { continue };
        let mut outlook = Outlook::default();
        for window in &slo.windows {
            if let Some(sets) = composed(service, members, *weighted, window.length, outlooks) {
                outlook.exact.insert(slo.ratio(window.length), sets);
            }
        }
        outlooks.insert(slo.id.clone(), outlook);
    }
}

/// The ratios of a composite over one window. `None` when a member has data of which nothing is known there.
fn composed(
    service: &Service,
    members: &[(String, Ratio)],
    weighted: bool,
    window: Duration,
    outlooks: &Outlooks,
) -> Option<Sets> {
    let mut parts: BTreeMap<Labels, Vec<(Ratio, Ratio)>> = BTreeMap::new();
    for (id, weight) in members {
        let Some(slo) = service.slos.iter().find(|s| s.id == *id) else { continue };
        let Some(outlook) = outlooks.get(id) else { continue };
        match outlook.exact.get(&slo.ratio(window)) {
            Some(sets) => {
                sets.iter().for_each(|(by, ratio)| parts.entry(by.clone()).or_default().push((*ratio, *weight)))
            }
            None if outlook.exact.is_empty() && !outlook.hidden => {}
            None => return None,
        }
    }
    let compose = if weighted { mean } else { any };
    let sets: Sets = parts.into_iter().filter_map(|(by, parts)| Some((by, compose(&parts)?))).into_map();
    (!sets.is_empty()).then_some(sets)
}

/// Σ weight · e / Σ weight.
fn mean(parts: &[(Ratio, Ratio)]) -> Option<Ratio> {
    let zero = (Ratio::ZERO, Ratio::ZERO);
    let (errors, weights) = parts.iter().try_fold(zero, |(errors, weights), (e, weight)| {
        Some((errors.plus(e.times(*weight)?)?, weights.plus(*weight)?))
    })?;
    errors.over(weights)
}

/// 1 − Π(1 − e).
fn any(parts: &[(Ratio, Ratio)]) -> Option<Ratio> {
    let none = parts.iter().try_fold(Ratio::ONE, |none, (e, _)| none.times(Ratio::ONE.minus(*e)?))?;
    Ratio::ONE.minus(none)
}

/// Checks of all that is known of an objective.
pub(super) fn check(service: &Service, slo: &Slo, outlook: &Outlook, at: Duration, group: &mut Group) {
    let identity = &slo.identity;
    let whole = |sets: &Sets, of: &dyn Fn(Ratio) -> Option<Ratio>| -> Vec<(Labels, Ratio)> {
        sets.iter().filter_map(|(by, value)| Some((with(identity, by), of(*value)?))).collect()
    };
    let mut add = |what: &str, series: &str, want: &[(Labels, Ratio)]| {
        group.checks.push(Check::values(format!("{}: {what}", slo.id), at, series, want));
    };
    for (series, sets) in &outlook.exact {
        add(series.split('{').next().unwrap_or(series), series, &whole(sets, &Some));
    }
    let burn = |ratio: Ratio| ratio.over(slo.budget);
    let own = |metric: &str| format!("{metric}{}", slo.selector());
    if let Some(base) = outlook.exact.get(&slo.ratio(BASE)) {
        add("how fast the budget goes now", &own("slo:current_burn_rate:ratio"), &whole(base, &burn));
    }
    // Tests begin in 1970; what a period of the calendar is then, is not what they are about.
    if let Some(period) = outlook.exact.get(&slo.ratio(slo.period)).filter(|_| slo.calendar.is_none()) {
        let left = |ratio: Ratio| Ratio::ONE.minus(burn(ratio)?);
        add("how much of the budget is spent", &own("slo:period_burn_rate:ratio"), &whole(period, &burn));
        add("how much of it is left", &own("slo:period_error_budget_remaining:ratio"), &whole(period, &left));
    }
    group.checks.extend(burns(service, slo).filter_map(|a| alarm(a, slo, outlook, identity, at)));
}

/// The shortest window, over which the burn rate of now is taken.
pub(super) const BASE: Duration = Duration::from_mins(5);

pub(super) fn with(identity: &Labels, by: &Labels) -> Labels {
    identity.clone().into_iter().chain(by.clone()).collect()
}

/// That an alert fires for exactly the series it should, when all it reads is known and it does not wait.
fn alarm(alert: &Alert, slo: &Slo, outlook: &Outlook, identity: &Labels, at: Duration) -> Option<Check> {
    let Condition::All(comparisons) = &alert.condition else { return None };
    if alert.hold.millis() > 0 {
        return None;
    }
    let sets = comparisons.iter().map(|c| Some((c, known(c, outlook)?))).collect::<Option<Vec<_>>>()?;
    let first = sets.first()?.1;
    let over = |by: &Labels| sets.iter().all(|(c, sets)| sets.get(by).is_some_and(|v| c.bound.reached(*v)));
    let firing = first.keys().filter(|by| over(by)).map(|by| (fired(alert, &with(identity, by)), Ratio::ONE));
    let mut want: Vec<(String, Ratio)> = firing.collect();
    want.sort();
    let note = format!("{}: {} {}", slo.id, alert.id, if want.is_empty() { "is silent" } else { "fires" });
    Some(Check { note, at, expr: firing_of(alert, slo), want })
}

/// The values a comparison reads: known exactly, or clear of its bound.
pub(super) fn known<'a>(comparison: &Comparison, outlook: &'a Outlook) -> Option<&'a Sets> {
    let clear = |value: &Ratio| {
        let tenth = comparison.bound.number().over(Ratio::whole(8)).unwrap_or(Ratio::ZERO);
        let (low, high) = (comparison.bound.number().minus(tenth), comparison.bound.number().plus(tenth));
        low.is_some_and(|l| *value < l) || high.is_some_and(|h| *value > h)
    };
    let rough = || outlook.rough.get(&comparison.expr).filter(|sets| sets.values().all(clear));
    outlook.exact.get(&comparison.expr).or_else(rough)
}

/// The query for one firing alert of an objective.
pub(super) fn firing_of(alert: &Alert, slo: &Slo) -> String {
    alerts(own(alert).chain([(series::ID, slo.id.as_str())]))
}

/// The name under which the events of a window are recorded.
pub(super) fn total(slo: &Slo, window: Duration) -> String {
    format!("slo:sli_total:increase{window}{}", slo.selector())
}

/// The window that reads raw series whose events these are; `None` where an expression says something else.
pub(super) fn raw_total(slo: &Slo, expr: &str) -> Option<Duration> {
    let events = expr.starts_with(series::TOTALS);
    raw_windows(slo).filter(|_| events).find(|w| total(slo, *w) == expr)
}

/// The windows of an objective that read raw series.
pub(super) fn raw_windows(slo: &Slo) -> impl Iterator<Item = Duration> {
    slo.windows.iter().filter(|w| w.source == WindowSource::Raw).map(|w| w.length)
}
