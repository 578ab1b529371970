//! Waits for changes of files, as the system tells of them; where it does not, looks once a second.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use notify::event::Event;
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::{LoadError, Loader};

/// How long no file changes before a round begins: a save is several events, and a switched branch thousands.
const QUIET: Duration = Duration::from_millis(50);

/// How often silence is waited for. A file that something writes to all the time must not put a round off for ever.
const PATIENCE: usize = 20;

/// How often files are looked at where the system does not tell of them.
const LOOK: Duration = Duration::from_secs(1);

/// What the system tells by; or why it does not tell.
type Told = Result<RecommendedWatcher, notify::Error>;

/// Tells that something has changed since it was made.
pub struct Watch {
    sender: SyncSender<()>,
    changed: Receiver<()>,
    /// Tells of what is watched now.
    now: Option<Told>,
    /// Tells of what was watched before, until that is waited for: nothing falls in between.
    before: Option<Told>,
}

impl Default for Watch {
    /// Watches nothing yet.
    fn default() -> Watch {
        let (sender, changed) = sync_channel(1);
        Watch { sender, changed, now: None, before: None }
    }
}

impl Watch {
    /// From now on watches the project at `root`: all below each of `trees`, and each of `files`. They need not exist yet.
    /// What has changed before is told, too.
    pub fn turn(&mut self, root: &Path, trees: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) {
        let wanted: BTreeSet<PathBuf> = trees.union(files).cloned().collect();
        let told = watcher(self.sender.clone(), wanted).and_then(|mut watcher| {
            for (path, mode) in places(root, trees, files) {
                match watcher.watch(&path, mode) {
                    // It has gone in this moment: the look that follows finds out.
                    Err(error) if !path.exists() => drop(error),
                    done => done?,
                }
            }
            Ok(watcher)
        });
        self.before = self.now.replace(told);
    }

    /// Why the system does not tell of changes, in its words; files are looked at once a second then.
    pub fn trouble(&self) -> Option<String> {
        self.now.as_ref()?.as_ref().err().map(ToString::to_string)
    }

    /// Returns when something may have changed, and a moment has passed without another change.
    pub fn wait(&mut self) {
        self.before = None;
        if self.trouble().is_some() || self.changed.recv().is_err() {
            thread::sleep(LOOK);
        }
        self.settle();
    }

    /// Returns when a moment has passed without a change; whether there was one before.
    pub fn settle(&self) -> bool {
        settle(&self.changed)
    }
}

/// Waits for silence; whether there was anything else before.
fn settle(changed: &Receiver<()>) -> bool {
    let waits = (0..PATIENCE).take_while(|_| {
        thread::sleep(QUIET);
        changed.try_recv().is_ok()
    });
    waits.count() > 0
}

/// Leaves a token for each event that is about `wanted`: one is enough, so thousands of events are no more than one.
fn watcher(sender: SyncSender<()>, wanted: BTreeSet<PathBuf>) -> Result<RecommendedWatcher, notify::Error> {
    let told = move |event: notify::Result<Event>| {
        if event.is_err() || event.is_ok_and(|event| matters(&event, &wanted)) {
            let _ = sender.try_send(());
        }
    };
    RecommendedWatcher::new(told, Config::default().with_follow_symlinks(false))
}

/// Whether an event is about a file that is read, or a directory on the way to one. Reading a file is an event, too.
fn matters(event: &Event, wanted: &BTreeSet<PathBuf>) -> bool {
    let on_the_way = |path: &Path| wanted.range(path.to_path_buf()..).next().is_some_and(|w| w.starts_with(path));
    let about = |path: &PathBuf| on_the_way(path) || path.ancestors().any(|above| wanted.contains(above));
    !event.kind.is_access() && (event.need_rescan() || event.paths.iter().any(about))
}

/// What the system is asked to watch: trees as a whole, and each directory on the way from `root` to what is wanted, so
/// that a renamed or deleted one is noticed, and one that comes back.
fn places(root: &Path, trees: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, RecursiveMode> {
    let in_tree = |path: &Path| trees.iter().any(|tree| path.starts_with(tree));
    let nearest = |path: &Path| path.ancestors().find(|above| above.is_dir()).map(Path::to_path_buf);
    let mut places = BTreeMap::new();
    for path in trees.iter().chain(files) {
        let directories = path.ancestors().skip(1).take_while(|above| above.starts_with(root));
        let directories = directories.filter(|above| above.is_dir() && !in_tree(above)).map(Path::to_path_buf);
        places.extend(directories.chain(nearest(root)).map(|path| (path, RecursiveMode::NonRecursive)));
    }
    places.extend(trees.iter().filter(|tree| tree.is_dir()).map(|tree| (tree.clone(), RecursiveMode::Recursive)));
    places
}

/// Files, with a memory of what was read.
pub struct Seen<'a> {
    loader: &'a dyn Loader,
    read: Mutex<BTreeMap<String, Look>>,
}

/// What a file was like when it was read: the digest of its bytes, or why there were none.
type Look = Result<[u8; 32], LoadError>;

impl<'a> Seen<'a> {
    /// Remembers nothing yet.
    pub fn new(loader: &'a dyn Loader) -> Seen<'a> {
        Seen { loader, read: Mutex::default() }
    }

    /// What was read.
    pub fn memory(self) -> Memory {
        Memory {
            roots: self.loader.roots().unwrap_or_default(),
            read: self.read.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl Loader for Seen<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        self.loader.roots()
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let loaded = self.loader.load(path);
        let look = look(&loaded);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.entry(path.to_string()).or_insert_with(|| look.clone());
        if *known != look {
            // Some of what was made comes from the one, some from the other.
            *known = Err(LoadError::Failed("it changed while it was read".into()));
        }
        loaded
    }
}

fn look(loaded: &Result<Vec<u8>, LoadError>) -> Look {
    loaded.as_ref().map(|bytes| Sha256::digest(bytes).into()).map_err(Clone::clone)
}

/// What was read of a project at one time.
#[derive(PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    roots: Vec<String>,
    read: BTreeMap<String, Look>,
}

impl Memory {
    /// The files that are new, gone or otherwise now, by their path relative to the project, in order.
    pub fn changed(&self, loader: &dyn Loader) -> BTreeSet<String> {
        let (before, now) = (BTreeSet::from_iter(&self.roots), loader.roots().unwrap_or_default());
        let listed = before.symmetric_difference(&now.iter().collect()).map(ToString::to_string).collect::<Vec<_>>();
        let otherwise = self.read.iter().filter(|(path, then)| look(&loader.load(path)) != **then);
        otherwise.map(|(path, _)| path.clone()).chain(listed).collect()
    }

    /// Whether a file was read, or looked for.
    pub fn knows(&self, path: &str) -> bool {
        self.read.contains_key(path)
    }

    /// The same but for these files.
    pub fn without(mut self, files: &BTreeSet<String>) -> Memory {
        self.read.retain(|path, _| !files.contains(path));
        self
    }

    /// The same when some of it was read again, and more.
    pub fn and(mut self, later: Memory) -> Memory {
        self.read.extend(later.read);
        Memory { roots: later.roots, read: self.read }
    }

    /// Every file that was read, or looked for, by its path from the root of the file system, and by what links lead to.
    pub fn files(&self, root: &Path) -> BTreeSet<PathBuf> {
        let named = self.read.keys().chain(&self.roots).map(|path| root.join(path));
        named
            .flat_map(|path| [std::fs::canonicalize(&path).unwrap_or_default(), path])
            .filter(|p| p.is_absolute())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use notify::EventKind;
    use notify::event::{AccessKind, ModifyKind, RemoveKind};

    use super::*;

    #[test]
    fn a_storm_of_events_is_one_round() {
        let (sender, changed) = sync_channel(1);
        for _ in 0..10_000 {
            let _ = sender.try_send(());
        }
        changed.recv().expect("a token");
        settle(&changed);
        assert!(changed.try_recv().is_err());
    }

    #[test]
    fn what_never_falls_silent_is_not_waited_for() {
        let (sender, changed) = sync_channel::<()>(1);
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let told = stop.clone();
        let writer = thread::spawn(move || {
            while !told.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = sender.try_send(());
                thread::yield_now();
            }
        });
        settle(&changed);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().expect("it ends");
    }

    #[test]
    fn what_changed_before_something_else_is_watched_is_told() {
        let dir = tempfile::tempdir().expect("a directory");
        let (root, trees) = (dir.path(), BTreeSet::from([dir.path().join("specs")]));
        std::fs::create_dir(root.join("specs")).expect("a directory");
        let mut watch = Watch::default();
        watch.turn(root, &trees, &BTreeSet::new());
        std::fs::write(root.join("specs/a.slo"), "the same bytes").expect("a file");
        watch.turn(root, &trees, &BTreeSet::from([root.join("catalog.prom")]));
        assert_eq!(watch.trouble(), None);
        watch.changed.recv_timeout(Duration::from_secs(60)).expect("word of the file");
    }

    #[test]
    fn only_what_is_read_and_the_way_to_it_matters() {
        let wanted = BTreeSet::from(["/p/specs", "/p/catalog/a.prom"].map(PathBuf::from));
        let event = |kind, path: &str| matters(&Event::new(kind).add_path(path.into()), &wanted);
        let modified = EventKind::Modify(ModifyKind::Any);
        for path in ["/p/specs/a.slo", "/p/specs", "/p/catalog/a.prom", "/p/catalog", "/p", "/p/specs/new/deep/a.slo"] {
            assert!(event(modified, path), "{path}");
            assert!(!event(EventKind::Access(AccessKind::Any), path), "{path}");
        }
        for path in ["/p/out", "/p/out/manifest.json", "/p/specs2", "/p/catalog/b.prom", "/q"] {
            assert!(!event(EventKind::Remove(RemoveKind::Any), path), "{path}");
        }
    }

    #[test]
    fn what_does_not_exist_is_waited_for_where_it_would_appear() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        std::fs::create_dir_all(root.join("a")).expect("a directory");
        let trees = BTreeSet::from([root.join("a/specs")]);
        let watched: Vec<PathBuf> = places(root, &trees, &BTreeSet::new()).into_keys().collect();
        assert_eq!(watched, [root.to_path_buf(), root.join("a")]);
        std::fs::create_dir_all(root.join("a/specs/b")).expect("a directory");
        let files = BTreeSet::from([root.join("a/specs/b/c.slo"), root.join("catalog/x.prom")]);
        let places = places(root, &trees, &files);
        assert_eq!(places.len(), 3, "{places:?}");
        assert_eq!(places[&root.join("a/specs")], RecursiveMode::Recursive);
    }
}
