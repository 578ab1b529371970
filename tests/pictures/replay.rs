//! What Prometheus would have recorded had it evaluated the rules all along: every rule is asked over the past, those
//! that others read first, and its answers are back-filled.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::prometheus::{Prometheus, Samples, backfill};

/// How far back the sums are recorded, and how far everything else.
const MONTH: i64 = 30 * 86_400 + 3600;
const DAY: i64 = 26 * 3600;

/// From one evaluation to the next, of the sums over the month and of the rest.
const SUMS: i64 = 150;
const STEP: i64 = 60;

/// A rule of a rules file.
#[derive(Debug)]
struct Rule {
    metric: Option<String>,
    alert: Option<String>,
    hold: i64,
    expr: String,
    labels: BTreeMap<String, String>,
}

/// Records all rules into a data directory that holds the raw series, as they were until `now`.
pub fn replay(data: &Path, rules: &[Value], now: i64) {
    let rules: Vec<Rule> = rules.iter().flat_map(read).collect();
    let mut done: Vec<&Rule> = Vec::new();
    while done.len() < rules.len() {
        let waiting: Vec<&Rule> = rules.iter().filter(|r| !done.iter().any(|d| std::ptr::eq(*d, *r))).collect();
        let ready: Vec<&Rule> =
            waiting.iter().filter(|r| !waiting.iter().any(|other| reads(r, other))).copied().collect();
        assert!(!ready.is_empty(), "rules read each other: {waiting:#?}");
        let server = Prometheus::start(data, &[]);
        let mut samples = Samples::new();
        ready.iter().for_each(|rule| record(&server, rule, now, &mut samples));
        drop(server);
        // Two sides of an `or` are one series of the rule, one after the other.
        samples.values_mut().for_each(|values| values.sort_by_key(|(time, _)| *time));
        backfill(data, &samples);
        done.extend(ready);
    }
}

fn read(file: &Value) -> Vec<Rule> {
    let groups = file["groups"].as_array().unwrap().iter();
    let text = |v: &Value| v.as_str().map(str::to_string);
    let labels = |v: &Value| v.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), text(v).unwrap())).collect();
    let rule = |r: &Value| Rule {
        metric: text(&r["record"]),
        alert: text(&r["alert"]),
        hold: r["for"].as_str().map_or(0, seconds),
        expr: text(&r["expr"]).unwrap(),
        labels: labels(&r["labels"]),
    };
    groups.flat_map(|g| g["rules"].as_array().unwrap()).map(rule).collect()
}

fn seconds(duration: &str) -> i64 {
    (sloc::units::Duration::parse(duration).unwrap().millis() / 1000) as i64
}

/// Whether a rule reads what the other records.
fn reads(rule: &Rule, other: &Rule) -> bool {
    let Some(metric) = &other.metric else { return false };
    let label = |name: &str| other.labels.get(name).map_or("", String::as_str);
    let (id, service) = (label("slo_id"), label("slo_service"));
    let start = format!("{metric}{{");
    let mut selectors = rule.expr.split(&start).skip(1).filter_map(|rest| rest.split('}').next());
    // A rule without an id is for several objectives of its service.
    let its = |s: &str| match id {
        "" => s.contains(&format!("slo_id=\"{service}.")),
        id => s.contains(&format!("\"{id}\"")),
    };
    let of_all = format!("slo_service=\"{service}\"");
    !std::ptr::eq(rule, other) && selectors.any(|s| its(s) || s.contains(&of_all) || s.contains("=~"))
}

fn record(server: &Prometheus, rule: &Rule, now: i64, samples: &mut Samples) {
    let sums = rule.metric.as_deref().is_some_and(|m| m.starts_with("slo:sli_") && m.ends_with(":increase5m"));
    let (since, step) = if sums { (MONTH, SUMS) } else { (DAY, STEP) };
    let mut start = now - since / step * step;
    while start <= now {
        let end = now.min(start + 10_000 * step);
        for series in server.range(&rule.expr, start, end, step).unwrap() {
            let values = series["values"].as_array().unwrap().iter();
            let values = values.map(|v| (v[0].as_f64().unwrap() as i64, v[1].as_str().unwrap().parse().unwrap()));
            keep(rule, &series["metric"], values.collect(), samples);
        }
        start = end + step;
    }
}

/// Stores a series as Prometheus does: under the rule's name and labels, or as `ALERTS`.
fn keep(rule: &Rule, metric: &Value, values: Vec<(i64, f64)>, samples: &mut Samples) {
    let mut labels: BTreeMap<String, String> = rule.labels.clone();
    let own = metric.as_object().unwrap().iter().filter(|(name, _)| *name != "__name__");
    for (name, value) in own {
        labels.entry(name.clone()).or_insert(value.as_str().unwrap().to_string());
    }
    let Some(alert) = &rule.alert else {
        return samples.entry(named(rule.metric.as_ref().unwrap(), &labels)).or_default().extend(values);
    };
    labels.insert("alertname".into(), alert.clone());
    let mut since = i64::MIN;
    let mut last = i64::MIN;
    for (time, _) in values {
        if last < time - STEP {
            since = time;
        }
        last = time;
        let state = if time - since >= rule.hold { "firing" } else { "pending" };
        labels.insert("alertstate".into(), state.into());
        samples.entry(named("ALERTS", &labels)).or_default().push((time, 1.0));
    }
}

fn named(metric: &str, labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("{metric}{{{}}}", pairs.join(","))
}
