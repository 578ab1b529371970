//! `{{ … }}`: Prometheus's template language in texts, read closely enough that Prometheus will take it.
//!
//! Prometheus refuses a whole rule file for one bad template, so what is not surely right is refused here.

use crate::model::Code;

/// Functions of Prometheus's templates and of Go's.
const FUNCTIONS: [&str; 45] = [
    "and",
    "args",
    "call",
    "eq",
    "externalURL",
    "first",
    "ge",
    "graphLink",
    "gt",
    "html",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "index",
    "js",
    "label",
    "le",
    "len",
    "lt",
    "match",
    "ne",
    "not",
    "or",
    "parseDuration",
    "pathPrefix",
    "print",
    "printf",
    "println",
    "query",
    "reReplaceAll",
    "safeHtml",
    "slice",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "toLower",
    "toTime",
    "toUpper",
    "urlquery",
    "value",
];

/// What Grafana's templates lack or do nothing for.
const PROMETHEUS_ONLY: [&str; 2] = ["query", "$externalLabels"];

/// What opens a block.
const BLOCKS: [&str; 3] = ["if", "range", "with"];

/// The variables Prometheus sets.
const VARIABLES: [&str; 4] = ["$labels", "$value", "$externalLabels", "$externalURL"];

/// What is wrong with an action: the offset of the place in it, and a message.
pub(super) type Wrong = (usize, String);

/// Reads the actions of one text, one after the other.
#[derive(Default)]
pub(super) struct Actions {
    /// The open blocks, each with where the dot leads inside.
    open: Vec<Block>,
    /// Variables the text has declared.
    declared: Vec<String>,
}

/// A block that waits for its `end`.
struct Block {
    keyword: &'static str,
    /// Offset of the action in the text.
    at: usize,
    /// How many variables were declared outside, and with its head.
    outside: usize,
    head: usize,
    /// Whether its `else` has come.
    otherwise: bool,
}

/// An action that was read.
#[derive(Debug)]
pub(super) struct Action {
    /// Its text, with braces and with places for the value.
    pub(super) code: Vec<Code>,
    /// Labels it reads, each with its offset in the action.
    pub(super) labels: Vec<(usize, String)>,
    /// What Grafana cannot do of it.
    pub(super) prometheus_only: Option<(usize, &'static str)>,
}

/// A piece of an action.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Token<'a> {
    /// `humanize`
    Word(&'a str),
    /// `$labels`
    Variable(&'a str),
    /// `.Labels`, with its dot; `.` alone
    Field(&'a str),
    /// A text or a number
    Literal(&'a str),
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `:=`, `=` or `,`
    Assign(&'a str),
    /// White space
    Space,
}

/// The length of the action at the start of `text`, which begins with `{{`; `None` when it never ends.
pub(super) fn length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(2) {
        match quote {
            Some('`') if c == '`' => quote = None,
            Some(q) if q != '`' && c == q && !escaped => quote = None,
            Some(q) => escaped = q != '`' && c == '\\' && !escaped,
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            None if text[at..].starts_with("}}") => return Some(at + 2),
            None => {}
        }
    }
    None
}

impl Actions {
    /// Reads an action, with its braces, that stands at offset `at` of the text.
    pub(super) fn read(&mut self, text: &str, at: usize) -> Result<Action, Wrong> {
        let tokens = tokens(text)?;
        let depth = self.open.len();
        self.structure(&tokens, at)?;
        commands(&tokens)?;
        let declaring = tokens.iter().position(|(_, t)| *t == Token::Assign(":=")).unwrap_or(0);
        let mut action = Action { code: Vec::new(), labels: Vec::new(), prometheus_only: None };
        let mut done = 0;
        for (index, (place, token)) in tokens.iter().enumerate() {
            self.known(*place, *token, index < declaring)?;
            let only = PROMETHEUS_ONLY.iter().find(|p| **p == text_of(*token));
            action.prometheus_only = action.prometheus_only.or(only.map(|p| (*place, *p)));
            action.labels.extend(self.label(index, &tokens));
            if self.is_value(index, &tokens) {
                action.code.push(Code::Text(text[done..*place].to_string()));
                action.code.push(Code::Value);
                done = place + text_of(*token).len();
            }
        }
        action.code.push(Code::Text(text[done..].to_string()));
        let opened = depth < self.open.len();
        if let Some(block) = self.open.last_mut().filter(|_| opened) {
            block.head = self.declared.len();
        }
        Ok(action)
    }

    /// Where the first block stands that is never closed.
    pub(super) fn unclosed(&self) -> Option<(usize, &'static str)> {
        self.open.first().map(|b| (b.at, b.keyword))
    }

    /// Opens and closes blocks.
    fn structure(&mut self, tokens: &[(usize, Token<'_>)], at: usize) -> Result<(), Wrong> {
        let said: Vec<(usize, &str)> =
            tokens.iter().filter(|(_, t)| *t != Token::Space).map(|(p, t)| (*p, text_of(*t))).collect();
        let Some((place, first)) = said.first().copied() else { return Err((0, "an action without content".into())) };
        let wrong = |message: &str| Err((place, message.to_string()));
        match first {
            "end" | "else" if self.open.is_empty() => wrong("there is no `if`, `range` or `with` to this"),
            "end" if said.len() > 1 => wrong("`end` stands alone"),
            "end" => {
                let outside = self.open.pop().map_or(0, |b| b.outside);
                self.declared.truncate(outside);
                Ok(())
            }
            "else" => self.otherwise(place, &said),
            "if" | "range" | "with" if said.len() == 1 => wrong("a value is missing here"),
            "if" | "range" | "with" => {
                let keyword = BLOCKS.into_iter().find(|b| *b == first).unwrap_or("if");
                let outside = self.declared.len();
                self.open.push(Block { keyword, at, outside, head: outside, otherwise: false });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `else` or `else if …`, at most one of the first in a block.
    fn otherwise(&mut self, place: usize, said: &[(usize, &str)]) -> Result<(), Wrong> {
        let Some(block) = self.open.last_mut() else { return Ok(()) };
        self.declared.truncate(block.head);
        match said {
            _ if block.otherwise => Err((place, "a second `else`".into())),
            [_] => {
                block.otherwise = true;
                Ok(())
            }
            [_, (_, "if"), _, ..] if block.keyword == "if" => Ok(()),
            _ => Err((place, "`else` stands alone, or is an `else if …` of an `if`".into())),
        }
    }

    /// Whether the dot is still that of the alert.
    fn own_dot(&self) -> bool {
        self.open.iter().all(|b| b.keyword == "if")
    }

    fn known(&mut self, place: usize, token: Token<'_>, declaring: bool) -> Result<(), Wrong> {
        match token {
            Token::Word("if" | "else" | "end" | "range" | "with" | "true" | "false") => Ok(()),
            Token::Literal(text) if text.contains("${") => {
                Err((place, "`${` belongs to Grafana, also in a text".into()))
            }
            Token::Word(word) if FUNCTIONS.contains(&word) => Ok(()),
            Token::Word(word) => Err((place, format!("`{word}` is not a function of Prometheus's templates"))),
            Token::Variable(name) if declaring => {
                self.declared.push(name.to_string());
                Ok(())
            }
            Token::Variable(name) if VARIABLES.contains(&name) || self.declared.iter().any(|d| d == name) => Ok(()),
            Token::Variable(name) => Err((place, format!("`{name}` is not set here"))),
            _ => Ok(()),
        }
    }

    /// The label that `$labels.job` and `.Labels.job` read; also that of `index $labels "job"`.
    fn label(&self, index: usize, tokens: &[(usize, Token<'_>)]) -> Option<(usize, String)> {
        let token = |back: usize| index.checked_sub(back).and_then(|i| tokens.get(i)).map(|(_, t)| *t);
        let (place, here) = tokens.get(index)?;
        let labels = |t: Option<Token<'_>>| match t {
            Some(Token::Variable("$labels")) => true,
            Some(Token::Field(".Labels")) => self.own_dot(),
            _ => false,
        };
        match here {
            Token::Field(name) if name.len() > 1 && labels(token(1)) => Some((place + 1, name[1..].to_string())),
            Token::Literal(text) if text.starts_with('"') && token(1) == Some(Token::Space) && labels(token(2)) => {
                Some((*place, text.trim_matches('"').to_string()))
            }
            _ => None,
        }
    }

    /// Whether this is the value of the alert.
    fn is_value(&self, index: usize, tokens: &[(usize, Token<'_>)]) -> bool {
        let before = index.checked_sub(1).and_then(|i| tokens.get(i)).map(|(_, t)| *t);
        match tokens.get(index) {
            Some((_, Token::Variable("$value"))) => true,
            Some((_, Token::Field(".Value"))) => {
                self.own_dot() && !matches!(before, Some(Token::Variable(_) | Token::Field(_) | Token::Close))
            }
            _ => false,
        }
    }
}

fn text_of<'a>(token: Token<'a>) -> &'a str {
    match token {
        Token::Word(text) | Token::Variable(text) | Token::Field(text) | Token::Literal(text) | Token::Assign(text) => {
            text
        }
        Token::Pipe => "|",
        Token::Open => "(",
        Token::Close => ")",
        Token::Space => " ",
    }
}

/// Every command between pipes and parentheses has something in it, and the parentheses match. Keywords stand first,
/// and only variables stand before a `:=`.
fn commands(tokens: &[(usize, Token<'_>)]) -> Result<(), Wrong> {
    let mut open = Vec::new();
    let mut empty = true;
    let mut only_variables = true;
    let mut piped = false;
    let ranges = tokens.iter().any(|(_, t)| *t == Token::Word("range"));
    for (index, (place, token)) in tokens.iter().enumerate() {
        match token {
            Token::Space => continue,
            Token::Pipe | Token::Close | Token::Assign(_) if empty => {
                return Err((*place, format!("nothing stands before this `{}`", text_of(*token))));
            }
            Token::Assign(_) if !only_variables => return Err((*place, "only variables can be set".into())),
            Token::Assign(",") if !ranges => return Err((*place, "only `range` sets two variables".into())),
            Token::Literal(_) | Token::Word("true" | "false") | Token::Field(".") if piped => {
                return Err((*place, format!("`{}` after `|` is not a function", text_of(*token))));
            }
            Token::Assign(":=" | "=") => only_variables = false,
            Token::Close if open.pop().is_none() => return Err((*place, "`)` without `(`".into())),
            Token::Open => open.push(*place),
            Token::Word(word) if is_keyword(word) && !leads(&tokens[..index]) => {
                return Err((*place, format!("`{word}` begins an action, and stands nowhere else")));
            }
            _ => {}
        }
        let keyword = matches!(token, Token::Word("if" | "range" | "with"));
        empty = keyword || matches!(token, Token::Pipe | Token::Open | Token::Assign(_));
        piped = *token == Token::Pipe;
        only_variables &= keyword || matches!(token, Token::Variable(_) | Token::Assign(",") | Token::Word("else"));
    }
    match open.first() {
        Some(place) => Err((*place, "this `(` is never closed".into())),
        None if empty => Err((tokens.last().map_or(0, |(p, _)| *p), "nothing follows here".into())),
        None => Ok(()),
    }
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "if" | "else" | "end" | "range" | "with")
}

/// Whether a keyword may follow: after nothing, or after `else`.
fn leads(before: &[(usize, Token<'_>)]) -> bool {
    before.iter().all(|(_, t)| matches!(t, Token::Space | Token::Word("else")))
}

/// The tokens between the braces, each with its offset in the action.
fn tokens(action: &str) -> Result<Vec<(usize, Token<'_>)>, Wrong> {
    let inside = action.strip_prefix("{{").and_then(|a| a.strip_suffix("}}")).unwrap_or("");
    let trimmed = inside.strip_prefix("- ").unwrap_or(inside);
    let start = 2 + inside.len() - trimmed.len();
    let body = trimmed.strip_suffix(" -").unwrap_or(trimmed);
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = body[at..].chars().next() {
        let (length, token) =
            token(&body[at..], c).ok_or_else(|| (start + at, format!("`{c}` is not known in a template")))?;
        if tokens.last().is_some_and(|(_, before)| !may_touch(*before, token)) {
            return Err((start + at, format!("a space is missing before `{}`", text_of(token))));
        }
        tokens.push((start + at, token));
        at += length;
    }
    Ok(tokens)
}

/// Whether one token may follow another without a space between them.
fn may_touch(before: Token<'_>, token: Token<'_>) -> bool {
    use Token::{Assign, Close, Field, Literal, Open, Space, Variable, Word};
    let ends_operand = matches!(before, Word(_) | Literal(_) | Variable(_) | Field(_) | Close);
    match token {
        Field(name) if name.len() > 1 => !matches!(before, Word(_) | Literal(_) | Field(".")),
        Word(_) | Literal(_) | Variable(_) | Open | Field(_) => !ends_operand,
        Assign("=") => before == Space,
        Assign(_) => matches!(before, Space | Variable(_)),
        _ => true,
    }
}

/// The token that begins `text` with `c`, and its length.
fn token(text: &str, c: char) -> Option<(usize, Token<'_>)> {
    let name = |from: usize| {
        let end = text[from..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        end.map_or(text.len(), |e| from + e)
    };
    Some(match c {
        ' ' | '\t' => (text.len() - text.trim_start_matches([' ', '\t']).len(), Token::Space),
        '|' => (1, Token::Pipe),
        '(' => (1, Token::Open),
        ')' => (1, Token::Close),
        ',' | '=' => (1, Token::Assign(&text[..1])),
        ':' if text.starts_with(":=") => (2, Token::Assign(":=")),
        '$' => (name(1), Token::Variable(&text[..name(1)])),
        '.' if text[1..].starts_with(|c: char| c.is_ascii_digit()) => return None,
        '.' => (name(1), Token::Field(&text[..name(1)])),
        '"' | '`' => {
            let end = string_end(text, c)?;
            (end, Token::Literal(&text[..end]))
        }
        '0'..='9' | '-' => {
            let end = text[1..].find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(text.len(), |e| e + 1);
            let number = text[..end].parse::<f64>().is_ok();
            number.then_some((end, Token::Literal(&text[..end])))?
        }
        c if c.is_ascii_alphabetic() || c == '_' => (name(0), Token::Word(&text[..name(0)])),
        _ => return None,
    })
}

/// The length of a Go string with its quotes. Of escapes only those that JSON, too, has.
fn string_end(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some(at + 1),
            '\n' if quote == '"' => return None,
            '\\' if quote == '"' => {
                chars.next().filter(|(_, e)| matches!(e, '"' | '\\' | 'n' | 't'))?;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Action, Wrong> {
        Actions::default().read(text, 0)
    }

    #[test]
    fn what_prometheus_takes_is_taken() {
        for text in [
            "{{ $labels.job }}",
            "{{$value}}",
            "{{- $value | printf \"%.2f\" -}}",
            "{{ .Labels.job | toUpper }}",
            "{{ if gt $value 0.5 }}",
            "{{ with query \"up\" }}",
            "{{ range $i, $s := query `up` }}",
            "{{ $x := 1 }}",
            "{{ index $labels \"job\" }}",
            "{{ printf \"%s {{\" (stripPort $labels.instance) }}",
            "{{ \"{\" }}",
        ] {
            assert!(read(text).is_ok(), "{text}: {:?}", read(text).err());
        }
    }

    #[test]
    fn what_prometheus_refuses_is_refused() {
        for text in [
            "{{ }}",
            "{{ end }}",
            "{{ else }}",
            "{{ foo }}",
            "{{ $x }}",
            "{{ $x := }}",
            "{{ if | $value }}",
            "{{ 1 := 2 }}",
            "{{ $value$value }}",
            "{{ \"a\".b }}",
            "{{ humanize if }}",
            "{{ if }}",
            "{{ $value | }}",
            "{{ | humanize }}",
            "{{ (1 }}",
            "{{ 1) }}",
            "{{ () }}",
            "{{ \"\\x\" }}",
            "{{ 'a' }}",
            "{{ define \"x\" }}",
            "{{ $labels.a-b }}",
            "{{ a\"b\" }}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn labels_and_values_are_found() {
        let action = read("{{ $labels.job }}").expect("read");
        assert_eq!(action.labels, [(11, "job".to_string())]);
        let action = read("{{ $value | humanize }}").expect("read");
        let code = [Code::Text("{{ ".into()), Code::Value, Code::Text(" | humanize }}".into())];
        assert_eq!(action.code, code);
        assert_eq!(read("{{ query \"up\" }}").expect("read").prometheus_only, Some((3, "query")));
    }

    #[test]
    fn an_action_ends_outside_its_strings() {
        assert_eq!(length("{{ \"}}\" }} x"), Some(10));
        assert_eq!(length("{{ `\\` }}"), Some(9));
        assert_eq!(length("{{ $labels.job }"), None);
    }
}
