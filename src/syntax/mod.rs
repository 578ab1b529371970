//! Text to [`ast::File`]. Never fails: what cannot be read is reported, and reading goes on with the next statement.

mod alert;
pub mod ast;
mod cursor;
mod datasource;
mod items;
mod policy;
mod raw;
mod routing;
mod service;
mod settings;
mod sli;
mod token;

use crate::diag::Diagnostic;
use crate::source::FileId;

/// A file's tree and what is wrong with its text.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The tree; statements that could not be read are left out.
    pub file: ast::File,
    /// The mistakes, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one file.
pub fn parse(file: FileId, text: &str) -> Parsed {
    items::file(file, text)
}
