//! Long windows and the period against fed sums: each window reads all of its own span and nothing beyond it.

use crate::model::{Labels, Measure, Service, Slo, Window, WindowSource};
use crate::units::{Duration, Ratio};

use super::group::{Check, Group, Run, Series};
use super::outlook::{self, Outlook, Outlooks, add_composites, with};
use super::split;

const COMMENT: &str = "Long windows and the period, fed with recorded sums: just inside the far end of each window stands an hour of \
                       traffic with its own share of errors, and just outside the period one more without any. Between them the \
                       series end, so that ranges which hold both of their ends and ranges which do not give the same.";

/// From one fed sum to the next: the length of the recorded sums.
const TILE: Duration = Duration::from_mins(5);

/// Fed sums in a row: an hour.
const ROW: u64 = 12;

/// Events in each fed sum.
const EVENTS: i64 = 100;

/// The test group and its one moment, which is also the evaluation interval.
pub(super) struct Windows {
    pub(super) group: Group,
    pub(super) end: Duration,
}

/// Sums in a row: all of one age range, with one share of errors.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Row {
    /// Age of the oldest in tiles.
    oldest: u64,
    samples: u64,
    /// Bad events in each.
    errors: i64,
}

/// The test group of all long windows of a service.
pub(super) fn group(service: &Service) -> Windows {
    let mut group = Group::new("windows", COMMENT, TILE);
    let longest = service.slos.iter().flat_map(|s| &s.windows).map(|w| w.length).max().unwrap_or_default();
    let end = tiles(longest) + 2 * ROW;
    let mut outlooks = Outlooks::new();
    for slo in service.slos.iter().filter(|s| matches!(s.sli.measure, Measure::Events { .. })) {
        outlooks.insert(slo.id.clone(), fed(slo, end, &mut group));
    }
    add_composites(service, &mut outlooks);
    for slo in &service.slos {
        if let Some(outlook) = outlooks.get(&slo.id) {
            outlook::check(service, slo, outlook, time(end), &mut group);
        }
        facts(slo, end, &mut group);
    }
    Windows { group, end: time(end) }
}

/// Whole tiles in a length of time, rounded up.
fn tiles(length: Duration) -> u64 {
    length.millis().div_ceil(TILE.millis())
}

fn time(tiles: u64) -> Duration {
    Duration::from_millis(TILE.millis().saturating_mul(tiles))
}

/// Feeds the sums of an objective and says what must come out.
fn fed(slo: &Slo, end: u64, group: &mut Group) -> Outlook {
    let rows = rows(slo);
    let mut outlook = Outlook::default();
    for (index, by) in split(slo).into_iter().enumerate() {
        let labels = with(&slo.identity, &by);
        let errors = |r: &Row| if index == 0 { r.errors } else { 0 };
        group.series.push(sums("slo:sli_errors:increase5m", &labels, &rows, end, errors));
        group.series.push(sums("slo:sli_total:increase5m", &labels, &rows, end, |_| EVENTS));
        for window in long_windows(slo) {
            let Some((ratio, events)) = read(window, &rows, end) else { continue };
            let ratio = if index == 0 { ratio } else { Ratio::ZERO };
            outlook.exact.entry(slo.ratio(window.length)).or_default().insert(by.clone(), ratio);
            if slo.counted.contains(&window.length) {
                outlook.exact.entry(outlook::total(slo, window.length)).or_default().insert(by.clone(), events);
            }
        }
    }
    outlook
}

/// What is known without any data.
fn facts(slo: &Slo, end: u64, group: &mut Group) {
    let days = slo.period.over(Duration::from_mins(24 * 60)).unwrap_or(Ratio::ZERO);
    let facts = [
        ("slo:objective:ratio", slo.objective),
        ("slo:error_budget:ratio", slo.budget),
        ("slo:time_period:days", days),
    ];
    for (metric, value) in facts {
        let series = format!("{metric}{}", slo.selector());
        let note = format!("{}: {metric}", slo.id);
        group.checks.push(Check::values(note, time(end), &series, &[(slo.identity.clone(), value)]));
    }
}

/// The rows of an objective, newest first. A row is left out where two windows are too close for one between them.
fn rows(slo: &Slo) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut inner = 0;
    let mut errors = EVENTS;
    for window in long_windows(slo) {
        let oldest = tiles(window.length).saturating_sub(1);
        let samples = oldest.saturating_sub(inner).min(ROW);
        errors = (errors - 10).max(10);
        if samples > 0 {
            rows.push(Row { oldest, samples, errors });
        }
        inner = tiles(window.length);
    }
    rows.push(Row { oldest: inner + ROW, samples: ROW, errors: 0 });
    rows
}

fn long_windows(slo: &Slo) -> impl Iterator<Item = Window> {
    slo.windows.iter().copied().filter(|w| matches!(w.source, WindowSource::Sums(_)))
}

/// A recorded sum: oldest row first, an end mark after each.
fn sums(metric: &str, labels: &Labels, rows: &[Row], end: u64, value: impl Fn(&Row) -> i64) -> Series {
    let mut series = Series::new(metric, labels);
    let mut at = 0;
    for row in rows.iter().rev() {
        let start = end - row.oldest;
        series.push(Run::Gap(start.saturating_sub(at)));
        series.push(Run::Flat(Ratio::whole(value(row)), row.samples));
        series.push(Run::Stale);
        at = start + row.samples + 1;
    }
    series
}

/// What a window must read: its error ratio, and its events.
fn read(window: Window, rows: &[Row], end: u64) -> Option<(Ratio, Ratio)> {
    let WindowSource::Sums(step) = window.source else { return None };
    let inside = rows.iter().filter(|r| time(r.oldest) < window.length);
    let (mut errors, mut total) = (0i128, 0i128);
    for row in inside {
        for age in (0..row.samples).map(|i| row.oldest - i) {
            let seen = i128::from(evaluations(end - age, step));
            errors += seen * i128::from(row.errors);
            total += seen * i128::from(EVENTS);
        }
    }
    let events = Ratio::new(total, 1)?.times(step.over(TILE)?)?;
    Some((Ratio::new(errors, total)?, events))
}

/// How many evaluations of a subquery see a fed sum: those from its time until the next.
fn evaluations(tile: u64, step: Duration) -> u64 {
    let until = |tile: u64| time(tile).millis().div_ceil(step.millis().max(1));
    until(tile + 1) - until(tile)
}
