//! The promise in words, the policy in numbers, and where to read on.

use super::charts::tiers;
use super::draft;
use super::queries::View;
use crate::model::board::{Kind, Panel};
use crate::model::{Alert, Burn, Project};
use crate::units::{Duration, Ratio};

/// The panel at the end of an objective's row, as high as its lines.
pub(super) fn panel(view: &View<'_>, project: &Project) -> Panel {
    let tiers = tiers(view);
    let mut text = promise(view);
    text.push_str("| alert | fires over | burn | budget spent then | full outage found in |\n|---|---|---|---|---|\n");
    tiers.iter().for_each(|(alert, burn)| text.push_str(&line(alert, burn, project)));
    let title = "About this objective";
    let about = "The promise in words, and when its alerts fire.";
    draft::panel(&view.key("about"), title, about, Kind::Text(text)).sized(12, (5 + tiers.len() as u32).max(8))
}

fn promise(view: &View<'_>) -> String {
    let (service, slo) = (view.service, view.slo);
    let about = slo.about.as_deref().map_or(String::new(), |a| format!("{}\n\n", escape(a)));
    let owner = service.owner.as_deref().map_or(String::new(), |o| format!("**{}** answers for it. ", escape(o)));
    let (allowed, time) = (slo.budget.percent(), slo.budget_time().human());
    let events = slo.events_in(slo.period);
    let events = events.map_or(String::new(), |(_, bad)| format!(", about {} at its usual traffic", bad.rounded(0)));
    format!(
        "{about}{owner}{allowed} of the events of {} may fail, as many as in {time} of full outage{}{events}. From `{}`.\n\n",
        slo.a_period(),
        slo.reckoned(),
        slo.origin
    )
}

fn line(alert: &Alert, burn: &Burn, project: &Project) -> String {
    let found = burn.steps.last().and_then(|s| s.detect).map_or("never".to_string(), Duration::human);
    let share = burn.share.times(Ratio::whole(100)).map_or(String::new(), |s| format!("{}%", s.rounded(3)));
    format!(
        "| {} | {} in {} | {}× | {} | {found} |\n",
        runbook(alert, project),
        burn.threshold.percent(),
        burn.long,
        burn.factor.rounded(4),
        share
    )
}

/// The alert's name as a link to its page, where pages are served.
fn runbook(alert: &Alert, project: &Project) -> String {
    let base = project.runbooks.as_ref();
    base.map_or_else(|| alert.id.clone(), |base| format!("[{}]({base}/{})", alert.id, alert.page))
}

/// Somebody's words as Markdown that shows just them, and in which Grafana finds no variable.
fn escape(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '$' => out.push_str("&#36;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(escape("a *b*\n<i> $region"), "a \\*b\\* \\<i\\> &#36;region");
    }
}
