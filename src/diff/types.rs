//! Queries that changed: what the type checker knew of the old one, and what it knows of the new one.

use super::{Change, Fact};
use crate::catalog::Catalog;
use crate::promql::types::Checker;
use crate::promql::{self, Dialect};
use crate::source::Span;

/// Adds to each query that changed how its type did: kind, unit and labels, as far as the catalogs of both sides tell.
pub fn annotate(changes: &mut [Change], old: &Catalog, new: &Catalog) {
    let (old, new) = (Checker::new(old), Checker::new(new));
    for change in changes {
        let mut facts = Vec::new();
        for fact in std::mem::take(&mut change.facts) {
            let types = typed(&fact, &old, &new);
            facts.push(fact);
            facts.extend(types);
        }
        change.facts = facts;
    }
}

/// The types of a query before and now, when both are known and differ.
fn typed(fact: &Fact, old: &Checker<'_>, new: &Checker<'_>) -> Option<Fact> {
    let before = type_of(fact.old.as_deref().filter(|_| fact.is_query)?, old)?;
    let now = type_of(fact.new.as_deref()?, new)?;
    let name = fact.name.clone().text(" is");
    (before != now).then(|| Fact::new(name, Some(before), Some(now)).at(fact.from.as_ref(), fact.to.as_ref()))
}

/// `counter; labels job, code`. A range that depends on a window or on Grafana is a variable, of which nothing follows.
fn type_of(query: &str, checker: &Checker<'_>) -> Option<String> {
    let (query, _) = promql::parse(query, Span::default(), Dialect::Grafana);
    let query = query?;
    checker.types(&query).get(&query.expr().span).map(ToString::to_string)
}
