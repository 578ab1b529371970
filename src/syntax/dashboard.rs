//! `dashboard platform "Platform Overview" { … }`: what stands above its panels, its rows, and the queries of all.

use super::ast::{Ask, Choice, Dashboard, Goal, Language, Lead, Mark, PanelRow, Variable};
use super::cursor::Cursor;
use super::panel::{self, KINDS};
use super::pieces::PieceKind;
use super::service::words;
use super::{raw, token};
use crate::source::{Span, Spanned};
use crate::units::Duration;

/// The settings of a dashboard; beside them stand rows and panels.
const SETTINGS: [&str; 10] = ["about", "folder", "tags", "refresh", "range", "pick", "variable", "mark", "link", "row"];

/// The words that begin a query, with the language it is in.
pub(super) const ASKS: [(&str, Language); 6] = [
    ("query", Language::Promql),
    ("logql", Language::Logql),
    ("sql", Language::Sql),
    ("traceql", Language::Traceql),
    ("trace", Language::Trace),
    ("search", Language::Search),
];

pub(super) fn dashboard(cursor: &mut Cursor<'_>) -> Option<Dashboard> {
    let name = cursor.expect_word("the dashboard's name")?;
    let before = cursor.mistakes();
    let title = cursor.take_string();
    let mut d = Dashboard {
        name,
        title,
        kept: None,
        about: None,
        folder: None,
        tags: Vec::new(),
        refresh: None,
        range: None,
        pick: Vec::new(),
        variables: Vec::new(),
        marks: Vec::new(),
        links: Vec::new(),
        rows: Vec::new(),
        broken: false,
    };
    if d.title.is_none() && cursor.take_keyword("from").is_some() {
        d.kept = Some(cursor.expect_string("a dashboard's JSON file")?);
        if cursor.stands("{") {
            cursor.block("`dashboard`", |c, word| kept_setting(c, word, &mut d));
        }
    } else {
        cursor.block("`dashboard`", |c, word| setting(c, word, &mut d));
    }
    d.broken = cursor.mistakes() > before;
    Some(d)
}

/// What can be said of a dashboard that is kept as it is: all else its file says.
fn kept_setting(c: &mut Cursor<'_>, word: Spanned<&str>, d: &mut Dashboard) {
    match word.node {
        "folder" => {
            let title = c.expect_string("a text");
            c.set(&mut d.folder, title, word);
        }
        _ => c.unknown_word(word, "a `dashboard` that is kept as it is", &["folder"]),
    }
}

fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, d: &mut Dashboard) {
    match word.node {
        "about" | "folder" => {
            let text = c.expect_string("a text");
            c.set(if word.node == "about" { &mut d.about } else { &mut d.folder }, text, word);
        }
        "tags" => d.tags.extend(words(c, "a tag")),
        "refresh" => {
            let refresh = refresh(c);
            c.set(&mut d.refresh, refresh, word);
        }
        "range" => {
            let range = c.expect_duration("a time");
            c.set(&mut d.range, range, word);
        }
        "pick" => d.pick.extend(durations(c)),
        "variable" => d.variables.extend(variable(c)),
        "mark" => d.marks.extend(mark(c)),
        "link" => d.links.extend(lead(c, word.span)),
        "row" => d.rows.extend(row(c)),
        kind if KINDS.contains(&kind) => {
            let loose = d.rows.last().is_some_and(|row| row.title.is_none());
            if !loose {
                d.rows.push(PanelRow { title: None, collapsed: None, repeat: None, panels: Vec::new() });
            }
            let panel = panel::panel(c, word);
            d.rows.last_mut().into_iter().for_each(|row| row.panels.extend(panel.clone()));
        }
        _ => c.unknown_word(word, "`dashboard`", &all_words()),
    }
}

/// `30s` or `off`.
pub(super) fn refresh(c: &mut Cursor<'_>) -> Option<Spanned<Option<Duration>>> {
    match c.take_keyword("off") {
        Some(span) => Some(Spanned::new(None, span)),
        None => c.expect_duration("a time").map(|t| t.map(Some)),
    }
}

fn all_words() -> Vec<&'static str> {
    SETTINGS.into_iter().chain(KINDS).collect()
}

/// `"Latency" collapsed repeat cluster { … }`.
fn row(c: &mut Cursor<'_>) -> Option<PanelRow> {
    let title = c.expect_string("the row's title")?;
    let mut row = PanelRow { title: Some(title), collapsed: None, repeat: None, panels: Vec::new() };
    while let Some(word) = c.take_one_of(&["collapsed", "repeat"]) {
        if word.node == "collapsed" {
            c.set(&mut row.collapsed, Some(word.span), word);
        } else {
            let variable = c.expect_word("a variable");
            c.set(&mut row.repeat, variable, word);
        }
    }
    c.block("`row`", |c, word| {
        if KINDS.contains(&word.node) {
            row.panels.extend(panel::panel(c, word));
        } else {
            c.unknown_word(word, "`row`", &KINDS);
        }
    });
    Some(row)
}

/// `cluster "Cluster" from label_values(up, cluster) many, all`.
fn variable(c: &mut Cursor<'_>) -> Option<Variable> {
    let name = c.expect_word("the variable's name")?;
    let label = c.take_string();
    let Some(word) = c.take_one_of(&["from", "in", "every", "datasource", "text"]) else {
        c.unexpected("`from`, `in`, `every`, `datasource` or `text`");
        return None;
    };
    let choice = match word.node {
        "from" => Choice::From(variable_query(c, word.span)?),
        "in" => Choice::In(values(c)),
        "every" => {
            let steps = durations(c);
            Choice::Every(steps, c.take_keyword("auto"))
        }
        "datasource" => Choice::Datasource(c.expect_word("a kind of data source")?),
        _ => Choice::Text(c.take_string()),
    };
    let mut v = Variable { name, label, choice, many: None, all: None, default: None, matching: None };
    while let Some(word) = c.take_one_of(&["many", "all", "default", "matching"]) {
        match word.node {
            "many" => c.set(&mut v.many, Some(word.span), word),
            "all" => c.set(&mut v.all, Some(word.span), word),
            "default" => {
                let value = value(c);
                c.set(&mut v.default, value, word);
            }
            _ => {
                let pattern = c.expect_string("a regular expression");
                c.set(&mut v.matching, pattern, word);
            }
        }
        c.take_mark(",");
    }
    Some(v)
}

/// What a variable's values are had from: `label_values(…)`, or a query in another language.
fn variable_query(c: &mut Cursor<'_>, keyword: Span) -> Option<Ask> {
    let from = source(c);
    if let Some(word) = c.take_one_of(&["sql"]) {
        return ask_in(c, word, None, from);
    }
    let span = raw::query(c, &["many", "all", "default", "matching"], &SETTINGS)?;
    Some(Ask { keyword, language: Language::Promql, name: None, from, span, text: vec![c.slice(span).into()] })
}

/// A data source in front of a query: a word that no bracket follows.
fn source(c: &mut Cursor<'_>) -> Option<Spanned<String>> {
    let start = c.pos();
    let word = c.take_word()?;
    let touches = c.rest().starts_with(['(', '[', '{', ':']);
    if touches || ASKS.iter().any(|(ask, _)| *ask == word.node) || c.line_ends() || raw::goes_on(c.rest()) {
        c.go_to(start);
        return None;
    }
    Some(word)
}

/// `deploys "Deploy of {app}" purple from changes(app_build_info[5m]) > 0`.
fn mark(c: &mut Cursor<'_>) -> Option<Mark> {
    let name = c.expect_word("what is marked")?;
    let text = c.take_string();
    let colour = match c.stands("from") {
        true => None,
        false => c.take_word(),
    };
    let keyword = c.expect_keyword("from")?;
    let from = source(c);
    let ask = match c.take_one_of(&["logql", "sql"]) {
        Some(word) => ask_in(c, word, None, from)?,
        None => {
            let span = raw::query(c, &[], &SETTINGS)?;
            Ask { keyword, language: Language::Promql, name: None, from, span, text: vec![c.slice(span).into()] }
        }
    };
    Some(Mark { name, text, colour, ask })
}

/// `"Runbooks" "https://…"`, `dashboard checkout-detail "Errors"`, `tag slo "Objectives"`: behind `link` or `open`.
pub(super) fn lead(c: &mut Cursor<'_>, keyword: Span) -> Option<Lead> {
    match c.take_one_of(&["dashboard", "tag"]) {
        Some(word) if word.node == "dashboard" => {
            let name = c.expect_word("a dashboard")?;
            let panel = c.take_string();
            let title = if c.take_keyword("as").is_some() { Some(c.expect_string("what people read")?) } else { None };
            Some(Lead { title, to: Goal::Dashboard(name, panel), keyword })
        }
        Some(_) => {
            let tag = c.expect_word("a tag")?;
            Some(Lead { title: c.take_string(), to: Goal::Tag(tag), keyword })
        }
        None => {
            let title = c.expect_string("what people read")?;
            Some(Lead { title: Some(title), to: Goal::Url(c.expect_string("an address")?), keyword })
        }
    }
}

/// A query behind its word: `"p99" from prom2 histogram_quantile(…)`.
pub(super) fn ask(c: &mut Cursor<'_>, word: Spanned<&str>, settings: &[&str]) -> Option<Ask> {
    let language = ASKS.iter().find(|(w, _)| *w == word.node).map(|(_, language)| *language)?;
    if matches!(language, Language::Promql | Language::Logql | Language::Traceql) {
        let name = c.take_string();
        let from = if c.take_keyword("from").is_some() { Some(c.expect_word("a data source")?) } else { None };
        let span = raw::query(c, &[], settings)?;
        if language != Language::Promql {
            c.pieces.last_is(PieceKind::Passed);
        }
        return Some(Ask { keyword: word.span, language, name, from, span, text: vec![c.slice(span).into()] });
    }
    let from = if c.take_keyword("from").is_some() { Some(c.expect_word("a data source")?) } else { None };
    ask_in(c, word, None, from)
}

/// A query that stands in quotes; before the last text may stand a name, as in `sql "Versions" """ … """`.
fn ask_in(
    c: &mut Cursor<'_>,
    word: Spanned<&str>,
    name: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
) -> Option<Ask> {
    let language = ASKS.iter().find(|(w, _)| *w == word.node).map(|(_, language)| *language)?;
    if language == Language::Logql {
        let span = raw::query(c, &[], &SETTINGS)?;
        c.pieces.last_is(PieceKind::Passed);
        return Some(Ask { keyword: word.span, language, name, from, span, text: vec![c.slice(span).into()] });
    }
    let first = c.expect_string("a query")?;
    let second = c.take_string();
    let (name, span, text) = match (language, second) {
        (Language::Search, Some(operation)) => (None, first.span.to(operation.span), vec![first.node, operation.node]),
        (_, Some(text)) => (Some(first), text.span, vec![text.node]),
        (_, None) => (name, first.span, vec![first.node]),
    };
    Some(Ask { keyword: word.span, language, name, from, span, text })
}

/// Durations with commas between them.
fn durations(c: &mut Cursor<'_>) -> Vec<Spanned<crate::units::Duration>> {
    let mut times = Vec::new();
    loop {
        times.extend(c.expect_duration("a time"));
        if c.is_broken() || c.take_mark(",").is_none() {
            return times;
        }
    }
}

/// Values with commas between them: words, numbers or texts.
fn values(c: &mut Cursor<'_>) -> Vec<Spanned<String>> {
    let mut values = Vec::new();
    loop {
        values.extend(value(c));
        if c.is_broken() || c.take_mark(",").is_none() {
            return values;
        }
    }
}

/// A word, a number or a text.
pub(super) fn value(c: &mut Cursor<'_>) -> Option<Spanned<String>> {
    let value = c.take_string().or_else(|| c.take(token::value_word).map(|w| w.map(str::to_string)));
    let value = value.or_else(|| {
        let number = c.take(token::quantity)?;
        Some(Spanned::new(c.slice(number.span).to_string(), number.span))
    });
    if value.is_none() {
        c.unexpected("a word, a number or a text");
    }
    value
}
