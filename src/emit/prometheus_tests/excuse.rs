//! Times that an objective excludes: whatever fails then is not counted, and nobody is told that nothing is.

use std::collections::BTreeMap;

use crate::maps::IntoMap;
use crate::model::{Labels, Service, Slo};
use crate::promql::{self, Binary, BinaryOp, Dialect, Expr, Kind, Selector};
use crate::source::{FileId, Span};
use crate::units::Ratio;

use super::Players;
use super::cast::{self, Wish};
use super::counts::{Counter, Filter};
use super::group::{Check, Group, Run, Series};
use super::raw::{self, Times};
use super::watch::firing;

const COMMENT: &str =
    "Excluded times: most events fail while what is excluded holds. None is counted, and no alert fires.";

/// The test group of the objectives that exclude times, as far as those can be made up.
pub(super) fn group(service: &Service, players: &Players<'_>, times: &Times) -> Group {
    let mut group = Group::new("excluded times", COMMENT, times.every);
    let played = players.played();
    let excused: BTreeMap<&str, (Vec<Counter>, Ratio)> = service
        .slos
        .iter()
        .filter(|s| s.sli.exclude.is_some() && played.contains(s.id.as_str()))
        .filter_map(|s| Some((s.id.as_str(), excuse(s, &players.sets(s))?)))
        .into_map();
    if excused.is_empty() {
        return group;
    }
    raw::feed(players, times, &mut group);
    let samples = times.steps(times.end) + 1;
    let reasons: BTreeMap<&Counter, Ratio> =
        excused.values().flat_map(|(counters, value)| counters.iter().map(|c| (c, *value))).into_map();
    for (counter, value) in reasons {
        let mut series = Series::new(&counter.metric, &counter.labels);
        series.push(Run::Flat(value, samples));
        group.series.push(series);
    }
    for slo in service.slos.iter().filter(|s| excused.contains_key(s.id.as_str())) {
        let mut none = |note: &str, expr: String| {
            let note = format!("{}: {note}", slo.id);
            group.checks.push(Check { note, at: times.end, expr, want: Vec::new() });
        };
        none("no events are counted", format!("slo:sli_total:increase5m{}", slo.selector()));
        none("no errors are counted", format!("slo:sli_errors:increase5m{}", slo.selector()));
        none("no alert fires", firing(slo));
    }
    group
}

/// Series, and their value, with which what the objective excludes holds for all of these values of `by`.
fn excuse(slo: &Slo, sets: &[Labels]) -> Option<(Vec<Counter>, Ratio)> {
    let text = slo.sli.exclude.as_ref()?;
    let query = promql::parse(text, Span::new(FileId(0), 0..text.len()), Dialect::Rule).0?;
    let (selector, value) = held(query.expr())?;
    let filter = Filter::new(selector)?;
    let wishes: Vec<Wish<'_>> = filter.tests.iter().map(|(label, test)| Wish::accept(label, test)).collect();
    let granted = cast::grant(&wishes)?;
    let split = |set: &Labels| {
        let mut labels = granted.clone();
        let own = set.iter().filter(|(label, _)| slo.sli.exclude_by.contains(label));
        own.for_each(|(label, value)| drop(labels.insert(label.clone(), value.clone())));
        labels.retain(|_, value| !value.is_empty());
        Some(Counter { labels, metric: filter.metric.clone() }).filter(|counter| filter.accepts(counter))
    };
    Some((sets.iter().map(split).collect::<Option<_>>()?, value))
}

/// The selector of `gauge` or of `gauge == 1`, and a value with which that has a result.
fn held(expr: &Expr) -> Option<(&Selector, Ratio)> {
    match &expr.bare().kind {
        Kind::Selector(s) if s.offset.is_none() && s.at.is_none() => Some((s, Ratio::ONE)),
        Kind::Binary(b) if b.op.node.is_comparison() && b.bool_modifier.is_none() => Some((held(&b.lhs)?.0, over(b)?)),
        _ => None,
    }
}

/// A value that passes `… > 5`.
fn over(b: &Binary) -> Option<Ratio> {
    let bound = Ratio::parse(&b.rhs.constant()?.to_string())?;
    match b.op.node {
        BinaryOp::Equal | BinaryOp::GreaterEqual | BinaryOp::LessEqual => Some(bound),
        BinaryOp::Greater | BinaryOp::NotEqual => bound.plus(Ratio::ONE),
        BinaryOp::Less => bound.minus(Ratio::ONE),
        _ => None,
    }
}
