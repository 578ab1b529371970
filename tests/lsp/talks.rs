//! Recorded conversations: each `tests/lsp/talks/*.txt` is a project, what an editor asks, and what it is told. Marks like
//! `«1»` in the files are places to ask about. `UPDATE=1 cargo test --test lsp` writes the answers anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::client::Client;
use super::common::Answers;
use super::shown;

/// A file of the project as the editor has it.
struct Open {
    text: String,
    version: i64,
}

/// A conversation being held.
struct Talk {
    client: Client,
    files: BTreeMap<String, Open>,
    /// Where the marks stand: a file and an offset.
    marks: BTreeMap<String, (String, usize)>,
}

#[test]
fn every_conversation_goes_as_recorded() {
    let mut answers = Answers::default();
    for case in cases() {
        let recorded = fs::read_to_string(&case).unwrap();
        answers.hold(&case, &hold(&recorded));
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lsp/talks")).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 10);
    cases
}

/// Holds a conversation, and gives it as it went.
fn hold(recorded: &str) -> String {
    let (files, talk) = recorded.split_once("\n== talk\n").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let mut marks = BTreeMap::new();
    for section in files.split("\n== ").skip(1) {
        let (path, text) = section.split_once('\n').unwrap();
        let text = unmarked(path, text, &mut marks);
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
    let encoding = talk.lines().find_map(|l| l.strip_prefix("encoding ")).unwrap_or("utf-16");
    let mut talk_held = Talk { client: Client::start(&root, &[encoding]), files: BTreeMap::new(), marks };
    let mut out = format!("{files}\n== talk\n");
    // Answers are set in; what is not is asked.
    for line in talk.lines().filter(|l| !l.starts_with("    ") && !l.is_empty()) {
        out += &format!("{line}\n");
        let answer = talk_held.says(&root, line);
        out.extend(answer.lines().map(|l| format!("    {l}").trim_end().to_string() + "\n"));
    }
    talk_held.client.finish();
    out
}

/// A text without its marks, which are noted.
fn unmarked(path: &str, text: &str, marks: &mut BTreeMap<String, (String, usize)>) -> String {
    let mut plain = String::new();
    let mut parts = text.split('«');
    plain += parts.next().unwrap();
    for part in parts {
        let (mark, rest) = part.split_once('»').unwrap();
        marks.insert(mark.to_string(), (path.to_string(), plain.len()));
        plain += rest;
    }
    plain + "\n"
}

impl Talk {
    /// Says one line, and gives the answer as people read it.
    fn says(&mut self, root: &Path, line: &str) -> String {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        match words[..] {
            [] | [""] | ["#", ..] => String::new(),
            ["encoding", _] => {
                format!("counts in {}", self.client.greeting["capabilities"]["positionEncoding"].as_str().unwrap())
            }
            ["open", path] => {
                let text = fs::read_to_string(root.join(path)).unwrap();
                self.client.open(path, &text);
                self.files.insert(path.to_string(), Open { text, version: 1 });
                self.diagnostics(path)
            }
            ["new", path, text] => {
                let text = text.replace("\\n", "\n");
                self.client.open(path, &text);
                self.files.insert(path.to_string(), Open { text, version: 1 });
                self.diagnostics(path)
            }
            ["close", path] => {
                let file = json!({"uri": self.client.uri(path)});
                self.client.tell("textDocument/didClose", json!({"textDocument": file}));
                self.files.remove(path);
                String::new()
            }
            ["disk", path, text] => {
                fs::write(root.join(path), text.replace("\\n", "\n")).unwrap();
                let change = json!({"uri": self.client.uri(path), "type": 2});
                self.client.tell("workspace/didChangeWatchedFiles", json!({"changes": [change]}));
                String::new()
            }
            ["wrong", path] => {
                self.settle();
                self.diagnostics(path)
            }
            ["type", mark, text] => self.types(mark, text),
            ["ask", method, params] => {
                let params = serde_json::from_str(params).unwrap();
                shown::raw(self.client.ask(method, params))
            }
            ["find", query] => self.ask(words[0], "workspace/symbol", json!({"query": query})),
            [what @ ("symbols" | "tokens" | "folds" | "hints" | "format"), path] => self.of_file(what, path),
            [what, mark] => self.at(what, mark, ""),
            [what, mark, more] => self.at(what, mark, more),
            _ => panic!("nobody knows how to say `{line}`"),
        }
    }

    fn diagnostics(&mut self, path: &str) -> String {
        let version = self.files.get(path).map(|f| f.version);
        let found = match version {
            Some(version) => self.client.diagnostics(path, version),
            None => self.client.told.get(path).map_or(Value::Null, |(_, found)| found.clone()),
        };
        shown::diagnostics(&self.client, &found)
    }

    /// Waits until the server has told all there is to tell: it does when no message waits, so between two of these.
    fn settle(&mut self) {
        for _ in 0..3 {
            self.client.ask("workspace/symbol", json!({"query": "\u{0}"})).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Puts text in at a mark, as somebody who types; a `⌫` takes the character behind the mark away.
    fn types(&mut self, mark: &str, text: &str) -> String {
        let (path, at) = self.marks[mark].clone();
        let deleted = text.matches('⌫').count();
        let text = text.replace('⌫', "").replace("\\n", "\n");
        let file = self.files.get_mut(&path).unwrap();
        let end = file.text[at..].char_indices().nth(deleted).map_or(file.text.len(), |(n, _)| at + n);
        let range =
            json!({"start": self.client.position(&file.text, at), "end": self.client.position(&file.text, end)});
        file.text.replace_range(at..end, &text);
        file.version += 1;
        self.client.change(&path, file.version, Some(range), &text);
        for (_, place) in self.marks.values_mut().filter(|(p, place)| *p == path && *place >= at) {
            *place = (*place + text.len()).saturating_sub(end - at).max(at);
        }
        self.diagnostics(&path)
    }

    fn of_file(&mut self, what: &str, path: &str) -> String {
        let file = json!({"uri": self.client.uri(path)});
        let everything = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}});
        match what {
            "symbols" => self.ask(what, "textDocument/documentSymbol", json!({"textDocument": file})),
            "folds" => self.ask(what, "textDocument/foldingRange", json!({"textDocument": file})),
            "hints" => self.ask(what, "textDocument/inlayHint", json!({"textDocument": file, "range": everything})),
            "tokens" => {
                let found = self.client.ask("textDocument/semanticTokens/full", json!({"textDocument": file})).unwrap();
                shown::tokens(&self.client, &self.files[path].text, &found)
            }
            _ => {
                let options = json!({"tabSize": 2, "insertSpaces": true});
                let params = json!({"textDocument": file, "options": options});
                let edits = self.client.ask("textDocument/formatting", params).unwrap();
                shown::edited(&self.client, &self.files[path].text, &edits)
            }
        }
    }

    /// Asks about the place of a mark.
    fn at(&mut self, what: &str, mark: &str, more: &str) -> String {
        let (path, at) = self.marks.get(mark).unwrap_or_else(|| panic!("there is no mark {mark}")).clone();
        let position = self.client.position(&self.files[&path].text, at);
        let file = json!({"uri": self.client.uri(&path)});
        let place = json!({"textDocument": file, "position": position});
        let with = |name: &str, value: Value| {
            let mut params = place.clone();
            params[name] = value;
            params
        };
        match what {
            "hover" => self.ask(what, "textDocument/hover", place),
            "definition" => self.ask(what, "textDocument/definition", place),
            "references" => {
                let params = with("context", json!({"includeDeclaration": true}));
                self.ask("references", "textDocument/references", params)
            }
            "prepare" => self.ask(what, "textDocument/prepareRename", place),
            "rename" => {
                let found = self.client.ask("textDocument/rename", with("newName", json!(more)));
                self.changes(found)
            }
            "complete" => {
                let found = self.client.ask("textDocument/completion", place).unwrap();
                shown::completions(&found, more)
            }
            "mend" => {
                let context = json!({"diagnostics": []});
                let range = json!({"start": position, "end": position});
                let params = json!({"textDocument": file, "range": range, "context": context});
                let found = self.client.ask("textDocument/codeAction", params).unwrap();
                let actions = found.as_array().unwrap().clone();
                let one =
                    |a: &Value| format!("{}\n{}", a["title"].as_str().unwrap(), self.changes(Ok(a["edit"].clone())));
                actions.iter().map(one).collect()
            }
            _ => panic!("nobody knows how to ask `{what}`"),
        }
    }

    fn ask(&mut self, what: &str, method: &str, params: Value) -> String {
        match self.client.ask(method, params) {
            Ok(found) => shown::answer(&self.client, what, &found),
            Err(why) => format!("refused: {why}"),
        }
    }

    /// The lines that an edit of several files changes.
    fn changes(&self, found: Result<Value, String>) -> String {
        let edit = match found {
            Ok(edit) => edit,
            Err(why) => return format!("refused: {why}"),
        };
        let mut out = String::new();
        for file in edit["documentChanges"].as_array().into_iter().flatten() {
            let path = self.client.path(file["textDocument"]["uri"].as_str().unwrap());
            let on_disk = || fs::read_to_string(self.client.on_disk(&path)).unwrap();
            let old = self.files.get(&path).map_or_else(on_disk, |f| f.text.clone());
            out += &format!("{path}\n");
            out += &shown::edited(&self.client, &old, &file["edits"]);
        }
        out
    }
}
