//! Another name for a thing, wherever it is named.

use lsp_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams, WorkspaceEdit};

use super::edits;
use super::requests::Refused;
use super::symbols::Symbol;
use super::world::{Document, Snapshot, World};
use crate::resolve::NameKind;
use crate::source::Span;

/// What can be renamed at a place: its name, or why it cannot.
pub(super) fn prepare(
    world: &mut World,
    params: TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Refused> {
    let Some(document) = world.document(&params.text_document.uri) else { return Ok(None) };
    let Some(symbol) = Symbol::at(&document, document.place(params.position)) else { return Ok(None) };
    renamable(&document.snapshot, &symbol)?;
    let span = inside(&document.snapshot, symbol.here);
    let (range, placeholder) = (document.range(span), symbol.name.clone());
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder }))
}

/// The edits that rename what stands at a place.
pub(super) fn rename(world: &mut World, params: RenameParams) -> Result<Option<WorkspaceEdit>, Refused> {
    let at = params.text_document_position;
    let Some(document) = world.document(&at.text_document.uri) else { return Ok(None) };
    let Some(symbol) = Symbol::at(&document, document.place(at.position)) else { return Ok(None) };
    renamable(&document.snapshot, &symbol)?;
    allowed(&document, &symbol, &params.new_name)?;
    let places = symbol.places(&document.snapshot).into_iter().map(|span| inside(&document.snapshot, span));
    Ok(edits::edits(world, &document.snapshot, places.map(|span| (span, params.new_name.as_str()))))
}

/// Says why a thing keeps its name, when it does.
fn renamable(snapshot: &Snapshot, symbol: &Symbol) -> Result<(), Refused> {
    let name = &symbol.name;
    match symbol.kind {
        NameKind::Folder | NameKind::File | NameKind::Label | NameKind::Severity | NameKind::Code => {
            return Err(format!("`{name}` is not a name that specs give"));
        }
        _ => {}
    }
    let Some(declaration) = symbol.declaration else { return Err(format!("`{name}` is declared nowhere")) };
    let path = &snapshot.program.sources.get(declaration.file).path;
    if !path.ends_with(".slo") {
        return Err(format!("`{name}` is read from `{path}`: the program that exposes it gives it its name"));
    }
    if snapshot.program.sources.text(declaration).contains('$') {
        return Err(format!("`{name}` is put together by a template"));
    }
    Ok(())
}

/// Says why a name cannot be the new one, when it cannot.
fn allowed(document: &Document, symbol: &Symbol, new: &str) -> Result<(), Refused> {
    let beyond = match symbol.kind {
        NameKind::Metric => "_:",
        NameKind::Parameter => "_",
        _ => "_-",
    };
    let first = new.starts_with(|c: char| c.is_ascii_alphabetic());
    if !first || !new.chars().all(|c| c.is_ascii_alphanumeric() || beyond.contains(c)) {
        return Err(format!("`{new}` cannot be a name here: a letter, then letters, digits and `{beyond}`"));
    }
    let mut declared = document.snapshot.mentions().declared(symbol.kind);
    if new != symbol.name && declared.any(|(within, name, _)| within == symbol.within && name == new) {
        return Err(format!("there is a `{new}` already"));
    }
    Ok(())
}

/// A name without the quotes around it.
fn inside(snapshot: &Snapshot, span: Span) -> Span {
    let quoted = snapshot.program.sources.text(span).starts_with('"');
    if quoted { span.inside(1..(span.end - span.start) as usize - 1) } else { span }
}
