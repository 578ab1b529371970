//! Rule files and catalogs that a command names: found, read and checked.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Status;
use super::project::{self, Manner, Project};
use super::terminal::{self, count};
use crate::driver::Known;
use crate::io::{Failure, Kind, read_file};
use crate::promql::types::Facts;
use crate::units::Duration;

/// Whether a path names a rule file rather than specs.
pub(super) fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yml" || e == "yaml")
}

/// Options that say what is known.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// What is known of metrics (.json, .prom, .slo, or .yml for what rules record); may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) catalog: Vec<PathBuf>,
    /// How often targets are scraped, to find windows that are too short
    #[arg(long, value_name = "TIME", value_parser = time)]
    scrape: Option<Duration>,
    /// How long the server keeps samples, to find queries that reach further
    #[arg(long, value_name = "TIME", value_parser = time)]
    retention: Option<Duration>,
}

fn time(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| "a time is something like `15s` or `30d`".to_string())
}

impl Options {
    /// Whether any is given.
    pub(super) fn given(&self) -> bool {
        !self.catalog.is_empty() || self.scrape.is_some() || self.retention.is_some()
    }

    /// What they say, and what the specs at `specs` declare.
    pub(super) fn known(&self, project: &Project, specs: Option<&PathBuf>) -> Result<Known, Failure> {
        let paths: Vec<PathBuf> = self.catalog.iter().chain(specs).cloned().collect();
        let facts = Facts { scrape: self.scrape, retention: self.retention, ..Facts::default() };
        Ok(Known { facts, ..known(project, &paths)? })
    }
}

/// What the files at these paths say of metrics: specs, saved catalogs and `/metrics` pages.
fn known(project: &Project, paths: &[PathBuf]) -> Result<Known, Failure> {
    let is_spec = |path: &&PathBuf| path.extension() == Some(OsStr::new("slo")) || project.path(path).is_dir();
    let specs: Vec<PathBuf> = paths.iter().filter(is_spec).cloned().collect();
    let mut known = match specs.is_empty() {
        true => Known::default(),
        false => Known::from_specs(&project.disk(&specs)?).map_err(project::unlisted)?,
    };
    for path in paths.iter().filter(|path| !is_spec(path)) {
        known.add(shown(path)?, read_file(&project.path(path))?);
    }
    Ok(known)
}

/// A path as messages show it.
pub(super) fn shown(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    let unprintable = || Failure::new(Kind::Usage, format!("the name of the file {path:?} cannot be printed"));
    text.map(str::to_string).ok_or_else(unprintable)
}

/// Checks rule files and says what is wrong with them.
pub(super) fn check(project: &Project, files: &[PathBuf], known: Known, manner: &Manner) -> Result<Status, Failure> {
    let read = |path: &PathBuf| Ok((shown(path)?, read_file(&project.path(path))?));
    let files: Vec<(String, Vec<u8>)> = files.iter().map(read).collect::<Result<_, Failure>>()?;
    let number = files.len();
    let found = manner.run(|| known.check_rules(files))?;
    manner.print(&found.diagnostics, &found.sources, &project.absolute())?;
    let tally = project::tally(&found.diagnostics);
    let tally = if tally.is_empty() { "nothing wrong".to_string() } else { tally };
    let size =
        format!("{} of {} in {}", count(found.rules, "rule"), count(found.groups, "group"), count(number, "file"));
    terminal::say(&format!("{tally} in {size}\n"));
    let wrong = found.diagnostics.iter().any(crate::diag::Diagnostic::is_error);
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}
