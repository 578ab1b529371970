//! Panels: found in a dashboard's file by their ids.

use std::collections::BTreeMap;

use super::{Kind, Thing, origin, ranges, whole};
use crate::emit::Artifact;
use crate::maps::IntoMap;
use crate::model::board::{Board, KeptPanel};
use crate::model::{Model, Origin};

/// What a panel is called, and what it belongs to.
struct Named {
    key: String,
    title: String,
    query: Option<String>,
    /// Its own spec line, when it has one.
    origin: Option<Origin>,
}

/// Headings and panels of a dashboard by their ids.
fn named(board: &Board) -> BTreeMap<u32, Named> {
    let headings = board.rows.iter().filter_map(|row| row.heading.as_ref());
    let headings =
        headings.map(|h| (h.id, Named { key: h.key.clone(), title: h.title.clone(), query: None, origin: None }));
    let queries =
        |p: &crate::model::board::Panel| p.queries.iter().map(|q| q.expr.as_str()).collect::<Vec<_>>().join("\n");
    let panels = board.panels().map(|p| {
        let query = Some(queries(p)).filter(|text| !text.is_empty());
        (p.id, Named { key: p.key.clone(), title: p.title.clone(), query, origin: p.origin.clone() })
    });
    headings.chain(panels).into_map()
}

/// The panels of a dashboard that is kept as it is, which stand where they stand in its own file.
fn kept(model: &Model, artifact: &Artifact) -> Vec<Thing> {
    let whole = whole(model, artifact);
    let board = model.kept.iter().find(|k| artifact.path.ends_with(&format!("/{}.json", k.uid)));
    let thing = |p: &KeptPanel| {
        let query = Some(p.queries.join("\n")).filter(|text| !text.is_empty());
        let (name, origin, [from, to]) = (p.title.clone(), p.origin.to_string(), p.lines);
        Thing { lines: from..=to, kind: Kind::Panel, name, origin, query, ..whole.clone() }
    };
    board.into_iter().flat_map(|k| &k.panels).map(thing).collect()
}

/// The panels of a dashboard's file.
pub(super) fn panels(model: &Model, artifact: &Artifact) -> Vec<Thing> {
    let whole = whole(model, artifact);
    let board = model.boards.iter().find(|b| artifact.path.ends_with(&format!("/{}.json", b.uid)));
    let Some(names) = board.map(named) else { return kept(model, artifact) };
    let service = model.services.iter().find(|s| Some(&s.name) == whole.service.as_ref());
    let lines: Vec<&str> = artifact.body.lines().collect();
    let id = |index: usize| -> Option<u32> {
        let opens = lines.get(index.checked_sub(1)?)?.trim() == "{";
        let id = lines.get(index)?.trim().strip_prefix("\"id\": ")?.strip_suffix(',')?;
        id.parse().ok().filter(|_| opens)
    };
    let found =
        (0..lines.len()).filter_map(|index| id(index).filter(|id| names.contains_key(id)).map(|id| (id, index)));
    let (ids, marks): (Vec<u32>, Vec<usize>) = found.unzip();
    let thing = |(id, lines): (&u32, _)| {
        let panel = names.get(id)?;
        let subject =
            panel.key.split('/').next().filter(|name| service.is_some_and(|s| s.slos.iter().any(|o| o.name == *name)));
        let origin = match (service, subject) {
            (Some(service), Some(slo)) => origin(service, slo).to_string(),
            _ => panel.origin.as_ref().map_or_else(|| whole.origin.clone(), Origin::to_string),
        };
        let (name, query) = (panel.title.clone(), panel.query.clone());
        let subjects = subject.map(String::from).into_iter().collect();
        Some(Thing { lines, kind: Kind::Panel, name, subjects, origin, query, ..whole.clone() })
    };
    ids.iter().zip(ranges(&marks, lines.len())).filter_map(thing).collect()
}
