//! The files of dashboards that are kept as they are: loaded as catalogs are, and read. Their queries see what is seen where
//! the file is named.

use std::sync::Arc;

use super::{Program, Reads, outside, paths};
use crate::kept::Board;
use crate::source::{FileId, Loader, Spanned};
use crate::syntax::ast::{Dashboard, Item};

impl Program {
    /// Loads and reads the files that `dashboard … from` names.
    pub(super) fn attach_boards(&mut self, loader: &dyn Loader, reads: &Reads) {
        let items = self.files.iter().flat_map(|f| &f.items);
        let named: Vec<Spanned<String>> =
            items.filter_map(|i| if let Item::Dashboard(d) = i { d.kept.clone() } else { None }).collect();
        for name in named {
            let Some(path) = paths::join(&self.sources.get(name.span.file).path, &name.node) else {
                self.diagnostics.push(outside(&name));
                continue;
            };
            let mistakes = self.diagnostics.len();
            // Of what is no text, one message is enough.
            let Some(file) = self.attach(loader, path, name.span).filter(|_| self.diagnostics.len() == mistakes) else {
                continue;
            };
            self.read_board(&name, file, reads);
        }
    }

    fn read_board(&mut self, name: &Spanned<String>, file: FileId, reads: &Reads) {
        let own = FileId(self.files.len() as u32);
        let read = reads.board(self.sources.get(file), file, own);
        let seen = self.visible.get(name.span.file.0 as usize).cloned().unwrap_or_default();
        self.sources.share(Arc::clone(&read.texts));
        self.files.push(Arc::default());
        self.visible.push(seen);
        self.diagnostics.extend(read.diagnostics.iter().cloned());
        self.kept.extend(read.board.iter().map(|board| (name.span, Arc::clone(board))));
    }

    /// The file of a dashboard that is kept as it is, when it could be read.
    pub fn kept(&self, dashboard: &Dashboard) -> Option<&Arc<Board>> {
        self.kept.get(&dashboard.kept.as_ref()?.span)
    }
}
