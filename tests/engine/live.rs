//! From counters to a firing alert on a real Prometheus, and every query of the output asked of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sloc::promql::{self, Dialect, Kind};
use sloc::source::{FileId, Span};

use super::month::hurried;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Samples, backfill, backfill_sums, now};
use super::questions::{self, Question};

/// From one scrape to the next, in seconds.
const SCRAPE: i64 = 15;

/// How long there was traffic, and how long nine of ten events have been failing, in seconds.
const TRAFFIC: i64 = 26 * 3600;
const OUTAGE: i64 = 2 * 3600;

/// Counters for every objective for which the compiler can make them up. Its own tests tell which there are, and what
/// each gains in a minute while nine of ten events fail.
fn counters(out: &Path, end: i64) -> Samples {
    let mut samples = Samples::new();
    for group in groups(out, "counters") {
        for series in group["input_series"].as_array().unwrap() {
            let values = series["values"].as_str().unwrap();
            if values.contains("stale") {
                continue; // a gauge
            }
            let gain = gain(values);
            samples.insert(series["series"].as_str().unwrap().to_string(), counter(gain, end));
        }
    }
    samples
}

/// What a counter gains in a minute at the end of its values, such as `10000 10100+100x3`.
fn gain(values: &str) -> f64 {
    let last = values.rsplit(' ').next().unwrap();
    let step = last.split('+').nth(1).unwrap_or("0x0").split('x').next().unwrap();
    step.parse().unwrap()
}

/// A counter of 100 events a minute, or of those that fail or do not: none do before the outage.
fn counter(gain: f64, end: i64) -> Vec<(i64, f64)> {
    let before = if gain == 90.0 { 0.0 } else { 100.0 };
    let mut value = 0.0;
    let sample = |time| {
        value += if time > end - OUTAGE { gain } else { before } * SCRAPE as f64 / 60.0;
        (time, value)
    };
    (end - TRAFFIC..=end).step_by(SCRAPE as usize).map(sample).collect()
}

/// The labels `slo_id` and `slo_tier` of the alerts that fire.
fn firing(server: &Prometheus) -> BTreeSet<(String, String)> {
    let alerts = server.ask("alerts", &[]).unwrap();
    let alerts = alerts["alerts"].as_array().unwrap().iter().filter(|a| a["state"] == "firing");
    let label = |a: &Value, name: &str| a["labels"][name].as_str().unwrap_or_default().to_string();
    alerts.map(|a| (label(a, "slo_id"), label(a, "slo_tier"))).collect()
}

/// What our specs read that is not made of counters.
fn gauges(end: i64) -> Samples {
    let steady = |value: f64| (end - TRAFFIC..=end).step_by(SCRAPE as usize).map(|t| (t, value)).collect();
    let gauges = [("up{job=\"shop-db\"}", 0.0), ("shop_queue_length{job=\"shop\"}", 900.0), ("shop_maintenance", 0.0)];
    gauges.into_iter().map(|(series, value)| (series.to_string(), steady(value))).collect()
}

/// The pages that must fire: those that the compiler's tests see fire on the same counters.
fn expected(out: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for group in groups(out, "counters") {
        for check in group["promql_expr_test"].as_array().unwrap() {
            for sample in check["exp_samples"].as_array().unwrap() {
                let labels = sample["labels"].as_str().unwrap();
                let label = |name: &str| labels.split(&format!("{name}=\"")).nth(1)?.split('"').next();
                if let (Some(slo), Some(tier)) = (label("slo_id"), label("slo_tier")) {
                    found.insert((slo.to_string(), tier.to_string()));
                }
            }
        }
    }
    found
}

/// The groups of this name in the compiler's tests.
fn groups(out: &Path, name: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for path in project::named(out, "prometheus/tests", ".test.yml") {
        let mut file: Value = serde_yaml::from_str(&fs::read_to_string(out.join(path)).unwrap()).unwrap();
        let groups = std::mem::take(file["tests"].as_array_mut().unwrap());
        found.extend(groups.into_iter().filter(|g| g["name"] == name));
    }
    found
}

#[test]
fn counters_make_alerts_fire_and_every_query_has_an_answer() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    let out = project::build(&project::shop());
    let files: Vec<_> =
        project::named(out.path(), "prometheus", ".rules.yml").iter().map(|r| out.path().join(r)).collect();
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    files.iter().zip(&texts).for_each(|(path, text)| fs::write(path, hurried(text)).unwrap());
    let data = tempfile::tempdir().unwrap();
    let end = now();
    backfill(data.path(), &counters(out.path(), end).into_iter().chain(gauges(end)).collect());
    backfill_sums(data.path(), &texts, (end - TRAFFIC, end, 60));
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let server = Prometheus::start(data.path(), &files);
    let expected = expected(out.path());
    assert!(!expected.is_empty(), "no page is expected");
    server.wait(
        |s| expected.is_subset(&firing(s)).then_some(()),
        || format!("{:?} do not fire", expected.difference(&firing(&server)).collect::<Vec<_>>()),
    );
    // A group reads what others record: sums, then ratios, then composites, then budgets. Each has been evaluated once more
    // than such a chain is long.
    let evaluated = |before: &[String]| {
        let times = evaluations(&server);
        let done = times.iter().enumerate().all(|(i, t)| !t.starts_with("0001") && before.get(i) != Some(t));
        done.then_some(times)
    };
    let mut times = Vec::new();
    for round in 1..=5 {
        times = server.wait(|_| evaluated(&times), || format!("a group has not been evaluated {round} times"));
    }
    eprintln!("{} alerts fire: {:?}", firing(&server).len(), firing(&server));
    healthy(&server);
    let questions = questions::all(out.path(), &server);
    for part in ["grafana/dashboards", "grafana/provisioning/alerting", "runbooks"] {
        assert!(questions.iter().any(|q| q.place.starts_with(part)), "{part} asks nothing");
    }
    answered(&server, &questions);
}

/// When each group of rules was evaluated last.
fn evaluations(server: &Prometheus) -> Vec<String> {
    let rules = server.ask("rules", &[]).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    groups.map(|g| g["lastEvaluation"].as_str().unwrap().to_string()).collect()
}

/// No rule has failed.
fn healthy(server: &Prometheus) {
    let rules = server.ask("rules", &[]).unwrap();
    let rules: Vec<&Value> =
        rules["groups"].as_array().unwrap().iter().flat_map(|g| g["rules"].as_array().unwrap()).collect();
    assert!(!rules.is_empty());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

/// Asks everything. An answer may be empty only where one of the series that a query reads does not exist.
fn answered(server: &Prometheus, questions: &[Question]) {
    let time = now();
    let mut wrong = Vec::new();
    let mut without = BTreeSet::new();
    for question in questions {
        let Question { place, query, range } = question;
        let answer = if *range { server.range(query, time - 3600, time, 60) } else { server.instant(query, time) };
        match answer {
            Err(error) => wrong.push(format!("{place}\n  {query}\n  {error}")),
            Ok(series) if series.is_empty() => match missing(server, query, time) {
                Some(selector) => drop(without.insert(selector)),
                None => wrong.push(format!("{place}\n  {query}\n  has no answer")),
            },
            Ok(_) => {}
        }
    }
    eprintln!("{} queries were asked; these series do not exist: {without:#?}", questions.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unknown: Vec<&String> = without.iter().filter(|s| !may_be_missing(s)).collect();
    assert!(unknown.is_empty(), "these series should exist: {unknown:#?}");
}

/// The first selector in a query that has selected nothing for an hour.
fn missing(server: &Prometheus, query: &str, time: i64) -> Option<String> {
    let (parsed, diagnostics) = promql::parse(query, Span::new(FileId(0), 0..query.len()), Dialect::Rule);
    let parsed = parsed.unwrap_or_else(|| panic!("{query}: {diagnostics:?}"));
    let mut selectors = Vec::new();
    parsed.expr().walk(&mut |e| {
        if let Kind::Selector(s) = &e.kind {
            selectors.push(query[s.core.range()].to_string());
        }
    });
    selectors.into_iter().find(|s| server.instant(&format!("last_over_time({s}[1h])"), time).unwrap().is_empty())
}

/// The objective of our specs that has no data here: text cannot hold the native histogram that it reads.
const NATIVE: &str = "shop.search";

/// Alerts that do not fire have no series.
fn may_be_missing(selector: &str) -> bool {
    selector.starts_with("ALERTS{") || selector.contains(NATIVE) || selector.starts_with("shop_search_seconds")
}
