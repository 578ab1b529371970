//! Alerts that are not objectives: one condition, levels in order, texts that name what is there.

use super::limits::{self, Measured};
use super::texts::Context;
use super::{Alert, AlertLevel, Checker};
use crate::diag::{Diagnostic, codes};
use crate::model::{self, Bound, Comparison, Condition, Filter, Format, Order, Urgency};
use crate::promql::types::{Expected, Presence, Type};
use crate::promql::{BinaryOp, Dialect, Expr, Kind, Query, ValueType};
use crate::source::{Span, Spanned};
use crate::syntax::ast;
use crate::units::{Duration, Ratio};

/// A level with its limit in the unit of the value.
struct Read<'a> {
    written: &'a ast::AlertLevel,
    urgency: Urgency,
    limit: Option<(Bound, &'a ast::Limit)>,
}

impl Read<'_> {
    fn hold(&self) -> Duration {
        self.written.hold.map_or(Duration::default(), |h| h.node)
    }

    /// Where its limit stands, or its name.
    fn place(&self) -> Span {
        self.limit.map_or(self.written.name.span, |(_, limit)| limit.span)
    }
}

impl<'a> Checker<'a> {
    /// Checks one alert. `None` when it has no condition or no level that could fire.
    pub(super) fn alert(&mut self, a: &'a ast::Alert, added: &model::Labels) -> Option<Alert> {
        if let Some(keep) = a.keep {
            self.known_since(
                "keep",
                keep.span,
                13,
                "Grafana 12.1.2 and later know it in files; Prometheus does what it says",
            );
        }
        let own = self.labels(&a.labels);
        let query = self.condition_query(a);
        self.has_levels(a);
        let (written, query) = query?;
        let is_value = a.value.is_some();
        let found = self.alert_type(a, &query);
        let levels = self.levels(a, is_value, Measured { of: &found, query: written.span });
        self.in_order(&levels);
        let format = self.format(&levels, &query, &found);
        let added = added.clone().into_iter().chain(own.clone()).collect();
        self.one_of_all(a, &found, &added);
        let open = a.open.as_ref().and_then(|(name, panel)| {
            self.board_goal(name, panel.as_ref())?;
            Some((name.node.clone(), panel.as_ref().map(|p| p.node.clone())))
        });
        let context = Context { result: &found, added: &added, format: &format, query: written.span };
        Some(Alert {
            name: a.name.node.clone(),
            summary: a.summary.as_ref().map(|t| self.text(t, &context)),
            impact: a.impact.as_ref().map(|t| self.text(t, &context)),
            levels: levels.iter().map(|l| self.level(l, &query, &format)).collect(),
            query: query.compact(None),
            keep: a.keep.map_or(Duration::default(), |k| k.node),
            runbook: a.runbook.as_ref().map(|r| r.node.clone()),
            metrics: self.definitions([written]),
            open,
            sure: found.row.sure_names().map(str::to_string).collect(),
            mentioned: mentioned(query.expr(), &found),
            format,
            labels: own,
            origin: self.origin(a.name.span),
        })
    }

    /// The one query of `value` or `when`.
    fn condition_query(&mut self, a: &'a ast::Alert) -> Option<(&'a ast::Query, Query)> {
        match (&a.value, &a.when) {
            (Some(value), Some(when)) => {
                let (first, second) = if value.span < when.span { (value, when) } else { (when, value) };
                let message = format!("the alert `{}` has two conditions", a.name.node);
                let diagnostic = Diagnostic::new(&codes::E0421, second.keyword, message)
                    .here("a second one")
                    .label(first.keyword, "the first one");
                self.report(
                    diagnostic
                        .help("`value` with limits, or `when` with a whole condition; two conditions are two alerts"),
                );
                None
            }
            (Some(value), None) => self.value(value).map(|q| (value, q)),
            (None, Some(when)) => self.query_in(when, Dialect::Rule).map(|q| (when, q)),
            (None, None) if a.broken => None,
            (None, None) => {
                let message = format!("the alert `{}` has no condition", a.name.node);
                let help = "`value memory_used / memory_size` with `critical above 90% for 5m`, or `when up == 0` with `critical for 1m`";
                self.report(Diagnostic::new(&codes::E0420, a.name.span, message).here("never fires").help(help));
                None
            }
        }
    }

    fn has_levels(&mut self, a: &ast::Alert) {
        if a.levels.is_empty() && !a.broken {
            let message = format!("the alert `{}` has no level", a.name.node);
            let help = if a.when.is_some() { "`critical for 5m`" } else { "`critical above 90% for 5m`" };
            let help = format!("{help}; the levels are `info`, `warning` and `critical`");
            self.report(Diagnostic::new(&codes::E0422, a.name.span, message).here("never fires").help(help));
        }
    }

    /// An instant vector that has values also where all is well.
    fn value(&mut self, written: &ast::Query) -> Option<Query> {
        let query = self.query_in(written, Dialect::Rule)?;
        let help = "`value` takes what is compared, and its levels the limits; `when` takes a comparison";
        self.keeps_all(&query, "while all is well", help).then_some(query)
    }

    /// Whether a value is there also where a comparison does not hold. `when` says when there is none.
    pub(super) fn keeps_all(&mut self, query: &Query, when: &str, help: &str) -> bool {
        let Kind::Binary(b) = &query.expr().bare().kind else { return true };
        let drops = b.op.node.is_comparison() && b.bool_modifier.is_none();
        if drops {
            let message = format!("this value is a comparison, so there is none {when}");
            let diagnostic = Diagnostic::new(&codes::E0430, b.op.span, message).here("drops what it does not hold for");
            self.report(diagnostic.help(help));
        }
        !drops
    }

    /// What is known of the result, which must be what an alert can be made of.
    fn alert_type(&mut self, a: &ast::Alert, query: &Query) -> Type {
        let holds = a.levels.iter().map(|l| l.hold.map_or(Duration::default(), |h| h.node));
        let expected = match a.when {
            Some(_) => Expected::AlertCondition(holds.min().unwrap_or_default()),
            None => Expected::AlertValue,
        };
        self.typed(query, expected, &[])
    }

    /// Reports labels added to an alert that overwrite those by which its series are told apart.
    fn one_of_all(&mut self, a: &ast::Alert, found: &Type, added: &model::Labels) {
        let apart: Vec<&str> = found.several().collect();
        let sure = |name: &&&str| found.row.lookup(name).presence == Presence::Must;
        let lost = |name: &&str| added.contains_key(name);
        let Some(label) = apart.iter().filter(|name| lost(name)).find(sure).filter(|_| found.row.is_closed()) else {
            return;
        };
        let (code, here, would) = match apart.iter().find(|name| !lost(name)) {
            None => (&codes::E0435, "nothing else tells its series apart".to_string(), "would have"),
            Some(other) => (&codes::W0435, format!("those of one `{other}` may become one"), "may have"),
        };
        let message = format!("the label `{label}` that the alert `{}` has overwrites that of its series", a.name.node);
        let place = a.value.as_ref().or(a.when.as_ref()).map_or(a.name.span, |query| query.span);
        let help = format!(
            "several series at once {would} the same labels, and Prometheus would fire none: `label_replace(…, \"of\", \"$1\", \"{label}\", \"(.*)\")` keeps it"
        );
        self.report(Diagnostic::new(code, place, message).here(here).help(help));
    }

    /// The levels, the highest first, each once.
    fn levels(&mut self, a: &'a ast::Alert, is_value: bool, measured: Measured) -> Vec<Read<'a>> {
        let mut levels: Vec<Read<'a>> = Vec::new();
        for written in &a.levels {
            let urgency = match written.name.node.as_str() {
                "critical" => Urgency::Critical,
                "warning" => Urgency::Warning,
                _ => Urgency::Info,
            };
            if let Some(first) = levels.iter().find(|l| l.urgency == urgency) {
                let message = format!("the level `{}` is given twice", urgency.name());
                let diagnostic = Diagnostic::new(&codes::E0005, written.name.span, message).here("again here");
                self.diagnostics
                    .push(diagnostic.label(first.written.name.span, "first here").help("a level has one limit"));
                continue;
            }
            if self.fits(written, is_value) {
                let limit = written.limit.as_ref().map(|l| Some((self.limit(l, measured)?, l)));
                levels.extend(limit.map_or(Some(None), |l| l.map(Some)).map(|limit| Read { written, urgency, limit }));
            }
        }
        levels.sort_by_key(|l| l.urgency);
        levels
    }

    /// A value needs limits, a condition has none.
    fn fits(&mut self, level: &ast::AlertLevel, is_value: bool) -> bool {
        let (message, span, here, help) = match &level.limit {
            None if is_value => (
                format!("`{}` does not say where the value is too far", level.name.node),
                level.name.span,
                "no limit",
                "`above 90%`, `below 5` or `outside 10 and 30`",
            ),
            Some(limit) if !is_value => (
                format!("`{}` has a limit, but `when` gives no value to compare", level.name.node),
                limit.span,
                "compared with what?",
                "`value` instead of `when`, or the comparison inside the query of `when`",
            ),
            _ => return true,
        };
        self.report(Diagnostic::new(&codes::E0425, span, message).here(here).help(help));
        false
    }

    /// Each level is reached before the one above it.
    fn in_order(&mut self, levels: &[Read<'_>]) {
        for pair in levels.windows(2) {
            let [higher, lower] = pair else { continue };
            let (high, low) = (higher.urgency.name(), lower.urgency.name());
            let problem = match (higher.limit, lower.limit) {
                (Some((h, _)), Some((l, _))) => relation(l, h),
                _ => Some(Relation::Same),
            };
            let (code, message, help) = match problem {
                Some(Relation::Earlier) => continue,
                Some(Relation::Same) if lower.hold() < higher.hold() => continue,
                Some(Relation::Same) => (
                    &codes::E0424,
                    format!("`{low}` never fires before `{high}`: both wait for the same"),
                    match lower.limit {
                        Some(_) => format!("`{low}` with a limit that is reached earlier, or with a shorter `for`"),
                        None => format!("`{low}` with a shorter `for`"),
                    },
                ),
                Some(Relation::Later) => (
                    &codes::E0424,
                    format!("`{low}` is reached after `{high}`"),
                    format!("`{low}` comes first: the limits of the two may have been swapped"),
                ),
                None => (
                    &codes::E0428,
                    format!("`{low}` and `{high}` look into different directions"),
                    "all levels of an alert are `above`, all `below` or all `outside`; two directions are two alerts"
                        .into(),
                ),
            };
            let diagnostic = Diagnostic::new(code, lower.place(), message).here(format!("the {low} level"));
            self.report(diagnostic.label(higher.place(), format!("the {high} level")).help(help));
        }
    }

    /// How the value is printed: as finely as what it is compared with.
    fn format(&self, levels: &[Read<'_>], query: &Query, found: &Type) -> Format {
        let limits: Vec<&ast::Limit> = levels.iter().filter_map(|l| l.limit.map(|(_, limit)| limit)).collect();
        let mut bounds: Vec<Bound> = levels.iter().filter_map(|l| l.limit.map(|(bound, _)| bound)).collect();
        if let Some(Condition::All(all)) = compared(query).filter(|_| limits.is_empty()) {
            let exact = |b: &Bound| matches!(b, Bound::Is(Order::Equal | Order::Unequal, _));
            bounds.extend(all.iter().map(|c| c.bound).filter(|b| !exact(b)));
        }
        if bounds.is_empty() { Format::Plain } else { limits::format(limits::unit(found), &bounds, &limits) }
    }

    fn level(&mut self, level: &Read<'_>, query: &Query, format: &Format) -> AlertLevel {
        let condition = match level.limit {
            Some((bound, _)) => Condition::All(vec![Comparison { expr: operand(query, query.expr()), bound }]),
            None => condition(query),
        };
        AlertLevel {
            urgency: level.urgency,
            condition,
            limit: level.limit.map(|(bound, l)| limits::words(l, bound, format)),
            hold: level.hold(),
            origin: self.origin(level.written.name.span),
        }
    }
}

/// When a limit is reached, seen from another.
enum Relation {
    Earlier,
    Same,
    Later,
}

/// When `a` is reached, seen from `b`; `None` when they look into different directions.
fn relation(a: Bound, b: Bound) -> Option<Relation> {
    let earlier = |first: bool, same: bool| match (first, same) {
        (_, true) => Relation::Same,
        (true, _) => Relation::Earlier,
        _ => Relation::Later,
    };
    match (a, b) {
        (Bound::Is(Order::Above, a), Bound::Is(Order::Above, b)) => Some(earlier(a < b, a == b)),
        (Bound::Is(Order::Below, a), Bound::Is(Order::Below, b)) => Some(earlier(a > b, a == b)),
        (Bound::Outside(a, c), Bound::Outside(b, d)) => Some(earlier(a >= b && c <= d, a == b && c == d)),
        _ => None,
    }
}

/// An expression on one line, ready to stand beside a comparison.
fn operand(query: &Query, expr: &Expr) -> String {
    let text = query.compact_part(expr, None);
    match &expr.kind {
        Kind::Binary(b) if b.op.node.is_comparison() || b.op.node.is_set() => format!("({text})"),
        _ => text,
    }
}

/// The condition of `when`: a comparison with a number where it is one, since then a target can watch the value also
/// while all is well; else a filter.
fn condition(query: &Query) -> Condition {
    compared(query).unwrap_or_else(|| {
        let expr = query.compact(None);
        Condition::Any(Filter { always: format!("({expr}) * 1 or on () vector(NaN)"), expr })
    })
}

/// `expr > 5` and its like.
fn compared(query: &Query) -> Option<Condition> {
    let Kind::Binary(b) = &query.expr().bare().kind else { return None };
    let order = match b.op.node {
        BinaryOp::Greater => Order::Above,
        BinaryOp::GreaterEqual => Order::AtLeast,
        BinaryOp::Less => Order::Below,
        BinaryOp::LessEqual => Order::AtMost,
        BinaryOp::Equal => Order::Equal,
        BinaryOp::NotEqual => Order::Unequal,
        _ => return None,
    };
    if b.bool_modifier.is_some() || b.lhs.value_type() != ValueType::Vector || drops_series(&b.lhs) {
        return None;
    }
    let number = Ratio::parse(&query.compact_part(b.rhs.bare(), None))?;
    Some(Condition::All(vec![Comparison { expr: operand(query, &b.lhs), bound: Bound::Is(order, number) }]))
}

/// Whether something in an expression lets series through only at times, so that there is no value while all is well.
fn drops_series(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |e| {
        found |= match &e.kind {
            Kind::Binary(b) => {
                (b.op.node.is_comparison() && b.bool_modifier.is_none())
                    || matches!(b.op.node, BinaryOp::And | BinaryOp::Unless)
            }
            Kind::Call(call) => matches!(call.name.node.as_str(), "absent" | "absent_over_time"),
            Kind::Selector(s) => s.metric().is_some_and(|m| matches!(m.node, "ALERTS" | "ALERTS_FOR_STATE")),
            _ => false,
        };
    });
    found
}

/// Labels by which the series of a result are told apart: all there can be where they are known, else those that the
/// query speaks of, and those that scraping adds.
fn mentioned(expr: &Expr, result: &Type) -> Vec<String> {
    let mut names: Vec<String> = result.row.names().map(str::to_string).collect();
    if !result.row.is_closed() {
        names.extend(["job", "instance"].map(str::to_string));
        expr.walk(&mut |e| names.extend(spoken_of(e).into_iter().map(|l| l.node.clone())));
    }
    names.retain(|n| result.label(n).presence > Presence::Not && n != "__name__");
    names.sort();
    names.dedup();
    names
}

/// Labels that a part of a query names.
fn spoken_of(expr: &Expr) -> Vec<&Spanned<String>> {
    match &expr.kind {
        Kind::Selector(s) => s.matchers.iter().map(|m| &m.name).collect(),
        Kind::Aggregate(a) => a.grouping.iter().filter(|g| !g.without).flat_map(|g| &g.labels).collect(),
        Kind::Binary(b) => {
            let on = b.matching.iter().filter(|m| m.on).flat_map(|m| &m.labels);
            on.chain(b.group.iter().flat_map(|g| &g.labels)).collect()
        }
        _ => Vec::new(),
    }
}
