//! Load of a system over two days: a healthy one, then one with an incident of each kind.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// From one scrape to the next, in seconds.
pub const SCRAPE: i64 = 60;
/// How long all is well, and when everything is over, in hours.
pub const HEALTHY: f64 = 24.0;
pub const END: f64 = 42.0;

/// Something that goes wrong for some hours, and the alerts that tell of it: `service/alert-id` as in the runbooks.
#[derive(Clone, Copy, Debug)]
pub struct Incident {
    pub name: &'static str,
    pub from: f64,
    pub to: f64,
    pub alerts: &'static [&'static str],
}

impl Incident {
    /// Whether it goes on at a second.
    pub fn at(&self, second: i64) -> bool {
        let hour = second as f64 / 3600.0;
        self.from <= hour && hour < self.to
    }

    /// One value while it goes on, another one else.
    pub fn or(&self, second: i64, bad: f64, good: f64) -> f64 {
        if self.at(second) { bad } else { good }
    }
}

/// The seconds at which series are scraped.
fn times() -> impl Iterator<Item = i64> {
    (0..=(END * 3600.0) as i64).step_by(SCRAPE as usize)
}

/// Traffic by the hour: least at three in the night, most at three in the afternoon; the mean is 1. It begins at noon.
pub fn day(second: i64) -> f64 {
    let hour = second as f64 / 3600.0 + 12.0;
    1.0 - 0.7 * ((hour - 3.0) / 24.0 * std::f64::consts::TAU).cos()
}

/// A number around 1 that looks as if by chance, so that nothing is a straight line.
pub fn about(second: i64) -> f64 {
    0.95 + 0.1 * (second as f64 / SCRAPE as f64 * 0.618_033_988_749_895).fract()
}

/// The series of a system, a sample per scrape; `None` where the program is not there.
pub struct Load {
    pub series: BTreeMap<String, Vec<Option<f64>>>,
    pub incidents: &'static [Incident],
    gone: fn(&str, i64) -> bool,
}

impl Load {
    /// No series yet. `gone` says when a series is not exposed.
    pub fn new(incidents: &'static [Incident], gone: fn(&str, i64) -> bool) -> Load {
        Load { series: BTreeMap::new(), incidents, gone }
    }

    /// A gauge with these values.
    pub fn gauge(&mut self, name: &str, value: impl Fn(i64) -> f64) {
        let sample = |t| (!(self.gone)(name, t)).then(|| rounded(value(t)));
        let samples = times().map(sample).collect();
        assert!(self.series.insert(name.to_string(), samples).is_none(), "{name} is there twice");
    }

    /// A counter that grows by so much in a second.
    pub fn counter(&mut self, name: &str, per_second: impl Fn(i64) -> f64) {
        let mut sum = 1000.0;
        let values: BTreeMap<i64, f64> = times()
            .map(|t| {
                sum += per_second(t) * SCRAPE as f64;
                (t, sum)
            })
            .collect();
        self.gauge(name, |t| values[&t]);
    }

    /// A classic histogram: so many events in a second, half of which take no more than `median`. One in a hundred takes
    /// three times as long.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: &str,
        bounds: &[f64],
        per_second: impl Fn(i64) -> f64,
        median: impl Fn(i64) -> f64,
    ) {
        let within = |t: i64, bound: f64| 1.0 / (1.0 + (median(t) / bound).powi(4));
        for bound in bounds {
            let bucket = format!("{name}_bucket{{{labels},le=\"{bound:?}\"}}");
            self.counter(&bucket, |t| per_second(t) * within(t, *bound));
        }
        self.counter(&format!("{name}_bucket{{{labels},le=\"+Inf\"}}"), &per_second);
        self.counter(&format!("{name}_count{{{labels}}}"), &per_second);
        self.counter(&format!("{name}_sum{{{labels}}}"), |t| per_second(t) * median(t) * 1.1);
    }

    /// The samples with their times, the last of which is `end`.
    pub fn until(&self, end: i64) -> BTreeMap<String, Vec<(i64, f64)>> {
        let start = end - (END * 3600.0) as i64;
        let timed = |values: &[Option<f64>]| {
            let all = values.iter().zip(times());
            all.filter_map(|(v, t)| v.map(|v| (start + t, v))).collect()
        };
        self.series.iter().map(|(name, values)| (name.clone(), timed(values))).collect()
    }

    /// The samples as promtool's unit tests write them.
    pub fn written(&self) -> String {
        let mut text = String::new();
        for (name, values) in &self.series {
            writeln!(text, "      - series: {}", serde_json::json!(name)).unwrap();
            text.push_str("        values: \"");
            for value in values {
                match value {
                    Some(value) => write!(text, "{value} ").unwrap(),
                    None => text.push_str("_ "),
                }
            }
            text.push_str("\"\n");
        }
        text
    }
}

/// As finely as anybody measures, so that files stay small.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
