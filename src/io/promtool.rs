//! The real promtool on rules and tests that were not written into `out/`: in a directory of its own, which goes with it.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::failure::{Failure, Kind};
use crate::emit::Artifact;

/// A directory with rules and tests, and the program that runs them. The directory is deleted when this is dropped.
#[derive(Debug)]
pub struct Promtool {
    program: OsString,
    dir: PathBuf,
}

/// What promtool said of a test file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Whether all in it holds.
    pub passed: bool,
    /// Its words.
    pub words: String,
}

impl Promtool {
    /// Writes files below a new directory of `place`. Fails when the disk refuses.
    pub fn new(program: OsString, place: &Path, files: &[Artifact]) -> Result<Promtool, Failure> {
        let dir = (0..u32::MAX).map(|n| place.join(format!("sloc-test-{}-{n}", std::process::id())));
        for dir in dir {
            match fs::create_dir(&dir) {
                Ok(()) => {
                    let stage = Promtool { program, dir };
                    files.iter().try_for_each(|file| stage.put(&file.path, &file.body))?;
                    return Ok(stage);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::system("make the directory", &dir, &error)),
            }
        }
        Err(Failure::new(Kind::Machine, format!("there is no free name for a directory in {}", place.display())))
    }

    /// Writes one more file. Fails when the disk refuses.
    pub fn put(&self, path: &str, body: &str) -> Result<(), Failure> {
        let path = self.dir.join(path);
        let parent = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(parent).map_err(|error| Failure::system("make the directory", parent, &error))?;
        fs::write(&path, body).map_err(|error| Failure::system("write", &path, &error))
    }

    /// Runs the tests of one file. Fails when promtool cannot be started.
    pub fn test(&self, path: &str) -> Result<Verdict, Failure> {
        let mut command = Command::new(&self.program);
        command.args(["test", "rules"]).arg(self.dir.join(path)).stdin(Stdio::null());
        let done = command.output().map_err(|error| {
            let message = format!("cannot start {}: {error}", self.program.display());
            let help = "promtool comes with Prometheus; `--promtool PATH` says where it is";
            Failure::new(Kind::Machine, message).help(help)
        })?;
        let said = [done.stdout, done.stderr].concat();
        Ok(Verdict { passed: done.status.success(), words: String::from_utf8_lossy(&said).into_owned() })
    }
}

impl Drop for Promtool {
    fn drop(&mut self) {
        // What is left behind lies where the system tidies up.
        let _ = fs::remove_dir_all(&self.dir);
    }
}
