//! Who is told: alerts that go to somebody else, contacts that are reached otherwise, and who may see which folder.

use std::collections::BTreeMap;

use super::history::count;
use super::objective::tier;
use super::pairs::{Paired, Same, pair};
use super::{Change, Class, Fact, Words};
use crate::model::routing::{Auth, Integration, IntegrationKind, Login, Receiver, Routes, Secret, SlackWay, Value};
use crate::model::{Access, Model, Origin, Right, Routing, Team, Who};

/// Alerts whose notifications go to somebody else; those of a service that go the same way are told together.
pub(super) fn receivers(same: &[Same<'_>]) -> Vec<Change> {
    let mut ways: BTreeMap<_, (&Same<'_>, Vec<String>)> = BTreeMap::new();
    for pair in same {
        let [(old, o), (new, n)] = pair;
        if o.receiver != n.receiver {
            let way = (&old.name, &new.name, o.receiver.clone(), n.receiver.clone());
            let (_, alerts) = ways.entry(way).or_insert((pair, Vec::new()));
            alerts.push(format!("{} {}", n.subject, tier(n)));
        }
    }
    let told = |((_, _, before, now), ([(old, _), (new, _)], alerts)): ((_, _, _, _), (&Same<'_>, Vec<String>))| {
        let are = if alerts.len() == 1 { "is" } else { "are" };
        let what = Words::new(format!("{} {are} told to somebody else", count(alerts.len(), "alert")));
        Change::new(Class::Route, &new.name, what, Some(&old.origin), Some(&new.origin))
            .maybe_fact("told to", before, now)
            .notes([Words::new("Concerns ").list(alerts)])
    };
    ways.into_iter().map(told).collect()
}

/// What is different in contacts, routes, teams and rights.
pub(super) fn changes(old: &Model, new: &Model) -> Vec<Change> {
    let mut changes = contacts(&old.routing, &new.routing);
    changes.extend(routes(old.routing.routes.as_ref(), new.routing.routes.as_ref()));
    changes.extend(silences(&old.routing, &new.routing));
    changes.extend(folders(old, new));
    changes.extend(teams(old, new));
    changes
}

/// Contacts by their names. One that nobody is told by any more, or not yet, is told of by the alerts it concerns.
fn contacts(old: &Routing, new: &Routing) -> Vec<Change> {
    let name = |r: &&Receiver| Some(r.name.clone());
    let Paired { both, gone, added } =
        pair(old.receivers.iter().collect(), new.receivers.iter().collect(), &[(&name, &name)]);
    let lone = |r: &Receiver, word: &str, from, to| {
        Change::new(Class::Cosmetic, "", Words::new("contact ").code(&*r.name).text(format!(" is {word}")), from, to)
    };
    let mut changes: Vec<Change> = gone.iter().map(|r| lone(r, "gone", Some(&r.origin), None)).collect();
    changes.extend(added.iter().map(|r| lone(r, "new", None, Some(&r.origin))));
    changes.extend(both.iter().filter_map(|(o, n)| contact(o, n)));
    changes
}

/// One contact that is in both.
fn contact(old: &Receiver, new: &Receiver) -> Option<Change> {
    let ways = |r: &Receiver| r.integrations.iter().map(way).collect::<Vec<_>>().join("\n");
    let what = Words::new("contact ").code(&*new.name).text(" is reached otherwise");
    let change = Change::new(Class::Route, "", what, Some(&old.origin), Some(&new.origin));
    let change = change.fact("reached by", ways(old), ways(new));
    (!change.facts.is_empty()).then_some(change)
}

/// `Slack #payments, address in SLACK_URL`. A secret shows the name of its place.
fn way(integration: &Integration) -> String {
    let secret = |secret: &Secret| format!("env({})", secret.0);
    let login = |login: &Login| format!("{} with {}", login.user, secret(&login.password));
    match &integration.kind {
        IntegrationKind::Email { to, from, server, login: user } => {
            let user = user.as_ref().map_or_else(String::new, |user| format!(" as {}", login(user)));
            format!("e-mail to {} from {from} by {server}{user}", to.join(", "))
        }
        IntegrationKind::Slack { way, channel } => {
            let by = match way {
                SlackWay::Url(url) => format!("address {}", secret(url)),
                SlackWay::Token(token) => format!("token {}", secret(token)),
            };
            channel.as_ref().map_or_else(|| format!("Slack, {by}"), |channel| format!("Slack {channel}, {by}"))
        }
        IntegrationKind::PagerDuty { key } => format!("PagerDuty, key {}", secret(key)),
        IntegrationKind::Webhook { url, auth } => {
            let url = match url {
                Value::Text(text) => text.clone(),
                Value::Secret(place) => secret(place),
            };
            let auth = match auth {
                None => String::new(),
                Some(Auth::Bearer(token)) => format!(", token {}", secret(token)),
                Some(Auth::Basic(user)) => format!(", {}", login(user)),
            };
            format!("request to {url}{auth}")
        }
    }
}

/// The routes themselves, which also concern alerts that stand in no spec.
fn routes(old: Option<&Routes>, new: Option<&Routes>) -> Option<Change> {
    let (from, to) = (old.map(|r| &r.origin), new.map(|r| &r.origin));
    let times = |r: &Routes| format!("after {}, news after {}, again after {}", r.wait, r.gather, r.repeat);
    let whole = |r: &Routes| if r.policies { "yes" } else { "no" }.to_string();
    let change = Change::new(Class::Route, "", Words::new("routes"), from, to)
        .maybe_fact("lines", old.map(lines), new.map(lines))
        .maybe_fact("told", old.map(times), new.map(times))
        .maybe_fact("own Grafana's notification policies", old.map(whole), new.map(whole));
    (!change.facts.is_empty()).then_some(change)
}

/// One line per route, as the language has it.
fn lines(routes: &Routes) -> String {
    let matcher = |m: &crate::model::routing::Matcher| match &m.values {
        Some(values) => format!("{} {}", m.label, values.join(", ")),
        None => format!("any {}", m.label),
    };
    let line = |route: &crate::model::routing::Route| {
        let matchers: Vec<String> = route.matchers.iter().map(matcher).collect();
        format!("{} -> {}\n", matchers.join(" "), route.to)
    };
    routes.lines.iter().map(line).collect::<String>() + &format!("otherwise -> {}", routes.otherwise)
}

/// Which alert silences which.
fn silences(old: &Routing, new: &Routing) -> Option<Change> {
    let text = |routing: &Routing| {
        let one = |i: &crate::model::routing::Inhibition| {
            let side = |matchers: &[crate::model::routing::Matcher]| {
                let words = matchers.iter().map(|m| match &m.values {
                    Some(values) => format!("{}={}", m.label, values.join("|")),
                    None => m.label.clone(),
                });
                words.collect::<Vec<_>>().join(" ")
            };
            format!("{} silences {} where alike: {}", side(&i.source), side(&i.target), i.equal.join(", "))
        };
        let mut lines: Vec<String> = routing.inhibitions.iter().map(one).collect();
        lines.sort();
        lines.join("\n")
    };
    let change = Change::new(Class::Inhibition, "", Words::new("which alert silences which"), None, None);
    let change = change.fact("silences", text(old), text(new));
    (!change.facts.is_empty()).then_some(change)
}

/// Who may see and change which folder.
fn folders(old: &Model, new: &Model) -> Vec<Change> {
    let title = |a: &&Access| Some(a.folder.clone());
    let paired = pair(old.access.iter().collect(), new.access.iter().collect(), &[(&title, &title)]);
    let change = |access: &Access, from: Option<&Access>, to: Option<&Access>| {
        let origin = |a: Option<&'_ Access>| -> Option<Origin> { a.map(|a| a.origin.clone()) };
        let what = Words::new("rights of the folder ").code(&*access.folder);
        let change = Change::new(Class::Access, "", what, origin(from).as_ref(), origin(to).as_ref());
        [("view", Right::View), ("edit", Right::Edit), ("admin", Right::Admin)]
            .into_iter()
            .fold(change, |change, (name, right)| {
                change.maybe_fact(name, from.map(|a| who(a, right)), to.map(|a| who(a, right)))
            })
    };
    let mut changes: Vec<Change> = paired.gone.iter().map(|a| change(a, Some(a), None)).collect();
    changes.extend(paired.added.iter().map(|a| change(a, None, Some(a))));
    let both = paired.both.iter().map(|(o, n)| change(n, Some(o), Some(n)));
    changes.extend(both.filter(|change| !change.facts.is_empty()));
    changes
}

fn who(access: &Access, right: Right) -> String {
    let holds = access.grants.iter().filter(|(_, has)| *has == right);
    let mut names: Vec<&str> =
        holds.map(|(who, _)| if let Who::Team(name) = who { name } else { "everyone" }).collect();
    names.sort();
    if names.is_empty() { "nobody".to_string() } else { names.join(", ") }
}

/// Teams, as far as people read of them.
fn teams(old: &Model, new: &Model) -> Option<Change> {
    let find = |model: &Model, name: &str| model.teams.iter().find(|t| t.name == name).map(|t| t.title.clone());
    let mut names: Vec<&str> = old.teams.iter().chain(&new.teams).map(|t: &Team| t.name.as_str()).collect();
    names.sort();
    names.dedup();
    let fact = |name: &&str| Fact { name: Words::new("team ").code(*name), old: find(old, name), new: find(new, name) };
    let facts: Vec<Fact> = names.iter().map(fact).filter(|fact| fact.old != fact.new).collect();
    (!facts.is_empty()).then(|| Change::new(Class::Cosmetic, "", Words::new("teams"), None, None).facts(facts))
}
