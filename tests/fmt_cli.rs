//! `sloc fmt`, `sloc completions` and `sloc man` as scripts and people meet them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use sandbox::{Outcome, Sandbox};

const MESSY: &str = "team   shop \"Shop\"\nservice a{ title \"A\" # c\n}\n";
const NEAT: &str = "team shop \"Shop\"\n\nservice a {\n  title  \"A\"  # c\n}\n";

fn messy() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.put("specs/a.slo", MESSY);
    sandbox.put("specs/sub/b.slo", NEAT);
    sandbox
}

fn with_input(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Outcome {
    let mut command = sandbox.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn files_are_written_in_place_and_keep_their_permissions() {
    let sandbox = messy();
    fs::set_permissions(sandbox.path("specs/a.slo"), fs::Permissions::from_mode(0o640)).unwrap();
    sandbox.run("fmt").exits(0).says("1 file formatted, 1 file formatted already\n");
    assert_eq!(sandbox.read("specs/a.slo"), NEAT);
    let mode = fs::metadata(sandbox.path("specs/a.slo")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let before = sandbox.snapshot(".");
    sandbox.run("fmt").exits(0).says("2 files formatted already\n");
    assert_eq!(sandbox.snapshot("."), before);
}

#[test]
fn check_lists_files_and_diff_shows_them_and_neither_writes() {
    let sandbox = messy();
    let before = sandbox.snapshot(".");
    let checked = sandbox.run("fmt --check").exits(1).says("1 file would be formatted, 1 file formatted already\n");
    assert_eq!(checked.stdout, "specs/a.slo\n");
    let diff = sandbox.run("fmt --diff").exits(1);
    assert!(diff.stdout.starts_with("--- a/specs/a.slo\n+++ b/specs/a.slo\n@@ "), "{}", diff.stdout);
    assert!(diff.stdout.contains("-team   shop \"Shop\"\n") && diff.stdout.contains("+team shop \"Shop\"\n"));
    assert_eq!(sandbox.snapshot("."), before);
    sandbox.run("fmt --check specs/sub").exits(0);
}

#[test]
fn a_diff_is_a_patch() {
    let sandbox = messy();
    let patched = sandbox.shell("$SLOC fmt --diff > p || true; patch -s -p1 < p && $SLOC fmt --check");
    if sandbox::has("patch") {
        patched.exits(0);
        assert_eq!(sandbox.read("specs/a.slo"), NEAT);
    }
}

#[test]
fn a_file_with_syntax_errors_stays_and_the_others_are_formatted() {
    let sandbox = messy();
    sandbox.put("specs/broken.slo", "service a {\n");
    fs::write(sandbox.path("specs/latin.slo"), b"# caf\xe9\n   team a\n").unwrap();
    let run = sandbox.run("fmt").exits(1).says("E0002").says("E0007");
    assert!(
        run.stderr.ends_with("1 file formatted, 1 file formatted already, 2 files left with errors\n"),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.read("specs/broken.slo"), "service a {\n");
    assert_eq!(fs::read(sandbox.path("specs/latin.slo")).unwrap(), b"# caf\xe9\n   team a\n");
    assert_eq!(sandbox.read("specs/a.slo"), NEAT);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let sandbox = Sandbox::empty();
    let run = with_input(&sandbox, &["fmt", "-"], MESSY.as_bytes()).exits(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (NEAT, ""));
    assert_eq!(with_input(&sandbox, &["fmt", "--check", "-"], MESSY.as_bytes()).exits(1).stdout, "<stdin>\n");
    assert_eq!(with_input(&sandbox, &["fmt", "--check", "-"], NEAT.as_bytes()).exits(0).stdout, "");
    let broken = with_input(&sandbox, &["fmt", "-"], b"service a {").exits(1).says("<stdin>:1:12");
    assert_eq!(broken.stdout, "");
    sandbox.run("fmt - specs").exits(2).says("`-` stands for standard input");
}

#[test]
fn what_is_not_there_or_not_to_be_written_is_said() {
    let sandbox = messy();
    sandbox.run("fmt nowhere").exits(2).says("there is no `nowhere`");
    fs::set_permissions(sandbox.path("specs/a.slo"), fs::Permissions::from_mode(0o444)).unwrap();
    sandbox.run("fmt").exits(3).says("specs/a.slo is read-only\n  help: no file was changed");
    assert_eq!(sandbox.read("specs/a.slo"), MESSY);
}

#[test]
fn completions_and_manual_survive_a_reader_that_goes_away() {
    let sandbox = Sandbox::empty();
    for arguments in
        ["completions bash", "completions zsh", "completions fish", "completions powershell", "man", "man build"]
    {
        let script = format!("{{ $SLOC {arguments}; echo $? > status; }} | true; cat status");
        assert_eq!(sandbox.shell(&script).exits(0).stdout, "0\n", "{arguments}");
        assert!(sandbox.run(arguments).exits(0).stdout.contains("threads") || arguments == "man");
    }
    sandbox.run("completions tcsh").exits(2);
    sandbox.run("man biuld").exits(2).says("did you mean `build`?");
    if sandbox::has("bash") {
        let script = "$SLOC completions bash > c; bash -c '. ./c; COMP_WORDS=(sloc bu); COMP_CWORD=1; _sloc sloc bu sloc; echo ${COMPREPLY[@]}'";
        assert_eq!(sandbox.shell(script).exits(0).stdout, "build\n");
    }
    if sandbox::has("fish") {
        let script = "$SLOC completions fish > c.fish; fish --no-config -c 'source c.fish; complete -C \"sloc bu\"'";
        assert!(sandbox.shell(script).exits(0).stdout.starts_with("build\t"));
    }
    if sandbox::has("zsh") {
        let script = "$SLOC completions zsh > _sloc; zsh -f -c 'fpath=($PWD $fpath); autoload -U compinit; \
                      compinit -u -d d; whence -w _sloc; zsh -n _sloc'";
        assert_eq!(sandbox.shell(script).exits(0).stdout, "_sloc: function\n");
    }
}
