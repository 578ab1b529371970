//! Specs on disk: a [`Loader`] that never leaves the project's directory.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::failure::{Doing, Failure, Kind};
use super::ops::Real;
use super::replace::{Edit, replace};
use crate::source::{LoadError, Loader, MAX_FILE_BYTES};

/// The files of a project, found once.
#[derive(Clone, Debug)]
pub struct Disk {
    /// The project's directory, without links in its path.
    root: PathBuf,
    /// Spec files relative to it.
    roots: Vec<String>,
}

impl Disk {
    /// The project in the directory `root` with the specs at each of `specs`: directories, which are searched, or files;
    /// relative to `root`. Fails when one does not exist, leads out of the project or has a name that cannot be printed.
    pub fn open(root: &Path, specs: &[PathBuf]) -> Result<Disk, Failure> {
        let root = match fs::canonicalize(root) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message = format!("there is no directory {}", root.display());
                return Err(Failure::new(Kind::Usage, message));
            }
            found => found.doing("find", root)?,
        };
        let mut search = Search { root: &root, files: BTreeSet::new(), seen: BTreeSet::new(), links: Vec::new() };
        for start in specs {
            search.start(start)?;
        }
        search.follow_links()?;
        if search.files.is_empty() {
            return Err(no_specs(&root, specs));
        }
        let roots = search.files.into_iter().collect();
        Ok(Disk { root, roots })
    }

    /// A project whose directory, or whose specs, are not there yet.
    pub fn without_specs(root: &Path) -> Disk {
        let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        Disk { root, roots: Vec::new() }
    }

    /// The project's directory, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The specs, relative to the project's directory.
    pub fn specs(&self) -> &[String] {
        &self.roots
    }

    /// Whether the specs have at most so many bytes in all.
    pub fn is_within(&self, mut bytes: u64) -> bool {
        self.roots.iter().all(|spec| {
            let size = fs::metadata(self.root.join(spec)).map_or(0, |meta| meta.len());
            let fits = size <= bytes;
            bytes = bytes.saturating_sub(size);
            fits
        })
    }

    /// Gives files of the project new bytes; see [`Edit`]. Each is replaced as a whole.
    pub fn replace(&self, edits: &[Edit]) -> Result<(), Failure> {
        replace(&Real, &self.root, edits)
    }

    /// The output directory `out`, unless it holds the specs: sloc keeps a directory of its own, which it may swap.
    pub fn output(&self, out: &Path) -> Result<PathBuf, Failure> {
        let Ok(real) = fs::canonicalize(out) else { return Ok(out.to_path_buf()) };
        let specs = self.roots.iter().map(|spec| self.root.join(spec));
        if self.root.starts_with(&real) || specs.into_iter().any(|spec| spec.starts_with(&real)) {
            let message = format!("{} cannot be the output directory: the specs stand in it", out.display());
            return Err(
                Failure::new(Kind::Usage, message).help("generated files have a directory of their own: `--out out`")
            );
        }
        Ok(out.to_path_buf())
    }
}

impl Loader for Disk {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        Ok(self.roots.clone())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(plain) {
            return Err(LoadError::Outside);
        }
        let full = self.root.join(path);
        if let Some(file) = open_without_links(&full) {
            return read_open(file);
        }
        let full = fs::canonicalize(full).map_err(|error| refused(&error))?;
        if !full.starts_with(&self.root) {
            return Err(LoadError::Outside);
        }
        read(&full)
    }
}

/// Reads one file that the command names, wherever it is: a plain file of bounded size.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let why = match read(path) {
        Ok(bytes) => return Ok(bytes),
        Err(LoadError::Missing) => {
            return Err(Failure::new(Kind::Usage, format!("there is no file {}", path.display())));
        }
        Err(LoadError::TooLarge(size)) => format!("it has {size} bytes; at most {MAX_FILE_BYTES} are read"),
        Err(LoadError::Failed(words)) => words,
        Err(LoadError::Outside) => "it lies outside the project".into(),
    };
    Err(Failure::new(Kind::Machine, format!("cannot read {}: {why}", path.display())))
}

/// Reads a plain file of bounded size. Anything else might never end, or never answer.
fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    if !fs::metadata(path).map_err(|error| refused(&error))?.is_file() {
        return Err(LoadError::Failed("it is not a file".into()));
    }
    read_open(File::open(path).map_err(|error| refused(&error))?)
}

fn read_open(file: File) -> Result<Vec<u8>, LoadError> {
    let meta = file.metadata().map_err(|error| refused(&error))?;
    if !meta.is_file() {
        return Err(LoadError::Failed("it is not a file".into()));
    }
    let size = meta.len();
    if size > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    let size = bytes.len() as u64;
    if size > MAX_FILE_BYTES { Err(LoadError::TooLarge(size)) } else { Ok(bytes) }
}

/// Opens what has no link in its path, so that it is where the path says: one system call, where it would take one for each
/// directory to find that out. Waits for nobody at the other end of a pipe. `None` when there is a link, or anything is wrong.
#[cfg(target_os = "linux")]
fn open_without_links(path: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    let how = OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    openat2(CWD, path, how, Mode::empty(), ResolveFlags::NO_SYMLINKS).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn open_without_links(_path: &Path) -> Option<File> {
    None
}

fn refused(error: &std::io::Error) -> LoadError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => LoadError::Missing,
        _ => LoadError::Failed(error.to_string()),
    }
}

/// A walk over the specs. Every real file and directory is visited once, by its real name where it has one: links wait
/// until all real directories are done.
struct Search<'a> {
    root: &'a Path,
    files: BTreeSet<String>,
    seen: BTreeSet<PathBuf>,
    links: Vec<PathBuf>,
}

impl Search<'_> {
    /// Adds the file or directory the user named, relative to the project or absolute.
    fn start(&mut self, named: &Path) -> Result<(), Failure> {
        let full = match fs::canonicalize(self.root.join(named)) {
            Ok(full) => full,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(self.root, named)),
            Err(error) => return Err(Failure::system("find", named, &error)),
        };
        let Ok(inside) = full.strip_prefix(self.root) else { return Err(outside(self.root, named)) };
        let inside = inside.to_path_buf();
        if full.is_dir() { self.directory(inside, full) } else { self.file(&inside, full) }
    }

    /// Adds every `.slo` file below a directory, which is `real` without links in its path: what is no link itself needs no
    /// search for its own real path. Names that begin with a dot belong to other tools.
    fn directory(&mut self, named: PathBuf, real: PathBuf) -> Result<(), Failure> {
        let mut open = vec![(named, real)];
        while let Some((dir, real)) = open.pop() {
            if self.seen.contains(&real) {
                continue;
            }
            let path = self.root.join(&dir);
            let entries = match fs::read_dir(&path) {
                // It has gone since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.doing("read", &path)?,
            };
            for entry in entries {
                let entry = entry.doing("read", &path)?;
                let inner = dir.join(entry.file_name());
                let kind = entry.file_type().doing("read", &entry.path())?;
                if entry.file_name().as_encoded_bytes().starts_with(b".") {
                    continue;
                } else if kind.is_symlink() {
                    self.links.push(inner);
                } else if kind.is_dir() {
                    open.push((inner, real.join(entry.file_name())));
                } else if is_spec(&inner) {
                    self.file(&inner, real.join(entry.file_name()))?;
                }
            }
            self.seen.insert(real);
        }
        Ok(())
    }

    /// Visits what links lead to, in the order of their names; links found on the way wait for the next round.
    fn follow_links(&mut self) -> Result<(), Failure> {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for link in links {
                let path = self.root.join(&link);
                let target = match fs::canonicalize(&path) {
                    Ok(target) => target,
                    // A link to nowhere: an editor's lock, or a file of another machine.
                    Err(error) if error.kind() == ErrorKind::NotFound && !is_spec(&link) => continue,
                    Err(error) => return Err(Failure::system("read", &path, &error)),
                };
                let is_dir = target.is_dir();
                if !is_dir && !is_spec(&link) {
                    continue;
                }
                if !target.starts_with(self.root) {
                    return Err(outside(self.root, &link));
                }
                if is_dir { self.directory(link, target)? } else { self.file(&link, target)? }
            }
        }
        Ok(())
    }

    /// Adds one file by its path relative to the project; `real` has no links in it.
    fn file(&mut self, path: &Path, real: PathBuf) -> Result<(), Failure> {
        if self.seen.insert(real) {
            self.files.insert(name(path)?);
        }
        Ok(())
    }
}

fn is_spec(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("slo"))
}

/// A path as it appears in messages and generated files: UTF-8, with `/`, nothing invisible.
fn name(path: &Path) -> Result<String, Failure> {
    let printable = |text: &&str| !text.chars().any(char::is_control);
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str().filter(printable)).collect();
    let unprintable = || {
        Failure::new(Kind::Usage, format!("the name of the file {path:?} cannot be printed"))
            .help("generated files name the spec they come from; a name of plain UTF-8 text can be")
    };
    parts.map(|parts| parts.join("/")).ok_or_else(unprintable)
}

fn missing(root: &Path, named: &Path) -> Failure {
    Failure::new(Kind::Usage, format!("there is no `{}` in {}", named.display(), root.display()))
        .help("`sloc init` makes a first spec; `-C DIR` works on the project in DIR; `--specs PATH` reads other specs")
}

fn no_specs(root: &Path, specs: &[PathBuf]) -> Failure {
    let places: Vec<String> = specs.iter().map(|path| root.join(path).display().to_string()).collect();
    Failure::new(Kind::Usage, format!("there is no `.slo` file in {}", places.join(", ")))
        .help("`sloc init` makes a first spec")
}

fn outside(root: &Path, named: &Path) -> Failure {
    Failure::new(Kind::Usage, format!("{} leads out of the project {}", named.display(), root.display()))
        .help("specs stand inside the project, so that a build is the same on every machine")
}
