//! Each alert against error ratios just above and just under its threshold: that it fires, and that nothing else does.

use std::collections::BTreeMap;

use crate::maps::IntoMap;
use crate::model::{Alert, Comparison, Condition, Labels, Measure, Service, Slo};
use crate::units::{Duration, Ratio};

use super::group::{Check, Group, Run, Series};
use super::outlook;
use super::watch::{Watch, burns, firing_burns};
use super::{STEP, instances};

const COMMENT: &str = "Alerts, fed with error ratios: each fires when its ratios are just above its threshold, stays silent while one of \
                       them is just under it, and stops when its short window has recovered.";

/// The values of the expressions an objective's alerts read; what is not named is 0.
type Values<'a> = BTreeMap<&'a str, Ratio>;

/// What is fed at one evaluation. `None`: the series are gone.
struct Moment<'a> {
    values: Option<Values<'a>>,
    note: String,
}

/// The test groups of all alerts of a service. Composites have their own: they read the ratios of the others.
pub(super) fn groups(service: &Service) -> Vec<Group> {
    let composite = |slo: &Slo| matches!(slo.sli.measure, Measure::Composite { .. });
    let group = |name, wanted: bool| {
        let mut group = Group::new(name, COMMENT, STEP);
        service.slos.iter().filter(|s| composite(s) == wanted).for_each(|s| objective(service, s, &mut group));
        group
    };
    vec![group("alerts", false), group("alerts of composites", true)]
}

fn objective(service: &Service, slo: &Slo, group: &mut Group) {
    let exprs = expressions(service, slo);
    let story = story(service, slo, &exprs);
    let mut instances = instances(slo).into_iter();
    let Some(first) = instances.next() else { return };
    group.series.extend(exprs.iter().map(|e| fed(e, &first, &story)));
    for healthy in instances {
        group.series.extend(exprs.iter().map(|e| steady(e, &healthy, story.len())));
    }
    let mut watch = Watch::new(service, slo, &first);
    let asked = firing_burns(service, slo);
    for (index, moment) in story.iter().enumerate() {
        let at = Duration::from_millis(STEP.millis() * index as u64);
        let want = watch.evaluate(at, |expr| exprs.contains(&expr).then(|| value(moment, expr)).flatten());
        let note = format!("{}: {}", slo.id, moment.note);
        group.checks.push(Check { note, at, expr: asked.clone(), want });
    }
}

fn value(moment: &Moment<'_>, expr: &str) -> Option<Ratio> {
    moment.values.as_ref().map(|v| v.get(expr).copied().unwrap_or(Ratio::ZERO))
}

/// A series as the story has it.
fn fed(expr: &str, labels: &Labels, story: &[Moment<'_>]) -> Series {
    let mut series = Series::new(metric(expr), labels);
    for moment in story {
        series.push(value(moment, expr).map_or(Run::Stale, |v| Run::Flat(v, 1)));
    }
    series
}

/// The same series of labels that have no errors all along.
fn steady(expr: &str, labels: &Labels, moments: usize) -> Series {
    let mut series = Series::new(metric(expr), labels);
    series.push(Run::Flat(Ratio::ZERO, moments as u64));
    series
}

/// The metric of `metric{…}`.
fn metric(expr: &str) -> &str {
    expr.split('{').next().unwrap_or(expr)
}

/// Every expression the alerts of an objective read, once, as far as it can be fed: with the events of a window that
/// reads raw series, the rules would record a ratio of their own.
fn expressions<'a>(service: &'a Service, slo: &'a Slo) -> Vec<&'a str> {
    let mut exprs: Vec<&str> = burns(service, slo).flat_map(comparisons).map(|c| c.expr.as_str()).collect();
    exprs.retain(|e| outlook::raw_total(slo, e).is_none());
    exprs.sort_unstable();
    exprs.dedup();
    exprs
}

pub(super) fn comparisons(alert: &Alert) -> &[Comparison] {
    match &alert.condition {
        Condition::All(comparisons) => comparisons,
        Condition::Any(_) | Condition::Absent { .. } => &[],
    }
}

/// Health, each alert in turn, everything at once, and the end of all data.
fn story<'a>(service: &'a Service, slo: &'a Slo, exprs: &[&'a str]) -> Vec<Moment<'a>> {
    let mut story = Vec::new();
    tell(&mut story, 1, Values::new(), "no errors");
    for alert in burns(service, slo).filter(|a| comparisons(a).iter().all(|c| exprs.contains(&c.expr.as_str()))) {
        chapter(alert, &mut story);
    }
    let longest = burns(service, slo).map(|a| a.hold).max();
    if let Some(hold) = longest {
        let all = exprs.iter().map(|e| (*e, most(service, slo, e))).into_map();
        tell(&mut story, moments(hold), all, "nothing but errors");
        story.push(Moment { values: None, note: "no ratios at all".into() });
    }
    story
}

/// More than any alert asks of an expression: nothing but errors, and events enough.
fn most(service: &Service, slo: &Slo, expr: &str) -> Ratio {
    let bounds =
        burns(service, slo).flat_map(comparisons).filter(|c| c.expr == expr).map(|c| scaled(c.bound.number(), 20_000));
    bounds.max().filter(|m| *m > Ratio::ONE).unwrap_or(Ratio::ONE)
}

/// One alert: each of its ratios alone just under the threshold, then all above it, then the last one recovers.
fn chapter<'a>(alert: &'a Alert, story: &mut Vec<Moment<'a>>) {
    let comparisons = comparisons(alert);
    let above: Values<'_> = comparisons.iter().map(|c| (c.expr.as_str(), scaled(c.bound.number(), 10_001))).into_map();
    let under = |c: &'a Comparison| {
        let mut values = above.clone();
        values.insert(&c.expr, scaled(c.bound.number(), 9_999));
        values
    };
    let hold = moments(alert.hold);
    for c in comparisons {
        tell(
            story,
            hold,
            under(c),
            &format!("{}: {} just under {}", alert.id, metric(&c.expr), c.bound.number().percent()),
        );
    }
    tell(story, hold, above.clone(), &format!("{}: all ratios just above", alert.id));
    if let Some(last) = comparisons.last() {
        tell(story, 1, under(last), &format!("{}: {} has recovered", alert.id, metric(&last.expr)));
    }
}

fn tell<'a>(story: &mut Vec<Moment<'a>>, times: u64, values: Values<'a>, note: &str) {
    story.extend((0..times).map(|_| Moment { values: Some(values.clone()), note: note.to_string() }));
}

/// Evaluations until a condition has held for so long.
fn moments(hold: Duration) -> u64 {
    1 + hold.millis().div_ceil(STEP.millis())
}

/// A ten-thousandth off a threshold: far more than the rounding of doubles, far less than matters.
fn scaled(threshold: Ratio, ten_thousandths: i64) -> Ratio {
    Ratio::new(ten_thousandths.into(), 10_000).and_then(|f| threshold.times(f)).unwrap_or(threshold)
}
