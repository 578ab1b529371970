//! What Grafana would refuse, drop in silence or draw wrongly, found in the files before Grafana sees them.
//!
//! No Grafana runs here, so its rules are written down in `alerts.rs` and `boards.rs`, and `mutants.rs` shows for each
//! of them that it finds what it is there to find.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod alerts;
mod boards;
#[path = "../common/mod.rs"]
mod common;
mod contacts;
mod linter;
mod mutants;
mod output;
mod panels;
#[path = "../engine/project.rs"]
mod project;

use std::collections::BTreeMap;

use common::Memory;
use output::Output;

fn findings(output: &Output) -> Vec<String> {
    [boards::findings(output), alerts::findings(output)].concat()
}

#[track_caller]
fn assert_fine(program: &Memory) -> Output {
    let output = Output::of(program);
    let findings = findings(&output);
    assert!(findings.is_empty(), "{findings:#?}");
    output
}

#[test]
fn our_own_specs_are_fine_in_grafana() {
    let output = assert_fine(&project::own());
    assert!(output.boards().count() > 2 && output.rules().count() > 20);
}

#[test]
fn a_hundred_objectives_are_fine_in_grafana() {
    let output = assert_fine(&project::hundred());
    assert_eq!(output.boards().count(), 11);
}

#[test]
fn the_specs_of_the_pictures_are_fine_in_grafana() {
    assert_fine(&demo());
}

/// A small program with an objective that is split, one that is not counted, an absence alert, and every kind of panel.
fn demo() -> Memory {
    let files = [
        ("specs/shop.slo", &include_bytes!("../pictures/demo/shop.slo")[..]),
        ("specs/boards.slo", &include_bytes!("../pictures/demo/boards.slo")[..]),
    ];
    Memory(files.map(|(path, text)| (path.to_string(), text.to_vec())).into())
}

#[test]
fn words_that_mean_something_to_grafana_stay_words() {
    let output = assert_fine(&Memory::one(include_bytes!("odd.slo")));
    let rule = output.rules().find(|r| r["labels"]["slo_tier"] == "page-1h").unwrap();
    assert_eq!(rule["labels"]["motto"], "{{\"{\"}}{{\"{\"}} $$HOME }} \"a\"");
    assert!(rule["title"].as_str().unwrap().len() <= 190);
}

#[test]
fn whatever_the_documentation_and_the_golden_cases_show_is_fine_in_grafana() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let markdown = std::fs::read_to_string(root.join("docs/language.md")).unwrap();
    let examples = common::slo_blocks(&markdown).map(|example| Memory::one(example.as_bytes()));
    let golden = project::files(&root.join("tests/golden")).into_iter().filter(|p| p.extension().unwrap() == "slo");
    // What is kept is as somebody else made it.
    let golden = golden.filter(|path| !path.ends_with("kept.slo")).map(|path| Memory::beside(&path));
    let outputs: Vec<Output> = examples.chain(golden).map(|program| assert_fine(&program)).collect();
    assert!(outputs.iter().flat_map(Output::contact_points).count() > 3);
    assert!(outputs.iter().flat_map(Output::rules).any(|r| r["labels"]["slo_tier"].is_null()));
}

/// A rule of an earlier build that no spec makes any more.
fn earlier_rules() -> BTreeMap<String, std::collections::BTreeSet<String>> {
    BTreeMap::from([("grafana/provisioning/alerting/old.yaml".to_string(), ["gone".to_string()].into())])
}

#[test]
fn no_name_of_a_service_meets_a_file_of_ours() {
    let service = |name: &str| {
        format!("service {name} {{\n  slo a 99% over 30d {{\n    errors e_total\n    total t_total\n  }}\n}}\n")
    };
    let names = ["deleted", "policies", "contact-points", "sloc", "overview"];
    let program: String = names.map(service).concat();
    let text = program + "contact oncall webhook url \"https://example.com\"\nroute { otherwise -> oncall } policies\n";
    let analysis = sloc::driver::analyze(&Memory::one(text.as_bytes())).unwrap();
    let earlier = earlier_rules();
    let artifacts = sloc::driver::emit_after(&analysis.model.expect("a program"), &earlier, &[]);
    assert!(artifacts.iter().any(|a| a.path.ends_with("/_deleted.yaml")));
    let mut paths: Vec<String> = artifacts.iter().map(|a| a.path.to_lowercase()).collect();
    paths.sort();
    assert!(paths.windows(2).all(|w| w[0] != w[1]), "{paths:#?}");
}

#[test]
fn a_program_without_objectives_has_no_dashboards() {
    let output = assert_fine(&Memory::one(b"service quiet {}\n"));
    assert_eq!(output.boards().count() + output.rules().count(), 0);
}

#[test]
fn a_dashboard_in_an_environment_has_names_of_its_own() {
    let program = "datasource prom prometheus \"http://prom:9090\"\ndatasource db postgres \"db:5432/shop\" user \"g\" password env(P)\n\
        environment staging {\n  labels { env = \"staging\" }\n  dashboard shop {\n    range 2h\n    refresh off\n    \
        variable tier default pro\n  }\n}\n\
        dashboard shop \"Shop\" {\n  folder \"Shop\"\n  variable tier in free, pro\n  table \"Rows\" from db {\n    about \"Rows.\"\n    sql \"SELECT 1\"\n  }\n  \
        stat \"Up\" {\n    about \"Up.\"\n    query count(up{tier=\"$tier\"})\n    open dashboard shop\n  }\n}\n";
    let analysis = sloc::driver::analyze(&Memory::one(program.as_bytes())).unwrap();
    let output = Output::of_model(&analysis.environments[0]);
    assert_eq!(boards::findings(&output), Vec::<String>::new());
    let (path, board) = output.boards().next().unwrap();
    let uid = board["uid"].as_str().unwrap();
    assert!(uid.starts_with("staging-shop-") && path.ends_with(&format!("{uid}.json")), "{path}");
    assert_eq!(board["panels"][0]["targets"][0]["datasource"]["uid"], "db-staging");
    assert_eq!(board["templating"]["list"][0]["current"]["value"], "prom-staging");
    let (tier, shown) = (&board["templating"]["list"][1], &board["time"]["from"]);
    assert_eq!((&tier["current"]["value"], shown), (&"pro".into(), &"now-2h".into()));
    assert!(board["refresh"].as_str().unwrap_or_default().is_empty());
    let base = Output::of_model(&analysis.model.unwrap());
    let (_, base) = base.boards().next().unwrap();
    assert_eq!(base["templating"]["list"][1]["current"]["value"], "free");
    let link = board["panels"][1]["fieldConfig"]["defaults"]["links"][0]["url"].as_str().unwrap();
    assert!(link.starts_with(&format!("/d/{uid}?")), "{link}");
    assert!(output.providers().any(|p| p["folder"] == "Shop (staging)"));
}

/// Every option that an older Grafana ignores, and where it would stand.
#[test]
fn what_an_older_grafana_ignores_is_left_out() {
    let program = |version: &str| {
        let text = format!(
            "project acme {{\n{version}}}\nservice shop {{\n  alert queue {{\n    value max(shop_queue_length)\n    \
             warning above 100\n    keep 10m\n  }}\n  alert gone {{\n    when absent(up)\n    critical for 1m\n  }}\n}}\n\
             dashboard shop \"Shop\" {{\n  pick 1h, 6h\n  stat \"Up\" {{\n    about \"Up.\"\n    query count(up)\n  }}\n}}\n"
        );
        assert_fine(&Memory::one(text.as_bytes()))
    };
    let has =
        |output: &Output, key: &str| output.0.values().any(|file| file.to_string().contains(&format!("\"{key}\":")));
    let gates = [("keepFiringFor", 13), ("missing_series_evals_to_resolve", 13), ("quick_ranges", 12)];
    for version in 11..=13 {
        let output = program(&format!("  grafana version {version}\n"));
        for (key, since) in gates {
            assert_eq!(has(&output, key), version >= since, "{key} for Grafana {version}");
        }
    }
    assert!(gates.iter().all(|(key, _)| has(&program(""), key)));
}

#[test]
fn the_environments_of_our_own_specs_are_fine_in_grafana() {
    let analysis = sloc::driver::analyze(&project::own()).unwrap();
    assert!(!analysis.environments.is_empty());
    for model in &analysis.environments {
        // The one default of a Grafana is that of the specs as they are.
        assert_eq!(
            findings(&Output::of_model(model)),
            ["provisioning/datasources: there is not one default data source"]
        );
    }
}
