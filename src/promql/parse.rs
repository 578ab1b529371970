//! The parser's state: what is read, what comes next, and every mistake reported with reading going on after it.

use std::collections::BTreeSet;
use std::ops::Range as Bytes;

use crate::diag::{Code, Diagnostic, codes};
use crate::source::{Span, Spanned};

use super::Dialect;
use super::ast::*;
use super::lex::{self, Tok, Token};

/// How many expressions may stand inside each other.
pub(super) const DEPTH: usize = 200;

/// What is read so far.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) base: Span,
    pub(super) dialect: Dialect,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where errors stand.
    wrong: BTreeSet<Span>,
    /// Where `$window` stands, with its bytes.
    pub(super) holes: Vec<Span>,
    /// Dashboard variables, wherever they stand.
    pub(super) variables: Vec<Spanned<String>>,
    /// Whether it uses syntax that promql-parser does not know.
    pub(super) beyond: bool,
}

/// A tree and what was met on the way to it.
pub(super) struct Parsed {
    pub(super) expr: Expr,
    pub(super) tokens: Vec<Token>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) holes: Vec<Span>,
    pub(super) variables: Vec<Spanned<String>>,
    pub(super) beyond: bool,
}

/// Reads `text`, which stands at `base`. The tree is whole only when no diagnostic is an error.
pub(super) fn parse(text: &str, base: Span, dialect: Dialect) -> Parsed {
    let (tokens, strays) = lex::lex(text);
    let stray = |s: lex::Stray| {
        let place = base.inside(s.at);
        Diagnostic::new(&codes::E0301, place, s.message).maybe_help(s.help.map(str::to_string))
    };
    let diagnostics: Vec<Diagnostic> = strays.into_iter().map(stray).collect();
    let wrong = diagnostics.iter().map(|d| d.primary.span).collect();
    let (holes, variables) = (Vec::new(), Vec::new());
    let mut parser =
        Parser { text, base, dialect, tokens, at: 0, depth: 0, diagnostics, wrong, holes, variables, beyond: false };
    let expr = parser.query();
    let Parser { tokens, diagnostics, holes, variables, beyond, .. } = parser;
    Parsed { expr, tokens, diagnostics, holes, variables, beyond }
}

impl Parser<'_> {
    // ---- tokens ----

    pub(super) fn token(&self) -> Token {
        let end = self.text.len();
        self.tokens.get(self.at).cloned().unwrap_or(Token { kind: Tok::End, start: end, end })
    }

    pub(super) fn kind(&self) -> Tok {
        self.tokens.get(self.at).map_or(Tok::End, |t| t.kind)
    }

    pub(super) fn next_is(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + 1).map(|t| t.kind), Some(Tok::Sign(s)) if s == sign)
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), Tok::Sign(s) if s == sign)
    }

    /// Whether the next token is one of these keywords, in any case.
    pub(super) fn word(&self, words: &[&str]) -> bool {
        self.kind() == Tok::Word && words.iter().any(|w| self.spelled().eq_ignore_ascii_case(w))
    }

    pub(super) fn spelled(&self) -> &str {
        let token = self.token();
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// Takes the next token and gives its bytes.
    pub(super) fn bump(&mut self) -> Bytes<usize> {
        let token = self.token();
        self.at += usize::from(token.kind != Tok::End);
        token.start..token.end
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.at += 1;
        }
        found
    }

    /// Where the token before ends.
    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| t.end)
    }

    pub(super) fn span(&self, bytes: Bytes<usize>) -> Span {
        self.base.inside(bytes)
    }

    /// From `start` to the end of the token before.
    pub(super) fn since(&self, start: usize) -> Span {
        self.span(start..self.last_end().max(start))
    }

    // ---- mistakes ----

    pub(super) fn report(&mut self, code: &'static Code, bytes: Bytes<usize>, message: impl Into<String>) {
        let diagnostic = Diagnostic::new(code, self.span(bytes), message);
        self.push(diagnostic);
    }

    /// Adds a mistake unless another one is known at the same place: the first is the cause.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        let span = diagnostic.primary.span;
        let new = if diagnostic.is_error() { self.wrong.insert(span) } else { !self.wrong.contains(&span) };
        if new {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Says that `what` was expected at the next token.
    pub(super) fn expected(&mut self, what: &str) {
        let diagnostic = self.expectation(what);
        self.push(diagnostic);
    }

    pub(super) fn expectation(&self, what: &str) -> Diagnostic {
        let token = self.token();
        let found = match token.kind {
            Tok::End => "the end of the query".to_string(),
            _ => format!("`{}`", shortened(self.spelled())),
        };
        let place = if token.kind == Tok::End { self.last_end()..self.last_end() } else { token.start..token.end };
        let help = self.hint();
        Diagnostic::new(&codes::E0301, self.span(place), format!("expected {what}, found {found}"))
            .here(format!("expected {what}"))
            .maybe_help(help)
    }

    /// What was probably meant by an unexpected token.
    fn hint(&self) -> Option<String> {
        let help = match self.spelled() {
            "=" => "equality is `==`; `=` compares labels within `{}`",
            "=~" | "!~" => "`=~` and `!~` compare labels within `{}`",
            "&&" | "&" => "the conjunction is `and`",
            "||" | "|" => "the disjunction is `or`",
            ";" => "a query has no `;`",
            ">" if self.text.get(..self.last_end()).is_some_and(|t| t.ends_with('<')) => "inequality is `!=`",
            "default" | "if" | "ifnot" | "limit" | "WITH" | "keep_metric_names" => {
                "this is MetricsQL, which Prometheus does not know"
            }
            _ => return None,
        };
        Some(help.to_string())
    }

    /// Steps over tokens until one of `stops` stands outside all brackets opened on the way, or the end.
    pub(super) fn skip_to(&mut self, stops: &[&str]) {
        let mut open = 0u32;
        loop {
            match self.kind() {
                Tok::End => return,
                Tok::Sign(s) if open == 0 && stops.contains(&s) => return,
                Tok::Sign("(" | "{" | "[") => open += 1,
                Tok::Sign(")" | "}" | "]") => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Takes the closing `sign` of what was opened at `opened`, or reports it missing and skips to it.
    pub(super) fn close(&mut self, sign: &str, opened: Bytes<usize>, what: &str) {
        if self.eat(sign) {
            return;
        }
        let opening = self.span(opened);
        let diagnostic = self.expectation(what).label(opening, "opened here");
        self.push(diagnostic);
        self.skip_to(&[sign]);
        self.eat(sign);
    }
}

/// Enough of a token to recognise it.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or("")),
        None => text.to_string(),
    }
}
