//! For programs: one JSON document.

use serde_json::{Value, json as value};

use super::super::{Change, Class, Fact};
use super::Report;
use crate::model::Origin;

/// Prints a report as one JSON object on lines of its own; ends with a newline.
pub fn json(report: &Report) -> String {
    let of = |class: &Class| report.changes.iter().filter(|c| c.class == *class).count();
    let counts = Class::ALL.iter().map(|class| (class, of(class))).filter(|(_, number)| *number > 0);
    let counts: serde_json::Map<String, Value> = counts.map(|(c, n)| (c.name().to_string(), n.into())).collect();
    let left_out = report.left_out.iter().map(|(path, side)| value!({"path": path, "side": side}));
    let whole = value!({
        "old": report.old,
        "new": report.new,
        "counts": counts,
        "left_out": left_out.collect::<Vec<_>>(),
        "changes": report.changes.iter().map(change).collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn place(origin: &Option<Origin>) -> Option<String> {
    origin.as_ref().map(ToString::to_string)
}

fn change(change: &Change) -> Value {
    value!({
        "class": change.class.name(),
        "danger": format!("{:?}", change.class.danger()).to_lowercase(),
        "environment": change.environment,
        "service": change.service,
        "what": change.what.to_string(),
        "facts": change.facts.iter().map(fact).collect::<Vec<_>>(),
        "notes": change.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "from": place(&change.from),
        "to": place(&change.to),
    })
}

fn fact(fact: &Fact) -> Value {
    let mut object = value!({"name": fact.name.to_string(), "old": fact.old, "new": fact.new});
    for (name, origin) in [("from", &fact.from), ("to", &fact.to)] {
        if let Some(place) = place(origin) {
            object[name] = place.into();
        }
    }
    object
}
