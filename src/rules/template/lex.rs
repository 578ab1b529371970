//! Go's text templates as tokens: what stands between `{{` and `}}`, every token with its bytes.

use std::ops::Range;

/// A token and its bytes in the template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Tok,
    pub(super) at: Range<usize>,
    /// Whether space stands before it: `$x .y` are two values, `$x.y` is one.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tok {
    /// A function or a keyword.
    Word,
    /// `$name`, or `$` alone.
    Variable,
    /// `.name`, which follows a value or stands alone.
    Field,
    /// `.`
    Dot,
    /// A quoted text.
    String,
    /// A number or a character in single quotes.
    Number,
    /// `(` `)` `|` `,` `=` `:=`
    Sign(&'static str),
}

/// What is wrong in a template, and which bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Whether it is a name that nobody declares, rather than a mistake of syntax.
    pub(super) name: bool,
}

impl Wrong {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Wrong {
        Wrong { at, message: message.into(), help: None, name: false }
    }
}

/// What stands between `{{` and `}}`.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) tokens: Vec<Token>,
    /// With its braces.
    pub(super) at: Range<usize>,
}

/// The actions of a template in their order, or the first thing that cannot be one.
pub(super) fn actions(text: &str) -> Result<Vec<Action>, Wrong> {
    let mut actions = Vec::new();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find("{{")).map(|i| from + i) {
        let (action, end) = action(text, open)?;
        actions.extend(action);
        from = end;
    }
    Ok(actions)
}

/// The action that begins at `open`, and where it ends; none for a comment.
fn action(text: &str, open: usize) -> Result<(Option<Action>, usize), Wrong> {
    let inner = text.get(open + 2..).unwrap_or("");
    let trimmed = inner.strip_prefix('-').filter(|rest| rest.starts_with(is_space)).map_or(inner, str::trim_start);
    let mut lexer = Lexer { text, at: text.len() - trimmed.len(), open, tokens: Vec::new() };
    if trimmed.starts_with("/*") {
        return lexer.comment().map(|end| (None, end));
    }
    while !lexer.closed() {
        lexer.token()?;
    }
    let end = lexer.at;
    Ok((Some(Action { tokens: lexer.tokens, at: open..end }), end))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    open: usize,
    tokens: Vec<Token>,
}

const SIGNS: [&str; 6] = [":=", "=", "|", ",", "(", ")"];

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// `/* … */` up to the end of its action.
    fn comment(&mut self) -> Result<usize, Wrong> {
        let unclosed = || Wrong::new(self.open..self.open + 2, "this comment of the template is not closed");
        let close = self.rest().find("*/").ok_or_else(unclosed)?;
        self.at += close + 2;
        if self.closed() {
            return Ok(self.at);
        }
        Err(Wrong::new(self.open..self.at, "after a comment of a template only `}}` may stand"))
    }

    /// Steps over `}}`, or ` -}}`, if it stands here.
    fn closed(&mut self) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(is_space);
        let marker = trimmed.strip_prefix('-').filter(|_| trimmed.len() < rest.len()).unwrap_or(trimmed);
        let end = marker.strip_prefix("}}").map(|after| self.text.len() - after.len());
        // Within parentheses the braces are no end to Go either.
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    fn token(&mut self) -> Result<(), Wrong> {
        let before = self.at;
        self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        let spaced = self.at > before || self.tokens.is_empty();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            let place = self.open..self.open + 2;
            return Err(Wrong {
                help: Some("an action ends with `}}`".into()),
                ..Wrong::new(place, "this `{{` is not closed")
            });
        };
        let second = self.rest().chars().nth(1);
        let kind = match first {
            '"' | '\'' => self.quoted(first)?,
            '`' => self.raw()?,
            '$' => self.named(Tok::Variable)?,
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '.' if second.is_some_and(is_word) => self.named(Tok::Field)?,
            '.' => self.sign(Tok::Dot, 1),
            '0'..='9' => self.number(),
            '+' | '-' if second.is_some_and(|c| c.is_ascii_digit() || c == '.') => self.number(),
            c if is_word(c) => self.named(Tok::Word)?,
            _ => self.other(first)?,
        };
        self.tokens.push(Token { kind, at: start..self.at, spaced });
        Ok(())
    }

    fn sign(&mut self, kind: Tok, length: usize) -> Tok {
        self.at += length;
        kind
    }

    fn other(&mut self, first: char) -> Result<Tok, Wrong> {
        match SIGNS.iter().find(|s| self.rest().starts_with(**s)) {
            Some(sign) => Ok(self.sign(Tok::Sign(sign), sign.len())),
            None => {
                let place = self.at..self.at + first.len_utf8();
                let message = format!("unexpected `{}` in a template", first.escape_debug());
                let help = matches!(first, '{' | '}').then(|| "an action stands between `{{` and `}}`".to_string());
                Err(Wrong { help, ..Wrong::new(place, message) })
            }
        }
    }

    /// A name after its first character, which must end where Go lets a name end.
    fn named(&mut self, kind: Tok) -> Result<Tok, Wrong> {
        let start = self.at;
        let rest = self.rest();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or("");
        let length = first + tail.find(|c| !is_word(c)).unwrap_or(tail.len());
        self.at += length;
        let next = self.rest().chars().next();
        let ends = |c: char| is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(' | '=');
        match next {
            None => Ok(kind),
            Some(c) if ends(c) || self.rest().starts_with("}}") => Ok(kind),
            Some(c) => {
                let message = format!(
                    "unexpected `{}` in the name `{}`",
                    c.escape_debug(),
                    self.text.get(start..self.at).unwrap_or("")
                );
                let dashed = (c == '-').then(|| "a label whose name has other signs than letters, digits and `_` is read by `index $labels \"…\"`".to_string());
                Err(Wrong { help: dashed, ..Wrong::new(self.at..self.at + c.len_utf8(), message) })
            }
        }
    }

    fn number(&mut self) -> Tok {
        let bytes = self.rest().as_bytes();
        let mut length = 1;
        while let Some(&b) = bytes.get(length) {
            let exponent = matches!(b, b'+' | b'-') && matches!(bytes.get(length - 1), Some(b'e' | b'E' | b'p' | b'P'));
            if !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_') || exponent) {
                break;
            }
            length += 1;
        }
        self.sign(Tok::Number, length)
    }

    /// `"…"` or `'…'`, which end on their line.
    fn quoted(&mut self, quote: char) -> Result<Tok, Wrong> {
        let mut escaped = false;
        for (i, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == quote => {
                    let kind = if quote == '"' { Tok::String } else { Tok::Number };
                    return Ok(self.sign(kind, i + 1));
                }
                _ => {}
            }
        }
        Err(Wrong::new(self.at..self.at + 1, format!("this text in a template has no closing `{quote}`")))
    }

    fn raw(&mut self) -> Result<Tok, Wrong> {
        match self.rest().get(1..).and_then(|rest| rest.find('`')) {
            Some(length) => Ok(self.sign(Tok::String, length + 2)),
            None => Err(Wrong::new(self.at..self.at + 1, "this text in a template has no closing backtick")),
        }
    }
}
