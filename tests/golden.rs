//! What is generated: each `tests/golden/<case>.slo` is compiled, and the files it names in its first lines
//! (`# shows alertmanager/alertmanager.yml`) must be as the `.txt` beside it has them. `UPDATE=1 cargo test --test golden`
//! rewrites the answers; read the difference before committing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Answers, Memory};
use sloc::driver;
use sloc::emit::grafana_alerts::Earlier;
use sloc::emit::{Artifact, TARGETS};
use sloc::io::Disk;

fn cases() -> Vec<PathBuf> {
    let entries =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "slo")).collect();
    cases.sort();
    cases
}

/// The generated files a case shows, one after the other.
fn shown(case: &Path) -> String {
    let text = fs::read_to_string(case).unwrap();
    let analysis = driver::analyze(&Memory::beside(case)).unwrap();
    let model = analysis.model.unwrap_or_else(|| panic!("{}: {:#?}", case.display(), analysis.diagnostics));
    let artifacts: Vec<Artifact> = driver::emit(&model);
    let named = text.lines().filter_map(|l| l.strip_prefix("# shows "));
    let show = |path: &str| {
        let file = artifacts.iter().find(|a| a.path == path);
        let file = file.unwrap_or_else(|| panic!("{} does not make {path}", case.display()));
        format!("===== {path}\n{}", file.body)
    };
    named.map(show).collect()
}

#[test]
fn every_case_generates_its_answer() {
    let cases = cases();
    assert!(!cases.is_empty());
    let mut answers = Answers::default();
    for case in cases {
        let shown = shown(&case);
        assert!(!shown.is_empty(), "{} shows nothing", case.display());
        answers.hold(&case.with_extension("txt"), &shown);
    }
}

/// What a target does not print is not made for it; what it prints is the same.
#[test]
fn each_target_alone_writes_what_it_writes_among_all() {
    let disk = Disk::open(Path::new(env!("CARGO_MANIFEST_DIR")), &["specs".into()]).unwrap();
    let all = driver::emit(&driver::analyze(&disk).unwrap().model.unwrap());
    let mut written = 0;
    for target in TARGETS {
        let only = [target.name.to_string()];
        let model = driver::analyze_for(&disk, &only).unwrap().model.unwrap();
        for file in driver::emit_after(&model, &Earlier::new(), &only) {
            assert!(all.contains(&file), "{} alone writes another {}", target.name, file.path);
            written += 1;
        }
    }
    assert_eq!(written, all.len());
}

/// What is printed service by service is what is printed of the whole.
#[test]
fn rules_made_service_by_service_are_the_same() {
    let only = ["prometheus".to_string()];
    let mut apart = 0;
    for case in cases() {
        let memory = Memory::one(&fs::read(&case).unwrap());
        let Some(files) = driver::examine(&memory).unwrap().apart(&only) else { continue };
        let model = driver::analyze_for(&memory, &only).unwrap().model.unwrap();
        assert_eq!(files, driver::emit_after(&model, &Earlier::new(), &only), "{}", case.display());
        apart += files.len();
    }
    assert!(apart >= 5, "only {apart} files");
}
