//! JSON for people who read diffs: what fits on a line stands on one, the rest is indented.

use serde::Serialize;

use super::sheet::{back, copied, pad, sheet};

/// The longest line that is not broken further, in bytes.
const WIDTH: usize = 120;

/// Prints a value whose keys are strings; keys stand in the order of the struct. Ends with a newline.
pub fn pretty(value: &impl Serialize) -> String {
    // Values are structs of ours, with which printing cannot fail.
    let mut compact = sheet().into_bytes();
    let _ = serde_json::to_writer(&mut compact, value);
    let compact = String::from_utf8(compact).unwrap_or_default();
    let mut out = sheet();
    print(&read(&mut compact.as_str()), (0, 0), &mut out);
    out.push('\n');
    back(compact);
    copied(out)
}

/// A piece of JSON text.
enum Node<'a> {
    /// A string, number or word as it stands.
    Scalar(&'a str),
    /// What stands between two brackets, and how long it is on one line.
    Group { open: char, items: Vec<Item<'a>>, close: char, width: usize },
}

/// An element of an array or, with its key, of an object.
struct Item<'a> {
    key: Option<&'a str>,
    value: Node<'a>,
}

impl Node<'_> {
    fn width(&self) -> usize {
        match self {
            Node::Scalar(text) => text.len(),
            Node::Group { width, .. } => *width,
        }
    }
}

/// Reads the value at the beginning of compact JSON text, and moves on past it.
fn read<'a>(rest: &mut &'a str) -> Node<'a> {
    match rest.as_bytes().first() {
        Some(b'{') => group(rest, '{', '}'),
        Some(b'[') => group(rest, '[', ']'),
        _ => Node::Scalar(scalar(rest)),
    }
}

fn group<'a>(rest: &mut &'a str, open: char, close: char) -> Node<'a> {
    let mut items = Vec::new();
    skip(rest, open);
    while !rest.is_empty() && !skip(rest, close) {
        let key = (open == '{').then(|| scalar(rest));
        skip(rest, ':');
        items.push(Item { key, value: read(rest) });
        skip(rest, ',');
    }
    let inside = |item: &Item<'_>| item.key.map_or(0, |key| key.len() + 2) + item.value.width() + 2;
    let width = 2 + items.iter().map(inside).sum::<usize>();
    Node::Group { open, items, close, width }
}

/// Moves past a character of ASCII when it is the next.
fn skip(rest: &mut &str, c: char) -> bool {
    let is_next = rest.as_bytes().first() == Some(&(c as u8));
    *rest = &rest[usize::from(is_next)..];
    is_next
}

/// Takes a string with its quotes, or what stands before the next comma, colon or bracket.
fn scalar<'a>(rest: &mut &'a str) -> &'a str {
    let bytes = rest.as_bytes();
    let end = if bytes.first() == Some(&b'"') {
        let mut at = 1;
        while bytes.get(at).is_some_and(|b| *b != b'"') {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        Some(at + 1)
    } else {
        bytes.iter().position(|b| matches!(b, b',' | b':' | b']' | b'}'))
    };
    let (taken, after) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = after;
    taken
}

/// Prints a value that begins in a column of a line with an indentation.
fn print(node: &Node<'_>, (indent, column): (usize, usize), out: &mut String) {
    match node {
        Node::Scalar(text) => out.push_str(text),
        Node::Group { open, items, close, width } if column + width <= WIDTH || items.is_empty() => {
            one_line(*open, items, *close, out);
        }
        Node::Group { open, items, close, .. } => {
            out.push(*open);
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "\n" } else { ",\n" });
                pad(indent + 2, out);
                key(item, out);
                let start = item.key.map_or(0, |key| key.len() + 2);
                print(&item.value, (indent + 2, indent + 2 + start), out);
            }
            out.push('\n');
            pad(indent, out);
            out.push(*close);
        }
    }
}

fn one_line(open: char, items: &[Item<'_>], close: char, out: &mut String) {
    let padding = if open == '{' && !items.is_empty() { " " } else { "" };
    out.push(open);
    out.push_str(padding);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        key(item, out);
        // Whatever is inside something that fits on the line does so too.
        print(&item.value, (0, 0), out);
    }
    out.push_str(padding);
    out.push(close);
}

fn key(item: &Item<'_>, out: &mut String) {
    if let Some(key) = item.key {
        out.push_str(key);
        out.push_str(": ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\],: a\\n€]{0,30}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"\\\\:,{}]{0,8}", inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn only_white_space_is_added(value in values()) {
            let text = pretty(&value);
            prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value, "{}", text);
        }
    }

    #[test]
    fn what_fits_on_a_line_stands_on_one() {
        let long = "x".repeat(90);
        let value = json!({"a": [1, {"b": null}], "c": {"d": long, "e": {}}, "f": []});
        let expected = format!(
            "{{\n  \"a\": [1, {{ \"b\": null }}],\n  \"c\": {{ \"d\": \"{long}\", \"e\": {{}} }},\n  \"f\": []\n}}\n"
        );
        assert_eq!(pretty(&value), expected);
    }
}
