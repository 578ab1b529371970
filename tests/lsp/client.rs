//! An editor: starts the real server and talks to it over its standard input and output.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// No answer takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    complaints: Option<JoinHandle<String>>,
    root: PathBuf,
    asked: i64,
    /// What is wrong with each file, as told last, with the version it was told for.
    pub told: BTreeMap<String, (Option<i64>, Value)>,
    /// The answer to `initialize`.
    pub greeting: Value,
}

impl Client {
    /// Starts the server in a directory and greets it.
    pub fn start(root: &Path, encodings: &[&str]) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sloc"))
            .arg("lsp")
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, messages) = channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let complaints = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        let (input, root, complaints) = (child.stdin.take(), root.to_path_buf(), Some(complaints));
        let (told, greeting) = (BTreeMap::new(), Value::Null);
        let mut client = Client { child, input, messages, complaints, root, asked: 0, told, greeting };
        let folder = json!({"uri": client.uri(""), "name": "here"});
        let capabilities = json!({"general": {"positionEncodings": encodings}});
        let hello = json!({"processId": null, "capabilities": capabilities, "workspaceFolders": [folder]});
        client.greeting = client.ask("initialize", hello).unwrap();
        client.tell("initialized", json!({}));
        client
    }

    pub fn uri(&self, path: &str) -> String {
        format!("file://{}", self.root.join(path).display()).trim_end_matches('/').to_string()
    }

    /// The path of a file in the project by its address.
    pub fn path(&self, uri: &str) -> String {
        uri.strip_prefix(&self.uri("")).unwrap_or(uri).trim_start_matches('/').to_string()
    }

    pub fn on_disk(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// How wide a character is, as both sides agreed.
    fn width(&self, c: char) -> usize {
        let utf8 = self.greeting["capabilities"]["positionEncoding"] == "utf-8";
        if utf8 { c.len_utf8() } else { c.len_utf16() }
    }

    /// The position of an offset.
    pub fn position(&self, text: &str, at: usize) -> Value {
        let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let character: usize = text[start..at].chars().map(|c| self.width(c)).sum();
        json!({"line": text[..at].matches('\n').count(), "character": character})
    }

    /// The offset of a position.
    pub fn offset(&self, text: &str, line: usize, character: usize) -> usize {
        let start = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = character;
        let before = text[start..].chars().take_while(|c| {
            let inside = left > 0 && *c != '\n';
            left = left.saturating_sub(self.width(*c));
            inside
        });
        start + before.map(char::len_utf8).sum::<usize>()
    }

    fn send(&mut self, message: Value) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Asks and waits for the answer; an error is its message.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                return match message.get("error") {
                    Some(error) => Err(error["message"].as_str().unwrap().to_string()),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    /// The next message; what is wrong with files is noted.
    fn next(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let path = self.path(params["uri"].as_str().unwrap());
            self.told.insert(path, (params["version"].as_i64(), params["diagnostics"].clone()));
        }
        message
    }

    pub fn open(&mut self, path: &str, text: &str) {
        let file = json!({"uri": self.uri(path), "languageId": "slo", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": file}));
    }

    /// Changes an open file: a part of it, or all.
    pub fn change(&mut self, path: &str, version: i64, range: Option<Value>, text: &str) {
        let file = json!({"uri": self.uri(path), "version": version});
        let change = range.map_or_else(|| json!({"text": text}), |range| json!({"range": range, "text": text}));
        self.tell("textDocument/didChange", json!({"textDocument": file, "contentChanges": [change]}));
    }

    /// What is wrong with a file in this version of its text, as soon as it is told.
    pub fn diagnostics(&mut self, path: &str, version: i64) -> Value {
        while self.told.get(path).is_none_or(|(told, _)| *told != Some(version)) {
            self.next();
        }
        self.told[path].1.clone()
    }

    /// Says goodbye; the server must go in order and have had nothing to complain of.
    pub fn finish(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        let complaints = self.complaints.take().unwrap().join().unwrap();
        assert_eq!(complaints, "");
        assert!(status.success(), "{status}");
    }
}

/// Reads one message; `None` at the end.
fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", n)) => length = n.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
