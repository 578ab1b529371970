//! What Grafana would refuse, drop in silence or draw wrongly, found in the files before Grafana sees them.
//!
//! No Grafana runs here, so its rules are written down in `alerts.rs` and `boards.rs`, and `mutants.rs` shows for each
//! of them that it finds what it is there to find.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod alerts;
mod boards;
#[path = "../common/mod.rs"]
mod common;
mod mutants;
mod output;
#[path = "../engine/project.rs"]
mod project;

use std::collections::BTreeMap;

use common::Memory;
use output::Output;

fn findings(output: &Output) -> Vec<String> {
    [boards::findings(output), alerts::findings(output)].concat()
}

#[track_caller]
fn assert_fine(program: &Memory) -> Output {
    let output = Output::of(program);
    let findings = findings(&output);
    assert!(findings.is_empty(), "{findings:#?}");
    output
}

#[test]
fn our_own_specs_are_fine_in_grafana() {
    let output = assert_fine(&project::own());
    assert!(output.boards().count() > 2 && output.rules().count() > 20);
}

#[test]
fn a_hundred_objectives_are_fine_in_grafana() {
    let output = assert_fine(&project::hundred());
    assert_eq!(output.boards().count(), 11);
}

#[test]
fn the_specs_of_the_pictures_are_fine_in_grafana() {
    assert_fine(&demo());
}

/// A small program with an objective that is split, one that is not counted, and an absence alert.
fn demo() -> Memory {
    let text = include_bytes!("../pictures/demo/shop.slo");
    Memory(BTreeMap::from([("specs/shop.slo".to_string(), text.to_vec())]))
}

#[test]
fn words_that_mean_something_to_grafana_stay_words() {
    let output = assert_fine(&Memory::one(include_bytes!("odd.slo")));
    let rule = output.rules().find(|r| r["labels"]["slo_tier"] == "page-1h").unwrap();
    assert_eq!(rule["labels"]["motto"], "{{\"{\"}}{{\"{\"}} $$HOME }} \"a\"");
    assert!(rule["title"].as_str().unwrap().len() <= 190);
}

#[test]
fn a_program_without_objectives_has_no_dashboards() {
    let output = assert_fine(&Memory::one(b"service quiet {}\n"));
    assert_eq!(output.boards().count() + output.rules().count(), 0);
}
