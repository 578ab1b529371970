//! Arithmetic: units that fit, what a quotient is, and which values can come out.

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::units::Ratio;

use super::super::ast::{Binary, Expr, power};
use super::super::ops::{BinaryOp, ValueType};
use super::checker::{Also, Pass, lowered};
use super::interval::Interval;
use super::kind::SampleKind;
use super::proof::Proof;
use super::{Fact, Type, Why};

impl Pass<'_> {
    pub(super) fn binary(&mut self, b: &Binary, expr: &Expr) -> Type {
        let (left, right) = (self.type_of(&b.lhs), self.type_of(&b.rhs));
        let result = if b.op.node.is_set() {
            self.set_operation(b, left, right)
        } else if b.op.node.is_comparison() {
            self.comparison(b, left, right)
        } else {
            self.arithmetic(b, left, right)
        };
        Type { value: expr.value_type(), ..result }
    }

    fn arithmetic(&mut self, b: &Binary, left: Type, right: Type) -> Type {
        let row = self.joined_row(b, &left, &right);
        let op = b.op.node;
        if matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mod | BinaryOp::Atan2) {
            self.same_unit(b, &left, &right);
        }
        for side in [&b.lhs, &b.rhs] {
            self.several_names(side, b.op.span);
        }
        self.times_added(b, &left, &right);
        self.rate_and_increase(b, &left, &right);
        let why = Why::new(b.op.span, format!("`{}` here", op.symbol()));
        let kind = self.kind_of(b, &left, &right);
        let unit = unit_of(b, &left, &right, &why);
        let (interval, interval_why) = self.interval_of(b, kind, &left, &right);
        self.divided_by_nothing(b, &left, &right);
        let zero_division = zero_division(b, &right).or(left.zero_division).or(right.zero_division);
        let filter = left.filter.or(right.filter);
        let always = left.always && right.always;
        let buckets =
            left.buckets.clone().or(right.buckets.clone()).filter(|_| row.lookup("le").presence > super::Presence::Not);
        let perhaps_native = left.perhaps_native || right.perhaps_native;
        let of = if left.value == ValueType::Scalar { right } else { left };
        let result = Type { perhaps_native, ..of.derived(kind, why) };
        Type { row, unit, interval, interval_why, filter, zero_division, always, buckets, ..result }
    }

    /// A divisor that is 0 whatever happens.
    fn divided_by_nothing(&mut self, b: &Binary, left: &Type, right: &Type) {
        let divides = matches!(b.op.node, BinaryOp::Div | BinaryOp::Mod);
        // `1 / 0` is a way to write infinity.
        if !divides || right.interval.single() != Some(0.0) || left.value == ValueType::Scalar {
            return;
        }
        let what = if b.op.node == BinaryOp::Div { "infinite or NaN" } else { "NaN" };
        let mistake =
            Diagnostic::new(&codes::W0360, b.op.span, format!("this divides by 0, so every result is {what}"));
        self.report(mistake.here("divides by 0").help("another divisor is meant"));
    }

    /// Seconds and bytes cannot be added up or compared; seconds and milliseconds not without a factor.
    pub(super) fn same_unit(&mut self, b: &Binary, left: &Type, right: &Type) {
        let (Some(l), Some(r)) = (&left.unit, &right.unit) else { return };
        // A number without a unit is whatever it must be, and zero is zero of anything.
        if l.is == r.is || plain_number(left) || plain_number(right) {
            return;
        }
        let sure = l.why.sure && r.why.sure;
        let symbol = b.op.node.symbol();
        let both = left.kind.is == SampleKind::Timestamp || right.kind.is == SampleKind::Timestamp;
        let diagnostic = match r.is.factor_to(l.is) {
            None => Diagnostic::new(&codes::E0330, b.op.span, format!("`{symbol}` between {} and {}", l.is, r.is)),
            Some(_) if both => return,
            Some(factor) => {
                let message =
                    format!("`{symbol}` between {} and {}: one is {} of the other", l.is, r.is, factor.expr());
                let help = match factor >= Ratio::ONE {
                    true => format!("multiply the right side by {}", factor.expr()),
                    false => format!(
                        "divide the right side by {}",
                        Ratio::ONE.over(factor).map_or_else(String::new, |f| f.expr())
                    ),
                };
                Diagnostic::new(&codes::E0331, b.op.span, message).help(help)
            }
        };
        let diagnostic = diagnostic.label(b.lhs.span, format!("in {}", l.is)).label(b.rhs.span, format!("in {}", r.is));
        let diagnostic = diagnostic.also(&l.why).also(&r.why);
        self.report(if sure { diagnostic } else { lowered(diagnostic) });
    }

    /// Two times can only be subtracted.
    fn times_added(&mut self, b: &Binary, left: &Type, right: &Type) {
        let both = left.kind.is == SampleKind::Timestamp && right.kind.is == SampleKind::Timestamp;
        if both && matches!(b.op.node, BinaryOp::Add | BinaryOp::Mul) {
            let message = format!("`{}` of two times means nothing", b.op.node.symbol());
            self.report(
                Diagnostic::new(&codes::E0333, b.op.span, message)
                    .label(b.lhs.span, "a time")
                    .label(b.rhs.span, "a time")
                    .help("the difference of two times is how long it took: `time() - x`"),
            );
        }
    }

    /// A rate over an increase is off by the length of the window.
    fn rate_and_increase(&mut self, b: &Binary, left: &Type, right: &Type) {
        use SampleKind::{Increase, Rate};
        let mixed = matches!((left.kind.is, right.kind.is), (Rate, Increase) | (Increase, Rate));
        if mixed && matches!(b.op.node, BinaryOp::Div | BinaryOp::Add | BinaryOp::Sub) {
            let message = "a rate and an increase differ by the length of the window";
            self.report(
                Diagnostic::new(&codes::W0331, b.op.span, message)
                    .label(b.lhs.span, left.kind.is.with_article())
                    .label(b.rhs.span, right.kind.is.with_article())
                    .help("use one of the two on both sides"),
            );
        }
    }

    fn kind_of(&self, b: &Binary, left: &Type, right: &Type) -> SampleKind {
        use SampleKind::*;
        let number = |t: &Type| t.value == ValueType::Scalar && t.kind.is == Number;
        match (b.op.node, left.kind.is, right.kind.is) {
            (BinaryOp::Sub, Timestamp, Timestamp) => Number,
            (BinaryOp::Add | BinaryOp::Sub, Timestamp, Number) => Timestamp,
            (BinaryOp::Add, Number, Timestamp) => Timestamp,
            // What is subtracted may be a time or a duration.
            (_, Timestamp, _) | (_, _, Timestamp) => Unknown,
            (BinaryOp::Add, Counter | CounterSum, Counter | CounterSum) => CounterSum,
            (BinaryOp::Add, a, c) if a == c => a,
            (BinaryOp::Div, Rate, Rate) | (BinaryOp::Div, Increase, Increase) => ratio_kind(left, right),
            (BinaryOp::Sub | BinaryOp::Add, Ratio, _) if number(right) => Ratio,
            (BinaryOp::Sub | BinaryOp::Add, _, Ratio) if number(left) => Ratio,
            (BinaryOp::Mul | BinaryOp::Div, Bool | Info | StateSet | Unknown, _) if number(right) => Unknown,
            (BinaryOp::Mul | BinaryOp::Div, kind, _) if number(right) => kind,
            (BinaryOp::Mul, _, kind) if number(left) => kind,
            // A join with an info metric only adds labels.
            (BinaryOp::Mul, kind, Info) => kind,
            (BinaryOp::Mul, Info, kind) => kind,
            (_, Unknown, _) | (_, _, Unknown) => Unknown,
            _ => Number,
        }
    }

    fn interval_of(&self, b: &Binary, kind: SampleKind, left: &Type, right: &Type) -> (Interval, Option<Why>) {
        let (l, r) = (left.interval, right.interval);
        let interval = match b.op.node {
            BinaryOp::Add => l.plus(r),
            BinaryOp::Sub => l.plus(r.negated()),
            BinaryOp::Mul => l.times(r),
            BinaryOp::Div => l.over(r),
            BinaryOp::Pow => match (l.single(), r.single()) {
                (Some(a), Some(b)) => power(a, b).map_or(Interval::ALL, Interval::point),
                _ => Interval::ALL,
            },
            _ => Interval::ALL,
        };
        let part = b.op.node == BinaryOp::Div && kind == SampleKind::Ratio && self.proof(&b.lhs, &b.rhs) == Proof::Part;
        if part {
            let why = Why::new(b.op.span, "a part over the whole, so from 0 to 1");
            return (interval.intersection(Interval::UNIT), Some(why));
        }
        let why = if right.value == ValueType::Scalar { &left.interval_why } else { &right.interval_why };
        (interval, why.clone().or(left.interval_why.clone()))
    }
}

/// One rate over another of the same unit.
fn ratio_kind(left: &Type, right: &Type) -> SampleKind {
    match (&left.unit, &right.unit) {
        (Some(l), Some(r)) if !l.is.same_dimension(r.is) => SampleKind::Number,
        _ => SampleKind::Ratio,
    }
}

/// A number that is written without a unit.
fn plain_number(t: &Type) -> bool {
    t.value == ValueType::Scalar && t.kind.is == SampleKind::Number && t.unit.is_none()
}

/// Factors that convert a unit; any other number scales a value within its unit.
const CONVERSIONS: [f64; 9] = [100.0, 1000.0, 1e6, 1e9, 1024.0, 1_048_576.0, 1_073_741_824.0, 1_099_511_627_776.0, 8.0];

/// Factors that may convert a unit, and may not.
const PERHAPS: [f64; 3] = [60.0, 3600.0, 86_400.0];

fn unit_of(b: &Binary, left: &Type, right: &Type, why: &Why) -> Option<Fact<Unit>> {
    let scaled = |of: &Type, factor: f64, over: bool| {
        let unit = of.unit.clone()?;
        let conversion = CONVERSIONS.contains(&factor);
        if PERHAPS.contains(&factor) || factor == 8.0 && unit.is.is_plain() {
            return None;
        }
        if !conversion {
            return Some(unit);
        }
        let exact = Ratio::parse(&format!("{factor}"))?;
        let exact = if over { Ratio::ONE.over(exact)? } else { exact };
        Some(Fact { is: unit.is.rescaled(exact)?, ..unit })
    };
    let number = |t: &Type| if plain_number(t) { t.interval.single() } else { None };
    match b.op.node {
        BinaryOp::Mul => match (number(left), number(right)) {
            (_, Some(factor)) => scaled(left, factor, false),
            (Some(factor), _) => scaled(right, factor, false),
            _ => combined(left, right, why, Unit::times),
        },
        BinaryOp::Div => match number(right) {
            Some(divisor) => scaled(left, divisor, true),
            None if plain_number(left) => None,
            None => combined(left, right, why, Unit::over),
        },
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mod => {
            if plain_number(left) {
                right.unit.clone()
            } else {
                left.unit.clone()
            }
        }
        _ => None,
    }
}

fn combined(left: &Type, right: &Type, why: &Why, f: impl Fn(Unit, Unit) -> Option<Unit>) -> Option<Fact<Unit>> {
    let (l, r) = (left.unit.as_ref()?, right.unit.as_ref()?);
    let is = f(l.is, r.is)?;
    Some(Fact::new(is, Why { sure: l.why.sure && r.why.sure, ..why.clone() }))
}

/// A divisor that may be zero; one that always is, is told where it stands.
fn zero_division(b: &Binary, right: &Type) -> Option<crate::source::Span> {
    let guarded = right.filter.is_some() || !right.interval.contains(0.0);
    let known = !right.interval.is_all() && right.interval.single() != Some(0.0) && right.value != ValueType::Scalar;
    (matches!(b.op.node, BinaryOp::Div | BinaryOp::Mod) && known && !guarded).then_some(b.op.span)
}
