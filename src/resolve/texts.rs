//! A file's bytes to its text, and what is said when there is none.

use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, LoadError, MAX_FILE_BYTES, Span};

/// The first byte of a file that is not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotUtf8 {
    /// Its offset, which is the length of the text before it.
    pub offset: usize,
    /// The byte.
    pub byte: u8,
}

impl NotUtf8 {
    /// Says so, at the end of what could be read of `file`.
    pub fn diagnostic(self, file: FileId) -> Diagnostic {
        let span = Span::new(file, self.offset..self.offset);
        Diagnostic::new(&codes::E0007, span, format!("the byte 0x{:02x} is not UTF-8", self.byte))
            .here("the text is read up to here")
            .help("spec files are UTF-8; the byte may come from a file saved as Latin-1")
    }
}

/// A file's text: the whole, or the beginning that is UTF-8.
pub fn decode(bytes: Vec<u8>) -> (String, Option<NotUtf8>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let bad = bytes.get(offset).map(|byte| NotUtf8 { offset, byte: *byte });
            (String::from_utf8_lossy(bytes.get(..offset).unwrap_or(&[])).into_owned(), bad)
        }
    }
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
