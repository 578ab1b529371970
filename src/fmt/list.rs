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
    let mark = |atom: &Atom<'_>| if atom.kind == PieceKind::Mark { Some(atom.text).map(str::to_string) } else { None };
    let (left, right) = (mark(last), mark(next));
    let is_name = matches!(last.kind, PieceKind::Word | PieceKind::Head);
    match (left.as_deref(), right.as_deref()) {
        (_, Some("," | ")" | "}" | "]")) | (Some("(" | "{" | "["), _) => false,
        (Some(","), _) | (Some("->"), _) | (_, Some("->")) => true,
        (Some("=~" | "!~" | "!="), _) | (_, Some("=~" | "!~" | "!=")) => false,
        (Some("="), _) | (_, Some("=")) => bracket != Some("{"),
        (_, Some("(" | "{")) if is_name => false,
        (None, None) => true,
        _ => next.gap != Gap::None,
    }
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

/// The atoms of a cell that does not fit on its line, or that has comments inside: one entry of its list a line.
pub(super) fn spread(atoms: &[Atom<'_>], indent: usize) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    let mut newline: Option<usize> = None;
    for (index, atom) in atoms.iter().enumerate() {
        let last = index.checked_sub(1).and_then(|i| atoms.get(i));
        let before = open.len();
        let space = last.is_some_and(|last| has_space(last, atom, open.last().copied()));
        track(atom, &mut open);
        if before > open.len() && before == 1 {
            newline = Some(indent);
        }
        if atom.kind == PieceKind::Comment && !begins_line(atom) {
            out.push_str("  ");
            newline = newline.or(Some(indent + STEP));
            out.push_str(atom.text);
            continue;
        }
        match newline.take() {
            Some(column) => out.push_str(&format!("\n{}", " ".repeat(column))),
            None if atom.kind == PieceKind::Comment => out.push_str(&format!("\n{}", " ".repeat(indent + STEP))),
            None if space => out.push(' '),
            None => {}
        }
        out.push_str(atom.text);
        let opens = before == 0 && open.len() == 1;
        let separates = open.len() == 1 && atom.kind == PieceKind::Mark && atom.text == ",";
        if opens || separates || atom.kind == PieceKind::Comment {
            newline = Some(indent + STEP);
        }
    }
    out
}
