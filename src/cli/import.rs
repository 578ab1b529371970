//! `sloc import`: specs out of other tools' files.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::project::{self, Manner, Project};
use super::terminal::{self, count};
use super::{Status, rules};
use crate::diag::Diagnostic;
use crate::import::{self, Entry, Fate, From, Imported, Options};
use crate::io::{self, Failure, Kind};
use crate::units::Duration;

/// Write specs out of the files of other tools
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc import sloth slos/                     writes specs/, with Sloth's names
  sloc import sloth slos/ --naming sloc       the same under sloc's own names
  sloc import sloth slos/ --verify rules/     compares with the rules Sloth made
  sloc build

The report says of each thing whether it came over exactly, improved, or is
missing. A document that cannot be had is refused by itself; the others are
written. Never overwrites a file.")]
pub(super) struct Arguments {
    /// The tool that the files are of
    #[arg(value_name = "FROM")]
    from: Tool,
    /// Files, or directories of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where the specs are written
    #[arg(long, value_name = "DIR", default_value = "specs")]
    out: PathBuf,
    /// Write nothing; say what would become of each thing
    #[arg(long)]
    dry_run: bool,
    /// Write nothing; compare what the specs compile to with the rules in DIR, made by the tool itself
    #[arg(long, value_name = "DIR")]
    verify: Option<PathBuf>,
    /// Whose names rules and alerts have: those of the tool, so that series go on, or sloc's own
    /// [default: those of Sloth and Pyrra; sloc's for all else]
    #[arg(long, value_enum)]
    naming: Option<Names>,
    /// The period of objectives that name none
    #[arg(long, value_name = "TIME", value_parser = time)]
    period: Option<Duration>,
    /// Under Sloth's names: count the period as errors over all events, not as Sloth's mean of ratios
    #[arg(long)]
    events: bool,
    /// Under Pyrra's names: its generic rules, too
    #[arg(long)]
    generic: bool,
    /// Under Pyrra's names: buckets are read as Prometheus 2 and 3 spell them
    #[arg(long)]
    prometheus3: bool,
    /// A label that the tool was told to add, NAME=VALUE; may be given several times
    #[arg(long, value_name = "LABEL", value_parser = label)]
    label: Vec<(String, String)>,
    /// The version of the tool that its rules name
    #[arg(long, value_name = "VERSION")]
    tool_version: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Tool {
    /// Sloth's specs, Kubernetes resources, OpenSLO v1alpha and AlertWindows
    Sloth,
    /// Pyrra's ServiceLevelObjectives
    Pyrra,
    /// OpenSLO v1, v1alpha and v2alpha
    Openslo,
    /// Rule files and PrometheusRules
    Prometheus,
    /// Exported alert rules and classic dashboards
    Grafana,
}

/// Whose names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Names {
    /// Those of the tool
    Tool,
    /// Those of sloc
    Sloc,
}

fn time(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| "a time is something like `28d`".to_string())
}

fn label(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.into(), value.into())).ok_or_else(|| "a label is NAME=VALUE".to_string())
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let files = read(project, &arguments.paths)?;
    if let Some((spec, _)) = files.iter().find(|(path, _)| path.ends_with(".slo")) {
        return Err(Failure::new(Kind::Usage, format!("`{spec}` is a spec already"))
            .help("`sloc import` reads the files of other tools; `sloc check` reads specs"));
    }
    if files.is_empty() {
        return Err(Failure::new(Kind::Usage, "there is no file to import: none ends in `.yml`, `.yaml` or `.json`")
            .help("a file that is named itself may end otherwise"));
    }
    let from = match arguments.from {
        Tool::Sloth => From::Sloth,
        Tool::Pyrra => From::Pyrra,
        Tool::Openslo => From::OpenSlo,
        Tool::Prometheus => From::Prometheus,
        Tool::Grafana => From::Grafana,
    };
    let options = Options {
        period: arguments.period,
        rename: arguments.naming.map_or(from.is_renamed(), |n| n == Names::Sloc),
        events: arguments.events,
        generic: arguments.generic,
        prometheus3: arguments.prometheus3,
        labels: arguments.label.clone(),
        version: arguments.tool_version.clone(),
    };
    let made = match &arguments.verify {
        Some(folder) => Some(read(project, std::slice::from_ref(folder))?),
        None => None,
    };
    let options = made.as_ref().map_or(options.clone(), |made| import::as_made(from, options, made));
    let imported = arguments.manner.run(|| import::import(from, files, &options))?;
    arguments.manner.print(&imported.diagnostics, &imported.sources, &project.absolute())?;
    terminal::out(&report(&imported.report))?;
    if let Some(made) = made {
        return compare(&imported, made);
    }
    if !arguments.dry_run && !imported.specs.is_empty() {
        io::create(&project.path(&arguments.out), &imported.specs)?;
        let wrote = imported.specs.iter().map(|(path, _)| format!("wrote {}\n", arguments.out.join(path).display()));
        terminal::out(&wrote.collect::<String>())?;
    }
    terminal::say(&summary(&imported));
    let wrong = imported.diagnostics.iter().any(Diagnostic::is_error);
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}

/// Says where the compiled specs differ from the rules of a folder.
fn compare(imported: &Imported, rules: Vec<(String, Vec<u8>)>) -> Result<Status, Failure> {
    let verdict = import::verify(&imported.specs, rules);
    terminal::out(&verdict.differences.iter().map(|d| format!("differs   {d}\n")).collect::<String>())?;
    terminal::say(&format!("{} equal, {} different\n", count(verdict.equal, "rule"), verdict.differences.len()));
    let added = verdict.added.iter().flatten().map(|(name, value)| format!(" --label {name}={value}"));
    match added.collect::<String>() {
        added if added.is_empty() => {}
        added => terminal::say(&format!("  help: if the tool was told to add labels, tell it here, too:{added}\n")),
    }
    let fine = verdict.differences.is_empty() && !imported.diagnostics.iter().any(Diagnostic::is_error);
    Ok(if fine { Status::Fine } else { Status::Wrong })
}

/// Paths and bytes of all files, those of directories in order.
fn read(project: &Project, paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        for file in io::files_below(&project.path(path), &["yml", "yaml", "json"])? {
            let inside = file.strip_prefix(project.path(path)).unwrap_or(&file);
            let shown = if inside.as_os_str().is_empty() { path.clone() } else { path.join(inside) };
            files.push((rules::shown(&shown)?, io::read_file(&file)?));
        }
    }
    Ok(files)
}

/// One line for each thing, the same fates together.
fn report(entries: &[Entry]) -> String {
    let mut text = String::new();
    for fate in [Fate::Exact, Fate::Improved, Fate::Missing] {
        for entry in entries.iter().filter(|e| e.fate == fate) {
            let note = if entry.note.is_empty() { String::new() } else { format!(": {}", entry.note) };
            let _ = writeln!(text, "{:<9} {} ({}){note}", fate.name(), entry.what, entry.place);
        }
    }
    text
}

fn summary(imported: &Imported) -> String {
    let of = |fate| imported.report.iter().filter(|e| e.fate == fate).count();
    let fates = [Fate::Exact, Fate::Improved, Fate::Missing].map(|fate| format!("{} {}", of(fate), fate.name()));
    let tally = project::tally(&imported.diagnostics);
    let tally = if tally.is_empty() { String::new() } else { format!("; {tally}") };
    format!("{} in {}{tally}\n", fates.join(", "), count(imported.specs.len(), "file"))
}
