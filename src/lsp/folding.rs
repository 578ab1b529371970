//! What can be folded away: blocks, long texts, long queries, comments of several lines.

use lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

use super::blocks;
use super::world::World;
use crate::source::Span;
use crate::syntax::{self, Piece, PieceKind};

pub(super) fn folding(world: &mut World, params: FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let document = world.document(&params.text_document.uri)?;
    let pieces = syntax::parse(document.file, document.text()).pieces;
    let lines = document.lines();
    let line = |offset: u32| lines.position(offset as usize).line;
    let fold = |span: Span, kind: Option<FoldingRangeKind>, last_stays: bool| {
        let (start_line, last) = (line(span.start), line(span.end));
        let end_line = last.saturating_sub(u32::from(last_stays));
        (end_line > start_line).then(|| FoldingRange { start_line, end_line, kind, ..FoldingRange::default() })
    };
    let mut folds: Vec<FoldingRange> = Vec::new();
    folds.extend(blocks::blocks(&pieces).iter().filter_map(|b| fold(b.span, None, true)));
    let long = pieces.iter().filter(|p| matches!(p.kind, PieceKind::Text | PieceKind::Raw));
    folds.extend(long.filter_map(|p| fold(p.span, None, false)));
    let next = |a: &Piece, b: &Piece| line(b.span.start) == line(a.span.end) + 1;
    let joined = |a: &Piece, b: &Piece| is_comment(a) && is_comment(b) && next(a, b);
    let runs = pieces.chunk_by(joined).filter(|run| run.len() > 1);
    let comments = runs.filter_map(|run| Some(run.first()?.span.to(run.last()?.span)));
    folds.extend(comments.filter_map(|span| fold(span, Some(FoldingRangeKind::Comment), false)));
    folds.sort_by_key(|f| (f.start_line, f.end_line));
    Some(folds)
}

fn is_comment(piece: &Piece) -> bool {
    piece.kind == PieceKind::Comment
}
