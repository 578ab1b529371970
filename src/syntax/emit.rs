//! `emit kubernetes namespace "monitoring" labels "release=prometheus"`: files for where rules and dashboards run.

use super::ast::Emit;
use super::cursor::Cursor;
use super::settings::{self, Kind, Shape};

/// What can be asked for, each with its settings.
const KINDS: &[Kind] = &[
    ("kubernetes", &[("namespace", Shape::Text), ("labels", Shape::Texts)]),
    ("victoria", &[("namespace", Shape::Text), ("labels", Shape::Texts)]),
    (
        "mimir",
        &[
            ("rules", Shape::Word),
            ("groups", Shape::Word),
            ("tenants", Shape::Texts),
            ("align", Shape::Flag),
            ("split", Shape::Flag),
        ],
    ),
    ("cortex", &[("rules", Shape::Word), ("groups", Shape::Word), ("split", Shape::Flag)]),
    ("thanos", &[("partial", Shape::Word), ("replica", Shape::Texts)]),
    ("terraform", &[]),
    ("openslo", &[]),
    ("backstage", &[]),
    ("perses", &[("project", Shape::Text)]),
    ("json", &[]),
];

/// What stands behind `emit`, its settings on the line or in a block.
pub(super) fn emit(cursor: &mut Cursor<'_>) -> Option<Emit> {
    let (kind, known) = settings::kind(cursor, "output", KINDS)?;
    let given = settings::all(cursor, known, "`emit`");
    Some(Emit { kind, settings: given })
}
