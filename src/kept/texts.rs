//! Texts of a JSON file as texts of their own, one a line, so that a query in them is read as any other. Each byte knows
//! where it stands between its quotes.

use super::json::{Value, characters};
use crate::source::{Expansion, FileId, SourceFile, Span, Spanned};

/// The texts that are taken out of a file.
pub(super) struct Texts<'a> {
    source: &'a str,
    /// The id that they will have.
    own: FileId,
    text: String,
    places: Expansion,
}

impl<'a> Texts<'a> {
    /// None yet; `source` is the whole file.
    pub(super) fn new(source: &'a str, own: FileId) -> Texts<'a> {
        Texts { source, own, text: String::new(), places: Expansion::of_json() }
    }

    /// A text, without the white space around it, at its place among the others.
    pub(super) fn take(&mut self, value: &Value) -> Option<Spanned<String>> {
        let whole = value.text()?;
        let quotes = value.span;
        let inside = self.source.get(quotes.start as usize + 1..quotes.end as usize - 1)?;
        let start = self.text.len();
        let mut run = 0..0;
        for (c, written) in characters(inside) {
            self.text.push(c);
            if inside.get(written.clone()).is_some_and(|w| w.chars().eq([c])) {
                run.end = written.end;
                continue;
            }
            self.copied(quotes.inside(run.start + 1..run.end + 1));
            run = written.end..written.end;
            self.places.push_meant(c.len_utf8(), quotes.inside(written.start + 1..written.end + 1));
        }
        self.copied(quotes.inside(run.start + 1..run.end + 1));
        let trimmed = whole.trim();
        let lead = whole.len() - whole.trim_start().len();
        // What is missing at the end of a text is missing before its last quote.
        self.text.push('\n');
        let last = quotes.inside(inside.len() + 1..inside.len() + 2);
        self.copied(last);
        let range = start + lead..start + lead + trimmed.len();
        Some(Spanned::new(trimmed.to_string(), Span::new(self.own, range)))
    }

    /// Bytes that mean themselves.
    fn copied(&mut self, place: Span) {
        self.places.push((place.end - place.start) as usize, place, None, None);
    }

    /// All of them as a file, which is shown as the one they come from.
    pub(super) fn finish(self, path: String) -> SourceFile {
        SourceFile::expanded(path, self.text, self.places)
    }
}
