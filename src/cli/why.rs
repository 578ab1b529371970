//! `sloc why`: what made a generated line, and what a spec line makes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::project::{self, Project, Threads};
use super::table::visible;
use super::terminal::{self, count};
use super::{Status, list};
use crate::driver::{self, Analysis};
use crate::emit::Artifact;
use crate::io::{self, Disk, Failure, Kind};
use crate::model::Model;
use crate::resolve;
use crate::trace::{self, Cause, Thing};

/// Say what made a generated line, or what a spec line makes
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc why out/prometheus/checkout.rules.yml:31    the rule and its spec line
  sloc why specs/checkout.slo:12                   all that follows from it")]
pub(super) struct Arguments {
    /// A line of a generated file or of a spec
    #[arg(value_name = "FILE:LINE")]
    place: String,
    /// Where the output stands
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    /// As the specs are in this environment
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let (file, line) = place(&arguments.place)?;
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    let analysis = arguments.threads.run(|| project::analyze(&disk))??;
    let path = inside(arguments, project, &file);
    let env = arguments.env.as_deref().or_else(|| directory(&analysis, &path));
    let Some(model) = project::sound(&analysis, env)? else { return Ok(Status::Wrong) };
    let artifacts = arguments.threads.run(|| driver::emit(&model))?;
    // Dashboards that are kept as they are stand in files of their own.
    let spec = relative(project, &file);
    let is_read = analysis.sources.iter().any(|(_, f)| f.path == spec);
    let text = if is_read || file.extension().is_some_and(|end| end == "slo") {
        arguments.threads.run(|| from_spec(arguments, &disk, &model, &artifacts, &spec, line))??
    } else {
        from_output(arguments, project, &disk, &model, &artifacts, (&path, line))?
    };
    terminal::out(&text)?;
    Ok(Status::Fine)
}

/// The environment whose directory a file stands in, where each has one: `staging/prometheus/…`.
fn directory<'a>(analysis: &'a Analysis, path: &str) -> Option<&'a str> {
    let first = path.split('/').next()?;
    analysis.environments.iter().filter_map(|m| m.project.environment.as_deref()).find(|name| *name == first)
}

/// A path without the directory of its environment.
fn common<'a>(model: &Model, path: &'a str) -> &'a str {
    let directory = model.project.environment.as_deref().unwrap_or(resolve::BASE);
    path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as editors copy it.
fn place(text: &str) -> Result<(PathBuf, usize), Failure> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n > 0);
    let split = |text: &str| text.rsplit_once(':').and_then(|(file, line)| Some((file.to_string(), number(line)?)));
    let one = split(text);
    let two = one.as_ref().and_then(|(rest, _)| split(rest));
    let (file, line) = two.or(one).ok_or_else(|| {
        Failure::new(Kind::Usage, format!("`{text}` is no FILE:LINE"))
            .help("as in `out/prometheus/checkout.rules.yml:31`")
    })?;
    Ok((PathBuf::from(file), line))
}

/// A path relative to the project, with `/`.
fn relative(project: &Project, file: &Path) -> String {
    let absolute = std::path::absolute(project.path(file)).unwrap_or_default();
    let root = std::path::absolute(&project.root).unwrap_or_default();
    let inside = absolute.strip_prefix(&root).unwrap_or(file);
    let parts: Vec<String> = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// A generated file relative to the output directory.
fn inside(arguments: &Arguments, project: &Project, file: &Path) -> String {
    let (path, out) = (relative(project, file), relative(project, &arguments.out));
    path.strip_prefix(&format!("{out}/")).map_or_else(|| path.clone(), String::from)
}

/// What made a line of a generated file.
fn from_output(
    arguments: &Arguments,
    project: &Project,
    disk: &Disk,
    model: &Model,
    artifacts: &[Artifact],
    (path, line): (&str, usize),
) -> Result<String, Failure> {
    let inner = common(model, path);
    let artifact = artifacts.iter().find(|a| a.path == inner).ok_or_else(|| no_such_file(artifacts, inner))?;
    let state = match io::text(&project.path(&arguments.out), path) {
        None => Some("missing"),
        Some(found) => (found != artifact.body).then_some("another"),
    };
    if let Some(state) = state {
        terminal::say(&format!("the file is {state}: this is about the one that `sloc build` writes\n"));
    }
    let lines = artifact.body.lines().count();
    if line > lines {
        return Err(Failure::new(Kind::Usage, format!("{path} has {}", count(lines, "line"))));
    }
    let things = trace::in_file(model, artifact);
    let place = |thing: &Thing| format!("{}/{path}:{}", arguments.out.display(), range(thing));
    Ok(trace::at(&things, line).map_or_else(String::new, |thing| answer(disk, thing, &place(thing))))
}

fn no_such_file(artifacts: &[Artifact], path: &str) -> Failure {
    if path == "manifest.json" {
        return Failure::new(Kind::Usage, "`manifest.json` lists all that a build wrote, so all specs make it")
            .help("each of its lines names a file and, behind `from`, the spec line that the file is from");
    }
    let near = crate::diag::did_you_mean(path, artifacts.iter().map(|a| a.path.as_str()));
    let failure = Failure::new(Kind::Usage, format!("no spec makes a file `{path}`"));
    failure.help(near.unwrap_or_else(|| "`sloc show SERVICE` lists the files of a service".to_string()))
}

/// A thing, its query and its spec line.
fn answer(disk: &Disk, thing: &Thing, place: &str) -> String {
    let mut text = format!("{place}: {} {}\n", thing.kind.name(), visible(&thing.name));
    let mut line = |name: &str, value: &str| text += &format!("  {name:<6} {value}\n");
    if let Some(service) = &thing.service {
        let ids: Vec<String> = thing.subjects.iter().map(|slo| format!("{service}.{slo}")).collect();
        line("of", if ids.is_empty() { service.clone() } else { ids.join(", ") }.as_str());
    }
    line("from", &visible(&thing.origin));
    if let Some(written) = spec_line(disk, &thing.origin) {
        line("", &format!("  {}", visible(written.trim())));
    }
    if let Some(query) = &thing.query {
        line("query", &visible(&query.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    text
}

/// The text of `path:line`.
fn spec_line(disk: &Disk, origin: &str) -> Option<String> {
    use crate::source::Loader;
    // Of what a template made, this is the line that used it.
    let (path, line) = origin.split(", ").next()?.rsplit_once(':')?;
    let bytes = disk.load(path).ok()?;
    let index = line.parse::<usize>().ok()?.checked_sub(1)?;
    String::from_utf8_lossy(&bytes).lines().nth(index).map(String::from)
}

/// `31`, or `31-37`.
fn range(thing: &Thing) -> String {
    let (from, to) = (thing.lines.start(), thing.lines.end());
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// What follows from a line of a spec.
fn from_spec(
    arguments: &Arguments,
    disk: &Disk,
    model: &Model,
    artifacts: &[Artifact],
    path: &str,
    line: usize,
) -> Result<String, Failure> {
    let program = resolve::load(disk).map_err(project::unlisted)?;
    if !program.sources.iter().any(|(_, file)| file.path == path) {
        let near = crate::diag::did_you_mean(path, program.sources.iter().map(|(_, f)| f.path.as_str()));
        let failure = Failure::new(Kind::Usage, format!("there is no spec `{path}` in the project"));
        return Err(
            failure.help(near.unwrap_or_else(|| "`sloc list` names the spec line of each objective".to_string()))
        );
    }
    let Some(cause) = trace::cause(&program, model, path, line) else {
        return Ok(format!("{path}:{line}: nothing follows from this line\n"));
    };
    let things = trace::things(model, artifacts);
    Ok(consequences(arguments, model, &cause, &things, &format!("{path}:{line}")))
}

/// The things that depend on a declaration.
fn consequences(arguments: &Arguments, model: &Model, cause: &Cause, things: &[Thing], place: &str) -> String {
    let known = |thing: &Thing| {
        let Some(service) = &thing.service else { return false };
        thing.subjects.iter().any(|slo| cause.subjects.contains(&format!("{service}.{slo}")))
    };
    let depends = |thing: &&Thing| {
        thing.service.as_ref().is_some_and(|s| cause.services.contains(s))
            || known(thing)
            || cause.origin.as_ref() == Some(&thing.origin)
            || cause.boards.iter().any(|uid| thing.file.ends_with(&format!("/{uid}.json")))
            || thing.service.is_none() && cause.files.iter().any(|begin| thing.file.starts_with(begin))
    };
    let own: Vec<&Thing> = things.iter().filter(depends).collect();
    let head = format!("{place}: {} {}", cause.kind, visible(&cause.name)).trim_end().to_string() + "\n";
    if cause.kind == "environment" {
        return head + &format!("  its own output: `sloc build --env {0}`, `sloc list --env {0}`\n", cause.name);
    }
    if own.is_empty() {
        return head + "  nothing that is generated depends on it\n";
    }
    let slos = model.services.iter().flat_map(list::Listed::all);
    let slos: Vec<_> = slos.filter(|slo| cause.subjects.contains(&slo.id())).collect();
    let several = cause.subjects.len() > 1 || !cause.services.is_empty();
    let table = if slos.len() > 1 { list::slos(slos.into_iter()).aligned("  ") + "\n" } else { String::new() };
    head + &table + &by_file(&arguments.out, &own, !several)
}

/// Things by file; each with its lines when `each`, else counted.
pub(super) fn by_file(out: &Path, things: &[&Thing], each: bool) -> String {
    let mut text = String::new();
    for chunk in things.chunk_by(|a, b| a.file == b.file) {
        let Some(first) = chunk.first() else { continue };
        text += &format!("  {}/{}{}\n", out.display(), first.file, if each { String::new() } else { tally(chunk) });
        if each {
            text += &lines(chunk);
        }
    }
    text
}

/// The things of one file with their lines. Lines that only name something are many, and say one thing together.
fn lines(things: &[&Thing]) -> String {
    let mut text = String::new();
    let alike = |a: &&Thing, b: &&Thing| a.kind == trace::Kind::Mention && (a.kind, &a.name) == (b.kind, &b.name);
    let several: Vec<&Thing> = things.iter().filter(|t| t.lines.start() != t.lines.end()).copied().collect();
    for same in several.chunk_by(alike) {
        let [first, .., last] = same else {
            text += &same.iter().map(|t| line(&range(t), t, "")).collect::<String>();
            continue;
        };
        let to = same.iter().map(|t| t.lines.end()).max().unwrap_or(last.lines.end());
        text += &line(&format!("{}-{to}", first.lines.start()), first, &format!(" in {} places", same.len()));
    }
    text
}

fn line(range: &str, thing: &Thing, more: &str) -> String {
    format!("    {range:<11} {} {}{more}\n", thing.kind.name(), visible(&thing.name))
}

/// `: 14 recording rules, 5 alerts`.
fn tally(things: &[&Thing]) -> String {
    let mut kinds: BTreeMap<trace::Kind, usize> = BTreeMap::new();
    let parts = things.iter().filter(|t| !matches!(t.kind, trace::Kind::File | trace::Kind::Mention));
    parts.for_each(|thing| *kinds.entry(thing.kind).or_default() += 1);
    let words: Vec<String> = kinds.iter().map(|(kind, number)| count(*number, kind.name())).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}
