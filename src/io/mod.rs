//! The disk: specs are read through [`Disk`] and [`Git`], and `out/` is written by [`write`](fn@write), all of it or nothing.

mod again;
mod create;
mod disk;
mod failure;
mod files;
mod git;
mod in_place;
mod manifest;
mod ops;
mod patience;
mod place;
mod plan;
mod promtool;
mod pull;
mod replace;
mod rules;
mod server;
mod stamp;
mod swap;
mod tree;
mod trust;
mod watch;

#[cfg(test)]
mod faults;
#[cfg(all(test, unix))]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

pub use again::{Kept, Standing};
pub use create::{create, is_free};
pub use disk::{Disk, read_file};
pub use failure::{Failure, Kind};
pub use files::files_below;
pub use git::{Git, Revision};
pub use patience::patiently;
pub use promtool::{Promtool, Verdict};
pub use pull::{Ask, Progress, pull, write_file};
pub use replace::Edit;
pub use server::Server;
pub use trust::{Trust, stamp};
pub use watch::{Memory, Seen, Watch};

use crate::emit::Artifact;
use crate::emit::grafana_alerts::Earlier;
use ops::{Ops, Real};
use place::{Names, Place};
use plan::Survey;
use swap::Swapped;
use tree::Tree;

/// What a build did to the output directory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// How many files there are, the manifest included.
    pub files: usize,
    /// How many of them are new or have new bytes.
    pub written: usize,
    /// How many files of the build before were deleted.
    pub deleted: usize,
    /// Files of the build before that belong to no spec any more, left because they were edited.
    pub kept: Vec<String>,
    /// Whether an earlier build had been killed and was put in order first.
    pub recovered: bool,
    /// The digest of the manifest, which has those of all other files.
    pub sum: String,
    /// What the file system says of all files, where nobody has written into one since: for [`Standing::of`].
    pub seal: Option<String>,
    /// What could not be tidied up after the new files were in place; the next build tries again.
    pub leftover: Option<Failure>,
}

/// How a file is not what the specs say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// It does not exist.
    Missing,
    /// It is what an earlier build wrote.
    Outdated,
    /// It belongs to no spec any more.
    Extra,
    /// An earlier build wrote it, and something has changed it since.
    Edited,
    /// Something stands in its place that sloc did not write.
    Foreign,
}

impl State {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            State::Missing => "missing",
            State::Outdated => "outdated",
            State::Extra => "extra",
            State::Edited => "edited",
            State::Foreign => "foreign",
        }
    }
}

/// A file that is not what the specs say. Ordered by path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// The file, relative to the output directory.
    pub path: String,
    /// How it differs.
    pub state: State,
    /// The spec line it comes from, or came from; empty for the manifest.
    pub origin: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}  {}", self.state.name(), self.path)?;
        if self.origin.is_empty() { Ok(()) } else { write!(f, "  (from {})", self.origin) }
    }
}

/// Prints files, given the uids of the Grafana rules that the build before has left in the output directory.
pub type Emit<'a> = &'a dyn Fn(&Earlier) -> Vec<Artifact>;

/// What an output directory is to hold.
#[derive(Default)]
pub struct Output<'a> {
    /// Files that are printed already.
    pub files: Vec<Artifact>,
    /// Files of the build before that stay as they are.
    pub kept: Option<Kept>,
    /// What prints those that depend on the rules which the build before has left.
    pub after: Option<Emit<'a>>,
}

/// Makes the directory `out` hold exactly these files, besides those of other people. Either all of it happens
/// or nothing: on an error every file is as it was, and a kill at any moment leaves one whole build (see `swap`, and
/// `in_place` for the file systems where that takes the next build's help).
///
/// Only what changed is written; nothing at all when nothing did. Files that an earlier build wrote and this one does
/// not are deleted when they still have the bytes it wrote. Fails when that would overwrite an edited file or one
/// that sloc did not write, unless `force`; and where another build was faster, and the kept files may be its own.
pub fn write(out: &Path, output: Output<'_>, force: bool) -> Result<Report, Failure> {
    write_with(&Real, out, output, force)
}

fn write_with(ops: &dyn Ops, out: &Path, output: Output<'_>, force: bool) -> Result<Report, Failure> {
    let Output { files, kept, after } = output;
    // What stays has the rules that it had.
    let left = |root: &Path| rules::rule_uids(root, |path| kept.as_ref().is_some_and(|kept| kept.has(path)));
    let earlier = if after.is_some() { left(out) } else { Earlier::new() };
    let last = after.map_or_else(Vec::new, |print| print(&earlier));
    let mut wanted = Wanted::new(files, last, kept.as_ref())?;
    if is_up_to_date(out, &wanted) {
        return Ok(wanted.report(Report::default()));
    }
    let place = Place::open(ops, out)?;
    let mut finish = || {
        let recovered = swap::recover(ops, &place.names)? | in_place::recover(ops, &place.names)?;
        // Another build may have been at work until this one held the directory.
        let root = &place.names.root;
        if kept.as_ref().is_some_and(|kept| recovered || !kept.stand(root)) {
            return Err(Failure::new(Kind::Meanwhile, format!("another build has changed {}", root.display())));
        }
        if let Some(print) = after {
            let now = left(root);
            if now != earlier {
                wanted.artifacts.truncate(wanted.first);
                wanted = Wanted::new(std::mem::take(&mut wanted.artifacts), print(&now), kept.as_ref())?;
            }
        }
        let report = change(ops, &place, &wanted, force)?;
        Ok(wanted.report(Report { recovered, ..report }))
    };
    let finished = finish();
    if finished.is_err() && place.fresh {
        let _ = ops.remove_dir(&place.names.root);
    }
    finished
}

/// What the directory should hold: the artifacts, the files that stay, and the manifest of both.
struct Wanted<'a> {
    artifacts: Vec<Artifact>,
    /// How many of them do not depend on what stood there.
    first: usize,
    kept: Option<&'a Kept>,
    manifest: Artifact,
}

impl<'a> Wanted<'a> {
    /// Fails unless each file stays inside the directory and no two are one: a name that `check` let through by
    /// mistake must not reach the disk.
    fn new(mut artifacts: Vec<Artifact>, last: Vec<Artifact>, kept: Option<&'a Kept>) -> Result<Wanted<'a>, Failure> {
        let first = artifacts.len();
        artifacts.extend(last);
        let mut seen = BTreeSet::from([manifest::PATH]);
        let stays = |path: &str| kept.is_some_and(|kept| kept.has(path));
        for Artifact { path, origin, .. } in &artifacts {
            if !manifest::is_inside(path) {
                let what = format!("{path:?} of {origin} is no path inside the output directory");
                return Err(Failure::new(Kind::Bug, what));
            }
            if !seen.insert(path) || stays(path) {
                return Err(Failure::new(Kind::Bug, format!("{path:?} of {origin} is generated twice")));
            }
        }
        let manifest = manifest::artifact(&artifacts, kept);
        Ok(Wanted { artifacts, first, kept, manifest })
    }

    /// Every file that is printed, the manifest last.
    fn printed(&self) -> Vec<&Artifact> {
        self.artifacts.iter().chain([&self.manifest]).collect()
    }

    /// What was done, with what is there now.
    fn report(&self, done: Report) -> Report {
        let kept = self.kept.map_or(0, |kept| kept.files().len());
        let sum = manifest::digest(self.manifest.body.as_bytes());
        Report { files: self.artifacts.len() + kept + 1, sum, ..done }
    }
}

/// Whether nothing needs to be done, found out without holding the directory. The manifest is asked first: it differs
/// whenever another file does, unless that was edited.
fn is_up_to_date(out: &Path, wanted: &Wanted<'_>) -> bool {
    plan::is_same(out, &wanted.manifest)
        && Names::of(out).is_ok_and(|names| names.are_settled())
        && wanted.artifacts.par_iter().all(|artifact| plan::is_same(out, artifact))
}

/// Brings a directory that is held up to date.
fn change(ops: &dyn Ops, place: &Place, wanted: &Wanted<'_>, force: bool) -> Result<Report, Failure> {
    let root = &place.names.root;
    let mut plan = Survey::take(root, &wanted.printed(), wanted.kept)?.plan(root, force)?;
    let tree = Tree::read(root)?;
    plan.check(root, &tree)?;
    let mut report = Report { written: plan.writes.len(), deleted: plan.stale.len(), ..Report::default() };
    if !plan.is_empty() {
        let swapped = if tree.has_mounts { None } else { swap::apply(ops, place, &plan, &tree).ok() };
        let in_place = || Ok(Swapped { leftover: in_place::apply(ops, place, &plan)?, written: Vec::new() });
        let Swapped { leftover, written } = swapped.map_or_else(in_place, Ok)?;
        let paths = plan.writes.iter().map(|write| write.artifact.path.as_str());
        plan.same.extend(paths.zip(written).filter(|(path, _)| *path != manifest::PATH));
        report.leftover = leftover;
    }
    let known = plan.same.len() == wanted.artifacts.len();
    let seal = known.then(|| again::seal(root, wanted.kept, plan.same)).flatten();
    Ok(Report { kept: plan.kept, seal, ..report })
}

/// The text of one file of the directory `out`; `None` when there is none that can be read.
pub fn text(out: &Path, path: &str) -> Option<String> {
    fs::read_to_string(out.join(path)).ok()
}

/// How the directory `out` differs from what it should be. Writes nothing.
pub fn compare(out: &Path, emit: Emit<'_>) -> Result<Vec<Difference>, Failure> {
    let wanted = Wanted::new(emit(&rules::rule_uids(out, |_| false)), Vec::new(), None)?;
    Ok(Survey::take(out, &wanted.printed(), None)?.differences())
}
