//! What is known of the series that a recording rule writes.

use std::collections::BTreeSet;

use crate::source::Span;

use super::row::{Label, Presence};
use super::{Type, Why};

impl Type {
    /// This result as a rule records it: with the labels that the rule sets, each with its value and place. An empty
    /// value takes the label away. A recorded series is there only as long as its rule is evaluated.
    pub fn recorded<'a>(mut self, labels: impl IntoIterator<Item = (&'a str, &'a str, Span)>) -> Type {
        for (name, value, span) in labels {
            if value.is_empty() {
                self.row.remove(name, Why::new(span, "the rule takes this label away"));
                continue;
            }
            let why = Why::new(span, format!("the rule sets `{name}` to `{value}`"));
            let values = Some(BTreeSet::from([value.to_string()]));
            let label = Label { values, complete: true, pinned: true, ..Label::new(Presence::Must, Some(why)) };
            self.row.set(name, label);
        }
        Type { always: false, zero_division: None, filter: None, ..self }
    }

    /// The labels that may tell its series apart: those it is known to have, and that no matcher leaves with one value.
    pub fn several(&self) -> impl Iterator<Item = &str> {
        self.row.labels().filter(|(_, l)| !l.pinned && l.values.as_ref().is_none_or(|v| v.len() > 1)).map(|(n, _)| n)
    }

    /// Whether no series of this result can have the labels of one of `other`: both surely have a label, with values
    /// that differ.
    pub fn never_same_labels(&self, other: &Type) -> bool {
        let sure = |label: &Label| label.presence == Presence::Must && (label.complete || label.pinned);
        self.row.labels().filter(|(_, label)| sure(label)).any(|(name, a)| match (&a.values, other.row.get(name)) {
            (Some(mine), Some(b)) if sure(b) => b.values.as_ref().is_some_and(|theirs| mine.is_disjoint(theirs)),
            _ => false,
        })
    }
}
