//! What `build` and `check` share: reading the project's specs and printing what is wrong with them.

use std::env;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::ThreadPoolBuilder;

use super::terminal::{self, count};
use crate::diag::render::{self, Format};
use crate::diag::{Diagnostic, Severity, did_you_mean, github, one_of, sarif};
use crate::driver::{self, Analysis, Findings};
use crate::io::{Disk, Failure, Kind};
use crate::model::Model;
use crate::source::{LoadError, Loader, Sources};

/// The project that a command works on.
#[derive(Debug)]
pub(super) struct Project {
    /// Its directory, which other paths are relative to.
    pub(super) root: PathBuf,
}

/// Arguments about how, never about what.
#[derive(Args, Debug)]
pub(super) struct Manner {
    /// How messages are printed; all but `human` go to standard output, for programs
    #[arg(long, value_enum, default_value_t = Messages::Human, value_name = "FORMAT")]
    pub(super) format: Messages,
    #[command(flatten)]
    threads: Threads,
}

/// On how many threads.
#[derive(Args, Debug)]
pub(super) struct Threads {
    /// Threads to use; the result is the same with any number [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// The formats of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Messages {
    /// For people: the source with its marks
    Human,
    /// One line each: `path:line:column: error[E0101]: …`
    Short,
    /// One JSON object a line
    Json,
    /// One SARIF 2.1.0 document, with the pages of the codes and the fixes
    Sarif,
    /// Workflow commands, which GitHub shows beside the lines of a pull request
    Github,
}

/// Stack of each thread. Nesting is limited by the parser; this is room to spare, and costs nothing until used.
const STACK: usize = 64 << 20;

/// Specs of so many bytes are done with before a second thread has started.
const SMALL: u64 = 32 << 10;

impl Threads {
    /// Runs `work` on as many threads as asked for.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        Threads::start(self.threads.unwrap_or(0), work)
    }

    /// The same for the specs of `disk`: without a second thread where they are small and nobody says otherwise.
    pub(super) fn run_on<T: Send>(&self, disk: &Disk, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        if self.threads.is_none() && disk.is_within(SMALL) {
            // Fails where this thread does such work already.
            if let Ok(pool) = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
                return Ok(pool.install(work));
            }
        }
        self.run(work)
    }

    fn start<T: Send>(threads: u16, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        let pool = ThreadPoolBuilder::new().num_threads(threads.into()).stack_size(STACK).build();
        let pool = pool.map_err(|error| Failure::new(Kind::Machine, format!("cannot start threads: {error}")))?;
        Ok(pool.install(work))
    }
}

impl Manner {
    /// Runs `work` on as many threads as asked for.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        self.threads.run(work)
    }

    /// The same for the specs of `disk`: on one thread where they are small and nobody says otherwise.
    pub(super) fn run_on<T: Send>(&self, disk: &Disk, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        self.threads.run_on(disk, work)
    }

    /// Prints diagnostics where they belong.
    pub(super) fn print(&self, diagnostics: &[Diagnostic], sources: &Sources, root: &Path) -> Result<(), Failure> {
        self.put(&self.text(diagnostics, sources, root))
    }

    /// The diagnostics as they are printed.
    pub(super) fn text(&self, diagnostics: &[Diagnostic], sources: &Sources, root: &Path) -> String {
        let text = |format| render::render(diagnostics, sources, format);
        match self.format {
            Messages::Human => text(Format::Human { color: terminal::color() }),
            Messages::Short => text(Format::Short),
            Messages::Json => text(Format::Json),
            Messages::Sarif => sarif::document(diagnostics, sources, &prefix(root)),
            Messages::Github => github::commands(diagnostics, sources, &prefix(root)),
        }
    }

    /// All that the form of printed messages depends on.
    pub(super) fn printed(&self, root: &Path) -> impl std::fmt::Debug {
        (self.format, terminal::color(), prefix(root))
    }

    /// Prints a text of diagnostics where it belongs: words to people, data to programs.
    pub(super) fn put(&self, text: &str) -> Result<(), Failure> {
        if self.format == Messages::Human {
            terminal::say(text);
            return Ok(());
        }
        terminal::out(text)
    }
}

/// How others reach the project's files: its directory relative to the repository that GitHub has checked out, or to
/// the current directory. Empty or ending in `/`.
fn prefix(root: &Path) -> String {
    let workspace = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let bases = workspace.into_iter().chain(env::current_dir());
    let inside = bases.into_iter().find_map(|base| root.strip_prefix(base).ok().map(Path::to_path_buf));
    let parts = inside.as_deref().unwrap_or(root).iter();
    parts.map(|part| format!("{}/", part.to_string_lossy().trim_end_matches('/'))).collect()
}

impl Project {
    /// A path the user gave, as it is opened and shown.
    pub(super) fn path(&self, given: &Path) -> PathBuf {
        if self.root == Path::new(".") { given.to_path_buf() } else { self.root.join(given) }
    }

    /// The project's directory from the root of the file system, links in its path as they are.
    pub(super) fn absolute(&self) -> PathBuf {
        let root = if self.root == Path::new(".") { Path::new("") } else { &self.root };
        env::current_dir().map_or_else(|_| root.to_path_buf(), |here| here.join(root))
    }

    /// Whether it can be a directory; one that is not there yet can.
    pub(super) fn is_directory(&self) -> Result<(), Failure> {
        if !self.root.is_file() {
            return Ok(());
        }
        let file = self.root.display();
        let above = self.root.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let help = format!("the project of this file may be in `{}`: `-C {0}`", above.display());
        Err(Failure::new(Kind::Usage, format!("`{file}` is a file, and a project is a directory")).help(help))
    }

    /// Finds the project's specs.
    pub(super) fn disk(&self, specs: &[PathBuf]) -> Result<Disk, Failure> {
        Disk::open(&self.root, specs)
    }
}

/// Reads and checks everything that `loader` has.
pub(super) fn analyze(loader: &dyn Loader) -> Result<Analysis, Failure> {
    checking(loader, || driver::analyze(loader))
}

/// What is wrong with the specs alone.
pub(super) fn examine(loader: &dyn Loader) -> Result<Findings, Failure> {
    checking(loader, || driver::examine(loader))
}

fn checking<T>(loader: &dyn Loader, work: impl FnOnce() -> Result<T, LoadError>) -> Result<T, Failure> {
    let number = loader.roots().map_or(0, |roots| roots.len());
    terminal::patiently(&|| format!("checking {}", count(number, "spec")), work).map_err(unlisted)
}

/// What follows from the specs in an environment.
pub(super) fn environment<'a>(analysis: &'a Analysis, name: &str) -> Result<&'a Model, Failure> {
    let names = || analysis.environments.iter().filter_map(|m| m.project.environment.as_deref());
    let found = analysis.environments.iter().find(|m| m.project.environment.as_deref() == Some(name));
    found.ok_or_else(|| {
        let help = did_you_mean(name, names()).unwrap_or_else(|| match one_of(names()) {
            none if none.is_empty() => "the specs declare none: `environment staging { … }` does".to_string(),
            some => format!("it is {some}"),
        });
        Failure::new(Kind::Usage, format!("there is no environment `{name}`")).help(help)
    })
}

/// The model, of an environment where one is named, when the specs have no errors; else says them.
pub(super) fn sound(analysis: &Analysis, env: Option<&str>) -> Result<Option<Model>, Failure> {
    let Some(model) = &analysis.model else {
        let errors: Vec<Diagnostic> = analysis.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
        let color = terminal::color();
        terminal::say(&render::render(&errors, &analysis.sources, Format::Human { color }));
        terminal::say(&format!("{}\n", tally(&analysis.diagnostics)));
        return Ok(None);
    };
    env.map_or(Ok(model), |name| environment(analysis, name)).map(|model| Some(model.clone()))
}

/// The list of the specs cannot be had.
pub(super) fn unlisted(error: LoadError) -> Failure {
    Failure::new(Kind::Machine, format!("cannot list the specs: {error:?}"))
}

/// `4 SLOs of 2 services`.
pub(super) fn size(slos: usize, services: usize) -> String {
    format!("{} of {}", count(slos, "SLO"), count(services, "service"))
}

/// `2 errors, 1 warning`; empty when there is nothing.
pub(super) fn tally(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let kinds = [Severity::Error, Severity::Warning, Severity::Note];
    let parts = kinds.iter().map(|&kind| (of(kind), kind)).filter(|(number, _)| *number > 0);
    parts.map(|(number, kind)| count(number, kind.name())).collect::<Vec<_>>().join(", ")
}
