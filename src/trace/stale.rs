//! Which spec lines made a file on disk stale: what in the new file does not stand in the old one, and where it is from.

use similar::DiffTag;

use super::{Thing, at, in_file};
use crate::emit::Artifact;
use crate::model::Model;
use crate::source::lines::changes;

/// A spec line and what it made otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stale {
    /// `specs/shop.slo:12`.
    pub origin: String,
    /// The things from that line that are others now: `alert orders-page-1h`.
    pub things: Vec<String>,
}

/// Why a file on disk is not the one a build writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Only the spec lines that it names have moved.
    Moved,
    /// These spec lines, in the order of the file; none when something is only gone.
    Changed(Vec<Stale>),
}

/// What makes `artifact` another file than `found`.
pub fn reason(model: &Model, artifact: &Artifact, found: &str) -> Reason {
    let lines = |text: &str| text.lines().map(without_place).collect::<Vec<_>>();
    let (old, new) = (lines(found), lines(&artifact.body));
    if old == new {
        return Reason::Moved;
    }
    let [old, new] = [&old, &new].map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
    let things = in_file(model, artifact);
    let mut causes: Vec<Stale> = Vec::new();
    for op in changes(&old, &new) {
        let other = op.tag() != DiffTag::Equal;
        for thing in op.new_range().filter(|_| other).filter_map(|index| at(&things, index + 1)) {
            let name = described(thing);
            match causes.iter_mut().find(|cause| cause.origin == thing.origin) {
                Some(cause) if cause.things.contains(&name) => {}
                Some(cause) => cause.things.push(name),
                None => causes.push(Stale { origin: thing.origin.clone(), things: vec![name] }),
            }
        }
    }
    Reason::Changed(causes)
}

fn described(thing: &Thing) -> String {
    format!("{} {}", thing.kind.name(), thing.name)
}

/// A line in which `specs/shop.slo:12` is `specs/shop.slo:`, so that a comment above a spec moves nothing.
fn without_place(line: &str) -> String {
    let mut parts = line.split(".slo:");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + ".slo:" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}
