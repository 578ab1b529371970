//! What the server knows: open files, projects, and the last look at each.
//!
//! A file below a directory `specs` belongs to the program of all specs there, and the project is the directory around it.
//! Any other file is a program of its own, with what it imports. So an editor may open a whole monorepo.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use lsp_types::{Location, Position, Range, Uri};

use super::buffer::Buffer;
use super::overlay::{Kept, Overlay};
use super::position::{Encoding, Lines};
use super::uri;
use crate::check::{Lens, Memo, Numbers};
use crate::diag::Diagnostic;
use crate::driver::{self, Look};
use crate::io::Disk;
use crate::resolve::{Mentions, Program, Reads};
use crate::source::{FileId, Span};

/// The directory of a project that holds its specs.
const SPECS: &str = "specs";

/// Everything there is.
#[derive(Default)]
pub(super) struct World {
    /// What positions count.
    pub(super) encoding: Encoding,
    /// Whether the client fills in snippets.
    pub(super) snippets: bool,
    /// The directories that are open in the editor.
    folders: Vec<PathBuf>,
    buffers: BTreeMap<PathBuf, Buffer>,
    projects: BTreeMap<Key, Project>,
}

/// Which program a file belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    /// The project's directory.
    pub(super) root: PathBuf,
    /// Its specs: a directory or a file, relative to it.
    specs: PathBuf,
}

/// A program.
#[derive(Default)]
struct Project {
    /// Its files on disk; found anew when something changes there.
    disk: Option<Disk>,
    /// The bytes of files that were read.
    kept: Kept,
    /// Its files as they were read last.
    reads: Arc<Reads>,
    /// What was found of its queries.
    memo: Arc<Memo>,
    /// What is known of it as it is now.
    last: Option<Rc<Snapshot>>,
}

/// A program at one moment.
pub(super) struct Snapshot {
    /// The project's directory.
    pub(super) root: PathBuf,
    /// The program.
    pub(super) program: Program,
    /// All that is wrong with it.
    pub(super) diagnostics: Vec<Diagnostic>,
    encoding: Encoding,
    mentions: OnceCell<Mentions>,
    numbers: OnceCell<Vec<Numbers>>,
}

impl Snapshot {
    /// Every name.
    pub(super) fn mentions(&self) -> &Mentions {
        self.mentions.get_or_init(|| Mentions::of(&self.program))
    }

    /// The numbers of every objective.
    pub(super) fn numbers(&self) -> &[Numbers] {
        self.numbers.get_or_init(|| Lens::new(&self.program).numbers())
    }

    pub(super) fn text(&self, file: FileId) -> &str {
        &self.program.sources.get(file).text
    }

    pub(super) fn lines(&self, file: FileId) -> Lines<'_> {
        Lines::new(self.text(file), self.encoding)
    }

    /// The address of a file of the program.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        uri::of(&self.root.join(&self.program.sources.get(file).path))
    }

    pub(super) fn location(&self, span: Span) -> Option<Location> {
        Some(Location { uri: self.uri(span.file)?, range: self.lines(span.file).range(span.range()) })
    }
}

/// A file in its program.
pub(super) struct Document {
    pub(super) snapshot: Rc<Snapshot>,
    pub(super) file: FileId,
}

impl Document {
    pub(super) fn text(&self) -> &str {
        self.snapshot.text(self.file)
    }

    pub(super) fn lines(&self) -> Lines<'_> {
        self.snapshot.lines(self.file)
    }

    /// The empty span at a position.
    pub(super) fn place(&self, position: Position) -> Span {
        let at = self.lines().offset(position);
        Span::new(self.file, at..at)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        self.lines().range(span.range())
    }
}

impl World {
    pub(super) fn new(encoding: Encoding, snippets: bool, folders: Vec<PathBuf>) -> World {
        World { encoding, snippets, folders, ..World::default() }
    }

    /// A file was opened.
    pub(super) fn open(&mut self, path: PathBuf, text: String, version: i32) {
        self.touch(&path);
        self.buffers.insert(path, Buffer { text, version });
    }

    /// The open file at a path, to be changed.
    pub(super) fn edit(&mut self, path: &Path) -> Option<&mut Buffer> {
        self.touch(path);
        self.buffers.get_mut(path)
    }

    /// A file was closed: what is on disk counts again.
    pub(super) fn close(&mut self, path: &Path) {
        self.touch(path);
        self.buffers.remove(path);
        self.look_at_disk();
    }

    /// Something changed on disk.
    pub(super) fn look_at_disk(&mut self) {
        let open: Vec<Key> = self.buffers.keys().map(|path| self.key(path)).collect();
        self.projects.retain(|key, _| open.contains(key));
        let anew =
            |p: &mut Project| Project { reads: Arc::clone(&p.reads), memo: Arc::clone(&p.memo), ..Project::default() };
        self.projects.values_mut().for_each(|p| *p = anew(p));
    }

    /// A text is another one now: what was known of programs with it is not true any more.
    fn touch(&mut self, path: &Path) {
        let touched = self.projects.iter_mut().filter(|(key, _)| path.starts_with(&key.root));
        touched.for_each(|(_, project)| project.last = None);
        let key = self.key(path);
        self.projects.entry(key).or_default();
    }

    /// Which program a file belongs to.
    fn key(&self, path: &Path) -> Key {
        let above = path.ancestors().skip(1).find(|p| p.file_name().is_some_and(|name| name == SPECS));
        if let Some(root) = above.and_then(Path::parent) {
            return Key { root: root.to_path_buf(), specs: SPECS.into() };
        }
        let folder = self.folders.iter().filter(|f| path.starts_with(f)).max_by_key(|f| f.as_os_str().len());
        let root = folder.map_or(path.parent().unwrap_or(path), PathBuf::as_path).to_path_buf();
        let specs = path.strip_prefix(&root).unwrap_or(path).to_path_buf();
        Key { root, specs }
    }

    /// The programs that files are open of.
    pub(super) fn programs(&self) -> Vec<Key> {
        self.projects.keys().cloned().collect()
    }

    /// A program as it is now.
    pub(super) fn snapshot(&mut self, key: &Key) -> Rc<Snapshot> {
        let World { buffers, projects, encoding, .. } = self;
        let project = projects.entry(key.clone()).or_default();
        if let Some(last) = &project.last {
            return Rc::clone(last);
        }
        let disk = project.disk.get_or_insert_with(|| {
            let specs = std::slice::from_ref(&key.specs);
            Disk::open(&key.root, specs).unwrap_or_else(|_| Disk::without_specs(&key.root))
        });
        let overlay = Overlay::new(&key.root, &key.specs, disk, buffers, &project.kept);
        let look = driver::look(&overlay, &project.reads, &project.memo).unwrap_or_default();
        let Look { program, diagnostics } = look;
        let (mentions, numbers) = Default::default();
        let root = key.root.clone();
        let snapshot = Rc::new(Snapshot { root, program, diagnostics, encoding: *encoding, mentions, numbers });
        project.last = Some(Rc::clone(&snapshot));
        snapshot
    }

    /// The open file at an address, in its program.
    pub(super) fn document(&mut self, uri: &Uri) -> Option<Document> {
        let path = uri::path(uri)?;
        let key = self.key(&path);
        let inside = inside(&path, &key)?;
        let snapshot = self.snapshot(&key);
        let file = snapshot.program.sources.iter().find(|(_, f)| f.path == inside).map(|(id, _)| id)?;
        Some(Document { snapshot, file })
    }

    /// The open files of a program, by their paths in it, with the editor's numbers of their texts.
    pub(super) fn versions(&self, key: &Key) -> Vec<(String, i32)> {
        let own = self.buffers.iter().filter(|(path, _)| self.key(path) == *key);
        own.filter_map(|(path, buffer)| Some((inside(path, key)?, buffer.version))).collect()
    }

    /// The editor's number of the text at an address.
    pub(super) fn version(&self, uri: &Uri) -> Option<i32> {
        self.buffers.get(&uri::path(uri)?).map(|b| b.version)
    }
}

/// A file's path in its project.
fn inside(path: &Path, key: &Key) -> Option<String> {
    Some(path.strip_prefix(&key.root).ok()?.to_str()?.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_specs_around_it_or_to_itself() {
        let world = World { folders: vec!["/mono".into()], ..World::default() };
        let key = |path: &str| {
            let Key { root, specs } = world.key(Path::new(path));
            (root.display().to_string(), specs.display().to_string())
        };
        assert_eq!(key("/mono/shop/specs/eu/cart.slo"), ("/mono/shop".into(), "specs".into()));
        assert_eq!(key("/mono/a/cart.slo"), ("/mono".into(), "a/cart.slo".into()));
        assert_eq!(key("/tmp/cart.slo"), ("/tmp".into(), "cart.slo".into()));
    }
}
