//! A project's files with those that are open in the editor in place of those on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::buffer::Buffer;
use crate::io::Disk;
use crate::source::{LoadError, Loader};

/// Files of the disk that were read, until something changes there: nobody wants the disk read at every keystroke.
pub(super) type Kept = Mutex<BTreeMap<String, Result<Vec<u8>, LoadError>>>;

/// The files of one program.
pub(super) struct Overlay<'a> {
    root: &'a Path,
    specs: &'a Path,
    disk: &'a Disk,
    buffers: &'a BTreeMap<PathBuf, Buffer>,
    kept: &'a Kept,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(
        root: &'a Path,
        specs: &'a Path,
        disk: &'a Disk,
        buffers: &'a BTreeMap<PathBuf, Buffer>,
        kept: &'a Kept,
    ) -> Overlay<'a> {
        Overlay { root, specs, disk, buffers, kept }
    }

    /// A spec that is open and belongs to the program, whether or not it was ever saved.
    fn is_open_spec(&self, path: &Path) -> bool {
        let specs = self.root.join(self.specs);
        path == specs || path.starts_with(&specs) && path.extension() == Some(OsStr::new("slo"))
    }
}

impl Loader for Overlay<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        let open = self.buffers.keys().filter(|path| self.is_open_spec(path));
        let inside = |path: &PathBuf| Some(path.strip_prefix(self.root).ok()?.to_str()?.replace('\\', "/"));
        let all: BTreeSet<String> = open.filter_map(inside).chain(self.disk.specs().iter().cloned()).collect();
        Ok(all.into_iter().collect())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        if let Some(buffer) = self.buffers.get(&self.root.join(path)) {
            return Ok(buffer.text.clone().into_bytes());
        }
        // A poisoned lock holds a whole map: entries are inserted in one step.
        let kept = || self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = kept().get(path) {
            return known.clone();
        }
        let loaded = self.disk.load(path);
        kept().insert(path.to_string(), loaded.clone());
        loaded
    }
}
