//! Where reading goes on after a mistake.

use super::Cursor;
use crate::syntax::pieces::PieceKind;
use crate::syntax::token;

impl Cursor<'_> {
    /// Reads a value. One that stands here and is wrong is reported, and what follows it is read all the same.
    pub(in crate::syntax) fn value<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (from, broken) = (self.pos, self.broken);
        let value = read(self);
        if !self.text[from..self.pos].trim().is_empty() {
            self.broken = broken;
        }
        value
    }

    /// After a mistake in a header: on to the block it opens on this line, so that the block is read too.
    pub(in crate::syntax) fn go_to_block(&mut self) {
        let line = self.rest().lines().next().unwrap_or("");
        let code = line.split('#').next().unwrap_or("").trim_end();
        let open = if code.ends_with('{') { code.rfind('{') } else { code.find('{') };
        self.broken = open.is_none();
        self.pos += open.unwrap_or(0);
    }

    /// After a mistake within braces: past them, where they close on this line, so that they close nothing else.
    pub(in crate::syntax) fn leave_braces(&mut self) {
        self.skip_statement();
        self.pos += usize::from(self.rest().starts_with('}'));
    }

    /// Goes on after the statement: past the rest of its line and of a block it opens, to before the `}` around it.
    pub(super) fn resume(&mut self) {
        if std::mem::take(&mut self.broken) {
            let start = self.pos;
            self.skip_statement();
            // Behind a word with a hole, which may become any: it stays as it is.
            if self.holes {
                self.pass(start);
            }
        }
        if self.rest().starts_with(',') {
            self.pieces.push_as(PieceKind::Separator, self.span(self.pos, self.pos + 1));
            self.pos += 1;
        }
    }

    /// Makes one piece of all that was passed since `start`.
    fn pass(&mut self, start: usize) {
        let passed = self.text.get(start..self.pos).unwrap_or("");
        let (start, length) = (start + passed.len() - passed.trim_start().len(), passed.trim().len());
        if length > 0 {
            self.pieces.back_to(start);
            self.pieces.push_as(PieceKind::Passed, self.span(start, start + length));
        }
    }

    /// Passes everything to the end of the line at brace depth 0, over strings and comments. Not recursive.
    pub(in crate::syntax) fn skip_statement(&mut self) {
        let mut depth = 0usize;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\n' if depth == 0 => return,
                '}' if depth == 0 => return,
                '}' => depth -= 1,
                '{' => depth += 1,
                '#' => {
                    self.skip_spaces();
                    continue;
                }
                '"' => {
                    self.skip_string();
                    continue;
                }
                _ => {}
            }
            self.pos += c.len_utf8();
        }
    }

    /// Passes a string, or just its quote when it has no end.
    fn skip_string(&mut self) {
        let passed = token::long_string(self.rest()).or_else(|_| token::string(self.rest()));
        self.pos = passed.map_or(self.pos + 1, |(rest, _)| self.text.len() - rest.len());
    }
}
