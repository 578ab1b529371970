//! What people see: each `tests/ui/<CODE>_<what>.slo` (or folder of them) is compiled, and what is printed must be the
//! `.stderr` beside it. `UPDATE=1 cargo test --test ui` rewrites the answers; read the difference before committing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Answers, Memory};
use sloc::diag::{codes, render};
use sloc::driver;

/// The cases: files and folders whose names begin with a code.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui")).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "slo")).collect();
    cases.sort();
    cases
}

fn load(case: &Path) -> Memory {
    if case.is_file() {
        return Memory::one(&fs::read(case).unwrap());
    }
    let files = fs::read_dir(case).unwrap().map(|e| e.unwrap().path());
    Memory(
        files.map(|p| (format!("specs/{}", p.file_name().unwrap().to_str().unwrap()), fs::read(&p).unwrap())).collect(),
    )
}

#[test]
fn every_case_prints_its_answer() {
    let mut answers = Answers::default();
    for case in cases() {
        let analysis = driver::analyze(&load(&case)).unwrap();
        let printed = render::render(&analysis.diagnostics, &analysis.sources, render::Format::Human { color: false });
        let code = case.file_name().unwrap().to_str().unwrap().split('_').next().unwrap().to_string();
        assert!(
            analysis.diagnostics.iter().any(|d| d.code.id == code),
            "{} does not report {code}:\n{printed}",
            case.display()
        );
        answers.hold(&case.with_extension("stderr"), &printed);
    }
}

#[test]
fn the_example_of_every_page_reports_its_code() {
    // Examples in YAML are tried by `tests/rules.rs`.
    let elsewhere = ["<!-- not from one file -->", "\n```yaml\n"];
    for code in codes::ALL.iter().filter(|c| !elsewhere.iter().any(|mark| c.page.contains(mark))) {
        let example =
            common::slo_blocks(code.page).next().unwrap_or_else(|| panic!("the page of {} has no example", code.id));
        let analysis = driver::analyze(&Memory::one(example.as_bytes())).unwrap();
        let found: BTreeSet<&str> = analysis.diagnostics.iter().map(|d| d.code.id).collect();
        assert!(found.contains(code.id), "the example of {} reports {found:?}", code.id);
    }
}

/// Loads one file, and fails on every other as the system or the size limit would.
struct Failing(sloc::source::LoadError);

impl sloc::source::Loader for Failing {
    fn roots(&self) -> Result<Vec<String>, sloc::source::LoadError> {
        Ok(vec!["specs/main.slo".into()])
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, sloc::source::LoadError> {
        if path == "specs/main.slo" { Ok(b"metrics from \"app.prom\"\n".to_vec()) } else { Err(self.0.clone()) }
    }
}

/// The codes a program reports.
fn codes_of(loader: &dyn sloc::source::Loader) -> Vec<&'static str> {
    driver::analyze(loader).unwrap().diagnostics.iter().map(|d| d.code.id).collect()
}

#[test]
fn what_no_small_file_can_cause_is_reported_too() {
    assert_eq!(codes_of(&Failing(sloc::source::LoadError::TooLarge(100 << 20))), ["E0006"]);
    assert_eq!(codes_of(&Failing(sloc::source::LoadError::Failed("permission denied".into()))), ["E0008"]);
    assert_eq!(codes_of(&Failing(sloc::source::LoadError::Outside)), ["E0104"]);
    let long = format!(
        "service a {{\n  slo b 99% over 30d {{\n    errors x{{a=\"{}\"}}\n    total x\n  }}\n}}\n",
        "x".repeat(70_000)
    );
    assert_eq!(codes_of(&Memory::one(long.as_bytes())), ["E0302"]);
}
