//! The page of a service: a row per objective, from "is it kept" down to "who spends the budget".

use std::collections::BTreeMap;

use super::draft::{heading, latest, lines, panel, scale};
use super::queries::{self, View, variable};
use super::{
    RANGE, REFRESH, SIX_HOURS, TAG, alerts, budget_colours, charts, datasource, digits, folder, overview, values, words,
};
use crate::model::board::{
    Ask, Board, Hue, Kind, Link, Mark, Menu, Panel, Query, Row, Scale, Unit, Variable, service_title,
};
use crate::model::{Project, Service, Slo};
use crate::units::Ratio;

/// Rows beyond this many are closed at first, so that a page of many objectives asks little.
const OPEN: usize = 3;

/// The page of a service without its rows; `overview` when there is one to link to. `titles` says how many services have
/// each title.
pub(super) fn head(service: &Service, titles: &BTreeMap<&str, usize>, project: &Project, overview: bool) -> Board {
    let about = match service.slos.is_empty() {
        true => format!("The alerts of {}, and what they watch.", service.title),
        false => format!("The service-level objectives of {}, their budgets and their alerts.", service.title),
    };
    let same = titles.get(service.title.as_str()).copied().unwrap_or_default();
    Board {
        uid: service.board_uid.clone(),
        title: service_title(&service.title, &service.name, !service.slos.is_empty(), same > 1),
        about,
        tags: vec![TAG.into(), service.name.clone()],
        folder: folder(project),
        range: RANGE,
        pick: Vec::new(),
        refresh: Some(REFRESH),
        variables: std::iter::once(datasource(&service.source)).chain(splits(service)).collect(),
        marks: vec![pages(service)],
        menus: vec![Menu { title: "Objectives".into(), tag: TAG.into() }],
        links: links(service, project, overview),
        rows: Vec::new(),
        origin: service.origin.clone(),
    }
}

/// The rows of the page.
pub(super) fn rows(service: &Service, project: &Project) -> Vec<Row> {
    let rows = service.slos.iter().enumerate().map(|(index, slo)| row(service, slo, index >= OPEN, project));
    rows.chain(alerts::row(service)).collect()
}

fn links(service: &Service, project: &Project, there: bool) -> Vec<Link> {
    let overview = Link { title: "All objectives".into(), url: format!("/d/{}", overview(project)) };
    Some(overview).filter(|_| there).into_iter().chain(super::runbooks(project, &service.name)).collect()
}

/// A choice for every label that some objective is split by.
fn splits(service: &Service) -> Vec<Variable> {
    let mut labels: Vec<&String> = service.slos.iter().flat_map(|s| &s.by).collect();
    labels.sort();
    labels.dedup();
    let series = format!("slo:current_burn_rate:ratio{{slo_service=\"{}\"}}", service.name);
    labels.into_iter().map(|l| Variable { name: variable(l), label: l.clone(), choice: values(&series, l) }).collect()
}

/// When somebody was paged, on every chart.
fn pages(service: &Service) -> Mark {
    Mark {
        name: "Pages".into(),
        expr: queries::paged(&service.name),
        ask: Ask::Metrics,
        source: None,
        text: "{{slo_name}}: {{slo_tier}}".into(),
        hue: Hue::Vermillion,
    }
}

fn row(service: &Service, slo: &Slo, collapsed: bool, project: &Project) -> Row {
    let view = View { service, slo };
    let title = format!("{}: {} over {}", slo.name, slo.objective.percent(), slo.over());
    let mut panels = numbers(&view);
    panels.extend(charts::splits(&view));
    panels.push(charts::budget(&view));
    panels.push(charts::burns(&view));
    panels.push(charts::promise(&view));
    panels.extend(charts::traffic(&view));
    panels.push(charts::timeline(&view));
    panels.extend(charts::culprits(&view));
    panels.push(words::panel(&view, project));
    Row { heading: Some(heading(&slo.name, &title, collapsed)), panels }
}

/// The numbers of the objective, each in one cell; of a split objective those of the worst split.
fn numbers(view: &View<'_>) -> Vec<Panel> {
    let outage = view.left_as_time().map(|expr| {
        let about = format!(
            "The budget left as time of full outage. The whole of it is {}{}.",
            view.slo.budget_time().human(),
            view.slo.reckoned()
        );
        stat(view, "time", "Outage left", &about, positive(Unit::Seconds), view.smallest(expr))
    });
    let failures = view.left_as_events().map(|expr| {
        let about = match &view.slo.calendar {
            None => "How many more events may fail, at the traffic of the last period.".to_string(),
            Some(c) => format!("How many more of the events since the {} began might have failed.", c.unit.name()),
        };
        stat(view, "events", "Failures left", &about, positive(Unit::Count), view.smallest(expr))
    });
    let stats = [Some(left(view)), Some(good(view)), Some(promised(view)), outage, failures, Some(gone(view))];
    stats.into_iter().flatten().collect()
}

fn stat(view: &View<'_>, what: &str, title: &str, about: &str, scale: Scale, expr: String) -> Panel {
    number(view, what, title, about, scale, latest("", expr))
}

fn number(view: &View<'_>, what: &str, title: &str, about: &str, scale: Scale, query: Query) -> Panel {
    let worst = if view.slo.by.is_empty() { String::new() } else { format!(", worst {}", view.slo.by.join(", ")) };
    panel(&view.key(what), &format!("{title}{worst}"), about, Kind::Stat(false)).scale(scale).query(query)
}

/// Good above zero, bad below.
fn positive(unit: Unit) -> Scale {
    scale(unit).digits(1).colours(Hue::Vermillion, &[(Ratio::ZERO, Hue::Sky)]).none("no data")
}

fn left(view: &View<'_>) -> Panel {
    let about = "The share of the failures this objective may have in its period that are still to be had. Below zero \
                 it is broken.";
    let read = scale(Unit::Share).digits(1).colours(Hue::Vermillion, &budget_colours()).none("no data");
    number(view, "left", "Budget left", about, read, lines("", view.smallest(view.left())))
}

fn good(view: &View<'_>) -> Panel {
    let slo = view.slo;
    let about = "The share of good events over the whole period: good events by all events, not a mean of ratios.";
    let read = scale(Unit::Share).digits(digits(slo.objective)).colours(Hue::Vermillion, &[(slo.objective, Hue::Sky)]);
    number(view, "sli", &view.good_in(), about, read.none("no data"), lines("", view.smallest(view.good())))
}

fn promised(view: &View<'_>) -> Panel {
    let slo = view.slo;
    let read = scale(Unit::Share).digits(digits(slo.objective) - 2).colours(Hue::Text, &[]);
    let query = latest("", format!("vector({})", slo.objective.expr()));
    panel(&view.key("objective"), "Promised", "The objective.", Kind::Stat(false)).scale(read).query(query)
}

fn gone(view: &View<'_>) -> Panel {
    let about = match &view.slo.calendar {
        None => "When no budget is left if errors go on as over the last six hours.".to_string(),
        Some(c) => format!(
            "When no budget of {} is left if errors go on as over the last six hours. It is whole again when the next {} begins.",
            view.slo.period,
            c.unit.name()
        ),
    };
    let read = scale(Unit::Seconds).digits(1).colours(Hue::Sky, &[]).none("not burning");
    stat(view, "gone", "Gone in", &about, read, view.smallest(view.exhaustion(SIX_HOURS)))
}
