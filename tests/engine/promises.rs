//! What the layout of the rules promises (docs/semantics.md): the fast page fires with the raw series, the slow one
//! at most four minutes later, and the whole reads at most a twenty-fifth of the samples that the usual rules read.

use std::fs;
use std::path::Path;

use serde_json::Value;

use sloc::cost::{self, Grounds};
use sloc::driver::Known;

use super::common::Memory;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Rule, Samples, backfill, backfill_events, now, recordings};

const SCRAPE: i64 = 15;
const EVALUATION: i64 = 30;
const HOUR: i64 = 3600;

/// Outages: the share of events that fails from an hour of the second day on.
const OUTAGES: [(f64, i64); 8] = [(1.0, 3), (1.0, 14), (0.5, 9), (0.1, 20), (0.1, 3), (0.02, 9), (0.02, 14), (0.01, 6)];

fn program(by: &str) -> Memory {
    let slo = "errors requests_total{code=~\"5..\"}\n    total requests_total";
    let metrics = "project p {\n  scrape 15s\n}\nmetrics {\n  counter requests_total{pod, case, code=~\"200|201|404|500|503\"}\n}\n";
    Memory::one(format!("{metrics}service p {{\n  slo a 99.9% over 30d{by} {{\n    {slo}\n  }}\n}}\n").as_bytes())
}

fn rules(out: &Path) -> String {
    fs::read_to_string(out.join("prometheus/p.rules.yml")).unwrap()
}

/// Two days of day and night, each outage a case of its own.
fn outages(end: i64) -> Samples {
    let start = end - 48 * HOUR;
    let mut samples = Samples::new();
    for (case, (failing, hour)) in OUTAGES.into_iter().enumerate() {
        let begin = start + (24 + hour) * HOUR + 17 * case as i64;
        let (mut good, mut bad) = (0.0, 0.0);
        let (mut fine, mut failed) = (Vec::new(), Vec::new());
        for time in (start..=end).step_by(SCRAPE as usize) {
            let day = ((time - start) as f64 / 86_400.0 - 0.25) * std::f64::consts::TAU;
            let events: f64 = (SCRAPE as f64 * (105.0 + 95.0 * day.sin())).round();
            let errors = (events * if time >= begin { failing } else { 0.0005 }).round();
            good += events - errors;
            bad += errors;
            fine.push((time + case as i64, good));
            failed.push((time + case as i64, bad));
        }
        samples.insert(format!("requests_total{{case=\"{case}\",code=\"200\"}}"), fine);
        samples.insert(format!("requests_total{{case=\"{case}\",code=\"500\"}}"), failed);
    }
    samples
}

/// A query in which every recorded series but the events of the group before is replaced by what it is recorded from,
/// with no labels but those that tell the cases apart.
fn inlined(query: &str, rules: &[Rule]) -> String {
    let mut text = query.to_string();
    for rule in rules.iter().rev().filter(|r| !r.metric.contains(":increase")) {
        text =
            text.replace(&format!("{}{{slo_id=\"p.a\"}}", rule.metric), &format!("(sum by (case) ({}))", rule.query));
    }
    text
}

/// The condition of the alert with this tier.
fn condition(text: &str, tier: &str) -> String {
    let file: Value = serde_yaml::from_str(text).unwrap();
    let mut rules = file["groups"].as_array().unwrap().iter().flat_map(|g| g["rules"].as_array().unwrap());
    rules.find(|r| r["labels"]["slo_tier"] == tier).unwrap()["expr"].as_str().unwrap().to_string()
}

/// When a condition first holds for each case from its outage on, in seconds since 1970.
fn first(server: &Prometheus, query: &str, end: i64) -> Vec<Option<i64>> {
    let start = end - 48 * HOUR;
    let found = server.range(query, start + 24 * HOUR, end, EVALUATION).unwrap();
    let of = |(case, (_, hour)): (usize, (f64, i64))| {
        let name = case.to_string();
        let series = found.iter().find(|s| s["metric"]["case"] == *name)?;
        let begin = start + (24 + hour) * HOUR + 17 * case as i64;
        let times = series["values"].as_array().unwrap().iter().map(|v| v[0].as_i64().unwrap());
        times.into_iter().find(|t| *t >= begin)
    };
    OUTAGES.into_iter().enumerate().map(of).collect()
}

/// How much earlier than the alerts the events they read were recorded, in seconds: groups are evaluated each at its own
/// moment, and what reads raw series is in another group than what is made of that. Ratios are in the group of the alerts.
const EARLIER: [i64; 3] = [1, 16, EVALUATION - 1];

#[test]
fn pages_fire_as_soon_as_on_raw_series() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    EARLIER.into_iter().for_each(pages);
}

/// When pages fire that read what another group has recorded so many seconds before.
fn pages(earlier: i64) {
    let out = project::build(&program(" by case"));
    let text = rules(out.path());
    let data = tempfile::tempdir().unwrap();
    let end = now() / EVALUATION * EVALUATION + 13;
    backfill(data.path(), &outages(end));
    let times = (end - 47 * HOUR - earlier, end, EVALUATION);
    backfill_events(data.path(), std::slice::from_ref(&text), &["5m", "1h"], times);
    let server = Prometheus::start(data.path(), &[]);
    let rules = recordings(&text);
    let raw = |window: &str, bound: &str| {
        let sum = |selector: &str| format!("sum by (case) (increase({selector}[{window}]))");
        format!("{} / {} > {bound}", sum("requests_total{code=~\"5..\"}"), sum("requests_total"))
    };
    for (tier, long, short, bound, late) in
        [("page-1h", "1h", "5m", "0.0144", EVALUATION), ("page-6h", "6h", "30m", "0.006", 240)]
    {
        let ours = first(&server, &inlined(&condition(&text, tier), &rules), end);
        let theirs = first(&server, &format!("{} and {}", raw(long, bound), raw(short, bound)), end);
        let lags: Vec<Option<i64>> = ours.iter().zip(&theirs).map(|(a, b)| Some((*a)? - (*b)?)).collect();
        eprintln!("{tier} fires so many seconds after the raw form, of events {earlier} s older: {lags:?}");
        assert!(lags.iter().flatten().count() > OUTAGES.len() / 2, "{tier}: {ours:?} {theirs:?}");
        for (outage, (a, b)) in OUTAGES.iter().zip(ours.iter().zip(&theirs)) {
            assert_eq!(a.is_some(), b.is_some(), "{tier} {outage:?}");
        }
        assert!(lags.iter().flatten().all(|lag| *lag <= late), "{tier}: {lags:?}");
    }
}

/// Fifty series of requests over three days, and the recorded series of a month.
fn traffic(end: i64) -> Samples {
    let mut samples = Samples::new();
    for pod in 0..10 {
        for code in [200, 201, 404, 500, 503] {
            let steps = (end - 73 * HOUR..=end).step_by(SCRAPE as usize).enumerate();
            let values = steps.map(|(i, time)| (time, (i * (1 + code % 7)) as f64)).collect();
            samples.insert(format!("requests_total{{pod=\"{pod}\",code=\"{code}\"}}"), values);
        }
    }
    let mut steady = |series: &str, hours: i64| {
        let times = (end - hours * HOUR..=end).step_by(EVALUATION as usize);
        samples.insert(
            format!("{series}{{slo_id=\"p.a\",slo_name=\"a\",slo_service=\"p\"}}"),
            times.map(|t| (t, 1.0)).collect(),
        );
    };
    for name in ["slo:sli_total:increase5m", "slo:sli_errors:increase5m", "slo:sli_error:ratio_rate5m"] {
        steady(name, 30 * 24 + 1);
    }
    for name in ["30m", "1h", "2h", "6h", "1d", "3d", "30d"] {
        steady(&format!("slo:sli_error:ratio_rate{name}"), 1);
    }
    for name in [
        "slo:sli_total:increase1h",
        "slo:sli_errors:increase1h",
        "slo:info",
        "slo:period_burn_rate:ratio",
        "slo:error_budget:ratio",
    ] {
        steady(name, 1);
    }
    samples
}

/// All queries of a rule file with their evaluations in an hour.
fn evaluations(text: &str) -> Vec<(String, i64)> {
    let file: Value = serde_yaml::from_str(text).unwrap();
    let mut found = Vec::new();
    for group in file["groups"].as_array().unwrap() {
        let times = match group["interval"].as_str().unwrap() {
            "30s" => HOUR / 30,
            "2m" => HOUR / 120,
            other => panic!("an interval of {other}"),
        };
        let queries = group["rules"].as_array().unwrap().iter().map(|r| r["expr"].as_str().unwrap().to_string());
        found.extend(queries.map(|q| (q, times)));
    }
    found
}

/// The rules that Sloth 0.16 makes of the same objective, as far as they read samples, evaluated every 30 seconds.
fn sloth() -> Vec<(String, i64)> {
    let ratio = |window: &str| {
        let rate = |selector: &str| format!("(sum(rate({selector}[{window}])))");
        format!("{} / {}", rate("requests_total{code=~\"5..\"}"), rate("requests_total"))
    };
    let own = |metric: &str| format!("slo:{metric}{{slo_id=\"p.a\"}}");
    let mut queries: Vec<String> = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"].map(ratio).to_vec();
    let base = own("sli_error:ratio_rate5m");
    queries.push(format!("sum_over_time({base}[30d]) / count_over_time({base}[30d])"));
    for window in ["5m", "30d"] {
        let ratio = own(&format!("sli_error:ratio_rate{window}"));
        queries.push(format!("{ratio} / on (slo_id) group_left {}", own("error_budget:ratio")));
    }
    queries.push(format!("1 - {}", own("period_burn_rate:ratio")));
    let tier = |long: &str, short: &str| {
        format!(
            "({} > 1 and {} > 1)",
            own(&format!("sli_error:ratio_rate{long}")),
            own(&format!("sli_error:ratio_rate{short}"))
        )
    };
    queries.push(format!("{} or {}", tier("1h", "5m"), tier("6h", "30m")));
    queries.push(format!("{} or {}", tier("1d", "2h"), tier("3d", "6h")));
    queries.into_iter().map(|q| (q, HOUR / 30)).collect()
}

/// The samples that one evaluation reads, and those that it holds at once, by the server's own count.
fn counted(server: &Prometheus, query: &str, time: i64) -> (i64, i64) {
    let parameters = [("query", query), ("time", &time.to_string()), ("stats", "all")];
    let samples = server.ask("query", &parameters).unwrap()["stats"]["samples"].clone();
    let count = |name: &str| samples[name].as_i64().unwrap();
    (count("totalQueryableSamples"), count("peakSamples"))
}

/// The samples that queries read in an hour.
fn samples(server: &Prometheus, queries: &[(String, i64)], time: i64) -> i64 {
    queries.iter().map(|(query, times)| counted(server, query, time).0 * times).sum()
}

/// What `sloc build --cost` says of the rules.
fn estimated(program: &Memory) -> Vec<cost::Rule> {
    let model = sloc::driver::analyze(program).unwrap().model.unwrap();
    let catalog = Known::from_specs(program).unwrap().catalog;
    cost::rules(&model, Grounds { series: 50, catalog: &catalog })
}

/// Whether an estimate is within a factor of 1.5; a few samples more or less are nothing.
fn is_near(estimate: u64, truth: i64) -> bool {
    let (estimate, truth) = (estimate as f64 + 5.0, truth as f64 + 5.0);
    (estimate / truth).max(truth / estimate) <= 1.5
}

#[test]
fn rules_read_a_fraction_of_the_usual_samples() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    let program = program("");
    let out = project::build(&program);
    let data = tempfile::tempdir().unwrap();
    let end = now();
    backfill(data.path(), &traffic(end));
    let server = Prometheus::start(data.path(), &[]);
    for rule in estimated(&program) {
        let (read, held) = counted(&server, &rule.query, end - 30);
        let reading = rule.reading;
        let near = is_near(reading.samples, read) && is_near(reading.peak, held);
        eprintln!("{:>7} {read:>7} {:>7} {held:>7}  {}", reading.samples, reading.peak, rule.query);
        assert!(near, "{}: {reading:?}, the server counts {read} read and {held} held", rule.query);
    }
    let ours = samples(&server, &evaluations(&rules(out.path())), end - 30);
    let theirs = samples(&server, &sloth(), end - 30);
    let times = theirs as f64 / ours as f64;
    eprintln!("samples read in an hour: {ours}, by Sloth's rules {theirs}: {times:.0} times as many");
    assert!(times >= 25.0, "only {times:.1} times fewer samples");
}
