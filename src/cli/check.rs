//! `sloc check`: what is wrong with the specs, and the mending of what can be mended for sure.

use std::path::PathBuf;

use clap::Args;

use super::project::{self, Manner, Project};
use super::{Status, facts, fix, rules, terminal};
use crate::io::{Failure, Kind};

/// Say what is wrong with the specs, or with rule files
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc check
  sloc check specs/checkout.slo --format short
  sloc check --fix             mends what there is one sure way to mend
  sloc check --format sarif > sloc.sarif
  sloc check rules.yml --metrics metrics.prom

Reports every mistake in one run, in the order of the text. `sloc explain CODE` says more of each.
Writes nothing without `--fix`. Of Prometheus's own rule files (.yml, .yaml) and PrometheusRules it checks the
queries, and the labels that their texts read; nothing of them needs to be a spec.")]
pub(super) struct Arguments {
    /// Spec files, directories of them, or rule files
    #[arg(default_value = "specs", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Put the sure fixes into the specs, then say what is left
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    known: facts::Known,
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let rule_files = arguments.paths.iter().filter(|p| rules::is_rule_file(p)).count();
    if rule_files > 0 {
        return rule_files_only(arguments, rule_files, project);
    }
    if arguments.known.given() {
        let message = "`--metrics`, `--scrape` and `--retention` are for rule files; specs say these themselves";
        return Err(Failure::new(Kind::Usage, message));
    }
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

/// Rule files are checked by themselves: they know nothing of specs but the metrics that these declare.
fn rule_files_only(arguments: &Arguments, rule_files: usize, project: &Project) -> Result<Status, Failure> {
    if rule_files < arguments.paths.len() {
        return Err(Failure::new(Kind::Usage, "rule files and specs are checked one after the other, not together"));
    }
    if arguments.fix {
        return Err(Failure::new(Kind::Usage, "`--fix` mends specs only, not rule files"));
    }
    rules::run(&arguments.paths, &arguments.known, &arguments.manner, project)
}
