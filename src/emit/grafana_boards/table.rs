//! A table of several queries: joined by one label, filtered to the columns shown, named and sorted.

use std::collections::BTreeMap;

use super::json::*;
use super::options::{Names, SortBy, Transformation};
use super::{look, panels::ref_id};
use crate::maps::IntoMap;
use crate::model::board::{Cell, Column, Content, Table};

/// The field a column shows, as Grafana names it once several tables are one.
fn field(column: &Column, several: bool) -> String {
    match &column.content {
        Content::Label(label) | Content::Field(label) => label.clone(),
        Content::Value(index) if several => format!("Value #{}", ref_id(*index)),
        Content::Value(_) => "Value".into(),
    }
}

/// Make one table, drop what is not shown, bring into order.
pub(super) fn transformations(table: &Table, several: bool) -> Vec<Transformation<'_>> {
    let fields: Vec<String> = table.columns.iter().map(|c| field(c, several)).collect();
    let hidden = hidden(table);
    let order = fields.iter().cloned().chain(hidden.iter().map(|h| h.to_string())).enumerate();
    let index_by_name: BTreeMap<String, usize> = order.map(|(i, name)| (name, i)).into_map();
    let names: Vec<String> = fields.into_iter().chain(hidden.into_iter().map(str::to_string)).collect();
    let one = match &table.key {
        Some(key) => Some(Transformation::JoinByField { by_field: key, mode: "outer" }),
        None => several.then_some(Transformation::Merge {}),
    };
    let shown = (!table.open).then_some(Transformation::FilterFieldsByName { include: Names { names } });
    // Every answer has a time, and the whole series its name: neither says anything here.
    let exclude_by_name = ["Time", "__name__"].into_iter().filter(|_| table.open).map(|name| (name, true)).into_map();
    let ordered = Transformation::Organize { exclude_by_name, index_by_name };
    one.into_iter().chain(shown).chain([ordered]).collect()
}

/// Labels that only links need: `${__data.fields.board}`.
fn hidden(table: &Table) -> Vec<&str> {
    let shown = |name: &str| table.columns.iter().any(|c| matches!(&c.content, Content::Label(l) if l == name));
    let urls = table.columns.iter().flat_map(|c| &c.links).flat_map(|l| l.url.split("${__data.fields.").skip(1));
    let mut names: Vec<&str> = urls.filter_map(|rest| rest.split('}').next()).filter(|n| !shown(n)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

pub(super) fn overrides(table: &Table, several: bool) -> Vec<Override<'_>> {
    let hide = |name: &str| Override {
        matcher: by_name(name.to_string()),
        properties: vec![Property { id: "custom.hidden", value: Value::Flag(true) }],
    };
    table.columns.iter().map(|c| column(c, several)).chain(hidden(table).into_iter().map(hide)).collect()
}

fn by_name(options: String) -> Matcher {
    Matcher { id: "byName", options }
}

fn column(column: &Column, several: bool) -> Override<'_> {
    let mut properties = vec![Property { id: "displayName", value: Value::Text(column.title.as_str().into()) }];
    let mut add = |id, value| properties.push(Property { id, value });
    if let Content::Value(_) = column.content {
        add("unit", Value::Text(look::unit(&column.scale.unit)));
    }
    column.scale.decimals.into_iter().for_each(|d| add("decimals", Value::Number(d.into())));
    column.scale.min.into_iter().for_each(|m| add("min", Value::Number(m.to_f64())));
    column.scale.max.into_iter().for_each(|m| add("max", Value::Number(m.to_f64())));
    column.scale.none.iter().for_each(|n| add("noValue", Value::Text(n.as_str().into())));
    if column.scale.base.is_some() {
        add("color", Value::Color(Color { mode: "thresholds", fixed_color: None }));
        add("thresholds", Value::Thresholds(look::thresholds(&column.scale)));
    }
    let words: Vec<Mapping<'_>> = look::words(&column.scale.words).into_iter().collect();
    if !words.is_empty() {
        add("mappings", Value::Mappings(words));
    }
    match column.cell {
        Cell::Plain => {}
        Cell::Coloured => {
            add("custom.cellOptions", Value::Cell(CellOptions { kind: "color-background", mode: Some("basic") }))
        }
        Cell::Gauge => add("custom.cellOptions", Value::Cell(CellOptions { kind: "gauge", mode: Some("basic") })),
    }
    column.width.into_iter().for_each(|w| add("custom.width", Value::Number(w.into())));
    if !column.links.is_empty() {
        add("links", Value::Links(look::links(&column.links)));
    }
    Override { matcher: by_name(field(column, several)), properties }
}

pub(super) fn sort(table: &Table) -> Vec<SortBy<'_>> {
    table.sort.iter().map(|(title, desc)| SortBy { display_name: title, desc: *desc }).collect()
}
