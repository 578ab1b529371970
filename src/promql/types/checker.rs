//! The checker: the facts all queries share, and one pass over one query.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{self, Catalog, Unit};
use crate::diag::{Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::units::Duration;

use super::super::ast::{Expr, Kind, Selector, Unary};
use super::super::ops::ValueType;
use super::super::{Dialect, Query};
use super::interval::Interval;
use super::kind::SampleKind;
use super::{Expected, Type, Why};

/// What is known beside the metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// How often targets are scraped.
    pub scrape: Option<Duration>,
    /// Whether nobody wrote that, so that it is the usual interval: then only what surely is too short for it is told.
    pub usual: bool,
    /// How often the rule is evaluated.
    pub every: Option<Duration>,
    /// How long the server keeps samples.
    pub retention: Option<Duration>,
    /// Whether a metric outside the catalog is a warning even where the catalog knows its prefix.
    pub open: bool,
}

/// Checks queries against one catalog.
#[derive(Debug)]
pub struct Checker<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) facts: Facts,
    records: BTreeMap<String, Type>,
    others: Arc<Records>,
    series: RefCell<Records>,
}

/// So many series of the catalog are kept as types: more than a service reads.
const MOST: usize = 64;

/// What is known of recorded series, by their names.
pub type Records = BTreeMap<String, Type>;

impl<'a> Checker<'a> {
    /// A checker that knows `catalog` and nothing else.
    pub fn new(catalog: &'a Catalog) -> Checker<'a> {
        let (facts, records, others, series) = Default::default();
        Checker { catalog, facts, records, others, series }
    }

    /// With more facts.
    pub fn with(self, facts: Facts) -> Checker<'a> {
        Checker { facts, ..self }
    }

    /// With series that others record.
    pub fn knowing(self, others: &Arc<Records>) -> Checker<'a> {
        Checker { others: Arc::clone(others), ..self }
    }

    /// With the types of series that [`Checker::into_series`] gave, of a checker of the same catalog.
    pub fn remembering(self, series: Records) -> Checker<'a> {
        Checker { series: series.into(), ..self }
    }

    /// The types of series of the catalog that were made.
    pub fn into_series(self) -> Records {
        self.series.into_inner()
    }

    /// The type of a series of the catalog, which is made once: most queries of a service read the same few.
    pub(super) fn series(&self, name: &str, make: impl FnOnce() -> Type) -> Type {
        let mut series = self.series.borrow_mut();
        if let Some(known) = series.get(name) {
            return known.clone();
        }
        if series.len() >= MOST {
            series.clear();
        }
        let made = make();
        series.insert(name.to_string(), made.clone());
        made
    }

    /// What a rule records under a name.
    pub(super) fn recorded(&self, name: &str) -> Option<&Type> {
        self.records.get(name).or_else(|| self.others.get(name))
    }

    /// A recorded name that `name` is a slip of the pen of.
    pub(super) fn slip_of_record(&self, name: &str) -> Option<String> {
        // `rate1h` and `rate1d` are two windows.
        let windowless =
            |name: &'_ str| name.trim_end_matches(|c: char| c.is_ascii_digit() || "smhdwy".contains(c)).len();
        let slip = |known: &&String| {
            catalog::is_slip(name, known) && name.get(..windowless(name)) != known.get(..windowless(known))
        };
        self.records.keys().chain(self.others.keys()).find(slip).cloned()
    }

    /// Makes the name of a series known of which nothing else is.
    pub fn mention(&mut self, name: &str, span: Span) {
        self.record(name, Type::unknown(ValueType::Vector, span));
    }

    /// Makes a recording rule's result known under its name.
    pub fn record(&mut self, name: &str, result: Type) {
        self.records.insert(name.to_string(), result);
    }

    /// What was made known by [`Checker::record`].
    pub fn into_records(self) -> Records {
        self.records
    }

    /// The type of a query, and everything that must be wrong with it where it stands.
    pub fn check(&self, query: &Query, expected: Expected) -> (Type, Vec<Diagnostic>) {
        let mut pass = Pass { condition: expected.is_condition(), ..Pass::new(self, query) };
        let result = pass.type_of(query.expr());
        pass.in_place(query.expr(), &result, expected);
        crate::diag::in_order(&mut pass.out);
        (result, pass.out)
    }

    /// Checks the selector of a histogram, which names no series by itself, as that of its parts.
    pub fn check_histogram(&self, query: &Query, selector: &Selector) -> (Type, Vec<Diagnostic>) {
        let mut pass = Pass::new(self, query);
        let mut part = selector.clone();
        if let Some(name) = &mut part.name
            && self.catalog.find(&name.node).is_some_and(|(m, _)| matches!(m.kind, catalog::Kind::Histogram(_)))
        {
            name.node.push_str("_count");
        }
        let result = pass.selector(&part, query.expr().span);
        crate::diag::in_order(&mut pass.out);
        (result, pass.out)
    }

    /// Checks that the series of `result` have the labels that something is split by.
    pub fn check_by(&self, query: &Query, result: &Type, by: &[Spanned<String>]) -> Vec<Diagnostic> {
        if by.is_empty() {
            return Vec::new();
        }
        let mut pass = Pass::new(self, query);
        let what = format!("`{}`", query.compact(None));
        for label in by {
            pass.named_label(&label.node, label.span, result, &what);
        }
        pass.out
    }

    /// The types of all parts of a query by their places.
    pub fn types(&self, query: &Query) -> BTreeMap<Span, Type> {
        let mut pass = Pass { types: Some(BTreeMap::new()), ..Pass::new(self, query) };
        pass.type_of(query.expr());
        pass.types.unwrap_or_default()
    }
}

/// One pass over one query.
pub(super) struct Pass<'a> {
    pub(super) checker: &'a Checker<'a>,
    pub(super) query: &'a Query,
    pub(super) out: Vec<Diagnostic>,
    /// Whether the query is the condition of an alert.
    pub(super) condition: bool,
    types: Option<BTreeMap<Span, Type>>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(checker: &'a Checker<'a>, query: &'a Query) -> Pass<'a> {
        Pass { checker, query, out: Vec::new(), condition: false, types: None }
    }

    /// The type of an expression; reports what is wrong inside it.
    pub(super) fn type_of(&mut self, expr: &Expr) -> Type {
        let result = self.node(expr);
        if let Some(types) = &mut self.types {
            types.insert(expr.span, result.clone());
        }
        result
    }

    fn node(&mut self, expr: &Expr) -> Type {
        match &expr.kind {
            Kind::Number(value) => self.number(*value, expr.span),
            Kind::String(_) => Type::unknown(ValueType::String, expr.span),
            Kind::Selector(selector) => self.selector(selector, expr.span),
            Kind::Subquery(subquery) => self.subquery(subquery),
            Kind::Call(call) => self.call(call, expr),
            Kind::Aggregate(aggregate) => self.aggregate(aggregate),
            Kind::Unary(unary) => self.unary(unary),
            Kind::Binary(binary) => self.binary(binary, expr),
            Kind::Paren(inner) => self.type_of(inner),
            Kind::Variable(_) | Kind::Missing => Type::unknown(ValueType::Unknown, expr.span),
        }
    }

    /// A number; one with a unit of time is in seconds.
    fn number(&mut self, value: f64, span: Span) -> Type {
        let number = Type::scalar(Interval::point(value), span);
        let text = self.text(span);
        let hex = text.starts_with("0x") || text.starts_with("0X");
        let duration =
            !hex && text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| "smhdwy".contains(c));
        if duration { number.measured(Unit::SECONDS, Why::new(span, "a duration counts in seconds")) } else { number }
    }

    fn unary(&mut self, unary: &Unary) -> Type {
        let inner = self.type_of(&unary.expr);
        if !unary.negative {
            return inner;
        }
        let why = Why::new(unary.op, "negated here");
        let kind = match inner.kind.is {
            SampleKind::Number | SampleKind::Unknown | SampleKind::Ratio | SampleKind::Gauge => inner.kind.is,
            _ => SampleKind::Number,
        };
        let (interval, interval_why, unit) = (inner.interval.negated(), inner.interval_why.clone(), inner.unit.clone());
        Type { interval, interval_why, unit, ..inner.derived(kind, why) }
    }

    /// The author's text at a place of the query.
    pub(super) fn text(&self, span: Span) -> &'a str {
        let base = self.query.span().start;
        let range = span.start.saturating_sub(base) as usize..span.end.saturating_sub(base) as usize;
        self.query.text().get(range).unwrap_or("")
    }

    /// Whether the query is a rule's, so that no one looks at a time other than now.
    pub(super) fn in_rule(&self) -> bool {
        self.query.dialect() != Dialect::Grafana
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    /// A mistake that follows from a fact: both places are shown, and it is a warning when the fact is not sure.
    pub(super) fn because(code: &'static Code, span: Span, message: impl Into<String>, why: &Why) -> Diagnostic {
        let diagnostic = Diagnostic::new(code, span, message);
        let diagnostic = if why.span == span { diagnostic.here(why.text.clone()) } else { diagnostic.also(why) };
        if why.sure { diagnostic } else { lowered(diagnostic) }
    }
}

/// As a warning at most.
pub(super) fn lowered(mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.severity = diagnostic.severity.min(crate::diag::Severity::Warning);
    diagnostic
}

/// Shows where a fact comes from.
pub(super) trait Also {
    /// With the place of `why` and what stands there.
    fn also(self, why: &Why) -> Self;
}

impl Also for Diagnostic {
    fn also(self, why: &Why) -> Diagnostic {
        // The same place twice says nothing more.
        if why.span == self.primary.span { self } else { self.label(why.span, why.text.clone()) }
    }
}
