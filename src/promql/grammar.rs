//! Expressions by precedence: operators, parentheses, calls, aggregations and the labels beside them.

use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};

use super::Dialect;
use super::ast::*;
use super::functions;
use super::lex::Tok;
use super::literal;
use super::ops::*;
use super::parse::{DEPTH, Parser};

impl Parser<'_> {
    pub(super) fn query(&mut self) -> Expr {
        if self.kind() == Tok::End {
            if self.diagnostics.is_empty() {
                self.report(&codes::E0301, 0..self.text.len(), "there is no query here");
            }
            return self.missing();
        }
        let expr = self.expr(0);
        if self.kind() != Tok::End {
            self.expected("an operator or the end of the query");
            self.resume_after_stray();
        }
        expr
    }

    /// Reads on after something that should not be there, only to find further mistakes.
    fn resume_after_stray(&mut self) {
        while self.kind() != Tok::End {
            let before = self.at;
            while self.kind() != Tok::End && self.binary_op().is_none() {
                self.at += 1;
            }
            if self.kind() != Tok::End {
                self.at += 1;
                self.expr(0);
            }
            if self.at == before {
                return;
            }
        }
    }

    pub(super) fn missing(&self) -> Expr {
        let at = self.token().start;
        Expr::new(Kind::Missing, self.span(at..at))
    }

    /// A node, if it is not too deep: what is stays in bounds for everything that walks the tree.
    pub(super) fn node(&mut self, kind: Kind, span: Span) -> Expr {
        let expr = Expr::new(kind, span);
        if usize::from(expr.height()) <= DEPTH {
            return expr;
        }
        self.too_deep();
        self.missing()
    }

    /// Reports the depth and gives up on the rest.
    fn too_deep(&mut self) {
        if self.diagnostics.iter().all(|d| d.code != &codes::E0302) {
            let message = format!("this query is nested more than {DEPTH} levels deep");
            let at = self.token();
            let help = "split it into recording rules".to_string();
            self.diagnostics
                .push(Diagnostic::new(&codes::E0302, self.span(at.start..at.end), message).maybe_help(Some(help)));
        }
        self.at = self.tokens.len();
    }

    fn binary_op(&self) -> Option<BinaryOp> {
        match self.kind() {
            Tok::Word | Tok::Sign(_) => BinaryOp::from_symbol(self.spelled()),
            _ => None,
        }
    }

    /// An expression whose operators bind at least as tightly as `min`.
    pub(super) fn expr(&mut self, min: u8) -> Expr {
        self.depth += 1;
        if self.depth > DEPTH {
            self.too_deep();
            return self.missing();
        }
        let mut left = self.prefix();
        while let Some(op) = self.binary_op().filter(|op| op.precedence() >= min) {
            left = self.binary(left, op);
        }
        self.depth -= 1;
        left
    }

    fn binary(&mut self, left: Expr, op: BinaryOp) -> Expr {
        let bytes = self.bump();
        let op = Spanned::new(op, self.span(bytes));
        if matches!(op.node, BinaryOp::TrimUpper | BinaryOp::TrimLower) {
            self.beyond = true;
            self.flagged(op.span, &format!("the operator `{}`", op.node.symbol()), "3.14");
        }
        let bool_modifier = self.word(&["bool"]).then(|| self.bump()).map(|b| self.span(b));
        let (matching, group) = self.matching();
        let fill = self.fill();
        let precedence = op.node.precedence();
        let right = self.expr(if op.node == BinaryOp::Pow { precedence } else { precedence + 1 });
        let span = left.span.to(right.span);
        let (lhs, rhs) = (Box::new(left), Box::new(right));
        self.node(Kind::Binary(Binary { op, bool_modifier, matching, group, fill, lhs, rhs }), span)
    }

    fn matching(&mut self) -> (Option<Matching>, Option<Group>) {
        if !self.word(&["on", "ignoring"]) {
            if self.word(&["group_left", "group_right"]) {
                self.expected("`on (…)` or `ignoring (…)` before a grouping");
                let group = self.group();
                return (None, group);
            }
            return (None, None);
        }
        let on = self.word(&["on"]);
        let start = self.bump().start;
        let labels = self.labels();
        let span = self.since(start);
        (Some(Matching { on, labels, span }), self.group())
    }

    fn group(&mut self) -> Option<Group> {
        if !self.word(&["group_left", "group_right"]) {
            return None;
        }
        let left = self.word(&["group_left"]);
        let start = self.bump().start;
        let labels = if self.is("(") { self.labels() } else { Vec::new() };
        Some(Group { left, labels, span: self.since(start) })
    }

    fn fill(&mut self) -> Vec<Spanned<f64>> {
        let mut out = Vec::new();
        while self.word(&["fill", "fill_left", "fill_right"]) && self.next_is("(") {
            let word = self.spelled().to_string();
            let start = self.bump().start;
            let opened = self.bump();
            let sign = if self.eat("-") { -1.0 } else { f64::from(u8::from(self.eat("+"))).max(1.0) };
            let value = self.number_or_expected("a number");
            self.close(")", opened, "`)`");
            let span = self.since(start);
            self.flagged(span, &format!("`{word}`"), "3.10");
            out.push(Spanned::new(sign * value, span));
        }
        out
    }

    /// A number token's worth; reports anything else.
    fn number_or_expected(&mut self, what: &str) -> f64 {
        let named = literal::named_number(self.spelled()).filter(|_| self.kind() == Tok::Word);
        if let Some(value) = named {
            self.bump();
            return value;
        }
        if self.kind() != Tok::Number {
            self.expected(what);
            return f64::NAN;
        }
        self.number()
    }

    pub(super) fn number(&mut self) -> f64 {
        let bytes = self.bump();
        let spelled = self.text.get(bytes.clone()).unwrap_or("");
        match literal::number(spelled) {
            Ok(value) => value,
            Err(bad) => {
                let place = self.span(bytes);
                self.push(Diagnostic::new(&codes::E0303, place, bad.message).maybe_help(bad.help));
                f64::NAN
            }
        }
    }

    fn prefix(&mut self) -> Expr {
        if !(self.is("+") || self.is("-")) {
            let primary = self.primary();
            return self.postfix(primary);
        }
        let negative = self.is("-");
        let op = self.bump();
        let expr = Box::new(self.expr(BinaryOp::Pow.precedence()));
        let (op, span) = (self.span(op.clone()), self.span(op).to(expr.span));
        self.node(Kind::Unary(Unary { negative, op, expr }), span)
    }

    fn primary(&mut self) -> Expr {
        match self.kind() {
            Tok::Number => {
                let bytes = self.token();
                let value = self.number();
                self.node(Kind::Number(value), self.span(bytes.start..bytes.end))
            }
            Tok::String => {
                let text = self.string();
                self.node(Kind::String(text.node), text.span)
            }
            Tok::Sign("(") => self.paren(),
            Tok::Sign("{") => self.selector(None),
            Tok::Variable => self.variable_expr(),
            Tok::Word => self.word_expr(),
            Tok::Sign(_) | Tok::End => {
                self.expected("an expression");
                self.missing()
            }
        }
    }

    fn paren(&mut self) -> Expr {
        let opened = self.bump();
        let inner = Box::new(self.expr(0));
        self.close(")", opened.clone(), "`)` or an operator");
        let span = self.since(opened.start);
        self.node(Kind::Paren(inner), span)
    }

    fn word_expr(&mut self) -> Expr {
        if let Some(value) = literal::named_number(self.spelled()) {
            let bytes = self.bump();
            return self.node(Kind::Number(value), self.span(bytes));
        }
        let word = self.spelled().to_string();
        let grouped = self.tokens.get(self.at + 1).is_some_and(|t| {
            let next = self.text.get(t.start..t.end).unwrap_or("");
            t.kind == Tok::Word && (next.eq_ignore_ascii_case("by") || next.eq_ignore_ascii_case("without"))
        });
        if let Some(known) = functions::aggregation_named(&word).filter(|_| grouped || self.next_is("(")) {
            return self.aggregate(known);
        }
        if self.next_is("(") {
            return self.call();
        }
        const RESERVED: [&str; 6] = ["atan2", "bool", "group_left", "group_right", "ignoring", "on"];
        if RESERVED.contains(&word.to_ascii_lowercase().as_str()) {
            self.expected("an expression");
            self.bump();
            return self.missing();
        }
        let name = self.name();
        self.selector(Some(name))
    }

    fn aggregate(&mut self, known: &'static functions::Aggregation) -> Expr {
        let bytes = self.bump();
        let start = bytes.start;
        let op = Spanned::new(known.name, self.span(bytes));
        let before = self.grouping();
        let mut args = self.args();
        let grouping = if before.is_none() { self.grouping() } else { before };
        let span = self.since(start);
        if !known.experimental.is_empty() {
            self.flagged(op.span, &format!("`{}`", op.node), known.experimental);
        }
        let wanted = 1 + usize::from(known.param.is_some());
        if args.len() != wanted {
            let (expected, found) = (count(wanted, "argument"), args.len());
            let diagnostic =
                Diagnostic::new(&codes::E0305, span, format!("`{}` takes {expected}, found {found}", op.node));
            self.push(diagnostic);
        }
        let expr = Box::new(args.pop().unwrap_or_else(|| self.missing()));
        let param = args.into_iter().next().map(Box::new).filter(|_| known.param.is_some());
        self.node(Kind::Aggregate(Aggregate { op, grouping, param, expr }), span)
    }

    fn grouping(&mut self) -> Option<Grouping> {
        if !self.word(&["by", "without"]) {
            return None;
        }
        let without = self.word(&["without"]);
        let start = self.bump().start;
        let labels = self.labels();
        Some(Grouping { without, labels, span: self.since(start) })
    }

    fn call(&mut self) -> Expr {
        let name = self.name();
        let start = (name.span.start - self.base.start) as usize;
        let args = self.args();
        let span = self.since(start);
        if name.node.contains('$') {
            self.beyond = true;
        } else {
            self.known_function(&name);
        }
        self.node(Kind::Call(Call { name, args }), span)
    }

    fn known_function(&mut self, name: &Spanned<String>) {
        match functions::find(&name.node) {
            Some(function) if function.experimental.is_empty() => {}
            Some(function) => self.flagged(name.span, &format!("`{}`", name.node), function.experimental),
            None => {
                let diagnostic = unknown_function(name);
                self.push(diagnostic);
            }
        }
    }

    /// Notes what a server has only behind a feature flag.
    pub(super) fn flagged(&mut self, span: Span, what: &str, since: &str) {
        let message = format!("{what} is experimental: it exists since Prometheus {since}, behind a feature flag");
        // Samples after the window are not there yet when a rule is evaluated.
        let late = (what == "`smoothed`" && self.dialect != Dialect::Grafana)
            .then(|| "in a rule it needs a `query_offset` of the group, or it reads too little".to_string());
        self.diagnostics.push(Diagnostic::new(&codes::W0301, span, message).maybe_help(late));
    }

    /// `(a, b)`, each an expression; a mistake in one is left behind at its comma.
    fn args(&mut self) -> Vec<Expr> {
        let opened = self.token().start..self.token().end;
        let mut args = Vec::new();
        if !self.eat("(") {
            self.expected("`(`");
            return args;
        }
        if self.eat(")") {
            return args;
        }
        loop {
            args.push(self.expr(0));
            if !(self.is(",") || self.is(")")) {
                let opening = self.span(opened.clone());
                let diagnostic = self.expectation("`,` or `)`").label(opening, "opened here");
                self.push(diagnostic);
                self.skip_to(&[",", ")"]);
            }
            if !self.eat(",") {
                self.eat(")");
                return args;
            }
            if self.is(")") {
                self.expected("an argument after the comma");
            }
        }
    }

    /// `(a, b)`, each a label's name.
    pub(super) fn labels(&mut self) -> Vec<Spanned<String>> {
        let opened = self.token().start..self.token().end;
        let mut labels = Vec::new();
        if !self.eat("(") {
            self.expected("`(` and label names");
            return labels;
        }
        while !self.is(")") {
            match self.kind() {
                Tok::Word => labels.push(self.name()),
                Tok::Variable => labels.push(self.name()),
                Tok::String => {
                    let name = self.string();
                    labels.push(name);
                }
                _ => {
                    self.expected("a label's name or `)`");
                    self.skip_to(&[",", ")"]);
                }
            }
            if !self.eat(",") {
                break;
            }
        }
        self.close(")", opened, "`,` or `)`");
        labels
    }
}

/// `1 argument`, `2 arguments`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn unknown_function(name: &Spanned<String>) -> Diagnostic {
    const RENAMED: (&str, &str) = ("holt_winters", "double_exponential_smoothing");
    const METRICSQL: [&str; 9] = [
        "median",
        "rollup_rate",
        "rollup",
        "increase_pure",
        "range_avg",
        "running_sum",
        "xrate",
        "any",
        "histogram_share",
    ];
    let diagnostic = Diagnostic::new(&codes::E0304, name.span, format!("there is no function `{}`", name.node));
    let (old, now) = RENAMED;
    if name.node == old {
        return diagnostic.help(format!("Prometheus 3 calls it `{now}`")).fix(format!("write `{now}`"), name.span, now);
    }
    if METRICSQL.contains(&name.node.as_str()) {
        return diagnostic.help("it belongs to another dialect, which Prometheus does not know");
    }
    let known = functions::FUNCTIONS.iter().map(|f| f.name).chain(functions::AGGREGATIONS.iter().map(|a| a.name));
    match crate::diag::nearest(&name.node, known) {
        Some(near) => {
            diagnostic.help(format!("did you mean `{near}`?")).suggest(format!("write `{near}`"), name.span, near)
        }
        None => diagnostic,
    }
}
