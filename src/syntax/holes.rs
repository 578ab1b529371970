//! `$name` in the text of a template, and what each stands in: nothing, a text, a long text. Never in a comment.

use std::ops::Range;

use super::ast::{Context, Hole};
use crate::source::Span;

/// Every hole in `text`, which stands at `base`.
pub(super) fn find(text: &str, base: Span) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let (length, context) = stretch(rest);
        if let Some(context) = context {
            holes.extend(within(rest, length, context).map(|(name, range)| Hole {
                name,
                span: base.inside(at + range.start..at + range.end),
                context,
            }));
        }
        at += length;
    }
    holes
}

/// How many bytes at the start of `rest` stand in one context, and in which; `None` for a comment.
fn stretch(rest: &str) -> (usize, Option<Context>) {
    if rest.starts_with("\"\"\"") {
        let end = rest.get(3..).and_then(|r| r.find("\"\"\"")).map_or(rest.len(), |n| n + 6);
        return (end, Some(Context::Long));
    }
    match rest.chars().next() {
        Some('#') => (rest.find('\n').unwrap_or(rest.len()), None),
        Some(quote @ ('"' | '\'' | '`')) => {
            (super::raw::string_length(rest, quote).max(1), Some(Context::Quoted(quote)))
        }
        _ => (rest.find(['#', '"', '\'', '`']).unwrap_or(rest.len()), Some(Context::Bare)),
    }
}

/// The holes in the first `length` bytes. In a text where a backslash escapes, an escaped character begins none.
fn within(text: &str, length: usize, context: Context) -> impl Iterator<Item = (String, Range<usize>)> {
    let text = text.get(..length).unwrap_or(text);
    let escapes = matches!(context, Context::Quoted('"' | '\''));
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            if first == '\\' && escapes {
                at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
            } else if let Some((name, length)) = hole(rest) {
                let found = (name.to_string(), at..at + length);
                at += length;
                return Some(found);
            } else {
                at += first.len_utf8();
            }
        }
    })
}

/// `$name` or `${name}` at the start of `text`: the name, and the length of all. A `$` that ends a regular expression
/// is followed by no name, and `${name:format}` is Grafana's.
pub(super) fn hole(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('$')?;
    let (inner, braces) = rest.strip_prefix('{').map_or((rest, 0), |inner| (inner, 2));
    let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let name = inner.get(..length).filter(|n| n.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
    let closed = braces == 0 || inner.get(length..).is_some_and(|r| r.starts_with('}'));
    closed.then_some((name, 1 + braces + length))
}

/// Length of the run of word characters and holes at the start of `text`, when there is a hole in it.
pub(super) fn run(text: &str) -> Option<usize> {
    let (mut at, mut found) = (0, false);
    while let Some(rest) = text.get(at..) {
        if let Some((_, length)) = hole(rest) {
            (at, found) = (at + length, true);
            continue;
        }
        match rest.chars().next() {
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '/' | ':') => at += 1,
            _ => break,
        }
    }
    found.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, &str, Context)> {
        let holes = find(text, Span::new(crate::source::FileId(0), 0..text.len()));
        holes.into_iter().map(|h| (h.name, &text[h.span.range()], h.context)).collect()
    }

    #[test]
    fn each_hole_knows_what_it_stands_in() {
        let text = "slo $a over 30d { # $not\n errors x{j=\"${b}-$c\", d='$e', f=`$g`}[$window] \n runbook \"\"\" \"$h\" # $i \"\"\" }";
        let all = found(text);
        let names: Vec<&str> = all.iter().map(|(n, ..)| n.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "e", "g", "window", "h", "i"]);
        let contexts: Vec<Context> = all.iter().map(|(.., c)| *c).collect();
        use Context::*;
        assert_eq!(contexts, [Bare, Quoted('"'), Quoted('"'), Quoted('\''), Quoted('`'), Bare, Long, Long]);
        assert_eq!(all[1].1, "${b}");
    }

    #[test]
    fn a_dollar_that_names_nothing_is_a_dollar() {
        assert_eq!(found("errors x{a=~\"^(a|b)$\", b=~\"5$|6$\", c=\"$5\", d=\"${e:regex}\", f=\"\\\\$g\"}").len(), 1);
        assert_eq!(found("about \"open $x"), [("x".to_string(), "$x", Context::Quoted('"'))]);
        assert_eq!(found("$"), []);
    }

    #[test]
    fn a_run_is_a_word_with_a_hole_in_it() {
        assert_eq!(run("http-$zone {"), Some(10));
        assert_eq!(run("${a}_total{"), Some(10));
        assert_eq!(run("over $a"), None);
    }
}
