//! Tests that were written: the alerts that are meant, and the rules that are needed.

use std::collections::BTreeSet;

use super::names;
use crate::check::{self, Checked};
use crate::model::test::{Expectation, Test};
use crate::model::{Measure, Service};

/// All tests.
pub(super) fn tests(checked: &Checked, services: &[Service]) -> Vec<Test> {
    checked.tests.iter().map(|t| test(t, services)).collect()
}

fn test(t: &check::Test, services: &[Service]) -> Test {
    Test {
        title: t.title.clone(),
        key: names::uid(None, &[&t.title]).trim_start_matches('-').to_string(),
        every: t.every,
        end: t.end,
        series: t.series.clone(),
        expects: t.expects.iter().map(|e| expectation(e, services)).collect(),
        services: needed(t, services),
        origin: t.origin.clone(),
    }
}

fn expectation(e: &check::Expectation, services: &[Service]) -> Expectation {
    let service = services.iter().filter(|s| s.name == e.service);
    let alerts: BTreeSet<&str> =
        service.flat_map(Service::alerts).filter(|a| a.subject == e.subject).map(|a| a.name.as_str()).collect();
    // Names of alerts are letters and digits.
    let names = alerts.into_iter().collect::<Vec<_>>().join("|");
    let severity = e.urgency.map(|u| format!(", severity=\"{}\"", u.name())).unwrap_or_default();
    Expectation {
        text: e.text.clone(),
        firing: format!(
            "ALERTS{{alertstate=\"firing\", alertname=~\"{names}\", {}=\"{}\"{severity}}}",
            names::SERVICE,
            e.service
        ),
        silent: e.urgency.is_none(),
        between: e.between,
        origin: e.origin.clone(),
    }
}

/// The services of what is expected, and those whose objectives they are made of.
fn needed(t: &check::Test, services: &[Service]) -> Vec<String> {
    let own: BTreeSet<&str> = t.expects.iter().map(|e| e.service.as_str()).collect();
    let of_own = services.iter().filter(|s| own.contains(s.name.as_str())).flat_map(|s| &s.slos);
    let members = of_own.flat_map(|slo| match &slo.sli.measure {
        Measure::Composite { members, .. } => members.as_slice(),
        Measure::Events { .. } | Measure::Ratio(_) => &[],
    });
    let others = members.filter_map(|(id, _)| id.split('.').next());
    others.chain(own.iter().copied()).collect::<BTreeSet<_>>().into_iter().map(str::to_string).collect()
}
