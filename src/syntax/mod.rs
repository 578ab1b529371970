//! Text to [`ast::File`]. Never fails: what cannot be read is reported, and reading goes on with the next statement.

mod alert;
pub mod ast;
mod cursor;
mod dashboard;
mod datasource;
mod emit;
mod environment;
mod holes;
mod items;
mod naming;
mod offers;
mod panel;
mod pieces;
mod policy;
mod raw;
mod routing;
mod service;
mod settings;
mod sli;
mod template;
mod test;
mod token;

pub use offers::{Offered, PLACEHOLDER, offers};
pub use pieces::{Piece, PieceKind};

pub use service::NO_TRAFFIC;

use crate::diag::Diagnostic;
use crate::source::FileId;

/// A file's tree and what is wrong with its text.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The tree; statements that could not be read are left out.
    pub file: ast::File,
    /// The mistakes, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What the text was taken apart into, in its order. When nothing is wrong, white space alone stands between them.
    pub pieces: Vec<Piece>,
}

/// Reads one file.
pub fn parse(file: FileId, text: &str) -> Parsed {
    items::file(file, text)
}

/// Reads a service from its name on: what templates made of one.
pub fn service(file: FileId, text: &str) -> (Option<ast::Service>, Vec<Diagnostic>) {
    let mut cursor = cursor::Cursor::new(file, text);
    let service = service::service(&mut cursor);
    (service, cursor.diagnostics)
}

/// Reads the value of a parameter, when `text` is one and nothing else.
pub fn value(text: &str) -> Option<ast::ParamValue> {
    let mut cursor = cursor::Cursor::new(FileId::default(), text);
    template::value(&mut cursor).filter(|_| cursor.at_end())
}

/// Whether a query, whatever its language, is read to the end of this text, and no further: no bracket of it takes in what
/// follows, and no line of it is like a statement.
pub fn is_query(text: &str) -> bool {
    raw::is_whole(text)
}

/// The text that `"""` … `"""` stands for, without the indentation its lines share; `None` for any other piece.
pub fn long_text(quoted: &str) -> Option<String> {
    token::long_string(quoted).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, text)| text)
}
