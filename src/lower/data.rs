//! Whether the data of an objective are there, which is not whether it has a ratio: what has no traffic has none, and is well.

use std::sync::Arc;

use super::names;
use super::windows::BASE;
use crate::check::{Service, Slo};
use crate::model::{Condition, Measure, Sli, SliForm};

/// How long ago a value of a label of `by` must have been counted to be missed.
const BEFORE: &str = "offset 1d";

/// When the data of an objective are gone. A composite's are gone when those of all its members are.
pub(super) fn gone(service: &Service, slo: &Slo, services: &[Arc<Service>]) -> Condition {
    let id = names::id(&service.name, &slo.name);
    let of: Vec<(&str, &Slo)> = match &slo.sli.measure {
        Measure::Composite { members, .. } => {
            members.iter().filter_map(|(id, _)| Some((id.as_str(), find(id, services)?))).collect()
        }
        Measure::Events { .. } | Measure::Ratio(_) => vec![(&id, slo)],
    };
    // A rule reads raw series or recorded ones: some rulers have these in different places.
    let composite = matches!(slo.sli.measure, Measure::Composite { .. });
    let series: Vec<String> =
        of.iter().map(|(id, of)| if composite { counted(id, of) } else { there(id, of) }).collect();
    // Members that nobody misses excuse nothing, where others are missed.
    let missed = |slo: &Slo| slo.absence.is_some() || of.iter().all(|(_, slo)| slo.absence.is_none());
    let excusing = of.iter().filter(|(_, slo)| missed(slo));
    let mut excuses: Vec<&str> = excusing.filter_map(|(_, slo)| slo.sli.exclude.as_deref()).collect();
    excuses.sort_unstable();
    excuses.dedup();
    let unless = (!excuses.is_empty()).then(|| excuses.join(" or "));
    Condition::Absent { series: series.join(" or "), unless, part: part(&id, slo) }
}

fn find<'a>(id: &str, services: &'a [Arc<Service>]) -> Option<&'a Slo> {
    let (service, slo) = id.split_once('.')?;
    let at = services.binary_search_by(|s| s.name.as_str().cmp(service)).ok()?;
    services.get(at)?.slos.iter().find(|s| s.name == slo)
}

/// What is recorded as long as a member of a composite has data.
fn counted(id: &str, slo: &Slo) -> String {
    match &slo.sli.measure {
        Measure::Ratio(_) => recorded(&names::ratio(BASE), id),
        _ if slo.sli.part_is_sure() => recorded(names::ERRORS, id),
        Measure::Events { .. } | Measure::Composite { .. } => recorded(names::TOTAL, id),
    }
}

/// What has series as long as an objective has data, whatever they say.
fn there(id: &str, slo: &Slo) -> String {
    let Slo { sli, by, .. } = slo;
    match &sli.measure {
        Measure::Ratio(ratio) => sli.whole.as_ref().unwrap_or(ratio).over(BASE),
        Measure::Events { total, .. } if sli.counts_gone(by) => {
            // Counted, since `absent` gives the labels of a selector to the alert.
            sli.total_selector.as_ref().map_or_else(|| total.events(BASE), |selector| format!("count({selector})"))
        }
        Measure::Events { .. } | Measure::Composite { .. } => counted(id, slo),
    }
}

/// One of the objectives that `by` makes of one: it had events a day ago and is not counted now, while others are. Where a
/// value has come since, as with pods, values come and go, and none is missed.
fn part(id: &str, slo: &Slo) -> Option<String> {
    let Sli { measure, exclude, exclude_by, .. } = &slo.sli;
    if slo.by.is_empty() || !matches!(measure, Measure::Events { .. }) {
        return None;
    }
    let now = recorded(names::TOTAL, id);
    let excuse = exclude.as_ref().map(|when| format!(" unless on ({}) ({when})", exclude_by.join(", ")));
    let excuse = excuse.unwrap_or_default();
    Some(format!("{now} {BEFORE} > 0 and on () {now} unless {now} unless on () ({now} unless {now} {BEFORE}){excuse}"))
}

fn recorded(metric: &str, id: &str) -> String {
    format!("{metric}{{{}=\"{id}\"}}", names::ID)
}

/// What is missing, in words, beside the service, its scrape or the metric.
pub(super) fn doubt(sli: &Sli) -> String {
    match &sli.form {
        SliForm::Histogram { within, .. } if sli.part_is_sure() => {
            format!(", or the histogram has no bucket at {within}")
        }
        _ => String::new(),
    }
}
