//! What a query answers where every series stands still, or grows evenly: enough of PromQL to know when an alert fires.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Labels;
use crate::promql::{Aggregate, Binary, BinaryOp, Call, Expr, Group, Kind, Matching, Selector, Subquery};

use super::super::counts::{Counter, Filter};
use super::functions;

/// Series with their values, without names: nothing that is answered here asks for them.
pub(super) type Rows = Vec<(Labels, f64)>;

/// Why there is no answer, as the end of a sentence.
pub(super) type Unknown = String;

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A number.
    Number(f64),
    /// Series.
    Rows(Rows),
}

impl Answer {
    /// As series; a number is none.
    pub(super) fn rows(self) -> Result<Rows, Unknown> {
        match self {
            Answer::Rows(rows) => Ok(rows),
            Answer::Number(_) => Err("it is a number without series".into()),
        }
    }

    fn number(self) -> Result<f64, Unknown> {
        match self {
            Answer::Number(n) => Ok(n),
            Answer::Rows(_) => Err("a number in it is made of series".into()),
        }
    }
}

/// Made-up series with the level of each: a gauge's value, or how much a counter grows in a second; `None` for a series
/// that is gone.
pub(super) struct World<'a> {
    pub(super) series: &'a [Counter],
    pub(super) levels: &'a [Option<f64>],
}

impl World<'_> {
    /// What an expression comes to.
    pub(super) fn answer(&self, expr: &Expr) -> Result<Answer, Unknown> {
        match &expr.kind {
            Kind::Number(n) => Ok(Answer::Number(*n)),
            Kind::Paren(inner) => self.answer(inner),
            Kind::Selector(s) => self.selected(s).map(Answer::Rows),
            Kind::Subquery(s) => self.subquery(s),
            Kind::Unary(u) => {
                let sign = if u.negative { -1.0 } else { 1.0 };
                Ok(functions::each(self.answer(&u.expr)?, |v| sign * v))
            }
            Kind::Call(call) => self.call(call),
            Kind::Aggregate(a) => self.aggregate(a).map(Answer::Rows),
            Kind::Binary(b) => self.binary(b),
            Kind::String(_) | Kind::Variable(_) | Kind::Missing => Err("it holds a text".into()),
        }
    }

    /// The series a selector selects, with their levels.
    fn selected(&self, selector: &Selector) -> Result<Rows, Unknown> {
        if selector.offset.is_some() || selector.at.is_some() || selector.extended.is_some() {
            return Err("it reads another time than its own".into());
        }
        let filter = Filter::new(selector).ok_or("it reads several metrics at once")?;
        let there = self.series.iter().zip(self.levels).filter(|(c, _)| filter.accepts(c));
        Ok(there.filter_map(|(c, level)| Some((c.labels.clone(), (*level)?))).collect())
    }

    /// What stands still is the same at each step.
    fn subquery(&self, subquery: &Subquery) -> Result<Answer, Unknown> {
        if subquery.offset.is_some() || subquery.at.is_some() {
            return Err("it reads another time than its own".into());
        }
        self.answer(&subquery.expr)
    }

    fn call(&self, call: &Call) -> Result<Answer, Unknown> {
        let name = call.name.node.as_str();
        let series = || call.series().ok_or_else(|| format!("it calls `{name}`"));
        if name == "absent" || name == "absent_over_time" {
            let rows = self.answer(series()?)?.rows()?;
            return Ok(Answer::Rows(if rows.is_empty() { vec![(missing(series()?), 1.0)] } else { Vec::new() }));
        }
        let args: Vec<Answer> = call.args.iter().map(|a| self.answer(a)).collect::<Result<_, _>>()?;
        functions::call(name, call, args)
    }

    fn aggregate(&self, a: &Aggregate) -> Result<Rows, Unknown> {
        let param = a.param.as_ref().map(|p| self.answer(p)?.number()).transpose()?;
        let mut groups: BTreeMap<Labels, Rows> = BTreeMap::new();
        for (labels, value) in self.answer(&a.expr)?.rows()? {
            let kept = kept(&labels, |label| match &a.grouping {
                Some(g) => g.without != g.labels.iter().any(|l| l.node == label),
                None => false,
            });
            groups.entry(kept).or_default().push((labels, value));
        }
        let mut out = Rows::new();
        for (labels, rows) in groups {
            out.extend(functions::aggregated(a.op.node, param, labels, rows)?);
        }
        Ok(out)
    }

    fn binary(&self, b: &Binary) -> Result<Answer, Unknown> {
        if !b.fill.is_empty() {
            return Err("it fills in what is missing on a side".into());
        }
        let (lhs, rhs) = (self.answer(&b.lhs)?, self.answer(&b.rhs)?);
        let op = |x: f64, y: f64| functions::operated(b.op.node, b.bool_modifier.is_some(), x, y);
        match (lhs, rhs) {
            (Answer::Number(x), Answer::Number(y)) => op(x, y)?.map(Answer::Number).ok_or("it compares numbers".into()),
            (Answer::Rows(rows), Answer::Number(y)) => side(rows, |x| op(x, y)),
            // A comparison keeps the value of the series, wherever that stands.
            (Answer::Number(x), Answer::Rows(rows)) => side(rows, |y| {
                let found = op(x, y)?;
                Ok(if b.op.node.is_comparison() && b.bool_modifier.is_none() { found.map(|_| y) } else { found })
            }),
            (Answer::Rows(lhs), Answer::Rows(rhs)) if b.op.node.is_set() => Ok(Answer::Rows(set(b, lhs, rhs))),
            (Answer::Rows(lhs), Answer::Rows(rhs)) => joined(b, lhs, rhs, op).map(Answer::Rows),
        }
    }
}

/// The labels that `absent` gives its one series: those that the selector says exactly.
fn missing(expr: &Expr) -> Labels {
    let Kind::Selector(s) = &expr.bare().kind else { return Labels::new() };
    let exact = s.matchers.iter().filter(|m| m.op.node == crate::promql::MatchOp::Equal && m.name.node != "__name__");
    exact.map(|m| (m.name.node.clone(), m.value.node.clone())).filter(|(_, v)| !v.is_empty()).collect()
}

fn kept(labels: &Labels, keep: impl Fn(&str) -> bool) -> Labels {
    labels.iter().filter(|(name, _)| keep(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

fn side(rows: Rows, op: impl Fn(f64) -> Result<Option<f64>, Unknown>) -> Result<Answer, Unknown> {
    let mut out = Rows::new();
    for (labels, value) in rows {
        out.extend(op(value)?.map(|v| (labels, v)));
    }
    Ok(Answer::Rows(out))
}

/// The labels by which the two sides of an operator meet.
fn signature(matching: Option<&Matching>, labels: &Labels) -> Labels {
    kept(labels, |label| match matching {
        Some(m) => m.on == m.labels.iter().any(|l| l.node == label),
        None => true,
    })
}

fn set(b: &Binary, lhs: Rows, rhs: Rows) -> Rows {
    let of = |labels: &Labels| signature(b.matching.as_ref(), labels);
    let all = |rows: &Rows| rows.iter().map(|(labels, _)| of(labels)).collect::<BTreeSet<_>>();
    match b.op.node {
        BinaryOp::And => {
            let there = all(&rhs);
            lhs.into_iter().filter(|(l, _)| there.contains(&of(l))).collect()
        }
        BinaryOp::Unless => {
            let there = all(&rhs);
            lhs.into_iter().filter(|(l, _)| !there.contains(&of(l))).collect()
        }
        _ => {
            let there = all(&lhs);
            let more: Rows = rhs.into_iter().filter(|(l, _)| !there.contains(&of(l))).collect();
            lhs.into_iter().chain(more).collect()
        }
    }
}

/// Series of both sides that have the same labels, one of each or several of one.
fn joined(
    b: &Binary,
    lhs: Rows,
    rhs: Rows,
    op: impl Fn(f64, f64) -> Result<Option<f64>, Unknown>,
) -> Result<Rows, Unknown> {
    let of = |labels: &Labels| signature(b.matching.as_ref(), labels);
    let swapped = b.group.as_ref().is_some_and(|g| !g.left);
    let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
    let mut sides: BTreeMap<Labels, Vec<&(Labels, f64)>> = BTreeMap::new();
    one.iter().for_each(|row| sides.entry(of(&row.0)).or_default().push(row));
    let mut out = Rows::new();
    for (labels, value) in &many {
        let Some(same) = sides.get(&of(labels)) else { continue };
        let [(other, beside)] = same[..] else { return Err("several of its series meet".into()) };
        let (x, y) = if swapped { (*beside, *value) } else { (*value, *beside) };
        let labels = match &b.group {
            Some(group) => grouped(labels, other, group),
            None => of(labels),
        };
        out.extend(op(x, y)?.map(|v| (labels, v)));
    }
    let mut seen: Vec<&Labels> = out.iter().map(|(labels, _)| labels).collect();
    seen.sort();
    if seen.windows(2).any(|w| w.first() == w.last()) {
        return Err("several of its series meet".into());
    }
    Ok(out)
}

/// The labels of the many, with those it takes from the one.
fn grouped(many: &Labels, one: &Labels, group: &Group) -> Labels {
    let mut labels = many.clone();
    for taken in &group.labels {
        match one.get(&taken.node) {
            Some(value) => labels.insert(taken.node.clone(), value.clone()),
            None => labels.remove(&taken.node),
        };
    }
    labels
}
