//! Files as they were read last. Between two keystrokes one file changes: the others are what they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::texts;
use crate::diag::Diagnostic;
use crate::kept;
use crate::source::{FileId, SourceFile};
use crate::syntax::{self, ast};

/// The last reading of each file that is text, by its path.
#[derive(Debug, Default)]
pub struct Reads(Mutex<BTreeMap<String, (FileId, Read)>>, Mutex<BTreeMap<(FileId, FileId), Kept>>);

/// A dashboard's file as it was read.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    text: String,
    pub(super) board: Option<Arc<kept::Board>>,
    pub(super) texts: Arc<SourceFile>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) source: Arc<SourceFile>,
    pub(super) file: Arc<ast::File>,
    /// What is wrong with its bytes and its syntax.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Reads {
    /// Reads a file, unless it has the number and the bytes that it had when it was read last.
    pub(super) fn read(&self, id: FileId, path: &str, bytes: Vec<u8>) -> Read {
        let is_same = |(own, read): &&(FileId, Read)| *own == id && read.source.text.as_bytes() == bytes;
        if let Some((_, known)) = self.known().get(path).filter(is_same) {
            return known.clone();
        }
        let (text, bad) = texts::decode(bytes);
        let read = read(id, path, text, bad);
        if bad.is_none() {
            self.known().insert(path.to_string(), (id, read.clone()));
        }
        read
    }

    /// The same of a dashboard's file; its texts will be the file `own`.
    pub(super) fn board(&self, source: &SourceFile, file: FileId, own: FileId) -> Kept {
        // A poisoned lock holds a whole map: entries are inserted in one step.
        let known = || self.1.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let same = |k: &&Kept| k.text == source.text && k.texts.path == source.path;
        if let Some(kept) = known().get(&(file, own)).filter(same) {
            return kept.clone();
        }
        let read = kept::read(&source.text, &source.path, file, own);
        let (board, texts) = (read.board.map(Arc::new), Arc::new(read.texts));
        let kept = Kept { text: source.text.clone(), board, texts, diagnostics: read.diagnostics };
        known().insert((file, own), kept.clone());
        kept
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, (FileId, Read)>> {
        // A poisoned lock holds a whole map: entries are inserted in one step.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn read(id: FileId, path: &str, text: String, bad: Option<texts::NotUtf8>) -> Read {
    let parsed = syntax::parse(id, &text);
    // What stands for bytes that are no text is no second mistake.
    let stands_in = |d: &Diagnostic| text.get(d.primary.span.range()).is_some_and(|t| t.contains('\u{fffd}'));
    let own = parsed.diagnostics.into_iter().filter(|d| bad.is_none() || !stands_in(d)).collect::<Vec<_>>();
    let diagnostics = bad.iter().map(|bad| bad.diagnostic(id)).chain(own).collect();
    Read { source: Arc::new(SourceFile::new(path.to_string(), text)), file: Arc::new(parsed.file), diagnostics }
}
