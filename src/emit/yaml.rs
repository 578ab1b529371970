//! A YAML printer that streams into a string: block style but for short mappings, one order, and every scalar read as the same text by
//! YAML 1.1 and YAML 1.2 readers.

use std::borrow::Cow;

use super::sheet::{copied, pad, sheet};
use crate::units::{Duration, Ratio};

/// A YAML document being written. Entries of a mapping go in by [`Yaml::text`] and its kin, items of a list by
/// [`Yaml::item`]; a closure writes what is inside. Keys are names of ours or of labels: one line, under 1000 bytes.
#[derive(Debug, Default)]
pub struct Yaml {
    out: String,
    indent: usize,
    /// Whether `- ` has just been written, so that the next entry goes on in the same line.
    dashed: bool,
}

impl Yaml {
    /// An empty document.
    pub fn new() -> Yaml {
        Yaml { out: sheet(), ..Yaml::default() }
    }

    /// The text written so far; ends with a newline unless nothing was written.
    pub fn finish(self) -> String {
        copied(self.out)
    }

    /// `---`: what follows is a document of its own.
    pub fn document(&mut self) {
        self.out.push_str("---\n");
    }

    /// A comment on lines of its own.
    pub fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.begin();
            self.out.push_str("# ");
            match are_printable(line, kinds(line)) {
                true => self.out.push_str(line),
                false => self.out.extend(line.chars().map(|c| if is_printable(c) { c } else { ' ' })),
            }
            self.end();
        }
    }

    /// `key: "text"`.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.push(' ');
        scalar(value, self.indent + 2, &mut self.out);
        self.end();
    }

    /// `key: &name "text"`: the same, and [`Yaml::again`] can call it by the name, of letters, digits, `-` and `_`.
    pub fn named(&mut self, key: &str, name: &str, value: &str) {
        self.key(key);
        self.out.extend([" &", name, " "]);
        scalar(value, self.indent + 2, &mut self.out);
        self.end();
    }

    /// `key: "text"` when there is one.
    pub fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// `key: 42`.
    pub fn number(&mut self, key: &str, value: i64) {
        self.key(key);
        self.out.push(' ');
        self.out.push_str(&value.to_string());
        self.end();
    }

    /// `key: 0.25`: all digits, or the nearest double where they never end.
    pub fn decimal(&mut self, key: &str, value: Ratio) {
        self.key(key);
        self.out.push(' ');
        self.out.push_str(&value.decimal().unwrap_or_else(|| value.to_f64().to_string()));
        self.end();
    }

    /// `key: true`.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out.push_str(if value { " true" } else { " false" });
        self.end();
    }

    /// `key: 5m`, as Prometheus writes durations.
    pub fn duration(&mut self, key: &str, value: Duration) {
        self.text(key, &value.to_string());
    }

    /// A mapping under a key; `{}` when `fill` writes nothing.
    pub fn map(&mut self, key: &str, fill: impl FnOnce(&mut Yaml)) {
        self.nested(key, " {}", 2, fill);
    }

    /// A list under a key, its dashes below the key's first letter; `[]` when `fill` writes nothing.
    pub fn list(&mut self, key: &str, fill: impl FnOnce(&mut Yaml)) {
        self.nested(key, " []", 0, fill);
    }

    /// `key: *name`: the same as what was written under that name.
    pub fn again(&mut self, key: &str, name: &str) {
        self.key(key);
        self.out.push_str(" *");
        self.out.push_str(name);
        self.end();
    }

    /// A mapping of texts under a key: `key: {a: x, b: y}` where that fits into a line, else one entry per line. With a name,
    /// of letters, digits, `-` and `_`, it is `key: &name {a: x, b: y}`, and [`Yaml::again`] can call it.
    pub fn texts<'a>(
        &mut self,
        key: &str,
        name: Option<&str>,
        entries: impl Iterator<Item = (&'a str, Cow<'a, str>)> + Clone,
    ) {
        self.key(key);
        if let Some(name) = name {
            self.out.push_str(" &");
            self.out.push_str(name);
        }
        let before = self.out.len();
        self.out.push_str(" {");
        for (index, (name, value)) in entries.clone().enumerate() {
            self.out.push_str(if index == 0 { "" } else { ", " });
            flow(name, &mut self.out);
            self.out.push_str(": ");
            flow(&value, &mut self.out);
        }
        self.out.push('}');
        let line = self.out.rsplit('\n').next().unwrap_or_default();
        if line.len() > LINE && line.chars().count() > LINE {
            self.out.truncate(before);
            self.end();
            self.indent += 2;
            entries.for_each(|(name, value)| self.text(name, &value));
            self.indent -= 2;
        } else {
            self.end();
        }
    }

    /// A mapping as an item of a list; `{}` when `fill` writes nothing.
    pub fn item(&mut self, fill: impl FnOnce(&mut Yaml)) {
        self.dash();
        self.dashed = true;
        self.indent += 2;
        fill(self);
        self.indent -= 2;
        if std::mem::take(&mut self.dashed) {
            self.out.push_str("{}\n");
        }
    }

    /// A text as an item of a list.
    pub fn text_item(&mut self, value: &str) {
        self.dash();
        scalar(value, self.indent + 2, &mut self.out);
        self.end();
    }

    /// A list as an item of a list; `[]` when `fill` writes nothing.
    pub fn list_item(&mut self, fill: impl FnOnce(&mut Yaml)) {
        self.dash();
        self.dashed = true;
        self.indent += 2;
        fill(self);
        self.indent -= 2;
        if std::mem::take(&mut self.dashed) {
            self.out.push_str("[]\n");
        }
    }

    fn nested(&mut self, key: &str, empty: &str, deeper: usize, fill: impl FnOnce(&mut Yaml)) {
        self.key(key);
        let before = self.out.len();
        self.end();
        self.indent += deeper;
        fill(self);
        self.indent -= deeper;
        if self.out.len() == before + 1 {
            self.out.truncate(before);
            self.out.push_str(empty);
            self.end();
        }
    }

    fn key(&mut self, key: &str) {
        self.begin();
        let kinds = kinds(key);
        if is_plain(key, kinds) {
            self.out.push_str(key);
        } else {
            quoted(key, kinds, &mut self.out);
        }
        self.out.push(':');
    }

    fn dash(&mut self) {
        self.begin();
        self.out.push_str("- ");
    }

    fn begin(&mut self) {
        if !std::mem::take(&mut self.dashed) {
            pad(self.indent, &mut self.out);
        }
    }

    fn end(&mut self) {
        self.out.push('\n');
    }
}

/// Columns of the longest line of a mapping on one line.
const LINE: usize = 200;

/// Writes a text of a mapping on one line, where some characters end a plain one.
fn flow(text: &str, out: &mut String) {
    let kinds = kinds(text);
    if kinds & (FLOW | DOUBLE | MARK) == 0 && is_plain(text, kinds) {
        out.push_str(text);
    } else {
        quoted(text, kinds, out);
    }
}

/// Kinds of bytes, a bit each: what is not printable ASCII; what double quotes need backslashes for; what may begin a comment
/// or end a key; what means something within `{}` and `[]`.
const STRANGE: u8 = 1;
const DOUBLE: u8 = 2;
const MARK: u8 = 4;
const FLOW: u8 = 8;

/// The kinds of every byte.
static KINDS: [u8; 256] = {
    let mut table = [STRANGE; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        table[byte as usize] = match byte {
            b'"' | b'\\' => DOUBLE,
            b':' | b'#' => MARK,
            b',' | b'[' | b']' | b'{' | b'}' | b'\'' => FLOW,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// The kinds of bytes that a text holds.
fn kinds(text: &str) -> u8 {
    text.bytes().fold(0, |all, byte| all | KINDS[byte as usize])
}

/// Writes a text so that it reads back as itself. `indent` is that of the lines of a block.
fn scalar(text: &str, indent: usize, out: &mut String) {
    let kinds = kinds(text);
    if is_plain(text, kinds) {
        out.push_str(text);
    } else if is_block(text) {
        block(text, indent, out);
    } else {
        quoted(text, kinds, out);
    }
}

/// What some reader of YAML 1.1 or 1.2 takes for something other than a text.
const WORDS: [&str; 13] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none", "nil"];

/// Whether a text needs no quotes. Stricter than YAML is: a text in doubt gets quotes.
fn is_plain(text: &str, kinds: u8) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    (first.is_ascii_alphabetic() || matches!(first, b'_' | b'/' | b'(') || is_duration(text))
        && !matches!(last, b' ' | b':')
        && (kinds & MARK == 0 || !ends_early(text))
        && are_printable(text, kinds)
        && !(text.len() <= LONGEST_WORD
            && matches!(first.to_ascii_lowercase(), b'f' | b'i' | b'n' | b'o' | b't' | b'y')
            && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// Whether a reader would take a part of a text for a key, or for a comment: at a `: ` or a ` #`.
fn ends_early(text: &str) -> bool {
    let at = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at));
    text.match_indices(' ')
        .any(|(space, _)| at(space.checked_sub(1)) == Some(&b':') || at(Some(space + 1)) == Some(&b'#'))
}

/// The longest of [`WORDS`].
const LONGEST_WORD: usize = 5;

/// Whether every YAML reader takes the characters as they are, on one line.
fn are_printable(text: &str, kinds: u8) -> bool {
    kinds & STRANGE == 0 || text.chars().all(is_printable)
}

/// Whether a text is a duration such as `1h30m`: it starts with a digit, and no YAML reader takes it for a number.
fn is_duration(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(['s', 'm', 'h', 'd'])
        && text.bytes().all(|b| b.is_ascii_digit() || b"smhd".contains(&b))
}

/// Whether a text of several lines can stand as a block without an indentation indicator.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
        && text.chars().all(|c| c == '\n' || is_printable(c))
}

/// Whether every YAML reader takes the character as it is, on one line.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => c > '\u{a0}',
    }
}

/// `|` or `|-` and the lines.
fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.strip_suffix('\n');
    out.push_str(if body.is_some() { "|" } else { "|-" });
    for line in body.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
    }
}

/// In single quotes where double ones would need backslashes (queries mostly), else in double ones.
fn quoted(text: &str, kinds: u8, out: &mut String) {
    if kinds & DOUBLE != 0 && are_printable(text, kinds) {
        single_quoted(text, out);
    } else if kinds & (DOUBLE | STRANGE) == 0 {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        double_quoted(text, out);
    }
}

fn single_quoted(text: &str, out: &mut String) {
    out.push('\'');
    for (index, part) in text.split('\'').enumerate() {
        out.push_str(if index > 0 { "''" } else { "" });
        out.push_str(part);
    }
    out.push('\'');
}

fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_yaml::Value;

    /// Texts that readers of YAML mistake for something else, and ordinary ones.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,12}",
            any::<String>(),
            "[ \\n\\t:#'\"\\\\a-z{}\\[\\],&*!|>%@`-]{0,14}",
            "(?i)(yes|no|on|~|=|<<|null|y|[0-9_.:eExob+-]{0,9}|[0-9smhd]{0,5})",
            "(---|\\.\\.\\.)(\\n[a-z]{0,2}){0,3}",
        ]
    }

    proptest! {
        #[test]
        fn every_text_reads_back_as_itself(entries in prop::collection::btree_map(texts(), texts(), 0..6), items in prop::collection::vec(texts(), 0..4)) {
            let mut yaml = Yaml::new();
            yaml.comment("first\nsecond");
            yaml.map("map", |y| entries.iter().for_each(|(k, v)| y.text(k, v)));
            yaml.list("list", |y| {
                items.iter().for_each(|v| y.text_item(v));
                y.item(|y| entries.iter().for_each(|(k, v)| y.text(k, v)));
            });
            yaml.texts("texts", Some("a-1"), entries.iter().map(|(k, v)| (k.as_str(), v.into())));
            yaml.again("again", "a-1");
            yaml.named("named", "a-2", entries.keys().next().map_or("", String::as_str));
            yaml.again("called", "a-2");
            yaml.number("after", 7);
            let text = yaml.finish();
            let back: Value = serde_yaml::from_str(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
            let map: Value = entries.iter().map(|(k, v)| (k.as_str().into(), v.as_str().into())).collect::<serde_yaml::Mapping>().into();
            let mut list: Vec<Value> = items.iter().map(|v| v.clone().into()).collect();
            list.push(map.clone());
            prop_assert_eq!(&back["map"], &map, "{}", text);
            prop_assert_eq!(&back["texts"], &map, "{}", text);
            prop_assert_eq!(&back["again"], &map, "{}", text);
            prop_assert_eq!(&back["list"], &Value::from(list), "{}", text);
            prop_assert_eq!(&back["named"], &Value::from(entries.keys().next().map_or("", String::as_str)), "{}", text);
            prop_assert_eq!(&back["called"], &back["named"], "{}", text);
            prop_assert_eq!(&back["after"], &Value::from(7));
        }
    }

    fn one(value: &str) -> String {
        let mut yaml = Yaml::new();
        yaml.text("k", value);
        yaml.finish()
    }

    #[test]
    fn what_needs_no_quotes_has_none() {
        for plain in ["5m", "1h30m", "slo:info{a=\"b\"} > 0.5", "(a > 1) and b", "checkout, €"] {
            assert_eq!(one(plain), format!("k: {plain}\n"));
        }
    }

    #[test]
    fn what_a_reader_could_mistake_has_quotes() {
        for text in
            ["", "no", "Yes", "0.5", "12", "1e3", "1d2e", "2024-01-01 10:00:00", "- a", "a: b", "a #b", "~", "=", "<<"]
        {
            assert_eq!(one(text), format!("k: \"{text}\"\n"));
        }
        assert_eq!(one("1 - up{a=\"it's\"}"), "k: '1 - up{a=\"it''s\"}'\n");
    }

    #[test]
    fn lines_become_a_block() {
        assert_eq!(one("a\n\n  b: #c\n"), "k: |\n  a\n\n    b: #c\n");
        assert_eq!(one("a\nb"), "k: |-\n  a\n  b\n");
        assert_eq!(one(" a\nb"), "k: \" a\\nb\"\n");
    }

    #[test]
    fn empty_collections_are_written_out() {
        let mut yaml = Yaml::new();
        yaml.map("m", |_| ());
        yaml.list("l", |y| y.item(|_| ()));
        yaml.list("e", |_| ());
        yaml.texts("t", None, std::iter::empty());
        assert_eq!(yaml.finish(), "m: {}\nl:\n- {}\ne: []\nt: {}\n");
    }
}
