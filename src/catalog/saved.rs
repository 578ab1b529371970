//! Saved answers of a Prometheus server: what `sloc catalog pull` writes, one metric a line, and how it is read again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, codes};
use crate::maps::IntoMap;
use crate::source::{FileId, Span};
use crate::units::Ratio;

use super::{Kind, LabelFacts, Labels, Metric, Rest, Unit};

/// The version of the format, in the key `sloc-catalog`.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "sloc-catalog")]
    version: u32,
    metrics: Vec<Entry>,
}

/// One metric. Numbers are strings, so that they stay exact.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Bounds of a histogram's buckets, quantiles of a summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bounds: Vec<String>,
    /// Labels that are not known: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<BTreeMap<String, Label>>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Label {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    values: BTreeSet<String>,
}

/// Reads a saved catalog, loaded to `file`.
pub fn read_saved(text: &str, file: FileId) -> (Vec<Metric>, Vec<Diagnostic>) {
    match serde_json::from_str::<File>(text) {
        Err(error) => (Vec::new(), vec![unreadable(text, file, &error)]),
        Ok(saved) if saved.version != VERSION => {
            let message = format!("this catalog has the format {}; sloc reads {VERSION}", saved.version);
            (Vec::new(), vec![Diagnostic::new(&codes::E0393, Span::new(file, 0..0), message)])
        }
        Ok(saved) => {
            let mut places = Places { text, file, from: 0 };
            let (mut metrics, mut diagnostics) = (Vec::new(), Vec::new());
            for entry in saved.metrics {
                let place = places.of(&entry.name);
                match entry.metric(place) {
                    Ok(metric) => metrics.push(metric),
                    Err(message) => diagnostics.push(Diagnostic::new(&codes::E0393, place, message)),
                }
            }
            (metrics, diagnostics)
        }
    }
}

/// Says where the JSON is wrong: serde counts lines and columns from 1.
fn unreadable(text: &str, file: FileId, error: &serde_json::Error) -> Diagnostic {
    let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = (line + error.column().saturating_sub(1)).min(text.len());
    let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let message = format!("this is not a saved catalog: {error}");
    Diagnostic::new(&codes::E0393, Span::new(file, at..at), message)
        .help("`sloc catalog pull` writes one; a saved `/metrics` page ends in `.prom` or `.txt`")
}

/// Finds the names of the metrics in the text, in their order.
struct Places<'a> {
    text: &'a str,
    file: FileId,
    from: usize,
}

impl Places<'_> {
    fn of(&mut self, name: &str) -> Span {
        let quoted = serde_json::to_string(name).unwrap_or_default();
        let found = self.text.get(self.from..).and_then(|rest| rest.find(&quoted)).map(|at| self.from + at);
        let start = found.unwrap_or(self.from);
        self.from = found.map_or(self.from, |at| at + quoted.len());
        Span::new(self.file, start..start + if found.is_some() { quoted.len() } else { 0 })
    }
}

impl Entry {
    /// The metric; or why its line is not one.
    fn metric(self, origin: Span) -> Result<Metric, String> {
        let bounds: Vec<Ratio> = self.bounds.iter().filter_map(|b| super::sample::exact(b)).collect();
        let kind = match self.kind.as_str() {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::Histogram(bounds),
            "native_histogram" => Kind::NativeHistogram,
            "summary" => Kind::Summary(bounds),
            "info" => Kind::Info,
            "stateset" => Kind::StateSet,
            "unknown" | "untyped" | "" => Kind::Unknown,
            other => return Err(format!("`{}` has the unknown type `{other}`", self.name)),
        };
        let facts = |l: Label| LabelFacts { optional: l.optional, values: l.values, ..LabelFacts::default() };
        let labels = match self.labels {
            None => Labels::open(),
            // What a server stores has every label, those of scraping too.
            Some(known) => {
                Labels { known: known.into_iter().map(|(n, l)| (n, facts(l))).into_map(), rest: Rest::Closed }
            }
        };
        let unit = self.unit.as_deref().and_then(Unit::parse);
        Ok(Metric { unit, labels, help: self.help, ..Metric::new(self.name, kind, origin) })
    }

    fn of(metric: &Metric) -> Entry {
        let (kind, bounds): (&str, &[Ratio]) = match &metric.kind {
            Kind::Counter => ("counter", &[]),
            Kind::Gauge => ("gauge", &[]),
            Kind::Histogram(bounds) => ("histogram", bounds),
            Kind::NativeHistogram => ("native_histogram", &[]),
            Kind::Summary(quantiles) => ("summary", quantiles),
            Kind::Info => ("info", &[]),
            Kind::StateSet => ("stateset", &[]),
            Kind::Unknown => ("unknown", &[]),
        };
        let label =
            |(n, f): (&String, &LabelFacts)| (n.clone(), Label { optional: f.optional, values: f.values.clone() });
        let labels = (metric.labels.rest != Rest::Open).then(|| metric.labels.known.iter().map(label).into_map());
        Entry {
            name: metric.name.clone(),
            kind: kind.into(),
            unit: metric.unit.map(|u| u.to_string()),
            help: metric.help.clone(),
            bounds: bounds.iter().filter_map(|b| b.decimal()).collect(),
            labels,
        }
    }
}

/// The text of a saved catalog, one metric a line, in the order given.
pub fn write_saved<'a>(metrics: impl IntoIterator<Item = &'a Metric>) -> String {
    let line = |m: &Metric| serde_json::to_string(&Entry::of(m)).unwrap_or_default();
    let lines: Vec<String> = metrics.into_iter().map(line).collect();
    format!("{{\"sloc-catalog\": {VERSION}, \"metrics\": [\n{}\n]}}\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut metric =
            Metric::new("latency_seconds", Kind::Histogram(vec![Ratio::parse("0.25").expect("0.25")]), Span::default());
        metric.unit = Some(Unit::SECONDS);
        metric.labels = Labels::declared(["job", "code"]);
        metric.labels.known.entry("code".into()).or_default().values.insert("200".into());
        let other = Metric::new("up", Kind::Gauge, Span::default());
        let text = write_saved([&metric, &other]);
        let (read, diagnostics) = read_saved(&text, FileId(0));
        assert_eq!(diagnostics, []);
        assert_eq!(&text[read[1].origin.range()], "\"up\"");
        let unplaced: Vec<Metric> = read.into_iter().map(|m| Metric { origin: Span::default(), ..m }).collect();
        assert_eq!(unplaced, [metric, other]);
    }

    #[test]
    fn other_json_is_refused_where_it_is_wrong() {
        let (_, diagnostics) = read_saved("{\"sloc-catalog\": 1,\n \"metrics\": [{\"name\": 3}]}", FileId(0));
        assert_eq!(diagnostics[0].primary.span.start, 42);
        assert_eq!(read_saved("{\"sloc-catalog\": 9, \"metrics\": []}", FileId(0)).1.len(), 1);
    }
}
