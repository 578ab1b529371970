//! The hooks, run by the real pre-commit on a repository of its own.
//!
//! pre-commit builds the repository of the hooks with cargo. Here that is a stand-in for this one, with the same hooks,
//! whose program is the one under test: otherwise each run would build all of sloc for release.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::path::PathBuf;
use std::process::Command;

use sandbox::{Outcome, Sandbox, cache, outcome, python_tool};

const CARGO: &str = "[package]\nname = \"sloc\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";

const MAIN: &str = r#"use std::os::unix::process::CommandExt;
fn main() {
    let error = std::process::Command::new(env!("SLOC")).args(std::env::args_os().skip(1)).exec();
    panic!("{error}");
}
"#;

/// A repository whose commits are watched by the hooks, and the repository that the hooks come from.
struct Repository {
    here: Sandbox,
    hooks: Sandbox,
    pre_commit: PathBuf,
}

impl Repository {
    fn new(pre_commit: PathBuf) -> Repository {
        let repository = Repository { here: Sandbox::new(), hooks: Sandbox::empty(), pre_commit };
        let hooks = &repository.hooks;
        hooks.put("Cargo.toml", CARGO);
        hooks.put("src/main.rs", MAIN);
        hooks.put(".pre-commit-hooks.yaml", include_str!("../.pre-commit-hooks.yaml"));
        repository.git(hooks, "init --quiet");
        repository.git(hooks, "add .");
        repository.git(hooks, "commit --quiet --message hooks").exits(0);
        let revision = repository.git(hooks, "rev-parse HEAD").exits(0).stdout;
        let ids = ["sloc-fmt", "sloc-check", "sloc-build"].map(|id| format!("      - id: {id}\n")).concat();
        let url = hooks.0.path().display();
        let config = format!("repos:\n  - repo: {url}\n    rev: {}\n    hooks:\n{ids}", revision.trim());
        repository.here.put(".pre-commit-config.yaml", &config);
        repository.git(&repository.here, "init --quiet");
        repository
    }

    fn git(&self, place: &Sandbox, arguments: &str) -> Outcome {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments.split(' '));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        outcome(command.current_dir(place.0.path()))
    }

    /// Adds everything and commits; gives what the hooks said.
    fn commit(&self) -> Outcome {
        self.git(&self.here, "add .").exits(0);
        let mut command = Command::new(&self.pre_commit);
        command.args(["run", "--color", "never"]).current_dir(self.here.0.path());
        command.env("PRE_COMMIT_HOME", self.hooks.path("home")).env("SLOC", env!("CARGO_BIN_EXE_sloc")).envs([cache()]);
        let ran = outcome(&mut command);
        if ran.status == 0 {
            self.git(&self.here, "commit --quiet --message change");
        }
        ran
    }
}

/// The names of the hooks with how each ended.
fn results(ran: &Outcome) -> Vec<String> {
    let line = |line: &str| {
        let (name, result) = line.split_once("..")?;
        Some(format!("{name}: {}", result.trim_start_matches('.').trim_start_matches("(no files to check)")))
    };
    ran.stdout.lines().filter(|l| l.starts_with("sloc ")).filter_map(line).collect()
}

#[test]
fn the_real_pre_commit_runs_every_hook() {
    let Some(pre_commit) = python_tool("pre-commit") else { return };
    let repository = Repository::new(pre_commit);
    let here = &repository.here;
    // The first commit: not formatted. That `out/` is new is no change that pre-commit sees.
    let ran = repository.commit();
    assert_eq!(results(&ran), ["sloc fmt: Failed", "sloc check: Passed", "sloc build: Passed"], "{}", ran.stdout);
    assert!(ran.stdout.contains("files were modified by this hook"), "{}", ran.stdout);
    assert_eq!(results(&repository.commit()), ["sloc fmt: Passed", "sloc check: Passed", "sloc build: Passed"]);
    // A changed spec makes `out/` stale: the hook builds, and what it wrote is to be added.
    let formatted = here.read("specs/checkout.slo");
    here.put("specs/checkout.slo", &formatted.replace("99.9%", "99.5%"));
    assert_eq!(results(&repository.commit()), ["sloc fmt: Passed", "sloc check: Passed", "sloc build: Failed"]);
    assert_eq!(results(&repository.commit()), ["sloc fmt: Passed", "sloc check: Passed", "sloc build: Passed"]);
    here.run("build --check").exits(0);
    // A mistake is told at its place, and nothing is written.
    here.put("specs/checkout.slo", &formatted.replace("99.9%", "101%"));
    let ran = repository.commit();
    assert_eq!(results(&ran), ["sloc fmt: Passed", "sloc check: Failed", "sloc build: Failed"]);
    assert!(ran.stdout.contains("[specs/checkout.slo:2:"), "{}", ran.stdout);
    // A commit of other files is none of their business.
    here.put("specs/checkout.slo", &formatted.replace("99.9%", "99.5%"));
    here.put("README", "words\n");
    let ran = repository.commit();
    assert_eq!(results(&ran), ["sloc fmt: Skipped", "sloc check: Skipped", "sloc build: Skipped"]);
}
