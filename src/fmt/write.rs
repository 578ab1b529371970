//! Lines to text: groups of statements in columns, their comments in one column too, blocks set in.

use super::cells::{self, Cell, Kind, Parts};
use super::columns::Table;
use super::tree::{Atom, Block, Line, Statement};
use super::{STEP, WIDTH, list, text};
use crate::promql::Frame;
use crate::syntax::PieceKind;

/// Statements that are longer than this do not push the comments of others to the right.
const COMMENT_LIMIT: usize = 80;

/// The text of a file.
pub(super) fn file(lines: &[Line<'_>]) -> String {
    let mut out = String::new();
    write_lines(&mut out, set_off(lines), 0);
    out
}

static BLANK: Line<'static> = Line::Blank;

/// The lines of a file with a blank line before and after each item that takes several. The comments right above an
/// item belong to it.
fn set_off<'s, 'a>(lines: &'s [Line<'a>]) -> Vec<&'s Line<'a>> {
    let mut out: Vec<&Line<'a>> = Vec::new();
    let mut after_item = false;
    for line in lines {
        let blank = matches!(line, Line::Blank);
        let item = matches!(line, Line::Statement(statement) if !fits_in_rows(&cells::cells(statement), 0));
        if after_item && !blank {
            out.push(&BLANK);
        }
        let above = out.iter().rposition(|line| !matches!(line, Line::Comment(_)));
        if let Some(above) = above.filter(|above| item && !matches!(out.get(*above), Some(Line::Blank))) {
            out.insert(above + 1, &BLANK);
        }
        out.push(line);
        after_item = item;
    }
    out
}

fn write_lines<'s, 'a: 's>(out: &mut String, lines: impl IntoIterator<Item = &'s Line<'a>>, indent: usize) {
    let mut group = Vec::new();
    for line in lines {
        match line {
            Line::Blank => {
                write_group(out, &mut group, indent);
                out.push('\n');
            }
            Line::Comment(comment) => group.push(Entry::Comment(comment)),
            Line::Statement(statement) => {
                let cells = cells::cells(statement);
                if fits_in_rows(&cells, indent) {
                    group.push(Entry::Row(cells, statement.comment));
                } else {
                    write_group(out, &mut group, indent);
                    write_with_block(out, &cells, statement, indent);
                }
            }
        }
    }
    write_group(out, &mut group, indent);
}

/// A line of a group.
enum Entry<'s, 'a> {
    Comment(&'a str),
    Row(Vec<Cell<'s, 'a>>, Option<&'a str>),
}

/// Whether a statement needs no block over several lines.
fn fits_in_rows(cells: &[Cell<'_, '_>], indent: usize) -> bool {
    let width = indent + cells.iter().map(|cell| cell.width() + 1).sum::<usize>();
    let is_block = |cell: &&Cell<'_, '_>| cell.kind == Kind::Block;
    cells.iter().filter(is_block).all(|cell| cell.flat.is_some() && width <= WIDTH + 1)
}

/// A statement whose block takes several lines.
fn write_with_block(out: &mut String, cells: &[Cell<'_, '_>], statement: &Statement<'_>, indent: usize) {
    let line = row(cells, &[], indent, true);
    out.push_str(&" ".repeat(indent));
    out.push_str(&line);
    out.push_str(&behind(statement.comment));
    out.push('\n');
}

fn behind(comment: Option<&str>) -> String {
    comment.map_or_else(String::new, |comment| format!("  {comment}"))
}

/// Writes the lines of a group and empties it.
fn write_group(out: &mut String, group: &mut Vec<Entry<'_, '_>>, indent: usize) {
    let mut rows = Vec::new();
    let lines: Vec<(Option<usize>, Option<&str>)> = group
        .drain(..)
        .map(|entry| match entry {
            Entry::Comment(comment) => (None, Some(comment)),
            Entry::Row(cells, comment) => {
                rows.push(cells);
                (Some(rows.len() - 1), comment)
            }
        })
        .collect();
    let starts = Table { rows: &rows, indent }.starts();
    let texts: Vec<String> =
        rows.iter().zip(&starts).map(|(cells, starts)| row(cells, starts, indent, false)).collect();
    let text = |row: Option<usize>| row.and_then(|row| texts.get(row)).map_or("", String::as_str);
    let commented = lines.iter().filter(|(row, comment)| row.is_some() && comment.is_some());
    let widths = commented.map(|(row, _)| text(*row)).filter(|text| !text.contains('\n')).map(|t| t.chars().count());
    let column = widths.filter(|width| indent + width <= COMMENT_LIMIT).max().unwrap_or(0);
    for (row, comment) in lines {
        let text = text(row);
        out.push_str(&" ".repeat(indent));
        out.push_str(text);
        let pad = column.saturating_sub(text.chars().count());
        match comment {
            Some(comment) if row.is_some() => out.push_str(&format!("{}  {comment}", " ".repeat(pad))),
            Some(comment) => out.push_str(comment),
            None => {}
        }
        out.push('\n');
    }
}

/// A statement from its first word on, each cell at its start where that is known and free. Blocks on several lines
/// when `spread`.
fn row(cells: &[Cell<'_, '_>], starts: &[usize], indent: usize, spread: bool) -> String {
    let mut out = String::new();
    let mut column = indent;
    // The labels of a series close on their line.
    let on_one_line = cells.first().is_some_and(|cell| cell.kind == Kind::Head("series"));
    let width = if on_one_line { usize::MAX / 4 } else { WIDTH };
    for (index, cell) in cells.iter().enumerate() {
        if let Some(last) = index.checked_sub(1).and_then(|i| cells.get(i)) {
            let free = column + cells::gutter(last, cell);
            let known = starts.get(index).copied().filter(|_| !out.contains('\n'));
            let start = known.unwrap_or(0).max(free);
            out.push_str(&" ".repeat(start - column));
            column = start;
        }
        let rest = cells.get(index + 1..).unwrap_or(&[]);
        let reserve = rest.iter().map(|cell| cell.width() + 1).sum();
        let text = cell_text(cell, Frame { column, indent, width, reserve }, spread);
        column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => column + text.chars().count(),
        };
        out.push_str(&text);
    }
    out
}

fn cell_text(cell: &Cell<'_, '_>, frame: Frame, spread: bool) -> String {
    // A query makes room for what follows it; a list is broken for its own sake only.
    let reserve = if cell.kind == Kind::Raw { frame.reserve } else { 0 };
    let fits = frame.column + cell.width() + reserve <= frame.width;
    match (&cell.parts, &cell.flat) {
        (Parts::Block(block), None) => block_text(block, frame.indent),
        (Parts::Block(block), Some(_)) if spread && !block.lines.is_empty() => block_text(block, frame.indent),
        (Parts::Atoms(atoms), Some(_)) if !fits && list::has_lines(atoms) => atoms_text(atoms, frame),
        (_, Some(flat)) => flat.clone(),
        (Parts::Atoms(atoms), None) => atoms_text(atoms, frame),
    }
}

fn block_text(block: &Block<'_>, indent: usize) -> String {
    let mut out = format!("{{{}\n", behind(block.comment));
    write_lines(&mut out, &block.lines, indent + STEP);
    out.push_str(&" ".repeat(indent));
    out.push('}');
    out
}

/// The form of a cell over several lines.
fn atoms_text(atoms: &[Atom<'_>], frame: Frame) -> String {
    match atoms {
        [query] if query.kind == PieceKind::Raw => cells::laid_out(query.text, frame),
        [passed] if passed.kind == PieceKind::Passed => passed.text.to_string(),
        [quoted] if quoted.kind == PieceKind::Text => text::quoted(quoted.text, frame.indent),
        _ => list::spread(atoms, frame.indent),
    }
}
