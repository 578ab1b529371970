//! The rules of Grafana's dashboard linter, and what answers for each of them.

use std::fs;
use std::path::Path;

/// What answers for a rule of the linter.
enum Answer {
    /// A message, which has a case in `tests/ui`.
    Lint(&'static str),
    /// All that is generated keeps it: `boards.rs` and `panels.rs` look, and this finding of a mutant shows that they do.
    Kept(&'static str),
    /// It is not for these dashboards.
    Not(&'static str),
}

use Answer::{Kept, Lint, Not};

const RULES: [(&str, Answer); 17] = [
    ("template-datasource-rule", Kept("the first variable is no data source")),
    ("template-job-rule", Not("a dashboard that is written has the choices its author wants")),
    ("template-instance-rule", Not("the same")),
    ("template-label-promql-rule", Kept("no label's values")),
    ("template-on-time-change-reload-rule", Kept("not asked again")),
    ("panel-datasource-rule", Kept("no variable of the dashboard")),
    ("panel-title-description-rule", Lint("W0443")),
    ("panel-units-rule", Lint("W0444")),
    ("panel-no-targets-rule", Lint("E0443")),
    ("target-logql-rule", Lint("E0446")),
    ("target-logql-auto-rule", Lint("W0442")),
    ("target-promql-rule", Lint("E0301")),
    ("target-rate-interval-rule", Lint("W0442")),
    ("target-job-rule", Not("the selectors of a query are its author's; their labels are checked")),
    ("target-instance-rule", Not("the same")),
    ("target-counter-agg-rule", Lint("E0324")),
    ("uneditable-dashboard-rule", Kept("is editable")),
];

#[test]
fn every_rule_of_the_linter_is_answered_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases: Vec<String> =
        fs::read_dir(root.join("tests/ui")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let mutants = fs::read_to_string(root.join("tests/grafana/mutants.rs")).unwrap();
    for (rule, answer) in RULES {
        match answer {
            Lint(code) => assert!(cases.iter().any(|c| c.starts_with(code)), "{rule}: {code} has no case"),
            Kept(finding) => assert!(mutants.contains(finding), "{rule}: no mutant shows that {finding:?} is found"),
            Not(why) => assert!(!why.is_empty(), "{rule}"),
        }
    }
}
