//! Written alerts against made-up series: each level fires beyond its limit, and not before, and ends with its trouble.
//!
//! A scene is the series of one alert. Its levels come one after the other: quiet, trouble, quiet. Scenes that share no
//! metric are told at the same time, since promtool loads all rules anew for each group.

mod answer;
mod functions;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::Artifact;
use crate::model::{Alert, Service, series};
use crate::units::{Duration, Ratio};

use super::group::{Check, Group, Run, Series};
use scene::{Question, Scene};

const COMMENT: &str = "Written alerts, fed with made-up series: each level is silent while nothing is wrong, waits as long as it says, fires \
                       in its trouble, and ends with it.";

/// The longest time from one sample to the next.
const SCRAPE: u64 = 60_000;

/// A counter begins with so many seconds' growth, far from zero, towards which `increase` would not extrapolate.
const AGE: i64 = 1_000_000;

/// One level of an alert with its scene.
struct Act<'a> {
    alert: &'a Alert,
    scene: Scene,
    grows: BTreeSet<String>,
    /// How long a change takes until all of it is seen.
    reach: u64,
}

/// Pieces of time, in milliseconds.
#[derive(Clone, Copy)]
struct Beat {
    /// From one sample to the next.
    sample: u64,
    /// From one evaluation to the next.
    step: u64,
}

/// The file of a service's written alerts; `None` without any.
pub(super) fn file(service: &Service) -> Option<Artifact> {
    let mut acts: BTreeMap<&str, Vec<Act<'_>>> = BTreeMap::new();
    let mut notes = Vec::new();
    let mut shortest = SCRAPE * 4;
    for (alert, _) in service.levels() {
        match act(alert) {
            Ok((act, range)) => {
                shortest = shortest.min(range.map_or(shortest, Duration::millis));
                acts.entry(&alert.subject).or_default().push(act);
            }
            Err(why) => notes.push(format!("{}: no test shows it, since {why}.", alert.id)),
        }
    }
    let all = || acts.values().flatten();
    if all().next().is_none() && notes.is_empty() {
        return None;
    }
    let beat = Beat { sample: sample(shortest), step: step(all().map(|a| a.alert)) };
    let groups = groups(&acts, beat);
    super::file(service, "levels.test", Duration::from_millis(beat.step), &groups, &notes)
}

fn act(alert: &Alert) -> Result<(Act<'_>, Option<Duration>), answer::Unknown> {
    let question = Question::new(&alert.condition)?;
    let (scene, reach) = (question.scene()?, question.reach().millis());
    Ok((Act { alert, scene, grows: question.counters(), reach }, question.shortest()))
}

/// Samples so close that a range holds four of them, and whole in a minute.
fn sample(range: u64) -> u64 {
    let lengths = [60, 30, 20, 15, 10, 5, 2].map(|seconds| seconds * 1000);
    lengths.into_iter().find(|length| length * 4 <= range).unwrap_or(1000)
}

/// Evaluations as far apart as the shortest wait of the alerts allows, from a minute to a quarter of an hour.
fn step<'a>(alerts: impl Iterator<Item = &'a Alert>) -> u64 {
    let waits = alerts.flat_map(|a| [a.hold.millis(), a.keep.millis()]).filter(|w| *w > 0);
    let shortest = waits.min().unwrap_or(SCRAPE * 5);
    (shortest / SCRAPE / 2).clamp(1, 15) * SCRAPE
}

/// Alerts that share no metric stand in one group.
fn groups(acts: &BTreeMap<&str, Vec<Act<'_>>>, beat: Beat) -> Vec<Group> {
    let mut groups: Vec<(BTreeSet<&str>, Group)> = Vec::new();
    for acts in acts.values() {
        let metrics: BTreeSet<&str> = acts.iter().flat_map(|a| &a.scene.series).map(|c| c.metric.as_str()).collect();
        let free = groups.iter_mut().find(|(taken, _)| taken.is_disjoint(&metrics));
        let (taken, group) = match free {
            Some(group) => group,
            None => {
                let group = Group::new("written alerts", COMMENT, Duration::from_millis(beat.sample));
                groups.push((BTreeSet::new(), group));
                let Some(new) = groups.last_mut() else { continue };
                new
            }
        };
        taken.extend(metrics);
        play(acts, beat, group);
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The levels of one alert, one after the other, over the same series where they have the same.
fn play(acts: &[Act<'_>], beat: Beat, group: &mut Group) {
    let mut rolls: Vec<Roll> = Vec::new();
    let mut now = 0;
    for act in acts {
        for (index, (over, under)) in act.scene.turns.iter().enumerate() {
            let times = Times::of(act, beat, now);
            let scenes = [(*under, times.trouble), (*over, times.relief), (*under, times.end)];
            for (star, until) in scenes {
                feed(&mut rolls, act, star, until / beat.sample, beat);
            }
            checks(act, &times, beat, index, group);
            now = times.end;
        }
    }
    group.series.extend(rolls.into_iter().map(|roll| roll.series));
}

/// When a level is in trouble.
struct Times {
    /// The trouble begins.
    trouble: u64,
    /// It ends.
    relief: u64,
    /// The next level's turn.
    end: u64,
}

impl Times {
    fn of(act: &Act<'_>, beat: Beat, start: u64) -> Times {
        let up = |time: u64| time.div_ceil(beat.step) * beat.step;
        let (hold, keep) = (act.alert.hold.millis(), act.alert.keep.millis());
        let reach = act.reach + 2 * beat.sample;
        // A level before it may have kept it firing until now.
        let trouble = start + up(reach + hold.max(keep)) + beat.step;
        let relief = trouble + up(reach + hold) + 2 * beat.step;
        Times { trouble, relief, end: relief + up(reach + keep) + 2 * beat.step }
    }
}

/// A series while it is fed.
struct Roll {
    name: super::counts::Counter,
    series: Series,
    samples: u64,
    last: Ratio,
}

/// Feeds the series of a scene until some sample.
fn feed(rolls: &mut Vec<Roll>, act: &Act<'_>, star: Option<f64>, until: u64, beat: Beat) {
    for (counter, level) in act.scene.series.iter().zip(act.scene.levels(star)) {
        let grows = act.grows.contains(&counter.metric);
        let index = rolls.iter().position(|r| r.name == *counter).unwrap_or_else(|| {
            let series = Series::new(&counter.metric, &counter.labels);
            rolls.push(Roll { name: counter.clone(), series, samples: 0, last: Ratio::ZERO });
            rolls.len() - 1
        });
        if let Some(roll) = rolls.get_mut(index) {
            let samples = until.saturating_sub(roll.samples);
            roll.samples = until;
            roll.push(level.and_then(exact), samples, grows, beat);
        }
    }
}

impl Roll {
    fn push(&mut self, level: Option<Ratio>, samples: u64, grows: bool, beat: Beat) {
        let Some(level) = level else {
            self.series.push(Run::Stale);
            return self.series.push(Run::Gap(samples.saturating_sub(1)));
        };
        if !grows {
            return self.series.push(Run::Flat(level, samples));
        }
        let step = Duration::from_millis(beat.sample).seconds().times(level).unwrap_or(Ratio::ZERO);
        if self.last == Ratio::ZERO {
            self.last = level.times(Ratio::whole(AGE)).filter(|n| *n > Ratio::ONE).unwrap_or(Ratio::whole(AGE));
        }
        self.series.push(Run::rise(self.last, step, samples));
        let grown = step.times(Ratio::whole(samples as i64)).and_then(|all| self.last.plus(all));
        self.last = grown.unwrap_or(self.last);
    }
}

/// A level as promtool reads it.
fn exact(level: f64) -> Option<Ratio> {
    Ratio::parse(&level.to_string())
}

fn checks(act: &Act<'_>, times: &Times, beat: Beat, turn: usize, group: &mut Group) {
    let alert = act.alert;
    let (hold, keep) = (alert.hold.millis(), alert.keep.millis());
    let side = if turn > 0 { ", on its other side" } else { "" };
    let near = if act.scene.close { "just " } else { "" };
    let mut add =
        |what: &str, at: u64, fires: bool| group.checks.push(check(alert, &format!("{what}{side}"), at, fires));
    let limit = if act.scene.close { "beyond its limit" } else { "in its trouble" };
    add("all is well", times.trouble - beat.step, false);
    // The last evaluation before it has held for as long as it must.
    let waits = (hold.div_ceil(beat.step).saturating_sub(1)) * beat.step;
    if hold > 0 {
        add(&format!("{near}{limit}, but not for {}", alert.hold), times.trouble + waits, false);
    }
    add(&format!("{near}{limit}"), times.relief - beat.step, true);
    // It goes on from the first evaluation at which all is well again.
    let goes_on = (keep / beat.step).saturating_sub(1) * beat.step;
    if keep >= beat.step {
        add(&format!("its trouble is over, for less than {}", alert.keep), times.relief + goes_on, true);
    }
    add("its trouble is over", times.end - beat.step, false);
}

/// Whether an alert fires.
fn check(alert: &Alert, what: &str, at: u64, fires: bool) -> Check {
    let own = ["severity", series::SERVICE].into_iter().filter_map(|l| Some((l, alert.labels.get(l)?)));
    let own: String = own.map(|(label, value)| format!(", {label}=\"{value}\"")).collect();
    let firing = format!("ALERTS{{alertname=\"{}\", alertstate=\"firing\"{own}}}", alert.name);
    let want = if fires { vec![("{}".to_string(), Ratio::ONE)] } else { Vec::new() };
    Check {
        note: format!("{}: {what}", alert.id),
        at: Duration::from_millis(at),
        expr: format!("count({firing}) > bool 0"),
        want,
    }
}
