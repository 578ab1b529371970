//! Tests: what a build may overwrite and delete, and what it must never touch.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::stamp::Stamp;
use super::tree::identity;
use super::{Difference, Disk, Failure, Kind, Output, Report, Standing, State, compare, write};
use crate::emit::Artifact;
use crate::emit::grafana_alerts::Earlier;
use crate::source::{LoadError, Loader};

struct Project(tempfile::TempDir);

impl Project {
    /// A directory with an `out/` of three files.
    fn built() -> Project {
        let project = Project(tempfile::tempdir().expect("a temporary directory"));
        project.write(&three(), false).expect("the first build");
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|e| format!("<{e}>"))
    }

    fn write(&self, artifacts: &[Artifact], force: bool) -> Result<Report, Failure> {
        write(&self.path("out"), Output { files: artifacts.to_vec(), ..Output::default() }, force)
    }

    fn compare(&self, artifacts: &[Artifact]) -> Vec<(String, State)> {
        let differences = compare(&self.path("out"), &|_| artifacts.to_vec()).expect("a readable directory");
        differences.into_iter().map(|d| (d.path, d.state)).collect()
    }

    fn specs(&self) -> Result<Vec<String>, Failure> {
        Disk::open(self.0.path(), &["specs".into()]).map(|disk| disk.roots().expect("found already"))
    }
}

fn file(path: &str, body: &str) -> Artifact {
    Artifact { path: path.into(), body: body.into(), origin: "specs/a.slo:2".into() }
}

fn three() -> Vec<Artifact> {
    vec![file("prometheus/a.yml", "a\n"), file("prometheus/b.yml", "b\n"), file("runbooks/a/x.md", "x\n")]
}

fn conflict(result: Result<Report, Failure>) -> Failure {
    let failure = result.expect_err("a conflict");
    assert_eq!(failure.kind, Kind::Edited, "{failure}");
    failure
}

#[test]
fn nothing_is_touched_when_nothing_changed() {
    let project = Project::built();
    let before = identity(&project.path("out/prometheus/a.yml"));
    let report = project.write(&three(), false).expect("a build");
    assert_eq!(report, Report { files: 4, sum: report.sum.clone(), ..Report::default() });
    assert_eq!(identity(&project.path("out/prometheus/a.yml")), before);
}

#[test]
fn one_changed_file_leaves_the_others_the_very_same() {
    let project = Project::built();
    let same =
        ["out", "out/prometheus", "out/prometheus/b.yml", "out/runbooks/a/x.md"].map(|p| identity(&project.path(p)));
    let mut changed = three();
    changed[0].body = "A\n".into();
    let report = project.write(&changed, false).expect("a build");
    assert_eq!((report.written, report.deleted), (2, 0), "the file and the manifest");
    assert_eq!(project.read("out/prometheus/a.yml"), "A\n");
    let now =
        ["out", "out/prometheus", "out/prometheus/b.yml", "out/runbooks/a/x.md"].map(|p| identity(&project.path(p)));
    assert_eq!(now, same);
}

#[test]
fn an_edited_file_is_reported_and_overwritten_only_by_force() {
    let project = Project::built();
    project.put("out/prometheus/b.yml", "b, by hand\n");
    let mut next = three();
    next[0].body = "A\n".into();
    let failure = conflict(project.write(&next, false));
    assert_eq!(failure.lines, ["edited    prometheus/b.yml  (from specs/a.slo:2)"]);
    assert_eq!(project.read("out/prometheus/a.yml"), "a\n", "nothing is written, not even elsewhere");
    project.write(&next, true).expect("forced");
    assert_eq!(
        (project.read("out/prometheus/a.yml"), project.read("out/prometheus/b.yml")),
        ("A\n".into(), "b\n".into())
    );
}

#[test]
fn an_edit_that_is_what_the_specs_now_say_is_no_conflict() {
    let project = Project::built();
    project.put("out/prometheus/b.yml", "B\n");
    let mut next = three();
    next[1].body = "B\n".into();
    assert_eq!(project.write(&next, false).expect("a build").written, 1, "only the manifest");
}

#[test]
fn a_file_that_was_there_first_is_not_overwritten() {
    let project = Project::built();
    project.put("out/prometheus/c.yml", "mine\n");
    let mut next = three();
    next.push(file("prometheus/c.yml", "c\n"));
    assert_eq!(conflict(project.write(&next, false)).lines, ["foreign   prometheus/c.yml  (from specs/a.slo:2)"]);
    assert_eq!(project.read("out/prometheus/c.yml"), "mine\n");
}

#[test]
fn what_is_no_longer_generated_goes_unless_it_was_edited() {
    let project = Project::built();
    project.put("out/runbooks/a/mine.md", "mine\n");
    project.put("out/prometheus/b.yml", "by hand\n");
    conflict(project.write(&three()[..1], false));
    let report = project.write(&three()[..1], true).expect("forced");
    assert_eq!((report.deleted, report.kept), (1, vec!["prometheus/b.yml".to_string()]));
    assert_eq!(project.read("out/prometheus/b.yml"), "by hand\n");
    assert!(!project.path("out/runbooks/a/x.md").exists());
    assert_eq!(project.read("out/runbooks/a/mine.md"), "mine\n");
    assert!(project.write(&three()[..1], false).expect("settled").kept.is_empty());
}

#[test]
fn emptied_directories_go_too() {
    let project = Project::built();
    project.write(&three()[..1], false).expect("a build");
    assert!(!project.path("out/runbooks").exists());
}

#[test]
fn a_hostile_manifest_deletes_nothing() {
    let project = Project::built();
    project.put("victim", "");
    project.put("out/own", "");
    symlink(project.0.path(), project.path("out/way-out")).expect("a link");
    let sha = super::manifest::digest(b"");
    for path in ["../victim", "/etc/hostname", "way-out/victim", "prometheus/../../victim"] {
        let line = format!("{{\"files\": [{{\"path\": \"{path}\", \"sha256\": \"{sha}\", \"from\": \"\"}}]}}");
        project.put("out/manifest.json", &line);
        let _ = project.write(&three(), true);
        assert!(project.path("victim").exists(), "{path}");
    }
    assert_eq!(project.compare(&three()), []);
}

#[test]
fn a_broken_manifest_is_reported_with_the_place() {
    let project = Project::built();
    let merged = project.read("out/manifest.json").replace("{\"files\"", "<<<<<<< HEAD\n{\"files\"");
    project.put("out/manifest.json", &merged);
    let mut next = three();
    next[0].body = "A\n".into();
    let failure = conflict(project.write(&next, false));
    assert!(failure.message.contains("expected value at line 1"), "{failure}");
    assert_eq!(failure.lines.len(), 2, "the manifest and the file that would change: {:?}", failure.lines);
    project.write(&next, true).expect("forced");
    assert_eq!(project.compare(&next), []);
}

#[test]
fn links_are_not_followed_out_of_the_directory() {
    let project = Project::built();
    project.put("live/a.yml", "a\n");
    fs::remove_dir_all(project.path("out/prometheus")).expect("removed");
    symlink(project.path("live"), project.path("out/prometheus")).expect("a link");
    let mut next = three();
    next[0].body = "A\n".into();
    let failure = project.write(&next, true).expect_err("a link in the way");
    assert!(failure.message.ends_with("out/prometheus is in the way: it is not a directory"), "{failure}");
    assert_eq!(project.read("live/a.yml"), "a\n");
}

#[test]
fn a_directory_in_place_of_a_file_is_in_the_way() {
    let project = Project::built();
    fs::remove_file(project.path("out/prometheus/a.yml")).expect("removed");
    project.put("out/prometheus/a.yml/inner", "mine\n");
    let failure = project.write(&three(), true).expect_err("a directory in the way");
    assert!(failure.message.ends_with("a.yml is in the way: it is a directory"), "{failure}");
    assert_eq!(project.read("out/prometheus/a.yml/inner"), "mine\n");
}

#[test]
fn a_link_in_place_of_a_file_is_replaced_by_force_and_its_target_left_alone() {
    let project = Project::built();
    project.put("target", "mine\n");
    fs::remove_file(project.path("out/prometheus/a.yml")).expect("removed");
    symlink("../../target", project.path("out/prometheus/a.yml")).expect("a link");
    conflict(project.write(&three(), false));
    project.write(&three(), true).expect("forced");
    assert_eq!((project.read("out/prometheus/a.yml"), project.read("target")), ("a\n".into(), "mine\n".into()));
}

#[test]
fn out_may_be_a_link_to_a_directory() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    fs::create_dir(project.path("real")).expect("a directory");
    symlink("real", project.path("out")).expect("a link");
    project.write(&three(), false).expect("a build");
    project.write(&three()[..2], false).expect("a second build");
    assert_eq!(project.read("real/prometheus/a.yml"), "a\n");
    assert!(fs::symlink_metadata(project.path("out")).expect("metadata").is_symlink());
}

#[test]
fn permissions_of_files_and_directories_stay() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::built();
    let mode = |path: &str| fs::metadata(project.path(path)).expect("metadata").permissions().mode() & 0o7777;
    let set =
        |path: &str, mode| fs::set_permissions(project.path(path), fs::Permissions::from_mode(mode)).expect("chmod");
    set("out/prometheus/a.yml", 0o640);
    set("out/prometheus", 0o2750);
    let mut next = three();
    next[0].body = "A\n".into();
    project.write(&next, false).expect("a build");
    assert_eq!((mode("out/prometheus/a.yml"), mode("out/prometheus")), (0o640, 0o2750));
}

#[test]
fn a_file_in_place_of_out_is_an_error_in_words() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    project.put("out", "mine\n");
    let failure = project.write(&three(), true).expect_err("a file");
    assert!(failure.message.ends_with("out is a file, not a directory"), "{failure}");
    assert_eq!(project.read("out"), "mine\n");
}

#[test]
fn a_failed_first_build_leaves_no_directory() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    let long = "x".repeat(300);
    project.write(&[file(&long, "")], false).expect_err("a name too long for any disk");
    assert_eq!(fs::read_dir(project.0.path()).expect("a directory").count(), 0);
}

#[test]
fn a_name_that_leads_out_is_our_bug_and_writes_nothing() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    for path in ["../x", "/tmp/x", "manifest.json", ""] {
        let failure = project.write(&[file(path, "")], true).expect_err(path);
        assert_eq!(failure.kind, Kind::Bug, "{failure}");
    }
    assert!(!project.path("out").exists());
}

#[test]
fn compare_names_every_difference_with_its_spec_line_and_writes_nothing() {
    let project = Project::built();
    project.put("out/prometheus/b.yml", "by hand\n");
    fs::remove_file(project.path("out/runbooks/a/x.md")).expect("removed");
    project.put("out/new.md", "mine\n");
    let next = [file("prometheus/b.yml", "b\n"), file("runbooks/a/x.md", "x\n"), file("new.md", "new\n")];
    let state = |path: &str, state| (path.to_string(), state);
    assert_eq!(
        project.compare(&next),
        [
            state("manifest.json", State::Outdated),
            state("new.md", State::Foreign),
            state("prometheus/a.yml", State::Extra),
            state("prometheus/b.yml", State::Edited),
            state("runbooks/a/x.md", State::Missing),
        ]
    );
    let one = Difference { path: "a".into(), state: State::Missing, origin: "specs/a.slo:1".into() };
    assert_eq!(one.to_string(), "missing   a  (from specs/a.slo:1)");
    assert_eq!(project.read("out/prometheus/b.yml"), "by hand\n");
}

#[test]
fn compare_without_out_says_that_all_is_missing() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    assert_eq!(project.compare(&three()).len(), 4);
    assert!(!project.path("out").exists());
}

#[test]
fn specs_are_found_in_byte_order_and_each_once() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    for path in ["specs/b.slo", "specs/B.slo", "specs/a/z.slo", "specs/a.slo", "specs/.hidden.slo", "specs/.git/x.slo"]
    {
        project.put(path, "");
    }
    project.put("specs/notes.txt", "");
    project.put("shared/s.slo", "");
    symlink("../shared", project.path("specs/linked")).expect("a link");
    symlink("b.slo", project.path("specs/again.slo")).expect("a link");
    symlink("..", project.path("specs/a/loop")).expect("a link");
    assert_eq!(
        project.specs().expect("specs"),
        ["specs/B.slo", "specs/a.slo", "specs/a/z.slo", "specs/b.slo", "specs/linked/s.slo"]
    );
}

#[test]
fn links_out_of_the_project_are_refused() {
    for target in ["/etc/passwd", "/etc"] {
        let project = Project(tempfile::tempdir().expect("a temporary directory"));
        project.put("specs/a.slo", "");
        symlink(target, project.path("specs/x.slo")).expect("a link");
        let failure = project.specs().expect_err("a way out");
        assert!(failure.message.starts_with("specs/x.slo leads out of the project"), "{failure}");
    }
}

#[test]
fn names_that_cannot_be_printed_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    for name in [&b"x\xff.slo"[..], b"x\n- alert: evil.slo"] {
        let project = Project(tempfile::tempdir().expect("a temporary directory"));
        fs::create_dir(project.path("specs")).expect("a directory");
        fs::write(project.path("specs").join(std::ffi::OsStr::from_bytes(name)), "").expect("a file");
        assert!(project.specs().expect_err("no name").message.contains("cannot be printed"));
    }
}

#[test]
fn a_missing_directory_of_specs_says_what_to_do() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    let failure = project.specs().expect_err("nothing there");
    assert_eq!(failure.kind, Kind::Usage);
    assert!(failure.help.is_some_and(|help| help.contains("sloc init")));
}

#[test]
fn loading_never_leaves_the_project() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    project.put("specs/a.slo", "text");
    symlink("/etc/passwd", project.path("specs/link")).expect("a link");
    let disk = Disk::open(project.0.path(), &["specs".into()]).expect("a project");
    assert_eq!(disk.load("specs/a.slo"), Ok(b"text".to_vec()));
    for path in ["../x", "/etc/passwd", "specs/../specs/a.slo", "specs/link"] {
        assert_eq!(disk.load(path), Err(LoadError::Outside), "{path}");
    }
    assert_eq!(disk.load("specs/none.slo"), Err(LoadError::Missing));
    assert!(matches!(disk.load("specs"), Err(LoadError::Failed(_))));
}

#[test]
fn a_huge_file_is_not_read() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    project.put("specs/big.slo", "");
    let big = fs::OpenOptions::new().write(true).open(project.path("specs/big.slo")).expect("a file");
    big.set_len(100 << 20).expect("a hole of 100 MB");
    let disk = Disk::open(project.0.path(), &["specs".into()]).expect("a project");
    assert_eq!(disk.load("specs/big.slo"), Err(LoadError::TooLarge(100 << 20)));
}

#[test]
fn a_single_file_can_be_named_by_any_path_inside() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    project.put("specs/a.slo", "");
    let absolute = fs::canonicalize(project.path("specs/a.slo")).expect("a path");
    for start in [Path::new("specs/a.slo"), Path::new("./specs/../specs/a.slo"), &absolute] {
        let disk = Disk::open(project.0.path(), &[start.into()]).expect("a project");
        assert_eq!(disk.roots(), Ok(vec!["specs/a.slo".to_string()]), "{}", start.display());
    }
}

#[test]
fn rules_that_another_build_left_meanwhile_are_told_to_go_too() {
    let project = Project::built();
    let rules = format!("{}/cart.yaml", crate::emit::grafana_alerts::FOLDER);
    let other = [file(&rules, "groups:\n  - rules:\n      - uid: cart-page\n")];
    let emit = |earlier: &Earlier| {
        if earlier.is_empty() {
            project.write(&other, false).expect("the other build");
        }
        vec![file("uids.txt", &format!("{earlier:?}"))]
    };
    write(&project.path("out"), Output { after: Some(&emit), ..Output::default() }, false).expect("this build");
    assert_eq!(project.read("out/uids.txt"), format!("{{\"{rules}\": {{\"cart-page\"}}}}"));
}

/// What a build leaves that prints one file anew and keeps another, if `meanwhile` happens after it has looked.
fn keeping(project: &Project, meanwhile: impl Fn()) -> Result<Report, Failure> {
    let out = project.path("out");
    let sum = project.write(&three(), false).expect("as it was").sum;
    let standing = Standing::of(&out, &sum, None).expect("the build before");
    assert!(standing.holds("prometheus/a.yml") && !standing.holds("prometheus/c.yml"));
    let kept = Some(standing.keep(&BTreeSet::from(["prometheus/a.yml"])));
    let after = |_: &Earlier| {
        meanwhile();
        Vec::new()
    };
    write(&out, Output { files: vec![file("prometheus/b.yml", "B\n")], kept, after: Some(&after) }, false)
}

#[test]
fn what_stays_is_listed_and_the_rest_goes() {
    let project = Project::built();
    let report = keeping(&project, || ()).expect("a build");
    assert_eq!((report.files, report.written, report.deleted), (3, 2, 1), "the file and the manifest");
    let wanted = [file("prometheus/a.yml", "a\n"), file("prometheus/b.yml", "B\n")];
    assert_eq!(project.compare(&wanted), []);
    assert!(!project.path("out/runbooks").exists());
    project.put("out/prometheus/a.yml", "edited\n");
    assert!(!Standing::of(&project.path("out"), &report.sum, None).expect("that build").holds("prometheus/a.yml"));
}

#[test]
fn nothing_stays_of_a_build_that_another_one_has_followed() {
    let project = Project::built();
    let other = [file("prometheus/a.yml", "of another\n")];
    let failure = keeping(&project, || drop(project.write(&other, false))).expect_err("another build came between");
    assert_eq!(failure.kind, Kind::Meanwhile, "{failure}");
    assert_eq!(project.compare(&other), []);
}

#[test]
fn what_is_said_of_files_is_told_of_those_that_nobody_has_written_into_since() {
    let project = Project(tempfile::tempdir().expect("a temporary directory"));
    let seal = |sum: &str| Standing::of(&project.path("out"), sum, None)?.stands()?.seal;
    let first = project.write(&three(), false).expect("a first build");
    assert!(first.seal.is_some() && first.seal == seal(&first.sum));
    let report = keeping(&project, || ()).expect("a build");
    assert!(report.seal.is_some() && report.seal == seal(&report.sum));
    // Between the look and the swap.
    let report = keeping(&project, || project.put("out/prometheus/a.yml", "edited\n")).expect("a build");
    assert_eq!((report.seal, seal(&report.sum)), (None, None));
}

#[test]
fn what_was_looked_at_is_not_read_again_but_for_what_was_changed_last() {
    let project = Project::built();
    let (out, last) = (project.path("out"), project.path("out/runbooks/a/x.md"));
    let changed = |path| Stamp::all(&out, &[path])[0].expect("a file").changed;
    while changed("runbooks/a/x.md") <= changed("prometheus/b.yml") {
        fs::write(&last, "x\n").expect("the same once more");
    }
    let sum = project.write(&three(), false).expect("nothing to do").sum;
    let seal = Standing::of(&out, &sum, None).and_then(|standing| standing.stands()).expect("all is there").seal;
    // Written while it is looked at, which is the only way to see what is read.
    let reads = |seal: Option<&str>| {
        let standing = Standing::of(&out, &sum, seal).expect("the build before");
        three().iter().for_each(|file| project.put(&format!("out/{}", file.path), "?\n"));
        let reads = three().iter().map(|file| !standing.holds(&file.path)).collect::<Vec<_>>();
        project.write(&three(), true).expect("as it was");
        reads
    };
    assert_eq!(reads(seal.as_deref()), [false, false, true]);
    assert_eq!(reads(seal.as_deref()), [true; 3], "files that are new since");
    assert_eq!(reads(None), [true; 3]);
}

#[test]
fn directories_that_go_while_specs_are_searched_are_no_failure() {
    let project = Project::built();
    project.put("specs/a.slo", "");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                project.put("specs/new/deep/b.slo", "");
                fs::remove_dir_all(project.path("specs/new")).expect("it was made");
            }
        });
        let found: Vec<_> = (0..300).map(|_| project.specs()).collect();
        done.store(true, Ordering::Relaxed);
        found.into_iter().for_each(|specs| assert_eq!(specs.expect("those that stay")[0], "specs/a.slo"));
    });
}
