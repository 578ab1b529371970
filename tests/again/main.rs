//! Builds after builds: with the record of the last one, whatever has become of it, everything is as without it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod edits;
#[path = "../sandbox/mod.rs"]
mod sandbox;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use sandbox::{CHECKOUT, Outcome, Sandbox, Snapshot, outcome};

/// A project, and a place of its own for records.
struct Place {
    project: Sandbox,
    home: tempfile::TempDir,
}

/// The length of the file that says what the output was like when it was looked at: a code and a digest.
const SEAL: u64 = 32 + 64;

/// All that a build is: how it ended, what it said, what is there now.
type Everything = (i32, String, String, Snapshot);

impl Place {
    fn new() -> Place {
        Place { project: Sandbox::new(), home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = self.project.command(&arguments.split_whitespace().collect::<Vec<_>>());
        command.env("XDG_CACHE_HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &str) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    /// Where the records are.
    fn dir(&self) -> PathBuf {
        self.home.path().join("sloc")
    }

    /// The one record.
    fn record(&self) -> PathBuf {
        let [record] = &self.kept(|length| length != SEAL)[..] else { panic!("one record") };
        record.clone()
    }

    /// The files that are kept beside the key, of such lengths.
    fn kept(&self, length: impl Fn(u64) -> bool) -> Vec<PathBuf> {
        let files = fs::read_dir(self.dir()).unwrap().map(|e| e.unwrap());
        let files = files.filter(|e| e.file_name() != "key" && length(e.metadata().unwrap().len()));
        files.map(|e| e.path()).collect()
    }

    /// Builds, and says whether it looked only: a build that makes everything leaves a new record.
    fn looks_only(&self, arguments: &str) -> bool {
        let before = fs::metadata(self.record()).unwrap().ino();
        let kept = self.home.path().join("kept");
        // As long as the old file is there, no new one can have its number.
        fs::hard_link(self.record(), &kept).unwrap();
        self.run(arguments).exits(0);
        fs::remove_file(kept).unwrap();
        fs::metadata(self.record()).unwrap().ino() == before
    }

    fn everything(&self, arguments: &str) -> Everything {
        let done = self.run(arguments);
        assert!(!done.stderr.contains("bug of sloc"), "{}", done.stderr);
        let said = done.stderr.replace(self.project.0.path().to_str().unwrap(), "PROJECT");
        (done.status, done.stdout, said, self.project.snapshot("."))
    }
}

#[test]
fn where_nothing_changed_a_build_looks_only() {
    let place = Place::new();
    place.run("build").exits(0).says("built 1 SLO of 1 service into out: 16 files, 16 changed");
    let out = place.project.snapshot("out");
    assert!(place.looks_only("build"));
    place.run("build").exits(0).says("built 1 SLO of 1 service into out: 16 files, 0 changed");
    assert_eq!(place.project.snapshot("out"), out);
    // Whoever wants it made anew says so; a gate, and who overwrites, need not.
    for arguments in ["build --no-cache", "build --force", "build --check", "build --cost"] {
        let before = fs::read(place.record()).unwrap();
        place.run(arguments).exits(0);
        assert_eq!(fs::read(place.record()).unwrap(), before, "{arguments}");
    }
    assert!(place.looks_only("build --threads 1"));
    assert!(fs::metadata(place.record()).unwrap().permissions().mode() & 0o077 == 0);
}

#[test]
fn warnings_are_said_again() {
    let place = Place::new();
    place.project.put("specs/more.slo", "policy unused {\n  page  2% of budget in 1h\n}\nservice empty {\n}\n");
    for arguments in
        ["build", "build --format short", "build --format json", "build --format sarif", "build --only prometheus"]
    {
        place.run("build --no-cache").exits(0);
        let first = place.run(arguments).exits(0);
        assert!(first.stderr.contains("warning") && format!("{}{}", first.stdout, first.stderr).contains("W0401"));
        let again = place.run(arguments).exits(0);
        let messages = |said: &Outcome| said.stderr.split("built ").next().unwrap().to_string();
        assert_eq!((&again.stdout, messages(&again)), (&first.stdout, messages(&first)));
    }
}

/// Writes other bytes into a file, and sets back its length and time.
fn flip(path: &Path) {
    let written = fs::metadata(path).unwrap().modified().unwrap();
    rewrite(path, |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1));
    fs::File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
}

#[test]
fn an_output_that_was_looked_at_is_looked_at_again_where_something_was_written() {
    let place = Place::new();
    let rules = place.project.path("out/prometheus/checkout.rules.yml");
    place.run("build").exits(0);
    place.run("build").exits(0);
    let seals = place.kept(|length| length == SEAL);
    assert_eq!(seals.len(), 1);
    flip(&rules);
    assert!(place.run("build").stderr.contains("edited"));
    flip(&rules);
    assert!(place.looks_only("build"));
    // Other bytes in another file of the same length and time.
    let (other, written) = (place.home.path().join("other"), fs::metadata(&rules).unwrap().modified().unwrap());
    fs::copy(&rules, &other).unwrap();
    flip(&other);
    fs::File::options().write(true).open(&other).unwrap().set_modified(written).unwrap();
    fs::rename(&other, &rules).unwrap();
    assert!(place.run("build").stderr.contains("edited"));
    // What was said of files is believed no more than the record is.
    rewrite(&seals[0], |bytes| bytes[40] ^= 1);
    assert!(place.run("build").stderr.contains("edited"));
    flip(&rules);
    place.run("build").exits(0).says("16 files, 0 changed");
}

/// Something that becomes of the records of a build.
type Harm = fn(&Place);

fn rewrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

const HARMS: &[(&str, Harm)] = &[
    ("no record", |p| fs::remove_file(p.record()).unwrap()),
    ("nothing at all", |p| fs::remove_dir_all(p.dir()).unwrap()),
    ("an empty record", |p| rewrite(&p.record(), Vec::clear)),
    ("a record without its end", |p| rewrite(&p.record(), |b| b.truncate(b.len() - 1))),
    ("the code alone", |p| rewrite(&p.record(), |b| b.truncate(32))),
    ("more behind it", |p| rewrite(&p.record(), |b| b.push(b' '))),
    ("the code of another key", |p| rewrite(&p.dir().join("key"), |b| b[0] ^= 1)),
    ("half a key", |p| rewrite(&p.dir().join("key"), |b| b.truncate(16))),
    ("more than a key", |p| rewrite(&p.dir().join("key"), |b| b.push(0))),
    ("no key", |p| fs::remove_file(p.dir().join("key")).unwrap()),
    ("a directory for a key", |p| {
        fs::remove_file(p.dir().join("key")).unwrap();
        fs::create_dir(p.dir().join("key")).unwrap();
    }),
    ("a directory in the way", |p| {
        let record = p.record();
        fs::remove_file(&record).unwrap();
        fs::create_dir(record).unwrap();
    }),
    ("a file for the directory", |p| {
        fs::remove_dir_all(p.dir()).unwrap();
        fs::write(p.dir(), "").unwrap();
    }),
    ("a record that is a link", |p| {
        let (record, aside) = (p.record(), p.home.path().join("aside"));
        fs::rename(&record, &aside).unwrap();
        symlink(aside, record).unwrap();
    }),
    ("a key that is a link", |p| {
        let aside = p.home.path().join("aside");
        fs::rename(p.dir().join("key"), &aside).unwrap();
        symlink(aside, p.dir().join("key")).unwrap();
    }),
    ("a directory that is a link", |p| {
        let aside = p.home.path().join("aside");
        fs::rename(p.dir(), &aside).unwrap();
        symlink(aside, p.dir()).unwrap();
    }),
    ("a directory for all to write", |p| fs::set_permissions(p.dir(), fs::Permissions::from_mode(0o777)).unwrap()),
    ("a key for all to read", |p| {
        fs::set_permissions(p.dir().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    }),
    ("a record for the group to write", |p| {
        fs::set_permissions(p.record(), fs::Permissions::from_mode(0o620)).unwrap();
    }),
    ("a directory of somebody else", |p| drop(chown(p.dir(), Some(12_345), None))),
    ("a key of somebody else", |p| drop(chown(p.dir().join("key"), Some(12_345), None))),
    ("a record of somebody else", |p| drop(chown(p.record(), Some(12_345), None))),
    ("the record of another project", |p| {
        let other = Place { project: Sandbox::new(), home: tempfile::tempdir().unwrap() };
        fs::create_dir(other.dir()).unwrap();
        fs::set_permissions(other.dir(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::copy(p.dir().join("key"), other.dir().join("key")).unwrap();
        other.run("build").exits(0);
        fs::copy(other.record(), p.record()).unwrap();
    }),
    ("the record of other arguments", |p| {
        let record = p.record();
        p.run("build --only runbooks --out other").exits(0);
        let other = p.kept(|length| length != SEAL).into_iter().find(|path| *path != record).unwrap();
        fs::rename(other, record).unwrap();
        fs::remove_dir_all(p.project.path("other")).unwrap();
    }),
];

/// Whether this test may give files away.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

#[test]
fn a_harmed_record_is_none() {
    for (harm, does) in HARMS.iter().filter(|(harm, _)| is_root() || !harm.contains("somebody else")) {
        // One build finds all as it was, one finds a spec and an output changed.
        for changed in [false, true] {
            let place = Place::new();
            place.run("build").exits(0);
            does(&place);
            if changed {
                place.project.put("specs/checkout.slo", &CHECKOUT.replace("99.9%", "99.5%"));
                fs::remove_file(place.project.path("out/prometheus/checkout.rules.yml")).unwrap();
            }
            let before = place.project.snapshot("out");
            let known = place.everything("build");
            fs::remove_dir_all(place.project.path("out")).unwrap();
            for (path, bytes) in before {
                let path = place.project.path("out").join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            assert_eq!(known, place.everything("build --no-cache"), "{harm}, {changed}");
        }
    }
}

#[test]
fn another_program_believes_none_of_it() {
    let place = Place::new();
    place.run("build").exits(0);
    assert!(place.looks_only("build"));
    let copy = place.home.path().join("copy");
    fs::copy(env!("CARGO_BIN_EXE_sloc"), &copy).unwrap();
    let before = fs::metadata(place.record()).unwrap().ino();
    let mut command = Command::new(copy);
    command.arg("build").current_dir(place.project.0.path()).env("XDG_CACHE_HOME", place.home.path());
    outcome(&mut command).exits(0);
    assert_ne!(fs::metadata(place.record()).unwrap().ino(), before);
}

#[test]
fn where_nothing_can_be_kept_builds_are_as_ever() {
    let place = Place::new();
    let mut without = place.command("build");
    without.env_remove("XDG_CACHE_HOME").env_remove("HOME");
    outcome(&mut without).exits(0).says("16 files, 16 changed");
    let mut relative = place.command("build");
    relative.env("XDG_CACHE_HOME", "cache").env("HOME", "home");
    outcome(&mut relative).exits(0).says("16 files, 0 changed");
    assert_eq!(fs::read_dir(place.project.0.path()).unwrap().count(), 2);
    // A full disk, as far as files of any size go.
    let home = place.home.path().display();
    let full = format!("trap '' XFSZ; ulimit -f 0; XDG_CACHE_HOME={home} exec $SLOC build");
    place.project.shell(&full).exits(0).says("16 files, 0 changed");
    place.run("build").exits(0).says("16 files, 0 changed");
    assert!(place.looks_only("build"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_with_another_byte_is_none(at in any::<prop::sample::Index>(), bit in 0..8u32) {
        let place = Place::new();
        place.run("build").exits(0);
        rewrite(&place.record(), |bytes| {
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
        });
        prop_assert!(!place.looks_only("build"));
        prop_assert!(place.looks_only("build"));
    }
}

/// What may stand in a spec, beside its service, that others are meant by or that means others.
const LEADS: &[&str] = &[
    "service s1 {\n  slo a 9% over 30d {\n    up  up\n  }\n}\n",
    "service S_2 {\n  slo a 9% over 30d {\n    up  up\n  }\n}\n",
    "project p {\n  every 1m\n}\n",
    "project p {\n  emit kubernetes\n}\n",
    "team payments {\n}\n",
    "datasource other prometheus \"http://other:9090\" default every 15s\n",
    "environment staging {\n  s1.up  90% over 7d { page off }\n}\n",
    "import \"s1.slo\"\n",
    "policy quiet {\n  page  5% of budget in 1h confirmed over 5m\n}\n",
    "metrics {\n  gauge  other{job}\n}\n",
    "template t(job) {\n  slo t 9% over 30d {\n    up  up{job=\"$job\"}\n  }\n}\nservice u {\n  use  t(job = \"u\")\n}\n",
    "service both {\n  slo both 90% over 30d {\n    all  s1.up, s2.up\n  }\n}\n",
    "service ours {\n  alert a {\n    when  slo:objective:ratio{slo_service=\"s1\"} > 0.5\n    warning  for 5m\n  }\n}\n",
    "dashboard s1 {\n  stat \"One\" {\n    query  up\n  }\n}\n",
    "test \"it fires\" {\n  series  up{job=\"a\"}  0x100\n  expect  s1.up  page\n}\n",
    "route {\n  otherwise  nobody\n}\n",
    "service empty {\n}\n",
    "# allow W0401: for no reason\n",
    "service more {\n  slo a 9% over 30d {\n    up  up\n  }\n}\n",
    "service broken {\n",
    "service twin {\n  title  \"s1\"\n  slo a 9% over 30d {\n    up  up\n  }\n}\n",
    "dashboard d {\n  stat \"One\" {\n    query  up\n  }\n}\nservice opens {\n  alert down {\n    when  up < 1\n    warning  for 5m\n    open  dashboard d \"One\"\n  }\n}\n",
];

#[test]
fn a_spec_that_leads_to_others_is_seen_to() {
    let shared = "team payments {\n}\nmetrics {\n  gauge  up{job, instance}  in 0, 1\n}\n";
    let commands = ["build --only prometheus", "build"];
    let all = LEADS.iter().flat_map(|lead| [(lead, shared), (lead, "metrics open\n")]);
    for ((lead, first), command) in all.flat_map(|with| commands.map(|command| (with, command))) {
        let places = [(Place::new(), ""), (Place::new(), " --no-cache")];
        let mut ends = places.iter().map(|(place, more)| {
            let build = || place.everything(&format!("{command}{more}"));
            let owner = if first == shared { "  owner  payments\n" } else { "" };
            let service = |n: usize| {
                let slo = "slo up 99.9% over 30d {\n    up  up{job=\"a\"}\n  }";
                format!("import \"checkout.slo\"\n\nservice s{n} {{\n{owner}  {slo}\n}}\n")
            };
            place.project.put("specs/checkout.slo", first);
            (0..3).for_each(|n| place.project.put(&format!("specs/s{n}.slo"), &service(n)));
            let known = build();
            place.project.put("specs/s0.slo", &(service(0) + lead));
            let led = build();
            place.project.put("specs/s0.slo", &service(3));
            let gone = build();
            fs::remove_file(place.project.path("specs/s2.slo")).unwrap();
            place.project.put("specs/checkout.slo", &first.replace("in 0, 1", "in 0, 2"));
            [known, led, gone, build()]
        });
        let (with, without) = (ends.next().unwrap(), ends.next().unwrap());
        assert_eq!(with[0].0, 0, "{}", with[0].2);
        for (turn, (with, without)) in with.iter().zip(&without).enumerate() {
            assert!(with == without, "{lead}, {turn}:\n{}\n{}", with.2, without.2);
        }
    }
}
