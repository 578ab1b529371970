//! A month of traffic with day and night and an outage: the budget our rules show is the one that was really spent.

use std::fs;

use super::common::Memory;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Samples, backfill, backfill_sums, now};

const DAY: i64 = 86_400;

/// From one scrape to the next, in seconds.
const SCRAPE: i64 = 30;

/// A shape of traffic: events per second, and the share of them that fails, at a second of the month.
struct Shape {
    name: &'static str,
    rate: fn(i64) -> f64,
    failing: fn(i64) -> f64,
}

/// Least at three in the night, most at three in the afternoon.
fn day_and_night(second: i64) -> f64 {
    let hour = (second % DAY) as f64 / 3600.0;
    21.0 - 20.0 * ((hour - 3.0) / 24.0 * std::f64::consts::TAU).cos()
}

/// Nobody comes outside office hours, nor in every third half hour.
fn office_hours(second: i64) -> f64 {
    let hour = second % DAY / 3600;
    if (9..18).contains(&hour) && second / 1800 % 3 != 0 { 10.0 } else { 0.0 }
}

fn share(second: i64, day: i64, hours: std::ops::Range<i64>, failing: f64) -> f64 {
    let outage = second / DAY == day && hours.contains(&(second % DAY / 3600));
    if outage { failing } else { 0.0002 }
}

const SHAPES: [Shape; 3] = [
    Shape { name: "night", rate: day_and_night, failing: |s| share(s, 17, 2..4, 0.9) },
    Shape { name: "peak", rate: day_and_night, failing: |s| share(s, 12, 14..15, 0.3) },
    Shape { name: "idle", rate: office_hours, failing: |s| share(s, 20, 10..11, 0.05) },
];

/// The counters of a month and a day more that ends now, and what was counted in the month: errors and all events.
fn counters(shape: &Shape, end: i64) -> (Samples, f64, f64) {
    let start = end - 31 * DAY;
    let selector = |code: u32| format!("http_requests_total{{job=\"{}\",code=\"{code}\"}}", shape.name);
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let (mut fine, mut failed, mut rest) = (0.0, 0.0, 0.0);
    let (mut errors, mut total) = (0.0, 0.0);
    for time in (start..=end).step_by(SCRAPE as usize) {
        let second = time - start;
        // What is not a whole event yet comes with the next scrape.
        rest += (shape.rate)(second) * SCRAPE as f64;
        let events = rest.floor();
        rest -= events;
        let failures = (events * (shape.failing)(second) + spread(second)).floor().min(events);
        fine += events - failures;
        failed += failures;
        good.push((time, fine));
        bad.push((time, failed));
        if time > end - 30 * DAY {
            errors += failures;
            total += events;
        }
    }
    (Samples::from([(selector(200), good), (selector(500), bad)]), errors, total)
}

/// A number under 1 that looks as if by chance, so that single failures fall at no regular times.
fn spread(second: i64) -> f64 {
    (second as f64 * 0.618_033_988_749_895).fract()
}

fn program() -> Memory {
    let slo = |shape: &Shape| {
        let job = shape.name;
        format!(
            "  slo {job} 99.9% over 30d {{\n    errors http_requests_total{{job=\"{job}\", code=~\"5..\"}}\n    total http_requests_total{{job=\"{job}\"}}\n  }}\n"
        )
    };
    let slos: String = SHAPES.iter().map(slo).collect();
    Memory::one(format!("service month {{\n{slos}}}\n").as_bytes())
}

/// Short intervals, so that the test need not wait for what changes nothing.
pub fn hurried(rules: &str) -> String {
    rules.replace("interval: 30s", "interval: 2s").replace("interval: 2m", "interval: 2s")
}

#[test]
fn the_budget_of_a_month_is_the_counted_one() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    let out = project::build(&program());
    let text = fs::read_to_string(out.path().join("prometheus/month.rules.yml")).unwrap();
    let data = tempfile::tempdir().unwrap();
    let end = now();
    let months: Vec<(Samples, f64, f64)> = SHAPES.iter().map(|shape| counters(shape, end)).collect();
    backfill(data.path(), &months.iter().flat_map(|(samples, ..)| samples.clone()).collect());
    backfill_sums(data.path(), std::slice::from_ref(&text), (end - 30 * DAY - 3600, end, 30));
    let file = out.path().join("prometheus/hurried.yml");
    fs::write(&file, hurried(&text)).unwrap();
    let server = Prometheus::start(data.path(), &[file.display().to_string()]);
    for (shape, (_, errors, total)) in SHAPES.iter().zip(&months) {
        let truth = 100.0 * (1.0 - errors / total / 0.001);
        let query = format!("slo:period_error_budget_remaining:ratio{{slo_name=\"{}\"}}", shape.name);
        let shown = 100.0 * server.wait(|s| s.number(&query, now()), || format!("{query} is not recorded"));
        eprintln!("{}: budget left {shown:.2} %, counted {truth:.2} %", shape.name);
        let spent = 100.0 - truth;
        assert!((shown - truth).abs() <= 0.002 * spent, "{}: shown {shown} %, counted {truth} %", shape.name);
    }
}
