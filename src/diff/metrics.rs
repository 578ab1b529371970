//! What the catalog says of the metrics that objectives and alerts read: their kind, their unit, what they are.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::{self, Located, Paired, Written};
use super::{Change, Class, Words};
use crate::model::{Definition, Service};

/// What was said of a metric and is, with who reads it.
#[derive(Default)]
struct Said<'a> {
    old: Option<&'a Definition>,
    new: Option<&'a Definition>,
    readers: BTreeSet<String>,
}

/// Metrics of which something else is said, each once. One that only one side reads is told of by the query.
pub(super) fn changes(services: &Paired<&Service>, slos: &Paired<Located<'_>>) -> Vec<Change> {
    let mut all: BTreeMap<String, Said<'_>> = BTreeMap::new();
    for (o, n) in &slos.both {
        let same_query = o.slo.sli == n.slo.sli;
        note(&mut all, &o.slo.metrics, &n.slo.metrics, same_query, &n.slo.id);
    }
    for (o, n) in &services.both {
        let (before, now) = (Written::all(o), Written::all(n));
        for (a, b) in pairs::written(&before, &now).both {
            let (Some((_, old)), Some((_, new))) = (a.levels.first(), b.levels.first()) else { continue };
            note(&mut all, &old.metrics, &new.metrics, a.query() == b.query(), &format!("{}.{}", n.name, b.name));
        }
    }
    all.iter().filter_map(|(name, said)| change(name, said)).collect()
}

/// Notes what differs for one reader.
fn note<'a>(
    all: &mut BTreeMap<String, Said<'a>>,
    old: &'a [Definition],
    new: &'a [Definition],
    same_query: bool,
    reader: &str,
) {
    let find = |list: &'a [Definition], name: &str| list.iter().find(|d| d.name == name);
    let names: BTreeSet<&String> = old.iter().chain(new).map(|d| &d.name).collect();
    for name in names {
        let (before, now) = (find(old, name), find(new, name));
        let both = before.is_some() && now.is_some();
        if before != now && (both || same_query) {
            let said = all.entry(name.clone()).or_default();
            (said.old, said.new) = (before, now);
            said.readers.insert(reader.to_string());
        }
    }
}

/// Kind and unit decide what a query means; the rest is read by people.
fn change(name: &str, said: &Said<'_>) -> Option<Change> {
    let (old, new) = (said.old, said.new);
    let kind = |d: Option<&Definition>| d.map(|d| d.kind.to_string());
    let of = |d: Option<&Definition>, part: fn(&Definition) -> &Option<String>| d.and_then(|d| part(d).clone());
    let meant = kind(old) != kind(new) || of(old, |d| &d.unit) != of(new, |d| &d.unit);
    let class = if meant { Class::Metric } else { Class::Cosmetic };
    let what = Words::new("metric ").code(name).text(" is said to be something else");
    let change = Change::new(class, "", what, None, None)
        .maybe_fact("kind", kind(old), kind(new))
        .maybe_fact("unit", of(old, |d| &d.unit), of(new, |d| &d.unit))
        .maybe_fact("what it is", of(old, |d| &d.help), of(new, |d| &d.help))
        .maybe_fact("normal", of(old, |d| &d.normal), of(new, |d| &d.normal));
    let note = Words::new("Read by ").list(said.readers.iter().map(String::as_str));
    (!change.facts.is_empty()).then(|| change.notes([note]))
}
