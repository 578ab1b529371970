//! Queries and their types: what the type checker says of each query where it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::catalog::{Catalog, Metric, Unit, Values};
use crate::diag::one_of;
use crate::model::Definition;
use crate::promql::types::{self, Expected, Facts, Type};
use crate::promql::{Kind, Query, Selector};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Item, Name};
use crate::units::Ratio;

/// What is kept of the queries that were typed.
#[derive(Default)]
pub(super) struct Typing {
    /// What the catalog says of the metrics of each query, by its place.
    definitions: BTreeMap<Span, BTreeSet<Definition>>,
}

impl Checker<'_> {
    /// Checks a query in its place, and gives the type of its result.
    pub(super) fn typed(&mut self, query: &Query, expected: Expected, by: &[Name]) -> Type {
        let (found, diagnostics) = self.with_types(query, |types| {
            let (found, mut diagnostics) = types.check(query, expected);
            diagnostics.extend(types.check_by(query, &found, by));
            (found, diagnostics)
        });
        self.diagnostics.extend(diagnostics);
        self.note(query);
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
        self.note(query);
    }

    /// Checks that the part of an event ratio is within its total.
    pub(super) fn typed_pair(&mut self, part: &Query, total: &Query) {
        let diagnostics = self.with_types(part, |types| types.check_pair(part, total));
        self.diagnostics.extend(diagnostics);
    }

    /// What the catalog says of the metrics that some queries read, which have been typed before.
    pub(super) fn definitions<'q>(&self, queries: impl IntoIterator<Item = &'q ast::Query>) -> Vec<Definition> {
        let known = |query: &ast::Query| self.typing.definitions.get(&query.span).into_iter().flatten();
        queries.into_iter().flat_map(known).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Notes what the catalog says of the metrics of a query.
    fn note(&mut self, query: &Query) {
        let catalog = self.catalog(query.span().file);
        let mut found = BTreeSet::new();
        query.expr().walk(&mut |expr| {
            if let Kind::Selector(selector) = &expr.kind
                && let Some((metric, _)) = selector.metric().and_then(|name| catalog.find(name.node))
            {
                found.insert(definition(metric));
            }
        });
        if !found.is_empty() {
            self.typing.definitions.entry(query.span()).or_default().extend(found);
        }
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
        let visible = self.program.visible.get(file.0 as usize).into_iter().flatten();
        let mut items = visible.filter_map(|f| self.program.files.get(f.0 as usize)).flat_map(|f| &f.items);
        items.any(|item| matches!(item, Item::MetricsOpen(_)))
    }
}

/// What the catalog says of a metric, for people.
fn definition(metric: &Metric) -> Definition {
    let numbers = |all: &[Ratio]| all.iter().map(|v| v.decimal().unwrap_or_else(|| v.expr())).collect::<Vec<_>>();
    let values = metric.values.as_ref().map(|values| match values {
        Values::OneOf(all) => one_of(numbers(all).iter().map(String::as_str)),
        Values::Between(low, high) => numbers(&[*low, *high]).join(" to "),
    });
    Definition {
        name: metric.name.clone(),
        kind: metric.kind.with_article(),
        unit: metric.unit_or_by_name().filter(|u| *u != Unit::NONE).map(|u| u.to_string()),
        help: metric.help.clone(),
        normal: metric.normal.clone().or(values),
    }
}
