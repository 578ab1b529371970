//! The output on the real engines. `SLOC_REQUIRE_ENGINES=1` makes a missing engine a failure.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod calendar;
#[path = "../common/mod.rs"]
mod common;
mod levels;
mod live;
mod meaning;
mod month;
mod mutants;
mod odd;
mod programs;
mod project;
mod prometheus;
mod promises;
mod questions;
mod shards;
mod terraform;
mod told;
mod victoria;
mod written;

use std::fs;
use std::path::Path;
use std::time::Instant;

use programs::{have, run};
use sloc::driver;

fn promtool(verb: &str, files: &[String], out: &Path) -> String {
    assert!(!files.is_empty(), "there is nothing to {verb}");
    let args: Vec<&str> = [verb, "rules"].into_iter().chain(files.iter().map(String::as_str)).collect();
    run("promtool", &args, out)
}

#[test]
fn the_rules_of_our_specs_are_valid_and_their_tests_pass() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&project::own());
    promtool("check", &project::named(out.path(), "prometheus", ".rules.yml"), out.path());
    promtool("test", &project::named(out.path(), "prometheus/tests", ".yml"), out.path());
}

#[test]
fn every_alert_has_a_test_in_which_it_fires() {
    let model = driver::analyze(&project::own()).unwrap().model.unwrap();
    let tests: String =
        driver::emit(&model).into_iter().filter(|a| a.path.contains("/tests/")).map(|a| a.body).collect();
    let fired: Vec<&str> = tests.lines().filter(|l| l.contains("- labels: ") && l.contains("ALERTS{")).collect();
    for service in &model.services {
        for (slo, alert) in service.slos.iter().flat_map(|s| service.alerts_of(s).map(move |a| (s, a))) {
            let (slo, tier) =
                (format!("slo_id=\"{}\"", slo.id), format!("slo_tier=\"{}\"", alert.labels.get("slo_tier").unwrap()));
            assert!(fired.iter().any(|l| l.contains(&slo) && l.contains(&tier)), "{slo} {tier} is never seen to fire");
        }
    }
}

#[test]
fn a_hundred_objectives_prove_themselves() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&project::hundred());
    let tests = project::named(out.path(), "prometheus/tests", ".yml");
    let start = Instant::now();
    promtool("test", &tests, out.path());
    eprintln!("a hundred objectives proved themselves in {:.1} s", start.elapsed().as_secs_f64());
}

#[test]
fn alertmanager_takes_the_inhibitions() {
    if !have("amtool") {
        return;
    }
    let out = project::build(&project::own());
    for file in project::named(out.path(), "alertmanager", "inhibit_rules.yml") {
        let fragment = fs::read_to_string(out.path().join(file)).unwrap();
        let config = format!("route: {{ receiver: nobody }}\nreceivers: [{{ name: nobody }}]\n{fragment}");
        fs::write(out.path().join("alertmanager.yml"), config).unwrap();
        run("amtool", &["check-config", "alertmanager.yml"], out.path());
    }
}
