//! Pieces to lines: statements with their blocks, comments with the statement they stand behind, blank lines as groups.

use crate::syntax::{Piece, PieceKind};

/// What stands in a file or between the braces of a block.
pub(super) enum Line<'a> {
    /// One or more empty lines.
    Blank,
    /// A comment on a line of its own.
    Comment(&'a str),
    /// A statement, on one line or several.
    Statement(Statement<'a>),
}

/// A statement and the comment behind it.
pub(super) struct Statement<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// Whether the author put a comma between it and the next.
    pub(super) separated: bool,
    pub(super) comment: Option<&'a str>,
}

/// A part of a statement.
pub(super) enum Part<'a> {
    Atom(Atom<'a>),
    Block(Block<'a>),
}

/// A piece with its text.
#[derive(Clone, Copy)]
pub(super) struct Atom<'a> {
    pub(super) kind: PieceKind,
    pub(super) text: &'a str,
    pub(super) gap: Gap,
}

/// What the author put before a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    None,
    Space,
    Newline,
    /// At least one empty line.
    Blank,
}

/// A block of statements.
pub(super) struct Block<'a> {
    /// The comment behind its `{`.
    pub(super) comment: Option<&'a str>,
    pub(super) lines: Vec<Line<'a>>,
    /// Whether the author began a new line after its `{`.
    pub(super) spread: bool,
}

/// Reads the lines of a file.
pub(super) fn read<'a>(text: &'a str, pieces: &[Piece]) -> Vec<Line<'a>> {
    let mut atoms = Vec::new();
    let mut last = 0;
    for piece in pieces {
        let (start, end) = (piece.span.start as usize, piece.span.end as usize);
        let gap = gap(text.get(last..start).unwrap_or(""));
        atoms.push(Atom { kind: piece.kind, text: text.get(start..end).unwrap_or(""), gap });
        last = end;
    }
    Reader { atoms, at: 0 }.lines()
}

fn gap(space: &str) -> Gap {
    match (space.is_empty(), space.matches('\n').count()) {
        (true, _) => Gap::None,
        (_, 0) => Gap::Space,
        (_, 1) => Gap::Newline,
        _ => Gap::Blank,
    }
}

struct Reader<'a> {
    atoms: Vec<Atom<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Atom<'a>> {
        self.atoms.get(self.at).copied()
    }

    /// A comment on the line of what was read last.
    fn comment_behind(&mut self) -> Option<&'a str> {
        let same_line = |atom: &Atom<'_>| matches!(atom.gap, Gap::None | Gap::Space);
        let comment = self.peek().filter(|atom| atom.kind == PieceKind::Comment && same_line(atom))?;
        self.at += 1;
        Some(comment.text)
    }

    /// Lines up to the end of the file, or of the block.
    fn lines(&mut self) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        while let Some(atom) = self.peek().filter(|atom| atom.kind != PieceKind::Close) {
            if atom.gap == Gap::Blank && !lines.is_empty() {
                lines.push(Line::Blank);
            }
            if atom.kind == PieceKind::Comment {
                self.at += 1;
                lines.push(Line::Comment(atom.text));
            } else {
                lines.push(Line::Statement(self.statement()));
            }
        }
        lines
    }

    fn statement(&mut self) -> Statement<'a> {
        let mut parts = Vec::new();
        let mut first = true;
        while let Some(atom) = self.peek().filter(|_| first || !self.ends()) {
            first = false;
            self.at += 1;
            match atom.kind {
                PieceKind::Open => parts.push(Part::Block(self.block())),
                PieceKind::Mark if atom.text == "," => insert_comma(&mut parts, atom),
                _ => parts.push(Part::Atom(atom)),
            }
        }
        let separated = self.peek().is_some_and(|atom| atom.kind == PieceKind::Separator);
        self.at += usize::from(separated);
        Statement { parts, separated, comment: self.comment_behind() }
    }

    /// Whether the statement ends before the next atom. A comment belongs to it when more of it follows.
    fn ends(&self) -> bool {
        let rest = self.atoms.get(self.at..).unwrap_or(&[]);
        let next = rest.iter().find(|atom| atom.kind != PieceKind::Comment);
        next.is_none_or(|atom| matches!(atom.kind, PieceKind::Head | PieceKind::Close | PieceKind::Separator))
    }

    /// The rest of a block whose `{` was read.
    fn block(&mut self) -> Block<'a> {
        let comment = self.comment_behind();
        let spread = self.peek().is_some_and(|atom| matches!(atom.gap, Gap::Newline | Gap::Blank));
        let lines = self.lines();
        self.at += 1;
        Block { comment, lines, spread }
    }
}

/// Puts a comma right behind what it follows, before the comments between.
fn insert_comma<'a>(parts: &mut Vec<Part<'a>>, comma: Atom<'a>) {
    let is_comment = |part: &Part<'_>| matches!(part, Part::Atom(atom) if atom.kind == PieceKind::Comment);
    let at = parts.iter().rposition(|part| !is_comment(part)).map_or(0, |last| last + 1);
    parts.insert(at, Part::Atom(comma));
}
