//! What a query counts, where it is made of plain counters: then its answer for made-up counters is known.

use crate::model::Windowed;
use crate::promql::{self, Aggregate, Binary, BinaryOp, Call, Dialect, Expr, Kind, Length, MatchOp, Selector};
use crate::source::{FileId, Span};

/// Sums of counters, added and subtracted.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Counts {
    /// `sum(increase(counter[$window]))`, or its rate.
    Counter(Selector),
    /// `a + b`.
    Plus(Box<Counts>, Box<Counts>),
    /// `a - b`.
    Minus(Box<Counts>, Box<Counts>),
    /// `a or vector(0)`.
    OrZero(Box<Counts>),
}

impl Counts {
    /// Reads a query with the hole `$window` and the labels `by`. `None` when it is not of this form.
    pub(super) fn read(query: &Windowed, by: &[String]) -> Option<Counts> {
        let text = query.text.replace("[$window]", "[$window]");
        let span = Span::new(FileId(0), 0..text.len());
        let (parsed, _) = promql::parse(&text, span, Dialect::Window);
        aggregated(parsed?.expr(), by)
    }

    /// The counters in it, in the order written.
    pub(super) fn selectors(&self) -> Vec<&Selector> {
        match self {
            Counts::Counter(selector) => vec![selector],
            Counts::Plus(a, b) | Counts::Minus(a, b) => [a.selectors(), b.selectors()].concat(),
            Counts::OrZero(a) => a.selectors(),
        }
    }

    /// The answer, given what each counter has gained; `None` where there is no answer because a counter is missing.
    pub(super) fn value(&self, gained: &dyn Fn(&Selector) -> Option<i64>) -> Option<i64> {
        match self {
            Counts::Counter(selector) => gained(selector),
            Counts::Plus(a, b) => Some(a.value(gained)? + b.value(gained)?),
            Counts::Minus(a, b) => Some(a.value(gained)? - b.value(gained)?),
            Counts::OrZero(a) => Some(a.value(gained).unwrap_or(0)),
        }
    }
}

/// An expression that has exactly the labels of `by`.
fn aggregated(expr: &Expr, by: &[String]) -> Option<Counts> {
    match &expr.bare().kind {
        Kind::Aggregate(aggregate) if is_sum(aggregate, by) => summed(&aggregate.expr, by),
        Kind::Binary(binary) => binary_of(binary, by),
        _ => None,
    }
}

/// What stands in a sum: a counter, or more sums.
fn summed(expr: &Expr, by: &[String]) -> Option<Counts> {
    match &expr.bare().kind {
        Kind::Call(call) => counter(call).map(Counts::Counter),
        _ => aggregated(expr, by),
    }
}

fn is_sum(aggregate: &Aggregate, by: &[String]) -> bool {
    let grouping = aggregate.grouping.as_ref();
    let mut kept: Vec<&str> = grouping.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str()).collect();
    let mut wanted: Vec<&str> = by.iter().map(String::as_str).collect();
    kept.sort_unstable();
    wanted.sort_unstable();
    aggregate.op.node == "sum" && kept == wanted && !grouping.is_some_and(|g| g.without)
}

fn binary_of(binary: &Binary, by: &[String]) -> Option<Counts> {
    let both = || Some((Box::new(aggregated(&binary.lhs, by)?), Box::new(aggregated(&binary.rhs, by)?)));
    let plain = binary.group.is_none() && binary.matching.is_none() && binary.fill.is_empty();
    match binary.op.node {
        BinaryOp::Add if plain => both().map(|(a, b)| Counts::Plus(a, b)),
        BinaryOp::Sub if plain => both().map(|(a, b)| Counts::Minus(a, b)),
        BinaryOp::Or if plain && is_zero(&binary.rhs) && by.is_empty() => {
            Some(Counts::OrZero(Box::new(aggregated(&binary.lhs, by)?)))
        }
        _ => None,
    }
}

/// `vector(0)`.
fn is_zero(expr: &Expr) -> bool {
    match &expr.bare().kind {
        Kind::Call(call) => {
            call.name.node == "vector" && call.args.first().and_then(Expr::constant) == Some(0.0)
        }
        _ => false,
    }
}

/// The counter in `rate(counter[$window])`, when it names one metric and has neither `offset` nor `@`.
fn counter(call: &Call) -> Option<Selector> {
    let [Expr { kind: Kind::Selector(s), .. }] = call.args.as_slice() else { return None };
    let plain = s.offset.is_none() && s.at.is_none() && s.extended.is_none();
    let hole = s.range.as_ref().is_some_and(|r| r.length == Length::Hole);
    let named = s.metric().is_some() && s.matchers.iter().all(|m| m.name.node != "__name__" || m.op.node == MatchOp::Equal);
    let counts = matches!(call.name.node.as_str(), "rate" | "increase");
    (plain && hole && named && counts).then(|| s.clone())
}
