//! File by file, for directories that cannot be swapped: mount points, file systems without links or swaps.
//!
//! All new files and a second name for every old one are put into `out/.sloc` first; then a journal says what is to be
//! done; then it is done, one rename per file. On an error the old files go back. A killed build leaves the journal,
//! and the next one puts the old files back: only here, and only until then, a reader can see files of both builds.

use std::fs::{self, File};
use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::failure::{Doing, Failure, Kind};
use super::manifest::{self, Sha};
use super::ops::Ops;
use super::place::{Names, Place};
use super::plan::{Plan, digest_of};
use super::swap::{make_parents, remove_empty};

/// A change of one file.
#[derive(Serialize, Deserialize)]
struct Step {
    /// The file, relative to the output directory.
    path: String,
    /// The digest of its new bytes; `None` when it is deleted.
    new: Option<Sha>,
    /// Whether something stood there before.
    had: bool,
}

/// Where the parts of the scratch directory stand.
struct Scratch<'a>(&'a Names);

impl Scratch<'_> {
    fn fresh(&self, index: usize) -> PathBuf {
        self.0.scratch.join("new").join(index.to_string())
    }

    fn old(&self, index: usize) -> PathBuf {
        self.0.scratch.join("old").join(index.to_string())
    }

    fn journal(&self) -> PathBuf {
        self.0.scratch.join("journal.json")
    }
}

/// Brings the directory up to date. `Err` says why it could not, with nothing changed; `Ok` holds what is left for
/// the next build to tidy up, if anything.
pub(super) fn apply(ops: &dyn Ops, place: &Place, plan: &Plan) -> Result<Option<Failure>, Failure> {
    let names = &place.names;
    let steps = steps(plan);
    if let Err(failure) = prepare(ops, names, plan, &steps) {
        let _ = ops.remove_tree(&names.scratch);
        return Err(failure);
    }
    let journal = Scratch(names).journal();
    let done = carry_out(ops, names, &steps)
        .and_then(|()| remove_empty(ops, &names.root, &plan.stale))
        .and_then(|()| ops.remove_file(&journal).doing("remove", &journal));
    if let Err(failure) = done {
        return Err(match undo(ops, names, &steps) {
            Ok(()) => failure,
            Err(worse) => failure
                .help(format!("putting back the earlier files failed as well: {worse}; the next build tries again")),
        });
    }
    Ok(ops.remove_tree(&names.scratch).doing("remove", &names.scratch).err())
}

/// Puts back the old files when a build was killed half-way. Says whether there was anything to do.
pub(super) fn recover(ops: &dyn Ops, names: &Names) -> Result<bool, Failure> {
    if fs::symlink_metadata(&names.scratch).is_err() {
        return Ok(false);
    }
    let journal = fs::read(Scratch(names).journal()).ok();
    let steps: Option<Vec<Step>> = journal.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match steps.filter(|steps| steps.iter().all(|step| manifest::is_inside(&step.path))) {
        Some(steps) => undo(ops, names, &steps)?,
        None => ops.remove_tree(&names.scratch).doing("remove", &names.scratch)?,
    }
    Ok(true)
}

/// Deletions first; the manifest comes last, as in the plan.
fn steps(plan: &Plan) -> Vec<Step> {
    let delete = |path: &String| Step { path: path.clone(), new: None, had: true };
    let writes = plan.writes.par_iter().map(|w| Step {
        path: w.artifact.path.clone(),
        new: Some(manifest::digest(w.artifact.body.as_bytes())),
        had: w.replaces,
    });
    let writes: Vec<Step> = writes.collect();
    plan.stale.iter().map(delete).chain(writes).collect()
}

/// Puts everything beside that is needed to go forward or back, then the journal.
fn prepare(ops: &dyn Ops, names: &Names, plan: &Plan, steps: &[Step]) -> Result<(), Failure> {
    let scratch = Scratch(names);
    for dir in [names.scratch.clone(), names.scratch.join("new"), names.scratch.join("old")] {
        ops.make_dir(&dir, None).doing("make the directory", &dir)?;
    }
    steps.iter().enumerate().filter(|(_, step)| step.had).try_for_each(|(i, step)| {
        let (from, to) = (names.root.join(&step.path), scratch.old(i));
        ops.link(&from, &to).or_else(|_| ops.copy(&from, &to)).doing("save", &from)
    })?;
    let written = plan.writes.par_iter().enumerate().map(|(i, write)| {
        let path = scratch.fresh(plan.stale.len() + i);
        let target = names.root.join(&write.artifact.path);
        ops.write_new(&path, write.artifact.body.as_bytes(), write.like.as_ref()).doing("write", &target)?;
        Ok(path)
    });
    let mut written: Vec<PathBuf> = written.collect::<Result<_, Failure>>()?;
    let draft = names.scratch.join("draft.json");
    let text = serde_json::to_vec(steps).map_err(|error| Failure::new(Kind::Bug, error.to_string()))?;
    ops.write_new(&draft, &text, None).doing("write", &draft)?;
    written.push(draft.clone());
    ops.sync(&names.scratch, &written).doing("write", &names.scratch)?;
    ops.rename(&draft, &scratch.journal()).doing("rename", &draft)
}

fn carry_out(ops: &dyn Ops, names: &Names, steps: &[Step]) -> Result<(), Failure> {
    steps.iter().enumerate().try_for_each(|(i, step)| {
        let target = names.root.join(&step.path);
        if step.new.is_none() {
            return ops.remove_file(&target).doing("remove", &target);
        }
        make_parents(ops, &names.root, &step.path)?;
        ops.rename(&Scratch(names).fresh(i), &target).doing("replace", &target)
    })
}

/// Puts the old files back, last step first, then forgets the journal. A file that is neither as it was nor as it was
/// to be has been changed by somebody since, and stays.
fn undo(ops: &dyn Ops, names: &Names, steps: &[Step]) -> Result<(), Failure> {
    let scratch = Scratch(names);
    for (i, step) in steps.iter().enumerate().rev() {
        let target = names.root.join(&step.path);
        let there = File::open(&target).and_then(digest_of).ok();
        if there != step.new {
            continue;
        }
        if step.had {
            make_parents(ops, &names.root, &step.path)?;
            ops.rename(&scratch.old(i), &target).doing("put back", &target)?;
        } else {
            ops.remove_file(&target).doing("remove", &target)?;
        }
    }
    let added: Vec<&String> = steps.iter().filter(|step| !step.had).map(|step| &step.path).collect();
    remove_empty(ops, &names.root, &added)?;
    let journal = scratch.journal();
    if fs::symlink_metadata(&journal).is_ok() {
        ops.remove_file(&journal).doing("remove", &journal)?;
    }
    ops.remove_tree(&names.scratch).doing("remove", &names.scratch)
}
