//! Which labels tell events apart: the first a responder splits the errors by.

use std::collections::BTreeSet;

use super::Checker;
use crate::promql::{MatchOp, Selector};
use crate::source::FileId;

/// Labels that name a culprit, best first. Others follow by name; those that name a replica come last.
const BEST: [&str; 14] = [
    "code",
    "status",
    "status_code",
    "result",
    "reason",
    "handler",
    "route",
    "path",
    "endpoint",
    "method",
    "grpc_code",
    "grpc_method",
    "operation",
    "provider",
];
const LAST: [&str; 4] = ["instance", "pod", "node", "job"];

impl Checker<'_> {
    /// The labels of a selected metric that are neither pinned by the selector nor in `by`.
    pub(super) fn dimensions(&mut self, selector: &Selector, file: FileId, by: &[String]) -> Vec<String> {
        let Some(name) = selector.metric() else { return Vec::new() };
        let catalog = self.catalog(file);
        let parts = [name.node.to_string(), format!("{}_count", name.node)];
        let Some((metric, _)) = parts.iter().find_map(|n| catalog.find(n)) else { return Vec::new() };
        let pinned: BTreeSet<&str> =
            selector.matchers.iter().filter(|m| m.op.node == MatchOp::Equal).map(|m| m.name.node.as_str()).collect();
        let free = metric.labels.known.keys().filter(|l| !pinned.contains(l.as_str()) && !by.contains(l) && *l != "le");
        let mut labels: Vec<String> = free.cloned().collect();
        labels.sort_by_cached_key(|l| rank(l));
        labels
    }
}

/// Where a label stands in the order; stable for those of no special meaning.
fn rank(label: &str) -> usize {
    let best = BEST.iter().position(|b| *b == label);
    let last = LAST.iter().position(|l| *l == label).map(|l| BEST.len() + 1 + l);
    best.or(last).unwrap_or(BEST.len())
}
