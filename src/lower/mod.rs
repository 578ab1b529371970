//! Checked to [`Model`]: adds all that is generated. Nothing else makes a Model.

mod alerts;
mod boards;
pub mod calendar;
mod data;
mod golang;
mod levels;
mod names;
mod pyrra;
mod records;
mod routing;
pub mod shards;
mod shared;
mod sloth;
mod starts;
mod windows;
mod words;
mod written;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::check::{self, Checked, Tool};
use crate::maps::IntoMap;
use crate::model::{
    Access, Alert, Around, Board, Carried, Group, Meaning, Model, Part, Project, Promise, Service, Slo, Team, Text,
    Urgency,
};
use crate::units::{Duration, Ratio};

use windows::Windows;

/// Evaluation interval of the slow rules: under the five minutes after which a series counts as gone.
const SLOW: Duration = Duration::from_mins(2);

/// Makes each service by itself and hands it to `take`, without what leads to others: the receivers of alerts, and panels.
pub fn each<T: Send>(mut checked: Checked, take: impl Fn(&Around<'_>, Service) -> T + Sync) -> Vec<T> {
    let windows = windows::all(&checked);
    let services = std::mem::take(&mut checked.services);
    let teams = teams(&checked);
    let policies = checked.routes.as_ref().is_some_and(|r| r.policies);
    let around = Around { project: &checked.project, teams: &teams, policies };
    services.into_par_iter().map(|s| take(&around, service(&s, &checked, &windows))).collect()
}

/// Whether an alert leads to a written dashboard, and so cannot be printed without it.
pub fn needs_boards(checked: &Checked) -> bool {
    checked.services.iter().flat_map(|s| &s.alerts).any(|a| a.open.is_some())
}

/// Makes everything that follows from a checked program; dashboards, and what leads to their panels, only if `boards`.
pub fn lower(checked: &Checked, boards: bool) -> Model {
    let mut model = outline(checked, boards);
    let Model { project, services, boards, .. } = &mut model;
    let mut pages: BTreeMap<String, &mut Board> = boards.iter_mut().map(|b| (b.uid.clone(), b)).into_map();
    let both = services.iter_mut().filter_map(|s| Some((pages.remove(&s.board_uid)?, s)));
    both.collect::<Vec<_>>().into_par_iter().for_each(|(page, service)| fill(page, service, project));
    model
}

/// The same, but the pages of services are empty, and no alert leads to one: [`fill`] makes that of each service alone.
pub fn outline(checked: &Checked, boards: bool) -> Model {
    let windows = windows::all(checked);
    let mut services: Vec<Service> = checked.services.par_iter().map(|s| service(s, checked, &windows)).collect();
    let routing = routing::routing(checked, &services);
    routing::address(&mut services, &routing);
    let mut model = Model {
        project: checked.project.clone(),
        datasources: checked.datasources.clone(),
        services,
        routing,
        teams: teams(checked),
        access: checked.folders.iter().map(access).collect(),
        boards: Vec::new(),
        kept: Vec::new(),
        tests: Vec::new(),
    };
    shards::place(&mut model, &checked.catalog);
    model.tests = written::tests(checked, &model.services);
    if boards || needs_boards(checked) {
        (model.boards, model.kept) = boards::boards(&model, checked);
        lead(&mut model, checked);
    }
    model
}

/// Puts the panels of a service onto its page, and tells each alert which of them shows what it reads: its burn rates or its
/// value.
pub fn fill(page: &mut Board, service: &mut Service, project: &Project) {
    boards::fill(page, service, project);
    let panels: BTreeMap<&str, u32> = page.panels().map(|p| (p.key.as_str(), p.id)).into_map();
    for alert in service.groups.iter_mut().flat_map(|g| &mut g.alerts).filter(|a| !a.opens) {
        let key = match alert.meaning {
            Meaning::Level(_) => boards::value_panel(&alert.subject),
            Meaning::Burn(_) | Meaning::Absence => boards::burn_panel(&alert.subject),
        };
        alert.panel = panels.get(key.as_str()).map(|id| (page.uid.clone(), *id));
    }
}

fn teams(checked: &Checked) -> Vec<Team> {
    checked.teams.iter().map(|t| Team { name: t.name.clone(), title: t.title.clone() }).collect()
}

fn access(folder: &check::Folder) -> Access {
    Access {
        folder: folder.title.clone(),
        uid: names::folder(&folder.title),
        grants: folder.grants.clone(),
        origin: folder.origin.clone(),
    }
}

/// Leads alerts to the dashboards that their authors named.
fn lead(model: &mut Model, checked: &Checked) {
    let Model { project, services, boards, kept, .. } = model;
    let places = boards::places(project, &checked.dashboards, boards, kept);
    for (service, written) in services.iter_mut().zip(&checked.services) {
        let opens: BTreeMap<&str, &check::Alert> =
            written.alerts.iter().filter(|a| a.open.is_some()).map(|a| (a.name.as_str(), a)).into_map();
        for alert in service.groups.iter_mut().flat_map(|g| &mut g.alerts) {
            let open = opens.get(alert.subject.as_str()).and_then(|a| Some((*a, a.open.as_ref()?)));
            if let Some((a, (name, panel))) = open {
                lead_to(alert, a, places.get(name.as_str()), panel.as_deref(), project);
            }
        }
    }
}

/// Leads an alert to a written dashboard, at the values of its labels that can be chosen there.
fn lead_to(
    alert: &mut Alert,
    written: &check::Alert,
    place: Option<&boards::Place>,
    panel: Option<&str>,
    project: &Project,
) {
    alert.opens = true;
    let Some(place) = place else { return };
    let shown = panel.and_then(|title| place.panel(title));
    alert.panel = shown.map(|id| (place.uid.clone(), id));
    let mut parts = vec![Part::Plain(project.dashboard(&place.uid, alert.lookback))];
    if let Some(id) = shown {
        parts.push(Part::Plain(format!("&viewPanel={id}")));
    }
    for variable in place.variables.iter().filter(|name| written.sure.contains(*name)) {
        parts.push(Part::Plain(format!("&var-{variable}=")));
        parts.push(Part::Label(variable.clone()));
    }
    alert.annotations.retain(|(name, _)| name != "dashboard_url");
    alert.annotations.push(("dashboard_url".into(), Text(parts)));
}

fn service(s: &check::Service, checked: &Checked, windows: &Windows) -> Service {
    let slos: Vec<Slo> = s.slos.iter().map(|slo| objective(s, slo, windows)).collect();
    let source = s.source.as_ref().map(|name| check::called(name, checked.project.environment.as_deref()));
    let board_uid = names::uid(checked.project.environment.as_deref(), &["slo", &s.name]);
    let mut groups = records::groups(s, &slos, &checked.project);
    alerts::add(&mut groups, s, &slos, &board_uid, checked);
    groups.extend(levels::group(s, &board_uid, &checked.project));
    groups.retain(|g| !g.records.is_empty() || !g.alerts.is_empty());
    Service {
        name: s.name.clone(),
        title: s.title.clone(),
        owner: s.owner.clone(),
        tier: s.tier,
        labels: s.labels.clone(),
        source: source.unwrap_or_else(|| boards::asked_first(&checked.datasources).to_string()),
        slos,
        places: places(&groups),
        groups,
        carried: carried(s),
        board_uid,
        origin: s.origin.clone(),
    }
}

/// Where the alerts about each subject stand.
fn places(groups: &[Group]) -> BTreeMap<String, Vec<(usize, usize)>> {
    let mut places: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (g, group) in groups.iter().enumerate() {
        for (a, alert) in group.alerts.iter().enumerate() {
            places.entry(alert.subject.clone()).or_default().push((g, a));
        }
    }
    places
}

/// The rules under another tool's names, and those that are carried as they are.
fn carried(s: &check::Service) -> Vec<Carried> {
    let named = s.named.iter().flat_map(|(naming, slos)| {
        slos.iter().flat_map(move |slo| {
            let groups = match naming.tool {
                Tool::Sloth => sloth::groups(&s.name, &s.labels, naming, slo),
                Tool::Pyrra => pyrra::groups(&s.labels, naming, slo),
            };
            groups.into_iter().map(|group| Carried { of: Some(promise(slo)), ..group })
        })
    });
    named.chain(s.carried.iter().cloned()).collect()
}

/// What an objective promises whose rules have another tool's names.
fn promise(slo: &check::Named) -> Promise {
    let budget = Ratio::ONE.minus(slo.objective).unwrap_or(Ratio::ZERO);
    let fires = |urgency| if urgency == Urgency::Page { slo.page.is_some() } else { slo.ticket.is_some() };
    let tiers = slo.tiers.iter().filter(|tier| fires(tier.urgency));
    Promise {
        name: slo.written.clone(),
        about: slo.about.clone(),
        objective: slo.objective,
        period: slo.period,
        by: slo.by.clone(),
        tiers: tiers.filter_map(|t| Some((t.urgency, t.factor.times(budget)?, [t.long, t.short]))).collect(),
        origin: slo.origin.clone(),
    }
}

fn objective(service: &check::Service, slo: &check::Slo, windows: &Windows) -> Slo {
    let id = names::id(&service.name, &slo.name);
    Slo {
        name: slo.name.clone(),
        identity: names::identity(&service.name, &slo.name),
        about: slo.about.clone(),
        objective: slo.objective,
        budget: slo.budget,
        period: slo.period,
        calendar: slo.calendar.clone(),
        by: slo.by.clone(),
        windows: windows.get(&id).cloned().unwrap_or_default(),
        counted: slo.tiers.iter().filter(|t| t.events.is_some()).map(|t| t.burn.long).collect(),
        starts: starts::starts(&id, slo),
        metrics: slo.metrics.clone(),
        traffic: slo.traffic,
        sli: slo.sli.clone(),
        origin: slo.origin.clone(),
        id,
    }
}
