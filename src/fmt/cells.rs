//! A statement as cells: what can stand in a column of its own, with the form it takes on one line.

use super::tree::{Atom, Block, Gap, Line, Part, Statement};
use super::{list, text};
use crate::promql::{self, Frame};
use crate::syntax::{self, PieceKind};

/// A part of a statement that has white space before it.
pub(super) struct Cell<'s, 'a> {
    pub(super) kind: Kind<'a>,
    pub(super) parts: Parts<'s, 'a>,
    /// Its text on one line, when it can stand on one.
    pub(super) flat: Option<String>,
}

/// What a cell is made of.
pub(super) enum Parts<'s, 'a> {
    Atoms(Vec<Atom<'a>>),
    Block(&'s Block<'a>),
}

/// What a cell is, as far as its column goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Head(&'a str),
    Keyword(&'a str),
    /// A name, perhaps with a list; whether that has spaces of its own.
    Name(&'a str, bool),
    Values,
    Text,
    Mark(&'a str),
    Raw,
    Block,
}

impl Cell<'_, '_> {
    /// Width on one line; 0 when it needs several.
    pub(super) fn width(&self) -> usize {
        self.flat.as_ref().map_or(0, |flat| flat.chars().count())
    }

    /// Whether it is a text of several lines: of those only the opening quotes stand on the line.
    pub(super) fn is_long_text(&self) -> bool {
        self.kind == Kind::Text && self.flat.is_none()
    }
}

/// The cells of a statement.
pub(super) fn cells<'s, 'a>(statement: &'s Statement<'a>) -> Vec<Cell<'s, 'a>> {
    let mut cells = Vec::new();
    let mut open: Vec<Atom<'a>> = Vec::new();
    let mut depth = 0usize;
    for part in &statement.parts {
        match part {
            Part::Block(block) => {
                cells.extend(cell(std::mem::take(&mut open)));
                cells.push(Cell { kind: Kind::Block, parts: Parts::Block(block), flat: flat_block(block) });
            }
            Part::Atom(atom) => {
                let joined = depth > 0 || open.last().is_none_or(|last| joins(last, atom));
                if !joined {
                    cells.extend(cell(std::mem::take(&mut open)));
                }
                depth = list::depth_after(atom, depth);
                open.push(*atom);
            }
        }
    }
    cells.extend(cell(open));
    cells
}

/// The space between two cells: two behind a list, which has spaces of its own, so that it is seen where it ends.
pub(super) fn gutter(last: &Cell<'_, '_>, next: &Cell<'_, '_>) -> usize {
    let behind_list = matches!(last.kind, Kind::Name(_, true)) && !matches!(next.kind, Kind::Block | Kind::Mark(_));
    1 + usize::from(behind_list)
}

/// Whether two neighbours outside brackets share a cell: what is written without space, lists with commas, several
/// values in a row. A comment ends no cell, and `all of` is one word in two.
fn joins(last: &Atom<'_>, next: &Atom<'_>) -> bool {
    let mark = |atom: &Atom<'_>, text| atom.kind == PieceKind::Mark && atom.text == text;
    let comment = last.kind == PieceKind::Comment || next.kind == PieceKind::Comment;
    let values = last.kind == PieceKind::Value && next.kind == PieceKind::Value;
    let two_words = last.kind == PieceKind::Head && next.kind == PieceKind::Keyword && next.text == "of";
    comment || values || two_words || mark(last, ",") || !list::has_space(last, next, None)
}

fn cell<'s, 'a>(atoms: Vec<Atom<'a>>) -> Option<Cell<'s, 'a>> {
    let first = atoms.first()?;
    let kind = match first.kind {
        PieceKind::Head => Kind::Head(first.text),
        PieceKind::Keyword => Kind::Keyword(first.text),
        PieceKind::Value => Kind::Values,
        PieceKind::Text => Kind::Text,
        PieceKind::Mark => Kind::Mark(first.text),
        PieceKind::Raw | PieceKind::Passed => Kind::Raw,
        _ => Kind::Name(first.text, is_list(&atoms)),
    };
    let flat = flat_atoms(&atoms);
    Some(Cell { kind, parts: Parts::Atoms(atoms), flat })
}

/// Whether the cell has spaces of its own: labels in braces, names with commas between them.
fn is_list(atoms: &[Atom<'_>]) -> bool {
    let mark = |atom: &Atom<'_>, text| atom.kind == PieceKind::Mark && atom.text == text;
    let in_brackets = atoms.iter().any(|atom| mark(atom, "(") || mark(atom, "{"));
    atoms.last().is_some_and(|last| mark(last, "}")) || !in_brackets && atoms.iter().any(|atom| mark(atom, ","))
}

fn flat_atoms(atoms: &[Atom<'_>]) -> Option<String> {
    let pieces: Option<Vec<String>> = atoms.iter().map(flat_atom).collect();
    pieces.map(|pieces| list::join(atoms, &pieces))
}

fn flat_atom(atom: &Atom<'_>) -> Option<String> {
    match atom.kind {
        PieceKind::Raw => flat_query(atom.text),
        PieceKind::Passed if atom.text.contains('\n') => None,
        PieceKind::Text if text::is_spread(atom.text) => None,
        PieceKind::Comment => None,
        _ => Some(atom.text.to_string()),
    }
}

fn flat_query(query: &str) -> Option<String> {
    Some(laid_out(query, Frame::ENDLESS)).filter(|text| !text.contains('\n'))
}

/// A query in its form. On one line where it would be read otherwise on several, which no PromQL is; as it stands where it
/// has no form.
pub(super) fn laid_out(query: &str, frame: Frame) -> String {
    let form = |frame| promql::layout(query, frame).filter(|text| syntax::is_query(text));
    form(frame).or_else(|| form(Frame::ENDLESS)).unwrap_or_else(|| query.to_string())
}

/// A block on one line, when it was written so: `{ a = "b", c = "d" }`. Queries and inner blocks get lines of their own.
fn flat_block(block: &Block<'_>) -> Option<String> {
    if block.lines.is_empty() && block.comment.is_none() {
        return Some("{}".into());
    }
    if block.spread || block.comment.is_some() {
        return None;
    }
    let (last, before) = block.lines.split_last()?;
    if !before.iter().all(may_stand_before_a_comma) {
        return None;
    }
    let statements: Option<Vec<String>> = before.iter().chain([last]).map(flat_line).collect();
    statements.map(|statements| format!("{{ {} }}", statements.join(", ")))
}

/// Whether a comma behind a statement ends it: one behind a name could as well be inside a list of names.
fn may_stand_before_a_comma(line: &Line<'_>) -> bool {
    let Line::Statement(statement) = line else { return false };
    let is_name = |cell: &Cell<'_, '_>| matches!(cell.kind, Kind::Name(..) | Kind::Keyword(_));
    statement.separated || !cells(statement).last().is_some_and(is_name)
}

fn flat_line(line: &Line<'_>) -> Option<String> {
    let Line::Statement(statement) = line else { return None };
    let cells = cells(statement);
    let simple = |cell: &Cell<'_, '_>| !matches!(cell.kind, Kind::Raw | Kind::Block);
    if statement.comment.is_some() || !cells.iter().all(simple) {
        return None;
    }
    let mut out = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let space = index.checked_sub(1).and_then(|i| cells.get(i)).map_or(0, |last| gutter(last, cell));
        out.push_str(&" ".repeat(space));
        out.push_str(cell.flat.as_ref()?);
    }
    Some(out)
}

/// Whether the author put the atom on a line of its own.
pub(super) fn begins_line(atom: &Atom<'_>) -> bool {
    matches!(atom.gap, Gap::Newline | Gap::Blank)
}
