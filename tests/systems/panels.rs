//! Every panel of a system's dashboards has data: its load and all that the rules made of it in a real Prometheus, and
//! every query asked of that, over the last day: of panels, choices and marks, of Grafana's alerts and of runbooks.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::load::Load;
use super::prometheus::{Prometheus, backfill, now};
use super::questions::{self, Question};
use super::replay;
use super::{answers, boards, draw};

const DAY: i64 = 86_400;

/// Panels that ask something else than Prometheus: a log, a database, Grafana itself. Nobody here can answer them.
const OTHERS: [&str; 9] = [
    "application-dashboard: Application Logs",
    "business-intelligence: Return by Month",
    "cost-efficiency: Recommendations",
    "gateway-slo-overview: Firing Alerts",
    "learning-engine: LoRA Version History",
    "real-time-monitoring: Alert Status",
    "tunnel-logs: Error Logs",
    "tunnel-logs: Errors per Minute",
    "tunnel-logs: Patterns",
];

/// Loads Prometheus with the series of a system and what its rules recorded, and asks what the dashboards of its folders
/// and its services' own ask.
pub fn prove(out: &Path, services: &[&str], folders: &[&str], load: &Load) {
    let data = tempfile::tempdir().unwrap();
    let now = now();
    backfill(data.path(), &load.until(now));
    let rules = |s: &&str| fs::read_to_string(out.join(format!("prometheus/{s}.rules.yml"))).unwrap();
    let rules: Vec<Value> = services.iter().map(|s| serde_yaml::from_str(&rules(s)).unwrap()).collect();
    replay::replay(data.path(), &rules, now);
    let server = Prometheus::start(data.path(), &[]);
    let own = |place: &str| {
        let folder = folders.iter().any(|f| place.starts_with(&format!("grafana/dashboards/{f}/")));
        folder || services.iter().any(|s| is_of_service(place, s) || tells_of_service(place, s))
    };
    let (mut asked, mut told, mut empty) = (0, 0, BTreeSet::new());
    for question in questions::all(out, &server).iter().filter(|q| own(&q.place)) {
        asked += 1;
        told += i32::from(!question.place.starts_with("grafana/dashboards/"));
        let answer = match question.range {
            true => server.range(&question.query, now - DAY, now, 300),
            false => server.instant(&question.query, now),
        };
        let series = answer.unwrap_or_else(|error| panic!("{}: {}\n{error}", question.place, question.query));
        if series.is_empty() && !shows_trouble(question) {
            empty.insert(format!("{}\n  {}", question.place, question.query));
        }
    }
    eprintln!("{asked} queries were asked");
    for board in boards::below(out, folders) {
        let (answers, without) = answers::answers(&server, &board, now);
        empty.extend(without);
        draw::draw(&board, &answers, now);
    }
    assert!(asked > 20, "only {asked} queries were asked");
    assert!(told > 10, "only {told} queries of alerts and runbooks were asked");
    assert!(empty.is_empty(), "without data:\n{}", empty.into_iter().collect::<Vec<_>>().join("\n"));
}

/// `slo-tunnel-1234abcd.json: …`, the dashboard that a service has without asking.
fn is_of_service(place: &str, service: &str) -> bool {
    let rest = place.strip_prefix(&format!("grafana/dashboards/slo/slo-{service}-")[..]);
    rest.and_then(|r| r.find(".json: ")) == Some(8)
}

/// The rules of a service in Grafana, and its runbooks.
fn tells_of_service(place: &str, service: &str) -> bool {
    place.starts_with(&format!("grafana/provisioning/alerting/{service}.yaml: "))
        || place.starts_with(&format!("runbooks/{service}/"))
}

/// What has series only while something is wrong, and all is well at the end of the second day: alerts that fire, the
/// conditions of `when` on their pages, and when the budget will be gone.
fn shows_trouble(question: &Question) -> bool {
    let condition = question.place.starts_with("runbooks/") && question.query.contains(" == ");
    condition || question.query.contains("ALERTS{") || question.place.contains(": \"Gone in\" ")
}

#[test]
fn only_panels_of_logs_databases_and_alerts_ask_nothing_of_prometheus() {
    let asks_prometheus = |panel: &Value| {
        let targets = panel["targets"].as_array().into_iter().flatten();
        targets.into_iter().any(|t| t["datasource"]["type"] == "prometheus")
    };
    let mut others = BTreeSet::new();
    for board in boards::written() {
        let uid = board["uid"].as_str().unwrap().to_string();
        let silent = boards::panels(&board).into_iter().filter(|p| !asks_prometheus(p));
        others.extend(silent.map(|p| format!("{uid}: {}", p["title"].as_str().unwrap())));
    }
    assert_eq!(others.iter().map(String::as_str).collect::<Vec<_>>(), OTHERS);
}
