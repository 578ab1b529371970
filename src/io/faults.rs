//! Tests: the writer on a disk that fails, or dies, at each single operation in turn.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::ops::{Ops, Real};
use super::place::{Lock, try_lock};
use super::tree::identity;
use super::{Failure, Output, Report, write_with};
use crate::emit::Artifact;

/// What goes wrong at the chosen operation.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    /// The process is killed: a file is half written, and nothing happens ever after.
    Kill,
    /// This one operation fails.
    Once,
    /// The disk is full: nothing can be made any more, but names can change and go.
    Full,
    /// Permission is lost for good.
    Denied,
}

/// A disk with a fault, and perhaps without some of the finer operations.
struct Faulty {
    left: AtomicUsize,
    hit: AtomicBool,
    fault: Fault,
    can_exchange: bool,
    can_link: bool,
}

impl Faulty {
    fn new(after: usize, fault: Fault, disk: Disk) -> Faulty {
        let (can_exchange, can_link) = match disk {
            Disk::Whole => (true, true),
            Disk::NoExchange => (false, true),
            Disk::NoLinks => (false, false),
        };
        Faulty { left: AtomicUsize::new(after), hit: AtomicBool::new(false), fault, can_exchange, can_link }
    }

    /// Counts an operation; fails when it is the chosen one, or comes after it and the fault lasts.
    fn step(&self, makes_something: bool) -> io::Result<()> {
        let before = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if before.is_ok() {
            return Ok(());
        }
        let first = !self.hit.swap(true, Ordering::SeqCst);
        match self.fault {
            Fault::Once if !first => Ok(()),
            Fault::Full if !makes_something => Ok(()),
            Fault::Full => Err(ErrorKind::StorageFull.into()),
            Fault::Denied => Err(ErrorKind::PermissionDenied.into()),
            Fault::Kill | Fault::Once => Err(ErrorKind::Other.into()),
        }
    }

    fn was_hit(&self) -> bool {
        self.hit.load(Ordering::SeqCst)
    }
}

impl Ops for Faulty {
    fn make_dir(&self, path: &Path, like: Option<&Permissions>) -> io::Result<()> {
        self.step(true)?;
        Real.make_dir(path, like)
    }
    fn write_new(&self, path: &Path, bytes: &[u8], like: Option<&Permissions>) -> io::Result<()> {
        let already = self.was_hit();
        let go = self.step(true);
        if go.is_err() && !(already && self.fault == Fault::Kill) {
            // What a write leaves behind when it is cut short.
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            let _ = Real.write_new(path, half, like);
        }
        go?;
        Real.write_new(path, bytes, like)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(true)?;
        if self.can_link { Real.link(from, to) } else { Err(ErrorKind::Unsupported.into()) }
    }
    fn link_all(&self, from: &Path, to: &Path, names: &[&OsStr]) -> io::Result<()> {
        names.iter().try_for_each(|name| self.link(&from.join(name), &to.join(name)))
    }
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(true)?;
        Real.copy(from, to)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(false)?;
        Real.rename(from, to)
    }
    fn exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        self.step(false)?;
        if !self.can_exchange {
            return Err(ErrorKind::Unsupported.into());
        }
        Real.exchange(a, b)?;
        for held in [a, b] {
            let lock = try_lock(&File::open(held)?);
            assert_eq!(lock, Lock::Busy, "another build could take {}", held.display());
        }
        Ok(())
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step(false)?;
        Real.remove_file(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step(false)?;
        Real.remove_dir(path)
    }
    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.step(false)?;
        Real.remove_tree(path)
    }
    fn sync(&self, _dir: &Path, _files: &[PathBuf]) -> io::Result<()> {
        self.step(true)
    }
}

/// A disk that lacks some operations.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Disk {
    Whole,
    NoExchange,
    NoLinks,
}

const FAR: usize = usize::MAX;

/// A directory with an earlier build and files of other people.
struct World {
    dir: tempfile::TempDir,
}

type Snapshot = BTreeMap<PathBuf, String>;

impl World {
    fn new() -> World {
        let world = World { dir: tempfile::tempdir().expect("a temporary directory") };
        world.build(&Real, &old()).expect("the first build");
        let out = world.out();
        fs::create_dir_all(out.join("notes/deep")).expect("directories");
        fs::write(out.join("README.md"), "mine").expect("a file of the user");
        fs::write(out.join("notes/deep/n.txt"), "mine too").expect("a file of the user");
        fs::write(out.join("prometheus/.gitkeep"), "").expect("a file of the user");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../README.md", out.join("notes/link")).expect("a link of the user");
        world
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn build(&self, ops: &dyn Ops, artifacts: &[Artifact]) -> Result<Report, Failure> {
        write_with(ops, &self.out(), Output { files: artifacts.to_vec(), ..Output::default() }, false)
    }

    /// Every directory, file and link of `out/`, but for the writer's scratch directory.
    fn snapshot(&self) -> Snapshot {
        let mut all = Snapshot::new();
        let mut open = vec![self.out()];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(&dir).expect("a directory") {
                let path = entry.expect("an entry").path();
                let kind = fs::symlink_metadata(&path).expect("metadata");
                let bytes = if kind.is_symlink() {
                    fs::read_link(&path).expect("a link").display().to_string()
                } else if kind.is_dir() {
                    open.push(path.clone());
                    "/".to_string()
                } else {
                    fs::read_to_string(&path).expect("a file")
                };
                all.insert(path.strip_prefix(self.out()).expect("inside").to_path_buf(), bytes);
            }
        }
        all.retain(|path, _| !path.starts_with(".sloc"));
        all
    }

    /// Whatever stands beside `out/`, or in it, that no user put there.
    fn litter(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path()).expect("a directory");
        let beside = entries.map(|e| e.expect("an entry").path()).filter(|p| *p != self.out());
        let inside = [self.out().join(".sloc")].into_iter().filter(|p| p.exists());
        beside.chain(inside).collect()
    }
}

fn file(path: &str, body: &str) -> Artifact {
    Artifact { path: path.into(), body: body.into(), origin: "specs/a.slo:1".into() }
}

fn old() -> Vec<Artifact> {
    vec![
        file("prometheus/a.yml", "groups: [old]\n"),
        file("prometheus/same.yml", "groups: []\n"),
        file("runbooks/a/x.md", "# old\n"),
        file("runbooks/gone/y.md", "# gone\n"),
    ]
}

fn new() -> Vec<Artifact> {
    vec![
        file("grafana/dashboards/z.json", "{}\n"),
        file("prometheus/a.yml", "groups: [new, and longer]\n"),
        file("prometheus/same.yml", "groups: []\n"),
        file("runbooks/a/x.md", "# new\n"),
    ]
}

/// What `out/` holds before and after.
fn both() -> (Snapshot, Snapshot) {
    let world = World::new();
    let before = world.snapshot();
    world.build(&Real, &new()).expect("a build");
    (before, world.snapshot())
}

/// Runs a build with the fault at the first operation, at the second and so on, until one runs through untouched.
/// Gives each outcome to `check`; returns how many there were.
fn at_every_operation(fault: Fault, disk: Disk, check: impl Fn(usize, &World, Result<Report, Failure>)) -> usize {
    for n in 0..1000 {
        let world = World::new();
        let ops = Faulty::new(n, fault, disk);
        let result = world.build(&ops, &new());
        if !ops.was_hit() {
            assert!(result.is_ok_and(|r| r.leftover.is_none()), "{disk:?}: without a fault");
            return n;
        }
        check(n, &world, result);
    }
    panic!("the build never ends");
}

#[test]
fn without_faults_each_kind_of_disk_ends_with_the_same_tree_and_no_litter() {
    let (_, after) = both();
    for disk in [Disk::Whole, Disk::NoExchange, Disk::NoLinks] {
        let world = World::new();
        let directory = identity(&world.out());
        let report = world.build(&Faulty::new(FAR, Fault::Kill, disk), &new()).expect("a build");
        assert_eq!((report.files, report.written, report.deleted), (5, 4, 1), "{disk:?}");
        assert_eq!(world.snapshot(), after, "{disk:?}");
        assert_eq!(world.litter(), Vec::<PathBuf>::new(), "{disk:?}");
        assert_eq!(identity(&world.out()), directory, "{disk:?}: still the directory that others may have mounted");
    }
}

#[test]
fn killed_at_any_operation_out_is_one_whole_build() {
    let (before, after) = both();
    let points = at_every_operation(Fault::Kill, Disk::Whole, |n, world, _| {
        let now = world.snapshot();
        assert!(now == before || now == after, "operation {n}: {:?}", now.keys());
        world.build(&Real, &new()).unwrap_or_else(|e| panic!("operation {n}: the next build: {e}"));
        assert_eq!(world.snapshot(), after, "operation {n}");
        assert_eq!(world.litter(), Vec::<PathBuf>::new(), "operation {n}");
    });
    assert!(points > 20, "{points} operations are too few to be all");
}

#[test]
fn killed_at_any_operation_the_next_build_can_also_go_back() {
    let (before, _) = both();
    for disk in [Disk::Whole, Disk::NoExchange, Disk::NoLinks] {
        at_every_operation(Fault::Kill, disk, |n, world, _| {
            world.build(&Real, &old()).unwrap_or_else(|e| panic!("{disk:?} {n}: {e}"));
            assert_eq!(world.snapshot(), before, "{disk:?} {n}");
            assert_eq!(world.litter(), Vec::<PathBuf>::new(), "{disk:?} {n}");
        });
    }
}

#[test]
fn killed_where_nothing_can_be_swapped_each_file_is_old_or_new_and_the_next_build_heals() {
    let (before, after) = both();
    for disk in [Disk::NoExchange, Disk::NoLinks] {
        at_every_operation(Fault::Kill, disk, |n, world, _| {
            for (path, bytes) in world.snapshot() {
                let known = [before.get(&path), after.get(&path)];
                assert!(known.contains(&Some(&bytes)), "{disk:?} {n}: {} is neither old nor new", path.display());
            }
            world.build(&Real, &new()).unwrap_or_else(|e| panic!("{disk:?} {n}: {e}"));
            assert_eq!(world.snapshot(), after, "{disk:?} {n}");
            assert_eq!(world.litter(), Vec::<PathBuf>::new(), "{disk:?} {n}");
        });
    }
}

#[test]
fn killed_while_healing_it_still_heals() {
    let (before, after) = both();
    for disk in [Disk::Whole, Disk::NoExchange] {
        at_every_operation(Fault::Kill, disk, |first, world, _| {
            for second in 0..1000 {
                let ops = Faulty::new(second, Fault::Kill, disk);
                let healed = world.build(&ops, &new());
                let now = world.snapshot();
                assert!(disk != Disk::Whole || now == before || now == after, "{first} {second}: {:?}", now.keys());
                if !ops.was_hit() {
                    healed.unwrap_or_else(|e| panic!("{disk:?} {first} {second}: {e}"));
                    break;
                }
            }
            assert_eq!(world.snapshot(), after, "{disk:?} {first}");
            assert_eq!(world.litter(), Vec::<PathBuf>::new(), "{disk:?} {first}");
        });
    }
}

#[test]
fn on_an_error_everything_is_as_it_was_and_on_success_as_it_should_be() {
    let (before, after) = both();
    for disk in [Disk::Whole, Disk::NoExchange, Disk::NoLinks] {
        for fault in [Fault::Once, Fault::Full] {
            at_every_operation(fault, disk, |n, world, result| {
                let wanted = if result.is_ok() { &after } else { &before };
                assert_eq!(world.snapshot(), *wanted, "{disk:?} {fault:?} {n}: {result:?}");
                world.build(&Real, &new()).unwrap_or_else(|e| panic!("{disk:?} {fault:?} {n}: {e}"));
                assert_eq!(world.snapshot(), after, "{disk:?} {fault:?} {n}");
                assert_eq!(world.litter(), Vec::<PathBuf>::new(), "{disk:?} {fault:?} {n}");
            });
        }
    }
}

#[test]
fn a_full_disk_is_named() {
    let world = World::new();
    let failure = world.build(&Faulty::new(0, Fault::Full, Disk::Whole), &new()).expect_err("no room");
    assert!(failure.message.contains("no storage space"), "{failure}");
    assert_eq!(failure.help.as_deref(), Some("make room, then run it again"));
}

#[test]
fn permission_lost_half_way_leaves_a_whole_build() {
    let (before, after) = both();
    at_every_operation(Fault::Denied, Disk::Whole, |n, world, _| {
        let now = world.snapshot();
        assert!(now == before || now == after, "operation {n}: {:?}", now.keys());
    });
}

#[test]
fn what_others_save_while_the_staged_tree_stands_in_is_kept() {
    let world = World::new();
    for n in 0..1000 {
        // Stop at each operation, save something by path as an editor does, then let the next build finish.
        let ops = Faulty::new(n, Fault::Kill, Disk::Whole);
        let _ = world.build(&ops, &if n % 2 == 0 { new() } else { old() });
        let name = format!("saved{n}.txt");
        fs::create_dir_all(world.out().join("notes/later")).expect("a directory");
        fs::write(world.out().join(&name), "while it was away").expect("a new file");
        fs::write(world.out().join("notes/later/draft"), &name).expect("a draft");
        fs::rename(world.out().join("notes/later/draft"), world.out().join("README.md")).expect("saved by renaming");
        world.build(&Real, &new()).unwrap_or_else(|e| panic!("operation {n}: {e}"));
        assert!(world.out().join(&name).exists(), "operation {n}: {name} is lost");
        assert_eq!(fs::read_to_string(world.out().join("README.md")).expect("a file"), name, "operation {n}");
        if !ops.was_hit() {
            return;
        }
    }
}
