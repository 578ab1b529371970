//! Durations and percentages; and where one is written in another way, the one that was meant.

use super::Cursor;
use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};
use crate::syntax::token;
use crate::units::{Duration, Ratio};

/// What `what` looks like, in messages.
fn example(what: &str) -> &'static str {
    match what {
        "a period" => "30d",
        "a long window" => "1h",
        _ if what.ends_with("interval") => "30s",
        _ => "5m",
    }
}

/// How long one of a unit is, by any name people give it; and whether they can only mean that.
fn length(name: &str) -> Option<(Ratio, bool)> {
    let days = |days: i64| Some((Ratio::whole(days * 86_400), false));
    let lower = name.to_ascii_lowercase();
    let known = match lower.as_str() {
        "mo" | "mon" | "month" | "months" => return days(30),
        "q" | "quarter" | "quarters" => return days(90),
        "y" | "yr" | "year" | "years" => return days(365),
        "sec" | "secs" => "s",
        "msec" | "msecs" => "ms",
        "mins" => "m",
        "hr" | "hrs" => "h",
        "wk" | "wks" => "w",
        other => other,
    };
    let unit = Unit::parse(known).filter(|unit| unit.same_dimension(Unit::SECONDS))?;
    Some((unit.scale(), lower == name))
}

/// The duration that so many of a unit are, and whether it can only be meant.
fn meant(number: &str, unit: &str) -> Option<(Duration, bool)> {
    let (one, sure) = length(unit)?;
    let millis = Ratio::parse(number)?.times(one)?.times(Ratio::whole(1000))?;
    let whole = u64::try_from(millis.num()).ok().filter(|n| millis.den() == 1 && *n > 0)?;
    (whole <= Duration::MAX.millis()).then_some((Duration::from_millis(whole), sure))
}

impl Cursor<'_> {
    /// A duration such as `30d`.
    pub(in crate::syntax) fn expect_duration(&mut self, what: &str) -> Option<Spanned<Duration>> {
        if let Some(span) = self.take_hole() {
            return Some(Spanned::new(Duration::from_mins(60), span));
        }
        let Some(q) = self.take(token::quantity) else {
            let word = self.rest().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            let help = meant("1", word).map(|(one, _)| match (what, word) {
                ("a period", "week" | "month" | "quarter") => {
                    format!("`calendar {word}` begins anew with each, `{one}` rolls")
                }
                _ => format!("a duration is a number with its unit: `{one}`"),
            });
            self.unexpected_but(&format!("{what} such as `{}`", example(what)), help);
            return None;
        };
        let duration = Duration::parse(self.slice(q.span)).filter(|d| d.millis() > 0);
        if duration.is_none() {
            self.not_a_duration(&q, what);
        }
        duration.map(|d| Spanned::new(d, q.span))
    }

    /// Says what a quantity would be as a duration, with the name of its unit where that stands apart: `30 days`.
    fn not_a_duration(&mut self, q: &Spanned<(&str, &str)>, what: &str) {
        let (number, sign) = q.node;
        let apart = if sign.is_empty() { self.take_unit_of_time() } else { None };
        let span = apart.map_or(q.span, |unit| q.span.to(unit));
        let text = self.slice(span);
        let unit = apart.map_or(sign, |unit| self.slice(unit));
        let wrong = |why: &str| Diagnostic::new(&codes::E0201, span, format!("`{text}` {why}")).here(what);
        let right = |d: Duration| (format!("write `{d}`"), d.to_string());
        let example = example(what);
        self.report(match meant(number, unit) {
            _ if Ratio::parse(number) == Some(Ratio::ZERO) => {
                wrong("is no time at all").help(format!("the shortest is `1ms`; {what} is such as `{example}`"))
            }
            Some((d, true)) => {
                let (title, text) = right(d);
                wrong("is not a duration").help(title.clone()).fix(title, span, text)
            }
            Some((d, false)) => {
                let (title, text) = right(d);
                let help = match unit.starts_with("mo") && what == "a period" {
                    true => format!("{title}, or `calendar month`, which begins anew with each"),
                    false => format!("{title}: the units are `w`, `d`, `h`, `m`, `s` and `ms`"),
                };
                wrong("is not a duration").help(help).suggest(title, span, text)
            }
            None if unit.is_empty() => {
                let likely = format!("{number}{}", example.trim_start_matches(|c: char| c.is_ascii_digit()));
                let help = format!("a duration has `w`, `d`, `h`, `m`, `s` or `ms` behind its number: `{likely}`");
                let mistake = wrong("has no unit").help(help);
                let possible = Duration::parse(&likely).is_some();
                if possible { mistake.suggest(format!("write `{likely}`"), span, likely) } else { mistake }
            }
            None => wrong("is not a duration").help(
                "a duration is whole numbers with `w`, `d`, `h`, `m`, `s` or `ms`, largest first, at most ten years: `30d`, `1h30m`",
            ),
        });
    }

    /// The name of a unit of time, where one stands here.
    fn take_unit_of_time(&mut self) -> Option<Span> {
        let before = self.pos();
        let taken = self.take(token::unit_name).filter(|unit| length(unit.node).is_some());
        if taken.is_none() {
            self.go_to(before);
        }
        taken.map(|unit| unit.span)
    }

    /// A percentage such as `99.9%`, as the ratio 0.999, with at most nine decimals.
    pub(in crate::syntax) fn expect_percentage(&mut self, what: &str) -> Option<Spanned<Ratio>> {
        if let Some(span) = self.take_hole() {
            return Some(Spanned::new(Ratio::ZERO, span));
        }
        let Some(q) = self.take(token::quantity) else {
            self.unexpected(&format!("{what} such as `99.9%`"));
            return None;
        };
        let (number, unit) = q.node;
        let decimals = number.split_once('.').map_or("", |(_, decimals)| decimals);
        let exact = Ratio::parse(number).filter(|_| unit == "%" && decimals.len() <= 9 && number.len() <= 14);
        let ratio = exact.and_then(|r| r.over(Ratio::whole(100)));
        if ratio.is_none() {
            self.not_a_percentage(&q, what);
        }
        ratio.map(|r| Spanned::new(r, q.span))
    }

    /// Says what was meant by a ratio, a number without its sign, one with its sign apart, or with a comma in it.
    fn not_a_percentage(&mut self, q: &Spanned<(&str, &str)>, what: &str) {
        let (number, unit) = q.node;
        let more = if unit.is_empty() { rest_of_percentage(self.rest()) } else { 0 };
        self.pos += more;
        let joined = unit.strip_prefix('%').filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
        if let Some(word) = joined {
            self.go_to(self.pos - word.len());
            let place = self.here();
            let mistake = Diagnostic::new(&codes::E0202, place, format!("nothing parts `{number}%` from `{word}`"));
            self.report(mistake.here("a space goes here").help("words have spaces between them").fix(
                "put a space",
                place,
                " ",
            ));
            return;
        }
        let span = self.span(q.span.start as usize, q.span.end as usize + more);
        let text = self.slice(span);
        let wrong = Diagnostic::new(&codes::E0202, span, format!("`{text}` is not a percentage")).here(what);
        let value = Ratio::parse(number);
        let ratio = value.filter(|r| more == 0 && *r > Ratio::ZERO && *r < Ratio::ONE);
        let hundredths = ratio.and_then(|r| r.times(Ratio::whole(100))?.decimal());
        let plain = text.replace(',', ".").replace([' ', '%'], "");
        self.report(match (unit, hundredths) {
            ("", Some(hundredths)) => {
                let title = format!("write `{hundredths}%`");
                wrong.help(title.clone()).suggest(title, span, format!("{hundredths}%"))
            }
            ("", None) if value.is_some_and(|v| v > Ratio::ONE) => {
                let title = format!("write `{plain}%`");
                wrong.help(title.clone()).fix(title, span, format!("{plain}%"))
            }
            ("%", _) => {
                wrong.help("it has too many digits: a percentage has at most nine decimals, which are kept exactly")
            }
            _ => wrong.help("a percentage is a number with a `%` behind it: `99.9%`"),
        });
    }
}

/// Length of what belongs to the percentage that began before `text`: `,9%`, ` %`, or nothing.
fn rest_of_percentage(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let decimals = text.strip_prefix(',').map_or(0, digits);
    let from = if decimals > 0 { 1 + decimals } else { 0 };
    let spaces = text[from..].len() - text[from..].trim_start_matches(' ').len();
    from + if text[from + spaces..].starts_with('%') { spaces + 1 } else { 0 }
}
