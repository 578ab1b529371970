//! The grammar of VS Code knows the words of the language that the parser knows, and no others. What the parser knows it
//! says itself, word by word, of every place in the examples. `UPDATE=1 cargo test --test lsp` writes the words anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sloc::promql::functions::{AGGREGATIONS, FUNCTIONS};
use sloc::promql::outline::{BEHIND, GROUPING};

use super::common::words::keywords;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const GRAMMAR: &str = "editors/vscode/syntaxes/slo.tmLanguage.json";

/// The words between `(?:` and `)` of a pattern.
fn listed(pattern: &str) -> BTreeSet<String> {
    let inside = pattern.split("(?:").nth(1).unwrap().split(')').next().unwrap();
    inside.split('|').map(str::to_string).collect()
}

#[test]
fn the_grammar_knows_the_words_of_the_parser() {
    let path = Path::new(ROOT).join(GRAMMAR);
    let text = fs::read_to_string(&path).unwrap();
    let grammar: Value = serde_json::from_str(&text).unwrap();
    let functions = FUNCTIONS.iter().map(|f| f.name).chain(AGGREGATIONS.iter().map(|a| a.name));
    let between = BEHIND.iter().chain(&GROUPING);
    let lists: [(&str, BTreeSet<String>); 3] = [
        ("keyword", keywords()),
        ("function", functions.map(str::to_string).collect()),
        ("between", between.map(|w| w.to_string()).collect()),
    ];
    assert!(lists[0].1.len() > 80, "{:?}", lists[0].1);
    let mut new = text.clone();
    for (name, words) in &lists {
        let pattern = grammar["repository"][name]["match"].as_str().unwrap();
        let listed = listed(pattern);
        if std::env::var_os("UPDATE").is_some() {
            let join = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join("|");
            let was = pattern.split("(?:").nth(1).unwrap().split(')').next().unwrap();
            new = new.replace(&format!("(?:{was})"), &format!("(?:{})", join(words)));
        } else {
            assert_eq!(listed, *words, "the list `{name}` of {GRAMMAR}");
        }
    }
    if new != text {
        fs::write(path, new).unwrap();
    }
}

#[test]
fn the_extension_is_whole() {
    let folder = Path::new(ROOT).join("editors/vscode");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let package: Value = serde_json::from_str(&read("package.json")).unwrap();
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    assert_eq!(package["version"].to_string(), version);
    let contributed = &package["contributes"];
    for file in [&package["main"], &contributed["languages"][0]["configuration"], &contributed["grammars"][0]["path"]] {
        assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    let _: Value = serde_json::from_str(&read("language-configuration.json")).unwrap();
    // The client starts what there is, and calls the language what the manifest calls it.
    let client = read("extension.js");
    assert!(client.contains("args: [\"lsp\"]") && client.contains("language: \"slo\""));
    assert_eq!(contributed["languages"][0]["id"], "slo");
}
