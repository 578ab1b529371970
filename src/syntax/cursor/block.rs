//! Blocks, `{ … }`: where one begins, and where it ends also when its `}` is missing.

use super::Cursor;
use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};
use crate::syntax::pieces::PieceKind;

impl<'a> Cursor<'a> {
    /// Reads `{ … }`, calling `statement` at each first word in it. Whatever `statement` leaves unread is passed.
    pub(in crate::syntax) fn block(&mut self, of: &str, mut statement: impl FnMut(&mut Cursor<'a>, Spanned<&'a str>)) {
        let indent = self.indent;
        let Some(open) = self.open(of) else { return };
        loop {
            let before = self.pos;
            self.skip_lines();
            if self.at_end() || self.by_indentation && self.is_outside(indent) {
                self.go_to(before);
                return self.never_closed(of, open, indent);
            }
            if self.is_stray(indent) {
                self.stray_end();
            } else if self.take_mark("}").is_some() {
                self.pieces.last_is(PieceKind::Close);
                return;
            } else if let Some(word) = self.take_head() {
                self.statements += 1;
                statement(self, word);
                self.end_statement();
            } else {
                self.unexpected(&format!("a setting of {of} or `}}`"));
                self.pos += self.rest().chars().next().map_or(0, char::len_utf8);
                self.resume();
            }
        }
    }

    /// The `{` of a block, whose empty place does for one that is missing; `None` where there is nothing to read.
    fn open(&mut self, of: &str) -> Option<Span> {
        let mut open = self.take_mark("{");
        if open.is_none() {
            open = self.opened_below(of);
        }
        if open.is_none() {
            self.expect_mark("{");
            self.go_to_block();
            open = self.take_mark("{");
        }
        if open.is_some() && self.broken {
            self.pos -= 1;
            return None;
        }
        self.pieces.last_is(PieceKind::Open);
        open
    }

    /// A block whose `{` stands on a later line, or whose lines begin without one: reported, and read all the same.
    fn opened_below(&mut self, of: &str) -> Option<Span> {
        let rest = self.rest();
        let next = rest.trim_start();
        let gap = self.span(self.pos, self.text.len() - next.len());
        let indented = rest.starts_with('\n') && self.indentation(gap.end as usize).is_some_and(|by| by > self.indent);
        let end = self.pieces.end().unwrap_or(gap.start as usize);
        let title = "write ` {` at the end of the line";
        let mistake = |span: Span, message: String| {
            Diagnostic::new(&codes::E0001, span, message).help("a block begins with `{` at the end of its first line")
        };
        if rest.starts_with('\n') && next.starts_with('{') {
            let brace = self.span(gap.end as usize, gap.end as usize + 1);
            let message = format!("the `{{` of {of} stands on a line of its own");
            let edit = self.span(end, brace.end as usize);
            let plain = self.slice(edit).trim_start().len() == 1;
            let mistake = mistake(brace, message).here("not on the line that it belongs to");
            self.report(if plain { mistake.fix(title, edit, " {") } else { mistake });
            self.broken = false;
            self.pos = gap.end as usize;
            return self.take_mark("{");
        }
        if !indented || next.starts_with(['}', '#']) {
            return None;
        }
        let here = self.span(end, end);
        let mistake = mistake(here, format!("the `{{` of {of} is missing")).here("it goes here");
        self.report(mistake.suggest(title, here, " {"));
        self.broken = false;
        Some(here)
    }

    /// How far the line is indented that what stands at `pos` is the first of.
    pub(super) fn indentation(&self, pos: usize) -> Option<usize> {
        let before = self.text.get(..pos)?;
        let line = before.trim_end_matches([' ', '\t']);
        (line.is_empty() || line.ends_with('\n')).then(|| before.len() - line.len())
    }

    /// How far the statement here is indented, where blocks are read by that.
    pub(in crate::syntax) fn statement_by_indentation(&self) -> Option<usize> {
        self.by_indentation.then_some(self.indent)
    }

    /// Whether what stands here is indented as what is around a block that begins on a line indented so far.
    fn is_outside(&self, indent: usize) -> bool {
        let closes = self.rest().starts_with('}');
        self.indentation(self.pos).is_some_and(|by| if closes { by < indent } else { by <= indent })
    }

    /// Whether a `}` stands here that is further in than the end of the block around it.
    fn is_stray(&self, indent: usize) -> bool {
        let further = || self.indentation(self.pos).is_some_and(|by| by > indent);
        self.by_indentation && self.rest().starts_with('}') && further()
    }

    /// Reports a `}` that closes nothing, and passes it.
    pub(in crate::syntax) fn stray_end(&mut self) {
        self.unbalanced = true;
        let span = self.span(self.pos, self.pos + 1);
        let mistake = Diagnostic::new(&codes::E0001, span, "this `}` closes nothing").here("one too many");
        self.report(mistake.help("every block that was opened before it is closed"));
        self.pos += 1;
        self.broken = false;
    }

    /// Reports a block without its end, here, where that goes.
    fn never_closed(&mut self, of: &str, open: Span, indent: usize) {
        self.unbalanced = true;
        if self.at_end_of_text() && std::mem::replace(&mut self.cut_short, true) {
            return;
        }
        let end = self.pieces.end().map_or(self.pos, |end| end.max(open.end as usize));
        let here = self.span(end, end);
        let several = self.slice(self.span(open.start as usize, end)).contains('\n');
        let close = if several { format!("\n{}}}", " ".repeat(indent)) } else { " }".into() };
        let mistake = Diagnostic::new(&codes::E0002, here, format!("the block of {of} is never closed"));
        let place = if several { "its `}` goes on the next line" } else { "its `}` goes here" };
        self.report(mistake.here(place).label(open, "opened here").help("it ends with `}`").suggest(
            "write `}`",
            here,
            close,
        ));
    }

    /// Whether white space and comments are all that is left.
    fn at_end_of_text(&mut self) -> bool {
        let before = self.pos;
        self.skip_lines();
        let end = self.at_end();
        self.go_to(before);
        end
    }
}
