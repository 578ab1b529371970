//! Who is told: contacts become receivers, routes become matchers on the labels our alerts carry.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use crate::check::{self, Checked, Contact, Team};
use crate::model::routing::{Inhibition, Integration, IntegrationKind, Matcher, Receiver, Route, Routes, Routing};
use crate::model::{Meaning, Service, Urgency};

/// The label that names the team an alert belongs to.
const OWNER: &str = "owner";

/// Everything about who is told of what.
pub(super) fn routing(checked: &Checked, services: &[Service]) -> Routing {
    let environment = checked.project.environment.as_deref();
    let mut receivers = Receivers { contacts: &checked.contacts, environment, made: BTreeMap::new() };
    for contact in &checked.contacts {
        receivers.get(std::slice::from_ref(&contact.name), None);
    }
    let routes = checked.routes.as_ref().map(|r| routes(r, &checked.teams, &mut receivers));
    Routing {
        receivers: receivers.made.into_values().collect(),
        routes,
        inhibitions: inhibitions(services, &checked.project.apart),
    }
}

/// Gives every alert the receiver its labels lead to.
pub(super) fn address(services: &mut [Service], routing: &Routing) {
    for service in services {
        let name = service.name.clone();
        for alert in service.groups.iter_mut().flat_map(|g| &mut g.alerts) {
            let mut labels = alert.labels.clone();
            labels.insert(names::SERVICE.into(), name.clone());
            alert.receiver = routing.receiver(&labels).map(str::to_string);
        }
    }
}

/// Receivers as they are needed: each contact, and each set of them that is told together.
struct Receivers<'a> {
    contacts: &'a [Contact],
    /// Environments may share a Grafana, where names of contact points are unique.
    environment: Option<&'a str>,
    made: BTreeMap<String, Receiver>,
}

impl Receivers<'_> {
    /// The name of the receiver that tells all of these, a team in its own channel.
    fn get(&mut self, contacts: &[String], team: Option<&Team>) -> String {
        let found: Vec<&Contact> =
            contacts.iter().filter_map(|name| self.contacts.iter().find(|c| c.name == *name)).collect();
        let channel = team.and_then(|t| t.channel.as_deref()).filter(|_| found.iter().any(|c| is_slack(c)));
        let names: Vec<&str> = found.iter().map(|c| c.name.as_str()).collect();
        let environment = self.environment.map_or(String::new(), |e| format!(" ({e})"));
        let name = names.join(" + ") + &channel.map_or(String::new(), |c| format!(" {c}")) + &environment;
        if !self.made.contains_key(&name) {
            let integrations = found.iter().map(|c| self.integration(c, channel, &name)).collect();
            let origin = found.first().map(|c| c.origin.clone());
            if let Some(origin) = origin {
                self.made.insert(name.clone(), Receiver { name: name.clone(), integrations, origin });
            }
        }
        name
    }

    fn integration(&self, contact: &Contact, channel: Option<&str>, receiver: &str) -> Integration {
        let kind = match &contact.kind {
            IntegrationKind::Slack { way, channel: own } => {
                let channel = channel.map(str::to_string).or_else(|| own.clone());
                IntegrationKind::Slack { way: way.clone(), channel }
            }
            other => other.clone(),
        };
        Integration { uid: names::uid(self.environment, &["contact", &contact.name, receiver]), kind }
    }

    /// Whether a team has a channel for one of these contacts.
    fn differs(&self, contacts: &[String], team: &Team) -> bool {
        let slack = |name: &String| self.contacts.iter().any(|c| c.name == *name && is_slack(c));
        team.channel.is_some() && contacts.iter().any(slack)
    }
}

fn is_slack(contact: &Contact) -> bool {
    matches!(contact.kind, IntegrationKind::Slack { .. })
}

fn routes(written: &check::Routes, teams: &[Team], receivers: &mut Receivers<'_>) -> Routes {
    let mut lines = Vec::new();
    for team in teams {
        lines.extend(own(team, receivers));
    }
    for line in &written.lines {
        lines.extend(spread(line, teams, receivers));
    }
    let all =
        check::Route { severities: Vec::new(), teams: Vec::new(), services: Vec::new(), to: written.otherwise.clone() };
    let mut rest = spread(&all, teams, receivers);
    let otherwise = rest.pop().map_or_else(String::new, |r| r.to);
    lines.extend(rest);
    Routes {
        lines,
        otherwise,
        wait: written.wait,
        gather: written.gather,
        repeat: written.repeat,
        policies: written.policies,
        origin: written.origin.clone(),
    }
}

/// The contacts that a team names itself: first for what cannot wait, then for all else.
fn own(team: &Team, receivers: &mut Receivers<'_>) -> Vec<Route> {
    let owner = || Matcher::one_of(OWNER, [team.name.as_str()]);
    let urgent = Urgency::ALL.into_iter().filter(|u| u.is_urgent()).map(Urgency::name);
    let mut routes = Vec::new();
    if !team.page.is_empty() {
        let matchers = vec![owner(), Matcher::one_of("severity", urgent)];
        routes.push(Route { matchers, to: receivers.get(&team.page, Some(team)) });
    }
    if !team.contact.is_empty() {
        routes.push(Route { matchers: vec![owner()], to: receivers.get(&team.contact, Some(team)) });
    }
    routes
}

/// A line of the routes, after a line for each team that has a channel of its own there.
fn spread(line: &check::Route, teams: &[Team], receivers: &mut Receivers<'_>) -> Vec<Route> {
    let meant = |t: &&Team| line.teams.is_empty() || line.teams.contains(&t.name);
    let special: Vec<&Team> =
        teams.iter().filter(meant).filter(|t| t.contact.is_empty() && receivers.differs(&line.to, t)).collect();
    let mut routes = Vec::new();
    for team in &special {
        let matchers = matchers(line, std::slice::from_ref(&team.name));
        routes.push(Route { matchers, to: receivers.get(&line.to, Some(team)) });
    }
    let all_special = !line.teams.is_empty() && line.teams.iter().all(|name| special.iter().any(|t| t.name == *name));
    if !all_special {
        routes.push(Route { matchers: matchers(line, &line.teams), to: receivers.get(&line.to, None) });
    }
    routes
}

fn matchers(line: &check::Route, teams: &[String]) -> Vec<Matcher> {
    let severities: Vec<String> = line.severities.iter().map(|u| u.name().to_string()).collect();
    let conditions = [(OWNER, teams.to_vec()), ("severity", severities), (names::SERVICE, line.services.clone())];
    let given = conditions.into_iter().filter(|(_, values)| !values.is_empty());
    given.map(|(label, values)| Matcher::one_of(label, values)).collect()
}

/// A page silences the tickets of its objective, a higher level the lower ones of its alert.
fn inhibitions(services: &[Service], apart: &BTreeSet<String>) -> Vec<Inhibition> {
    let mut inhibitions = Vec::new();
    let slos = || services.iter().flat_map(|s| &s.slos);
    if slos().next().is_some() {
        // A label that neither alert has counts as equal, so one rule serves objectives with and without `by`,
        // and the alerts of environments and clusters, which may go to one Alertmanager, leave each other alone.
        let by: BTreeSet<String> = slos().flat_map(|s| s.by.clone()).chain(apart.clone()).collect();
        let of = |u: Urgency| vec![Matcher::one_of("severity", [u.name()]), Matcher::any("slo_id")];
        let equal = std::iter::once("slo_id".to_string()).chain(by).collect();
        inhibitions.push(Inhibition { source: of(Urgency::Page), target: of(Urgency::Ticket), equal });
    }
    inhibitions.extend(of_levels(services, apart));
    inhibitions
}

/// A level, and the labels its alert is told apart by.
type Source = (Urgency, Vec<String>);

/// The names of alerts, and the levels below.
type Targets = (BTreeSet<String>, BTreeSet<Urgency>);

/// One inhibition for all alerts that are told apart by the same labels.
fn of_levels(services: &[Service], apart: &BTreeSet<String>) -> Vec<Inhibition> {
    let mut alerts: BTreeMap<Source, Targets> = BTreeMap::new();
    for alert in services.iter().flat_map(Service::alerts) {
        let Meaning::Level(level) = &alert.meaning else { continue };
        let lower: BTreeSet<Urgency> = level.others.iter().map(|(u, _)| *u).filter(|u| *u > alert.urgency).collect();
        if !lower.is_empty() {
            let (names, targets) = alerts.entry((alert.urgency, level.equal.clone())).or_default();
            names.insert(alert.name.clone());
            targets.extend(lower);
        }
    }
    let inhibition = |((source, labels), (names, targets)): (Source, Targets)| {
        let of = |severities: Vec<&str>| {
            vec![Matcher::one_of("severity", severities), Matcher::one_of("alertname", names.iter().cloned())]
        };
        let target = of(targets.iter().map(|u: &Urgency| u.name()).collect());
        let apart = apart.iter().filter(|l| !labels.contains(l)).cloned();
        let own = ["alertname", names::SERVICE].map(str::to_string);
        let equal = own.into_iter().chain(apart).chain(labels.iter().cloned()).collect();
        Inhibition { source: of(vec![source.name()]), target, equal }
    };
    alerts.into_iter().map(inhibition).collect()
}
