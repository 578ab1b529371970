//! The whole tree at once: a new tree is staged beside the output directory and swapped with it in one system call.
//!
//! 1. *Stage.* `.out.sloc` gets every file: new ones written, all others, also those of other people, linked.
//! 2. *Swap.* `out` is the new tree, whole. The original directory is now `.out.sloc`.
//! 3. *Catch up.* The original gets the new files too, one rename each.
//! 4. *Swap back*, and remove the staged tree.
//!
//! Steps 3 and 4 keep the directory itself the same: a container that has mounted it, a shell that stands in it and a
//! program that watches it go on seeing it. Whoever reads by path sees one whole build at every moment, and so does
//! whoever comes after a kill. `.out.sloc-staging` and `.out.sloc-leaving` tell the next build how far this one came.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::failure::{Doing, Failure};
use super::manifest::{self, Manifest};
use super::ops::Ops;
use super::place::{self, Names, Place};
use super::plan::{Plan, digest_of};
use super::stamp::Stamp;
use super::tree::{Entry, Tree, identity};

/// What was done.
pub(super) struct Swapped {
    /// What is left for the next build to tidy up, if anything.
    pub(super) leftover: Option<Failure>,
    /// What was said of each file that the plan writes, before anybody else could see them.
    pub(super) written: Vec<Option<Stamp>>,
}

/// Brings the directory up to date. `Err` says why it could not, with nothing changed.
pub(super) fn apply(ops: &dyn Ops, place: &Place, plan: &Plan, tree: &Tree) -> Result<Swapped, Failure> {
    let names = &place.names;
    // A directory that this build has just made is known to nobody, so a new one may simply take its place.
    let replace_for_good = place.fresh && tree.entries.is_empty();
    let staged = stage(ops, names, plan, tree);
    let _held = place::hold(&names.stage);
    let changed: Vec<&str> = plan.writes.iter().map(|w| w.artifact.path.as_str()).collect();
    let written = Stamp::all(&names.stage, &changed);
    let switched = staged.and_then(|()| {
        let (new, old) = (&names.stage, &names.root);
        if replace_for_good { ops.rename(new, old) } else { ops.exchange(new, old) }.doing("replace", old)
    });
    if let Err(failure) = switched {
        let _ = ops.remove_tree(&names.stage);
        let _ = ops.remove_file(&names.staging);
        return Err(failure);
    }
    let finished = match replace_for_good {
        true => ops.remove_file(&names.staging).doing("remove", &names.staging),
        false => finish(ops, names, &changed, &plan.stale),
    };
    Ok(Swapped { leftover: finished.err(), written })
}

/// Puts in order what a killed build left behind. Says whether there was anything.
pub(super) fn recover(ops: &dyn Ops, names: &Names) -> Result<bool, Failure> {
    let _held = place::hold(&names.stage);
    let leaving = fs::symlink_metadata(&names.leaving).is_ok();
    let note = [&names.leaving, &names.staging].into_iter().find_map(|path| fs::read_to_string(path).ok());
    if fs::symlink_metadata(&names.stage).is_ok() {
        let switched = note.is_some() && note == own_name(&names.root);
        match manifest_of(&names.root).filter(|_| switched) {
            Some(new) => catch_up_later(ops, names, &new)?,
            None if leaving => retire(ops, names)?,
            None => ops.remove_tree(&names.stage).doing("remove", &names.stage)?,
        }
    }
    for path in [&names.staging, &names.leaving] {
        if fs::symlink_metadata(path).is_ok() {
            ops.remove_file(path).doing("remove", path)?;
        }
    }
    Ok(note.is_some())
}

/// Step 1: a whole tree beside the output directory.
fn stage(ops: &dyn Ops, names: &Names, plan: &Plan, tree: &Tree) -> Result<(), Failure> {
    let stage = &names.stage;
    let like = fs::metadata(&names.root).doing("read", &names.root)?.permissions();
    ops.make_dir(stage, Some(&like)).doing("make the directory", stage)?;
    let note = own_name(stage).unwrap_or_default();
    ops.write_new(&names.staging, note.as_bytes(), None).doing("write", &names.staging)?;
    let replaced = plan.writes.iter().map(|w| OsStr::new(&w.artifact.path));
    let gone: BTreeSet<&OsStr> = replaced.chain(plan.stale.iter().map(OsStr::new)).collect();
    for (path, entry) in &tree.entries {
        if let Entry::Dir(like) = entry {
            ops.make_dir(&stage.join(path), Some(like)).doing("make the directory", &stage.join(path))?;
        }
    }
    let stays =
        |(path, entry): &&(OsString, Entry)| !matches!(entry, Entry::Dir(_)) && !gone.contains(path.as_os_str());
    let kept: Vec<&Path> = tree.entries.iter().filter(stays).map(|(path, _)| Path::new(path)).collect();
    kept.par_chunk_by(|a, b| a.parent() == b.parent()).try_for_each(|files| {
        let dir = files.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        let files: Vec<&OsStr> = files.iter().filter_map(|file| file.file_name()).collect();
        ops.link_all(&names.root.join(dir), &stage.join(dir), &files).doing("link into", &stage.join(dir))
    })?;
    remove_empty(ops, stage, &plan.stale)?;
    write_all(ops, stage, plan)
}

/// The new files of a staged tree, on disk for good.
fn write_all(ops: &dyn Ops, stage: &Path, plan: &Plan) -> Result<(), Failure> {
    plan.writes.iter().try_for_each(|write| make_parents(ops, stage, &write.artifact.path))?;
    let paths = plan.writes.par_iter().map(|write| {
        let path = stage.join(&write.artifact.path);
        ops.write_new(&path, write.artifact.body.as_bytes(), write.like.as_ref()).doing("write", &path)?;
        Ok(path)
    });
    let paths: Vec<PathBuf> = paths.collect::<Result<_, Failure>>()?;
    ops.sync(stage, &paths).doing("write", stage)
}

/// Steps 3 and 4.
fn finish<S: AsRef<str>, T: AsRef<str>>(
    ops: &dyn Ops,
    names: &Names,
    changed: &[S],
    stale: &[T],
) -> Result<(), Failure> {
    let original = &names.stage;
    for path in stale.iter().map(|path| original.join(path.as_ref())).filter(|path| path.is_file()) {
        ops.remove_file(&path).doing("remove", &path)?;
    }
    remove_empty(ops, original, stale)?;
    let new = original.join(".sloc-new");
    if fs::symlink_metadata(&new).is_ok() {
        ops.remove_file(&new).doing("remove", &new)?;
    }
    for path in changed {
        let path = path.as_ref();
        make_parents(ops, original, path)?;
        ops.link(&names.root.join(path), &new).doing("link", &new)?;
        ops.rename(&new, &original.join(path)).doing("replace", &original.join(path))?;
    }
    if fs::symlink_metadata(&names.leaving).is_err() {
        ops.rename(&names.staging, &names.leaving).doing("rename", &names.staging)?;
    }
    ops.exchange(original, &names.root).doing("replace", &names.root)?;
    retire(ops, names)?;
    ops.remove_file(&names.leaving).doing("remove", &names.leaving)
}

/// Step 3 and 4 of a build that was killed: what it had still to do is told by the two manifests.
fn catch_up_later(ops: &dyn Ops, names: &Names, new: &Manifest) -> Result<(), Failure> {
    let differs = |path: &&str| identity(&names.root.join(path)) != identity(&names.stage.join(path));
    let changed: Vec<&str> = new.files.keys().map(String::as_str).chain([manifest::PATH]).filter(differs).collect();
    let old = manifest_of(&names.stage).unwrap_or_default();
    let tree = Tree::read(&names.stage)?;
    // Those that are gone already still count: the directories above them may not be.
    let may_go = |path: &str, sha: &str| match tree.get(OsStr::new(path)) {
        None => true,
        Some(Entry::File(_)) => File::open(names.stage.join(path)).and_then(digest_of).is_ok_and(|there| there == sha),
        Some(_) => false,
    };
    let listed = old.files.iter().filter(|(path, _)| !new.files.contains_key(*path));
    let stale: Vec<&String> =
        listed.filter(|(path, entry)| may_go(path, &entry.sha256)).map(|(path, _)| path).collect();
    finish(ops, names, &changed, &stale)
}

/// Removes the staged tree after it has stood in. A file that is not the same one as in the output directory was put
/// there by somebody else meanwhile, and moves over first.
fn retire(ops: &dyn Ops, names: &Names) -> Result<(), Failure> {
    let (staged, home) = rayon::join(|| Tree::read(&names.stage), || Tree::read(&names.root));
    let (staged, home) = (staged?, home?);
    for (path, entry) in &staged.entries {
        let (from, to) = (names.stage.join(path), names.root.join(path));
        match (entry, home.get(path)) {
            (Entry::Dir(_), Some(Entry::Dir(_))) => {}
            (Entry::Dir(like), _) => ops.make_dir(&to, Some(like)).doing("make the directory", &to)?,
            (Entry::File(here) | Entry::Other(here), Some(Entry::File(there) | Entry::Other(there)))
                if here == there => {}
            _ if identity(&from) == identity(&to) => {}
            _ => ops.rename(&from, &to).doing("move", &from)?,
        }
    }
    ops.remove_tree(&names.stage).doing("remove", &names.stage)
}

/// What tells a directory from every other, as text.
fn own_name(path: &Path) -> Option<String> {
    identity(path).map(|(device, number)| format!("{device} {number}\n"))
}

fn manifest_of(root: &Path) -> Option<Manifest> {
    manifest::parse(&fs::read(root.join(manifest::PATH)).ok()?).ok()
}

/// Makes the directories above a path relative to `root`.
pub(super) fn make_parents(ops: &dyn Ops, root: &Path, path: &str) -> Result<(), Failure> {
    let mut missing: Vec<PathBuf> =
        Path::new(path).ancestors().skip(1).map(|p| root.join(p)).take_while(|p| !p.is_dir()).collect();
    while let Some(dir) = missing.pop() {
        ops.make_dir(&dir, None).doing("make the directory", &dir)?;
    }
    Ok(())
}

/// Removes the directories above these files that are empty without them.
pub(super) fn remove_empty<S: AsRef<str>>(ops: &dyn Ops, root: &Path, files: &[S]) -> Result<(), Failure> {
    let dirs: BTreeSet<&Path> = files.iter().flat_map(|f| Path::new(f.as_ref()).ancestors().skip(1)).collect();
    // Deepest first; the system refuses to remove one that holds anything.
    for dir in dirs.into_iter().rev().filter(|dir| !dir.as_os_str().is_empty()).map(|dir| root.join(dir)) {
        match ops.remove_dir(&dir) {
            Err(e)
                if !matches!(
                    e.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists | ErrorKind::NotFound
                ) =>
            {
                return Err(Failure::system("remove", &dir, &e));
            }
            _ => {}
        }
    }
    Ok(())
}
