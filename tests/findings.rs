//! What the type checker says of queries, line by line: `tests/promql/findings.txt` against `tests/promql/catalog.txt`.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use sloc::promql::types::{Checker, Expected, Facts};
use sloc::promql::{self, Dialect};
use sloc::source::{FileId, Span};
use sloc::units::Duration;

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
    let catalog = common::metrics::catalog(FileId(9));
    let facts = Facts {
        scrape: Some(Duration::from_secs(15)),
        every: Some(Duration::from_secs(30)),
        retention: Some(Duration::parse("45d").unwrap()),
        usual: false,
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

#[test]
fn what_a_place_states_and_a_server_keeps_is_held_against_the_query() {
    let catalog = common::metrics::catalog(FileId(9));
    let kept = Facts { retention: Some(Duration::parse("15d").unwrap()), ..Facts::default() };
    let checker = Checker::new(&catalog).with(kept);
    let seconds = Expected::Record(sloc::catalog::Unit::parse("seconds"));
    let cases = [
        ("max by (job) (latency_milliseconds)", seconds, "W0330"),
        ("sum by (job) (rate(http_requests_total[30d]))", Expected::Anything, "E0371"),
    ];
    for (text, expected, code) in cases {
        let query = promql::parse(text, Span::new(FileId(0), 0..text.len()), Dialect::Rule).0.unwrap();
        let ids: Vec<&str> = checker.check(&query, expected).1.iter().map(|d| d.code.id).collect();
        assert_eq!(ids, [code], "{text}");
    }
}
