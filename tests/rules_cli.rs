//! `sloc check` on rule files and `sloc type`, as scripts and people meet them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use sandbox::{Sandbox, outcome};

const RULES: &str = "groups:\n- name: a\n  rules:\n  - alert: Load\n    expr: rate(load[5m]) > 1\n    for: 5m\n";
const PAGE: &str =
    "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 1\n# TYPE load gauge\nload 1\n";

#[test]
fn rule_files_are_checked_without_specs_and_wherever_they_stand() {
    let sandbox = Sandbox::empty();
    sandbox.put("deploy/rules.yml", RULES);
    sandbox.put("page.prom", PAGE);
    sandbox.put("catalog.slo", "metrics {\n  gauge  load{job}\n}\n");
    sandbox.run("check deploy/rules.yml").exits(0).says("nothing wrong in 1 rule of 1 group in 1 file\n");
    for catalog in ["page.prom", "catalog.slo"] {
        let arguments = format!("check deploy/rules.yml --catalog {catalog} --format short");
        let found = sandbox.run(&arguments).exits(1).says("1 error in 1 rule of 1 group in 1 file\n");
        assert!(found.stdout.starts_with("deploy/rules.yml:5:16: error[E0320]: "), "{}", found.stdout);
    }
    let absolute = sandbox.path("deploy/rules.yml").display().to_string();
    outcome(&mut Sandbox::empty().command(&["check", &absolute])).exits(0);
    outcome(&mut Sandbox::empty().command(&[
        "-C",
        &sandbox.0.path().display().to_string(),
        "check",
        "deploy/rules.yml",
    ]))
    .exits(0);
}

#[test]
fn records_of_one_file_are_known_in_the_others() {
    let sandbox = Sandbox::empty();
    let record = "groups:\n- name: a\n  rules:\n  - record: job:load:rate5m\n    expr: sum by (job) (rate(requests_total[5m]))\n";
    sandbox.put("records.yml", record);
    sandbox.put("alerts.yml", &RULES.replace("rate(load[5m])", "rate(job:load:rate5m[5m])"));
    let found = sandbox.run("check alerts.yml records.yml --format short").exits(1);
    assert!(found.stdout.starts_with("alerts.yml:5:16: error[E0322]: "), "{}", found.stdout);
    sandbox.run("check alerts.yml").exits(0);
}

#[test]
fn scraping_and_retention_are_facts() {
    let sandbox = Sandbox::empty();
    sandbox.put("rules.yml", RULES);
    sandbox.run("check rules.yml --scrape 10m").exits(1).says("E0370");
    sandbox.run("check rules.yml --retention 1m").exits(1).says("E0371");
}

#[test]
fn wrong_use_of_rule_files_ends_with_2() {
    let sandbox = Sandbox::new();
    sandbox.put("rules.yml", RULES);
    for arguments in [
        "check rules.yml specs",
        "check rules.yml --fix",
        "check --catalog page.prom",
        "check nowhere.yml",
        "check rules.yml --catalog nowhere.json",
        "check rules.yml --scrape soon",
        "type",
        "type up --specs nowhere",
    ] {
        let result = sandbox.run(arguments).exits(2);
        assert!(!result.stderr.is_empty(), "`sloc {arguments}` says nothing");
    }
}

#[test]
fn what_is_no_rule_file_is_told_with_its_place() {
    let sandbox = Sandbox::empty();
    for (text, place) in [
        ("", "rules.yml:1:1: error[E0602]"),
        ("a: b: c\n", "rules.yml:1:5: error[E0601]"),
        ("- a\n", "rules.yml:1:1: error[E0602]"),
        ("group:\n- name: a\n", "rules.yml:1:1: error[E0602]"),
        ("groups:\n- name: a\n  rules:\n  - alert: A\n    expr: [1]\n", "rules.yml:5:11: error[E0602]"),
    ] {
        sandbox.put("rules.yml", text);
        let found = sandbox.run("check rules.yml --format short").exits(1);
        assert!(found.stdout.starts_with(place), "{text:?}: {}", found.stdout);
    }
    std::fs::write(sandbox.path("rules.yml"), b"groups: \xff\n").unwrap();
    sandbox.run("check rules.yml").exits(1).says("E0007");
    // Resources of other kinds in the same file are nobody's mistake.
    sandbox.put("rules.yml", "apiVersion: v1\nkind: ConfigMap\ndata: {}\n");
    sandbox.run("check rules.yml").exits(0);
}

#[test]
fn a_query_is_printed_as_a_tree_with_its_types_and_reasons() {
    let sandbox = Sandbox::empty();
    sandbox.put("page.prom", PAGE);
    let query = "sum by (code) (rate(http_requests_total[5m]))";
    let shown = outcome(&mut sandbox.command(&["type", query, "--catalog", "page.prom"])).exits(0).stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("sum by (code) (rate(http_requests_total[5m]))  rate"), "{shown}");
    assert!(lines[1].starts_with("└─ rate(http_requests_total[5m])"), "{shown}");
    assert!(lines[2].starts_with("   └─ http_requests_total[5m]") && lines[2].contains("range of counters"), "{shown}");
    assert!(shown.contains("(page.prom:1)\n"), "{shown}");
    sandbox.run("type rate(x").exits(1).says("E0301");
    assert!(sandbox.run("type increase(http_requests_total[$window])").exits(0).stdout.contains("increase"));
}
