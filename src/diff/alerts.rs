//! What fires: alerts that are new, gone, renamed, quieter or louder, beyond what follows from the objective.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::objective::{numbers, tier};
use super::pairs::{self, At, Located, Paired};
use super::{Change, Class, Fact, Words};
use crate::model::{Alert, Bound, Burn, Condition, Labels, Level, Meaning, Order, Urgency};
use crate::units::{Duration, Ratio};

/// What is different in the alerts of one objective.
pub(super) fn changes(old: &Located<'_>, new: &Located<'_>) -> Vec<Change> {
    of(&old.at(), &new.at(), &pairs::alerts(old, new))
}

/// What is different in the alerts of anything.
pub(super) fn of(old: &At<'_>, new: &At<'_>, paired: &Paired<&Alert>) -> Vec<Change> {
    let mut changes: Vec<Change> = paired.gone.iter().map(|a| lone(Class::AlertGone, new, a)).collect();
    changes.extend(paired.added.iter().map(|a| lone(Class::AlertAdded, new, a)));
    changes.extend(paired.both.iter().filter_map(|(o, n)| condition(new, o, n)));
    changes.extend(labels(old, new, &paired.both));
    changes.extend(steps(old, new, &paired.both));
    changes
}

/// An alert that only one side has.
pub(super) fn lone(class: Class, at: &At<'_>, alert: &Alert) -> Change {
    let gone = class == Class::AlertGone;
    let what = Words::default().code(at.subject).text(": alert ").code(tier(alert));
    let what = what.text(if gone { " is gone" } else { " is new" });
    let (from, to) = if gone { (Some(&alert.origin), None) } else { (None, Some(&alert.origin)) };
    let side = |value: String| if gone { (Some(value), None) } else { (None, Some(value)) };
    describe(alert).into_iter().fold(Change::new(class, &at.service.name, what, from, to), |change, (name, value)| {
        let (old, new) = side(value);
        change.maybe_fact(name, old, new)
    })
}

/// An alert in a few facts.
pub(super) fn describe(alert: &Alert) -> Vec<(&'static str, String)> {
    let mut facts = vec![("severity", alert.urgency.name().to_string())];
    match &alert.meaning {
        Meaning::Burn(b) => {
            facts.push(("fires above", format!("{} errors", b.threshold.percent())));
            facts.push(("over", format!("{}, confirmed over {}", b.long, b.short)));
        }
        Meaning::Absence => facts.push(("fires when", "the data are gone".to_string())),
        Meaning::Level(level) => {
            facts.push(("fires when", limit(level)));
            facts.push(("of", level.query.clone()));
        }
    }
    if alert.hold.millis() > 0 {
        facts.push(("for", alert.hold.to_string()));
    }
    facts
}

/// `above 80%`.
fn limit(level: &Level) -> String {
    level.limit.clone().unwrap_or_else(|| "the condition holds".to_string())
}

/// The condition of one alert, as far as it is not the objective's doing.
fn condition(at: &At<'_>, old: &Alert, new: &Alert) -> Option<Change> {
    let facts = own_facts(old, new);
    if facts.is_empty() {
        return None;
    }
    let class = match loudness(old, new) {
        Some(Ordering::Less) => Class::Quieter,
        Some(Ordering::Greater) => Class::Louder,
        _ => Class::AlertChanged,
    };
    let (before, now) = (tier(old), tier(new));
    let what = Words::default().code(at.subject).text(": alert ").code(before);
    let what = if before == now { what } else { what.text(" becomes ").code(now).text(" and") };
    let what = what.text(match class {
        Class::Quieter => " is quieter",
        Class::Louder => " is louder",
        _ => " fires otherwise",
    });
    let change = Change::new(class, &at.service.name, what, Some(&old.origin), Some(&new.origin));
    let change = if own_factor(old, new) || moved(old, new) { change.facts(numbers(old, new, true)) } else { change };
    Some(change.facts(facts).notes(renamed(old, new)))
}

/// What differs in the tier itself.
fn own_facts(old: &Alert, new: &Alert) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name: &str, old: String, new: String| {
        if old != new {
            facts.push(Fact::new(name, Some(old), Some(new)));
        }
    };
    add("severity", old.urgency.name().into(), new.urgency.name().into());
    if let (Some(o), Some(n)) = (old.burn(), new.burn()) {
        if own_factor(old, new) {
            add("burn rate", format!("{}x", o.factor.rounded(4)), format!("{}x", n.factor.rounded(4)));
        }
        add("window", o.long.to_string(), n.long.to_string());
        add("confirmed over", o.short.to_string(), n.short.to_string());
    }
    if let (Meaning::Level(o), Meaning::Level(n)) = (&old.meaning, &new.meaning) {
        add("fires when", limit(o), limit(n));
    }
    let time = |d: Duration| if d == Duration::default() { "none".to_string() } else { d.to_string() };
    add("for", time(old.hold), time(new.hold));
    add("goes on for", time(old.keep), time(new.keep));
    let least = |a: &Alert| if events(a) == Ratio::ZERO { "none".to_string() } else { events(a).expr() };
    add("needs more events than", least(old), least(new));
    facts
}

/// Whether a tier's factor is another by itself, rather than since the period is another.
fn own_factor(old: &Alert, new: &Alert) -> bool {
    let (Some(o), Some(n)) = (old.burn(), new.burn()) else { return false };
    let period = |b: &Burn| b.factor.times(b.long.seconds())?.over(b.share);
    o.factor != n.factor && period(o) == period(n)
}

/// Whether a tier looks at another window.
fn moved(old: &Alert, new: &Alert) -> bool {
    old.burn().map(|b| b.long) != new.burn().map(|b| b.long)
}

/// How many events the long window must have had; 0 when any number will do.
fn events(alert: &Alert) -> Ratio {
    let Condition::All(all) = &alert.condition else { return Ratio::ZERO };
    all.iter().find(|c| c.expr.starts_with("slo:sli_total:")).map_or(Ratio::ZERO, |c| c.bound.number())
}

/// Whether the new alert surely is quieter (`Less`) or louder. Nobody is quieter than one who is not woken.
fn loudness(old: &Alert, new: &Alert) -> Option<Ordering> {
    if rank(old) != rank(new) {
        return Some(rank(new).cmp(&rank(old)));
    }
    let mut ways = vec![new.hold.cmp(&old.hold), events(new).cmp(&events(old))];
    if let (Some(o), Some(n)) = (old.burn(), new.burn()) {
        if own_factor(old, new) {
            ways.push(n.factor.cmp(&o.factor));
        }
        let delay = |b: &Burn| b.factor.times(b.long.max(b.short).seconds());
        if (own_factor(old, new) || moved(old, new)) && o.factor.times(n.factor).is_some() {
            ways.push(delay(n).cmp(&delay(o)));
        }
    } else if let (Some((watched, o)), Some((watches, n))) = (bound(old), bound(new)) {
        // Numbers of different things say nothing of each other.
        ways.extend(if watched == watches { farther(o, n) } else { vec![Ordering::Less, Ordering::Greater] });
    }
    ways.retain(|way| *way != Ordering::Equal);
    let first = ways.first()?;
    ways.iter().all(|way| way == first).then(|| first.reverse())
}

/// How soon somebody acts: at once, in working hours, when there is time.
fn rank(alert: &Alert) -> u8 {
    match alert.urgency {
        Urgency::Page | Urgency::Critical => 2,
        Urgency::Ticket | Urgency::Warning => 1,
        Urgency::Info => 0,
    }
}

/// What a written alert watches, and where its value is too far.
fn bound(alert: &Alert) -> Option<(&str, Bound)> {
    match (&alert.meaning, &alert.condition) {
        (Meaning::Level(level), Condition::All(all)) => Some((&level.query, all.first()?.bound)),
        _ => None,
    }
}

/// In which ways a value must go farther (`Greater`) or less far before the bound is reached; both where it depends.
fn farther(old: Bound, new: Bound) -> Vec<Ordering> {
    match (old, new) {
        (Bound::Is(a, o), Bound::Is(b, n)) if a == b => match a {
            Order::Above | Order::AtLeast => vec![n.cmp(&o)],
            Order::Below | Order::AtMost => vec![o.cmp(&n)],
            Order::Equal | Order::Unequal if o == n => Vec::new(),
            Order::Equal | Order::Unequal => vec![Ordering::Less, Ordering::Greater],
        },
        (Bound::Outside(low, high), Bound::Outside(new_low, new_high)) => vec![low.cmp(&new_low), new_high.cmp(&high)],
        _ => vec![Ordering::Less, Ordering::Greater],
    }
}

/// What names the tier elsewhere.
fn renamed(old: &Alert, new: &Alert) -> Option<Words> {
    let label = if new.burn().is_some() { "slo_tier" } else { "severity" };
    let note = || {
        Words::new("Its label ")
            .code(label)
            .text(" and its runbook page change with it: ")
            .code(&*old.page)
            .text(" → ")
            .code(&*new.page)
    };
    (tier(old) != tier(new)).then(note)
}

/// Labels that are generated, and told by other changes.
const DERIVED: [&str; 7] = ["severity", "slo_tier", "slo_long", "slo_short", "slo_id", "slo_name", "slo_service"];

/// Labels by which alerts are routed, as far as they are their own and not the service's; alerts with the same change
/// are told together.
fn labels(old: &At<'_>, new: &At<'_>, both: &[(&Alert, &Alert)]) -> Vec<Change> {
    let mut together: BTreeMap<Vec<Fact>, Vec<&str>> = BTreeMap::new();
    for (o, n) in both {
        together.entry(label_facts(&own_labels(old, o), &own_labels(new, n))).or_default().push(tier(n));
    }
    let told = together.into_iter().filter(|(facts, _)| !facts.is_empty());
    told.map(|(facts, alerts)| {
        let (word, end) = if alerts.len() == 1 { ("alert ", " carries") } else { ("alerts ", " carry") };
        let what = Words::default().code(new.subject).text(format!(": {word}")).list(alerts);
        let what = what.text(format!("{end} other labels"));
        let place = (Some(old.origin), Some(new.origin));
        Change::new(Class::Labels, &new.service.name, what, place.0, place.1).facts(facts)
    })
    .collect()
}

/// The labels an alert has beyond those of its service and those all alerts have.
fn own_labels(at: &At<'_>, alert: &Alert) -> Labels {
    let owner = at.service.owner.as_deref();
    let of_service = |name: &str, value: &str| {
        at.service.labels.get(name).is_some_and(|v| v == value) || (name == "owner" && owner == Some(value))
    };
    let own = |(name, value): &(&String, &String)| !DERIVED.contains(&name.as_str()) && !of_service(name, value);
    alert.labels.iter().filter(own).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Labels that differ.
pub(super) fn label_facts(old: &Labels, new: &Labels) -> Vec<Fact> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let fact =
        |name: &String| Fact::new(Words::new("label ").code(name), old.get(name).cloned(), new.get(name).cloned());
    names.into_iter().map(fact).filter(|fact| fact.old != fact.new).collect()
}

/// The author's steps: the same on all pages of an objective, so they are told once.
fn steps(old: &At<'_>, new: &At<'_>, both: &[(&Alert, &Alert)]) -> Option<Change> {
    let (o, n) = both.iter().find(|(o, n)| o.steps != n.steps)?;
    let what = Words::default().code(new.subject).text(": runbook");
    let change = Change::new(Class::Runbook, &new.service.name, what, Some(old.origin), Some(new.origin));
    Some(change.maybe_fact("steps", o.steps.clone(), n.steps.clone()))
}
