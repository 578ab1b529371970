//! A file in its one format: as few edits as there are lines that differ, so that cursors and marks stay.

use lsp_types::{DocumentFormattingParams, TextEdit};
use similar::DiffTag;

use super::world::World;
use crate::fmt;
use crate::source::lines::{changes, lines as split};

/// The edits; none for a file with syntax errors, which is left as it is.
pub(super) fn formatting(world: &mut World, params: DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let document = world.document(&params.text_document.uri)?;
    let old = document.text();
    let new = fmt::format(document.file, old).ok()?;
    let lines = document.lines();
    let offsets = |text: &str| {
        let ends = text.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect::<Vec<usize>>()
    };
    let (old_at, new_at) = (offsets(old), offsets(&new));
    let bytes = |at: &[usize], range: std::ops::Range<usize>| {
        let of = |line: usize| at.get(line).or(at.last()).copied().unwrap_or(0);
        of(range.start)..of(range.end)
    };
    let edit = |op: &similar::DiffOp| TextEdit {
        range: lines.range(bytes(&old_at, op.old_range())),
        new_text: new.get(bytes(&new_at, op.new_range())).unwrap_or("").to_string(),
    };
    let changes = changes(&split(old), &split(&new));
    Some(changes.iter().filter(|op| op.tag() != DiffTag::Equal).map(edit).collect())
}
