//! New bytes for files of the user's own, such as specs that are formatted: each file is the old one or the new one at
//! any moment, whoever reads it and whatever is killed.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::failure::{Doing, Failure, Kind};
use super::ops::Ops;

/// New bytes for a file that exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The file, relative to the project.
    pub path: String,
    /// What it held when the edit was made.
    pub old: Vec<u8>,
    /// What it is to hold.
    pub new: Vec<u8>,
}

/// Gives the files below `root` their new bytes, with the permissions they have. New files are first written beside
/// all the old ones and then renamed, so that most that can go wrong goes wrong before anything is changed.
pub(super) fn replace(ops: &dyn Ops, root: &Path, edits: &[Edit]) -> Result<(), Failure> {
    let written: Vec<Result<Draft<'_>, Failure>> = edits.par_iter().map(|edit| Draft::write(ops, root, edit)).collect();
    let (drafts, failures): (Vec<_>, Vec<_>) = written.into_iter().partition(Result::is_ok);
    let drafts: Vec<Draft<'_>> = drafts.into_iter().flatten().collect();
    let paths: Vec<PathBuf> = drafts.iter().map(|draft| draft.beside.clone()).collect();
    let ready = match failures.into_iter().find_map(Result::err) {
        Some(failure) => Err(failure),
        None => ops.sync(root, &paths).doing("write below", root),
    };
    let done = ready.and_then(|()| drafts.par_iter().try_for_each(|draft| draft.finish(ops)));
    if done.is_err() {
        // Those that were renamed have no draft any more.
        paths.iter().for_each(|path| drop(ops.remove_file(path)));
    }
    done
}

/// A new file beside the old one.
struct Draft<'a> {
    edit: &'a Edit,
    target: PathBuf,
    beside: PathBuf,
}

impl<'a> Draft<'a> {
    fn write(ops: &dyn Ops, root: &Path, edit: &'a Edit) -> Result<Draft<'a>, Failure> {
        let named = root.join(&edit.path);
        let target = fs::canonicalize(&named).doing("find", &named)?;
        if !target.starts_with(root) {
            return Err(Failure::new(Kind::Usage, format!("{} lies outside the project", named.display())));
        }
        let metadata = fs::metadata(&target).doing("read", &target)?;
        if metadata.permissions().readonly() {
            let message = format!("{} is read-only", named.display());
            return Err(Failure::new(Kind::Machine, message).help("no file was changed"));
        }
        let beside = write_beside(ops, &target, &edit.new, &metadata)?;
        let draft = Draft { edit, target, beside };
        keep_owner(&draft.beside, &metadata);
        Ok(draft)
    }

    /// Puts the new file in the place of the old one, unless that was changed meanwhile.
    fn finish(&self, ops: &dyn Ops) -> Result<(), Failure> {
        if fs::read(&self.target).doing("read", &self.target)? != self.edit.old {
            let message = format!("{} was changed by somebody else just now", self.target.display());
            return Err(Failure::new(Kind::Edited, message).help("it is as they left it; run it again"));
        }
        ops.rename(&self.beside, &self.target).doing("replace", &self.target)
    }
}

/// How many drafts of one file may lie about, left by killed processes.
const DRAFTS: usize = 100;

/// Writes a new file beside the old one, by a hidden name that no search for specs finds and nobody else uses.
fn write_beside(ops: &dyn Ops, target: &Path, bytes: &[u8], old: &Metadata) -> Result<PathBuf, Failure> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let permissions = old.permissions();
    let mut number = 0;
    loop {
        let path = target.with_file_name(format!(".{name}.sloc-{number}"));
        number += 1;
        match ops.write_new(&path, bytes, Some(&permissions)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < DRAFTS => {}
            Err(error) => {
                if error.kind() != ErrorKind::AlreadyExists {
                    let _ = ops.remove_file(&path);
                }
                return Err(Failure::system("write", &path, &error));
            }
            Ok(()) => return Ok(path),
        }
    }
}

#[cfg(not(unix))]
fn keep_owner(_path: &Path, _metadata: &Metadata) {}

/// Gives the new file the owner of the old one, where the system lets us: only the administrator may give files away.
#[cfg(unix)]
fn keep_owner(path: &Path, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let differs = |new: &Metadata| (new.uid(), new.gid()) != (metadata.uid(), metadata.gid());
    if let Ok(file) = File::open(path)
        && file.metadata().is_ok_and(|new| differs(&new))
    {
        let _ = fchown(&file, Some(metadata.uid()), Some(metadata.gid()));
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::io::ops::Real;

    fn edit(path: &str, old: &str, new: &str) -> Edit {
        Edit { path: path.into(), old: old.into(), new: new.into() }
    }

    fn project() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let root = fs::canonicalize(dir.path()).expect("a path");
        for name in ["a.slo", "b.slo"] {
            fs::write(root.join(name), name).expect("written");
        }
        (dir, root)
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root).expect("a directory").map(|e| e.expect("an entry").file_name());
        let mut names: Vec<String> = entries.map(|n| n.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_link_stays_one() {
        let (_dir, root) = project();
        fs::set_permissions(root.join("a.slo"), fs::Permissions::from_mode(0o640)).expect("set");
        std::os::unix::fs::symlink("a.slo", root.join("link.slo")).expect("linked");
        replace(&Real, &root, &[edit("link.slo", "a.slo", "new")]).expect("replaced");
        assert_eq!(fs::read_to_string(root.join("a.slo")).expect("read"), "new");
        assert_eq!(fs::metadata(root.join("a.slo")).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(root.join("link.slo")).expect("there").is_symlink());
        assert_eq!(names(&root), ["a.slo", "b.slo", "link.slo"]);
    }

    #[test]
    fn the_draft_of_a_killed_process_is_nobodys_way() {
        let (_dir, root) = project();
        fs::write(root.join(".a.slo.sloc-0"), "half").expect("written");
        replace(&Real, &root, &[edit("a.slo", "a.slo", "new")]).expect("replaced");
        assert_eq!(fs::read_to_string(root.join("a.slo")).expect("read"), "new");
        assert_eq!(names(&root), [".a.slo.sloc-0", "a.slo", "b.slo"]);
    }

    #[test]
    fn nothing_is_changed_when_one_file_cannot_be_written() {
        let (_dir, root) = project();
        fs::set_permissions(root.join("b.slo"), fs::Permissions::from_mode(0o444)).expect("set");
        let edits = [edit("a.slo", "a.slo", "x"), edit("b.slo", "b.slo", "x")];
        assert_eq!(replace(&Real, &root, &edits).expect_err("read-only").kind, Kind::Machine);
        assert_eq!(fs::read_to_string(root.join("a.slo")).expect("read"), "a.slo");
        assert_eq!(names(&root), ["a.slo", "b.slo"]);
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_to_who_changed_it() {
        let (_dir, root) = project();
        let failure = replace(&Real, &root, &[edit("a.slo", "what it was", "x")]).expect_err("changed");
        assert_eq!(failure.kind, Kind::Edited);
        assert_eq!(fs::read_to_string(root.join("a.slo")).expect("read"), "a.slo");
        assert_eq!(names(&root), ["a.slo", "b.slo"]);
    }

    #[test]
    fn a_link_out_of_the_project_is_not_followed() {
        let (_dir, root) = project();
        let other = tempfile::NamedTempFile::new().expect("a file");
        std::os::unix::fs::symlink(other.path(), root.join("out.slo")).expect("linked");
        assert_eq!(replace(&Real, &root, &[edit("out.slo", "", "x")]).expect_err("outside").kind, Kind::Usage);
        assert_eq!(fs::read(other.path()).expect("read"), b"");
    }
}
