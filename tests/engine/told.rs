//! Who is told of what: Alertmanager takes our configuration, and leads every alert to the receiver we name in Grafana.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::test_runner::{Config, TestRunner};
use sloc::driver;
use sloc::model::{Alert, Labels, Model};

use super::common::Memory;
use super::programs::{have, run};
use super::project;

/// The golden cases, which are programs that a user could have written.
pub fn golden() -> Vec<Memory> {
    let files = project::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"));
    let cases = files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "slo"));
    cases.map(|p| Memory::beside(&p)).collect()
}

fn model(program: &Memory) -> Model {
    let analysis = driver::analyze(program).unwrap();
    analysis.model.unwrap_or_else(|| panic!("{:#?}", analysis.diagnostics))
}

/// The labels an alert has when it reaches Alertmanager, as far as we know them before it fires.
fn carried(service: &str, alert: &Alert) -> Labels {
    let mut labels = alert.labels.clone();
    labels.insert("alertname".into(), alert.name.clone());
    labels.insert("slo_service".into(), service.into());
    labels
}

#[test]
fn alertmanager_takes_what_we_write() {
    if !have("amtool") {
        return;
    }
    let mut checked = 0;
    for program in golden().into_iter().chain([project::own()]) {
        let out = project::build(&program);
        if out.path().join("alertmanager/alertmanager.yml").exists() {
            run("amtool", &["check-config", "alertmanager/alertmanager.yml"], out.path());
            checked += 1;
        }
    }
    assert!(checked > 0, "no golden case has routes");
}

#[test]
fn every_alert_reaches_the_receiver_that_grafana_is_told() {
    if !have("amtool") {
        return;
    }
    let mut receivers = BTreeSet::new();
    for program in golden().into_iter().chain([project::own()]) {
        let (model, out) = (model(&program), project::build(&program));
        if model.routing.routes.is_none() {
            continue;
        }
        for service in &model.services {
            for alert in service.alerts() {
                let labels: Vec<String> =
                    carried(&service.name, alert).iter().map(|(n, v)| format!("{n}={v}")).collect();
                let config = "--config.file=alertmanager/alertmanager.yml";
                let mut args = vec!["config", "routes", "test", config];
                args.extend(labels.iter().map(String::as_str));
                let told = run("amtool", &args, out.path());
                let told = told.lines().find(|l| !l.is_empty() && !l.starts_with("Warning")).unwrap_or("").to_string();
                assert_eq!(Some(&told), alert.receiver.as_ref(), "{}", labels.join(" "));
                receivers.insert(told);
            }
        }
    }
    assert!(receivers.len() >= 4, "only {receivers:?} are told of anything");
}

/// Alertmanager's own reading of the templates in its configuration, which `check-config` does not look at.
#[test]
fn alertmanager_can_fill_in_our_messages() {
    if !have("amtool") {
        return;
    }
    let out = project::build(&golden_with_routes());
    let config: serde_yaml::Value =
        serde_yaml::from_str(&fs::read_to_string(out.path().join("alertmanager/alertmanager.yml")).unwrap()).unwrap();
    let mut texts = Vec::new();
    templates(&config["receivers"], &mut texts);
    assert!(texts.len() >= 4, "{texts:?}");
    fs::write(out.path().join("none.tmpl"), "").unwrap();
    for text in texts {
        let text = format!("--template.text={text}");
        let printed = run("amtool", &["template", "render", "--template.glob=none.tmpl", &text], out.path());
        assert!(!printed.contains("<no value>"), "{text}: {printed}");
    }
}

fn golden_with_routes() -> Memory {
    golden().into_iter().find(|p| model(p).routing.routes.is_some()).unwrap()
}

/// Every text with braces in it.
fn templates(value: &serde_yaml::Value, found: &mut Vec<String>) {
    match value {
        serde_yaml::Value::String(text) if text.contains("{{") => found.push(text.clone()),
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|i| templates(i, found)),
        serde_yaml::Value::Mapping(map) => map.values().for_each(|v| templates(v, found)),
        _ => {}
    }
}

/// Routes made up at random, over three teams, two services and every severity.
fn made_up(lines: &[(usize, usize, usize, usize)], teams: &[(usize, bool)]) -> String {
    let contacts = ["oncall", "notices", "mail"];
    let mut text = String::from(
        "contact oncall pagerduty key env(K)\ncontact notices slack url env(U)\n\
         contact mail email to \"a@example.com\" from \"b@example.com\" server \"smtp.example.com:25\"\n",
    );
    for (index, (settings, channel)) in teams.iter().enumerate() {
        let contact = ["", "contact notices", "page oncall", "contact mail page oncall, notices"][settings % 4];
        let slack = if *channel { format!("slack \"#t{index}\"") } else { String::new() };
        text.push_str(&format!("team t{index} {{ {contact} {slack} }}\n"));
    }
    text.push_str("route {\n");
    for (severity, team, service, to) in lines {
        let severity = ["", "severity page", "severity critical, page", "severity warning, ticket"][severity % 4];
        let team = ["", "team t0", "team t1, t2"][team % 3];
        let service = ["", "service a", "service b"][service % 3];
        if !(severity.is_empty() && team.is_empty() && service.is_empty()) {
            text.push_str(&format!("  {severity} {team} {service} -> {}\n", contacts[to % 3]));
        }
    }
    text.push_str("  otherwise -> notices\n}\n");
    for (service, owner) in [("a", "t0"), ("b", "t2"), ("c", "t1")] {
        text.push_str(&format!(
            "service {service} {{\n  owner {owner}\n  alert x {{\n    value up\n    warning below 1 for 5m\n    critical below 1 for 10m\n  }}\n  \
             slo s 99% over 30d {{\n    errors e_total\n    total t_total\n  }}\n}}\n"
        ));
    }
    text
}

#[test]
fn any_routes_lead_the_same_way_in_alertmanager() {
    use proptest::prelude::*;
    if !have("amtool") {
        return;
    }
    let line = (0..4usize, 0..3usize, 0..3usize, 0..3usize);
    let programs = (prop::collection::vec(line, 0..5), prop::collection::vec((0..4usize, any::<bool>()), 3));
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let answer = runner.run(&programs, |(lines, teams)| {
        let program = Memory::one(made_up(&lines, &teams).as_bytes());
        let (model, out) = (model(&program), project::build(&program));
        run("amtool", &["check-config", "alertmanager/alertmanager.yml"], out.path());
        let mut asked = BTreeSet::new();
        for service in &model.services {
            for alert in service.alerts().filter(|a| asked.insert((&service.name, a.urgency))) {
                let (severity, owner) = (
                    format!("severity={}", alert.urgency.name()),
                    format!("owner={}", alert.labels.get("owner").unwrap()),
                );
                let service = format!("slo_service={}", service.name);
                let config = "--config.file=alertmanager/alertmanager.yml";
                let told =
                    run("amtool", &["config", "routes", "test", config, &severity, &owner, &service], out.path());
                let told = told.lines().find(|l| !l.is_empty() && !l.starts_with("Warning")).unwrap_or("");
                prop_assert_eq!(Some(told), alert.receiver.as_deref(), "{} {} {}", severity, owner, service);
            }
        }
        Ok(())
    });
    answer.unwrap();
}
