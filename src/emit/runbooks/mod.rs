//! `runbooks/<service>/<alert>.md`: what the alert means in numbers, where to look, what its author says to do.

mod levels;
mod links;
mod markdown;

use markdown::{Page, code, generated, text};
use rayon::prelude::*;

use super::{Artifact, Emit, Target};
use crate::model::{
    self, Alert, Around, Board, Burn, Condition, Definition, Meaning, Model, Service, Slo, Start, Step, Urgency,
};
use crate::units::Ratio;

/// A page per alert, and an index.
pub(super) static TARGET: Target = Target { name: "runbooks", boards: true, emit: Emit::Both(pages, index) };

fn pages(around: &Around<'_>, service: &Service, _: Option<&Board>) -> Vec<Artifact> {
    let of_slo = |slo| service.alerts_of(slo).map(move |a| page(around, service, slo, a));
    let burns = service.slos.iter().flat_map(of_slo);
    burns.chain(service.levels().map(|(a, l)| levels::page(around, service, a, l))).collect()
}

fn page(around: &Around<'_>, service: &Service, slo: &Slo, alert: &Alert) -> Artifact {
    let mut page = Page::new();
    page.line(&generated(&alert.origin.to_string()));
    page.paragraph(&format!("# {}", text(&alert.title)));
    page.paragraph(&intro(around, service, slo, alert));
    match &alert.meaning {
        Meaning::Burn(burn) => numbers(&mut page, slo, alert, burn),
        Meaning::Absence => absence(&mut page, slo, alert),
        Meaning::Level(_) => {}
    }
    look(&mut page, around, service, alert, &slo.starts);
    measured(&mut page, &slo.metrics);
    act(&mut page, alert, "objective");
    page.paragraph("## Where this comes from");
    page.paragraph(&format!(
        "Alert `{}`, label `slo_tier` = `{}`, in `{}`, from {}.",
        alert.name,
        tier(alert),
        super::prometheus::path(service),
        code(&alert.origin.to_string())
    ));
    Artifact { path: format!("runbooks/{}", alert.page), body: page.finish(), origin: alert.origin.to_string() }
}

/// The dashboard, and the queries to begin with, at the time that matters.
fn look(page: &mut Page, around: &Around<'_>, service: &Service, alert: &Alert, starts: &[Start]) {
    page.paragraph("## Where to look");
    let dashboard = around.project.dashboard(&service.board_uid, alert.lookback);
    let panel = alert.panel.as_ref().map(|(uid, id)| {
        let board = around.project.dashboard(uid, alert.lookback);
        format!(", or [its panel alone]({board}&viewPanel={id})")
    });
    let panel = panel.unwrap_or_default();
    let time = model::single(alert.lookback);
    page.paragraph(&format!("[Dashboard of {}]({dashboard}), the last {time}{panel}", text(&service.title)));
    for start in starts {
        let explore = links::explore(around.project, &service.source, &start.expr, alert.lookback);
        page.paragraph(&match explore {
            Some(url) => format!("{} ([open in Explore]({url})):", start.title),
            None => format!("{}:", start.title),
        });
        page.code("promql", &start.expr);
    }
}

/// What the catalog says of the metrics behind it.
fn measured(page: &mut Page, metrics: &[Definition]) {
    if metrics.is_empty() {
        return;
    }
    page.paragraph("## What is measured");
    page.line("| metric | is | meaning | normally |");
    page.line("|---|---|---|---|");
    for metric in metrics {
        let unit = metric.unit.as_deref().map_or(String::new(), |u| format!(" in {u}"));
        let help = metric.help.as_deref().map_or(String::new(), text);
        let normal = metric.normal.as_deref().map_or(String::new(), text);
        page.line(&format!("| `{}` | {}{unit} | {help} | {normal} |", metric.name, metric.kind));
    }
}

/// The author's steps.
fn act(page: &mut Page, alert: &Alert, written_in: &str) {
    page.paragraph("## What to do");
    let nothing = format!("Nothing is written yet: `runbook \"\"\" … \"\"\"` in the {written_in} goes here.");
    page.paragraph(alert.steps.as_deref().unwrap_or(&nothing));
}

fn tier(alert: &Alert) -> &str {
    alert.labels.get("slo_tier").map_or("", String::as_str)
}

/// Who answers for a service, by the title of the team.
fn answers(around: &Around<'_>, service: &Service) -> String {
    let Some(owner) = service.owner.as_deref() else { return String::new() };
    let team = around.teams.iter().find(|team| team.name == owner);
    format!(" {} answers for it.", text(team.map_or(owner, |team| &team.title)))
}

fn intro(around: &Around<'_>, service: &Service, slo: &Slo, alert: &Alert) -> String {
    let urgency = urgency(alert.urgency);
    let about = slo.about.as_deref().map_or(String::new(), |a| format!(" {}", text(a)));
    let owner = answers(around, service);
    format!(
        "**{}** promises {} over {}: {}.{about}{owner} {urgency}",
        text(&service.title),
        slo.objective.percent(),
        slo.over(),
        slo.name
    )
}

/// What the severity asks for.
fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Page => "It **pages**: somebody acts now.",
        Urgency::Ticket => "It opens a **ticket**: somebody acts in working hours.",
        Urgency::Critical => "It is **critical**: somebody acts now.",
        Urgency::Warning => "It is a **warning**: somebody acts before it becomes worse.",
        Urgency::Info => "It is for **information**: nobody has to act.",
    }
}

fn numbers(page: &mut Page, slo: &Slo, alert: &Alert, burn: &Burn) {
    page.paragraph("## What it means");
    let hold = if alert.hold.millis() > 0 { format!(", and have been for {}", alert.hold) } else { String::new() };
    page.paragraph(&format!(
        "More than **{threshold}** of the events of the last {long} failed, and of the last {short} as well{hold}. That is {factor} times what \
         the budget of {budget} allows: {share} of the budget of {period} ({time} of full outage{reckoned}{events}) was spent within {long}, and at \
         just this rate all of it is gone in {gone}.",
        threshold = burn.threshold.percent(),
        long = burn.long,
        short = burn.short,
        factor = burn.factor.rounded(4),
        budget = slo.budget.percent(),
        share = burn.share.percent(),
        period = slo.a_period(),
        time = slo.budget_time().human(),
        reckoned = slo.reckoned(),
        events = slo.events_in(slo.period).map_or(String::new(), |(all, bad)| format!(
            ", or about {} of {} events",
            bad.rounded(0),
            all.rounded(0)
        )),
        gone = burn.exhaustion.human(),
    ));
    page.line("| when errors step to | it fires after | budget left then | it stops after recovery in |");
    page.line("|---:|---:|---:|---:|");
    for step in &burn.steps {
        page.line(&row(step));
    }
    let arrive =
        slo.events_in(burn.long).map_or(String::new(), |(all, _)| format!(" About {} arrive.", all.rounded(0)));
    let few = match &alert.condition {
        Condition::All(all) if all.len() > 2 => {
            let least = all.last().map_or(Ratio::ZERO, |c| c.bound.number());
            format!("It does not fire while {} events or fewer have come in {}.", least.rounded(6), burn.long)
        }
        _ => format!(
            "With fewer than {} events in {}, a single failure is enough to trip this tier.",
            ceiling(burn.lone_failure),
            burn.long
        ),
    };
    page.paragraph(&format!(
        "The budget left is of a full one, with traffic as usual. Each step of the rules may add up to one evaluation. {few}{arrive}"
    ));
}

fn row(step: &Step) -> String {
    let errors = step.errors.percent();
    match (step.detect, step.reset, step.left) {
        (Some(detect), Some(reset), Some(left)) => {
            format!(
                "| {errors} | {} | {}% | {} |",
                detect.human(),
                left.times(Ratio::whole(100)).map_or(String::new(), |l| l.rounded(4)),
                reset.human()
            )
        }
        _ => format!("| {errors} | never | | |"),
    }
}

/// The smallest whole number that is not under a ratio.
fn ceiling(ratio: Ratio) -> i128 {
    -(-ratio.num()).div_euclid(ratio.den())
}

fn absence(page: &mut Page, slo: &Slo, alert: &Alert) {
    page.paragraph("## What it means");
    page.paragraph(&format!(
        "For {} no series has counted the events of this objective, so nobody knows whether the {} are kept: the other alerts of \
         `{}` are blind. No traffic is not it: a counter that stands still still counts. The service, its scrape, or the metric's name or labels changed.",
        alert.hold,
        slo.objective.percent(),
        slo.id
    ));
    let part = matches!(&alert.condition, Condition::Absent { part: Some(_), .. });
    if let Some(label) = slo.by.first().filter(|_| part) {
        page.paragraph(&format!(
            "With a label {} it is of that value alone, which had events at the same time a day ago, while others are counted.",
            code(label)
        ));
    }
}

fn index(model: &Model) -> Vec<Artifact> {
    let Some(first) = model.services.first() else { return Vec::new() };
    let mut page = Page::new();
    page.line("<!-- Generated by sloc. -->");
    page.paragraph("# Runbooks");
    let services = model.services.par_iter().filter(|service| service.alerts().next().is_some());
    for section in services.map(section).collect::<Vec<_>>() {
        page.paragraph(section.trim_end_matches('\n'));
    }
    vec![Artifact { path: "runbooks/README.md".into(), body: page.finish(), origin: first.origin.to_string() }]
}

/// The alerts of a service in the index.
fn section(service: &Service) -> String {
    let mut page = Page::new();
    // Dashboards link here, whatever the title is.
    page.paragraph(&format!("<a id=\"{}\"></a>\n\n## {}", service.name, text(&service.title)));
    if service.slos.iter().any(|slo| service.alerts_of(slo).next().is_some()) {
        page.line("| objective | alert | urgency | fires over |");
        page.line("|---|---|---|---:|");
    }
    for slo in &service.slos {
        service.alerts_of(slo).for_each(|a| page.line(&entry(slo, a)));
    }
    levels::index(&mut page, service);
    page.finish()
}

fn entry(slo: &Slo, alert: &Alert) -> String {
    let fires = match &alert.meaning {
        Meaning::Burn(burn) => format!("{} errors in {}", burn.threshold.percent(), burn.long),
        Meaning::Absence => format!("no data for {}", alert.hold),
        Meaning::Level(_) => String::new(),
    };
    format!(
        "| {} {} over {} | [{}]({}) | {} | {fires} |",
        slo.name,
        slo.objective.percent(),
        slo.over(),
        alert.id,
        alert.page,
        alert.urgency.name()
    )
}
