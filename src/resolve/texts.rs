//! A file's bytes to its text, and what is said when there is none.

use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, LoadError, MAX_FILE_BYTES, Span};

/// The first byte of a file that is not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotUtf8 {
    /// Its offset in the text, where `\u{fffd}` stands for it.
    pub offset: usize,
    /// The byte.
    pub byte: u8,
}

impl NotUtf8 {
    /// Says so, at the place of the byte in `file`.
    pub fn diagnostic(self, file: FileId) -> Diagnostic {
        let span = Span::new(file, self.offset..self.offset + char::REPLACEMENT_CHARACTER.len_utf8());
        Diagnostic::new(&codes::E0007, span, format!("the byte 0x{:02x} is not UTF-8", self.byte))
            .here("it stands here")
            .help("spec files are UTF-8; the byte may come from a file saved as Latin-1 or UTF-16")
    }
}

/// A file's text. Where it is not UTF-8, `\u{fffd}` stands for the bytes that are none, so that the rest can be read; of
/// what is no text at all, as its zero bytes say, nothing else is left.
pub fn decode(bytes: Vec<u8>) -> (String, Option<NotUtf8>) {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error,
    };
    let offset = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let byte = bytes.get(offset).copied().unwrap_or_default();
    if bytes.contains(&0) {
        return (char::REPLACEMENT_CHARACTER.to_string(), Some(NotUtf8 { offset: 0, byte }));
    }
    (String::from_utf8_lossy(&bytes).into_owned(), Some(NotUtf8 { offset, byte }))
}

/// Says why a file could not be loaded, at the place that names it.
pub fn unloadable(path: &str, span: Span, error: &LoadError) -> Diagnostic {
    let (code, message) = match error {
        LoadError::Missing => (&codes::E0105, format!("there is no file `{path}`")),
        LoadError::Outside => (&codes::E0104, format!("`{path}` lies outside the project")),
        LoadError::TooLarge(size) => {
            let limit = MAX_FILE_BYTES >> 20;
            (&codes::E0006, format!("`{path}` has {size} bytes; the largest file that is read has {limit} MiB"))
        }
        LoadError::Failed(words) => (&codes::E0008, format!("`{path}` cannot be read: {words}")),
    };
    Diagnostic::new(code, span, message)
}
