//! `runbooks/<service>/<alert>.md`: what the alert means in numbers, where to look, what its author says to do.

mod levels;
mod markdown;

use rayon::prelude::*;

use markdown::{Page, code, generated, text};

use super::{Artifact, Target};
use crate::model::{Alert, Burn, Meaning, Model, Project, Service, Slo, Start, Step, Urgency};
use crate::units::Ratio;

/// A page per alert, and an index.
pub(super) static TARGET: Target = Target { name: "runbooks", boards: false, emit };

fn emit(model: &Model) -> Vec<Artifact> {
    let project = &model.project;
    let pages = |s: &'_ Service| -> Vec<Artifact> {
        let burns = s.slos.iter().flat_map(|slo| s.alerts_of(slo).map(move |a| page(project, s, slo, a)));
        burns.chain(s.levels().map(|(a, l)| levels::page(project, s, a, l))).collect()
    };
    let mut all: Vec<Artifact> = model.services.par_iter().flat_map_iter(pages).collect();
    all.extend(index(model));
    all
}

fn page(project: &Project, service: &Service, slo: &Slo, alert: &Alert) -> Artifact {
    let mut page = Page::default();
    page.line(&generated(&alert.origin.to_string()));
    page.paragraph(&format!("# {}", text(&alert.title)));
    page.paragraph(&intro(service, slo, alert));
    match &alert.meaning {
        Meaning::Burn(burn) => numbers(&mut page, slo, alert, burn),
        Meaning::Absence => absence(&mut page, slo, alert),
        Meaning::Level(_) => {}
    }
    look(&mut page, project, service, &slo.starts);
    act(&mut page, alert, "objective");
    page.paragraph("## Where this comes from");
    page.paragraph(&format!(
        "Alert `{}`, label `slo_tier` = `{}`, in `{}`, from {}.",
        alert.name,
        tier(alert),
        super::prometheus::path(service),
        code(&alert.origin.to_string())
    ));
    Artifact { path: format!("runbooks/{}", alert.page), body: page.text, origin: alert.origin.to_string() }
}

/// The dashboard, and the queries to begin with.
fn look(page: &mut Page, project: &Project, service: &Service, starts: &[Start]) {
    page.paragraph("## Where to look");
    let grafana = project.grafana.as_deref().unwrap_or("");
    if !service.slos.is_empty() {
        page.paragraph(&format!("[Dashboard of {}]({grafana}/d/{})", text(&service.title), service.board_uid));
    }
    for start in starts {
        page.paragraph(&format!("{}:", start.title));
        page.code("promql", &start.expr);
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

fn intro(service: &Service, slo: &Slo, alert: &Alert) -> String {
    let urgency = urgency(alert.urgency);
    let about = slo.about.as_deref().map_or(String::new(), |a| format!(" {}", text(a)));
    let owner = service.owner.as_deref().map_or(String::new(), |o| format!(" {o} answers for it."));
    format!(
        "**{}** promises {} over {}: {}.{about}{owner} {urgency}",
        text(&service.title),
        slo.objective.percent(),
        slo.period,
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
         the budget of {budget} allows: {share} of the budget of {period} ({time} of full outage) was spent within {long}, and all of \
         it is gone in {gone} if it goes on like this.",
        threshold = burn.threshold.percent(),
        long = burn.long,
        short = burn.short,
        factor = burn.factor.rounded(4),
        budget = slo.budget.percent(),
        share = burn.share.percent(),
        period = slo.period,
        time = slo.budget_time().human(),
        gone = burn.exhaustion.human(),
    ));
    page.line("| when errors step to | it fires after | budget left then | it stops after recovery in |");
    page.line("|---:|---:|---:|---:|");
    for step in &burn.steps {
        page.line(&row(step));
    }
    page.paragraph(&format!(
        "The budget left is of a full one, with traffic as usual. Each step of the rules may add up to one evaluation. With fewer than \
         {} events in {}, a single failure is enough to trip this tier.",
        ceiling(burn.lone_failure),
        burn.long
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
}

fn index(model: &Model) -> Option<Artifact> {
    let first = model.services.first()?;
    let mut page = Page::default();
    page.line("<!-- Generated by sloc. -->");
    page.paragraph("# Runbooks");
    for service in model.services.iter().filter(|s| s.alerts().next().is_some()) {
        // Dashboards link here, whatever the title is.
        page.paragraph(&format!(
            "<a id=\"{}\"></a>

## {}",
            service.name,
            text(&service.title)
        ));
        if service.slos.iter().any(|slo| service.alerts_of(slo).next().is_some()) {
            page.line("| objective | alert | urgency | fires over |");
            page.line("|---|---|---|---:|");
        }
        for slo in &service.slos {
            service.alerts_of(slo).for_each(|a| page.line(&entry(slo, a)));
        }
        levels::index(&mut page, service);
    }
    Some(Artifact { path: "runbooks/README.md".into(), body: page.text, origin: first.origin.to_string() })
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
        slo.period,
        alert.id,
        alert.page,
        alert.urgency.name()
    )
}
