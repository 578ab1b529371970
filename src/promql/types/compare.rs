//! Comparisons: conditions that never or always hold, and values that should not be compared as they are.

use crate::diag::{Diagnostic, codes};
use crate::source::Span;

use super::super::ast::{Binary, Expr, Kind};
use super::super::ops::{BinaryOp, ValueType};
use super::checker::{Also, Pass, lowered};
use super::interval::Interval;
use super::kind::SampleKind;
use super::matcher::with_guess;
use super::{Type, Why};

/// A comparison of series with a number, the series on the left.
struct Against<'a> {
    series: &'a Type,
    place: &'a Expr,
    op: BinaryOp,
    number: f64,
    number_span: Span,
}

impl Pass<'_> {
    pub(super) fn comparison(&mut self, b: &Binary, left: Type, right: Type) -> Type {
        let row = self.joined_row(b, &left, &right);
        self.same_unit(b, &left, &right);
        if let Some(against) = against(b, &left, &right) {
            self.against_number(b, &against);
        }
        for (side, place) in [(&left, &b.lhs), (&right, &b.rhs)] {
            self.raw_counter(b, side, place, if place.span == b.lhs.span { &right } else { &left });
        }
        let flipped = left.value == ValueType::Scalar && right.value != ValueType::Scalar;
        let (op, other) = if flipped { (turned(b.op.node), left.interval) } else { (b.op.node, right.interval) };
        let of = if flipped { right } else { left };
        if b.bool_modifier.is_some() {
            let why = Why::new(b.op.span, "`bool` gives 0 or 1");
            let filter = of.filter;
            let result = of.derived(SampleKind::Bool, why.clone()).within(Interval::UNIT, why);
            return Type { row, filter, zero_division: None, ..result };
        }
        let interval = of.interval.intersection(half_line(op, other));
        let why = Why::new(b.op.span, format!("`{}` leaves what is {interval}", op.symbol()));
        let interval_why = if interval == of.interval { of.interval_why.clone() } else { Some(why) };
        // NaN passes no comparison but `!=`.
        let zero_division = of.zero_division.filter(|_| op == BinaryOp::NotEqual);
        Type { row, filter: Some(b.op.span), interval, interval_why, always: false, zero_division, ..of }
    }

    fn against_number(&mut self, b: &Binary, a: &Against<'_>) {
        if a.series.kind.is == SampleKind::Timestamp {
            return self.time_against_number(b, a);
        }
        if self.info_compared(a) || self.percentage(b, a) {
            return;
        }
        let half = half_line(a.op, Interval::point(a.number));
        let interval = a.series.interval;
        let shared = interval.intersection(half);
        let open = matches!(a.op, BinaryOp::Greater | BinaryOp::Less) && shared.single() == Some(a.number);
        let never = match a.op {
            BinaryOp::NotEqual => interval.single() == Some(a.number),
            _ => shared.low > shared.high || open,
        };
        if never {
            return self.verdict(b, a, false);
        }
        let within = match a.op {
            BinaryOp::NotEqual => !interval.contains(a.number),
            BinaryOp::Greater => interval.low > a.number,
            BinaryOp::Less => interval.high < a.number,
            BinaryOp::GreaterEqual => interval.low >= a.number,
            BinaryOp::LessEqual => interval.high <= a.number,
            _ => interval.single() == Some(a.number),
        };
        // An info metric or `absent` compared with what it always is, and a count with zero, are written on purpose.
        let purposeful = interval.single().is_some()
            || interval == Interval::COUNT
            || a.series.filter.is_some()
            || self.drops_nan(b, a);
        if within && !purposeful {
            self.verdict(b, a, true);
        } else {
            self.exact_float(b, a);
        }
    }

    /// Whether it is written to drop NaN, which no comparison lets pass: `x >= 0` of a quotient, but for the whole of an
    /// alert's condition.
    fn drops_nan(&self, b: &Binary, a: &Against<'_>) -> bool {
        use SampleKind::{Number, Quantile, Ratio};
        let top = matches!(&self.query.expr().bare().kind, Kind::Binary(top) if top.op.span == b.op.span);
        let bound = a.series.interval.low == a.number || a.series.interval.high == a.number;
        let perhaps = matches!(a.series.kind.is, Ratio | Quantile | Number) && bound;
        (perhaps || a.number.is_infinite()) && !(top && self.condition)
    }

    /// A condition that never or always holds.
    fn verdict(&mut self, b: &Binary, a: &Against<'_>, always: bool) {
        let symbol = a.op.symbol();
        let noun = a.series.noun();
        let (code, word) = if always { (&codes::E0361, "always") } else { (&codes::E0360, "never") };
        let message = format!("this condition {word} holds: {noun} is {}", a.series.interval);
        let quantile = a.series.kind.is == SampleKind::Quantile && !always && a.series.interval.high.is_finite();
        let code = if quantile { &codes::E0353 } else { code };
        let message = match quantile {
            true => format!("no quantile here exceeds {}, the largest bound of its buckets", a.series.interval.high),
            false => message,
        };
        let mut diagnostic =
            Diagnostic::new(code, b.op.span, message).here(format!("`{symbol} {}` {word} holds", a.number));
        if let Some(why) = &a.series.interval_why {
            diagnostic = diagnostic.also(why);
        }
        let sure = a.series.interval_why.as_ref().is_none_or(|w| w.sure);
        let missing = a.series.interval == Interval::COUNT && !always;
        let help = missing
            .then(|| "what has no series has no count either; `absent(x)` tells that nothing is there".to_string());
        let diagnostic = diagnostic.maybe_help(help);
        self.report(if sure { diagnostic } else { lowered(diagnostic) });
    }

    /// A ratio compared with a percentage.
    fn percentage(&mut self, b: &Binary, a: &Against<'_>) -> bool {
        let ratio = a.series.kind.is == SampleKind::Ratio && a.series.interval == Interval::UNIT;
        let upwards = matches!(a.op, BinaryOp::Greater | BinaryOp::GreaterEqual | BinaryOp::Less | BinaryOp::LessEqual);
        if !ratio || !upwards || a.number <= 1.0 || a.number > 100.0 {
            return false;
        }
        let share = format!("{}", a.number / 100.0);
        let message = format!("a ratio from 0 to 1 is compared with {}", self.text(a.number_span));
        let mut diagnostic = Diagnostic::new(&codes::E0332, a.number_span, message)
            .here("a percentage")
            .label(a.place.span, "a ratio from 0 to 1")
            .help(format!("{} % is `{share}`", a.number));
        if let Some(why) = a.series.interval_why.as_ref().filter(|w| w.span != b.op.span) {
            diagnostic = diagnostic.also(why);
        }
        self.report(diagnostic.fix(format!("write `{share}`"), a.number_span, share));
        true
    }

    /// A time since 1970 is larger than any duration.
    fn time_against_number(&mut self, b: &Binary, a: &Against<'_>) {
        if a.number.abs() >= 1e8 || a.number == 0.0 {
            return;
        }
        let noun = a.series.noun();
        let message = format!("{noun} is a time in seconds since 1970, compared with {}", self.text(a.number_span));
        let text = format!("time() - {}", self.text(a.place.span));
        let diagnostic = Diagnostic::new(&codes::E0333, b.op.span, message)
            .here("compares a time with a duration")
            .also(&a.series.kind.why)
            .help(format!("how long ago it was is `{text}`"));
        let simple = matches!(a.place.kind, Kind::Selector(_));
        self.report(with_guess(diagnostic, a.place.span, simple.then_some(text)));
    }

    /// What an info metric tells stands in its labels, not in its value.
    fn info_compared(&mut self, a: &Against<'_>) -> bool {
        if a.series.kind.is != SampleKind::Info || a.number == 1.0 {
            return false;
        }
        let message = format!("{} is always 1: what it tells stands in its labels", a.series.noun());
        let help = "match its labels, or copy them to other series: `x * on (instance) group_left (version) y`";
        self.report(Pass::because(&codes::W0323, a.place.span, message, &a.series.kind.why).help(help));
        true
    }

    /// Rates and ratios hit a number exactly by chance only.
    fn exact_float(&mut self, b: &Binary, a: &Against<'_>) {
        use SampleKind::{Quantile, Rate, Ratio};
        let float = matches!(a.series.kind.is, Rate | Ratio | Quantile);
        if !float || !matches!(a.op, BinaryOp::Equal | BinaryOp::NotEqual) || a.number == 0.0 {
            return;
        }
        let symbol = a.op.symbol();
        let message = format!("{} is a result of divisions, which `{symbol}` hits by chance only", a.series.noun());
        let help = "compare with `>=` or `<=`";
        self.report(
            Diagnostic::new(&codes::W0361, b.op.span, message).here("exact").also(&a.series.kind.why).help(help),
        );
    }

    /// The value of a counter says how long its program has run.
    fn raw_counter(&mut self, b: &Binary, side: &Type, place: &Expr, other: &Type) {
        if !side.kind.is.is_cumulative() || side.buckets.is_some() {
            return;
        }
        // With zero it asks whether anything was ever counted, and with another counter which is larger: both may be meant.
        let asked = other.interval.single() == Some(0.0) || other.kind.is.is_cumulative();
        let noun = side.noun();
        let is = side.kind.is.with_article();
        let what = if side.metric.is_some() { format!("{noun}, {is},") } else { is.to_string() };
        let message = format!("{what} is compared as it is, so the condition depends on when its program was started");
        let diagnostic = Pass::because(&codes::E0324, place.span, message, &side.kind.why);
        let diagnostic = diagnostic.help("`increase(x[5m])` is what was counted lately, `rate(x[5m])` how fast");
        let text = format!("increase({}[5m])", self.text(place.span));
        let simple = matches!(&place.kind, Kind::Selector(_)) && side.kind.is == SampleKind::Counter;
        let diagnostic = with_guess(diagnostic, place.span, simple.then_some(text));
        let _ = b;
        self.report(if asked { lowered(diagnostic) } else { diagnostic });
    }
}

/// The comparison seen from the series, when the other side is one number.
fn against<'a>(b: &'a Binary, left: &'a Type, right: &'a Type) -> Option<Against<'a>> {
    let number = |t: &Type| if t.value == ValueType::Scalar { t.interval.single() } else { None };
    match (number(left), number(right)) {
        (None, Some(number)) if left.value != ValueType::Scalar => {
            Some(Against { series: left, place: &b.lhs, op: b.op.node, number, number_span: b.rhs.span })
        }
        (Some(number), None) if right.value != ValueType::Scalar => {
            Some(Against { series: right, place: &b.rhs, op: turned(b.op.node), number, number_span: b.lhs.span })
        }
        _ => None,
    }
}

/// The same comparison with its sides exchanged.
fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        other => other,
    }
}

/// The values that may pass a comparison with `other`, the bounds included.
fn half_line(op: BinaryOp, other: Interval) -> Interval {
    match op {
        BinaryOp::Greater | BinaryOp::GreaterEqual => Interval::new(other.low, f64::INFINITY),
        BinaryOp::Less | BinaryOp::LessEqual => Interval::new(f64::NEG_INFINITY, other.high),
        BinaryOp::Equal => other,
        _ => Interval::ALL,
    }
}
