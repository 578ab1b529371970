//! Checked to [`Model`]: adds all that is generated. Nothing else makes a Model.

mod alerts;
mod boards;
mod golang;
mod levels;
mod names;
mod pyrra;
mod records;
mod routing;
mod sloth;
mod starts;
mod windows;
mod words;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::check::{self, Checked, Tool};
use crate::model::{Access, Board, Carried, Group, Model, Service, Slo, Team};
use crate::units::Duration;

use windows::Windows;

/// Evaluation interval of the slow rules: under the five minutes after which a series counts as gone.
const SLOW: Duration = Duration::from_mins(2);

/// Makes everything that follows from a checked program; dashboards, and what leads to their panels, only if `boards`.
pub fn lower(checked: &Checked, boards: bool) -> Model {
    let windows = windows::all(checked);
    let mut services: Vec<Service> = checked.services.par_iter().map(|s| service(s, checked, &windows)).collect();
    let routing = routing::routing(checked, &services);
    routing::address(&mut services, &routing);
    let mut model = Model {
        project: checked.project.clone(),
        datasources: checked.datasources.clone(),
        services,
        routing,
        teams: checked.teams.iter().map(|t| Team { name: t.name.clone(), title: t.title.clone() }).collect(),
        access: checked.folders.iter().map(access).collect(),
        boards: Vec::new(),
    };
    if boards {
        model.boards = boards::boards(&model, &checked.dashboards);
        link(&mut model);
    }
    model
}

fn access(folder: &check::Folder) -> Access {
    Access {
        folder: folder.title.clone(),
        uid: names::folder(&folder.title),
        grants: folder.grants.clone(),
        origin: folder.origin.clone(),
    }
}

/// Tells each alert which panel shows its burn rates.
fn link(model: &mut Model) {
    let boards: BTreeMap<&str, &Board> = model.boards.iter().map(|b| (b.uid.as_str(), b)).collect();
    model.services.par_iter_mut().for_each(|service| {
        let Some(board) = boards.get(service.board_uid.as_str()) else { return };
        let panels: BTreeMap<&str, u32> = board.panels().map(|p| (p.key.as_str(), p.id)).collect();
        for alert in service.groups.iter_mut().flat_map(|g| &mut g.alerts) {
            alert.panel = panels.get(boards::burn_panel(&alert.subject).as_str()).copied();
        }
    });
}

fn service(s: &check::Service, checked: &Checked, windows: &Windows) -> Service {
    let slos: Vec<Slo> = s.slos.iter().map(|slo| objective(s, slo, windows)).collect();
    let board_uid = names::uid(checked.project.environment.as_deref(), &["slo", &s.name]);
    let mut groups = records::groups(s, &slos, &checked.project);
    alerts::add(&mut groups, s, &slos, &board_uid, &checked.project);
    groups.extend(levels::group(s, &board_uid, &checked.project));
    groups.retain(|g| !g.records.is_empty() || !g.alerts.is_empty());
    Service {
        name: s.name.clone(),
        title: s.title.clone(),
        owner: s.owner.clone(),
        tier: s.tier,
        labels: s.labels.clone(),
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
        slos.iter().flat_map(move |slo| match naming.tool {
            Tool::Sloth => sloth::groups(&s.name, &s.labels, naming, slo),
            Tool::Pyrra => pyrra::groups(&s.labels, naming, slo),
        })
    });
    named.chain(s.carried.iter().cloned()).collect()
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
        by: slo.by.clone(),
        windows: windows.get(&id).cloned().unwrap_or_default(),
        counted: slo.tiers.iter().filter(|t| t.events.is_some()).map(|t| t.burn.long).collect(),
        starts: starts::starts(&id, slo),
        sli: slo.sli.clone(),
        origin: slo.origin.clone(),
        id,
    }
}
