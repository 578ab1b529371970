//! The promise itself: the objective and the time it counts over, and the numbers of all alerts that follow from them.

use super::pairs::{self, Located};
use super::{Change, Class, Fact, Words};
use crate::model::{Alert, Burn, Meaning, Slo, Urgency};
use crate::units::{Duration, Ratio};

/// What is different in the promise of one objective.
pub(super) fn changes(old: &Located<'_>, new: &Located<'_>) -> Vec<Change> {
    [promise(old, new), about(old, new), traffic(old, new)].into_iter().flatten().collect()
}

/// The objective, the period, or both.
fn promise(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (old.slo, new.slo);
    let objective = (o.objective != n.objective).then(|| (o.objective.percent(), n.objective.percent()));
    let period = (o.over() != n.over()).then(|| (o.over(), n.over()));
    if objective.is_none() && period.is_none() {
        return None;
    }
    let tiers = tiers(old, new);
    let mut what = Words::default().code(&*n.name).text(": ");
    if let Some((before, now)) = &objective {
        what = what.text("objective ").code(before).text(" → ").code(now);
    }
    if let Some((before, now)) = &period {
        let word = if objective.is_some() { ", over " } else { "period " };
        what = what.text(word).code(before).text(" → ").code(now);
    }
    let class = class(o.objective.cmp(&n.objective), &tiers);
    let change = Change::new(class, &new.service.name, what, Some(&o.origin), Some(&n.origin))
        .fact("error budget", budget(old), budget(new))
        .facts(tiers.iter().flat_map(|(o, n)| numbers(o, n, shows_outage(&tiers, o, n))));
    Some(change.notes(retention(old, new)))
}

/// A longer period than before asks for more than was needed before.
fn retention(old: &Located<'_>, new: &Located<'_>) -> Option<Words> {
    let (o, n) = (old.slo.period, new.slo.period);
    let note = || {
        Words::new("What is recorded goes on; the budget is that of ")
            .code(new.slo.over())
            .text(" at once if Prometheus has kept that much, else as soon as it has")
    };
    (o < n && old.slo.id == new.slo.id).then(note)
}

/// `43m12s of 30d`.
fn budget(at: &Located<'_>) -> String {
    format!("{} of {}", at.slo.budget_time().human(), at.slo.a_period())
}

/// The tiers that are in both, with their alerts.
fn tiers<'a>(old: &Located<'a>, new: &Located<'a>) -> Vec<(&'a Alert, &'a Alert)> {
    let both = pairs::alerts(old, new).both;
    both.into_iter().filter(|(o, n)| o.burn().is_some() && n.burn().is_some()).collect()
}

/// A lower objective is looser. The same one over another time is looser when its alerts need more errors.
fn class(objective: std::cmp::Ordering, tiers: &[(&Alert, &Alert)]) -> Class {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let thresholds = || tiers.iter().filter_map(|(o, n)| Some(o.burn()?.threshold.cmp(&n.burn()?.threshold)));
    let all = |way| thresholds().any(|t| t == way) && thresholds().all(|t| t == way || t == Equal);
    match objective {
        Greater => Class::Loosened,
        Less => Class::Tightened,
        Equal if all(Less) => Class::Loosened,
        Equal if all(Greater) => Class::Tightened,
        Equal => Class::Period,
    }
}

/// How soon a full outage is seen is said of pages; of tickets only where nothing pages.
fn shows_outage(tiers: &[(&Alert, &Alert)], old: &Alert, new: &Alert) -> bool {
    let pages = |a: &Alert| a.urgency == Urgency::Page;
    pages(old) || pages(new) || !tiers.iter().any(|(o, n)| pages(o) || pages(n))
}

/// At how many errors a tier fires, and how soon in an outage, where that is different.
pub(super) fn numbers(old: &Alert, new: &Alert, outage: bool) -> Vec<Fact> {
    let (Some(o), Some(n)) = (old.burn(), new.burn()) else { return Vec::new() };
    let name = |what: &str| Words::default().code(tier(new)).text(what);
    let over = |b: &Burn| Some(format!("{} errors", b.threshold.percent()));
    let mut facts = vec![Fact::new(name(" fires above"), over(o), over(n))];
    if outage {
        facts.push(Fact::new(name(" sees a full outage in"), detect(o), detect(n)));
    }
    facts.retain(|fact| fact.old != fact.new);
    facts
}

/// `page-1h`, or the level of a written alert: what an alert is called within what it belongs to.
pub(super) fn tier(alert: &Alert) -> &str {
    match &alert.meaning {
        Meaning::Level(_) => alert.urgency.name(),
        Meaning::Burn(_) | Meaning::Absence => alert.labels.get("slo_tier").map_or(&alert.id, |tier| tier),
    }
}

/// How long a full outage goes unseen.
fn detect(burn: &Burn) -> Option<String> {
    let full = burn.steps.iter().find(|step| step.errors == Ratio::ONE)?;
    Some(full.detect.map_or_else(|| "never".to_string(), Duration::human))
}

/// The promise in words.
fn about(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (old.slo, new.slo);
    let what = Words::default().code(&*n.name).text(": what it promises in words");
    let change = Change::new(Class::Cosmetic, &new.service.name, what, Some(&o.origin), Some(&n.origin));
    (o.about != n.about).then(|| change.maybe_fact("about", o.about.clone(), n.about.clone()))
}

/// What arrives on an ordinary day: pages say the budget in events of it.
fn traffic(old: &Located<'_>, new: &Located<'_>) -> Option<Change> {
    let (o, n) = (old.slo, new.slo);
    let day = Duration::from_mins(1440);
    let events = |slo: &Slo| slo.events_in(day).map(|(all, _)| format!("{} events a day", all.rounded(6)));
    let what = Words::default().code(&*n.name).text(": other traffic is usual");
    let change = Change::new(Class::Cosmetic, &new.service.name, what, Some(&o.origin), Some(&n.origin));
    (o.traffic != n.traffic).then(|| change.maybe_fact("traffic", events(o), events(n)))
}
