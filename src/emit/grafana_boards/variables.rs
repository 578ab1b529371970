//! What can be chosen above the panels, in Grafana's terms.

use super::json::{Choosable, Current, Reference, Template};
use crate::model::board::{Choice, Pick, Variable};
use crate::units::Duration;

/// What stands for all values in a query.
const ALL: &str = ".*";

pub(super) fn variable(variable: &Variable) -> Template<'_> {
    let empty = empty(variable);
    match &variable.choice {
        Choice::Datasource { plugin, name } => Template {
            query: plugin.to_string(),
            current: Some(Current { text: name, value: name }),
            refresh: 1,
            ..empty
        },
        Choice::Answers { query, source, matching, pick } => Template {
            kind: "query",
            datasource: Some(Reference::of(source.as_ref())),
            definition: Some(query.clone()),
            query: query.clone(),
            current: current(pick),
            refresh: 2,
            sort: 1,
            regex: matching.as_deref().unwrap_or(""),
            ..picked(empty, pick)
        },
        Choice::Values(values, pick) => {
            let first = pick.first.as_ref().or(values.first().filter(|_| !pick.all));
            Template {
                kind: "custom",
                query: values.iter().map(|v| v.replace(',', "\\,")).collect::<Vec<_>>().join(","),
                options: values.iter().map(|v| choosable(v, first == Some(v))).collect(),
                current: first.map_or(current(pick), |v| Some(Current { text: v, value: v })),
                ..picked(empty, pick)
            }
        }
        Choice::Every { steps, auto } => every(empty, steps, *auto),
        Choice::Text(text) => {
            Template { kind: "textbox", query: text.clone(), current: Some(Current { text, value: text }), ..empty }
        }
    }
}

fn empty(variable: &Variable) -> Template<'_> {
    Template {
        name: &variable.name,
        label: &variable.label,
        kind: "datasource",
        datasource: None,
        definition: None,
        query: String::new(),
        options: Vec::new(),
        auto: None,
        auto_count: None,
        auto_min: None,
        current: None,
        hide: 0,
        refresh: 0,
        sort: 0,
        multi: false,
        include_all: false,
        all_value: None,
        regex: "",
    }
}

fn picked<'a>(template: Template<'a>, pick: &Pick) -> Template<'a> {
    Template { multi: pick.many, include_all: pick.all, all_value: pick.all.then_some(ALL), ..template }
}

/// What is chosen at first; without it Grafana takes the first answer.
fn current(pick: &Pick) -> Option<Current<'_>> {
    let all = pick.all.then_some(Current { text: "All", value: "$__all" });
    pick.first.as_ref().map(|first| Current { text: first, value: first }).or(all)
}

fn choosable(value: &str, selected: bool) -> Choosable {
    Choosable { text: value.into(), value: value.into(), selected }
}

/// The name by which Grafana knows the choice of its own.
const AUTO: &str = "auto";

fn every<'a>(empty: Template<'a>, steps: &[Duration], auto: bool) -> Template<'a> {
    let own = auto.then(|| Choosable {
        text: AUTO.into(),
        value: format!("$__auto_interval_{}", empty.name),
        selected: true,
    });
    let given = steps.iter().enumerate().map(|(i, s)| choosable(&s.to_string(), i == 0 && !auto));
    Template {
        kind: "interval",
        query: steps.iter().map(Duration::to_string).collect::<Vec<_>>().join(","),
        options: own.into_iter().chain(given).collect(),
        auto: Some(auto),
        auto_count: auto.then_some(30),
        auto_min: auto.then_some("10s"),
        refresh: 2,
        ..empty
    }
}
