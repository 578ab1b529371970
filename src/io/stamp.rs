//! What the file system says of a file, which is other whenever the file was written: asked for in a tenth of the time that
//! reading takes.

use std::fs::{File, Metadata};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

#[cfg(unix)]
use super::tree::open_dir;
use crate::units::hex;

/// A number, or a time in seconds and nanoseconds, as any system has them.
type Number = i128;
type Time = (Number, Number);

/// What is said of a plain file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Stamp {
    /// When anything of it was last changed, be it one of its names. No program can set this.
    pub(super) changed: Time,
    /// When its bytes were last written.
    pub(super) written: Time,
    /// The file system, the number on it, the length in bytes.
    file: [Number; 3],
}

impl Stamp {
    /// What is said of each of these files below `root`, in the order of their paths. `None` where there is no plain file, and
    /// where the system does not say enough. A directory is looked up once for all its files: that is most of the time.
    #[cfg(unix)]
    pub(super) fn all(root: &Path, paths: &[&str]) -> Vec<Option<Stamp>> {
        let of_one = |files: &[&str]| {
            let dir = files.first().and_then(|first| open_dir(&root.join(split(first).0)).ok());
            files.iter().map(|path| Stamp::of(dir.as_ref()?, split(path).1)).collect::<Vec<_>>()
        };
        paths.par_chunk_by(|a, b| split(a).0 == split(b).0).flat_map_iter(of_one).collect()
    }

    #[cfg(not(unix))]
    pub(super) fn all(_root: &Path, paths: &[&str]) -> Vec<Option<Stamp>> {
        vec![None; paths.len()]
    }

    /// What is said of a file in a directory.
    #[cfg(unix)]
    fn of(dir: &File, name: &str) -> Option<Stamp> {
        use rustix::fs::{AtFlags, FileType, statat};
        let said = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        (FileType::from_raw_mode(said.st_mode) == FileType::RegularFile).then(|| Stamp {
            changed: (said.st_ctime.into(), said.st_ctime_nsec.into()),
            written: (said.st_mtime.into(), said.st_mtime_nsec.into()),
            file: [said.st_dev.into(), said.st_ino.into(), said.st_size.into()],
        })
    }

    /// What is said of a file that is open.
    #[cfg(unix)]
    pub(super) fn of_open(meta: &Metadata) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt;
        Some(Stamp {
            changed: (meta.ctime().into(), meta.ctime_nsec().into()),
            written: (meta.mtime().into(), meta.mtime_nsec().into()),
            file: [meta.dev().into(), meta.ino().into(), meta.len().into()],
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of_open(_meta: &Metadata) -> Option<Stamp> {
        None
    }

    /// Whether only names of the file were made and removed since an earlier stamp, as when a tree was swapped.
    pub(super) fn is_renamed(&self, earlier: &Stamp) -> bool {
        (self.written, self.file) == (earlier.written, earlier.file)
    }
}

/// The directory of a path, and its last name.
#[cfg(unix)]
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a later look finds the very same of all files: the digest of what is said of each.
pub(super) fn seal(files: &[(&str, Stamp)]) -> String {
    let mut sum = Sha256::new();
    for (path, Stamp { changed, written, file: [device, number, length] }) in files {
        let numbers = [changed.0, changed.1, written.0, written.1, *device, *number, *length];
        let numbers = numbers.map(Number::to_be_bytes);
        sum.update([path.as_bytes(), &[0], numbers.as_flattened()].concat());
    }
    hex(&sum.finalize())
}
