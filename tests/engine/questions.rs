//! Every query that the output asks: of dashboard panels and variables, of Grafana's alerts, of runbook pages.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::project::files;

/// A query and where it stands.
#[derive(Debug)]
pub struct Question {
    /// The file, and the panel or rule in it.
    pub place: String,
    /// PromQL, as Grafana would send it.
    pub query: String,
    /// Whether it is asked over a range of times.
    pub range: bool,
}

/// All queries below an output directory.
pub fn all(out: &Path) -> Vec<Question> {
    let mut found = Vec::new();
    for path in files(out) {
        let name = path.strip_prefix(out).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        if name.starts_with("grafana/dashboards/") && name.ends_with(".json") {
            dashboard(&name, &serde_json::from_str(&text).unwrap(), &mut found);
        } else if name.starts_with("grafana/provisioning/alerting/") {
            alerts(&name, &serde_yaml::from_str(&text).unwrap(), &mut found);
        } else if name.starts_with("runbooks/") {
            runbook(&name, &text, &mut found);
        }
    }
    found
}

fn runbook(name: &str, text: &str, found: &mut Vec<Question>) {
    for block in text.split("```promql\n").skip(1) {
        let query = block.split("\n```").next().unwrap().to_string();
        found.push(Question { place: name.to_string(), query, range: false });
    }
}

/// The queries of provisioned alert rules. Grafana leaves `model` as it stands.
fn alerts(name: &str, file: &Value, found: &mut Vec<Question>) {
    for rule in file["groups"].as_array().into_iter().flatten().flat_map(|g| g["rules"].as_array().unwrap()) {
        for node in rule["data"].as_array().unwrap() {
            if let Some(query) = node["model"]["expr"].as_str() {
                assert_eq!(node["model"]["instant"], true, "{name}: {rule}");
                let place = format!("{name}: {}", rule["title"]);
                found.push(Question { place, query: query.to_string(), range: false });
            }
        }
    }
}

fn dashboard(name: &str, board: &Value, found: &mut Vec<Question>) {
    let variables = variables(board);
    let mut panels = Vec::new();
    walk(board, &mut panels);
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            let Some(query) = target["expr"].as_str() else { continue };
            let place = format!("{name}: {} {}", panel["title"], target["refId"]);
            let range = target["instant"] != true;
            found.push(Question { place, query: filled(query, &variables), range });
        }
    }
}

/// All objects that hold queries, rows and rows' rows included.
fn walk<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            if map.get("targets").is_some_and(Value::is_array) {
                found.push(value);
            }
            map.values().for_each(|v| walk(v, found));
        }
        Value::Array(list) => list.iter().for_each(|v| walk(v, found)),
        _ => {}
    }
}

/// The variables of a dashboard with the values they have when it opens. `All` is a pattern that matches everything.
fn variables(board: &Value) -> Vec<(String, String)> {
    let list = board["templating"]["list"].as_array().into_iter().flatten();
    let value = |v: &Value| match &v["current"]["value"] {
        Value::String(s) if s == "$__all" => v["allValue"].as_str().unwrap_or(".*").to_string(),
        Value::Array(several) if several.contains(&"$__all".into()) => {
            v["allValue"].as_str().unwrap_or(".*").to_string()
        }
        Value::String(s) => s.clone(),
        other => panic!("{} opens with {other}", v["name"]),
    };
    list.filter(|v| v["type"] != "datasource").map(|v| (v["name"].as_str().unwrap().to_string(), value(v))).collect()
}

/// A query with Grafana's own variables and the dashboard's filled in.
fn filled(query: &str, variables: &[(String, String)]) -> String {
    let own = [("__rate_interval", "5m"), ("__range_s", "21600"), ("__range", "6h"), ("__interval", "1m")];
    let own = own.map(|(name, value)| (name.to_string(), value.to_string()));
    let mut text = query.to_string();
    for (name, value) in own.iter().chain(variables) {
        while let Some(start) = text.find(&format!("${{{name}:")) {
            let end = start + text[start..].find('}').unwrap();
            text.replace_range(start..=end, value);
        }
        text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    assert!(!text.contains('$'), "a variable is left in {text}");
    text
}
