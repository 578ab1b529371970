//! `sloc man`: the manual, as pages that `man` shows.

use clap::{Args, Command};
use clap_mangen::Man;

use super::project::Project;
use super::{Status, terminal};
use crate::io::{Failure, Kind};

/// Print a page of the manual
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc man | man -l -
  sloc man build | man -l -
  sloc man > /usr/local/share/man/man1/sloc.1")]
pub(super) struct Arguments {
    /// The command that the page is about; without it, the page about all of sloc
    command: Option<String>,
}

pub(super) fn run(arguments: &Arguments, _project: &Project) -> Result<Status, Failure> {
    let all = super::definition();
    let command = match &arguments.command {
        None => all,
        Some(name) => one(&all, name)?,
    };
    terminal::out(&page(command)?)?;
    Ok(Status::Fine)
}

/// The command of a name, called `sloc-build` as pages are.
fn one(all: &Command, name: &str) -> Result<Command, Failure> {
    let known = || all.get_subcommands().map(Command::get_name);
    let unknown = || {
        let near = crate::diag::did_you_mean(name, known());
        let help = near.unwrap_or_else(|| format!("there are {}", crate::diag::one_of(known())));
        Failure::new(Kind::Usage, format!("there is no command `{name}`")).help(help)
    };
    let found = all.find_subcommand(name).ok_or_else(unknown)?;
    let (display, bin) = (format!("sloc-{name}"), format!("sloc {name}"));
    Ok(found.clone().display_name(display).bin_name(bin).version(env!("CARGO_PKG_VERSION")))
}

fn page(command: Command) -> Result<String, Failure> {
    let cannot = |error| Failure::new(Kind::Bug, format!("the manual cannot be written: {error}"));
    let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let man = Man::new(command).source(concat!("sloc ", env!("CARGO_PKG_VERSION"))).manual("sloc");
    let mut bytes = Vec::new();
    let mut sections = || {
        man.render_title(&mut bytes)?;
        man.render_name_section(&mut bytes)?;
        man.render_synopsis_section(&mut bytes)?;
        man.render_options_section(&mut bytes)?;
        if has_commands { man.render_subcommands_section(&mut bytes) } else { Ok(()) }
    };
    sections().map_err(cannot)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned() + &verbatim("EXAMPLES", &example))
}

/// A section whose lines stay as they are.
fn verbatim(title: &str, text: &str) -> String {
    // A line that begins with a dot or a quote would be a command of roff.
    let line = |line: &str| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-"));
    format!(".SH {title}\n.nf\n{}.fi\n", text.trim_start_matches("Example:\n").lines().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page as a reader sees it, roughly: without the marks of roff.
    fn plain(page: &str) -> String {
        page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    }

    #[test]
    fn the_page_of_sloc_names_every_command_and_each_has_a_page_of_its_own() {
        let all = crate::cli::definition();
        let first = plain(&page(all.clone()).expect("a page"));
        assert!(first.contains("Exit status"), "{first}");
        for command in all.get_subcommands() {
            let name = command.get_name();
            assert!(first.contains(&format!("sloc-{name}(1)")), "{name}");
            let own = plain(&page(one(&all, name).expect("a command")).expect("a page"));
            assert!(own.contains(&format!(".TH sloc-{name} 1")), "{own}");
            assert_eq!(name == "help", !own.contains(&format!("\n\\&  sloc {name}")), "{own}");
            for option in command.get_arguments().filter(|a| !a.is_hide_set()).filter_map(|a| a.get_long()) {
                assert!(own.contains(&format!("--{option}")), "{name}: {option}");
            }
        }
    }

    #[test]
    fn a_near_command_is_offered() {
        let failure = one(&crate::cli::definition(), "biuld").expect_err("no command");
        assert_eq!(failure.help.as_deref(), Some("did you mean `build`?"));
    }
}
