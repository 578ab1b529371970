//! Unit tests for promtool that prove each alert and each recording of a service, written by the compiler itself.
//!
//! `promtool test rules` costs about 35 µs per rule and simulated evaluation, and as much per rule for each test
//! group that loads the rules. So all objectives of a service share few groups, evaluations are half an hour apart,
//! and the chain from counters to alerts is proved in links: short counters for what reads raw series, fed sums for
//! long windows and the period, fed error ratios for alerts. One evaluation interval holds for a whole file; the
//! links with long windows have a file of their own.

mod alerts;
mod cast;
mod counts;
mod excuse;
mod gauge;
mod group;
mod levels;
mod outlook;
mod quiet;
mod raw;
mod watch;
mod windows;
pub mod written;

use std::collections::BTreeSet;

use crate::emit::yaml::Yaml;
use crate::emit::{Artifact, Emit, Target};
use crate::model::{Around, Board, Labels, Measure, Model, Service, Slo};
use crate::units::Duration;

use cast::Cast;
use gauge::Gauge;
use group::Group;
use raw::Times;

/// The time between two evaluations in the short tests: over the `for` of the absence alert, under the long window
/// of a page.
const STEP: Duration = Duration::from_mins(30);

/// Unit tests for promtool.
pub(super) static TARGET: Target =
    Target { name: "prometheus-tests", boards: false, emit: Emit::Both(of_service, written) };

fn written(model: &Model) -> Vec<Artifact> {
    model.tests.iter().map(|test| written::file(model, test)).collect()
}

fn of_service(_: &Around<'_>, service: &Service, _: Option<&Board>) -> Vec<Artifact> {
    let players = Players::of(service);
    let mut short = alerts::groups(service);
    if let Some(times) = Times::of(service) {
        short.push(raw::group(service, &players, &times));
        short.push(raw::few(service, &players, &times));
        short.push(excuse::group(service, &players, &times));
        short.push(quiet::group(service, &players, &times));
    }
    let played = players.played();
    let uncast = service
        .slos
        .iter()
        .filter(|s| !played.contains(s.id.as_str()) && !matches!(s.sli.measure, Measure::Composite { .. }));
    let notes: Vec<String> = uncast.map(|s| format!("{}: {UNCAST}", s.id)).collect();
    let windows = windows::group(service);
    let short = file(service, "test", STEP, &short, &notes);
    let long = file(service, "windows.test", windows.end, &[windows.group], &[]);
    short.into_iter().chain(long).chain(levels::file(service)).collect()
}

/// The made-up series of a service's objectives.
struct Players<'a> {
    casts: Vec<Cast<'a>>,
    gauges: Vec<Gauge<'a>>,
}

impl<'a> Players<'a> {
    fn of(service: &'a Service) -> Players<'a> {
        let casts: Vec<Cast<'_>> = service.slos.iter().filter_map(Cast::new).collect();
        let mut gauges: Vec<Gauge<'_>> = Vec::new();
        for gauge in service.slos.iter().filter_map(Gauge::new) {
            // Two bounds on one gauge cannot both be shown by turns.
            if !gauges.iter().any(|g| g.reads(&gauge) || gauge.reads(g)) {
                gauges.push(gauge);
            }
        }
        Players { casts, gauges }
    }

    /// The labels of `by` that the series of an objective have when all that is made up is fed.
    fn sets(&self, slo: &Slo) -> Vec<Labels> {
        let cast = self.casts.iter().find(|c| c.slo.id == slo.id).map(|c| raw::sets(&self.casts, c));
        let gauge = || self.gauges.iter().find(|g| g.slo.id == slo.id).map(Gauge::sets);
        cast.or_else(gauge).unwrap_or_default()
    }

    /// The ids of the objectives that have some.
    fn played(&self) -> BTreeSet<&str> {
        let casts = self.casts.iter().map(|c| c.slo.id.as_str());
        casts.chain(self.gauges.iter().map(|g| g.slo.id.as_str())).collect()
    }
}

/// What is said of an objective whose counters cannot be made up.
const UNCAST: &str = "no test feeds its raw series, since it counts more than sums of counters or one gauge; the tests begin with its recorded series";

/// A test file; `None` when nothing is left to check.
fn file(service: &Service, kind: &str, interval: Duration, groups: &[Group], notes: &[String]) -> Option<Artifact> {
    let mut yaml = Yaml::new();
    yaml.comment(&format!("Tests of the rules of {}. Run: promtool test rules <this file>", service.name));
    notes.iter().for_each(|note| yaml.comment(note));
    yaml.list("rule_files", |y| y.text_item(&format!("../{}.rules.yml", service.name)));
    yaml.duration("evaluation_interval", interval);
    yaml.list("group_eval_order", |y| in_order([service]).for_each(|g| y.text_item(&g.name)));
    yaml.list("tests", |y| groups.iter().for_each(|g| g.print(y)));
    let path = format!("prometheus/tests/{}.{kind}.yml", service.name);
    let any = groups.iter().any(|g| !g.checks.is_empty());
    // What is not shown is said, also where it is all there is to say.
    (any || kind == "levels.test").then(|| Artifact { path, body: yaml.finish(), origin: service.origin.to_string() })
}

/// The rule groups so that each stands after those it reads: promtool's own order is by chance.
fn in_order<'a>(services: impl IntoIterator<Item = &'a Service>) -> impl Iterator<Item = &'a crate::model::Group> {
    let of = |service: &'a Service| {
        let composites = service.slos.iter().filter(|s| matches!(s.sli.measure, Measure::Composite { .. }));
        let ids: BTreeSet<&str> = composites.map(|s| s.id.as_str()).collect();
        let composite = move |g: &crate::model::Group| {
            g.name.contains('.') && g.records.iter().any(|r| r.of.iter().any(|id| ids.contains(id.as_str())))
        };
        service.groups.iter().map(move |group| (composite(group), group))
    };
    let (last, first): (Vec<_>, Vec<_>) = services.into_iter().flat_map(of).partition(|(last, _)| *last);
    first.into_iter().chain(last).map(|(_, group)| group)
}

/// Made-up values for the labels of `by`: the first has errors where there are any, the second never. Without `by`
/// there is only one.
fn split(slo: &Slo) -> Vec<Labels> {
    let values: &[&str] = if slo.by.is_empty() { &[""] } else { &["a", "b"] };
    values.iter().map(|value| slo.by.iter().map(|l| (l.clone(), value.to_string())).collect()).collect()
}

/// The labels of the series of an objective, for each of the values of `by`.
fn instances(slo: &Slo) -> Vec<Labels> {
    split(slo).iter().map(|by| outlook::with(&slo.identity, by)).collect()
}
