//! What the alerts of a system do over its two days, on Prometheus's own rule engine: silent on the healthy day, firing
//! in the incident that is theirs, silent again afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sloc::model::{Alert, Meaning, Model};

use super::load::{END, HEALTHY, Incident, Load};
use super::programs::run;

/// How long after an incident an alert that is no objective's may go on firing, in hours: its query looks back.
const SLACK: f64 = 1.25;

/// Runs the load through the rules of these services.
pub fn prove(model: &Model, out: &Path, services: &[&str], load: &Load) {
    let alerts = alerts(model, services);
    let named: BTreeSet<&str> = load.incidents.iter().flat_map(|i| i.alerts).copied().collect();
    let known: BTreeSet<&str> = alerts.keys().map(String::as_str).collect();
    assert_eq!(named, known, "each alert has an incident, and each incident its alerts");
    let rules: String = services.iter().map(|s| format!("  - prometheus/{s}.rules.yml\n")).collect();
    let checks: String = alerts.iter().map(|(id, alert)| checks(id, alert, load.incidents)).collect();
    let text = format!(
        "rule_files:\n{rules}evaluation_interval: 2m\ntests:\n  - interval: 1m\n    input_series:\n{}    \
         promql_expr_test:\n{checks}",
        load.written()
    );
    fs::write(out.join("timeline.test.yml"), text).unwrap();
    run("promtool", &["test", "rules", "timeline.test.yml"], out);
}

/// The alerts of the services by their names in incidents.
fn alerts<'a>(model: &'a Model, services: &[&str]) -> BTreeMap<String, &'a Alert> {
    let asked = model.services.iter().filter(|s| services.contains(&s.name.as_str()));
    asked.flat_map(|s| s.alerts().map(move |a| (format!("{}/{}", s.name, a.id), a))).collect()
}

fn checks(id: &str, alert: &Alert, incidents: &[Incident]) -> String {
    let mut labels = vec![format!("alertname=\"{}\"", alert.name), "alertstate=\"firing\"".to_string()];
    labels.extend(alert.labels.iter().map(|(name, value)| format!("{name}={value:?}")));
    let firing = format!("ALERTS{{{}}}", labels.join(","));
    let own: Vec<&Incident> = incidents.iter().filter(|i| i.alerts.contains(&id)).collect();
    let first = own.iter().map(|i| i.from).fold(END, f64::min);
    let mut text = String::new();
    // Until the first of its incidents, which is never on the healthy day.
    assert!(first >= HEALTHY, "{id} has an incident on the healthy day");
    let before = first - 1.0 / 30.0;
    check(&mut text, before, &fired(&firing, before), false);
    for incident in own {
        check(&mut text, incident.to + SLACK, &fired(&firing, incident.to + SLACK - incident.from), true);
        if matches!(alert.meaning, Meaning::Level(_)) {
            check(&mut text, incident.to + SLACK, &format!("count({firing}) or vector(0)"), false);
        }
    }
    check(&mut text, END, &format!("count({firing}) or vector(0)"), false);
    text
}

/// Whether an alert has fired within so many hours.
fn fired(firing: &str, hours: f64) -> String {
    format!("(count(count_over_time({firing}[{}m])) or vector(0)) > bool 0", (hours * 60.0).round())
}

fn check(text: &mut String, hour: f64, query: &str, expected: bool) {
    let query = serde_json::json!(query);
    writeln!(text, "      - expr: {query}\n        eval_time: {}m", (hour * 60.0).round()).unwrap();
    writeln!(text, "        exp_samples: [{{labels: '{{}}', value: {}}}]", u8::from(expected)).unwrap();
}
