//! Queries made up by the grammar, right ones and broken ones, for the comparison with promtool.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

type Text = BoxedStrategy<String>;

/// So many queries, the same ones in every run.
pub(crate) fn queries(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy = prop_oneof![3 => vector(), 1 => scalar(), 1 => matrix(vector()), 2 => broken()];
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// One of the words that are right; now and then one that is wrong, or rare.
fn of(right: &'static [&'static str], odd: &'static [&'static str]) -> Text {
    let text = |words: &'static [&'static str]| select(words).prop_map(str::to_string);
    if odd.is_empty() { text(right).boxed() } else { prop_oneof![30 => text(right), 1 => text(odd)].boxed() }
}

fn duration() -> Text {
    of(
        &["5m", "1h30m", "1d", "30s", "1y2w3d", "500ms"],
        &["0s", "1.5m", "5m1h", "m", "-5m", "5mm", "1h 5m", "99999999999y"],
    )
}

fn selector() -> Text {
    let name = of(
        &["up", "a:b", "http_requests_total", "_x", "on", "offset", "NaN_x", "by", "start", "end"],
        &["sum", "bool", "and", "1a", ":"],
    );
    let matcher = of(
        &[
            "a=\"b\"",
            "a!='b'",
            "a=~`b.*`",
            "a!~\"(b|c)\"",
            "a=~\"a{2}\"",
            "a=~\"(?i)x\"",
            "on=\"x\"",
            "a=\"\u{e9}\"",
            "a=\"\\x41\"",
            "a=\"\\101\"",
        ],
        &[
            "a=\"\"",
            "a=~\".*\"",
            "a!=\"\"",
            "__name__=\"up\"",
            "a=~\"(\"",
            "a=\"\\q\"",
            "a=~\"[\"",
            "a=~\"(a{100}){20}\"",
            "1a=\"x\"",
            "a",
            "a=b",
            "a==\"b\"",
            "=\"b\"",
            "a=~\"(?P<x>a)\"",
            "a=~\"a**\"",
            "a=~\"\\\\d+\"",
            "a=~\"(?=x)\"",
            "a=~\"x{1001}\"",
            "a=\"\\u00e9\"",
        ],
    );
    let matchers = prop::collection::vec(matcher, 0..3).prop_map(|m| m.join(", ")).boxed();
    let braces = (matchers.clone(), of(&["", ","], &[",,"]))
        .prop_map(|(m, comma)| format!("{{{m}{}}}", if m.is_empty() { "" } else { &comma }));
    let named = (name, prop_oneof![1 => Just(String::new()), 1 => braces]).prop_map(|(n, b)| n + &b);
    prop_oneof![8 => named, 1 => matchers.prop_map(|m| format!("{{{m}}}"))].boxed()
}

/// `offset` and `@` behind a selector, a range or a subquery.
fn moved(inner: Text) -> Text {
    let offset = (of(&["", "-"], &["+"]), duration()).prop_map(|(s, d)| format!(" offset {s}{d}")).boxed();
    let at = of(
        &[" @ 1609746000", " @ start()", " @ end()", " @ -1.5"],
        &[" @ x", " @", " @ start", " @ 1e3", " @ NaN", " @ Inf"],
    );
    let both = prop_oneof![(offset.clone(), at.clone()), (at.clone(), offset.clone())].prop_map(|(a, b)| a + &b);
    let behind = prop_oneof![8 => Just(String::new()), 1 => offset, 1 => at, 1 => both];
    (inner, behind).prop_map(|(i, b)| i + &b).boxed()
}

fn matrix(vector: Text) -> Text {
    let range = (selector(), duration()).prop_map(|(s, d)| format!("{s}[{d}]")).boxed();
    let step = prop_oneof![Just(String::new()), duration()];
    let subquery = (vector, duration(), step).prop_map(|(v, r, s)| format!("({v})[{r}:{s}]")).boxed();
    prop_oneof![4 => moved(range), 1 => moved(subquery)].boxed()
}

fn scalar() -> Text {
    of(
        &["0", "1", "1.5", ".5", "5.", "1e3", "1e-3", "0x1F", "NaN", "Inf", "-1", "+Inf", "(2 * 3)", "time()", "pi()"],
        &["1e", "0x", "1.2.3", "017", "08", "1e400", "- -1", "\"1\""],
    )
}

/// `V`, `M` and `S` are a vector, a matrix and a scalar.
const RIGHT: &[&str] = &[
    "rate(M)",
    "increase(M)",
    "sum_over_time(M)",
    "abs(V)",
    "clamp(V, S, S)",
    "clamp_max(V, S)",
    "vector(S)",
    "absent(V)",
    "histogram_quantile(S, V)",
    "label_replace(V, \"a\", \"$1\", \"b\", \"(.*)\")",
    "label_join(V, \"a\", \"-\", \"b\", 'c')",
    "label_join(V, 'a', '-')",
    "round(V)",
    "round(V, S)",
    "day_of_week()",
    "day_of_week(V)",
    "sort(V)",
    "timestamp(V)",
    "quantile_over_time(S, M)",
    "predict_linear(M, S)",
    "deriv(M)",
    "resets(M)",
    "sgn(V)",
    "absent_over_time(M)",
    "sum(V)",
    "SUM by (a) (V)",
    "avg without (a, b) (V)",
    "topk(S, V)",
    "quantile(S, V) by (a)",
    "count_values(\"x\", V)",
    "group by () (V)",
    "stddev(V) without (a,)",
    "min by (on) (V)",
    "(V)",
    "-V",
    "+V",
    "V + V",
    "V - S",
    "S * V",
    "V ^ V ^ V",
    "V % V / V",
    "V > bool V",
    "V == V",
    "V != S",
    "V <= S",
    "V and V",
    "V or V",
    "V unless V",
    "V atan2 V",
    "V AND V",
    "V / on (a) V",
    "V * ignoring (a, b) V",
    "V + on (a) group_left V",
    "V - ignoring (a) group_right (b, c) V",
    "V and on (a) V",
    "V < bool on (a) V",
    "V or ignoring () V",
    "V / on (a) group_left () V",
    "vector(scalar(V))",
    "S == bool S",
    "V == bool on () group_left (x) V",
];

const WRONG: &[&str] = &[
    "rate(V)",
    "abs(M)",
    "abs()",
    "clamp(V, S)",
    "no_such(V)",
    "label_replace(V, \"a\")",
    "count_values(V)",
    "vector(V)",
    "time(V)",
    "RATE(M)",
    "topk(V)",
    "sum(V, V)",
    "sum(M)",
    "sum by a (V)",
    "sum by (1) (V)",
    "sum by (\"a\") (V)",
    "sum by (a) (V) by (b)",
    "V + M",
    "S == S",
    "V and S",
    "S or V",
    "V and bool V",
    "V and on (a) group_left V",
    "V + group_left V",
    "V + on (a) group_left (a) V",
    "V + by (a) V",
    "V = V",
    "V =~ V",
    "V ! V",
    "V && V",
    "\"x\" + V",
    "V + bool V",
    "S + on (a) V",
    "V + on (a) S",
    "-M",
    "M",
    "(M)",
    "\"a\"",
    "sum",
    "sum()",
    "quantile(\"x\", V)",
    "count_values(S, V)",
    "rate((V)[5m])",
    "sort(V, V)",
    "label_replace(V, \"a\", \"$1\", \"b\", \"(\")",
    "label_replace(V, \"1\", \"$1\", \"b\", \"x\")",
    "label_join(V, \"\", \"-\")",
    "count_values(\"a b\", V)",
    "round()",
    "V offset V",
    "sum by (a:b) (V)",
    "info(V)",
    "V[5m]",
    "(V)[5m:1m:]",
];

fn vector() -> Text {
    moved(selector())
        .prop_recursive(4, 24, 3, |inner| {
            let shape = prop_oneof![40 => select(RIGHT), 1 => select(WRONG)];
            let (vectors, scalars) = (prop::collection::vec(inner.clone(), 3), prop::collection::vec(scalar(), 2));
            (shape, vectors, prop::collection::vec(matrix(inner.boxed()), 1), scalars).prop_map(
                |(shape, mut v, mut m, mut s)| {
                    let mut part = |c: char| {
                        match c {
                            'V' => v.pop(),
                            'M' => m.pop(),
                            'S' if !shape.starts_with("SUM") => s.pop(),
                            _ => None,
                        }
                        .unwrap_or_else(|| c.to_string())
                    };
                    shape.chars().map(&mut part).collect::<String>()
                },
            )
        })
        .boxed()
}

/// A query with some of its characters gone, doubled, or replaced.
fn broken() -> Text {
    let signs = of(
        &[
            "(", ")", "{", "}", "[", "]", ",", "\"", "'", "`", "=", "-", "#", " ", "\n", "5m", "by", "$", ";", ":",
            "@", ".", "\u{e9}", "1",
        ],
        &["\u{0}"],
    );
    let cut = (any::<prop::sample::Index>(), 0usize..3, prop_oneof![1 => Just(String::new()), 2 => signs]);
    (vector(), prop::collection::vec(cut, 1..3))
        .prop_map(|(text, cuts)| {
            cuts.into_iter().fold(text, |text, (at, gone, put)| {
                let chars: Vec<char> = text.chars().collect();
                let at = at.index(chars.len() + 1);
                let rest = chars.iter().skip(at + gone);
                chars.iter().take(at).chain(&put.chars().collect::<Vec<char>>()).chain(rest).collect()
            })
        })
        .boxed()
}
