//! Rule groups in pieces that can be evaluated apart: no rule of a piece reads what another of it records. Rulers that store
//! results late, or spread groups over many machines, then have the same numbers as one that goes through a group in order.

use std::collections::BTreeMap;

use crate::model::{Carried, Group, Labels, Record, Service, series};
use crate::promql::{self, Dialect, Read};
use crate::source::{FileId, Span};

/// The groups of a service in pieces of at most so many rules.
pub(super) fn apart(service: &Service, most: usize) -> (Vec<Group>, Vec<Carried>) {
    let own = service.groups.iter().flat_map(|g| self::own(g, most)).collect();
    (own, service.carried.iter().flat_map(|g| carried(g, most)).collect())
}

/// How many rules a group has.
pub(super) fn rules(group: &Group) -> usize {
    group.records.len() + group.alerts.len()
}

/// A group of ours in pieces, each after those it reads.
pub(super) fn own(group: &Group, most: usize) -> Vec<Group> {
    let records = at_once(&group.records);
    let recorded = records.iter().map(|r| (Some((r.metric.as_str(), &*r.labels)), r.expr.clone()));
    let alerts = group.alerts.iter().map(|a| (None, a.condition.query()));
    let steps = steps(&recorded.chain(alerts).collect::<Vec<_>>());
    let mut pieces = Vec::new();
    for step in 0..=steps.iter().copied().max().unwrap_or(0) {
        let of = |index: usize| steps.get(index) == Some(&step);
        let records: Vec<&Record> = records.iter().enumerate().filter(|(i, _)| of(*i)).map(|(_, r)| r).collect();
        let first = group.records.len();
        let alerts: Vec<_> = group.alerts.iter().enumerate().filter(|(i, _)| of(first + i)).map(|(_, a)| a).collect();
        let whole = records.len() + alerts.len() <= most;
        let parts = if whole { vec![records] } else { by_objective(&records, most) };
        let more: Vec<_> = if whole { Vec::new() } else { alerts.chunks(most).collect() };
        let piece = |records: &[&Record], alerts: &[&_]| Group {
            records: records.iter().copied().cloned().collect(),
            alerts: alerts.iter().map(|a: &&crate::model::Alert| (*a).clone()).collect(),
            ..group.clone()
        };
        pieces.extend(parts.iter().map(|r| piece(r, if whole { &alerts } else { &[] })));
        pieces.extend(more.into_iter().map(|a| piece(&[], a)));
    }
    pieces.retain(|p| rules(p) > 0);
    let single = pieces.len() == 1;
    let named = |(n, p): (usize, Group)| Group { name: name(&p.name, n, single), ..p };
    pieces.into_iter().enumerate().map(named).collect()
}

/// A group of others in pieces, each after those it reads.
pub(super) fn carried(group: &Carried, most: usize) -> Vec<Carried> {
    let rule = |r: &crate::model::CarriedRule| (!r.is_alert).then_some(r.name.clone());
    let names: Vec<Option<String>> = group.rules.iter().map(rule).collect();
    let rules = group.rules.iter().zip(&names).map(|(r, n)| (n.as_deref().map(|n| (n, &r.labels)), r.expr.clone()));
    let steps = steps(&rules.collect::<Vec<_>>());
    let mut pieces = Vec::new();
    for step in 0..=steps.iter().copied().max().unwrap_or(0) {
        let rules: Vec<_> =
            group.rules.iter().zip(&steps).filter(|(_, s)| **s == step).map(|(r, _)| r.clone()).collect();
        pieces
            .extend(rules.chunks(most.min(rules.len()).max(1)).map(|r| Carried { rules: r.to_vec(), ..group.clone() }));
    }
    let single = pieces.len() == 1;
    let named = |(n, p): (usize, Carried)| Carried { name: name(&p.name, n, single), ..p };
    pieces.into_iter().enumerate().map(named).collect()
}

fn name(group: &str, index: usize, single: bool) -> String {
    if single { group.to_string() } else { format!("{group}:{}", index + 1) }
}

/// Records that count events of the same moment: where one reads the total that another has just recorded, it now asks for it
/// itself. What is made of its own recorded series alone has them all from one moment, however late.
fn at_once(records: &[Record]) -> Vec<Record> {
    let mut totals: BTreeMap<String, String> = BTreeMap::new();
    let mut all = Vec::with_capacity(records.len());
    for record in records {
        let mut expr = record.expr.clone();
        if !record.carried {
            totals.iter().for_each(|(read, total)| expr = instead(&expr, read, total));
        }
        if record.metric.starts_with(series::TOTALS) && !expr.contains(series::TOTALS) {
            let id = record.labels.get(series::ID).map_or("", String::as_str);
            totals.insert(format!("{}{{{}=\"{id}\"}}", record.metric, series::ID), expr.clone());
        }
        all.push(Record { expr, ..record.clone() });
    }
    all
}

/// A query with another in place of a selector, where it is no range.
fn instead(expr: &str, read: &str, total: &str) -> String {
    if expr == read {
        return total.to_string();
    }
    let mut parts = expr.split(read);
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        out.push_str(&if part.starts_with('[') { read.to_string() } else { format!("({total})") });
        out.push_str(part);
    }
    out
}

/// A rule: the metric it records with the labels it sets, and its query.
type Rule<'a> = (Option<(&'a str, &'a Labels)>, String);

/// After how many others in its group each rule can be evaluated: 0 for those that read none of them.
fn steps(rules: &[Rule<'_>]) -> Vec<usize> {
    let mut steps: Vec<usize> = Vec::with_capacity(rules.len());
    for (_, expr) in rules {
        let reads = reads(expr);
        let earlier = rules.iter().zip(&steps).filter_map(|((made, _), step)| Some((made.as_ref()?, step)));
        let read = earlier
            .filter(|((metric, labels), _)| reads.iter().any(|r| r.may_be(metric, |name| labels.get(name), &[])));
        let step = read.map(|(_, step)| step + 1).max().unwrap_or(0);
        steps.push(step);
    }
    steps
}

/// All that a query reads; what cannot be parsed may read anything.
fn reads(expr: &str) -> Vec<Read> {
    let (query, _) = promql::parse(expr, Span::new(FileId(0), 0..expr.len()), Dialect::Rule);
    query.map_or_else(|| vec![Read::default()], |query| query.reads())
}

/// Records in parts of at most so many, those of an objective together as far as they fit.
fn by_objective<'a>(records: &[&'a Record], most: usize) -> Vec<Vec<&'a Record>> {
    let mut parts: Vec<Vec<&Record>> = Vec::new();
    for own in records.chunk_by(|a, b| a.of == b.of) {
        match parts.last_mut() {
            Some(last) if last.len() + own.len() <= most => last.extend(own),
            _ => parts.extend(own.chunks(most).map(<[&Record]>::to_vec)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_of_the_same_moment_is_asked_for_again() {
        let labels = Labels::from([("slo_id".to_string(), "a.b".to_string())]);
        let record = |metric: &str, expr: &str, carried| Record {
            metric: metric.into(),
            expr: expr.into(),
            labels: labels.clone().into(),
            of: vec!["a.b".to_string()].into(),
            carried,
        };
        let total = "slo:sli_total:increase5m";
        let records = [
            record(total, "sum(increase(a[5m]))", false),
            record("e", &format!("x or on () 0 * {total}{{slo_id=\"a.b\"}}"), false),
            record("r", &format!("e / ({total}{{slo_id=\"a.b\"}} > 0)"), true),
            record("s", &format!("sum_over_time({total}{{slo_id=\"a.b\"}}[6h:30s])"), false),
        ];
        let exprs: Vec<String> = at_once(&records).into_iter().map(|r| r.expr).collect();
        assert_eq!(exprs[1], "x or on () 0 * (sum(increase(a[5m])))");
        assert_eq!(exprs[2..], [records[2].expr.clone(), records[3].expr.clone()]);
        let rules: Vec<Rule<'_>> =
            records.iter().zip(exprs).map(|(r, e)| (Some((r.metric.as_str(), &*r.labels)), e)).collect();
        assert_eq!(steps(&rules), [0, 0, 1, 1]);
    }

    #[test]
    fn what_is_matched_otherwise_is_not_read() {
        let labels = Labels::from([("slo_id".to_string(), "a.b".to_string())]);
        let may = |expr: &str| reads(expr).iter().any(|r| r.may_be("m", |name| labels.get(name), &[]));
        assert!(may("m") && may("m{slo_id=~\"a.*\"}") && may("sum(rate(m{other=\"x\"}[5m]))") && may("("));
        assert!(!may("m{slo_id=\"a.c\"}") && !may("n") && !may("vector(1)"));
    }
}
