//! What comes from outside: each direct dependency is explained, and all have licences, sources and versions that
//! `.deny.toml` allows. `cargo deny` checks the same, and the advisories.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The crates that are compiled here, as cargo describes them: what other systems need is perhaps not downloaded.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(rustc.stdout).unwrap();
    let host = about.lines().find_map(|l| l.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().unwrap().iter()
}

/// The texts of a list in `.deny.toml`.
fn list(key: &str) -> BTreeSet<String> {
    let text = read(".deny.toml");
    let rest = text.split(&format!("\n{key} = [")).nth(1).unwrap();
    let inside = rest.split(']').next().unwrap();
    inside.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

#[test]
fn each_direct_dependency_has_its_line() {
    let metadata = metadata();
    let own = packages(&metadata).find(|p| p["name"] == "sloc").unwrap();
    let named: BTreeSet<String> =
        own["dependencies"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap().to_string()).collect();
    let page = read("docs/dependencies.md");
    let rows = page.lines().filter(|l| l.starts_with("| `"));
    let explained: BTreeSet<String> = rows
        .map(|row| {
            assert_eq!(row.matches(" | ").count(), 3, "what for, why, by whom: {row}");
            row.split('`').nth(1).unwrap().to_string()
        })
        .collect();
    assert_eq!(named, explained);
}

#[test]
fn licences_sources_and_versions_are_allowed() {
    let (allowed, skipped) = (list("allow"), list("skip"));
    let metadata = metadata();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(&metadata).filter(|p| p["name"] != "sloc") {
        let name = package["name"].as_str().unwrap();
        // An older crate separates alternatives by a slash.
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR ");
        let fine = licence.split(" AND ").all(|part| {
            let alternatives = part.trim_matches(['(', ')']).split(" OR ").map(|l| l.trim_matches(['(', ')', ' ']));
            alternatives.into_iter().any(|l| allowed.contains(l))
        });
        assert!(fine, "{name} is licensed under {licence}");
        let source = package["source"].as_str().unwrap_or("a path");
        assert!(source.starts_with("registry+"), "{name} comes from {source}");
        versions.entry(name).or_default().insert(package["version"].as_str().unwrap());
    }
    let twice = versions.iter().filter(|(name, v)| v.len() > 1 && !skipped.contains(**name));
    let twice: Vec<_> = twice.collect();
    assert!(twice.is_empty(), "in two versions: {twice:?}");
}

#[test]
fn there_is_no_unsafe_code_and_the_lock_file_is_there() {
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("unsafe_code = \"forbid\"") && read("Cargo.lock").contains("name = \"sloc\""));
    // No crate needs a newer Rust than ours says.
    let metadata = metadata();
    let number = |text: &str| text.split('.').map(|n| n.parse().unwrap()).chain([0, 0]).take(2).collect::<Vec<u32>>();
    let own = number(packages(&metadata).find(|p| p["name"] == "sloc").unwrap()["rust_version"].as_str().unwrap());
    let newer = packages(&metadata).filter(|p| p["rust_version"].as_str().is_some_and(|v| number(v) > own));
    let newer: Vec<_> = newer.map(|p| (&p["name"], &p["rust_version"])).collect();
    assert!(newer.is_empty(), "{newer:?}");
}
