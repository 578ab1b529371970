//! A month of made-up but lifelike traffic: day and night, a bad day, a slow afternoon, and an outage that is going on.

use super::prometheus::Samples;

/// The moment the pictures are taken: 15 January 2026, 14:00 UTC.
pub const NOW: i64 = 1_768_485_600;

/// From one scrape to the next, in seconds.
const SCRAPE: i64 = 60;

const HOUR: i64 = 3600;

/// A little more than the longest period.
const SINCE: i64 = NOW - 31 * 24 * HOUR;

const REGIONS: [(&str, f64); 3] = [("eu", 1.0), ("us", 0.7), ("ap", 0.3)];
const HANDLERS: [(&str, f64); 3] = [("/cart", 30.0), ("/pay", 12.0), ("/address", 6.0)];
const BUCKETS: [(&str, f64); 9] = [
    ("0.005", 0.02),
    ("0.01", 0.10),
    ("0.025", 0.38),
    ("0.05", 0.66),
    ("0.1", 0.87),
    ("0.3", 0.996),
    ("1.0", 0.9990),
    ("2.5", 0.9998),
    ("+Inf", 1.0),
];

/// All counters and gauges that the demo's objectives read.
pub fn samples() -> Samples {
    let mut all = Samples::new();
    requests(&mut all);
    durations(&mut all);
    let search = |ratio: fn(i64) -> f64| counter(move |t| 25.0 * day(t) * ratio(t));
    all.insert("queries_total{job=\"search\",instance=\"s1\"}".into(), search(|_| 1.0));
    all.insert("query_errors_total{job=\"search\",instance=\"s1\"}".into(), search(search_errors));
    let up = |t| if between(t, 90, 88) { 0.0 } else { 1.0 };
    all.insert("up{job=\"search\",instance=\"s1\"}".into(), times().map(|t| (t, up(t))).collect());
    all.insert("up{job=\"search\",instance=\"s2\"}".into(), times().map(|t| (t, 1.0)).collect());
    all
}

fn requests(all: &mut Samples) {
    for (region, size) in REGIONS {
        for (handler, rate) in HANDLERS {
            let mut add = |code: &str, share: Box<dyn Fn(i64) -> f64>| {
                let labels = format!(
                    "job=\"checkout\",instance=\"{region}-1\",handler=\"{handler}\",code=\"{code}\",region=\"{region}\""
                );
                let values = counter(move |t| rate * size * day(t) * share(t));
                all.insert(format!("http_requests_total{{{labels}}}"), values);
            };
            add("200", Box::new(move |t| 0.97 - failing(region, handler, t)));
            add("404", Box::new(|_| 0.03));
            add("500", Box::new(move |t| 0.9 * failing(region, handler, t)));
            add("503", Box::new(move |t| 0.1 * failing(region, handler, t)));
        }
    }
}

/// The share of requests that fail: two past incidents, one that goes on.
fn failing(region: &str, handler: &str, time: i64) -> f64 {
    let pay = if handler == "/pay" { 1.0 } else { 0.15 };
    let incident = match region {
        "eu" if between(time, 12 * 24 + 1, 12 * 24) => 0.06,
        "us" if between(time, 5 * 24 + 3, 5 * 24) => 0.05,
        "eu" if time > NOW - 40 * 60 => 0.35,
        _ if between(time, 9, 8) => 0.07,
        _ => 0.0,
    };
    0.0002 + incident * pay
}

fn search_errors(time: i64) -> f64 {
    if between(time, 15, 12) { 0.02 } else { 0.004 }
}

/// Cumulative buckets; a slow afternoon moves a part of the requests past the bound.
fn durations(all: &mut Samples) {
    for (handler, rate) in HANDLERS {
        let labels = format!("job=\"checkout\",instance=\"eu-1\",handler=\"{handler}\"");
        let mut add = |name: &str, extra: &str, share: f64| {
            let slow = if share < 1.0 && share > 0.9 { 1.0 } else { 0.0 };
            let kept = move |t| share - slow * if between(t, 78, 74) { 0.09 } else { 0.0 };
            let values = counter(move |t| 2.0 * rate * day(t) * kept(t));
            all.insert(format!("http_request_duration_seconds_{name}{{{labels}{extra}}}"), values);
        };
        BUCKETS.iter().for_each(|(le, share)| add("bucket", &format!(",le=\"{le}\""), *share));
        add("count", "", 1.0);
        add("sum", "", 0.05);
    }
}

/// Whether a time lies between so many hours before now.
fn between(time: i64, from: i64, to: i64) -> bool {
    (NOW - from * HOUR..NOW - to * HOUR).contains(&time)
}

/// Least at three in the night, most at three in the afternoon; some noise that is the same in every run.
fn day(time: i64) -> f64 {
    let hour = (time % (24 * HOUR)) as f64 / 3600.0;
    let noise = (time as f64 / 60.0 * 0.618_033_988_749_895).fract() - 0.5;
    0.6 - 0.4 * ((hour - 3.0) / 24.0 * std::f64::consts::TAU).cos() + 0.08 * noise
}

fn times() -> impl Iterator<Item = i64> {
    (SINCE..=NOW).step_by(SCRAPE as usize)
}

/// A counter that grows by whole events at this many a second.
fn counter(rate: impl Fn(i64) -> f64) -> Vec<(i64, f64)> {
    let mut sum = 0.0;
    let at = |time| {
        sum += rate(time) * SCRAPE as f64;
        (time, f64::floor(sum))
    };
    times().map(at).collect()
}
