//! Which labels the series of a query's result can have.

use std::collections::BTreeSet;

use crate::catalog::{self, Catalog, Part, Rest};
use crate::promql::{Aggregate, Binary, BinaryOp, Expr, Kind, MatchOp, Matcher, Selector, ValueType};

/// The labels that series can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Labels {
    /// These at most.
    Only(BTreeSet<String>),
    /// Any but these.
    Not(BTreeSet<String>),
}

impl Labels {
    fn none() -> Labels {
        Labels::Only(BTreeSet::new())
    }

    fn any() -> Labels {
        Labels::Not(BTreeSet::new())
    }

    /// Whether a series can have this label.
    pub(super) fn has(&self, label: &str) -> bool {
        match self {
            Labels::Only(labels) => labels.contains(label),
            Labels::Not(labels) => !labels.contains(label),
        }
    }

    fn keep(self, labels: BTreeSet<String>) -> Labels {
        let kept = labels.into_iter().filter(|l| self.has(l)).collect();
        Labels::Only(kept)
    }

    fn drop(self, dropped: BTreeSet<String>) -> Labels {
        match self {
            Labels::Only(labels) => Labels::Only(labels.difference(&dropped).cloned().collect()),
            Labels::Not(labels) => Labels::Not(labels.union(&dropped).cloned().collect()),
        }
    }

    fn or(self, other: Labels) -> Labels {
        match (self, other) {
            (Labels::Only(a), Labels::Only(b)) => Labels::Only(a.union(&b).cloned().collect()),
            (Labels::Not(a), Labels::Not(b)) => Labels::Not(a.intersection(&b).cloned().collect()),
            (Labels::Only(a), Labels::Not(b)) | (Labels::Not(b), Labels::Only(a)) => {
                Labels::Not(b.difference(&a).cloned().collect())
            }
        }
    }
}

/// Labels that scraping adds to every series.
const SCRAPED: [&str; 2] = ["job", "instance"];

/// The labels of an expression's result, the metric's name aside.
pub(super) fn labels(expr: &Expr, catalog: &Catalog) -> Labels {
    let labels = |e: &Expr| labels(e, catalog);
    match &expr.bare().kind {
        Kind::Number(_) | Kind::String(_) => Labels::none(),
        Kind::Selector(s) => selected(s, catalog),
        Kind::Subquery(s) => labels(&s.expr),
        Kind::Call(call) => match (call.name.node.as_str(), call.args.first()) {
            ("absent" | "absent_over_time", Some(series)) => told(series),
            ("vector" | "time" | "scalar" | "pi", _) => Labels::none(),
            ("histogram_quantile", _) => call.series().map_or(Labels::any(), &labels).drop(one("le")),
            ("label_replace" | "label_join", Some(series)) => match call.args.get(1).map(|a| &a.kind) {
                Some(Kind::String(name)) => labels(series).or(Labels::Only(one(name))),
                _ => Labels::any(),
            },
            _ => call.series().map_or(Labels::none(), &labels),
        },
        Kind::Aggregate(aggregate) => of_aggregate(aggregate, labels(&aggregate.expr)),
        Kind::Unary(u) => labels(&u.expr),
        Kind::Binary(b) => of_binary(b, labels(&b.lhs), labels(&b.rhs)),
        Kind::Paren(inner) => labels(inner),
        Kind::Variable(_) | Kind::Missing => Labels::any(),
    }
}

/// What is known of the metric, without labels that are matched to be empty.
fn selected(s: &Selector, catalog: &Catalog) -> Labels {
    let empty = |m: &&Matcher| m.op.node == MatchOp::Equal && m.value.node.is_empty();
    let empty = s.matchers.iter().filter(empty).map(|m| m.name.node.clone()).collect();
    let known = s.metric().and_then(|m| catalog.find(m.node)).filter(|(m, _)| m.labels.rest == Rest::Closed);
    let labels = known.map_or_else(Labels::any, |(metric, part)| {
        let own = match metric.kind {
            catalog::Kind::Summary(_) if part == Part::Whole => Some("quantile"),
            _ => (part == Part::Bucket).then_some("le"),
        };
        let added = SCRAPED.into_iter().chain(own).map(str::to_string);
        Labels::Only(metric.labels.known.keys().cloned().chain(added).collect())
    });
    labels.drop(empty)
}

fn one(label: &str) -> BTreeSet<String> {
    BTreeSet::from([label.to_string()])
}

/// What `absent` knows of series that are not there: labels matched by `=`.
fn told(series: &Expr) -> Labels {
    let Kind::Selector(s) = &series.bare().kind else { return Labels::none() };
    let equal = s.matchers.iter().filter(|m| m.op.node == MatchOp::Equal && m.name.node != "__name__");
    Labels::Only(equal.map(|m| m.name.node.clone()).collect())
}

fn of_aggregate(aggregate: &Aggregate, inner: Labels) -> Labels {
    if matches!(aggregate.op.node, "topk" | "bottomk" | "limitk" | "limit_ratio") {
        return inner;
    }
    let counted = match aggregate.param.as_ref().map(|p| &p.bare().kind) {
        Some(Kind::String(name)) if aggregate.op.node == "count_values" => one(name),
        _ => BTreeSet::new(),
    };
    let Some(grouping) = &aggregate.grouping else { return Labels::Only(counted) };
    let named = grouping.labels.iter().map(|l| l.node.clone()).collect();
    let kept = if grouping.without { inner.drop(named) } else { inner.keep(named) };
    kept.or(Labels::Only(counted))
}

fn of_binary(b: &Binary, left: Labels, right: Labels) -> Labels {
    let scalar = |e: &Expr| e.value_type() == ValueType::Scalar;
    match b.op.node {
        BinaryOp::Or => return left.or(right),
        BinaryOp::And | BinaryOp::Unless => return left,
        _ if scalar(&b.rhs) => return left,
        _ if scalar(&b.lhs) => return right,
        _ => {}
    }
    if let Some(group) = &b.group {
        let many = if group.left { left } else { right };
        return many.or(Labels::Only(group.labels.iter().map(|l| l.node.clone()).collect()));
    }
    match &b.matching {
        Some(matching) => {
            let named = matching.labels.iter().map(|l| l.node.clone()).collect();
            if matching.on { left.keep(named) } else { left.drop(named) }
        }
        None => left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{Dialect, parse};
    use crate::source::{FileId, Span};

    fn has(query: &str, label: &str) -> bool {
        let (parsed, found) = parse(query, Span::new(FileId(0), 0..query.len()), Dialect::Rule);
        labels(parsed.unwrap_or_else(|| panic!("{found:?}")).expr(), &Catalog::default()).has(label)
    }

    #[test]
    fn an_aggregation_keeps_what_it_names() {
        assert!(has("sum by (job, gpu) (rate(x[5m]))", "gpu"));
        assert!(!has("sum by (job) (rate(x[5m]))", "instance"));
        assert!(!has("sum(x)", "job"));
        assert!(!has("sum without (pod) (x)", "pod") && has("sum without (pod) (x)", "job"));
        assert!(has("topk(3, x)", "job") && has("count_values(\"v\", x)", "v"));
    }

    #[test]
    fn matching_decides_what_a_pair_keeps() {
        assert!(!has("a / on (job) b", "instance") && has("a / on (job) b", "job"));
        assert!(!has("a / ignoring (code) b", "code"));
        assert!(has("a / on (job) group_left (team) b", "team"));
        assert!(!has("sum by (job) (a) and b", "instance"));
        assert!(has("sum by (job) (a) or sum by (pod) (b)", "pod"));
    }

    #[test]
    fn what_is_absent_tells_what_was_asked_for() {
        assert!(has("absent(up{job=\"x\"})", "job") && !has("absent(up{job=\"x\"})", "instance"));
        assert!(!has("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "le"));
        assert!(!has("vector(1)", "job") && has("label_replace(sum(x), \"a\", \"b\", \"\", \"\")", "a"));
    }
}
