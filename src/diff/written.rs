//! Alerts that were written rather than made from an objective: what they watch, what they say, and their levels.

use super::alerts;
use super::pairs::{self, At, Written};
use super::{Change, Class, Words};
use crate::model::{Alert, Code, Part, Service, Text};

/// What is different in the written alerts of a service.
pub(super) fn changes(old: &Service, new: &Service) -> Vec<Change> {
    let (before, now) = (Written::all(old), Written::all(new));
    let paired = pairs::written(&before, &now);
    let lone = |class, written: &&Written<'_>| {
        let at = |alert: &Alert| alerts::lone(class, &At { subject: written.name, ..place(written, alert) }, alert);
        written.levels.iter().map(|(alert, _)| at(alert)).collect::<Vec<_>>()
    };
    let mut changes: Vec<Change> = paired.gone.iter().flat_map(|w| lone(Class::AlertGone, w)).collect();
    changes.extend(paired.added.iter().flat_map(|w| lone(Class::AlertAdded, w)));
    changes.extend(paired.both.iter().flat_map(|(o, n)| one(o, n)));
    changes
}

fn place<'a>(written: &Written<'a>, alert: &'a Alert) -> At<'a> {
    At { service: written.service, subject: written.name, origin: &alert.origin }
}

/// One alert that is in both.
fn one(old: &Written<'_>, new: &Written<'_>) -> Vec<Change> {
    let (Some((first_old, _)), Some((first_new, _))) = (old.levels.first(), new.levels.first()) else {
        return Vec::new();
    };
    let change = |class, what: &str| {
        let what = Words::default().code(new.name).text(what);
        Change::new(class, &new.service.name, what, Some(&first_old.origin), Some(&first_new.origin))
    };
    let text =
        |alert: &Alert, name: &str| alert.annotations.iter().find(|(n, _)| n == name).map(|(_, text)| plain(text));
    let impact = |written: &Written<'_>| written.levels.first().and_then(|(_, level)| level.impact.clone());
    let alike = |written: &Written<'_>| written.levels.first().map_or_else(String::new, |(_, l)| l.equal.join(", "));
    let mut changes = vec![
        change(Class::Renamed, ": the alert has another name").fact("alert", old.name, new.name).fact(
            "alertname",
            &*first_old.name,
            &*first_new.name,
        ),
        change(Class::Query, ": something else is watched").fact("query", old.query(), new.query()),
        change(Class::AlertChanged, ": a higher level silences the lower by other labels").fact(
            "labels alike",
            alike(old),
            alike(new),
        ),
        change(Class::Cosmetic, ": what the alert says")
            .maybe_fact("summary", text(first_old, "summary"), text(first_new, "summary"))
            .maybe_fact("impact", impact(old), impact(new)),
    ];
    changes.retain(|change| !change.facts.is_empty());
    changes.extend(alerts::of(&place(old, first_old), &place(new, first_new), &pairs::levels(old, new)));
    changes
}

/// A text as its author wrote it.
fn plain(text: &Text) -> String {
    let code = |code: &Code| match code {
        Code::Text(text) => text.clone(),
        Code::Value => "$value".to_string(),
    };
    let part = |part: &Part| match part {
        Part::Plain(text) => text.clone(),
        Part::Label(label) => format!("{{{label}}}"),
        Part::Value(_) => "{value}".to_string(),
        Part::Action(codes) => codes.iter().map(code).collect(),
    };
    text.0.iter().map(part).collect()
}
