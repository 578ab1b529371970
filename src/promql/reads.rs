//! What a query reads: which series its selectors may select, so that rules can be kept with those whose results they read.

use std::collections::BTreeMap;

use super::{Kind, MatchOp, Query, Selector, Test};
use crate::maps::IntoMap;

/// What one selector reads. The default reads anything.
#[derive(Clone, Debug, Default)]
pub struct Read {
    metric: Option<String>,
    matchers: Vec<(String, Test)>,
    /// Labels that are matched with one text, which is not empty.
    equal: BTreeMap<String, String>,
}

impl Read {
    /// What a selector reads.
    pub fn new(selector: &Selector) -> Read {
        let own = || selector.matchers.iter().filter(|m| m.name.node != "__name__");
        let exact = own().filter(|m| m.op.node == MatchOp::Equal && !m.value.node.is_empty());
        Read {
            metric: selector.metric().map(|m| m.node.to_string()),
            matchers: own().map(|m| (m.name.node.clone(), Test::new(m))).collect(),
            equal: exact.map(|m| (m.name.node.clone(), m.value.node.clone())).into_map(),
        }
    }

    /// The metric, where it is one.
    pub fn metric(&self) -> Option<&str> {
        self.metric.as_deref()
    }

    /// The one value of a label that is read; `None` where there may be several.
    pub fn value(&self, label: &str) -> Option<&str> {
        self.equal.get(label).map(String::as_str)
    }

    /// Whether the value of one of these labels is chosen: `~".+"` and `!="a"` choose none.
    pub fn chooses(&self, labels: &[&str]) -> bool {
        let odd = ["", "\u{1}"];
        let of = |name: &String| labels.contains(&name.as_str());
        self.matchers.iter().any(|(name, test)| of(name) && !odd.iter().any(|value| test.accepts(value)))
    }

    /// Whether the series of a rule can be among it, which sets the labels that `label` has a value of. Of others, series have
    /// none of those that are `certain`; the rest may have any value.
    pub fn may_be<'l>(&self, metric: &str, label: impl Fn(&str) -> Option<&'l String>, certain: &[&str]) -> bool {
        let fits = |(name, test): &(String, Test)| match label(name) {
            Some(value) => test.accepts(value),
            None => !certain.contains(&name.as_str()) || test.accepts(""),
        };
        self.metric.as_deref().is_none_or(|m| m == metric) && self.matchers.iter().all(fits)
    }
}

impl Query {
    /// What each of its selectors reads.
    pub fn reads(&self) -> Vec<Read> {
        let mut reads = Vec::new();
        self.expr().walk(&mut |e| {
            if let Kind::Selector(selector) = &e.kind {
                reads.push(Read::new(selector));
            }
        });
        reads
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{Dialect, parse};
    use crate::source::{FileId, Span};

    fn read(query: &str) -> Read {
        let (query, _) = parse(query, Span::new(FileId(0), 0..query.len()), Dialect::Rule);
        query.expect("a query").reads().remove(0)
    }

    #[test]
    fn a_selector_chooses_what_it_names() {
        let ids = ["slo_id", "slo_service"];
        for named in
            ["m{slo_id=\"a.b\"}", "m{slo_id=~\"a.b|a.c\"}", "m{slo_service=\"a\", x!=\"y\"}", "m{slo_id=~\"a.*\"}"]
        {
            assert!(read(named).chooses(&ids), "{named}");
        }
        for all in ["m", "m{slo_id=~\".+\"}", "m{slo_id!=\"a.b\"}", "m{slo_id=\"\"}", "m{region=\"eu\"}"] {
            assert!(!read(all).chooses(&ids), "{all}");
        }
        assert_eq!(read("m{slo_id=\"a.b\"}").value("slo_id"), Some("a.b"));
        assert_eq!(read("m{slo_id=~\"a.b\"}").value("slo_id"), None);
    }
}
