//! What a dashboard asks: its variables, the data sources of its queries, and the queries in their languages.

use std::collections::BTreeSet;

use serde_json::Value;
use sloc::promql::{Dialect, Kind};

use super::alerts::parsed;
use super::boards::{BUILT_IN, all};
use super::output::{Output, Report, items, text};

/// The types of variables.
const VARIABLES: [&str; 5] = ["datasource", "query", "custom", "interval", "textbox"];

/// How a query for the values of a variable begins.
const VALUES: [&str; 4] = ["label_values(", "label_names(", "metrics(", "query_result("];

pub fn variables(report: &mut Report, output: &Output, board: &Value) {
    let list: Vec<&Value> = items(&board["templating"]["list"]).collect();
    report.unique("the variable", list.iter().map(|v| text(&v["name"])));
    let chosen = board.to_string().contains("${datasource}");
    report.expect(
        !chosen || list.first().is_some_and(|v| v["type"] == "datasource" && v["query"] == "prometheus"),
        "the first variable is no data source",
    );
    for (index, variable) in list.iter().enumerate() {
        let name = text(&variable["name"]);
        let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        report.expect(
            word && !name.is_empty() && !name.starts_with("__"),
            format!("the variable {name:?} has no proper name"),
        );
        report.expect(!text(&variable["label"]).is_empty(), format!("the variable {name:?} has no label"));
        report.expect(VARIABLES.contains(&text(&variable["type"])), format!("{name} is of no known type"));
        report.expect(is_used(board, name), format!("nothing uses the variable {name}"));
        if variable["type"] == "query" {
            answers(report, output, board, variable);
            let earlier: Vec<&str> = list[..index].iter().map(|v| text(&v["name"])).chain(BUILT_IN).collect();
            let late = used(text(&variable["query"])).into_iter().find(|n| !earlier.contains(&n.as_str()));
            report.expect(late.is_none(), format!("{name} needs {late:?}, which stands below it"));
        }
        matched(report, board, variable);
    }
}

/// Whether a query, a title or another variable changes with it.
fn is_used(board: &Value, name: &str) -> bool {
    let mut rest = board.clone();
    items(&board["templating"]["list"])
        .position(|v| v["name"] == name)
        .map(|index| rest["templating"]["list"].as_array_mut().unwrap().remove(index));
    used(&rest.to_string()).contains(name) || all(board).any(|p| p["repeat"] == name)
}

fn answers(report: &mut Report, output: &Output, board: &Value, variable: &Value) {
    let name = text(&variable["name"]);
    source(report, output, board, variable);
    report.expect(variable["refresh"] == 2, format!("{name} is not asked again when the time changes"));
    if variable["datasource"]["type"] == "prometheus" {
        let known = VALUES.iter().any(|start| text(&variable["query"]).starts_with(start));
        report.expect(known, format!("{name} asks for no label's values"));
    }
}

/// Several values are matched as a regular expression.
fn matched(report: &mut Report, board: &Value, variable: &Value) {
    let name = text(&variable["name"]);
    let several = variable["multi"] == true || variable["includeAll"] == true;
    // A panel that is there once for each value has one of them.
    let panels = all(board).filter(|p| p["repeat"] != name);
    let queries = panels.flat_map(|p| items(&p["targets"])).map(|t| text(&t["expr"]));
    let plain = |q: &str| q.contains(&format!("=\"${name}\"")) || q.contains(&format!("=\"${{{name}}}\""));
    report.expect(!several || !queries.into_iter().any(plain), format!("{name} can be several and is matched with ="));
}

/// The names of the variables in a text: `$name`, `${name}` and `${name:format}`.
pub fn used(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
    };
    text.split('$').skip(1).map(name).filter(|n| !n.is_empty()).collect()
}

/// What is repeated, is so for a variable of which several can be chosen.
pub fn repeat(report: &mut Report, board: &Value, panel: &Value) {
    let Some(name) = panel["repeat"].as_str() else { return };
    let several = |v: &Value| v["name"] == name && (v["multi"] == true || v["includeAll"] == true);
    let known = items(&board["templating"]["list"]).any(several);
    report.expect(known, format!("is repeated for {name}, which cannot be several"));
}

/// A data source is one of the dashboard's variables, or one of the output.
pub fn source(report: &mut Report, output: &Output, board: &Value, asked: &Value) {
    let (uid, kind) = (text(&asked["datasource"]["uid"]), &asked["datasource"]["type"]);
    let name = uid.strip_prefix("${").and_then(|n| n.strip_suffix('}')).unwrap_or_default();
    let mut list = items(&board["templating"]["list"]);
    let chosen = list.any(|v| v["name"] == name && v["type"] == "datasource" && v["query"] == *kind);
    let declared = output.sources().any(|s| s["uid"] == uid && s["type"] == *kind);
    report.expect(chosen || declared, format!("the data source {uid:?} is no variable of the dashboard"));
}

/// The queries of a panel, each in the shape of its language.
pub fn asked(report: &mut Report, output: &Output, board: &Value, panel: &Value, targets: &[&Value]) {
    let sources: BTreeSet<String> = targets.iter().map(|t| t["datasource"].to_string()).collect();
    match sources.len() {
        0 => {}
        1 => report.expect(
            panel["datasource"] == targets[0]["datasource"],
            "a panel has another data source than its queries",
        ),
        _ => report.expect(panel["datasource"]["uid"] == "-- Mixed --", "a panel of several data sources is not mixed"),
    }
    for target in targets {
        report.expect(!text(&target["refId"]).is_empty(), "a target has no refId");
        source(report, output, board, target);
        self::target(report, board, panel, target);
    }
}

fn target(report: &mut Report, board: &Value, panel: &Value, target: &Value) {
    let filled = |key: &str| !text(&target[key]).trim().is_empty();
    match text(&target["datasource"]["type"]) {
        "loki" => report.expect(filled("expr") && filled("queryType"), "a target asks Loki nothing"),
        "tempo" => report.expect(filled("query") && target["queryType"] == "traceql", "a target asks Tempo nothing"),
        "jaeger" => report.expect(filled("query") || filled("service"), "a target asks Jaeger nothing"),
        "grafana-postgresql-datasource" => {
            report.expect(filled("rawSql") && target["rawQuery"] == true, "a target asks the database nothing");
            let over_time = matches!(text(&panel["type"]), "timeseries" | "state-timeline");
            let format = if over_time { "time_series" } else { "table" };
            report.expect(target["format"] == format, format!("a target is not asked as {format}"));
        }
        _ => {
            query(report, board, text(&target["expr"]));
            let format = match text(&panel["type"]) {
                "table" | "barchart" => "table",
                "heatmap" if panel["options"]["calculate"] == false => "heatmap",
                _ => "time_series",
            };
            report.expect(target["format"] == format, format!("a target is not asked as {format}"));
            report.expect(target["instant"] != target["range"], "a target is neither instant nor over time, or both");
        }
    }
    let words = ["expr", "rawSql", "query"].map(|key| text(&target[key])).concat();
    known_names(report, board, &words);
}

pub fn query(report: &mut Report, board: &Value, expr: &str) {
    let made = items(&board["tags"]).any(|tag| tag == "slo");
    match parsed(expr, Dialect::Grafana) {
        Err(error) => report.expect(false, error),
        Ok(expr) => expr.walk(&mut |e| {
            let fixed = matches!(&e.kind, Kind::Call(c) if matches!(c.name.node.as_str(), "rate" | "irate"));
            report.expect(
                !made || !fixed,
                "a rate in a panel has a window of its own: recorded series are there for that",
            );
        }),
    }
    known_names(report, board, expr);
}

fn known_names(report: &mut Report, board: &Value, query: &str) {
    let known: Vec<&str> = items(&board["templating"]["list"]).map(|v| text(&v["name"])).chain(BUILT_IN).collect();
    // `\\$` in a regular expression is no variable.
    for name in used(&query.replace("\\\\$", "")) {
        report
            .expect(known.contains(&name.as_str()), format!("`{query}` uses the variable {name}, which is not there"));
    }
}
