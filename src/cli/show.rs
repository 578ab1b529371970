//! `sloc show`: everything that is generated from an objective, an alert or a service, with numbers.

use std::path::PathBuf;

use clap::Args;

use super::list;
use super::project::{self, Project, Threads};
use super::table::visible;
use super::{Status, terminal};
use crate::driver;
use crate::io::{Failure, Kind};
use crate::model::board::{Kept, KeptPanel};
use crate::model::{Alert, Board, Carried, CarriedRule, Level, Model, Record, Service, Slo};
use crate::trace::{self, Thing};
use crate::units::Duration;

/// Show everything generated from an objective, an alert, a service or a dashboard
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc show checkout.availability
  sloc show checkout

`sloc list` lists their names; `sloc why FILE:LINE` says what made a generated
line.")]
pub(super) struct Arguments {
    /// `SERVICE.SLO`, `SERVICE.ALERT`, a service or a dashboard's uid
    name: String,
    /// Where the output stands
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// A directory of specs, or one spec file
    #[arg(long, value_name = "PATH", default_value = "specs")]
    specs: PathBuf,
    /// As the specs are in this environment
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let disk = project.disk(std::slice::from_ref(&arguments.specs))?;
    let analysis = arguments.threads.run(|| project::analyze(&disk))??;
    let Some(model) = project::sound(&analysis, arguments.env.as_deref())? else { return Ok(Status::Wrong) };
    let things = arguments.threads.run(|| trace::things(&model, &driver::emit(&model)))?;
    let text = match find(&model, &arguments.name)? {
        Found::Slo(service, slo) => objective(service, slo) + &files(arguments, &things, service, Some(&slo.name)),
        Found::Alert(service, name) => written(service, name) + &files(arguments, &things, service, Some(name)),
        Found::Carried(service, name) => as_they_are(service, name) + &files(arguments, &things, service, Some(name)),
        Found::Service(service) => whole(service) + &files(arguments, &things, service, None),
        Found::Board(board) => dashboard(arguments, board, &things),
        Found::Kept(board) => kept(arguments, board, &things),
    };
    terminal::out(&text)?;
    Ok(Status::Fine)
}

/// What a name stands for.
enum Found<'a> {
    Service(&'a Service),
    Slo(&'a Service, &'a Slo),
    /// A written alert, by its name within the service.
    Alert(&'a Service, &'a str),
    /// Rules that are carried as they are, by what they belong to: an objective or themselves.
    Carried(&'a Service, &'a str),
    Board(&'a Board),
    Kept(&'a Kept),
}

fn find<'a>(model: &'a Model, name: &str) -> Result<Found<'a>, Failure> {
    let mut known: Vec<(String, Found<'a>)> = Vec::new();
    for service in &model.services {
        known.push((service.name.clone(), Found::Service(service)));
        known.extend(service.slos.iter().map(|slo| (slo.id.clone(), Found::Slo(service, slo))));
        let alert =
            |alert: &'a Alert| (format!("{}.{}", service.name, alert.subject), Found::Alert(service, &alert.subject));
        known.extend(service.levels().map(|(a, _)| alert(a)));
        let carried = service.carried.iter().map(Carried::subject);
        known.extend(carried.map(|name| (format!("{}.{name}", service.name), Found::Carried(service, name))));
    }
    // A service and a dashboard may share a name: the service is more.
    known.extend(model.boards.iter().map(|board| (board.uid.clone(), Found::Board(board))));
    known.extend(model.kept.iter().flat_map(|k| [&k.uid, &k.name].map(|name| (name.clone(), Found::Kept(k)))));
    let near = crate::diag::did_you_mean(name, known.iter().map(|(name, _)| name.as_str()));
    let found = known.into_iter().find(|(known, _)| known == name).map(|(_, found)| found);
    found.ok_or_else(|| {
        let failure = Failure::new(Kind::Usage, format!("there is no objective, alert, service or dashboard `{name}`"));
        let near = near.map_or_else(String::new, |near| format!("{near} "));
        failure.help(format!(
            "{near}`sloc list` lists objectives, `sloc list alerts` and `sloc list dashboards` the others"
        ))
    })
}

/// A dashboard with its panels and its file.
fn dashboard(arguments: &Arguments, board: &Board, things: &[Thing]) -> String {
    let head = format!("{}: {}  ({})\n  {}\n", board.uid, visible(&board.title), board.origin, visible(&board.about));
    let file = format!("/{}.json", board.uid);
    let own: Vec<&Thing> = things.iter().filter(|thing| thing.file.ends_with(&file)).collect();
    let files = super::why::by_file(&arguments.out, &own, true);
    format!("{head}\npanels\n{}\nfiles\n{files}", list::panels(board).aligned("  "))
}

/// A dashboard that is kept as it is, with its panels and its file.
fn kept(arguments: &Arguments, kept: &Kept, things: &[Thing]) -> String {
    let head = format!("{}: {}  ({})\n", kept.uid, visible(&kept.title), kept.origin);
    let panel = |p: &KeptPanel| {
        let queries: String = p.queries.iter().map(|q| format!("    {}\n", one_line(q))).collect();
        format!("  {}  ({})\n{queries}", visible(&p.title), p.origin)
    };
    let panels: String = kept.panels.iter().map(panel).collect();
    let file = format!("/{}.json", kept.uid);
    let own: Vec<&Thing> = things.iter().filter(|thing| thing.file.ends_with(&file)).collect();
    format!("{head}\npanels\n{panels}\nfiles\n{}", super::why::by_file(&arguments.out, &own, true))
}

/// Rules that are carried as they are, after the objective that they are made from.
fn as_they_are(service: &Service, name: &str) -> String {
    let groups: Vec<&Carried> = service.carried.iter().filter(|group| group.subject() == name).collect();
    let origin = groups.first().map_or(&service.origin, |group| &group.origin);
    let mut text = format!("{}.{name}  ({origin})\n", service.name);
    if let Some(promise) = groups.first().and_then(|group| group.of.as_ref()) {
        let about = promise.about.as_ref().map_or_else(String::new, |about| format!("  {}\n", visible(about)));
        text += &about;
        let own = list::Listed::Named(service, promise);
        text += &format!("\n{}", list::slos([own].into_iter()).aligned("  "));
    }
    for group in groups {
        let pace = group.interval.map_or_else(String::new, |every| format!(", every {every}"));
        text += &format!("\ngroup {}{pace}\n", visible(&group.name));
        let rule = |r: &CarriedRule| {
            let kind = if r.is_alert { "alert" } else { "record" };
            format!("  {kind} {}\n    {}\n", visible(&r.name), one_line(&r.expr))
        };
        text += &group.rules.iter().map(rule).collect::<String>();
    }
    text
}

/// A written alert with its levels.
fn written(service: &Service, name: &str) -> String {
    let levels: Vec<(&Alert, &Level)> = service.levels().filter(|(alert, _)| alert.subject == name).collect();
    let Some((first, level)) = levels.first() else { return String::new() };
    let head = format!("{}.{name}  ({})\n  {}\n", service.name, first.origin, one_line(&level.query));
    let impact = level.impact.as_ref().map_or_else(String::new, |impact| format!("  {}\n", visible(impact)));
    let table = list::alerts(levels.iter().map(|(alert, _)| (service, *alert))).aligned("  ");
    let told = levels.iter().filter_map(|(alert, _)| {
        let receiver = alert.receiver.as_ref()?;
        Some(format!("  {} is told to {receiver}\n", alert.urgency.name()))
    });
    format!("{head}{impact}\nlevels\n{table}{}", told.collect::<String>())
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
    let slos = list::slos(list::Listed::all(service));
    let mut others = list::alerts(service.levels().map(|(alert, _)| (service, alert)));
    others.rows.extend(list::carried(service));
    let heading = if others.rows.is_empty() { "" } else { "\nalerts besides those of objectives\n" };
    let others = if others.rows.is_empty() { String::new() } else { others.aligned("  ") };
    text + "\nobjectives\n" + &slos.aligned("  ") + heading + &others
}

/// An objective with its alerts and series.
fn objective(service: &Service, slo: &Slo) -> String {
    let by = if slo.by.is_empty() { String::new() } else { format!(" by {}", slo.by.join(", ")) };
    let head = format!("{}: {} over {}{by}  ({})\n", slo.id, slo.objective.percent(), slo.over(), slo.origin);
    let about = slo.about.as_ref().map_or_else(String::new, |about| format!("  {}\n", visible(about)));
    let budget = format!(
        "  error budget: {} of the events, {} of a full outage{}\n",
        slo.budget.percent(),
        slo.budget_time().human(),
        slo.reckoned()
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
    let Some(burn) = alert.burn() else { return String::new() };
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
    let own = |record: &&Record| record.of.contains(&slo.id);
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
fn files(arguments: &Arguments, things: &[Thing], service: &Service, subject: Option<&str>) -> String {
    let own = |thing: &&Thing| {
        let in_service = thing.service.as_ref() == Some(&service.name);
        in_service && subject.is_none_or(|subject| thing.subjects.iter().any(|s| s == subject))
    };
    let own: Vec<&Thing> = things.iter().filter(own).collect();
    format!("\nfiles\n{}", super::why::by_file(&arguments.out, &own, subject.is_some()))
}
