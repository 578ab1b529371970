//! Dashboards that were written: their panels placed, the choice of a data source added, clicks led to where they go.

use std::collections::BTreeMap;

use super::{REFRESH, asked_first, datasource, draft, folder_of, names};
use crate::check::boards::{Dashboard, Goal, Lead, Panel, Row};
use crate::maps::IntoMap;
use crate::model::board::{self, Board, Choice, Kept, Kind, Link, Menu, Spot, Variable};
use crate::model::{Model, Project};
use crate::units::Duration;

/// What is shown at first when nothing is said.
const RANGE: Duration = Duration::from_mins(6 * 60);

/// All of them, in the order written. Clicks may also lead to those that are `kept`.
pub(super) fn boards(written: &[Dashboard], kept: &[Kept], model: &Model) -> Vec<Board> {
    let mut boards: Vec<Board> = written.iter().map(|d| board(d, kept, model)).collect();
    boards.iter_mut().for_each(draft::finish);
    let places = places(&model.project, written, &boards, kept);
    let clicks =
        |d: &Dashboard| d.rows.iter().flat_map(|r| &r.panels).map(|p| clicks(p, d, &places)).collect::<Vec<_>>();
    let links: Vec<Vec<Vec<Link>>> = written.iter().map(clicks).collect();
    for (board, links) in boards.iter_mut().zip(links) {
        let panels = board.rows.iter_mut().flat_map(|row| &mut row.panels);
        panels.zip(links).for_each(|(panel, links)| panel.drill = links);
    }
    boards
}

/// A dashboard that can be led to.
#[derive(Clone)]
pub(in crate::lower) struct Place {
    /// Its uid.
    pub(in crate::lower) uid: String,
    title: String,
    /// The names of what can be chosen there.
    pub(in crate::lower) variables: Vec<String>,
    panels: BTreeMap<String, u32>,
}

impl Place {
    /// The number of a panel.
    pub(in crate::lower) fn panel(&self, title: &str) -> Option<u32> {
        self.panels.get(title).copied()
    }
}

/// All that were written or are kept, by their names. `boards` holds those that were written, too.
pub(in crate::lower) fn places<'n>(
    project: &Project,
    written: &'n [Dashboard],
    boards: &[Board],
    kept: &'n [Kept],
) -> BTreeMap<&'n str, Place> {
    let made = written.iter().filter_map(|d| {
        let own = uid(project, &d.name);
        let board = boards.iter().find(|b| b.uid == own)?;
        let variables = d.variables.iter().map(|v| v.name.clone());
        let panels = board.panels().map(|p| (p.key.clone(), p.id)).collect();
        Some((d.name.as_str(), Place { uid: own, title: board.title.clone(), variables: variables.collect(), panels }))
    });
    let as_it_is = kept.iter().map(|k| {
        let panels = k.panels.iter().rev().filter_map(|p| Some((p.title.clone(), p.id?))).into_map();
        let (uid, title, variables) = (k.uid.clone(), k.title.clone(), k.variables.clone());
        (k.name.as_str(), Place { uid, title, variables, panels })
    });
    made.chain(as_it_is).into_map()
}

/// A written dashboard's uid is its name; environments may share a Grafana.
fn uid(project: &Project, name: &str) -> String {
    let own = name.to_lowercase();
    project.environment.as_deref().map_or(own, |e| names::uid(Some(e), &[name]))
}

fn board(d: &Dashboard, kept: &[Kept], model: &Model) -> Board {
    let project = &model.project;
    let rows: Vec<board::Row> = d.rows.iter().map(row).collect();
    let about = d.about.clone().unwrap_or_else(|| format!("{}.", d.title.trim_end_matches('.')));
    let mut board = Board {
        uid: uid(project, &d.name),
        title: d.title.clone(),
        about,
        tags: d.tags.clone(),
        folder: folder_of(d.folder.as_ref().unwrap_or(&project.folder)),
        range: d.range.unwrap_or(RANGE),
        // Grafana 11 ignores them up to 11.4.
        pick: if project.is_before(12) { Vec::new() } else { d.pick.clone() },
        refresh: d.refresh.unwrap_or(Some(REFRESH)),
        variables: Vec::new(),
        marks: d.marks.clone(),
        menus: d.links.iter().filter_map(menu).collect(),
        links: d.links.iter().filter_map(|l| link(l, kept, project)).collect(),
        rows,
        origin: d.origin.clone(),
    };
    let chosen = asks_the_chosen(&board, &d.variables).then(|| datasource(asked_first(&model.datasources)));
    board.variables = chosen.into_iter().chain(d.variables.clone()).collect();
    board
}

/// Whether something is asked of the Prometheus that is chosen above the panels.
fn asks_the_chosen(board: &Board, variables: &[Variable]) -> bool {
    let queries = board.panels().flat_map(|p| &p.queries).any(|q| q.source.is_none());
    let answers = |v: &Variable| matches!(&v.choice, Choice::Answers { source: None, .. });
    queries || board.marks.iter().any(|m| m.source.is_none()) || variables.iter().any(answers)
}

fn menu(lead: &Lead) -> Option<Menu> {
    let Goal::Tag(tag) = &lead.to else { return None };
    Some(Menu { title: lead.title.clone().unwrap_or_else(|| tag.clone()), tag: tag.clone() })
}

fn link(lead: &Lead, kept: &[Kept], project: &Project) -> Option<Link> {
    let (name, url) = match &lead.to {
        Goal::Tag(_) => return None,
        Goal::Url(url) => (url, url.clone()),
        Goal::Dashboard(name, _) => {
            let uid = kept.iter().find(|k| k.name == *name).map_or_else(|| uid(project, name), |k| k.uid.clone());
            (name, format!("/d/{uid}?from=${{__from}}&to=${{__to}}"))
        }
    };
    Some(Link { title: lead.title.clone().unwrap_or_else(|| name.clone()), url })
}

fn row(row: &Row) -> board::Row {
    let heading = row.heading.as_ref().map(|title| board::Heading {
        repeat: row.repeat.clone(),
        ..draft::heading(&format!("row {title}"), title, row.collapsed)
    });
    board::Row { heading, panels: row.panels.iter().map(panel).collect() }
}

fn panel(p: &Panel) -> board::Panel {
    let drafted = draft::panel(&p.title, &p.title, &p.about, p.kind.clone());
    let Spot { w, h, .. } = size(p, drafted.at);
    board::Panel {
        queries: p.queries.clone(),
        scale: p.scale.clone(),
        firm: p.width.is_some() || p.repeat.is_some(),
        range: p.range,
        step: p.step,
        repeat: p.repeat.clone(),
        origin: Some(p.origin.clone()),
        ..drafted.sized(w, h)
    }
}

/// The wished size: of its kind, or as asked for.
fn size(p: &Panel, usual: Spot) -> Spot {
    let lines = |text: &str| (text.lines().count() as u32).clamp(2, 20) + 1;
    let usual = match &p.kind {
        Kind::Text(text) => Spot { h: lines(text), ..usual },
        Kind::State => Spot { w: 12, h: 6, ..usual },
        Kind::Table(_) => Spot { w: 12, h: 8, ..usual },
        _ => usual,
    };
    // Grafana lays the repetitions of a panel over the whole width.
    let w = if p.repeat.is_some() { 24 } else { p.width.unwrap_or(usual.w) };
    Spot { w, h: if p.tall { usual.h * 2 } else { usual.h }, ..usual }
}

/// Where clicks on a panel lead.
fn clicks(p: &Panel, d: &Dashboard, places: &BTreeMap<&str, Place>) -> Vec<Link> {
    p.opens.iter().filter_map(|lead| click(lead, p, d, places)).collect()
}

fn click(lead: &Lead, p: &Panel, d: &Dashboard, places: &BTreeMap<&str, Place>) -> Option<Link> {
    let (name, panel) = match &lead.to {
        Goal::Url(url) => {
            return Some(Link { title: lead.title.clone().unwrap_or_else(|| url.clone()), url: url.clone() });
        }
        Goal::Tag(_) => return None,
        Goal::Dashboard(name, panel) => (name, panel.as_ref()),
    };
    let to = places.get(name.as_str())?;
    let mut url = format!("/d/{}?${{__url_time_range}}", to.uid);
    for name in &to.variables {
        if d.variables.iter().any(|v| v.name == *name) {
            url.push_str(&format!("&${{{name}:queryparam}}"));
        } else if p.labels.contains(name) {
            let of = if matches!(p.kind, Kind::Table(_)) { "__data.fields" } else { "__field.labels" };
            url.push_str(&format!("&var-{name}=${{{of}.{name}}}"));
        }
    }
    if let Some(id) = panel.and_then(|title| to.panel(title)) {
        url.push_str(&format!("&viewPanel={id}"));
    }
    let title = lead.title.clone().or_else(|| panel.cloned()).unwrap_or_else(|| to.title.clone());
    Some(Link { title, url })
}
