//! Text that cannot move the cursor, change colours or turn a line around: what a terminal would obey is shown instead.

use std::borrow::Cow;

/// Whether a terminal, or an editor, would obey it rather than show it.
fn hidden(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// With control characters written as escapes; ends of lines and tabs stay.
pub fn visible(text: &str) -> String {
    if !text.contains(hidden) {
        return text.to_string();
    }
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// With a sign of the same length for each control character, so that places stay true. `\r\n` is the end of a line like
/// any other; a `\r` alone would draw the rest of its line over what stands before it.
pub(super) fn same_length(text: &str) -> Cow<'_, str> {
    let ends_line = |at: usize| text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n'));
    if !text.char_indices().any(|(at, c)| hidden(c) && !(c == '\r' && ends_line(at))) {
        return Cow::Borrowed(text);
    }
    let sign = |(at, c): (usize, char)| match c.len_utf8() {
        _ if !hidden(c) || c == '\r' && ends_line(at) => c,
        1 => '?',
        2 => '¿',
        _ => '\u{fffd}',
    };
    Cow::Owned(text.char_indices().map(sign).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("a\u{1b}[2J\u{202e}b\n\tc"), "a\\u{1b}[2J\\u{202e}b\n\tc");
        let text = "a\u{1b}[2J\u{9b}\u{202e}b\rc\r\n";
        assert_eq!(same_length(text), "a?[2J¿\u{fffd}b?c\r\n");
        assert_eq!(same_length(text).len(), text.len());
    }
}
