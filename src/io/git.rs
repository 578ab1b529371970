//! Specs of another revision: a [`Loader`] over a tree of git, read through the `git` program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::failure::{Failure, Kind};
use crate::diag::nearest;
use crate::source::{LoadError, Loader, MAX_FILE_BYTES};

/// The git work tree that a project stands in.
#[derive(Clone, Debug)]
pub struct Git {
    /// The project's directory.
    root: PathBuf,
    /// The project's directory relative to the top of the work tree: empty, or ends with `/`.
    prefix: String,
}

impl Git {
    /// Finds the work tree around a project. Fails when there is none, or no git.
    pub fn open(root: &Path) -> Result<Git, Failure> {
        let mut git = Git { root: root.to_path_buf(), prefix: String::new() };
        git.prefix = git.run(&["rev-parse", "--show-prefix"])?.map_err(|words| no_work_tree(root, &words))?;
        Ok(git)
    }

    /// Whether git knows a revision of this name.
    pub fn knows(&self, revision: &str) -> bool {
        self.tree(revision).is_ok()
    }

    /// The commit that two lines of history have in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<String, Failure> {
        for revision in [one, other] {
            self.tree(revision)?;
        }
        self.run(&["merge-base", "--end-of-options", one, other])?.map_err(|_| self.no_merge_base(one, other))
    }

    /// The files of one revision with the specs at each of `specs`, relative to the project. There may be none.
    pub fn revision(&self, revision: &str, specs: &[PathBuf]) -> Result<Revision, Failure> {
        let tree = self.tree(revision)?;
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", &tree];
        if !self.prefix.is_empty() {
            arguments.extend(["--", &self.prefix]);
        }
        let listing = self.bytes(&arguments)?.map_err(|words| refused(&words))?;
        let files = Files::read(&listing, &self.prefix);
        let mut roots = BTreeSet::new();
        for start in specs {
            roots.extend(files.specs(&inside(&self.root, start)?)?);
        }
        let batch = self.command(&["cat-file", "--batch"]).stdin(Stdio::piped()).spawn().map_err(|e| unstarted(&e))?;
        let short = self.run(&["rev-parse", "--short", "--verify", "--quiet", "--end-of-options", revision])?;
        Ok(Revision {
            short: short.unwrap_or(tree),
            files,
            roots: roots.into_iter().collect(),
            batch: Mutex::new(Batch::new(batch)),
        })
    }

    /// The id of a revision's tree.
    fn tree(&self, revision: &str) -> Result<String, Failure> {
        let tree = format!("{revision}^{{tree}}");
        let found = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &tree])?;
        found.map_err(|_| self.unknown(revision))
    }

    /// What git prints, without the newline at its end; the inner error holds its complaint.
    fn run(&self, arguments: &[&str]) -> Result<Result<String, String>, Failure> {
        let bytes = self.bytes(arguments)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_string()))
    }

    fn bytes(&self, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Failure> {
        let done = self.command(arguments).stdin(Stdio::null()).output().map_err(|error| unstarted(&error))?;
        let complaint = || String::from_utf8_lossy(&done.stderr).trim().to_string();
        Ok(if done.status.success() { Ok(done.stdout) } else { Err(complaint()) })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        // Reading leaves no trace: not even the index is refreshed.
        command.arg("-C").arg(&self.root).args(arguments).env("GIT_OPTIONAL_LOCKS", "0");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn unknown(&self, revision: &str) -> Failure {
        let failure = Failure::new(Kind::Usage, format!("git knows no revision `{revision}`"));
        let says = |arguments: &[&str]| self.run(arguments).ok().and_then(Result::ok).unwrap_or_default();
        if says(&["rev-list", "--max-count=1", "--all"]).is_empty() {
            return failure.help("there is no commit yet; `sloc diff DIR` compares with a directory");
        }
        let names = says(&["for-each-ref", "--format=%(refname:short)"]);
        if let Some(near) = nearest(revision, names.lines()) {
            return failure.help(format!("did you mean `{near}`?"));
        }
        if says(&["rev-parse", "--is-shallow-repository"]) == "true" {
            return failure.help("this clone is shallow: `git fetch --unshallow` fetches the rest");
        }
        failure.help("`git branch --all` and `git tag` list what there is; `./DIR` is a directory")
    }

    fn no_merge_base(&self, one: &str, other: &str) -> Failure {
        let message = format!("`{one}` and `{other}` have no commit in common here");
        Failure::new(Kind::Usage, message).help("in a shallow clone `git fetch --unshallow` fetches the rest")
    }
}

fn no_work_tree(root: &Path, words: &str) -> Failure {
    let message = format!("{} is in no work tree of git", root.display());
    let mut failure = Failure::new(Kind::Usage, message).help("`sloc diff DIR` compares with a directory");
    failure.lines = words.lines().take(5).map(String::from).collect();
    failure
}

fn refused(words: &str) -> Failure {
    let mut failure = Failure::new(Kind::Machine, "git cannot list the revision's files");
    failure.lines = words.lines().map(String::from).collect();
    failure
}

fn unstarted(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        let failure = Failure::new(Kind::Machine, "there is no `git` program to read revisions with");
        return failure.help("`sloc diff DIR` compares with a directory, without git");
    }
    Failure::new(Kind::Machine, format!("cannot run `git`: {error}"))
}

/// A path of the project as git spells it.
fn inside(root: &Path, path: &Path) -> Result<String, Failure> {
    let outside =
        || Failure::new(Kind::Usage, format!("{} leads out of the project {}", path.display(), root.display()));
    let relative = if path.is_absolute() {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        path.strip_prefix(&root).map_err(|_| outside())?.to_path_buf()
    } else {
        path.to_path_buf()
    };
    clean(&relative.to_string_lossy()).ok_or_else(outside)
}

/// A path without `.` and `..`; `None` when it leads out.
fn clean(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// The files of a tree, by their path in the project.
#[derive(Debug, Default)]
struct Files {
    blobs: BTreeMap<String, Blob>,
}

/// A file of a tree.
#[derive(Clone, Debug)]
struct Blob {
    id: String,
    is_link: bool,
    /// Whether the path is what git stores, rather than made readable.
    named: bool,
}

impl Files {
    /// Reads `git ls-tree -z`: `<mode> blob <id>\t<path>\0`.
    fn read(listing: &[u8], prefix: &str) -> Files {
        let mut blobs = BTreeMap::new();
        for line in listing.split(|b| *b == 0) {
            let text = String::from_utf8_lossy(line);
            let Some((about, path)) = text.split_once('\t') else { continue };
            let mut words = about.split(' ');
            let (Some(mode), Some("blob"), Some(id)) = (words.next(), words.next(), words.next()) else { continue };
            if let Some(path) = path.strip_prefix(prefix) {
                let named = std::str::from_utf8(line).is_ok() && !path.chars().any(char::is_control);
                blobs.insert(path.to_string(), Blob { id: id.to_string(), is_link: mode == "120000", named });
            }
        }
        Files { blobs }
    }

    /// The spec files at or below a path. Names that begin with a dot belong to other tools.
    fn specs(&self, start: &str) -> Result<Vec<String>, Failure> {
        let below = |path: &str| {
            let rest = if start.is_empty() { Some(path) } else { path.strip_prefix(start)?.strip_prefix('/') };
            rest.filter(|rest| rest.ends_with(".slo") && !rest.split('/').any(|part| part.starts_with('.'))).map(drop)
        };
        let found = self.blobs.iter().filter(|(path, _)| *path == start || below(path).is_some());
        found.map(|(path, blob)| if blob.named { Ok(path.clone()) } else { Err(unprintable(path)) }).collect()
    }
}

fn unprintable(path: &str) -> Failure {
    Failure::new(Kind::Usage, format!("the name of the file {path:?} cannot be printed"))
        .help("generated files name the spec they come from; a name of plain UTF-8 text can be")
}

/// The specs of one revision.
#[derive(Debug)]
pub struct Revision {
    short: String,
    files: Files,
    roots: Vec<String>,
    batch: Mutex<Batch>,
}

impl Revision {
    /// The abbreviated id of its commit.
    pub fn short(&self) -> &str {
        &self.short
    }

    /// Whether it holds any specs.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    fn read(&self, blob: &Blob) -> Result<Vec<u8>, LoadError> {
        // A thread that panicked while it read has left the stream anywhere; what it gives now would be another file.
        let mut batch =
            self.batch.lock().map_err(|_: PoisonError<_>| LoadError::Failed("git was interrupted".into()))?;
        batch.read(&blob.id)
    }
}

/// The most links that are followed for one path.
const MOST_LINKS: usize = 16;

impl Loader for Revision {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        Ok(self.roots.clone())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let mut path = clean(path).ok_or(LoadError::Outside)?;
        for _ in 0..MOST_LINKS {
            let blob = self.files.blobs.get(&path).ok_or(LoadError::Missing)?;
            let bytes = self.read(blob)?;
            if !blob.is_link {
                return Ok(bytes);
            }
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            path =
                clean(&format!("{directory}/{}", String::from_utf8_lossy(&bytes))[usize::from(directory.is_empty())..])
                    .ok_or(LoadError::Outside)?;
        }
        Err(LoadError::Failed("its links lead in a circle".into()))
    }
}

/// `git cat-file --batch`: asked for one object after the other.
#[derive(Debug)]
struct Batch {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
}

impl Batch {
    fn new(mut child: Child) -> Batch {
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().map(BufReader::new);
        Batch { child, stdin, stdout }
    }

    /// Asks for an object: `<id> blob <size>\n<bytes>\n`.
    fn read(&mut self, id: &str) -> Result<Vec<u8>, LoadError> {
        let failed = |words: String| LoadError::Failed(words);
        let (Some(stdin), Some(stdout)) = (&mut self.stdin, &mut self.stdout) else {
            return Err(failed("git gives no answer".into()));
        };
        let mut head = String::new();
        let asked = writeln!(stdin, "{id}").and_then(|()| stdin.flush()).and_then(|()| stdout.read_line(&mut head));
        asked.map_err(|error| failed(format!("git: {error}")))?;
        let size: u64 = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| failed(format!("git: {}", head.trim_end())))?;
        let mut bytes = Vec::new();
        // All of it is read, whatever its size, so that the next answer begins where it should.
        let mut object = stdout.take(size + 1);
        let kept = object.by_ref().take(size.min(MAX_FILE_BYTES)).read_to_end(&mut bytes);
        let rest = std::io::copy(&mut object, &mut std::io::sink());
        kept.and(rest).map_err(|error| failed(format!("git: {error}")))?;
        if size > MAX_FILE_BYTES { Err(LoadError::TooLarge(size)) } else { Ok(bytes) }
    }
}

impl Drop for Batch {
    /// Ends git by ending its input, and waits for it.
    fn drop(&mut self) {
        self.stdin = None;
        self.stdout = None;
        let _ = self.child.wait();
    }
}
