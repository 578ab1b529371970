//! What several tests share: programs that live in memory, and examples cut out of Markdown.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

pub mod metrics;
pub mod schema;

use std::collections::BTreeMap;

use sloc::source::{LoadError, Loader};

/// Files by their path in the project.
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    /// A program of one file, `specs/main.slo`.
    pub fn one(text: &[u8]) -> Memory {
        Memory(BTreeMap::from([("specs/main.slo".to_string(), text.to_vec())]))
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

/// The `slo` code blocks of a Markdown text.
pub fn slo_blocks(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split("```slo\n").skip(1).filter_map(|rest| rest.split("\n```").next())
}
