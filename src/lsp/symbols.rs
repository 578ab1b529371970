//! What a place names: a thing with a declaration, and all the places that name it.

use super::query;
use super::world::{Document, Snapshot};
use crate::resolve::NameKind;
use crate::source::Span;

/// What is named at a place.
pub(super) struct Symbol {
    /// What it is.
    pub(super) kind: NameKind,
    /// What its name is given in; empty for most kinds.
    pub(super) within: String,
    /// Its name.
    pub(super) name: String,
    /// The name at the place.
    pub(super) here: Span,
    /// Where it is declared; `None` for what is built in, or not there.
    pub(super) declaration: Option<Span>,
}

impl Symbol {
    /// What a place of a document names.
    pub(super) fn at(document: &Document, place: Span) -> Option<Symbol> {
        let mentions = document.snapshot.mentions();
        if let Some(m) = mentions.at(place) {
            let declaration = match m.kind {
                NameKind::File => file(&document.snapshot, &m.name),
                _ => mentions.declaration(m),
            };
            let (within, name) = (m.within.clone(), m.name.clone());
            return Some(Symbol { kind: m.kind, within, name, here: m.span, declaration });
        }
        let metric = query::metric_at(document, place)?;
        Some(Symbol {
            kind: NameKind::Metric,
            within: String::new(),
            name: metric.name,
            here: metric.stem,
            declaration: Some(metric.declaration),
        })
    }

    /// Every place that names it, its declaration among them, in order.
    pub(super) fn places(&self, snapshot: &Snapshot) -> Vec<Span> {
        let Some(declaration) = self.declaration else { return Vec::new() };
        let mut places: Vec<Span> = snapshot.mentions().mentions_of(declaration).map(|m| m.span).collect();
        if self.kind == NameKind::Metric {
            places.extend(query::uses_of(snapshot, declaration, &self.name));
        }
        places.push(declaration);
        places.sort();
        places.dedup();
        places
    }
}

/// The beginning of a file of the program.
fn file(snapshot: &Snapshot, path: &str) -> Option<Span> {
    let (id, _) = snapshot.program.sources.iter().find(|(_, f)| f.path == path)?;
    Some(Span::new(id, 0..0))
}
