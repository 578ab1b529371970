//! Limits of written alerts: numbers with units, turned exactly into the unit of the value, and how the value is printed.

use super::Checker;
use super::catalogs::quantity;
use crate::catalog::Unit;
use crate::diag::{Diagnostic, Severity, codes, did_you_mean};
use crate::model::{self, Format, Order};
use crate::promql::types::{SampleKind, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Quantity};
use crate::units::Ratio;

/// A value that limits are for.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    /// What is known of it.
    pub(super) of: &'a Type,
    /// The query, for messages.
    pub(super) query: Span,
}

/// What a value is measured in; `None` when nobody tells.
pub(super) fn unit(of: &Type) -> Option<Unit> {
    let counted = match of.kind.is {
        SampleKind::Rate => Unit::NONE.over(Unit::SECONDS),
        SampleKind::Increase | SampleKind::Count | SampleKind::Ratio | SampleKind::Bool => Some(Unit::NONE),
        _ => None,
    };
    of.unit.as_ref().map(|u| u.is).or(counted)
}

impl Checker<'_> {
    /// A limit in the unit of the value.
    pub(super) fn limit(&mut self, limit: &ast::Limit, measured: Measured<'_>) -> Option<model::Bound> {
        let bound = self.bound_of(limit, measured)?;
        self.within_reach(limit, bound, measured.of);
        Some(bound)
    }

    fn bound_of(&mut self, limit: &ast::Limit, measured: Measured<'_>) -> Option<model::Bound> {
        Some(match &limit.bound {
            ast::Bound::Above(q) => model::Bound::Is(Order::Above, self.number(q, measured)?),
            ast::Bound::Below(q) => model::Bound::Is(Order::Below, self.number(q, measured)?),
            ast::Bound::Outside(low, high) => {
                let (from, to) = (self.number(low, measured), self.number(high, measured));
                let (from, to) = (from?, to?);
                self.ascends(from, to, low, high).then_some(model::Bound::Outside(from, to))?
            }
        })
    }

    /// Whether two numbers stand in their order; reports it when not.
    pub(super) fn ascends(
        &mut self,
        from: Ratio,
        to: Ratio,
        low: &Spanned<Quantity>,
        high: &Spanned<Quantity>,
    ) -> bool {
        if from >= to {
            let message = format!("nothing lies between {} and {}", low.node.text, high.node.text);
            let diagnostic = Diagnostic::new(&codes::E0207, high.span, message).here("not above the first");
            self.report(diagnostic.label(low.span, "the first").help("the smaller number comes first"));
        }
        from < to
    }

    /// A quantity in the unit of the value. A bare number is in that unit already.
    pub(super) fn number(&mut self, q: &Spanned<Quantity>, measured: Measured<'_>) -> Option<Ratio> {
        if q.node.unit.is_empty() {
            return Some(q.node.number);
        }
        let Some((number, unit)) = quantity(&q.node) else {
            let help = did_you_mean(&q.node.unit, Unit::names());
            let message = format!("`{}` is not a unit", q.node.unit);
            let help = help.unwrap_or_else(|| "such as `%`, `ms`, `s`, `MiB`, `celsius`, `/min`, `MB/s`".into());
            self.report(Diagnostic::new(&codes::E0208, q.span, message).here("not known").help(help));
            return None;
        };
        // A share of something nobody knows the unit of: a ratio.
        let unit_of_value = self::unit(measured.of).or((q.node.unit == "%").then_some(Unit::NONE));
        let converted = unit_of_value.and_then(|to| unit.factor_to(to)).and_then(|f| number.times(f));
        if converted.is_none() {
            self.wrong_unit(q, unit, measured);
        }
        converted
    }

    fn wrong_unit(&mut self, q: &Spanned<Quantity>, written: Unit, measured: Measured<'_>) {
        let Some(unit) = self::unit(measured.of) else { return self.unknown_unit(q, written, measured.query) };
        let message = format!("`{}` cannot be compared with a value in {}", q.node.text, described(unit));
        let why = measured.of.unit.as_ref().map(|u| (u.why.span, u.why.text.to_string()));
        let (place, reason) = why.unwrap_or_else(|| (measured.query, described(unit)));
        let diagnostic = Diagnostic::new(&codes::E0222, q.span, message).here(described(written)).label(place, reason);
        self.report(diagnostic.help(format!("a number alone is taken in {}", described(unit))));
    }

    fn unknown_unit(&mut self, q: &Spanned<Quantity>, written: Unit, query: Span) {
        // What is wrong with the query is why its unit is not known.
        if self.is_wrong(query) {
            return;
        }
        let message = format!("`{}` cannot be compared: nobody says what this value is measured in", q.node.text);
        let diagnostic = Diagnostic::new(&codes::E0222, q.span, message).here(described(written));
        let help = "a `metrics` block can: `gauge gpu_temperature{gpu} celsius`; a number alone is compared as it is";
        self.report(diagnostic.label(query, "its unit is not known").help(help));
    }

    /// Reports a limit that no value the query can have ever reaches, or that every one does.
    fn within_reach(&mut self, limit: &ast::Limit, bound: model::Bound, of: &Type) {
        let (low, high) = (of.interval.low, of.interval.high);
        let (never, always) = match bound {
            model::Bound::Is(Order::Above, n) => (high <= n.to_f64(), low > n.to_f64()),
            model::Bound::Is(_, n) => (low >= n.to_f64(), high < n.to_f64()),
            model::Bound::Outside(from, to) => (low >= from.to_f64() && high <= to.to_f64(), false),
        };
        if !never && !always {
            return;
        }
        let word = if never { "never" } else { "always" };
        let message = format!("this limit is {word} reached: the value is {}", of.interval);
        let diagnostic = Diagnostic::new(&codes::E0434, limit.span, message).here(format!("{word} reached"));
        let why = of.interval_why.as_ref();
        let mut diagnostic = why.map_or(diagnostic.clone(), |w| diagnostic.clone().label(w.span, w.text.clone()));
        if why.is_some_and(|w| !w.sure) {
            diagnostic.severity = Severity::Warning;
        }
        self.report(diagnostic);
    }
}

/// `seconds`, `a plain number`.
fn described(unit: Unit) -> String {
    if unit == Unit::NONE { "plain numbers".into() } else { unit.to_string() }
}

/// How a value is printed, whose limits are these.
pub(super) fn format(unit: Option<Unit>, bounds: &[model::Bound], limits: &[&ast::Limit]) -> Format {
    let decimals = bounds.iter().map(|bound| decimals(*bound)).max().unwrap_or(2);
    let percent = limits.iter().any(|limit| in_percent(limit));
    let Some(unit) = unit.filter(|u| *u != Unit::NONE) else {
        return if percent { Format::Percentage } else { Format::Number(decimals, String::new()) };
    };
    let per_second = |u: Unit| u.over(Unit::SECONDS);
    let is = |name: &str| Unit::parse(name) == Some(unit);
    if is("s") {
        Format::Duration
    } else if is("B") {
        Format::Bytes("")
    } else if Unit::parse("B").and_then(per_second) == Some(unit) {
        Format::Bytes("/s")
    } else {
        Format::Number(decimals, sign(unit))
    }
}

/// A limit in words, in the unit that the value is printed in.
pub(super) fn words(limit: &ast::Limit, bound: model::Bound, format: &Format) -> String {
    match (&limit.bound, bound) {
        (ast::Bound::Above(q), model::Bound::Is(_, n)) => format!("above {}", shown(&q.node, n, format)),
        (ast::Bound::Below(q), model::Bound::Is(_, n)) => format!("below {}", shown(&q.node, n, format)),
        (ast::Bound::Outside(low, high), model::Bound::Outside(from, to)) => {
            format!("outside {} and {}", shown(&low.node, from, format), shown(&high.node, to, format))
        }
        (ast::Bound::Above(q) | ast::Bound::Below(q) | ast::Bound::Outside(q, _), _) => q.node.text.clone(),
    }
}

/// A number of a limit as it is written, unless its value is printed in another unit.
fn shown(written: &Quantity, number: Ratio, format: &Format) -> String {
    let sign = match format {
        Format::Number(_, sign) => sign.as_str(),
        Format::Duration => "s",
        Format::Bytes("/s") => "B/s",
        Format::Bytes(_) => "B",
        Format::Percentage | Format::Plain => "",
    };
    // Times and sizes are printed in whichever of their units fits, as people write them.
    let fits = !matches!(format, Format::Number(..)) && !written.unit.is_empty();
    let same = Unit::parse(&written.unit).is_some_and(|unit| Unit::parse(sign.trim_start()) == Some(unit));
    match number.decimal().filter(|_| !fits && !same && !sign.is_empty()) {
        Some(digits) => format!("{digits}{sign}"),
        None => written.text.clone(),
    }
}

fn in_percent(limit: &ast::Limit) -> bool {
    let percent = |q: &Spanned<Quantity>| q.node.unit == "%";
    match &limit.bound {
        ast::Bound::Above(q) | ast::Bound::Below(q) => percent(q),
        ast::Bound::Outside(low, high) => percent(low) || percent(high),
    }
}

/// Units as they stand behind a number, and their names.
const SIGNS: [(&str, &str); 9] = [
    ("%", "percent"),
    ("ms", "milliseconds"),
    ("µs", "microseconds"),
    ("ns", "nanoseconds"),
    (" °C", "celsius"),
    ("MiB", "mebibytes"),
    ("GiB", "gibibytes"),
    ("MB", "megabytes"),
    (" W", "watts"),
];

/// What is printed behind a number of this unit.
fn sign(unit: Unit) -> String {
    let named = SIGNS.iter().find(|(_, name)| Unit::parse(name) == Some(unit)).map(|(sign, _)| sign.to_string());
    let rate = [("/s", "s"), ("/min", "min"), ("/h", "h")]
        .iter()
        .find(|(_, per)| Unit::parse(per).and_then(|p| Unit::NONE.over(p)) == Some(unit));
    named.or(rate.map(|(sign, _)| sign.to_string())).unwrap_or_else(|| format!(" {unit}"))
}

/// Decimals that show three digits of a number as large as the limit, and all of the limit's own.
fn decimals(bound: model::Bound) -> u8 {
    let of = |n: Ratio| {
        let text = n.decimal().unwrap_or_default();
        let (whole, fraction) =
            text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
        let leading = if whole == "0" {
            fraction.len() - fraction.trim_start_matches('0').len() + 3
        } else {
            3usize.saturating_sub(whole.len())
        };
        leading.max(fraction.len()).min(9) as u8
    };
    match bound {
        model::Bound::Is(_, number) => of(number),
        model::Bound::Outside(low, high) => of(low).max(of(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(number: &str, unit: &str) -> Quantity {
        let space = if unit.len() > 4 { " " } else { "" };
        let text = format!("{number}{space}{unit}");
        Quantity { number: Ratio::parse(number).expect(number), unit: unit.into(), text }
    }

    fn of(number: &str, unit: &str, to: &str) -> Option<String> {
        let (number, unit) = quantity(&q(number, unit))?;
        Some(number.times(unit.factor_to(Unit::parse(to)?)?)?.expr())
    }

    #[test]
    fn quantities_become_the_unit_of_the_value_exactly() {
        assert_eq!(of("1.5", "s", "ms").as_deref(), Some("1500"));
        assert_eq!(of("80", "%", "none").as_deref(), Some("0.8"));
        assert_eq!(of("80", "%", "percent").as_deref(), Some("80"));
        assert_eq!(of("1", "h30m", "s").as_deref(), Some("5400"));
        assert_eq!(of("85", "celsius", "celsius").as_deref(), Some("85"));
        assert_eq!(of("2", "/min", "hertz").as_deref(), Some("(1 / 30)"));
        assert_eq!(of("1.5", "s", "bytes"), None);
    }

    #[test]
    fn a_value_is_printed_as_finely_as_its_limit() {
        let places = |n: &str| decimals(model::Bound::above(Ratio::parse(n).expect(n)));
        assert_eq!(["1500", "85", "5", "0.2", "0.005", "99.95"].map(places), [0, 1, 2, 3, 5, 2]);
    }
}
