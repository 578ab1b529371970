//! A server's answers as metrics: which names are one metric, of what kind, and what its series say of its labels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::sample::exact;
use super::{Kind, LabelFacts, Labels, Metric, Rest, Unit};
use crate::maps::IntoMap;
use crate::source::Span;

/// How many values of one label are kept; a label with more takes any value.
pub const MAX_VALUES: usize = 200;

/// A metric of a server, and the series name that tells its labels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Family {
    /// The metric's name.
    pub name: String,
    /// The series to ask for.
    pub series: String,
    kind: Kind,
    unit: Option<Unit>,
    help: Option<String>,
}

/// What programs say of a metric.
#[derive(Clone, Default)]
struct About {
    kind: String,
    unit: Option<Unit>,
    help: Option<String>,
}

/// The metrics behind the series names of a server, by the data of its answer to `/api/v1/metadata`, in their order.
pub fn families(metadata: &Value, names: &BTreeSet<String>) -> Vec<Family> {
    let about: BTreeMap<&str, About> =
        metadata.as_object().into_iter().flatten().map(|(name, told)| (name.as_str(), told_of(told))).into_map();
    let server = Server { about, names };
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for name in names {
        let family = server.family(name);
        families.entry(family.name.clone()).or_insert(family);
    }
    families.into_values().collect()
}

/// What all targets tell of a metric; nothing of what they contradict each other about.
fn told_of(told: &Value) -> About {
    let entries = told.as_array().map_or(&[][..], Vec::as_slice);
    let agreed = |key: &str| {
        let texts: BTreeSet<&str> =
            entries.iter().filter_map(|e| e.get(key)?.as_str()).filter(|t| !t.is_empty()).collect();
        (texts.len() == 1).then(|| texts.first().map_or(String::new(), |t| t.to_string()))
    };
    let unit = agreed("unit").and_then(|u| Unit::parse(&u));
    About { kind: agreed("type").unwrap_or_default(), unit, help: agreed("help") }
}

struct Server<'a> {
    about: BTreeMap<&'a str, About>,
    names: &'a BTreeSet<String>,
}

impl Server<'_> {
    fn family(&self, name: &str) -> Family {
        let parts = ["_bucket", "_count", "_sum"];
        let part = parts.iter().find_map(|suffix| name.strip_suffix(suffix).filter(|base| self.has_parts(base)));
        if let Some(base) = part {
            return self.whole(base);
        }
        // OpenMetrics tells of `x` what is stored as `x_total` or `x_info`.
        let of_kind = |suffix: &str, kind: &str| {
            let about = self.about.get(name.strip_suffix(suffix)?)?;
            (about.kind == kind).then(|| about.clone())
        };
        let told = self.about.get(name).cloned();
        let about =
            told.or_else(|| of_kind("_total", "counter")).or_else(|| of_kind("_info", "info")).unwrap_or_default();
        let kind = match about.kind.as_str() {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::NativeHistogram,
            "summary" => Kind::Summary(Vec::new()),
            "info" => Kind::Info,
            "stateset" => Kind::StateSet,
            _ => Kind::Unknown,
        };
        Family { name: name.into(), series: name.into(), kind, unit: about.unit, help: about.help }
    }

    /// Whether `_bucket`, `_count` and `_sum` after this name are parts of it.
    fn has_parts(&self, base: &str) -> bool {
        let there = |suffix: &str| self.names.contains(&format!("{base}{suffix}"));
        let parts = there("_count") && there("_sum");
        match self.about.get(base).map(|a| a.kind.as_str()) {
            Some("histogram") => there("_bucket") || parts,
            Some("summary") => parts,
            // Nobody tells of series that were recorded or pushed; these three names together are a histogram.
            _ => there("_bucket") && parts,
        }
    }

    fn whole(&self, base: &str) -> Family {
        let about = self.about.get(base).cloned().unwrap_or_default();
        let (kind, series) = match about.kind.as_str() {
            "summary" if self.names.contains(base) => (Kind::Summary(Vec::new()), base.to_string()),
            "summary" => (Kind::Summary(Vec::new()), format!("{base}_count")),
            _ if self.names.contains(&format!("{base}_bucket")) => {
                (Kind::Histogram(Vec::new()), format!("{base}_bucket"))
            }
            _ => (Kind::Histogram(Vec::new()), format!("{base}_count")),
        };
        Family { name: base.into(), series, kind, unit: about.unit, help: about.help }
    }
}

/// What the series of one name say of their labels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    labels: BTreeMap<String, LabelFacts>,
}

impl Seen {
    /// From the data of `/api/v1/series`: a list of label sets. `None` when it is something else.
    pub fn series(data: &Value) -> Option<Seen> {
        let series = data.as_array()?;
        let mut labels: BTreeMap<String, (usize, LabelFacts)> = BTreeMap::new();
        for (name, value) in series.iter().filter_map(Value::as_object).flatten() {
            let (count, facts) = labels.entry(name.clone()).or_default();
            *count += 1;
            facts.values.insert(value.as_str()?.to_string());
        }
        let total = series.len();
        let seen = |(name, (count, facts)): (String, (usize, LabelFacts))| {
            (name, LabelFacts { optional: count < total, ..facts })
        };
        Some(Seen { labels: labels.into_iter().map(seen).into_map() })
    }

    /// One label and its values, where there are too many series to list: nobody knows whether all have it.
    pub fn label(&mut self, name: &str, values: BTreeSet<String>) {
        self.labels.insert(name.to_string(), LabelFacts { optional: true, values, ..LabelFacts::default() });
    }

    /// The numbers that are the values of a label, in ascending order; those of `+Inf` aside.
    fn numbers(&self, label: &str) -> Vec<crate::units::Ratio> {
        let values = self.labels.get(label).into_iter().flat_map(|facts| &facts.values);
        let mut numbers: Vec<_> = values.filter_map(|v| exact(v)).collect();
        numbers.sort();
        numbers.dedup();
        numbers
    }
}

impl Family {
    /// The metric, with what its series say.
    pub fn metric(self, seen: Seen) -> Metric {
        let (kind, own) = match self.kind {
            Kind::Histogram(_) => (Kind::Histogram(seen.numbers("le")), Some("le")),
            Kind::Summary(_) => (Kind::Summary(seen.numbers("quantile")), Some("quantile")),
            kind => (kind, None),
        };
        let mut known = seen.labels;
        known.retain(|name, _| name != "__name__" && Some(name.as_str()) != own);
        for facts in known.values_mut().filter(|facts| facts.values.len() > MAX_VALUES) {
            facts.values.clear();
        }
        let labels = Labels { known, rest: Rest::Closed };
        Metric { labels, unit: self.unit, help: self.help, ..Metric::new(self.name, kind, Span::default()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_put_together_as_the_metadata_say() {
        let metadata = json!({
            "http_requests_total": [{"type": "counter", "help": "Requests.", "unit": ""}],
            "jobs": [{"type": "counter", "help": "", "unit": ""}],
            "latency_seconds": [{"type": "histogram", "help": "", "unit": "seconds"}],
            "native_seconds": [{"type": "histogram", "help": "", "unit": ""}],
            "rpc_seconds": [{"type": "summary", "help": "", "unit": ""}],
            "odd": [{"type": "gauge", "help": "a", "unit": ""}, {"type": "counter", "help": "b", "unit": ""}],
        });
        let names = [
            "http_requests_total",
            "jobs_total",
            "latency_seconds_bucket",
            "latency_seconds_count",
            "latency_seconds_sum",
            "native_seconds",
            "odd",
            "pushed_bucket",
            "pushed_count",
            "pushed_sum",
            "rpc_seconds",
            "rpc_seconds_count",
            "rpc_seconds_sum",
            "word_count",
        ];
        let families = families(&metadata, &names.map(str::to_string).into());
        let found: Vec<(&str, &str, &str)> =
            families.iter().map(|f| (f.name.as_str(), f.series.as_str(), f.kind.with_article())).collect();
        let wanted = [
            ("http_requests_total", "http_requests_total", "a counter"),
            ("jobs_total", "jobs_total", "a counter"),
            ("latency_seconds", "latency_seconds_bucket", "a histogram"),
            ("native_seconds", "native_seconds", "a native histogram"),
            ("odd", "odd", "of unknown kind"),
            ("pushed", "pushed_bucket", "a histogram"),
            ("rpc_seconds", "rpc_seconds", "a summary"),
            ("word_count", "word_count", "of unknown kind"),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn series_tell_labels_values_and_bounds() {
        let data = json!([
            {"__name__": "latency_seconds_bucket", "job": "a", "le": "0.5"},
            {"__name__": "latency_seconds_bucket", "job": "a", "le": "1e+01", "code": "200"},
            {"__name__": "latency_seconds_bucket", "job": "b", "le": "+Inf"},
        ]);
        let names = ["latency_seconds_bucket", "latency_seconds_count", "latency_seconds_sum"].map(str::to_string);
        let family = families(&json!({}), &names.into()).remove(0);
        let metric = family.metric(Seen::series(&data).expect("series"));
        assert_eq!(metric.kind, Kind::Histogram(vec![exact("0.5").expect("0.5"), exact("10").expect("10")]));
        let known: Vec<(&str, bool, usize)> =
            metric.labels.known.iter().map(|(n, f)| (n.as_str(), f.optional, f.values.len())).collect();
        assert_eq!(known, [("code", true, 1), ("job", false, 2)]);
        assert_eq!(Seen::series(&json!({"a": 1})), None);
    }
}
