//! A query's text as tokens, every one with its bytes; what cannot be a token is reported and stepped over.

use std::ops::Range;

use crate::diag::odd_character;

/// A token and its bytes in the query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Tok,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tok {
    /// A name or a keyword; which, the parser knows. May contain a variable.
    Word,
    /// Digits, perhaps with a unit: a number or a duration.
    Number,
    /// A quoted string.
    String,
    /// `$name`, `${name}` or `${name:format}` alone.
    Variable,
    /// A sign: one or two characters.
    Sign(&'static str),
    /// The end of the query.
    End,
}

/// Something that is not a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stray {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// The tokens, the last of which is [`Tok::End`], and what was stepped over.
pub(super) fn lex(text: &str) -> (Vec<Token>, Vec<Stray>) {
    let mut lexer = Lexer { text, at: 0, brackets: 0, braces: 0, tokens: Vec::new(), strays: Vec::new() };
    while lexer.step() {}
    (lexer.tokens, lexer.strays)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    brackets: u32,
    braces: u32,
    tokens: Vec<Token>,
    strays: Vec<Stray>,
}

/// Longest first, so that `>=` is not read as `>`.
const SIGNS: [&str; 29] = [
    "==", "=~", "!=", "!~", ">=", "<=", "</", ">/", "=", ">", "<", "+", "-", "*", "/", "%", "^", "@", ",", "(", ")",
    "{", "}", "[", "]", ":", "&&", "||", ";",
];

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Reads one token, space or comment; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest().chars().next() else {
            self.push(Tok::End, 0);
            return false;
        };
        match first {
            ' ' | '\t' | '\n' | '\r' | '\x0c' | '\x0b' => self.at += 1,
            '#' => self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len()),
            '"' | '\'' | '`' => self.string(first),
            '“' | '”' | '„' | '‘' | '’' => self.typographic(first),
            '$' => self.word_or_variable(),
            c if is_word_start(c) || c == ':' && !self.inside() => self.word_or_variable(),
            c if c.is_ascii_digit() || c == '.' && self.second().is_some_and(|c| c.is_ascii_digit()) => self.number(),
            _ => self.sign(first),
        }
        true
    }

    fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    /// Whether `:` separates here rather than being part of a name.
    fn inside(&self) -> bool {
        self.brackets > 0 || self.braces > 0
    }

    fn push(&mut self, kind: Tok, length: usize) {
        self.tokens.push(Token { kind, start: self.at, end: self.at + length });
        self.at += length;
    }

    fn stray(&mut self, length: usize, message: String, help: Option<&'static str>) {
        self.strays.push(Stray { at: self.at..self.at + length, message, help });
        self.at += length;
    }

    fn sign(&mut self, first: char) {
        let rest = self.rest();
        let Some(sign) = SIGNS.iter().find(|s| s.starts_with(first) && rest.starts_with(**s)) else {
            let help = match first {
                '!' => Some("the negation of a whole condition is `unless`"),
                other => odd_character(other),
            };
            return self.stray(first.len_utf8(), format!("unexpected character `{}`", first.escape_debug()), help);
        };
        match *sign {
            "[" => self.brackets += 1,
            "]" => self.brackets = self.brackets.saturating_sub(1),
            "{" => self.braces += 1,
            "}" => self.braces = self.braces.saturating_sub(1),
            _ => {}
        }
        self.push(Tok::Sign(sign), sign.len());
    }

    /// Letters, digits, `_`, variables, and `:` where it does not separate.
    fn word_or_variable(&mut self) {
        let (mut length, mut variables, mut letters) = (0, 0, false);
        loop {
            let rest = self.text.get(self.at + length..).unwrap_or("");
            let run = rest.bytes().take_while(|&b| is_word(b.into()) || b == b':' && !self.inside()).count();
            (length, letters) = (length + run, letters || run > 0);
            let Some(variable) = rest.get(run..).and_then(variable_length) else { break };
            (length, variables) = (length + variable, variables + 1);
        }
        match (length, variables, letters) {
            (0, ..) => self.stray(1, "`$` without the name of a variable".into(), None),
            (_, 1, false) => self.push(Tok::Variable, length),
            // `[${__range_s}s]`: a number that a variable gives, and its unit.
            (_, 1, true) if self.brackets > 0 && self.counts_time(length) => self.push(Tok::Variable, length),
            _ => self.push(Tok::Word, length),
        }
    }

    /// Whether a unit of time stands behind the variable that the next `length` bytes begin with.
    fn counts_time(&self, length: usize) -> bool {
        let text = self.rest().get(..length).unwrap_or("");
        let unit = variable_length(text).and_then(|n| text.get(n..));
        unit.is_some_and(|unit| matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w" | "y"))
    }

    /// As far as digits, letters, dots and an exponent's sign go: what it is worth, `literal` knows.
    fn number(&mut self) {
        let bytes = self.rest().as_bytes();
        let hex = bytes.starts_with(b"0x") || bytes.starts_with(b"0X");
        let mut length = 0;
        while let Some(&b) = bytes.get(length) {
            let after_e = !hex && length > 0 && matches!(bytes.get(length - 1), Some(b'e' | b'E'));
            let sign = matches!(b, b'+' | b'-') && after_e && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
            if !(b.is_ascii_alphanumeric() || b == b'_' || b == b'.' || sign) {
                break;
            }
            length += 1;
        }
        self.push(Tok::Number, length);
    }

    /// To the closing quote; `"` and `'` end with their line, a backtick does not.
    fn string(&mut self, quote: char) {
        let mut escaped = false;
        for (i, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' if quote != '`' => return self.unterminated(i, quote),
                _ if escaped => escaped = false,
                '\\' if quote != '`' => escaped = true,
                c if c == quote => return self.push(Tok::String, i + 1),
                _ => {}
            }
        }
        self.unterminated(self.rest().len(), quote);
    }

    /// A text between the quotes of a word processor, reported whole.
    fn typographic(&mut self, first: char) {
        let (at, line) = (self.at, self.rest().lines().next().unwrap_or(""));
        let close = |c: char| matches!(c, '“' | '”' | '‘' | '’' | '"');
        let end = line.char_indices().skip(1).find(|(_, c)| close(*c)).map(|(i, c)| i + c.len_utf8());
        let length = end.unwrap_or(first.len_utf8());
        self.stray(length, format!("unexpected character `{first}`"), odd_character(first));
        if end.is_some() {
            self.tokens.push(Token { kind: Tok::String, start: at, end: at + length });
        }
    }

    fn unterminated(&mut self, length: usize, quote: char) {
        let at = self.at;
        self.stray(length, format!("this string has no closing `{quote}`"), None);
        self.tokens.push(Token { kind: Tok::String, start: at, end: at + length });
    }
}

/// Whether a name may begin with it.
fn is_word_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// How many bytes the variable at the beginning of `text` takes.
pub(super) fn variable_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    if let Some(inner) = rest.strip_prefix('{') {
        let close = inner.find('}')?;
        let name = variable_name(text.get(..close + 3)?);
        return (!name.is_empty() && name.chars().all(|c| is_word(c) || c == '.')).then_some(close + 3);
    }
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    (length > 0 && rest.starts_with(is_word_start)).then_some(length + 1)
}

/// `job` of `$job`, `${job}` and `${job:regex}`.
pub(super) fn variable_name(text: &str) -> &str {
    let inner = text.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    inner.split(':').next().unwrap_or(inner)
}

/// Where variables stand in `text`, which is a string's inside or a name.
pub(super) fn variables(text: &str) -> Vec<Range<usize>> {
    let starts = text.match_indices('$').map(|(i, _)| i);
    starts.filter_map(|i| Some(i..i + variable_length(text.get(i..)?)?)).collect()
}
