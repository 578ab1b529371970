//! The output directory: found, made when missing, and held by one build at a time.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::failure::{Doing, Failure, Kind};
use super::ops::Ops;
use super::tree::identity;

/// The writer's own directory inside an output directory that cannot be swapped as a whole. Never left behind,
/// except by a build that was killed.
pub(super) const SCRATCH: &str = ".sloc";

/// How often, and how often in all, a build asks whether the one before it is done: for half a minute.
const ASK_EVERY: Duration = Duration::from_millis(50);
const ASK_TIMES: u32 = 600;

/// Names beside and inside an output directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Names {
    /// The directory itself, without links in its path.
    pub(super) root: PathBuf,
    /// Beside it: the tree that is swapped with it.
    pub(super) stage: PathBuf,
    /// Beside it: the identity of the staged tree, from when it is begun until it takes its leave.
    pub(super) staging: PathBuf,
    /// What `staging` is renamed to once the original has caught up and the staged tree is to go.
    pub(super) leaving: PathBuf,
    /// Inside it: what [`super::in_place`] needs.
    pub(super) scratch: PathBuf,
}

impl Names {
    /// The names for the directory at `out`, which exists.
    pub(super) fn of(out: &Path) -> Result<Names, Failure> {
        let root = fs::canonicalize(out).doing("find", out)?;
        let name = root.file_name().unwrap_or_default();
        let beside = |suffix: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(suffix);
            root.with_file_name(hidden)
        };
        let scratch = root.join(SCRATCH);
        Ok(Names {
            stage: beside(".sloc"),
            staging: beside(".sloc-staging"),
            leaving: beside(".sloc-leaving"),
            scratch,
            root,
        })
    }

    /// Whether no build is under way and none was interrupted.
    pub(super) fn are_settled(&self) -> bool {
        [&self.stage, &self.staging, &self.leaving, &self.scratch]
            .iter()
            .all(|path| fs::symlink_metadata(path).is_err())
    }
}

/// An output directory held for this build alone, until it is dropped.
pub(super) struct Place {
    /// Its names.
    pub(super) names: Names,
    /// Whether this build made it.
    pub(super) fresh: bool,
    /// Held open for its lock.
    _lock: Option<File>,
}

impl Place {
    /// Finds or makes the directory at `out` and waits until no other build holds it.
    pub(super) fn open(ops: &dyn Ops, out: &Path) -> Result<Place, Failure> {
        let mut fresh = false;
        for _ in 0..ASK_TIMES {
            fresh |= make(ops, out)?;
            let names = Names::of(out)?;
            let file = File::open(&names.root).doing("open", &names.root)?;
            let lock = match try_lock(&file) {
                Lock::Taken => Some(file),
                Lock::Unsupported => None,
                Lock::Busy => {
                    thread::sleep(ASK_EVERY);
                    continue;
                }
            };
            // A build that ended while this one waited may have put another directory in its place.
            if lock.as_ref().is_none_or(|file| is_same(file, &names.root)) {
                return Ok(Place { names, fresh, _lock: lock });
            }
        }
        Err(Failure::new(Kind::Machine, format!("another build holds {}", out.display()))
            .help("it has had half a minute; if it hangs, end it, then run this again"))
    }
}

/// Makes the directory unless it is there. Says whether it did.
fn make(ops: &dyn Ops, out: &Path) -> Result<bool, Failure> {
    match fs::metadata(out) {
        Ok(meta) if meta.is_dir() => return Ok(false),
        Ok(_) => return Err(Failure::new(Kind::Machine, format!("{} is a file, not a directory", out.display()))),
        Err(_) if fs::symlink_metadata(out).is_ok() => {
            return Err(Failure::new(Kind::Machine, format!("{} is a link that leads nowhere", out.display())));
        }
        Err(_) => {}
    }
    if let Some(parent) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).doing("make the directory", parent)?;
    }
    match ops.make_dir(out, None) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        made => made.doing("make the directory", out).map(|()| true),
    }
}

/// Locks a directory that is about to stand in for the output directory, or did when a build was killed: whoever opens
/// the output directory by its path meanwhile must wait, too. Held until the file is dropped.
pub(super) fn hold(dir: &Path) -> Option<File> {
    let file = File::open(dir).ok()?;
    matches!(try_lock(&file), Lock::Taken).then_some(file)
}

/// What became of asking for a lock.
#[derive(PartialEq, Debug)]
pub(super) enum Lock {
    /// It is ours.
    Taken,
    /// Another process has it.
    Busy,
    /// This file system knows no locks: builds at the same time are up to the user.
    Unsupported,
}

#[cfg(unix)]
pub(super) fn try_lock(dir: &File) -> Lock {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    match flock(dir, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Lock::Taken,
        Err(Errno::WOULDBLOCK | Errno::INTR) => Lock::Busy,
        Err(_) => Lock::Unsupported,
    }
}

#[cfg(not(unix))]
pub(super) fn try_lock(_dir: &File) -> Lock {
    Lock::Unsupported
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|meta| (meta.dev(), meta.ino())) == identity(path)
}

#[cfg(not(unix))]
fn is_same(_file: &File, _path: &Path) -> bool {
    true
}
