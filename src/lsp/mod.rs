//! The language server: an editor's questions about specs, answered from the same tree that builds them. One file per
//! request; nothing outside of here knows the types of the protocol.

mod blocks;
mod buffer;
mod code_action;
mod completion;
mod definition;
mod diagnostics;
mod document_symbol;
mod edits;
mod folding;
mod formatting;
mod hover;
mod initialize;
mod inlay_hints;
mod overlay;
mod position;
mod query;
mod references;
mod rename;
mod requests;
mod semantic_tokens;
mod symbols;
mod uri;
mod words;
mod workspace_symbol;
mod world;

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument,
    Notification as _,
};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, TextDocumentIdentifier,
};
use serde::de::DeserializeOwned;

use diagnostics::Published;
use world::World;

/// Answers an editor over standard input and output until it says goodbye. `root` is the project when the editor names
/// none. Whether the goodbye was in order; an editor that just goes away is none.
pub fn serve(root: PathBuf) -> bool {
    let (connection, threads) = Connection::stdio();
    let ended = Server::start(&connection, root).is_some_and(Server::run);
    drop(connection);
    threads.join().is_ok() && ended
}

/// A conversation.
struct Server<'a> {
    connection: &'a Connection,
    world: World,
    published: Published,
}

impl<'a> Server<'a> {
    /// Greets the editor; `None` when it goes away before.
    fn start(connection: &'a Connection, root: PathBuf) -> Option<Server<'a>> {
        let (id, asked) = connection.initialize_start().ok()?;
        let (world, answer) = initialize::initialize(&asked, root);
        connection.initialize_finish(id, answer).ok()?;
        if initialize::watches(&asked) {
            connection.sender.send(initialize::watch().into()).ok()?;
        }
        Some(Server { connection, world, published: Published::default() })
    }

    /// Takes messages one after the other. What is wrong is told as soon as none waits: while somebody types faster than
    /// programs are read, only the last text counts.
    fn run(mut self) -> bool {
        loop {
            let message = match self.connection.receiver.try_recv() {
                Ok(message) => message,
                Err(_) => {
                    self.guarded(|server| server.publish());
                    let Ok(message) = self.connection.receiver.recv() else { return false };
                    message
                }
            };
            match message {
                Message::Request(request) => match self.connection.handle_shutdown(&request) {
                    Ok(true) => return true,
                    Ok(false) => self.request(request),
                    Err(_) => return false,
                },
                Message::Notification(notification) => drop(self.guarded(|server| server.hear(notification))),
                Message::Response(_) => {}
            }
        }
    }

    fn publish(&mut self) {
        for notification in self.published.news(&mut self.world) {
            self.send(notification);
        }
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let answer = self.guarded(|server| requests::answer(&mut server.world, request));
        let wrong = || Response::new_err(id, ErrorCode::InternalError as i32, "this is a bug of sloc".into());
        self.send(answer.unwrap_or_else(wrong));
    }

    /// Does one thing. A panic in it is told on standard error, and the conversation goes on.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let done = panic::catch_unwind(AssertUnwindSafe(|| work(self))).ok();
        if done.is_none() {
            self.world.look_at_disk();
        }
        done
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that is gone is noticed where its messages are taken.
        let _ = self.connection.sender.send(message.into());
    }

    /// Hears what happened to files.
    fn hear(&mut self, notification: Notification) -> Option<()> {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let DidOpenTextDocumentParams { text_document: file } = read(notification)?;
                self.world.open(uri::path(&file.uri)?, file.text, file.version);
            }
            DidChangeTextDocument::METHOD => {
                let DidChangeTextDocumentParams { text_document: file, content_changes } = read(notification)?;
                let encoding = self.world.encoding;
                let buffer = self.world.edit(&uri::path(&file.uri)?)?;
                buffer.change(content_changes, encoding);
                buffer.version = file.version;
            }
            DidCloseTextDocument::METHOD => {
                let DidCloseTextDocumentParams { text_document: TextDocumentIdentifier { uri } } = read(notification)?;
                self.world.close(&uri::path(&uri)?);
            }
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => self.world.look_at_disk(),
            _ => {}
        }
        Some(())
    }
}

/// What a notification says; `None` when it is not what its name promises.
fn read<T: DeserializeOwned>(notification: Notification) -> Option<T> {
    serde_json::from_value(notification.params).ok()
}
