//! A panel in Grafana's terms, by its kind.

use super::json::*;
use super::options::*;
use super::target::target;
use super::{look, table};
use crate::model::board::{self, Kind, Query, Source, Spot};
use crate::units::Ratio;

impl<'a> Reference<'a> {
    /// The data source chosen above the panels.
    pub(super) const CHOSEN: Reference<'static> = Reference { kind: "prometheus", uid: "${datasource}" };

    /// What a panel names whose queries go to several.
    const MIXED: Reference<'static> = Reference { kind: "datasource", uid: "-- Mixed --" };

    /// A data source, or the one chosen above the panels.
    pub(super) fn of(source: Option<&'a Source>) -> Reference<'a> {
        source.map_or(Reference::CHOSEN, |s| Reference { kind: s.plugin, uid: &s.uid })
    }

    /// The one data source of some queries.
    fn all(queries: &'a [Query]) -> Reference<'a> {
        let first = queries.first().and_then(|q| q.source.as_ref());
        if queries.iter().all(|q| q.source.as_ref() == first) { Reference::of(first) } else { Reference::MIXED }
    }
}

pub(super) fn grid(spot: Spot) -> GridPos {
    GridPos { h: spot.h, w: spot.w, x: spot.x, y: spot.y }
}

pub(super) fn chart(panel: &board::Panel) -> Panel<'_> {
    let mut defaults = look::defaults(&panel.scale, &panel.kind, &panel.drill);
    defaults.custom = custom(panel);
    let mut overrides: Vec<Override<'_>> = panel.queries.iter().enumerate().filter_map(|(i, q)| series(i, q)).collect();
    let mut transformations = Vec::new();
    if let Kind::Table(t) = &panel.kind {
        let several = panel.queries.len() > 1;
        overrides.extend(table::overrides(t, several));
        // What a database or a log answers is a table already.
        if panel.queries.iter().all(|q| q.ask.is_promql()) {
            transformations = table::transformations(t, several);
        }
    }
    if matches!(panel.kind, Kind::Columns(_)) && panel.queries.len() > 1 {
        transformations.push(Transformation::Merge {});
    }
    Panel::Chart(Box::new(Chart {
        id: panel.id,
        kind: kind(&panel.kind),
        title: &panel.title,
        description: &panel.about,
        datasource: (!panel.queries.is_empty()).then(|| Reference::all(&panel.queries)),
        grid_pos: grid(panel.at),
        time_from: panel.range.map(|r| r.to_string()),
        interval: panel.step.map(|s| s.to_string()),
        repeat: panel.repeat.as_deref(),
        repeat_direction: panel.repeat.as_ref().map(|_| "h"),
        max_per_row: panel.repeat.as_ref().map(|_| 4),
        targets: panel.queries.iter().enumerate().map(|(i, q)| target(i, q, &panel.kind)).collect(),
        field_config: FieldConfig { defaults, overrides },
        options: options(panel),
        transformations,
    }))
}

/// Grafana's name of a kind of panel.
fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Stat(_) => "stat",
        Kind::Gauge => "gauge",
        Kind::Lines(_) => "timeseries",
        Kind::Bars => "bargauge",
        Kind::Columns(_) => "barchart",
        Kind::Heat(_) => "heatmap",
        Kind::Pie(_) => "piechart",
        Kind::State => "state-timeline",
        Kind::Logs => "logs",
        Kind::Trace => "traces",
        Kind::Alerts(_) => "alertlist",
        Kind::Table(_) => "table",
        Kind::Text(_) => "text",
    }
}

/// `A`, `B`, … as Grafana names queries.
pub(super) fn ref_id(index: usize) -> String {
    let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
    if index < 26 { letter(index).to_string() } else { format!("{}{}", letter(index / 26 - 1), letter(index)) }
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
            show_points: if l.points { "always" } else { "never" },
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
        Kind::Columns(_) => Some(Custom::Columns { fill_opacity: 80, line_width: 1 }),
        // Words have colours: the text of their cells shows them.
        Kind::Table(_) if !panel.scale.words.is_empty() => {
            Some(Custom::Cells { cell_options: CellOptions { kind: "color-text", mode: None } })
        }
        _ => None,
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
        Kind::Stat(background) => Options::Stat {
            reduce_options: reduce(),
            orientation: "auto",
            // Several numbers need names.
            text_mode: if panel.named() { "auto" } else { "value" },
            color_mode: if *background { "background" } else { "value" },
            // What was asked over time is drawn over time, small below the number.
            graph_mode: if panel.queries.iter().any(|q| !q.instant) { "area" } else { "none" },
            justify_mode: "auto",
            show_percent_change: false,
            wide_layout: true,
        },
        Kind::Gauge => Options::Gauge {
            reduce_options: reduce(),
            orientation: "auto",
            show_threshold_labels: false,
            show_threshold_markers: true,
            sizing: "auto",
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
        _ => other_options(panel, tooltip),
    }
}

/// What the kinds that only written dashboards have are told.
fn other_options(panel: &board::Panel, tooltip: Tooltip) -> Options<'_> {
    match &panel.kind {
        Kind::Columns(stacked) => Options::Columns {
            x_field: None,
            orientation: "auto",
            stacking: if *stacked { "normal" } else { "none" },
            show_value: "auto",
            bar_width: 0.97,
            group_width: 0.7,
            x_tick_label_rotation: 0,
            legend: legend(false),
            tooltip,
        },
        Kind::Heat(calculate) => heat(panel, *calculate),
        Kind::Pie(donut) => Options::Pie {
            pie_type: if *donut { "donut" } else { "pie" },
            reduce_options: reduce(),
            display_labels: ["percent"],
            legend: PieLegend {
                display_mode: "table",
                placement: "right",
                show_legend: true,
                values: ["value", "percent"],
            },
            tooltip,
        },
        Kind::Logs => Options::Logs {
            show_time: true,
            show_labels: false,
            show_common_labels: false,
            wrap_log_message: true,
            prettify_log_message: false,
            enable_log_details: true,
            dedup_strategy: "none",
            sort_order: "Descending",
        },
        Kind::Alerts(alerts) => Options::Alerts {
            view_mode: "list",
            group_mode: "default",
            group_by: [],
            max_items: 20,
            sort_order: 3,
            dashboard_alerts: false,
            alert_name: "",
            alert_instance_label_filter: of_services(&alerts.services),
            state_filter: States { firing: true, pending: true, no_data: false, normal: false, error: true },
        },
        _ => Options::Nothing {},
    }
}

fn heat(panel: &board::Panel, calculate: bool) -> Options<'_> {
    Options::Heat {
        calculate,
        cell_gap: 1,
        // One hue, from light to dark: told apart by everybody, also in print.
        color: HeatColor { mode: "scheme", scheme: "Blues", steps: 64 },
        filter_values: Filter { le: 1e-9 },
        y_axis: Axis { unit: look::unit(&panel.scale.unit) },
        show_value: "never",
        rows_frame: Layout { layout: "auto" },
        legend: Shown { show: true },
        tooltip: HeatTooltip { mode: "single", y_histogram: false, show_color_scale: false },
        exemplars: Exemplars { color: look::color(board::Hue::Vermillion) },
    }
}

/// Labels of alerts as Grafana filters them.
fn of_services(services: &[String]) -> String {
    match services {
        [] => String::new(),
        all => format!("{{slo_service=~\"{}\"}}", all.join("|")),
    }
}

impl board::Panel {
    /// Whether its series have names to be shown by.
    fn named(&self) -> bool {
        self.queries.len() > 1 || self.queries.iter().any(|q| q.name.contains("{{"))
    }
}
