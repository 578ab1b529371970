//! Alerts that burn an error budget over several windows: objectives in disguise, offered as such.

use std::collections::BTreeSet;

use super::block::Block;
use super::rules::Read;
use super::settle;
use crate::promql::{self, Binary, BinaryOp, Dialect, Expr, Kind, MatchOp, Query, Selector};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// A series that a rule records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Recorded {
    pub(super) name: String,
    pub(super) expr: String,
    /// The labels that the rule adds.
    pub(super) labels: Vec<(String, String)>,
}

/// The share of some events in all, with `$window` where the range goes.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Share {
    /// Whether `part` counts the good ones.
    good: bool,
    part: String,
    total: String,
    by: Vec<String>,
}

/// A comparison of an error ratio with a share of the budget.
struct Burn {
    budget: Ratio,
    window: Duration,
    share: Share,
}

/// Comments that say what objectives the alerts of a group stand for.
pub(super) fn offers(rules: &[Read<'_>], records: &[Recorded]) -> Vec<String> {
    let mut found: Vec<(Share, Ratio, BTreeSet<Duration>)> = Vec::new();
    for read in rules.iter().filter(|r| r.rule.alert.is_some()) {
        let Some(query) = parse(&read.expr, Dialect::Rule) else { continue };
        for Burn { budget, window, share } in burns(&query, records) {
            match found.iter_mut().find(|(s, b, _)| *s == share && *b == budget) {
                Some((.., windows)) => {
                    windows.insert(window);
                }
                None => found.push((share, budget, BTreeSet::from([window]))),
            }
        }
    }
    let several = found.into_iter().filter(|(.., windows)| windows.len() > 1);
    let blocks = several.filter_map(|(share, budget, _)| Some((Ratio::ONE.minus(budget)?, share)));
    let blocks: Vec<Block> =
        blocks.enumerate().map(|(index, (o, share))| objective(index, o, share)).filter(settle::fits).collect();
    let said = "These alerts burn an error budget. The same as an objective, whose alerts are proved:".to_string();
    let lines = |b: &Block| b.as_comments().into_iter().map(|line| format!("  {line}"));
    let each = |b: &Block| [said.clone()].into_iter().chain(lines(b)).collect::<Vec<String>>();
    blocks.iter().flat_map(each).collect()
}

fn objective(index: usize, objective: Ratio, share: Share) -> Block {
    let by = if share.by.is_empty() { String::new() } else { format!(" by {}", share.by.join(", ")) };
    let mut block = Block::new(format!("slo objective-{} {} over 30d{by}", index + 1, objective.percent()));
    block.line(format!("{} {}", if share.good { "good" } else { "errors" }, share.part));
    block.line(format!("total {}", share.total));
    block
}

fn parse(text: &str, dialect: Dialect) -> Option<Query> {
    promql::parse(text, Span::new(Default::default(), 0..text.len()), dialect).0
}

/// All comparisons of a ratio with a share of a budget.
fn burns(query: &Query, records: &[Recorded]) -> Vec<Burn> {
    let mut found = Vec::new();
    query.expr().walk(&mut |e| {
        if let Kind::Binary(b) = &e.kind
            && let Some((value, limit)) = compared(b)
            && let Some((value, budget)) = over_budget(value, limit)
        {
            let share = share(query, value, records);
            found.extend(share.map(|(window, share)| Burn { budget, window, share }));
        }
    });
    found
}

/// What is to be over what.
fn compared(b: &Binary) -> Option<(&Expr, &Expr)> {
    match b.op.node {
        BinaryOp::Greater | BinaryOp::GreaterEqual => Some((b.lhs.bare(), b.rhs.bare())),
        BinaryOp::Less | BinaryOp::LessEqual => Some((b.rhs.bare(), b.lhs.bare())),
        _ => None,
    }
}

/// The ratio and the budget in `ratio > 14.4 * 0.001`, `ratio > 14.4 * (1 - 0.999)` and `ratio / 0.001 > 14.4`: the smaller
/// of the two numbers.
fn over_budget<'e>(value: &'e Expr, limit: &'e Expr) -> Option<(&'e Expr, Ratio)> {
    let (ratio, factor, budget) = match (&limit.kind, &value.kind) {
        (Kind::Binary(b), _) if b.op.node == BinaryOp::Mul => {
            let (left, right) = (b.lhs.constant()?, b.rhs.constant()?);
            (value, left.max(right), left.min(right))
        }
        (_, Kind::Binary(b)) if b.op.node == BinaryOp::Div => (b.lhs.bare(), limit.constant()?, b.rhs.constant()?),
        _ => return None,
    };
    // Nine decimals are all that an objective has; what a float adds behind them is no one's word.
    let is_budget = budget > 0.0 && budget < 0.5 && factor >= 1.0;
    is_budget.then(|| Ratio::parse(&format!("{budget:.9}"))).flatten().map(|budget| (ratio, budget))
}

/// The share that stands here, or that a rule of this name records, and its window.
fn share(query: &Query, expr: &Expr, records: &[Recorded]) -> Option<(Duration, Share)> {
    match &expr.kind {
        Kind::Selector(selector) => {
            let found: Vec<_> = records.iter().filter_map(|recorded| of_record(recorded, selector)).collect();
            // Of several series of one name it is not known which is meant.
            <[_; 1]>::try_from(found).ok().map(|[one]| one)
        }
        Kind::Binary(b) if b.op.node == BinaryOp::Sub && b.lhs.constant() == Some(1.0) => {
            let (window, share) = share(query, b.rhs.bare(), records)?;
            Some((window, Share { good: !share.good, ..share }))
        }
        Kind::Binary(b) if b.op.node == BinaryOp::Div => quotient(query, expr, b),
        _ => None,
    }
}

fn quotient(query: &Query, expr: &Expr, b: &Binary) -> Option<(Duration, Share)> {
    let mut lengths = BTreeSet::new();
    expr.walk(&mut |e| match &e.kind {
        Kind::Selector(s) => lengths.extend(s.range.as_ref().and_then(|r| r.length.known())),
        Kind::Subquery(s) => lengths.extend(s.range.length.known()),
        _ => {}
    });
    let window = lengths.first().copied().filter(|_| lengths.len() == 1)?;
    let (part, total) = (b.lhs.bare(), b.rhs.bare());
    let by = split(part).filter(|by| split(total).as_ref() == Some(by))?;
    let ends = [("]", format!("[{window}]")), (":", format!("[{window}:"))];
    let hole = |text: String, (end, range): &(&str, String)| text.replace(range, &format!("[$window{end}"));
    let side = |e: &Expr| ends.iter().fold(query.compact_part(e, None), hole);
    let (part, total) = (side(part), side(total));
    let windowed = part.contains("$window") && total.contains("$window");
    windowed.then_some((window, Share { good: false, part, total, by }))
}

/// The labels that a sum is split by; those of the first one in a difference.
fn split(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        Kind::Aggregate(a) => match &a.grouping {
            Some(grouping) if grouping.without => None,
            grouping => {
                let mut labels: Vec<String> =
                    grouping.iter().flat_map(|g| &g.labels).map(|label| label.node.clone()).collect();
                labels.sort();
                Some(labels)
            }
        },
        Kind::Binary(b) => split(b.lhs.bare()),
        _ => Some(Vec::new()),
    }
}

/// The share that a rule records, where a selector reads it.
fn of_record(recorded: &Recorded, selector: &Selector) -> Option<(Duration, Share)> {
    if selector.metric()?.node != recorded.name {
        return None;
    }
    let query = parse(&recorded.expr, Dialect::Rule)?;
    let (window, mut share) = share(&query, query.expr().bare(), &[])?;
    let all = query.compact(None);
    for matcher in selector.matchers.iter().filter(|m| m.name.node != "__name__") {
        let (name, value) = (&matcher.name.node, &matcher.value.node);
        let equal = matcher.op.node == MatchOp::Equal;
        let written = format!("{name}{}{}", matcher.op.node.symbol(), super::block::quoted(value));
        match recorded.labels.iter().find(|(label, _)| label == name) {
            Some((_, own)) if equal && own == value => {}
            Some(_) => return None,
            None if all.contains(&written) => share.by.retain(|label| label != name),
            None if equal && share.by.contains(name) => {
                share.by.retain(|label| label != name);
                share.part = with_matcher(&share.part, &written)?;
                share.total = with_matcher(&share.total, &written)?;
            }
            None => return None,
        }
    }
    Some((window, share))
}

/// A query whose selectors have one matcher more.
fn with_matcher(text: &str, matcher: &str) -> Option<String> {
    let query = parse(text, Dialect::Window)?;
    let mut cores = Vec::new();
    query.expr().walk(&mut |e| {
        if let Kind::Selector(s) = &e.kind {
            cores.push(s.core.range());
        }
    });
    cores.sort_by_key(|core| std::cmp::Reverse(core.start));
    let mut out = text.to_string();
    for core in cores {
        let written = out.get(core.clone())?;
        let more = match written.strip_suffix('}') {
            Some(open) if open.ends_with('{') => format!("{open}{matcher}}}"),
            Some(open) => format!("{open}, {matcher}}}"),
            None => format!("{written}{{{matcher}}}"),
        };
        out.replace_range(core, &more);
    }
    Some(out)
}
