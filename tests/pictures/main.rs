//! Pictures of the generated dashboards over a month of lifelike data, and the proof that no panel is empty.
//!
//! The pictures are drawn by a sketch renderer of our own, not by Grafana. They land in `target/tmp/pictures/`;
//! `UPDATE=1` also renews the one in the README, `docs/dashboard.png`.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod answers;
#[path = "../common/mod.rs"]
mod common;
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
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use common::Memory;
use prometheus::{Prometheus, backfill};

/// The page of a service that the README shows, and how much of it.
const README: (&str, u32) = ("Checkout API", 1190);

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
    replay::replay(data.path(), &parsed(out.path(), "prometheus", ".rules.yml"));
    let server = Prometheus::start(data.path(), &[]);
    let mut empty = Vec::new();
    for board in parsed(out.path(), "grafana/dashboards", ".json") {
        let (answers, without) = answers::answers(&server, &board);
        empty.extend(without);
        draw(&board, &answers);
    }
    assert!(empty.is_empty(), "these panels are empty: {empty:#?}");
}

/// Files below a directory of the output, read.
fn parsed(out: &Path, dir: &str, ending: &str) -> Vec<Value> {
    let read = |path: &String| serde_yaml::from_str(&fs::read_to_string(out.join(path)).unwrap()).unwrap();
    project::named(out, dir, ending).iter().map(read).collect()
}

/// Draws a dashboard in a headless browser, where there is one.
fn draw(board: &Value, answers: &Value) {
    let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&pictures).unwrap();
    let (uid, title) = (board["uid"].as_str().unwrap(), board["title"].as_str().unwrap());
    let renderer = fs::read_to_string(root().join("tests/pictures/sketch.html")).unwrap();
    let input = json!({"board": board, "answers": answers, "now": traffic::NOW}).to_string().replace("</", "<\\/");
    let page = pictures.join(format!("{uid}.html"));
    fs::write(&page, renderer.replace("/*INPUT*/null", &input)).unwrap();
    if !programs::have("chromium") {
        return;
    }
    let height = height(board);
    let picture = pictures.join(format!("{uid}.png"));
    photograph(&page, &picture, height);
    if title.starts_with(README.0) && std::env::var_os("UPDATE").is_some() {
        photograph(&page, &root().join("docs/dashboard.png"), README.1);
    }
}

/// Pixels from the top of a dashboard to the end of its last panel, with closed rows opened.
fn height(board: &Value) -> u32 {
    let bottom = |p: &Value| p["gridPos"]["y"].as_u64().unwrap() + p["gridPos"]["h"].as_u64().unwrap();
    let lines = board["panels"].as_array().unwrap().iter().map(bottom).max().unwrap_or(0);
    100 + 38 * lines as u32
}

fn photograph(page: &Path, picture: &Path, height: u32) {
    let profile = tempfile::tempdir().unwrap();
    let args = [
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--hide-scrollbars".into(),
        format!("--user-data-dir={}", profile.path().display()),
        format!("--window-size=1480,{height}"),
        format!("--screenshot={}", picture.display()),
        format!("file://{}", page.display()),
    ];
    programs::run("chromium", &args.iter().map(String::as_str).collect::<Vec<_>>(), profile.path());
}
