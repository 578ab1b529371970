//! A file as the run of pieces that reading took it apart into, without a word on what they mean: what the formatter
//! lays out anew. The parser itself hands them out, so nothing can be read in two ways.

use crate::source::Span;

/// The smallest part of a file that is never taken apart, and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its bytes.
    pub span: Span,
}

/// What a piece is, as far as its place on a line goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PieceKind {
    /// The word that a statement begins with.
    Head,
    /// A word of the language further on: `over`, `within`.
    Keyword,
    /// Any other word: a name.
    Word,
    /// A number, with its unit if it has one.
    Value,
    /// A text in quotes, in `"` or in `"""`.
    Text,
    /// Punctuation.
    Mark,
    /// A query as it stands: white space and comments inside belong to it.
    Raw,
    /// The `{` of a block of statements.
    Open,
    /// The `}` of a block of statements.
    Close,
    /// The comma between two statements on one line.
    Separator,
    /// From `#` to the end of the line.
    Comment,
}

/// The pieces of what is read so far.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds what was read at `span`; what it is shows in how it begins.
    pub(super) fn push(&mut self, text: &str, span: Span) {
        let kind = match text.as_bytes() {
            [] => return,
            [b'#', ..] => PieceKind::Comment,
            [b'"', ..] => PieceKind::Text,
            [b'-', d, ..] | [d, ..] if d.is_ascii_digit() => PieceKind::Value,
            [c, ..] if c.is_ascii_alphabetic() || matches!(c, b'_' | b':') => PieceKind::Word,
            _ => PieceKind::Mark,
        };
        self.0.push(Piece { kind, span });
    }

    /// Adds a piece of a kind that does not show.
    pub(super) fn push_as(&mut self, kind: PieceKind, span: Span) {
        self.0.push(Piece { kind, span });
    }

    /// Says what the last piece is.
    pub(super) fn last_is(&mut self, kind: PieceKind) {
        if let Some(last) = self.0.last_mut() {
            last.kind = kind;
        }
    }

    /// Forgets what was read at `pos` and after: it will be read again.
    pub(super) fn back_to(&mut self, pos: usize) {
        while self.0.last().is_some_and(|piece| piece.span.end as usize > pos) {
            self.0.pop();
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Vec<Piece> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::PieceKind::*;
    use crate::source::FileId;
    use crate::syntax::parse;

    fn pieces(text: &str) -> Vec<(super::PieceKind, &str)> {
        let parsed = parse(FileId(0), text);
        assert_eq!(parsed.diagnostics, []);
        parsed.pieces.iter().map(|p| (p.kind, &text[p.span.range()])).collect()
    }

    #[test]
    fn a_query_is_one_piece_and_a_statement_begins_with_its_head() {
        let text = "service a { # one\n  slo b 99% over 30d {\n    errors sum( # two\n      up\n    )\n    page { a = \"b\", c = \"d\" }\n  }\n}\n";
        let found = pieces(text);
        assert_eq!(found[..4], [(Head, "service"), (Word, "a"), (Open, "{"), (Comment, "# one")]);
        assert_eq!(
            found[4..10],
            [(Head, "slo"), (Word, "b"), (Value, "99%"), (Keyword, "over"), (Value, "30d"), (Open, "{")]
        );
        assert_eq!(found[10..12], [(Head, "errors"), (Raw, "sum( # two\n      up\n    )")]);
        let page =
            [(Head, "page"), (Open, "{"), (Head, "a"), (Mark, "="), (Text, "\"b\""), (Separator, ","), (Head, "c")];
        assert_eq!(found[12..19], page);
        assert_eq!(found[21..], [(Close, "}"), (Close, "}"), (Close, "}")]);
    }

    #[test]
    fn between_the_pieces_of_the_projects_own_specs_is_white_space_alone() {
        for text in [include_str!("../../specs/shop/shop.slo"), include_str!("../../specs/gateway/gateway.slo")] {
            let parsed = parse(FileId(0), text);
            let mut at = 0;
            for piece in &parsed.pieces {
                assert_eq!(text[at..piece.span.start as usize].trim(), "");
                at = piece.span.end as usize;
            }
            assert_eq!(text[at..].trim(), "");
        }
    }
}
