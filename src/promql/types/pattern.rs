//! Matchers as predicates on label values: simple ones by comparison, the rest compiled once per distinct text.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::super::ast::Matcher;
use super::super::ops::MatchOp;
use super::super::re2;

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
    Regex(Arc<regex::Regex>),
    /// Not known: it cannot be compiled, or it holds a variable.
    Unknown,
}

/// Patterns by their text, so that none is compiled twice; shared by every checker of a program.
#[derive(Debug, Default)]
pub struct Patterns {
    known: Mutex<BTreeMap<String, Pattern>>,
}

impl Patterns {
    /// The pattern of a regular expression.
    pub(super) fn get(&self, text: &str) -> Pattern {
        if let Some(simple) = simple(text) {
            return simple;
        }
        // A poisoned lock holds a whole map: entries are inserted in one step.
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(pattern) = known.get(text) {
            return pattern.clone();
        }
        let pattern = re2::compile(text).map_or(Pattern::Unknown, |regex| Pattern::Regex(Arc::new(regex)));
        known.insert(text.to_string(), pattern.clone());
        pattern
    }

    /// Whether a matcher selects a series whose label has `value`, the empty text for none; `None` when not known.
    pub(super) fn selects(&self, matcher: &Matcher, value: &str) -> Option<bool> {
        if matcher.variable {
            return None;
        }
        let text = &matcher.value.node;
        Some(match matcher.op.node {
            MatchOp::Equal => value == text,
            MatchOp::NotEqual => value != text,
            MatchOp::Regex => self.get(text).accepts(value)?,
            MatchOp::NotRegex => !self.get(text).accepts(value)?,
        })
    }
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
