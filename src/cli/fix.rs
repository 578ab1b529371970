//! What `sloc check --fix` does: mends what can be mended for sure, until there is nothing more.

use std::collections::BTreeMap;

use super::project;
use super::terminal::{self, count};
use crate::diag::{Diagnostic, fixes};
use crate::driver::Findings;
use crate::io::{Disk, Edit, Failure};
use crate::source::{LoadError, Loader, Sources};

/// How often the specs are looked at again. A mended mistake may hide another; two fixes that undo each other must
/// come to an end.
const ROUNDS: usize = 20;

/// Files on disk, with the edits that will replace them in front, by path.
struct Overlay<'a> {
    disk: &'a Disk,
    edits: BTreeMap<String, Edit>,
}

impl Loader for Overlay<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        self.disk.roots()
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.edits.get(path).map_or_else(|| self.disk.load(path), |edit| Ok(edit.new.clone()))
    }
}

/// Mends the specs on `disk`, says what was done, and gives what is left to say of them.
pub(super) fn fix(disk: &Disk) -> Result<Findings, Failure> {
    let mut overlay = Overlay { disk, edits: BTreeMap::new() };
    let mut done: Vec<String> = Vec::new();
    let mut found = project::examine(&overlay)?;
    for _ in 0..ROUNDS {
        let round = mend(&mut overlay, &found);
        if round.is_empty() {
            break;
        }
        done.extend(round);
        found = project::examine(&overlay)?;
    }
    let edits: Vec<Edit> = overlay.edits.into_values().filter(|edit| edit.old != edit.new).collect();
    disk.replace(&edits)?;
    if !done.is_empty() {
        done.iter().for_each(|line| terminal::say(line));
        terminal::say(&format!("fixed {} in {}\n", count(done.len(), "mistake"), count(edits.len(), "file")));
    }
    Ok(found)
}

/// Puts the fixes of one look into the texts in front. Gives a line for each.
fn mend(overlay: &mut Overlay<'_>, found: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    for mended in fixes::apply(&found.diagnostics, &found.sources) {
        let file = found.sources.get(mended.file);
        // Of a file that is not UTF-8 only the beginning was read: writing that back would lose the rest.
        if overlay.load(&file.path).is_ok_and(|bytes| bytes == file.text.as_bytes()) {
            lines.extend(mended.diagnostics.iter().map(|d| line(d, &found.sources)));
            let (path, old) = (file.path.clone(), file.text.clone().into_bytes());
            let edit = overlay.edits.entry(path.clone()).or_insert(Edit { path, old, new: Vec::new() });
            edit.new = mended.text.into_bytes();
        }
    }
    lines
}

/// `specs/checkout.slo:3: write `rate` (E0304 unknown-function)`.
fn line(d: &Diagnostic, sources: &Sources) -> String {
    let title = d.fix.as_ref().map_or("", |fix| &fix.title);
    format!("{}: {title} ({} {})\n", sources.place(d.primary.span), d.code.id, d.code.name)
}
