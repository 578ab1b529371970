//! Rule files that were never specs. `tests/rules/<CODE>_<what>.yml` is checked, with the `.prom` beside it as catalog,
//! and what is printed must be the `.stderr` beside it (`UPDATE=1 cargo test --test rules` rewrites the answers: read
//! the difference). `tests/rules/probes` say themselves what is found.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::Answers;
use sloc::diag::{Diagnostic, codes, render};
use sloc::driver::{Known, Rules};
use sloc::promql::types::Facts;
use sloc::source::SourceFile;
use sloc::units::Duration;

/// What the probes and the examples of pages may read.
fn metrics() -> Known {
    let mut known = Known::default();
    let declared = known.sources.add(SourceFile::new("catalog".into(), common::metrics::TEXT.into()));
    known.catalog = common::metrics::catalog(declared);
    known.facts = Facts { scrape: Some(Duration::from_secs(15)), ..Facts::default() };
    known
}

fn check(known: Known, text: &[u8]) -> Rules {
    known.check_rules(vec![("rules.yml".into(), text.to_vec())])
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = format!("{}/tests/rules/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yml"));
    files.sort();
    files
}

fn found(rules: &Rules) -> BTreeSet<&'static str> {
    rules.diagnostics.iter().map(|d| d.code.id).collect()
}

fn ids(rules: &Rules) -> String {
    let ids: Vec<&str> = found(rules).into_iter().collect();
    if ids.is_empty() { "-".into() } else { ids.join(" ") }
}

/// What follows `# key: ` in a probe.
fn says<'a>(text: &'a str, key: &str) -> &'a str {
    text.lines().find_map(|l| l.strip_prefix(&format!("# {key}: "))).unwrap()
}

#[test]
fn every_case_prints_its_answer() {
    let mut answers = Answers::default();
    for case in files("") {
        let name = case.file_stem().unwrap().to_str().unwrap().to_string();
        let known = match fs::read(case.with_extension("prom")) {
            Ok(page) => {
                let mut known = Known::default();
                known.add("catalog.prom".into(), page);
                known
            }
            Err(_) if name.contains('_') => Known::default(),
            Err(_) => metrics(),
        };
        let rules = check(known, &fs::read(&case).unwrap());
        let printed = render::render(&rules.diagnostics, &rules.sources, render::Format::Human { color: false });
        if let Some((code, _)) = name.split_once('_') {
            assert!(found(&rules).contains(code), "{}:\n{printed}", case.display());
        }
        answers.hold(&case.with_extension("stderr"), &printed);
    }
}

#[test]
fn every_probe_finds_what_it_says() {
    let mut wrong = Vec::new();
    let probes = files("probes");
    assert_eq!(probes.len(), 38);
    for probe in &probes {
        let text = fs::read_to_string(probe).unwrap();
        let rules = check(metrics(), text.as_bytes());
        if ids(&rules) != says(&text, "finds") {
            let printed = render::render(&rules.diagnostics, &rules.sources, render::Format::Short);
            wrong.push(format!("{}\n{printed}", probe.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn promtool_says_of_the_probes_what_they_say() {
    let version = Command::new("promtool").arg("--version").output();
    if !version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("version 2.")) {
        eprintln!("skipped: there is no promtool 2 here");
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

#[test]
fn the_example_of_every_page_about_rules_reports_its_code() {
    // Their facts come from outside the example: a saved page, a server's retention, another metric's unit.
    const ELSEWHERE: [&str; 4] = ["W0330", "W0340", "W0341", "E0371"];
    // Those of dashboards that are kept are about JSON.
    const KEPT: [&str; 3] = ["E0611", "E0612", "W0612"];
    // Those of files that are imported are tried by `tests/import.rs`.
    let imported = |id: &str| id[1..].starts_with("07");
    let other = |id: &str| ELSEWHERE.contains(&id) || KEPT.contains(&id) || imported(id);
    for code in codes::ALL.iter().filter(|c| !other(c.id)) {
        let Some(example) = code.page.split("```yaml\n").nth(1) else {
            assert!(!code.id[1..].starts_with("06"), "the page of {} about rule files has no example", code.id);
            continue;
        };
        let rules = check(metrics(), example.split("```").next().unwrap().as_bytes());
        assert!(found(&rules).contains(code.id), "the example of {} reports {}", code.id, ids(&rules));
    }
}

/// What a list says: a code, and those of whom it is said.
fn listed(list: &str) -> BTreeSet<(String, String)> {
    let lines = list.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let pairs = lines.flat_map(|line| {
        let (code, names) = line.split_once(": ").unwrap();
        names.split(" | ").map(|name| (code.to_string(), name.to_string()))
    });
    pairs.collect()
}

#[track_caller]
fn nothing_is_said_but_what_is_listed(said: &BTreeSet<(String, String)>, list: &str) {
    let listed = listed(list);
    let (new, gone): (Vec<_>, Vec<_>) = (said.difference(&listed).collect(), listed.difference(said).collect());
    assert!(new.is_empty() && gone.is_empty(), "not listed: {new:?}\nlisted, but not said: {gone:?}");
}

/// Files that real tools wrote, where they are there: whatever is said of them was read by a person and is listed.
#[test]
fn of_files_of_other_tools_nothing_is_said_but_what_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let mut said = BTreeSet::new();
    for dir in ["sloth/expected", "pyrra/expected"] {
        let Ok(entries) = fs::read_dir(root.join(dir)) else {
            eprintln!("skipped: {dir} is not here");
            return;
        };
        for path in entries.map(|e| e.unwrap().path()) {
            let file = format!("{dir}/{}", path.file_name().unwrap().to_str().unwrap());
            let rules = check(Known::default(), &fs::read(&path).unwrap());
            assert!(rules.rules > 0, "{file}");
            said.extend(found(&rules).into_iter().map(|code| (code.to_string(), file.clone())));
        }
    }
    nothing_is_said_but_what_is_listed(&said, include_str!("rules/tools.txt"));
}

/// The rules that sloc writes itself, as if they were anybody's.
#[test]
fn our_own_rules_have_no_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("out/prometheus");
    let paths = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    for path in paths.filter(|p| p.to_str().unwrap().ends_with(".rules.yml")) {
        let rules = check(Known::default(), &fs::read(&path).unwrap());
        assert!(rules.rules > 10);
        // The slices of a period are many evaluations: the specs are told the same when they ask for it.
        let found: Vec<_> = found(&rules).into_iter().filter(|code| *code != "W0370").collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}

/// A published collection: whatever is said of it was read by a person and is listed, and every place is the very text.
#[test]
fn of_a_published_collection_nothing_is_said_but_what_is_right() {
    let path = "../shared/conformance/promql/awesome-prometheus-alerts.json";
    let Ok(text) = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)) else {
        eprintln!("skipped: the collection is not here");
        return;
    };
    let rules: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let rule = |r: &serde_json::Value| serde_json::json!({"alert": r["name"], "expr": r["expr"], "for": r["for_"], "labels": r["labels"], "annotations": r["ann"]});
    let list: Vec<serde_json::Value> = rules.iter().map(rule).collect();
    let yaml = serde_yaml::to_string(&serde_json::json!({"groups": [{"name": "all", "rules": list}]})).unwrap();
    let rules = check(Known::default(), yaml.as_bytes());
    let alert = |d: &Diagnostic| {
        let before = &rules.sources.get(d.primary.span.file).text[..d.primary.span.start as usize];
        let name = before.rsplit("alert: ").next().unwrap().lines().next().unwrap();
        (d.code.id.to_string(), name.trim_matches('\'').to_string())
    };
    let said: BTreeSet<_> = rules.diagnostics.iter().map(alert).collect();
    nothing_is_said_but_what_is_listed(&said, include_str!("rules/collection.txt"));
    for d in rules.diagnostics.iter().filter(|d| d.code.id == "W0608") {
        let shown = rules.sources.text(d.primary.span);
        assert!(shown.starts_with("$labels."), "{shown}");
    }
}
