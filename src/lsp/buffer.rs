//! A file as an editor has it, saved or not.

use lsp_types::TextDocumentContentChangeEvent;

use super::position::{Encoding, Lines};

/// An open file.
pub(super) struct Buffer {
    /// Its text now.
    pub(super) text: String,
    /// The editor's number of this text.
    pub(super) version: i32,
}

impl Buffer {
    /// Puts changes in, one after the other.
    pub(super) fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            let Some(range) = change.range else {
                self.text = change.text;
                continue;
            };
            let lines = Lines::new(&self.text, encoding);
            let (start, end) = (lines.offset(range.start), lines.offset(range.end));
            self.text.replace_range(start..end.max(start), &change.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn changes_build_on_each_other() {
        let mut buffer = Buffer { text: "a👧b\nc".into(), version: 1 };
        let change = |from: (u32, u32), to: (u32, u32), text: &str| TextDocumentContentChangeEvent {
            range: Some(Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1))),
            range_length: None,
            text: text.into(),
        };
        buffer.change(vec![change((0, 1), (0, 3), "x"), change((0, 2), (1, 0), "\n\n")], Encoding::Utf16);
        assert_eq!(buffer.text, "ax\n\nc");
        buffer.change(vec![change((9, 0), (0, 0), "!")], Encoding::Utf16);
        assert_eq!(buffer.text, "ax\n\nc!");
    }
}
