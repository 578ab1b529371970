//! What people see of rule files that were never specs: each `tests/rules/<CODE>_<what>.yml` is checked, and what is
//! printed must be the `.stderr` beside it. A file of the same name that ends in `.prom` is its catalog.
//! `UPDATE=1 cargo test --test rules` rewrites the answers; read the difference before committing.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sloc::diag::{codes, render};
use sloc::driver::{Known, Rules};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules");

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(CASES).unwrap().map(|e| e.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "yml")).collect();
    cases.sort();
    cases
}

fn check(text: &[u8], catalog: Option<Vec<u8>>) -> Rules {
    let mut known = Known::default();
    if let Some(bytes) = catalog {
        known.add("catalog.prom".into(), bytes);
    }
    known.check_rules(vec![("rules.yml".into(), text.to_vec())])
}

fn found(rules: &Rules) -> BTreeSet<&'static str> {
    rules.diagnostics.iter().map(|d| d.code.id).collect()
}

#[test]
fn every_case_prints_its_answer() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let rules = check(&fs::read(&case).unwrap(), fs::read(case.with_extension("prom")).ok());
        let printed = render::render(&rules.diagnostics, &rules.sources, render::Format::Human { color: false });
        let code = case.file_name().unwrap().to_str().unwrap().split('_').next().unwrap().to_string();
        assert!(code == "none" || found(&rules).contains(code.as_str()), "{}:\n{printed}", case.display());
        let answer = case.with_extension("stderr");
        if update {
            fs::write(&answer, &printed).unwrap();
        } else if fs::read_to_string(&answer).unwrap_or_default() != printed {
            wrong.push(format!("{}\n{printed}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "other answers than before:\n{}", wrong.join("\n"));
}

#[test]
fn the_example_of_every_page_reports_its_code() {
    for code in codes::ALL {
        let Some(example) = code.page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()) else {
            continue;
        };
        let found = found(&check(example.as_bytes(), None));
        assert!(found.contains(code.id), "the example of {} reports {found:?}", code.id);
    }
}

/// Files of real tools, where they are there: none has an error but those that Prometheus itself reports.
#[test]
fn files_of_other_tools_have_no_errors() {
    let root = Path::new("/work/shared/conformance");
    let mut count = 0;
    for dir in ["sloth/expected", "pyrra/expected"] {
        let Ok(entries) = fs::read_dir(root.join(dir)) else {
            eprintln!("skipped: {dir} is not here");
            continue;
        };
        for path in entries.map(|e| e.unwrap().path()) {
            let rules = check(&fs::read(&path).unwrap(), None);
            let errors = found(&rules).into_iter().filter(|code| code.starts_with('E')).collect::<Vec<_>>();
            // MetricsQL, which promtool refuses too.
            let wanted: &[&str] = if path.ends_with("victoria-metrics.yml") { &["E0304", "E0311"] } else { &[] };
            assert_eq!(errors, wanted, "{}", path.display());
            count += rules.rules;
        }
    }
    eprintln!("{count} rules of other tools are fine");
}
