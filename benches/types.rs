//! How long the type checker takes beyond parsing, on one core: `cargo bench --bench types`.
//!
//! A thousand rules as people write them against a catalog of ten thousand metrics, then single queries of growing
//! size, whose cost per part must stay the same. Medians of eleven runs; `docs/performance.md` has numbers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::{Duration, Instant};

use sloc::catalog::{self, Catalog};
use sloc::promql::types::{Checker, Expected};
use sloc::promql::{self, Dialect, Query};
use sloc::source::{FileId, Span};

const METRICS: usize = 10_000;
const RULES: usize = 1_000;

/// A page of metrics, half of them counters, the rest gauges and histograms.
fn page() -> String {
    let mut page = String::new();
    for i in 0..METRICS {
        let labels = format!("job=\"j{}\",instance=\"i{}\",code=\"{}\"", i % 7, i % 11, 200 + i % 5 * 100);
        match i % 4 {
            0 | 1 => page += &format!("# TYPE app{i}_requests counter\napp{i}_requests_total{{{labels}}} 1\n"),
            2 => page += &format!("# TYPE app{i}_memory_bytes gauge\napp{i}_memory_bytes{{{labels}}} 1\n"),
            _ => {
                page += &format!("# TYPE app{i}_seconds histogram\n");
                for le in ["0.05", "0.1", "0.25", "0.5", "1", "+Inf"] {
                    page += &format!("app{i}_seconds_bucket{{{labels},le=\"{le}\"}} 1\n");
                }
                page += &format!("app{i}_seconds_count{{{labels}}} 1\napp{i}_seconds_sum{{{labels}}} 1\n");
            }
        }
    }
    page + "# EOF\n"
}

/// A rule as people write them.
fn rule(i: usize) -> String {
    let n = (i * 37) % METRICS / 4 * 4;
    match i % 5 {
        0 => format!(
            "sum by (job) (rate(app{n}_requests_total{{code=~\"5..\"}}[5m])) / sum by (job) (rate(app{n}_requests_total[5m])) > 0.05"
        ),
        1 => format!("histogram_quantile(0.99, sum by (le, job) (rate(app{}_seconds_bucket[5m]))) > 0.5", n + 3),
        2 => format!("app{}_memory_bytes{{job=~\"j[0-{}]\"}} > 1073741824", n + 2, i % 9),
        3 => format!(
            "increase(app{n}_requests_total{{code!~\"2..|3..\"}}[10m]) > 5 and on (job) sum by (job) (rate(app{n}_requests_total[5m])) > 1"
        ),
        _ => format!(
            "1 - sum(rate(app{n}_requests_total{{code!~\"5..\"}}[30m])) / sum(rate(app{n}_requests_total[30m])) > 0.01 unless on () absent(app{}_memory_bytes)",
            n + 2
        ),
    }
}

/// Parts joined by an operator, the brackets as even as they can be: nesting has a limit of its own.
fn joined(parts: &[String], op: &str) -> String {
    match parts.len() {
        1 => parts[0].clone(),
        n => format!("({} {op} {})", joined(&parts[..n / 2], op), joined(&parts[n / 2..], op)),
    }
}

/// `n` of the same, added.
fn added(part: &str, n: usize) -> String {
    joined(&vec![part.to_string(); n], "+")
}

fn parse(text: &str) -> Query {
    promql::parse(text, Span::new(FileId(0), 0..text.len()), Dialect::Rule).0.unwrap_or_else(|| panic!("{text}"))
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..11)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[5]
}

fn main() {
    let text = page();
    let mut catalog = Catalog::default();
    let read = median(|| {
        catalog = Catalog::default();
        for metric in catalog::read_exposition(&text, FileId(1)).0 {
            catalog.insert(metric);
        }
    });
    println!("{} metrics read from {} KiB: {read:.1?}", catalog.len(), text.len() >> 10);
    let texts: Vec<String> = (0..RULES).map(rule).collect();
    let parsing = median(|| texts.iter().for_each(|t| drop(parse(t))));
    let queries: Vec<Query> = texts.iter().map(|t| parse(t)).collect();
    let mut said = 0;
    let checking = median(|| {
        let checker = Checker::new(&catalog);
        let five = sloc::units::Duration::from_mins(5);
        said = queries.iter().map(|q| checker.check(q, Expected::AlertCondition(five)).1.len()).sum();
    });
    println!("{RULES} rules: parsing {parsing:.1?}, checking {checking:.1?} ({said} findings)");
    type Shape = (&'static str, fn(usize) -> String);
    let shapes: [Shape; 6] = [
        ("a sum", |n| added("rate(app0_requests_total[5m])", n)),
        ("a choice", |n| {
            let parts: Vec<String> = (0..n).map(|i| format!("app{}_memory_bytes > {i}", i * 4 + 2)).collect();
            joined(&parts, "or")
        }),
        ("parts of sums", |n| {
            let total = "(rate(app0_requests_total[5m]) + rate(app1_requests_total[5m]))";
            added(&format!("rate(app0_requests_total[5m]) / {total}"), n)
        }),
        ("by many labels", |n| {
            format!("sum by ({}) (nobody)", (0..n).map(|i| format!("l{i}")).collect::<Vec<_>>().join(", "))
        }),
        ("many matchers", |n| {
            format!("nobody{{{}}}", (0..n).map(|i| format!("l{i}=~\"a{i}.*\"")).collect::<Vec<_>>().join(", "))
        }),
        ("many mistakes", |n| added("rate(app2_memory_bytes[5m])", n)),
    ];
    for (name, shape) in shapes {
        print!("{name:<15}");
        for n in [40, 160, 640] {
            let text = shape(n);
            let query = parse(&text);
            let checker = Checker::new(&catalog);
            let parsing = median(|| drop(parse(&text)));
            let checking = median(|| drop(checker.check(&query, Expected::Anything)));
            let drawing = median(|| drop(checker.tree(&query)));
            print!("  {n}: {parsing:.1?} + {checking:.1?} (tree {drawing:.1?})");
        }
        println!();
    }
}
