//! Matching of two sides: whether any series can meet, whether one meets several, and which labels come out.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, codes};
use crate::source::Span;

use super::super::ast::{Binary, Group, Matching};
use super::super::ops::ValueType;
use super::checker::{Also, Pass, lowered};
use super::kind::SampleKind;
use super::row::{Label, Presence, Row};
use super::{Type, Why};

/// Which labels two series must share to meet.
pub(super) struct Matched<'a> {
    matching: Option<(bool, BTreeSet<&'a str>)>,
}

impl<'a> Matched<'a> {
    /// As the operator says.
    pub(super) fn of(b: &'a Binary) -> Matched<'a> {
        let labels = |m: &'a Matching| m.labels.iter().map(|l| l.node.as_str()).collect();
        Matched { matching: b.matching.as_ref().map(|m| (m.on, labels(m))) }
    }

    /// Whether `label` is compared.
    fn compares(&self, label: &str) -> bool {
        self.matching.as_ref().is_none_or(|(on, labels)| labels.contains(label) == *on)
    }
}

impl Pass<'_> {
    /// Checks how two sides are matched, and gives the labels of the result.
    pub(super) fn joined_row(&mut self, b: &Binary, left: &Type, right: &Type) -> Row {
        let scalar = |t: &Type| t.value == ValueType::Scalar;
        match (scalar(left), scalar(right)) {
            (true, true) | (false, true) => return left.row.clone(),
            (true, false) => return right.row.clone(),
            (false, false) => {}
        }
        let variable = b.matching.iter().flat_map(|m| &m.labels).any(|l| l.node.contains('$'));
        if variable {
            return Row::open();
        }
        let matched = Matched::of(b);
        if self.can_meet(b, &matched, left, right) {
            self.one_each(b, &matched, left, right);
        }
        match &b.group {
            Some(group) if group.left => self.grouped_row(group, left, right),
            Some(group) => self.grouped_row(group, right, left),
            None => single_row(b, &left.row, &right.row),
        }
    }

    /// Whether series of both sides can have the same values of the labels that are compared; reports when not.
    pub(super) fn can_meet(&mut self, b: &Binary, matched: &Matched<'_>, left: &Type, right: &Type) -> bool {
        if !self.matched_labels(b, left, right) {
            return false;
        }
        let names = left.row.sure_names().chain(right.row.sure_names());
        let compared: Vec<String> = names.filter(|n| matched.compares(n)).map(str::to_string).collect();
        for name in compared {
            let (l, r) = (left.row.lookup(&name), right.row.lookup(&name));
            let (with, without) = match (l.presence, r.presence) {
                (Presence::Must, Presence::Not) => ((&b.lhs, l), r),
                (Presence::Not, Presence::Must) => ((&b.rhs, r), l),
                _ => continue,
            };
            self.never_meet(b, &name, with.0.span, with.1.why, without.why);
            return false;
        }
        self.seldom_meet(b, matched, left, right);
        self.values_meet(b, matched, left, right)
    }

    /// A label that one side lists and the other cannot have: only series that lack what was listed could meet.
    fn seldom_meet(&mut self, b: &Binary, matched: &Matched<'_>, left: &Type, right: &Type) {
        if b.matching.as_ref().is_some_and(|m| m.on) {
            return;
        }
        for ((with, place), without) in [((left, &b.lhs), right), ((right, &b.rhs), left)] {
            let lacks = |name: &&str| {
                matched.compares(name)
                    && with.row.lookup(name).presence == Presence::May
                    && without.row.lookup(name).presence == Presence::Not
            };
            let listed = with.row.names().filter(|_| with.row.is_closed()).find(lacks).map(str::to_string);
            let Some(name) = listed else { continue };
            let message =
                format!("these sides meet only where `{name}` is missing: one of them lists it, the other has none");
            let diagnostic = lowered(Diagnostic::new(&codes::E0343, b.op.span, message)).here("hardly has a result");
            let diagnostic = diagnostic.label(place.span, format!("lists `{name}`"));
            let diagnostic = match without.row.lookup(&name).why {
                Some(why) => diagnostic.label(why.span, format!("`{name}` is gone: {}", why.text)),
                None => diagnostic,
            };
            return self.report(diagnostic.help(format!("`ignoring ({name})` compares the other labels")));
        }
    }

    /// A label that both sides compare must be there.
    fn matched_labels(&mut self, b: &Binary, left: &Type, right: &Type) -> bool {
        let Some(on) = b.matching.as_ref().filter(|m| m.on) else { return true };
        let mut fine = true;
        for label in &on.labels {
            let (l, r) = (left.row.lookup(&label.node), right.row.lookup(&label.node));
            let gone = |p: Presence| p == Presence::Not;
            fine &= match (gone(l.presence), gone(r.presence)) {
                (false, false) => continue,
                (true, true) => self.named_label(&label.node, label.span, left, "either side"),
                (true, false) => self.named_label(&label.node, label.span, left, "the left side"),
                (false, true) => self.named_label(&label.node, label.span, right, "the right side"),
            };
        }
        fine
    }

    fn never_meet(&mut self, b: &Binary, name: &str, with: Span, has: Option<Why>, lacks: Option<Why>) {
        let message = format!("these sides never meet: `{name}` is on one of them only");
        let mut diagnostic = Diagnostic::new(&codes::E0343, b.op.span, message).here("has no result");
        match &has {
            Some(why) if why.span != b.op.span => {
                diagnostic = diagnostic.label(why.span, format!("`{name}` is there: {}", why.text))
            }
            _ => diagnostic = diagnostic.label(with, format!("has `{name}`")),
        }
        if let Some(why) = &lacks {
            diagnostic = diagnostic.label(why.span, format!("`{name}` is gone: {}", why.text));
        }
        let diagnostic = diagnostic.help(format!("`ignoring ({name})` compares the other labels"));
        let fix = b.matching.is_none().then(|| format!("{} ignoring ({name})", self.text(b.op.span)));
        self.report(match fix {
            Some(text) => diagnostic.suggest(format!("write `{text}`"), b.op.span, text),
            None => diagnostic,
        });
    }

    /// Two matchers that pin one compared label to different values.
    fn values_meet(&mut self, b: &Binary, matched: &Matched<'_>, left: &Type, right: &Type) -> bool {
        for (name, label) in left.row.labels().filter(|(n, l)| l.complete && matched.compares(n)) {
            let Some(other) = right.row.get(name).filter(|o| o.complete && o.presence == Presence::Must) else {
                continue;
            };
            let (Some(mine), Some(theirs)) = (&label.values, &other.values) else { continue };
            if label.presence == Presence::Must && mine.is_disjoint(theirs) {
                let message = format!("these sides never meet: their values of `{name}` differ");
                let mut diagnostic = Diagnostic::new(&codes::E0343, b.op.span, message).here("has no result");
                for why in [&label.why, &other.why].into_iter().flatten() {
                    diagnostic = diagnostic.also(why);
                }
                self.report(diagnostic.help(format!("`ignoring ({name})` compares the other labels")));
                return false;
            }
        }
        true
    }

    /// Without a grouping a series meets at most one of the other side; with one, those of the one side are unique.
    fn one_each(&mut self, b: &Binary, matched: &Matched<'_>, left: &Type, right: &Type) {
        let sides = match &b.group {
            None => vec![(left, b.lhs.span, "left"), (right, b.rhs.span, "right")],
            Some(g) if g.left => vec![(right, b.rhs.span, "right")],
            Some(_) => vec![(left, b.lhs.span, "left")],
        };
        if b.matching.is_none() && b.group.is_none() {
            return;
        }
        for (side, span, name) in sides {
            let extra = side.row.free().find(|l| !matched.compares(l) && *l != "le");
            let Some(extra) = extra.filter(|_| side.row.is_closed() && derived(side)) else { continue };
            let message = format!("several series of the {name} side meet one of the other: they differ in `{extra}`");
            let help = match &b.group {
                Some(_) => format!("aggregate `{extra}` away first, or match it too"),
                None => {
                    let word = if name == "left" { "group_left" } else { "group_right" };
                    format!("`{word}` allows several on the {name} side; or aggregate `{extra}` away first")
                }
            };
            let diagnostic = Diagnostic::new(&codes::E0344, b.op.span, message)
                .here("fails when it runs")
                .label(span, format!("one series per `{extra}`"));
            let why = side.row.lookup(extra).why;
            self.report(match why {
                Some(why) if why.span != span => diagnostic.also(&why).help(help),
                _ => diagnostic.help(help),
            });
            return;
        }
    }

    /// The row of the side with many series, with labels copied from the other.
    fn grouped_row(&mut self, group: &Group, many: &Type, one: &Type) -> Row {
        let mut row = many.row.clone();
        for label in group.labels.iter().filter(|l| !l.node.contains('$')) {
            let lookup = one.row.lookup(&label.node);
            if lookup.presence == Presence::Not {
                if let Some(why) = &lookup.why {
                    let message = format!("`{}` is not on the side it is copied from, so it is removed", label.node);
                    let near = crate::diag::did_you_mean(&label.node, one.row.names());
                    self.report(Pass::because(&codes::W0343, label.span, message, why).maybe_help(near));
                }
                row.remove(&label.node, Why::new(label.span, "copied from a side that lacks it"));
                continue;
            }
            let presence = lookup.presence.max(Presence::May);
            let why = Some(Why::new(label.span, "copied from the other side"));
            row.set(&label.node, Label { joined: Some(label.span), ..Label::new(presence, why) });
        }
        row
    }
}

/// Whether the row is one of an aggregation, or of a metric whose labels tell its series apart.
fn derived(side: &Type) -> bool {
    !matches!(side.kind.is, SampleKind::Info | SampleKind::Unknown) || side.metric.is_none()
}

/// The labels of a result of two single series.
fn single_row(b: &Binary, left: &Row, right: &Row) -> Row {
    let comparison = b.op.node.is_comparison() && b.bool_modifier.is_none();
    match &b.matching {
        Some(m) if m.on => {
            left.keep(m.labels.iter().map(|l| &l.node), Why::new(m.span, "`on` keeps these labels only"))
        }
        Some(m) => {
            let mut row = left.clone();
            if !comparison || !m.labels.is_empty() {
                for label in &m.labels {
                    row.remove(&label.node, Why::new(m.span, "`ignoring` drops it"));
                }
            }
            row
        }
        // All labels are equal, so what is known of either side holds.
        None => both(left, right),
    }
}

/// What is known of series that have the labels of both rows.
fn both(left: &Row, right: &Row) -> Row {
    let mut row = if left.is_closed() || !right.is_closed() { left.clone() } else { right.clone() };
    let other = if left.is_closed() || !right.is_closed() { right } else { left };
    for (name, label) in other.labels() {
        let mine = row.lookup(name).presence;
        if label.presence == Presence::Must && mine > Presence::Not && mine < Presence::Must {
            row.set(name, label.clone());
        }
    }
    row
}
