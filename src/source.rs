//! Where text stands: files, spans that know their file, lines and columns, and how files are loaded.

mod expansion;
pub mod lines;

pub use expansion::{Expansion, Given, Use};

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A file of one [`Sources`]. Small, `Copy`, meaningless in another `Sources`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileId(pub u32);

/// A range of bytes in one file: `start..end`. Twelve bytes, so it is passed by value everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// The file the bytes stand in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

const _: () = assert!(std::mem::size_of::<Span>() == 12);

impl Span {
    /// The bytes `range` of `file`. Files are capped far below 4 GiB, so the narrowing never loses a bit.
    pub fn new(file: FileId, range: Range<usize>) -> Span {
        Span { file, start: range.start as u32, end: range.end as u32 }
    }

    /// A part of this span, given by offsets from its start: how a place in a query becomes a place in the file.
    pub fn inside(self, range: Range<usize>) -> Span {
        Span { file: self.file, start: self.start + range.start as u32, end: self.start + range.end as u32 }
    }

    /// From the start of this span to the end of `other`, which stands in the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start, end: other.end.max(self.start) }
    }

    /// The empty span after the last byte.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// The offsets as a range into the file's text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and the place it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub node: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `node`, written at `span`.
    pub fn new(node: T, span: Span) -> Spanned<T> {
        Spanned { node, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { node: f(self.node), span: self.span }
    }
}

/// One file's text with the offsets at which its lines begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Path relative to the project, with `/`, as it is shown in messages.
    pub path: String,
    /// The text, with `\u{fffd}` in place of bytes that are not UTF-8.
    pub text: String,
    line_starts: Vec<u32>,
    /// How many characters stand before each multiple of [`STEP`] bytes, once somebody asks.
    steps: OnceLock<Vec<usize>>,
    /// For text that nobody wrote as it stands: what it was put together from.
    expansion: Option<Expansion>,
}

/// Columns are counted from one of these on, in bytes.
const STEP: usize = 4096;

impl SourceFile {
    /// Indexes `text`'s lines once, so that every later look-up is a binary search.
    pub fn new(path: String, text: String) -> SourceFile {
        let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(i, _)| i as u32 + 1)).collect();
        SourceFile { path, text, line_starts, steps: OnceLock::new(), expansion: None }
    }

    /// Text that templates made for the file at `path`.
    pub fn expanded(path: String, text: String, expansion: Expansion) -> SourceFile {
        SourceFile { expansion: Some(expansion), ..SourceFile::new(path, text) }
    }

    /// Line number of a byte offset, from 0.
    pub fn line_index(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start as usize <= offset).saturating_sub(1)
    }

    /// Byte offset at which line `index` (from 0) begins; the end of the text when there is no such line.
    pub fn line_start(&self, index: usize) -> usize {
        self.line_starts.get(index).map_or(self.text.len(), |&start| start as usize)
    }

    /// How many lines the text has; at least 1.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Line and column of an offset, both from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let line = self.line_index(offset);
        let start = self.line_start(line);
        let before = self.text.get(start..offset).unwrap_or("");
        if before.len() <= STEP {
            return (line + 1, before.chars().count() + 1);
        }
        (line + 1, self.chars_before(offset) - self.chars_before(start) + 1)
    }

    /// How many characters stand before an offset. Counted once for the whole text, since many may ask of one long line.
    fn chars_before(&self, offset: usize) -> usize {
        let begins = |byte: &&u8| **byte & 0xc0 != 0x80;
        let count = |bytes: &[u8]| bytes.iter().filter(begins).count();
        let steps = self.steps.get_or_init(|| {
            let counts = self.text.as_bytes().chunks(STEP).map(count);
            let sums = counts.scan(0, |sum, n| {
                *sum += n;
                Some(*sum)
            });
            std::iter::once(0).chain(sums).collect()
        });
        let step = offset / STEP;
        let rest = self.text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        steps.get(step).copied().unwrap_or(0) + count(rest)
    }
}

/// Every file a program was read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// Adds a file and gives it an id.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.share(Arc::new(file))
    }

    /// Adds a file that others have, too.
    pub fn share(&mut self, file: Arc<SourceFile>) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// The same files, one of them with another text.
    pub fn with_text(&self, id: FileId, text: String) -> Sources {
        let mut sources = self.clone();
        if let Some(file) = sources.files.get_mut(id.0 as usize) {
            *file = Arc::new(SourceFile::new(file.path.clone(), text));
        }
        sources
    }

    /// The file behind an id of this `Sources`.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The file behind an id, if there is one; what others hold, too, is the same file.
    pub fn file(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(id.0 as usize)
    }

    /// The text a span covers; empty when the span lies outside the text.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.range()).unwrap_or("")
    }

    /// `path:line`, the line from 1: how generated files name the place they come from.
    pub fn place(&self, span: Span) -> String {
        let file = self.get(span.file);
        format!("{}:{}", file.path, file.line_index(span.start as usize) + 1)
    }

    /// Every file in the order of its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f.as_ref()))
    }
}

/// Why a file could not be loaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LoadError {
    /// There is no such file.
    Missing,
    /// The path leads out of the project, by `..`, as an absolute path or through a link.
    Outside,
    /// The file is larger than [`MAX_FILE_BYTES`]; holds its size in bytes.
    TooLarge(u64),
    /// The system refused; holds its words.
    Failed(String),
}

/// The largest file that is read, in bytes: ten times the largest spec anybody should write.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// Where files come from: the disk, an editor's buffers, a test.
pub trait Loader: Sync {
    /// Every `.slo` file of the program, relative to its root, in byte order of the path.
    fn roots(&self) -> Result<Vec<String>, LoadError>;
    /// The bytes of one file, by its path relative to the root.
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_far_into_a_line_are_those_that_counting_gives() {
        let text = format!("one\n{}\nend", "aä€😀".repeat(5_000));
        let file = SourceFile::new("a".into(), text.clone());
        for (offset, _) in text.char_indices().step_by(997) {
            let start = file.line_start(file.line_index(offset));
            assert_eq!(file.line_column(offset).1, text[start..offset].chars().count() + 1);
        }
    }
}
