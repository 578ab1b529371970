//! Alerts that burn an error budget over several windows: objectives in disguise, offered as such.

use std::collections::BTreeSet;

use super::rules::Read;
use crate::promql::{self, BinaryOp, Dialect, Expr, Kind, Query};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// A comparison of an error ratio with a share of the budget.
struct Burn {
    budget: Ratio,
    window: Duration,
    errors: String,
    total: String,
}

/// Comments that say what objectives the alerts of a group stand for.
pub(super) fn offers(rules: &[Read<'_>], records: &[(String, String)]) -> Vec<String> {
    let mut offered = BTreeSet::new();
    let mut comments = Vec::new();
    for read in rules.iter().filter(|r| r.rule.alert.is_some()) {
        let Some(query) = parse(&read.expr) else { continue };
        let burns = burns(&query, records);
        let windows: BTreeSet<Duration> = burns.iter().map(|b| b.window).collect();
        let Some(first) = burns.first().filter(|_| windows.len() > 1) else { continue };
        let same = |b: &Burn| (b.budget, &b.errors, &b.total) == (first.budget, &first.errors, &first.total);
        let Some(objective) = Ratio::ONE.minus(first.budget).filter(|_| burns.iter().all(same)) else { continue };
        if offered.insert((first.errors.clone(), first.total.clone())) {
            comments
                .push("These alerts burn an error budget. The same as an objective, whose alerts are proved:".into());
            comments.push(format!("  slo objective-{} {} over 30d {{", offered.len(), objective.percent()));
            comments.push(format!("    errors  {}", first.errors));
            comments.push(format!("    total   {}", first.total));
            comments.push("  }".into());
        }
    }
    comments
}

fn parse(text: &str) -> Option<Query> {
    promql::parse(text, Span::new(Default::default(), 0..text.len()), Dialect::Rule).0
}

/// All comparisons of a ratio with `factor * budget`.
fn burns(query: &Query, records: &[(String, String)]) -> Vec<Burn> {
    let mut found = Vec::new();
    query.expr().walk(&mut |e| {
        if let Kind::Binary(b) = &e.kind
            && b.op.node == BinaryOp::Greater
            && let Some(budget) = budget(b.rhs.bare())
        {
            found.extend(ratio(query, b.lhs.bare(), records).map(|(window, errors, total)| Burn {
                budget,
                window,
                errors,
                total,
            }));
        }
    });
    found
}

/// The budget in `14.4 * 0.001` and `14.4 * (1 - 0.999)`: the smaller of the two.
fn budget(expr: &Expr) -> Option<Ratio> {
    let Kind::Binary(b) = &expr.kind else { return None };
    let (left, right) = (b.lhs.constant()?, b.rhs.constant()?);
    let small = left.min(right);
    let product = b.op.node == BinaryOp::Mul && small > 0.0 && small < 0.5 && left.max(right) >= 1.0;
    // Nine decimals are all that an objective has; what a float adds behind them is no one's word.
    product.then(|| Ratio::parse(&format!("{small:.9}"))).flatten()
}

/// The errors and the total of a ratio that stands here, or that a rule of this name records, and its window.
fn ratio(query: &Query, expr: &Expr, records: &[(String, String)]) -> Option<(Duration, String, String)> {
    if let Kind::Selector(selector) = &expr.kind {
        let name = selector.metric()?.node.to_string();
        let (_, recorded) = records.iter().find(|(metric, _)| *metric == name)?;
        let recorded = parse(recorded)?;
        return ratio(&recorded, recorded.expr().bare(), &[]);
    }
    let Kind::Binary(b) = &expr.kind else { return None };
    if b.op.node != BinaryOp::Div {
        return None;
    }
    let mut lengths = BTreeSet::new();
    expr.walk(&mut |e| {
        if let Kind::Selector(s) = &e.kind {
            lengths.extend(s.range.as_ref().and_then(|r| r.length.known()));
        }
    });
    let window = lengths.first().copied().filter(|_| lengths.len() == 1)?;
    let side = |e: &Expr| query.compact_part(e, None).replace(&format!("[{window}]"), "[$window]");
    let (errors, total) = (side(b.lhs.bare()), side(b.rhs.bare()));
    (errors.contains("$window") && total.contains("$window")).then_some((window, errors, total))
}
