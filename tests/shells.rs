//! Completions in the shells themselves, and what a terminal is told of long work.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::{Sandbox, has, outcome};

/// Runs a script in a shell that finds `sloc` and has the completions for it in a file `_sloc`.
fn in_shell(shell: &str, arguments: &[&str], script: &str) -> String {
    let sandbox = Sandbox::empty();
    sandbox.put("_sloc", &sandbox.run(&format!("completions {shell}")).exits(0).stdout);
    sandbox.put("script", script);
    let own = Path::new(env!("CARGO_BIN_EXE_sloc")).parent().unwrap().display().to_string();
    let path = format!("{own}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new(shell);
    command.args(arguments).arg("script").current_dir(sandbox.0.path()).env("PATH", path).env("HOME", sandbox.0.path());
    command.stdin(Stdio::null());
    outcome(&mut command).exits(0).stdout
}

#[test]
fn bash_completes_commands_options_and_values() {
    if !has("bash") {
        return;
    }
    let script = "source ./_sloc\ncomplete() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); \
                  _sloc sloc \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; echo \"${COMPREPLY[*]}\"; }\n\
                  complete sloc bu\ncomplete sloc check --form\ncomplete sloc check --format sa\ncomplete sloc list al\n";
    assert_eq!(in_shell("bash", &["--norc"], script), "build\n--format\nsarif\nalerts\n");
}

#[test]
fn fish_completes_commands_options_and_values() {
    if !has("fish") {
        return;
    }
    let script = "source ./_sloc\nfor words in 'sloc bu' 'sloc check --form' 'sloc check --format sa'\n  \
                  complete -C $words | string split -f1 \\t\nend\n";
    assert_eq!(
        in_shell("fish", &["--no-config"], script),
        "build\n--format\n--format=sarif\n".replace("--format=", "")
    );
}

/// Types into a zsh on a terminal of its own, each line after what it waits for has come.
const ZSH: &str = r#"zmodload zsh/zpty
zpty z zsh -f -i
typeset seen=
wait() {
  local piece
  for turn in {1..1200}; do
    while zpty -r -t z piece; do seen+=$piece; done
    [[ $seen == *${~1}* ]] && return
    sleep 0.1
  done
  print -r -- "no $1 in $seen"
  exit 1
}
zpty -w z "PS1='> '; fpath=($PWD \$fpath); autoload -U compinit; compinit -u -D; echo rea''dy"
wait ready
zpty -w -n z $'sloc comple\t'
wait 'sloc completions'
zpty -w -n z $'zs\t'
wait 'sloc completions*zsh'
print done
zpty -d z
"#;

#[test]
fn zsh_completes_commands_and_values() {
    if !has("zsh") {
        return;
    }
    assert_eq!(in_shell("zsh", &["-f"], ZSH), "done\n");
}

/// A promtool that takes until a file `go` is there, or two minutes where nobody makes one any more.
const SLOW: &str = "#!/bin/sh\nfor turn in $(seq 2400); do test -e \"$GO\" && break; sleep 0.05; done\necho SUCCESS\n";

fn slow() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.put("slow", SLOW);
    fs::set_permissions(sandbox.path("slow"), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

#[test]
fn long_work_is_told_of_on_a_terminal_and_cleared_when_it_ends() {
    if !has("script") {
        return;
    }
    let sandbox = slow();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} test --promtool ./slow", env!("CARGO_BIN_EXE_sloc")), "/dev/null"]);
    command.current_dir(sandbox.0.path()).env("GO", sandbox.path("go")).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut seen, mut byte) = (Vec::new(), [0]);
    let mut terminal = child.stdout.take().unwrap();
    let said = |seen: &[u8], text: &str| String::from_utf8_lossy(seen).contains(text);
    while !said(&seen, "testing: 0 of 2 test files …") {
        assert_eq!(terminal.read(&mut byte).unwrap(), 1, "only {}", String::from_utf8_lossy(&seen));
        seen.push(byte[0]);
    }
    sandbox.put("go", "");
    terminal.read_to_end(&mut seen).unwrap();
    assert!(child.wait().unwrap().success());
    // The line is gone before the result is said.
    assert!(said(&seen, "…\r\x1b[Kok "), "{}", String::from_utf8_lossy(&seen));
}

#[test]
fn long_work_is_silent_where_nobody_watches() {
    let sandbox = slow();
    let mut command = sandbox.command(&["test", "--promtool", "./slow"]);
    command.env("GO", sandbox.path("go")).env("TERM", "xterm").stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Longer than anybody on a terminal would have waited for a word.
    std::thread::sleep(std::time::Duration::from_millis(800));
    sandbox.put("go", "");
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.starts_with("ok ") && !said.contains(['\r', '\x1b', '…']), "{said:?}");
}
