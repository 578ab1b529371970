//! Dashboards that are kept as they are: their JSON with the uid and the data sources of the program in it.

use std::ops::Range;

use super::{folder_of, names};
use crate::check::boards::{Kept, Value};
use crate::model::board;
use crate::model::{Model, Project};

/// All of them, in the order written.
pub(super) fn boards(kept: &[Kept], model: &Model) -> Vec<board::Kept> {
    kept.iter().map(|k| one(k, &model.project)).collect()
}

fn one(k: &Kept, project: &Project) -> board::Kept {
    let uid = project.environment.as_deref().map_or_else(|| k.uid.clone(), |e| names::uid(Some(e), &[&k.uid]));
    board::Kept {
        name: k.name.clone(),
        title: k.title.clone(),
        folder: folder_of(k.folder.as_ref().unwrap_or(&project.folder)),
        variables: k.variables.clone(),
        panels: k.panels.clone(),
        json: json(k, &uid),
        uid,
        origin: k.origin.clone(),
    }
}

/// The file's own bytes but for what must be another here; no line becomes two.
fn json(k: &Kept, uid: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut edits: Vec<(Range<usize>, String)> =
        k.sources.iter().map(|(at, name)| (at.clone(), quoted(name))).collect();
    edits.push(match &k.uid_at {
        Some(at) => (at.clone(), quoted(uid)),
        None => (1..1, format!("\"uid\": {},", quoted(uid))),
    });
    // From the end on, so that what is before stays where it is.
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut json = k.json.clone();
    for (at, text) in edits {
        json.replace_range(at, &text);
    }
    for (name, value) in &k.filled {
        let (Value::Source(text) | Value::Text(text)) = value;
        let inside = quoted(text);
        json = json.replace(&format!("${{{name}}}"), inside.get(1..inside.len() - 1).unwrap_or_default());
    }
    json + "\n"
}
