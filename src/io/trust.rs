//! Files that only builds of this very user can have written: what stands in them is believed, all else is as good as nothing.
//!
//! Each begins with a code over its subject and its bytes, made with a key that no other user can read. One that was cut
//! off, changed, copied from another project or left by another sloc has the wrong code, so there is one question to ask.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest;
use super::plan::open_plainly;
use crate::units::hex;

/// A directory of the user's own, and the key that stands in it.
#[derive(Debug)]
pub struct Trust {
    dir: PathBuf,
    key: Code,
}

/// A key, or the code that it makes of some bytes.
type Code = [u8; 32];

/// The largest file that is kept, in bytes: a record of a hundred thousand objectives has a tenth of it.
const MOST_BYTES: u64 = 32 << 20;

/// How many files are kept, and of how many bytes together; the oldest go first.
const MOST_FILES: usize = 64;
const MOST_TOGETHER: u64 = 128 << 20;

/// The name of the key's file.
const KEY: &str = "key";

impl Trust {
    /// The directory at `dir`, made with a new key where there is none. `None` where it or the key is not this user's
    /// alone: somebody else's, a link, open for others to write, or to read the key.
    pub fn open(dir: &Path) -> Option<Trust> {
        builder().create(dir).ok()?;
        let meta = fs::symlink_metadata(dir).ok()?;
        let own = meta.is_dir() && is_own(&meta, WRITABLE_BY_OTHERS);
        Some(Trust { dir: dir.to_path_buf(), key: own.then(|| key(dir))?? })
    }

    /// The bytes that were kept last under `name`, if that was for this very subject.
    pub fn get(&self, name: &str, subject: &str) -> Option<Vec<u8>> {
        let bytes = read(&self.path(name))?;
        let (code, body) = bytes.split_first_chunk()?;
        (*code == self.code(subject, body)).then(|| body.to_vec())
    }

    /// Keeps bytes under `name`: all of them or, where the system refuses, none.
    pub fn put(&self, name: &str, subject: &str, body: &[u8]) {
        if body.len() as u64 + size_of::<Code>() as u64 <= MOST_BYTES {
            let _ = write(&self.path(name), &[&self.code(subject, body), body].concat());
            prune(&self.dir);
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(manifest::digest(name.as_bytes()))
    }

    fn code(&self, subject: &str, body: &[u8]) -> Code {
        let length = (subject.len() as u64).to_be_bytes();
        hmac(&self.key, &[&length, subject.as_bytes(), body])
    }
}

/// HMAC-SHA256, as RFC 2104 defines it, of bytes that are given in pieces.
fn hmac(key: &Code, pieces: &[&[u8]]) -> Code {
    const BLOCK: usize = 64;
    let padded = |byte: u8| {
        let mut block = [byte; BLOCK];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        Sha256::new_with_prefix(block)
    };
    let inner = pieces.iter().fold(padded(0x36), |hash, piece| hash.chain_update(piece));
    padded(0x5c).chain_update(inner.finalize()).finalize().into()
}

/// The key of a directory; a new one where there is none, or only a part of one.
fn key(dir: &Path) -> Option<Code> {
    let path = dir.join(KEY);
    if fs::symlink_metadata(&path).is_ok()
        && let Ok(key) = read(&path)?.try_into()
    {
        return Some(key);
    }
    let key: Code = random().ok()?;
    write(&path, &key).ok().map(|()| key)
}

fn random<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a plain file that is this user's alone.
fn read(path: &Path) -> Option<Vec<u8>> {
    let file = open_plainly(path).ok()?;
    let meta = file.metadata().ok()?;
    let fits = meta.is_file() && is_own(&meta, OPEN_TO_OTHERS) && meta.len() <= MOST_BYTES;
    let mut bytes = Vec::new();
    let read = fits.then(|| file.take(MOST_BYTES).read_to_end(&mut bytes));
    read.is_some_and(|read| read.is_ok()).then_some(bytes)
}

/// Writes a file under another name first, by which nobody reads it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension(hex(&random::<8>()?));
    let written = options().open(&new).and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&new, path));
    written.inspect_err(|_| drop(fs::remove_file(&new)))
}

/// Deletes the oldest files of those that are too many.
fn prune(dir: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().filter(|e| e.file_name() != KEY);
    let files = entries.filter_map(|e| Some((e.metadata().ok().filter(Metadata::is_file)?, e.path())));
    let mut files: Vec<_> = files.map(|(meta, path)| (changed(&meta), meta.len(), path)).collect();
    files.sort();
    let mut together = 0;
    for (number, (_, bytes, path)) in files.iter().rev().enumerate() {
        together += bytes;
        if number >= MOST_FILES || together > MOST_TOGETHER {
            let _ = fs::remove_file(path);
        }
    }
}

/// What tells a program from every other that has stood at its path. `None` where the system cannot say.
#[cfg(unix)]
pub fn stamp(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let m = fs::metadata(path).ok()?;
    let times = [m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()];
    Some(format!("{} {} {} {times:?}", m.dev(), m.ino(), m.len()))
}

#[cfg(not(unix))]
pub fn stamp(_path: &Path) -> Option<String> {
    None
}

/// Permissions that a directory must not give, since whoever has them could put files into it.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Permissions that a file must not give: who reads the key can write what is believed.
const OPEN_TO_OTHERS: u32 = 0o077;

/// Whether something belongs to the user of this process, and gives others none of these permissions.
#[cfg(unix)]
fn is_own(meta: &Metadata, forbidden: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & forbidden == 0
}

/// Where that cannot be known, nothing is believed.
#[cfg(not(unix))]
fn is_own(_meta: &Metadata, _forbidden: u32) -> bool {
    false
}

#[cfg(unix)]
fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder
}

#[cfg(not(unix))]
fn builder() -> DirBuilder {
    DirBuilder::new()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn changed(meta: &Metadata) -> i64 {
    std::os::unix::fs::MetadataExt::mtime(meta)
}

#[cfg(not(unix))]
fn changed(_meta: &Metadata) -> i64 {
    0
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        let code = |key: &[u8], pieces: &[&[u8]]| {
            let mut whole = Code::default();
            whole[..key.len()].copy_from_slice(key);
            hex(&hmac(&whole, pieces))
        };
        // RFC 4231, 4.2 and 4.3.
        let first = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        let second = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(code(&[0x0b; 20], &[b"Hi There"]), first);
        assert_eq!(code(b"Jefe", &[b"what do ya want ", b"for nothing?"]), second);
    }

    #[test]
    fn what_was_kept_comes_back_for_its_subject_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let trust = Trust::open(&dir.path().join("a/sloc")).expect("a place");
        trust.put("one", "sub", b"ject and body");
        assert_eq!(trust.get("one", "sub").as_deref(), Some(&b"ject and body"[..]));
        assert_eq!(trust.get("one", "subject"), None);
        assert_eq!(trust.get("two", "sub"), None);
        // Another key, even one of the same user, made none of it.
        fs::write(dir.path().join("a/sloc/key"), [7; 32]).expect("written");
        assert_eq!(Trust::open(&dir.path().join("a/sloc")).expect("a place").get("one", "sub"), None);
    }

    #[test]
    fn only_so_many_files_are_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let place = dir.path().join("sloc");
        let trust = Trust::open(&place).expect("a place");
        (0..2 * MOST_FILES).for_each(|n| trust.put(&n.to_string(), "", b""));
        assert_eq!(fs::read_dir(&place).expect("listed").count(), MOST_FILES + 1);
        assert_eq!(fs::metadata(place.join(KEY)).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&place).expect("there").permissions().mode() & 0o777, 0o700);
    }
}
