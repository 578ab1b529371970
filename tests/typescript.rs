//! Grafana's own types for its files, as a second opinion: every generated dashboard, panel and query is a literal that
//! TypeScript checks against `@grafana/grafana-foundation-sdk`.
//!
//! `tests/run.sh` puts the pinned package below `target/` where there is Node; without it this test skips. What Grafana
//! itself fills in may be missing; unknown keys, wrong kinds of values and unknown words may not.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

mod common;
#[path = "engine/project.rs"]
mod project;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::Memory;
use serde_json::Value;
use sloc::driver;

/// Kinds of panels, and the module that has the type of their options, and perhaps of what they have of their own.
const KINDS: [(&str, &str, bool); 11] = [
    ("timeseries", "timeseries", true),
    ("barchart", "barchart", true),
    ("state-timeline", "statetimeline", true),
    ("table", "table", true),
    ("heatmap", "heatmap", false),
    ("stat", "stat", false),
    ("gauge", "gauge", false),
    ("bargauge", "bargauge", false),
    ("piechart", "piechart", false),
    ("logs", "logs", false),
    ("text", "text", false),
];

/// Data sources, and the type of their queries.
const QUERIES: [(&str, &str); 3] =
    [("prometheus", "prometheus.Dataquery"), ("loki", "loki.dataquery"), ("tempo", "tempo.Dataquery")];

/// Names for the types, with everything optional and words for what they list as constants.
const TYPES: &str = "
type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[] : T extends object
  ? { [K in keyof T as K extends '_implementsDataqueryVariant' ? never : K]?: K extends 'targets' ? unknown : Plain<T[K]> }
  : T;
type Unit = (typeof units)[keyof typeof units] | `suffix:${string}`;
";

/// What must be refused, so that what passes means something.
const WRONG: &str = r#"
// @ts-expect-error an unknown key
export const w1: Plain<dashboard.Dashboard> = { uidd: "a" };
// @ts-expect-error a number where a text goes
export const w2: Plain<dashboard.Dashboard> = { panels: [{ type: "stat", title: 7 }] };
// @ts-expect-error a key of another kind of panel
export const w3: Plain<gauge.Options> = { graphMode: "area" };
// @ts-expect-error a word that is not known
export const w4: Plain<timeseries.FieldConfig> = { drawStyle: "line", stacking: { mode: "upon" } };
// @ts-expect-error a word that is not known
export const w5: Plain<heatmap.Options> = { color: { mode: "schema" } };
// @ts-expect-error an unknown key of a query
export const w6: Plain<prometheus.Dataquery> = { refId: "A", expression: "up" };
// @ts-expect-error a unit that is not there
export const w7: Unit = "percents";
"#;

#[test]
fn grafana_s_own_types_know_every_key_and_word() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let sdk = target.join("typescript");
    if !sdk.join("node_modules/@grafana/grafana-foundation-sdk").is_dir() || !node() {
        eprintln!("skipped: tests/run.sh gets Grafana's types where there is Node");
        return;
    }
    let boards: Vec<Value> = [project::own(), demo()].iter().flat_map(boards).collect();
    assert!(boards.len() > 4);
    let mut source = imports() + TYPES + WRONG;
    boards.iter().for_each(|board| literals(&mut source, board));
    fs::write(sdk.join("all.ts"), source).unwrap();
    let options = r#"{"compilerOptions": {"strict": true, "noEmit": true, "module": "esnext", "moduleResolution": "bundler",
        "target": "es2022", "skipLibCheck": true}, "files": ["all.ts"]}"#;
    fs::write(sdk.join("tsconfig.json"), options).unwrap();
    let compiler = sdk.join("node_modules/typescript/bin/tsc");
    let output = Command::new("node").arg(compiler).args(["-p", "."]).current_dir(&sdk).output().unwrap();
    let printed: String = String::from_utf8_lossy(&output.stdout).chars().take(4000).collect();
    assert!(output.status.success(), "{printed}");
}

fn node() -> bool {
    Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success())
}

/// The programs of the pictures: every kind of panel.
fn demo() -> Memory {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/demo");
    let file = |name: &str| (format!("specs/{name}"), fs::read(root.join(name)).unwrap());
    Memory(["shop.slo", "boards.slo"].map(file).into())
}

fn boards(program: &Memory) -> Vec<Value> {
    let model = driver::analyze(program).unwrap().model.unwrap();
    let boards = driver::emit(&model).into_iter().filter(|a| a.path.starts_with("grafana/dashboards/"));
    boards.map(|a| serde_json::from_str(&a.body).unwrap()).collect()
}

fn imports() -> String {
    let modules = KINDS.iter().map(|(_, module, _)| *module).chain(QUERIES.iter().map(|(kind, _)| *kind));
    modules
        .chain(["dashboard", "units"])
        .map(|m| format!("import * as {m} from '@grafana/grafana-foundation-sdk/{m}';\n"))
        .collect()
}

/// A dashboard as literals: itself, then what of its panels and queries it leaves open.
fn literals(source: &mut String, board: &Value) {
    let mut literal = |kind: &str, value: &Value| {
        let number = source.len();
        writeln!(source, "export const v{number}: {kind} = {value};").unwrap();
    };
    literal("Plain<dashboard.Dashboard>", board);
    for panel in panels(board) {
        let unit = &panel["fieldConfig"]["defaults"]["unit"];
        if unit.is_string() {
            literal("Unit", unit);
        }
        if let Some((_, module, own)) = KINDS.iter().find(|(kind, ..)| panel["type"] == *kind) {
            literal(&format!("Plain<{module}.Options>"), &panel["options"]);
            let custom = &panel["fieldConfig"]["defaults"]["custom"];
            if *own && custom.is_object() {
                literal(&format!("Plain<{module}.FieldConfig>"), custom);
            }
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            let kind = QUERIES.iter().find(|(kind, _)| target["datasource"]["type"] == *kind);
            kind.into_iter().for_each(|(_, query)| literal(&format!("Plain<{query}>"), target));
        }
    }
}

/// All panels, those in closed rows too.
fn panels(board: &Value) -> Vec<&Value> {
    let all = board["panels"].as_array().into_iter().flatten();
    all.flat_map(|p| std::iter::once(p).chain(p["panels"].as_array().into_iter().flatten())).collect()
}
