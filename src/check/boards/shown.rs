//! How values are shown: their unit, from the type of the query or as stated, the ends of the scale, and words.

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::board::{self, Scale, Word};
use crate::promql::types::{SampleKind, Type, Why};
use crate::source::Spanned;
use crate::syntax::ast::{self, StatedUnit};
use crate::units::Ratio;

use super::super::Checker;
use super::super::limits::{self, Measured};

/// Units of the catalog, and how a panel shows them.
const UNITS: [(&str, board::Unit); 22] = [
    ("percent", board::Unit::Percent),
    ("ns", board::Unit::Nanoseconds),
    ("us", board::Unit::Microseconds),
    ("ms", board::Unit::Milliseconds),
    ("s", board::Unit::Seconds),
    ("min", board::Unit::Minutes),
    ("h", board::Unit::Hours),
    ("d", board::Unit::Days),
    ("B", board::Unit::Bytes),
    ("KiB", board::Unit::Kibibytes),
    ("MiB", board::Unit::Mebibytes),
    ("GiB", board::Unit::Gibibytes),
    ("bits", board::Unit::Bits),
    ("celsius", board::Unit::Celsius),
    ("V", board::Unit::Volts),
    ("A", board::Unit::Amperes),
    ("J", board::Unit::Joules),
    ("W", board::Unit::Watts),
    ("meters", board::Unit::Meters),
    ("Hz", board::Unit::Hertz),
    ("ratio", board::Unit::Share),
    ("count", board::Unit::Count),
];

/// Units that only panels know.
const WORDS: [(&str, board::Unit); 6] = [
    ("none", board::Unit::Number),
    ("times", board::Unit::Times),
    ("usd", board::Unit::Dollars),
    ("eur", board::Unit::Euros),
    ("yesno", board::Unit::YesNo),
    ("moment", board::Unit::Moment),
];

/// A unit that is stated: how it is shown, and what it measures, where that is known.
pub(super) struct Stated {
    pub(super) shown: board::Unit,
    pub(super) is: Option<Unit>,
}

impl<'a> Checker<'a> {
    /// The unit that a panel states.
    pub(super) fn stated(&mut self, written: &StatedUnit) -> Option<Stated> {
        let word = match written {
            StatedUnit::Text(text) => return Some(Stated { shown: board::Unit::Behind(text.node.clone()), is: None }),
            StatedUnit::Known(word) => word,
        };
        if let Some((_, shown)) = WORDS.iter().find(|(name, _)| *name == word.node) {
            return Some(Stated { shown: shown.clone(), is: None });
        }
        let by_name = UNITS.iter().rev().find(|(name, _)| *name == word.node).map(|(_, shown)| shown.clone());
        let unit = match word.node.split_once('/') {
            Some(("", per)) => Unit::parse(per).and_then(|per| Unit::NONE.over(per)),
            Some((of, per)) => Unit::parse(of).zip(Unit::parse(per)).and_then(|(of, per)| of.over(per)),
            None => Unit::parse(&word.node),
        };
        let Some(unit) = unit else {
            let names = Unit::names().chain(WORDS.map(|(name, _)| name));
            let help = did_you_mean(&word.node, names);
            let help =
                help.unwrap_or_else(|| "a text in quotes is just shown behind the number: `unit \"tokens\"`".into());
            let message = format!("`{}` is not a unit", word.node);
            self.report(Diagnostic::new(&codes::E0208, word.span, message).here("not known").help(help));
            return None;
        };
        Some(Stated { shown: by_name.unwrap_or_else(|| in_unit(unit)), is: Some(unit) })
    }

    /// The ends of a scale, and the words that stand for values.
    pub(super) fn read_scale(&mut self, p: &'a ast::Panel, measured: Measured<'_>, scale: &mut Scale) {
        let end = |checker: &mut Checker<'_>, q: &Option<Spanned<ast::Quantity>>| {
            q.as_ref().and_then(|q| checker.number(q, measured))
        };
        scale.min = end(self, &p.min).or(scale.min);
        scale.max = end(self, &p.max).or(scale.max);
        if let (Some(min), Some(max), Some(written)) = (scale.min, scale.max, p.max.as_ref().or(p.min.as_ref()))
            && min >= max
        {
            let message = format!("this scale begins at {} and ends at {}", min.expr(), max.expr());
            self.report(Diagnostic::new(&codes::E0207, written.span, message).here("nothing between them"));
        }
        scale.decimals = p.decimals.map(|d| d.node);
        scale.none = p.none.as_ref().map(|n| n.node.clone());
        for w in &p.words {
            let hue = w.colour.as_ref().and_then(|c| self.known_hue(c));
            scale.words.push(Word { value: w.value.node.clone(), text: w.text.node.clone(), hue });
        }
    }
}

/// How a value of this type is shown.
pub(super) fn unit_of(found: &Type) -> Option<board::Unit> {
    let counted = matches!(
        found.kind.is,
        SampleKind::Increase | SampleKind::Count | SampleKind::CounterSum | SampleKind::Counter
    );
    let unit = limits::unit(found)?;
    if unit != Unit::NONE {
        let rate = found.kind.is != SampleKind::Rate && Unit::parse("Hz") == Some(unit);
        return Some(if rate { board::Unit::Hertz } else { in_unit(unit) });
    }
    let share = found.interval.low >= 0.0 && found.interval.high <= 1.0 && found.kind.is != SampleKind::Bool;
    let named = found.metric.as_ref().is_some_and(|m| m.ends_with("_ratio"));
    let is_share = found.kind.is == SampleKind::Ratio || !counted && (share || named);
    Some(if is_share { board::Unit::Share } else { board::Unit::Count })
}

/// How a unit of the catalog is shown.
pub(super) fn in_unit(unit: Unit) -> board::Unit {
    let per = |of: &str, time: &str| Unit::parse(of).zip(Unit::parse(time)).and_then(|(of, time)| of.over(time));
    let rates = [
        (per("count", "s"), board::Unit::PerSecond),
        (per("count", "min"), board::Unit::PerMinute),
        (per("B", "s"), board::Unit::BytesPerSecond),
        (per("bits", "s"), board::Unit::BitsPerSecond),
    ];
    let rate = rates.into_iter().find(|(rate, _)| *rate == Some(unit)).map(|(_, shown)| shown);
    let plain = || UNITS.iter().find(|(name, _)| Unit::parse(name) == Some(unit)).map(|(_, shown)| shown.clone());
    rate.or_else(plain).unwrap_or_else(|| board::Unit::Behind(unit.to_string()))
}

/// Where the scale of a gauge begins and ends when nobody says.
pub(super) fn ends(found: &Type, scale: &mut Scale) {
    let (low, high) = match scale.unit {
        board::Unit::Share => (Ratio::ZERO, Some(Ratio::ONE)),
        board::Unit::Percent => (Ratio::ZERO, Some(Ratio::whole(100))),
        _ => (Ratio::ZERO, None),
    };
    let known = |end: f64| (end.is_finite() && end.fract() == 0.0 && end.abs() < 1e9).then(|| Ratio::whole(end as i64));
    // Half as much again as the last step: room for values that are beyond it.
    let beyond = || scale.steps.last().and_then(|(at, _)| at.times(Ratio::new(3, 2)?));
    scale.max = scale.max.or(high).or_else(|| known(found.interval.high)).or_else(beyond);
    scale.min = scale.min.or_else(|| known(found.interval.low)).or(Some(low));
}

/// Where the axis of what is never negative begins, so that heights can be compared: what the unit leaves open, the type
/// of the value says.
pub(super) fn floor(unit: &board::Unit, found: &Type) -> Option<Ratio> {
    use board::Unit::{Behind, Celsius, Moment, Number, Times, Volts};
    let begins = match unit {
        Celsius | Volts | Moment => false,
        Number | Times | Behind(_) => found.interval.low >= 0.0,
        _ => true,
    };
    begins.then_some(Ratio::ZERO)
}

/// The type of a value as stated: in this unit, when nothing else is known of it.
pub(super) fn as_stated(found: Type, stated: &Option<Stated>, why: Why) -> Type {
    match stated.as_ref().and_then(|s| s.is) {
        Some(unit) if limits::unit(&found).is_none() => found.measured(unit, why),
        _ => found,
    }
}
