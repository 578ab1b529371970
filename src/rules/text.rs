//! Text that stands in a file in another form: quoted, folded or indented, with the place of each of its bytes.

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

/// The file id of text that is not yet placed: spans in it are offsets into a [`Text`].
pub(super) const UNPLACED: FileId = FileId(u32::MAX);

/// A scalar of a YAML file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Where each byte of `value` stands in the file.
    places: Vec<u32>,
    /// Where the whole stands, with its quotes.
    pub span: Span,
}

impl Text {
    pub(super) fn new(span: Span) -> Text {
        Text { value: String::new(), places: Vec::new(), span }
    }

    /// Adds a character that stands at `offset` in the file.
    pub(super) fn push(&mut self, c: char, offset: usize) {
        self.value.push(c);
        self.places.extend((0..c.len_utf8()).map(|i| (offset + i) as u32));
    }

    /// Adds text that stands at `offset` as it is.
    pub(super) fn push_str(&mut self, text: &str, offset: usize) {
        self.value.push_str(text);
        self.places.extend((0..text.len()).map(|i| (offset + i) as u32));
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.value.truncate(length);
        self.places.truncate(length);
    }

    /// The unplaced span of the whole value.
    pub(super) fn unplaced(&self) -> Span {
        Span::new(UNPLACED, 0..self.value.len())
    }

    /// The place in the file of a range of the value.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        let inside = |i: usize| self.places.get(i).copied();
        let from = inside(start).unwrap_or_else(|| self.places.last().map_or(self.span.start, |last| last + 1));
        let to = match end.checked_sub(1).filter(|_| end > start).and_then(inside) {
            Some(last) => last + 1,
            None => from,
        };
        Span { file: self.span.file, start: from, end: to.max(from) }
    }

    /// The place of a span that may stand in this text.
    pub(super) fn located(&self, span: Span) -> Span {
        if span.file == UNPLACED { self.place(span.start as usize, span.end as usize) } else { span }
    }

    /// Moves every span of a diagnostic that stands in this text to its place in the file. An edit stays only where the
    /// text stands in the file as it is.
    pub(super) fn placed(&self, mut diagnostic: Diagnostic, file: &str) -> Diagnostic {
        let moved = |span: Span| self.located(span);
        let same = |span: Span| {
            let before = self.value.get(span.range());
            before.is_some() && before == file.get(moved(span).range())
        };
        diagnostic.fix = diagnostic.fix.filter(|fix| {
            let verbatim = !fix.text.contains(['"', '\'', '\\', '\n']);
            fix.span.file != UNPLACED || verbatim && same(fix.span)
        });
        diagnostic.primary.span = moved(diagnostic.primary.span);
        for label in &mut diagnostic.labels {
            label.span = moved(label.span);
        }
        if let Some(fix) = &mut diagnostic.fix {
            fix.span = moved(fix.span);
        }
        diagnostic
    }
}
