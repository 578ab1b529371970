//! The query that a place stands in, and the metrics that queries name.

use super::world::{Document, Snapshot};
use crate::catalog::{Catalog, Metric};
use crate::check::Lens;
use crate::promql::Dialect;
use crate::promql::outline::{self, Word, WordKind};
use crate::source::Span;

/// The query around a place: its bytes, and what may stand in it.
pub(super) fn at(snapshot: &Snapshot, place: Span) -> Option<(Span, Dialect)> {
    let holds = |span: &Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
    snapshot.mentions().queries.iter().find(|(span, _)| holds(span)).copied()
}

/// The word of a query that a place stands in or right behind; of two that touch, the one that is no sign.
pub(super) fn word(snapshot: &Snapshot, query: Span, place: Span) -> Option<(Word, Span)> {
    let at = (place.start - query.start) as usize;
    let words = outline::words(snapshot.program.sources.text(query));
    let word = words.into_iter().rfind(|w| w.range.start <= at && at <= w.range.end && w.kind != WordKind::Sign)?;
    let span = query.inside(word.range.clone());
    Some((word, span))
}

/// A metric of the catalog as a query names it.
pub(super) struct Named {
    /// Where it says what it is.
    pub(super) declaration: Span,
    /// The metric's name in the query, without `_bucket`, `_count` or `_sum`.
    pub(super) stem: Span,
    /// The metric's name.
    pub(super) name: String,
}

/// What a name in a query is of, when the catalog knows it.
fn named(catalog: &Catalog, name: &str, span: Span) -> Option<Named> {
    let (metric, _) = catalog.find(name)?;
    let stem = span.inside(0..metric.name.len());
    Some(Named { declaration: metric.origin, stem, name: metric.name.clone() })
}

/// The metric that a place of a document names.
pub(super) fn metric_at(document: &Document, place: Span) -> Option<Named> {
    let snapshot = &document.snapshot;
    let (query, _) = at(snapshot, place)?;
    let (word, span) = word(snapshot, query, place).filter(|(w, _)| w.kind == WordKind::Metric)?;
    let name = snapshot.program.sources.text(query).get(word.range)?;
    named(&Lens::new(&snapshot.program).catalog(query.file), name, span)
}

/// Every place in a query that names the metric declared at a place.
pub(super) fn uses_of(snapshot: &Snapshot, declaration: Span, metric: &str) -> Vec<Span> {
    let mut lens = Lens::new(&snapshot.program);
    let mut found = Vec::new();
    for (query, _) in &snapshot.mentions().queries {
        let text = snapshot.program.sources.text(*query);
        if !text.contains(metric) {
            continue;
        }
        let catalog = lens.catalog(query.file);
        let metrics = outline::words(text).into_iter().filter(|w| w.kind == WordKind::Metric);
        let names = metrics.filter_map(|w| named(&catalog, text.get(w.range.clone())?, query.inside(w.range)));
        found.extend(names.filter(|n| n.declaration == declaration).map(|n| n.stem));
    }
    found
}

/// The catalog's entry for the metric declared at a place.
pub(super) fn declared(snapshot: &Snapshot, declaration: Span, name: &str) -> Option<Metric> {
    let catalog = Lens::new(&snapshot.program).catalog(declaration.file);
    catalog.find(name).map(|(metric, _)| metric.clone())
}
