//! Why the disk could not be read or written: in words for people, and as a kind for the exit status.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// What sort of failure it is; the command line maps it to an exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The command names something it cannot be used with.
    Usage,
    /// Files in the way were not written by sloc, or were edited since.
    Edited,
    /// The system refused: disk, permission, another build.
    Machine,
    /// Another build has changed what this one relied on: it is to be made again, relying on nothing.
    Meanwhile,
    /// sloc itself is wrong.
    Bug,
}

/// Nothing was changed, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What sort of failure it is.
    pub kind: Kind,
    /// One line, no full stop: what went wrong, with the path and the system's own words.
    pub message: String,
    /// The files concerned, one a line, when there are several.
    pub lines: Vec<String>,
    /// What would help.
    pub help: Option<String>,
}

impl Failure {
    /// A failure without help.
    pub fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), lines: Vec::new(), help: None }
    }

    /// The same with a word on what would help.
    pub fn help(mut self, text: impl Into<String>) -> Failure {
        self.help = Some(text.into());
        self
    }

    /// The system refused to `verb` the file or directory at `path`.
    pub(super) fn system(verb: &str, path: &Path, error: &Error) -> Failure {
        let failure = Failure::new(Kind::Machine, format!("cannot {verb} {}: {error}", path.display()));
        let help = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                "make room, then run it again"
            }
            ErrorKind::PermissionDenied => "its owner, or one with write permission, can",
            ErrorKind::ReadOnlyFilesystem => "`--out DIR` writes elsewhere",
            _ => return failure,
        };
        failure.help(help)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Says what was being done, and to what, when the system refuses.
pub(super) trait Doing<T> {
    /// `cannot <verb> <path>: …`.
    fn doing(self, verb: &str, path: &Path) -> Result<T, Failure>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, verb: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::system(verb, path, &error))
    }
}
