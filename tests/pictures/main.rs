//! Pictures of the generated dashboards over a month of lifelike data, and the proof that no panel is empty.
//!
//! The pictures are drawn by a sketch renderer of our own, not by Grafana. They land in `target/tmp/pictures/`;
//! `UPDATE=1` also renews the one in the README, `docs/dashboard.png`.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod answers;
#[path = "../common/mod.rs"]
mod common;
mod draw;
#[path = "../engine/programs.rs"]
mod programs;
#[path = "../engine/project.rs"]
mod project;
#[path = "../engine/prometheus.rs"]
mod prometheus;
mod replay;
mod traffic;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use common::Memory;
use prometheus::{Prometheus, backfill};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn no_panel_is_empty_and_all_can_be_looked_at() {
    if !programs::have("promtool") || !programs::have("prometheus") {
        return;
    }
    let file = |name: &str| (format!("specs/{name}"), fs::read(root().join("tests/pictures/demo").join(name)).unwrap());
    let out = project::build(&Memory(BTreeMap::from(["shop.slo", "boards.slo"].map(file))));
    let data = tempfile::tempdir().unwrap();
    backfill(data.path(), &traffic::samples());
    replay::replay(data.path(), &parsed(out.path(), "prometheus", ".rules.yml"), traffic::NOW);
    let server = Prometheus::start(data.path(), &[]);
    let mut empty = Vec::new();
    for board in parsed(out.path(), "grafana/dashboards", ".json") {
        let (answers, without) = answers::answers(&server, &board, traffic::NOW);
        empty.extend(without);
        draw::draw(&board, &answers, traffic::NOW);
    }
    assert!(empty.is_empty(), "these panels are empty: {empty:#?}");
}

/// Files below a directory of the output, read.
fn parsed(out: &Path, dir: &str, ending: &str) -> Vec<Value> {
    let read = |path: &String| serde_yaml::from_str(&fs::read_to_string(out.join(path)).unwrap()).unwrap();
    project::named(out, dir, ending).iter().map(read).collect()
}
