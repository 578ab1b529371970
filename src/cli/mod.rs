//! The command line: what was asked for, and the exit status. One file per command, one line each below.

mod build;
mod catalog;
mod check;
mod completions;
mod cost;
mod diff;
mod explain;
mod failed;
mod fix;
mod fmt;
mod guard;
mod import;
mod init;
mod list;
mod lsp;
mod man;
mod project;
mod rules;
mod show;
mod stale;
mod table;
mod terminal;
mod test;
mod type_of;
mod watch;
mod why;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser};

use crate::io::{Failure, Kind};
use project::Project;

/// How a command ended. The numbers are a promise to scripts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// All is well.
    Fine = 0,
    /// The specs have errors, or the output is not what they say.
    Wrong = 1,
    /// The command was used wrongly.
    Misused = 2,
    /// The machine failed, or sloc did.
    Failed = 3,
}

/// A compiler for service-level objectives: specs in, alerts, dashboards and runbooks out.
#[derive(Parser, Debug)]
#[command(name = "sloc", version, max_term_width = 100, after_help = EXAMPLE)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    /// Work on the project in DIR; other paths are relative to it
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".", hide_default_value = true, global = true)]
    project: PathBuf,
}

const EXAMPLE: &str = "\
Example:
  sloc init --service cart    writes a first project into specs/
  sloc build --watch          compiles specs/ into out/ at every save
  sloc test                   runs the tests of the specs and of every alert on promtool
  sloc fmt                    writes specs/ in its one format
  sloc diff main...           says what a branch changes, for its reviewer
  sloc show cart.latency      says all that follows from an objective
  sloc explain E0001          says what a message means and how to mend it

Exit status:
  0 fine           1 the specs have errors, or the output differs
  2 used wrongly   3 the machine failed";

macro_rules! commands {
    ($($word:literal $name:ident $module:ident)*) => {
        /// Every command, in the order they are met; what it does is told by the arguments it takes.
        #[derive(Debug)]
        enum Command {
            $($name($module::Arguments),)*
        }

        impl Command {
            fn run(&self, project: &Project) -> Result<Status, Failure> {
                match self {
                    $(Command::$name(arguments) => $module::run(arguments, project),)*
                }
            }
        }

        impl Command {
            /// With the commands of which `wanted` is true. Their options are made when it is the one that is called: to make
            /// those of all takes longer than to check a spec.
            fn definitions(all: clap::Command, wanted: &dyn Fn(&str) -> bool) -> clap::Command {
                let commands: &[(&'static str, fn(clap::Command) -> clap::Command)] =
                    &[$(($word, $module::Arguments::augment_args),)*];
                let wanted = commands.iter().filter(|(word, _)| wanted(word));
                all.subcommands(wanted.map(|&(word, options)| clap::Command::new(word).defer(options)))
            }

            fn given(matches: &ArgMatches) -> Result<Command, clap::Error> {
                match matches.subcommand() {
                    $(Some(($word, given)) => $module::Arguments::from_arg_matches(given).map(Command::$name),)*
                    _ => Err(clap::Error::new(ErrorKind::MissingSubcommand)),
                }
            }
        }
    };
}

commands! {
    "init" Init init
    "build" Build build
    "check" Check check
    "fmt" Fmt fmt
    "diff" Diff diff
    "list" List list
    "show" Show show
    "test" Test test
    "why" Why why
    "explain" Explain explain
    "type" Type type_of
    "catalog" Catalog catalog
    "import" Import import
    "lsp" Lsp lsp
    "completions" Completions completions
    "man" Man man
}

/// The one definition of the commands and their options, which help, completions and the manual are made from.
fn definition() -> clap::Command {
    let mut definition = Command::definitions(Arguments::command(), &|_| true);
    definition.build();
    definition
}

/// The same for the commands that are named in `given` alone: one of them is called, if the command line is right. Knows
/// nothing of help, which speaks of all.
fn definition_for(given: &[OsString]) -> clap::Command {
    let all = Arguments::command().disable_help_flag(true).disable_help_subcommand(true);
    Command::definitions(all, &|word| given.iter().any(|given| given == word))
}

/// Runs the command of the process's own arguments.
pub fn main() -> ExitCode {
    let given: Vec<OsString> = env::args_os().collect();
    let parse = |definition: clap::Command| {
        let matches = definition.try_get_matches_from(&given)?;
        Ok((Arguments::from_arg_matches(&matches)?, Command::given(&matches)?))
    };
    // Help and messages speak of all commands, so that they are made from the whole definition.
    let parsed = parse(definition_for(&given)).or_else(|message: clap::Error| match message.kind() {
        ErrorKind::DisplayVersion => Err(message),
        _ => parse(definition()),
    });
    let (arguments, command) = match parsed {
        Ok(parsed) => parsed,
        Err(message) => return clap_message(&message),
    };
    let status = guard::guarded(|| {
        let project = Project { root: arguments.project.clone() };
        project.is_directory().and_then(|()| command.run(&project)).unwrap_or_else(|failure| {
            terminal::failure(&failure);
            status_of(failure.kind)
        })
    });
    ExitCode::from(status as u8)
}

/// Help and version are no failure. A reader that closed the pipe is none either.
fn clap_message(message: &clap::Error) -> ExitCode {
    let _ = message.print();
    ExitCode::from(if message.use_stderr() { Status::Misused } else { Status::Fine } as u8)
}

fn status_of(kind: Kind) -> Status {
    match kind {
        Kind::Usage => Status::Misused,
        Kind::Edited => Status::Wrong,
        Kind::Machine | Kind::Meanwhile | Kind::Bug => Status::Failed,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_sound_and_every_command_teaches() {
        let command = super::definition();
        command.clone().debug_assert();
        let mut open: Vec<&clap::Command> = command.get_subcommands().filter(|s| s.get_name() != "help").collect();
        while let Some(sub) = open.pop() {
            open.extend(sub.get_subcommands().filter(|s| s.get_name() != "help"));
            assert!(sub.get_about().is_some(), "{} says nothing of itself", sub.get_name());
            let after = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example"), "{} has no example", sub.get_name());
            // A line that a terminal of 80 columns breaks is no example that can be read.
            let long: Vec<&str> = after.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(long.is_empty(), "{}: {long:?}", sub.get_name());
        }
    }
}
