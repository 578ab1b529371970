//! New files for a new project: all of them, and never over one that is there.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::failure::{Doing, Failure, Kind};

/// Fails when one of the files, by paths relative to `root`, is there already.
pub fn is_free(root: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let there = files.iter().filter(|(path, _)| fs::symlink_metadata(root.join(path)).is_ok());
    let there: Vec<String> = there.map(|(path, _)| path.clone()).collect();
    if !there.is_empty() {
        let mut failure = Failure::new(Kind::Usage, format!("there is a project in {} already", root.display()))
            .help("no file was written or overwritten");
        failure.lines = there;
        return Err(failure);
    }
    Ok(())
}

/// Writes each text to its path relative to `root`, making directories. Fails with nothing written when one of the
/// files is there already.
pub fn create(root: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    is_free(root, files)?;
    for (path, text) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).doing("make the directory", parent)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).doing("write", &path)?;
    }
    Ok(())
}
