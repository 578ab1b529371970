//! Edits of several files as the protocol has them.

use std::collections::BTreeMap;

use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::world::{Snapshot, World};
use crate::source::{FileId, Span};

/// Each place gets its new text. `None` when a file has no address.
pub(super) fn edits<'a>(
    world: &World,
    snapshot: &Snapshot,
    changes: impl IntoIterator<Item = (Span, &'a str)>,
) -> Option<WorkspaceEdit> {
    let mut files: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for (span, text) in changes {
        let range = snapshot.lines(span.file).range(span.range());
        files.entry(span.file).or_default().push(TextEdit { range, new_text: text.to_string() });
    }
    let of_file = |(file, edits): (FileId, Vec<TextEdit>)| {
        let uri = snapshot.uri(file)?;
        let version = world.version(&uri);
        let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
        Some(TextDocumentEdit { text_document, edits: edits.into_iter().map(OneOf::Left).collect() })
    };
    let changes = files.into_iter().map(of_file).collect::<Option<Vec<_>>>()?;
    Some(WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(changes)), ..WorkspaceEdit::default() })
}
