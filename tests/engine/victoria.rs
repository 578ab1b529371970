//! VictoriaMetrics: its vmalert takes the rules, and replayed over counters it records and fires as Prometheus would.

use std::fs;

use super::calendar::date;
use super::common::Memory;
use super::programs::{have, run};
use super::project;
use super::prometheus::{Prometheus, Samples, now};

const PROGRAM: &str = r#"
project acme { emit victoria }
policy quick { page 2x burn over 1h confirmed over 5m }
service shop {
  policy quick
  slo availability 99% over 7d {
    errors requests_total{code="500"}
    total  requests_total
  }
  slo fast 90% over 7d {
    good  requests_total{code="200"}
    total requests_total
  }
  alert busy {
    value    sum(rate(requests_total[5m]))
    warning  above 1 for 5m
  }
}
"#;

/// From one sample to the next, and between the two ends of the replay, in seconds.
const STEP: i64 = 15;
const LENGTH: i64 = 1800;

/// A quarter of a hundred events a minute fails.
fn counters(end: i64) -> Samples {
    let counter = |per_minute: f64| {
        let times = (end - LENGTH - 4 * 3600..=end).step_by(STEP as usize);
        times.enumerate().map(|(i, t)| (t, i as f64 * per_minute * STEP as f64 / 60.0)).collect()
    };
    let series = |code: &str| format!("requests_total{{code=\"{code}\"}}");
    Samples::from([(series("200"), counter(75.0)), (series("500"), counter(25.0))])
}

#[test]
fn vmalert_takes_our_rules() {
    if !have("vmalert") {
        return;
    }
    let hundred = project::hundred();
    let text = b"project acme { emit victoria }".to_vec();
    let all = Memory(hundred.0.into_iter().chain([("specs/project.slo".to_string(), text)]).collect());
    let out = project::build(&all);
    let rules: Vec<String> =
        project::named(out.path(), "victoria", ".rules.yml").iter().map(|f| format!("-rule={f}")).collect();
    assert_eq!(rules.len(), 10);
    let args: Vec<&str> = ["-dryRun"].into_iter().chain(rules.iter().map(String::as_str)).collect();
    run("vmalert", &args, out.path());
}

#[test]
fn what_vmalert_replays_is_what_happened() {
    if !have("vmalert") || !have("victoria-metrics") {
        return;
    }
    let out = project::build(&Memory::one(PROGRAM.as_bytes()));
    let file = out.path().join("victoria/shop.rules.yml");
    let data = tempfile::tempdir().unwrap();
    let end = (now() - 7200) / 120 * 120;
    let server = Prometheus::victoria(data.path());
    server.import(&counters(end));
    server.wait(|s| s.number("sum(requests_total)", end), || "the counters are not there".into());
    let (rule, at) = (format!("-rule={}", file.display()), server.address());
    let (source, sink) = (format!("-datasource.url={at}"), format!("-remoteWrite.url={at}"));
    let (from, to) = (format!("-replay.timeFrom={}", utc(end - LENGTH)), format!("-replay.timeTo={}", utc(end)));
    // This old vmalert replays in steps of five minutes unless it is told. What a rule records is stored, and can be asked for a second later, before the next one is replayed.
    let pace = ["-datasource.queryStep=30s", "-remoteWrite.flushInterval=200ms", "-replay.rulesDelay=2s"];
    run("vmalert", &[&rule, &source, &sink, &from, &to, pace[0], pace[1], pace[2]], out.path());
    let ask = |query: &str| server.number(query, end - 60);
    let ratio = |slo: &str, window: &str| {
        let query = format!("slo:sli_error:ratio_rate{window}{{slo_id=\"shop.{slo}\"}}");
        server.wait(|s| s.number(&query, end - 60), || format!("{query} is not recorded"))
    };
    for window in ["5m", "1h", "6h"] {
        for slo in ["availability", "fast"] {
            let shown = ratio(slo, window);
            assert!((shown - 0.25).abs() < 0.01, "{slo} over {window}: {shown}");
        }
    }
    let firing = |name: &str| ask(&format!("max(ALERTS{{alertname=\"{name}\", alertstate=\"firing\"}})"));
    assert_eq!(firing("ShopAvailabilityBurn"), Some(1.0), "{}", fs::read_to_string(&file).unwrap());
    assert_eq!(firing("ShopFastBurn"), Some(1.0));
    assert_eq!(firing("ShopBusy"), Some(1.0));
    assert_eq!(firing("ShopAvailabilityAbsent"), None);
}

/// A time as vmalert reads it.
fn utc(time: i64) -> String {
    let (year, month, day) = date(time.div_euclid(86_400));
    let second = time.rem_euclid(86_400);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second % 3600 / 60, second % 60)
}
