//! A project in a temporary directory, and the real program run on it.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a run ended.
pub struct Outcome {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Fails unless the exit status is this one.
    #[track_caller]
    pub fn exits(self, status: i32) -> Outcome {
        assert_eq!(self.status, status, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("bug of sloc"), "{}", self.stderr);
        self
    }

    /// Fails unless standard error holds this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Outcome {
        assert!(self.stderr.contains(text), "`{text}` is missing in:\n{}", self.stderr);
        self
    }
}

/// Every file below a directory by its path, as bytes; links as what they lead to.
pub type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

/// A project.
pub struct Sandbox(pub tempfile::TempDir);

/// A spec without mistakes.
pub const CHECKOUT: &str = r#"service checkout {
  slo availability 99.9% over 30d {
    errors http_requests_total{job="checkout", code=~"5.."}
    total  http_requests_total{job="checkout"}
  }
}
"#;

impl Sandbox {
    /// An empty directory.
    pub fn empty() -> Sandbox {
        Sandbox(tempfile::tempdir().unwrap())
    }

    /// A project of one spec without mistakes.
    pub fn new() -> Sandbox {
        let sandbox = Sandbox::empty();
        sandbox.put("specs/checkout.slo", CHECKOUT);
        sandbox
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The program with these arguments, in the project's directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sloc"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).envs([cache()]);
        command
    }

    /// Runs the program with these arguments, separated by blanks.
    pub fn run(&self, arguments: &str) -> Outcome {
        outcome(&mut self.command(&arguments.split_whitespace().collect::<Vec<_>>()))
    }

    /// Runs a shell script in the project's directory with `sloc` as `$SLOC`.
    pub fn shell(&self, script: &str) -> Outcome {
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(self.0.path()).env("SLOC", env!("CARGO_BIN_EXE_sloc"));
        outcome(command.envs([cache()]))
    }

    pub fn snapshot(&self, path: &str) -> Snapshot {
        snapshot(&self.path(path))
    }
}

/// Where the program keeps its records in tests: not where it keeps those of whoever runs them.
pub fn cache() -> (&'static str, &'static str) {
    ("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
}

/// Runs to the end.
pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn snapshot(root: &Path) -> Snapshot {
    let mut all = Snapshot::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_symlink() {
                let target = fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes();
                all.insert(path.strip_prefix(root).unwrap().to_path_buf(), target);
            } else {
                all.insert(path.strip_prefix(root).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Whether a tool is there. Where `SLOC_REQUIRE_ENGINES` is set, it has to be.
pub fn has(tool: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().status.success();
    let required = std::env::var_os("SLOC_REQUIRE_ENGINES").is_some() && matches!(tool, "promtool" | "amtool");
    assert!(found || !required, "{tool} is required here, and missing");
    if !found {
        eprintln!("skipped in part: there is no {tool}");
    }
    found
}

/// A tool of the Python environment that `tests/run.sh` makes; none where there is no such environment.
pub fn python_tool(tool: &str) -> Option<PathBuf> {
    let Some(venv) = std::env::var_os("SLOC_VENV") else {
        eprintln!("skipped: SLOC_VENV is not set, so there is no {tool}; tests/run.sh makes one");
        return None;
    };
    let path = Path::new(&venv).join("bin").join(tool);
    assert!(path.exists(), "{} is missing", path.display());
    Some(path)
}
