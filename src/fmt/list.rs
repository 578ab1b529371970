//! Lists in brackets inside a statement: `{job, code=~"5.."}`, `(job = "cart")`, on one line or one entry a line.

use super::STEP;
use super::cells::begins_line;
use super::tree::{Atom, Gap};
use crate::syntax::PieceKind;

/// How many brackets are open after an atom.
pub(super) fn depth_after(atom: &Atom<'_>, depth: usize) -> usize {
    match (atom.kind, atom.text) {
        (PieceKind::Mark, "{" | "(" | "[") => depth + 1,
        (PieceKind::Mark, "}" | ")" | "]") => depth.saturating_sub(1),
        _ => depth,
    }
}

/// Whether space stands between two neighbours, which are inside `bracket` if inside any. Marks without a rule of their
/// own keep what the author wrote.
pub(super) fn has_space(last: &Atom<'_>, next: &Atom<'_>, bracket: Option<&str>) -> bool {
    let is_name = matches!(last.kind, PieceKind::Word | PieceKind::Head | PieceKind::Keyword);
    match (mark(last), mark(next)) {
        (_, Some("," | ")" | "}" | "]")) | (Some("(" | "{" | "["), _) => false,
        (Some(","), _) | (Some("->"), _) | (_, Some("->")) => true,
        (Some("=~" | "!~" | "!="), _) | (_, Some("=~" | "!~" | "!=")) => false,
        (Some("="), _) | (_, Some("=")) => bracket != Some("{"),
        (_, Some("(" | "{")) if is_name => false,
        (None, None) => true,
        _ => next.gap != Gap::None,
    }
}

fn mark<'a>(atom: &Atom<'a>) -> Option<&'a str> {
    (atom.kind == PieceKind::Mark).then_some(atom.text)
}

/// The atoms on one line, each in the form given.
pub(super) fn join(atoms: &[Atom<'_>], pieces: &[String]) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    for (index, (atom, piece)) in atoms.iter().zip(pieces).enumerate() {
        let last = index.checked_sub(1).and_then(|i| atoms.get(i));
        if last.is_some_and(|last| has_space(last, atom, open.last().copied())) {
            out.push(' ');
        }
        track(atom, &mut open);
        out.push_str(piece);
    }
    out
}

fn track<'a>(atom: &Atom<'a>, open: &mut Vec<&'a str>) {
    let depth = depth_after(atom, open.len());
    if depth > open.len() {
        open.push(atom.text);
    }
    open.truncate(depth);
}

/// The atoms of a cell that does not fit on its line, or that has comments inside: one entry of its list a line. A list
/// without brackets may go on after its commas only where the author did that.
pub(super) fn spread(atoms: &[Atom<'_>], indent: usize) -> String {
    let goes_on = atoms.windows(2).any(|pair| matches!(pair, [last, next] if is_comma(last) && begins_line(next)));
    let mut spreader = Spreader { out: String::new(), indent, open: Vec::new(), newline: None, goes_on };
    for (index, atom) in atoms.iter().enumerate() {
        spreader.atom(index.checked_sub(1).and_then(|i| atoms.get(i)), atom);
    }
    spreader.out
}

/// Whether a cell can take several lines: a query, or a list of more than one entry. `env(NAME)` stands on one.
pub(super) fn has_lines(atoms: &[Atom<'_>]) -> bool {
    atoms.iter().any(|atom| matches!(atom.kind, PieceKind::Raw | PieceKind::Passed) || is_comma(atom))
}

fn is_comma(atom: &Atom<'_>) -> bool {
    mark(atom) == Some(",")
}

struct Spreader<'a> {
    out: String,
    indent: usize,
    open: Vec<&'a str>,
    /// Where the next line is to begin, when one must.
    newline: Option<usize>,
    /// Whether lines may end behind commas outside brackets.
    goes_on: bool,
}

impl<'a> Spreader<'a> {
    fn atom(&mut self, last: Option<&Atom<'a>>, atom: &Atom<'a>) {
        let space = last.is_some_and(|last| has_space(last, atom, self.open.last().copied()));
        let before = self.open.len();
        track(atom, &mut self.open);
        let now = self.open.len();
        let comment = atom.kind == PieceKind::Comment;
        if before == 1 && now == 0 {
            self.newline = Some(self.indent);
        } else if comment && begins_line(atom) {
            self.newline = Some(self.indent + STEP);
        }
        match self.newline.take_if(|_| !comment || begins_line(atom)) {
            Some(column) => self.out.push_str(&format!("\n{}", " ".repeat(column))),
            None if comment => self.out.push_str("  "),
            None if space => self.out.push(' '),
            None => {}
        }
        self.out.push_str(atom.text);
        let separates = is_comma(atom) && (now == 1 || now == 0 && self.goes_on);
        if before == 0 && now == 1 || separates || comment {
            self.newline = Some(self.indent + STEP);
        }
    }
}
