//! Rule groups on several rulers: each has about the same to read, and what reads a series is where that is recorded.

use std::collections::BTreeMap;

use sloc::cost::{self, Grounds};
use sloc::driver::Known;
use sloc::model::Model;

use super::common::Memory;
use super::model;

/// The shard of every group, by its service and name.
fn places(model: &Model) -> BTreeMap<String, u32> {
    let of = |s: &sloc::model::Service| {
        let own = s.groups.iter().map(|g| (&g.name, g.shard));
        let all = own.chain(s.carried.iter().map(|g| (&g.name, g.shard)));
        all.map(|(name, shard)| (format!("{} {name}", s.name), shard.unwrap())).collect::<Vec<_>>()
    };
    model.services.iter().flat_map(of).collect()
}

/// Sixty objectives, of which every tenth reads its raw series for all of its windows.
fn uneven() -> String {
    let slo = |n: usize| match n % 10 {
        0 => format!(" slo s{n} 99% over 30d {{\n  ratio avg_over_time(dear_ratio{{route=\"{n}\"}}[$window])\n }}\n"),
        _ => format!(
            " slo s{n} 99% over 30d {{\n  errors cheap_errors_total{{route=\"{n}\"}}\n  total cheap_total{{route=\"{n}\"}}\n }}\n"
        ),
    };
    let slos: String = (0..60).map(slo).collect();
    format!("project acme {{ shards 3 }}\nservice shop {{\n{slos}}}\n")
}

#[test]
fn each_shard_reads_about_as_many_samples() {
    let program = Memory::one(uneven().as_bytes());
    let model = model(&program);
    let catalog = Known::from_specs(&program).unwrap().catalog;
    let loads = cost::groups(&model, Grounds { series: cost::VALUES, catalog: &catalog });
    let groups = model.services.iter().flat_map(|s| s.groups.iter().map(|g| g.shard.unwrap()));
    let mut by_shard = [0_u64; 3];
    groups.zip(&loads).for_each(|(shard, load)| by_shard[shard as usize] += load.hourly);
    let (least, most) = (by_shard.iter().min().unwrap(), by_shard.iter().max().unwrap());
    assert!(*most as f64 / (*least as f64) < 1.1, "{by_shard:?}");
    let dearest = loads.iter().map(|l| l.hourly).max().unwrap();
    assert!(dearest > 10 * loads.iter().map(|l| l.hourly).min().unwrap());
}

#[test]
fn what_reads_a_series_is_where_it_is_recorded() {
    let slo = |n: usize| {
        format!(
            " slo s{n} 99% over 30d {{\n  errors a_total{{n=\"{n}\", code=\"500\"}}\n  total a_total{{n=\"{n}\"}}\n }}\n"
        )
    };
    let slos: String = (0..24).map(slo).collect();
    let program = format!(
        "project acme {{ shards 8 }}\nservice far {{\n{slos}}}\n\
         service one {{\n alert gone {{\n  value slo:period_error_budget_remaining:ratio{{slo_id=\"far.s7\"}}\n  critical below 0\n }}\n}}\n\
         service two {{\n alert any {{\n  when slo:current_burn_rate:ratio{{slo_id=~\"far.(s1|s2)\"}} > 10\n  critical for 1m\n }}\n}}\n\
         service three {{\n rules \"sums\" {{\n  record job:a:rate5m {{\n   expr sum by (job) (rate(a_total[5m]))\n  }}\n }}\n}}\n\
         service four {{\n alert busy {{\n  value job:a:rate5m\n  critical above 5\n }}\n}}\n\
         service five {{\n rules \"again\" {{\n  record job:a:busy {{\n   expr max(job:a:rate5m) + on () sum(slo:objective:ratio{{slo_id=\"far.s9\"}})\n  }}\n }}\n}}\n"
    );
    let model = model(&Memory::one(program.as_bytes()));
    let places = places(&model);
    let at = |name: &str| *places.get(name).unwrap_or_else(|| panic!("{name} in {places:?}"));
    for n in 0..24 {
        assert_eq!(at(&format!("far far.s{n}:short")), at(&format!("far far.s{n}:long")), "{n}");
    }
    assert_eq!(at("one one:alerts"), at("far far.s7:short"));
    assert_eq!(at("two two:alerts"), at("far far.s1:short"));
    assert_eq!(at("two two:alerts"), at("far far.s2:long"));
    assert_eq!(at("four four:alerts"), at("three sums"));
    assert_eq!(at("five again"), at("three sums"));
    assert_eq!(at("five again"), at("far far.s9:short"));
    let used: std::collections::BTreeSet<u32> = places.values().copied().collect();
    assert_eq!(used.len(), 8, "{places:?}");
}
