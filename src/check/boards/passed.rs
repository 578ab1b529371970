//! LogQL, TraceQL and SQL are passed through as they are. Only their quotes and brackets are looked at.

use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Language};

use super::super::Checker;
use super::scope::Scope;

impl<'a> Checker<'a> {
    /// Looks at a query that is passed through, and remembers that nobody checked it.
    pub(super) fn passed_through(&mut self, ask: &'a ast::Ask, scope: &mut Scope<'a>) {
        self.names_at(ask.span, scope);
        if matches!(ask.language, Language::Trace | Language::Search) {
            return;
        }
        let text = self.program.sources.text(ask.span);
        let (offset, inner) = unquoted(text, ask.language);
        if let Some((at, length, message, help)) = unbalanced(inner, ask.language) {
            let span = ask.span.inside(offset + at..offset + at + length);
            self.report(Diagnostic::new(&codes::E0446, span, message).here("here").help(help));
        }
        if ask.language == Language::Logql {
            self.logql_times_fit(ask.span);
        }
        self.unchecked.push(Unchecked { span: ask.span, language: name(ask.language) });
    }
}

impl Checker<'_> {
    /// As of PromQL, a rate of lines over a fixed time does not fit every chart.
    fn logql_times_fit(&mut self, at: Span) {
        let text = self.program.sources.text(at);
        let fixed = text.match_indices('[').find_map(|(open, _)| {
            let length = text.get(open + 1..)?.find(']')?;
            let inside = text.get(open + 1..open + 1 + length)?;
            crate::units::Duration::parse(inside).map(|_| at.inside(open + 1..open + 1 + length))
        });
        if let Some(span) = fixed {
            let message = "this is of a fixed time, however much the chart shows";
            let help = "`[$__auto]` fits the step of the chart";
            self.report(Diagnostic::new(&codes::W0442, span, message).here("always this long").help(help));
        }
    }
}

/// A query that nobody checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unchecked {
    /// Where it stands.
    pub span: Span,
    /// Its language.
    pub language: &'static str,
}

pub(super) fn name(language: Language) -> &'static str {
    match language {
        Language::Promql => "PromQL",
        Language::Logql => "LogQL",
        Language::Sql => "SQL",
        Language::Traceql => "TraceQL",
        Language::Trace | Language::Search => "a trace",
    }
}

/// A text without the quotes around it, and how many bytes they take. A raw query has none.
fn unquoted(text: &str, language: Language) -> (usize, &str) {
    if language != Language::Sql {
        return (0, text);
    }
    let quotes = if text.starts_with("\"\"\"") { 3 } else { 1 };
    (quotes, text.get(quotes..text.len().saturating_sub(quotes)).unwrap_or(text))
}

type Mistake = (usize, usize, String, &'static str);

/// The first quote that has no end, or bracket without its other half: place, length, what is wrong, what helps.
fn unbalanced(text: &str, language: Language) -> Option<Mistake> {
    let sql = language == Language::Sql;
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        match c {
            '"' | '\'' | '`' => match quoted(rest, c, sql) {
                Some(length) => {
                    at += length;
                    continue;
                }
                None => {
                    return Some((
                        at,
                        1,
                        format!("this `{c}` is never closed"),
                        "a text ends with the quote it began with",
                    ));
                }
            },
            '-' if sql && rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '#' if !sql => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if sql && rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            '(' | '[' | '{' => open.push((at, c)),
            ')' | ']' | '}' => {
                let fits = open.pop().is_some_and(|(_, o)| matches!((o, c), ('(', ')') | ('[', ']') | ('{', '}')));
                if !fits {
                    return Some((
                        at,
                        1,
                        format!("this `{c}` closes nothing"),
                        "each bracket closes one of its own kind",
                    ));
                }
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    let (at, bracket) = open.pop()?;
    Some((at, 1, format!("this `{bracket}` is never closed"), "each bracket has its other half in the same query"))
}

/// Length of a text in quotes. SQL doubles a quote inside, the others escape it.
fn quoted(text: &str, quote: char, sql: bool) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && !sql && quote != '`' {
            chars.next();
        } else if c == quote {
            if !(sql && chars.peek().is_some_and(|(_, next)| *next == quote)) {
                return Some(at + 1);
            }
            chars.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_brackets_close() {
        let wrong = |text, language| unbalanced(text, language).map(|(at, ..)| at);
        assert_eq!(wrong("{app=\"a}\"} |= `x(` | json", Language::Logql), None);
        assert_eq!(wrong("{app=\"a} |= \"x\"", Language::Logql), Some(14));
        assert_eq!(wrong("sum(rate({a=\"b\"}[5m])", Language::Logql), Some(3));
        assert_eq!(wrong("select 'it''s' -- (\n from (x)", Language::Sql), None);
        assert_eq!(wrong("select (1", Language::Sql), Some(7));
        assert_eq!(wrong("select 1)", Language::Sql), Some(8));
    }
}
