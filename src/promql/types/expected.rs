//! What the place of a query expects of it: a condition, a value, counted events, a ratio, something to draw or record.

use std::collections::BTreeSet;

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::units::Duration;

use super::super::ast::{Expr, Kind};
use super::super::ops::{BinaryOp, MatchOp, ValueType};
use super::checker::{Pass, lowered};
use super::kind::SampleKind;
use super::{Type, Why};

/// What the place of a query expects of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Anything.
    Anything,
    /// A part or the total of counted events: a counter, or its growth over a window.
    Events,
    /// The share of events that went wrong.
    ErrorRatio,
    /// Series while something is wrong; holds how long it must hold before anybody is told.
    AlertCondition(Duration),
    /// A value that is compared with thresholds elsewhere.
    AlertValue,
    /// 1 while something is well, else 0.
    Up,
    /// A value that keeps a bound in each slice of time, or does not.
    Slices,
    /// Something to draw; holds the unit its axis is given, if any.
    Panel(Option<Unit>),
    /// Something whose latest value is shown; holds the unit it is given, if any.
    Latest(Option<Unit>),
    /// Something to record under a name, which tells its unit by convention.
    Record(Option<Unit>),
}

/// What is wrong with a bound on a counter.
const RESTARTED: &str = "is compared as it is, so the threshold depends on when its program was started";

impl Expected {
    pub(super) fn is_condition(self) -> bool {
        matches!(self, Expected::AlertCondition(_))
    }
}

impl Pass<'_> {
    /// Checks the result of a query against its place.
    pub(super) fn in_place(&mut self, expr: &Expr, found: &Type, expected: Expected) {
        match expected {
            Expected::Anything => {}
            Expected::Events => self.events(expr, found),
            Expected::ErrorRatio => self.error_ratio(expr, found),
            Expected::AlertCondition(hold) => self.condition(expr, found, hold),
            Expected::AlertValue => self.value(expr, found),
            Expected::Up => self.up(expr, found),
            Expected::Slices => self.cumulative(expr, found, RESTARTED, true),
            Expected::Panel(unit) => {
                if self.is_drawable(expr, found) {
                    self.cumulative(expr, found, "is drawn as it is: a line that only rises", false);
                    self.declared_unit(expr, found, unit);
                }
            }
            Expected::Latest(unit) => {
                if self.is_drawable(expr, found) {
                    self.declared_unit(expr, found, unit);
                }
            }
            Expected::Record(unit) => {
                if self.is_vector(expr, found, "a recording rule") {
                    self.declared_unit(expr, found, unit);
                }
            }
        }
    }

    fn events(&mut self, expr: &Expr, found: &Type) {
        let bare = self.query.bare_selector().is_some();
        let fine = match found.kind.is {
            SampleKind::Unknown | SampleKind::Counter | SampleKind::NativeHistogram => true,
            SampleKind::Rate | SampleKind::Increase | SampleKind::Number | SampleKind::Count | SampleKind::Change => {
                !bare
            }
            _ => !bare && !found.kind.is.is_cumulative(),
        };
        if fine {
            return;
        }
        let noun = found.noun();
        let is = found.kind.is.with_article();
        let what = if found.metric.is_some() { format!("{noun} is {is}") } else { format!("this is {is}") };
        let message = format!("{what}, and events are counted by counters");
        let help = match found.kind.is.is_cumulative() {
            true => "sum what a window adds: `sum(rate(x_total[$window]))`",
            false => "`up` and `value` make objectives of values that are no counts",
        };
        self.report(Pass::because(&codes::E0320, expr.span, message, &found.kind.why).help(help));
    }

    fn up(&mut self, expr: &Expr, found: &Type) {
        use SampleKind::{Increase, Rate};
        let kind = found.kind.is;
        let noun = found.noun();
        if kind.is_cumulative() || matches!(kind, Rate | Increase) {
            let message = format!("{noun} is {}, and `up` reads what is 0 or 1", kind.with_article());
            let help = "`errors` and `total` count events; `value … good below …` bounds any other value";
            return self.report(Pass::because(&codes::E0320, expr.span, message, &found.kind.why).help(help));
        }
        if let Some(unit) = found.unit.as_ref().filter(|u| u.is != Unit::NONE) {
            let message = format!("{noun} is in {}, and `up` reads what is 0 or 1", unit.is);
            let help = "compare it: `x < bool 80`, or bound it: `value x` with `good below …`";
            self.report(Pass::because(&codes::E0330, expr.span, message, &unit.why).help(help));
        }
    }

    fn error_ratio(&mut self, expr: &Expr, found: &Type) {
        if let Some(unit) = found.unit.as_ref().filter(|u| u.is != Unit::NONE) {
            let message = match unit.is.is_plain() {
                true => "an error ratio is from 0 to 1, found percents".to_string(),
                false => format!("an error ratio has no unit, found {}", unit.is),
            };
            let code = if unit.is.is_plain() { &codes::E0332 } else { &codes::E0330 };
            self.report(Pass::because(code, expr.span, message, &unit.why));
        }
        self.quotients(expr);
    }

    /// The quotients at the top, whose part must be within their whole.
    fn quotients(&mut self, expr: &Expr) {
        if let Kind::Binary(b) = &expr.bare().kind {
            match b.op.node {
                BinaryOp::Div => self.outside(b),
                BinaryOp::Sub if b.lhs.constant() == Some(1.0) => self.quotients(&b.rhs),
                _ => {}
            }
        }
    }

    /// Whether the query gives series of one moment.
    fn is_vector(&mut self, expr: &Expr, found: &Type, what: &str) -> bool {
        let fine = matches!(found.value, ValueType::Vector | ValueType::Scalar | ValueType::Unknown);
        if !fine {
            let is = found.value.with_article();
            let message = format!("{what} needs an instant vector, found {is}");
            let help = match found.value {
                ValueType::Matrix => "apply a function such as `rate` to the range",
                _ => "a text is no result",
            };
            self.report(Diagnostic::new(&codes::E0380, expr.span, message).here(is).help(help));
        }
        fine
    }

    fn condition(&mut self, expr: &Expr, found: &Type, hold: Duration) {
        if !self.is_vector(expr, found, "an alert") {
            return;
        }
        if found.value == ValueType::Scalar {
            let message = "an alert needs series, found a number: there is always one";
            let help = "compare something with it: `x > 1`";
            return self.report(Diagnostic::new(&codes::E0380, expr.span, message).here("a number").help(help));
        }
        if found.kind.is == SampleKind::Bool && self.is_bool(expr) {
            return;
        }
        self.unconditional(expr, found);
        self.flapping(expr);
        if hold == Duration::default() {
            self.hasty(expr);
            self.quotient_of_jobs(expr);
        }
    }

    /// `x > bool 1` always has a result.
    fn is_bool(&mut self, expr: &Expr) -> bool {
        let Kind::Binary(b) = &expr.bare().kind else { return false };
        let Some(word) = b.bool_modifier else { return false };
        let message = "with `bool` this always has a result, 0 or 1, so the alert always fires";
        self.report(
            Diagnostic::new(&codes::E0381, word, message)
                .here("makes 0 or 1 of every series")
                .help("without `bool` only the series for which it holds are left")
                .fix("remove `bool`", word, ""),
        );
        true
    }

    /// Without a condition an alert fires for every series there is.
    fn unconditional(&mut self, expr: &Expr, found: &Type) {
        // A metric that is there only while something is wrong is a condition by itself, and so is a dead man's switch.
        let deadman = matches!(&expr.bare().kind, Kind::Call(c) if c.name.node == "vector");
        if found.filter.is_some() || found.value != ValueType::Vector || deadman {
            return;
        }
        let message = "this has no condition, so the alert fires for every series there is";
        let help = "compare it: `x > 1`; a metric that is there only while something is wrong needs `> 0` too";
        self.report(Diagnostic::new(&codes::W0382, expr.span, message).here("always has a result").help(help));
    }

    /// The series with the largest values change from one evaluation to the next.
    fn flapping(&mut self, expr: &Expr) {
        let mut found: Option<Span> = None;
        expr.walk(&mut |e| {
            if let Kind::Aggregate(a) = &e.kind
                && matches!(a.op.node, "topk" | "bottomk" | "limitk" | "limit_ratio")
            {
                found = found.or(Some(a.op.span));
            }
        });
        if let Some(span) = found {
            let message =
                format!("`{}` chooses other series at every evaluation, so alerts come and go", self.text(span));
            let help = "leave it out: a threshold chooses the series that matter";
            self.report(Diagnostic::new(&codes::W0381, span, message).here("changes its series").help(help));
        }
    }

    /// A single missed scrape makes `absent` true.
    fn hasty(&mut self, expr: &Expr) {
        let mut found: Option<Span> = None;
        expr.walk(&mut |e| {
            if let Kind::Call(c) = &e.kind
                && c.name.node == "absent"
            {
                found = found.or(Some(c.name.span));
            }
        });
        if let Some(span) = found {
            let message = "without `for`, this fires at every restart and every missed scrape";
            let help = "`for 5m` waits for it to last; `absent_over_time(x[5m])` does the same in the query";
            self.report(Diagnostic::new(&codes::W0380, span, message).here("true at once").help(help));
        }
    }

    /// Two jobs are scraped, restarted and lost apart from each other, so that for a moment their quotient is of nothing real.
    fn quotient_of_jobs(&mut self, expr: &Expr) {
        let mut found: Option<(Span, &str, &str)> = None;
        expr.walk(&mut |e| {
            if let Kind::Binary(b) = &e.kind
                && b.op.node == BinaryOp::Div
                && let (Some(left), Some(right)) = (job(&b.lhs), job(&b.rhs))
                && left != right
            {
                found = found.or(Some((e.span, left, right)));
            }
        });
        if let Some((span, left, right)) = found {
            let message = format!("without `for`, this fires when a scrape of `{left}` or of `{right}` is missed");
            let help = "`for 5m` waits until both are counted again";
            self.report(Diagnostic::new(&codes::W0383, span, message).here("a quotient of two jobs").help(help));
        }
    }

    fn value(&mut self, expr: &Expr, found: &Type) {
        if !self.is_vector(expr, found, "an alert") {
            return;
        }
        self.cumulative(expr, found, RESTARTED, true);
    }

    /// A counter on its own, where its growth is meant.
    fn cumulative(&mut self, expr: &Expr, found: &Type, message: &str, error: bool) {
        if !found.kind.is.is_cumulative() || found.buckets.is_some() {
            return;
        }
        let is = found.kind.is.with_article();
        let noun = if found.metric.is_some() { format!("{}, {is},", found.noun()) } else { is.to_string() };
        let diagnostic = Pass::because(&codes::E0324, expr.span, format!("{noun} {message}"), &found.kind.why)
            .help("`rate(x[5m])` is how fast it grows, `increase(x[5m])` what was counted lately");
        self.report(if error { diagnostic } else { lowered(diagnostic) });
    }

    /// Whether the query gives series of one moment, or a number, at every step.
    fn is_drawable(&mut self, expr: &Expr, found: &Type) -> bool {
        let fine = found.value != ValueType::String && found.value != ValueType::Matrix;
        if !fine {
            let is = found.value.with_article();
            let message = format!("a panel draws an instant vector at every step, found {is}");
            self.report(Diagnostic::new(&codes::E0380, expr.span, message).here(is));
        }
        fine
    }

    /// What is stated of the result's unit must be true.
    fn declared_unit(&mut self, expr: &Expr, found: &Type, unit: Option<Unit>) {
        let (Some(wanted), Some(is)) = (unit, &found.unit) else { return };
        if is.is == wanted {
            return;
        }
        let message = format!("this is in {}, but stated to be in {wanted}", is.is);
        let help = is.is.factor_to(wanted).map(|f| format!("multiply it by {}", f.expr()));
        let why: &Why = &is.why;
        self.report(lowered(Pass::because(&codes::W0330, expr.span, message, why).maybe_help(help)));
    }
}

/// The job whose series alone an aggregation reads, where its matchers say so.
fn job(expr: &Expr) -> Option<&str> {
    let Kind::Aggregate(_) = &expr.bare().kind else { return None };
    let mut jobs = BTreeSet::new();
    expr.walk(&mut |e| {
        if let Kind::Selector(s) = &e.kind {
            let matcher = s.matchers.iter().find(|m| m.name.node == "job" && m.op.node == MatchOp::Equal);
            jobs.insert(matcher.map(|m| m.value.node.as_str()));
        }
    });
    if jobs.len() == 1 { jobs.pop_first().flatten() } else { None }
}
