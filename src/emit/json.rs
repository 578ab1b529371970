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
    let mut printer = Printer { text: &compact, at: 0, marks: marks(&compact).into_iter(), out: sheet() };
    printer.value(0, 0);
    printer.out.push('\n');
    let out = printer.out;
    back(compact);
    copied(out)
}

/// What is known of compact JSON text before it is printed, in its order: how long what is between two brackets is on one
/// line, for each that opens; and where each string, number or word ends.
fn marks(text: &str) -> Vec<usize> {
    // What stands between two keys or values is rarely shorter.
    let mut marks = Vec::with_capacity(text.len() / 8);
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut width = 0;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => {
                open.push((marks.len(), std::mem::replace(&mut width, 2)));
                marks.push(width);
            }
            b'}' | b']' => {
                let Some((mark, outer)) = open.pop() else { continue };
                // A padding or a comma for each, but for none.
                width += if width > 2 { 2 } else { 0 };
                marks[mark] = width;
                width += outer;
            }
            b',' | b':' => width += 2,
            _ => {
                at = end(text.as_bytes(), start);
                width += at - start;
                marks.push(at);
            }
        }
    }
    marks
}

/// Where a string, a number or a word ends that begins there.
fn end(bytes: &[u8], start: usize) -> usize {
    let special = |b: &u8| matches!(b, b'"' | b'\\');
    if bytes[start] != b'"' {
        return find(bytes, start, |b| matches!(b, b',' | b':' | b']' | b'}'));
    }
    let mut at = find(bytes, start + 1, special);
    while bytes.get(at) == Some(&b'\\') {
        at = find(bytes, at + 2, special);
    }
    bytes.len().min(at + 1)
}

/// Where the first byte of a kind stands from there on; at the end where there is none.
fn find(bytes: &[u8], from: usize, is: impl Fn(&u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(is).unwrap_or(rest.len())
}

/// Compact JSON text on its way to people.
struct Printer<'a> {
    text: &'a str,
    /// How far it has been printed.
    at: usize,
    /// The marks of what comes.
    marks: std::vec::IntoIter<usize>,
    out: String,
}

impl Printer<'_> {
    fn next(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    /// Prints a value that begins in a column of a line with an indentation.
    fn value(&mut self, indent: usize, column: usize) {
        let open = self.next();
        if !matches!(open, b'{' | b'[') {
            self.scalar("");
            return;
        }
        let width = self.marks.next().unwrap_or_default();
        if width <= 2 || column + width <= WIDTH {
            self.line();
        } else {
            self.lines(indent + 2, open == b'{');
        }
    }

    /// A string, a number or a word, with the comma or colon after it, and white space after that; gives its length.
    fn scalar(&mut self, space: &str) -> usize {
        let start = self.at;
        let end = self.marks.next().unwrap_or(self.text.len());
        self.at = end;
        let follows = !space.is_empty() && matches!(self.next(), b',' | b':');
        self.at += usize::from(follows);
        self.out.push_str(&self.text[start..self.at]);
        if follows {
            self.out.push_str(space);
        }
        end - start
    }

    /// Steps over a character and prints this in its place.
    fn char(&mut self, printed: &str) {
        self.out.push_str(printed);
        self.at += 1;
    }

    /// What is between two brackets, an item per line.
    fn lines(&mut self, indent: usize, keys: bool) {
        self.char(if keys { "{\n" } else { "[\n" });
        loop {
            pad(indent, &mut self.out);
            let mut column = indent;
            if keys {
                column += self.scalar(" ") + 2;
            }
            self.value(indent, column);
            if self.next() != b',' {
                break;
            }
            self.char(",\n");
        }
        self.out.push('\n');
        pad(indent - 2, &mut self.out);
        self.char(if keys { "}" } else { "]" });
    }

    /// What is between two brackets on one line; whatever is inside fits, too.
    fn line(&mut self) {
        let mut depth = 0;
        loop {
            let start = self.at;
            match self.next() {
                b'{' | b'[' => {
                    // The mark of the first has been looked at.
                    if depth > 0 {
                        self.marks.next();
                    }
                    depth += 1;
                    match self.text.as_bytes().get(start..start + 2) {
                        Some(b"{}") => self.char("{"),
                        Some([b'{', _]) => self.char("{ "),
                        _ => self.char("["),
                    }
                }
                b'}' => {
                    depth -= 1;
                    self.char(if self.text.as_bytes()[start - 1] == b'{' { "}" } else { " }" });
                }
                b']' => {
                    depth -= 1;
                    self.char("]");
                }
                b',' => self.char(", "),
                _ => drop(self.scalar(" ")),
            }
            if depth == 0 || self.at == start {
                return;
            }
        }
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
