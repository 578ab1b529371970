//! Texts that are too long for one line: what of them differs, line by line.

use super::super::Fact;

/// Characters that fit into one line, of both values together.
const SHORT: usize = 100;

/// The lines of one side that are shown; the rest is counted.
const MOST_LINES: usize = 12;

/// The characters of one line that are shown; the rest is counted.
const MOST_CHARS: usize = 400;

/// Whether both values are shown side by side.
pub(super) fn is_short(fact: &Fact) -> bool {
    let values = || fact.old.iter().chain(&fact.new);
    let length: usize = values().map(|value| value.chars().count()).sum();
    length <= SHORT && !values().any(|value| value.contains('\n'))
}

/// The lines that differ: first those that were, then those that are, without the lines both begin and end with.
pub(super) fn difference(fact: &Fact) -> (Vec<String>, Vec<String>) {
    let split = |value: &Option<String>| {
        value.as_deref().map(|v| v.lines().map(String::from).collect::<Vec<_>>()).unwrap_or_default()
    };
    let (old, new) = (split(&fact.old), split(&fact.new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let keep = |lines: &[String]| shown(lines.get(..lines.len() - tail).unwrap_or_default());
    (keep(old), keep(new))
}

fn shown(lines: &[String]) -> Vec<String> {
    let mut shown: Vec<String> = lines.iter().take(MOST_LINES).map(|line| cut(line)).collect();
    if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        shown.push(format!("… {more} more lines"));
    }
    shown
}

/// A line of bounded length.
pub(super) fn cut(line: &str) -> String {
    let length = line.chars().count();
    if length <= MOST_CHARS {
        return visible(line);
    }
    let begin: String = line.chars().take(MOST_CHARS).collect();
    format!("{} … {} more characters", visible(&begin), length - MOST_CHARS)
}

/// Text without what a terminal or a browser obeys rather than shows: control characters, and those that turn the
/// direction of writing.
pub(super) fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let show = |c: char| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(show).collect()
}
