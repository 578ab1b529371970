//! The real program under bad circumstances: killed, without room, without permission, twice at once. Whatever
//! happens, `out/` is one whole build, and the message names the cause.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod sandbox;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Sandbox, Snapshot, cache, has, outcome, snapshot};
use sha2::{Digest, Sha256};

/// A project with two programs that differ, and what each compiles to.
struct Two {
    sandbox: Sandbox,
    /// What the first program compiles to where nothing was before.
    first: Snapshot,
    /// What each compiles to after the other: it also tells Grafana which rules are to go. As `known/…` on the disk.
    trees: [Snapshot; 2],
}

const PROGRAMS: [&str; 2] = ["old", "new"];

impl Two {
    fn new() -> Two {
        let sandbox = Sandbox::empty();
        for program in PROGRAMS {
            let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/robust").join(program).join("shop.slo");
            sandbox.put(&format!("{program}/shop.slo"), &fs::read_to_string(data).unwrap());
        }
        let build = |program: &str| {
            sandbox.run(&format!("build --specs {program}")).exits(0);
            sandbox.snapshot("out")
        };
        let first = build("old");
        build("new");
        let trees = PROGRAMS.map(|program| {
            let tree = build(program);
            sandbox.shell(&format!("mkdir -p known && cp -r out known/{program}")).exits(0);
            assert!(tree.len() > 10, "{program}: {:?}", tree.keys());
            tree
        });
        assert_ne!(trees[0], trees[1]);
        Two { sandbox, first, trees }
    }

    /// Starts building one of the two programs into `out/`.
    fn start(&self, which: usize) -> Child {
        let arguments = ["build", "--specs", PROGRAMS[which]];
        self.sandbox.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn build(&self, which: usize) {
        self.sandbox.run(&format!("build --specs {}", PROGRAMS[which])).exits(0);
    }

    /// Fails unless `out/` is one of the two builds, byte for byte and by its own manifest. Says which.
    #[track_caller]
    fn assert_whole(&self, when: &str) -> usize {
        let now = self.sandbox.snapshot("out");
        let which = self.trees.iter().position(|tree| *tree == now);
        let which = which.unwrap_or_else(|| panic!("{when}: out/ is neither build: {:?}", now.keys()));
        assert_manifest_holds(&now);
        which
    }

    /// Fails when a build has left anything beside or in the output directory.
    fn assert_tidy(&self) {
        let mut names: Vec<_> = fs::read_dir(self.sandbox.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["known", "new", "old", "out"]);
    }
}

/// Every file has the digest that the manifest gives it, and there is no other.
fn assert_manifest_holds(tree: &Snapshot) {
    let manifest: serde_json::Value = serde_json::from_slice(&tree[Path::new("manifest.json")]).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len() + 1, tree.len());
    for file in files {
        let bytes = &tree[Path::new(file["path"].as_str().unwrap())];
        assert_eq!(file["sha256"].as_str().unwrap(), format!("{:x}", Sha256::digest(bytes)), "{file}");
    }
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit.max(1)
    }
}

#[test]
fn killed_at_200_random_moments_out_is_always_one_whole_build() {
    let two = Two::new();
    two.build(0);
    let begun = Instant::now();
    two.build(1);
    let whole = begun.elapsed();
    let mut numbers = Numbers(1);
    let mut cut_short = 0;
    for round in 0..200 {
        let mut child = two.start(round % 2);
        if round % 4 < 2 {
            thread::sleep(Duration::from_micros(numbers.below(whole.as_micros() as u64)));
        } else {
            // The writing is a small part of a run: wait until it has begun, so that half of the kills hit it.
            let stage = two.sandbox.path(".out.sloc");
            while !stage.exists() && child.try_wait().unwrap().is_none() {}
            thread::sleep(Duration::from_micros(numbers.below(whole.as_micros() as u64 / 20)));
        }
        child.kill().unwrap();
        cut_short += usize::from(!child.wait().unwrap().success());
        two.assert_whole(&format!("kill {round}"));
    }
    assert!(cut_short > 50, "only {cut_short} builds were killed before their end");
    for which in [0, 1] {
        two.build(which);
        assert_eq!(two.assert_whole("after all"), which);
    }
    two.assert_tidy();
}

/// Kills the program on entering the `n`-th call of each kind that changes a disk, until there is no n-th.
#[test]
fn killed_at_every_system_call_that_writes_out_is_one_whole_build() {
    let two = Two::new();
    two.build(0);
    if !has("strace") || !can_trace(&two) {
        return;
    }
    let mut kills = 0;
    for call in
        ["mkdir", "openat", "write", "linkat", "fdatasync", "renameat2", "rename", "unlink", "unlinkat", "rmdir"]
    {
        for n in 1..2000 {
            let before = two.assert_whole("before");
            if !kill_at(&two, call, n, 1 - before) {
                break;
            }
            kills += 1;
            two.assert_whole(&format!("killed at {call} {n}"));
        }
    }
    assert!(kills > 100, "only {kills} kills");
    two.build(0);
    two.build(1);
    two.assert_tidy();
}

/// Whether the program was killed, and did not come to its end first.
fn kill_at(two: &Two, call: &str, n: usize, which: usize) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={n}");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}")).arg("-e").arg(inject);
    command.arg(env!("CARGO_BIN_EXE_sloc")).args(["build", "--threads", "1", "--specs", PROGRAMS[which]]);
    !command.current_dir(two.sandbox.0.path()).envs([cache()]).stderr(Stdio::null()).status().unwrap().success()
}

fn can_trace(two: &Two) -> bool {
    let can = two.sandbox.shell("strace -qq -o /dev/null true 2>/dev/null").status == 0;
    if !can {
        eprintln!("skipped: tracing is not permitted here");
    }
    can
}

#[test]
fn two_builds_at_once_end_with_one_whole_build() {
    let two = Two::new();
    for round in 0..25 {
        let mut children: Vec<Child> = (0..4).map(|i| two.start((round + i) % 2)).collect();
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        two.assert_whole(&format!("round {round}"));
    }
    two.assert_tidy();
}

#[test]
fn a_build_that_never_lets_go_is_named() {
    let two = Two::new();
    two.build(0);
    if !has("flock") || std::env::var_os("SLOC_REQUIRE_ENGINES").is_none() {
        eprintln!("skipped: waits for half a minute; runs where SLOC_REQUIRE_ENGINES is set");
        return;
    }
    let result = two.sandbox.shell("flock out $SLOC build --specs new").exits(3);
    assert!(result.stderr.contains("another build holds out"), "{}", result.stderr);
    assert_eq!(two.assert_whole("afterwards"), 0);
}

#[test]
fn any_number_of_threads_and_any_directory_give_the_same_bytes() {
    let two = Two::new();
    for threads in [1, 2, 8] {
        two.sandbox.run(&format!("build --specs old --threads {threads} --out t{threads}")).exits(0);
        assert_eq!(two.sandbox.snapshot(&format!("t{threads}")), two.first, "{threads} threads");
    }
    let project = two.sandbox.0.path().to_str().unwrap().to_string();
    let elsewhere = Sandbox::empty();
    let from_outside = ["-C", &project, "build", "--specs", "old", "--out", "outside"];
    outcome(&mut elsewhere.command(&from_outside)).exits(0);
    assert_eq!(two.sandbox.snapshot("outside"), two.first);
    let copied =
        elsewhere.shell(&format!("cp -r {project}/old . && LC_ALL=C TZ=Asia/Tokyo $SLOC build --specs old")).exits(0);
    assert!(copied.stderr.contains("built"));
    assert_eq!(elsewhere.snapshot("out"), two.first);
}

/// Times of files say nothing: neither a clock that jumps nor a checkout that sets them all anew.
#[test]
fn a_clock_that_jumps_changes_nothing() {
    let two = Two::new();
    for date in ["1970-01-02", "2099-12-31"] {
        two.build(0);
        two.sandbox.shell(&format!("find out old -exec touch -d {date} {{}} +")).exits(0);
        two.sandbox.run("build --specs old").exits(0).says(", 0 changed\n");
        let edit = |from: &str, to: &str| format!("sed -i s/{from}/{to}/ old/shop.slo && touch -d {date} old/shop.slo");
        two.sandbox.shell(&edit("30d", "29d")).exits(0);
        two.sandbox.run("build --specs old --check").exits(1).says("is not what the specs say");
        two.sandbox.shell(&edit("29d", "30d")).exits(0);
        two.build(1);
        assert_eq!(two.assert_whole(date), 1);
    }
    two.assert_tidy();
}

/// Runs a script in a mount namespace of its own, where it may mount what it likes and nothing is left behind.
/// `None`, with a word why, where that is not permitted.
fn with_mounts(two: &Two, script: &str) -> Option<sandbox::Outcome> {
    if two.sandbox.shell("unshare -m mount -t tmpfs none known/old 2>/dev/null").status != 0 {
        eprintln!("skipped: mounting is not permitted here");
        return None;
    }
    Some(two.sandbox.shell(&format!("unshare -m sh -ec '{script}'")))
}

#[test]
fn a_full_disk_is_named_and_changes_nothing() {
    let two = Two::new();
    let script = "
        mkdir disk && mount -t tmpfs -o size=600k tmpfs disk && cp -r old new disk && cd disk
        $SLOC build --specs old 2>/dev/null && cp -r out ../before
        dd if=/dev/zero of=fill bs=1k 2>/dev/null || true
        status=0; $SLOC build --specs new || status=$?
        diff -r ../before out && ls -A . >&2 && exit $status";
    let Some(result) = with_mounts(&two, script) else { return };
    let result = result.exits(3).says("No space left on device").says("help: make room, then run it again");
    assert!(result.stderr.ends_with("\nfill\nnew\nold\nout\n"), "nothing is left behind: {}", result.stderr);
    assert_eq!(two.sandbox.snapshot("before"), two.first);
}

#[test]
fn a_limit_on_the_size_of_files_is_named_and_changes_nothing() {
    let two = Two::new();
    two.build(0);
    let result = two.sandbox.shell("trap '' XFSZ; ulimit -f 2; exec $SLOC build --specs new").exits(3);
    assert!(result.stderr.contains("File too large"), "{}", result.stderr);
    assert_eq!(two.assert_whole("afterwards"), 0);
    two.assert_tidy();
}

#[test]
fn a_read_only_disk_is_named_and_a_build_without_changes_needs_no_more() {
    let two = Two::new();
    two.build(0);
    let script = "
        mount --bind . . && mount -o remount,ro,bind . . && cd \"$PWD\"
        $SLOC build --specs old
        $SLOC build --specs old --check
        exec $SLOC build --specs new";
    let Some(result) = with_mounts(&two, script) else { return };
    result.exits(3).says(", 0 changed\n").says("out is what the specs say\n").says("Read-only file system");
    assert_eq!(two.assert_whole("afterwards"), 0);
}

#[test]
fn without_permission_the_cause_is_named() {
    let two = Two::new();
    two.build(0);
    let as_nobody = if has("setpriv") && two.sandbox.shell("test $(id -u) = 0 || exit 7").status == 0 {
        "setpriv --reuid 65534 --regid 65534 --clear-groups"
    } else {
        "env"
    };
    let script =
        format!("chmod 755 . && chmod -R a+rX,a-w out && cp $SLOC sloc && exec {as_nobody} ./sloc build --specs new");
    two.sandbox.shell(&script).exits(3).says("Permission denied").says("help: ");
    assert_eq!(two.assert_whole("afterwards"), 0);
    two.sandbox.shell("chmod -R u+w out").exits(0);
}

#[test]
fn out_may_be_on_another_file_system_or_a_mount_point() {
    let two = Two::new();
    let script = "
        mount -t tmpfs tmpfs out && cp -r known/new/. out && echo mine > out/README.md
        $SLOC build --specs old && diff -r -x README.md known/old out
        $SLOC build --specs new && diff -r -x README.md known/new out
        $SLOC build --specs new --check && cat out/README.md && ls -A out . >&2";
    let Some(result) = with_mounts(&two, script) else { return };
    let result = result.exits(0);
    assert_eq!(result.stdout, "mine\n");
    assert!(!result.stderr.contains(".sloc"), "{}", result.stderr);
}

#[test]
fn a_mounted_part_of_out_stays_mounted_and_is_kept_up_to_date() {
    let two = Two::new();
    two.build(0);
    let script = "
        mkdir seen && mount --bind out/prometheus seen
        $SLOC build --specs new && diff -r known/new/prometheus seen && diff -r known/new out";
    if let Some(result) = with_mounts(&two, script) {
        result.exits(0);
    }
}

#[test]
fn whoever_stands_in_out_goes_on_seeing_it() {
    let two = Two::new();
    two.build(0);
    let script = "cd out/prometheus && $SLOC -C ../.. build --specs new && diff -r ../../known/new/prometheus .";
    two.sandbox.shell(script).exits(0);
    assert_eq!(snapshot(&two.sandbox.path("out")), two.trees[1]);
}
