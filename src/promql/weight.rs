//! What a pattern costs to compile, from its tree alone: how large it becomes, and how often something is repeated.

use regex_syntax::hir::{Class, Hir, HirKind};

/// What a pattern costs.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    /// About how many states it becomes.
    pub(super) size: usize,
    /// How many copies of its innermost part are made at most. Go allows [`super::re2::REPETITIONS`].
    pub(super) copies: usize,
}

impl Weight {
    /// Never recurses deeper than a pattern may nest.
    pub(super) fn of(tree: &Hir) -> Weight {
        let size = |size| Weight { size, copies: 1 };
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => size(1),
            HirKind::Literal(literal) => size(literal.0.len()),
            HirKind::Class(class) => size(class_size(class)),
            HirKind::Capture(capture) => Weight::of(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().map(Weight::of).fold(Weight::default(), |a, b| Weight {
                    size: a.size.saturating_add(b.size),
                    copies: a.copies.max(b.copies),
                })
            }
            HirKind::Repetition(repetition) => {
                let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
                let once = Weight::of(&repetition.sub);
                Weight { size: once.size.saturating_mul(times), copies: once.copies.saturating_mul(times) }
            }
        }
    }
}

/// A character of ASCII is one byte; all others are trees of bytes.
fn class_size(class: &Class) -> usize {
    match class {
        Class::Unicode(class) if class.is_ascii() => 1,
        Class::Unicode(class) => 8 + 3 * class.ranges().len(),
        Class::Bytes(_) => 1,
    }
}
