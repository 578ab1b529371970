//! What is generated for other programs, read as those read it: resources by the facts of their CRDs, the model by its published
//! schema, objectives through OpenSLO and back.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "outputs/calendar.rs"]
mod calendar;
mod common;
#[path = "outputs/limits.rs"]
mod limits;
#[path = "outputs/shards.rs"]
mod shards;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Memory, schema};
use serde::Deserialize;
use serde_json::Value;
use sloc::driver;
use sloc::emit::Artifact;
use sloc::import::{self, From, Options};
use sloc::model::Model;

/// All that a program asks for.
const EVERYTHING: &str = "project everything {
  grafana \"https://grafana.example.com\"
  emit kubernetes namespace \"monitoring\" labels \"release=prometheus\"
  emit victoria
  emit mimir rules 12 groups 1000000 split
  emit cortex rules 10 groups 1000000
  emit thanos
  emit terraform
  emit openslo
  emit backstage
  emit perses
  emit json
  shards 3
";

fn model(program: &Memory) -> Model {
    let analysis = driver::analyze(program).unwrap();
    analysis.model.unwrap_or_else(|| panic!("{:#?}", analysis.diagnostics))
}

/// The project's own specs, asked for in every form.
fn own() -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    let mut todo = vec![root.join("specs")];
    while let Some(dir) = todo.pop() {
        for path in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    let project = String::from_utf8(files["specs/project.slo"].clone()).unwrap();
    let start = project.find("project ").unwrap();
    let open = start + project[start..].find('{').unwrap();
    let lines: String =
        EVERYTHING.lines().skip(1).filter(|l| !l.contains("grafana \"")).map(|l| format!("{l}\n")).collect();
    let text = format!("{}{{\n{lines}{}", &project[..open], &project[open + 1..]);
    files.insert("specs/project.slo".into(), text.into_bytes());
    model(&Memory(files))
}

fn golden(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(case)
}

/// Every model there is to print: our own specs, and the golden cases.
fn models() -> Vec<Model> {
    let cases = ["rulers.slo", "exports.slo", "alerts.slo", "datasources.slo", "policies.slo", "routes.slo"];
    let with = |text: String| {
        if text.contains("\nproject ") || text.starts_with("project ") {
            text
        } else {
            format!("{EVERYTHING}}}\n{text}")
        }
    };
    let case = |name: &str| model(&Memory::one(with(fs::read_to_string(golden(name)).unwrap()).as_bytes()));
    cases.into_iter().map(case).chain([own()]).collect()
}

fn below(artifacts: &[Artifact], dir: &str) -> Vec<(String, Vec<Value>)> {
    let here = artifacts.iter().filter(|a| a.path.starts_with(dir));
    let read = |text: &str| -> Vec<Value> {
        serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap()).collect()
    };
    here.map(|a| (a.path.clone(), read(&a.body))).collect()
}

#[test]
fn resources_are_as_the_operators_take_them() {
    let crd: Value = serde_json::from_str(include_str!("outputs/rules.schema.json")).unwrap();
    let metadata = serde_json::json!({ "$ref": "#/$defs/metadata", "$defs": crd["$defs"] });
    let mut seen = 0;
    for artifacts in models().iter().map(driver::emit) {
        for dir in ["kubernetes/rules/", "victoria/vmrules/"] {
            for (path, documents) in below(&artifacts, dir) {
                assert_eq!(documents.len(), 1, "{path}");
                let wrong = schema::wrong(&documents[0], &crd);
                assert!(wrong.is_empty(), "{path}: {wrong:#?}");
                seen += 1;
            }
        }
        for (path, documents) in below(&artifacts, "kubernetes/dashboards/") {
            let map = &documents[0];
            assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1", "{path}");
            let wrong = schema::wrong(&map["metadata"], &metadata);
            assert!(wrong.is_empty(), "{path}: {wrong:#?}");
            for (key, board) in map["data"].as_object().unwrap() {
                assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)), "{key}");
                let board: Value = serde_json::from_str(board.as_str().unwrap()).unwrap();
                let file = artifacts
                    .iter()
                    .find(|a| a.path.starts_with("grafana/dashboards/") && a.path.ends_with(&format!("/{key}")));
                assert_eq!(board, serde_json::from_str::<Value>(&file.unwrap().body).unwrap(), "{path}");
            }
        }
    }
    assert!(seen > 10);
}

#[test]
fn the_reader_of_schemas_finds_what_is_wrong() {
    let crd: Value = serde_json::from_str(include_str!("outputs/rules.schema.json")).unwrap();
    let rule = serde_json::json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": { "name": "Bad_Name", "labels": { "a": "b c" } },
        "spec": { "groups": [{ "name": "", "interval": "1.5h", "rules": [{ "expr": 1.5, "alert": "a", "record": "b", "fro": "5m" }] }] },
    });
    let wrong = schema::wrong(&rule, &crd).join("\n");
    for place in [
        "$.metadata.name",
        "labels.a",
        "groups[0].name",
        "interval",
        "rules[0].expr",
        "rules[0].fro",
        "rules[0]: oneOf",
    ] {
        assert!(wrong.contains(place), "{place}:\n{wrong}");
    }
}

#[test]
fn kustomize_builds_what_is_named() {
    if !Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: kubectl is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let artifacts = driver::emit(&own());
    for a in artifacts.iter().filter(|a| a.path.starts_with("kubernetes/")) {
        let path = dir.path().join(&a.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &a.body).unwrap();
    }
    let output = Command::new("kubectl").arg("kustomize").arg(dir.path().join("kubernetes")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = String::from_utf8(output.stdout).unwrap();
    let files =
        artifacts.iter().filter(|a| a.path.starts_with("kubernetes/") && !a.path.ends_with("kustomization.yaml"));
    assert_eq!(built.matches("\nkind: ").count(), files.count());
    assert_eq!(built.matches("\n  namespace: monitoring").count(), built.matches("\nkind: ").count());
}

#[test]
fn the_model_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../docs/model.schema.json")).unwrap();
    for (index, model) in models().iter().enumerate() {
        let artifacts = driver::emit(model);
        let file = artifacts.iter().find(|a| a.path == "json/model.json");
        let Some(file) = file else { continue };
        let wrong = schema::wrong(&serde_json::from_str(&file.body).unwrap(), &schema);
        assert!(wrong.is_empty(), "{index}: {} mistakes, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    }
}

/// Objectives in every form that OpenSLO can say.
const SAYABLE: &str = r#"
project back { emit openslo }
policy quick {
  page   14.4x burn over 1h confirmed over 5m
  ticket 3x burn over 1d confirmed over 2h for 15m
}
service shop {
  title "The shop"
  policy quick
  slo availability 99.9% over 28d {
    about  "Orders are accepted."
    errors requests_total{job="shop", code=~"5.."}
    total  requests_total{job="shop"}
  }
  slo fast 99% over 30d {
    good  sum(rate(latency_bucket{le="0.3"}[$window]))
    total sum(rate(latency_count[$window]))
  }
  slo month 99% over calendar month in "Europe/Berlin" {
    errors failures_total
    total  calls_total
  }
  slo raw 99% over 30d {
    ratio sum(rate(bad_total[$window])) / sum(rate(all_total[$window])) + 0
  }
  slo queue 95% over 30d {
    value max(queue_length)
    good  below 500 each 1m
    page off
  }
  slo depth 95% over 30d {
    value max(queue_depth)
    good  above 0.5 each 5m
  }
}
"#;

/// What is recorded and alerted, without the places it comes from.
fn rules(model: &Model) -> Vec<String> {
    let text = |a: Artifact| {
        a.body
            .lines()
            .filter(|l| !l.contains("# ") && !l.contains("spec: ") && !l.contains("dashboard_url"))
            .map(|l| format!("{l}\n"))
            .collect()
    };
    let rules = |a: &Artifact| a.path.starts_with("prometheus/") && a.path.ends_with(".rules.yml");
    driver::emit(model).into_iter().filter(rules).map(text).collect()
}

#[test]
fn what_goes_out_as_openslo_comes_back_as_it_was() {
    let before = model(&Memory::one(SAYABLE.as_bytes()));
    let export = driver::emit(&before).into_iter().find(|a| a.path == "openslo/shop.yaml").unwrap();
    let imported = import::import(
        From::OpenSlo,
        vec![("shop.yaml".into(), export.body.into_bytes())],
        &Options { rename: true, ..Options::default() },
    );
    assert!(imported.diagnostics.is_empty(), "{:#?}", imported.diagnostics);
    let files = imported.specs.iter().map(|(path, text)| (format!("specs/{path}"), text.clone().into_bytes()));
    let after = model(&Memory(files.collect()));
    let (before, after) = (rules(&before), rules(&after));
    assert_eq!(before.len(), 1);
    for (before, after) in before[0].lines().zip(after[0].lines()) {
        assert_eq!(before, after, "{:#?}", imported.specs);
    }
    assert_eq!(before, after);
}

#[test]
fn terraform_fills_in_only_what_is_ours() {
    for artifacts in models().iter().map(driver::emit) {
        for file in artifacts.iter().filter(|a| a.path.ends_with(".tf.json")) {
            let value: Value = serde_json::from_str(&file.body).unwrap();
            let mut texts = Vec::new();
            strings(&value, &mut texts);
            for text in texts {
                let text = text.replace("$${", "").replace("%%{", "");
                assert!(!text.contains("%{"), "{}: {text}", file.path);
                for hole in text.split("${").skip(1) {
                    let known = [
                        "grafana_folder.",
                        "data.grafana_folder.",
                        "grafana_team.",
                        "grafana_contact_point.",
                        "var.",
                        "file(",
                        "path.module}",
                    ];
                    assert!(known.iter().any(|k| hole.starts_with(k)), "{}: {text}", file.path);
                }
            }
            let resources = value["resource"].as_object().unwrap();
            for (name, reference) in references(&file.body) {
                let made = resources.get(&name).is_some_and(|r| r.get(&reference).is_some());
                let elsewhere = artifacts.iter().any(|a| a.path.ends_with("grafana.tf.json") && a.path != file.path);
                let looked_up = value["data"][&name].get(&reference).is_some();
                assert!(made || elsewhere || looked_up, "{}: {name}.{reference} is not made", file.path);
            }
        }
    }
}

/// The resources that a text refers to.
fn references(text: &str) -> Vec<(String, String)> {
    let holes = text.split("${").skip(1).filter(|h| h.starts_with("grafana_"));
    let parts = holes.map(|h| h.split('}').next().unwrap().split('.').map(str::to_string).collect::<Vec<_>>());
    parts.map(|p| (p[0].clone(), p[1].clone())).collect()
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|v| strings(v, found)),
        Value::Object(map) => map.values().for_each(|v| strings(v, found)),
        _ => {}
    }
}

#[test]
fn no_group_for_vmalert_reads_what_it_records() {
    for artifacts in models().iter().map(driver::emit) {
        for (path, documents) in below(&artifacts, "victoria/").into_iter().filter(|(p, _)| p.ends_with(".rules.yml")) {
            for group in documents[0]["groups"].as_array().unwrap() {
                let rules = group["rules"].as_array().unwrap();
                for record in rules.iter().filter(|r| r["record"].is_string()) {
                    let own = match record["labels"]["slo_id"].as_str() {
                        Some(id) => format!("{}{{slo_id=\"{id}\"", record["record"].as_str().unwrap()),
                        None => record["record"].as_str().unwrap().to_string(),
                    };
                    let reader = rules.iter().find(|r| r["expr"].as_str().unwrap().contains(&own));
                    assert!(reader.is_none(), "{path}: {} reads {own}", reader.unwrap());
                }
            }
        }
    }
}

#[test]
fn rules_are_half_as_long_as_the_usual_ones() {
    let slo = |n: usize| {
        let total = format!("http_requests_total{{job=\"svc-00000\", kind=\"{n}\"");
        format!("slo requests-{n} 99.9% over 30d {{\nerrors {total}, code=~\"5..\"}}\ntotal {total}}}\n}}\n")
    };
    let links = "project p {\nrunbooks \"https://runbooks.example.com\"\ngrafana \"https://grafana.example.com\"\n}\n";
    let slos: String = (0..10).map(slo).collect();
    let program = format!("{links}service svc-00000 {{\ntitle \"Service SVC-00000\"\ntier 2\n{slos}}}\n");
    let artifacts = driver::emit(&model(&Memory::one(program.as_bytes())));
    let (_, documents) = &below(&artifacts, "prometheus/svc-00000.rules.yml")[0];
    let groups = documents[0]["groups"].as_array().unwrap();
    let rules: usize = groups.iter().map(|g| g["rules"].as_array().unwrap().len()).sum();
    let bytes = artifacts.iter().find(|a| a.path == "prometheus/svc-00000.rules.yml").unwrap().body.len();
    // Sloth has 8.9 KB in 17 rules for each of these.
    assert!(bytes <= 44_500 && rules < 120, "{bytes} bytes in {rules} rules");
}

#[test]
fn groups_for_a_tenant_are_small_enough() {
    let mut seen = 0;
    for artifacts in models().iter().map(driver::emit) {
        for (dir, most) in [("mimir/", 20), ("cortex/", 20)] {
            for (path, documents) in below(&artifacts, dir) {
                assert!(documents[0]["namespace"].is_string(), "{path}");
                let groups = documents[0]["groups"].as_array().unwrap();
                let mut names: Vec<&str> = groups.iter().map(|g| g["name"].as_str().unwrap()).collect();
                assert!(groups.iter().all(|g| g["rules"].as_array().unwrap().len() <= most), "{path}");
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), groups.len(), "{path}");
                seen += groups.len();
            }
        }
    }
    assert!(seen > 20);
}

#[test]
fn dashboards_of_perses_place_every_panel_once() {
    for artifacts in models().iter().map(driver::emit) {
        for file in artifacts.iter().filter(|a| a.path.starts_with("perses/")) {
            let board: Value = serde_json::from_str(&file.body).unwrap();
            assert_eq!(board["kind"], "Dashboard");
            let panels = board["spec"]["panels"].as_object().unwrap();
            let layouts = board["spec"]["layouts"].as_array().unwrap();
            let items = layouts.iter().flat_map(|l| l["spec"]["items"].as_array().unwrap());
            let mut placed: Vec<String> =
                items.map(|i| i["content"]["$ref"].as_str().unwrap().replace("#/spec/panels/", "")).collect();
            placed.sort();
            assert_eq!(placed, panels.keys().cloned().collect::<Vec<_>>(), "{}", file.path);
            for panel in panels.values() {
                assert_eq!(panel["kind"], "Panel");
                assert!(panel["spec"]["plugin"]["kind"].is_string());
            }
        }
    }
}

#[test]
fn backstage_has_an_entity_for_every_service_and_team() {
    for model in models() {
        let artifacts = driver::emit(&model);
        for (_, entities) in below(&artifacts, "backstage/") {
            let named = |kind: &str| entities.iter().filter(|e| e["kind"] == kind).count();
            assert_eq!((named("Component"), named("Group")), (model.services.len(), model.teams.len()));
            let links = entities.iter().flat_map(|e| e["metadata"]["links"].as_array().into_iter().flatten());
            for link in links {
                assert!(link["url"].as_str().unwrap().starts_with("https://"), "{link}");
            }
        }
    }
}
