//! `template http-service(job, target = 99.9%) { … }` and `use http-service(job = "cart")`.

use super::ast::{Argument, Param, ParamValue, Template, Use, ValueKind};
use super::cursor::Cursor;
use super::{holes, service, token};
use crate::source::{Span, Spanned};

/// Reads a template. Its body is read like a service's, with any value in each hole; what cannot be known without the
/// value is left for its uses.
pub(super) fn template(cursor: &mut Cursor<'_>) -> Option<Template> {
    let name = cursor.expect_word("the template's name")?;
    let params = if cursor.take_mark("(").is_some() { list(cursor, "a parameter", param) } else { Vec::new() };
    if cursor.is_broken() {
        return None;
    }
    cursor.skip_spaces();
    let start = cursor.pos();
    let header = cursor.rest().lines().next().unwrap_or("");
    // What stands in front of the body is a mistake that no hole in it explains.
    let (body_at, before) = match header.starts_with('{') {
        true => (0, cursor.mistakes()),
        false => (header.rfind('{').unwrap_or(0), cursor.mistakes() + 1),
    };
    let statements = cursor.statements();
    cursor.with_holes(true);
    let body = service::body(cursor, name.clone(), "`template`");
    cursor.with_holes(false);
    let all = cursor.span((start + body_at).min(cursor.pos()), cursor.pos());
    let inside = inside(cursor.slice(all), all);
    let holes = holes::find(cursor.slice(inside), inside);
    cursor.forget_mistakes_at(before, &holes);
    Some(Template { name, params, body, inside, holes, statements: cursor.statements() - statements })
}

/// The span between the braces of a block.
fn inside(text: &str, span: Span) -> Span {
    let end = text.len() - usize::from(text.len() > 1 && text.ends_with('}'));
    span.inside(text.len().min(1)..end.max(1).min(text.len()))
}

/// Reads `use …`, whose keyword is read.
pub(super) fn use_(cursor: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Use> {
    let template = cursor.expect_word("a template")?;
    let args = if cursor.take_mark("(").is_some() { list(cursor, "a parameter", argument) } else { Vec::new() };
    if cursor.is_broken() {
        return None;
    }
    let span = cursor.span(word.span.start as usize, cursor.pos());
    let after = cursor.pos();
    let comma = cursor.take_mark(",");
    cursor.go_to(after);
    Some(Use { template, args, span, replaced: span.to(comma.unwrap_or(span)) })
}

/// What stands between parentheses, with commas between, on one line or several; the opening one is read.
fn list<T>(cursor: &mut Cursor<'_>, what: &str, one: impl Fn(&mut Cursor<'_>) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        cursor.skip_lines();
        if cursor.take_mark(")").is_some() {
            return all;
        }
        match one(cursor) {
            Some(item) => all.push(item),
            None => cursor.unexpected(&format!("{what} or `)`")),
        }
        cursor.skip_lines();
        if cursor.take_mark(",").is_none() && !cursor.rest().starts_with(')') {
            cursor.unexpected("`,` or `)`");
        }
        if cursor.is_broken() {
            return all;
        }
    }
}

fn param(cursor: &mut Cursor<'_>) -> Option<Param> {
    let name = cursor.take_word()?;
    let default = match cursor.take_mark("=") {
        Some(_) => Some(expect_value(cursor)?),
        None => None,
    };
    Some(Param { name, default })
}

fn argument(cursor: &mut Cursor<'_>) -> Option<Argument> {
    let name = cursor.take_word()?;
    cursor.expect_mark("=")?;
    Some(Argument { name, value: expect_value(cursor)? })
}

fn expect_value(cursor: &mut Cursor<'_>) -> Option<ParamValue> {
    let broken = cursor.is_broken();
    let value = value(cursor);
    if value.is_none() && cursor.is_broken() == broken {
        cursor.unexpected("a value: a text in quotes, a number with its unit, or a word");
    }
    value
}

/// A text, a number or a word, whichever stands here.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Option<ParamValue> {
    cursor.skip_spaces();
    if cursor.rest().starts_with('"') {
        return cursor.take_string().map(|s| ParamValue { kind: ValueKind::Text, content: s.node, span: s.span });
    }
    let number = cursor.take(token::quantity).map(|q| (ValueKind::Number, q.span));
    let (kind, span) = number.or_else(|| Some((ValueKind::Word, cursor.take(token::value_word)?.span)))?;
    Some(ParamValue { kind, content: cursor.slice(span).to_string(), span })
}
