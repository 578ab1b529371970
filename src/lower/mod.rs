//! Checked to [`Model`]: adds all that is generated. Nothing else makes a Model.

mod alerts;
mod names;
mod records;
mod starts;
mod words;

use crate::check::{self, Checked};
use crate::model::{Model, Service, Slo, Window, WindowSource};
use crate::units::Duration;

/// Windows up to this length read raw series: what wakes people sees trouble at once.
const RAW: Duration = Duration::from_mins(60);

/// Windows up to this length read recorded sums at every evaluation; longer ones every five minutes.
const FINE: Duration = Duration::from_mins(12 * 60);

/// The length of the recorded sums, and the step in which long windows read them, so that they tile.
const BASE: Duration = Duration::from_mins(5);

/// Windows every objective has, whatever its policy: the base, and what dashboards compare.
const ALWAYS: [Duration; 3] = [BASE, Duration::from_mins(60), Duration::from_mins(360)];

/// Evaluation interval of the slow rules: under the five minutes after which a series counts as gone.
const SLOW: Duration = Duration::from_mins(2);

/// Makes everything that follows from a checked program.
pub fn lower(checked: &Checked) -> Model {
    let services = checked.services.iter().map(|s| service(s, checked)).collect();
    Model { project: checked.project.clone(), datasources: checked.datasources.clone(), services, boards: Vec::new() }
}

fn service(s: &check::Service, checked: &Checked) -> Service {
    let slos: Vec<Slo> = s.slos.iter().map(|slo| objective(s, slo, checked)).collect();
    let board_uid = names::uid(&["slo", &s.name]);
    let mut groups = records::groups(s, &slos, &checked.project);
    alerts::add(&mut groups, s, &slos, &board_uid, &checked.project);
    groups.retain(|g| !g.records.is_empty() || !g.alerts.is_empty());
    Service {
        name: s.name.clone(),
        title: s.title.clone(),
        owner: s.owner.clone(),
        tier: s.tier,
        labels: s.labels.clone(),
        slos,
        groups,
        board_uid,
        origin: s.origin.clone(),
    }
}

fn objective(service: &check::Service, slo: &check::Slo, checked: &Checked) -> Slo {
    let id = names::id(&service.name, &slo.name);
    Slo {
        name: slo.name.clone(),
        about: slo.about.clone(),
        objective: slo.objective,
        budget: slo.budget,
        period: slo.period,
        by: slo.by.clone(),
        windows: windows(slo, checked.project.every),
        starts: starts::starts(&id, slo),
        sli: slo.sli.clone(),
        origin: slo.origin.clone(),
        id,
    }
}

/// The windows of an objective, shortest first: those of its tiers, those all have, and its period.
fn windows(slo: &check::Slo, every: Duration) -> Vec<Window> {
    let tiers = slo.tiers.iter().flat_map(|t| [t.burn.short, t.burn.long]);
    let mut lengths: Vec<Duration> = tiers.chain(ALWAYS).filter(|w| *w < slo.period).chain([slo.period]).collect();
    lengths.sort();
    lengths.dedup();
    let source = |length| match length {
        short if short <= RAW => WindowSource::Raw,
        middle if middle <= FINE => WindowSource::Sums(every),
        _ => WindowSource::Sums(BASE),
    };
    lengths.into_iter().map(|length| Window { length, source: source(length) }).collect()
}
