//! `datasource prom prometheus "http://…" default every 15s { … }` and what leads from it to others.

use super::ast::{Datasource, Link, Query};
use super::cursor::Cursor;
use super::raw;
use super::service::words;
use super::settings::{self, Kind, Shape};
use crate::source::{Span, Spanned};

/// The kinds of data sources, each with its settings.
const KINDS: &[Kind] = &[
    (
        "prometheus",
        &[
            ("user", Shape::Text),
            ("password", Shape::Text),
            ("token", Shape::Text),
            ("timeout", Shape::Word),
            ("method", Shape::Word),
            ("cache", Shape::Word),
            ("incremental", Shape::Flag),
        ],
    ),
    (
        "loki",
        &[
            ("user", Shape::Text),
            ("password", Shape::Text),
            ("token", Shape::Text),
            ("timeout", Shape::Word),
            ("lines", Shape::Word),
        ],
    ),
    ("tempo", TRACES),
    ("jaeger", TRACES),
    (
        "postgres",
        &[
            ("database", Shape::Text),
            ("user", Shape::Text),
            ("password", Shape::Text),
            ("tls", Shape::Word),
            ("connections", Shape::Word),
            ("version", Shape::Word),
        ],
    ),
];

const TRACES: &[(&str, Shape)] = &[
    ("user", Shape::Text),
    ("password", Shape::Text),
    ("token", Shape::Text),
    ("timeout", Shape::Word),
    ("graph", Shape::Flag),
];

/// What leads to another data source.
const LINKS: [&str; 5] = ["exemplars", "field", "logs", "metrics", "map"];

pub(super) fn datasource(cursor: &mut Cursor<'_>) -> Option<Datasource> {
    let name = cursor.expect_word("the data source's name")?;
    let (kind, known) = settings::kind(cursor, "data source", KINDS)?;
    let url = cursor.expect_string("its address")?;
    let (settings, links) = (Vec::new(), Vec::new());
    let mut d = Datasource { name, kind, url, default: None, every: None, settings, links };
    while let Some(word) = cursor.take_one_of(&["default", "every"]).or_else(|| cursor.take_one_of(&words_of(known))) {
        setting(cursor, known, word, &mut d);
    }
    if cursor.stands("{") {
        cursor.block("`datasource`", |c, word| {
            let mut next = Some(word);
            while let Some(word) = next {
                setting(c, known, word, &mut d);
                next = c.take_one_of(&words_of(known));
            }
        });
    } else if let Some(word) = cursor.take_word() {
        setting(cursor, known, Spanned::new(&word.node, word.span), &mut d);
    }
    Some(d)
}

fn words_of(kind: &Kind) -> Vec<&'static str> {
    kind.1.iter().map(|(name, _)| *name).collect()
}

fn setting(c: &mut Cursor<'_>, kind: &Kind, word: Spanned<&str>, d: &mut Datasource) {
    match word.node {
        "default" => c.set(&mut d.default, Some(word.span), word),
        "every" => {
            let every = c.expect_duration("its scrape interval");
            c.set(&mut d.every, every, word);
        }
        link if LINKS.contains(&link) => d.links.extend(self::link(c, word)),
        _ => {
            c.offer_for(word.span, LINKS.into_iter().chain(["default", "every"]));
            settings::setting(c, kind, word, &mut d.settings);
        }
    }
}

/// `exemplars trace_id -> tempo`, `field trace_id matching "id=(\\w+)" -> tempo`, `logs by service -> loki`.
fn link(c: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Link> {
    let of = match word.node {
        "exemplars" | "field" => Some(c.expect_word("the name of a label")?),
        _ => None,
    };
    let matching = match c.take_keyword("matching") {
        Some(_) => Some(c.expect_string("a regular expression")?),
        None => None,
    };
    let by = if c.take_keyword("by").is_some() { words(c, "a tag") } else { Vec::new() };
    c.expect_mark("->")?;
    let to = c.expect_word("a data source")?;
    let mut queries = Vec::new();
    if word.node == "metrics" && c.stands("{") {
        queries = self::queries(c, word.span);
    }
    Some(Link { kind: word.map(str::to_string), of, matching, to, by, queries })
}

/// `{ query "Request rate" sum(rate(…)) }`.
fn queries(c: &mut Cursor<'_>, keyword: Span) -> Vec<(Spanned<String>, Query)> {
    let mut queries = Vec::new();
    c.block("`metrics`", |c, word| {
        if word.node != "query" {
            return c.unknown_word(word, "`metrics`", &["query"]);
        }
        if let Some(title) = c.expect_string("what it shows")
            && let Some(span) = raw::query(c, &[], &["query"])
        {
            queries.push((title, Query { keyword, span }));
        }
    });
    queries
}
