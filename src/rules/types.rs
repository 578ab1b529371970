//! What the type checker says of the queries of rule files. Recorded series are known to every query that reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file::{Group, Rule};
use super::names;
use super::template::Uses;
use super::yaml::Text;
use crate::catalog::{Catalog, Unit};
use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::promql::types::{Checker, Expected, Facts, Presence, Records, Type};
use crate::promql::{Kind, Query};
use crate::source::{FileId, Span};
use crate::units::Duration;

/// A rule whose query could be read.
#[derive(Debug)]
pub(super) struct Typed<'a> {
    pub(super) group: &'a Group,
    pub(super) rule: &'a Rule,
    pub(super) query: Query,
    /// What the alert's texts read.
    pub(super) uses: Uses,
}

/// Types every query, the recorded series before those who read them; `others` are recorded elsewhere.
pub(super) fn check(rules: &[Typed<'_>], catalog: &Catalog, facts: Facts, others: &Arc<Records>) -> Vec<Diagnostic> {
    let mut checker = Checker::new(catalog).with(facts).knowing(others);
    let mut diagnostics = Vec::new();
    let mut results = records(rules, &mut checker, &mut diagnostics);
    for typed in rules.iter().filter(|r| r.rule.alert.is_some()) {
        let (found, said) = checker.check(&typed.query, Expected::AlertCondition(typed.hold()));
        diagnostics.extend(said);
        diagnostics.extend(typed.empty_labels(&found));
        results.push((typed, found));
    }
    diagnostics.extend(results.iter().flat_map(|(typed, found)| typed.overwritten(found)));
    diagnostics.extend(duplicates(&results));
    diagnostics
}

/// Types the queries that record, and makes each result known to `checker` before others read it.
fn records<'t, 'a>(
    rules: &'t [Typed<'a>],
    checker: &mut Checker<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(&'t Typed<'a>, Type)> {
    let records: Vec<&Typed<'_>> = rules.iter().filter(|r| r.rule.alert.is_none()).collect();
    let writers = writers(&records);
    let mut results = Vec::new();
    for typed in in_order(&records) {
        let unit = typed.name().and_then(Unit::of_name);
        let (found, said) = checker.check(&typed.query, Expected::Record(unit));
        diagnostics.extend(said);
        // Of a name that several rules record, only what all of them have in common would be known.
        match typed.name() {
            Some(name) if writers.get(name) == Some(&1) => checker.record(name, typed.recorded(found.clone())),
            Some(name) => checker.mention(name, typed.rule.span),
            None => {}
        }
        results.push((typed, found));
    }
    results
}

/// What these rules record under names of their own.
pub(super) fn recorded(rules: &[Typed<'_>], catalog: &Catalog) -> Records {
    let mut checker = Checker::new(catalog);
    records(rules, &mut checker, &mut Vec::new());
    checker.into_records()
}

/// What tells two rules apart whatever their queries are: the document, alert or record, the name, the labels it sets.
type Identity<'a> = ((FileId, usize), bool, &'a str, Vec<(&'a str, &'a str)>);

/// Rules that write the same series or are the same alert, as far as their queries do not have other labels.
fn duplicates(results: &[(&Typed<'_>, Type)]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<Identity<'_>, Vec<(Span, &Type)>> = BTreeMap::new();
    let mut out = Vec::new();
    let mut in_order: Vec<&(&Typed<'_>, Type)> = results.iter().collect();
    in_order.sort_by_key(|(typed, _)| typed.rule.span);
    for (typed, found) in in_order {
        let Some(name) = typed.rule.alert.as_ref().or(typed.rule.record.as_ref()) else { continue };
        let mut labels: Vec<(&str, &str)> =
            typed.rule.labels.iter().map(|(k, v)| (k.value.as_str(), v.value.as_str())).collect();
        labels.sort_unstable();
        let alert = typed.rule.alert.is_some();
        let document = (typed.group.span.file, typed.group.document);
        let others = seen.entry((document, alert, name.value.as_str(), labels)).or_default();
        if let Some((first, _)) = others.iter().find(|(_, other)| !found.never_same_labels(other)) {
            out.push(duplicate(name, *first, alert));
        }
        others.push((name.span, found));
    }
    out
}

fn duplicate(name: &Text, first: Span, alert: bool) -> Diagnostic {
    let (what, help) = match alert {
        true => ("alert", "where both hold for series of the same labels, one overwrites the other"),
        false => ("record", "where both have a series of the same labels, one of them is dropped with an error"),
    };
    let message = format!("two rules {what} `{}` with the same labels", name.value);
    let diagnostic = Diagnostic::new(&codes::W0604, name.span, message).here("the second");
    diagnostic.label(first, "the first").help(format!("{help}; a label tells them apart"))
}

/// How many rules record each name.
fn writers<'a>(records: &[&Typed<'a>]) -> BTreeMap<&'a str, usize> {
    let mut writers = BTreeMap::new();
    for name in records.iter().filter_map(|r| r.name()) {
        *writers.entry(name).or_default() += 1;
    }
    writers
}

/// Records so that each comes after those it reads; those that read each other as they stand in the files.
fn in_order<'t, 'a>(records: &[&'t Typed<'a>]) -> Vec<&'t Typed<'a>> {
    let reads: Vec<BTreeSet<String>> = records.iter().map(|r| metrics(&r.query)).collect();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, record) in records.iter().enumerate() {
        by_name.entry(record.name().unwrap_or("")).or_default().push(i);
    }
    let mut order = Vec::new();
    let mut seen = vec![false; records.len()];
    for start in 0..records.len() {
        // A walk with its own stack: chains of records may be long.
        let mut open = vec![(start, false)];
        while let Some((i, done)) = open.pop() {
            if done {
                order.push(i);
            } else if !std::mem::replace(seen.get_mut(i).unwrap_or(&mut true), true) {
                open.push((i, true));
                let before = reads.get(i).into_iter().flatten().filter_map(|name| by_name.get(name.as_str())).flatten();
                open.extend(before.rev().map(|b| (*b, false)));
            }
        }
    }
    order.into_iter().filter_map(|i| records.get(i).copied()).collect()
}

/// The names of the metrics that a query reads.
fn metrics(query: &Query) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    query.expr().walk(&mut |e| {
        if let Kind::Selector(selector) = &e.kind {
            names.extend(selector.metric().map(|m| m.node.to_string()));
        }
    });
    names
}

impl<'a> Typed<'a> {
    fn name(&self) -> Option<&'a str> {
        self.rule.record.as_ref().map(|name| name.value.as_str())
    }

    /// How long the condition must hold.
    fn hold(&self) -> Duration {
        let text = self.rule.durations.iter().find(|(key, _)| key.value == "for").map(|(_, text)| text);
        let ms = text.and_then(|text| names::duration_ms(&text.value)).unwrap_or(0);
        Duration::from_millis(ms)
    }

    /// The result under the name and with the labels of the rule; its own labels go before those of the group.
    fn recorded(&self, found: Type) -> Type {
        let labels = self.group.labels.iter().chain(&self.rule.labels);
        found.recorded(labels.map(|(name, value)| (name.value.as_str(), value.value.as_str(), value.span)))
    }

    /// Labels that the rule sets although they tell the series of its query apart.
    fn overwritten(&self, found: &Type) -> Vec<Diagnostic> {
        let free: BTreeSet<&str> = found.several().collect();
        // Who selects the very value that the rule sets knows that there is no other.
        let reads = self.query.reads();
        let selects = |name: &Text, value: &Text| reads.iter().any(|r| r.value(&name.value) == Some(&*value.value));
        let set = self.rule.labels.iter().filter(|(name, _)| free.contains(name.value.as_str()));
        let set = set.filter(|(name, value)| !selects(name, value));
        let diagnostic = |(name, _): &(Text, Text)| {
            let message = format!(
                "the series of the query have different values of `{0}`, and this rule gives all the same",
                name.value
            );
            let diagnostic = Diagnostic::new(&codes::W0610, name.span, message).here("overwrites it");
            let diagnostic = diagnostic.label(self.query.expr().span, format!("one series per `{}`", name.value));
            diagnostic.help("two series that become one are an error when the rule runs; another name keeps them apart")
        };
        set.map(diagnostic).collect()
    }

    /// Labels that the alert's texts read and that no series of the query has.
    fn empty_labels(&self, found: &Type) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for label in &self.uses.labels {
            let answer = found.label(&label.node);
            if answer.presence != Presence::Not {
                continue;
            }
            let message = format!("`{}` is empty here: the alert's query has no such label", label.node);
            let mut diagnostic = Diagnostic::new(&codes::W0608, label.span, message).here("always empty");
            if let Some(why) = answer.why {
                diagnostic = diagnostic.label(why.span, why.text);
            }
            let names: Vec<&str> = found.row.names().collect();
            let help = did_you_mean(&label.node, names.iter().copied()).unwrap_or_else(|| match names.is_empty() {
                true => "the alert's series have no labels".to_string(),
                false => format!("the alert's series have {}", one_of(names).replace(" or ", " and ")),
            });
            diagnostic = diagnostic.help(help);
            let own = self.rule.labels.iter().chain(&self.group.labels).find(|(name, _)| name.value == label.node);
            if let Some((name, _)) = own {
                diagnostic = diagnostic.label(name.span, "set after the texts are filled in, so they do not see it");
            }
            out.push(diagnostic);
        }
        out
    }
}
