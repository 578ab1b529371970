//! What a dashboard's panels get from Prometheus when it is opened with its own settings.

use serde_json::{Map, Value, json};
use sloc::units::Duration;

use super::prometheus::Prometheus;

/// Pixels of one column of the grid: decides how many points a chart asks for.
const COLUMN: i64 = 60;

/// The answers of all panels at a moment, by panel id and refId, and the titles of panels that got none at all.
pub fn answers(server: &Prometheus, board: &Value, now: i64) -> (Value, Vec<String>) {
    let mut all = Map::new();
    let mut empty = Vec::new();
    for panel in panels(board) {
        let answers = ask(server, board, panel, now);
        let some = answers.values().any(|series| !series.as_array().unwrap().is_empty());
        let asked = targets(panel).any(of_prometheus);
        if !some && asked && !MAY_BE_EMPTY.contains(&none(panel)) {
            empty.push(format!("{}: {}", board["title"].as_str().unwrap(), panel["title"].as_str().unwrap()));
        }
        all.insert(panel["id"].to_string(), answers.into());
    }
    (all.into(), empty)
}

/// What panels say that are empty while all is well.
const MAY_BE_EMPTY: [&str; 3] = ["not burning", "no bad events", "no alert"];

fn none(panel: &Value) -> &str {
    panel["fieldConfig"]["defaults"]["noValue"].as_str().unwrap_or_default()
}

/// All panels that show something, also those in closed rows.
pub fn panels(board: &Value) -> Vec<&Value> {
    let all = board["panels"].as_array().unwrap().iter();
    let with_those_inside = all.flat_map(|p| std::iter::once(p).chain(p["panels"].as_array().into_iter().flatten()));
    with_those_inside.filter(|p| p["type"] != "row").collect()
}

fn ask(server: &Prometheus, board: &Value, panel: &Value, now: i64) -> Map<String, Value> {
    let shown = panel["timeFrom"].as_str().or_else(|| board["time"]["from"].as_str()?.strip_prefix("now-")).unwrap();
    let range = seconds(shown);
    let points = panel["gridPos"]["w"].as_i64().unwrap() * COLUMN;
    let step = panel["interval"].as_str().map_or(0, seconds).max(range / points).max(15);
    let end = now / step * step;
    let mut answers = Map::new();
    for target in targets(panel).filter(|t| of_prometheus(t)) {
        let query = filled((server, now), target["expr"].as_str().unwrap(), board, shown);
        let answer = if target["instant"] == true {
            server.instant(&query, now)
        } else {
            server.range(&query, end - range, end, step)
        };
        let series = answer.unwrap_or_else(|error| panic!("{}: {query}\n{error}", panel["title"]));
        answers.insert(target["refId"].as_str().unwrap().to_string(), json!(series));
    }
    answers
}

fn targets(panel: &Value) -> impl Iterator<Item = &Value> {
    panel["targets"].as_array().into_iter().flatten()
}

/// Only Prometheus runs here.
fn of_prometheus(target: &Value) -> bool {
    target["datasource"]["type"] == "prometheus"
}

fn seconds(duration: &str) -> i64 {
    (Duration::parse(duration).unwrap().millis() / 1000) as i64
}

/// A query with the variables it has when the dashboard opens.
fn filled(server: (&Prometheus, i64), query: &str, board: &Value, range: &str) -> String {
    let mut text = query.replace("$__range", range).replace("$__rate_interval", "5m");
    let mut variables: Vec<&Value> = board["templating"]["list"].as_array().unwrap().iter().collect();
    variables.sort_by_key(|v| std::cmp::Reverse(v["name"].as_str().unwrap().len()));
    for variable in variables {
        let name = variable["name"].as_str().unwrap();
        if text.contains(&format!("${name}")) {
            text = text.replace(&format!("${name}"), &value(server, variable, board, range));
        }
    }
    text
}

/// The value a variable has at first: all, the one that is chosen, or the first that the server answers.
fn value(server: (&Prometheus, i64), variable: &Value, board: &Value, range: &str) -> String {
    let repeated = panels(board).iter().any(|p| p["repeat"] == variable["name"]);
    if let Some(all) = variable["allValue"].as_str().filter(|_| !repeated) {
        return all.to_string();
    }
    let options = variable["options"].as_array().into_iter().flatten();
    let chosen = options.clone().find(|o| o["selected"] == true).or(options.clone().next());
    if let Some(value) = chosen.and_then(|o| o["value"].as_str()) {
        return value.to_string();
    }
    let query = variable["query"].as_str().unwrap();
    let Some(inside) = query.strip_prefix("label_values(").and_then(|q| q.strip_suffix(')')) else {
        return query.into();
    };
    let (series, label) = inside.rsplit_once(", ").unwrap();
    let series = filled(server, series, board, range);
    let (server, now) = server;
    let found = server.instant(&format!("group by ({label}) ({series})"), now).unwrap();
    json!(found)[0]["metric"][label].as_str().unwrap_or_default().to_string()
}
