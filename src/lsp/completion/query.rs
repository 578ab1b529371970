//! In a query: metrics, functions that give what is wanted, labels the metric has, their values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lsp_types::CompletionItemKind;

use super::{Choice, Spot};
use crate::catalog::{Catalog, Kind, LabelFacts, Metric, Part};
use crate::check::Lens;
use crate::promql::functions::{AGGREGATIONS, FUNCTIONS};
use crate::promql::outline::{self, BEHIND, GROUPING, Place, WordKind};
use crate::promql::{Dialect, ValueType};
use crate::source::Span;
use crate::syntax::PieceKind;

/// What reads how a counter grows, and what reads a value that goes up and down.
const OF_COUNTERS: [&str; 4] = ["rate", "irate", "increase", "resets"];
const OF_GAUGES: [&str; 5] = ["delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"];

/// Lengths of ranges that are usual in rules, and what dashboards have in their place.
const LENGTHS: [&str; 6] = ["1m", "5m", "10m", "30m", "1h", "1d"];
const OF_DASHBOARDS: [&str; 3] = ["$__rate_interval", "$__interval", "$__range"];

impl Spot<'_> {
    /// The query that the place stands in.
    pub(super) fn raw(&self) -> Option<Span> {
        let holds = |span: &Span| span.range().contains(&self.start);
        let raw = self.offered.pieces.iter().filter(|p| p.kind == PieceKind::Raw);
        raw.map(|p| p.span).find(holds)
    }

    /// What may come at a place in a query.
    pub(super) fn query(&self, raw: Span) -> Vec<Choice> {
        if matches!(self.role(raw), "logql" | "traceql") {
            return Vec::new();
        }
        let begin = raw.start as usize;
        let before = self.document.text().get(begin..self.cursor).unwrap_or("");
        let (place, typed) = outline::place(before);
        let at = begin + typed;
        let plain = |words: &[&str]| {
            words.iter().map(|w| Choice::new(*w, CompletionItemKind::KEYWORD, "", at)).collect::<Vec<_>>()
        };
        match place {
            Place::Operand(wanted, call) => self.operands(raw, wanted, call.map(|(name, _)| name), at),
            Place::Operator => plain(&BEHIND),
            Place::Grouping => plain(&GROUPING),
            Place::Label(metric, used) => {
                let labels = metric.map_or_else(BTreeMap::new, |m| self.labels_in(&m));
                labels.iter().filter(|(name, _)| !used.contains(name)).map(|(n, facts)| label(n, facts, at)).collect()
            }
            Place::Grouped => {
                let labels = self.labels_in(self.written(raw));
                labels.iter().map(|(name, facts)| label(name, facts, at)).collect()
            }
            Place::Value(metric, label) => {
                let values = self.values(metric.as_deref(), &label);
                values.into_iter().map(|v| Choice::new(v, CompletionItemKind::VALUE, "", at)).collect()
            }
            Place::Range => {
                self.lengths(raw).into_iter().map(|l| Choice::new(l, CompletionItemKind::UNIT, "", at)).collect()
            }
            Place::Nothing => Vec::new(),
        }
    }

    /// The text of the query as it is, without the placeholder.
    fn written(&self, raw: Span) -> &str {
        let grown = crate::syntax::PLACEHOLDER.len().saturating_sub(self.end - self.start);
        self.document.text().get(raw.start as usize..(raw.end as usize).saturating_sub(grown)).unwrap_or("")
    }

    fn catalog(&self) -> Arc<Catalog> {
        Lens::new(&self.document.snapshot.program).catalog(self.document.file)
    }

    /// Metrics and functions of which one may stand here.
    fn operands(&self, raw: Span, wanted: ValueType, call: Option<String>, at: usize) -> Vec<Choice> {
        let role = self.role(raw);
        let catalog = self.catalog();
        let series = matches!(wanted, ValueType::Vector | ValueType::Matrix | ValueType::Unknown);
        let named = |m: &Metric| match (role, &call) {
            ("histogram", None) => vec![m.name.clone()],
            _ => m.series_names(),
        };
        let fits = |m: &&Metric| {
            series && (role != "histogram" || matches!(m.kind, Kind::Histogram(_) | Kind::NativeHistogram))
        };
        let metrics = catalog.iter().filter(fits).flat_map(|m| named(m).into_iter().map(move |name| (m, name)));
        let mut choices: Vec<Choice> =
            metrics.map(|(m, name)| Choice { rank: rank(m, role, call.as_deref()), ..metric(m, name, at) }).collect();
        if role != "histogram" {
            choices.extend(functions(wanted, at));
        }
        choices
    }

    /// The word before the query: `errors`, `when` …
    fn role(&self, raw: Span) -> &str {
        let before = self.offered.pieces.iter().take_while(|p| p.span.start < raw.start);
        let word = before.filter(|p| matches!(p.kind, PieceKind::Head | PieceKind::Keyword)).last();
        word.and_then(|p| self.document.text().get(p.span.range())).unwrap_or("")
    }

    /// The labels of the metrics that a query names, with what is known of each.
    pub(super) fn labels_in(&self, query: &str) -> BTreeMap<String, LabelFacts> {
        let catalog = self.catalog();
        let mut labels = BTreeMap::new();
        for (metric, part) in self.metrics_in(query).filter_map(|name| catalog.find(name)) {
            let scraped = ["job", "instance"].into_iter().chain((part == Part::Bucket).then_some("le"));
            for name in scraped {
                labels.entry(name.to_string()).or_default();
            }
            labels.extend(metric.labels.known.clone());
        }
        labels
    }

    /// The values that a label is known to have; else those that other queries match it with.
    fn values(&self, metric: Option<&str>, label: &str) -> BTreeSet<String> {
        let known = metric.and_then(|m| self.labels_in(m).remove(label)).unwrap_or_default();
        if !known.values.is_empty() {
            return known.values;
        }
        let snapshot = &self.document.snapshot;
        let queries = snapshot.mentions().queries.iter().map(|(span, _)| snapshot.program.sources.text(*span));
        queries.flat_map(|query| matched(query, label)).collect()
    }

    /// The lengths that a range of a query may have.
    pub(super) fn lengths(&self, raw: Span) -> Vec<&'static str> {
        let here = |span: &Span| span.start == raw.start;
        let dialect = self.mentions.queries.iter().find(|(span, _)| here(span)).map_or(Dialect::Window, |(_, d)| *d);
        let own: &[&str] = match dialect {
            Dialect::Window => &["$window"],
            Dialect::Rule => &[],
            Dialect::Grafana => &OF_DASHBOARDS,
        };
        own.iter().chain(&LENGTHS).copied().collect()
    }
}

/// The texts that a query matches a label with.
fn matched(query: &str, label: &str) -> Vec<String> {
    let words = outline::words(query);
    let is = |word: &outline::Word, kind| word.kind == kind;
    let of_label = words.windows(3).filter(|w| {
        is(&w[0], WordKind::Label) && query.get(w[0].range.clone()) == Some(label) && is(&w[2], WordKind::Text)
    });
    let text = |w: &[outline::Word]| Some(query.get(w[2].range.clone())?.trim_matches(['"', '\'', '`']).to_string());
    of_label.filter_map(text).filter(|t| !t.is_empty() && !t.contains('$')).collect()
}

fn metric(m: &Metric, name: String, at: usize) -> Choice {
    let unit = m.unit_or_by_name().map_or_else(String::new, |unit| format!(" in {unit}"));
    let detail = format!("{}{unit}", m.kind.with_article());
    Choice { documentation: m.help.clone(), ..Choice::new(name, CompletionItemKind::VARIABLE, detail, at) }
}

/// How well a metric fits: counters where growth is read or events are counted, gauges where values are.
fn rank(m: &Metric, role: &str, call: Option<&str>) -> u8 {
    let counts = matches!(m.kind, Kind::Counter | Kind::Histogram(_) | Kind::NativeHistogram);
    let of_events = call.is_none() && matches!(role, "errors" | "good" | "total");
    let wanted = match call {
        Some(name) if OF_COUNTERS.contains(&name) => Some(true),
        Some(name) if OF_GAUGES.contains(&name) || name.ends_with("_over_time") => Some(false),
        _ => of_events.then_some(true),
    };
    u8::from(wanted.is_some_and(|counter| counter != counts && m.kind != Kind::Unknown))
}

/// The functions and aggregations that give what is wanted. A number may stand for a vector of one.
fn functions(wanted: ValueType, at: usize) -> Vec<Choice> {
    let gives = |result: ValueType| {
        result == wanted || matches!((wanted, result), (ValueType::Vector | ValueType::Unknown, ValueType::Scalar))
    };
    let flag = |since: &str| if since.is_empty() { String::new() } else { format!(", experimental since {since}") };
    let own = FUNCTIONS.iter().filter(|f| gives(f.result) || wanted == ValueType::Unknown).map(|f| {
        let arguments: Vec<&str> = f.args.iter().map(|a| a.name()).collect();
        (f.name, format!("({}){}", arguments.join(", "), flag(f.experimental)), f.experimental)
    });
    let vector = matches!(wanted, ValueType::Vector | ValueType::Unknown);
    let of_groups = AGGREGATIONS.iter().filter(|_| vector);
    let all = own.chain(of_groups.map(|a| (a.name, format!("aggregation{}", flag(a.experimental)), a.experimental)));
    let choice = |(name, detail, experimental): (&str, String, &str)| Choice {
        rank: if experimental.is_empty() { 2 } else { 3 },
        call: true,
        ..Choice::new(name, CompletionItemKind::FUNCTION, detail, at)
    };
    all.map(choice).collect()
}

fn label(name: &str, facts: &LabelFacts, at: usize) -> Choice {
    let values: Vec<&str> = facts.values.iter().map(String::as_str).take(8).collect();
    let optional = if facts.optional { "some series; " } else { "" };
    Choice::new(name, CompletionItemKind::FIELD, format!("{optional}{}", values.join(", ")), at)
}
