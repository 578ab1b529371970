//! The catalog: what is known of the metrics that queries read. Facts only; what follows from them is the type checker's.

mod exposition;
mod metric;
pub mod pulled;
mod sample;
mod saved;
mod unit;

pub use exposition::read_exposition;
pub use metric::{Kind, LabelFacts, Labels, Metric, Rest, Values};
pub use saved::{read_saved, write_saved};
pub use unit::Unit;

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, codes};

/// Every known metric, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Catalog {
    metrics: BTreeMap<String, Metric>,
}

/// Which part of a metric a series name is: histograms and summaries expose several series names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// The metric itself.
    Whole,
    /// `_bucket` of a classic histogram.
    Bucket,
    /// `_count` of a histogram or summary.
    Count,
    /// `_sum` of a histogram or summary.
    Sum,
}

impl Catalog {
    /// Adds a metric, or what is new about a known one. A contradiction is reported and the first fact stays.
    pub fn insert(&mut self, metric: Metric) -> Option<Diagnostic> {
        match self.metrics.get_mut(&metric.name) {
            Some(known) => known.merge(metric),
            None => {
                self.metrics.insert(metric.name.clone(), metric);
                None
            }
        }
    }

    /// The metric behind a series name, and which part of it the name is.
    pub fn find(&self, series: &str) -> Option<(&Metric, Part)> {
        let whole = self.metrics.get(series).map(|m| (m, Part::Whole));
        whole.or_else(|| {
            let parts = [("_bucket", Part::Bucket), ("_count", Part::Count), ("_sum", Part::Sum)];
            parts.into_iter().find_map(|(suffix, part)| {
                let metric = self.metrics.get(series.strip_suffix(suffix)?)?;
                metric.has_part(part).then_some((metric, part))
            })
        })
    }

    /// Whether the catalog covers the namespace of `series`, the part of its name before the first `_` or `:`.
    pub fn covers(&self, series: &str) -> bool {
        let Some(end) = series.find(['_', ':']) else { return false };
        let prefix = series.get(..=end).unwrap_or("");
        self.metrics.range(prefix.to_string()..).next().is_some_and(|(name, _)| name.starts_with(prefix))
    }

    /// The known series name nearest to `series`, when one is near enough to be meant.
    pub fn nearest(&self, series: &str) -> Option<String> {
        let limit = 1 + series.chars().count() / 4;
        // Without its unit a name may be much shorter: `x` for `x_seconds`.
        let longer = |name: &str| name.strip_prefix(series).is_some_and(|rest| rest.starts_with('_'));
        let near = |name: &&str| name.len().abs_diff(series.len()) <= limit || longer(name);
        let names: Vec<String> = self.metrics.values().flat_map(Metric::series_names).collect();
        crate::diag::nearest(series, names.iter().map(String::as_str).filter(near)).map(str::to_string)
    }

    /// The known series name that `series` is a slip of the pen of: it differs in at most two neighbouring letters.
    pub fn slip(&self, series: &str) -> Option<String> {
        let suffix = ["_bucket", "_count", "_sum"].into_iter().find(|s| series.ends_with(s));
        let stem = suffix.and_then(|s| series.strip_suffix(s)).unwrap_or(series);
        self.metrics.values().find_map(|m| {
            let whole = m.has_part(Part::Whole) && is_slip(series, &m.name);
            let part = suffix.filter(|_| m.has_part(Part::Count) && is_slip(stem, &m.name));
            match (whole, part) {
                (true, _) => Some(m.name.clone()),
                (false, suffix) => suffix.map(|s| format!("{}{s}", m.name)),
            }
        })
    }

    /// Every metric in the order of its name.
    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.values()
    }

    /// How many metrics are known.
    pub fn len(&self) -> usize {
        self.metrics.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }
}

/// Whether two names differ in one spot of at most two letters. Digits make other names on purpose.
pub fn is_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let shorter = a.len().min(b.len());
    if shorter < 6 || a.len().abs_diff(b.len()) > 2 || a == b {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let end = a.iter().rev().zip(b.iter().rev()).take(shorter - start).take_while(|(x, y)| x == y).count();
    let differs = |name: &[u8]| name.len() - start - end;
    let digits = |name: &[u8]| name.iter().skip(start).take(differs(name)).any(u8::is_ascii_digit);
    differs(a) <= 2 && differs(b) <= 2 && !digits(a) && !digits(b)
}

/// That a metric is told to be two different things.
fn conflict(known: &Metric, new: &Metric, what: &str, was: String, is: String) -> Diagnostic {
    let message = format!("`{}` has {what} {is} here, and {was} elsewhere", known.name);
    Diagnostic::new(&codes::E0391, new.origin, message).label(known.origin, format!("{what} {was} here"))
}
