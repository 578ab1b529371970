//! What was found of queries at the last look. An editor looks again after every keystroke, when nearly all queries stand
//! where they stood and read what they read: they are what they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::standing::{Found, Standing};
use crate::catalog::Catalog;
use crate::diag::Diagnostic;
use crate::promql::types::{Expected, Facts, Type};
use crate::promql::{self, Dialect, Kind, Query};
use crate::resolve::Program;
use crate::source::Span;
use crate::syntax::ast::{self, Name};

/// Answers about queries; those that a look did not ask for are forgotten after the next one. `None` remembers nothing.
#[derive(Debug)]
pub struct Memo(Option<Mutex<Looks>>);

impl Default for Memo {
    fn default() -> Memo {
        Memo(Some(Mutex::default()))
    }
}

#[derive(Debug, Default)]
struct Looks {
    /// By the place of the query.
    now: BTreeMap<Span, Known>,
    before: BTreeMap<Span, Known>,
    /// The catalogs of this look and of the one before, so that who reads the same has the same.
    catalogs: [Vec<Arc<Catalog>>; 2],
    /// The services, and what they are checked with.
    standing: Standing,
}

/// What is known of one query.
#[derive(Debug, Default)]
struct Known {
    text: String,
    read: Vec<(Dialect, Read)>,
    answers: Vec<(Question, Answer)>,
}

/// A query as it was read, and what is wrong with its text.
type Read = (Option<Query>, Vec<Diagnostic>);

/// What the type checker says: the type of the result, and what is wrong.
pub(super) type Answer = (Type, Vec<Diagnostic>);

/// All that an answer depends on beside the text and the place of the query.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) dialect: Dialect,
    pub(super) what: What,
    /// The labels that the result is split by.
    pub(super) by: Vec<Name>,
    pub(super) facts: Facts,
    pub(super) catalog: Arc<Catalog>,
}

/// What the type checker is asked.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum What {
    /// Whether it is what its place expects.
    Place(Expected),
    /// The same of the selector of a histogram.
    Histogram,
}

impl PartialEq for Question {
    fn eq(&self, other: &Question) -> bool {
        Arc::ptr_eq(&self.catalog, &other.catalog) && self.is_asked_as(other)
    }
}

impl Question {
    /// Whether nothing but the catalog is another.
    fn is_asked_as(&self, other: &Question) -> bool {
        let key = |q: &Question| (q.dialect, q.facts);
        key(self) == key(other) && self.what == other.what && self.by == other.by
    }
}

/// Whether two catalogs know every series that a query reads, and say the same of it. Of a series that is not known, all
/// others matter: one of them may be meant.
fn reads_alike(query: &Query, old: &Catalog, new: &Catalog) -> bool {
    let mut alike = true;
    query.expr().walk(&mut |expr| {
        if let Kind::Selector(selector) = &expr.kind {
            alike &= selector.metric().is_some_and(|name| {
                let parts = ["", "_bucket", "_count", "_sum"].map(|part| format!("{}{part}", name.node));
                new.find(name.node).is_some() && parts.iter().all(|part| old.find(part) == new.find(part))
            });
        }
    });
    alike
}

impl Memo {
    /// For who looks once and asks nothing twice: an answer that is kept costs more than it saves.
    pub(super) fn forgetful() -> Memo {
        Memo(None)
    }

    /// Whether it keeps answers.
    pub(super) fn remembers(&self) -> bool {
        self.0.is_some()
    }

    /// A new look begins, at `program`. What is known of queries in files that stand as they stood stays known: nobody
    /// asks for them.
    pub(super) fn turn(&self, program: &Program) {
        let Some(mut looks) = self.looks() else { return };
        let Looks { now, before, catalogs, standing } = &mut *looks;
        standing.turn(program);
        before.retain(|place, _| standing.stands(place.file));
        before.append(now);
        catalogs.swap(0, 1);
        if let Some(first) = catalogs.first_mut() {
            first.clear();
        }
    }

    /// A service as it was found at the last look, if nothing has changed that it depends on; else as `find` finds it.
    pub(super) fn service(
        &self,
        environment: Option<&str>,
        service: &ast::Service,
        find: impl FnOnce() -> Found,
    ) -> Arc<Found> {
        let known = self.looks().and_then(|looks| looks.standing.known(environment, service));
        known.unwrap_or_else(|| {
            let found = Arc::new(find());
            if let Some(mut looks) = self.looks() {
                looks.standing.keep(environment, service, Arc::clone(&found));
            }
            found
        })
    }

    fn looks(&self) -> Option<MutexGuard<'_, Looks>> {
        // A poisoned lock holds whole maps: entries are inserted in one step.
        Some(self.0.as_ref()?.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Reads a query, unless it was read where it stands.
    pub(super) fn read(&self, text: &str, place: Span, dialect: Dialect) -> Read {
        let Some(mut looks) = self.looks() else { return promql::parse(text, place, dialect) };
        let known = looks.known(text, place).and_then(|k| k.read.iter().find(|(d, _)| *d == dialect).cloned());
        if let Some((_, read)) = known {
            return read;
        }
        drop(looks);
        let read = promql::parse(text, place, dialect);
        if let Some(mut looks) = self.looks() {
            looks.entry(text, place).read.push((dialect, read.clone()));
        }
        read
    }

    /// The answer to a question about a query, if it was given before: with the same catalog, or with one that says the same
    /// of every metric that the query reads.
    pub(super) fn answer(&self, query: &Query, question: &Question) -> Option<Answer> {
        let mut looks = self.looks()?;
        let known = looks.known(query.text(), query.span())?;
        if let Some((_, answer)) = known.answers.iter().find(|(q, _)| q == question) {
            return Some(answer.clone());
        }
        let alike = |q: &Question| q.is_asked_as(question) && reads_alike(query, &q.catalog, &question.catalog);
        let (q, answer) = known.answers.iter_mut().find(|(q, _)| alike(q))?;
        q.catalog = Arc::clone(&question.catalog);
        Some(answer.clone())
    }

    /// Keeps an answer for the next look, in place of that with an earlier catalog.
    pub(super) fn keep(&self, query: &Query, question: Question, answer: Answer) {
        let Some(mut looks) = self.looks() else { return };
        let answers = &mut looks.entry(query.text(), query.span()).answers;
        answers.retain(|(q, _)| !q.is_asked_as(&question));
        answers.push((question, answer));
    }

    /// The same catalog as one that is known, or this one.
    pub(super) fn catalog(&self, catalog: Catalog) -> Arc<Catalog> {
        let Some(mut looks) = self.looks() else { return Arc::new(catalog) };
        let known = looks.catalogs.iter().flatten().find(|known| ***known == catalog).cloned();
        let catalog = known.unwrap_or_else(|| Arc::new(catalog));
        looks.catalogs[0].push(Arc::clone(&catalog));
        catalog
    }
}

impl Looks {
    /// What is known of the query at a place, if it is still this text.
    fn known(&mut self, text: &str, place: Span) -> Option<&mut Known> {
        if let Some(known) = self.before.remove(&place).filter(|known| known.text == text) {
            self.now.entry(place).or_insert(known);
        }
        self.now.get_mut(&place).filter(|known| known.text == text)
    }

    fn entry(&mut self, text: &str, place: Span) -> &mut Known {
        let known = self.now.entry(place).or_default();
        if known.text != text {
            *known = Known { text: text.to_string(), ..Known::default() };
        }
        known
    }
}
