//! How far back a query reads, and at which times: windows, subqueries, `offset` and `@`.

use crate::diag::{Diagnostic, codes};
use crate::units::Duration;

use super::super::ast::{Length, Offset, Range, Selector, Subquery};
use super::super::ops::ValueType;
use super::Type;
use super::checker::{Pass, lowered};

/// Steps of a subquery that a rule should not exceed: each is an evaluation of what is inside.
const MAX_STEPS: u64 = 1000;

impl Pass<'_> {
    /// The times a selector reads.
    pub(super) fn times(&mut self, s: &Selector) {
        self.offset(s.offset.as_ref());
        self.fixed_time(s.at.as_ref().map(|a| a.span));
        let window = s.range.as_ref().and_then(|r| r.length.known());
        let offset = s.offset.as_ref().filter(|o| !o.negative).and_then(|o| o.length.known());
        self.retention(window, offset, s.range.as_ref().map_or(s.core, |r| r.span));
    }

    /// A rule that reads the future reads nothing.
    fn offset(&mut self, offset: Option<&Offset>) {
        let Some(offset) = offset.filter(|o| o.negative && self.in_rule()) else { return };
        if offset.length == Length::Fixed(Duration::default()) {
            return;
        }
        let message = "a rule is evaluated now, and there are no samples of the future";
        self.report(Diagnostic::new(&codes::E0372, offset.span, message).here("reads ahead of now"));
    }

    /// A rule that reads a fixed time never changes.
    fn fixed_time(&mut self, at: Option<crate::source::Span>) {
        let Some(span) = at.filter(|_| self.in_rule()) else { return };
        let message = "a rule that reads a fixed time has the same result for ever";
        let help = "`@` is for looking back at a dashboard; a rule reads back with `offset`";
        self.report(Diagnostic::new(&codes::E0372, span, message).here("does not move with time").help(help));
    }

    fn retention(&mut self, window: Option<Duration>, offset: Option<Duration>, span: crate::source::Span) {
        let Some(kept) = self.checker.facts.retention else { return };
        let reach = window.map_or(0, Duration::millis) + offset.map_or(0, Duration::millis);
        if reach > kept.millis() {
            let reach = Duration::from_millis(reach);
            let message = format!("this reads back {reach}, but the server keeps {kept}");
            let help = "record it with a rule, whose samples can be kept longer elsewhere";
            self.report(Diagnostic::new(&codes::E0371, span, message).here("reaches too far back").help(help));
        }
    }

    pub(super) fn subquery(&mut self, s: &Subquery) -> Type {
        let inner = self.type_of(&s.expr);
        self.offset(s.offset.as_ref());
        self.fixed_time(s.at.as_ref().map(|a| a.span));
        self.steps(s);
        Type { value: ValueType::Matrix, ..inner }
    }

    /// How much work a subquery is.
    fn steps(&mut self, s: &Subquery) {
        let step = match &s.step {
            Some(step) => step.node.known(),
            None => self.checker.facts.every.or(Some(Duration::from_mins(1))),
        };
        let (Some(window), Some(step)) = (s.range.length.known(), step) else { return };
        let steps = window.millis() / step.millis().max(1);
        if steps > MAX_STEPS && self.in_rule() {
            let message = format!("this evaluates what is inside {steps} times at each evaluation");
            let help = "record what is inside with a rule, and read the recorded series over the range";
            self.report(
                Diagnostic::new(&codes::W0370, s.range.span, message)
                    .here(format!("{window} in steps of {step}"))
                    .help(help),
            );
        }
    }

    /// Two samples in every window, also when a scrape fails.
    fn scrapes(&mut self, function: &str, range: &Range, window: Duration, scrape: Duration) {
        let least = Duration::from_millis(4 * scrape.millis());
        if window.millis() >= least.millis() {
            return;
        }
        let too_short = window.millis() < 2 * scrape.millis();
        let usual = self.checker.facts.usual;
        if usual && !too_short {
            return;
        }
        let what = if too_short { "holds one" } else { "may hold one when a scrape fails" };
        let message = format!("`{function}` needs two samples, and {window} {what}, at a scrape interval of {scrape}");
        let other = if usual { "; `scrape 10s` in `project` says another interval than the usual one" } else { "" };
        let help = format!("four scrape intervals, `[{least}]`, survive a failed scrape{other}");
        let diagnostic = Diagnostic::new(&codes::E0370, range.span, message).here("too short").help(help);
        let diagnostic = diagnostic.fix(format!("write `{least}`"), range.length_span, least.to_string());
        self.report(if too_short && !usual { diagnostic } else { lowered(diagnostic) });
    }

    /// A function of growth needs two samples in every window.
    pub(super) fn two_samples(&mut self, arg: &super::super::ast::Expr, function: &str) {
        use super::super::ast::Kind;
        match &arg.bare().kind {
            Kind::Selector(s) => {
                let Some(range) = &s.range else { return };
                let (Some(window), Some(scrape)) = (range.length.known(), self.checker.facts.scrape) else { return };
                self.scrapes(function, range, window, scrape);
            }
            Kind::Subquery(s) => {
                let step = s.step.as_ref().and_then(|x| x.node.known());
                let (Some(window), Some(step)) = (s.range.length.known(), step) else { return };
                if window.millis() < 2 * step.millis() {
                    let message = format!("`{function}` needs two samples, and {window} in steps of {step} holds one");
                    let help = "a range is open on its left since Prometheus 3; make it twice the step";
                    self.report(Diagnostic::new(&codes::E0373, s.range.span, message).here("too short").help(help));
                }
            }
            _ => {}
        }
    }
}
