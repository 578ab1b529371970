//! `perses/<uid>.json`: the dashboards for Perses. What only Grafana shows is a line that says so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Artifact, Emit, Target};
use crate::model::Model;
use crate::model::board::{Board, Choice, Heading, Kind, Panel, Pick, Query, Row, Scale, Unit, Variable};

/// Perses's dashboards.
pub(super) static TARGET: Target = Target { name: "perses", boards: true, emit: Emit::Whole(emit) };

fn emit(model: &Model) -> Vec<Artifact> {
    let Some(project) = &model.project.outputs.perses else { return Vec::new() };
    model.boards.iter().map(|b| file(project, b)).collect()
}

fn file(project: &str, board: &Board) -> Artifact {
    let panels: BTreeMap<String, Value> = board.panels().map(|p| (key(p), panel(p))).collect();
    let body = super::json::pretty(&json!({
        "kind": "Dashboard",
        "metadata": { "name": board.uid, "project": project },
        "spec": {
            "display": { "name": board.title, "description": board.about },
            "duration": board.range.to_string(),
            "refreshInterval": board.refresh.unwrap_or_default().to_string(),
            "variables": board.variables.iter().filter_map(variable).collect::<Vec<_>>(),
            "panels": panels,
            "layouts": board.rows.iter().map(layout).collect::<Vec<_>>(),
        },
    }));
    Artifact { path: format!("perses/{}.json", board.uid), body, origin: board.origin.to_string() }
}

/// What a layout calls a panel.
fn key(panel: &Panel) -> String {
    format!("panel{}", panel.id)
}

/// A variable, but for the data source: Perses has a default one.
fn variable(v: &Variable) -> Option<Value> {
    let display = json!({ "name": v.label });
    let list = |pick: &Pick, plugin: Value| {
        let mut spec = json!({
            "name": v.name,
            "display": display,
            "allowMultiple": pick.many,
            "allowAllValue": pick.all,
            "plugin": plugin,
        });
        if let Some(first) = &pick.first {
            spec["defaultValue"] = json!(first);
        }
        Some(json!({ "kind": "ListVariable", "spec": spec }))
    };
    let values = |values: Vec<String>| json!({ "kind": "StaticListVariable", "spec": { "values": values } });
    match &v.choice {
        Choice::Datasource { .. } => None,
        Choice::Answers { query, pick, .. } => list(pick, answers(query)),
        Choice::Values(all, pick) => list(pick, values(all.clone())),
        Choice::Every { steps, .. } => list(&Pick::default(), values(steps.iter().map(|s| s.to_string()).collect())),
        Choice::Text(text) => {
            Some(json!({ "kind": "TextVariable", "spec": { "name": v.name, "display": display, "value": text } }))
        }
    }
}

/// `label_values(series, label)`, or a query whose series are the values.
fn answers(query: &str) -> Value {
    let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    match inner.and_then(|inner| inner.rsplit_once(", ")) {
        Some((series, label)) => json!({
            "kind": "PrometheusLabelValuesVariable",
            "spec": { "labelName": label, "matchers": [series] },
        }),
        None => json!({ "kind": "PrometheusPromQLVariable", "spec": { "expr": query, "labelName": "" } }),
    }
}

fn layout(row: &Row) -> Value {
    let top = row.panels.iter().map(|p| p.at.y).min().unwrap_or(0);
    let items: Vec<Value> = row.panels.iter().map(|p| item(p, top)).collect();
    let mut spec = json!({ "items": items });
    if let Some(Heading { title, collapsed, .. }) = &row.heading {
        spec["display"] = json!({ "title": title, "collapse": { "open": !collapsed } });
    }
    json!({ "kind": "Grid", "spec": spec })
}

/// A panel's place; a layout begins at its own top.
fn item(panel: &Panel, top: u32) -> Value {
    json!({
        "x": panel.at.x,
        "y": panel.at.y - top,
        "width": panel.at.w,
        "height": panel.at.h,
        "content": { "$ref": format!("#/spec/panels/{}", key(panel)) },
    })
}

fn panel(panel: &Panel) -> Value {
    let known: Vec<Value> = panel.queries.iter().filter(|q| q.ask.is_promql()).map(query).collect();
    let only_grafana = !panel.queries.is_empty() && known.is_empty() || matches!(panel.kind, Kind::Alerts(_));
    let (plugin, spec) = if only_grafana { ("Markdown", json!({ "text": ELSEWHERE })) } else { shown(panel) };
    let mut body = json!({
        "display": { "name": panel.title, "description": panel.about },
        "plugin": { "kind": plugin, "spec": spec },
    });
    if !only_grafana && !known.is_empty() {
        body["queries"] = json!(known);
    }
    json!({ "kind": "Panel", "spec": body })
}

/// What stands in place of a panel that Perses has not.
const ELSEWHERE: &str = "This panel is in Grafana only.";

/// How much of its panel a pie fills, in percent, which Perses wants to be told.
const RADIUS: u32 = 50;

/// The plugin for a kind of panel, and how it is told of its values.
fn shown(panel: &Panel) -> (&'static str, Value) {
    let format = format(&panel.scale);
    match &panel.kind {
        Kind::Lines(lines) => {
            let stack = if lines.stacked { json!({ "stack": "all" }) } else { json!({}) };
            ("TimeSeriesChart", json!({ "yAxis": { "format": format }, "visual": stack }))
        }
        Kind::Stat(_) => {
            ("StatChart", json!({ "calculation": "last-number", "format": format, "thresholds": steps(panel) }))
        }
        Kind::Gauge => {
            ("GaugeChart", json!({ "calculation": "last-number", "format": format, "thresholds": steps(panel) }))
        }
        Kind::Bars | Kind::Columns(_) => ("BarChart", json!({ "calculation": "last-number", "format": format })),
        Kind::Heat(_) => ("HeatMapChart", json!({ "yAxisFormat": format })),
        Kind::Pie(_) => ("PieChart", json!({ "calculation": "last-number", "format": format, "radius": RADIUS })),
        Kind::State => ("StatusHistoryChart", json!({})),
        Kind::Table(_) => ("TimeSeriesTable", json!({})),
        Kind::Text(text) => ("Markdown", json!({ "text": text })),
        Kind::Logs | Kind::Trace | Kind::Alerts(_) => ("Markdown", json!({ "text": ELSEWHERE })),
    }
}

/// How values are printed, in Perses's units.
fn format(scale: &Scale) -> Value {
    let unit = match scale.unit {
        Unit::Share => "percent-decimal",
        Unit::Percent => "percent",
        Unit::Nanoseconds => "nanoseconds",
        Unit::Microseconds => "microseconds",
        Unit::Milliseconds => "milliseconds",
        Unit::Seconds => "seconds",
        Unit::Minutes => "minutes",
        Unit::Hours => "hours",
        Unit::Days => "days",
        Unit::Bytes => "bytes",
        Unit::BytesPerSecond => "bytes/sec",
        Unit::Bits => "bits",
        Unit::BitsPerSecond => "bits/sec",
        Unit::PerSecond => "events/sec",
        _ => "decimal",
    };
    let mut format = json!({ "unit": unit });
    if let Some(decimals) = scale.decimals {
        format["decimalPlaces"] = json!(decimals);
    }
    format
}

fn steps(panel: &Panel) -> Value {
    let color = super::grafana_boards::color;
    let steps = panel.scale.steps.iter().map(|(from, hue)| json!({ "value": from.to_f64(), "color": color(*hue) }));
    let mut thresholds = json!({ "steps": steps.collect::<Vec<_>>() });
    if let Some(base) = panel.scale.base {
        thresholds["defaultColor"] = json!(color(base));
    }
    thresholds
}

fn query(query: &Query) -> Value {
    let mut spec = json!({ "query": query.expr });
    if !query.name.is_empty() {
        spec["seriesNameFormat"] = json!(query.name);
    }
    json!({
        "kind": "TimeSeriesQuery",
        "spec": { "plugin": { "kind": "PrometheusTimeSeriesQuery", "spec": spec } },
    })
}
