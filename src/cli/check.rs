//! `sloc check`: what is wrong with the specs, and the mending of what can be mended for sure.

use std::path::{Path, PathBuf};

use clap::Args;

use super::project::{self, Manner, Project};
use super::watch::{self, Round};
use super::{Status, fix, rules, terminal};
use crate::check::boards::Unchecked;
use crate::driver::Findings;
use crate::io::{Failure, Kind};

/// Say what is wrong with the specs
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc check
  sloc check specs/checkout.slo --format short
  sloc check deploy/rules/*.yml --catalog catalog.json
  sloc check --watch           says it again whenever a spec is saved
  sloc check --fix             mends what there is one sure way to mend
  sloc check --format sarif > sloc.sarif

Reports every mistake in one run, in the order of the text. `sloc explain
CODE` says more of each. Writes nothing without `--fix`.

Files that end in .yml or .yaml are rule files of Prometheus, or
PrometheusRules of its operator. They may stand anywhere and need no specs.
With `--catalog` their queries are checked against real metrics: `sloc catalog
pull` writes such a file, and a saved /metrics page is one.")]
pub(super) struct Arguments {
    /// Spec files or directories of them, or rule files (.yml, .yaml)
    #[arg(default_value = "specs", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Put the sure fixes into the specs, then say what is left
    #[arg(long)]
    fix: bool,
    /// Check again whenever a spec, or a file that one reads, is saved
    #[arg(long, conflicts_with = "fix")]
    watch: bool,
    /// Also list the queries that are passed through unchecked: LogQL, TraceQL, SQL
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten, next_help_heading = "For rule files")]
    known: rules::Options,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let (rule_files, specs): (Vec<PathBuf>, Vec<PathBuf>) =
        arguments.paths.iter().cloned().partition(|path| rules::is_rule_file(path));
    if rule_files.is_empty() {
        return match arguments.known.given() {
            false => check_specs(arguments, project, &specs),
            true => Err(Failure::new(Kind::Usage, "`--catalog`, `--scrape` and `--retention` are for rule files")
                .help("specs say these themselves: `metrics from \"catalog.json\"`")),
        };
    }
    if let Some(spec) = specs.first() {
        let message =
            format!("{} is no rule file; rule files and specs are checked one after the other", spec.display());
        return Err(Failure::new(Kind::Usage, message));
    }
    if arguments.fix {
        return Err(Failure::new(Kind::Usage, "`--fix` is for specs; rule files are not written"));
    }
    if arguments.watch {
        return Err(Failure::new(Kind::Usage, "`--watch` is for specs"));
    }
    let known = arguments.known.known(project, None)?;
    rules::check(project, &rule_files, known, &arguments.manner)
}

fn check_specs(arguments: &Arguments, project: &Project, specs: &[PathBuf]) -> Result<Status, Failure> {
    let manner = &arguments.manner;
    if arguments.watch {
        return watch::watch(project, specs, manner, &|disk, loader| {
            Ok(round(arguments, disk.root(), &project::examine(loader)?))
        });
    }
    let disk = project.disk(specs)?;
    let look = || if arguments.fix { fix::fix(&disk) } else { project::examine(&disk) };
    let round = round(arguments, disk.root(), &manner.run_on(&disk, look)??);
    manner.put(&round.messages)?;
    terminal::say(&round.summary);
    Ok(round.status)
}

/// What there is to say of the specs.
fn round(arguments: &Arguments, root: &Path, findings: &Findings) -> Round {
    let messages = arguments.manner.text(&findings.diagnostics, &findings.sources, root);
    let passed = if arguments.verbose { unchecked(findings) } else { String::new() };
    let found = project::tally(&findings.diagnostics);
    let Some(size) = findings.size else {
        return Round { messages, summary: format!("{found}\n"), status: Status::Wrong, done: true };
    };
    let found = if found.is_empty() { "nothing wrong".to_string() } else { found };
    let also = match size.environments {
        0 => String::new(),
        number => format!(", as they are and in {}", terminal::count(number, "environment")),
    };
    let summary = format!("{passed}{found} in {}{also}\n", project::size(size.slos, size.services));
    Round { messages, summary, status: Status::Fine, done: true }
}

/// A line for each query that nobody checked.
fn unchecked(findings: &Findings) -> String {
    let line = |u: &Unchecked| {
        let place = findings.sources.place(u.span);
        format!("{place}: unchecked {}: only its quotes and brackets were looked at\n", u.language)
    };
    findings.unchecked.iter().map(line).collect()
}
