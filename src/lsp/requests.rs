//! Which request is answered by which file: one line each.

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, FoldingRangeRequest, Formatting, GotoDefinition,
    HoverRequest, InlayHintRequest, PrepareRenameRequest, References, Rename, Request as Kind,
    SemanticTokensFullRequest, WorkspaceSymbolRequest,
};

use serde::Serialize;

use super::world::World;
use super::{
    code_action, completion, definition, document_symbol, folding, formatting, hover, inlay_hints, references, rename,
    semantic_tokens, workspace_symbol,
};

/// Why a request has no answer, in words for people.
pub(super) type Refused = String;

/// Answers a request.
pub(super) fn answer(world: &mut World, request: Request) -> Response {
    let Request { id, method, params } = request;
    let ask = Ask { world, id, params };
    match method.as_str() {
        HoverRequest::METHOD => ask.of::<HoverRequest>(hover::hover),
        GotoDefinition::METHOD => ask.of::<GotoDefinition>(definition::definition),
        References::METHOD => ask.of::<References>(references::references),
        PrepareRenameRequest::METHOD => ask.try_of::<PrepareRenameRequest>(rename::prepare),
        Rename::METHOD => ask.try_of::<Rename>(rename::rename),
        Completion::METHOD => ask.of::<Completion>(completion::completion),
        CodeActionRequest::METHOD => ask.of::<CodeActionRequest>(code_action::code_action),
        Formatting::METHOD => ask.of::<Formatting>(formatting::formatting),
        DocumentSymbolRequest::METHOD => ask.own::<DocumentSymbolRequest, _>(document_symbol::document_symbol),
        WorkspaceSymbolRequest::METHOD => ask.of::<WorkspaceSymbolRequest>(workspace_symbol::workspace_symbol),
        SemanticTokensFullRequest::METHOD => ask.of::<SemanticTokensFullRequest>(semantic_tokens::semantic_tokens),
        InlayHintRequest::METHOD => ask.of::<InlayHintRequest>(inlay_hints::inlay_hints),
        FoldingRangeRequest::METHOD => ask.of::<FoldingRangeRequest>(folding::folding),
        _ => Response::new_err(ask.id, ErrorCode::MethodNotFound as i32, format!("sloc does not know {method}")),
    }
}

/// A request whose kind is known by now.
struct Ask<'a> {
    world: &'a mut World,
    id: RequestId,
    params: serde_json::Value,
}

impl Ask<'_> {
    fn of<K: Kind>(self, f: impl FnOnce(&mut World, K::Params) -> K::Result) -> Response {
        self.try_of::<K>(|world, params| Ok(f(world, params)))
    }

    fn try_of<K: Kind>(self, f: impl FnOnce(&mut World, K::Params) -> Result<K::Result, Refused>) -> Response {
        self.answered::<K, _>(f)
    }

    /// With a result of our own, where the protocol's type insists on what it has given up itself.
    fn own<K: Kind, R: Serialize>(self, f: impl FnOnce(&mut World, K::Params) -> R) -> Response {
        self.answered::<K, _>(|world, params| Ok(f(world, params)))
    }

    fn answered<K: Kind, R: Serialize>(self, f: impl FnOnce(&mut World, K::Params) -> Result<R, Refused>) -> Response {
        let params = match serde_json::from_value(self.params) {
            Ok(params) => params,
            Err(error) => return Response::new_err(self.id, ErrorCode::InvalidParams as i32, error.to_string()),
        };
        match f(self.world, params) {
            Ok(result) => Response::new_ok(self.id, result),
            Err(why) => Response::new_err(self.id, ErrorCode::RequestFailed as i32, why),
        }
    }
}
