//! What a reviewer must know of two models: which promises, alerts, series and pages are others now, in words.

mod alerts;
mod boards;
mod carried;
mod class;
mod history;
mod kept;
mod metrics;
mod objective;
mod pairs;
mod panels;
mod project;
mod readers;
pub mod render;
mod routing;
mod service;
mod sli;
mod tested;
mod types;
mod words;
mod written;

use std::collections::BTreeMap;

pub use class::{Class, Danger};
pub use types::annotate;
pub use words::{Word, Words};

use crate::model::{Model, Origin};
use readers::Readers;

/// One thing that is not as it was.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Its sort.
    pub class: Class,
    /// The environment in which things change so; `None` in the program as it is.
    pub environment: Option<String>,
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
    /// Whether both are queries.
    pub is_query: bool,
    /// Its own spec line before, where it has one beside that of the change.
    pub from: Option<Origin>,
    /// Its own spec line now.
    pub to: Option<Origin>,
}

impl Fact {
    /// A value that may have changed.
    fn new(name: impl Into<Words>, old: Option<String>, new: Option<String>) -> Fact {
        Fact { name: name.into(), old, new, is_query: false, from: None, to: None }
    }

    /// The same with spec lines of its own.
    fn at(self, from: Option<&Origin>, to: Option<&Origin>) -> Fact {
        Fact { from: from.cloned(), to: to.cloned(), ..self }
    }

    /// The same of a query.
    fn query(self) -> Fact {
        Fact { is_query: true, ..self }
    }
}

impl Change {
    /// A change of something that was at `from` and is at `to`.
    fn new(class: Class, service: &str, what: Words, from: Option<&Origin>, to: Option<&Origin>) -> Change {
        let service = (!service.is_empty()).then(|| service.to_string());
        let (from, to) = (from.cloned(), to.cloned());
        Change { class, environment: None, service, what, facts: Vec::new(), notes: Vec::new(), from, to }
    }

    /// Adds a fact when the values differ.
    fn fact<T: Into<String>>(self, name: impl Into<Words>, old: T, new: T) -> Change {
        self.maybe_fact(name, Some(old.into()), Some(new.into()))
    }

    /// Adds a fact of values that need not exist, when they differ.
    fn maybe_fact(mut self, name: impl Into<Words>, old: Option<String>, new: Option<String>) -> Change {
        if old != new {
            self.facts.push(Fact::new(name, old, new));
        }
        self
    }

    /// Adds a query when it differs.
    fn query_fact(mut self, old: &str, new: &str) -> Change {
        if old != new {
            self.facts.push(Fact::new("query", Some(old.into()), Some(new.into())).query());
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
    changes.extend(metrics::changes(&services, &slos));
    changes.extend(routing::changes(old, new));
    changes.extend(routing::receivers(&pairs::all_alerts(&services, &slos)));
    for (o, n) in &services.both {
        changes.extend(service::changes(o, n));
        changes.extend(written::changes(o, n));
    }
    changes.extend(carried::changes(&services));
    changes.extend(service::gone_and_added(&services, &slos));
    for (o, n) in &slos.both {
        changes.extend(objective::changes(o, n));
        changes.extend(sli::changes(o, n));
        changes.extend(alerts::changes(o, n));
        changes.extend(history::changes(o, n, &readers));
    }
    let told = service::told(&slos, &changes);
    changes.extend(service::unexplained(&services, &told));
    changes.extend(boards::changes(old, new, &told));
    changes.extend(kept::changes(old, new));
    changes.extend(tested::changes(old, new));
    sort(&mut changes);
    changes
}

/// The same for a program with its environments: what changes in one of them as it does in the program is told once.
pub fn diff_all(old: (&Model, &[Model]), new: (&Model, &[Model])) -> Vec<Change> {
    let mut changes = diff(old.0, new.0);
    let name = |m: &&Model| m.project.environment.clone();
    let paired = pairs::pair(old.1.iter().collect(), new.1.iter().collect(), &[(&name, &name)]);
    let lone = |m: &Model, class, word: &str| {
        let name = m.project.environment.as_deref().unwrap_or_default();
        Change::new(
            class,
            "",
            Words::new("environment ").code(name).text(format!(" is {word}, with all its alerts")),
            None,
            None,
        )
    };
    changes.extend(paired.gone.iter().map(|m| lone(m, Class::AlertGone, "gone")));
    changes.extend(paired.added.iter().map(|m| lone(m, Class::AlertAdded, "new")));
    sort(&mut changes);
    let mut own = Vec::new();
    for (o, n) in paired.both {
        let told = |c: &Change| changes.iter().any(|b| (b.class, &b.what, &b.facts) == (c.class, &c.what, &c.facts));
        let other = diff(o, n).into_iter().filter(|change| !told(change));
        own.extend(other.map(|change| Change { environment: n.project.environment.clone(), ..change }));
    }
    changes.extend(own);
    sort(&mut changes);
    changes
}

/// Orders by service, the most dangerous first; of two that are as dangerous the whole project comes first, and what is
/// told of the program before what is told of an environment. In each by danger, then by place.
fn sort(changes: &mut [Change]) {
    let group = |c: &Change| (c.environment.clone(), c.service.clone());
    let mut worst: BTreeMap<_, Class> = BTreeMap::new();
    for change in changes.iter() {
        let class = worst.entry(group(change)).or_insert(change.class);
        *class = (*class).min(change.class);
    }
    changes.sort_by_cached_key(|c| {
        let worst = worst.get(&group(c)).copied();
        let place = (c.to.clone().or_else(|| c.from.clone()), c.what.clone());
        let first = (worst.map(Class::danger), c.environment.is_some(), c.service.is_some(), worst);
        (first, group(c), c.class, place)
    });
}
