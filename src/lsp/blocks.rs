//! The statements of a file as stretches of text, from the pieces the parser took it apart into.

use crate::source::Span;
use crate::syntax::{Piece, PieceKind};

/// A statement that opens a block.
pub(super) struct Block {
    /// From its first word to its closing brace; to the end of the text when there is none.
    pub(super) span: Span,
    /// Where the block opens.
    open: u32,
}

/// Every block, the outer ones first.
pub(super) fn blocks(pieces: &[Piece]) -> Vec<Block> {
    let (mut open, mut found, mut head) = (Vec::new(), Vec::new(), None);
    for piece in pieces {
        match piece.kind {
            PieceKind::Head => head = Some(piece.span),
            PieceKind::Open => open.push((head.take().unwrap_or(piece.span), piece.span.start)),
            PieceKind::Close => {
                let block = |(start, open): (Span, u32)| Block { span: start.to(piece.span), open };
                found.extend(open.pop().map(block));
                head = None;
            }
            _ => {}
        }
    }
    let end = pieces.last().map(|p| p.span);
    found.extend(open.into_iter().filter_map(|(start, open)| Some(Block { span: start.to(end?), open })));
    found.sort_by_key(|b| (b.span.start, std::cmp::Reverse(b.span.end)));
    found
}

/// The whole statement that a name stands in the head of.
pub(super) fn statement(pieces: &[Piece], blocks: &[Block], name: Span) -> Span {
    let in_head = |b: &&Block| b.span.start <= name.start && name.start < b.open;
    if let Some(block) = blocks.iter().rfind(in_head) {
        return block.span;
    }
    let before = pieces.iter().rposition(|p| p.kind == PieceKind::Head && p.span.start <= name.start);
    let Some(first) = before else { return name };
    let ends =
        |p: &&Piece| matches!(p.kind, PieceKind::Head | PieceKind::Close | PieceKind::Separator | PieceKind::Comment);
    let rest = pieces.get(first + 1..).unwrap_or_default();
    let last = rest.iter().take_while(|p| !ends(p)).last();
    pieces.get(first).map_or(name, |head| head.span.to(last.map_or(name, |l| l.span)))
}
