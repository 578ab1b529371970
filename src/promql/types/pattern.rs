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
    /// Everything.
    Anything,
    /// Everything but the empty text.
    Something,
    /// What the expression says.
    Regex(Arc<compiled::Pattern>),
    /// Not known: it cannot be compiled, or it holds a variable.
    Unknown,
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
            Pattern::Anything => Some(true),
            Pattern::Something => Some(!value.is_empty()),
            Pattern::Regex(regex) => Some(regex.is_match(value)),
            Pattern::Unknown => None,
        }
    }
}

/// The patterns that most matchers have: `a|b`, `.*`, `.+`.
fn simple(text: &str) -> Option<Pattern> {
    match text {
        ".*" => return Some(Pattern::Anything),
        ".+" => return Some(Pattern::Something),
        _ => {}
    }
    let literals = text.split('|').map(literal).collect::<Option<Vec<String>>>()?;
    Some(Pattern::Literals(literals))
}

/// The one text that a pattern without special characters accepts.
pub(super) fn literal(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| c.is_ascii_punctuation())?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}
