//! `sloc check rules.yml`: what is wrong with rule files that were never specs.

use std::path::{Path, PathBuf};

use super::Status;
use super::facts::{self, Knowledge};
use super::project::{self, Manner, Project};
use super::terminal::{self, count};
use crate::diag;
use crate::io::Failure;
use crate::rules::{self, Source};

/// Whether a path names a rule file.
pub(super) fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yml" || e == "yaml")
}

/// Checks rule files together.
pub(super) fn run(
    paths: &[PathBuf],
    known: &facts::Known,
    manner: &Manner,
    project: &Project,
) -> Result<Status, Failure> {
    let mut known = facts::read(known, project, Path::new("specs"))?;
    let mut files = Vec::new();
    for path in paths {
        files.push(known.load(project, path)?);
    }
    let disk = project.disk(paths)?;
    let diagnostics = manner.run(|| found(&files, &mut known))?;
    manner.print(&diagnostics, &known.sources, &disk)?;
    let tally = project::tally(&diagnostics);
    let found = if tally.is_empty() { "nothing wrong".to_string() } else { tally };
    terminal::say(&format!("{found} in {}\n", count(files.len(), "file")));
    let wrong = diagnostics.iter().any(diag::Diagnostic::is_error);
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}

fn found(files: &[(String, crate::source::FileId)], known: &mut Knowledge) -> Vec<diag::Diagnostic> {
    let sources: Vec<Source<'_>> = files.iter().map(|(text, file)| Source { text, file: *file }).collect();
    let mut diagnostics = std::mem::take(&mut known.diagnostics);
    diagnostics.extend(rules::check(&sources, &known.catalog, known.facts));
    diag::in_order(&mut diagnostics);
    diagnostics
}
