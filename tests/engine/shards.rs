//! Two Prometheus servers, each with one shard of the rules, over the same counters: every objective is recorded by one of
//! them, all of it by the same.

use std::collections::BTreeSet;
use std::fs;

use super::common::Memory;
use super::month::hurried;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Samples, backfill, backfill_sums, now};

/// Six services with an objective each, and one that is made of two of them.
fn program() -> String {
    let service = |n: usize| {
        let total = format!("requests_total{{job=\"a\", route=\"/{n}\"}}");
        format!(
            "service s{n} {{\n  slo all 99% over 7d {{\n    errors {}\n    total {total}\n  }}\n}}\n",
            total.replace('}', ", code=\"500\"}")
        )
    };
    let services: String = (0..6).map(service).collect();
    let journey = "service trip {\n  slo journey 99% over 7d {\n    all of s0.all, s5.all\n  }\n}\n";
    format!("project acme {{ shards 2 }}\n{services}{journey}\n")
}

fn counters(end: i64) -> Samples {
    let counter = |rate: f64| (end - 7200..=end).step_by(15).enumerate().map(|(i, t)| (t, i as f64 * rate)).collect();
    let series = |n: usize, code: &str| format!("requests_total{{job=\"a\",route=\"/{n}\",code=\"{code}\"}}");
    (0..6).flat_map(|n| [(series(n, "200"), counter(3.0)), (series(n, "500"), counter(1.0))]).collect()
}

#[test]
fn two_servers_share_the_objectives() {
    if !have("promtool") || !have("prometheus") {
        return;
    }
    let out = project::build(&Memory::one(program().as_bytes()));
    let data = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut homes = Vec::new();
    for (shard, data) in data.iter().enumerate() {
        let files = project::files(&out.path().join(format!("shards/{shard}")));
        let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        files.iter().zip(&texts).for_each(|(file, text)| fs::write(file, hurried(text)).unwrap());
        let end = now();
        backfill(data.path(), &counters(end));
        backfill_sums(data.path(), &texts, (end - 3600, end, 30));
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let server = Prometheus::start(data.path(), &files);
        let here = |s: &Prometheus, metric: &str| -> BTreeSet<String> {
            let series = s.instant(metric, now()).unwrap();
            series.iter().map(|s| s["metric"]["slo_id"].as_str().unwrap().to_string()).collect()
        };
        let ids = |text: &str| -> Vec<String> {
            text.split("slo_id: ").skip(1).map(|t| t.split([',', '}', '\n']).next().unwrap().to_string()).collect()
        };
        let planned: BTreeSet<String> = texts.iter().flat_map(|text| ids(text)).collect();
        let recorded = |s: &Prometheus| {
            let (base, period) =
                (here(s, "slo:sli_error:ratio_rate5m"), here(s, "slo:period_error_budget_remaining:ratio"));
            (base == planned && period == planned).then_some(base)
        };
        let base = server.wait(recorded, || format!("shard {shard} does not record {planned:?}"));
        assert!(base.len() >= 2, "shard {shard} has {base:?}");
        assert!(base.is_disjoint(&all), "{base:?} {all:?}");
        homes.push(base.clone());
        all.extend(base);
    }
    assert_eq!(all.len(), 7, "{all:?}");
    let home = |id: &str| homes.iter().position(|h| h.contains(id));
    assert_eq!(home("trip.journey"), home("s0.all"));
    assert_eq!(home("trip.journey"), home("s5.all"));
}
