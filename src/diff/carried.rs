//! Rules that are carried as they are: under another tool's names, or of a `rules` block. Rule by rule.

use super::pairs::{Paired, pair};
use super::{Change, Class, Fact, Words};
use crate::model::{Carried, CarriedRule, Labels, Service};
use crate::units::Duration;

/// A rule and the group it stands in.
#[derive(Clone, Copy)]
struct At<'a> {
    service: &'a Service,
    group: &'a Carried,
    rule: &'a CarriedRule,
}

/// What is different in the carried rules of services that are in both models, and in those that only one has.
pub(super) fn changes(services: &Paired<&Service>) -> Vec<Change> {
    let mut changes: Vec<Change> = services.both.iter().flat_map(|(o, n)| of(&all(o), &all(n))).collect();
    changes.extend(services.gone.iter().flat_map(|s| of(&all(s), &[])));
    changes.extend(services.added.iter().flat_map(|s| of(&[], &all(s))));
    changes
}

fn all(service: &Service) -> Vec<At<'_>> {
    let groups = service.carried.iter();
    groups.flat_map(|group| group.rules.iter().map(move |rule| At { service, group, rule })).collect()
}

fn of(old: &[At<'_>], new: &[At<'_>]) -> Vec<Change> {
    let within = |at: &At<'_>| Some(format!("{}\u{1}{}\u{1}{}", at.group.name, at.rule.is_alert, at.rule.name));
    let anywhere = |at: &At<'_>| Some(format!("{}\u{1}{}", at.rule.is_alert, at.rule.name));
    let paired = pair(old.to_vec(), new.to_vec(), &[(&within, &within), (&anywhere, &anywhere)]);
    let mut changes: Vec<Change> = paired.gone.iter().map(|at| lone(at, false)).collect();
    changes.extend(paired.added.iter().map(|at| lone(at, true)));
    changes.extend(paired.both.iter().flat_map(|(o, n)| one(o, n)));
    changes
}

/// A rule that only one side has.
fn lone(at: &At<'_>, is_new: bool) -> Change {
    let class = match (at.rule.is_alert, is_new) {
        (true, false) => Class::AlertGone,
        (true, true) => Class::AlertAdded,
        (false, false) => Class::SeriesGone,
        (false, true) => Class::SeriesAdded,
    };
    let what = name(at).text(if is_new { " is new" } else { " is gone" });
    let origin = Some(&at.group.origin);
    let query = Some(at.rule.expr.clone());
    let fact = if is_new { Fact::new("query", None, query) } else { Fact::new("query", query, None) };
    let (from, to) = if is_new { (None, origin) } else { (origin, None) };
    Change::new(class, &at.service.name, what, from, to).facts([fact.query()])
}

fn name(at: &At<'_>) -> Words {
    let kind = if at.rule.is_alert { "carried alert " } else { "carried series " };
    Words::new(kind).code(&*at.rule.name).text(" of ").code(&*at.group.name)
}

/// A rule that is in both.
fn one(old: &At<'_>, new: &At<'_>) -> Vec<Change> {
    let change = |class, what: &str| {
        let (from, to) = (Some(&old.group.origin), Some(&new.group.origin));
        Change::new(class, &new.service.name, name(new).text(what), from, to)
    };
    let time = |d: Duration| if d == Duration::default() { "none".to_string() } else { d.to_string() };
    let pace = |at: &At<'_>| at.group.interval.map_or("the server's".to_string(), |d| d.to_string());
    let (o, n) = (old.rule, new.rule);
    let fires = if n.is_alert { Class::AlertChanged } else { Class::Query };
    let mut changes = vec![
        change(fires, if n.is_alert { " fires otherwise" } else { " records something else" })
            .query_fact(&o.expr, &n.expr)
            .fact("for", time(o.hold), time(n.hold))
            .fact("goes on for", time(o.keep), time(n.keep)),
        change(Class::Labels, " has other labels").facts(pairs(&o.labels, &n.labels)),
        change(Class::Cosmetic, " says something else").facts(pairs(&o.annotations, &n.annotations)),
        change(Class::Rules, " stands in a group of another name").fact("group", &*old.group.name, &*new.group.name),
        change(Class::Interval, " is evaluated at another pace").fact("interval", pace(old), pace(new)),
    ];
    changes.retain(|change| !change.facts.is_empty());
    changes
}

/// Labels or texts that differ.
fn pairs(old: &Labels, new: &Labels) -> Vec<Fact> {
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&&String| old.get(name) != new.get(name);
    let fact = |name: &String| Fact::new(Words::default().code(name), old.get(name).cloned(), new.get(name).cloned());
    names.iter().filter(differs).map(|name| fact(name)).collect()
}
