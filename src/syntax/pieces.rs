//! A file as the run of pieces that reading took it apart into, without a word on what they mean: what the formatter
//! lays out anew. The parser itself hands them out, so nothing can be read in two ways.

use super::ast::Comment;
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
    /// A query in another language than PromQL, which nobody lays out.
    Passed,
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
#[derive(Debug)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Room for those of a text, so that they need not move as they become more.
    pub(super) fn of(text: &str) -> Pieces {
        /// Bytes of a piece and of the space before it, in most specs.
        const BYTES: usize = 8;
        Pieces(Vec::with_capacity(text.len() / BYTES))
    }

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

    /// What the last piece is.
    pub(super) fn last_kind(&self) -> Option<PieceKind> {
        self.0.last().map(|piece| piece.kind)
    }

    /// Where the last that is no comment ends.
    pub(super) fn end(&self) -> Option<usize> {
        self.0.iter().rev().find(|piece| piece.kind != PieceKind::Comment).map(|piece| piece.span.end as usize)
    }

    /// All of them.
    pub(super) fn finish(self) -> Vec<Piece> {
        self.0
    }
}

/// The comments among the pieces, each with what it speaks of.
pub(super) fn comments(text: &str, pieces: &[Piece]) -> Vec<Comment> {
    let lines_between = |a: &Piece, b: &Piece| {
        let gap = text.get(a.span.end as usize..b.span.start as usize).unwrap_or("");
        gap.matches('\n').count()
    };
    let is_comment = |piece: &&Piece| piece.kind == PieceKind::Comment;
    let about = |index: usize, comment: &Piece| {
        let (before, after) = (pieces.get(..index)?, pieces.get(index..)?);
        if let Some(last) = before.last().filter(|last| lines_between(last, comment) == 0) {
            let joined = before.windows(2).rev().take_while(|pair| lines_between(&pair[0], &pair[1]) == 0);
            return Some(joined.last().map_or(last, |pair| &pair[0]).span.to(last.span));
        }
        let adjacent = after
            .windows(2)
            .take_while(|pair| is_comment(&&pair[0]))
            .all(|pair| lines_between(&pair[0], &pair[1]) == 1);
        let next = after.iter().position(|piece| !is_comment(&piece)).filter(|_| adjacent)?;
        let joined = after.get(next..)?.windows(2).take_while(|pair| lines_between(&pair[0], &pair[1]) == 0);
        let first = after.get(next)?;
        Some(first.span.to(joined.last().map_or(first, |pair| &pair[1]).span))
    };
    let comments = pieces.iter().enumerate().filter(|(_, piece)| is_comment(piece));
    comments
        .map(|(index, piece)| Comment { span: piece.span, about: about(index, piece).unwrap_or(piece.span.after()) })
        .collect()
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
    fn a_comment_speaks_of_its_line_or_of_the_next() {
        let text = "team a # one\n# two\n# three\nservice b {\n  slo c 99% over 30d {\n    errors sum(\n      up\n    ) # four\n    # five\n\n    total up\n  }\n}\n";
        let comments = parse(FileId(0), text).file.comments;
        let about: Vec<&str> = comments.iter().map(|c| &text[c.about.range()]).collect();
        assert_eq!(about, ["team a", "service b {", "service b {", "errors sum(\n      up\n    )", ""]);
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
