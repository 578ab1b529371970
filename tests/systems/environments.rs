//! All environments at once: `out/<environment>/` is whole, its rules are what Prometheus takes, and nothing in it can be
//! mistaken for what stands in another.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::programs::{have, run};
use super::project;

/// Builds our own specs in every environment, into a directory of its own.
fn built() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in project::own().0 {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let build =
        Command::new(env!("CARGO_BIN_EXE_sloc")).args(["build", "--all-envs", "--no-cache"]).current_dir(&dir).output();
    let build = build.unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    dir
}

/// The files of a kind below a directory of `out/`, by name.
fn names(out: &Path, dir: &str) -> BTreeSet<String> {
    project::named(out, dir, "").into_iter().collect()
}

#[test]
fn every_environment_is_whole_beside_the_others() {
    let dir = built();
    let out = dir.path().join("out");
    let found: Vec<String> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(found.iter().any(|d| d == "base") && found.iter().any(|d| d == "staging"), "{found:?}");
    let (base, staging) = (out.join("base"), out.join("staging"));
    assert_eq!(names(&base, "runbooks"), names(&staging, "runbooks"));
    let boards = |out: &Path| names(out, "grafana/dashboards").len();
    assert!(boards(&base) >= 21 && boards(&base) == boards(&staging));
    let uids = |out: &Path| {
        let boards = project::named(out, "grafana/dashboards", ".json").into_iter();
        let uid = |path: String| {
            let board: serde_json::Value = serde_json::from_slice(&fs::read(out.join(path)).unwrap()).unwrap();
            board["uid"].as_str().unwrap().to_string()
        };
        boards.map(uid).collect::<BTreeSet<_>>()
    };
    assert!(uids(&base).is_disjoint(&uids(&staging)));
    let rules = |out: &Path| fs::read_to_string(out.join("prometheus/tunnel.rules.yml")).unwrap();
    assert!(rules(&staging).contains("env: staging") && !rules(&base).contains("env: staging"));
}

#[test]
fn promtool_takes_the_rules_of_every_environment() {
    if !have("promtool") {
        return;
    }
    let dir = built();
    for environment in ["base", "staging"] {
        let out = dir.path().join("out").join(environment);
        let rules = project::named(&out, "prometheus", ".rules.yml");
        assert!(rules.len() > 10);
        let args: Vec<&str> = ["check", "rules"].into_iter().chain(rules.iter().map(String::as_str)).collect();
        run("promtool", &args, &out);
    }
    let out = dir.path().join("out/staging");
    let tests = project::named(&out, "prometheus/tests", ".yml");
    let tests: Vec<&str> = tests.iter().map(String::as_str).filter(|t| t.contains("/tunnel.")).collect();
    assert!(tests.len() > 1, "{tests:?}");
    run("promtool", &[&["test", "rules"], &tests[..]].concat(), &out);
}
