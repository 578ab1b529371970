//! A second opinion: promql-parser reads the same query, and both trees must agree. Nothing else knows that crate.
//!
//! Our own tree has the places and the messages; the crate follows Prometheus's grammar. Where the two disagree, one of
//! them is wrong, and a query that two readers understand differently must not become an alert.

use std::panic::{AssertUnwindSafe, catch_unwind};

use promql_parser::parser::{self, Expr as Theirs, LabelModifier, VectorMatchCardinality};

use super::ast::*;
use super::functions;
use super::known::Known;
use super::lex::{Tok, Token};
use super::outline::{BEHIND, GROUPING};

/// What the crate says of texts as it was given them, of any query that looks so: those of a program are alike.
static KNOWN: Known<Option<String>> = Known::new();

/// Why the crate refuses or misreads `text`; `None` when it agrees with `ours`.
pub(super) fn objection(text: &str, tokens: &[Token], ours: &Expr) -> Option<String> {
    if is_plain(ours) {
        return None;
    }
    let normal = normalised(text, tokens);
    KNOWN.get(&normal, || (opinion(&normal, ours), 1 + normal.len() / 1000))
}

/// Whether this is a selector that no grammar reads in another way: a name, and labels that are compared. The crate unpacks
/// its grammar when it is first asked, which takes a fifth of the check of a small spec.
fn is_plain(ours: &Expr) -> bool {
    let Kind::Selector(s) = &ours.kind else { return false };
    let named =
        s.name.as_ref().is_some_and(|n| n.span.start == s.core.start && is_plain_word(&n.node.replace(':', "_")));
    let bare = s.range.is_none() && s.offset.is_none() && s.at.is_none() && s.extended.is_none();
    // A label in quotes has more of the text than its name.
    let unquoted = |m: &Matcher| {
        m.name.span.start == m.span.start && (m.name.span.end - m.name.span.start) as usize == m.name.node.len()
    };
    named && bare && s.matchers.iter().all(|m| unquoted(m) && is_plain_word(&m.name.node))
}

/// Words that mean something of their own, to the crate at least, beside the names of aggregations.
const OWN: [&str; 9] = ["fill", "fill_left", "fill_right", "start", "end", "step", "inf", "nan", "__name__"];

/// Whether a word is a name wherever it stands.
fn is_plain_word(word: &str) -> bool {
    let is = |other: &&str| word.eq_ignore_ascii_case(other);
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && functions::aggregation_named(word).is_none()
        && ![&BEHIND[..], &GROUPING[..], &OWN[..]].iter().any(|words| words.iter().any(&is))
}

fn opinion(normal: &str, ours: &Expr) -> Option<String> {
    // The one known cause of a panic in it, lengths beyond u64 seconds, is refused before; a second one ends here.
    match catch_unwind(AssertUnwindSafe(|| parser::parse(normal))) {
        Ok(Ok(theirs)) => (!agree(ours, &theirs)).then(|| "it reads another tree".to_string()),
        Ok(Err(message)) => Some(format!("it says: {message}")),
        Err(_) => Some("it fails on it".to_string()),
    }
}

/// The query with everything the crate cannot read replaced by something of the same kind: comments by spaces, holes and
/// variables by a duration, odd numbers by plain ones. What a label is compared with makes no difference to any tree, but
/// for being nothing at all: all others are one letter, so that many queries are one to the crate.
fn normalised(text: &str, tokens: &[Token]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    let mut compared = false;
    for token in tokens {
        let source = text.get(token.start..token.end).unwrap_or("");
        if token.start > end {
            out.push(' ');
        }
        end = token.end;
        match token.kind {
            Tok::Number => out.push_str(&plain_number(source)),
            Tok::String if source.len() > 2 && (compared || source.starts_with('`')) => out.push_str("\"x\""),
            Tok::Variable => out.push_str("5m"),
            // It would compile the pattern, which is no part of any tree.
            Tok::Sign("=~") => out.push('='),
            Tok::Sign("!~") => out.push_str("!="),
            _ => out.push_str(source),
        }
        compared = matches!(token.kind, Tok::Sign("=" | "!=" | "=~" | "!~"));
    }
    out
}

/// The crate reads neither underscores, nor `0e1`, nor zero offsets, nor more seconds than fit 32 bits.
fn plain_number(source: &str) -> String {
    let text = source.replace('_', "");
    let lower = text.to_ascii_lowercase();
    let hex = lower.starts_with("0x");
    let exponent = !hex && lower.starts_with('0') && lower.contains('e');
    let unit = !hex && lower.ends_with(['s', 'm', 'h', 'd', 'w', 'y']);
    let zero = unit && !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    match (exponent, unit && (zero || text.len() > 9)) {
        (true, _) => "0".into(),
        (_, true) => "1s".into(),
        _ => text,
    }
}

/// Whether two trees have the same shape, names, operators and labels.
fn agree(ours: &Expr, theirs: &Theirs) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Number(_), Theirs::NumberLiteral(_)) | (Kind::String(_), Theirs::StringLiteral(_)) => true,
        (Kind::Paren(a), Theirs::Paren(b)) => agree(a, &b.expr),
        (Kind::Selector(a), Theirs::VectorSelector(b)) => a.range.is_none() && same_selector(a, b),
        (Kind::Selector(a), Theirs::MatrixSelector(b)) => a.range.is_some() && same_selector(a, &b.vs),
        (Kind::Subquery(a), Theirs::Subquery(b)) => a.offset.is_some() == b.offset.is_some() && agree(&a.expr, &b.expr),
        (Kind::Call(a), Theirs::Call(b)) => {
            a.name.node == b.func.name
                && a.args.len() == b.args.args.len()
                && a.args.iter().zip(&b.args.args).all(|(x, y)| agree(x, y))
        }
        (Kind::Aggregate(a), Theirs::Aggregate(b)) => same_aggregate(a, b),
        // The crate folds signs of numbers, and drops every plus.
        (Kind::Unary(a), Theirs::NumberLiteral(_)) => agree(&a.expr, theirs),
        (Kind::Unary(a), Theirs::Unary(b)) if a.negative => agree(&a.expr, &b.expr),
        (Kind::Unary(a), _) if !a.negative => agree(&a.expr, theirs),
        (Kind::Binary(a), Theirs::Binary(b)) => same_binary(a, b),
        _ => false,
    }
}

fn same_selector(ours: &Selector, theirs: &parser::VectorSelector) -> bool {
    let alternatives = theirs.matchers.or_matchers.iter().flatten().count();
    let plain = theirs.name.is_some() == ours.name.is_some();
    // A quoted name is a matcher of `__name__` to the crate.
    let count = ours.matchers.len() + usize::from(!plain);
    count == theirs.matchers.matchers.len()
        && alternatives == 0
        && ours.offset.is_some() == theirs.offset.is_some()
        && ours.at.is_some() == theirs.at.is_some()
        && theirs.name.as_ref().is_none_or(|n| ours.name.as_ref().is_some_and(|o| o.node == *n))
}

fn same_aggregate(ours: &Aggregate, theirs: &parser::AggregateExpr) -> bool {
    let grouping = match (&ours.grouping, &theirs.modifier) {
        (None, None) => true,
        (Some(g), Some(LabelModifier::Include(l))) => !g.without && g.labels.len() == l.labels.len(),
        (Some(g), Some(LabelModifier::Exclude(l))) => g.without && g.labels.len() == l.labels.len(),
        _ => false,
    };
    let param = match (&ours.param, &theirs.param) {
        (None, None) => true,
        (Some(a), Some(b)) => agree(a, b),
        _ => false,
    };
    grouping && param && ours.op.node == theirs.op.to_string() && agree(&ours.expr, &theirs.expr)
}

fn same_binary(ours: &Binary, theirs: &parser::BinaryExpr) -> bool {
    let modifier = theirs.modifier.as_ref();
    let group = match modifier.map(|m| &m.card) {
        Some(VectorMatchCardinality::ManyToOne(l)) => Some((true, l.labels.len())),
        Some(VectorMatchCardinality::OneToMany(l)) => Some((false, l.labels.len())),
        _ => None,
    };
    let on = match modifier.and_then(|m| m.matching.as_ref()) {
        Some(LabelModifier::Include(l)) => Some((true, l.labels.len())),
        Some(LabelModifier::Exclude(l)) => Some((false, l.labels.len())),
        None => None,
    };
    ours.op.node.symbol() == theirs.op.to_string()
        && ours.bool_modifier.is_some() == theirs.return_bool()
        && ours.group.as_ref().map(|g| (g.left, g.labels.len())) == group
        && ours.matching.as_ref().map(|m| (m.on, m.labels.len())) == on
        && agree(&ours.lhs, &theirs.lhs)
        && agree(&ours.rhs, &theirs.rhs)
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, parse};
    use super::*;
    use crate::source::Span;

    /// What the crate says of a text that both read.
    fn asked(text: &str) -> (bool, Option<String>) {
        let read = parse::parse(text, Span::default(), Dialect::Rule);
        let plain = read.diagnostics.is_empty() && is_plain(&read.expr);
        (plain, opinion(&normalised(text, &read.tokens), &read.expr))
    }

    #[test]
    fn the_crate_has_nothing_to_object_to_what_it_is_not_asked() {
        let functions = functions::FUNCTIONS.iter().map(|f| f.name);
        let aggregations = functions::AGGREGATIONS.iter().map(|a| a.name);
        let words =
            ["job", "http_requests_total", "_", "a1", "le", "e5", "x", "m", "infinity", "node:cpu:sum", "Inf", "BY"];
        let words = words.into_iter().chain(functions).chain(aggregations).chain(BEHIND).chain(GROUPING).chain(OWN);
        let mut plain = 0;
        for word in words {
            let upper = word.to_uppercase();
            for text in [
                word.to_string(),
                format!("{word}{{}}"),
                format!("{word}{{job=\"a\"}}"),
                format!("up{{{word}=\"a\"}}"),
                format!("{upper}{{ {word} !~ 'b\\'|c', x = '', }} # a comment"),
            ] {
                if let (true, objection) = asked(&text) {
                    assert_eq!(objection, None, "{text}");
                    plain += 1;
                }
            }
        }
        assert!(plain > 300, "{plain} of them are plain");
    }

    #[test]
    fn the_crate_is_asked_of_all_that_is_more_than_a_selector() {
        for text in [
            "up[5m]",
            "up offset 5m",
            "up @ 5",
            "rate(a[5m])",
            "{a=\"b\"}",
            "{\"a.b\"}",
            "up{\"a\"=\"b\"}",
            "-up",
            "(up)",
        ] {
            assert!(!asked(text).0, "{text}");
        }
    }
}
