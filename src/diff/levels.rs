//! Written alerts: levels that are new, gone, quieter or louder, and what they say.

use std::cmp::Ordering;

use super::alerts::label_facts;
use super::pairs::{Paired, pair};
use super::{Change, Class, Words};
use crate::model::{Alert, Bound, Condition, Level, Order, Part, Service, Text};
use crate::units::Duration;

/// A level of a written alert.
type Written<'a> = (&'a Alert, &'a Level);

/// What is different in the written alerts of all services.
pub(super) fn changes(services: &Paired<&Service>) -> Vec<Change> {
    let mut changes = Vec::new();
    for service in &services.gone {
        changes.extend(service.levels().map(|l| lone(Class::AlertGone, service, l)));
    }
    for service in &services.added {
        changes.extend(service.levels().map(|l| lone(Class::AlertAdded, service, l)));
    }
    for (old, new) in &services.both {
        changes.extend(of_service(old, new));
    }
    changes
}

fn of_service(old: &Service, new: &Service) -> Vec<Change> {
    let id = |l: &Written<'_>| Some(l.0.id.clone());
    let paired = pair(old.levels().collect(), new.levels().collect(), &[(&id, &id)]);
    let mut changes: Vec<Change> = paired.gone.iter().map(|l| lone(Class::AlertGone, new, *l)).collect();
    changes.extend(paired.added.iter().map(|l| lone(Class::AlertAdded, new, *l)));
    for (o, n) in paired.both {
        let told = [condition(new, o, n), labels(new, (old, o), n), words(new, o, n), steps(new, o, n)];
        changes.extend(told.into_iter().filter(|change| !change.facts.is_empty()));
    }
    changes
}

/// A level that only one side has.
fn lone(class: Class, service: &Service, (alert, level): Written<'_>) -> Change {
    let gone = class == Class::AlertGone;
    let (from, to) = if gone { (Some(&alert.origin), None) } else { (None, Some(&alert.origin)) };
    let what = named(alert).text(if gone { " is gone" } else { " is new" });
    let side = |value: String| if gone { (Some(value), None) } else { (None, Some(value)) };
    let (query, fires) = (side(level.query.clone()), side(fires(alert, level)));
    let change = Change::new(class, &service.name, what, from, to).maybe_fact("query", query.0, query.1);
    change.maybe_fact("fires", fires.0, fires.1)
}

/// `pool-exhausted: critical`.
fn named(alert: &Alert) -> Words {
    Words::default().code(&*alert.subject).text(": alert ").code(alert.urgency.name())
}

/// `above 80% for 10m`.
fn fires(alert: &Alert, level: &Level) -> String {
    let hold = (alert.hold.millis() > 0).then(|| format!("for {}", alert.hold));
    let parts: Vec<String> = level.limit.clone().into_iter().chain(hold).collect();
    if parts.is_empty() { "at once".into() } else { parts.join(" ") }
}

fn change(class: Class, service: &Service, old: &Alert, new: &Alert, end: &str) -> Change {
    Change::new(class, &service.name, named(new).text(end), Some(&old.origin), Some(&new.origin))
}

/// When it fires.
fn condition(service: &Service, (old, was): Written<'_>, (new, is): Written<'_>) -> Change {
    let (class, end) = match loudness((old, was), (new, is)) {
        Some(Ordering::Less) => (Class::Quieter, " is quieter"),
        Some(Ordering::Greater) => (Class::Louder, " is louder"),
        _ if was.query != is.query => (Class::Query, " asks for something else"),
        _ => (Class::AlertChanged, " fires otherwise"),
    };
    let keep = |a: &Alert| (a.keep > Duration::default()).then(|| a.keep.to_string());
    change(class, service, old, new, end)
        .fact("query", &*was.query, &*is.query)
        .fact("fires", fires(old, was), fires(new, is))
        .maybe_fact("goes on for", keep(old), keep(new))
}

/// Whether the new level surely fires later (`Less`) or earlier than the old one.
fn loudness((old, was): Written<'_>, (new, is): Written<'_>) -> Option<Ordering> {
    if was.query != is.query {
        return None;
    }
    let mut ways = vec![new.hold.cmp(&old.hold).reverse(), reach(bound(old)?, bound(new)?)?];
    ways.retain(|way| *way != Ordering::Equal);
    let first = ways.first()?;
    ways.iter().all(|way| way == first).then_some(*first)
}

/// Which of two bounds is reached earlier: `Greater` when the new one is.
fn reach(old: Bound, new: Bound) -> Option<Ordering> {
    match (old, new) {
        (Bound::Is(Order::Above | Order::AtLeast, o), Bound::Is(Order::Above | Order::AtLeast, n)) => Some(o.cmp(&n)),
        (Bound::Is(Order::Below | Order::AtMost, o), Bound::Is(Order::Below | Order::AtMost, n)) => Some(n.cmp(&o)),
        _ => (old == new).then_some(Ordering::Equal),
    }
}

fn bound(alert: &Alert) -> Option<Bound> {
    match &alert.condition {
        Condition::All(all) => all.first().map(|c| c.bound),
        Condition::Any(_) | Condition::Absent { .. } => Some(Bound::above(crate::units::Ratio::ZERO)),
    }
}

/// Labels of the alert itself; those of the service are told with it.
fn labels(service: &Service, (before, (old, _)): (&Service, Written<'_>), (new, _): Written<'_>) -> Change {
    let own = |of: &Service, alert: &Alert| {
        let mut labels = alert.labels.clone();
        let of_service = |name: &str, value: &str| of.labels.get(name).is_some_and(|v| v == value);
        labels
            .retain(|name, value| !of_service(name, value) && !matches!(&**name, "owner" | "slo_service" | "severity"));
        labels
    };
    let facts = label_facts(&own(before, old), &own(service, new));
    change(Class::Labels, service, old, new, " carries other labels").facts(facts)
}

/// What it says.
fn words(service: &Service, (old, was): Written<'_>, (new, is): Written<'_>) -> Change {
    let summary = |a: &Alert| a.annotations.iter().find(|(name, _)| name == "summary").map(|(_, text)| shown(text));
    change(Class::Cosmetic, service, old, new, " says something else")
        .maybe_fact("summary", summary(old), summary(new))
        .maybe_fact("impact", was.impact.clone(), is.impact.clone())
}

/// A text with its places by their names.
fn shown(text: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Plain(plain) => plain.clone(),
        Part::Label(label) => format!("{{{label}}}"),
        Part::Value(_) => "{value}".into(),
        Part::Action(_) => "{{…}}".into(),
    };
    text.0.iter().map(part).collect()
}

/// The author's steps.
fn steps(service: &Service, (old, _): Written<'_>, (new, _): Written<'_>) -> Change {
    change(Class::Runbook, service, old, new, " has another runbook").maybe_fact(
        "steps",
        old.steps.clone(),
        new.steps.clone(),
    )
}
