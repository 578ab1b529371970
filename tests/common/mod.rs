//! What several tests share: programs that live in memory, answers in files, and examples cut out of Markdown.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

pub mod metrics;
pub mod programs;
pub mod schema;
pub mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sloc::source::{LoadError, Loader};

/// Files by their path in the project.
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    /// A program of one file, `specs/main.slo`.
    pub fn one(text: &[u8]) -> Memory {
        Memory(BTreeMap::from([("specs/main.slo".to_string(), text.to_vec())]))
    }

    /// The same with the files beside `spec` whose names begin as its name does: `old.nodes.json` is `specs/nodes.json`.
    pub fn beside(spec: &Path) -> Memory {
        let mut memory = Memory::one(&fs::read(spec).unwrap());
        let begin = format!("{}.", spec.file_stem().unwrap().to_str().unwrap());
        for path in fs::read_dir(spec.parent().unwrap()).unwrap().map(|e| e.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if let Some(rest) = name.strip_prefix(&begin).filter(|rest| rest.ends_with(".json")) {
                memory.0.insert(format!("specs/{rest}"), fs::read(&path).unwrap());
            }
        }
        memory
    }

    /// The project's own specs and what they read.
    pub fn own() -> Memory {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
        Memory(below("specs", "").into_iter().map(|path| (name(&path), fs::read(path).unwrap())).collect())
    }
}

impl Loader for Memory {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        Ok(self.0.keys().filter(|p| p.ends_with(".slo")).cloned().collect())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.get(path).cloned().ok_or(LoadError::Missing)
    }
}

/// What cases give, held against the files that say what they must; with `UPDATE=1` the files are written anew. It fails when
/// it goes, with every answer that is another.
#[derive(Default)]
pub struct Answers {
    wrong: Vec<String>,
}

impl Answers {
    /// Holds what a case gives against the file of its answer.
    pub fn hold(&mut self, answer: &Path, given: &str) {
        if fs::read_to_string(answer).unwrap_or_default() == given {
            return;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(answer.parent().unwrap()).unwrap();
            fs::write(answer, given).unwrap();
        } else {
            self.wrong.push(format!("{}\n{given}", answer.display()));
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.wrong.is_empty(), "other answers than before:\n{}", self.wrong.join("\n"));
        }
    }
}

/// The files below a folder of the project whose names end so, in the order of their paths.
pub fn below(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.to_str().unwrap().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The `slo` code blocks of a Markdown text.
pub fn slo_blocks(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split("```slo\n").skip(1).filter_map(|rest| rest.split("\n```").next())
}
