//! Every way the writer changes a disk, as one list: the tests count these and fail or stop at each of them.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

#[cfg(unix)]
use super::tree::open_dir;

/// The changing operations. Each is one system call or leaves something only the writer's own scratch space holds.
pub(super) trait Ops: Sync {
    /// Makes a directory that can be written into; else with the permissions of `like`.
    fn make_dir(&self, path: &Path, like: Option<&Permissions>) -> io::Result<()>;
    /// Writes a file that does not exist yet.
    fn write_new(&self, path: &Path, bytes: &[u8], like: Option<&Permissions>) -> io::Result<()>;
    /// Gives the file `from` the second name `to`.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives these files of the directory `from` the same names in the directory `to`, which is the writer's own.
    fn link_all(&self, from: &Path, to: &Path, names: &[&OsStr]) -> io::Result<()>;
    /// Copies the file `from` to the new file `to`.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames, replacing a file, or an empty directory by a directory.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Swaps two names in one step.
    fn exchange(&self, a: &Path, b: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory of the writer's own and all in it; following no links.
    fn remove_tree(&self, path: &Path) -> io::Result<()>;
    /// Returns when these files, all below `dir`, would outlive a power cut.
    fn sync(&self, dir: &Path, files: &[PathBuf]) -> io::Result<()>;
}

/// The real disk.
pub(super) struct Real;

impl Ops for Real {
    fn make_dir(&self, path: &Path, like: Option<&Permissions>) -> io::Result<()> {
        dir_builder(like).create(path)
    }

    fn write_new(&self, path: &Path, bytes: &[u8], like: Option<&Permissions>) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        if let Some(permissions) = like {
            file.set_permissions(permissions.clone())?;
        }
        file.write_all(bytes)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn link_all(&self, from: &Path, to: &Path, names: &[&OsStr]) -> io::Result<()> {
        link_all(from, to, names)
    }

    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut source = File::open(from)?;
        let mut target = OpenOptions::new().write(true).create_new(true).open(to)?;
        target.set_permissions(source.metadata()?.permissions())?;
        io::copy(&mut source, &mut target).map(|_| ())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        exchange(a, b)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        remove_tree(path)
    }

    fn sync(&self, dir: &Path, files: &[PathBuf]) -> io::Result<()> {
        if files.len() > SYNC_EACH && sync_all_below(dir).is_ok() {
            return Ok(());
        }
        files.par_iter().try_for_each(|path| File::open(path)?.sync_data())
    }
}

/// Each directory is looked up once: that is most of the time.
#[cfg(unix)]
fn link_all(from: &Path, to: &Path, names: &[&OsStr]) -> io::Result<()> {
    use rustix::fs::{AtFlags, linkat};
    let (from, to) = (open_dir(from)?, open_dir(to)?);
    names.iter().try_for_each(|name| Ok(linkat(&from, *name, &to, *name, AtFlags::empty())?))
}

#[cfg(not(unix))]
fn link_all(from: &Path, to: &Path, names: &[&OsStr]) -> io::Result<()> {
    names.iter().try_for_each(|name| fs::hard_link(from.join(name), to.join(name)))
}

/// `fs::remove_dir_all`, with the directories two levels down removed in parallel. Links are removed, not followed.
fn remove_tree(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        let below = subdirectories(path)?;
        let below: Vec<PathBuf> = below.iter().map(|p| subdirectories(p)).collect::<io::Result<Vec<_>>>()?.concat();
        below.par_iter().try_for_each(fs::remove_dir_all)?;
    }
    fs::remove_dir_all(path)
}

fn subdirectories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(unix)]
fn dir_builder(like: Option<&Permissions>) -> fs::DirBuilder {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let mut builder = fs::DirBuilder::new();
    if let Some(permissions) = like {
        builder.mode(permissions.mode() | 0o700);
    }
    builder
}

#[cfg(not(unix))]
fn dir_builder(_like: Option<&Permissions>) -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// `renameat2(RENAME_EXCHANGE)` on Linux, `renameatx_np(RENAME_SWAP)` on macOS.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_a: &Path, _b: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Up to so many files are synced one by one, which waits for nobody else's data. More go by one `syncfs`:
/// ten thousand single calls take minutes on a slow disk.
const SYNC_EACH: usize = 256;

#[cfg(target_os = "linux")]
fn sync_all_below(dir: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(dir)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all_below(_dir: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
