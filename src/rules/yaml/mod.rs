//! YAML with a place for every value. A whole parser says what the values are; a scanner of our own says where they
//! stand, and is believed only where it found the same value.

mod aliases;
mod scalar;
mod scan;
mod text;

pub use text::Text;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Value;

use crate::maps::IntoMap;
use crate::source::{FileId, Span};
use scan::{Raw, RawKind};

/// A value and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// All of it; the nearest known place around it when its own is not known.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nothing was written.
    Null,
    /// A text, a number or a truth value, as it is written.
    Scalar(Text),
    /// Keys and values in the order written.
    Map(Vec<(Text, Node)>),
    /// A list.
    List(Vec<Node>),
}

impl Node {
    /// What it is, in words.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(_) => "a text",
            Kind::Map(_) => "a mapping",
            Kind::List(_) => "a list",
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|(k, _)| k.value == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// Why a file is no YAML, in the parser's words, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotYaml {
    /// One line, lower case.
    pub message: String,
    /// Where reading ended, or the whole of what is wrong.
    pub span: Span,
    /// The same key's first place, when a key is given twice.
    pub first: Option<Span>,
}

/// Every document of a file, or those before the first mistake and that mistake.
pub fn read(text: &str, file: FileId) -> (Vec<Node>, Option<NotYaml>) {
    if let Some(place) = aliases::too_many(text) {
        let message = "its aliases make far more values of it than it has bytes".to_string();
        return (Vec::new(), Some(NotYaml { message, span: line_from(text, file, place), first: None }));
    }
    if let Some(place) = too_deep(text) {
        let message = format!("more than {DEEPEST} brackets are open here");
        return (Vec::new(), Some(NotYaml { message, span: line_from(text, file, place), first: None }));
    }
    let raws = scan::scan(text, file);
    let mut raws = raws.into_iter();
    let mut nodes = Vec::new();
    // The parser counts the mark of a UTF-8 file as a column, so that a second key would stand further left than the first.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    for document in serde_yaml::Deserializer::from_str(body) {
        let raw = raws.next().flatten();
        // Two equal keys are found with the places of both before the parser says so without.
        let twice = raw.as_ref().and_then(duplicate);
        let value = match Value::deserialize(document) {
            Ok(value) if twice.is_none() => value,
            Ok(_) => return (nodes, twice),
            Err(error) => return (nodes, twice.or_else(|| Some(not_yaml(text, file, &error)))),
        };
        nodes.push(Merger { text, file }.merged(value, raw.as_ref(), Span::new(file, 0..0)));
    }
    (nodes, None)
}

/// So many brackets may be open: the parser takes as long as their number squared.
const DEEPEST: usize = 1000;

/// Where more brackets are open than any file has a use for. Those in texts are counted, too, up to the next line that
/// begins with a key or an item, since in texts they need not close.
fn too_deep(text: &str) -> Option<usize> {
    let (mut open, mut begins) = (0usize, true);
    text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'-' | b'a'..=b'z' | b'A'..=b'Z' if begins => open = 0,
            _ => {}
        }
        begins = byte == b'\n' || begins && byte == b' ';
        open > DEEPEST
    })
}

/// A key that stands twice in one mapping.
fn duplicate(raw: &Raw) -> Option<NotYaml> {
    match &raw.kind {
        RawKind::Map(entries) => {
            let mut seen = BTreeMap::new();
            let twice = entries.iter().find_map(|(key, _)| Some((key, seen.insert(key.value.as_str(), key.span)?)));
            let of = |(key, first): (&Text, Span)| NotYaml {
                message: format!("the key `{}` is given twice", key.value),
                span: key.span,
                first: Some(first),
            };
            twice
                .filter(|(key, _)| key.value != "<<")
                .map(of)
                .or_else(|| entries.iter().find_map(|(_, r)| duplicate(r)))
        }
        RawKind::List(items) => items.iter().find_map(duplicate),
        _ => None,
    }
}

fn not_yaml(text: &str, file: FileId, error: &serde_yaml::Error) -> NotYaml {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let span = line_from(text, file, error.location().map_or(0, |l| l.index() + mark));
    let message = error.to_string();
    // The place is shown; the words repeat it.
    let message = message.split(" at line ").next().unwrap_or(&message).to_string();
    NotYaml { message, span, first: None }
}

/// What stands at a byte and behind it in its line.
fn line_from(text: &str, file: FileId, place: usize) -> Span {
    let at = (0..=place.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let line = text.get(at..).unwrap_or("").lines().next().unwrap_or("").trim_end();
    Span::new(file, at..at + line.len())
}

/// Puts the parser's values and the scanner's places together.
#[derive(Clone, Copy)]
struct Merger<'a> {
    text: &'a str,
    file: FileId,
}

impl Merger<'_> {
    /// A value with the places the scanner found for it. `around` is the nearest place that is known.
    fn merged(self, value: Value, raw: Option<&Raw>, around: Span) -> Node {
        let here = raw.map_or(around, |raw| self.first_line(raw));
        match value {
            Value::Null => Node { kind: Kind::Null, span: here },
            Value::Tagged(tagged) => self.merged(tagged.value, raw, around),
            Value::Sequence(values) => {
                let items = match raw.map(|r| &r.kind) {
                    Some(RawKind::List(items)) if items.len() == values.len() => Some(items),
                    _ => None,
                };
                let node = |(i, v): (usize, Value)| self.merged(v, items.and_then(|items| items.get(i)), here);
                Node { kind: Kind::List(values.into_iter().enumerate().map(node).collect()), span: here }
            }
            Value::Mapping(_) => self.map(value, raw, here),
            scalar => {
                let text = verified(&scalar, raw).unwrap_or_else(|| Text::unplaced(plain(&scalar), here));
                Node { span: text.span, kind: Kind::Scalar(text) }
            }
        }
    }

    fn map(self, mut value: Value, raw: Option<&Raw>, here: Span) -> Node {
        // `<<` takes over the keys of another mapping; one that cannot be is left as a key, and then refused as such.
        let _ = value.apply_merge();
        let Value::Mapping(mapping) = value else { return Node { kind: Kind::Null, span: here } };
        let entries = match raw.map(|r| &r.kind) {
            Some(RawKind::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let by_name: BTreeMap<&str, &(Text, Raw)> = entries.iter().rev().map(|e| (e.0.value.as_str(), e)).into_map();
        let entry = |(key, value): (Value, Value)| {
            let name = plain(&key);
            match by_name.get(name.as_str()) {
                Some((key, raw)) => (key.clone(), self.merged(value, Some(raw), key.span)),
                None => (Text::unplaced(name, here), self.merged(value, None, here)),
            }
        };
        Node { kind: Kind::Map(mapping.into_iter().map(entry).collect()), span: here }
    }

    /// Where something begins, up to the end of that line: a long one is not underlined over pages.
    fn first_line(self, raw: &Raw) -> Span {
        let line = self.text.get(raw.start..raw.end).and_then(|t| t.lines().next()).unwrap_or("").trim_end();
        Span::new(self.file, raw.start..raw.start + line.len())
    }
}

/// The scanner's text, if it is the parser's value.
fn verified(value: &Value, raw: Option<&Raw>) -> Option<Text> {
    let RawKind::Scalar(text, is_plain) = &raw?.kind else { return None };
    let same = match value {
        Value::String(s) => *s == text.value,
        other => *is_plain && serde_yaml::from_str::<Value>(&text.value).is_ok_and(|v| v == *other),
    };
    same.then(|| text.clone())
}

/// A scalar that the scanner did not find, as near to what was written as can be.
fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
