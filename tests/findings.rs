//! What the type checker says of queries, line by line: `tests/promql/findings.txt` against `tests/promql/catalog.txt`.
#![allow(clippy::unwrap_used, missing_docs)]

use sloc::catalog::{Catalog, Kind, LabelFacts, Labels, Metric, Values};
use sloc::promql::types::{Checker, Expected, Facts};
use sloc::promql::{self, Dialect};
use sloc::source::{FileId, Span};
use sloc::units::{Duration, Ratio};

/// A line of the catalog: kind, name, labels with their values, and what follows.
fn metric(line: &str, origin: Span) -> Metric {
    let (head, rest) = line.split_once('}').unwrap_or((line, ""));
    let (kind, name) = head.split('{').next().unwrap().split_once(' ').unwrap();
    let numbers = rest.split_whitespace().filter_map(Ratio::parse).collect::<Vec<_>>();
    let values = rest.contains(" in ").then(|| Values::OneOf(numbers.clone()));
    let kind = match kind {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram(numbers),
        "native" => Kind::NativeHistogram,
        "summary" => Kind::Summary(numbers),
        "info" => Kind::Info,
        "stateset" => Kind::StateSet,
        other => panic!("{other}"),
    };
    let listed: Vec<&str> = head.split('{').nth(1).unwrap_or("").split(',').map(str::trim).collect();
    let mut labels = Labels::declared(listed.iter().map(|l| l.split('=').next().unwrap()));
    for (label, texts) in listed.iter().filter_map(|l| l.split_once('=')) {
        let values = texts.split('|').map(str::to_string).collect();
        labels.known.insert(label.into(), LabelFacts { values, complete: true, optional: false });
    }
    Metric { labels, values, ..Metric::new(name, kind, origin) }
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (i, line) in include_str!("promql/catalog.txt").lines().enumerate().filter(|(_, l)| !l.starts_with('#')) {
        assert_eq!(catalog.insert(metric(line, Span::new(FileId(9), i * 100..i * 100 + 1))), None);
    }
    catalog
}

fn expected(place: &str) -> Expected {
    match place {
        "any" => Expected::Anything,
        "alert" => Expected::AlertCondition(Duration::from_mins(5)),
        "now" => Expected::AlertCondition(Duration::default()),
        "value" => Expected::AlertValue,
        "events" => Expected::Events,
        "ratio" => Expected::ErrorRatio,
        "panel" => Expected::Panel(None),
        "record" => Expected::Record(None),
        other => panic!("{other}"),
    }
}

#[test]
fn every_line_finds_what_it_says() {
    let catalog = catalog();
    let facts = Facts {
        scrape: Some(Duration::from_secs(15)),
        every: Some(Duration::from_secs(30)),
        retention: Some(Duration::parse("45d").unwrap()),
        open: false,
    };
    let checker = Checker::new(&catalog).with(facts);
    let mut wrong = Vec::new();
    for line in include_str!("promql/findings.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut parts = line.split(" | ");
        let (place, query, codes) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let dialect = if place == "panel" { Dialect::Grafana } else { Dialect::Rule };
        let (parsed, mut found) = promql::parse(query, Span::new(FileId(0), 0..query.len()), dialect);
        let Some(parsed) = parsed else {
            wrong.push(format!("{query}\n    does not parse: {found:?}"));
            continue;
        };
        found.extend(checker.check(&parsed, expected(place)).1);
        let mut ids: Vec<&str> = found.iter().map(|d| d.code.id).collect();
        ids.sort();
        ids.dedup();
        let ids = if ids.is_empty() { "-".to_string() } else { ids.join(" ") };
        if ids != codes {
            let messages: Vec<String> = found.iter().map(|d| format!("\n      {} {}", d.code.id, d.message)).collect();
            wrong.push(format!("{query}\n    expected {codes}, found {ids}{}", messages.concat()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
