//! The colours of values: `warn above 1s`, `red below 50%`, as steps of one scale.

use crate::diag::{Diagnostic, codes};
use crate::model::board::{Hue, Scale};
use crate::model::{Bound, Order};
use crate::source::Span;
use crate::syntax::ast;
use crate::units::Ratio;

use super::super::Checker;
use super::super::limits::Measured;

/// The colours that can be named.
pub(super) const HUES: [Hue; 8] =
    [Hue::Green, Hue::Yellow, Hue::Orange, Hue::Vermillion, Hue::Blue, Hue::Sky, Hue::Purple, Hue::Grey];

/// The colour of a name. `warn` is yellow, and `bad` is red.
pub(super) fn hue(name: &str) -> Option<Hue> {
    match name {
        "warn" => Some(Hue::Yellow),
        "bad" => Some(Hue::Vermillion),
        _ => HUES.into_iter().find(|hue| hue.name() == name),
    }
}

/// How bad a colour is; `None` for one that says nothing of that.
fn badness(hue: Hue) -> Option<u8> {
    match hue {
        Hue::Green => Some(0),
        Hue::Yellow => Some(1),
        Hue::Orange => Some(2),
        Hue::Vermillion => Some(3),
        _ => None,
    }
}

/// A step in the unit of the value.
#[derive(Clone, Copy)]
struct Read<'a> {
    at: Ratio,
    hue: Hue,
    written: &'a ast::Step,
}

impl Read<'_> {
    fn span(&self) -> Span {
        self.written.colour.span.to(self.written.limit.span)
    }
}

impl<'a> Checker<'a> {
    /// Puts the steps of a panel, or of one of its queries, into a scale.
    pub(super) fn steps(&mut self, steps: &[&'a ast::Step], measured: Measured<'_>, scale: &mut Scale) {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for written in steps {
            let Some(bound) = self.limit(&written.limit, measured) else { return };
            let Some(hue) = hue(&written.colour.node) else { return };
            match bound {
                Bound::Is(Order::Above, at) => above.push(Read { at, hue, written }),
                Bound::Is(_, at) => below.push(Read { at, hue, written }),
                Bound::Outside(..) => {}
            }
        }
        if above.is_empty() && below.is_empty() {
            return;
        }
        above.sort_by_key(|r| r.at);
        below.sort_by_key(|r| std::cmp::Reverse(r.at));
        if self.steps_ordered(&above) && self.steps_ordered(&below) && self.apart(&below, &above) {
            paint(&above, &below, scale);
        }
    }

    /// The further from what is usual, the worse, or, when the last is green, the better.
    fn steps_ordered(&mut self, steps: &[Read<'_>]) -> bool {
        let better = steps.iter().any(|s| s.hue == Hue::Green);
        for pair in steps.windows(2) {
            let [first, second] = pair else { continue };
            let (a, b) = (badness(first.hue), badness(second.hue));
            let turned = a.zip(b).is_some_and(|(a, b)| if better { a <= b } else { a >= b });
            if first.at == second.at || turned {
                self.wrong_order(first, second);
                return false;
            }
        }
        true
    }

    /// Reports two steps of which the second hides the first, or is never reached.
    fn wrong_order(&mut self, first: &Read<'_>, second: &Read<'_>) {
        let (a, b) = (&first.written.colour.node, &second.written.colour.node);
        let (at, other) = if first.span() < second.span() { (second, first) } else { (first, second) };
        let message = match first.at == second.at {
            true => format!("`{a}` and `{b}` begin at the same number"),
            false => format!("`{a}` and `{b}` are in the wrong order: a value passes `{a}` first"),
        };
        let diagnostic = Diagnostic::new(&codes::E0442, at.span(), message).here("does not fit the other");
        let help = "the further a value goes, the worse its colour: yellow, orange, red; or the better, up to green";
        self.report(diagnostic.label(other.span(), "the other").help(help));
    }

    /// What is `below` a number ends before what is `above` one begins.
    fn apart(&mut self, below: &[Read<'_>], above: &[Read<'_>]) -> bool {
        let (Some(low), Some(high)) = (below.first(), above.first()) else { return true };
        if low.at <= high.at {
            return true;
        }
        let message = "a value between these two would have both colours".to_string();
        let (at, other) = if low.span() < high.span() { (high, low) } else { (low, high) };
        let diagnostic = Diagnostic::new(&codes::E0442, at.span(), message).here("overlaps the other");
        self.report(diagnostic.label(other.span(), "the other").help("`below` is for the smaller number"));
        false
    }
}

/// The colours from the smallest value to the greatest.
fn paint(above: &[Read<'_>], below: &[Read<'_>], scale: &mut Scale) {
    let green = above.iter().chain(below).any(|s| s.hue == Hue::Green);
    // What no step names is fine; beside a green step it is worth a look, and alone below one nothing is known of it.
    let middle = match (green, above.is_empty() || below.is_empty()) {
        (false, _) => Hue::Green,
        (true, false) => Hue::Yellow,
        (true, true) => Hue::Text,
    };
    scale.base = Some(below.last().map_or(middle, |s| s.hue));
    scale.steps.clear();
    for (index, step) in below.iter().enumerate().rev() {
        let next = index.checked_sub(1).and_then(|i| below.get(i)).map_or(middle, |s| s.hue);
        scale.steps.push((step.at, next));
    }
    for step in above {
        if scale.steps.last().is_some_and(|(at, _)| *at == step.at) {
            scale.steps.pop();
        }
        scale.steps.push((step.at, step.hue));
    }
}
