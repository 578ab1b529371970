//! The numbers of objectives and tiers as tables.

use super::super::words;
use super::super::world::Document;
use super::listed;
use crate::check::{LensTier, Numbers};
use crate::source::Span;
use crate::syntax::ast::{Item, Service, Slo};
use crate::units::{Duration, Ratio};

/// The objectives whose name is written at a place: one, or those that a template makes.
pub(super) fn objectives(document: &Document, name: Span) -> Option<String> {
    let all = document.snapshot.numbers().iter().filter(|n| n.name == name);
    let texts: Vec<String> = all.map(objective).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn objective(n: &Numbers) -> String {
    let head = format!("**{}** {} over {}\n\n", n.id, n.objective.percent(), n.over);
    let budget =
        format!("error budget: {} of the events, {} of a full outage\n\n", n.budget.percent(), n.budget_time().human());
    let rows: String =
        n.tiers.iter().map(|t| format!("| {} in {} {}", t.urgency.name(), t.burn.long, row(t))).collect();
    let table = format!("| tier {HEAD}|---|---|---|---|---|\n{rows}");
    format!("{head}{budget}{}", if n.tiers.is_empty() { "no alert on its budget" } else { &table })
}

/// The columns of a tier.
const HEAD: &str = "| burn | fires above | budget spent | full outage seen in |\n";

fn row(t: &LensTier) -> String {
    let full = t.burn.steps.iter().find(|s| s.errors == Ratio::ONE);
    let seen = full.and_then(|s| s.detect).map_or_else(|| "never".to_string(), Duration::human);
    let (factor, above, spent) = (t.burn.factor.rounded(4), t.burn.threshold.percent(), t.burn.share.percent());
    format!("| {factor}× | {above} errors | {spent} | {seen} |\n")
}

/// A line of a policy, for each objective that has it.
pub(super) fn tier(document: &Document, line: Span) -> Option<String> {
    let numbers = document.snapshot.numbers();
    let of_line = |n: &Numbers| {
        let tier = n.tiers.iter().find(|t| t.line == Some(line))?;
        Some(format!("| {} {} {}", n.id, n.objective.percent(), row(tier).trim_end()))
    };
    let rows: Vec<String> = numbers.iter().filter_map(of_line).collect();
    (!rows.is_empty()).then(|| format!("| objective {HEAD}|---|---|---|---|---|\n{}", listed(rows)))
}

/// A policy by its name: which objectives have it.
pub(super) fn policy(document: &Document, name: &str) -> String {
    let program = &document.snapshot.program;
    let items = program.files.iter().flat_map(|f| &f.items);
    let services = items.filter_map(|i| if let Item::Service(s) = i { Some(s) } else { None });
    let has = |service: &Service, slo: &Slo| {
        slo.policy.as_ref().or(service.policy.as_ref()).is_some_and(|policy| policy.node == name)
    };
    let line = |service: &Service, slo: &Slo| {
        format!("- {}.{} {}", service.name.node, slo.name.node, words::promise(slo).unwrap_or_default())
    };
    let lines = services.flat_map(|s| s.slos.iter().filter(move |slo| has(s, slo)).map(move |slo| line(s, slo)));
    format!("policy **{name}**\n\n{}", listed(lines.collect()))
}
