//! Short windows against made-up counters: each reads all of its own span and nothing beyond it, and pages fire.

use std::collections::BTreeMap;

use crate::model::{Alert, Condition, Labels, Service, Slo, WindowSource};
use crate::units::{Duration, Ratio};

use super::cast::{Cast, Counted, Gain};
use super::counts::Counter;
use super::group::{Check, Group, Run, Series, selector};
use super::watch::{burns, fired};
use super::{STEP, identity};

const COMMENT: &str = "Short windows, fed with counters: the share of errors changes at the far end of each window. There all counters \
                       pause for one sample, so that ranges which hold both of their ends and ranges which do not give the same.";

/// What counters start with: far from zero, towards which `increase` would not extrapolate.
pub(super) const START: i64 = 10_000;

/// Events from one sample to the next.
pub(super) const EVENTS: i64 = 100;

/// The times of the samples of a service's counters.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Times {
    /// From one sample to the next.
    pub(super) every: Duration,
    /// The last evaluation: the longest window that reads raw series, rounded up.
    pub(super) end: Duration,
    /// The windows, shortest first.
    windows: Vec<Duration>,
}

impl Times {
    /// Times that fit all windows of a service that read raw series; `None` when there are none.
    pub(super) fn of(service: &Service) -> Option<Times> {
        let mut windows: Vec<Duration> = service.slos.iter().flat_map(|s| raw_windows(s)).collect();
        windows.sort();
        windows.dedup();
        let (shortest, longest) = (windows.first()?.millis(), windows.last()?.millis());
        let mut every = windows.iter().fold(Duration::from_mins(1).millis(), |step, w| gcd(step, w.millis()));
        while shortest / every < 4 && every.is_multiple_of(2) {
            every /= 2;
        }
        let end = Duration::from_millis(longest.div_ceil(STEP.millis()) * STEP.millis());
        Some(Times { every: Duration::from_millis(every), end, windows })
    }

    /// Steps of a counter in a length of time.
    pub(super) fn steps(&self, length: Duration) -> u64 {
        length.millis() / self.every.millis().max(1)
    }

    /// Between the far ends of two windows: the steps in which counters gain, newest first. The oldest step is a pause.
    fn pieces(&self) -> Vec<u64> {
        let mut inner = 0;
        let mut piece = |w: &Duration| self.steps(*w) - std::mem::replace(&mut inner, self.steps(*w)) - 1;
        self.windows.iter().map(&mut piece).collect()
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// The windows of an objective that read raw series.
pub(super) fn raw_windows(slo: &Slo) -> impl Iterator<Item = Duration> {
    slo.windows.iter().filter(|w| w.source == WindowSource::Raw).map(|w| w.length)
}

/// What each counter gains in one step of each piece.
type Gains = BTreeMap<Counter, Vec<i64>>;

/// The test group of all short windows of a service whose counters can be made up.
pub(super) fn group(service: &Service, casts: &[Cast<'_>], times: &Times) -> Group {
    let mut group = Group::new("counters", COMMENT, times.every);
    let pieces = times.pieces();
    let gains = gains(casts, pieces.len());
    group.series = gains.iter().map(|(counter, gains)| series(counter, gains, times)).collect();
    for cast in casts {
        checks(service, cast, &gains, times, &mut group);
    }
    group
}

/// Bad events in a step of a piece: fewer the older it is.
fn errors(piece: usize) -> i64 {
    (EVENTS - 10 - 10 * piece as i64).max(10)
}

/// Two objectives may share a counter; then the first says what it gains.
fn gains(casts: &[Cast<'_>], pieces: usize) -> Gains {
    let mut gains = Gains::new();
    for cast in casts {
        for (counter, gain) in cast.troubled().iter().flatten() {
            let of = |piece| match gain {
                Gain::Bad => errors(piece),
                Gain::Good => EVENTS - errors(piece),
                Gain::All => EVENTS,
            };
            gains.entry(counter.clone()).or_insert_with(|| (0..pieces).map(of).collect());
        }
        for instance in 1..cast.instances() {
            for counter in cast.healthy() {
                gains.entry(cast.of(instance, &counter)).or_insert_with(|| vec![EVENTS; pieces]);
            }
        }
    }
    gains
}

fn series(counter: &Counter, gains: &[i64], times: &Times) -> Series {
    let mut series = Series::new(&counter.metric, &counter.labels);
    let pieces = times.pieces();
    let told: u64 = pieces.iter().map(|steps| steps + 1).sum();
    let mut value = START;
    series.push(Run::Flat(Ratio::whole(value), times.steps(times.end) - told + 1));
    for (steps, gain) in pieces.iter().zip(gains).rev() {
        series.push(Run::Flat(Ratio::whole(value), 1));
        series.push(Run::rise(value, *gain, *steps));
        value += gain * *steps as i64;
    }
    series
}

/// What the counters have gained in the newest pieces.
fn gained(gains: &Gains, pieces: &[u64]) -> BTreeMap<Counter, i64> {
    let sum = |gains: &Vec<i64>| gains.iter().zip(pieces).map(|(gain, steps)| gain * *steps as i64).sum();
    gains.iter().map(|(counter, gains)| (counter.clone(), sum(gains))).collect()
}

fn checks(service: &Service, cast: &Cast<'_>, gains: &Gains, times: &Times, group: &mut Group) {
    let Some(identity) = identity(service, cast.slo) else { return };
    let mut ratios: BTreeMap<String, Vec<(Labels, Ratio)>> = BTreeMap::new();
    for (index, window) in times.windows.iter().enumerate() {
        if raw_windows(cast.slo).any(|w| w == *window) {
            let newest = times.pieces().get(..=index).map(<[u64]>::to_vec).unwrap_or_default();
            let counted = cast.counted(&gained(gains, &newest));
            ratios.insert(cast.slo.ratio(*window), counted.iter().filter_map(|c| ratio(c, &identity)).collect());
        }
    }
    for (series, want) in &ratios {
        let note = format!("{}: {}", cast.slo.id, series.split('{').next().unwrap_or(series));
        group.checks.push(Check::values(note, times.end, series, want));
    }
    if let Some(base) = raw_windows(cast.slo).next().and_then(|w| ratios.get(&cast.slo.ratio(w))) {
        let burn = |(labels, ratio): &(Labels, Ratio)| Some((labels.clone(), ratio.over(cast.slo.budget)?));
        let want: Vec<(Labels, Ratio)> = base.iter().filter_map(burn).collect();
        let note = format!("{}: how fast the budget goes now", cast.slo.id);
        let series = format!("slo:current_burn_rate:ratio{}", cast.slo.selector());
        group.checks.push(Check::values(note, times.end, &series, &want));
    }
    for alert in burns(service, cast.slo) {
        group.checks.extend(alarm(alert, &ratios, times.end, cast.slo));
    }
}

fn ratio(counted: &Counted, identity: &Labels) -> Option<(Labels, Ratio)> {
    let mut labels = identity.clone();
    labels.extend(counted.labels.clone());
    Some((labels, Ratio::new(counted.errors.into(), counted.total.into())?))
}

/// That an alert fires for exactly the series it should, when all it reads comes from counters and it does not wait.
fn alarm(alert: &Alert, ratios: &BTreeMap<String, Vec<(Labels, Ratio)>>, at: Duration, slo: &Slo) -> Option<Check> {
    let Condition::All(comparisons) = &alert.condition else { return None };
    let read: Vec<&Vec<(Labels, Ratio)>> = comparisons.iter().filter_map(|c| ratios.get(&c.expr)).collect();
    if read.len() < comparisons.len() || alert.hold.millis() > 0 {
        return None;
    }
    let over = |labels: &Labels| {
        let value = |of: &Vec<(Labels, Ratio)>| of.iter().find(|(l, _)| l == labels).map(|(_, v)| *v);
        comparisons.iter().zip(&read).all(|(c, of)| value(of).is_some_and(|v| c.bound.reached(v)))
    };
    let sets = read.first().into_iter().flat_map(|of| of.iter()).map(|(labels, _)| labels);
    let mut want: Vec<(String, Ratio)> = sets.filter(|l| over(l)).map(|l| (fired(alert, l), Ratio::ONE)).collect();
    want.sort();
    let mut own = alert.labels.clone();
    own.extend([("alertstate".to_string(), "firing".to_string()), ("slo_id".to_string(), slo.id.clone())]);
    let note = format!("{}: {} on counters", slo.id, alert.id);
    Some(Check { note, at, expr: format!("ALERTS{}", selector(&own)), want })
}
