//! Queries and their types: what the type checker says of each query where it stands.

use super::Checker;
use crate::catalog::Catalog;
use crate::promql::types::{self, Expected, Facts, Type};
use crate::promql::{Query, Selector};
use crate::source::{FileId, Span};
use crate::syntax::ast::Name;

impl Checker<'_> {
    /// Checks a query in its place, and gives the type of its result.
    pub(super) fn typed(&mut self, query: &Query, expected: Expected, by: &[Name]) -> Type {
        let (found, diagnostics) = self.with_types(query, |types| {
            let (found, mut diagnostics) = types.check(query, expected);
            diagnostics.extend(types.check_by(query, &found, by));
            (found, diagnostics)
        });
        self.diagnostics.extend(diagnostics);
        found
    }

    /// The same for the selector of a histogram, whose series have other names.
    pub(super) fn typed_histogram(&mut self, query: &Query, selector: &Selector, by: &[Name]) {
        let diagnostics = self.with_types(query, |types| {
            let (found, mut diagnostics) = types.check_histogram(query, selector);
            diagnostics.extend(types.check_by(query, &found, by));
            diagnostics
        });
        self.diagnostics.extend(diagnostics);
    }

    /// Checks that the part of an event ratio is within its total.
    pub(super) fn typed_pair(&mut self, part: &Query, total: &Query) {
        let diagnostics = self.with_types(part, |types| types.check_pair(part, total));
        self.diagnostics.extend(diagnostics);
    }

    /// Whether an error has been reported inside a query.
    pub(super) fn is_wrong(&self, query: Span) -> bool {
        let inside = |at: Span| at.file == query.file && query.start <= at.start && at.end <= query.end;
        self.diagnostics.iter().rev().any(|d| d.is_error() && inside(d.primary.span))
    }

    fn with_types<T>(&mut self, query: &Query, f: impl FnOnce(&types::Checker<'_>) -> T) -> T {
        let file = query.span().file;
        let catalog = self.catalog(file);
        let catalog: &Catalog = &catalog;
        // Few queries read what our own rules record, and many objectives have many names.
        let records = self.recorded(file, query.text().contains("slo:"));
        f(&types::Checker::new(catalog).with(self.facts(file)).knowing(&records))
    }

    /// What the project says of scraping and evaluating; defaults are no facts.
    fn facts(&self, file: FileId) -> Facts {
        let project = self.names.project;
        Facts {
            scrape: project.and_then(|p| p.scrape).map(|s| s.node),
            every: project.and_then(|p| p.every).map(|e| e.node),
            retention: None,
            open: self.is_open(file),
        }
    }

    /// Whether a file, or one it imports, says `metrics open`.
    fn is_open(&self, file: FileId) -> bool {
        self.program.visible.get(file.0 as usize).into_iter().flatten().any(|f| self.catalogs.open.contains(f))
    }
}
