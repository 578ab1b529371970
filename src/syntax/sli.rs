//! What an objective measures: the settings of its indicator.

use super::ast::{AtLeast, Composite, Histogram, Member, Query, Side, SliceBound, Slo};
use super::cursor::Cursor;
use super::{raw, token};
use crate::diag::{Diagnostic, codes};
use crate::source::Spanned;
use crate::units::Ratio;

/// Reads one setting. `settings` are the words that begin the others, where an unclosed bracket must have ended.
pub(super) fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, s: &mut Slo, settings: &[&str]) {
    match word.node {
        "good" if side_follows(c) => {
            let bound = slice_bound(c, word);
            c.set(&mut s.slices, bound, word);
        }
        "histogram" => {
            let histogram = histogram(c, word, settings);
            c.set(&mut s.histogram, histogram, word);
        }
        "all" | "weighted" => {
            let composite = if word.node == "all" { all_of(c, word) } else { weighted(c, word) };
            c.set(&mut s.composite, composite, word);
        }
        "at-least" => {
            let at_least = at_least(c);
            c.set(&mut s.at_least, at_least, word);
        }
        "exclude" => {
            let query = c.expect_keyword("when").and_then(|_| query(c, word, &[], settings));
            c.set(&mut s.exclude, query, word);
        }
        _ => {
            let query = query(c, word, &[], settings);
            let slot = match word.node {
                "errors" => &mut s.errors,
                "good" => &mut s.good,
                "total" => &mut s.total,
                "ratio" => &mut s.ratio,
                "up" => &mut s.up,
                _ => &mut s.value,
            };
            c.set(slot, query, word);
        }
    }
}

fn query(c: &mut Cursor<'_>, word: Spanned<&str>, stops: &[&str], settings: &[&str]) -> Option<Query> {
    let span = raw::query(c, stops, settings)?;
    Some(Query { keyword: word.span, span })
}

fn histogram(c: &mut Cursor<'_>, word: Spanned<&str>, settings: &[&str]) -> Option<Histogram> {
    let query = query(c, word, &["within"], settings)?;
    if c.take_keyword("within").is_none() {
        let message = "the bound of the histogram is missing";
        let help = "`histogram http_request_duration_seconds within 300ms`";
        c.report(Diagnostic::new(&codes::E0001, query.span.after(), message).here("`within …` goes here").help(help));
        return None;
    }
    let within = bound(c)?;
    Some(Histogram { query, within, keyword: word.span })
}

fn bound(c: &mut Cursor<'_>) -> Option<Spanned<super::ast::Quantity>> {
    super::alert::quantity(c)
}

/// The sides of a bound on a value.
const SIDES: [&str; 3] = ["below", "above", "between"];

/// Whether `good` begins a bound on a value rather than a query: a side, then a number.
fn side_follows(c: &mut Cursor<'_>) -> bool {
    let at = c.pos();
    c.offer(SIDES);
    let side = c.take(token::word).is_some_and(|w| SIDES.contains(&w.node));
    let follows = side && c.take(token::quantity).is_some();
    c.go_to(at);
    follows
}

/// `below 0.2 each 1m`.
fn slice_bound(c: &mut Cursor<'_>, word: Spanned<&str>) -> Option<SliceBound> {
    let side = c.take(token::word)?;
    let first = bound(c)?;
    let side = match side.node {
        "below" => Side::Below(first),
        "above" => Side::Above(first),
        _ => {
            c.expect_keyword("and")?;
            Side::Between(first, bound(c)?)
        }
    };
    let each = c.take_keyword("each").and_then(|_| c.expect_duration("the length of a slice"));
    Some(SliceBound { side, each, keyword: word.span })
}

/// `of checkout.availability, payments.availability`.
fn all_of(c: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Composite> {
    c.expect_keyword("of")?;
    let mut members = Vec::new();
    loop {
        let name = c.expect_word("an objective such as `checkout.availability`")?;
        members.push(Member { name, weight: None });
        if c.take_mark(",").is_none() {
            return Some(Composite { members, weighted: false, keyword: word.span });
        }
        c.skip_lines();
    }
}

/// `{ checkout.availability 3  payments.availability 1 }`.
fn weighted(c: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Composite> {
    let mut members = Vec::new();
    c.block("`weighted`", |c, name| {
        let number = c.take(token::number);
        let weight =
            number.and_then(|n| Some(Spanned::new(Ratio::parse(n.node).filter(|w| *w > Ratio::ZERO)?, n.span)));
        match weight {
            Some(weight) => members.push(Member { name: name.map(str::to_string), weight: Some(weight) }),
            None => c.unexpected("a weight over 0"),
        }
    });
    Some(Composite { members, weighted: true, keyword: word.span })
}

/// `100 events per 1h`.
fn at_least(c: &mut Cursor<'_>) -> Option<AtLeast> {
    let Some(number) = c.take(token::number) else {
        c.unexpected("a number of events");
        return None;
    };
    let events = Ratio::parse(number.node).filter(|n| *n > Ratio::ZERO && n.den() <= 1000);
    if events.is_none() {
        c.unexpected("a number of events over 0");
    }
    c.expect_keyword("events")?;
    c.expect_keyword("per")?;
    let per = c.expect_duration("a time")?;
    Some(AtLeast { events: Spanned::new(events?, number.span), per })
}
