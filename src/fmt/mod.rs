//! The one format of spec files. Knows nothing of what a statement means: it lays out the pieces the parser read,
//! as lines of columns, so a new setting of the language needs nothing here.

mod cells;
mod columns;
mod list;
mod text;
mod tree;
mod write;

use crate::diag::Diagnostic;
use crate::promql;
use crate::source::FileId;
use crate::syntax::{self, Piece, PieceKind};

/// How wide a line may be, in characters, where it can be broken.
const WIDTH: usize = 120;

/// How far each block sets in.
const STEP: usize = 2;

/// Why a text was not formatted.
#[derive(Clone, PartialEq, Debug)]
pub enum Refusal {
    /// Its syntax has errors: what it is meant to be is not known.
    Errors(Vec<Diagnostic>),
    /// The formatted text would have meant something else: a mistake of sloc, with the first piece that would differ.
    WouldChange(String),
}

/// Formats a file's text. The result has the same pieces in the same order; white space between them, and the commas
/// that only separate statements of one line, are all that may differ.
pub fn format(file: FileId, text: &str) -> Result<String, Refusal> {
    let before = pieces(file, text)?;
    let formatted = write::file(&tree::read(text, &before));
    if formatted == text {
        return Ok(formatted);
    }
    let after = pieces(file, &formatted).map_err(|_| Refusal::WouldChange("it could not be read any more".into()))?;
    match difference(text, &before, &formatted, &after) {
        None => Ok(formatted),
        Some(what) => Err(Refusal::WouldChange(what)),
    }
}

/// The pieces of a text without errors, white space alone between them.
fn pieces(file: FileId, text: &str) -> Result<Vec<Piece>, Refusal> {
    let parsed = syntax::parse(file, text);
    let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        return Err(Refusal::Errors(errors));
    }
    let mut last = 0;
    for piece in &parsed.pieces {
        let gap = text.get(last..piece.span.start as usize).unwrap_or("?");
        if !gap.trim_start_matches('\u{feff}').trim().is_empty() {
            return Err(Refusal::WouldChange(format!("`{}` would be lost", gap.trim())));
        }
        last = piece.span.end as usize;
    }
    Ok(parsed.pieces)
}

/// The first piece that is not in both texts. Comments are compared among themselves, for a comma may change places
/// with one.
fn difference(a: &str, a_pieces: &[Piece], b: &str, b_pieces: &[Piece]) -> Option<String> {
    [false, true].into_iter().find_map(|comments| {
        let wanted = |p: &&Piece| p.kind != PieceKind::Separator && (p.kind == PieceKind::Comment) == comments;
        let (mut left, mut right) = (a_pieces.iter().filter(wanted), b_pieces.iter().filter(wanted));
        loop {
            let (l, r) = (left.next(), right.next());
            let (old, new) = (l.map_or("", |p| slice(a, p)), r.map_or("", |p| slice(b, p)));
            match (l, r) {
                (None, None) => return None,
                (Some(l), Some(r)) if l.kind == r.kind && is_same(l.kind, old, new) => {}
                _ => return Some(format!("`{old}` would become `{new}`")),
            }
        }
    })
}

fn is_same(kind: PieceKind, old: &str, new: &str) -> bool {
    old == new
        || match kind {
            PieceKind::Raw => promql::is_same(old, new),
            PieceKind::Text => syntax::long_text(old).is_some_and(|text| syntax::long_text(new) == Some(text)),
            _ => false,
        }
}

fn slice<'a>(text: &'a str, piece: &Piece) -> &'a str {
    text.get(piece.span.range()).unwrap_or("")
}
