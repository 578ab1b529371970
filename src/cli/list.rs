//! `sloc list`: what there is, one line each.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::project::{self, Project, Threads};
use super::table::{Cell, Shape, Table};
use super::{Status, terminal};
use crate::io::{Failure, Kind};
use crate::model::board::{Kept, Panel};
use crate::model::{Alert, Board, Meaning, Model, Promise, Service, Slo, Urgency};
use crate::units::{Duration, Ratio};

/// List services, objectives, alerts or dashboards
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc list                          objectives with their budgets and tiers
  sloc list alerts checkout          the alerts of one service
  sloc list dashboards               the dashboards, written and generated
  sloc list services --format json")]
pub(super) struct Arguments {
    /// What to list
    #[arg(value_enum, default_value_t = What::Slos)]
    what: What,
    /// Only this service
    service: Option<String>,
    /// How they are printed
    #[arg(long, value_enum, default_value_t = Shape::Table, value_name = "FORMAT")]
    format: Shape,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    /// As the specs are in this environment
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    threads: Threads,
}

/// What can be listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum What {
    /// Services
    Services,
    /// Objectives
    Slos,
    /// Alerts
    Alerts,
    /// Dashboards
    Dashboards,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    let analysis = arguments.threads.run(|| project::analyze(&disk))??;
    let Some(mut model) = project::sound(&analysis, arguments.env.as_deref())? else { return Ok(Status::Wrong) };
    if let Some(name) = &arguments.service {
        if !model.services.iter().any(|s| s.name == *name) {
            return Err(unknown(&model, name));
        }
        model.services.retain(|s| s.name == *name);
        let own: Vec<&String> = model.services.iter().map(|s| &s.board_uid).collect();
        model.boards.retain(|b| own.contains(&&b.uid));
        model.kept.clear();
    }
    let table = match arguments.what {
        What::Services => services(&model),
        What::Slos => slos(model.services.iter().flat_map(Listed::all)),
        What::Dashboards => dashboards(&model),
        What::Alerts => {
            let mut all = alerts(model.services.iter().flat_map(|s| s.alerts().map(move |a| (s, a))));
            all.rows.extend(model.services.iter().flat_map(carried));
            all
        }
    };
    terminal::out(&table.print(arguments.format))?;
    Ok(Status::Fine)
}

/// There is no such service.
pub(super) fn unknown(model: &Model, name: &str) -> Failure {
    let names = model.services.iter().map(|s| s.name.as_str());
    let near = crate::diag::did_you_mean(name, names).map_or_else(String::new, |near| format!("{near} "));
    Failure::new(Kind::Usage, format!("there is no service `{name}`"))
        .help(format!("{near}`sloc list services` lists them"))
}

fn services(model: &Model) -> Table {
    let row = |s: &Service| {
        let carried = s.carried.iter().flat_map(|g| &g.rules).filter(|r| r.is_alert).count();
        let (slos, alerts) = (s.slos.len() + s.promises().count(), s.alerts().count() + carried);
        vec![
            Cell::text(&s.name),
            Cell::text(&s.title),
            maybe(s.owner.clone()),
            maybe(s.tier.map(|tier| tier.to_string())),
            Cell::value(slos.to_string(), slos),
            Cell::value(alerts.to_string(), alerts),
            Cell::text(s.origin.to_string()),
        ]
    };
    let columns = &[
        ("service", "service"),
        ("title", "title"),
        ("owner", "owner"),
        ("tier", "tier"),
        ("SLOs", "slos"),
        ("alerts", "alerts"),
        ("spec", "spec"),
    ];
    Table { columns, rows: model.services.iter().map(row).collect() }
}

/// An objective, under our own names or those of another tool.
#[derive(Clone, Copy)]
pub(super) enum Listed<'a> {
    Own(&'a Service, &'a Slo),
    Named(&'a Service, &'a Promise),
}

impl<'a> Listed<'a> {
    /// Those of a service.
    pub(super) fn all(service: &'a Service) -> impl Iterator<Item = Listed<'a>> {
        let own = service.slos.iter().map(move |slo| Listed::Own(service, slo));
        own.chain(service.promises().map(move |promise| Listed::Named(service, promise)))
    }

    /// `checkout.availability`.
    pub(super) fn id(&self) -> String {
        match self {
            Listed::Own(_, slo) => slo.id.clone(),
            Listed::Named(service, promise) => format!("{}.{}", service.name, promise.name),
        }
    }

    fn row(&self) -> Vec<Cell> {
        let (service, objective, period, budget, by, tiers, origin) = match *self {
            Listed::Own(service, slo) => {
                let (budget, tiers) = (slo.budget_time(), tiers(service, slo));
                (service, slo.objective, slo.over(), budget, &slo.by, tiers, &slo.origin)
            }
            Listed::Named(service, p) => {
                (service, p.objective, p.period.to_string(), p.budget_time(), &p.by, named_tiers(p), &p.origin)
            }
        };
        vec![
            Cell::text(self.id()),
            Cell::value(objective.percent(), number(objective)),
            Cell::text(period),
            Cell::value(budget.human(), number(budget.seconds())),
            Cell::text(by.join(" ")),
            tiers,
            maybe(service.owner.clone()),
            Cell::text(origin.to_string()),
        ]
    }
}

/// When the tiers of an objective fire.
fn tiers(service: &Service, slo: &Slo) -> Cell {
    let tiers: Vec<&Alert> = service.alerts_of(slo).filter(|a| a.burn().is_some()).collect();
    let words: Vec<String> = tiers.iter().map(|a| format!("{} {}", name(a), above(a))).collect();
    Cell::value(words.join(", "), Value::from_iter(tiers.iter().map(|a| tier(a))))
}

/// The same of an objective whose alerts have another tool's names.
fn named_tiers(promise: &Promise) -> Cell {
    let called = |urgency: Urgency, long: Duration| format!("{}-{long}", urgency.name());
    let words = promise
        .tiers
        .iter()
        .map(|(urgency, above, [long, _])| format!("{} {}", called(*urgency, *long), above.percent()));
    let raw = promise.tiers.iter().map(|(urgency, above, [long, short])| {
        let windows = (long.to_string(), short.to_string());
        json!({"tier": called(*urgency, *long), "fires_above": number(*above), "long": windows.0, "short": windows.1})
    });
    Cell::value(words.collect::<Vec<_>>().join(", "), Value::from_iter(raw))
}

/// Objectives, one a line.
pub(super) fn slos<'a>(slos: impl Iterator<Item = Listed<'a>>) -> Table {
    let columns = &[
        ("SLO", "slo"),
        ("objective", "objective"),
        ("period", "period"),
        ("budget", "budget_seconds"),
        ("by", "by"),
        ("fires above", "tiers"),
        ("owner", "owner"),
        ("spec", "spec"),
    ];
    Table { columns, rows: slos.map(|slo| slo.row()).collect() }
}

/// Dashboards, one a line.
fn dashboards(model: &Model) -> Table {
    let row = |board: &Board| {
        let panels = board.panels().count();
        vec![
            Cell::text(&board.uid),
            Cell::text(&board.title),
            Cell::text(&board.folder.title),
            Cell::value(panels.to_string(), panels),
            Cell::text(board.range.to_string()),
            maybe(board.refresh.map(|r| r.to_string())),
            Cell::text(board.origin.to_string()),
        ]
    };
    let columns = &[
        ("dashboard", "uid"),
        ("title", "title"),
        ("folder", "folder"),
        ("panels", "panels"),
        ("range", "range"),
        ("refresh", "refresh"),
        ("spec", "spec"),
    ];
    let kept = |k: &Kept| {
        let panels = k.panels.len();
        vec![
            Cell::text(&k.uid),
            Cell::text(&k.title),
            Cell::text(&k.folder.title),
            Cell::value(panels.to_string(), panels),
            maybe(None),
            maybe(None),
            Cell::text(k.origin.to_string()),
        ]
    };
    Table { columns, rows: model.boards.iter().map(row).chain(model.kept.iter().map(kept)).collect() }
}

/// The panels of a dashboard, one a line.
pub(super) fn panels(board: &Board) -> Table {
    let row = |panel: &Panel| {
        let queries: Vec<String> =
            panel.queries.iter().map(|q| q.expr.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        vec![
            Cell::text(&panel.title),
            Cell::text(panel.kind.name()),
            Cell::value(queries.join("; "), Value::from(queries)),
            maybe(panel.origin.as_ref().map(|o| o.to_string())),
        ]
    };
    let columns = &[("panel", "panel"), ("kind", "kind"), ("queries", "queries"), ("spec", "spec")];
    Table { columns, rows: board.panels().map(row).collect() }
}

/// Alerts, one a line.
pub(super) fn alerts<'a>(alerts: impl Iterator<Item = (&'a Service, &'a Alert)>) -> Table {
    let row = |(service, alert): (&Service, &Alert)| {
        let burn = alert.burn();
        let windows = burn.map(|b| format!("{} and {}", b.long, b.short));
        let outage = burn.and_then(|b| b.steps.iter().find(|s| s.errors == Ratio::ONE)).and_then(|s| s.detect);
        vec![
            Cell::text(format!("{}.{}", service.name, alert.id)),
            Cell::text(alert.urgency.name()),
            fires(alert),
            maybe(windows),
            Cell::text(alert.hold.to_string()),
            match outage {
                Some(time) => Cell::value(time.human(), number(time.seconds())),
                None => Cell::value("", Value::Null),
            },
            Cell::text(&alert.name),
            Cell::text(alert.origin.to_string()),
        ]
    };
    let columns = &[
        ("alert", "alert"),
        ("severity", "severity"),
        ("fires", "fires_above"),
        ("windows", "windows"),
        ("for", "for"),
        ("outage seen in", "outage_seen_in_seconds"),
        ("alertname", "alertname"),
        ("spec", "spec"),
    ];
    Table { columns, rows: alerts.map(row).collect() }
}

/// Alerts that are carried as they are, in the columns of the others.
pub(super) fn carried(service: &Service) -> impl Iterator<Item = Vec<Cell>> {
    let rules = service.carried.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
    rules.filter(|(_, rule)| rule.is_alert).map(|(group, rule)| {
        vec![
            Cell::text(format!("{}.{}", service.name, group.subject())),
            maybe(rule.labels.get("severity").cloned()),
            Cell::text("when it holds"),
            maybe(None),
            Cell::text(rule.hold.to_string()),
            maybe(None),
            Cell::text(&rule.name),
            Cell::text(group.origin.to_string()),
        ]
    })
}

/// When it fires: of a tier a number, of others words.
fn fires(alert: &Alert) -> Cell {
    match &alert.meaning {
        Meaning::Burn(b) => Cell::value(format!("above {}", b.threshold.percent()), number(b.threshold)),
        Meaning::Absence => Cell::text("without data"),
        Meaning::Level(level) => Cell::text(level.limit.as_deref().unwrap_or("when it holds")),
    }
}

/// `page-1h`.
fn name(alert: &Alert) -> &str {
    alert.labels.get("slo_tier").map_or(&alert.id, |tier| tier)
}

fn above(alert: &Alert) -> String {
    alert.burn().map(|b| b.threshold.percent()).unwrap_or_default()
}

/// A tier for programs.
fn tier(alert: &Alert) -> Value {
    let Some(b) = alert.burn() else { return Value::Null };
    let (long, short): (Duration, Duration) = (b.long, b.short);
    json!({"tier": name(alert), "fires_above": number(b.threshold), "long": long.to_string(), "short": short.to_string()})
}

/// A number for programs: whole, or the nearest double, which prints the digits of any that end.
fn number(ratio: Ratio) -> Value {
    let whole = i64::try_from(ratio.num()).ok().filter(|_| ratio.den() == 1);
    whole.map_or_else(|| Value::from(ratio.to_f64()), Value::from)
}

fn maybe(text: Option<String>) -> Cell {
    text.map_or_else(|| Cell::value("", Value::Null), Cell::text)
}
