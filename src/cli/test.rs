//! `sloc test`: the tests of the specs, and those that sloc writes for every alert, on the real promtool.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use rayon::prelude::*;

use super::project::{self, Manner, Messages, Project};
use super::stale::line_of;
use super::terminal::{self, count};
use super::{Status, failed};
use crate::diag::{Diagnostic, codes};
use crate::driver::{self, Analysis};
use crate::emit::{Artifact, written};
use crate::io::{Failure, Kind, Promtool, Verdict};
use crate::model::Model;
use crate::model::test::{Expectation, Test};
use crate::source::Span;
use crate::units::Duration;

/// Run the tests of the specs, and those of every alert, on promtool
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc test
  sloc test checkout           tests whose service or title has the word
  sloc test --format github    for CI
  sloc test --promtool /opt/prometheus/promtool

Runs every `test` of the specs, and the tests that sloc writes itself: for each
alert that it fires above its threshold, is silent under it, and stops. Nothing
is written; `sloc build` writes the same tests into out/prometheus/tests. Exits
1 when an expectation is not met.")]
pub(super) struct Arguments {
    /// Only tests whose titles or services have one of these words
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    /// Only the tests that are written in the specs
    #[arg(long)]
    written: bool,
    /// The promtool to run
    #[arg(long, value_name = "PATH", default_value = "promtool")]
    promtool: OsString,
    #[command(flatten)]
    manner: Manner,
}

/// A file of tests, and what is known of it.
struct Job<'a> {
    file: &'a Artifact,
    /// The test it was made from; of those that sloc writes itself there is none.
    test: Option<&'a Test>,
    /// Its title, or the service whose alerts it proves.
    name: String,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    arguments.manner.run(|| {
        let analysis = project::analyze(&disk)?;
        let Some(model) = project::sound(&analysis, None)? else { return Ok(Status::Wrong) };
        let mut files = driver::emit(&model);
        files.retain(|file| file.path.starts_with("prometheus/"));
        let jobs = jobs(&model, &files, arguments);
        if jobs.is_empty() && arguments.words.is_empty() {
            terminal::say("there are no tests\n");
            return Ok(Status::Fine);
        }
        if jobs.is_empty() {
            return Err(Failure::new(Kind::Usage, "there is no such test")
                .help("`sloc test` alone runs all; words are looked for in titles and names of services"));
        }
        let promtool = Promtool::new(arguments.promtool.clone(), &env::temp_dir(), &files)?;
        let ran = judge_all(&jobs, &promtool, &model, &analysis);
        let mut wrong = Vec::new();
        for (job, found) in jobs.iter().zip(ran) {
            let found = found?;
            if arguments.manner.format == Messages::Human {
                let word = if found.is_empty() { "ok      " } else { "FAILED  " };
                terminal::say(&format!("{word}{}\n", job.name));
            }
            wrong.extend(found);
        }
        let number = wrong.len();
        arguments.manner.print(&wrong, &analysis.sources, disk.root())?;
        let ran = count(jobs.len(), "test file");
        let tally = if number == 0 { "all hold".into() } else { format!("{} not met", count(number, "expectation")) };
        terminal::say(&format!("{ran}: {tally}\n"));
        Ok(if number == 0 { Status::Fine } else { Status::Wrong })
    })?
}

/// The test files that are asked for, those of the specs first.
fn jobs<'a>(model: &'a Model, files: &'a [Artifact], arguments: &Arguments) -> Vec<Job<'a>> {
    let tests = files.iter().filter(|file| file.path.starts_with("prometheus/tests/"));
    let mut jobs: Vec<Job<'a>> = tests
        .filter_map(|file| {
            let test = model.tests.iter().find(|t| written::path(t) == file.path);
            let name = match test {
                Some(test) => format!("{} ({})", test.title, test.origin),
                None => format!("{}: its alerts, as sloc proves them ({})", service(file), stem(file)),
            };
            let words = |word: &String| {
                let of = test.map_or(vec![service(file)], |t| t.services.iter().map(String::as_str).collect());
                of.contains(&word.as_str()) || test.is_some_and(|t| t.title.contains(word))
            };
            let wanted = arguments.words.is_empty() || arguments.words.iter().any(words);
            (wanted && (test.is_some() || !arguments.written)).then_some(Job { file, test, name })
        })
        .collect();
    jobs.sort_by_key(|job| job.test.is_none());
    jobs
}

fn stem(file: &Artifact) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

/// The service of a file that sloc wrote of its own accord.
fn service(file: &Artifact) -> &str {
    stem(file).split('.').next().unwrap_or_default()
}

/// Runs all files at once; what does not hold in each.
fn judge_all(
    jobs: &[Job<'_>],
    promtool: &Promtool,
    model: &Model,
    analysis: &Analysis,
) -> Vec<Result<Vec<Diagnostic>, Failure>> {
    let (total, done) = (count(jobs.len(), "test file"), AtomicUsize::new(0));
    let one = |job: &Job<'_>| {
        let judged = judge(job, promtool, model, analysis);
        done.fetch_add(1, Ordering::Relaxed);
        judged
    };
    let far = || format!("testing: {} of {total}", done.load(Ordering::Relaxed));
    terminal::patiently(&far, || jobs.par_iter().map(one).collect())
}

/// Runs a file; what does not hold, at its place in the specs.
fn judge(job: &Job<'_>, promtool: &Promtool, model: &Model, analysis: &Analysis) -> Result<Vec<Diagnostic>, Failure> {
    let verdict = promtool.test(&job.file.path)?;
    if verdict.passed {
        return Ok(Vec::new());
    }
    let failed = failed::checks(&verdict.words);
    let place = |origin: &str| line_of(origin, &analysis.sources).unwrap_or_default();
    let Some(test) = job.test.filter(|_| !failed.is_empty()) else {
        return Ok(vec![unproved(job, &verdict, place(&job.file.origin))]);
    };
    let mut found = Vec::new();
    for expectation in &test.expects {
        if written::asked(expectation, test).iter().any(|asked| failed.contains(asked)) {
            let fired = when(expectation, test, promtool, model)?;
            let message = format!("{fired}, but this expects: {}", expectation.text);
            let span = place(&expectation.origin.to_string());
            found.push(Diagnostic::new(&codes::E0490, span, message).here("not so"));
        }
    }
    Ok(if found.is_empty() { vec![unproved(job, &verdict, place(&job.file.origin))] } else { found })
}

/// When the alerts of an expectation fired, in words.
fn when(e: &Expectation, test: &Test, promtool: &Promtool, model: &Model) -> Result<String, Failure> {
    let path = format!("{}.probe-{}.yml", written::path(test), e.origin.line);
    promtool.put(&path, &written::probe(model, test, e))?;
    let times = failed::values(&promtool.test(&path)?.words);
    let shown = |seconds: f64| Duration::from_secs(seconds as u64).human();
    Ok(match times.as_slice() {
        [first, last] if first == last => format!("it fired at {}", shown(*first)),
        [first, last] => format!("it fired from {} to {}", shown(*first), shown(*last)),
        _ => "it never fired".into(),
    })
}

/// A proof of sloc's own that does not hold: the rules are not what they should be.
fn unproved(job: &Job<'_>, verdict: &Verdict, span: Span) -> Diagnostic {
    let message = format!("promtool does not confirm {}", stem(job.file));
    let words: Vec<&str> = verdict.words.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    Diagnostic::new(&codes::E0491, span, message).here("of this").help(words.join("\n"))
}
