//! What the words of a query are, also of one that is half typed: what an editor colours and completes.
//!
//! From the tokens alone, so nothing has to be right; for what a query means there is the parser.

use std::ops::Range;

use super::functions;
use super::lex::{self, Tok, Token};
use super::ops::ValueType;

/// What a word of a query is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WordKind {
    /// The name of a metric.
    Metric,
    /// The name of a label.
    Label,
    /// A function or an aggregation.
    Function,
    /// `by`, `and`, `offset` …
    Keyword,
    /// A number or a duration.
    Number,
    /// A text in quotes.
    Text,
    /// `$window`, `$job`.
    Variable,
    /// A sign between or around the others.
    Sign,
}

/// A word and its bytes in the query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// What it is.
    pub kind: WordKind,
    /// Its bytes.
    pub range: Range<usize>,
}

/// What may stand at the end of a query that is being typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// An expression of this type; holds the function it is an argument of, in lower case, with its number from 0.
    Operand(ValueType, Option<(String, usize)>),
    /// What follows an expression: an operator, a modifier.
    Operator,
    /// What follows the name of an aggregation.
    Grouping,
    /// A label of a selector; holds the metric, and the labels that are matched already.
    Label(Option<String>, Vec<String>),
    /// A value of a label; holds the metric and the label.
    Value(Option<String>, String),
    /// A label by which series are grouped or matched.
    Grouped,
    /// The length of a range.
    Range,
    /// Nothing that is known: within a text, or where only a sign can stand.
    Nothing,
}

/// The words that make groups of an aggregation.
pub const GROUPING: [&str; 2] = ["by", "without"];

/// The words that say how two sides are matched, or which labels go over.
const MATCHING: [&str; 4] = ["on", "ignoring", "group_left", "group_right"];

/// The words that stand behind an expression.
pub const BEHIND: [&str; 12] = [
    "and",
    "or",
    "unless",
    "atan2",
    "bool",
    "offset",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "anchored",
    "smoothed",
];

/// The words of a query in order.
pub fn words(text: &str) -> Vec<Word> {
    let (tokens, _) = lex::lex(text);
    let mut scan = Scan { text, open: Vec::new(), before: None };
    let following = tokens.iter().skip(1).map(Some).chain([None]);
    let word = |(token, next)| Some(Word { kind: scan.step(token, next)?, range: token.start..token.end });
    tokens.iter().zip(following).filter_map(word).collect()
}

/// What may stand at the end of `text`, the beginning of a query, and the offset of what of it is typed already.
pub fn place(text: &str) -> (Place, usize) {
    let (tokens, strays) = lex::lex(text);
    let mut scan = Scan { text, open: Vec::new(), before: None };
    let last = tokens.iter().rev().find(|t| t.kind != Tok::End);
    let typed = last.filter(|t| {
        let cut_off = t.kind == Tok::String && strays.iter().any(|s| s.at.start == t.start);
        t.end == text.len() && (matches!(t.kind, Tok::Word | Tok::Variable) || cut_off)
    });
    let whole = tokens.iter().filter(|t| t.kind != Tok::End && Some(*t) != typed);
    let mut whole = whole.peekable();
    while let Some(token) = whole.next() {
        scan.step(token, whole.peek().copied());
    }
    let in_comment = text.rsplit('\n').next().is_some_and(|line| lex::lex(line).0.len() < 2 && line.contains('#'));
    match typed {
        Some(token) if token.kind == Tok::String => (scan.value(), token.start + 1),
        Some(token) => (scan.place(), token.start),
        None if in_comment => (Place::Nothing, text.len()),
        None => (scan.place(), text.len()),
    }
}

/// A bracket that is open.
enum Open {
    /// `{`: the metric before it, the labels in it so far.
    Braces(Option<String>, Vec<String>),
    /// `(` behind `by`, `on` …
    Labels,
    /// `(` behind a function, and the number of the argument.
    Call(String, usize),
    Paren,
    Range,
}

/// A word or sign that was passed.
#[derive(Clone)]
struct Passed {
    kind: WordKind,
    text: String,
}

/// A walk along the tokens.
struct Scan<'a> {
    text: &'a str,
    open: Vec<Open>,
    before: Option<Passed>,
}

impl Scan<'_> {
    /// Passes a token, and says what it is.
    fn step(&mut self, token: &Token, next: Option<&Token>) -> Option<WordKind> {
        let text = self.text.get(token.start..token.end).unwrap_or("");
        let kind = match token.kind {
            Tok::End => return None,
            Tok::Number => WordKind::Number,
            Tok::String => WordKind::Text,
            Tok::Variable => WordKind::Variable,
            Tok::Sign(sign) => {
                self.sign(sign);
                WordKind::Sign
            }
            Tok::Word => self.word(text, next),
        };
        self.before = Some(Passed { kind, text: text.to_string() });
        Some(kind)
    }

    fn word(&mut self, text: &str, next: Option<&Token>) -> WordKind {
        if let Some(Open::Braces(_, labels)) = self.open.last_mut() {
            labels.push(text.to_string());
            return WordKind::Label;
        }
        let lower = text.to_ascii_lowercase();
        let called = next.is_some_and(|t| t.kind == Tok::Sign("("));
        let grouped = next.is_some_and(|t| t.kind == Tok::Word && GROUPING.contains(&self.lower(t).as_str()));
        let aggregates = functions::aggregation_named(text).is_some();
        match self.open.last() {
            Some(Open::Labels) => WordKind::Label,
            Some(Open::Range) => WordKind::Keyword,
            _ if called && (aggregates || functions::find(text).is_some()) => WordKind::Function,
            _ if aggregates && grouped => WordKind::Function,
            _ if GROUPING.contains(&lower.as_str()) || BEHIND.contains(&lower.as_str()) => WordKind::Keyword,
            _ => WordKind::Metric,
        }
    }

    fn lower(&self, token: &Token) -> String {
        self.text.get(token.start..token.end).unwrap_or("").to_ascii_lowercase()
    }

    fn sign(&mut self, sign: &str) {
        match sign {
            "{" => {
                let metric = self.before.take().filter(|b| b.kind == WordKind::Metric).map(|b| b.text);
                self.open.push(Open::Braces(metric, Vec::new()));
            }
            "[" => self.open.push(Open::Range),
            "(" => {
                let open = self.bracket();
                self.open.push(open);
            }
            ")" | "]" | "}" => drop(self.open.pop()),
            "," => {
                if let Some(Open::Call(_, argument)) = self.open.last_mut() {
                    *argument += 1;
                }
            }
            _ => {}
        }
    }

    /// What a `(` opens here.
    fn bracket(&self) -> Open {
        let Some(before) = &self.before else { return Open::Paren };
        let word = before.text.to_ascii_lowercase();
        match before.kind {
            WordKind::Function => Open::Call(word, 0),
            WordKind::Keyword if GROUPING.contains(&word.as_str()) || MATCHING.contains(&word.as_str()) => Open::Labels,
            _ => Open::Paren,
        }
    }

    fn place(&self) -> Place {
        let after = |signs: &[&str]| self.before.as_ref().is_none_or(|b| signs.contains(&b.text.as_str()));
        match self.open.last() {
            Some(Open::Braces(metric, labels)) if after(&["{", ","]) => Place::Label(metric.clone(), labels.clone()),
            Some(Open::Braces(..)) => Place::Nothing,
            Some(Open::Labels) => Place::Grouped,
            Some(Open::Range) => Place::Range,
            _ => self.expression(),
        }
    }

    /// The place within an expression.
    fn expression(&self) -> Place {
        let Some(before) = &self.before else { return self.operand() };
        let is_sign = before.kind == WordKind::Sign;
        match before.text.as_str() {
            ")" | "}" | "]" if is_sign => Place::Operator,
            _ if is_sign || before.kind == WordKind::Keyword => self.operand(),
            name if functions::aggregation_named(name).is_some() => Place::Grouping,
            _ => Place::Operator,
        }
    }

    fn operand(&self) -> Place {
        let Some(Open::Call(name, argument)) = self.open.last() else { return Place::Operand(ValueType::Vector, None) };
        let function = functions::find(name).and_then(|f| f.arg(*argument));
        let parameter = functions::aggregation_named(name).and_then(|a| a.param).filter(|_| *argument == 0);
        let wanted = function.or(parameter).unwrap_or(ValueType::Vector);
        Place::Operand(wanted, Some((name.clone(), *argument)))
    }

    /// The place within a text that has no end yet.
    fn value(&self) -> Place {
        match self.open.last() {
            Some(Open::Braces(metric, labels)) => {
                labels.last().map_or(Place::Nothing, |label| Place::Value(metric.clone(), label.clone()))
            }
            _ => Place::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place::*;
    use super::*;

    fn told(text: &str) -> String {
        let letter = |w: &Word| match w.kind {
            WordKind::Metric => 'm',
            WordKind::Label => 'l',
            WordKind::Function => 'f',
            WordKind::Keyword => 'k',
            WordKind::Number => 'n',
            WordKind::Text => 't',
            WordKind::Variable => 'v',
            WordKind::Sign => '.',
        };
        words(text).iter().map(letter).collect()
    }

    #[test]
    fn words_are_known_by_where_they_stand() {
        assert_eq!(told("sum by (job) (rate(a_total{code=~\"5..\"}[$window])) > 1"), "fk.l..f.m.l.t..v....n");
        assert_eq!(told("a and on (job) group_left (x) b offset 5m"), "mkk.l.k.l.mkn");
        assert_eq!(told("sum(a{job="), "f.m.l.");
        assert_eq!(told("rate / sum"), "m.m");
    }

    #[test]
    fn a_half_typed_query_has_a_place_for_what_comes() {
        let at = |text: &str| place(text).0;
        let call = |name: &str, n| Option::Some((name.to_string(), n));
        assert_eq!(place("ht"), (Operand(ValueType::Vector, None), 0));
        assert_eq!(place("rate(ht"), (Operand(ValueType::Matrix, call("rate", 0)), 5));
        assert_eq!(at("histogram_quantile("), Operand(ValueType::Scalar, call("histogram_quantile", 0)));
        assert_eq!(at("histogram_quantile(0.9, "), Operand(ValueType::Vector, call("histogram_quantile", 1)));
        assert_eq!(at("topk(3, a) / "), Operand(ValueType::Vector, None));
        assert_eq!(at("sum "), Grouping);
        assert_eq!(at("sum by (jo"), Grouped);
        assert_eq!(at("a "), Operator);
        assert_eq!(at("a{b=\"c\"} an"), Operator);
        assert_eq!(place("a{b=\"c\", d"), (Label(Option::Some("a".into()), vec!["b".into()]), 9));
        assert_eq!(place("a{b=\"c"), (Value(Option::Some("a".into()), "b".into()), 5));
        assert_eq!(at("a{b=\"c\" "), Nothing);
        assert_eq!(at("rate(a["), Range);
        assert_eq!(at("a # sum("), Nothing);
        assert_eq!(at("label_replace(a, \"x"), Nothing);
    }
}
