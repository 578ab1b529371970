//! What stands in a directory, without following any link out of it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::path::Path;

use rayon::prelude::*;

use super::failure::{Doing, Failure};
use super::place::SCRATCH;

/// Everything below a directory, by the path relative to it: parents come before what they hold.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// What stands at each path, in the order of their bytes, which are compared faster than their names one by one.
    pub(super) entries: Vec<(OsString, Entry)>,
    /// Whether another file system is mounted somewhere below.
    pub(super) has_mounts: bool,
}

/// What stands at a path. Numbers are those of the file system: the same number is the same file.
#[derive(Debug)]
pub(super) enum Entry {
    /// A directory with these permissions.
    Dir(Permissions),
    /// A regular file.
    File(u64),
    /// A link, a socket, a pipe, a device.
    Other(u64),
}

/// The directories read at once, each with what stands in it.
type Level = Vec<(OsString, Entry, bool)>;

impl Tree {
    /// Reads the directory at `root`; leaves out the writer's own scratch directory.
    pub(super) fn read(root: &Path) -> Result<Tree, Failure> {
        let device = device(&fs::metadata(root).doing("read", root)?);
        let mut tree = Tree::default();
        let mut open = vec![OsString::new()];
        while !open.is_empty() {
            let level = open.par_iter().map(|dir| read_dir(root, Path::new(dir), device));
            let level = level.collect::<Result<Vec<Level>, Failure>>()?;
            open = Vec::new();
            for (path, entry, is_mount) in level.into_iter().flatten() {
                tree.has_mounts |= is_mount;
                if let Entry::Dir(_) = entry {
                    open.push(path.clone());
                }
                tree.entries.push((path, entry));
            }
        }
        tree.entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(tree)
    }

    /// What stands at a path.
    pub(super) fn get(&self, path: &OsStr) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|(own, _)| own.as_os_str().cmp(path)).ok()?;
        self.entries.get(at).map(|(_, entry)| entry)
    }

    /// Whether a regular file stands at this path, under real directories only.
    pub(super) fn has_file(&self, path: &str) -> bool {
        matches!(self.get(OsStr::new(path)), Some(Entry::File(_)))
    }

    /// The first part of this path's parents that is something other than a directory.
    pub(super) fn obstacle<'a>(&self, path: &'a str) -> Option<&'a Path> {
        let mut above: Vec<&Path> = Path::new(path).ancestors().skip(1).collect();
        above.reverse();
        above.into_iter().find(|p| matches!(self.get(p.as_os_str()), Some(Entry::File(_) | Entry::Other(_))))
    }
}

/// Opens what is surely a directory: nobody waits at a pipe in its place.
#[cfg(unix)]
pub(super) fn open_dir(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::DIRECTORY.bits().cast_signed();
    fs::File::options().read(true).custom_flags(flags).open(path)
}

/// What stands in one directory, and whether another file system begins there.
fn read_dir(root: &Path, dir: &Path, device: u64) -> Result<Level, Failure> {
    let path = root.join(dir);
    let mut level = Level::new();
    for entry in fs::read_dir(&path).doing("read", &path)? {
        let entry = entry.doing("read", &path)?;
        let inner = dir.join(entry.file_name()).into_os_string();
        let kind = entry.file_type().doing("read", &entry.path())?;
        if kind.is_dir() && inner != SCRATCH {
            let meta = entry.metadata().doing("read", &entry.path())?;
            level.push((inner, Entry::Dir(meta.permissions()), self::device(&meta) != device));
        } else if !kind.is_dir() {
            let number = number(&entry);
            level.push((inner, if kind.is_file() { Entry::File(number) } else { Entry::Other(number) }, false));
        }
    }
    Ok(level)
}

#[cfg(unix)]
fn number(entry: &fs::DirEntry) -> u64 {
    std::os::unix::fs::DirEntryExt::ino(entry)
}

#[cfg(not(unix))]
fn number(_entry: &fs::DirEntry) -> u64 {
    0
}

/// A number for the file system something stands on.
#[cfg(unix)]
pub(super) fn device(meta: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(meta)
}

#[cfg(not(unix))]
pub(super) fn device(_meta: &fs::Metadata) -> u64 {
    0
}

/// What tells one file from every other: file system and number on it. `None` where the system has none.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}
