//! Whether sloc accepts what Prometheus accepts: over the collections in `../shared/conformance/promql`, against the
//! promtool that is installed. Where the two differ, `tests/agreement/differences.txt` says why.
#![allow(clippy::unwrap_used, missing_docs)]

mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use sloc::promql::{self, Dialect};
use sloc::source::{FileId, Span};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance/promql");

/// Every expression of the collections, each once.
fn expressions() -> Option<Vec<String>> {
    let read = |name: &str| fs::read_to_string(format!("{FOLDER}/{name}")).ok();
    let (Some(syntax), Some(alerts)) = (read("syntax.json"), read("awesome-prometheus-alerts.json")) else {
        eprintln!("skipped: {FOLDER} is not here");
        return None;
    };
    let syntax: Vec<(String, String)> = serde_json::from_str(&syntax).unwrap();
    let alerts: Vec<Value> = serde_json::from_str(&alerts).unwrap();
    let alerts = alerts.iter().map(|a| a["expr"].as_str().unwrap().to_string());
    let all: BTreeSet<String> = syntax.into_iter().map(|(_, text)| text).chain(alerts).collect();
    assert!(all.len() > 1200, "{}", all.len());
    Some(all.into_iter().collect())
}

fn sloc_accepts(text: &str) -> bool {
    promql::parse(text, Span::new(FileId(0), 0..text.len()), Dialect::Rule).0.is_some()
}

/// The expressions that promtool refuses, by their index. Rules without an expression are refused for that.
fn refused_by_promtool(expressions: &[String]) -> BTreeSet<usize> {
    let rule = |(i, text): (usize, &String)| json!({"record": format!("r{i}"), "expr": text});
    let rules: Vec<Value> = expressions.iter().enumerate().map(rule).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yml");
    fs::write(&path, json!({"groups": [{"name": "all", "rules": rules}]}).to_string()).unwrap();
    let output = Command::new("promtool").args(["check", "rules"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    // `… group "all", rule 3, "r2": could not parse expression: …`
    let number = |line: &str| line.split("\", rule ").nth(1)?.split(',').next()?.parse::<usize>().ok();
    said.lines().filter_map(number).map(|n| n - 1).collect()
}

fn has_promtool_2() -> bool {
    let version = Command::new("promtool").arg("--version").output();
    let found = version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("version 2.42"));
    if !found {
        eprintln!("skipped: there is no promtool 2.42 here");
    }
    found
}

/// The known differences: an expression as JSON text, then who accepts it, and why.
fn differences() -> BTreeMap<String, (bool, &'static str)> {
    let lines = include_str!("differences.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let entry = |line: &'static str| {
        let (who, rest) = line.split_once(' ').unwrap();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let text = values.next().unwrap().unwrap();
        let why = rest[values.byte_offset()..].trim();
        assert!(!why.is_empty() && matches!(who, "sloc" | "promtool"), "{line}");
        (text, (who == "sloc", why))
    };
    lines.map(entry).collect()
}

#[test]
fn sloc_accepts_what_promtool_accepts_but_for_the_listed_differences() {
    let Some(expressions) = expressions().filter(|_| has_promtool_2()) else { return };
    let refused = refused_by_promtool(&expressions);
    assert!(refused.len() > 100 && refused.len() < 400, "{}", refused.len());
    let mut known = differences();
    let mut wrong = Vec::new();
    for (i, text) in expressions.iter().enumerate() {
        let (ours, theirs) = (sloc_accepts(text), !refused.contains(&i));
        let quoted = serde_json::to_string(text).unwrap();
        match (known.remove(text), ours == theirs) {
            (None, true) => {}
            (Some((by_sloc, _)), false) if by_sloc == ours => {}
            (Some(_), _) => wrong.push(format!("listed, but no difference any more: {quoted}")),
            (None, false) => wrong.push(format!("{} {quoted}", if ours { "sloc" } else { "promtool" })),
        }
    }
    wrong.extend(known.keys().map(|text| format!("listed, but in no collection: {text:?}")));
    let agreed = expressions.len() - differences().len();
    eprintln!("{agreed} of {} verdicts agree, the others are listed", expressions.len());
    assert!(wrong.is_empty(), "differences that are not listed:\n{}", wrong.join("\n"));
}

/// Whether it is sloc that accepts, what the query then has, and why.
type Reason = (bool, fn(&str) -> bool, &'static str);

/// Where generated queries may differ.
const REASONS: &[Reason] = &[
    (true, |q| q.contains(" offset +"), "signs before an offset, Prometheus 3"),
    (true, |q| q.contains(" offset 0s") || q.contains(" offset -0s"), "an offset of zero, Prometheus 3"),
    (true, |q| q.contains("info("), "info, Prometheus 3.0 behind a flag"),
    (true, |q| q.contains("(\"a\")"), "quoted UTF-8 names, Prometheus 3.0"),
    (true, holds_bare_length, "numbers as durations and durations as numbers, Prometheus 3.0"),
    (
        false,
        |q| q.contains(" on () "),
        "a number is compared `on ()` a vector: Prometheus drops the `on ()` in silence",
    ),
];

/// Whether a length of time stands where a number does, or the other way round.
fn holds_bare_length(query: &str) -> bool {
    let parts: Vec<&str> =
        query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || "[]:".contains(c))).collect();
    let number = |p: &str| {
        p.split('[').nth(1).and_then(|p| p.split([']', ':']).next()).is_some_and(|p| p.parse::<f64>().is_ok())
    };
    let length = |p: &str| p.starts_with(|c: char| c.is_ascii_digit()) && p.ends_with(['s', 'm', 'h', 'd', 'w', 'y']);
    let after_offset = |pair: &[&str]| pair[0] == "offset" && pair[1].parse::<f64>().is_ok();
    parts.iter().any(|p| number(p) || length(p)) || parts.windows(2).any(after_offset)
}

#[test]
fn of_generated_queries_sloc_accepts_those_that_promtool_accepts() {
    if !has_promtool_2() {
        return;
    }
    let queries = generated::queries(6000);
    let refused = refused_by_promtool(&queries);
    let accepted = queries.len() - refused.len();
    assert!(accepted > 500 && refused.len() > 500, "{accepted} of {}", queries.len());
    let mut wrong = Vec::new();
    for (i, text) in queries.iter().enumerate() {
        let (ours, theirs) = (sloc_accepts(text), !refused.contains(&i));
        if ours != theirs && !REASONS.iter().any(|(who, has, _)| *who == ours && has(text)) {
            wrong.push(format!("{} {}", if ours { "sloc" } else { "promtool" }, serde_json::to_string(text).unwrap()));
        }
    }
    eprintln!("{} generated queries, {accepted} of them right", queries.len());
    assert!(wrong.is_empty(), "{} differences that have no reason:\n{}", wrong.len(), wrong.join("\n"));
}
