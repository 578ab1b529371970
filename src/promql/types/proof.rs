//! Proofs that one query counts a part of what another counts, so that their quotient is from 0 to 1.

use crate::diag::{Diagnostic, codes};
use crate::source::Span;

use super::super::Query;
use super::super::ast::{Binary, Expr, Grouping, Kind, Matcher, Range, Selector};
use super::super::ops::{BinaryOp, MatchOp, ValueType};
use super::super::sample::Test;
use super::Type;
use super::checker::Pass;
use super::kind::SampleKind;
use super::pattern;

/// What can be said of a part and a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Proof {
    /// Whatever the part counts, the whole counts too.
    Part,
    /// The part counts what the whole does not.
    Outside(Outside),
    /// Neither can be shown.
    Unknown,
}

/// Why a part is none: where it differs from the whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Outside {
    part: Span,
    whole: Span,
    message: String,
}

impl Pass<'_> {
    /// Whether `part` counts a part of what `whole` counts.
    pub(super) fn proof(&self, part: &Expr, whole: &Expr) -> Proof {
        if let Kind::Binary(sum) = &whole.bare().kind
            && sum.op.node == BinaryOp::Add
            && grows(&sum.lhs)
            && grows(&sum.rhs)
        {
            let text = |e: &Expr| self.query.compact_part(e.bare(), None);
            let summand = [&sum.lhs, &sum.rhs].into_iter().any(|s| text(s) == text(part));
            return if summand { Proof::Part } else { Proof::Unknown };
        }
        proof(part, whole)
    }

    /// A quotient whose part counts what its whole does not.
    pub(super) fn outside(&mut self, b: &Binary) {
        if let Proof::Outside(outside) = self.proof(&b.lhs, &b.rhs) {
            self.report(outside.diagnostic("the divisor"));
        }
    }
}

impl Outside {
    fn diagnostic(&self, whole: &str) -> Diagnostic {
        Diagnostic::new(&codes::E0362, self.part, format!("{}, so the ratio can exceed 1", self.message))
            .here("counts more")
            .label(self.whole, format!("{whole} counts less"))
            .help("what is counted above the line must be counted below it too")
    }
}

/// Checks the two queries of an event ratio, each with what it counts, against each other: the part within the total, and both
/// of one function.
pub fn check_pair((part, found): (&Query, &Type), (total, all): (&Query, &Type)) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    use SampleKind::{Increase, Rate};
    if matches!((found.kind.is, all.kind.is), (Rate, Increase) | (Increase, Rate)) {
        let message = "one of these is a rate and the other an increase: they differ by the length of the window";
        let diagnostic =
            Diagnostic::new(&codes::W0331, part.expr().span, message).label(total.expr().span, "the other");
        out.push(diagnostic.help("use one of the two on both sides"));
    }
    if part.compact(None) == total.compact(None) {
        let message = "the part and the total count the same events, so the ratio is always 1";
        let diagnostic = Diagnostic::new(&codes::W0362, part.expr().span, message).here("all of them");
        let help = "a matcher tells the part from the rest: `{code=~\"5..\"}`";
        out.push(diagnostic.label(total.expr().span, "the total").help(help));
    }
    if let Proof::Outside(outside) = proof(part.expr(), total.expr()) {
        out.push(outside.diagnostic("the total"));
    }
    out
}

/// Whether it is a rate, an increase, or a sum of such.
fn grows(expr: &Expr) -> bool {
    match &expr.bare().kind {
        Kind::Aggregate(a) => a.op.node == "sum" && grows(&a.expr),
        Kind::Call(c) => matches!(c.name.node.as_str(), "rate" | "increase"),
        _ => false,
    }
}

fn proof(part: &Expr, whole: &Expr) -> Proof {
    let (part, whole) = (without_default(part.bare()), without_guard(whole.bare()));
    match (&part.kind, &whole.kind) {
        (Kind::Aggregate(a), Kind::Aggregate(b)) => {
            let same = a.op.node == b.op.node && a.op.node == "sum" && same_grouping(&a.grouping, &b.grouping);
            if same { proof(&a.expr, &b.expr) } else { Proof::Unknown }
        }
        (Kind::Call(a), Kind::Call(b)) => {
            let counts = ["rate", "increase", "irate", "count_over_time"].contains(&a.name.node.as_str());
            match (a.args.first(), b.args.first()) {
                (Some(x), Some(y)) if a.name.node == b.name.node && counts => proof(x, y),
                _ => Proof::Unknown,
            }
        }
        (Kind::Selector(a), Kind::Selector(b)) => selectors(a, b),
        _ => Proof::Unknown,
    }
}

/// `x` of `x or y`.
fn without_default(expr: &Expr) -> &Expr {
    match &expr.kind {
        Kind::Binary(b) if b.op.node == BinaryOp::Or => without_default(b.lhs.bare()),
        _ => expr,
    }
}

/// `x` of `x > 0`.
fn without_guard(expr: &Expr) -> &Expr {
    match &expr.kind {
        Kind::Binary(b)
            if b.op.node.is_comparison() && b.bool_modifier.is_none() && b.rhs.value_type() == ValueType::Scalar =>
        {
            without_guard(b.lhs.bare())
        }
        _ => expr,
    }
}

fn same_grouping(a: &Option<Grouping>, b: &Option<Grouping>) -> bool {
    let labels = |g: &Option<Grouping>| {
        let mut labels: Vec<String> = g.iter().flat_map(|g| &g.labels).map(|l| l.node.clone()).collect();
        labels.sort();
        (g.as_ref().is_some_and(|g| g.without), labels)
    };
    labels(a) == labels(b)
}

fn selectors(part: &Selector, whole: &Selector) -> Proof {
    let (Some(a), Some(b)) = (part.metric(), whole.metric()) else { return Proof::Unknown };
    let buckets = a.node.strip_suffix("_bucket");
    let of_histogram = buckets.is_some() && buckets == b.node.strip_suffix("_count");
    if a.node != b.node && !of_histogram {
        return Proof::Unknown;
    }
    let length = |r: &Option<Range>| r.as_ref().map(|r| r.length.clone());
    if length(&part.range) != length(&whole.range) {
        let span = |s: &Selector| s.range.as_ref().map_or(s.core, |r| r.span);
        let message = "the two read ranges of different lengths".to_string();
        return Proof::Outside(Outside { part: span(part), whole: span(whole), message });
    }
    let offset = |s: &Selector| s.offset.as_ref().map(|o| (o.negative, o.length.clone()));
    if offset(part) != offset(whole) {
        return Proof::Unknown;
    }
    let verdicts: Vec<Proof> = whole.matchers.iter().map(|m| implied(m, part)).collect();
    let refuted = verdicts.iter().find(|v| matches!(v, Proof::Outside(_)));
    match refuted {
        Some(outside) => outside.clone(),
        None if verdicts.iter().all(|v| *v == Proof::Part) => Proof::Part,
        None => Proof::Unknown,
    }
}

/// Whether two matchers select different values, `code=~"5.."` and `code=~"2.."`: each refuses what is made up for the other.
fn apart(part: &Matcher, whole: &Matcher) -> bool {
    let selecting = |m: &Matcher| !m.op.node.is_negative();
    let refuses = |by: &Matcher, of: &Matcher| {
        let values = Test::new(of).accepted();
        !values.is_empty() && values.iter().all(|v| pattern::selects(by, v) == Some(false))
    };
    selecting(part) && selecting(whole) && refuses(whole, part) && refuses(part, whole)
}

/// Whether every series of `part` passes a matcher of the whole.
fn implied(whole: &Matcher, part: &Selector) -> Proof {
    let same: Vec<&Matcher> = part.matchers.iter().filter(|m| m.name.node == whole.name.node).collect();
    if whole.variable || same.iter().any(|m| m.variable) {
        let equal = same.iter().any(|m| m.op.node == whole.op.node && m.value.node == whole.value.node);
        return if equal { Proof::Part } else { Proof::Unknown };
    }
    let passes = |m: &&&Matcher| {
        (m.op.node == whole.op.node && m.value.node == whole.value.node)
            || (m.op.node == MatchOp::Equal && pattern::selects(whole, &m.value.node) == Some(true))
            || literals(m).is_some_and(|l| l.iter().all(|v| pattern::selects(whole, v) == Some(true)))
            || within_bucket(m, whole)
    };
    if same.iter().any(|m| passes(&m)) {
        return Proof::Part;
    }
    let fails = |m: &&&Matcher| {
        let values = match m.op.node {
            MatchOp::Equal => Some(vec![m.value.node.clone()]),
            _ => literals(m),
        };
        values.is_some_and(|values| values.iter().any(|v| pattern::selects(whole, v) == Some(false))) || apart(m, whole)
    };
    let outside = |span: Span, message: String| Proof::Outside(Outside { part: span, whole: whole.span, message });
    let symbol = format!("{}{}\"{}\"", whole.name.node, whole.op.node.symbol(), whole.value.node);
    match same.iter().find(|m| fails(m)) {
        Some(m) => outside(m.span, format!("this is not within `{symbol}`")),
        None if same.is_empty() => outside(part.core, format!("this is not limited to `{symbol}`")),
        None => Proof::Unknown,
    }
}

/// The texts of `=~"a|b"`.
fn literals(m: &Matcher) -> Option<Vec<String>> {
    let texts = m.value.node.split('|').map(super::pattern::literal);
    (m.op.node == MatchOp::Regex).then(|| texts.collect()).flatten()
}

/// A bucket holds all smaller ones.
fn within_bucket(part: &Matcher, whole: &Matcher) -> bool {
    let both = part.name.node == "le" && part.op.node == MatchOp::Equal && whole.op.node == MatchOp::Equal;
    let bound = |m: &Matcher| m.value.node.parse::<f64>().ok();
    both && matches!((bound(part), bound(whole)), (Some(a), Some(b)) if a <= b)
}
