//! A text that was decoded from a part of a file, and where in the file each of its bytes comes from.

use std::ops::Range;

use crate::source::{FileId, Span};

/// A scalar's value and its places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The value, escapes and folding undone.
    pub value: String,
    /// All of it in the file, with quotes. Where the exact place is not known, the nearest that is.
    pub span: Span,
    /// Where the bytes of the value come from, in their order; empty when that is not known.
    pieces: Vec<Piece>,
}

/// A run of bytes of the value and the bytes of the file it was made of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Piece {
    value: Range<usize>,
    file: Range<usize>,
    /// Whether each byte of the value is the byte of the file at the same distance.
    verbatim: bool,
}

impl Text {
    /// A value of which only the whole's place is known.
    pub fn unplaced(value: String, span: Span) -> Text {
        Text { value, span, pieces: Vec::new() }
    }

    /// Where the bytes `range` of the value stand. The whole when the bytes were not found one by one.
    pub fn place(&self, range: Range<usize>) -> Span {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else { return self.span };
        if range.is_empty() {
            let at = self.point(range.start, first, last);
            return Span::new(self.span.file, at..at);
        }
        let start = self.pieces.iter().find(|p| p.value.end > range.start).unwrap_or(last).start_of(range.start);
        let end = self.pieces.iter().rfind(|p| p.value.start < range.end).unwrap_or(first).end_of(range.end);
        Span::new(self.span.file, start..end.max(start))
    }

    /// Where a point between two bytes is: behind the byte before it.
    fn point(&self, at: usize, first: &Piece, last: &Piece) -> usize {
        match at {
            0 => first.file.start,
            _ => self.pieces.iter().find(|p| p.value.end >= at).unwrap_or(last).end_of(at),
        }
    }

    /// Whether every byte's place is known.
    pub fn is_placed(&self) -> bool {
        !self.pieces.is_empty() || self.value.is_empty()
    }
}

impl Piece {
    fn start_of(&self, at: usize) -> usize {
        if self.verbatim { self.file.start + at.saturating_sub(self.value.start) } else { self.file.start }
    }

    fn end_of(&self, at: usize) -> usize {
        if self.verbatim { self.file.start + at.min(self.value.end) - self.value.start } else { self.file.end }
    }
}

/// A value being decoded.
#[derive(Debug, Default)]
pub(super) struct Builder {
    value: String,
    pieces: Vec<Piece>,
}

impl Builder {
    /// Adds `text`, which stands in the file at `at`, as it is.
    pub(super) fn verbatim(&mut self, text: &str, at: usize) {
        let start = self.value.len();
        self.value.push_str(text);
        match self.pieces.last_mut() {
            Some(last) if last.verbatim && last.file.end == at => {
                last.value.end = self.value.len();
                last.file.end += text.len();
            }
            _ if text.is_empty() => {}
            _ => {
                let piece = Piece { value: start..self.value.len(), file: at..at + text.len(), verbatim: true };
                self.pieces.push(piece);
            }
        }
    }

    /// Adds `text`, which the bytes `file` mean.
    pub(super) fn meant(&mut self, text: &str, file: Range<usize>) {
        let start = self.value.len();
        self.value.push_str(text);
        if !text.is_empty() {
            self.pieces.push(Piece { value: start..self.value.len(), file, verbatim: false });
        }
    }

    /// The text, which takes the bytes `whole` of `file`.
    pub(super) fn finish(self, file: FileId, whole: Range<usize>) -> Text {
        Text { value: self.value, span: Span::new(file, whole), pieces: self.pieces }
    }
}
