//! Rule files that others wrote: `tests/rules/probes` against what each says it finds, and what is printed of some.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use sloc::diag::{Diagnostic, codes, render};
use sloc::promql::types::Facts;
use sloc::rules::{self, Source};
use sloc::source::{SourceFile, Sources};
use sloc::units::Duration;

fn facts() -> Facts {
    Facts { scrape: Some(Duration::from_secs(15)), ..Facts::default() }
}

/// Checks one rule file against the catalog of the tests.
fn check(path: &str, text: &str) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add(SourceFile::new(path.into(), text.into()));
    let declared = sources.add(SourceFile::new("catalog".into(), common::metrics::TEXT.into()));
    let found = rules::check(&[Source { text, file }], &common::metrics::catalog(declared), facts());
    (sources, found)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = format!("{}/tests/rules/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yml"));
    files.sort();
    files
}

fn ids(found: &[Diagnostic]) -> String {
    let ids: BTreeSet<&str> = found.iter().map(|d| d.code.id).collect();
    if ids.is_empty() { "-".into() } else { ids.into_iter().collect::<Vec<_>>().join(" ") }
}

/// What follows `# key: ` in a probe.
fn says<'a>(text: &'a str, key: &str) -> &'a str {
    text.lines().find_map(|l| l.strip_prefix(&format!("# {key}: "))).unwrap()
}

#[test]
fn every_probe_finds_what_it_says() {
    let mut wrong = Vec::new();
    let probes = files("probes");
    assert_eq!(probes.len(), 38);
    for probe in &probes {
        let text = fs::read_to_string(probe).unwrap();
        let (sources, found) = check("probe.yml", &text);
        if ids(&found) != says(&text, "finds") {
            wrong.push(format!("{}\n{}", probe.display(), render::render(&found, &sources, render::Format::Short)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn promtool_says_of_the_probes_what_they_say() {
    let Ok(version) = Command::new("promtool").arg("--version").output() else { return };
    if !String::from_utf8_lossy(&version.stdout).contains("version 2.") {
        return;
    }
    let mut passed = 0;
    for probe in files("probes") {
        let text = fs::read_to_string(&probe).unwrap();
        let output = Command::new("promtool").args(["check", "rules"]).arg(&probe).output().unwrap();
        let status = output.status.code().unwrap().to_string();
        assert_eq!(status, says(&text, "promtool"), "{}: {}", probe.display(), String::from_utf8_lossy(&output.stderr));
        passed += usize::from(status == "0" && says(&text, "finds") != "-");
    }
    assert!(passed >= 19, "promtool passes {passed} wrong probes");
}

/// The YAML examples of the pages that no spec can show.
#[test]
fn the_example_of_every_page_about_rules_reports_its_code() {
    // Their facts come from outside the example: a saved page, a server's retention, another metric's unit.
    const ELSEWHERE: [&str; 4] = ["W0330", "W0340", "W0341", "E0371"];
    let mut count = 0;
    for code in codes::ALL.iter().filter(|c| c.page.contains("```yaml\n") && !ELSEWHERE.contains(&c.id)) {
        let example = code.page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        let (_, found) = check("example.yml", example);
        assert!(found.iter().any(|d| d.code == *code), "{}: {:?}", code.id, ids(&found));
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn what_is_printed_is_what_stands_beside_the_file() {
    let update = std::env::var_os("UPDATE").is_some();
    for path in files("") {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let (sources, found) = check(&name, &text);
        let printed = render::render(&found, &sources, render::Format::Human { color: false });
        let answer = path.with_extension("stderr");
        if update {
            fs::write(&answer, &printed).unwrap();
        }
        assert_eq!(fs::read_to_string(&answer).unwrap(), printed, "{name}");
    }
}

#[test]
fn a_published_collection_is_read_without_a_complaint_about_its_yaml() {
    let path = "/work/shared/conformance/promql/awesome-prometheus-alerts.json";
    let Ok(text) = fs::read_to_string(path) else { return };
    let rules: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let list = rules.iter().map(|r| {
        let texts = |key: &str| r[key].clone();
        serde_json::json!({"alert": r["name"], "expr": r["expr"], "for": r["for_"], "labels": texts("labels"), "annotations": texts("ann")})
    });
    let file = serde_json::json!({"groups": [{"name": "all", "rules": list.collect::<Vec<_>>()}]});
    let yaml = serde_yaml::to_string(&file).unwrap();
    let (sources, found) = check("all.yml", &yaml);
    let unread: Vec<Diagnostic> = found.iter().filter(|d| d.code.id == "E0386").cloned().collect();
    assert!(unread.is_empty(), "{}", render::render(&unread, &sources, render::Format::Short));
    // Every place is the very text: an underlined label is the label.
    for d in found.iter().filter(|d| d.code.id == "E0382") {
        let shown = sources.text(d.primary.span);
        assert!(shown.starts_with("$labels."), "{shown}");
    }
}
