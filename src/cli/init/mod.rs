//! `sloc init`: a first project that builds, explained line by line.

use std::path::{Path, PathBuf};

use clap::Args;

use super::project::Project;
use super::{Status, terminal};
use crate::fmt;
use crate::io::{self, Failure, Kind};
use crate::source::FileId;

/// Write a first spec to start from
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc init --service cart --service payments
  sloc build

Never overwrites a file.")]
pub(super) struct Arguments {
    /// Where the project stands; made when it does not exist
    #[arg(default_value = ".", value_name = "DIR", hide_default_value = true)]
    directory: PathBuf,
    /// A service to write a spec for; may be given several times
    #[arg(long = "service", value_name = "NAME", default_value = "checkout", value_parser = service_name)]
    services: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    if let Some(name) = arguments.services.iter().enumerate().find_map(|(i, s)| clashes(&arguments.services[..i], s)) {
        return Err(Failure::new(Kind::Usage, format!("`--service {name}` is given twice")));
    }
    let files = files(&arguments.services);
    let here = arguments.directory == Path::new(".");
    let directory = if here { project.root.clone() } else { project.path(&arguments.directory) };
    io::create(&directory, &files)?;
    let shown = |path: &str| if here { path.to_string() } else { arguments.directory.join(path).display().to_string() };
    let wrote: String = files.iter().map(|(path, _)| format!("wrote {}\n", shown(path))).collect();
    terminal::out(&(wrote + &next(arguments, &files)))?;
    Ok(Status::Fine)
}

/// `name`, when a service before it would have the same file on a disk that ignores case.
fn clashes<'a>(before: &[String], name: &'a str) -> Option<&'a str> {
    before.iter().any(|other| other.eq_ignore_ascii_case(name)).then_some(name)
}

/// Paths and texts of the files: what all services share, then one per service.
fn files(services: &[String]) -> Vec<(String, String)> {
    let shared = [
        ("specs/project.slo".to_string(), include_str!("project.slo").replace("NAME", "main")),
        ("specs/metrics.slo".to_string(), include_str!("metrics.slo").to_string()),
    ];
    let own = services.iter().map(|s| (format!("specs/{s}.slo"), include_str!("service.slo").replace("NAME", s)));
    shared.into_iter().chain(own).map(|(path, text)| (path, formatted(text))).collect()
}

/// A long name moves the columns.
fn formatted(text: String) -> String {
    fmt::format(FileId(0), &text).unwrap_or(text)
}

/// What to do now.
fn next(arguments: &Arguments, files: &[(String, String)]) -> String {
    let directory = arguments.directory.display().to_string();
    let enter = if directory == "." { String::new() } else { format!("  cd {directory}\n") };
    let spec = files.last().map_or("specs/", |(path, _)| path);
    format!(
        "\nnext:\n{enter}  edit specs/metrics.slo and {spec}: the names of your own metrics\n  \
         sloc build\n  promtool check rules out/prometheus/*.rules.yml\n"
    )
}

/// A service's name is the name of its files, too.
fn service_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || text.len() > 60 || !text.chars().all(plain) {
        return Err("a name is a letter, then letters, digits, `-` and `_`, at most 60 of them".into());
    }
    if matches!(text.to_ascii_lowercase().as_str(), "project" | "metrics") {
        return Err("specs/ has a file of this name for other things".into());
    }
    Ok(text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_formatted_whatever_the_name() {
        for name in ["a".to_string(), "inference-gateway".to_string(), "a".repeat(60)] {
            for (path, text) in files(&[name]) {
                assert_eq!(fmt::format(FileId(0), &text).as_deref(), Ok(&*text), "{path}");
            }
        }
    }
}
