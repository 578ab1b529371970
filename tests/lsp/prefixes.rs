//! Half-typed specs: the server answers on every prefix of every spec of the project, and goes on.
//!
//! Every prefix takes half an hour, so that a run tries a part of them that is the same each time; `EVERY_PREFIX=1` tries all,
//! `EVERY_PREFIX=20` one of twenty.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::client::Client;
use super::common::below;

/// One prefix of so many is tried.
const PART: usize = 907;

/// What is asked at the end of each prefix: all that takes a place.
const PLACED: [&str; 5] = [
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/prepareRename",
];

/// What is asked of the whole.
const WHOLE: [&str; 4] = [
    "textDocument/documentSymbol",
    "textDocument/semanticTokens/full",
    "textDocument/foldingRange",
    "textDocument/formatting",
];

/// Every spec of the project, also those with mistakes.
pub fn specs() -> Vec<PathBuf> {
    let found = ["specs", "tests"].map(|folder| below(folder, ".slo")).concat();
    assert!(found.len() > 100);
    found
}

#[test]
fn the_server_answers_on_every_prefix_of_every_spec() {
    let dir = tempfile::tempdir().unwrap();
    let mut client = Client::start(&dir.path().canonicalize().unwrap(), &["utf-16"]);
    let path = "specs/typed.slo";
    client.open(path, "");
    let part = std::env::var("EVERY_PREFIX").map_or(PART, |part| part.parse().unwrap());
    let (mut version, mut passed, mut tried) = (1, 0, 0);
    for spec in specs() {
        let Ok(text) = String::from_utf8(fs::read(&spec).unwrap()) else { continue };
        // Files of megabytes are there for other reasons than to be typed.
        if text.len() > 100_000 {
            continue;
        }
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            passed += 1;
            if passed % part != 0 {
                continue;
            }
            // Typed at the end of a file, and in the middle of one.
            let next_line = text[at..].find('\n').map_or("", |n| &text[at + n..]);
            for (text, rest) in [(&text[..at], ""), (&text[..at], next_line)] {
                version += 1;
                ask(&mut client, path, version, text, rest);
            }
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} prefixes of {passed}");
    client.finish();
}

fn ask(client: &mut Client, path: &str, version: i64, before: &str, after: &str) {
    client.change(path, version, None, &format!("{before}{after}"));
    let file = json!({"uri": client.uri(path)});
    let position = client.position(before, before.len());
    let everything = json!({"start": {"line": 0, "character": 0}, "end": position});
    let params = json!({
        "textDocument": file,
        "position": position,
        "range": everything,
        "context": {"includeDeclaration": true, "diagnostics": [], "triggerKind": 1},
        "options": {"tabSize": 2, "insertSpaces": true},
    });
    for method in PLACED.iter().chain(&WHOLE).chain(&["textDocument/inlayHint", "textDocument/codeAction"]) {
        match client.ask(method, params.clone()) {
            Ok(_) => {}
            Err(why) if *method == "textDocument/prepareRename" => assert!(!why.contains("bug"), "{why}"),
            Err(why) => panic!("{method}: {why}\n{before}▌{after}"),
        }
    }
    client.diagnostics(path, version);
}
