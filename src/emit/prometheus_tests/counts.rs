//! What a query counts, where it is made of plain counters: then its answer for made-up counters is known.

use crate::model::{Labels, Windowed};
use crate::promql::{self, Aggregate, Binary, BinaryOp, Call, Dialect, Expr, Kind, Length, MatchOp, Selector, Test};
use crate::source::{FileId, Span};

/// A made-up counter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Counter {
    pub(super) metric: String,
    pub(super) labels: Labels,
}

/// A selector of counters, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The metric it selects.
    pub(super) metric: String,
    /// Its matchers, with their labels.
    pub(super) tests: Vec<(String, Test)>,
}

impl Filter {
    /// A selector of one metric; `None` when it names several.
    pub(super) fn new(selector: &Selector) -> Option<Filter> {
        let metric = selector.metric()?.node.to_string();
        let (named, labels): (Vec<_>, Vec<_>) = selector.matchers.iter().partition(|m| m.name.node == "__name__");
        let plain = named.iter().all(|m| m.op.node == MatchOp::Equal && m.value.node == metric);
        let tests = labels.into_iter().map(|m| (m.name.node.clone(), Test::new(m))).collect();
        plain.then_some(Filter { metric, tests })
    }

    /// Whether the counter is selected.
    pub(super) fn accepts(&self, counter: &Counter) -> bool {
        let value = |label: &str| counter.labels.get(label).map_or("", String::as_str);
        self.metric == counter.metric && self.tests.iter().all(|(label, test)| test.accepts(value(label)))
    }
}

/// Sums of counters, added and subtracted.
#[derive(Clone, Debug)]
pub(super) enum Counts {
    /// `sum(increase(counter[$window]))`, or its rate.
    Counter(Filter),
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
        let span = Span::new(FileId(0), 0..query.text.len());
        let (parsed, _) = promql::parse(&query.text, span, Dialect::Window);
        aggregated(parsed?.expr(), by)
    }

    /// The counters in it, in the order written.
    pub(super) fn filters(&self) -> Vec<&Filter> {
        match self {
            Counts::Counter(filter) => vec![filter],
            Counts::Plus(a, b) | Counts::Minus(a, b) => [a.filters(), b.filters()].concat(),
            Counts::OrZero(a) => a.filters(),
        }
    }

    /// The answer, given what the counters of a selector have gained; `None` where a missing one leaves no answer.
    pub(super) fn value(&self, gained: &dyn Fn(&Filter) -> Option<i64>) -> Option<i64> {
        match self {
            Counts::Counter(filter) => gained(filter),
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
        Kind::Binary(binary) => combined(binary, by),
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

/// `sum` to exactly the labels of `by`.
pub(super) fn is_sum(aggregate: &Aggregate, by: &[String]) -> bool {
    let grouping = aggregate.grouping.as_ref();
    let mut kept: Vec<&str> = grouping.iter().flat_map(|g| &g.labels).map(|l| l.node.as_str()).collect();
    let mut wanted: Vec<&str> = by.iter().map(String::as_str).collect();
    kept.sort_unstable();
    wanted.sort_unstable();
    aggregate.op.node == "sum" && kept == wanted && !grouping.is_some_and(|g| g.without)
}

fn combined(binary: &Binary, by: &[String]) -> Option<Counts> {
    if binary.group.is_some() || binary.matching.is_some() || !binary.fill.is_empty() {
        return None;
    }
    let side = |e: &Expr| aggregated(e, by).map(Box::new);
    match binary.op.node {
        BinaryOp::Add => Some(Counts::Plus(side(&binary.lhs)?, side(&binary.rhs)?)),
        BinaryOp::Sub => Some(Counts::Minus(side(&binary.lhs)?, side(&binary.rhs)?)),
        BinaryOp::Or if is_zero(&binary.rhs) && by.is_empty() => Some(Counts::OrZero(side(&binary.lhs)?)),
        _ => None,
    }
}

/// `vector(0)`.
fn is_zero(expr: &Expr) -> bool {
    let Kind::Call(call) = &expr.bare().kind else { return false };
    call.name.node == "vector" && call.args.first().and_then(Expr::constant) == Some(0.0)
}

/// The counter in `rate(counter[$window])`, when it names one metric and has neither `offset` nor `@`.
fn counter(call: &Call) -> Option<Filter> {
    let [Expr { kind: Kind::Selector(s), .. }] = call.args.as_slice() else { return None };
    let plain = s.offset.is_none() && s.at.is_none() && s.extended.is_none();
    let hole = s.range.as_ref().is_some_and(|r| r.length == Length::Hole);
    let counts = matches!(call.name.node.as_str(), "rate" | "increase");
    if plain && hole && counts { Filter::new(s) } else { None }
}
