//! `sloc diff`: what a reviewer must know of a change to the specs.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::project::{self, Project, Threads};
use super::{Status, terminal};
use crate::diag::render::{self as messages, Format};
use crate::diff::{self, Class, render};
use crate::driver::{self, Salvage};
use crate::io::{Disk, Failure, Git, Kind};
use crate::model::Model;
use crate::source::Loader;

/// Say what a change to the specs means: promises, alerts, history, pages
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc diff                 the work tree against HEAD
  sloc diff main            the work tree against main
  sloc diff main...         HEAD against where it left main: a pull request
  sloc diff HEAD~1..HEAD    one revision against another
  sloc diff ../before       the work tree against another directory
  sloc diff main... --format markdown --deny slo-gone,alert-gone,history-loss

Exit status:
  0 nothing changed   1 something changed, or the specs have errors
  2 used wrongly      3 the machine failed
  With --deny, 1 only where a change of a denied class occurs, or for errors.")]
pub(super) struct Arguments {
    /// A revision of git, `OLD..NEW`, `MAIN...` or the directory of another project
    #[arg(value_name = "REV|DIR")]
    against: Option<String>,
    /// How the changes are printed
    #[arg(long, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    format: Output,
    /// Fail on changes of these classes only; may list several, separated by commas
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class())]
    deny: Vec<Class>,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    #[command(flatten)]
    threads: Threads,
}

/// The formats of changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Output {
    /// For people
    Human,
    /// A comment of a pull request, for GitHub and GitLab
    Markdown,
    /// One JSON document
    Json,
}

/// A class by its name; the help lists them all.
fn class() -> impl TypedValueParser<Value = Class> {
    let values = Class::ALL.iter().map(|class| PossibleValue::new(class.name()).help(class.meaning()));
    PossibleValuesParser::new(values).try_map(|name| Class::find(&name).ok_or("there is no such class"))
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let (old, new) = sides(arguments, project)?;
    let both = || arguments.threads.run(|| (old.salvage(), new.salvage()));
    let (before, now) = terminal::patiently(&|| format!("reading {} and {}", old.name, new.name), both)?;
    let (before, now) = (before?, now?);
    let color = terminal::color();
    terminal::say(&messages::render(&errors(&now), &now.analysis.sources, Format::Human { color }));
    let report = report(&old, &new, &before, &now);
    terminal::out(&match arguments.format {
        Output::Human => render::human(&report, terminal::color_out()),
        Output::Markdown => render::markdown(&report),
        Output::Json => render::json(&report),
    })?;
    Ok(status(arguments, &report, now.analysis.model.is_none()))
}

/// One side of the comparison.
struct Side {
    /// What it is called.
    name: String,
    /// Its files; `None` when it has no specs.
    loader: Option<Box<dyn Loader>>,
}

impl Side {
    fn salvage(&self) -> Result<Salvage, Failure> {
        let nothing: &dyn Loader = &Nothing;
        driver::salvage(self.loader.as_deref().unwrap_or(nothing)).map_err(project::unlisted)
    }
}

/// A program without files.
struct Nothing;

impl Loader for Nothing {
    fn roots(&self) -> Result<Vec<String>, crate::source::LoadError> {
        Ok(Vec::new())
    }

    fn load(&self, _: &str) -> Result<Vec<u8>, crate::source::LoadError> {
        Err(crate::source::LoadError::Missing)
    }
}

/// What is compared with what.
fn sides(arguments: &Arguments, project: &Project) -> Result<(Side, Side), Failure> {
    let text = arguments.against.as_deref().unwrap_or("HEAD");
    let head = |name: &str| if name.is_empty() { "HEAD".to_string() } else { name.to_string() };
    let range = text.split_once("...").or_else(|| text.split_once(".."));
    let is_path =
        Path::new(text).is_absolute() || text.split('/').next().is_some_and(|first| matches!(first, "." | ".."));
    match range.filter(|_| !is_path) {
        Some((old, new)) => {
            let git = Git::open(&project.root)?;
            let (old, new) = (head(old), head(new));
            let from = if text.contains("...") { git.merge_base(&old, &new)? } else { old.clone() };
            let name = if text.contains("...") { format!("where {new} left {old}") } else { old };
            Ok((revision(&git, &name, &from, arguments)?, revision(&git, &new, &new, arguments)?))
        }
        None => Ok((earlier(text, is_path, arguments, project)?, work_tree(arguments, project)?)),
    }
}

/// The side named by one word: a directory or a revision.
fn earlier(text: &str, is_path: bool, arguments: &Arguments, project: &Project) -> Result<Side, Failure> {
    let path = project.path(Path::new(text));
    if is_path {
        return directory(&path, arguments);
    }
    let git = Git::open(&project.root);
    if path.is_dir() {
        if git.is_ok_and(|git| git.knows(text)) {
            let failure = Failure::new(Kind::Usage, format!("`{text}` is a revision and a directory"));
            return Err(failure.help(format!("`./{text}` is the directory, `{text}^0` the revision")));
        }
        return directory(&path, arguments);
    }
    revision(&git?, text, text, arguments)
}

fn revision(git: &Git, name: &str, revision: &str, arguments: &Arguments) -> Result<Side, Failure> {
    let files = git.revision(revision, std::slice::from_ref(&arguments.specs))?;
    let without = if files.is_empty() { ", which has no specs" } else { "" };
    let short = if name.starts_with(files.short()) { "" } else { files.short() };
    let about = format!("{short}{without}");
    let about = about.trim_start_matches(", ");
    let name = if about.is_empty() { name.to_string() } else { format!("{name} ({about})") };
    let loader: Option<Box<dyn Loader>> = if files.is_empty() { None } else { Some(Box::new(files)) };
    Ok(Side { name, loader })
}

fn directory(path: &Path, arguments: &Arguments) -> Result<Side, Failure> {
    if !path.is_dir() {
        let failure = Failure::new(Kind::Usage, format!("there is no directory {}", path.display()));
        return Err(failure.help("DIR is the directory of a project; `--specs` says where in it the specs stand"));
    }
    let disk = Disk::open(path, std::slice::from_ref(&arguments.specs))?;
    Ok(Side { name: path.display().to_string(), loader: Some(Box::new(disk)) })
}

fn work_tree(arguments: &Arguments, project: &Project) -> Result<Side, Failure> {
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    Ok(Side { name: "the work tree".to_string(), loader: Some(Box::new(disk)) })
}

/// The errors of the newer side, which its author can mend.
fn errors(now: &Salvage) -> Vec<crate::diag::Diagnostic> {
    now.analysis.diagnostics.iter().filter(|d| d.is_error()).cloned().collect()
}

/// Compares what can be compared.
fn report(old: &Side, new: &Side, before: &Salvage, now: &Salvage) -> render::Report {
    let all_sound = before.left_out.is_empty() && now.left_out.is_empty();
    let models = |own: &Salvage, other: &Salvage| {
        let model = without(own.model.as_ref()?, other);
        Some((model, own.environments.iter().map(|m| without(m, other)).collect::<Vec<_>>()))
    };
    let mut changes = match (models(before, now), models(now, before)) {
        (Some((o, old)), Some((n, new))) => diff::diff_all((&o, &old), (&n, &new)),
        _ => Vec::new(),
    };
    diff::annotate(&mut changes, &before.catalog, &now.catalog);
    if !all_sound || old.loader.is_none() {
        // The project's settings may stand in what is left out, or in nothing at all.
        changes.retain(|change| change.service.is_some());
    }
    let of = |side: &Side, salvage: &Salvage| {
        salvage.left_out.iter().map(|path| (path.clone(), side.name.clone())).collect::<Vec<_>>()
    };
    let left_out = of(old, before).into_iter().chain(of(new, now)).collect();
    render::Report { old: old.name.clone(), new: new.name.clone(), changes, left_out }
}

/// A model without what stands in files that the other side cannot read.
fn without(model: &Model, other: &Salvage) -> Model {
    let mut model = model.clone();
    model.services.retain(|service| !other.left_out.contains(&*service.origin.path));
    model.boards.retain(|board| !other.left_out.contains(&*board.origin.path));
    model.kept.retain(|board| !other.left_out.contains(&*board.origin.path));
    model
}

fn status(arguments: &Arguments, report: &render::Report, broken: bool) -> Status {
    let denied = |class: Class| arguments.deny.is_empty() || arguments.deny.iter().any(|denied| class.is(*denied));
    let number = report.changes.iter().filter(|change| denied(change.class)).count();
    if number > 0 && !arguments.deny.is_empty() {
        terminal::say(&format!("denied: {} of these changes\n", number));
    }
    if number > 0 || broken { Status::Wrong } else { Status::Fine }
}
