//! The parts of a selector: names, matchers, ranges, `offset` and `@`, with the holes and variables in them.

use std::ops::Range as Bytes;

use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};

use super::Dialect;
use super::ast::*;
use super::lex::{self, Tok};
use super::literal;
use super::ops::*;
use super::parse::Parser;

impl Parser<'_> {
    /// The next word or variable as a name.
    pub(super) fn name(&mut self) -> Spanned<String> {
        let bytes = self.bump();
        let text = self.text.get(bytes.clone()).unwrap_or("").to_string();
        for part in lex::variables(&text) {
            self.beyond = true;
            let variable = text.get(part.clone()).unwrap_or("").to_string();
            self.note_variable(&variable, bytes.start + part.start..bytes.start + part.end);
        }
        Spanned::new(text, self.span(bytes))
    }

    /// The next token, which is a string, without its quotes.
    pub(super) fn string(&mut self) -> Spanned<String> {
        let bytes = self.bump();
        let quoted = self.text.get(bytes.clone()).unwrap_or("");
        let span = self.span(bytes.clone());
        for part in lex::variables(quoted) {
            let variable = quoted.get(part.clone()).unwrap_or("");
            if self.dialect == Dialect::Grafana {
                self.note_variable(variable, bytes.start + part.start..bytes.start + part.end);
            }
        }
        match literal::unquote(quoted) {
            Ok(text) => Spanned::new(text, span),
            Err((at, message)) => {
                let place = self.span(bytes.start + at.start..bytes.start + at.end);
                let help = "write `\\\\` for a backslash, or quote with backticks, where nothing is escaped";
                self.push(Diagnostic::new(&codes::E0303, place, message).help(help));
                Spanned::new(String::new(), span)
            }
        }
    }

    /// Remembers a dashboard variable, or says that there is none here.
    fn note_variable(&mut self, text: &str, bytes: Bytes<usize>) {
        let name = lex::variable_name(text).to_string();
        if self.dialect == Dialect::Grafana {
            let span = self.span(bytes);
            return self.variables.push(Spanned::new(name, span));
        }
        let place = self.span(bytes);
        let message = format!("`{text}` is not known here");
        let help = match (self.dialect, name.as_str()) {
            (Dialect::Window, "window") => "`[$window]` stands where a range stands: `rate(x[$window])`",
            (Dialect::Window, _) => "the only variable of an indicator is `[$window]`",
            (_, "window") => "`[$window]` belongs to the queries of an SLO; a range here is something like `[5m]`",
            _ => "dashboard variables exist on dashboards only; a range here is something like `[5m]`",
        };
        self.push(Diagnostic::new(&codes::E0310, place, message).help(help));
    }

    /// A variable where an expression stands: alone, or as a metric's or function's name.
    pub(super) fn variable_expr(&mut self) -> Expr {
        let start = self.token().start;
        let name = self.name();
        if self.is("{") || self.is("[") {
            return self.selector(Some(name));
        }
        let variable = lex::variable_name(&name.node).to_string();
        if self.is("(") {
            self.skip_call();
        }
        let span = self.since(start);
        self.node(Kind::Variable(variable), span)
    }

    /// Steps over the arguments of a function whose name is a variable.
    fn skip_call(&mut self) {
        let opened = self.bump();
        self.skip_to(&[")"]);
        self.close(")", opened, "`)`");
    }

    /// `{…}` after an optional name.
    pub(super) fn selector(&mut self, name: Option<Spanned<String>>) -> Expr {
        let start = name.as_ref().map_or(self.token().start, |n| (n.span.start - self.base.start) as usize);
        let mut name = name;
        let matchers = if self.is("{") { self.matchers(&mut name) } else { Vec::new() };
        let core = self.since(start);
        let selector = Selector { name, matchers, core, range: None, offset: None, at: None, extended: None };
        self.node(Kind::Selector(selector), core)
    }

    fn matchers(&mut self, name: &mut Option<Spanned<String>>) -> Vec<Matcher> {
        let opened = self.bump();
        let mut out = Vec::new();
        while !self.is("}") {
            self.matcher(name, &mut out);
            if !(self.is(",") || self.is("}")) {
                self.after_matcher();
                self.skip_to(&[",", "}"]);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.close("}", opened, "`}`");
        out
    }

    fn after_matcher(&mut self) {
        if self.word(&["or"]) {
            let bytes = self.bump();
            let place = self.span(bytes);
            let help = "write two selectors joined by the operator `or`";
            let message = "Prometheus has no `or` between matchers";
            self.push(Diagnostic::new(&codes::E0307, place, message).help(help));
        } else {
            self.expected("`,` or `}`");
        }
    }

    /// One matcher, or a quoted metric name.
    fn matcher(&mut self, metric: &mut Option<Spanned<String>>, out: &mut Vec<Matcher>) {
        let start = self.token().start;
        let quoted = self.kind() == Tok::String;
        let name = match self.kind() {
            Tok::Word | Tok::Variable => self.name(),
            Tok::String => self.string(),
            _ => return self.expected("a label's name"),
        };
        let op = match self.kind() {
            Tok::Sign("=") => MatchOp::Equal,
            Tok::Sign("!=") => MatchOp::NotEqual,
            Tok::Sign("=~") => MatchOp::Regex,
            Tok::Sign("!~") => MatchOp::NotRegex,
            _ if quoted => return self.quoted_name(metric, name),
            _ if name.node.contains('$') => return,
            Tok::Sign("==") => return self.double_equals(),
            _ => return self.expected("`=`, `!=`, `=~` or `!~`"),
        };
        let bytes = self.bump();
        let op = Spanned::new(op, self.span(bytes));
        if self.kind() == Tok::Variable && self.dialect == Dialect::Grafana {
            return self.expected("a quoted value");
        }
        if self.kind() != Tok::String {
            return self.expected("a quoted value");
        }
        let variable = self.dialect == Dialect::Grafana && !lex::variables(self.spelled()).is_empty();
        let value = self.string();
        out.push(Matcher { name, op, value, span: self.since(start), variable });
    }

    fn double_equals(&mut self) {
        let bytes = self.bump();
        let place = self.span(bytes);
        let message = "labels are compared with `=`, found `==`";
        self.push(Diagnostic::new(&codes::E0301, place, message).fix("write `=`", place, "="));
        if self.kind() == Tok::String {
            self.bump();
        }
    }

    /// `{"my.metric"}`.
    fn quoted_name(&mut self, metric: &mut Option<Spanned<String>>, name: Spanned<String>) {
        match metric {
            None => *metric = Some(name),
            Some(first) => {
                let message = format!("this selector names two metrics, `{}` and `{}`", first.node, name.node);
                let diagnostic = Diagnostic::new(&codes::E0307, name.span, message).label(first.span, "the first name");
                self.push(diagnostic);
            }
        }
    }

    /// Ranges and modifiers after an expression.
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Expr {
        loop {
            expr = match self.kind() {
                Tok::Sign("[") => self.bracket(expr),
                Tok::Sign("@") => self.at_time(expr),
                Tok::Word if self.word(&["offset"]) => self.offset(expr),
                Tok::Word if self.word(&["anchored", "smoothed"]) => self.extended(expr),
                _ => return expr,
            }
        }
    }

    /// `[5m]` or `[1h:5m]`.
    fn bracket(&mut self, expr: Expr) -> Expr {
        let opened = self.bump();
        let (length, length_span) = self.length("a duration", false);
        let subquery = self.eat(":");
        let step = (subquery && !self.is("]")).then(|| self.length("a duration or `]`", false));
        self.close("]", opened.clone(), if subquery { "`]`" } else { "`]` or `:`" });
        let range = Range { length, span: self.since(opened.start), length_span };
        let span = expr.span.to(range.span);
        if subquery {
            let step = step.map(|(length, span)| Spanned::new(length, span));
            let expr = Box::new(expr);
            return self.node(Kind::Subquery(Subquery { expr, range, step, offset: None, at: None }), span);
        }
        self.ranged(expr, range)
    }

    fn ranged(&mut self, expr: Expr, range: Range) -> Expr {
        let span = expr.span.to(range.span);
        let message = match expr.kind {
            Kind::Selector(s) if s.range.is_none() && s.offset.is_none() && s.at.is_none() => {
                return self.node(Kind::Selector(Selector { range: Some(range), ..s }), span);
            }
            Kind::Selector(s) if s.range.is_some() => "a selector has one range",
            Kind::Selector(_) => "a range stands before `offset` and `@`",
            Kind::Missing => return expr,
            _ => "a range follows a selector only",
        };
        let help = "over any other expression a range needs a step, as in `[1h:5m]`, or at least `[1h:]`";
        self.push(Diagnostic::new(&codes::E0311, range.span, message).help(help));
        self.missing()
    }

    /// A length of time: fixed, the hole, a variable or arithmetic.
    fn length(&mut self, what: &str, zero: bool) -> (Length, Span) {
        let start = self.token().start;
        let length = match self.kind() {
            Tok::Number if !self.arithmetic_follows() => self.fixed(zero),
            Tok::Variable => self.variable_length(),
            Tok::Number | Tok::Word | Tok::Sign("(" | "+" | "-") => self.computed(zero),
            _ => {
                self.expected(what);
                self.skip_to(&["]", ")", ","]);
                Length::Computed
            }
        };
        (length, self.since(start))
    }

    fn fixed(&mut self, zero: bool) -> Length {
        let bytes = self.bump();
        match literal::length(self.text.get(bytes.clone()).unwrap_or(""), zero) {
            Ok(duration) => Length::Fixed(duration),
            Err(bad) => {
                let place = self.span(bytes);
                self.push(Diagnostic::new(&codes::E0303, place, bad.message).maybe_help(bad.help));
                Length::Computed
            }
        }
    }

    fn variable_length(&mut self) -> Length {
        let bytes = self.bump();
        let text = self.text.get(bytes.clone()).unwrap_or("").to_string();
        let variable = lex::variable_length(&text).and_then(|n| text.get(..n)).unwrap_or(&text).to_string();
        let name = lex::variable_name(&variable).to_string();
        if self.dialect == Dialect::Window && name == "window" && text == "$window" {
            let span = self.span(bytes);
            self.holes.push(span);
            return Length::Hole;
        }
        self.note_variable(&variable, bytes.start..bytes.start + variable.len());
        Length::Variable(name)
    }

    /// Whether more than one literal stands here.
    fn arithmetic_follows(&self) -> bool {
        ["+", "-", "*", "/", "%", "^"].iter().any(|s| self.next_is(s))
    }

    /// Duration arithmetic, as Prometheus 3.4 has it behind a flag: read with the grammar of expressions.
    fn computed(&mut self, zero: bool) -> Length {
        let start = self.token().start;
        let expr = self.duration_expr();
        let span = self.since(start);
        self.beyond = true;
        let inner = |d: &Diagnostic| d.code == &codes::W0301 && d.primary.span.start >= span.start;
        self.diagnostics.retain(|d| !inner(d));
        self.flagged(span, "arithmetic on durations", "3.4");
        if let Some(seconds) = expr.constant() {
            return self.computed_length(seconds, zero, span);
        }
        if let Some(strange) = not_arithmetic(&expr) {
            let message = "a duration is a literal like `5m`, or arithmetic on them with `step()` and `range()`";
            self.push(Diagnostic::new(&codes::E0303, strange, message));
        }
        Length::Computed
    }

    /// Arithmetic that needs nothing but itself has a length, which must be one.
    fn computed_length(&mut self, seconds: f64, zero: bool, span: Span) -> Length {
        match literal::length(&format!("{seconds}"), zero) {
            Ok(duration) => Length::Fixed(duration),
            Err(_) => {
                self.push(Diagnostic::new(&codes::E0303, span, format!("{seconds} seconds are no length of time")));
                Length::Computed
            }
        }
    }

    /// In brackets a whole expression; after `offset` one operand, so that `x offset 5m * 2` keeps its meaning.
    fn duration_expr(&mut self) -> Expr {
        self.expr(if self.inside_bracket() { 0 } else { BinaryOp::Pow.precedence() + 1 })
    }

    fn inside_bracket(&self) -> bool {
        let before = self.text.get(..self.token().start).unwrap_or("").trim_end();
        before.ends_with(['[', ':'])
    }

    fn offset(&mut self, mut expr: Expr) -> Expr {
        let start = self.bump().start;
        let negative = self.is("-");
        if self.is("+") || negative {
            self.bump();
        }
        let (length, _) = if self.kind() == Tok::Number {
            let at = self.token().start;
            (self.fixed(true), self.since(at))
        } else {
            self.length("a duration", true)
        };
        let span = self.since(start);
        let offset = Offset { negative, length, span };
        let slot = match &mut expr.kind {
            Kind::Selector(s) => Ok(&mut s.offset),
            Kind::Subquery(s) => Ok(&mut s.offset),
            Kind::Missing => return expr,
            _ => Err("`offset` follows a selector or a subquery only"),
        };
        self.set_modifier(slot.and_then(|s| fill_slot(s, offset, "`offset` stands here twice")), span);
        expr.span = expr.span.to(span);
        expr
    }

    fn at_time(&mut self, mut expr: Expr) -> Expr {
        let start = self.bump().start;
        let at = self.at_value();
        let span = self.since(start);
        let slot = match &mut expr.kind {
            Kind::Selector(s) => Ok(&mut s.at),
            Kind::Subquery(s) => Ok(&mut s.at),
            Kind::Missing => return expr,
            _ => Err("`@` follows a selector or a subquery only"),
        };
        self.set_modifier(slot.and_then(|s| fill_slot(s, Spanned::new(at, span), "`@` stands here twice")), span);
        expr.span = expr.span.to(span);
        expr
    }

    fn at_value(&mut self) -> At {
        if self.word(&["start", "end"]) && self.next_is("(") {
            let at = if self.word(&["start"]) { At::Start } else { At::End };
            self.bump();
            let opened = self.bump();
            self.close(")", opened, "`)`");
            return at;
        }
        let negative = self.is("-");
        if self.is("+") || negative {
            self.bump();
        }
        if self.kind() != Tok::Number {
            self.expected("a time in seconds, `start()` or `end()`");
            return At::Time(0.0);
        }
        let seconds = self.number();
        At::Time(if negative { -seconds } else { seconds })
    }

    fn extended(&mut self, mut expr: Expr) -> Expr {
        let word = self.spelled().to_string();
        let bytes = self.bump();
        let span = self.span(bytes);
        self.beyond = true;
        self.flagged(span, &format!("`{word}`"), "3.7");
        let slot = match &mut expr.kind {
            Kind::Selector(s) => Ok(&mut s.extended),
            Kind::Missing => return expr,
            _ => Err("`anchored` and `smoothed` follow a selector only"),
        };
        self.set_modifier(slot.and_then(|s| fill_slot(s, span, "this stands here twice")), span);
        expr.span = expr.span.to(span);
        expr
    }

    fn set_modifier(&mut self, result: Result<(), &str>, span: Span) {
        if let Err(message) = result {
            self.push(Diagnostic::new(&codes::E0311, span, message));
        }
    }
}

/// The first part that duration arithmetic does not have.
fn not_arithmetic(expr: &Expr) -> Option<Span> {
    let mut strange = None;
    expr.walk(&mut |e| {
        let fine = match &e.kind {
            Kind::Number(_) | Kind::Paren(_) | Kind::Unary(_) | Kind::Binary(_) | Kind::Missing => true,
            Kind::Call(c) => ["step", "range", "min_of", "max_of"].contains(&c.name.node.as_str()),
            _ => false,
        };
        strange = strange.or((!fine).then_some(e.span));
    });
    strange
}

/// Sets a modifier that may stand once.
fn fill_slot<'a, T>(slot: &mut Option<T>, value: T, twice: &'a str) -> Result<(), &'a str> {
    if slot.is_some() {
        return Err(twice);
    }
    *slot = Some(value);
    Ok(())
}
