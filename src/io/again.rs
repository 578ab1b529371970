//! Whether a directory still holds one build: looked at, not made again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use super::manifest::{self, Entry};
use super::place::Names;
use super::plan::{digest_of, open_plainly};
use super::rules;
use crate::emit::Artifact;

/// The number of files of the build whose manifest has this digest, when the directory `out` holds each of them as it was
/// written, and nothing else that a build must know of. `None` when that is not so, or cannot be said.
pub fn holds(out: &Path, sum: &str) -> Option<usize> {
    let files = manifest_of(out, sum)?;
    let settled = Names::of(out).is_ok_and(|names| names.are_settled());
    let same = || files.par_iter().all(|(path, entry)| digest(&out.join(path)).as_ref() == Some(&entry.sha256));
    // Rules that somebody else has put there are to be told to go.
    let ours = || rules::files(out).iter().all(|path| files.contains_key(path));
    (settled && same() && ours()).then_some(files.len() + 1)
}

/// The files of that build which come from the specs that `from` is true of. `None` when one is not as it was written.
pub fn standing(out: &Path, sum: &str, from: &(dyn Fn(&str) -> bool + Sync)) -> Option<Vec<Artifact>> {
    let files = manifest_of(out, sum)?.into_par_iter();
    let wanted = files.filter(|(_, entry)| entry.from.rsplit_once(':').is_some_and(|(spec, _)| from(spec)));
    let read = wanted.map(|(path, entry)| {
        let mut body = String::new();
        plain(&out.join(&path))?.read_to_string(&mut body).ok()?;
        let same = manifest::digest(body.as_bytes()) == entry.sha256;
        same.then_some(Artifact { path, body, origin: entry.from })
    });
    read.collect()
}

/// The files that the manifest lists, if it is the one with this digest.
fn manifest_of(out: &Path, sum: &str) -> Option<BTreeMap<String, Entry>> {
    let mut bytes = Vec::new();
    plain(&out.join(manifest::PATH))?.read_to_end(&mut bytes).ok()?;
    manifest::parse(&bytes).ok().filter(|_| manifest::digest(&bytes) == sum).map(|manifest| manifest.files)
}

/// The digest of a plain file.
fn digest(path: &Path) -> Option<String> {
    digest_of(plain(path)?).ok()
}

/// Opens what is surely a file, and no link to one.
fn plain(path: &Path) -> Option<File> {
    open_plainly(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()))
}
