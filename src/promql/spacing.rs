//! Where white space stands between the tokens of a query: one way for every query, whoever wrote it.

use super::lex::{Tok, Token};
use super::ops::BinaryOp;

/// What a token does where it stands, as far as the space around it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// A name, a number, a text, a bracket that closes an operand.
    Operand,
    /// An opening bracket.
    Open,
    /// The bracket that closes the labels of `by` and `without`: `sum by (job) (…)`.
    Grouping,
    /// A binary operator, with how tightly it binds.
    Binary(u8),
    /// A word or sign with space around it: `by`, `on`, `offset`, `@`, the bracket that closes the labels of `on`.
    Spaced,
    /// A sign that clings to both sides: `=~` in a selector, `:` in a range, the minus of a negative number.
    Tight,
    /// A comma.
    Comma,
}

/// A token's role, and whether a space stands before it on one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spacing {
    pub(super) role: Role,
    pub(super) gap: bool,
}

/// The spacing of every token of a query, [`Tok::End`] included.
pub(super) fn spacing(tokens: &[Token], text: &str) -> Vec<Spacing> {
    let mut reader = Reader { text, before: Role::Open, list: None, opened: Vec::new() };
    let next = |i: usize| tokens.get(i + 1).map(|t| t.kind);
    tokens.iter().enumerate().map(|(i, token)| reader.step(token, next(i))).collect()
}

struct Reader<'a> {
    text: &'a str,
    before: Role,
    /// After `by`, `on` and their like: the role of the bracket that closes the list to come.
    list: Option<Role>,
    opened: Vec<Opened>,
}

/// An open bracket.
struct Opened {
    sign: &'static str,
    /// The role of the bracket that closes it.
    closing: Role,
    /// Whether operands stand in it, rather than labels, matchers or a number.
    holds_operands: bool,
}

impl Reader<'_> {
    fn step(&mut self, token: &Token, next: Option<Tok>) -> Spacing {
        let first = self.before == Role::Open && self.opened.is_empty();
        let role = match token.kind {
            Tok::Sign(sign) => self.sign(sign),
            Tok::Word => self.word(self.text.get(token.start..token.end).unwrap_or(""), next),
            _ => Role::Operand,
        };
        let closes = matches!(token.kind, Tok::Sign(")" | "]" | "}"));
        let gap = !first && self.gap(role, closes);
        self.before = role;
        Spacing { role, gap }
    }

    fn gap(&self, role: Role, closes: bool) -> bool {
        match (self.before, role) {
            (Role::Open | Role::Tight, _) | (_, Role::Comma) => false,
            _ if closes => false,
            (Role::Comma | Role::Binary(_) | Role::Spaced, _) => true,
            (_, Role::Binary(_) | Role::Spaced) => true,
            (before, Role::Open) => before == Role::Grouping,
            (_, role) => role != Role::Tight,
        }
    }

    /// Whether a value ends before this place, so that what follows can only join it to another.
    fn after_operand(&self) -> bool {
        matches!(self.before, Role::Operand | Role::Grouping)
    }

    fn sign(&mut self, sign: &'static str) -> Role {
        match sign {
            "(" | "[" | "{" => {
                let list = self.list.take();
                let closing = list.unwrap_or(Role::Operand);
                self.opened.push(Opened { sign, closing, holds_operands: sign != "{" && list.is_none() });
                Role::Open
            }
            ")" | "]" | "}" => self.opened.pop().map_or(Role::Operand, |opened| opened.closing),
            "," => Role::Comma,
            ":" => Role::Tight,
            "@" => Role::Spaced,
            "=" | "!=" | "=~" | "!~" if self.opened.last().is_some_and(|opened| opened.sign == "{") => Role::Tight,
            "+" | "-" if !self.after_operand() => Role::Tight,
            _ => Role::Binary(precedence(sign)),
        }
    }

    /// Keywords are keywords by their place only: each may be the name of a metric or a label too.
    fn word(&mut self, word: &str, next: Option<Tok>) -> Role {
        let word = word.to_ascii_lowercase();
        let bracket = next == Some(Tok::Sign("("));
        if self.opened.last().is_some_and(|opened| !opened.holds_operands) {
            return Role::Operand;
        }
        let list = match (word.as_str(), self.after_operand()) {
            ("and" | "or" | "unless" | "atan2", true) => return Role::Binary(precedence(&word)),
            ("offset", true) | ("bool", false) => return Role::Spaced,
            ("by" | "without", true) if bracket => Role::Grouping,
            ("on" | "ignoring" | "fill" | "fill_left" | "fill_right", false) if bracket => Role::Spaced,
            ("group_left" | "group_right", _) if self.before == Role::Spaced => Role::Spaced,
            _ => return Role::Operand,
        };
        self.list = bracket.then_some(list);
        Role::Spaced
    }
}

fn precedence(symbol: &str) -> u8 {
    BinaryOp::from_symbol(symbol).map_or(0, BinaryOp::precedence)
}

#[cfg(test)]
mod tests {
    use super::super::lex::lex;
    use super::*;

    fn spaced(text: &str) -> String {
        let (tokens, _) = lex(text);
        let gap = |spacing: Spacing| if spacing.gap && spacing.role != Role::Comma { " " } else { "" };
        let piece = |(token, spacing): (&Token, Spacing)| format!("{}{}", gap(spacing), &text[token.start..token.end]);
        let last = tokens.len() - 1;
        tokens.iter().zip(spacing(&tokens, text)).take(last).map(piece).collect()
    }

    #[test]
    fn space_stands_where_prometheus_puts_it_whoever_wrote_the_query() {
        for canonical in [
            "sum by (job, code) (rate(x{a=\"b\", c!~\"d\"}[5m])) / on (job) group_left (c) -y",
            "sum(rate(x[5m])) by (job) - 1",
            "topk(5, -x ^ -2) > bool (y)",
            "a and {b=\"c\"} unless ignoring (x) group_right d",
            "x[1h:5m] offset -5m",
            "x @ start() - max_over_time((a + b)[$__range:]) @ -3",
            "{__name__=~\"on|by\", \"a b\"=\"c\"} == 1",
            "a + fill (-1) b or on () vector(0)",
            "histogram_quantile(0.99, sum by (le) (rate(h_bucket[$window])))",
            "by + on + offset offset 5m",
        ] {
            assert_eq!(spaced(canonical), canonical);
            let tokens = lex(canonical).0;
            let wide: Vec<&str> = tokens.iter().map(|t| &canonical[t.start..t.end]).collect();
            assert_eq!(spaced(&wide.join("\n  ")), canonical);
        }
        assert_eq!(spaced("sum(a)/sum(b)"), "sum(a) / sum(b)");
        assert_eq!(spaced("sum by(job)(x{a = 'b',})"), "sum by (job) (x{a='b',})");
    }
}
