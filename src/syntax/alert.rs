//! `alert connection-pool-exhausted { … }`: a value with limits, or a condition.

use super::ast::{Alert, AlertLevel, Bound, Limit, Quantity, Query};
use super::cursor::Cursor;
use super::{items, raw, service, token};
use crate::source::{Span, Spanned};

/// The levels an alert may have, the least first.
const LEVELS: [&str; 3] = ["info", "warning", "critical"];

const ALERT: [&str; 11] =
    ["value", "when", "info", "warning", "critical", "keep", "summary", "impact", "runbook", "labels", "open"];

pub(super) fn alert(cursor: &mut Cursor<'_>) -> Option<Alert> {
    let name = cursor.expect_word("the alert's name")?;
    let (levels, labels) = (Vec::new(), Vec::new());
    let mut a = Alert {
        name,
        value: None,
        when: None,
        levels,
        keep: None,
        summary: None,
        impact: None,
        runbook: None,
        labels,
        open: None,
        broken: false,
    };
    let before = cursor.mistakes();
    cursor.block("`alert`", |c, word| setting(c, word, &mut a));
    a.broken = cursor.mistakes() > before;
    Some(a)
}

fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, a: &mut Alert) {
    match word.node {
        "value" | "when" => {
            let span = raw::query(c, &[], &ALERT);
            let query = span.map(|span| Query { keyword: word.span, span });
            c.set(if word.node == "value" { &mut a.value } else { &mut a.when }, query, word);
        }
        level if LEVELS.contains(&level) => a.levels.extend(level_line(c, word)),
        "keep" => {
            let keep = c.expect_duration("a time");
            c.set(&mut a.keep, keep, word);
        }
        "summary" | "impact" | "runbook" => {
            let text = c.expect_string("a text");
            let slot = match word.node {
                "summary" => &mut a.summary,
                "impact" => &mut a.impact,
                _ => &mut a.runbook,
            };
            c.set(slot, text, word);
        }
        "labels" => a.labels.extend(service::label_sets(c)),
        "open" => {
            let board = board(c);
            c.set(&mut a.open, board, word);
        }
        _ => c.unknown_word(word, "`alert`", &ALERT),
    }
}

/// `dashboard checkout-detail "Errors"`, behind `open`.
fn board(c: &mut Cursor<'_>) -> Option<(Spanned<String>, Option<Spanned<String>>)> {
    c.expect_keyword("dashboard")?;
    let name = c.expect_word("a dashboard")?;
    Some((name, c.take_string()))
}

/// `warning above 80% for 10m`.
fn level_line(c: &mut Cursor<'_>, word: Spanned<&str>) -> Option<AlertLevel> {
    let limit = match c.take_one_of(&["above", "below", "outside"]) {
        Some(side) => Some(limit(c, side)?),
        None => None,
    };
    let hold = match c.take_keyword("for") {
        Some(_) => Some(c.expect_duration("a time")?),
        None => None,
    };
    if limit.is_none() && hold.is_none() && !c.line_ends() {
        c.unexpected("`above`, `below`, `outside` or `for`");
        return None;
    }
    Some(AlertLevel { name: word.map(str::to_string), limit, hold })
}

pub(super) fn limit(c: &mut Cursor<'_>, side: Spanned<&str>) -> Option<Limit> {
    let first = quantity(c)?;
    let upto = |end: Span| side.span.to(end);
    Some(match side.node {
        "above" => Limit { span: upto(first.span), bound: Bound::Above(first) },
        "below" => Limit { span: upto(first.span), bound: Bound::Below(first) },
        _ => {
            c.expect_keyword("and")?;
            let second = quantity(c)?;
            Limit { span: upto(second.span), bound: Bound::Outside(first, second) }
        }
    })
}

/// `80%`, `1.5GiB`, `2/min`, and `85 celsius`: a long name of a unit stands apart.
pub(super) fn quantity(c: &mut Cursor<'_>) -> Option<Spanned<Quantity>> {
    let Some(number) = items::take_quantity(c) else {
        c.unexpected("a number with its unit, such as `80%` or `300ms`");
        return None;
    };
    if !number.node.unit.is_empty() {
        return Some(number);
    }
    let Some(unit) = c.take(token::unit_name) else { return Some(number) };
    let text = format!("{} {}", number.node.text, unit.node);
    let quantity = Quantity { number: number.node.number, unit: unit.node.to_string(), text };
    Some(Spanned::new(quantity, number.span.to(unit.span)))
}
