//! Grafana's rules for classic dashboards, and what its dashboard linter asks for where it applies to objectives.
//!
//! Grafana checks little of a dashboard: a wrong option just draws something else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sloc::units::Duration;

use super::output::{Output, Report, items, text};
use super::panels;

const KINDS: [&str; 14] = [
    "row",
    "stat",
    "gauge",
    "timeseries",
    "bargauge",
    "barchart",
    "heatmap",
    "piechart",
    "state-timeline",
    "table",
    "logs",
    "traces",
    "alertlist",
    "text",
];

/// Kinds that ask nothing.
const SILENT: [&str; 2] = ["text", "alertlist"];

/// Unit ids of Grafana that a panel may be shown in.
#[rustfmt::skip]
const UNITS: [&str; 37] = [
    "none", "short", "percent", "percentunit", "ns", "µs", "ms", "s", "m", "h", "d", "dtdurations", "reqps", "ops", "cps", "eps",
    "cpm", "bytes", "kbytes", "mbytes", "gbytes", "binBps", "bits", "bps", "celsius", "hertz", "volt", "amp", "watt", "joule",
    "lengthm", "currencyUSD", "currencyEUR", "bool_yes_no", "dateTimeAsIso", "decbytes", "Bps",
];

/// Variables that Grafana itself fills in.
pub const BUILT_IN: [&str; 11] = [
    "__range",
    "__range_s",
    "__rate_interval",
    "__interval",
    "__interval_ms",
    "__from",
    "__to",
    "__timeFilter",
    "__url_time_range",
    "__all_variables",
    "__auto",
];

pub fn findings(output: &Output) -> Vec<String> {
    let mut report = Report::default();
    for (path, board) in output.boards() {
        report.place = path.clone();
        self::board(&mut report, output, path, board);
    }
    report.place = "all dashboards".into();
    report.unique("the uid", output.boards().map(|(_, b)| text(&b["uid"])));
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_string());
    report.unique("the title", output.boards().map(|(path, b)| (folder(path), text(&b["title"]))));
    report.findings
}

/// All panels with those inside of closed rows.
pub fn all(board: &Value) -> impl Iterator<Item = &Value> {
    items(&board["panels"]).flat_map(|p| std::iter::once(p).chain(items(&p["panels"])))
}

/// The ids of all panels that are no rows.
pub fn panel_ids(board: &Value) -> BTreeSet<u64> {
    all(board).filter(|p| p["type"] != "row").filter_map(|p| p["id"].as_u64()).collect()
}

fn board(report: &mut Report, output: &Output, path: &str, board: &Value) {
    report.uid(text(&board["uid"]));
    report.expect(path.ends_with(&format!("/{}.json", text(&board["uid"]))), "the file is not called as its uid");
    report.title("title", text(&board["title"]));
    report.expect(board["editable"] == false, "is editable, though every change would be lost");
    report.expect(
        matches!(board["schemaVersion"].as_u64(), Some(41 | 42)),
        "is of a version that Grafana 11 does not know",
    );
    let refresh = Duration::parse(text(&board["refresh"])).map_or(0, Duration::millis);
    report.expect(refresh >= 5000 || board["refresh"] == "", "is drawn anew more often than Grafana allows");
    let range = text(&board["time"]["from"]).strip_prefix("now-").and_then(Duration::parse);
    report.expect(range.is_some() && board["time"]["to"] == "now", "shows no range of time that ends now");
    let ids: Vec<Option<u64>> = all(board).map(|p| p["id"].as_u64().filter(|id| *id > 0)).collect();
    report.expect(ids.iter().all(Option::is_some), "a panel has no id");
    report.unique("the panel id", ids);
    grid(report, board);
    panels::variables(report, output, board);
    annotations(report, output, board);
    picks(report, board);
    links(report, output, items(&board["links"]));
    for panel in all(board) {
        let place = report.place.clone();
        report.place = format!("{place}: {}", text(&panel["title"]));
        self::panel(report, output, board, panel);
        report.place = place;
    }
}

/// A place on the grid.
fn spot(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap_or(u64::MAX / 4))
}

fn grid(report: &mut Report, board: &Value) {
    for panel in all(board) {
        let [x, _, w, h] = spot(panel);
        report.expect(w >= 1 && h >= 1 && x + w <= 24, format!("{} is not on the grid", text(&panel["title"])));
    }
    let bottom = |panels: &Value| items(panels).map(|p| spot(p)[1] + spot(p)[3]).max().unwrap_or(0);
    cover(report, items(&board["panels"]), 0, bottom(&board["panels"]));
    for row in items(&board["panels"]).filter(|p| p["type"] == "row") {
        let [x, y, w, h] = spot(row);
        report.expect((x, w, h) == (0, 24, 1), "a row is not one line over all columns");
        let inside = items(&row["panels"]).count();
        report.expect((row["collapsed"] == true) == (inside > 0), "a row is closed and empty, or open and full");
        if inside > 0 {
            cover(report, items(&row["panels"]), y + 1, bottom(&row["panels"]));
        }
    }
}

/// Every cell of the lines from `top` to `bottom` is covered, and only once.
fn cover<'a>(report: &mut Report, panels: impl Iterator<Item = &'a Value>, top: u64, bottom: u64) {
    let mut cells: BTreeMap<(u64, u64), &str> = BTreeMap::new();
    for panel in panels {
        let [x, y, w, h] = spot(panel).map(|n| n.min(5000));
        for cell in (y..y + h).flat_map(|y| (x..(x + w).min(24)).map(move |x| (y, x))) {
            if let Some(other) = cells.insert(cell, text(&panel["title"])) {
                return report.expect(false, format!("{} overlaps {other}", text(&panel["title"])));
            }
        }
    }
    let hole =
        (top..bottom.min(5000)).flat_map(|y| (0..24).map(move |x| (y, x))).find(|cell| !cells.contains_key(cell));
    report.expect(hole.is_none(), format!("there is a hole at {hole:?}"));
}

/// The ranges of time that are offered first.
fn picks(report: &mut Report, board: &Value) {
    for pick in items(&board["timepicker"]["quick_ranges"]) {
        let range = text(&pick["from"]).strip_prefix("now-").and_then(Duration::parse);
        let fine = range.is_some() && pick["to"] == "now" && !text(&pick["display"]).is_empty();
        report.expect(fine, format!("{pick} is no range of time"));
    }
}

fn annotations(report: &mut Report, output: &Output, board: &Value) {
    let list: Vec<&Value> = items(&board["annotations"]["list"]).collect();
    report.expect(list.iter().any(|a| a["builtIn"] == 1), "Grafana's own annotations are gone");
    for own in list.iter().filter(|a| a["builtIn"] != 1) {
        panels::source(report, output, board, own);
        if own["datasource"]["type"] == "prometheus" {
            panels::query(report, board, text(&own["expr"]));
        }
        report.expect(!text(&own["name"]).is_empty(), "an annotation has no name");
    }
}

fn panel(report: &mut Report, output: &Output, board: &Value, panel: &Value) {
    let kind = text(&panel["type"]);
    report.expect(KINDS.contains(&kind), format!("there are no panels of kind {kind:?}"));
    report.expect(!text(&panel["title"]).is_empty(), "a panel has no title");
    panels::repeat(report, board, panel);
    if kind == "row" {
        return;
    }
    report.expect(!text(&panel["description"]).is_empty() || kind == "text", "a panel has no description");
    for key in ["timeFrom", "interval"].map(|key| &panel[key]).into_iter().filter(|v| !v.is_null()) {
        report.expect(Duration::parse(text(key)).is_some(), format!("{key} is no duration"));
    }
    let targets: Vec<&Value> = items(&panel["targets"]).collect();
    report.expect(targets.is_empty() == SILENT.contains(&kind), "a panel asks nothing, or a text asks something");
    report.unique("the refId", targets.iter().map(|t| text(&t["refId"])));
    panels::asked(report, output, board, panel, &targets);
    fields(report, output, panel, &targets);
}

fn fields(report: &mut Report, output: &Output, panel: &Value, targets: &[&Value]) {
    let defaults = &panel["fieldConfig"]["defaults"];
    look(report, defaults);
    let ids: Vec<&str> = targets.iter().map(|t| text(&t["refId"])).collect();
    let columns = columns(panel);
    for own in items(&panel["fieldConfig"]["overrides"]) {
        let options = text(&own["matcher"]["options"]);
        let exists = match text(&own["matcher"]["id"]) {
            "byFrameRefID" => ids.contains(&options),
            // A table that keeps all fields has those of its answers.
            "byName" if columns.is_empty() => value_of(options).is_none_or(|id| ids.contains(&id)),
            "byName" => columns.contains(&options) && value_of(options).is_none_or(|id| ids.contains(&id)),
            _ => false,
        };
        report.expect(exists, format!("an override is for {options:?}, which is not there"));
        let properties = items(&own["properties"]).map(|p| (text(&p["id"]).to_string(), p["value"].clone()));
        let properties: serde_json::Map<String, Value> = properties.collect();
        links(report, output, items(&properties.get("links").cloned().unwrap_or_default()));
        look(report, &properties.into());
    }
    links(report, output, items(&defaults["links"]));
    let urls = serde_json::to_string(&panel["fieldConfig"]).unwrap();
    for field in urls.split("${__data.fields.").skip(1).filter_map(|rest| rest.split('}').next()) {
        report.expect(columns.contains(&field), format!("a link reads the field {field}, which is not there"));
    }
    for label in urls.split("${__field.labels.").skip(1).filter_map(|rest| rest.split('}').next()) {
        let has = targets.iter().all(|t| text(&t["expr"]).contains(label));
        report.expect(has, format!("a link reads the label {label}, which the result lacks"));
    }
    join(report, panel, targets);
}

/// The refId of `Value #A`.
fn value_of(field: &str) -> Option<&str> {
    field.strip_prefix("Value #")
}

/// The fields that a table keeps.
fn columns(panel: &Value) -> Vec<&str> {
    let filter = items(&panel["transformations"]).find(|t| t["id"] == "filterFieldsByName");
    filter.into_iter().flat_map(|t| items(&t["options"]["include"]["names"])).map(text).collect()
}

/// The field that joins the queries of a table is a label of each result.
fn join(report: &mut Report, panel: &Value, targets: &[&Value]) {
    for join in items(&panel["transformations"]).filter(|t| t["id"] == "joinByField") {
        let field = text(&join["options"]["byField"]);
        for target in targets {
            let made = text(&target["expr"]).contains(&format!("by ({field}"));
            report.expect(made && !field.is_empty(), format!("the result of {} has no label {field}", target["refId"]));
        }
    }
    for sort in items(&panel["options"]["sortBy"]) {
        let title =
            |o: &Value| items(&o["properties"]).any(|p| p["id"] == "displayName" && p["value"] == sort["displayName"]);
        let exists = items(&panel["fieldConfig"]["overrides"]).any(title);
        report.expect(exists, format!("there is no column {} to sort by", sort["displayName"]));
    }
}

/// Units, thresholds, colours and mappings.
fn look(report: &mut Report, config: &Value) {
    if let Some(unit) = config["unit"].as_str() {
        let known = UNITS.contains(&unit) || unit.strip_prefix("suffix:").is_some_and(|s| !s.is_empty());
        report.expect(known, format!("there is no unit {unit:?}"));
    }
    let steps: Vec<&Value> = items(&config["thresholds"]["steps"]).collect();
    if !config["thresholds"].is_null() {
        report.expect(steps.first().is_some_and(|s| s["value"].is_null()), "the first threshold has a value");
        let values: Vec<Option<f64>> = steps.iter().skip(1).map(|s| s["value"].as_f64()).collect();
        let ascend = values.iter().all(Option::is_some) && values.windows(2).all(|w| w[0] < w[1]);
        report.expect(ascend, "the thresholds do not ascend");
    }
    let mapped = items(&config["mappings"]).flat_map(|m| m["options"].as_object().into_iter().flatten());
    let mapped: Vec<(&String, &Value)> = mapped.collect();
    for (value, _) in &mapped {
        let known = value.parse::<f64>().is_ok() || matches!(value.as_str(), "true" | "false");
        report.expect(known, format!("the value {value:?} is mapped and is no number"));
    }
    let colors =
        steps.iter().map(|s| &s["color"]).chain(mapped.iter().map(|(_, m)| &m["color"]).filter(|c| !c.is_null()));
    for color in colors.chain(Some(&config["color"]["fixedColor"]).filter(|c| !c.is_null())) {
        report.expect(is_color(text(color)), format!("{color} is no colour"));
    }
}

fn is_color(color: &str) -> bool {
    let hex = |h: &str| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit());
    color == "text" || color == "transparent" || color.strip_prefix('#').is_some_and(hex)
}

/// Links lead to an address, or to a dashboard of the output.
fn links<'a>(report: &mut Report, output: &Output, links: impl Iterator<Item = &'a Value>) {
    for link in links.filter(|l| l["type"] != "dashboards") {
        let url = text(&link["url"]);
        let uid = url.strip_prefix("/d/").map(|rest| rest.split(['?', '/']).next().unwrap_or_default());
        let leads = match uid {
            Some(uid) => uid.starts_with("${") || output.boards().any(|(_, b)| b["uid"] == uid),
            None => ["https://", "http://", "/explore"].iter().any(|start| url.starts_with(start)),
        };
        report.expect(leads && !text(&link["title"]).is_empty(), format!("the link {url:?} leads nowhere"));
    }
}
