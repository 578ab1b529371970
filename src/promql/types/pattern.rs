//! Matchers as predicates on label values: simple ones by comparison, the rest by their compiled patterns.

use std::sync::Arc;

use super::super::ast::Matcher;
use super::super::compiled;
use super::super::ops::MatchOp;

/// What a pattern accepts.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// These texts.
    Literals(Vec<String>),
    /// Texts of these shapes: `5..|4..`.
    Shapes(Vec<Vec<Part>>),
    /// Everything.
    Anything,
    /// Everything but the empty text.
    Something,
    /// What the expression says.
    Regex(Arc<compiled::Pattern>),
    /// Not known: it cannot be compiled, or it holds a variable.
    Unknown,
}

/// A part of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// This character.
    Char(char),
    /// Any one.
    One,
    /// Any number of any.
    Any,
}

/// The pattern of a regular expression.
pub(super) fn get(text: &str) -> Pattern {
    simple(text).unwrap_or_else(|| compiled::compile(text).map_or(Pattern::Unknown, Pattern::Regex))
}

/// Whether a matcher selects a series whose label has `value`, the empty text for none; `None` when not known.
pub fn selects(matcher: &Matcher, value: &str) -> Option<bool> {
    if matcher.variable {
        return None;
    }
    let text = &matcher.value.node;
    Some(match matcher.op.node {
        MatchOp::Equal => value == text,
        MatchOp::NotEqual => value != text,
        MatchOp::Regex => get(text).accepts(value)?,
        MatchOp::NotRegex => !get(text).accepts(value)?,
    })
}

impl Pattern {
    /// Whether it accepts `value`; `None` when not known.
    pub(super) fn accepts(&self, value: &str) -> Option<bool> {
        match self {
            Pattern::Literals(texts) => Some(texts.iter().any(|t| t == value)),
            Pattern::Shapes(shapes) => Some(shapes.iter().any(|shape| fits(shape, value))),
            Pattern::Anything => Some(true),
            Pattern::Something => Some(!value.is_empty()),
            Pattern::Regex(regex) => Some(regex.is_match(value)),
            Pattern::Unknown => None,
        }
    }
}

/// The patterns that most matchers have: `a|b`, `5..`, `/api/.*`, `.+`.
fn simple(text: &str) -> Option<Pattern> {
    match text {
        ".*" => return Some(Pattern::Anything),
        ".+" => return Some(Pattern::Something),
        _ => {}
    }
    if let Some(literals) = text.split('|').map(literal).collect() {
        return Some(Pattern::Literals(literals));
    }
    text.split('|').map(shape).collect::<Option<_>>().map(Pattern::Shapes)
}

/// A pattern of characters and dots; `None` for one that says more.
fn shape(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (length, more): (usize, &[Part]) = match c {
            '.' if rest.starts_with(".*") => (2, &[Part::Any]),
            '.' if rest.starts_with(".+") => (2, &[Part::One, Part::Any]),
            '.' => (1, &[Part::One]),
            '\\' => (2, &[Part::Char(rest.chars().nth(1).filter(char::is_ascii_punctuation)?)]),
            c if SPECIAL.contains(c) => return None,
            c => (c.len_utf8(), &[Part::Char(c)]),
        };
        parts.extend_from_slice(more);
        rest = rest.get(length..)?;
    }
    Some(parts)
}

/// Whether a text has a shape. What any number of characters stand for is tried shortest first, the last such alone anew.
fn fits(shape: &[Part], text: &str) -> bool {
    let (mut parts, mut rest) = (shape, text.chars());
    let mut again = None;
    loop {
        let before = rest.clone();
        match (parts, rest.next()) {
            ([Part::Any, after @ ..], _) => {
                rest = before.clone();
                (parts, again) = (after, Some((after, before)));
                continue;
            }
            ([], None) => return true,
            ([Part::One, after @ ..], Some(_)) => parts = after,
            ([Part::Char(c), after @ ..], Some(next)) if *c == next => parts = after,
            (_, None) => return false,
            _ => {
                let Some((after, mut from)) = again else { return false };
                from.next();
                (parts, rest) = (after, from.clone());
                again = Some((after, from));
            }
        }
    }
}

/// What makes a character of a pattern more than itself, beside the backslash.
const SPECIAL: &str = ".*+?()[]{}^$|";

/// The one text that a pattern without special characters accepts.
pub(super) fn literal(text: &str) -> Option<String> {
    let char = |part| if let Part::Char(c) = part { Some(c) } else { None };
    shape(text)?.into_iter().map(char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_simple_means_what_it_means_compiled(
            pattern in r"([ab5é]|\.|\.\*|\.\+|\\[.*]|\|){0,7}",
            values in proptest::collection::vec("[ab5é.*]{0,6}", 8),
        ) {
            let pattern = pattern.as_str();
            let simple = simple(pattern).expect("nothing else stands in it");
            let compiled = compiled::compile(pattern).expect("a pattern");
            for value in values {
                assert_eq!(simple.accepts(&value), Some(compiled.is_match(&value)), "{pattern} {value}");
            }
        }
    }
}
