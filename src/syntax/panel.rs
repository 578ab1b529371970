//! A panel: `timeseries "Request latency" wide { query "p99" …  warn above 1s }`.

use super::ast::{Name, Panel, StatedUnit, Step, Worded};
use super::cursor::Cursor;
use super::dashboard::{self, ASKS};
use super::service::{set_word, words};
use super::{alert, token};
use crate::source::Spanned;

/// The kinds of panels.
pub(super) const KINDS: [&str; 13] = [
    "timeseries",
    "stat",
    "gauge",
    "bars",
    "barchart",
    "table",
    "heatmap",
    "pie",
    "state",
    "logs",
    "traces",
    "text",
    "alerts",
];

/// The words that say how a panel is sized.
const SIZES: [&str; 5] = ["wide", "half", "third", "quarter", "tall"];

/// The words that say how values are drawn, each alone on its line.
const STYLES: [&str; 8] = ["stacked", "bars", "log", "filled", "points", "detailed", "donut", "background"];

/// The words that begin a limit of a colour.
const COLOURS: [&str; 10] = ["warn", "bad", "green", "yellow", "orange", "red", "blue", "sky", "purple", "grey"];

const SETTINGS: [&str; 14] = [
    "about", "unit", "decimals", "min", "max", "word", "none", "column", "open", "repeat", "range", "step", "markdown",
    "service",
];

pub(super) fn panel(cursor: &mut Cursor<'_>, kind: Spanned<&str>) -> Option<Panel> {
    let before = cursor.mistakes();
    let title = cursor.expect_string("the panel's title")?;
    let mut p = empty(kind.map(str::to_string), title);
    loop {
        if let Some(size) = cursor.take_one_of(&SIZES) {
            p.sizes.push(size.map(str::to_string));
        } else if let Some(word) = cursor.take_one_of(&["from"]) {
            set_word(cursor, &mut p.from, "a data source", word);
        } else {
            break;
        }
    }
    let known = all_words();
    cursor.block(&format!("`{}`", kind.node), |c, word| setting(c, word, &mut p, &known));
    p.broken = cursor.mistakes() > before;
    Some(p)
}

fn empty(kind: Name, title: Spanned<String>) -> Panel {
    Panel {
        kind,
        title,
        sizes: Vec::new(),
        from: None,
        about: None,
        asks: Vec::new(),
        unit: None,
        decimals: None,
        min: None,
        max: None,
        steps: Vec::new(),
        words: Vec::new(),
        none: None,
        styles: Vec::new(),
        columns: Vec::new(),
        opens: Vec::new(),
        repeat: None,
        range: None,
        step: None,
        markdown: None,
        services: Vec::new(),
        broken: false,
    }
}

/// All words that a panel's statements begin with.
fn all_words() -> Vec<&'static str> {
    ASKS.iter().map(|(word, _)| *word).chain(SETTINGS).chain(COLOURS).chain(STYLES).collect()
}

fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, p: &mut Panel, known: &[&str]) {
    match word.node {
        query if ASKS.iter().any(|(w, _)| *w == query) => p.asks.extend(dashboard::ask(c, word, known)),
        colour if COLOURS.contains(&colour) => p.steps.extend(step(c, word)),
        style if STYLES.contains(&style) => p.styles.push(word.map(str::to_string)),
        "about" | "none" | "markdown" => {
            let text = c.expect_string("a text");
            let slot = match word.node {
                "about" => &mut p.about,
                "none" => &mut p.none,
                _ => &mut p.markdown,
            };
            c.set(slot, text, word);
        }
        "unit" => {
            let unit = unit(c);
            c.set(&mut p.unit, unit, word);
        }
        "decimals" => {
            let decimals = decimals(c);
            c.set(&mut p.decimals, decimals, word);
        }
        "min" | "max" => {
            let end = alert::quantity(c);
            c.set(if word.node == "min" { &mut p.min } else { &mut p.max }, end, word);
        }
        "range" | "step" => {
            let time = c.expect_duration("a time");
            c.set(if word.node == "range" { &mut p.range } else { &mut p.step }, time, word);
        }
        "word" => p.words.extend(worded(c)),
        "column" => {
            let label = c.expect_word("a label or a column");
            p.columns.extend(label.map(|label| (label, c.take_string())));
        }
        "open" => p.opens.extend(dashboard::lead(c, word.span)),
        "repeat" => set_word(c, &mut p.repeat, "a variable", word),
        "service" => p.services.extend(words(c, "a service")),
        _ => c.unknown_word(word, &format!("`{}`", p.kind.node), known),
    }
}

/// `above 1s in "p99"`, behind a colour.
fn step(c: &mut Cursor<'_>, colour: Spanned<&str>) -> Option<Step> {
    let Some(side) = c.take_one_of(&["above", "below"]) else {
        c.unexpected("`above` or `below`");
        return None;
    };
    let limit = alert::limit(c, side)?;
    let of = if c.take_keyword("in").is_some() { Some(c.expect_string("a query's name")?) } else { None };
    Some(Step { colour: colour.map(str::to_string), limit, of })
}

/// `1 "open" red`.
fn worded(c: &mut Cursor<'_>) -> Option<Worded> {
    let value = dashboard::value(c)?;
    let text = c.expect_string("the word for it")?;
    Some(Worded { value, text, colour: c.take_word() })
}

/// `ms`, or a text in quotes.
fn unit(c: &mut Cursor<'_>) -> Option<StatedUnit> {
    if let Some(text) = c.take_string() {
        return Some(StatedUnit::Text(text));
    }
    let word = c.take(token::unit_sign).map(|w| w.map(str::to_string));
    if word.is_none() {
        c.unexpected("a unit such as `ms`, or a text in quotes");
    }
    word.map(StatedUnit::Known)
}

fn decimals(c: &mut Cursor<'_>) -> Option<Spanned<u32>> {
    let number = c.take(token::number);
    let decimals = number.and_then(|n| n.node.parse().ok().filter(|d| *d <= 9).map(|d| Spanned::new(d, n.span)));
    if decimals.is_none() {
        c.unexpected("a whole number up to 9");
    }
    decimals
}
