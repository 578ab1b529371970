//! Every place that names the same thing.

use lsp_types::{Location, ReferenceParams};

use super::symbols::Symbol;
use super::world::World;

pub(super) fn references(world: &mut World, params: ReferenceParams) -> Option<Vec<Location>> {
    let at = params.text_document_position;
    let document = world.document(&at.text_document.uri)?;
    let symbol = Symbol::at(&document, document.place(at.position))?;
    let wanted = |span: &_| params.context.include_declaration || symbol.declaration != Some(*span);
    let places = symbol.places(&document.snapshot);
    Some(places.into_iter().filter(wanted).filter_map(|span| document.snapshot.location(span)).collect())
}
