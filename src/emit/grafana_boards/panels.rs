//! A panel in Grafana's terms, by its kind.

use super::json::*;
use super::{look, table};
use crate::model::board::{self, Kind, Query, Spot};
use crate::units::Ratio;

/// The data source chosen above the panels.
pub(super) const CHOSEN: Reference = Reference { kind: "prometheus", uid: "${datasource}" };

pub(super) fn grid(spot: Spot) -> GridPos {
    GridPos { h: spot.h, w: spot.w, x: spot.x, y: spot.y }
}

pub(super) fn chart(panel: &board::Panel) -> Panel<'_> {
    let mut defaults = look::defaults(&panel.scale, &panel.kind, &panel.drill);
    defaults.custom = custom(panel);
    let mut overrides: Vec<Override<'_>> = panel.queries.iter().enumerate().filter_map(|(i, q)| series(i, q)).collect();
    let mut transformations = Vec::new();
    if let Kind::Table(t) = &panel.kind {
        overrides.extend(table::overrides(t));
        transformations = table::transformations(t);
    }
    Panel::Chart(Box::new(Chart {
        id: panel.id,
        kind: kind(&panel.kind),
        title: &panel.title,
        description: &panel.about,
        datasource: CHOSEN,
        grid_pos: grid(panel.at),
        time_from: panel.range.map(|r| r.to_string()),
        interval: panel.step.map(|s| s.to_string()),
        targets: panel.queries.iter().enumerate().map(|(i, q)| target(i, q, &panel.kind)).collect(),
        field_config: FieldConfig { defaults, overrides },
        options: options(panel),
        transformations,
    }))
}

/// Grafana's name of a kind of panel.
fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Stat => "stat",
        Kind::Lines(_) => "timeseries",
        Kind::Bars => "bargauge",
        Kind::State => "state-timeline",
        Kind::Table(_) => "table",
        Kind::Text(_) => "text",
    }
}

/// `A`, `B`, … as Grafana names queries.
pub(super) fn ref_id(index: usize) -> String {
    let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
    if index < 26 { letter(index).to_string() } else { format!("{}{}", letter(index / 26 - 1), letter(index)) }
}

fn target<'a>(index: usize, query: &'a Query, kind: &Kind) -> Target<'a> {
    Target {
        ref_id: ref_id(index),
        datasource: CHOSEN,
        editor_mode: "code",
        expr: &query.expr,
        legend_format: if query.name.is_empty() { "__auto" } else { &query.name },
        instant: query.instant,
        range: !query.instant,
        format: if matches!(kind, Kind::Table(_)) { "table" } else { "time_series" },
    }
}

/// The colour and the dashes of a query's series.
fn series(index: usize, query: &Query) -> Option<Override<'static>> {
    let hue = query.hue.map(|h| Property {
        id: "color",
        value: Value::Color(Color { mode: "fixed", fixed_color: Some(look::color(h)) }),
    });
    let dash = query
        .dashed
        .then_some(Property { id: "custom.lineStyle", value: Value::Line(LineStyle { fill: "dash", dash: [10, 10] }) });
    let bare = query.dashed.then_some(Property { id: "custom.fillOpacity", value: Value::Number(0.0) });
    let properties: Vec<Property<'_>> = hue.into_iter().chain(dash).chain(bare).collect();
    let matcher = Matcher { id: "byFrameRefID", options: ref_id(index) };
    (!properties.is_empty()).then_some(Override { matcher, properties })
}

fn custom(panel: &board::Panel) -> Option<Custom> {
    let soft = |end: Option<Ratio>, lines: &board::Lines| end.filter(|_| lines.soft).map(Ratio::to_f64);
    match &panel.kind {
        Kind::Lines(l) => Some(Custom::Lines {
            draw_style: if l.bars { "bars" } else { "line" },
            line_interpolation: "linear",
            line_width: 1,
            fill_opacity: l.fill,
            gradient_mode: "none",
            show_points: "never",
            span_nulls: false,
            stacking: Stacking { mode: if l.stacked { "normal" } else { "none" }, group: "A" },
            axis_soft_min: soft(panel.scale.min, l),
            axis_soft_max: soft(panel.scale.max, l),
            scale_distribution: if l.log {
                Distribution { kind: "symlog", log: Some(10), linear_threshold: Some(1.0) }
            } else {
                Distribution { kind: "linear", log: None, linear_threshold: None }
            },
            thresholds_style: Mode { mode: if l.limits { "dashed" } else { "off" } },
        }),
        Kind::State => Some(Custom::State { fill_opacity: 80, line_width: 0, span_nulls: false }),
        Kind::Stat | Kind::Bars | Kind::Table(_) | Kind::Text(_) => None,
    }
}

fn reduce() -> Reduce {
    Reduce { calcs: ["lastNotNull"], fields: "", values: false }
}

fn legend(detailed: bool) -> Legend {
    let calcs = if detailed { vec!["lastNotNull", "max"] } else { Vec::new() };
    let (display_mode, placement) = if detailed { ("table", "right") } else { ("list", "bottom") };
    Legend { display_mode, placement, show_legend: true, calcs }
}

fn options(panel: &board::Panel) -> Options<'_> {
    let tooltip = Tooltip { mode: "multi", sort: "desc" };
    match &panel.kind {
        Kind::Stat => Options::Stat {
            reduce_options: reduce(),
            orientation: "auto",
            text_mode: "value",
            color_mode: "value",
            // What was asked over time is drawn over time, small below the number.
            graph_mode: if panel.queries.iter().any(|q| !q.instant) { "area" } else { "none" },
            justify_mode: "auto",
            show_percent_change: false,
            wide_layout: true,
        },
        Kind::Lines(l) => Options::Lines { legend: legend(l.detailed), tooltip },
        Kind::Bars => Options::Bars {
            reduce_options: reduce(),
            orientation: "horizontal",
            display_mode: "basic",
            value_mode: "color",
            name_placement: "auto",
            show_unfilled: true,
            sizing: "auto",
        },
        Kind::State => Options::State {
            merge_values: true,
            show_value: "auto",
            align_value: "left",
            row_height: 0.8,
            legend: Legend { display_mode: "list", placement: "bottom", show_legend: false, calcs: Vec::new() },
            tooltip: Tooltip { mode: "single", sort: "none" },
        },
        Kind::Table(t) => Options::Table { show_header: true, cell_height: "sm", sort_by: table::sort(t) },
        Kind::Text(content) => Options::Text { mode: "markdown", content },
    }
}
