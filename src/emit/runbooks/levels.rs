//! The page of a written alert: what it means, its limits, where to look, what to do.

use super::markdown::{Page, code, generated, text};
use super::{Artifact, act, answers, look, measured, urgency};
use crate::model::{Alert, Around, Level, Service};

pub(super) fn page(around: &Around<'_>, service: &Service, alert: &Alert, level: &Level) -> Artifact {
    let mut page = Page::new();
    page.line(&generated(&alert.origin.to_string()));
    page.paragraph(&format!("# {}", text(&alert.title)));
    let owner = answers(around, service);
    page.paragraph(&format!("**{}**: {}.{owner} {}", text(&service.title), alert.subject, urgency(alert.urgency)));
    if let Some(impact) = &level.impact {
        page.paragraph("## What happens when nobody acts");
        page.paragraph(&text(impact));
    }
    meaning(&mut page, alert, level);
    look(&mut page, around, service, alert, &level.starts);
    measured(&mut page, &level.metrics);
    act(&mut page, alert, "alert");
    page.paragraph("## Where this comes from");
    page.paragraph(&format!(
        "Alert `{}`, label `severity` = `{}`, in `{}`, from {}.",
        alert.name,
        alert.urgency.name(),
        super::super::prometheus::path(service),
        code(&alert.origin.to_string())
    ));
    Artifact { path: format!("runbooks/{}", alert.page), body: page.finish(), origin: alert.origin.to_string() }
}

/// When it fires, and what its other levels do meanwhile.
fn meaning(page: &mut Page, alert: &Alert, level: &Level) {
    page.paragraph("## What it means");
    let hold = if alert.hold.millis() > 0 { format!(" for {}", alert.hold) } else { String::new() };
    page.paragraph(&match &level.limit {
        Some(limit) => format!("For one series or more, this value has been **{}**{hold}:", text(limit)),
        None => format!("This query has had a result{hold}:"),
    });
    page.code("promql", &level.query);
    if alert.keep.millis() > 0 {
        page.paragraph(&format!("It goes on for {} after that has ended, so that it does not flap.", alert.keep));
    }
    if level.others.is_empty() {
        return;
    }
    page.line("| level | fires | meanwhile |");
    page.line("|---|---|---|");
    for (other, limit) in &level.others {
        let meanwhile = if *other < alert.urgency { "silences this one" } else { "is silenced by this one" };
        let page_of = format!("{}-{}.md", alert.subject, other.name());
        page.line(&format!("| [{}]({page_of}) | {} | {meanwhile} |", other.name(), text(limit)));
    }
}

/// The written alerts of a service in the index.
pub(super) fn index(page: &mut Page, service: &Service) {
    if service.levels().next().is_none() {
        return;
    }
    page.gap();
    page.line("| alert | level | fires |");
    page.line("|---|---|---|");
    for (alert, level) in service.levels() {
        let hold = (alert.hold.millis() > 0).then(|| format!("for {}", alert.hold));
        let fires: Vec<String> = level.limit.clone().into_iter().chain(hold).collect();
        let severity = alert.urgency.name();
        page.line(&format!("| {} | [{severity}]({}) | {} |", alert.subject, alert.page, text(&fires.join(" "))));
    }
}
