//! Two Prometheus servers, each with one shard of the rules, over the same counters: every objective is recorded by one of
//! them, all of it by the same.

use std::collections::BTreeSet;
use std::fs;

use super::common::Memory;
use super::month::hurried;
use super::programs::have;
use super::project;
use super::prometheus::{Prometheus, Samples, backfill, backfill_sums, now};

/// Six objectives, and one that is made of two of them.
fn program() -> String {
    let slo = |n: usize| {
        let total = format!("requests_total{{job=\"a\", route=\"/{n}\"}}");
        format!(
            "  slo s{n} 99% over 7d {{\n    errors {}\n    total {total}\n  }}\n",
            total.replace('}', ", code=\"500\"}")
        )
    };
    let slos: String = (0..6).map(slo).collect();
    let journey = "  slo journey 99% over 7d {\n    all of shop.s0, shop.s5\n  }\n";
    format!("project acme {{ shards 2 }}\nservice shop {{\n{slos}{journey}}}\n")
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
        let file = out.path().join(format!("shards/{shard}/shop.rules.yml"));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, hurried(&text)).unwrap();
        let end = now();
        backfill(data.path(), &counters(end));
        backfill_sums(data.path(), std::slice::from_ref(&text), (end - 3600, end, 30));
        let server = Prometheus::start(data.path(), &[file.display().to_string()]);
        let here = |s: &Prometheus, metric: &str| -> BTreeSet<String> {
            let series = s.instant(metric, now()).unwrap();
            series.iter().map(|s| s["metric"]["slo_id"].as_str().unwrap().to_string()).collect()
        };
        let planned: BTreeSet<String> =
            text.split("slo_id: ").skip(1).map(|t| t.split([',', '}', '\n']).next().unwrap().to_string()).collect();
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
    assert_eq!(home("shop.journey"), home("shop.s0"));
    assert_eq!(home("shop.journey"), home("shop.s5"));
}
