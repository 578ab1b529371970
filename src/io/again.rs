//! What the last build wrote and still stands: looked at, not made again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::manifest::{self, Entry};
use super::place::Names;
use super::plan::{digest_of, open_plainly};
use super::rules;

/// The number of files of the build whose manifest has this digest, when the directory `out` holds each of them as it was
/// written, and nothing else that a build must know of. `None` when that is not so, or cannot be said.
pub fn holds(out: &Path, sum: &str) -> Option<usize> {
    let standing = Standing::of(out, sum)?;
    let same = || standing.files.par_iter().all(|(path, entry)| standing.is_same(path, entry));
    // Rules that somebody else has put there are to be told to go.
    let ours = || rules::files(out).iter().all(|path| standing.files.contains_key(path));
    (same() && ours()).then_some(standing.files.len() + 1)
}

/// The files of an earlier build, which may have been edited since.
#[derive(Debug)]
pub struct Standing {
    out: PathBuf,
    sum: String,
    files: BTreeMap<String, Entry>,
}

impl Standing {
    /// Those of the build whose manifest has this digest. `None` when the directory is not as that build left it.
    pub fn of(out: &Path, sum: &str) -> Option<Standing> {
        let manifest = manifest::parse(&manifest_of(out, sum)?).ok()?;
        let settled = Names::of(out).is_ok_and(|names| names.are_settled());
        settled.then(|| Standing { out: out.into(), sum: sum.into(), files: manifest.files })
    }

    /// Whether the file at this path is as that build wrote it.
    pub fn holds(&self, path: &str) -> bool {
        self.files.get(path).is_some_and(|entry| self.is_same(path, entry))
    }

    /// The files at these paths, which are to stay.
    pub fn keep(mut self, paths: &BTreeSet<&str>) -> Kept {
        self.files.retain(|path, _| paths.contains(path.as_str()));
        Kept { sum: self.sum, files: self.files }
    }

    /// Those that come from the specs `from` is true of, which are to stay. `None` when one is not as it was written.
    pub fn keep_of(mut self, from: impl Fn(&str) -> bool) -> Option<Kept> {
        self.files.retain(|_, entry| entry.from.rsplit_once(':').is_some_and(|(spec, _)| from(spec)));
        let same = self.files.par_iter().all(|(path, entry)| self.is_same(path, entry));
        same.then_some(Kept { sum: self.sum, files: self.files })
    }

    fn is_same(&self, path: &str, entry: &Entry) -> bool {
        digest(&self.out.join(path)).as_ref() == Some(&entry.sha256)
    }
}

/// Files of an earlier build that were seen to be as it wrote them.
#[derive(Debug)]
pub struct Kept {
    /// The digest of the manifest that lists them.
    sum: String,
    files: BTreeMap<String, Entry>,
}

impl Kept {
    /// Whether the directory still is that of the same build.
    pub(super) fn stand(&self, out: &Path) -> bool {
        manifest_of(out, &self.sum).is_some()
    }

    /// Whether the file at this path is one of them.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Their paths and what the manifest says of each.
    pub(super) fn files(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.files.iter()
    }
}

/// The manifest, if it is the one with this digest.
fn manifest_of(out: &Path, sum: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    plain(&out.join(manifest::PATH))?.read_to_end(&mut bytes).ok()?;
    (manifest::digest(&bytes) == sum).then_some(bytes)
}

/// The digest of a plain file.
fn digest(path: &Path) -> Option<String> {
    digest_of(plain(path)?).ok()
}

/// Opens what is surely a file, and no link to one.
fn plain(path: &Path) -> Option<File> {
    open_plainly(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()))
}
