//! `sloc show`: everything that is generated from one objective or one service, with numbers.

use std::path::PathBuf;

use clap::Args;

use super::list;
use super::project::{self, Project, Threads};
use super::table::visible;
use super::{Status, terminal};
use crate::driver;
use crate::io::{Failure, Kind};
use crate::model::{Alert, Model, Record, Service, Slo};
use crate::trace::{self, Thing};
use crate::units::Duration;

/// Show everything generated from an objective or a service
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc show checkout.availability
  sloc show checkout

`sloc list` lists their names; `sloc why FILE:LINE` says what made a generated line.")]
pub(super) struct Arguments {
    /// `SERVICE.SLO`, or a service
    name: String,
    /// Where the output stands
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    let analysis = arguments.threads.run(|| project::analyze(&disk))??;
    let Some(model) = project::sound(analysis) else { return Ok(Status::Wrong) };
    let things = arguments.threads.run(|| trace::things(&model, &driver::emit(&model)))?;
    let text = match find(&model, &arguments.name)? {
        (service, Some(slo)) => objective(service, slo) + &files(arguments, &things, service, Some(slo)),
        (service, None) => whole(service) + &files(arguments, &things, service, None),
    };
    terminal::out(&text)?;
    Ok(Status::Fine)
}

/// The service, and the objective when its id was given.
fn find<'a>(model: &'a Model, name: &str) -> Result<(&'a Service, Option<&'a Slo>), Failure> {
    let services = || model.services.iter();
    if let Some(service) = services().find(|s| s.name == name) {
        return Ok((service, None));
    }
    let all = || services().flat_map(|s| s.slos.iter().map(move |slo| (s, slo)));
    if let Some((service, slo)) = all().find(|(_, slo)| slo.id == name) {
        return Ok((service, Some(slo)));
    }
    let names = services().map(|s| s.name.as_str()).chain(all().map(|(_, slo)| slo.id.as_str()));
    let near = crate::diag::did_you_mean(name, names).map_or_else(String::new, |near| format!("{near} "));
    let failure = Failure::new(Kind::Usage, format!("there is no objective or service `{name}`"));
    Err(failure.help(format!("{near}`sloc list` lists them")))
}

/// A service and its objectives.
fn whole(service: &Service) -> String {
    let mut text = format!("{}: {}  ({})\n", service.name, visible(&service.title), service.origin);
    let mut line = |name: &str, value: Option<String>| {
        text += &value.map_or_else(String::new, |value| format!("  {name:<10} {}\n", visible(&value)));
    };
    line("owner", service.owner.clone());
    line("tier", service.tier.map(|tier| tier.to_string()));
    let labels = service.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(", ");
    line("labels", (!labels.is_empty()).then_some(labels));
    let slos = list::slos(service.slos.iter().map(|slo| (service, slo)));
    text + "\nobjectives\n" + &slos.aligned("  ")
}

/// An objective with its alerts and series.
fn objective(service: &Service, slo: &Slo) -> String {
    let by = if slo.by.is_empty() { String::new() } else { format!(" by {}", slo.by.join(", ")) };
    let head = format!("{}: {} over {}{by}  ({})\n", slo.id, slo.objective.percent(), slo.period, slo.origin);
    let about = slo.about.as_ref().map_or_else(String::new, |about| format!("  {}\n", visible(about)));
    let budget = format!(
        "  error budget: {} of the events, {} of a full outage\n",
        slo.budget.percent(),
        slo.budget_time().human()
    );
    let alerts: Vec<&Alert> = service.alerts_of(slo).collect();
    let table = list::alerts(alerts.iter().map(|alert| (service, *alert))).aligned("  ");
    let steps: String = alerts.iter().map(|alert| detection(alert)).collect();
    let starts = slo.starts.iter().map(|s| format!("  {}\n    {}\n", s.title, one_line(&s.expr))).collect::<String>();
    format!(
        "{head}{about}{budget}\nalerts\n{table}{steps}\nrecorded series\n{}\nqueries to start from\n{starts}",
        series(service, slo)
    )
}

/// When a tier fires and stops, for errors that begin at once.
fn detection(alert: &Alert) -> String {
    let Some(burn) = list::burn(alert) else { return String::new() };
    let human = |time: Option<Duration>| time.map_or_else(|| "never".to_string(), Duration::human);
    let one = |step: &crate::model::Step| {
        let left = step.left.map_or_else(String::new, |left| format!(", {} of the budget left", left.percent()));
        let reset = human(step.reset);
        format!(
            "    at {} errors: after {}{left}; silent {reset} after they end\n",
            step.errors.percent(),
            human(step.detect)
        )
    };
    let head =
        format!("  {} at {}x burn, {} of the budget spent:\n", alert.id, burn.factor.rounded(4), burn.share.percent());
    burn.steps.iter().filter(|step| step.detect.is_some()).fold(head, |text, step| text + &one(step))
}

/// The recording rules, each with its query.
fn series(service: &Service, slo: &Slo) -> String {
    let own = |record: &&Record| record.labels.get("slo_id") == Some(&slo.id);
    let mut text = String::new();
    for group in &service.groups {
        let records: Vec<&Record> = group.records.iter().filter(own).collect();
        if !records.is_empty() {
            text += &format!("  group {}, every {}\n", group.name, group.interval);
        }
        text += &records.iter().map(|r| format!("    {}\n      {}\n", r.metric, one_line(&r.expr))).collect::<String>();
    }
    text
}

fn one_line(query: &str) -> String {
    visible(&query.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where it all stands: each thing of an objective, each file of a service.
fn files(arguments: &Arguments, things: &[Thing], service: &Service, slo: Option<&Slo>) -> String {
    let own = |thing: &&Thing| {
        let in_service = thing.service.as_ref() == Some(&service.name);
        in_service && slo.is_none_or(|slo| thing.subject.as_ref() == Some(&slo.name))
    };
    let own: Vec<&Thing> = things.iter().filter(own).collect();
    format!("\nfiles\n{}", super::why::by_file(&arguments.out, &own, slo.is_some()))
}
