//! Places in YAML: the bytes found are the bytes the value was made of.

use proptest::prelude::*;

use super::*;

const FILE: FileId = FileId(0);

/// All texts of a document, outer before inner.
fn texts(node: &Node, out: &mut Vec<Text>) {
    match &node.kind {
        Kind::Null => {}
        Kind::Scalar(text) => out.push(text.clone()),
        Kind::List(items) => items.iter().for_each(|n| texts(n, out)),
        Kind::Map(entries) => entries.iter().for_each(|(key, n)| {
            out.push(key.clone());
            texts(n, out);
        }),
    }
}

fn all(yaml: &str) -> Vec<Text> {
    let (nodes, wrong) = read(yaml, FILE);
    assert_eq!(wrong, None, "{yaml}");
    let mut out = Vec::new();
    nodes.iter().for_each(|n| texts(n, &mut out));
    out
}

/// The place of `word` in the value of the key `k`, as text of the file.
fn found<'a>(yaml: &'a str, word: &str) -> &'a str {
    let text = value(yaml);
    let at = text.value.find(word).unwrap_or_else(|| panic!("no {word} in {:?}", text.value));
    &yaml[text.place(at..at + word.len()).range()]
}

fn value(yaml: &str) -> Text {
    let (nodes, wrong) = read(yaml, FILE);
    assert_eq!(wrong, None, "{yaml}");
    let text = nodes[0].get("k").and_then(Node::text).expect("a text").clone();
    assert!(text.is_placed(), "{yaml}: the scanner and the parser disagree");
    text
}

#[test]
fn a_word_is_found_in_every_style() {
    for yaml in [
        "k: sum(up) > word\n",
        "k: sum(up)\n  > word\n",
        "k:\n  sum(up)\n\n  > word # not this word\n",
        "k: 'it''s > word'",
        "k: \"a\\n\\u00e9\\\"word\\\"\"\n",
        "k: \"a \\\n   > word\"\n",
        "k: 'a\n\n  > word'\n",
        "k: |\n  sum(up)\n    > word\n",
        "k: |-\n  sum(up)\n\n  > word\n\n",
        "k: |+2\n    sum(up)\n  > word\n\n",
        "k: >\n  sum(up)\n  > word\n    more\n  less\n",
        "k: >-\n\n  sum(up)\n\n\n  > word\n",
        "k: !!str word\n",
        "k: &a word\nl: *a\n",
        "{a: b, k: \"sum > word\", l: [1, 2]}",
        "%YAML 1.1\n---\nk: word\n...\n",
        "# c\n---\n\"k\":   word\n---\nx: 1\n",
        "k: sum(up)\r\n  > word\r\nl: |\r\n  a\r\n",
        "\u{feff}k: é word\n",
        "\u{feff}# c\nl: b\nk: word\n",
        "a:\n- b: c\n  d:\n  - e\n- f\nk: word\n",
        "- x\n",
    ] {
        if yaml == "- x\n" {
            assert_eq!(all(yaml)[0].value, "x");
            continue;
        }
        assert_eq!(found(yaml, "word"), "word", "{yaml}");
    }
}

#[test]
fn a_place_over_several_pieces_runs_from_the_first_to_the_last() {
    assert_eq!(found("k: a\n  b\n", "a b"), "a\n  b");
    assert_eq!(found("k: \"x\\\"y\"\n", "\"y"), "\\\"y");
    let yaml = "k: ab\n";
    let text = value(yaml);
    assert_eq!(text.place(1..1), Span::new(FILE, 4..4));
    assert_eq!(text.place(2..2), Span::new(FILE, 5..5));
}

#[test]
fn what_the_scanner_cannot_read_keeps_the_values_and_a_place_around() {
    let yaml = "? a\n: b\n";
    let (nodes, wrong) = read(yaml, FILE);
    assert_eq!((nodes.len(), wrong), (1, None));
    assert_eq!(nodes[0].get("a").and_then(Node::text).map(|t| t.value.as_str()), Some("b"));
}

#[test]
fn mistakes_have_places() {
    let place = |yaml: &str| {
        let wrong = read(yaml, FILE).1.expect("a mistake");
        (wrong.message.clone(), yaml[wrong.span.range()].to_string())
    };
    assert_eq!(place("a: 1\nb: 2\na: 3\n"), ("the key `a` is given twice".into(), "a".into()));
    assert_eq!(place("a: b: c\n").1, ": c");
    assert!(read("a: [1\n", FILE).1.is_some());
}

/// YAML as people write it, from a seed of nested parts.
fn document() -> impl Strategy<Value = String> {
    let line = "[a-z\"'#:>|{}\\[\\], \\-*&!%@`0-9é]{0,12}";
    proptest::collection::vec(
        (0usize..4, proptest::sample::select(vec!["k: ", "- ", "k: |\n", "k: >-\n", "", "l: \"", "'"]), line),
        0..8,
    )
    .prop_map(|lines| {
        let indent = |n: usize| "  ".repeat(n);
        lines.iter().map(|(n, start, text)| format!("{}{start}{text}\n", indent(*n))).collect()
    })
}

proptest! {
    /// Whatever the text, every text that has places is made of the bytes they name: pieces are in order, within the
    /// file, and a verbatim one reads the same.
    #[test]
    fn places_are_never_wrong(yaml in prop_oneof![document(), any::<String>()]) {
        let (nodes, wrong) = read(&yaml, FILE);
        if let Some(wrong) = wrong {
            prop_assert!(yaml.get(wrong.span.range()).is_some());
        }
        let mut all = Vec::new();
        nodes.iter().for_each(|n| texts(n, &mut all));
        for text in all {
            prop_assert!(yaml.get(text.span.range()).is_some());
            for (at, c) in text.value.char_indices().filter(|_| text.is_placed()) {
                let there = yaml.get(text.place(at..at + c.len_utf8()).range());
                let found = there.expect("a place on character boundaries");
                let folded = matches!(c, ' ' | '\n') || found.starts_with('\\') || found == "''";
                prop_assert!(folded || found == c.to_string(), "{c:?} at {found:?} in {yaml:?}");
            }
        }
    }
}
