//! What stands on disk against what should: which files to write, which to delete, which are somebody else's.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Seek};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::again::Kept;
use super::failure::{Doing, Failure, Kind};
use super::manifest::{self, Manifest, Sha};
use super::stamp::Stamp;
use super::tree::{Entry, Tree};
use super::{Difference, State};
use crate::emit::Artifact;
use crate::units::hex;

/// What stands where a file belongs.
enum Found {
    /// These very bytes; what was said of the file before it was read.
    Same(Option<Stamp>),
    /// Nothing.
    Missing,
    /// A file of other bytes.
    Differs(Sha, Permissions),
    /// A directory, a link or something stranger.
    NotAFile,
}

/// What stands on disk where each file belongs.
pub(super) struct Survey<'a> {
    files: Vec<(&'a Artifact, Found)>,
    /// The manifest of the build before; `Err` says why what stands there is none.
    old: Result<Manifest, String>,
    /// What the build before wrote and this one does not, with the spec line it came from.
    extra: Vec<Extra>,
}

/// A file that was written by the build before and belongs to this one no more.
struct Extra {
    path: String,
    from: String,
    edited: bool,
}

/// Whether the file at this place has exactly these bytes.
pub(super) fn is_same(root: &Path, artifact: &Artifact) -> bool {
    let bytes = artifact.body.as_bytes();
    let same = open_plainly(&root.join(&artifact.path)).and_then(|mut file| {
        let meta = file.metadata()?;
        is_there(&mut file, &meta, bytes)
    });
    same.unwrap_or(false)
}

impl<'a> Survey<'a> {
    /// Compares every file below `root`, which may not exist, with what it should be; those that are `kept` have been.
    pub(super) fn take(root: &Path, wanted: &[&'a Artifact], kept: Option<&Kept>) -> Result<Survey<'a>, Failure> {
        let old = kept.map_or_else(|| read_manifest(root), |kept| Ok(Ok(kept.others.clone())))?;
        let one = |artifact: &&'a Artifact| {
            let path = root.join(&artifact.path);
            Ok((*artifact, look(&path, artifact.body.as_bytes()).doing("read", &path)?))
        };
        let files = wanted.par_iter().map(one).collect::<Result<Vec<_>, Failure>>()?;
        let now: BTreeSet<&str> = wanted.iter().map(|a| a.path.as_str()).collect();
        let stays = |path: &str| now.contains(path) || kept.is_some_and(|kept| kept.has(path));
        let listed = old.iter().flat_map(|manifest| &manifest.files).filter(|(path, _)| !stays(path));
        let mut extra = Vec::new();
        for (path, entry) in listed {
            let full = root.join(path);
            let edited = match look(&full, &[]).doing("read", &full)? {
                Found::Missing => continue,
                Found::Same(_) => entry.sha256 != manifest::digest(&[]),
                Found::Differs(sha, _) => sha != entry.sha256,
                Found::NotAFile => true,
            };
            extra.push(Extra { path: path.clone(), from: entry.from.clone(), edited });
        }
        Ok(Survey { files, old, extra })
    }

    /// Every way in which the disk is not as it should be, in the order of the paths.
    pub(super) fn differences(&self) -> Vec<Difference> {
        let files = self.files.iter().filter_map(|(artifact, found)| {
            let state = self.state(artifact, found)?;
            Some(Difference { path: artifact.path.clone(), state, origin: artifact.origin.clone() })
        });
        let extra = self.extra.iter().map(|e| Difference {
            path: e.path.clone(),
            state: if e.edited { State::Edited } else { State::Extra },
            origin: e.from.clone(),
        });
        let mut all: Vec<Difference> = files.chain(extra).collect();
        all.sort();
        all
    }

    /// `None` when the file is as it should be.
    fn state(&self, artifact: &Artifact, found: &Found) -> Option<State> {
        let written = match &self.old {
            // The manifest cannot list itself: it is ours when it reads as one.
            Ok(_) if artifact.path == manifest::PATH => None,
            Ok(old) => Some(old.files.get(&artifact.path).map(|entry| &entry.sha256)),
            Err(_) => Some(None),
        };
        Some(match (found, written) {
            (Found::Same(_), _) => return None,
            (Found::Missing, _) => State::Missing,
            (Found::NotAFile, _) | (_, Some(None)) => State::Foreign,
            (Found::Differs(..), None) => State::Outdated,
            (Found::Differs(sha, _), Some(Some(written))) if sha == written => State::Outdated,
            (Found::Differs(..), Some(Some(_))) => State::Edited,
        })
    }

    /// What to do about it. Fails when that would overwrite what sloc did not write, unless `force`.
    pub(super) fn plan(self, root: &Path, force: bool) -> Result<Plan<'a>, Failure> {
        let hurt = |d: &Difference| matches!(d.state, State::Edited | State::Foreign);
        let conflicts: Vec<Difference> = self.differences().into_iter().filter(hurt).collect();
        if !conflicts.is_empty() && !force {
            return Err(conflict(root, &conflicts, self.old.as_ref().err()));
        }
        let (kept, stale): (Vec<Extra>, Vec<Extra>) = self.extra.into_iter().partition(|e| e.edited);
        let stamp = |(artifact, found): &(&'a Artifact, Found)| match found {
            Found::Same(stamp) => Some((artifact.path.as_str(), *stamp)),
            _ => None,
        };
        let same = self.files.iter().filter_map(stamp).collect();
        let writes = self.files.into_iter().filter_map(|(artifact, found)| match found {
            Found::Same(_) => None,
            Found::Missing => Some(Write { artifact, replaces: false, like: None }),
            Found::Differs(_, permissions) => Some(Write { artifact, replaces: true, like: Some(permissions) }),
            Found::NotAFile => Some(Write { artifact, replaces: true, like: None }),
        });
        let paths = |all: Vec<Extra>| all.into_iter().map(|e| e.path).collect();
        Ok(Plan { writes: writes.collect(), same, stale: paths(stale), kept: paths(kept) })
    }
}

/// What to change. The manifest is the last of the writes when it changes at all.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// Files to write.
    pub(super) writes: Vec<Write<'a>>,
    /// Files that are as they should be, and what was said of each before it was read.
    pub(super) same: Vec<(&'a str, Option<Stamp>)>,
    /// Files to delete: listed by the build before, with the very bytes it wrote.
    pub(super) stale: Vec<String>,
    /// Files that were edited and belong to no spec any more: left alone.
    pub(super) kept: Vec<String>,
}

/// A file to write.
#[derive(Debug)]
pub(super) struct Write<'a> {
    /// What to write and where.
    pub(super) artifact: &'a Artifact,
    /// Whether something stands there.
    pub(super) replaces: bool,
    /// The permissions of the file it replaces.
    pub(super) like: Option<Permissions>,
}

impl Plan<'_> {
    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.stale.is_empty()
    }

    /// Fails when a link, a file or a directory stands where one of another kind must. Deletes only what is surely
    /// a file inside the directory: a link on the way to it may lead anywhere.
    pub(super) fn check(&mut self, root: &Path, tree: &Tree) -> Result<(), Failure> {
        for write in &self.writes {
            let path = Path::new(&write.artifact.path);
            if let Some(above) = tree.obstacle(&write.artifact.path) {
                return Err(in_the_way(&root.join(above), "not a directory", &root.join(path)));
            }
            if let Some(Entry::Dir(_)) = tree.get(path.as_os_str()) {
                return Err(in_the_way(&root.join(path), "a directory", &root.join(path)));
            }
        }
        self.stale.retain(|path| tree.has_file(path));
        Ok(())
    }
}

fn in_the_way(what: &Path, is: &str, wanted: &Path) -> Failure {
    let message = format!("{} is in the way: it is {is}", what.display());
    Failure::new(Kind::Machine, message)
        .help(format!("move it aside: {} is to be written as a plain file", wanted.display()))
}

/// Files that sloc must not overwrite, in a message.
fn conflict(root: &Path, conflicts: &[Difference], no_manifest: Option<&String>) -> Failure {
    let count = conflicts.len();
    let (files, were) = if count == 1 { ("file", "was") } else { ("files", "were") };
    let message = match no_manifest {
        Some(why) => format!(
            "{} is no manifest of sloc ({why}), so the files here may not be its own",
            root.join(manifest::PATH).display()
        ),
        None => format!("{count} {files} in {} {were} edited, or written by something else", root.display()),
    };
    let mut failure = Failure::new(Kind::Edited, message)
        .help("nothing was written; move edits to the specs, then `sloc build --force` overwrites these files");
    failure.lines = conflicts.iter().map(Difference::to_string).collect();
    failure
}

/// The manifest below `root`: empty when there is none, `Err` inside when what stands there cannot be one.
fn read_manifest(root: &Path) -> Result<Result<Manifest, String>, Failure> {
    let path = root.join(manifest::PATH);
    match fs::read(&path) {
        Ok(bytes) => Ok(manifest::parse(&bytes)),
        Err(error) if is_missing(&error) => Ok(Ok(Manifest::default())),
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Err("it is a directory".into())),
        Err(error) => Err(Failure::system("read", &path, &error)),
    }
}

/// Compares the file at `path` with `bytes`.
fn look(path: &Path, bytes: &[u8]) -> io::Result<Found> {
    let mut file = match open_plainly(path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(Found::Missing),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) => return Ok(Found::NotAFile),
        Err(error) => return Err(error),
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Found::NotAFile);
    }
    if is_there(&mut file, &meta, bytes)? {
        return Ok(Found::Same(Stamp::of_open(&meta)));
    }
    file.rewind()?;
    Ok(Found::Differs(digest_of(file)?, meta.permissions()))
}

/// Whether an open file is a plain one of exactly these bytes.
fn is_there(file: &mut File, meta: &Metadata, bytes: &[u8]) -> io::Result<bool> {
    Ok(meta.is_file() && meta.len() == bytes.len() as u64 && holds(file, bytes)?)
}

/// Whether exactly these bytes are left in a file, read piece by piece.
fn holds(file: &mut File, mut bytes: &[u8]) -> io::Result<bool> {
    let mut piece = [0; 1 << 15];
    loop {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        match bytes.split_at_checked(read) {
            Some((_, rest)) if read == 0 => return Ok(rest.is_empty()),
            Some((head, rest)) if piece.starts_with(head) => bytes = rest,
            _ => return Ok(false),
        }
    }
}

/// Opens a file for reading, but not through a link, and without waiting for somebody at the other end of a pipe.
pub(super) fn open_plainly(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

/// The digest of all that is left in a file, read piece by piece.
pub(super) fn digest_of(mut file: File) -> io::Result<Sha> {
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash)?;
    Ok(hex(&hash.finalize()))
}

/// Whether the path leads to nothing, be it that a file stands where a directory should.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
