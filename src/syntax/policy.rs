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
            cursor.expect_keyword("of")?;
            cursor.expect_keyword("budget")?;
            cursor.expect_keyword("in")?;
            Spend::Share(Spanned::new(n.over(Ratio::whole(100))?, q.span))
        }
        (Some(n), "x") => {
            cursor.expect_keyword("burn")?;
            cursor.expect_keyword("over")?;
            Spend::Burn(Spanned::new(n, q.span))
        }
        _ => {
            let message = format!("`{}` is neither a share of the budget nor a burn rate", cursor.slice(q.span));
            let help = "`2% of budget in 1h` and `14.4x burn over 1h` are the two forms";
            cursor.report(
                Diagnostic::new(&codes::E0203, q.span, message).here("a number over 0 with `%` or `x`").help(help),
            );
            return None;
        }
    };
    Some((spend, cursor.expect_duration("a long window")?))
}
