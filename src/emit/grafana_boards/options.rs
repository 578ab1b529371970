//! What each kind of panel is told, and what is made of its queries' results before: every key, and no other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

/// What the kinds of panels are told.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Options<'a> {
    #[serde(rename_all = "camelCase")]
    Stat {
        reduce_options: Reduce,
        orientation: &'static str,
        text_mode: &'static str,
        color_mode: &'static str,
        graph_mode: &'static str,
        justify_mode: &'static str,
        show_percent_change: bool,
        wide_layout: bool,
    },
    Lines {
        legend: Legend,
        tooltip: Tooltip,
    },
    #[serde(rename_all = "camelCase")]
    Bars {
        reduce_options: Reduce,
        orientation: &'static str,
        display_mode: &'static str,
        value_mode: &'static str,
        name_placement: &'static str,
        show_unfilled: bool,
        sizing: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    State {
        merge_values: bool,
        show_value: &'static str,
        align_value: &'static str,
        row_height: f64,
        legend: Legend,
        tooltip: Tooltip,
    },
    #[serde(rename_all = "camelCase")]
    Table {
        show_header: bool,
        cell_height: &'static str,
        sort_by: Vec<SortBy<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    Gauge {
        reduce_options: Reduce,
        orientation: &'static str,
        show_threshold_labels: bool,
        show_threshold_markers: bool,
        sizing: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Columns {
        #[serde(skip_serializing_if = "Option::is_none")]
        x_field: Option<&'a str>,
        orientation: &'static str,
        stacking: &'static str,
        show_value: &'static str,
        bar_width: f64,
        group_width: f64,
        x_tick_label_rotation: i8,
        legend: Legend,
        tooltip: Tooltip,
    },
    #[serde(rename_all = "camelCase")]
    Heat {
        calculate: bool,
        cell_gap: u8,
        color: HeatColor,
        filter_values: Filter,
        y_axis: Axis<'a>,
        show_value: &'static str,
        rows_frame: Layout,
        legend: Shown,
        tooltip: HeatTooltip,
        exemplars: Exemplars,
    },
    #[serde(rename_all = "camelCase")]
    Pie {
        pie_type: &'static str,
        reduce_options: Reduce,
        display_labels: [&'static str; 1],
        legend: PieLegend,
        tooltip: Tooltip,
    },
    #[serde(rename_all = "camelCase")]
    Logs {
        show_time: bool,
        show_labels: bool,
        show_common_labels: bool,
        wrap_log_message: bool,
        prettify_log_message: bool,
        enable_log_details: bool,
        dedup_strategy: &'static str,
        sort_order: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Alerts {
        view_mode: &'static str,
        group_mode: &'static str,
        group_by: [&'static str; 0],
        max_items: u32,
        sort_order: u8,
        dashboard_alerts: bool,
        alert_name: &'static str,
        alert_instance_label_filter: String,
        state_filter: States,
    },
    Nothing {},
    Text {
        mode: &'static str,
        content: &'a str,
    },
}

#[derive(Serialize)]
pub(super) struct HeatColor {
    pub(super) mode: &'static str,
    pub(super) scheme: &'static str,
    pub(super) steps: u8,
}

#[derive(Serialize)]
pub(super) struct Filter {
    pub(super) le: f64,
}

#[derive(Serialize)]
pub(super) struct Axis<'a> {
    pub(super) unit: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Layout {
    pub(super) layout: &'static str,
}

#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) show: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeatTooltip {
    pub(super) mode: &'static str,
    pub(super) y_histogram: bool,
    pub(super) show_color_scale: bool,
}

#[derive(Serialize)]
pub(super) struct Exemplars {
    pub(super) color: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PieLegend {
    pub(super) display_mode: &'static str,
    pub(super) placement: &'static str,
    pub(super) show_legend: bool,
    pub(super) values: [&'static str; 2],
}

/// The states of alerts that are listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct States {
    pub(super) firing: bool,
    pub(super) pending: bool,
    pub(super) no_data: bool,
    pub(super) normal: bool,
    pub(super) error: bool,
}

#[derive(Serialize)]
pub(super) struct Reduce {
    pub(super) calcs: [&'static str; 1],
    pub(super) fields: &'static str,
    pub(super) values: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Legend {
    pub(super) display_mode: &'static str,
    pub(super) placement: &'static str,
    pub(super) show_legend: bool,
    pub(super) calcs: Vec<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Tooltip {
    pub(super) mode: &'static str,
    pub(super) sort: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SortBy<'a> {
    pub(super) display_name: &'a str,
    pub(super) desc: bool,
}

/// A step from the queries' results to the table that is shown.
#[derive(Serialize)]
#[serde(tag = "id", content = "options", rename_all = "camelCase")]
pub(super) enum Transformation<'a> {
    #[serde(rename_all = "camelCase")]
    JoinByField {
        by_field: &'a str,
        mode: &'static str,
    },
    FilterFieldsByName {
        include: Names,
    },
    /// Lines with the same labels become one.
    Merge {},
    #[serde(rename_all = "camelCase")]
    Organize {
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        exclude_by_name: BTreeMap<&'static str, bool>,
        index_by_name: BTreeMap<String, usize>,
    },
}

#[derive(Serialize)]
pub(super) struct Names {
    pub(super) names: Vec<String>,
}
