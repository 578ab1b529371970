//! `sloc fmt`: the one format of specs.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use rayon::prelude::*;

use super::Status;
use super::project::{Project, Threads};
use super::terminal::{self, count};
use crate::diag::render::{self, Format};
use crate::fmt::{self, Refusal};
use crate::io::{Disk, Edit, Failure, Kind};
use crate::resolve::texts;
use crate::source::lines::unified;
use crate::source::{FileId, LoadError, Loader, MAX_FILE_BYTES, SourceFile, Sources, Span};

/// Write specs in their one format
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc fmt
  sloc fmt --check         for CI: lists what is not formatted, and exits 1
  sloc fmt --diff          shows what would change
  sloc fmt - < cart.slo    from standard input to standard output

There are no options of style. Comments and groups stay, and no query changes
but for the space in it. A file with syntax errors is left as it is.")]
pub(super) struct Arguments {
    /// Spec files, or directories of them; `-` for standard input
    #[arg(default_value = "specs", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that are not formatted, and exit 1 if there are any
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change, and exit 1 if anything would
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let stdin = Path::new("-");
    if arguments.paths == [stdin] {
        return standard_input(arguments);
    }
    if arguments.paths.iter().any(|path| path == stdin) {
        return Err(Failure::new(Kind::Usage, "`-` stands for standard input and goes with no other path"));
    }
    let disk = project.disk(&arguments.paths)?;
    arguments.threads.run_on(&disk, || files(arguments, &disk))?
}

/// What came of one file: its old and new bytes, or why it stays as it is.
enum Outcome {
    Laid(Edit),
    Refused(SourceFile, Refused),
}

/// Why a file stays as it is.
enum Refused {
    Unreadable(LoadError),
    NotUtf8(texts::NotUtf8),
    Format(Refusal),
}

fn outcome(path: &str, loaded: Result<Vec<u8>, LoadError>) -> Outcome {
    let refused = |text: &str, why| Outcome::Refused(SourceFile::new(path.to_string(), text.to_string()), why);
    let bytes = match loaded {
        Ok(bytes) => bytes,
        Err(error) => return refused("", Refused::Unreadable(error)),
    };
    match texts::decode(bytes) {
        (text, Some(bad)) => refused(&text, Refused::NotUtf8(bad)),
        (text, None) => match fmt::format(FileId(0), &text) {
            Ok(new) => Outcome::Laid(Edit { path: path.to_string(), old: text.into_bytes(), new: new.into_bytes() }),
            Err(why) => refused(&text, Refused::Format(why)),
        },
    }
}

/// What came of all files.
struct Outcomes {
    total: usize,
    /// The files whose bytes differ.
    edits: Vec<Edit>,
    refused: usize,
    /// Whether a file was refused for a mistake of sloc.
    bug: bool,
}

impl Outcomes {
    /// Sorts them, and says what is wrong with the files that stay as they are.
    fn of(outcomes: Vec<Outcome>) -> Outcomes {
        let mut all = Outcomes { total: outcomes.len(), edits: Vec::new(), refused: 0, bug: false };
        for outcome in outcomes {
            match outcome {
                Outcome::Laid(edit) if edit.old == edit.new => {}
                Outcome::Laid(edit) => all.edits.push(edit),
                Outcome::Refused(file, why) => {
                    all.refused += 1;
                    all.bug |= say_refused(file, why);
                }
            }
        }
        all
    }

    fn status(&self, dry: bool) -> Status {
        match self {
            Outcomes { bug: true, .. } => Status::Failed,
            Outcomes { refused: 0, edits, .. } if !dry || edits.is_empty() => Status::Fine,
            _ => Status::Wrong,
        }
    }

    fn summary(&self, dry: bool) -> String {
        let changed = if dry { "would be formatted" } else { "formatted" };
        let fine = self.total - self.edits.len() - self.refused;
        let kinds = [(self.edits.len(), changed), (fine, "formatted already"), (self.refused, "left with errors")];
        let parts = kinds.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{} {what}", count(*number, "file"))).collect();
        parts.join(", ") + "\n"
    }
}

/// Says why a file stays as it is, and whether that is a mistake of sloc.
fn say_refused(file: SourceFile, why: Refused) -> bool {
    let path = file.path.clone();
    let mut sources = Sources::default();
    let id = sources.add(file);
    let diagnostics = match why {
        Refused::Unreadable(error) => vec![texts::unloadable(&path, Span::new(id, 0..0), &error)],
        Refused::NotUtf8(bad) => vec![bad.diagnostic(id)],
        Refused::Format(Refusal::Errors(diagnostics)) => diagnostics,
        Refused::Format(Refusal::WouldChange(what)) => {
            let message = format!("{path} cannot be formatted without changing it: {what}");
            terminal::failure(&Failure::new(Kind::Bug, message).help("the file is as it was; please report it"));
            return true;
        }
    };
    terminal::say(&render::render(&diagnostics, &sources, Format::Human { color: terminal::color() }));
    false
}

fn files(arguments: &Arguments, disk: &Disk) -> Result<Status, Failure> {
    let (total, done) = (count(disk.specs().len(), "file"), AtomicUsize::new(0));
    let one = |path: &String| {
        let outcome = outcome(path, disk.load(path));
        done.fetch_add(1, Ordering::Relaxed);
        outcome
    };
    let far = || format!("formatting: {} of {total}", done.load(Ordering::Relaxed));
    let outcomes = terminal::patiently(&far, || disk.specs().par_iter().map(one).collect());
    let outcomes = Outcomes::of(outcomes);
    let dry = arguments.check || arguments.diff;
    if dry {
        terminal::out(&outcomes.edits.iter().map(|edit| shown(arguments, edit)).collect::<String>())?;
    } else {
        let writing = || format!("writing {}", count(outcomes.edits.len(), "file"));
        terminal::patiently(&writing, || disk.replace(&outcomes.edits))?;
    }
    terminal::say(&outcomes.summary(dry));
    Ok(outcomes.status(dry))
}

/// Standard input to standard output; nothing comes out of a text with errors.
fn standard_input(arguments: &Arguments) -> Result<Status, Failure> {
    let unread = |error| Failure::new(Kind::Machine, format!("cannot read standard input: {error}"));
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    let size = bytes.len() as u64;
    let loaded = if size > MAX_FILE_BYTES { Err(LoadError::TooLarge(size)) } else { Ok(bytes) };
    let outcome = outcome("<stdin>", loaded);
    let dry = arguments.check || arguments.diff;
    match &outcome {
        Outcome::Laid(edit) if !dry => terminal::out(&String::from_utf8_lossy(&edit.new))?,
        Outcome::Laid(edit) if edit.old != edit.new => terminal::out(&shown(arguments, edit))?,
        _ => {}
    }
    Ok(Outcomes::of(vec![outcome]).status(dry))
}

/// What a dry run prints of a file that is not formatted.
fn shown(arguments: &Arguments, edit: &Edit) -> String {
    if !arguments.diff {
        return format!("{}\n", edit.path);
    }
    let (old, new) = (String::from_utf8_lossy(&edit.old), String::from_utf8_lossy(&edit.new));
    let (from, to) = (format!("a/{}", edit.path), format!("b/{}", edit.path));
    let text = unified((&from, &old), (&to, &new));
    if terminal::color_out() { colored(&text) } else { text }
}

/// A unified diff with the colours everybody knows.
fn colored(diff: &str) -> String {
    let line = |line: &str| {
        let color = match line.as_bytes().first() {
            Some(b'+') => "\x1b[32m",
            Some(b'-') => "\x1b[31m",
            Some(b'@') => "\x1b[36m",
            _ => return format!("{line}\n"),
        };
        format!("{color}{line}\x1b[0m\n")
    };
    diff.lines().map(line).collect()
}
