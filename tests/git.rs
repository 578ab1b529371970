//! `sloc diff` on real repositories: revisions, ranges, directories, and what is not there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod sandbox;

use std::fs;
use std::process::Command;

use sandbox::{CHECKOUT, Outcome, Sandbox};

/// Runs git in the project; nothing of this machine's settings takes part.
fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let done = command.args(arguments).current_dir(sandbox.0.path()).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(sandbox: &Sandbox, message: &str) {
    git(sandbox, &["add", "--all"]);
    git(sandbox, &["commit", "--quiet", "--message", message]);
}

/// A repository whose first commit holds a spec.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    git(&sandbox, &["init", "--quiet"]);
    commit(&sandbox, "first");
    sandbox
}

fn loosened() -> String {
    CHECKOUT.replace("99.9%", "99.5%")
}

/// Whether the output tells that the objective was loosened.
#[track_caller]
fn tells(outcome: &Outcome) {
    assert!(outcome.stdout.contains("loosened  availability: objective 99.9% → 99.5%"), "{}", outcome.stdout);
}

#[test]
fn the_work_tree_is_compared_with_head() {
    let sandbox = repository();
    let same = sandbox.run("diff").exits(0);
    assert!(same.stdout.starts_with("HEAD (") && same.stdout.ends_with(") → the work tree: nothing changes\n"));
    sandbox.put("specs/checkout.slo", &loosened());
    tells(&sandbox.run("diff").exits(1));
    tells(&sandbox.run("diff main").exits(1));
    assert_eq!(sandbox.run("diff --format json").exits(1).stdout.matches("\"class\": \"loosened\"").count(), 1);
    assert!(
        sandbox.run("diff --format markdown").exits(1).stdout.starts_with("<!-- sloc diff -->\n**sloc diff**, `HEAD (")
    );
}

#[test]
fn only_denied_classes_fail_when_some_are_denied() {
    let sandbox = repository();
    sandbox.put("specs/checkout.slo", &loosened());
    sandbox.run("diff --deny slo-gone,history-loss").exits(0);
    sandbox.run("diff --deny slo-gone,loosened").exits(1).says("denied: 1 of these changes\n");
    sandbox.run("diff --deny losened").exits(2).says("'loosened'");
    // An objective that is gone takes its alerts with it.
    sandbox.put("specs/checkout.slo", "service checkout {\n}\n");
    sandbox.run("diff --deny alert-gone").exits(1);
    sandbox.run("diff --deny loosened").exits(0);
}

#[test]
fn ranges_compare_revisions_and_where_a_branch_began() {
    let sandbox = repository();
    git(&sandbox, &["checkout", "--quiet", "-b", "feature"]);
    sandbox.put("specs/checkout.slo", &loosened());
    commit(&sandbox, "looser");
    git(&sandbox, &["checkout", "--quiet", "main"]);
    sandbox.put("specs/search.slo", &CHECKOUT.replace("checkout", "search"));
    commit(&sandbox, "main goes on");
    tells(&sandbox.run("diff main..feature").exits(1));
    // Against main itself the new service seems to be gone; against the commit the branch began at it does not.
    assert!(sandbox.run("diff main..feature").exits(1).stdout.contains("slo-gone"));
    let own = sandbox.run("diff main...feature").exits(1);
    tells(&own);
    assert!(own.stdout.starts_with("where feature left main (") && !own.stdout.contains("slo-gone"), "{}", own.stdout);
    sandbox.run("diff HEAD~1..HEAD").exits(1);
    sandbox.run("diff HEAD..HEAD").exits(0);
}

#[test]
fn a_directory_needs_no_git() {
    let sandbox = Sandbox::new();
    sandbox.put("before/specs/checkout.slo", CHECKOUT);
    sandbox.put("specs/checkout.slo", &loosened());
    tells(&sandbox.run("diff before").exits(1));
    tells(&sandbox.run("diff ./before").exits(1));
    sandbox.run("diff ./nowhere").exits(2);
    sandbox.run("diff").exits(2).says("is in no work tree of git").says("`sloc diff DIR` compares with a directory");
}

#[test]
fn a_name_of_both_kinds_is_not_guessed() {
    let sandbox = repository();
    git(&sandbox, &["branch", "before"]);
    sandbox.put("before/specs/checkout.slo", CHECKOUT);
    sandbox
        .run("diff before")
        .exits(2)
        .says("`before` is a revision and a directory")
        .says("`./before` is the directory");
    sandbox.run("diff ./before").exits(0);
    sandbox.run("diff before^0").exits(0);
}

#[test]
fn what_is_not_there_is_said() {
    let empty = Sandbox::new();
    git(&empty, &["init", "--quiet"]);
    empty.run("diff").exits(2).says("git knows no revision `HEAD`").says("there is no commit yet");
    let sandbox = repository();
    sandbox.run("diff mian").exits(2).says("git knows no revision `mian`").says("did you mean `main`?");
    sandbox.run("diff main..mian").exits(2).says("`mian`");
    sandbox.run("diff --deny loosened -- --upload-pack=x").exits(2).says("git knows no revision `--upload-pack=x`");
    let mut command = sandbox.command(&["diff"]);
    sandbox::outcome(command.env("PATH", "")).exits(3).says("there is no `git` program");
}

#[test]
fn against_a_revision_without_specs_everything_is_new() {
    let sandbox = Sandbox::empty();
    git(&sandbox, &["init", "--quiet"]);
    sandbox.put("README.md", "x");
    commit(&sandbox, "first");
    sandbox.put("specs/checkout.slo", CHECKOUT);
    let told = sandbox.run("diff").exits(1);
    assert!(told.stdout.contains("which has no specs"), "{}", told.stdout);
    assert!(
        told.stdout.contains("slo-added  service checkout is new, with 1 objective and 5 alerts"),
        "{}",
        told.stdout
    );
}

#[test]
fn what_the_old_revision_gets_wrong_is_left_out_and_said() {
    let sandbox = Sandbox::new();
    git(&sandbox, &["init", "--quiet"]);
    sandbox.put("specs/broken.slo", "service broken {\n  slo a 99.9 over 30d {\n  }\n}\n");
    commit(&sandbox, "first");
    sandbox.put("specs/broken.slo", &CHECKOUT.replace("checkout", "broken"));
    sandbox.put("specs/checkout.slo", &loosened());
    let told = sandbox.run("diff").exits(1);
    tells(&told);
    assert!(told.stdout.contains("not compared: specs/broken.slo has errors in HEAD ("), "{}", told.stdout);
    assert!(!told.stdout.contains("service broken"), "{}", told.stdout);
    // The other way round the errors themselves are shown, and fail whatever is denied.
    let other = sandbox.run("diff HEAD..HEAD --deny slo-gone").exits(1);
    assert!(other.stderr.contains("99.9") && other.stdout.contains("not compared"), "{}", other.stderr);
}

#[test]
fn a_project_inside_a_repository_is_found_with_its_imports_and_links() {
    let sandbox = Sandbox::empty();
    git(&sandbox, &["init", "--quiet"]);
    sandbox.put("teams/a/shared/policy.slo", "policy ours {\n  page 2% of budget in 1h confirmed over 5m\n}\n");
    let spec = CHECKOUT.replace("over 30d {", "over 30d {\n    policy ours");
    sandbox.put("teams/a/specs/checkout.slo", &format!("import \"../shared/policy.slo\"\n{spec}"));
    sandbox.put("teams/a/linked.txt", &CHECKOUT.replace("checkout", "linked"));
    std::os::unix::fs::symlink("../linked.txt", sandbox.path("teams/a/specs/linked.slo")).unwrap();
    sandbox.put("teams/a/specs/.hidden/x.slo", "nonsense");
    sandbox.put("teams/b/specs/other.slo", "nonsense");
    commit(&sandbox, "first");
    assert!(sandbox.run("-C teams/a diff").exits(0).stdout.ends_with("nothing changes\n"));
    sandbox.put("teams/a/shared/policy.slo", "policy ours {\n  page 4% of budget in 1h confirmed over 5m\n}\n");
    assert!(sandbox.run("-C teams/a diff").exits(1).stdout.contains("quieter  availability: alert page-1h is quieter"));
}

#[test]
fn a_file_name_that_git_has_to_quote_is_read_all_the_same() {
    let sandbox = Sandbox::empty();
    git(&sandbox, &["init", "--quiet"]);
    sandbox.put("specs/ü \"x\".slo", CHECKOUT);
    commit(&sandbox, "first");
    assert!(sandbox.run("diff").exits(0).stdout.ends_with("nothing changes\n"));
    fs::write(sandbox.path("specs/ü \"x\".slo"), loosened()).unwrap();
    tells(&sandbox.run("diff").exits(1));
}

#[test]
fn a_file_name_that_is_no_text_is_refused_on_either_side() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = repository();
    let strange = sandbox.path("specs").join(std::ffi::OsStr::from_bytes(b"x\xff.slo"));
    fs::write(&strange, "").unwrap();
    sandbox.run("diff").exits(2).says("the name of the file \"specs/x\\xFF.slo\" cannot be printed");
    commit(&sandbox, "strange");
    fs::remove_file(&strange).unwrap();
    sandbox.run("diff").exits(2).says("the name of the file \"specs/x\u{fffd}.slo\" cannot be printed");
    sandbox.run("diff HEAD~1").exits(0);
}

#[test]
fn without_a_work_tree_of_git_it_is_said_what_can_be_compared() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["diff"]);
    // Not that of whoever runs the test, either.
    let told = sandbox::outcome(command.env("GIT_CEILING_DIRECTORIES", sandbox.0.path().parent().unwrap())).exits(2);
    told.says("is in no work tree of git").says("`sloc diff DIR` compares with a directory");
}
