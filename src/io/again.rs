//! Whether a directory still holds one build: looked at, not made again.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use super::manifest::{self, Manifest};
use super::place::Names;
use super::plan::{digest_of, open_plainly};
use super::rules;

/// The number of files of the build whose manifest has this digest, when the directory `out` holds each of them as it was
/// written, and nothing else that a build must know of. `None` when that is not so, or cannot be said.
pub fn holds(out: &Path, sum: &str) -> Option<usize> {
    let mut bytes = Vec::new();
    plain(&out.join(manifest::PATH))?.read_to_end(&mut bytes).ok()?;
    let Manifest { files } = manifest::parse(&bytes).ok().filter(|_| manifest::digest(&bytes) == sum)?;
    let settled = Names::of(out).is_ok_and(|names| names.are_settled());
    let same = || files.par_iter().all(|(path, entry)| digest(&out.join(path)).as_ref() == Some(&entry.sha256));
    // Rules that somebody else has put there are to be told to go.
    let ours = || rules::files(out).iter().all(|path| files.contains_key(path));
    (settled && same() && ours()).then_some(files.len() + 1)
}

fn digest(path: &Path) -> Option<String> {
    digest_of(plain(path)?).ok()
}

/// Opens what is surely a file, and no link to one.
fn plain(path: &Path) -> Option<File> {
    open_plainly(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()))
}
