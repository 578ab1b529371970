//! The extension of VS Code, where there is Node: its grammar in the engine of VS Code itself, and its client with stand-ins
//! for VS Code around it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sloc::source::FileId;
use sloc::syntax::{self, PieceKind};

use super::common::words::keywords;
use super::prefixes::specs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What `vscode.js` answers; none where there is no Node.
fn node(asked: &Value) -> Option<Value> {
    let mut command = Command::new("node");
    command.arg(format!("{ROOT}/tests/lsp/vscode.js")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("skipped: there is no Node");
        return None;
    };
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_client_starts_the_server_and_starts_it_again() {
    let extension = format!("{ROOT}/editors/vscode/extension.js");
    let Some(answer) = node(&json!({"extension": extension, "program": "/opt/sloc"})) else { return };
    let round = ["reads sloc", "starts /opt/sloc lsp for slo", "stops"];
    // At first, by the command, and when the setting is another.
    assert_eq!(answer["did"], json!([round, round, round].concat()));
    assert_eq!((&answer["commands"], &answer["subscriptions"]), (&json!(["sloc.restart"]), &json!(2)));
}

#[test]
fn the_engine_of_the_editor_colours_words_texts_and_comments_as_the_parser_reads_them() {
    let modules = Path::new(ROOT).join("target/vscode");
    if !modules.join("node_modules/vscode-textmate").is_dir() {
        eprintln!("skipped: the engine of VS Code is not here; tests/run.sh gets it");
        return;
    }
    let read = |path: std::path::PathBuf| String::from_utf8(fs::read(path).unwrap()).ok();
    let sound = |text: &String| text.len() < 100_000 && syntax::parse(FileId(0), text).diagnostics.is_empty();
    let texts: Vec<String> = specs().into_iter().filter_map(read).filter(sound).collect();
    let grammar = format!("{ROOT}/editors/vscode/syntaxes/slo.tmLanguage.json");
    let Some(lines) = node(&json!({"modules": modules, "grammar": grammar, "texts": texts})) else { return };
    let words = keywords();
    let mut seen = 0;
    for (text, lines) in texts.iter().zip(lines.as_array().unwrap()) {
        for piece in syntax::parse(FileId(0), text).pieces {
            let source = &text[piece.span.range()];
            let wanted = match piece.kind {
                PieceKind::Comment => "comment",
                PieceKind::Text => "string",
                // A label may have the name of a word.
                PieceKind::Head if words.contains(source) && !is_label(&text[piece.span.end as usize..]) => "keyword",
                _ => continue,
            };
            let scopes = scopes(text, lines, piece.span.start as usize);
            assert!(scopes.contains(wanted), "`{source}` is {scopes} and not a {wanted} in\n{text}");
            seen += 1;
        }
    }
    assert!(seen > 5_000, "{seen}");
}

fn is_label(rest: &str) -> bool {
    rest.trim_start().starts_with('=')
}

/// The scopes of the token that an offset stands in.
fn scopes<'a>(text: &str, lines: &'a Value, at: usize) -> &'a str {
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let column = text[start..at].chars().map(char::len_utf16).sum::<usize>() as u64;
    let tokens = lines[text[..at].matches('\n').count()].as_array().unwrap();
    let token = tokens.iter().rev().find(|token| token[0].as_u64().unwrap() <= column).unwrap();
    token[1].as_str().unwrap()
}
