//! What the last build wrote and still stands: looked at, not made again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Report;
use super::manifest::{self, Entry, Manifest};
use super::place::Names;
use super::plan::{digest_of, open_plainly};
use super::rules;
use super::stamp::{self, Stamp};
use crate::maps::IntoMap;

/// The files of an earlier build, which may have been edited since.
#[derive(Debug)]
pub struct Standing {
    out: PathBuf,
    sum: String,
    files: Files,
    /// What is said of all of them, for [`Standing::of`] of later. `None` where something stands there that is no file.
    seal: Option<String>,
}

/// Files in the order of their paths.
type Files = Vec<(String, Found)>;

/// A file of the manifest, and what is there.
#[derive(Debug)]
struct Found {
    entry: Entry,
    /// What was said of it before it was read.
    stamp: Option<Stamp>,
    /// Whether nobody has written into it since it was last read, so that it need not be read.
    is_known: bool,
}

impl Standing {
    /// Those of the build whose manifest has the digest `sum`. `None` when the directory is not as that build left it. They need
    /// not be read where `seal` is that of an earlier look at all of them.
    pub fn of(out: &Path, sum: &str, seal: Option<&str>) -> Option<Standing> {
        let manifest = manifest::parse(&manifest_of(out, sum)?).ok()?;
        let settled = Names::of(out).is_ok_and(|names| names.are_settled());
        let listed: Vec<(String, Entry)> = settled.then(|| manifest.files.into_iter().collect())?;
        let stamps = Stamp::all(out, &listed.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>());
        let found = |((path, entry), stamp)| (path, Found { entry, stamp, is_known: false });
        let files: Files = listed.into_iter().zip(stamps).map(found).collect();
        let said = files.iter().map(|(path, file)| Some((path.as_str(), file.stamp?))).collect::<Option<Vec<_>>>();
        let now = said.map(|said| stamp::seal(&said));
        let is_known = now.is_some() && now.as_deref() == seal;
        let mut standing = Standing { out: out.into(), sum: sum.into(), files, seal: now };
        if is_known {
            standing.know();
        }
        Some(standing)
    }

    /// All files are as they were when they were looked at, or written. But times go in steps: what was written, or changed, in
    /// the last step before may have been once more in it, and is read again.
    fn know(&mut self) {
        let stamps = || self.files.iter().filter_map(|(_, file)| file.stamp);
        let (changed, written) = (stamps().map(|s| s.changed).max(), stamps().map(|s| s.written).max());
        let is_before = |stamp: Stamp| Some(stamp.changed) < changed && Some(stamp.written) < written;
        self.files.iter_mut().for_each(|(_, file)| file.is_known = file.stamp.is_some_and(is_before));
    }

    /// What is there, when each file is as it was written, and nothing else is there that a build must know of.
    pub fn stands(&self) -> Option<Report> {
        // Rules that somebody else has put there are to be told to go.
        let ours = || rules::files(&self.out).iter().all(|path| find(&self.files, path).is_some());
        let (sum, seal) = (&self.sum, &self.seal);
        let report =
            || Report { files: self.files.len() + 1, sum: sum.clone(), seal: seal.clone(), ..Report::default() };
        (self.are_same(&|_| true) && ours()).then(report)
    }

    /// Whether the file at this path is as that build wrote it.
    pub fn holds(&self, path: &str) -> bool {
        find(&self.files, path).is_some_and(|file| self.is_same(path, file))
    }

    /// The files at these paths, which are to stay.
    pub fn keep(self, paths: &BTreeSet<&str>) -> Kept {
        self.split(|path, _| paths.contains(path))
    }

    /// Those that come from the specs `from` is true of, which are to stay. `None` when one is not as it was written.
    pub fn keep_of(self, from: impl Fn(&str) -> bool + Sync) -> Option<Kept> {
        let comes = |file: &Found| file.entry.from.rsplit_once(':').is_some_and(|(spec, _)| from(spec));
        self.are_same(&comes).then(|| self.split(|_, file| comes(file)))
    }

    fn split(self, stays: impl Fn(&str, &Found) -> bool) -> Kept {
        let (files, others): (Files, Files) = self.files.into_iter().partition(|(path, file)| stays(path, file));
        let others = others.into_iter().map(|(path, file)| (path, file.entry)).into_map();
        Kept { sum: self.sum, files, others: Manifest { files: others } }
    }

    /// Whether those files that `which` is true of are as they were written.
    fn are_same(&self, which: &(dyn Fn(&Found) -> bool + Sync)) -> bool {
        self.files.par_iter().all(|(path, file)| !which(file) || self.is_same(path, file))
    }

    fn is_same(&self, path: &str, file: &Found) -> bool {
        file.is_known || digest(&self.out.join(path)).as_ref() == Some(&file.entry.sha256)
    }
}

/// Files of an earlier build that were seen to be as it wrote them.
#[derive(Debug)]
pub struct Kept {
    /// The digest of the manifest that lists them.
    sum: String,
    files: Files,
    /// What else that manifest lists.
    pub(super) others: Manifest,
}

impl Kept {
    /// Whether the directory still is that of the same build.
    pub(super) fn stand(&self, out: &Path) -> bool {
        manifest_of(out, &self.sum).is_some()
    }

    /// Whether the file at this path is one of them.
    pub(super) fn has(&self, path: &str) -> bool {
        find(&self.files, path).is_some()
    }

    /// Their paths, in order, and what the manifest says of each.
    pub(super) fn files(&self) -> impl ExactSizeIterator<Item = (&str, &Entry)> {
        self.files.iter().map(|(path, file)| (path.as_str(), &file.entry))
    }
}

/// What is said of all files of a build now: of those it has kept, and of the others, of which is given what was said when they
/// were read or written. `None` where that is not known, or somebody has written into one since.
pub(super) fn seal(out: &Path, kept: Option<&Kept>, others: Vec<(&str, Option<Stamp>)>) -> Option<String> {
    let kept = kept.map_or(&[][..], |kept| &kept.files);
    let mut before: Vec<(&str, Option<Stamp>)> = others;
    before.extend(kept.iter().map(|(path, file)| (path.as_str(), file.stamp)));
    before.sort_unstable();
    let paths: Vec<&str> = before.iter().map(|(path, _)| *path).collect();
    let same = before.iter().zip(Stamp::all(out, &paths)).map(|((path, before), now)| {
        let (before, now) = ((*before)?, now?);
        now.is_renamed(&before).then_some((*path, now))
    });
    Some(stamp::seal(&same.collect::<Option<Vec<_>>>()?))
}

fn find<'a>(files: &'a [(String, Found)], path: &str) -> Option<&'a Found> {
    let at = files.binary_search_by(|(own, _)| own.as_str().cmp(path)).ok()?;
    files.get(at).map(|(_, file)| file)
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
