//! JSON with a place for every value. A whole parser says that it is JSON; what is read here is where things stand in it.

use std::ops::Range;

use crate::source::{FileId, Span};

/// A value and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// All of it, of a text with its quotes.
    pub span: Span,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A number, `true`, `false` or `null`, as it is written.
    Word(String),
    /// A text, its escapes undone.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Keys and values in the order written.
    Map(Vec<(String, Value)>),
}

/// Why a text is no JSON, in the parser's words, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotJson {
    /// One line.
    pub message: String,
    /// Where reading ended.
    pub span: Span,
}

impl Value {
    /// The value of a key: of a key that stands twice the last, as in Grafana.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// The text of a key; empty when there is none.
    pub fn word(&self, key: &str) -> &str {
        self.get(key).and_then(Value::text).unwrap_or("")
    }

    /// Whether a key says `true`.
    pub fn flag(&self, key: &str) -> Option<Span> {
        let value = self.get(key)?;
        (value.kind == Kind::Word("true".into())).then_some(value.span)
    }

    /// The items of a key's list; none when it is none.
    pub fn items(&self, key: &str) -> &[Value] {
        match self.get(key).map(|v| &v.kind) {
            Some(Kind::List(items)) => items,
            _ => &[],
        }
    }

    /// What it is, in words.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Word(word) => match word.as_str() {
                "null" => "nothing",
                "true" | "false" => "a truth value",
                _ => "a number",
            },
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "an object",
        }
    }
}

/// Reads a text, loaded to `file`.
pub fn read(text: &str, file: FileId) -> Result<Value, NotJson> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => Ok(Scanner { text, file, at: 0 }.value()),
        Err(error) => Err(not_json(text, file, &error)),
    }
}

/// Says where the JSON is wrong: serde counts lines and columns from 1.
fn not_json(text: &str, file: FileId, error: &serde_json::Error) -> NotJson {
    let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = (line + error.column().saturating_sub(1)).min(text.len());
    let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let message = error.to_string();
    // The place is shown; the words repeat it.
    let message = message.split(" at line ").next().unwrap_or(&message).to_string();
    NotJson { message, span: Span::new(file, at..at) }
}

/// A text that is JSON, and how far it is read.
struct Scanner<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Value {
        self.space();
        let start = self.at;
        let kind = match self.rest().as_bytes().first() {
            Some(b'{') => self.map(),
            Some(b'[') => self.list(),
            Some(b'"') => Kind::Text(self.string()),
            _ => self.word(),
        };
        Value { kind, span: Span::new(self.file, start..self.at) }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Passes a mark when it is the next.
    fn mark(&mut self, mark: char) -> bool {
        self.space();
        let is_next = self.rest().starts_with(mark);
        self.at += usize::from(is_next);
        is_next
    }

    fn map(&mut self) -> Kind {
        let mut entries = Vec::new();
        self.at += 1;
        while !self.mark('}') && !self.rest().is_empty() {
            let key = self.string();
            self.mark(':');
            entries.push((key, self.value()));
            self.mark(',');
        }
        Kind::Map(entries)
    }

    fn list(&mut self) -> Kind {
        let mut items = Vec::new();
        self.at += 1;
        while !self.mark(']') && !self.rest().is_empty() {
            items.push(self.value());
            self.mark(',');
        }
        Kind::List(items)
    }

    fn word(&mut self) -> Kind {
        let word = self.rest().split([',', ']', '}', ' ', '\t', '\n', '\r']).next().unwrap_or("").to_string();
        self.at += word.len();
        Kind::Word(word)
    }

    fn string(&mut self) -> String {
        self.space();
        self.at += 1;
        let mut escaped = false;
        let end = self.rest().find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let inside = self.rest().get(..end.unwrap_or(self.rest().len())).unwrap_or("");
        let (text, length) = (characters(inside).map(|(c, _)| c).collect(), inside.len());
        self.at += length + 1;
        text
    }
}

/// The characters that the inside of a text means, each with the bytes it is written with.
pub(super) fn characters(inside: &str) -> impl Iterator<Item = (char, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = inside.get(at..)?;
        let (c, length) = match rest.strip_prefix('\\') {
            None => rest.chars().next().map(|c| (c, c.len_utf8()))?,
            Some(escape) => escaped(escape),
        };
        let range = at..at + length;
        at = range.end;
        Some((c, range))
    })
}

/// The character that an escape means, and the length of the whole.
fn escaped(escape: &str) -> (char, usize) {
    let simple = match escape.bytes().next() {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return by_number(escape),
        _ => return escape.chars().next().map_or(('\\', 1), |c| (c, 1 + c.len_utf8())),
    };
    (simple, 2)
}

/// `u00e9`, or two halves of one character.
fn by_number(escape: &str) -> (char, usize) {
    const ONE: usize = "\\u0000".len();
    let half = |text: Option<&str>| u16::from_str_radix(text?, 16).ok();
    let halves = [half(escape.get(1..5)), half(escape.get(7..11)).filter(|_| escape.get(5..7) == Some("\\u"))];
    let mut found = char::decode_utf16(halves.into_iter().map_while(|h| h));
    let c = found.next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
    (c, if c.len_utf16() == 2 { 2 * ONE } else { ONE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(value: &Value, text: &str) -> serde_json::Value {
        let written = &text[value.span.range()];
        match &value.kind {
            Kind::Word(word) => {
                assert_eq!(word, written);
                serde_json::from_str(word).expect("a word")
            }
            Kind::Text(text) => {
                assert_eq!(serde_json::from_str::<String>(written).expect("a text"), *text);
                text.as_str().into()
            }
            Kind::List(items) => items.iter().map(|v| plain(v, text)).collect::<Vec<_>>().into(),
            Kind::Map(entries) => {
                entries.iter().map(|(k, v)| (k.clone(), plain(v, text))).collect::<serde_json::Map<_, _>>().into()
            }
        }
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
            "[\"\\\\{}\\[\\],: a\\n€🦀]{0,30}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_found_where_it_stands(value in values(), spread in any::<bool>()) {
            let text = if spread { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("JSON");
            let read = read(&text, FileId(0)).expect("JSON");
            prop_assert_eq!(plain(&read, &text), value);
        }
    }

    #[test]
    fn escapes_mean_what_they_mean_in_json() {
        let text = r#""a\u00e9\ud83e\udd80\"\\\/\n""#;
        assert_eq!(read(text, FileId(0)).expect("JSON").text(), Some("aé🦀\"\\/\n"));
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_is_wrong() {
        let wrong = read("{\"a\": 1,\n  oops}", FileId(0)).expect_err("no JSON");
        assert_eq!((wrong.message.as_str(), wrong.span.start), ("key must be a string", 11));
    }
}
