//! The greeting: what the editor can, what the server offers.

use std::path::PathBuf;
use std::str::FromStr;

use lsp_server::Request;
use lsp_types::request::{RegisterCapability, Request as _};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, FoldingRangeProviderCapability, GlobPattern,
    HoverProviderCapability, InitializeResult, OneOf, PositionEncodingKind, Registration, RegistrationParams,
    RenameOptions, SaveOptions, SemanticTokensFullOptions, SemanticTokensOptions, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Uri,
    WorkspaceFolder,
};
use serde_json::Value;

use super::position::Encoding;
use super::world::World;
use super::{semantic_tokens, uri};

/// Files whose changes on disk matter: specs, and catalogs that they name.
const WATCHED: [&str; 3] = ["**/*.slo", "**/*.prom", "**/*.json"];

/// The world as the editor describes it, and what the server says of itself.
pub(super) fn initialize(asked: &Value, root: PathBuf) -> (World, Value) {
    let offered = asked.pointer("/capabilities/general/positionEncodings").cloned().unwrap_or_default();
    let offered: Vec<PositionEncodingKind> = serde_json::from_value(offered).unwrap_or_default();
    let encoding = Encoding::of(&offered);
    let snippets = can(asked, "/capabilities/textDocument/completion/completionItem/snippetSupport");
    let world = World::new(encoding, snippets, folders(asked, root));
    let server_info = Some(ServerInfo { name: "sloc".into(), version: Some(env!("CARGO_PKG_VERSION").into()) });
    let answer = InitializeResult { capabilities: offers(encoding), server_info };
    (world, serde_json::to_value(answer).unwrap_or_default())
}

/// Whether the editor says that it can do something. Read by its place: what else it says may be of any shape.
fn can(asked: &Value, what: &str) -> bool {
    asked.pointer(what).and_then(Value::as_bool).unwrap_or(false)
}

/// The directories that are open: those of the workspace, else the one directory of older editors, else `root`.
fn folders(asked: &Value, root: PathBuf) -> Vec<PathBuf> {
    let of_workspace = asked.get("workspaceFolders").cloned().unwrap_or_default();
    let folders: Vec<WorkspaceFolder> = serde_json::from_value(of_workspace).unwrap_or_default();
    let one = asked.get("rootUri").and_then(Value::as_str).and_then(|text| Uri::from_str(text).ok());
    let named: Vec<PathBuf> = folders.iter().map(|f| &f.uri).chain(&one).filter_map(uri::path).collect();
    if named.is_empty() { vec![root] } else { named }
}

/// Whether the editor can tell of changes on disk.
pub(super) fn watches(asked: &Value) -> bool {
    can(asked, "/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration")
}

/// Asks to be told of changes on disk.
pub(super) fn watch() -> Request {
    let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.into()), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: WATCHED.map(watcher).into() };
    let registration = Registration {
        id: "files".into(),
        method: "workspace/didChangeWatchedFiles".into(),
        register_options: serde_json::to_value(options).ok(),
    };
    let registrations = vec![registration];
    Request::new("watch".to_string().into(), RegisterCapability::METHOD.into(), RegistrationParams { registrations })
}

fn offers(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    // What begins something new: a label, a value, a range, a variable, a place in a list.
    let triggers = ["{", "\"", "[", "(", "$", ",", " ", "."].map(str::to_string);
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers.into()),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: semantic_tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            }
            .into(),
        ),
        inlay_hint_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        ..ServerCapabilities::default()
    }
}
