//! Where a raw PromQL value ends: at the end of its line, or further down while a bracket is open.

use super::cursor::Cursor;
use super::token;
use crate::diag::{Diagnostic, codes};
use crate::source::Span;

/// Reads a raw value. `stops` are words that end it at bracket depth 0 (`within`); `settings` are the words that begin
/// the statements around it, where an unclosed bracket must have ended. Gives the text's place without white space.
pub(super) fn query(cursor: &mut Cursor<'_>, stops: &[&str], settings: &[&str]) -> Option<Span> {
    cursor.skip_spaces();
    if cursor.assigned() && (cursor.rest().starts_with('=') || cursor.rest().starts_with(": ")) {
        cursor.unexpected("a PromQL query");
        cursor.go_to(cursor.pos() + 1);
        cursor.skip_spaces();
    }
    let start = cursor.pos();
    let rest = cursor.rest();
    // Blocks that are not closed are read by their indentation: so is what a query cannot go on with.
    let around = cursor.statement_by_indentation();
    let length = end_of(rest, stops, settings, around).unwrap_or_else(|| end_of_unclosed(rest, settings));
    let text = rest[..length].trim_end();
    cursor.go_to(start + text.len());
    cursor.offer_within(cursor.span(start, start + text.len()), stops.iter().copied());
    if text.is_empty() {
        cursor.unexpected("a PromQL query");
        return None;
    }
    Some(cursor.span(start, start + text.len()))
}

/// Whether a query, wherever it stands, is read to the end of this text: no line of it is like a statement.
pub(super) fn is_whole(text: &str) -> bool {
    let is_statement = |line: &str| {
        let word = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(line.len());
        let (first, rest) = line.split_at(word);
        word > 0 && !BETWEEN.contains(&first) && takes_value(rest) && !goes_on(rest.trim_start())
    };
    end_of(text, &[], &[], None) == Some(text.len()) && !text.lines().skip(1).map(str::trim_start).any(is_statement)
}

/// Reads a series: the name of a metric, and its labels in braces.
pub(super) fn series(cursor: &mut Cursor<'_>) -> Option<Span> {
    cursor.skip_spaces();
    let start = cursor.pos();
    let rest = cursor.rest();
    let name = token::metric_name(rest).map_or(0, |(left, _)| rest.len() - left.len());
    let gap = rest[name..].len() - rest[name..].trim_start_matches([' ', '\t']).len();
    let opened = rest[name + gap..].starts_with(['{', '(']);
    let Some(length) = (if opened { closed(rest, name + gap) } else { Some(name) }) else {
        let place = cursor.span(start + name + gap, start + name + gap + 1);
        let open = cursor.slice(place).to_string();
        let diagnostic = Diagnostic::new(&codes::E0001, place, format!("this `{open}` is not closed on its line"));
        cursor.report(diagnostic.here("opened here").help("labels and their values stand between `{` and `}`"));
        return None;
    };
    if length == 0 {
        cursor.unexpected("a series such as `up{job=\"checkout\"}`");
        return None;
    }
    cursor.go_to(start + length);
    Some(cursor.span(start, start + length))
}

/// Where what opens at `from` is closed, on its line.
fn closed(text: &str, from: usize) -> Option<usize> {
    let (mut at, mut depth) = (from, 0usize);
    while let Some(c) = text[at..].chars().next().filter(|c| *c != '\n') {
        match c {
            '"' | '\'' | '`' => {
                at += string_length(&text[at..], c);
                continue;
            }
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += c.len_utf8();
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Length of the value when its brackets close; `None` when one stays open, or is closed by one of another kind or by the end of
/// the block `around` whose statements are indented so far.
fn end_of(text: &str, stops: &[&str], settings: &[&str], around: Option<usize>) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '\n' | '}' | '#' if open.is_empty() => return Some(at),
            '\n' if begins_statement(&text[at + 1..], settings) => return None,
            '\n' if around.is_some_and(|indent| ends_block(&text[at + 1..], indent)) => return None,
            '#' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                let expected = open.pop();
                if c == '}' && expected != Some('}') {
                    return None;
                }
            }
            '"' | '\'' | '`' => {
                at += string_length(&text[at..], c);
                continue;
            }
            ' ' | '\t'
                if open.is_empty() && stops.iter().any(|word| starts_with_word(text[at..].trim_start(), word)) =>
            {
                return Some(at);
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    open.is_empty().then_some(at)
}

/// Length of a PromQL string including its quotes; without an end it goes to the end of its line.
pub(super) fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '\n' && quote != '`' {
            return at;
        }
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    text.find('\n').unwrap_or(text.len())
}

/// A bracket stays open: the value is taken to end before the next line that begins like a statement.
fn end_of_unclosed(text: &str, settings: &[&str]) -> usize {
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let first = line.trim_start();
        if index > 0 && (first.starts_with('}') || begins_statement(line, settings)) {
            return at;
        }
        at += line.len();
    }
    text.find('\n').unwrap_or(text.len())
}

/// The words that stand between two operands in PromQL.
const BETWEEN: [&str; 12] =
    ["and", "or", "unless", "atan2", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"];

/// Whether a line inside open brackets can only be a statement of the block around: a setting's word, then a value.
/// In PromQL no operand follows a name without an operator between them.
fn begins_statement(text: &str, settings: &[&str]) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    settings.iter().find_map(|word| text.strip_prefix(word)).is_some_and(takes_value)
}

/// Whether what follows a word at the beginning of a line can be the value of a setting.
fn takes_value(rest: &str) -> bool {
    let value = rest.trim_start_matches([' ', '\t']);
    value.len() < rest.len()
        && value.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '"'))
        && !BETWEEN.iter().any(|word| starts_with_word(value, word))
}

/// Whether a line begins with the end of a block whose statements are indented so far.
fn ends_block(text: &str, indent: usize) -> bool {
    let line = text.trim_start_matches([' ', '\t']);
    line.starts_with('}') && text.len() - line.len() < indent
}

/// Whether what follows a name goes on with the query it began.
pub(super) fn goes_on(text: &str) -> bool {
    let operand = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '(' | '"');
    let word = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
    !text.starts_with(operand) || BETWEEN.contains(&word)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let boundary = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'));
    text.strip_prefix(word).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(boundary) && !rest.trim_start().starts_with(['=', '{', '('])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_with_its_line_unless_a_bracket_is_open() {
        assert_eq!(end_of("up{a=\"}\"} # c\n", &[], &[], None), Some(10));
        assert_eq!(end_of("sum(\n  up # (\n)\nnext", &[], &[], None), Some(15));
        assert_eq!(end_of("h{a=\"within\"} within 3s", &["within"], &[], None), Some(13));
        assert_eq!(end_of("sum(up", &[], &[], None), None);
        assert_eq!(end_of("up }", &[], &[], None), Some(3));
    }

    #[test]
    fn an_open_bracket_ends_before_the_next_statement() {
        let text = "sum(rate(a[5m])\n  total b\n}";
        assert_eq!(end_of(text, &[], &["total"], None), None);
        assert_eq!(&text[..end_of_unclosed(text, &["total"])], "sum(rate(a[5m])\n");
        let text = "sum(\n  total + total\n)\n";
        assert_eq!(end_of(text, &[], &["total"], None), Some(22));
        let text = "up{\n    a=\"b\"\n  }\n}";
        assert_eq!([None, Some(2), Some(4)].map(|around| end_of(text, &[], &[], around)), [Some(17), Some(17), None]);
    }
}
