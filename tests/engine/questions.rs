//! Every query that the output asks: of dashboard panels and variables, of Grafana's alerts, of runbook pages.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::project::files;
use super::prometheus::{Prometheus, now};

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

/// All queries below an output directory. The server knows the values that variables may have.
pub fn all(out: &Path, server: &Prometheus) -> Vec<Question> {
    let mut found = Vec::new();
    for path in files(out) {
        let name = path.strip_prefix(out).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        if name.starts_with("grafana/dashboards/") && name.ends_with(".json") {
            dashboard(&name, &serde_json::from_str(&text).unwrap(), server, &mut found);
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

fn dashboard(name: &str, board: &Value, server: &Prometheus, found: &mut Vec<Question>) {
    let variables = variables(name, board, server, found);
    let mut add = |what: &str, query: &str, range| {
        let place = format!("{name}: {what}");
        found.push(Question { place, query: filled(query, &variables), range });
    };
    for annotation in board["annotations"]["list"].as_array().unwrap().iter().filter(|a| is_promql(a)) {
        annotation["expr"].as_str().into_iter().for_each(|query| add("annotation", query, true));
    }
    for variable in asked(board) {
        let query = variable["query"].as_str().unwrap();
        let series = query.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(','));
        series.into_iter().for_each(|(series, _)| add("variable", series, false));
    }
    let mut panels = Vec::new();
    walk(board, &mut panels);
    for panel in panels {
        for target in panel["targets"].as_array().unwrap().iter().filter(|t| is_promql(t)) {
            let Some(query) = target["expr"].as_str() else { continue };
            let place = format!("{name}: {} {}", panel["title"], target["refId"]);
            let range = target["instant"] != true;
            found.push(Question { place, query: filled(query, &variables), range });
        }
    }
}

/// Whether a query goes to Prometheus: the one that is chosen above the panels, or one by name.
fn is_promql(asks: &Value) -> bool {
    asks["datasource"]["type"] == "prometheus"
}

/// The variables whose values Prometheus has.
fn asked(board: &Value) -> impl Iterator<Item = &Value> {
    board["templating"]["list"].as_array().unwrap().iter().filter(|v| v["type"] == "query" && is_promql(v))
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

/// The variables of a dashboard with the values they have when it opens, as Grafana puts them into patterns.
fn variables(name: &str, board: &Value, server: &Prometheus, found: &mut Vec<Question>) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for variable in asked(board) {
        let (label, query) = label_values(variable["query"].as_str().unwrap());
        let query = filled(&query, &variables);
        let options = server.instant(&query, now()).unwrap();
        let options: Vec<&str> = options.iter().filter_map(|s| s["metric"][&label].as_str()).collect();
        let place = format!("{name}: {}", variable["name"]);
        let all = || variable["allValue"].as_str().map_or_else(|| format!("({})", options.join("|")), str::to_string);
        let value = match &variable["current"]["value"] {
            Value::String(s) if s == "$__all" => all(),
            Value::Array(several) if several.contains(&"$__all".into()) => all(),
            Value::String(s) => s.clone(),
            other => panic!("{} opens with {other}", variable["name"]),
        };
        variables.push((variable["name"].as_str().unwrap().to_string(), value));
        found.push(Question { place, query, range: false });
    }
    variables
}

/// The label of `label_values(series, label)`, and a query that has its values.
fn label_values(text: &str) -> (String, String) {
    let inner = text.strip_prefix("label_values(").and_then(|t| t.strip_suffix(')'));
    let (series, label) = inner.and_then(|t| t.rsplit_once(',')).unwrap_or_else(|| panic!("{text} is no label_values"));
    (label.trim().to_string(), format!("count by ({}) ({series})", label.trim()))
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
