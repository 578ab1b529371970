//! The edits that mend what is wrong: each mistake's own, and all sure ones of a file at once.

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams};

use super::world::{Document, World};
use super::{diagnostics, edits};
use crate::diag::{Diagnostic, Fix};
use crate::source::Span;

pub(super) fn code_action(world: &mut World, params: CodeActionParams) -> Option<Vec<CodeActionOrCommand>> {
    let document = world.document(&params.text_document.uri)?;
    let lines = document.lines();
    let (start, end) = (lines.offset(params.range.start), lines.offset(params.range.end));
    let asked = Span::new(document.file, start..end.max(start));
    let wanted = |kind: &CodeActionKind| {
        let only = params.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|o| kind.as_str().starts_with(o.as_str())))
    };
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        let touches = |s: Span| s.file == asked.file && s.start <= asked.end && asked.start <= s.end;
        let here = document.snapshot.diagnostics.iter().filter(|d| touches(d.primary.span));
        actions.extend(here.filter_map(|d| quick(world, &document, d)));
    }
    if wanted(&CodeActionKind::SOURCE_FIX_ALL) {
        actions.extend(all(world, &document));
    }
    Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect())
}

/// The edit of one mistake.
fn quick(world: &World, document: &Document, d: &Diagnostic) -> Option<CodeAction> {
    let fix = d.fix.as_ref()?;
    let range = document.range(d.primary.span);
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostics::diagnostic(&document.snapshot, d, range)]),
        edit: edits::edits(world, &document.snapshot, [(fix.span, fix.text.as_str())]),
        is_preferred: Some(fix.sure),
        ..CodeAction::default()
    })
}

/// The sure edits of a file, when there are several; of those that touch each other the first.
fn all(world: &World, document: &Document) -> Option<CodeAction> {
    let fixes = document.snapshot.diagnostics.iter().filter_map(|d| d.fix.as_ref());
    let mut sure: Vec<&Fix> = fixes.filter(|f| f.sure && f.span.file == document.file).collect();
    sure.sort_by_key(|f| (f.span, &f.text));
    sure.dedup_by(|next, first| next.span.start < first.span.end || next.span.start == first.span.start);
    (!sure.is_empty()).then(|| CodeAction {
        title: "mend all that is sure".into(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: edits::edits(world, &document.snapshot, sure.iter().map(|f| (f.span, f.text.as_str()))),
        ..CodeAction::default()
    })
}
