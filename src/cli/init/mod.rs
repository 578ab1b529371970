//! `sloc init`: a first project that builds, explained line by line.

mod ask;

use std::path::{Path, PathBuf};

use clap::Args;

use super::project::Project;
use super::{Status, terminal};
use crate::fmt;
use crate::io::{self, Failure, Kind};
use crate::source::FileId;
use crate::units::Ratio;

/// Write a first project to start from
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc init                    asks three questions about a service
  sloc init --service cart --job shop/cart --objective 99.5%
  sloc init slos --service cart --service payments

Asks on a terminal only, and only without flags. The project builds as it is.
Never overwrites a file.")]
pub(super) struct Arguments {
    /// Where the project stands; made when it does not exist
    #[arg(default_value = ".", value_name = "DIR", hide_default_value = true)]
    directory: PathBuf,
    /// A service to write a spec for; may be given several times [default: checkout]
    #[arg(long = "service", value_name = "NAME", value_parser = ask::name)]
    services: Vec<String>,
    /// Its `job` in Prometheus [default: its name]
    #[arg(long, value_parser = ask::job)]
    job: Option<String>,
    /// How many of its requests must succeed, over 30 days [default: 99.9%]
    #[arg(long, value_name = "PERCENT", value_parser = ask::objective)]
    objective: Option<String>,
}

/// What is known of a service.
struct Service {
    /// Its name, and that of its file.
    name: String,
    /// What `job` is on its metrics.
    job: String,
    /// How many of its requests must succeed, with `%`.
    objective: String,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let here = arguments.directory == Path::new(".");
    let directory = if here { project.root.clone() } else { project.path(&arguments.directory) };
    let shared = shared();
    io::is_free(&directory, &shared)?;
    let files = shared.into_iter().chain(services(arguments)?.iter().map(spec)).collect::<Vec<_>>();
    io::create(&directory, &files)?;
    let shown = |path: &str| if here { path.to_string() } else { arguments.directory.join(path).display().to_string() };
    let wrote: String = files.iter().map(|(path, _)| format!("wrote {}\n", shown(path))).collect();
    terminal::out(&(wrote + &next(arguments, &files)))?;
    Ok(Status::Fine)
}

/// The services that the flags name, or that are asked for.
fn services(arguments: &Arguments) -> Result<Vec<Service>, Failure> {
    let Arguments { services, job, objective, .. } = arguments;
    if services.is_empty() && job.is_none() && objective.is_none() && ask::somebody() {
        return Ok(vec![ask::service(&mut std::io::stdin().lock())?]);
    }
    if let Some(name) = services.iter().enumerate().find_map(|(i, s)| clashes(&services[..i], s)) {
        return Err(Failure::new(Kind::Usage, format!("`--service {name}` is given twice")));
    }
    if services.len() > 1 && job.is_some() {
        return Err(Failure::new(Kind::Usage, "`--job` is for one service; several have the jobs of their names"));
    }
    let names = if services.is_empty() { vec!["checkout".to_string()] } else { services.clone() };
    let service = |name: String| Service {
        job: job.clone().unwrap_or_else(|| name.clone()),
        objective: objective.clone().unwrap_or_else(|| "99.9%".into()),
        name,
    };
    Ok(names.into_iter().map(service).collect())
}

/// `name`, when a service before it would have the same file on a disk that ignores case.
fn clashes<'a>(before: &[String], name: &'a str) -> Option<&'a str> {
    before.iter().any(|other| other.eq_ignore_ascii_case(name)).then_some(name)
}

/// Paths and texts of the files that all services share.
fn shared() -> Vec<(String, String)> {
    let files = [
        ("project", include_str!("project.slo").replace("NAME", "main")),
        ("metrics", include_str!("metrics.slo").into()),
    ];
    files.into_iter().map(|(name, text)| (format!("specs/{name}.slo"), formatted(text))).collect()
}

/// Path and text of a service's own file.
fn spec(service: &Service) -> (String, String) {
    let Service { name, job, objective } = service;
    let good = Ratio::parse(objective.trim_end_matches('%')).unwrap_or_else(|| Ratio::whole(0));
    let rest = Ratio::whole(100).minus(good).and_then(Ratio::decimal).unwrap_or_default();
    // Each of these words is one that the values put in before it cannot hold.
    let text = include_str!("service.slo").replace("0.1%", &format!("{rest}%")).replace("99.9%", objective);
    let text = text.replace("NAME", name).replace("job=\"JOB\"", &format!("job=\"{job}\""));
    (format!("specs/{name}.slo"), formatted(text))
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
        "\nnext:\n{enter}  sloc build --watch       compiles into out/ at every save, and says what is wrong\n  \
         edit specs/metrics.slo   the names of your own metrics; `sloc catalog pull` asks a server for them\n  \
         edit {spec:<19} what is promised, of which metrics\n  \
         git add specs out        both are kept; `sloc diff` says what a change means\n\n\
         Prometheus reads out/prometheus/*.rules.yml, Grafana out/grafana/provisioning.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_formatted_whatever_the_name() {
        for name in ["a".to_string(), "inference-gateway".to_string(), "a".repeat(60)] {
            let service = Service { job: format!("jobs/{name}"), objective: "99.95%".into(), name };
            for (path, text) in shared().into_iter().chain([spec(&service)]) {
                assert_eq!(fmt::format(FileId(0), &text).as_deref(), Ok(&*text), "{path}");
            }
        }
    }
}
