//! Text that nobody wrote as it stands, made by templates or out of quotes: which bytes of it stand where in the files that
//! people wrote.

use super::{Sources, Span};

/// What a text was put together from, piece by piece.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expansion {
    /// Its pieces in order, without a gap.
    pieces: Vec<Piece>,
    /// The `use` statements that led to them; a nested one stands after the one it is in.
    uses: Vec<Use>,
    /// Whether its texts stand between the quotes of JSON.
    quoted: bool,
}

/// A run of bytes that come from one place.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Piece {
    /// Offset after its last byte.
    end: u32,
    /// Where it comes from: the same bytes, or the hole that a value was put into.
    origin: Span,
    /// Where the value was given, when it is one.
    given: Option<Span>,
    /// The `use` that brought it; `None` for the text around.
    by: Option<u32>,
    /// Whether other bytes were written, which mean these: an escape.
    meant: bool,
}

impl Piece {
    /// Whether its place is one place, whichever of its bytes is asked for.
    fn is_whole(&self) -> bool {
        self.given.is_some() || self.meant
    }
}

/// A `use` statement, with the values it gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The template's name.
    pub template: String,
    /// The statement.
    pub at: Span,
    /// The `use` whose template this one stands in.
    pub within: Option<u32>,
    /// Every parameter with its value, in the order declared.
    pub values: Vec<Given>,
}

/// A parameter's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// The parameter.
    pub name: String,
    /// The value as written, with its quotes.
    pub written: String,
    /// The value as it stands inside a text.
    pub content: String,
    /// Whether it was given by the `use`, not by a default.
    pub explicit: bool,
}

impl Expansion {
    /// Adds `length` bytes copied from the start of `origin`, or the value for the hole at `origin`.
    pub fn push(&mut self, length: usize, origin: Span, given: Option<Span>, by: Option<u32>) {
        let end = self.pieces.last().map_or(0, |p| p.end) + length as u32;
        if length > 0 {
            self.pieces.push(Piece { end, origin, given, by, meant: false });
        }
    }

    /// What is taken out of the quotes of JSON.
    pub fn of_json() -> Expansion {
        Expansion { quoted: true, ..Expansion::default() }
    }

    /// Adds `length` bytes that the escape at `origin` means.
    pub fn push_meant(&mut self, length: usize, origin: Span) {
        self.push(length, origin, None, None);
        self.pieces.last_mut().into_iter().for_each(|p| p.meant = true);
    }

    /// Adds a `use` and gives the number that pieces name it by.
    pub fn enter(&mut self, used: Use) -> u32 {
        self.uses.push(used);
        self.uses.len() as u32 - 1
    }

    /// Forgets what stands after the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        let kept = self.pieces.partition_point(|p| (p.end as usize) < length);
        self.pieces.truncate(kept + usize::from(length > 0));
        if let Some(last) = self.pieces.last_mut() {
            last.end = last.end.min(length as u32);
        }
    }

    /// The piece that holds byte `at`, and where it begins; the last one for the end of the text.
    fn piece(&self, at: u32) -> Option<(&Piece, u32)> {
        let index = self.pieces.partition_point(|p| p.end <= at).min(self.pieces.len().checked_sub(1)?);
        let start = index.checked_sub(1).and_then(|i| self.pieces.get(i)).map_or(0, |p| p.end);
        Some((self.pieces.get(index)?, start))
    }

    /// Where the bytes of `span` stand in what people wrote: in one text, that in which the span begins.
    fn origin(&self, span: Span) -> Option<Span> {
        let (first, begins) = self.piece(span.start)?;
        if first.meant && span.start == span.end {
            return Some(Span { end: first.origin.start, ..first.origin });
        }
        let (last, last_begins) = self.piece(span.end.saturating_sub(1).max(span.start))?;
        let start = if first.is_whole() { first.origin.start } else { first.origin.start + span.start - begins };
        let end = match last.given {
            _ if last.by != first.by => first.origin.end,
            _ if last.is_whole() => last.origin.end,
            _ => last.origin.start + span.end.max(last_begins) - last_begins,
        };
        Some(Span { file: first.origin.file, start, end: end.max(start) })
    }

    /// Where the value was given, when the whole span is one value.
    fn given(&self, span: Span) -> Option<Span> {
        let (first, _) = self.piece(span.start)?;
        first.given.filter(|_| span.end <= first.end)
    }

    /// Whether the bytes of `span` are the very ones that were written, and not a value put into a hole.
    fn is_copy(&self, span: Span) -> bool {
        self.piece(span.start).is_some_and(|(p, _)| !p.is_whole() && span.end <= p.end)
    }

    /// The `use` that brought `span`, then those around it, the outermost last.
    fn uses(&self, span: Span) -> Vec<&Use> {
        let mut found = Vec::new();
        let mut next = self.piece(span.start).and_then(|(p, _)| p.by);
        while let Some(used) = next.and_then(|i| self.uses.get(i as usize)) {
            found.push(used);
            next = used.within;
        }
        found
    }
}

impl Sources {
    fn expansion(&self, span: Span) -> Option<&Expansion> {
        self.get(span.file).expansion.as_ref()
    }

    /// Where the text at `span` stands in the files that people wrote: in a template, for what a template made.
    pub fn origin(&self, span: Span) -> Span {
        self.expansion(span).and_then(|e| e.origin(span)).unwrap_or(span)
    }

    /// Where the value at `span` was given to a template, when it was.
    pub fn given(&self, span: Span) -> Option<Span> {
        self.expansion(span)?.given(span)
    }

    /// Whether an edit of [`Sources::origin`] is an edit of `span`.
    pub fn is_copy(&self, span: Span) -> bool {
        self.expansion(span).is_none_or(|e| e.is_copy(span))
    }

    /// Whether what stands at `span` was taken out of JSON.
    pub fn is_of_json(&self, span: Span) -> bool {
        self.expansion(span).is_some_and(|e| e.quoted)
    }

    /// A text as it must be written to stand at `span`: between the quotes of JSON with its escapes.
    pub fn as_written(&self, span: Span, text: &str) -> String {
        if !self.is_of_json(span) {
            return text.to_string();
        }
        let quoted = serde_json::Value::from(text).to_string();
        quoted.get(1..quoted.len() - 1).unwrap_or_default().to_string()
    }

    /// The place whose file decides which names are seen: a value sees what is seen where it was given.
    pub fn written(&self, span: Span) -> Span {
        self.given(span).unwrap_or_else(|| self.origin(span))
    }

    /// The `use` statements that brought the text at `span`, innermost first; none for text that stands where it is.
    pub fn uses(&self, span: Span) -> Vec<&Use> {
        self.expansion(span).map_or_else(Vec::new, |e| e.uses(span))
    }

    /// The place in the service itself: the outermost `use` that brought the text at `span`, or its own place.
    pub fn site(&self, span: Span) -> Span {
        self.uses(span).last().map_or_else(|| self.origin(span), |u| u.at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FileId, SourceFile};
    use super::*;

    fn span(file: u32, start: u32, end: u32) -> Span {
        Span { file: FileId(file), start, end }
    }

    /// `a { use t(x = yy) }` with `template t(x) { b$x c }` made `a { b` `yy` ` c` ` }`.
    fn sources() -> Sources {
        let mut sources = Sources::default();
        sources.add(SourceFile::new("a.slo".into(), "a { use t(x = yy) }".into()));
        sources.add(SourceFile::new("t.slo".into(), "template t(x) { b$x c }".into()));
        let mut made = Expansion::default();
        made.push(4, span(0, 0, 4), None, None);
        let used = Use { template: "t".into(), at: span(0, 4, 17), within: None, values: Vec::new() };
        let by = Some(made.enter(used));
        made.push(1, span(1, 16, 17), None, by);
        made.push(2, span(1, 17, 19), Some(span(0, 14, 16)), by);
        made.push(2, span(1, 19, 21), None, by);
        made.push(2, span(0, 17, 19), None, None);
        sources.add(SourceFile::expanded("a.slo".into(), "a { byy c }".into(), made));
        sources
    }

    #[test]
    fn every_byte_has_its_place_in_what_was_written() {
        let sources = sources();
        let text = |start, end| sources.text(sources.origin(span(2, start, end))).to_string();
        assert_eq!([text(0, 1), text(4, 5), text(5, 7), text(6, 7), text(7, 9)], ["a", "b", "$x", "$x", " c"]);
        assert_eq!([text(4, 7), text(4, 9), text(5, 9), text(9, 11)], ["b$x", "b$x c", "$x c", " }"]);
        assert_eq!(sources.origin(span(2, 11, 11)), span(0, 19, 19));
        assert_eq!(sources.origin(span(2, 5, 5)), span(1, 17, 19));
        assert_eq!(sources.origin(span(2, 7, 7)), span(1, 19, 19));
    }

    #[test]
    fn what_an_escape_means_has_the_place_of_the_escape() {
        let mut sources = Sources::default();
        sources.add(SourceFile::new("a.json".into(), r#""a\"b""#.into()));
        let mut made = Expansion::of_json();
        made.push(1, span(0, 1, 2), None, None);
        made.push_meant(1, span(0, 2, 4));
        made.push(2, span(0, 4, 6), None, None);
        sources.add(SourceFile::expanded("a.json".into(), "a\"b\n".into(), made));
        let origin = |start, end| sources.origin(span(1, start, end));
        assert_eq!([origin(0, 1), origin(1, 2), origin(0, 2)], [span(0, 1, 2), span(0, 2, 4), span(0, 1, 4)]);
        assert_eq!([origin(1, 1), origin(2, 3), origin(3, 3)], [span(0, 2, 2), span(0, 4, 5), span(0, 5, 5)]);
        assert!(sources.is_copy(span(1, 2, 3)) && !sources.is_copy(span(1, 1, 2)));
        assert_eq!(sources.as_written(span(1, 0, 1), "x\"y"), r#"x\"y"#);
        assert_eq!(sources.as_written(span(0, 0, 1), "x\"y"), "x\"y");
    }

    #[test]
    fn what_a_template_made_knows_its_use() {
        let sources = sources();
        assert_eq!(sources.site(span(2, 5, 7)), span(0, 4, 17));
        assert_eq!(sources.site(span(2, 0, 1)), span(0, 0, 1));
        assert_eq!(sources.given(span(2, 5, 7)), Some(span(0, 14, 16)));
        assert_eq!(sources.given(span(2, 4, 7)), None);
        assert_eq!(sources.written(span(2, 4, 5)).file, FileId(1));
        assert_eq!(sources.written(span(2, 5, 6)).file, FileId(0));
        assert!(sources.is_copy(span(2, 7, 9)) && !sources.is_copy(span(2, 4, 6)));
    }
}
