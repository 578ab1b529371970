//! What people see: dashboards and panels that are new, gone or ask something else.

use std::collections::{BTreeMap, BTreeSet};

use super::history::count;
use super::pairs::{Paired, pair};
use super::{Change, Class, Fact, Words, panels};
use crate::maps::IntoMap;
use crate::model::board::{Board, Heading, Kind, Mark, Variable};
use crate::model::{Model, Origin};

/// What is different in the dashboards. Those made for services follow from them: they are told of only where `told`
/// says nothing of what they are made from.
pub(super) fn changes(old: &Model, new: &Model, told: &BTreeSet<Option<String>>) -> Vec<Change> {
    let uid = |b: &&Board| Some(b.uid.clone());
    let title = |b: &&Board| Some(format!("{}\0{}", b.folder.title, b.title));
    let paired = pair(old.boards.iter().collect(), new.boards.iter().collect(), &[(&uid, &uid), (&title, &title)]);
    let written = |model: &Model, board: &Board| maker(model, board).is_none();
    let one = |board: &Board, word: &str, from, to| {
        let panels = count(board.panels().count(), "panel");
        let what = Words::new("dashboard ").code(&*board.title).text(format!(" is {word}, with {panels}"));
        Change::new(Class::Dashboard, "", what, from, to)
    };
    let mut changes: Vec<Change> = Vec::new();
    let Paired { both, gone, added } = paired;
    changes.extend(gone.iter().filter(|b| written(old, b)).map(|b| one(b, "gone", Some(&b.origin), None)));
    changes.extend(added.iter().filter(|b| written(new, b)).map(|b| one(b, "new", None, Some(&b.origin))));
    changes.extend(both.into_iter().filter_map(|(o, n)| board(o, n, maker(new, n), told)));
    changes
}

/// What a dashboard is made from.
enum Maker<'a> {
    /// All services: the overview.
    All,
    /// One service.
    Service(&'a str),
}

/// What a dashboard is made from; `None` when it was written.
fn maker<'a>(model: &'a Model, board: &Board) -> Option<Maker<'a>> {
    let own = model.services.iter().find(|s| s.board_uid == board.uid);
    let overview = model
        .boards
        .first()
        .filter(|first| first.uid == board.uid && model.services.iter().any(|s| !s.slos.is_empty()));
    own.map(|s| Maker::Service(&s.name)).or(overview.map(|_| Maker::All))
}

/// One dashboard that is in both.
fn board(old: &Board, new: &Board, maker: Option<Maker<'_>>, told: &BTreeSet<Option<String>>) -> Option<Change> {
    let service = match maker {
        Some(Maker::All) if !told.is_empty() => return None,
        Some(Maker::Service(name)) if told.contains(&None) || told.contains(&Some(name.to_string())) => return None,
        Some(Maker::Service(name)) => name,
        _ => "",
    };
    let what = Words::new("dashboard ").code(&*new.title);
    let change = Change::new(Class::Dashboard, service, what, Some(&old.origin), Some(&new.origin));
    let (facts, otherwise) = panels::changes(old, new);
    let change = settings(change, old, new).facts(facts);
    let change = match otherwise.is_empty() {
        true => change,
        false => change.notes([Words::new("Shown otherwise: ").list(otherwise)]),
    };
    match change.facts.is_empty() && change.notes.is_empty() {
        false => Some(change),
        true if bare(old) != bare(new) => Some(change.notes([Words::new("Its panels are placed otherwise")])),
        true => None,
    }
}

/// A dashboard without the spec lines it comes from and names.
fn bare(board: &Board) -> Board {
    let mut board = Board { origin: Origin { path: "".into(), line: 0, template: None }, ..board.clone() };
    for panel in board.rows.iter_mut().flat_map(|row| &mut row.panels) {
        panel.about = without_lines(&panel.about);
        panel.origin = None;
        if let Kind::Text(text) = &mut panel.kind {
            *text = without_lines(text);
        }
    }
    board
}

/// Text in which `specs/shop.slo:12` is `specs/shop.slo:`.
pub(super) fn without_lines(text: &str) -> String {
    let mut parts = text.split(".slo:");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + ".slo:" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// What stands above the panels.
fn settings(change: Change, old: &Board, new: &Board) -> Change {
    let refresh = |b: &Board| b.refresh.map_or("off".to_string(), |r| r.to_string());
    let pick = |b: &Board| b.pick.iter().map(|r| r.to_string()).collect::<Vec<_>>().join(", ");
    let menus = |b: &Board| b.menus.iter().map(|m| format!("{} ({})", m.title, m.tag)).collect::<Vec<_>>().join(", ");
    let label = |v: &Variable| if v.label == v.name { String::new() } else { format!("{}: ", v.label) };
    let variable = |v: &Variable| (v.name.clone(), format!("{}{}", label(v), panels::choice(&v.choice)));
    let variables = |b: &Board| b.variables.iter().map(variable).into_map();
    let mark =
        |m: &Mark| (m.name.clone(), format!("{}, {}: {}", m.expr, format!("{:?}", m.hue).to_lowercase(), m.text));
    let marks = |b: &Board| b.marks.iter().map(mark).into_map();
    let rows = |b: &Board| b.rows.iter().filter_map(|r| r.heading.as_ref()).map(heading).collect::<Vec<_>>().join("\n");
    change
        .fact("title", &*old.title, &*new.title)
        .fact("uid", &*old.uid, &*new.uid)
        .fact("what it is for", without_lines(&old.about), without_lines(&new.about))
        .fact("folder", &*old.folder.title, &*new.folder.title)
        .fact("range", old.range.to_string(), new.range.to_string())
        .fact("refresh", refresh(old), refresh(new))
        .fact("ranges to pick", pick(old), pick(new))
        .fact("tags", old.tags.join(", "), new.tags.join(", "))
        .facts(named("variable ", variables(old), variables(new)))
        .facts(named("mark ", marks(old), marks(new)))
        .fact("menus", menus(old), menus(new))
        .fact("rows", rows(old), rows(new))
        .fact("links", panels::links(&old.links), panels::links(&new.links))
}

/// `Errors, closed, one for each $region`.
fn heading(heading: &Heading) -> String {
    let closed = if heading.collapsed { ", closed" } else { "" };
    let repeat = heading.repeat.as_ref().map_or_else(String::new, |name| format!(", one for each ${name}"));
    format!("{}{closed}{repeat}", heading.title)
}

/// Named values that differ, or that only one side has.
fn named(word: &str, old: BTreeMap<String, String>, new: BTreeMap<String, String>) -> Vec<Fact> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let fact = |name: &String| Fact::new(Words::new(word).code(name), old.get(name).cloned(), new.get(name).cloned());
    names.into_iter().map(fact).filter(|fact| fact.old != fact.new).collect()
}
