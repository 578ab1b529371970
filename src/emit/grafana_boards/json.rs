//! The shapes of a classic dashboard: every key that is ever written, and no other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::options::{Options, Transformation};
use super::target::Target;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dashboard<'a> {
    pub(super) uid: &'a str,
    pub(super) title: &'a str,
    pub(super) description: String,
    pub(super) tags: &'a [String],
    pub(super) timezone: &'a str,
    pub(super) editable: bool,
    pub(super) graph_tooltip: u8,
    pub(super) schema_version: u32,
    pub(super) refresh: String,
    pub(super) time: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timepicker: Option<Picker>,
    pub(super) annotations: List<Annotation<'a>>,
    pub(super) links: Vec<BoardLink<'a>>,
    pub(super) templating: List<Template<'a>>,
    pub(super) panels: Vec<Panel<'a>>,
}

#[derive(Serialize)]
pub(super) struct Time {
    pub(super) from: String,
    pub(super) to: &'static str,
}

/// The ranges of time offered first.
#[derive(Serialize)]
pub(super) struct Picker {
    pub(super) quick_ranges: Vec<Quick>,
}

#[derive(Serialize)]
pub(super) struct Quick {
    pub(super) display: String,
    pub(super) from: String,
    pub(super) to: &'static str,
}

#[derive(Serialize)]
pub(super) struct List<T> {
    pub(super) list: Vec<T>,
}

/// A data source: `${datasource}` stands for the one chosen above the panels.
#[derive(Serialize, Clone, Copy)]
pub(super) struct Reference<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) uid: &'a str,
}

/// Where vertical lines come from: Grafana's own entry, or a query.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Annotation<'a> {
    #[serde(rename_all = "camelCase")]
    BuiltIn {
        built_in: u8,
        datasource: Reference<'static>,
        enable: bool,
        hide: bool,
        icon_color: &'static str,
        name: &'static str,
        #[serde(rename = "type")]
        kind: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Query {
        datasource: Reference<'a>,
        enable: bool,
        expr: &'a str,
        icon_color: &'static str,
        name: &'a str,
        title_format: &'a str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BoardLink<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) title: &'a str,
    pub(super) url: &'a str,
    pub(super) tags: Vec<&'a str>,
    pub(super) as_dropdown: bool,
    pub(super) keep_time: bool,
    pub(super) include_vars: bool,
    pub(super) target_blank: bool,
    pub(super) icon: &'static str,
    pub(super) tooltip: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Template<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) datasource: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) definition: Option<String>,
    pub(super) query: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) options: Vec<Choosable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_min: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current: Option<Current<'a>>,
    pub(super) hide: u8,
    pub(super) refresh: u8,
    pub(super) sort: u8,
    pub(super) multi: bool,
    pub(super) include_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) all_value: Option<&'static str>,
    pub(super) regex: &'a str,
}

/// A value that a variable offers.
#[derive(Serialize)]
pub(super) struct Choosable {
    pub(super) text: String,
    pub(super) value: String,
    pub(super) selected: bool,
}

#[derive(Serialize)]
pub(super) struct Current<'a> {
    pub(super) text: &'a str,
    pub(super) value: &'a str,
}

#[derive(Serialize, Clone, Copy)]
pub(super) struct GridPos {
    pub(super) h: u32,
    pub(super) w: u32,
    pub(super) x: u32,
    pub(super) y: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Panel<'a> {
    Row(RowPanel<'a>),
    Chart(Box<Chart<'a>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowPanel<'a> {
    pub(super) id: u32,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repeat: Option<&'a str>,
    pub(super) collapsed: bool,
    pub(super) grid_pos: GridPos,
    pub(super) panels: Vec<Panel<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Chart<'a> {
    pub(super) id: u32,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) datasource: Option<Reference<'a>>,
    pub(super) grid_pos: GridPos,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repeat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repeat_direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_per_row: Option<u8>,
    pub(super) targets: Vec<Target<'a>>,
    pub(super) field_config: FieldConfig<'a>,
    pub(super) options: Options<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) transformations: Vec<Transformation<'a>>,
}

#[derive(Serialize)]
pub(super) struct FieldConfig<'a> {
    pub(super) defaults: Defaults<'a>,
    pub(super) overrides: Vec<Override<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Defaults<'a> {
    pub(super) unit: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decimals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) no_value: Option<&'a str>,
    pub(super) color: Color,
    pub(super) thresholds: Thresholds,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) mappings: Vec<Mapping<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) links: Vec<DataLink<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Custom>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Color {
    pub(super) mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fixed_color: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Thresholds {
    pub(super) mode: &'static str,
    pub(super) steps: Vec<Step>,
}

/// The first step of a scale has no value: it is the colour of all that is below the second.
#[derive(Serialize)]
pub(super) struct Step {
    pub(super) color: &'static str,
    pub(super) value: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Mapping<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) options: BTreeMap<&'a str, Mapped<'a>>,
}

#[derive(Serialize)]
pub(super) struct Mapped<'a> {
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<&'static str>,
    pub(super) index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataLink<'a> {
    pub(super) title: &'a str,
    pub(super) url: &'a str,
    pub(super) target_blank: bool,
}

/// What only lines and timelines have.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Custom {
    #[serde(rename_all = "camelCase")]
    Lines {
        draw_style: &'static str,
        line_interpolation: &'static str,
        line_width: u8,
        fill_opacity: u8,
        gradient_mode: &'static str,
        show_points: &'static str,
        span_nulls: bool,
        stacking: Stacking,
        #[serde(skip_serializing_if = "Option::is_none")]
        axis_soft_min: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        axis_soft_max: Option<f64>,
        scale_distribution: Distribution,
        thresholds_style: Mode,
    },
    #[serde(rename_all = "camelCase")]
    State { fill_opacity: u8, line_width: u8, span_nulls: bool },
    #[serde(rename_all = "camelCase")]
    Columns { fill_opacity: u8, line_width: u8 },
    #[serde(rename_all = "camelCase")]
    Cells { cell_options: CellOptions },
}

#[derive(Serialize)]
pub(super) struct Stacking {
    pub(super) mode: &'static str,
    pub(super) group: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Distribution {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) linear_threshold: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Mode {
    pub(super) mode: &'static str,
}

#[derive(Serialize)]
pub(super) struct Override<'a> {
    pub(super) matcher: Matcher,
    pub(super) properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
pub(super) struct Matcher {
    pub(super) id: &'static str,
    pub(super) options: String,
}

#[derive(Serialize)]
pub(super) struct Property<'a> {
    pub(super) id: &'static str,
    pub(super) value: Value<'a>,
}

/// What a property of a column or a series can be.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Flag(bool),
    Color(Color),
    Thresholds(Thresholds),
    Links(Vec<DataLink<'a>>),
    Cell(CellOptions),
    Line(LineStyle),
    Mappings(Vec<Mapping<'a>>),
}

#[derive(Serialize)]
pub(super) struct LineStyle {
    pub(super) fill: &'static str,
    pub(super) dash: [u8; 2],
}

#[derive(Serialize)]
pub(super) struct CellOptions {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<&'static str>,
}
