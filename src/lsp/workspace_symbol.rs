//! What all open projects declare, by a part of its name.

use lsp_types::{OneOf, WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse};

use super::words;
use super::world::{Snapshot, World};
use crate::resolve::{Mention, NameKind};

/// So many are sent at most.
const MOST: usize = 500;

pub(super) fn workspace_symbol(world: &mut World, params: WorkspaceSymbolParams) -> Option<WorkspaceSymbolResponse> {
    let query = params.query.to_lowercase();
    let mut found = Vec::new();
    for key in world.programs() {
        let snapshot = world.snapshot(&key);
        let declared = snapshot.mentions().all.iter().filter(|m| m.declares && m.kind != NameKind::Parameter);
        let wanted = declared.filter(|m| full(m).to_lowercase().contains(&query));
        found.extend(wanted.take(MOST - found.len()).filter_map(|m| symbol(&snapshot, m)));
    }
    Some(WorkspaceSymbolResponse::Nested(found))
}

/// `checkout.availability`.
fn full(m: &Mention) -> String {
    if m.within.is_empty() { m.name.clone() } else { format!("{}.{}", m.within, m.name) }
}

fn symbol(snapshot: &Snapshot, m: &Mention) -> Option<WorkspaceSymbol> {
    Some(WorkspaceSymbol {
        name: full(m),
        kind: words::symbol(m.kind),
        tags: None,
        container_name: (!m.within.is_empty()).then(|| m.within.clone()),
        location: OneOf::Left(snapshot.location(m.span)?),
        data: None,
    })
}
