//! `test "…" { … }`: series that are fed to the rules, and alerts that are expected.

use super::alert::quantity;
use super::ast::{Expect, Fed, FedPart, FedValue, Quantity, Query, Test};
use super::cursor::Cursor;
use super::pieces::PieceKind;
use super::{items, raw, token};
use crate::source::{Span, Spanned};

const TEST: [&str; 3] = ["every", "series", "expect"];

pub(super) fn test(cursor: &mut Cursor<'_>) -> Option<Test> {
    let before = cursor.mistakes();
    let title = cursor.expect_string("what the test shows")?;
    let mut t = Test { title, every: None, series: Vec::new(), expects: Vec::new(), broken: false };
    cursor.block("`test`", |c, word| match word.node {
        "every" => {
            let every = c.expect_duration("an interval");
            c.set(&mut t.every, every, word);
        }
        "series" => t.series.extend(series(c, word.span)),
        "expect" => t.expects.extend(expect(c, word.span)),
        _ => c.unknown_word(word, "`test`", &TEST),
    });
    t.broken = cursor.mistakes() > before;
    Some(t)
}

/// `http_requests_total{code="500"}  0/min for 10m, +50/min for 10m`.
fn series(c: &mut Cursor<'_>, keyword: Span) -> Option<Fed> {
    let name = Query { keyword, span: raw::series(c)? };
    let mut parts = vec![part(c)?];
    while c.take_mark(",").is_some() {
        parts.push(part(c)?);
    }
    Some(Fed { name, parts })
}

fn part(c: &mut Cursor<'_>) -> Option<FedPart> {
    let value = value(c)?;
    c.expect_keyword("for")?;
    Some(FedPart { value, length: c.expect_duration("how long")? })
}

fn value(c: &mut Cursor<'_>) -> Option<FedValue> {
    if c.take_keyword("gone").is_some() {
        return Some(FedValue::Gone);
    }
    if c.stands("+") {
        return change(c).map(FedValue::Change);
    }
    if !c.rest().starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        c.unexpected("a value such as `0.5`, a change such as `+50/min`, or `gone`");
        return None;
    }
    let value = quantity(c)?;
    Some(if value.node.unit.starts_with('/') { FedValue::Change(value) } else { FedValue::Level(value) })
}

/// `+50/min`: what changes says in which time.
fn change(c: &mut Cursor<'_>) -> Option<Spanned<Quantity>> {
    let start = c.pos();
    let change = c.take(token::change);
    c.pieces.last_is(PieceKind::Value);
    let Some(change) = change.filter(|q| q.node.1.contains('/')) else {
        c.go_to(start);
        c.unexpected("a change and its time, such as `+50/min`");
        return None;
    };
    items::exact(c, change)
}

/// `page checkout.availability between 11m and 15m`.
fn expect(c: &mut Cursor<'_>, keyword: Span) -> Option<Expect> {
    let what = c.expect_word("`silent`, or a severity such as `page`")?;
    let of = c.expect_word("an objective or an alert, such as `checkout.availability`")?;
    let mut span = keyword.to(of.span);
    let mut between = None;
    if c.take_keyword("between").is_some() {
        let from = c.expect_duration("a time")?;
        c.expect_keyword("and")?;
        let to = c.expect_duration("a time")?;
        span = keyword.to(to.span);
        between = Some((from, to));
    }
    Some(Expect { what, of, between, span })
}
