//! What alerts say: summary, description and links, the same for every target.

use crate::check::{self, Tier};
use crate::model::{Part, Project, Slo, Text};
use crate::units::Duration;

/// The two texts of an alert.
pub(super) struct Texts {
    pub(super) summary: Text,
    pub(super) description: Text,
}

/// The texts of a tier.
pub(super) fn burn(service: &check::Service, slo: &Slo, tier: &Tier) -> Texts {
    let b = &tier.burn;
    let factor = b.factor.rounded(4);
    let mut summary = subject(service, slo);
    summary.push(Part::Plain(format!(" burns its error budget {factor} times too fast")));
    let mut description = vec![Part::Percentage];
    description.push(Part::Plain(format!(
        " of the events of the last {long} failed, and of the last {short} too many as well: the limit is {threshold}, {factor} times the \
         budget of {budget}. At that limit the budget of {period} ({time}) is gone in {gone}; when this fires, {share} of it is spent.",
        long = b.long,
        short = b.short,
        threshold = b.threshold.percent(),
        budget = slo.budget.percent(),
        period = slo.period,
        time = slo.budget_time().human(),
        gone = b.exhaustion.human(),
        share = b.share.percent(),
    )));
    Texts { summary: Text(summary), description: Text(description) }
}

/// The texts of the absence alert.
pub(super) fn absence(service: &check::Service, slo: &Slo, gone: Duration) -> Texts {
    let summary = format!("{} {} has no data", service.title, slo.name);
    let description = format!(
        "For {gone} no series has counted the events of {}. Its objective of {} is not being measured: \
         the service, its scrape or the metric may be gone.",
        slo.id,
        slo.objective.percent()
    );
    Texts { summary: Text::plain(summary), description: Text::plain(description) }
}

/// `Checkout API availability (region=…)`: with the labels that tell its series apart.
fn subject(service: &check::Service, slo: &Slo) -> Vec<Part> {
    let mut parts = vec![Part::Plain(format!("{} {}", service.title, slo.name))];
    for (index, label) in slo.by.iter().enumerate() {
        parts.push(Part::Plain(format!("{}{label} ", if index == 0 { " (" } else { ", " })));
        parts.push(Part::Label(label.clone()));
    }
    if !slo.by.is_empty() {
        parts.push(Part::Plain(")".into()));
    }
    parts
}

/// All annotations of an alert, in the order they are printed.
pub(super) fn annotations(texts: Texts, page: &str, board: &str, project: &Project) -> Vec<(String, Text)> {
    let runbooks = project.runbooks.as_deref().unwrap_or("runbooks");
    let grafana = project.grafana.as_deref().unwrap_or("");
    vec![
        ("summary".into(), texts.summary),
        ("description".into(), texts.description),
        ("runbook_url".into(), Text::plain(format!("{runbooks}/{page}"))),
        ("dashboard_url".into(), Text::plain(format!("{grafana}/d/{board}"))),
    ]
}
