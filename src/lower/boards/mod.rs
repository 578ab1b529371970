//! What the dashboards show: an overview of all objectives, and a page for each service.

mod alerts;
mod charts;
mod draft;
mod kept;
mod layout;
mod overview;
mod page;
mod queries;
mod words;
mod written;

use std::collections::BTreeMap;

pub(super) use written::{Place, places};

use super::names;
use crate::check::Checked;
use crate::model::board::{self, Choice, Folder, Hue, Link, Pick, Scale, Variable};
use crate::model::{Board, Datasource, Model, Project, Service};
use crate::units::{Duration, Ratio};

/// The tag by which the dashboards find each other.
const TAG: &str = "slo";

/// What is shown at first, and how often it is drawn anew.
const RANGE: Duration = Duration::from_mins(24 * 60);
const REFRESH: Duration = Duration::from_mins(1);

/// Windows every objective has.
const HOUR: Duration = Duration::from_mins(60);
const SIX_HOURS: Duration = Duration::from_mins(360);

/// A budget is little below this share of it.
const LITTLE: (i128, i128) = (1, 4);

/// All dashboards of a model: the overview, a page per service, those that were written; then those that are kept. The pages
/// are empty: [`fill`] makes what stands on one.
pub(super) fn boards(model: &Model, checked: &Checked) -> (Vec<Board>, Vec<board::Kept>) {
    let kept = kept::boards(&checked.kept, model);
    let promising: Vec<_> = model.services.iter().filter(|s| !s.slos.is_empty()).collect();
    let mut titles: BTreeMap<&str, usize> = BTreeMap::new();
    model.services.iter().for_each(|s| *titles.entry(&s.title).or_default() += 1);
    let mut boards: Vec<Board> = Vec::new();
    let with_overview = !promising.is_empty();
    if with_overview {
        let mut board = overview::board(&promising, model);
        draft::finish(&mut board);
        boards.push(board);
    }
    let shown: Vec<_> = model.services.iter().filter(|s| s.alerts().next().is_some() || !s.slos.is_empty()).collect();
    boards.extend(shown.iter().map(|s| page::head(s, &titles, &model.project, with_overview)));
    boards.extend(written::boards(&checked.dashboards, &kept, model));
    (boards, kept)
}

/// Puts the rows of a service onto its page.
pub(super) fn fill(page: &mut Board, service: &Service, project: &Project) {
    page.rows = page::rows(service, project);
    draft::finish(page);
}

/// The key of the panel that an objective's alerts lead to.
pub(super) fn burn_panel(slo: &str) -> String {
    format!("{slo}/burn")
}

/// The key of the panel that a written alert leads to.
pub(super) fn value_panel(alert: &str) -> String {
    format!("{alert}/value")
}

/// The runbooks of a service, when runbooks are served somewhere; of all services when it is empty.
fn runbooks(project: &Project, service: &str) -> Option<Link> {
    let anchor = if service.is_empty() { String::new() } else { format!("#{service}") };
    let url = format!("{}/README.md{anchor}", project.runbooks.as_ref()?);
    Some(Link { title: "Runbooks".into(), url })
}

/// The data source that is asked where nothing else is said.
pub(super) fn asked_first(sources: &[Datasource]) -> &str {
    sources.first().map_or("prometheus", |d| d.name.as_str())
}

/// The choice of a data source, at first this one; linters and Grafana expect it first.
fn datasource(name: &str) -> Variable {
    Variable {
        name: "datasource".into(),
        label: "Data source".into(),
        choice: Choice::Datasource { plugin: "prometheus", name: name.into() },
    }
}

/// Any number of the values that a label of some series has, all at first.
fn values(series: &str, label: &str) -> Choice {
    let pick = Pick { many: true, all: true, first: None };
    Choice::Answers { query: format!("label_values({series}, {label})"), source: None, matching: None, pick }
}

/// Uid of the overview; environments may share a Grafana.
fn overview(project: &Project) -> String {
    let name = "slo-overview";
    project.environment.as_deref().map_or_else(|| name.into(), |e| names::uid(Some(e), &[name]))
}

/// The folder of the generated dashboards and alerts.
fn folder(project: &Project) -> Folder {
    folder_of(&project.folder)
}

/// The folder of a title; its directory is another for each.
fn folder_of(title: &str) -> Folder {
    Folder { title: title.into(), dir: names::folder(title) }
}

/// Overspent, little, less than half, plenty: with the base colour for what is overspent.
fn budget_colours() -> [(Ratio, Hue); 3] {
    let quarter = |n| Ratio::new(n, 4).unwrap_or(Ratio::ZERO);
    [(Ratio::ZERO, Hue::Orange), (quarter(1), Hue::Yellow), (quarter(2), Hue::Sky)]
}

/// The colours of a burn rate: fine below 1, then worth a look, then those of the limits it passes.
fn burn_colours(limits: impl IntoIterator<Item = (Ratio, Hue)>) -> Vec<(Ratio, Hue)> {
    let mut steps = vec![(Ratio::ONE, Hue::Yellow)];
    for (factor, hue) in limits {
        match steps.last() {
            // What pages already is no less urgent above the limit of a ticket.
            Some((_, Hue::Vermillion)) => {}
            Some((last, _)) if *last >= factor => steps = vec![(factor, hue)],
            _ => steps.push((factor, hue)),
        }
    }
    steps
}

/// Digits after the point that tell an objective from 100 %, and one more: 99.9 % needs two, as in 99.87 %.
fn digits(objective: Ratio) -> u32 {
    let percent = objective.times(Ratio::whole(100)).and_then(Ratio::decimal).unwrap_or_default();
    percent.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32) + 2
}

/// The levels of an alert as words.
fn alert_words(scale: Scale) -> Scale {
    scale.word(0, "fine", Hue::Blue).word(1, "ticket", Hue::Orange).word(2, "page", Hue::Vermillion)
}
