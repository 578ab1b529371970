//! The quiet hours of an objective: traffic without errors whose error series do not exist, then no traffic, then no
//! data. There is no ratio without traffic, nothing is ever NaN, and only the end of the data is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::maps::IntoMap;
use crate::model::{Alert, Condition, Labels, Measure, Service, Slo};
use crate::units::{Duration, Ratio};

use super::cast::{Cast, Counted};
use super::counts::Counter;
use super::gauge::Gauge;
use super::group::{Check, Group, Run, Series};
use super::outlook::{BASE, firing_of, raw_windows, with};
use super::raw::{EVENTS, START, Times};
use super::watch::{absence, fired, firing};
use super::{Players, STEP, instances};

const COMMENT: &str = "Quiet hours: first traffic without errors, where no series has ever counted one; then counters that stand still; \
                       then no data at all.";

/// The three moments at which something is asked.
struct Moments {
    /// After traffic without errors.
    healthy: Duration,
    /// After no traffic.
    idle: Duration,
    /// The first evaluation without data.
    gone: Duration,
}

/// The test group of a service: counters for the objectives that have a cast, else the series whose absence is told.
pub(super) fn group(service: &Service, players: &Players<'_>, times: &Times) -> Group {
    let mut group = Group::new("quiet hours", COMMENT, times.every);
    let span = times.end.millis();
    let at = |ms: u64| Duration::from_millis(ms);
    let moments = Moments { healthy: at(span), idle: at(2 * span), gone: at(2 * span + STEP.millis()) };
    let casts = &players.casts;
    let counters: BTreeMap<Counter, i64> = casts.iter().flat_map(healthy).map(|c| (c, 1)).into_map();
    group.series = counters.keys().map(|c| counter(c, times)).collect();
    let gauges = players.gauges.iter().flat_map(Gauge::metrics);
    let fed: BTreeSet<&str> = counters.keys().map(|c| c.metric.as_str()).chain(gauges).collect();
    // What a counter of one objective adds to another's errors is no quiet hour of that one.
    let mut sound: BTreeSet<&str> = BTreeSet::new();
    for slo in service.slos.iter().filter(|s| members(s).is_empty()) {
        if let Some(cast) = casts.iter().find(|c| c.slo.id == slo.id && !c.healthy().is_empty()) {
            let counted = cast.counted(&counters);
            if counted.is_empty() || counted.iter().any(|c| c.errors != 0) {
                continue;
            }
            measured(&sets(slo, &counted), slo, times, &moments, &mut group);
        } else if let Some(gauge) = players.gauges.iter().find(|g| g.slo.id == slo.id) {
            group.series.extend(gauge.steady(2 * times.steps(times.end) + 1));
            kept(&gauge.sets(), slo, &moments, &mut group);
        } else if reads_any(slo, &fed) {
            // The rules would record beside what is fed for it.
            continue;
        } else if absence(service, slo).is_some_and(|a| recorded_metric(a).is_none()) {
            told(service, slo, &moments, &mut group);
            continue;
        } else {
            group.series.extend(recorded(service, slo, times));
        }
        sound.insert(&slo.id);
        alerts(service, slo, &moments, &mut group);
    }
    let has_data = |id: &str| service.slos.iter().any(|s| s.id == id);
    for slo in &service.slos {
        let mut own = members(slo).iter().filter(|(id, _)| has_data(id)).peekable();
        if own.peek().is_some() && own.all(|(id, _)| sound.contains(id.as_str())) {
            alerts(service, slo, &moments, &mut group);
        }
    }
    group
}

/// Whether the queries of an objective may read one of these metrics.
pub(super) fn reads_any(slo: &Slo, metrics: &BTreeSet<&str>) -> bool {
    let queries = match &slo.sli.measure {
        Measure::Events { total, part, .. } => vec![total, part],
        Measure::Ratio(ratio) => vec![ratio],
        Measure::Composite { .. } => Vec::new(),
    };
    queries.iter().any(|query| metrics.iter().any(|metric| query.text.contains(metric)))
}

/// The members of a composite.
fn members(slo: &Slo) -> &[(String, Ratio)] {
    match &slo.sli.measure {
        Measure::Composite { members, .. } => members,
        Measure::Events { .. } | Measure::Ratio(_) => &[],
    }
}

/// The counters of all instances of an objective.
fn healthy(cast: &Cast<'_>) -> Vec<Counter> {
    let instances = 0..cast.instances();
    instances.flat_map(|i| cast.healthy().into_iter().map(move |c| cast.of(i, &c))).collect()
}

/// What is recorded from a gauge that keeps its bound.
fn kept(sets: &[Labels], slo: &Slo, moments: &Moments, group: &mut Group) {
    let want: Vec<(Labels, Ratio)> = sets.iter().map(|by| (with(&slo.identity, by), Ratio::ZERO)).collect();
    for window in raw_windows(slo) {
        let note = format!("{}: all is good in {window}", slo.id);
        group.checks.push(Check::values(note, moments.healthy, &slo.ratio(window), &want));
    }
}

/// The labels of an objective's series, with the counters that each sums.
fn sets(slo: &Slo, counted: &[Counted]) -> Vec<(Labels, i64)> {
    let set = |c: &Counted| (slo.identity.clone().into_iter().chain(c.labels.clone()).collect(), c.total);
    counted.iter().map(set).collect()
}

/// Rises until the first moment, stands still until the second, and ends.
fn counter(counter: &Counter, times: &Times) -> Series {
    let steps = times.steps(times.end);
    let mut series = Series::new(&counter.metric, &counter.labels);
    series.push(Run::Flat(Ratio::whole(START), 1));
    series.push(Run::rise(Ratio::whole(START), Ratio::whole(EVENTS), steps));
    series.push(Run::Flat(Ratio::whole(START + EVENTS * steps as i64), steps));
    series.push(Run::Stale);
    series
}

/// The series whose absence is told, standing in for raw series that cannot be made up.
fn recorded(service: &Service, slo: &Slo, times: &Times) -> Vec<Series> {
    let Some(metric) = absence(service, slo).and_then(recorded_metric) else { return Vec::new() };
    let one = |labels: &Labels| {
        let mut series = Series::new(metric, labels);
        series.push(Run::Flat(Ratio::ZERO, 2 * times.steps(times.end) + 1));
        series.push(Run::Stale);
        series
    };
    instances(slo).iter().map(one).collect()
}

/// The metric whose absence an alert tells, where that is one we record.
fn recorded_metric(alert: &Alert) -> Option<&str> {
    let Condition::Absent { series, .. } = &alert.condition else { return None };
    series.split('{').next().filter(|metric| metric.starts_with("slo:"))
}

/// What is recorded from counters.
fn measured(sets: &[(Labels, i64)], slo: &Slo, times: &Times, moments: &Moments, group: &mut Group) {
    let each =
        |per: i64| -> Vec<(Labels, Ratio)> { sets.iter().map(|(l, n)| (l.clone(), Ratio::whole(per * n))).collect() };
    let own = |metric: &str| format!("{metric}{}", slo.selector());
    let windows: Vec<String> = raw_windows(slo).map(|w| w.to_string()).collect();
    let ratios = format!("{{__name__=~\"slo:sli_error:ratio_rate({})\", slo_id=\"{}\"}}", windows.join("|"), slo.id);
    let mut check = |note: &str, at, series: &str, want: &[(Labels, Ratio)]| {
        group.checks.push(Check::values(format!("{}: {note}", slo.id), at, series, want));
    };
    let total = own("slo:sli_total:increase5m");
    let events = EVENTS * times.steps(Duration::from_mins(5)) as i64;
    check("all events are counted", moments.healthy, &total, &each(events));
    check("a missing error series counts as no errors", moments.healthy, &own("slo:sli_errors:increase5m"), &each(0));
    let number = Ratio::whole((windows.len() * sets.len()) as i64);
    check("so every ratio is 0", moments.healthy, &format!("count({ratios} == 0)"), &[(Labels::new(), number)]);
    if slo.sli.silence_is_bad {
        let one: Vec<(Labels, Ratio)> = sets.iter().map(|(l, _)| (l.clone(), Ratio::ONE)).collect();
        check("silence counts as one bad event", moments.idle, &total, &one);
        check("so all is bad", moments.idle, &slo.ratio(BASE), &one);
    } else {
        check("counters that stand still count no events", moments.idle, &total, &each(0));
        check("so there is no ratio", moments.idle, &format!("count({ratios})"), &[]);
    }
}

fn alerts(service: &Service, slo: &Slo, moments: &Moments, group: &mut Group) {
    let mut silent = |at, note: &str| {
        let note = format!("{}: {note}", slo.id);
        group.checks.push(Check { note, at, expr: firing(slo), want: Vec::new() });
    };
    silent(moments.healthy, "silent without errors");
    let member = |id: &str| service.slos.iter().find(|s| s.id == id);
    let is_bad = |slo: &Slo| slo.sli.silence_is_bad;
    let has_bad = members(slo).iter().any(|(id, _)| member(id).is_some_and(is_bad));
    if !is_bad(slo) && !has_bad {
        silent(moments.idle, "silent without traffic");
    }
    // What is gone and counts as bad is data of a composite.
    if !has_bad {
        told(service, slo, moments, group);
    }
}

/// That somebody is told once the data have been gone for long enough.
fn told(service: &Service, slo: &Slo, moments: &Moments, group: &mut Group) {
    let Some(alert) = absence(service, slo) else { return };
    let waited = alert.hold.millis().div_ceil(STEP.millis()) * STEP.millis();
    let at = Duration::from_millis(moments.gone.millis() + waited);
    let want = vec![(fired(alert, &Labels::from([("slo_id".to_string(), slo.id.clone())])), Ratio::ONE)];
    let note = format!("{}: {} without data", slo.id, alert.id);
    group.checks.push(Check { note, at, expr: firing_of(alert, slo), want });
}
