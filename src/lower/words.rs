//! What alerts say: summary, description and links, the same for every target.

use super::{data, names};
use crate::check::{self, AlertLevel};
use crate::model::{Burn, Code, Format, Measure, Part, Project, Slo, Text};
use crate::units::{Duration, Ratio};

/// The two texts of an alert.
pub(super) struct Texts {
    pub(super) summary: Text,
    pub(super) description: Text,
}

/// What is said of a burn rate, of whichever objective it is.
pub(super) struct Rate {
    /// How many times too fast.
    pub(super) factor: String,
    /// The same in words.
    pace: String,
    description: Text,
}

/// The words for the burn rate of a tier of an objective.
pub(super) fn rate(slo: &Slo, b: &Burn) -> Rate {
    let mut description = vec![Part::Value(Format::Percentage)];
    description.push(Part::Plain(format!(
        " of events failed in {long}, over {limit} in {short} too. At {limit} the budget of {period} ({time}) lasts {gone}.",
        long = b.long,
        limit = b.threshold.percent(),
        short = b.short,
        period = slo.a_period(),
        time = slo.budget_time().human() + &slo.reckoned(),
        gone = b.exhaustion.human(),
    )));
    Rate { factor: b.factor.rounded(4), pace: pace(b.factor), description: Text(description) }
}

/// The texts of a tier.
pub(super) fn burn(service: &check::Service, slo: &Slo, rate: &Rate) -> Texts {
    let mut summary = subject(service, slo);
    summary.push(Part::Plain(format!(" {}", rate.pace)));
    let mut description = rate.description.clone();
    description.0.extend(members(slo).map(|parts| Part::Plain(format!(" Its parts: {}.", parts.join(", ")))));
    Texts { summary: Text(summary), description }
}

/// How fast the budget goes, at least, when a tier of this factor fires.
fn pace(factor: Ratio) -> String {
    if factor > Ratio::ONE {
        format!("burns its budget over {} times too fast", factor.rounded(4))
    } else if factor == Ratio::ONE {
        "burns its budget too fast".into()
    } else {
        format!("spends more than {} of its budget", factor.percent())
    }
}

/// The objectives that a composite is made of.
fn members(slo: &Slo) -> Option<Vec<&str>> {
    match &slo.sli.measure {
        Measure::Composite { members, .. } => Some(members.iter().map(|(id, _)| id.as_str()).collect()),
        _ => None,
    }
}

/// The texts of the absence alert.
pub(super) fn absence(service: &check::Service, slo: &Slo, gone: Duration) -> Texts {
    let split = slo.by.first().filter(|_| matches!(slo.sli.measure, Measure::Events { .. }));
    let whole = || vec![Part::Plain(format!("{} {}", service.title, slo.name))];
    let mut summary = split.map_or_else(whole, |_| subject(service, slo));
    summary.push(Part::Plain(" has no data".into()));
    let all = split.map_or_else(String::new, |label| format!(" Where no {label} is named, all of them are gone."));
    let doubt = data::doubt(&slo.sli);
    let description = format!(
        "Nothing has counted its events for {gone}: the service, its scrape or the metric may be gone{doubt}.{all}"
    );
    Texts { summary: Text(summary), description: Text::plain(description) }
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

/// `above 80% for 10m`, `for 1m`; empty when it fires at once.
pub(super) fn limit(level: &AlertLevel) -> String {
    let hold = (level.hold.millis() > 0).then(|| format!("for {}", level.hold));
    level.limit.clone().into_iter().chain(hold).collect::<Vec<_>>().join(" ")
}

/// What a written alert says beside its summary: the impact, and why it fires.
pub(super) fn level(alert: &check::Alert, level: &AlertLevel) -> Text {
    let mut parts = alert.impact.as_ref().map_or_else(Vec::new, |t| t.0.clone());
    if !parts.is_empty() {
        parts.push(Part::Plain(" ".into()));
    }
    let hold = if level.hold.millis() > 0 { format!(" for {}", level.hold) } else { String::new() };
    match &level.limit {
        Some(limit) => {
            parts.push(Part::Plain("The value is ".into()));
            parts.push(Part::Value(alert.format.clone()));
            parts.push(Part::Plain(format!(": {limit}{hold}.")));
        }
        None => parts
            .push(Part::Plain(format!("The condition has held{}.", if hold.is_empty() { " just now" } else { &hold }))),
    }
    Text(parts)
}

/// The series that say which levels of an alert fire.
pub(super) fn firing(service: &check::Service, alert: &check::Alert) -> String {
    let name = names::alert(&service.name, &alert.name, "");
    let levels: Vec<&str> = alert.levels.iter().map(|level| level.urgency.name()).collect();
    let (of, levels) = (&service.name, levels.join("|"));
    format!(
        "ALERTS{{alertname=\"{name}\", {}=\"{of}\", severity=~\"{levels}\", alertstate=\"firing\"}}",
        names::SERVICE
    )
}

/// A text as a page shows it, where nothing fires: its places by their names.
pub(super) fn shown(text: &Text) -> String {
    let code = |c: &Code| match c {
        Code::Text(text) => text.clone(),
        Code::Value => "$value".to_string(),
    };
    let part = |part: &Part| match part {
        Part::Plain(plain) => plain.clone(),
        Part::Label(label) => format!("{{{label}}}"),
        Part::Value(_) => "{value}".to_string(),
        Part::Action(action) => action.iter().map(code).collect(),
    };
    text.0.iter().map(part).collect()
}

/// All annotations of an alert, in the order they are printed. `board` is its service's dashboard, with how far back it is
/// looked at.
pub(super) fn annotations(texts: Texts, page: &str, board: (&str, Duration), project: &Project) -> Vec<(String, Text)> {
    let runbooks = project.runbooks.as_deref().unwrap_or("runbooks");
    let dashboard = project.dashboard(board.0, board.1);
    vec![
        ("summary".into(), texts.summary),
        ("description".into(), texts.description),
        ("runbook_url".into(), Text::plain(format!("{runbooks}/{page}"))),
        ("dashboard_url".into(), Text::plain(dashboard)),
    ]
}
