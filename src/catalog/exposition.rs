//! Reads what a program exposes under `/metrics`: Prometheus's text format and OpenMetrics.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, Span};
use crate::units::Ratio;

use super::sample::{Sample, read_sample, word};
use super::{Kind, LabelFacts, Labels, Metric, Rest, Unit};

/// How many values of one label are kept; a label with more takes any value.
const MAX_VALUES: usize = 200;

/// How many mistakes are reported before the file is given up.
const MAX_MISTAKES: usize = 20;

/// Reads a page; `file` is where it was loaded to. Lines that cannot be read are reported and left out.
pub fn read_exposition(text: &str, file: FileId) -> (Vec<Metric>, Vec<Diagnostic>) {
    let mut page = Page { file, families: BTreeMap::new(), diagnostics: Vec::new() };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        page.line(line.trim_end_matches(['\n', '\r']), start);
        start += line.len();
        if page.diagnostics.len() >= MAX_MISTAKES || line.trim_end() == "# EOF" {
            break;
        }
    }
    let metrics = page.families.into_values().flat_map(Family::metrics).collect();
    (metrics, page.diagnostics)
}

struct Page {
    file: FileId,
    families: BTreeMap<String, Family>,
    diagnostics: Vec<Diagnostic>,
}

/// What is known of one family, and the series it has by the name of their part.
#[derive(Default)]
struct Family {
    name: String,
    kind: String,
    unit: Option<Unit>,
    help: Option<String>,
    origin: Span,
    series: BTreeMap<String, Series>,
}

/// The labels of all series of one name.
#[derive(Default)]
struct Series {
    count: usize,
    labels: BTreeMap<String, Seen>,
    first: Span,
}

#[derive(Default)]
struct Seen {
    count: usize,
    values: BTreeSet<String>,
    many: bool,
}

impl Page {
    fn line(&mut self, line: &str, start: usize) {
        let place = Span::new(self.file, start..start + line.len());
        if let Some(comment) = line.strip_prefix('#') {
            return self.comment(comment, place, start + 1);
        }
        if line.trim().is_empty() {
            return;
        }
        match read_sample(line) {
            Ok(sample) => self.sample(sample, place),
            Err((at, message)) => {
                let message = format!("this line is not a sample: {message}");
                let spot = Span::new(self.file, start + at.start..start + at.end.max(at.start));
                self.diagnostics.push(Diagnostic::new(&codes::E0392, spot, message));
            }
        }
    }

    /// `# TYPE name kind`, `# UNIT name unit`, `# HELP name text`; anything else is a comment.
    fn comment(&mut self, comment: &str, place: Span, start: usize) {
        let (keyword, rest) = word(comment.trim_start());
        let (name, rest) = word(rest.trim_start());
        let name = name.trim_matches('"');
        if !matches!(keyword, "TYPE" | "UNIT" | "HELP") || name.is_empty() {
            return;
        }
        let value = rest.trim_start();
        let at = start + comment.len() - value.len();
        let value_place = Span::new(self.file, at..at + value.len());
        let family = self.family(name, place);
        match keyword {
            "TYPE" => {
                family.origin = place;
                family.kind = value.trim().to_string();
                self.known_kind(value.trim(), value_place);
            }
            "UNIT" => {
                family.unit = Unit::parse(value.trim());
                if family.unit.is_none() && !value.trim().is_empty() {
                    let message = format!("`{}` is not a unit that sloc knows", value.trim());
                    self.diagnostics.push(Diagnostic::new(&codes::W0391, value_place, message));
                }
            }
            _ => family.help = Some(value.replace("\\n", "\n").replace("\\\\", "\\")),
        }
    }

    fn known_kind(&mut self, kind: &str, place: Span) {
        if !KINDS.contains(&kind) {
            let message = format!("`{kind}` is not a type of metric");
            let help = crate::diag::did_you_mean(kind, KINDS.iter().copied());
            self.diagnostics.push(Diagnostic::new(&codes::E0392, place, message).maybe_help(help));
        }
    }

    fn family(&mut self, name: &str, place: Span) -> &mut Family {
        let new = || Family { name: name.to_string(), origin: place, ..Family::default() };
        self.families.entry(name.to_string()).or_insert_with(new)
    }

    /// Adds a sample to the family it belongs to: by its own name, or by its name without a part's suffix.
    fn sample(&mut self, sample: Sample, place: Span) {
        let known = |s: &&&str| sample.name.strip_suffix(**s).is_some_and(|base| self.has_suffix(base, s));
        let family = match self.families.contains_key(&sample.name) {
            true => sample.name.clone(),
            false => SUFFIXES
                .iter()
                .find(known)
                .map_or(sample.name.clone(), |s| sample.name.strip_suffix(s).unwrap_or(&sample.name).to_string()),
        };
        let series = self.family(&family, place).series.entry(sample.name).or_default();
        if series.count == 0 {
            series.first = place;
        }
        series.count += 1;
        for (label, value) in sample.labels {
            series.labels.entry(label).or_default().add(value);
        }
    }

    fn has_suffix(&self, base: &str, suffix: &str) -> bool {
        let suffixes: &[&str] = match self.families.get(base).map(|f| f.kind.as_str()) {
            Some("counter") => &["_total", "_created"],
            Some("histogram" | "gaugehistogram") => &["_bucket", "_count", "_sum", "_created", "_gcount", "_gsum"],
            Some("summary") => &["_count", "_sum", "_created"],
            Some("info") => &["_info"],
            _ => &[],
        };
        suffixes.contains(&suffix)
    }
}

const SUFFIXES: [&str; 8] = ["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"];

const KINDS: [&str; 9] =
    ["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram"];

impl Seen {
    fn add(&mut self, value: String) {
        self.count += 1;
        if self.values.len() < MAX_VALUES {
            self.values.insert(value);
        } else if !self.values.contains(&value) {
            self.many = true;
        }
    }
}

impl Family {
    /// The metrics a family is: one, or one per name where a counter's or info's name has its suffix.
    fn metrics(self) -> Vec<Metric> {
        let kind = match self.kind.as_str() {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => self.histogram(),
            "summary" => Kind::Summary(self.bounds(&self.name, "quantile")),
            "info" => Kind::Info,
            "stateset" => Kind::StateSet,
            _ => Kind::Unknown,
        };
        let name = match &kind {
            Kind::Counter => self.suffixed("_total"),
            Kind::Info => self.suffixed("_info"),
            _ => self.name.clone(),
        };
        let labels = self.labels(&kind);
        let Family { unit, help, origin, .. } = self;
        vec![Metric { unit, labels, help, ..Metric::new(name, kind, origin) }]
    }

    /// The family's name with `suffix`, where its samples have it.
    fn suffixed(&self, suffix: &str) -> String {
        let with = format!("{}{suffix}", self.name);
        if self.series.contains_key(&with) { with } else { self.name.clone() }
    }

    /// Classic when there are buckets; a native histogram's text form has its count and sum only.
    fn histogram(&self) -> Kind {
        Kind::Histogram(self.bounds(&format!("{}_bucket", self.name), "le"))
    }

    /// The finite values of a numeric label, in ascending order.
    fn bounds(&self, series: &str, label: &str) -> Vec<Ratio> {
        let values = self.series.get(series).and_then(|s| s.labels.get(label)).map(|seen| &seen.values);
        let mut bounds: Vec<Ratio> = values.into_iter().flatten().filter_map(|v| super::sample::exact(v)).collect();
        bounds.sort();
        bounds.dedup();
        bounds
    }

    fn labels(&self, kind: &Kind) -> Labels {
        let own = match kind {
            Kind::Histogram(_) => Some("le"),
            Kind::Summary(_) => Some("quantile"),
            _ => None,
        };
        let total: usize = self.series.values().map(|s| s.count).sum();
        let mut known: BTreeMap<String, LabelFacts> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (label, seen) in self.series.values().flat_map(|s| &s.labels) {
            if Some(label.as_str()) == own || seen.count == 0 {
                continue;
            }
            *counts.entry(label).or_default() += seen.count;
            let facts = known.entry(label.clone()).or_default();
            if !seen.many {
                facts.values.extend(seen.values.iter().cloned());
            }
        }
        for (label, facts) in &mut known {
            facts.optional = counts.get(label.as_str()).is_some_and(|n| *n < total);
            // Other values may come: what was seen once is not all there is.
            facts.complete = false;
        }
        Labels { known, rest: if total == 0 { Rest::Open } else { Rest::Scraped } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"# HELP http_requests_total Requests, by code.
# TYPE http_requests_total counter
http_requests_total{method="GET",code="200"} 1027 1395066363000
http_requests_total{method="POST",code="500"} 3
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{handler="/",le="0.1"} 1
http_request_duration_seconds_bucket{handler="/",le="5e-01"} 2
http_request_duration_seconds_bucket{handler="/",le="+Inf"} 3
http_request_duration_seconds_sum{handler="/"} 5.3
http_request_duration_seconds_count{handler="/"} 3
# TYPE build info
# TYPE jobs counter
# UNIT jobs ratio
jobs_total 4 # {trace_id="a"} 1
{"my.metric", "a.b"="x\"\\y"} 1
build_info{version="1.2"} 1
rpc_seconds{quantile="0.5"} 1
# EOF
not read
"#;

    #[test]
    fn a_page_tells_kinds_labels_values_and_buckets() {
        let (metrics, diagnostics) = read_exposition(PAGE, FileId(0));
        assert_eq!(diagnostics, []);
        let names: Vec<&str> = metrics.iter().map(|m| m.name.as_str()).collect();
        let wanted = [
            "build_info",
            "http_request_duration_seconds",
            "http_requests_total",
            "jobs_total",
            "my.metric",
            "rpc_seconds",
        ];
        assert_eq!(names, wanted);
        let half = [Ratio::parse("0.1").expect("0.1"), Ratio::parse("0.5").expect("0.5")];
        assert_eq!(metrics[1].kind, Kind::Histogram(half.to_vec()));
        assert_eq!(metrics[1].labels.known.keys().collect::<Vec<_>>(), ["handler"]);
        assert_eq!(metrics[2].kind, Kind::Counter);
        assert_eq!(metrics[2].labels.known["code"].values.iter().collect::<Vec<_>>(), ["200", "500"]);
        assert_eq!(metrics[2].help.as_deref(), Some("Requests, by code."));
        assert_eq!(metrics[4].labels.known["a.b"].values.first().map(String::as_str), Some("x\"\\y"));
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        let (metrics, diagnostics) = read_exposition("# TYPE a countre\na{b=1} 2\na 3\nb x\n", FileId(0));
        let places: Vec<_> = diagnostics.iter().map(|d| d.primary.span.range()).collect();
        assert_eq!(places, [9..16, 21..22, 32..33]);
        assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `counter`?"));
        assert_eq!(metrics.len(), 1);
    }
}
