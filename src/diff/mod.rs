//! What a reviewer must know of two models: which promises, alerts, series and pages are others now, in words.

mod alerts;
mod boards;
mod class;
mod history;
mod levels;
mod objective;
mod pairs;
mod project;
mod readers;
pub mod render;
mod routing;
mod service;
mod sli;
mod told;
mod words;
mod written;

use std::collections::BTreeMap;

pub use class::{Class, Danger};
pub use words::{Word, Words};

use crate::model::{Model, Origin};
use readers::Readers;

/// One thing that is not as it was.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Its sort.
    pub class: Class,
    /// The service it belongs to, by its new name where it has one; `None` for the whole project.
    pub service: Option<String>,
    /// The headline: `objective 99.9% → 99.5%`, with the name of what changed.
    pub what: Words,
    /// What was and what is, one line each.
    pub facts: Vec<Fact>,
    /// What follows from it, in sentences without full stop.
    pub notes: Vec<Words>,
    /// The spec line before; `None` when it did not exist.
    pub from: Option<Origin>,
    /// The spec line now; `None` when it is gone.
    pub to: Option<Origin>,
}

/// One value before and now.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fact {
    /// What it is the value of.
    pub name: Words,
    /// Before; `None` when there was none.
    pub old: Option<String>,
    /// Now; `None` when there is none.
    pub new: Option<String>,
}

impl Change {
    /// A change of something that was at `from` and is at `to`.
    fn new(class: Class, service: &str, what: Words, from: Option<&Origin>, to: Option<&Origin>) -> Change {
        let service = (!service.is_empty()).then(|| service.to_string());
        Change { class, service, what, facts: Vec::new(), notes: Vec::new(), from: from.cloned(), to: to.cloned() }
    }

    /// Adds a fact when the values differ.
    fn fact<T: Into<String>>(self, name: impl Into<Words>, old: T, new: T) -> Change {
        self.maybe_fact(name, Some(old.into()), Some(new.into()))
    }

    /// Adds a fact of values that need not exist, when they differ.
    fn maybe_fact(mut self, name: impl Into<Words>, old: Option<String>, new: Option<String>) -> Change {
        if old != new {
            self.facts.push(Fact { name: name.into(), old, new });
        }
        self
    }

    /// Adds facts that are known to differ.
    fn facts(mut self, facts: impl IntoIterator<Item = Fact>) -> Change {
        self.facts.extend(facts);
        self
    }

    /// Adds what follows from it.
    fn notes(mut self, notes: impl IntoIterator<Item = Words>) -> Change {
        self.notes.extend(notes);
        self
    }
}

/// Everything that a reviewer must know of `new`, where `old` is in force: service by service, and in each, the dangerous
/// first. Of two equal models there is nothing to say.
pub fn diff(old: &Model, new: &Model) -> Vec<Change> {
    let services = pairs::services(old, new);
    let slos = pairs::objectives(old, new, &services);
    let readers = Readers::of(old, new);
    let mut changes = project::changes(old, new);
    changes.extend(routing::changes(old, new));
    changes.extend(routing::receivers(&pairs::all_alerts(&services, &slos)));
    for (o, n) in &services.both {
        changes.extend(service::changes(o, n));
        changes.extend(written::changes(o, n));
    }
    changes.extend(service::gone_and_added(&services, &slos));
    changes.extend(levels::changes(&services));
    changes.extend(told::changes(old, new, &services));
    for (o, n) in &slos.both {
        changes.extend(objective::changes(o, n));
        changes.extend(sli::changes(o, n));
        changes.extend(alerts::changes(o, n));
        changes.extend(history::changes(o, n, &readers));
    }
    service::unexplained(&services, &slos, &mut changes);
    let boards = boards::changes(old, new, &changes);
    changes.extend(boards);
    sort(&mut changes);
    changes
}

/// Orders by service, the most dangerous first, the whole project before them; in each by danger, then by place.
fn sort(changes: &mut [Change]) {
    let mut worst: BTreeMap<Option<String>, Class> = BTreeMap::new();
    for change in changes.iter() {
        let class = worst.entry(change.service.clone()).or_insert(change.class);
        *class = (*class).min(change.class);
    }
    changes.sort_by(|a, b| {
        let key = |c: &Change| (c.service.is_some(), worst.get(&c.service).copied(), c.service.clone(), c.class);
        let place = |c: &Change| (c.to.clone().or_else(|| c.from.clone()), c.what.clone());
        key(a).cmp(&key(b)).then_with(|| place(a).cmp(&place(b)))
    });
}
