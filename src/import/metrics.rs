//! The catalog: every metric that the queries name, with the kind that its name and its use say. What they do not say
//! surely is left to the team.

use std::collections::{BTreeMap, BTreeSet};

use super::block::Block;
use crate::promql::{self, Dialect, Expr, Kind};
use crate::source::Span;

/// How metrics are used.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    used: BTreeMap<String, Use>,
    recorded: BTreeSet<String>,
    native: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Use {
    /// In `rate`, `increase` or another function of counters.
    grows: bool,
    /// In any other way.
    other: bool,
}

/// Functions that only counters and histograms have a sense for.
const GROWTH: [&str; 4] = ["rate", "increase", "irate", "resets"];

impl Metrics {
    pub(super) fn read(&mut self, query: &str) {
        let span = Span::new(Default::default(), 0..query.len());
        let dialect = match query {
            q if q.contains("$window") => Dialect::Window,
            q if q.contains('$') => Dialect::Grafana,
            _ => Dialect::Rule,
        };
        if let (Some(query), _) = promql::parse(query, span, dialect) {
            self.walk(query.expr(), false);
        }
    }

    /// A bare selector of events, whose growth is what counts.
    pub(super) fn read_events(&mut self, query: &str) {
        let span = Span::new(Default::default(), 0..query.len());
        if let (Some(query), _) = promql::parse(query, span, Dialect::Window) {
            self.walk(query.expr(), query.bare_selector().is_some());
        }
    }

    /// A native histogram, by a selector of it.
    pub(super) fn native(&mut self, selector: &str) {
        let name = selector.split('{').next().unwrap_or(selector);
        self.native.insert(name.trim().to_string());
    }

    /// A series that a rule records, which is in nobody's exposition.
    pub(super) fn recorded(&mut self, series: &str) {
        self.recorded.insert(series.to_string());
    }

    fn walk(&mut self, expr: &Expr, grows: bool) {
        match &expr.kind {
            Kind::Selector(s) => {
                if let Some(name) = s.metric() {
                    let used = self.used.entry(name.node.to_string()).or_default();
                    used.grows |= grows;
                    used.other |= !grows;
                }
            }
            Kind::Call(call) if call.name.node.starts_with("histogram_") => {
                expr.walk(&mut |e| self.native.extend(native(e)));
                call.args.iter().for_each(|arg| self.walk(arg, false));
            }
            Kind::Call(call) => {
                let grows = GROWTH.contains(&call.name.node.as_str());
                call.args.iter().for_each(|arg| self.walk(arg, grows));
            }
            Kind::Paren(inner) => self.walk(inner, grows),
            _ => expr.children().into_iter().for_each(|child| self.walk(child, false)),
        }
    }

    /// The `metrics` block; `None` when nothing is sure.
    pub(super) fn block(&self) -> Option<Block> {
        let mut lines: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, used) in self.used.iter().filter(|(name, _)| !self.recorded.contains(*name)) {
            let histogram = name.strip_suffix("_bucket");
            let part = |end: &str| name.strip_suffix(end).filter(|b| self.used.contains_key(&format!("{b}_bucket")));
            match histogram.or_else(|| part("_count")).or_else(|| part("_sum")) {
                Some(base) => {
                    lines.insert(base, "histogram");
                }
                None if name.ends_with("_total") || used.grows && !used.other => {
                    lines.insert(name, "counter");
                }
                // Read as it is and by its growth: one of the two is a mistake, which is told where it stands.
                None => {
                    let counts = name.ends_with("_count") || name.ends_with("_sum");
                    lines.insert(name, if used.grows && counts { "counter" } else { "gauge" });
                }
            }
        }
        let mut block = Block::new("metrics");
        lines.retain(|name, _| !self.native.contains(*name));
        lines.iter().for_each(|(name, kind)| block.line(format!("{kind} {name}")));
        self.native.iter().for_each(|name| block.line(format!("histogram {name} native")));
        (!block.is_empty()).then_some(block)
    }
}

/// The histogram in a function of native histograms: one that is not read by its buckets.
fn native(expr: &Expr) -> Option<String> {
    let Kind::Selector(selector) = &expr.kind else { return None };
    let name = selector.metric()?.node;
    (!name.ends_with("_bucket") && !name.contains(':')).then(|| name.to_string())
}
