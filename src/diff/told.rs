//! Who is told: alerts that reach other receivers, and receivers that are reached otherwise.

use std::collections::BTreeMap;

use super::pairs::{Paired, pair};
use super::{Change, Class, Fact, Words};
use crate::model::routing::{IntegrationKind, Receiver};
use crate::model::{Alert, Model, Service};

/// What is different in who is told of what.
pub(super) fn changes(old: &Model, new: &Model, services: &Paired<&Service>) -> Vec<Change> {
    let mut changes = contacts(old, new);
    for (before, now) in &services.both {
        changes.extend(reached(before, now));
    }
    changes
}

/// Alerts of a service that reach another receiver; those with the same change together.
fn reached(old: &Service, new: &Service) -> Vec<Change> {
    let id = |a: &&Alert| Some(a.id.clone());
    let both = pair(old.alerts().collect(), new.alerts().collect(), &[(&id, &id)]).both;
    let mut together: BTreeMap<Fact, Vec<&str>> = BTreeMap::new();
    for (o, n) in both.iter().filter(|(o, n)| o.receiver != n.receiver) {
        let fact = Fact { name: "told".into(), old: o.receiver.clone(), new: n.receiver.clone() };
        together.entry(fact).or_default().push(&n.id);
    }
    let told = |(fact, alerts): (Fact, Vec<&str>)| {
        let (word, end) = if alerts.len() == 1 { ("alert ", " tells") } else { ("alerts ", " tell") };
        let what = Words::new(word).list(alerts).text(format!("{end} somebody else"));
        Change::new(Class::Told, &new.name, what, Some(&old.origin), Some(&new.origin)).facts([fact])
    };
    together.into_iter().map(told).collect()
}

/// Receivers, by their names.
fn contacts(old: &Model, new: &Model) -> Vec<Change> {
    let name = |r: &&Receiver| Some(r.name.clone());
    let paired =
        pair(old.routing.receivers.iter().collect(), new.routing.receivers.iter().collect(), &[(&name, &name)]);
    let differs = paired.both.into_iter().filter(|(o, n)| ways(o) != ways(n));
    let change = |(o, n): (&Receiver, &Receiver)| {
        let what = Words::new("receiver ").code(&*n.name).text(" is reached otherwise");
        Change::new(Class::Told, "", what, Some(&o.origin), Some(&n.origin)).fact("way", ways(o), ways(n))
    };
    differs.map(change).collect()
}

/// How a receiver is reached, in words; secrets by their names.
fn ways(receiver: &Receiver) -> String {
    let way = |kind: &IntegrationKind| match kind {
        IntegrationKind::Email { to, from, server, .. } => {
            format!("email to {} from {from} by {server}", to.join(", "))
        }
        IntegrationKind::Slack { way, channel } => {
            let (word, secret) = match way {
                crate::model::routing::SlackWay::Url(secret) => ("url", secret),
                crate::model::routing::SlackWay::Token(secret) => ("token", secret),
            };
            let channel = channel.as_deref().map_or(String::new(), |c| format!(" in {c}"));
            format!("slack{channel} by {word} env({})", secret.0)
        }
        IntegrationKind::PagerDuty { key } => format!("pagerduty by key env({})", key.0),
        IntegrationKind::Webhook { url, .. } => match url {
            crate::model::routing::Value::Text(url) => format!("webhook {url}"),
            crate::model::routing::Value::Secret(secret) => format!("webhook env({})", secret.0),
        },
    };
    receiver.integrations.iter().map(|i| way(&i.kind)).collect::<Vec<_>>().join("; ")
}
