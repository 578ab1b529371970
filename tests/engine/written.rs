//! The tests that the compiler writes of written alerts: they pass, each level fires in one or is named with the reason,
//! and a rule that is changed is found by them.

use std::fs;
use std::process::Command;

use sloc::{driver, model};

use super::common::Memory;
use super::programs::{have, run};
use super::project;

const TESTS: &str = "prometheus/tests/tried.levels.test.yml";

fn program() -> Memory {
    Memory::one(include_bytes!("written.slo"))
}

/// The file of tests of a service's written alerts.
fn tests(model: &model::Model, service: &str) -> String {
    let path = format!("prometheus/tests/{service}.levels.test.yml");
    driver::emit(model).into_iter().find(|a| a.path == path).map(|a| a.body).unwrap_or_default()
}

/// The levels of a service that no test shows, with the reasons.
fn excused(model: &model::Model) -> Vec<String> {
    let mut excused = Vec::new();
    for service in &model.services {
        let text = tests(model, &service.name);
        for (alert, _) in service.levels() {
            let note = format!("# {}: no test shows it, since ", alert.id);
            let reason = text.lines().find_map(|l| l.trim().strip_prefix(&note));
            let fires = format!("# {}: ", alert.id);
            let told = text.lines().filter(|l| l.trim().starts_with(&fires)).count();
            match reason {
                Some(reason) => excused.push(format!("{}.{}: {reason}", service.name, alert.id)),
                None => assert!(told >= 3, "{}.{} is neither shown nor excused", service.name, alert.id),
            }
        }
    }
    excused
}

#[test]
fn written_alerts_fire_in_a_test_or_say_why_not() {
    let model = driver::analyze(&program()).unwrap().model.unwrap();
    assert_eq!(
        excused(&model),
        [
            "tried.yesterday-warning: it reads another time than its own.",
            "tried.restarts-warning: it calls `changes`.",
            "tried.crowd-warning: no made-up series was found with which it fires.",
        ]
    );
    let own = driver::analyze(&project::own()).unwrap().model.unwrap();
    assert_eq!(excused(&own), [""; 0]);
    if have("promtool") {
        let out = project::build(&program());
        run("promtool", &["test", "rules", TESTS], out.path());
    }
}

/// What is changed in the rules of an alert.
const MUTANTS: &[(&str, &str)] = &[
    ("> 0.8", "> 0.81"),
    ("> 0.9", "> 0.899"),
    ("for: 10m", "for: 5m"),
    ("for: 10m", "for: 20m"),
    ("< 10", "< 9"),
    ("> 85", "> 86"),
    ("for: 2m", "for: 0s"),
    ("> 1500", "> 1502"),
    ("< 1073741824", "< 1072000000"),
    ("[30m], 3600", "[30m], 3600) - 1e8 + (0"),
    ("[5m])) / sum", "[5m])) / 2 / sum"),
    ("code=~\"5..\"", "code=~\"4..\""),
    ("> 0.05", "> 0.06"),
    ("< 0.7", "< 0.6"),
    ("[1h])", "[2h])"),
    ("histogram_quantile(0.95", "histogram_quantile(0.9"),
    ("breaker_state == 1", "breaker_state == 0.5"),
    ("keep_firing_for: 10m", "keep_firing_for: 2m"),
    ("keep_firing_for: 10m", "keep_firing_for: 1h"),
    ("up{job=\"tried\"} == 0", "up{job=\"tried\"} == 2"),
    ("> 50", "> 5000000"),
    ("[2m])) > 2", "[2m])) > 3"),
    ("severity: critical", "severity: warning"),
];

#[test]
fn every_broken_rule_of_a_written_alert_is_found() {
    if !have("promtool") {
        return;
    }
    let out = project::build(&program());
    let rules = out.path().join("prometheus/tried.rules.yml");
    let right = fs::read_to_string(&rules).unwrap();
    let mut missed = Vec::new();
    for (from, to) in MUTANTS {
        let wrong = right.replace(from, to);
        assert!(wrong != right, "{from} stands nowhere");
        fs::write(&rules, wrong).unwrap();
        let run = Command::new("promtool").args(["test", "rules", TESTS]).current_dir(out.path()).output().unwrap();
        if run.status.success() {
            missed.push(format!("{from} became {to}"));
        }
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
}
