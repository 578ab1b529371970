//! Indicators of OpenSLO as statements of an objective.

use super::fields::{Fields, Reader, number};
use super::openslo::{Objects, text};
use super::query::{self, Trust};
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::promql::{self, Dialect, Kind as ExprKind};
use crate::rules::yaml::{Node, Text};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// A bound on a value: `op` and `value`, and what time slices need.
#[derive(Default)]
pub(super) struct Bound<'n> {
    op: Option<&'n Text>,
    value: Option<&'n Text>,
    slice: Option<&'n Text>,
    slice_target: Option<&'n Text>,
}

/// The indicator that stands in a mapping, or that is named in it.
pub(super) fn indicator(reader: &mut Reader, fields: &mut Fields<'_>, objects: &Objects) -> Option<Node> {
    let inline = fields.either(&["indicator", "sli"]);
    let named = fields.either(&["indicatorRef", "sliRef"]);
    let object = match (inline, named) {
        (Some(inline), _) => inline.clone(),
        (None, Some(named)) => {
            let name = text(reader, named, "indicatorRef")?;
            let found = objects.get(&("SLI".to_string(), name.value.clone())).cloned();
            if found.is_none() {
                unknown(reader, "SLI", name);
            }
            found?
        }
        (None, None) => return None,
    };
    // v1alpha has the metrics right here, later versions below `spec`.
    Some(object.get("spec").cloned().unwrap_or(object))
}

/// Says that an object is not in any of the files.
pub(super) fn unknown(reader: &mut Reader, kind: &str, name: &Text) {
    let message = format!("there is no {kind} `{}` in these files", name.value);
    let help = "name the file that has it, too";
    reader.report(Diagnostic::new(&codes::E0712, name.span, message).here("not there").help(help));
}

pub(super) fn bound<'n>(reader: &mut Reader, fields: &mut Fields<'n>) -> Bound<'n> {
    Bound {
        op: fields.text(reader, "op"),
        value: fields.text(reader, "value"),
        slice: fields.text(reader, "timeSliceWindow"),
        slice_target: fields.text(reader, "timeSliceTarget"),
    }
}

/// The statements of an indicator; what is not as it was goes to `notes`.
pub(super) fn lines(
    reader: &mut Reader,
    node: &Node,
    bound: &Bound<'_>,
    method: &str,
    notes: &mut Vec<String>,
) -> Option<Vec<String>> {
    let mut fields = Fields::of(reader, node, "an indicator")?;
    fields.ignore(&["description"]);
    let ratio = fields.map(reader, "ratioMetric");
    let threshold = fields.get("thresholdMetric");
    let good = fields.get("good").or_else(|| fields.get("bad")).is_some();
    if let Some(threshold) = threshold {
        fields.finish(reader);
        return threshold_lines(reader, threshold, bound, notes);
    }
    let mut ratio = match ratio {
        Some(ratio) => ratio,
        None if good => fields,
        None => {
            let message = "this indicator has neither a ratio nor a threshold";
            reader.report(
                Diagnostic::new(&codes::E0712, node.span, message).here("no `ratioMetric`, no `thresholdMetric`"),
            );
            return None;
        }
    };
    without_bound(reader, bound, notes)?;
    let parts = parts(reader, &mut ratio, notes);
    ratio.finish(reader);
    let parts = parts?;
    if method == "Timeslices" {
        return slices(reader, parts, bound, notes);
    }
    if method == "RatioTimeslices" {
        notes.push("each event counts, not the mean of the slices' ratios".into());
    }
    Some(match parts {
        Parts::Events { word, part, total } => vec![format!("{word} {part}"), format!("total {total}")],
        Parts::Ratio(ratio) => vec![format!("ratio {ratio}")],
    })
}

/// What a ratio is made of.
enum Parts {
    Events { word: &'static str, part: String, total: String },
    Ratio(String),
}

fn parts(reader: &mut Reader, fields: &mut Fields<'_>, notes: &mut Vec<String>) -> Option<Parts> {
    fields.ignore(&["counter", "incremental"]);
    let (raw, kind) = (fields.get("raw"), fields.text(reader, "rawType"));
    if let Some(raw) = raw {
        let query = window_query(reader, raw, notes)?;
        return match kind.map(|k| k.value.as_str()) {
            Some("success") => Some(Parts::Ratio(format!("1 - ({query})"))),
            Some("failure") => Some(Parts::Ratio(query)),
            _ => {
                reader.wrong(
                    raw.span,
                    "a raw ratio says what it is the share of",
                    "`rawType: success` or `rawType: failure`",
                );
                None
            }
        };
    }
    let (good, bad) = (fields.get("good"), fields.get("bad"));
    let total = fields.need_node(reader, "total");
    let (word, part) = match (good, bad) {
        (Some(good), None) => ("good", good),
        (None, Some(bad)) => ("errors", bad),
        _ => {
            reader.wrong(fields.span(), "a ratio has good or bad events, one of the two", "`good:` or `bad:`");
            return None;
        }
    };
    let (part, total) = (window_query(reader, part, notes), window_query(reader, total?, notes));
    Some(Parts::Events { word, part: part?, total: total? })
}

/// What Sloth reads of OpenSLO: good and total events, each with a template.
pub(super) fn good_and_total(reader: &mut Reader, fields: &mut Fields<'_>) -> Option<Vec<(&'static str, String)>> {
    fields.ignore(&["counter", "incremental"]);
    let (good, total) = (fields.need_node(reader, "good"), fields.need_node(reader, "total"));
    let mut query = |node: &Node| source(reader, node).and_then(|text| query::templated(reader, text, Trust::PromQl));
    let (good, total) = (good.and_then(&mut query), total.and_then(&mut query));
    Some(vec![("good", good?), ("total", total?)])
}

/// `op` and `value` are for thresholds; `op` alone says nothing.
fn without_bound(reader: &mut Reader, bound: &Bound<'_>, notes: &mut Vec<String>) -> Option<()> {
    if bound.value.is_none() {
        notes.extend(bound.op.map(|op| format!("`op: {}` says nothing of a ratio", op.value)));
        return Some(());
    }
    let Some(odd) = bound.op.or(bound.value) else { return Some(()) };
    let message = "`op` and `value` are for thresholds, and this is a ratio";
    reader.wrong(odd.span, message, "leave them out: a ratio has only its target");
    None
}

/// An indicator that no objective reads: only what is wrong in it.
pub(super) fn look(reader: &mut Reader, spec: &Node) {
    let mut notes = Vec::new();
    match spec.get("thresholdMetric") {
        Some(threshold) => {
            let query = source(reader, threshold).and_then(|text| query::plain(reader, text, Dialect::Rule));
            let _ = query;
        }
        None => {
            let _ = lines(reader, spec, &Bound::default(), "Occurrences", &mut notes);
        }
    }
}

/// The share of slices in which a ratio was good enough.
fn slices(reader: &mut Reader, parts: Parts, bound: &Bound<'_>, notes: &mut Vec<String>) -> Option<Vec<String>> {
    let (Some(target), Some(slice)) = (bound.slice_target, bound.slice) else {
        let at = bound.slice_target.or(bound.slice).map(|t| t.span).unwrap_or_default();
        reader.wrong(at, "time slices have a target and a length", "`timeSliceTarget: 0.95` and `timeSliceWindow: 1m`");
        return None;
    };
    let each = slice_length(reader, slice, notes)?;
    let over = |query: &str| query.replace("$window", &each.to_string());
    let value = match parts {
        Parts::Events { word: "good", part, total } => {
            format!("({}) / ({})", counted_over(&part, each), counted_over(&total, each))
        }
        Parts::Events { part, total, .. } => {
            format!("1 - ({}) / ({})", counted_over(&part, each), counted_over(&total, each))
        }
        Parts::Ratio(ratio) => format!("1 - ({})", over(&ratio)),
    };
    let Some(target) = number(&target.value).and_then(Ratio::decimal) else {
        reader.wrong(target.span, format!("`{}` is not a share", target.value), "a decimal number: `0.95`");
        return None;
    };
    Some(vec![format!("value {value}"), format!("good above {target} each {each}")])
}

/// A query over one slice; a bare counter stands for its growth.
fn counted_over(query: &str, each: Duration) -> String {
    if query.contains("$window") {
        return query.replace("$window", &each.to_string());
    }
    format!("sum(increase({query}[{each}]))")
}

fn slice_length(reader: &mut Reader, text: &Text, notes: &mut Vec<String>) -> Option<Duration> {
    let Some(each) = duration(&text.value) else {
        reader.wrong(text.span, format!("`{}` is not the length of a slice", text.value), "`1m`, `5m`");
        return None;
    };
    let longest = Duration::from_mins(5);
    if each > longest {
        notes.push(format!("slices of {each} are slices of {longest}, the longest"));
    }
    Some(each.min(longest))
}

/// `value` with a bound.
fn threshold_lines(
    reader: &mut Reader,
    node: &Node,
    bound: &Bound<'_>,
    notes: &mut Vec<String>,
) -> Option<Vec<String>> {
    let text = source(reader, node)?;
    let query = query::plain(reader, text, Dialect::Rule)?;
    let (Some(op), Some(value)) = (bound.op, bound.value) else {
        let at = bound.op.or(bound.value).map_or(node.span, |t| t.span);
        reader.wrong(at, "a threshold has `op` and `value`", "`op: lt` and `value: 0.5`");
        return None;
    };
    let side = match op.value.as_str() {
        "lt" | "lte" => "below",
        "gt" | "gte" => "above",
        other => {
            reader.wrong(op.span, format!("`{other}` is not a comparison"), "`lt`, `lte`, `gt` or `gte`");
            return None;
        }
    };
    let Some(limit) = number(&value.value).and_then(Ratio::decimal) else {
        reader.wrong(value.span, format!("`{}` is not a number", value.value), "a decimal number");
        return None;
    };
    let each = match bound.slice {
        Some(slice) => slice_length(reader, slice, notes)?,
        None => Duration::from_mins(1),
    };
    notes.push(format!("the value is looked at once in {each}, and each look is an event"));
    if let Some(target) = bound.slice_target.filter(|t| number(&t.value) != Some(Ratio::ONE)) {
        notes.push(format!("`timeSliceTarget: {}` has no sense for one look", target.value));
    }
    Some(vec![format!("value {query}"), format!("good {side} {limit} each {each}")])
}

/// The query of a metric source: of Prometheus, or of nobody in particular.
fn source<'n>(reader: &mut Reader, node: &'n Node) -> Option<&'n Text> {
    let mut fields = Fields::of(reader, node, "a metric")?;
    let mut inner = match fields.either(&["metricSource"]) {
        Some(source) => {
            fields.finish(reader);
            Fields::of(reader, source, "metricSource")?
        }
        None => fields,
    };
    let inline = inner.get("dataSourceSpec").and_then(|spec| spec.get("type"));
    let kind = inner.either(&["type", "source"]).or(inline).and_then(Node::text);
    inner.ignore(&["metricSourceRef", "dataSourceRef", "queryType"]);
    if let Some(kind) = kind.filter(|k| !["prometheus", "sloth"].contains(&k.value.to_lowercase().as_str())) {
        let message = format!("queries of `{}` are no PromQL", kind.value);
        reader.report(Diagnostic::new(&codes::E0715, kind.span, message).here("not read").help("`type: Prometheus`"));
        return None;
    }
    let query = match inner.get("query") {
        Some(query) => text(reader, query, "query"),
        None => {
            let spec = inner.need_node(reader, "spec")?;
            let mut spec = Fields::of(reader, spec, "spec")?;
            let query = spec.need(reader, "query");
            spec.ignore(&["queryType", "step", "datasource"]);
            spec.finish(reader);
            query
        }
    };
    inner.finish(reader);
    query
}

/// A query with a place for the window: a template, a bare counter, a fixed range that becomes the window, or a sum of
/// counters that becomes the sum of their growth.
fn window_query(reader: &mut Reader, node: &Node, notes: &mut Vec<String>) -> Option<String> {
    let text = source(reader, node)?;
    if text.value.contains("{{") {
        return query::templated(reader, text, Trust::PromQl);
    }
    let line = query::plain(reader, text, Dialect::Rule)?;
    let parsed = promql::parse(&line, Span::new(text.span.file, 0..line.len()), Dialect::Rule).0?;
    if parsed.bare_selector().is_some() {
        return Some(line);
    }
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let mut counters = Vec::new();
    parsed.expr().walk(&mut |e| match &e.kind {
        ExprKind::Selector(s) => match &s.range {
            Some(range) => ranges.push(range.length_span.range()),
            None => counters.push(e.span.range()),
        },
        ExprKind::Subquery(s) => ranges.push(s.range.length_span.range()),
        _ => {}
    });
    let lengths: std::collections::BTreeSet<&str> = ranges.iter().filter_map(|r| line.get(r.clone())).collect();
    match (lengths.iter().next(), lengths.len(), counters.len()) {
        (Some(length), 1, _) => {
            notes.push(format!("its range of {length} became the window, so that the budget counts each event once"));
            let mut out = line.clone();
            ranges.iter().rev().for_each(|r| out.replace_range(r.clone(), "$window"));
            Some(out)
        }
        (None, _, 1) if matches!(parsed.expr().bare().kind, ExprKind::Aggregate(_)) => {
            notes.push("its counters are summed by their growth in the window".into());
            let at = counters.into_iter().next()?;
            let selector = line.get(at.clone())?.to_string();
            let mut out = line.clone();
            out.replace_range(at, &format!("increase({selector}[$window])"));
            Some(out)
        }
        _ => {
            let message = "this query has no one place for the window";
            let diagnostic = Diagnostic::new(&codes::E0715, text.span, message).here("several ranges, or none");
            let help = "`[{{.window}}]` stands where the range goes; a counter alone needs none";
            reader.report(diagnostic.help(help));
            None
        }
    }
}

/// A duration of OpenSLO: `m`, `h`, `d`, `w`, and `M`, `Q`, `Y` for months of 30 days and their multiples.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if let Some(duration) = Duration::parse(text) {
        return Some(duration);
    }
    let days = [('M', 30), ('Q', 90), ('Y', 365)];
    let (unit, size) = days.iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number: u64 = text.strip_suffix(*unit)?.parse().ok()?;
    Some(Duration::from_mins(number.checked_mul(size * 1440)?)).filter(|d| *d < Duration::MAX)
}

/// `28` and `Day` as `28d`; the text itself when the unit is none.
pub(super) fn counted(count: &str, unit: &str) -> String {
    let units =
        [("Minute", "m"), ("Hour", "h"), ("Day", "d"), ("Week", "w"), ("Month", "M"), ("Quarter", "Q"), ("Year", "Y")];
    let unit = unit.trim_end_matches('s');
    match units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
        Some((_, short)) => format!("{count}{short}"),
        None => {
            let near = did_you_mean(unit, units.iter().map(|(name, _)| *name));
            format!("{count} {unit}{}", near.map_or(String::new(), |n| format!(" ({n})")))
        }
    }
}
