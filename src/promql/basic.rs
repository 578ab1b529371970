//! PromQL's own rules: numbers of arguments, the four types, what may be matched with what.

use crate::diag::{Diagnostic, codes};
use crate::source::Spanned;

use super::ast::*;
use super::grammar::count;
use super::ops::*;
use super::{compiled, functions, re2};

/// Reports everything in `expr` that Prometheus itself would refuse.
pub(super) fn check(expr: &Expr, out: &mut Vec<Diagnostic>) {
    if let Kind::Call(call) = &expr.kind
        && call.name.node == "info"
    {
        return info(call, expr, out);
    }
    node(expr, out);
    for child in expr.children() {
        check(child, out);
    }
}

fn node(expr: &Expr, out: &mut Vec<Diagnostic>) {
    match &expr.kind {
        Kind::Call(call) => self::call(call, expr, out),
        Kind::Aggregate(aggregate) => self::aggregate(aggregate, out),
        Kind::Binary(binary) => self::binary(binary, out),
        Kind::Unary(unary) => {
            let fine = !matches!(unary.expr.value_type(), ValueType::Matrix | ValueType::String);
            let what = if unary.negative { "`-`" } else { "`+`" };
            let wanted = "a number or an instant vector";
            out.extend((!fine).then(|| wrong_type(&unary.expr, what, wanted, None)));
        }
        Kind::Subquery(subquery) => {
            out.extend(mismatch(&subquery.expr, ValueType::Vector).then(|| {
                let help = "a subquery evaluates an instant vector at every step";
                wrong_type(&subquery.expr, "a subquery", "an instant vector", Some(help.into()))
            }));
            at(subquery.at, out);
        }
        Kind::Selector(selector) => {
            self::selector(selector, out);
            nonempty(selector, out);
        }
        _ => {}
    }
}

fn mismatch(expr: &Expr, wanted: ValueType) -> bool {
    let found = expr.value_type();
    found != ValueType::Unknown && found != wanted
}

fn wrong_type(expr: &Expr, what: &str, wanted: &str, help: Option<String>) -> Diagnostic {
    let found = expr.value_type().with_article();
    Diagnostic::new(&codes::E0305, expr.span, format!("{what} takes {wanted}, found {found}"))
        .here(format!("this is {found}"))
        .maybe_help(help)
}

// ---- calls ----

fn call(call: &Call, expr: &Expr, out: &mut Vec<Diagnostic>) {
    let Some(function) = functions::find(&call.name.node) else { return };
    if !arity(function, call, expr, out) {
        return;
    }
    for (index, argument) in call.args.iter().enumerate() {
        let Some(wanted) = function.arg(index) else { continue };
        if !mismatch(argument, wanted) {
            continue;
        }
        let what = format!("`{}`", call.name.node);
        let diagnostic = wrong_type(argument, &what, &wanted.with_article(), argument_help(function, argument, wanted));
        out.push(argument_fix(diagnostic, argument, wanted));
    }
}

fn arity(function: &functions::Function, call: &Call, expr: &Expr, out: &mut Vec<Diagnostic>) -> bool {
    let (least, most) = function.arity();
    let found = call.args.len();
    if (least..=most).contains(&found) {
        return true;
    }
    let wanted = match (least, most) {
        (a, b) if a == b => count(a, "argument"),
        (a, usize::MAX) => format!("at least {}", count(a, "argument")),
        (a, b) => format!("{a} to {b} arguments"),
    };
    let message = format!("`{}` takes {wanted}, found {found}", function.name);
    out.push(Diagnostic::new(&codes::E0305, expr.span, message));
    false
}

fn argument_help(function: &functions::Function, argument: &Expr, wanted: ValueType) -> Option<String> {
    let found = argument.value_type();
    match (wanted, found) {
        (ValueType::Matrix, ValueType::Vector) => Some(match &argument.bare().kind {
            Kind::Selector(_) => format!("`{}` reads a range, such as `[5m]`", function.name),
            _ => "a range over an expression is a subquery, such as `(…)[30m:1m]`".into(),
        }),
        (ValueType::Vector, ValueType::Matrix) => Some("without its range it would be an instant vector".into()),
        (ValueType::Vector, ValueType::Scalar) => Some("`vector(…)` makes an instant vector of a number".into()),
        (ValueType::Scalar, ValueType::Vector) => Some("`scalar(…)` makes a number of one series".into()),
        (ValueType::String, _) => Some("a label's name stands in quotes here".into()),
        _ => None,
    }
}

/// `rate(x)` on the author's mind is `rate(x[5m])`; a name where a string belongs wants quotes.
fn argument_fix(diagnostic: Diagnostic, argument: &Expr, wanted: ValueType) -> Diagnostic {
    match (&argument.kind, wanted) {
        (Kind::Selector(s), ValueType::String) if s.matchers.is_empty() => match &s.name {
            Some(name) => {
                let text = format!("\"{}\"", name.node);
                diagnostic.fix(format!("write `{text}`"), argument.span, text)
            }
            None => diagnostic,
        },
        _ => diagnostic,
    }
}

/// `info(v, {…})`: the second argument is a bare selector, and may be empty.
fn info(call: &Call, expr: &Expr, out: &mut Vec<Diagnostic>) {
    self::call(call, expr, out);
    if let Some(first) = call.args.first() {
        check(first, out);
    }
    let Some(second) = call.args.get(1) else { return };
    match &second.kind {
        Kind::Selector(s) if s.name.is_none() => selector(s, out),
        Kind::Missing => {}
        _ => {
            let message = "the second argument of `info` is a bare selector of labels, such as `{k8s_cluster=~\".+\"}`";
            out.push(Diagnostic::new(&codes::E0305, second.span, message));
        }
    }
}

fn aggregate(aggregate: &Aggregate, out: &mut Vec<Diagnostic>) {
    let name = format!("`{}`", aggregate.op.node);
    if mismatch(&aggregate.expr, ValueType::Vector) {
        let help = match aggregate.expr.value_type() {
            ValueType::Matrix => Some("apply a function such as `rate` to the range first".to_string()),
            _ => None,
        };
        out.push(wrong_type(&aggregate.expr, &name, "an instant vector", help));
    }
    let wanted = functions::aggregation_named(aggregate.op.node).and_then(|a| a.param);
    if let (Some(param), Some(wanted)) = (&aggregate.param, wanted)
        && mismatch(param, wanted)
    {
        out.push(wrong_type(param, &name, &format!("{} first", wanted.with_article()), None));
    }
}

// ---- operators ----

fn binary(b: &Binary, out: &mut Vec<Diagnostic>) {
    let symbol = b.op.node.symbol();
    for side in [&b.lhs, &b.rhs] {
        if matches!(side.value_type(), ValueType::Matrix | ValueType::String) {
            let help = (side.value_type() == ValueType::Matrix)
                .then(|| "apply a function such as `rate` to the range first".to_string());
            out.push(wrong_type(side, &format!("`{symbol}`"), "numbers and instant vectors", help));
            return;
        }
    }
    modifiers(b, out);
    let scalars = [&b.lhs, &b.rhs].map(|e| e.value_type() == ValueType::Scalar);
    if b.op.node.is_comparison() && scalars == [true, true] && b.bool_modifier.is_none() {
        let message = format!("`{symbol}` between two numbers needs `bool`");
        out.push(
            Diagnostic::new(&codes::E0306, b.op.span, message)
                .help("a comparison of numbers gives 0 or 1, and says so")
                .fix(format!("write `{symbol} bool`"), b.op.span, format!("{symbol} bool")),
        );
    }
    if b.op.node.is_set() && scalars != [false, false] {
        let side = if scalars[0] { &b.lhs } else { &b.rhs };
        let help = "`vector(…)` makes an instant vector of a number";
        out.push(wrong_type(side, &format!("`{symbol}`"), "two instant vectors", Some(help.into())));
    } else if scalars != [false, false] {
        scalar_modifiers(b, out);
    }
}

/// What may not stand beside an operator, whatever its sides are.
fn modifiers(b: &Binary, out: &mut Vec<Diagnostic>) {
    let symbol = b.op.node.symbol();
    if let Some(span) = b.bool_modifier.filter(|_| !b.op.node.is_comparison()) {
        out.push(Diagnostic::new(&codes::E0306, span, format!("`bool` belongs to comparisons, not to `{symbol}`")));
    }
    if !b.op.node.is_set() {
        if let (Some(matching), Some(group)) = (&b.matching, &b.group) {
            out.extend(in_both(matching, group));
        }
        return;
    }
    if let Some(group) = &b.group {
        let message = format!("`{symbol}` keeps whole series, so it has no grouping");
        out.push(Diagnostic::new(&codes::E0306, group.span, message));
    }
    if let Some(fill) = b.fill.first() {
        out.push(Diagnostic::new(&codes::E0306, fill.span, format!("`{symbol}` has no fill values")));
    }
}

/// A label that `on` matches cannot also be copied from one side.
fn in_both(matching: &Matching, group: &Group) -> Option<Diagnostic> {
    let shared = |l: &&Spanned<String>| matching.on && matching.labels.iter().any(|m| m.node == l.node);
    let label = group.labels.iter().find(shared)?;
    let message = format!("`{}` is matched by `on` and copied by the grouping at once", label.node);
    Some(Diagnostic::new(&codes::E0306, label.span, message).label(matching.span, "matched here"))
}

/// Matching needs series on both sides.
fn scalar_modifiers(b: &Binary, out: &mut Vec<Diagnostic>) {
    let spans = [b.matching.as_ref().map(|m| m.span), b.fill.first().map(|f| f.span)];
    let empty = b.matching.as_ref().is_some_and(|m| m.labels.is_empty() && b.group.is_none());
    if let Some(span) = spans.into_iter().flatten().next().filter(|_| !empty) {
        out.push(Diagnostic::new(&codes::E0306, span, "a number has no labels to match"));
    }
}

// ---- selectors ----

fn selector(s: &Selector, out: &mut Vec<Diagnostic>) {
    let again = s.matchers.iter().find(|m| m.name.node == "__name__");
    if let (Some(name), Some(second)) = (&s.name, again) {
        let message = "this selector names its metric twice";
        out.push(Diagnostic::new(&codes::E0307, second.span, message).label(name.span, "the first name"));
    }
    for matcher in s.matchers.iter().filter(|m| m.op.node.is_regex() && !m.variable) {
        out.extend(pattern(&matcher.value));
    }
    at(s.at, out);
}

/// A selector that would match every series is refused, as it is nearly always a slip.
fn nonempty(s: &Selector, out: &mut Vec<Diagnostic>) {
    let named = s.name.as_ref().is_some_and(|n| !n.node.is_empty());
    if named || s.matchers.iter().any(|m| m.variable || !matches_empty(m)) {
        return;
    }
    let message = "this selector would match every series";
    out.push(Diagnostic::new(&codes::E0307, s.core, message).help("name a metric, or a label with a value"));
}

/// Whether series without the label match.
pub(super) fn matches_empty(m: &Matcher) -> bool {
    let value = m.value.node.as_str();
    match m.op.node {
        MatchOp::Equal => value.is_empty(),
        MatchOp::NotEqual => !value.is_empty(),
        // A pattern that does not compile is reported of itself.
        MatchOp::Regex => compiled::compile(value).is_ok_and(|r| r.is_match("")),
        MatchOp::NotRegex => compiled::compile(value).is_ok_and(|r| !r.is_match("")),
    }
}

/// Why a pattern does not compile, at the very characters where the string has no escapes.
pub(super) fn pattern(value: &Spanned<String>) -> Option<Diagnostic> {
    let bad = re2::rewrite(&value.node).err().or_else(|| compiled::compile(&value.node).err())?;
    let width = value.span.range().len();
    let place = match width == value.node.len() + 2 {
        true => value.span.inside(bad.at.start + 1..bad.at.end + 1),
        false => value.span,
    };
    Some(Diagnostic::new(&codes::E0308, place, bad.message))
}

fn at(at: Option<Spanned<At>>, out: &mut Vec<Diagnostic>) {
    let Some(Spanned { node: At::Time(seconds), span }) = at else { return };
    if !seconds.is_finite() || seconds.abs() > 9.2e15 {
        out.push(Diagnostic::new(&codes::E0311, span, "this is not a time that Prometheus can count"));
    }
}
