//! `sloc catalog pull`: what a Prometheus server knows of its metrics, as a file that queries are checked against.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::Status;
use super::project::Project;
use super::terminal::{self, count};
use crate::catalog::write_saved;
use crate::io::{self, Ask, Failure, Kind, Server};
use crate::units;

/// Save what a Prometheus server knows of its metrics
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc catalog pull http://127.0.0.1:9090 --out catalog.json
  sloc check deploy/rules/*.yml --catalog catalog.json")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Pull(Pull),
}

/// Ask a server for its metrics, their kinds, units, labels and buckets
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc catalog pull http://127.0.0.1:9090 --out catalog.json
  sloc catalog pull http://127.0.0.1:9090 --match http_ | less
  sloc catalog pull http://mimir:8080/prometheus --header 'X-Scope-OrgID: a'

It only reads, one metric at a time. Specs take the file by `metrics from
\"catalog.json\"`, `sloc check` and `sloc type` by `--catalog`. There is no
TLS: forward the port of a server that needs it.")]
struct Pull {
    /// The server's address, with the prefix of its paths if it has one
    url: String,
    /// Only metrics whose names begin so
    #[arg(long = "match", value_name = "PREFIX", default_value = "", hide_default_value = true, value_parser = prefix)]
    prefix: String,
    /// Where to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only series seen within this time
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = since)]
    since: units::Duration,
    /// An extra header, such as one with credentials; may be given several times
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Seconds to wait for each answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Refuse more metrics than these
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    max_metrics: usize,
    /// Refuse to read more than this many MiB of answers
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    max_mib: u64,
}

/// The beginning of a metric's name.
fn prefix(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    if text.chars().all(allowed) { Ok(text.into()) } else { Err("a prefix has letters, digits, `_` and `:`".into()) }
}

fn since(text: &str) -> Result<units::Duration, String> {
    let duration = units::Duration::parse(text).filter(|d| *d > units::Duration::default());
    duration.ok_or_else(|| "a time is something like `1h` or `7d`".into())
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let Action::Pull(pull) = &arguments.action;
    let timeout = Duration::from_secs(pull.timeout);
    let server = Server::new(&pull.url, &pull.header, timeout, pull.max_mib << 20)?;
    let ask = Ask { prefix: pull.prefix.clone(), since: pull.since, most: pull.max_metrics };
    let at = Mutex::new("asking for the metrics' names".to_string());
    let shown = || at.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let metrics = terminal::patiently(&shown, || {
        io::pull(&server, &ask, &mut |done, total, name| {
            let text = format!("{done} of {}: {name}", count(total, "metric"));
            *at.lock().unwrap_or_else(PoisonError::into_inner) = text;
        })
    })?;
    if metrics.is_empty() {
        let what = if pull.prefix.is_empty() {
            "no metrics".into()
        } else {
            format!("no metric that begins with `{}`", pull.prefix)
        };
        return Err(Failure::new(Kind::Machine, format!("{} has {what}", pull.url))
            .help("`--since 1d` looks further back than an hour"));
    }
    let text = write_saved(&metrics);
    match &pull.out {
        Some(path) => {
            io::write_file(&project.path(path), &text)?;
            terminal::say(&format!("wrote {} to {}\n", count(metrics.len(), "metric"), path.display()));
        }
        None => terminal::out(&text)?,
    }
    Ok(Status::Fine)
}
