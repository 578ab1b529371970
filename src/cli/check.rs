//! `sloc check`: what is wrong with the specs, without writing anything.

use std::path::PathBuf;

use clap::Args;

use super::project::{self, Manner, Project};
use super::{Status, terminal};
use crate::io::Failure;

/// Say what is wrong with the specs; write nothing
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc check
  sloc check specs/checkout.slo --format short

Reports every mistake in one run, in the order of the text. `sloc explain CODE` says more of each.")]
pub(super) struct Arguments {
    /// Spec files, or directories of them
    #[arg(default_value = "specs", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(&arguments.paths)?;
    let analysis = arguments.manner.run(|| project::analyze(&disk))??;
    arguments.manner.print(&analysis)?;
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
