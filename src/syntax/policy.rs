//! `policy quiet { … }`: the tiers of an alert policy.

use super::ast::{Policy, Spend, Tier};
use super::cursor::Cursor;
use super::token;
use crate::diag::{Diagnostic, codes};
use crate::source::Spanned;
use crate::units::Ratio;

pub(super) fn policy(cursor: &mut Cursor<'_>) -> Option<Policy> {
    let name = cursor.expect_word("the policy's name")?;
    let mut tiers = Vec::new();
    cursor.block("`policy`", |c, word| match word.node {
        "page" | "ticket" => tiers.extend(tier(c, word)),
        _ => c.unknown_word(word, "`policy`", &["page", "ticket"]),
    });
    Some(Policy { name, tiers })
}

/// `2% of budget in 1h confirmed over 5m for 2m` or `14.4x burn over 1h confirmed over 5m`.
fn tier(cursor: &mut Cursor<'_>, urgency: Spanned<&str>) -> Option<Tier> {
    let (spend, long) = spend(cursor)?;
    let short = match cursor.take_keyword("confirmed") {
        Some(_) => {
            cursor.expect_keyword("over")?;
            Some(cursor.expect_duration("a short window")?)
        }
        None => None,
    };
    let hold = cursor.take_keyword("for").and_then(|_| cursor.expect_duration("a time"));
    let span = urgency.span.to(hold.or(short).unwrap_or(long).span);
    Some(Tier { urgency: urgency.map(str::to_string), spend, long, short, hold, span })
}

fn spend(cursor: &mut Cursor<'_>) -> Option<(Spend, Spanned<crate::units::Duration>)> {
    let Some(q) = cursor.take(token::quantity) else {
        cursor.unexpected("a share such as `2% of budget` or a rate such as `14.4x burn`");
        return None;
    };
    let (number, unit) = q.node;
    let number = Ratio::parse(number).filter(|r| *r > Ratio::ZERO && r.den() <= 1_000_000_000);
    let spend = match (number, unit) {
        (Some(n), "%") => {
            for word in ["of", "budget", "in"] {
                cursor.expect_keyword_as(word, "`2% of budget in 1h`")?;
            }
            Spend::Share(Spanned::new(n.over(Ratio::whole(100))?, q.span))
        }
        (Some(n), "x") => {
            for word in ["burn", "over"] {
                cursor.expect_keyword_as(word, "`14.4x burn over 1h`")?;
            }
            Spend::Burn(Spanned::new(n, q.span))
        }
        _ => {
            neither(cursor, q);
            return None;
        }
    };
    Some((spend, cursor.expect_duration("a long window")?))
}

/// Says what was meant by a number that is neither a share nor a burn rate.
fn neither(cursor: &mut Cursor<'_>, q: Spanned<(&str, &str)>) {
    let (number, unit) = q.node;
    // The sign of a share or a rate that stands apart belongs to it.
    let apart = if unit.is_empty() { cursor.take_mark("%").or_else(|| cursor.take_keyword("x")) } else { None };
    let span = apart.map_or(q.span, |sign| q.span.to(sign));
    let burns = apart.is_none() && cursor.take_keyword("burn").is_some();
    let right = match (apart.map(|sign| cursor.slice(sign)), Ratio::parse(number)) {
        _ if !unit.is_empty() => None,
        (Some(sign), Some(_)) => Some(format!("{number}{sign}")),
        (None, Some(_)) if burns => Some(format!("{number}x")),
        (None, Some(share)) if share > Ratio::ZERO && share < Ratio::ONE => {
            share.times(Ratio::whole(100)).and_then(Ratio::decimal).map(|share| format!("{share}%"))
        }
        _ => None,
    };
    let message = format!("`{}` is neither a share of the budget nor a burn rate", cursor.slice(span));
    let mistake = Diagnostic::new(&codes::E0203, span, message).here("a number over 0 with `%` or `x`");
    cursor.report(match right {
        Some(right) => {
            let title = format!("write `{right}`");
            mistake.help(title.clone()).suggest(title, span, right)
        }
        None => mistake.help("`2% of budget in 1h` and `14.4x burn over 1h` are the two forms"),
    });
}
