//! Where a name is declared.

use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse};

use super::symbols::Symbol;
use super::world::World;

pub(super) fn definition(world: &mut World, params: GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let at = params.text_document_position_params;
    let document = world.document(&at.text_document.uri)?;
    let symbol = Symbol::at(&document, document.place(at.position))?;
    document.snapshot.location(symbol.declaration?).map(GotoDefinitionResponse::Scalar)
}
