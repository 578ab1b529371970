//! A service: what its alerts carry, how often its rules run, and what is gone or new as a whole.

use std::collections::BTreeSet;

use super::alerts::{describe, label_facts};
use super::history::count;
use super::objective::tier;
use super::pairs::{Located, Paired, Written};
use super::{Change, Class, Fact, Words, sli};
use crate::model::{Group, Labels, Origin, Service, Slo};

/// What is different in a service itself.
pub(super) fn changes(old: &Service, new: &Service) -> Vec<Change> {
    let (from, to) = (Some(&old.origin), Some(&new.origin));
    let change = |class, what: &str| Change::new(class, &new.name, what.into(), from, to);
    let labels = label_facts(&carried(old), &carried(new));
    let alerts = count(new.alerts().count(), "alert");
    let note = (new.alerts().next().is_some() && !labels.is_empty()).then(|| {
        Words::new(format!(
            "{alerts} of the service carry these labels: routes and silences that match them take effect otherwise"
        ))
    });
    let level = |s: &Service| s.tier.map(|tier| tier.to_string());
    let file = |s: &Service| s.origin.path.to_string();
    vec![
        change(Class::Renamed, "service renamed").fact("service", &*old.name, &*new.name),
        change(Class::Labels, "labels of the service").facts(labels).notes(note),
        change(Class::Datasource, "another data source has its series").fact("from", &*old.source, &*new.source),
        change(Class::Cosmetic, "the service in words")
            .fact("title", &*old.title, &*new.title)
            .maybe_fact("tier", level(old), level(new))
            .fact("spec file", file(old), file(new)),
        change(Class::Dashboard, "dashboard at another address").fact("uid", &*old.board_uid, &*new.board_uid),
    ]
    .into_iter()
    .filter(|change| !change.facts.is_empty())
    .collect()
}

/// The labels all its alerts carry.
fn carried(service: &Service) -> Labels {
    let mut labels = service.labels.clone();
    labels.extend(service.owner.iter().map(|owner| ("owner".to_string(), owner.clone())));
    labels
}

/// Services and objectives that only one side has. What a service takes with it is told once.
pub(super) fn gone_and_added(services: &Paired<&Service>, slos: &Paired<Located<'_>>) -> Vec<Change> {
    let names = |list: &[&Service]| list.iter().map(|s| s.name.clone()).collect::<BTreeSet<_>>();
    let (gone, added) = (names(&services.gone), names(&services.added));
    let mut changes: Vec<Change> = services.gone.iter().map(|s| whole(Class::SloGone, s, &slos.gone)).collect();
    changes.extend(services.added.iter().map(|s| whole(Class::SloAdded, s, &slos.added)));
    let single = |list: &[Located<'_>], whole: &BTreeSet<String>, class| {
        let own = list.iter().filter(|l| !whole.contains(&l.service.name));
        own.map(|l| one(class, l)).collect::<Vec<_>>()
    };
    changes.extend(single(&slos.gone, &gone, Class::SloGone));
    changes.extend(single(&slos.added, &added, Class::SloAdded));
    changes
}

/// A whole service; `slos` are all that are gone or new, so that those that moved elsewhere are not counted.
fn whole(class: Class, service: &Service, slos: &[Located<'_>]) -> Change {
    let own: Vec<&Slo> = slos.iter().filter(|l| l.service.name == service.name).map(|l| l.slo).collect();
    let written = Written::all(service);
    let alerts = own.iter().map(|slo| service.alerts_of(slo).count()).sum::<usize>() + service.levels().count();
    let size = format!("{} and {}", count(own.len(), "objective"), count(alerts, "alert"));
    let word = if class == Class::SloGone { "is gone" } else { "is new" };
    let what = Words::new("service ").code(&*service.name).text(format!(" {word}, with {size}"));
    if own.is_empty() && written.is_empty() {
        return Change { class: Class::Cosmetic, ..sided(class, &service.name, what, &service.origin) };
    }
    let promise = |slo: &&Slo| one_sided(class, Words::default().code(&*slo.name), promise(slo));
    let levels = |w: &Written<'_>| w.levels.iter().map(|(alert, _)| tier(alert)).collect::<Vec<_>>().join(", ");
    let alert = |w: &Written<'_>| one_sided(class, Words::new("alert ").code(w.name), levels(w));
    sided(class, &service.name, what, &service.origin).facts(own.iter().map(promise)).facts(written.iter().map(alert))
}

/// One objective.
fn one(class: Class, at: &Located<'_>) -> Change {
    let word = if class == Class::SloGone { " is gone" } else { " is new" };
    let alerts = count(at.alerts().count(), "alert");
    let what = Words::new("objective ").code(&*at.slo.name).text(format!("{word}, with {alerts}"));
    let mut facts = vec![one_sided(class, "promise".into(), promise(at.slo))];
    facts.extend(sli::queries(&at.slo.sli).into_iter().map(|(name, query, _)| one_sided(class, name.into(), query)));
    for alert in at.alerts() {
        let text: Vec<String> = describe(alert).into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        facts.push(one_sided(class, Words::new("alert ").code(tier(alert)), text.join(", ")));
    }
    sided(class, &at.service.name, what, &at.slo.origin).facts(facts)
}

fn promise(slo: &Slo) -> String {
    format!(
        "{} over {}, a budget of {}{}",
        slo.objective.percent(),
        slo.over(),
        slo.budget_time().human(),
        slo.reckoned()
    )
}

fn sided(class: Class, service: &str, what: Words, origin: &Origin) -> Change {
    let (from, to) = if class == Class::SloGone { (Some(origin), None) } else { (None, Some(origin)) };
    Change::new(class, service, what, from, to)
}

fn one_sided(class: Class, name: Words, value: String) -> Fact {
    if class == Class::SloGone { Fact::new(name, Some(value), None) } else { Fact::new(name, None, Some(value)) }
}

/// Services of which something is said already: what else is other in them follows from it. `None` stands for all.
pub(super) fn told(slos: &Paired<Located<'_>>, changes: &[Change]) -> BTreeSet<Option<String>> {
    let mut told: BTreeSet<Option<String>> = changes.iter().map(|change| change.service.clone()).collect();
    // An objective that went elsewhere is told of there.
    let went = slos.both.iter().filter(|(o, n)| o.service.name != n.service.name);
    told.extend(went.map(|(o, _)| Some(o.service.name.clone())));
    told
}

/// Services that are generated otherwise though nothing above says why: so no change can pass in silence.
pub(super) fn unexplained(services: &Paired<&Service>, told: &BTreeSet<Option<String>>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (old, new) in &services.both {
        if told.contains(&None) || told.contains(&Some(new.name.clone())) || bare(old) == bare(new) {
            continue;
        }
        let what = Words::new("generated rules are written otherwise");
        let change = Change::new(Class::Rules, &new.name, what, Some(&old.origin), Some(&new.origin));
        let groups: Vec<Fact> = group_facts(old, new);
        changes.push(change.facts(groups));
    }
    changes
}

/// A service without the places it comes from.
fn bare(service: &Service) -> Service {
    let nowhere = Origin { path: "".into(), line: 0, template: None };
    let mut service = service.clone();
    service.origin = nowhere.clone();
    service.slos.iter_mut().for_each(|slo| slo.origin = nowhere.clone());
    service.carried.clear();
    for group in &mut service.groups {
        group.origin = nowhere.clone();
        group.alerts.iter_mut().for_each(|alert| alert.origin = nowhere.clone());
    }
    service
}

/// How many rules each group has, where its rules differ.
fn group_facts(old: &Service, new: &Service) -> Vec<Fact> {
    let (old, new) = (bare(old), bare(new));
    let names: BTreeSet<&String> = old.groups.iter().chain(&new.groups).map(|g| &g.name).collect();
    let find = |s: &Service, name: &str| s.groups.iter().find(|g| g.name == name).cloned();
    let rules = |g: Group| format!("{} every {}", count(g.records.len() + g.alerts.len(), "rule"), g.interval);
    let differs = |name: &&&String| find(&old, name) != find(&new, name);
    let fact = |name: &String| {
        Fact::new(Words::new("group ").code(name), find(&old, name).map(rules), find(&new, name).map(rules))
    };
    names.iter().filter(differs).map(|name| fact(name)).collect()
}
