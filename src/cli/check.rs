//! `sloc check`: what is wrong with the specs, and the mending of what can be mended for sure.

use std::path::PathBuf;

use clap::Args;

use super::project::{self, Manner, Project};
use super::{Status, fix, terminal};
use crate::io::Failure;

/// Say what is wrong with the specs
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc check
  sloc check specs/checkout.slo --format short
  sloc check --fix             mends what there is one sure way to mend
  sloc check --format sarif > sloc.sarif

Reports every mistake in one run, in the order of the text. `sloc explain CODE` says more of each.
Writes nothing without `--fix`.")]
pub(super) struct Arguments {
    /// Spec files, or directories of them
    #[arg(default_value = "specs", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Put the sure fixes into the specs, then say what is left
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(&arguments.paths)?;
    let look = || if arguments.fix { fix::fix(&disk) } else { project::analyze(&disk) };
    let analysis = arguments.manner.run(look)??;
    arguments.manner.print(&analysis.diagnostics, &analysis.sources, &disk)?;
    let found = project::tally(&analysis.diagnostics);
    let Some(model) = &analysis.model else {
        terminal::say(&format!("{found}\n"));
        return Ok(Status::Wrong);
    };
    let found = if found.is_empty() { "nothing wrong".to_string() } else { found };
    let also = match analysis.environments.len() {
        0 => String::new(),
        number => format!(", as they are and in {}", terminal::count(number, "environment")),
    };
    terminal::say(&format!("{found} in {}{also}\n", project::size(model)));
    Ok(Status::Fine)
}
