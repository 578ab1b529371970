//! Dashboards that are kept as their files have them: new, gone, or with other panels and queries.

use super::history::count;
use super::pairs::{Paired, pair};
use super::{Change, Class, Fact, Words};
use crate::model::Model;
use crate::model::board::{Kept, KeptPanel};

/// What is different in them.
pub(super) fn changes(old: &Model, new: &Model) -> Vec<Change> {
    let uid = |k: &&Kept| Some(k.uid.clone());
    let name = |k: &&Kept| Some(k.name.clone());
    let title = |k: &&Kept| Some(format!("{}\0{}", k.folder.title, k.title));
    let (old, new) = (old.kept.iter().collect(), new.kept.iter().collect());
    let Paired { both, gone, added } = pair(old, new, &[(&uid, &uid), (&name, &name), (&title, &title)]);
    let one = |k: &Kept, word: &str, from, to| {
        let panels = count(k.panels.len(), "panel");
        let what = Words::new("dashboard ").code(&*k.title).text(format!(" is {word}, with {panels}"));
        Change::new(Class::Dashboard, "", what, from, to)
    };
    let mut changes: Vec<Change> = Vec::new();
    changes.extend(gone.iter().map(|k| one(k, "gone", Some(&k.origin), None)));
    changes.extend(added.iter().map(|k| one(k, "new", None, Some(&k.origin))));
    changes.extend(both.into_iter().filter_map(|(o, n)| board(o, n)));
    changes
}

/// One that is in both.
fn board(old: &Kept, new: &Kept) -> Option<Change> {
    let what = Words::new("dashboard ").code(&*new.title);
    let change = Change::new(Class::Dashboard, "", what, Some(&old.origin), Some(&new.origin))
        .fact("title", &*old.title, &*new.title)
        .fact("uid", &*old.uid, &*new.uid)
        .fact("folder", &*old.folder.title, &*new.folder.title)
        .fact("variables", old.variables.join(", "), new.variables.join(", "))
        .facts(panels(old, new));
    match change.facts.is_empty() {
        false => Some(change),
        true if old.json != new.json => Some(change.notes([Words::new("Its file says something else")])),
        true => None,
    }
}

fn panels(old: &Kept, new: &Kept) -> Vec<Fact> {
    let id = |p: &&KeptPanel| p.id.map(|id| format!("{id}\0{}", p.title));
    let title = |p: &&KeptPanel| Some(p.title.clone());
    let paired = pair(old.panels.iter().collect(), new.panels.iter().collect(), &[(&id, &id), (&title, &title)]);
    let named = |p: &KeptPanel, what: &str| Words::new("panel ").code(&*p.title).text(what);
    let queries = |p: &KeptPanel| Some(p.queries.join("\n"));
    let gone = paired.gone.iter().map(|p| Fact::new(named(p, " is gone"), queries(p), None).at(Some(&p.origin), None));
    let added = paired.added.iter().map(|p| Fact::new(named(p, " is new"), None, queries(p)).at(None, Some(&p.origin)));
    let other = paired.both.iter().filter(|(o, n)| o.queries != n.queries).map(|(o, n)| {
        Fact::new(named(n, ": query"), queries(o), queries(n)).query().at(Some(&o.origin), Some(&n.origin))
    });
    gone.chain(added).chain(other).collect()
}
