//! Queries and their types: what the type checker says of each query where it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Checker;
use super::memo::{Answer, Question, What};
use crate::catalog::{Catalog, Metric, Unit, Values};
use crate::diag::one_of;
use crate::model::Definition;
use crate::promql::types::{self, Expected, Facts, Records, Type};
use crate::promql::{Kind, Query, Selector};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Name};
use crate::units::Ratio;

/// What is kept of the queries that were typed.
#[derive(Default)]
pub(super) struct Typing {
    /// What the catalog says of the metrics of each query, by its place.
    definitions: BTreeMap<Span, Vec<Arc<Definition>>>,
    /// The catalog that was asked last, and what was made of it: all queries of a service ask the same one.
    last: Option<(Arc<Catalog>, Made)>,
}

/// What was made of a catalog.
#[derive(Default)]
struct Made {
    types: Records,
    definitions: BTreeMap<String, Arc<Definition>>,
}

impl Typing {
    fn made(&mut self, catalog: &Arc<Catalog>) -> &mut Made {
        let last = self.last.take().filter(|(last, _)| Arc::ptr_eq(last, catalog));
        &mut self.last.insert(last.unwrap_or_else(|| (Arc::clone(catalog), Made::default()))).1
    }
}

impl Checker<'_> {
    /// Checks a query in its place, and gives the type of its result.
    pub(super) fn typed(&mut self, query: &Query, expected: Expected, by: &[Name]) -> Type {
        self.answered(query, What::Place(expected), by, |types| {
            let (found, mut diagnostics) = types.check(query, expected);
            diagnostics.extend(types.check_by(query, &found, by));
            (found, diagnostics)
        })
    }

    /// The same for the selector of a histogram, whose series have other names.
    pub(super) fn typed_histogram(&mut self, query: &Query, selector: &Selector, by: &[Name]) {
        self.answered(query, What::Histogram, by, |types| {
            let (found, mut diagnostics) = types.check_histogram(query, selector);
            diagnostics.extend(types.check_by(query, &found, by));
            (found, diagnostics)
        });
    }

    /// Reports what the type checker says of a query, or has said of it at the last look.
    fn answered(
        &mut self,
        query: &Query,
        what: What,
        by: &[Name],
        find: impl FnOnce(&types::Checker<'_>) -> Answer,
    ) -> Type {
        let question = self.question(query, what, by);
        let known = question.as_ref().and_then(|question| self.memo.answer(query, question));
        let (found, diagnostics) = known.unwrap_or_else(|| {
            let answer = self.with_types(query, find);
            question.into_iter().for_each(|question| self.memo.keep(query, question, answer.clone()));
            answer
        });
        self.diagnostics.extend(diagnostics);
        self.note(query);
        found
    }

    /// All that an answer depends on; `None` where it depends on what rules record, too, or where nobody keeps it.
    fn question(&mut self, query: &Query, what: What, by: &[Name]) -> Option<Question> {
        let file = query.span().file;
        if !self.memo.remembers() || !self.recorded(file, query.text().contains("slo:")).is_empty() {
            return None;
        }
        let (facts, catalog) = (self.facts(file), self.catalog(file));
        Some(Question { dialect: query.dialect(), what, by: by.to_vec(), facts, catalog })
    }

    /// What the catalog says of the metrics that some queries read, which have been typed before.
    pub(super) fn definitions<'q>(&self, queries: impl IntoIterator<Item = &'q ast::Query>) -> Vec<Definition> {
        let known = |query: &ast::Query| self.typing.definitions.get(&query.span).into_iter().flatten();
        let mut found: Vec<Definition> = Vec::new();
        for definition in queries.into_iter().flat_map(known) {
            if let Err(at) = found.binary_search(definition) {
                found.insert(at, Definition::clone(definition));
            }
        }
        found
    }

    /// Notes what the catalog says of the metrics of a query.
    fn note(&mut self, query: &Query) {
        let catalog = self.catalog(query.span().file);
        let made = &mut self.typing.made(&catalog).definitions;
        let mut found = Vec::new();
        query.expr().walk(&mut |expr| {
            if let Kind::Selector(selector) = &expr.kind
                && let Some((metric, _)) = selector.metric().and_then(|name| catalog.find(name.node))
            {
                if !made.contains_key(&metric.name) {
                    made.insert(metric.name.clone(), Arc::new(definition(metric)));
                }
                found.extend(made.get(&metric.name).cloned());
            }
        });
        if !found.is_empty() {
            self.typing.definitions.entry(query.span()).or_default().append(&mut found);
        }
    }

    /// Whether an error has been reported inside a query.
    pub(super) fn is_wrong(&self, query: Span) -> bool {
        let inside = |at: Span| at.file == query.file && query.start <= at.start && at.end <= query.end;
        self.diagnostics.iter().rev().any(|d| d.is_error() && inside(d.primary.span))
    }

    pub(super) fn with_types<T>(&mut self, query: &Query, f: impl FnOnce(&types::Checker<'_>) -> T) -> T {
        let file = query.span().file;
        let catalog = self.catalog(file);
        // Few queries read what our own rules record, and many objectives have many names.
        let records = self.recorded(file, query.text().contains("slo:"));
        let facts = self.facts(file);
        let made = &mut self.typing.made(&catalog).types;
        let types = types::Checker::new(&catalog).with(facts).knowing(&records).remembering(std::mem::take(made));
        let found = f(&types);
        *made = types.into_series();
        found
    }

    /// What the project says of scraping and evaluating; of defaults only how often targets are scraped.
    fn facts(&self, file: FileId) -> Facts {
        let project = self.names.project;
        let scrape = project.and_then(|p| p.scrape).map(|s| s.node);
        Facts {
            scrape: Some(scrape.unwrap_or(super::project::SCRAPE)),
            usual: scrape.is_none(),
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

/// What the catalog says of a metric, for people.
fn definition(metric: &Metric) -> Definition {
    let numbers = |all: &[Ratio]| all.iter().map(|v| v.decimal().unwrap_or_else(|| v.expr())).collect::<Vec<_>>();
    let values = metric.values.as_ref().map(|values| match values {
        Values::OneOf(all) => one_of(numbers(all).iter().map(String::as_str)).replace('`', ""),
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
