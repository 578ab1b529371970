//! The overview: how many objectives are kept, which are in danger, what is firing.

use super::draft::{column, latest, lines, panel, scale};
use super::queries::{self, All};
use super::{
    HOUR, LITTLE, RANGE, REFRESH, SIX_HOURS, TAG, asked_first, budget_colours, datasource, digits, folder, overview,
    runbooks, values,
};
use crate::model::board::{
    Board, Cell, Column, Content, Hue, Kind, Link, Menu, Panel, Row, Scale, Table, Unit, Variable, overview_title,
};
use crate::model::{Model, Origin, Service, Slo, Urgency};
use crate::units::Ratio;

/// The overview of these services.
pub(super) fn board(services: &[&Service], model: &Model) -> Board {
    let slos: Vec<&Slo> = services.iter().flat_map(|s| &s.slos).collect();
    let uid = overview(&model.project);
    let mut panels = counts();
    panels.push(all(services, &slos, model));
    panels.push(timeline(slos.len() as u32, &uid));
    panels.push(fastest(services, &slos, &uid));
    Board {
        uid,
        title: overview_title(&model.project),
        about: "All service-level objectives: which are kept, which are in danger, what is firing.".into(),
        tags: vec![TAG.into()],
        folder: folder(&model.project),
        range: RANGE,
        pick: Vec::new(),
        refresh: Some(REFRESH),
        variables: vec![datasource(asked_first(&model.datasources)), chosen()],
        marks: Vec::new(),
        menus: vec![Menu { title: "Objectives".into(), tag: TAG.into() }],
        links: runbooks(&model.project, "").into_iter().collect(),
        rows: vec![Row { heading: None, panels }],
        origin: services
            .first()
            .map_or_else(|| Origin { path: "".into(), line: 1, template: None }, |s| s.origin.clone()),
    }
}

fn chosen() -> Variable {
    let choice = values("slo:objective:ratio", "slo_service");
    Variable { name: "service".into(), label: "Service".into(), choice }
}

fn counts() -> Vec<Panel> {
    let little = Ratio::new(LITTLE.0, LITTLE.1).unwrap_or(Ratio::ZERO);
    let under = format!("< {}", little.expr());
    let count = |key, title, about, expr, hue| {
        let read = match hue {
            Hue::Text => scale(Unit::Count).colours(Hue::Text, &[]),
            hue => scale(Unit::Count).colours(Hue::Sky, &[(Ratio::ONE, hue)]),
        };
        panel(key, title, about, Kind::Stat(false)).scale(read.digits(0)).query(latest("", expr))
    };
    vec![
        count("slos", "Objectives", "How many objectives the chosen services have.", queries::objectives(), Hue::Text),
        count(
            "kept",
            "Kept",
            "Objectives with budget left over their own period. Of an objective that is split by labels the worst split counts.",
            queries::with_budget(">= 0"),
            Hue::Sky,
        ),
        count(
            "little",
            "Budget under a quarter",
            "Objectives that have spent three quarters of their budget or more, the overspent included.",
            queries::with_budget(&under),
            Hue::Orange,
        ),
        count(
            "gone",
            "Budget gone",
            "Objectives that have failed more events in their period than they may.",
            queries::with_budget("< 0"),
            Hue::Vermillion,
        ),
        count(
            "pages",
            "Pages firing",
            "Alerts of severity page that are firing now.",
            queries::firing("page"),
            Hue::Vermillion,
        ),
        count(
            "tickets",
            "Tickets firing",
            "Alerts of severity ticket that are firing now.",
            queries::firing("ticket"),
            Hue::Orange,
        ),
    ]
}

/// Every objective in a line, the one in the most danger first.
fn all(services: &[&Service], slos: &[&Slo], model: &Model) -> Panel {
    let by = split_by(slos);
    let all = All { by: &by };
    let exprs = [
        all.labelled(services),
        all.objective(),
        all.sli(),
        all.left(),
        all.burn(HOUR),
        all.burn(SIX_HOURS),
        all.exhaustion(SIX_HOURS),
        all.alert_level(),
    ];
    let table = Table {
        key: Some("row".into()),
        open: false,
        columns: columns(services, slos, model),
        sort: Some((LEFT.into(), false)),
    };
    let about = "Each objective over its own period. Budget left: the share of the failures it may have that are still \
                 to be had. Burn: how many times faster than allowed the budget goes.";
    panel("all", "All objectives", about, Kind::Table(table))
        .sized(24, (slos.len() as u32 + 3).clamp(6, 18))
        .queries(exprs.map(|expr| latest("", expr)))
}

/// Labels that some objective is split by, each once.
fn split_by(slos: &[&Slo]) -> Vec<String> {
    let mut by: Vec<String> = slos.iter().flat_map(|s| &s.by).cloned().collect();
    by.sort();
    by.dedup();
    by
}

/// Title of the column the table is sorted by.
const LEFT: &str = "Budget left";

fn columns(services: &[&Service], slos: &[&Slo], model: &Model) -> Vec<Column> {
    let label = |title, name: &str| column(title, Content::Label(name.into()), Scale::default());
    let board = "/d/${__data.fields.board}?${__url_time_range}";
    let mut columns = vec![label("Service", "service").link("Open its dashboard", board.into())];
    columns.push(label("Objective", "slo").link("Open its dashboard", board.into()));
    if slos.iter().any(|s| !s.by.is_empty()) {
        columns.push(label("Split", "split"));
    }
    if services.iter().any(|s| s.owner.is_some()) {
        columns.push(label("Owner", "owner"));
    }
    if let Some(base) = &model.project.runbooks {
        let url = format!("{base}/README.md#${{__data.fields.service}}");
        columns[0].links.push(Link { title: "Open its runbooks".into(), url });
    }
    columns.extend(numbers(services, slos));
    columns
}

fn numbers(services: &[&Service], slos: &[&Slo]) -> Vec<Column> {
    let share = scale(Unit::Share).digits(slos.iter().map(|s| digits(s.objective)).max().unwrap_or(2));
    let left = scale(Unit::Share).digits(1).colours(Hue::Vermillion, &budget_colours()).between(0, 1).none("no data");
    let burn = scale(Unit::Times).digits(2).colours(Hue::Blue, &burn_steps(services)).none("no traffic");
    let value = |title, query, scale| column(title, Content::Value(query), scale);
    vec![
        value("Promised", 1, share.clone()).wide(110),
        value("Good", 2, share.none("no data")).wide(110),
        value(LEFT, 3, left).cell(Cell::Gauge).wide(220),
        value("Burn 1h", 4, burn.clone()).cell(Cell::Coloured).wide(100),
        value("Burn 6h", 5, burn).cell(Cell::Coloured).wide(100),
        value("Gone in", 6, scale(Unit::Seconds).digits(1).none("not burning")).wide(120),
        value("Alert", 7, super::alert_words(scale(Unit::Number)).none("no data")).cell(Cell::Coloured).wide(90),
    ]
}

/// What is firing, and was.
fn timeline(slos: u32, uid: &str) -> Panel {
    let about = "The most urgent alert of each objective over time, from Prometheus's own record of its alerts.";
    panel("timeline", "Alerts", about, Kind::State)
        .sized(12, (slos + 3).clamp(8, 16))
        .scale(super::alert_words(Scale::default()))
        .query(lines("{{slo_id}}", queries::alert_levels()))
        .drill(own_line(uid))
}

/// What loses its budget at the moment.
fn fastest(services: &[&Service], slos: &[&Slo], uid: &str) -> Panel {
    let split: String = split_by(slos).iter().map(|label| format!(" {{{{{label}}}}}")).collect();
    let about = "The ten objectives whose budget goes fastest, measured over the last hour. At 1× the budget is gone \
                 exactly at the end of the period.";
    panel("fastest", "Fastest burn, last hour", about, Kind::Bars)
        .scale(scale(Unit::Times).digits(2).from(0).colours(Hue::Blue, &burn_steps(services)).none("no traffic"))
        .query(latest(&format!("{{{{slo_id}}}}{split}"), queries::fastest(10, HOUR)))
        .drill(own_line(uid))
}

/// Shows only the service that was clicked.
fn own_line(uid: &str) -> Link {
    Link {
        title: "Only this service".into(),
        url: format!("/d/{uid}?var-service=${{__field.labels.slo_service}}&${{__url_time_range}}"),
    }
}

/// Worth a look from 1 on, and from the smallest factor on that pages anybody.
fn burn_steps(services: &[&Service]) -> Vec<(Ratio, Hue)> {
    let pages = services.iter().flat_map(|s| s.alerts()).filter(|a| a.urgency == Urgency::Page);
    let factors = pages.filter_map(|a| Some(a.burn()?.factor));
    super::burn_colours(factors.min().map(|factor| (factor, Hue::Vermillion)))
}
