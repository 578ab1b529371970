//! Short windows against made-up counters: each reads all of its own span and nothing beyond it, and pages fire.

use std::collections::{BTreeMap, BTreeSet};

use crate::maps::IntoMap;
use crate::model::{Alert, Comparison, Labels, Service, Slo};
use crate::units::{Duration, Ratio};

use super::alerts::comparisons;
use super::cast::{Cast, Counted, Gain};
use super::counts::Counter;
use super::group::{Check, Group, Run, Series};
use super::outlook::{self, Outlook, Outlooks, add_composites, firing_of, raw_windows};
use super::quiet::reads_any;
use super::watch::burns;
use super::{Players, STEP};

const COMMENT: &str = "Short windows, fed with counters and gauges: the share of errors changes at the far end of each window. There all \
                       counters pause and all gauges end for one sample, so that ranges which hold both of their ends and ranges which do not give the same.";

const FEW: &str = "Few events: most fail, but they are at most half as many as an alert needs that counts them.";

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
        let mut windows: Vec<Duration> = service.slos.iter().flat_map(raw_windows).collect();
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

    /// The windows, shortest first.
    pub(super) fn windows(&self) -> &[Duration] {
        &self.windows
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

/// What each counter gains in one step of each piece.
type Gains = BTreeMap<Counter, Vec<i64>>;

/// The test group of all short windows of a service whose counters can be made up.
pub(super) fn group(service: &Service, players: &Players<'_>, times: &Times) -> Group {
    let mut group = Group::new("counters", COMMENT, times.every);
    let mut outlooks = fed(&players.casts, times, enough(service, times), &mut group);
    group.series.extend(players.gauges.iter().flat_map(|g| g.by_turns(times)));
    outlooks.extend(players.gauges.iter().map(|g| (g.slo.id.clone(), g.outlook(times))));
    hide(service, &group, &mut outlooks);
    add_composites(service, &mut outlooks);
    for slo in &service.slos {
        if let Some(outlook) = outlooks.get(&slo.id) {
            outlook::check(service, slo, outlook, times.end, &mut group);
        }
    }
    group
}

/// Adds the objectives that read what is fed for others, in ways of which nothing is known.
fn hide(service: &Service, group: &Group, outlooks: &mut Outlooks) {
    let fed: BTreeSet<&str> = group.series.iter().filter_map(|s| s.name.split('{').next()).collect();
    let hidden = service.slos.iter().filter(|s| !outlooks.contains_key(&s.id) && reads_any(s, &fed));
    let hidden: Vec<String> = hidden.map(|s| s.id.clone()).collect();
    outlooks.extend(hidden.into_iter().map(|id| (id, Outlook { hidden: true, ..Outlook::default() })));
}

/// The test group of alerts that need a number of events, with half of it at most: most fail, and it is silent.
pub(super) fn few(service: &Service, players: &Players<'_>, times: &Times) -> Group {
    let mut group = Group::new("few events", FEW, times.every);
    let Some(scale) = needs(service, times).into_iter().min().and_then(under_half) else { return group };
    let outlooks = fed(&players.casts, times, scale, &mut group);
    for slo in &service.slos {
        let Some(outlook) = outlooks.get(&slo.id) else { continue };
        // Objectives over one metric count each other's events, too.
        let is_few = |c: &&Comparison| {
            outlook::known(c, outlook).is_some_and(|sets| sets.values().all(|events| !c.bound.reached(*events)))
        };
        let counted = |c: &&Comparison| outlook.rough.contains_key(&c.expr);
        let known = |a: &&Alert| comparisons(a).iter().filter(counted).any(|c| is_few(&c));
        for alert in burns(service, slo).filter(known) {
            let note = format!("{}: {} has too few events to fire", slo.id, alert.id);
            group.checks.push(Check { note, at: times.end, expr: firing_of(alert, slo), want: Vec::new() });
        }
    }
    group
}

/// Feeds what the short windows are tested with.
pub(super) fn feed(players: &Players<'_>, times: &Times, group: &mut Group) {
    fed(&players.casts, times, Ratio::ONE, group);
    group.series.extend(players.gauges.iter().flat_map(|g| g.by_turns(times)));
}

/// The labels of `by` that the series of an objective have when all counters are fed, its own and others.
pub(super) fn sets(casts: &[Cast<'_>], cast: &Cast<'_>) -> Vec<Labels> {
    let all = gains(casts, 1).into_keys().map(|counter| (counter, 1)).into_map();
    cast.counted(&all).into_iter().map(|c| c.labels).collect()
}

/// Feeds the counters of all objectives, with so many times the usual events, and says what must come out.
fn fed(casts: &[Cast<'_>], times: &Times, scale: Ratio, group: &mut Group) -> Outlooks {
    let gains = gains(casts, times.windows.len());
    group.series = gains.iter().map(|(counter, gains)| series(counter, gains, times, scale)).collect();
    let pieces = times.pieces();
    let newest = |windows| gained(&gains, pieces.get(..windows).unwrap_or_default());
    let gained: Vec<BTreeMap<Counter, i64>> = (1..=times.windows.len()).map(newest).collect();
    casts.iter().map(|cast| (cast.slo.id.clone(), outlook(cast, &gained, times, scale))).into_map()
}

/// What the counters make of an objective. `gained` holds what each has gained in each of the windows.
fn outlook(cast: &Cast<'_>, gained: &[BTreeMap<Counter, i64>], times: &Times, scale: Ratio) -> Outlook {
    let mut outlook = Outlook::default();
    for (window, gained) in times.windows.iter().zip(gained) {
        if !raw_windows(cast.slo).any(|w| w == *window) {
            continue;
        }
        let counted = cast.counted(gained);
        let ratio = |c: &Counted| Some((c.labels.clone(), Ratio::new(c.errors?.into(), c.total.into())?));
        let events = |c: &Counted| Some((c.labels.clone(), Ratio::whole(c.total).times(scale)?));
        outlook.exact.insert(cast.slo.ratio(*window), counted.iter().filter_map(ratio).into_map());
        outlook.rough.insert(outlook::total(cast.slo, *window), counted.iter().filter_map(events).into_map());
    }
    outlook
}

/// How many times the usual events it takes, for each alert that needs a number of them in a window that reads
/// counters.
fn needs(service: &Service, times: &Times) -> Vec<Ratio> {
    let of = |slo| burns(service, slo).flat_map(move |a| counts(a, slo, times));
    service.slos.iter().flat_map(of).collect()
}

/// The same for one alert.
fn counts(alert: &Alert, slo: &Slo, times: &Times) -> Vec<Ratio> {
    let need = |c: &Comparison| {
        let window = outlook::raw_total(slo, &c.expr)?;
        c.bound.number().over(Ratio::whole(EVENTS * times.steps(window) as i64))
    };
    comparisons(alert).iter().filter_map(need).collect()
}

/// So many times the usual events that every alert has twice as many as it needs.
fn enough(service: &Service, times: &Times) -> Ratio {
    let most = needs(service, times).into_iter().max().unwrap_or(Ratio::ZERO);
    let whole = most.num().checked_div(most.den()).and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
    Ratio::whole(if whole == 0 && most <= half() { 1 } else { 2 * (whole + 1) })
}

fn half() -> Ratio {
    Ratio::new(1, 2).unwrap_or(Ratio::ONE)
}

/// A power of two at most half of a number: in doubles, counters of such steps add up exactly, so that no rounding
/// looks like the reset of a counter. `None` when it would be too small for that.
fn under_half(number: Ratio) -> Option<Ratio> {
    let limit = number.times(half())?;
    (0..30).map(|k| Ratio::new(1 << 10, 1 << k)).find_map(|power| power.filter(|p| *p <= limit))
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

fn series(counter: &Counter, gains: &[i64], times: &Times, scale: Ratio) -> Series {
    let mut series = Series::new(&counter.metric, &counter.labels);
    let scaled = |gain: i64| Ratio::whole(gain).times(scale).unwrap_or(Ratio::ZERO);
    let pieces = times.pieces();
    let told: u64 = pieces.iter().map(|steps| steps + 1).sum();
    let mut value = scaled(START);
    series.push(Run::Flat(value, times.steps(times.end) - told + 1));
    for (steps, gain) in pieces.iter().zip(gains).rev() {
        let step = scaled(*gain);
        series.push(Run::Flat(value, 1));
        series.push(Run::rise(value, step, *steps));
        value = step.times(Ratio::whole(*steps as i64)).and_then(|rise| value.plus(rise)).unwrap_or(value);
    }
    series
}

/// What the counters have gained in the newest pieces.
fn gained(gains: &Gains, pieces: &[u64]) -> BTreeMap<Counter, i64> {
    let sum = |gains: &Vec<i64>| gains.iter().zip(pieces).map(|(gain, steps)| gain * *steps as i64).sum();
    gains.iter().map(|(counter, gains)| (counter.clone(), sum(gains))).into_map()
}
