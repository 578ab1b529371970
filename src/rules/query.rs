//! Queries inside other texts. Each is read as a file of its own, and what is said of it is moved to where its
//! characters stand.

use super::yaml::Text;
use crate::diag::Diagnostic;
use crate::promql::{self, Dialect, Query};
use crate::source::{FileId, Span};

/// The queries of all files, by ids that no file has.
#[derive(Debug)]
pub(super) struct Queries {
    first: u32,
    texts: Vec<Text>,
}

impl Queries {
    /// None yet; `files` is the number of real files, whose ids come before.
    pub(super) fn new(files: usize) -> Queries {
        Queries { first: files as u32, texts: Vec::new() }
    }

    /// Reads a query; its places, and those in what is said of it, are within an id of its own.
    pub(super) fn read(&mut self, text: &Text) -> (Option<Query>, Vec<Diagnostic>) {
        let id = FileId(self.first + self.texts.len() as u32);
        self.texts.push(text.clone());
        promql::parse(&text.value, Span::new(id, 0..text.value.len()), Dialect::Rule)
    }

    /// Where a place really is.
    pub(super) fn place(&self, span: Span) -> Span {
        let text = span.file.0.checked_sub(self.first).and_then(|i| self.texts.get(i as usize));
        text.map_or(span, |text| text.place(span.range()))
    }

    /// Moves all places of what was said to where they really are. An edit stays only where the text can take it as it
    /// is: where its bytes are the file's own.
    pub(super) fn settle(&self, diagnostic: Diagnostic, source: impl Fn(Span) -> String) -> Diagnostic {
        let mut diagnostic = diagnostic;
        let virtual_place = |span: Span| span.file.0 >= self.first;
        if let Some(fix) = diagnostic.fix.take() {
            let place = self.place(fix.span);
            let plain = !fix.text.contains(['"', '\'', '\\', '\n', '#', ':', '{', '[', '`']);
            let own = self.written(fix.span).is_none_or(|text| text == source(place));
            if own && (plain || !virtual_place(fix.span)) {
                diagnostic.fix = Some(crate::diag::Fix { span: place, ..fix });
            }
        }
        diagnostic.primary.span = self.place(diagnostic.primary.span);
        diagnostic.labels.iter_mut().for_each(|l| l.span = self.place(l.span));
        diagnostic
    }

    /// The bytes of a query at a place within it.
    fn written(&self, span: Span) -> Option<String> {
        let text = span.file.0.checked_sub(self.first).and_then(|i| self.texts.get(i as usize))?;
        text.value.get(span.range()).map(str::to_string)
    }
}
