//! What the catalog has of a metric and of its labels.

use super::super::query;
use super::super::world::Document;
use super::MOST;
use crate::catalog::{Kind, LabelFacts, Metric, Rest, Values};
use crate::source::Span;
use crate::units::Ratio;

/// The catalog's entry for the metric declared at a place.
pub(super) fn entry(document: &Document, declaration: Span, name: &str) -> Option<String> {
    let metric = query::declared(&document.snapshot, declaration, name)?;
    Some(text(document, &metric))
}

pub(super) fn text(document: &Document, metric: &Metric) -> String {
    let unit = metric.unit_or_by_name().map_or_else(String::new, |unit| format!(" in {unit}"));
    let help = metric.help.as_ref().map_or_else(String::new, |help| format!("\n\n{help}"));
    let place = document.snapshot.program.sources.place(metric.origin);
    let kind = metric.kind.with_article();
    let buckets = bounds(&metric.kind).map_or_else(String::new, |b| format!("\n\nbuckets {b}"));
    let values = metric.values.as_ref().map_or_else(String::new, |v| format!("\n\nvalues {}", self::values(v)));
    format!(
        "metric **{}**: {kind}{unit}{help}{buckets}{values}\n\n{}\n\ndeclared at {place}",
        metric.name,
        labels(metric)
    )
}

fn bounds(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Histogram(bounds) | Kind::Summary(bounds) if !bounds.is_empty() => Some(numbers(bounds)),
        _ => None,
    }
}

fn values(values: &Values) -> String {
    match values {
        Values::OneOf(all) => numbers(all),
        Values::Between(low, high) => format!("{} to {}", low.expr(), high.expr()),
    }
}

fn numbers(all: &[Ratio]) -> String {
    all.iter().map(|n| n.expr()).collect::<Vec<_>>().join(", ")
}

/// A list of the labels with their values.
fn labels(metric: &Metric) -> String {
    let rest = match metric.labels.rest {
        Rest::Closed => "no other labels than `job` and `instance`",
        Rest::Scraped => "and what scraping adds",
        Rest::Open => "any other label may be there",
    };
    let known = metric.labels.known.iter().map(|(name, facts)| format!("- `{name}`{}\n", label(facts)));
    format!("{}\n{rest}", known.collect::<String>())
}

/// What is known of a label: `: GET, POST …`.
pub(super) fn label(facts: &LabelFacts) -> String {
    let some = if facts.optional { " (some series)" } else { "" };
    let mut shown: Vec<&str> = facts.values.iter().map(String::as_str).take(MOST).collect();
    if shown.len() < facts.values.len() || !facts.values.is_empty() && !facts.complete {
        shown.push("…");
    }
    if shown.is_empty() { some.to_string() } else { format!("{some}: {}", shown.join(", ")) }
}
