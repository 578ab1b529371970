//! `naming sloth { … }`, `named { … }` and `rules "group" { … }`.

use super::ast::{LabelSet, Named, Naming, Rule, RuleGroup};
use super::cursor::Cursor;
use super::service::label_sets;
use super::settings::{self, Kind, Shape};
use super::{raw, token};
use crate::source::Spanned;

/// The tools whose names a service may have, and the settings of each.
const TOOLS: &[Kind] = &[
    (
        "sloth",
        &[
            ("name", Shape::Text),
            ("period", Shape::Word),
            ("version", Shape::Text),
            ("mode", Shape::Text),
            ("spec", Shape::Text),
        ],
    ),
    ("pyrra", &[("generic", Shape::Flag), ("prometheus3", Shape::Flag)]),
];

pub(super) fn naming(c: &mut Cursor<'_>) -> Option<Naming> {
    let (tool, known) = settings::kind(c, "naming", TOOLS)?;
    let mut settings = Vec::new();
    if c.stands("{") {
        c.block("`naming`", |c, word| settings::setting(c, known, word, &mut settings));
    }
    Some(Naming { tool, settings })
}

const NAMED: [&str; 9] =
    ["name", "alert", "absent", "performance", "labels", "annotations", "page", "ticket", "severity"];

pub(super) fn named(c: &mut Cursor<'_>, keyword: Spanned<&str>) -> Named {
    let mut n = Named { keyword: keyword.span, ..Named::default() };
    c.block("`named`", |c, word| match word.node {
        "name" | "alert" => {
            let text = c.expect_string("a name");
            c.set(if word.node == "name" { &mut n.name } else { &mut n.alert }, text, word);
        }
        "absent" => match c.take_keyword("off") {
            Some(off) => c.set(&mut n.absent_off, Some(off), word),
            None => {
                let text = c.expect_string("a name");
                c.set(&mut n.absent, text, word);
            }
        },
        "performance" => c.set(&mut n.performance, Some(word.span), word),
        "labels" => n.labels.extend(label_sets(c)),
        "annotations" => n.annotations.extend(label_sets(c)),
        "page" => n.page.extend(label_sets(c)),
        "ticket" => n.ticket.extend(label_sets(c)),
        "severity" => n.severities.extend(label_sets(c)),
        _ => c.unknown_word(word, "`named`", &NAMED),
    });
    n
}

pub(super) fn rules(c: &mut Cursor<'_>) -> Option<RuleGroup> {
    let name = c.expect_string("the group's name")?;
    let every = match c.take_keyword("every") {
        Some(_) => Some(c.expect_duration("an interval")?),
        None => None,
    };
    let mut rules = Vec::new();
    c.block("`rules`", |c, word| match word.node {
        "record" | "alert" => rules.extend(rule(c, word.node == "alert")),
        _ => c.unknown_word(word, "`rules`", &["record", "alert"]),
    });
    Some(RuleGroup { name, every, rules })
}

const RULE: [&str; 5] = ["expr", "for", "keep", "labels", "annotations"];

fn rule(c: &mut Cursor<'_>, is_alert: bool) -> Option<Rule> {
    let bare = if is_alert { None } else { c.take(token::metric_name).map(|n| n.map(str::to_string)) };
    let name = bare.or_else(|| c.expect_string("the name of the series or the alert"))?;
    let (labels, annotations): (Vec<LabelSet>, Vec<LabelSet>) = Default::default();
    let mut r = Rule { is_alert, name, expr: None, hold: None, keep: None, labels, annotations, broken: false };
    let before = c.mistakes();
    c.block("a rule", |c, word| match word.node {
        "expr" => {
            let query = raw::query(c, &[], &RULE).map(|span| super::ast::Query { keyword: word.span, span });
            c.set(&mut r.expr, query, word);
        }
        "for" | "keep" => {
            let time = c.expect_duration("a time");
            c.set(if word.node == "for" { &mut r.hold } else { &mut r.keep }, time, word);
        }
        "labels" => r.labels.extend(label_sets(c)),
        "annotations" => r.annotations.extend(label_sets(c)),
        _ => c.unknown_word(word, "a rule", &RULE),
    });
    r.broken = c.mistakes() > before;
    Some(r)
}
