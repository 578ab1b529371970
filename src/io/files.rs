//! Files that a command is to read: one that is named, or all of some kinds below a directory, in order.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::failure::{Doing, Failure, Kind};

/// How deep directories are searched: a circle of links ends there.
const DEPTH: usize = 32;

/// The files at `path`: itself when it is one, else those below it whose names end in one of `extensions`, in byte order.
/// Hidden directories are passed over. Fails when it does not exist or cannot be listed.
pub fn files_below(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    if !path.exists() {
        return Err(Failure::new(Kind::Usage, format!("there is no {}", path.display())));
    }
    let mut found = BTreeSet::new();
    search(path, extensions, DEPTH, &mut found)?;
    Ok(found.into_iter().collect())
}

fn search(path: &Path, extensions: &[&str], depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        found.insert(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path).doing("list", path)? {
        let path = entry.doing("list", path)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let wanted = path.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e));
        if depth > 0 && !name.starts_with('.') && (path.is_dir() || wanted) {
            search(&path, extensions, depth - 1, found)?;
        }
    }
    Ok(())
}
