//! What stands in a directory, without following any link out of it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::path::{Path, PathBuf};

use super::failure::{Doing, Failure};
use super::place::SCRATCH;

/// Everything below a directory, by the path relative to it: parents come before what they hold.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// What stands at each path.
    pub(super) entries: BTreeMap<PathBuf, Entry>,
    /// Whether another file system is mounted somewhere below.
    pub(super) has_mounts: bool,
}

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Entry {
    /// A directory with these permissions.
    Dir(Permissions),
    /// A regular file.
    File,
    /// A link, a socket, a pipe, a device.
    Other,
}

impl Tree {
    /// Reads the directory at `root`; leaves out the writer's own scratch directory.
    pub(super) fn read(root: &Path) -> Result<Tree, Failure> {
        let device = device(&fs::metadata(root).doing("read", root)?);
        let mut tree = Tree::default();
        let mut open = vec![PathBuf::new()];
        while let Some(dir) = open.pop() {
            let path = root.join(&dir);
            for entry in fs::read_dir(&path).doing("read", &path)? {
                let entry = entry.doing("read", &path)?;
                let inner = dir.join(entry.file_name());
                let kind = entry.file_type().doing("read", &entry.path())?;
                if kind.is_dir() && inner.as_os_str() != SCRATCH {
                    let meta = entry.metadata().doing("read", &entry.path())?;
                    tree.has_mounts |= self::device(&meta) != device;
                    open.push(inner.clone());
                    tree.entries.insert(inner, Entry::Dir(meta.permissions()));
                } else if !kind.is_dir() {
                    tree.entries.insert(inner, if kind.is_file() { Entry::File } else { Entry::Other });
                }
            }
        }
        Ok(tree)
    }

    /// Whether a regular file stands at this path, under real directories only.
    pub(super) fn has_file(&self, path: &str) -> bool {
        matches!(self.entries.get(Path::new(path)), Some(Entry::File))
    }

    /// The first part of this path's parents that is something other than a directory.
    pub(super) fn obstacle<'a>(&self, path: &'a str) -> Option<&'a Path> {
        let mut above: Vec<&Path> = Path::new(path).ancestors().skip(1).collect();
        above.reverse();
        above.into_iter().find(|p| matches!(self.entries.get(*p), Some(Entry::File | Entry::Other)))
    }
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
