//! `sloc lsp` as editors meet it: the real server over its standard input and output.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod again;
mod client;
#[path = "../common/mod.rs"]
mod common;
mod grammar;
mod neovim;
mod prefixes;
mod shown;
mod talks;
mod vscode;
