//! `and`, `unless` and `or`: which side's series come out, and whether they ever do.

use crate::diag::{Diagnostic, codes};

use super::super::ast::Binary;
use super::super::ops::BinaryOp;
use super::checker::Pass;
use super::join::Matched;
use super::kind::SampleKind;
use super::{Fact, Type, Why};

impl Pass<'_> {
    pub(super) fn set_operation(&mut self, b: &Binary, left: Type, right: Type) -> Type {
        if b.op.node == BinaryOp::Or {
            return self.either(b, left, right);
        }
        let matched = Matched::of(b);
        let before = self.out.len();
        let meets = self.can_meet(b, &matched, &left, &right);
        if b.op.node == BinaryOp::Unless {
            self.unless_without_use(before);
            return Type { filter: Some(b.op.span), always: false, ..left };
        }
        // `and on () x` asks whether there is any x: a condition on the whole.
        let filter = left.filter.or(right.filter).or((!meets).then_some(b.op.span));
        Type { filter, always: false, ..left }
    }

    /// An `unless` that excludes nothing still has a result.
    fn unless_without_use(&mut self, before: usize) {
        for d in self.out.iter_mut().skip(before).filter(|d| d.code == &codes::E0343) {
            d.message = d.message.replace("these sides never meet", "this `unless` excludes nothing");
            d.primary.text = "excludes nothing".into();
        }
    }

    fn either(&mut self, b: &Binary, left: Type, right: Type) -> Type {
        self.stray_default(b, &left, &right);
        let kind = match (left.kind.is, right.kind.is) {
            (a, c) if a == c => left.kind.clone(),
            // A fallback number leaves the samples what they are.
            (_, SampleKind::Number) if right.always => left.kind.clone(),
            _ => Fact::new(SampleKind::Unknown, Why::new(b.op.span, "either of two kinds")),
        };
        let same_unit = match (&left.unit, &right.unit) {
            (Some(l), Some(r)) if l.is == r.is => left.unit.clone(),
            (Some(_), None) if right.always => left.unit.clone(),
            _ => None,
        };
        Type {
            kind,
            unit: same_unit,
            row: left.row.union(&right.row),
            interval: left.interval.union(right.interval),
            filter: left.filter.and(right.filter),
            always: left.always || right.always,
            buckets: left.buckets.clone().filter(|_| left.buckets == right.buckets),
            zero_division: left.zero_division.or(right.zero_division),
            metric: left.metric.clone().filter(|_| left.metric == right.metric),
            ..left
        }
    }

    /// `x or vector(0)` adds a series without labels beside those of x, and never fills a gap among them.
    fn stray_default(&mut self, b: &Binary, left: &Type, right: &Type) {
        let labelled = left.row.sure_names().next();
        let (Some(label), None) = (labelled, &b.matching) else { return };
        if !right.always || !right.row.is_empty() {
            return;
        }
        let message = format!(
            "this default has no labels, so it stands beside the series with `{label}` and replaces none of them"
        );
        let diagnostic = Diagnostic::new(&codes::W0346, b.rhs.span, message).here("a series without labels");
        let diagnostic = match left.row.lookup(label).why {
            Some(why) => diagnostic.label(why.span, why.text),
            None => diagnostic,
        };
        let help = "`or on () vector(0)` is the default when there is no series at all";
        let text = "or on ()".to_string();
        self.report(diagnostic.help(help).fix(format!("write `{text}`"), b.op.span, text));
    }
}
