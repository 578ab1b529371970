//! Alerts: one per tier, and one for data that are gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::windows::FINE;
use super::{data, names, records, words};
use crate::check::{self, Checked, Tier};
use crate::model::{
    Alert, Bound, Burn, Calendar, Comparison, Condition, Group, Labels, Meaning, Project, Slo, Urgency,
};
use crate::units::Duration;

/// How long data must be gone before somebody is told: longer than a restart of Prometheus or of the service.
const GONE: Duration = Duration::from_mins(15);

/// So many long windows are looked at: what was before, and all that the window holds.
const LOOKBACK: u64 = 3;

/// Adds the alerts of a service to the groups that record what they read.
pub(super) fn add(groups: &mut [Group], service: &check::Service, slos: &[Slo], board: &str, checked: &Checked) {
    let (project, services) = (&checked.project, &checked.services);
    let places = places(groups);
    // Most objectives of a service promise the same by the same policy.
    let mut rates: BTreeMap<(*const Burn, Option<&Calendar>), words::Rate> = BTreeMap::new();
    for (checked, slo) in service.slos.iter().zip(slos) {
        let context = Context { service, slo, checked, board, project };
        let tiers = checked.tiers.iter().map(|t| {
            let rate = rates.entry((Arc::as_ptr(&t.burn), slo.calendar.as_ref()));
            (t.burn.long <= FINE, context.burn(t, rate.or_insert_with(|| words::rate(slo, &t.burn))))
        });
        let gone = || data::gone(service, checked, services);
        let absence = checked.absence.iter().map(|labels| (true, context.absence(labels, gone())));
        for (short, alert) in tiers.chain(absence) {
            let end = if short { records::SHORT } else { records::LONG };
            let place = places.get(&(slo.id.clone(), end));
            if let Some(group) = place.and_then(|at| groups.get_mut(*at)) {
                group.alerts.push(alert);
            }
        }
    }
}

/// The groups in which what alerts read of an objective is recorded last, by its id and the end of the group's name.
fn places(groups: &[Group]) -> BTreeMap<(String, &'static str), usize> {
    let ends = [records::SHORT, records::LONG];
    let mut places = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let Some(end) = ends.into_iter().find(|end| group.name.ends_with(end)) else { continue };
        for id in group.records.iter().flat_map(|r| r.of.iter()) {
            places.insert((id.clone(), end), at);
        }
    }
    places
}

/// What an alert's words and numbers come from.
struct Context<'a> {
    service: &'a check::Service,
    slo: &'a Slo,
    checked: &'a check::Slo,
    board: &'a str,
    project: &'a Project,
}

impl Context<'_> {
    /// Fires when the error ratio is over f·b over the long and over the short window.
    fn burn(&self, tier: &Tier, rate: &words::Rate) -> Alert {
        let burn = &tier.burn;
        let over = |window| Comparison { expr: self.slo.ratio(window), bound: Bound::above(burn.threshold) };
        let name = format!("{}-{}", tier.urgency.name(), burn.long);
        let mut labels = self.labels(&tier.labels);
        labels.insert("slo_tier".into(), name.clone());
        labels.insert("slo_long".into(), burn.long.to_string());
        labels.insert("slo_short".into(), burn.short.to_string());
        let mut all = vec![over(burn.long), over(burn.short)];
        let counted = format!("{}{}", names::total(burn.long), self.slo.selector());
        let events = |least| Comparison { expr: counted.clone(), bound: Bound::above(least) };
        all.extend(tier.events.map(events));
        let condition = Condition::All(all);
        let texts = words::burn(self.service, self.slo, rate);
        let title = format!("{}: {} at {}x burn over {}", self.slo.id, tier.urgency.name(), rate.factor, burn.long);
        self.alert(
            &name,
            Parts {
                what: "Burn",
                title,
                urgency: tier.urgency,
                condition,
                hold: tier.hold,
                labels,
                texts,
                meaning: Meaning::Burn(Arc::clone(burn)),
                lookback: Duration::from_millis(burn.long.millis().saturating_mul(LOOKBACK)),
            },
        )
    }

    /// Fires when the data of an objective are gone: without them it is not healthy.
    fn absence(&self, labels: &Labels, condition: Condition) -> Alert {
        let mut labels = self.labels(labels);
        labels.extend(names::identity(&self.service.name, &self.slo.name));
        labels.insert("slo_tier".into(), "absent".into());
        let texts = words::absence(self.service, self.slo, GONE);
        let title = format!("{}: ticket when its data are gone", self.slo.id);
        self.alert(
            "absent",
            Parts {
                what: "Absent",
                title,
                urgency: Urgency::Ticket,
                condition,
                hold: GONE,
                labels,
                texts,
                meaning: Meaning::Absence,
                lookback: Duration::from_mins(180),
            },
        )
    }

    /// Labels of every alert: who answers, and what the author added.
    fn labels(&self, extra: &Labels) -> Labels {
        let mut labels = self.service.labels.clone();
        labels.extend(extra.clone());
        labels.extend(self.service.owner.iter().map(|o| ("owner".to_string(), o.clone())));
        labels
    }

    fn alert(&self, name: &str, parts: Parts) -> Alert {
        let (service, slo) = (&self.service.name, &self.slo.name);
        let id = format!("{slo}-{name}");
        let page = format!("{service}/{id}.md");
        let mut labels = parts.labels;
        labels.insert("severity".into(), parts.urgency.name().into());
        Alert {
            uid: names::uid(self.project.environment.as_deref(), &[service, slo, name]),
            name: names::alert(service, slo, parts.what),
            title: parts.title,
            subject: slo.clone(),
            urgency: parts.urgency,
            condition: parts.condition,
            hold: parts.hold,
            keep: Duration::default(),
            labels,
            annotations: words::annotations(parts.texts, &page, (self.board, parts.lookback), self.project),
            lookback: parts.lookback,
            meaning: parts.meaning,
            page,
            panel: None,
            opens: false,
            steps: self.checked.runbook.clone(),
            receiver: None,
            origin: self.slo.origin.clone(),
            id,
        }
    }
}

/// What differs between the kinds of alerts.
struct Parts {
    what: &'static str,
    title: String,
    urgency: Urgency,
    condition: Condition,
    hold: Duration,
    labels: Labels,
    texts: words::Texts,
    meaning: Meaning,
    lookback: Duration,
}
