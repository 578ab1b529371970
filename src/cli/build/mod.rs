//! `sloc build`: specs into the output directory, or nothing at all.

mod last;
mod make;

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Status;
use last::{Last, Record, Said};
use make::{Done, Made, Make};

use super::project::{self, Manner, Messages, Project};
use super::stale::{self, Stale};
use super::terminal::{self, count};
use super::watch::{self, Round};
use crate::driver::{self, Analysis};
use crate::emit::grafana_alerts::Earlier;
use crate::emit::{Artifact, TARGETS};
use crate::io::{self, Disk, Failure, Report, Seen, Standing};
use crate::model::Model;
use crate::source::Loader;

/// Compile the specs into alerts, dashboards and runbooks
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc build
  sloc build --watch       builds again whenever a spec is saved
  sloc build --check       for CI: exits 1 when out/ is not what the specs say
  sloc -C teams/payments build --out deploy
  sloc build --env staging --out deploy/staging
  sloc build --all-envs    every environment into a directory of its own in out/
  sloc build --cost=200    and what its rules cost, with 200 series per metric

Writes only what changed, and all of it or nothing. Deletes only what an
earlier build wrote and nobody edited; out/manifest.json lists these files.
Other files there stay as they are. Where nothing has changed since the last
build, nothing is made; --no-cache makes it all the same.")]
pub(super) struct Arguments {
    /// Write nothing; exit 1 when the output is not what the specs say
    #[arg(long)]
    check: bool,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    /// Build for an environment of the specs: with its overrides
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Build for every environment, each into a directory of its own, and the specs as they are into `base`
    #[arg(long, conflicts_with = "env")]
    all_envs: bool,
    /// Overwrite generated files that were edited, and other files in the way
    #[arg(long, conflicts_with = "check")]
    force: bool,
    /// Write only these targets, several with commas between: the output directory then holds nothing else
    #[arg(long, value_name = "TARGET", value_delimiter = ',', value_parser = targets())]
    only: Vec<String>,
    /// Estimate what the rules cost the server that evaluates them, where a scraped metric has so many series
    #[arg(long, value_name = "SERIES", num_args = 0..=1, require_equals = true, default_missing_value = "50",
        value_parser = clap::value_parser!(u64).range(1..=10_000_000), conflicts_with_all = ["check", "watch", "all_envs"])]
    cost: Option<u64>,
    /// Make everything anew, and keep no record for the next build
    #[arg(long)]
    no_cache: bool,
    /// Build again whenever a spec, or a file that one reads, is saved
    #[arg(long, conflicts_with_all = ["check", "force"])]
    watch: bool,
    #[command(flatten)]
    manner: Manner,
}

/// The names of the targets.
fn targets() -> PossibleValuesParser {
    TARGETS.iter().map(|t| t.name).into()
}

impl Arguments {
    /// The record of the last build like this one. There is none where all is to be made: for `--force`, which overwrites
    /// what others did, and `--cost`, which reads what was made.
    fn last(&self, project: &Project, disk: &Disk) -> Option<Last> {
        let place = (disk.root(), &project.root, &self.out, &self.specs);
        let what = (&self.env, self.all_envs, &self.only);
        let asked = format!("{place:?} {what:?} {:?}", self.manner.printed(disk.root()));
        (!self.no_cache && !self.force && self.cost.is_none()).then(|| Last::of(asked))?
    }
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let specs = std::slice::from_ref(&arguments.specs);
    if arguments.watch {
        return watch::watch(project, specs, &arguments.manner, &|disk, loader| {
            build(arguments, project, disk, loader)
        });
    }
    let disk = project.disk(specs)?;
    if arguments.check {
        return arguments.manner.run(|| compare(arguments, project, &disk))?;
    }
    let round = arguments.manner.run(|| build(arguments, project, &disk, &disk))??;
    arguments.manner.put(&round.messages)?;
    terminal::say(&round.summary);
    Ok(round.status)
}

/// Builds once: looks whether the last build still stands, makes what has changed since, or makes everything.
fn build(arguments: &Arguments, project: &Project, disk: &Disk, loader: &dyn Loader) -> Result<Round, Failure> {
    let out = disk.output(&project.path(&arguments.out))?;
    let last = arguments.last(project, disk);
    let seen = Seen::new(loader);
    let make = Make { arguments, disk, loader: &seen, out: &out };
    let mut made = None;
    if let Some((last, record)) = last.as_ref().and_then(|last| Some((last, last.record()?))) {
        let seal = last.seal(&record.sum);
        let standing = || Standing::of(&out, &record.sum, seal.as_deref());
        let (changed, standing) = rayon::join(|| record.read.changed(loader), standing);
        if let Some(report) = standing.as_ref().filter(|_| changed.is_empty()).and_then(Standing::stands) {
            if report.seal != seal {
                last.put_seal(&report);
            }
            return Ok(wrote(arguments, record.said, Ok(report)));
        }
        made = standing.map_or(Ok(None), |standing| make.after(record, changed, standing))?;
        made = made.filter(|made| !made.is_overtaken());
    }
    let Done { said, alone, parts, before, written } = match made.map_or_else(|| make.everything(), Ok)? {
        Made::Written(done) => *done,
        Made::Wrong(messages, summary) => return Ok(Round { messages, summary, status: Status::Wrong, done: true }),
    };
    let sum = written.as_ref().map(|report| report.sum.clone()).unwrap_or_default();
    let record = Record { read: before.and(seen.memory()), alone, parts, sum, said };
    if let (Some(last), Ok(report)) = (last, &written) {
        last.keep(&record);
        last.put_seal(report);
    }
    Ok(wrote(arguments, record.said, written))
}

/// What a build that has found no errors says of what it wrote, or could not write.
fn wrote(arguments: &Arguments, said: Said, written: Result<Report, Failure>) -> Round {
    match written {
        Ok(report) => {
            let summary = summary(arguments, &said, &report);
            Round { messages: said.messages, summary, status: Status::Fine, done: true }
        }
        Err(failure) => Round::failed(said.messages, &failure),
    }
}

/// Says how the output differs from what the specs say, and writes nothing.
fn compare(arguments: &Arguments, project: &Project, disk: &Disk) -> Result<Status, Failure> {
    let out = disk.output(&project.path(&arguments.out))?;
    let analysis = driver::analyze_for(disk, &arguments.only).map_err(project::unlisted)?;
    let told_together = matches!(arguments.manner.format, Messages::Sarif | Messages::Github);
    if !told_together || analysis.model.is_none() {
        arguments.manner.print(&analysis.diagnostics, &analysis.sources, disk.root())?;
    }
    let Some(base) = &analysis.model else {
        terminal::say(&nothing_done(arguments, &analysis));
        return Ok(Status::Wrong);
    };
    let model = chosen(arguments, &analysis, base)?;
    let print = |earlier: &Earlier| emit(arguments, &analysis, model, earlier);
    let comparing = || format!("comparing {}", out.display());
    let differences = terminal::patiently(&comparing, || io::compare(&out, &print))?;
    let files = terminal::patiently(&comparing, || stale::all(&out, model, &print(&Earlier::default()), &differences));
    if told_together {
        let (diagnostics, sources) = stale::diagnostics(&files, &arguments.out, &analysis);
        arguments.manner.print(&diagnostics, &sources, disk.root())?;
    }
    check(arguments, &files)
}

/// The model to build: that of an environment where one is named.
fn chosen<'a>(arguments: &Arguments, analysis: &'a Analysis, base: &'a Model) -> Result<&'a Model, Failure> {
    arguments.env.as_deref().map_or(Ok(base), |name| project::environment(analysis, name))
}

fn emit(arguments: &Arguments, analysis: &Analysis, model: &Model, earlier: &Earlier) -> Vec<Artifact> {
    match arguments.all_envs {
        true => driver::emit_apart(analysis.environments.iter().chain([model]), earlier, &arguments.only),
        false => driver::emit_after(model, earlier, &arguments.only),
    }
}

/// There are errors.
fn nothing_done(arguments: &Arguments, analysis: &Analysis) -> String {
    format!("{}; {} is as it was\n", project::tally(&analysis.diagnostics), arguments.out.display())
}

/// Prints the differences: words to people, data to programs.
fn check(arguments: &Arguments, files: &[Stale<'_>]) -> Result<Status, Failure> {
    let out = arguments.out.display();
    if files.is_empty() {
        terminal::say(&format!("{out} is what the specs say\n"));
        return Ok(Status::Fine);
    }
    match arguments.manner.format {
        Messages::Human => stale::say(files),
        Messages::Short => terminal::out(&files.iter().map(|f| f.short(&arguments.out)).collect::<String>())?,
        Messages::Json => terminal::out(&files.iter().map(|f| f.json(&arguments.out)).collect::<String>())?,
        // Told among the diagnostics already.
        Messages::Sarif | Messages::Github => {}
    }
    let number = count(files.len(), "file");
    let differ = if files.len() == 1 { "differs" } else { "differ" };
    terminal::say(&format!("{out} is not what the specs say: {number} {differ}; `sloc build` writes them\n"));
    Ok(Status::Wrong)
}

/// `built 4 SLOs of 2 services into out: 31 files, 3 changed`, and what else there is to know.
fn summary(arguments: &Arguments, said: &Said, report: &Report) -> String {
    let out = arguments.out.display();
    let mut text = String::new();
    if report.recovered {
        text += "an earlier build had been interrupted; what it left was put in order first\n";
    }
    for path in &report.kept {
        text += &format!("kept {out}/{path}: it was edited, and no spec generates it any more\n");
    }
    if let Some(failure) = &report.leftover {
        text += &format!("the new files are in place, but not all is tidy: {failure}; the next build tries again\n");
    }
    let Said { tally, size, .. } = said;
    let found = if tally.is_empty() { String::new() } else { format!("; {tally}") };
    let deleted = if report.deleted == 0 { String::new() } else { format!(", {} deleted", report.deleted) };
    let changes = format!("{}, {} changed{deleted}", count(report.files, "file"), report.written);
    let program = project::size(size.slos, size.services);
    let of = match &arguments.env {
        _ if arguments.all_envs => format!("{program}, as they are and in {}", count(size.environments, "environment")),
        Some(environment) => format!("{program} in `{environment}`"),
        None => program,
    };
    text + &format!("built {of} into {out}: {changes}{found}\n")
}
