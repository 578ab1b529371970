//! Markdown being written: paragraphs, tables, code, and words that mean nothing to it.

use std::fmt::Write;

/// Somebody's words inside a sentence: one line, and nothing in it is Markdown or HTML.
pub(super) fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A Markdown page being written.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
}

impl Page {
    pub(super) fn line(&mut self, line: &str) {
        // Tables and comments stand apart from the paragraph before.
        if self.text.ends_with('\n')
            && !self.text.ends_with("\n\n")
            && line.starts_with('|')
            && !self.text.lines().next_back().is_some_and(|l| l.starts_with('|'))
        {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An empty line, where there is none yet.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A code block, fenced by more backticks than the code holds in a row.
    pub(super) fn code(&mut self, language: &str, code: &str) {
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = write!(self.text, "\n{fence}{language}\n{code}\n{fence}\n");
    }
}
