//! Types as people read them: one line for each part of a query, and why it is so.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::Unit;
use crate::source::Span;

use super::super::Query;
use super::super::ast::{Expr, Kind};
use super::super::ops::ValueType;
use super::checker::Checker;
use super::kind::SampleKind;
use super::row::Presence;
use super::{Type, Why};

impl fmt::Display for Type {
    /// `rate in bytes per second; labels job, code; at least 0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SampleKind::{Count, Counter, CounterSum, Increase, Rate};
        match self.value {
            ValueType::String => return f.write_str("string"),
            ValueType::Scalar => f.write_str("number")?,
            ValueType::Matrix => write!(f, "range of {}", plural(self.kind.is))?,
            ValueType::Vector => f.write_str(subject(self.kind.is))?,
            ValueType::Unknown => f.write_str("unknown")?,
        }
        let counted = matches!(self.kind.is, Counter | CounterSum | Increase | Count | Rate);
        match &self.unit {
            // Events have no unit.
            Some(unit) if counted && unit.is == Unit::NONE => {}
            Some(unit) if counted && Some(unit.is) == Unit::NONE.over(Unit::SECONDS) => f.write_str(" per second")?,
            Some(unit) => write!(f, " in {}", unit.is)?,
            None => {}
        }
        if self.value != ValueType::Scalar {
            write!(f, "; {}", self.labels())?;
        }
        if !self.interval.is_all() {
            write!(f, "; {}", self.interval)?;
        }
        if self.filter.is_some() {
            f.write_str("; where its condition holds")?;
        }
        Ok(())
    }
}

impl Type {
    /// `labels job, code?, …`: `?` for those that some series may lack, `…` when there may be others.
    fn labels(&self) -> String {
        let mark = |name: &str| if self.row.lookup(name).presence == Presence::Must { "" } else { "?" };
        let mut names: Vec<String> = self.row.names().map(|n| format!("{n}{}", mark(n))).collect();
        if !self.row.is_closed() {
            names.push("…".into());
        }
        if names.is_empty() { "no labels".into() } else { format!("labels {}", names.join(", ")) }
    }

    /// Why it is what it is: the facts with their places, the kind first.
    pub fn reasons(&self) -> Vec<Why> {
        let mut out = Vec::new();
        let mut add = |why: &Why| {
            if !out.contains(why) {
                out.push(why.clone());
            }
        };
        if self.kind.is != SampleKind::Unknown && self.kind.is != SampleKind::Number {
            add(&self.kind.why);
        }
        self.unit.iter().for_each(|u| add(&u.why));
        if self.value != ValueType::Scalar {
            self.interval_why.iter().for_each(&mut add);
        }
        out
    }
}

fn subject(kind: SampleKind) -> &'static str {
    match kind {
        SampleKind::Unknown => "series",
        kind => kind.name(),
    }
}

fn plural(kind: SampleKind) -> String {
    match kind {
        SampleKind::Unknown => "samples".into(),
        SampleKind::Bool => "0 or 1".into(),
        SampleKind::CounterSum => "sums of counters".into(),
        kind => format!("{}s", kind.name()),
    }
}

/// One line of a query's tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// How deep it stands, from 0.
    pub depth: usize,
    /// The branches drawn before it.
    pub branches: String,
    /// The part of the query, shortened.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Its type.
    pub found: Type,
}

impl Checker<'_> {
    /// A query as a tree, the whole first; parentheses have no line of their own.
    pub fn tree(&self, query: &Query) -> Vec<Line> {
        let types = self.types(query);
        let mut lines = Vec::new();
        add(query, query.expr(), &types, (0, String::new(), String::new()), &mut lines);
        lines
    }
}

/// Adds a part and those inside it; `at` holds its depth, the branches before it and before its parts.
fn add(query: &Query, expr: &Expr, types: &BTreeMap<Span, Type>, at: (usize, String, String), out: &mut Vec<Line>) {
    let (depth, branches, below) = at;
    let expr = expr.bare();
    if let Some(found) = types.get(&expr.span) {
        let text = shortened(&query.compact_part(expr, None));
        out.push(Line { depth, branches, text, span: expr.span, found: found.clone() });
    }
    let parts: Vec<&Expr> = expr.children().into_iter().filter(|c| !matches!(c.bare().kind, Kind::String(_))).collect();
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let branch = format!("{below}{}", if last { "└─ " } else { "├─ " });
        let next = format!("{below}{}", if last { "   " } else { "│  " });
        add(query, part, types, (depth + 1, branch, next), out);
    }
}

/// Enough of a part to recognise it.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{} …", text.get(..cut).unwrap_or("").trim_end()),
        None => text.to_string(),
    }
}
