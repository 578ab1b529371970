//! Who reads a recorded series: the alerts and panels whose queries select it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::model::{Condition, Model};
use crate::promql::{self, Dialect, Kind, MatchOp, Selector};
use crate::source::Span;

/// Something with a query.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Reader {
    /// An alert of a service: the service, the alert's id.
    Alert(String, String),
    /// A panel of a dashboard: the dashboard's title, the panel's key.
    Panel(String, String),
}

/// The readers of both models, found when somebody first asks.
pub(super) struct Readers<'a> {
    models: [&'a Model; 2],
    found: [OnceCell<Vec<Reading>>; 2],
}

/// One selector of one reader.
struct Reading {
    reader: Reader,
    metric: String,
    /// The ids of objectives it selects; `None` when they cannot be told from the query.
    ids: Option<Vec<String>>,
}

/// Which of the two models.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Old = 0,
    New = 1,
}

impl<'a> Readers<'a> {
    /// Of two models.
    pub(super) fn of(old: &'a Model, new: &'a Model) -> Readers<'a> {
        Readers { models: [old, new], found: [OnceCell::new(), OnceCell::new()] }
    }

    fn readings(&self, side: Side) -> &[Reading] {
        let index = side as usize;
        let (Some(model), Some(cell)) = (self.models.get(index), self.found.get(index)) else { return &[] };
        cell.get_or_init(|| queries(model).into_iter().flat_map(|(reader, expr)| selectors(&reader, &expr)).collect())
    }

    /// Everything that reads one of the metrics of the objective `id`.
    pub(super) fn series(&self, side: Side, id: &str, metrics: &BTreeSet<&str>) -> BTreeSet<&Reader> {
        let reads = |r: &&Reading| {
            metrics.contains(r.metric.as_str()) && r.ids.as_ref().is_none_or(|ids| ids.iter().any(|i| i == id))
        };
        self.readings(side).iter().filter(reads).map(|r| &r.reader).collect()
    }

    /// Whether a reader names the objective `id` itself, rather than any that there may be.
    pub(super) fn names(&self, side: Side, reader: &Reader, id: &str) -> bool {
        let named = |r: &Reading| r.reader == *reader && r.ids.as_ref().is_some_and(|ids| ids.iter().any(|i| i == id));
        self.readings(side).iter().any(named)
    }
}

/// Every query of a model that people see the result of, with who asks it.
fn queries(model: &Model) -> Vec<(Reader, String)> {
    let mut all = Vec::new();
    for service in &model.services {
        for alert in service.alerts() {
            let reader = Reader::Alert(service.name.clone(), alert.id.clone());
            match &alert.condition {
                Condition::All(parts) => all.extend(parts.iter().map(|c| (reader.clone(), c.expr.clone()))),
                Condition::Any(filter) => all.push((reader, filter.expr.clone())),
                Condition::Absent { series, .. } => all.push((reader, series.clone())),
            }
        }
    }
    for board in &model.boards {
        let queries = board.panels().flat_map(|p| p.queries.iter().map(move |q| (&p.key, &q.expr)));
        let marks = board.marks.iter().map(|m| (&m.name, &m.expr));
        all.extend(
            queries.chain(marks).map(|(key, expr)| (Reader::Panel(board.title.clone(), key.clone()), expr.clone())),
        );
    }
    let kept = model.kept.iter().flat_map(|k| k.panels.iter().map(move |p| (k, p)));
    all.extend(kept.flat_map(|(k, p)| {
        let reader = Reader::Panel(k.title.clone(), p.title.clone());
        p.queries.iter().map(move |query| (reader.clone(), query.clone()))
    }));
    all
}

/// The series a query selects. A query that cannot be read selects none: it has been reported elsewhere.
fn selectors(reader: &Reader, expr: &str) -> Vec<Reading> {
    let mut found = Vec::new();
    let (Some(query), _) = promql::parse(expr, Span::default(), Dialect::Grafana) else { return found };
    query.expr().walk(&mut |e| {
        if let Kind::Selector(selector) = &e.kind
            && let Some(metric) = selector.metric()
        {
            found.push(Reading { reader: reader.clone(), metric: metric.node.to_string(), ids: ids(selector) });
        }
    });
    found
}

/// The objectives a selector names, where it names them one by one.
fn ids(selector: &Selector) -> Option<Vec<String>> {
    let matcher = selector.matchers.iter().find(|m| m.name.node == "slo_id" && !m.variable)?;
    let value = matcher.value.node.as_str();
    match matcher.op.node {
        MatchOp::Equal => Some(vec![value.to_string()]),
        MatchOp::Regex if !value.contains(['*', '+', '?', '[', '(']) => {
            Some(value.split('|').map(|id| id.replace("\\.", ".")).collect())
        }
        _ => None,
    }
}
