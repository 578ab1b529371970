//! `sloc lsp` as editors meet it: the real server over its standard input and output.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod client;
mod grammar;
mod neovim;
mod prefixes;
mod shown;
mod talks;
