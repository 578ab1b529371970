//! Right queries are broken one by one, in the ways queries are broken; the checker must find it and name what is broken.
//!
//! The right ones are those of `tests/promql/findings.txt` that find nothing, those of `specs/`, and those of a public
//! collection. `cargo test --test mutation -- --nocapture` prints the tables and what was missed.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::Memory;
use sloc::catalog::{self, Catalog, Labels, Metric, Part};
use sloc::diag::Diagnostic;
use sloc::driver::Known;
use sloc::promql::types::{Checker, Expected, Facts, SampleKind};
use sloc::promql::{self, BinaryOp, Dialect, Expr, Kind, MatchOp, Query, ValueType};
use sloc::source::{FileId, Span};
use sloc::syntax::{self, PieceKind};
use sloc::units::Duration;

/// One way in which a query is broken: what is done, the place, what stands there then, and a word the message must have.
struct Mutant {
    way: &'static str,
    at: Span,
    text: String,
    word: String,
}

fn place(text: &str) -> Span {
    Span::new(FileId(0), 0..text.len())
}

fn expected(place: &str) -> Expected {
    match place {
        "alert" => Expected::AlertCondition(Duration::from_mins(5)),
        "value" => Expected::AlertValue,
        "events" => Expected::Events,
        "ratio" => Expected::ErrorRatio,
        "record" => Expected::Record(None),
        _ => Expected::Anything,
    }
}

/// Everything that is said of a text, or that it does not even parse.
fn found(checker: &Checker<'_>, text: &str, dialect: Dialect, expected: Expected) -> Vec<Diagnostic> {
    let (query, mut found) = promql::parse(text, place(text), dialect);
    if let Some(query) = query {
        found.extend(checker.check(&query, expected).1);
    }
    found
}

/// The ways to break a query.
fn mutants(query: &Query, checker: &Checker<'_>, place: &str) -> Vec<Mutant> {
    let mut out = Vec::new();
    let types = checker.types(query);
    let kind = |e: &Expr| types.get(&e.span).map_or(SampleKind::Unknown, |t| t.kind.is);
    query.expr().walk(&mut |e| match &e.kind {
        Kind::Call(call) => {
            let mut add =
                |way, at, text: &str, word: &str| out.push(Mutant { way, at, text: text.into(), word: word.into() });
            let known = call.args.first().is_some_and(|a| kind(a) != SampleKind::Unknown);
            match call.name.node.as_str() {
                "rate" | "increase" if known && kind(&call.args[0]) == SampleKind::Counter => {
                    add("kind: growth of a counter read as change", call.name.span, "delta", "counter");
                    add(
                        "kind: growth of growth",
                        e.span,
                        &format!("rate({}[10m:1m])", query.compact_part(e, None)),
                        "growth",
                    );
                    if let Kind::Selector(s) = &call.args[0].kind
                        && let Some(range) = &s.range
                    {
                        add("window: shorter than two scrapes", range.length_span, "20s", "20s");
                    }
                }
                "deriv" | "predict_linear" if known && call.name.node == "deriv" => {
                    add("kind: growth of a gauge", call.name.span, "rate", "gauge");
                }
                "max_over_time" if known && kind(&call.args[0]) == SampleKind::Gauge => {
                    add("kind: growth of a gauge", call.name.span, "increase", "gauge");
                }
                "histogram_quantile" => {
                    let quantile = &call.args[0];
                    add("quantile: a percentage", quantile.span, "99", "99");
                    add("quantile: negative", quantile.span, "-0.5", "-0.5");
                }
                _ => {}
            }
        }
        Kind::Aggregate(a) => aggregate(query, e, a, kind(&a.expr), &mut out),
        Kind::Selector(s) => {
            let Some(name) = s.name.as_ref().filter(|n| checker_knows(checker, &n.node)) else { return };
            out.push(Mutant {
                way: "label: a metric misspelt",
                at: name.span,
                text: misspelt(&name.node),
                word: misspelt(&name.node),
            });
            for m in &s.matchers {
                let wrong = misspelt(&m.name.node);
                if m.op.node != MatchOp::NotEqual && m.op.node != MatchOp::NotRegex {
                    out.push(Mutant {
                        way: "label: a label misspelt in a matcher",
                        at: m.name.span,
                        text: wrong.clone(),
                        word: wrong,
                    });
                }
                if m.op.node == MatchOp::Equal && knows_values(checker, &name.node, &m.name.node) {
                    out.push(Mutant {
                        way: "label: a value that does not exist",
                        at: m.value.span,
                        text: "\"nowhere\"".into(),
                        word: m.name.node.clone(),
                    });
                }
                if m.name.node == "le" {
                    out.push(Mutant {
                        way: "bucket: a bound that does not exist",
                        at: m.value.span,
                        text: "\"0.3\"".into(),
                        word: "0.3".into(),
                    });
                }
            }
        }
        Kind::Binary(b) => {
            let (left, right) = (types.get(&b.lhs.span), types.get(&b.rhs.span));
            let (Some(left), Some(right)) = (left, right) else { return };
            let number = right.value == ValueType::Scalar && right.interval.single().is_some();
            if b.op.node.is_comparison() && number && left.interval.low == 0.0 && left.filter.is_none() {
                let text = format!("{} < -1", query.compact_part(&b.lhs, None));
                out.push(Mutant { way: "sign: below what can be", at: e.span, text, word: "never".into() });
                let text = format!("{} > -1", query.compact_part(&b.lhs, None));
                out.push(Mutant { way: "sign: above what must be", at: e.span, text, word: "always".into() });
            }
            if b.op.node == BinaryOp::Greater
                && left.kind.is == SampleKind::Ratio
                && left.interval.high == 1.0
                && number
            {
                out.push(Mutant {
                    way: "unit: a percentage of a ratio",
                    at: b.rhs.span,
                    text: "5".into(),
                    word: "5".into(),
                });
            }
            if b.op.node == BinaryOp::Sub && right.kind.is == SampleKind::Timestamp && place == "alert" {
                let text = query.compact_part(&b.rhs, None);
                out.push(Mutant { way: "unit: a time taken for a duration", at: e.span, text, word: "time".into() });
            }
            if left.kind.is == SampleKind::Quantile && b.op.node == BinaryOp::Greater && left.interval.high.is_finite()
            {
                out.push(Mutant {
                    way: "bucket: above the largest bound",
                    at: b.rhs.span,
                    text: "60".into(),
                    word: "bound".into(),
                });
            }
            if let (Some(unit), true) = (&left.unit, b.op.node == BinaryOp::Greater && number && right.unit.is_none()) {
                if !unit.is.is_plain() && unit.is.to_string() == "milliseconds" {
                    out.push(Mutant {
                        way: "unit: seconds for milliseconds",
                        at: b.rhs.span,
                        text: "300ms".into(),
                        word: "milliseconds".into(),
                    });
                }
                if unit.is.to_string() == "bytes" {
                    out.push(Mutant {
                        way: "unit: a duration for a size",
                        at: b.rhs.span,
                        text: "5m".into(),
                        word: "bytes".into(),
                    });
                }
            }
            if b.op.node.is_comparison() && place == "alert" && e.span == query.expr().span && number {
                out.push(Mutant {
                    way: "alert: bool",
                    at: b.op.span,
                    text: format!("{} bool", b.op.node.symbol()),
                    word: "bool".into(),
                });
                let text = query.compact_part(&b.lhs, None);
                if left.filter.is_none() {
                    out.push(Mutant { way: "alert: no condition", at: e.span, text, word: "condition".into() });
                }
            }
            join(query, b, &mut out);
        }
        _ => {}
    });
    out
}

fn checker_knows(checker: &Checker<'_>, name: &str) -> bool {
    let text = name.to_string();
    let query = promql::parse(&text, place(&text), Dialect::Rule).0.unwrap();
    checker.check(&query, Expected::Anything).0.kind.is != SampleKind::Unknown && name != "up"
}

/// Whether the catalog knows all values of a label.
fn knows_values(checker: &Checker<'_>, name: &str, label: &str) -> bool {
    let text = format!("{name}{{{label}=\"nowhere, surely\"}}");
    found(checker, &text, Dialect::Rule, Expected::Anything).iter().any(|d| d.code.id == "E0341")
}

fn aggregate(query: &Query, e: &Expr, a: &promql::Aggregate, of: SampleKind, out: &mut Vec<Mutant>) {
    let text = query.compact_part(e, None);
    if let Some(g) = a.grouping.as_ref().filter(|g| !g.without && of != SampleKind::Unknown) {
        for label in &g.labels {
            let wrong = misspelt(&label.node);
            // `le` misspelt is lost.
            let way = if label.node == "le" { "le: misspelt" } else { "label: a label misspelt in `by`" };
            out.push(Mutant { way, at: label.span, text: wrong.clone(), word: wrong });
            if label.node == "le" {
                let kept: Vec<&str> = g.labels.iter().map(|l| l.node.as_str()).filter(|l| *l != "le").collect();
                let by = format!("by ({})", kept.join(", "));
                out.push(Mutant { way: "le: lost", at: g.span, text: by, word: "le".into() });
            }
        }
    }
    if a.op.node == "sum" && of == SampleKind::Rate && text.contains("rate(") && !text.contains("_bucket") {
        let raw = text.replace("rate(", "(").replace("[5m]", "");
        if !raw.contains('[') {
            let text = format!("rate({raw}[10m:1m])");
            out.push(Mutant { way: "kind: growth of a sum", at: e.span, text, word: "sum".into() });
        }
    }
}

/// One side of a join loses a label, or gets another.
fn join(query: &Query, b: &promql::Binary, out: &mut Vec<Mutant>) {
    let grouped = |e: &Expr| match &e.bare().kind {
        Kind::Aggregate(a) => a.grouping.clone().filter(|g| !g.without && !g.labels.is_empty()),
        _ => None,
    };
    let _ = query;
    if b.op.node.is_comparison() || b.matching.is_some() {
        return;
    }
    if let (Some(left), Some(right)) = (grouped(&b.lhs), grouped(&b.rhs)) {
        let both: Vec<&str> = left.labels.iter().chain(&right.labels).map(|l| l.node.as_str()).collect();
        if both.contains(&"instance") && both.contains(&"job") {
            return;
        }
        out.push(Mutant {
            way: "join: a label on one side only",
            at: left.span,
            text: "by (instance, job)".into(),
            word: "instance".into(),
        });
        let other = format!("by ({}, method)", left.labels[0].node);
        if left.labels[0].node != "method" {
            out.push(Mutant { way: "join: a label too many", at: left.span, text: other, word: "method".into() });
        }
    }
}

/// With two letters exchanged.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let middle = letters.len() / 2;
    match letters.len() {
        0..=2 => format!("{name}x"),
        _ if letters[middle] == letters[middle - 1] => format!("{name}x"),
        _ => {
            letters.swap(middle, middle - 1);
            letters.into_iter().collect()
        }
    }
}

/// Whether a message names what is broken.
fn names(d: &Diagnostic, word: &str) -> bool {
    let labels = d.labels.iter().map(|l| l.text.as_str());
    let mut texts = labels.chain([d.message.as_str(), d.primary.text.as_str()]).chain(d.help.as_deref());
    texts.any(|t| t.contains(word))
}

fn facts() -> Facts {
    Facts { scrape: Some(Duration::from_secs(15)), ..Facts::default() }
}

/// A right query, and the place it stands in.
struct Original {
    place: &'static str,
    text: String,
    dialect: Dialect,
}

/// How many mutants of each way were found, of how many.
#[derive(Default)]
struct Table {
    ways: BTreeMap<&'static str, (usize, usize)>,
    missed: Vec<String>,
}

impl Table {
    /// Breaks one query in every way.
    fn add(&mut self, checker: &Checker<'_>, original: &Original) {
        let Original { place: stands, text, dialect } = original;
        let query = promql::parse(text, place(text), *dialect).0.unwrap();
        for m in mutants(&query, checker, stands) {
            let mut broken = text.clone();
            broken.replace_range(m.at.range(), &m.text);
            let said = found(checker, &broken, *dialect, expected(stands));
            let hit = said.iter().any(|d| names(d, &m.word));
            let row = self.ways.entry(m.way).or_default();
            row.1 += 1;
            row.0 += usize::from(hit);
            if !hit {
                let messages: Vec<&String> = said.iter().map(|d| &d.message).collect();
                self.missed.push(format!("{}: {broken}\n    said: {messages:?}", m.way));
            }
        }
    }

    /// Prints the table; at least 95 of 100 must be found, of at least `least`.
    fn judge(&self, of: &str, least: usize) {
        let (hits, all) = self.ways.values().fold((0, 0), |(h, a), (x, y)| (h + x, a + y));
        println!("{of}");
        for (way, (hits, all)) in &self.ways {
            println!("  {way:<45} {hits:>4} of {all}");
        }
        println!("  {:<45} {hits:>4} of {all}", "all");
        assert!(all >= least, "only {all} mutants were made");
        assert!(hits * 100 >= all * 95, "{hits} of {all} were found; missed:\n{}", self.missed.join("\n"));
        println!("  missed:\n    {}", self.missed.join("\n    "));
    }
}

#[test]
fn at_least_95_of_100_broken_queries_are_found_and_named() {
    let catalog: Catalog = common::metrics::catalog(FileId(9));
    let checker = Checker::new(&catalog).with(facts());
    let mut table = Table::default();
    for line in include_str!("promql/findings.txt").lines().filter(|l| l.ends_with(" | -")) {
        let mut parts = line.split(" | ");
        let (stands, text) = (parts.next().unwrap(), parts.next().unwrap());
        let dialect = if stands == "panel" { Dialect::Grafana } else { Dialect::Rule };
        let original = Original { place: stands, text: text.into(), dialect };
        assert!(found(&checker, text, dialect, expected(stands)).is_empty(), "{text}");
        table.add(&checker, &original);
    }
    table.judge("tests/promql/findings.txt", 150);
}

/// The dialect in which a query of a spec is written; dashboards have variables of their own.
fn dialect(file: &str, text: &str) -> Dialect {
    match text.contains("$window") {
        true => Dialect::Window,
        false if file.ends_with("dashboards.slo") => Dialect::Grafana,
        false => Dialect::Rule,
    }
}

/// The queries of the example projects, with the catalogs these projects have.
#[test]
fn broken_queries_of_the_specs_are_found_and_named() {
    let mut table = Table::default();
    let own = Memory::own();
    let known = Known::from_specs(&own).unwrap();
    let checker = Checker::new(&known.catalog).with(facts());
    for (file, bytes) in own.0.iter().filter(|(name, _)| name.ends_with(".slo")) {
        let spec = str::from_utf8(bytes).unwrap();
        for piece in syntax::parse(FileId(0), spec).pieces.iter().filter(|p| p.kind == PieceKind::Raw) {
            let text = spec[piece.span.range()].to_string();
            let dialect = dialect(file, &text);
            // Queries of logs and of databases are no PromQL, and the alerts that fire have labels that no catalog knows.
            let Some(query) = promql::parse(&text, place(&text), dialect).0.filter(|_| !text.contains("ALERTS")) else {
                continue;
            };
            // The histogram of an objective is no query by itself.
            let name = query.bare_selector().and_then(|s| s.metric()).map(|name| name.node.to_string());
            if name.is_some_and(|n| known.catalog.find(&n).is_some_and(|(m, _)| !m.has_part(Part::Whole))) {
                continue;
            }
            let said = found(&checker, &text, dialect, Expected::Anything);
            assert!(!said.iter().any(Diagnostic::is_error), "{file}: {text}: {said:?}");
            table.add(&checker, &Original { place: "any", text, dialect });
        }
    }
    table.judge("specs/", 500);
}

/// What the queries of a collection agree on: what is read by `rate` alone counts, buckets are those of a histogram, all
/// else is a gauge; a metric has the labels that any query asks of it.
fn agreed(queries: &[Query]) -> Catalog {
    let mut metrics: BTreeMap<String, (BTreeSet<&str>, BTreeSet<String>)> = BTreeMap::new();
    for query in queries {
        gather(query.expr(), "", &mut Vec::new(), &mut metrics);
    }
    let mut catalog = Catalog::default();
    for (name, (readers, labels)) in &metrics {
        let (kind, name) = match name.strip_suffix("_bucket") {
            Some(histogram) => (catalog::Kind::Histogram(Vec::new()), histogram),
            None if readers.iter().all(|r| matches!(*r, "rate" | "increase" | "irate")) => {
                (catalog::Kind::Counter, &name[..])
            }
            None if readers.contains("delta")
                || !readers.iter().any(|r| matches!(*r, "rate" | "increase" | "irate")) =>
            {
                (catalog::Kind::Gauge, &name[..])
            }
            None => (catalog::Kind::Unknown, &name[..]),
        };
        let part = ["_count", "_sum"].iter().find_map(|s| name.strip_suffix(s));
        if part.is_some_and(|p| metrics.contains_key(&format!("{p}_bucket"))) {
            continue;
        }
        let labels = Labels::declared(labels.iter().map(String::as_str).filter(|l| !matches!(*l, "le" | "__name__")));
        let _ = catalog.insert(Metric { labels, ..Metric::new(name, kind, Span::new(FileId(9), 0..0)) });
    }
    catalog
}

/// Adds what an expression asks of metrics: the function around each, and the labels of matchers and groupings around.
fn gather<'a>(
    expr: &'a Expr,
    reader: &'a str,
    around: &mut Vec<&'a str>,
    metrics: &mut BTreeMap<String, (BTreeSet<&'a str>, BTreeSet<String>)>,
) {
    let depth = around.len();
    match &expr.kind {
        Kind::Selector(s) => {
            let Some(name) = s.metric() else { return };
            let entry = metrics.entry(name.node.to_string()).or_default();
            entry.0.insert(reader);
            entry.1.extend(s.matchers.iter().map(|m| m.name.node.clone()).chain(around.iter().map(|l| l.to_string())));
        }
        Kind::Aggregate(a) => around.extend(a.grouping.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str())),
        Kind::Binary(b) => {
            around.extend(b.matching.iter().flat_map(|m| &m.labels).map(|l| l.node.as_str()));
            around.extend(b.group.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str()));
        }
        _ => {}
    }
    let reader = match &expr.kind {
        Kind::Call(c) => c.name.node.as_str(),
        Kind::Paren(_) => reader,
        _ => "",
    };
    for child in expr.children() {
        gather(child, reader, around, metrics);
    }
    around.truncate(depth);
}

/// The public collection, with a catalog of what its queries agree on.
#[test]
fn broken_queries_of_a_public_collection_are_found_and_named() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/promql/awesome-prometheus-alerts.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: the collection is not here");
        return;
    };
    let alerts: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let texts: BTreeSet<String> = alerts.iter().map(|a| a["expr"].as_str().unwrap().to_string()).collect();
    let queries: Vec<Query> =
        texts.iter().filter_map(|text| promql::parse(text, place(text), Dialect::Rule).0).collect();
    let catalog = agreed(&queries);
    let checker = Checker::new(&catalog).with(facts());
    let mut table = Table::default();
    let mut right = 0;
    for query in &queries {
        let said = found(&checker, query.text(), Dialect::Rule, expected("alert"));
        if said.is_empty() {
            right += 1;
            table.add(&checker, &Original { place: "alert", text: query.text().into(), dialect: Dialect::Rule });
        } else if std::env::var_os("SHOW").is_some() {
            println!("{}\n    {:?}", query.text(), said.iter().map(|d| (d.code.id, &d.message)).collect::<Vec<_>>());
        }
    }
    println!("{right} of {} queries find nothing", queries.len());
    table.judge("a public collection", 1000);
}
