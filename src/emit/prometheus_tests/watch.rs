//! What Prometheus does with alerts, in small: which of an objective's alerts fire, given what its series say.

use std::collections::BTreeMap;

use crate::maps::IntoMap;
use crate::model::{Alert, Condition, Labels, Service, Slo};
use crate::units::{Duration, Ratio};

use super::group::{named, pairs};

/// Follows the burn alerts of one objective, for one set of labels, from one evaluation to the next.
pub(super) struct Watch<'a> {
    /// Each with the series that says it fires, and since when its condition holds.
    alerts: Vec<(&'a Alert, String, Option<Duration>)>,
}

impl<'a> Watch<'a> {
    /// Nothing has been evaluated yet. `labels` are those of the series the alerts read.
    pub(super) fn new(service: &'a Service, slo: &'a Slo, labels: &Labels) -> Watch<'a> {
        Watch { alerts: burns(service, slo).map(|a| (a, fired(a, labels), None)).collect() }
    }

    /// One evaluation: the alerts that fire then, as series of `ALERTS`. `seen` is the value of an expression.
    pub(super) fn evaluate(&mut self, at: Duration, seen: impl Fn(&str) -> Option<Ratio>) -> Vec<(String, Ratio)> {
        let mut firing = Vec::new();
        for (alert, fired, since) in &mut self.alerts {
            *since = holds(&alert.condition, &seen).then(|| since.unwrap_or(at));
            if since.is_some_and(|s| at.millis() - s.millis() >= alert.hold.millis()) {
                firing.push((fired.clone(), Ratio::ONE));
            }
        }
        firing.sort();
        firing
    }
}

/// The alerts of an objective that read error ratios.
pub(super) fn burns<'a>(service: &'a Service, slo: &'a Slo) -> impl Iterator<Item = &'a Alert> {
    service.alerts_of(slo).filter(|a| matches!(a.condition, Condition::All(_)))
}

/// The absence alert of an objective.
pub(super) fn absence<'a>(service: &'a Service, slo: &'a Slo) -> Option<&'a Alert> {
    service.alerts_of(slo).find(|a| matches!(a.condition, Condition::Absent { .. }))
}

fn holds(condition: &Condition, seen: &impl Fn(&str) -> Option<Ratio>) -> bool {
    match condition {
        Condition::All(comparisons) => comparisons.iter().all(|c| seen(&c.expr).is_some_and(|v| c.bound.reached(v))),
        Condition::Any(_) | Condition::Absent { .. } => false,
    }
}

/// The series of `ALERTS` that says an alert fires: the labels of what it reads, and its own.
pub(super) fn fired(alert: &Alert, labels: &Labels) -> String {
    alerts(pairs(labels).chain(own(alert)))
}

/// The labels of an alert's series that it has wherever it fires.
pub(super) fn own(alert: &Alert) -> impl Iterator<Item = (&str, &str)> {
    pairs(&alert.labels).chain([("alertname", alert.name.as_str()), ("alertstate", "firing")])
}

/// A series of `ALERTS`; of labels of one name the last counts.
pub(super) fn alerts<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let all: BTreeMap<&str, &str> = labels.into_map();
    named("ALERTS", all.into_iter())
}

/// The query for the firing burn alerts of an objective.
pub(super) fn firing_burns(service: &Service, slo: &Slo) -> String {
    let absence = absence(service, slo).map(|a| format!(", alertname!=\"{}\"", a.name)).unwrap_or_default();
    format!("ALERTS{{alertstate=\"firing\", slo_id=\"{}\"{absence}}}", slo.id)
}

/// The query for all firing alerts of an objective.
pub(super) fn firing(slo: &Slo) -> String {
    format!("ALERTS{{alertstate=\"firing\", slo_id=\"{}\"}}", slo.id)
}
