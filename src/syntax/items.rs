//! The items of a file: imports, project, metrics. The others have files of their own.

use super::ast::{File, Item, LabelDecl, Level, Metric, Project, Quantity};
use super::cursor::Cursor;
use super::{Parsed, dashboard, datasource, environment, pieces, policy, routing, service, template, test, token};
use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, Span, Spanned};
use crate::units::Ratio;

/// The words items begin with.
const ITEMS: [&str; 14] = [
    "import",
    "project",
    "datasource",
    "team",
    "contact",
    "route",
    "folder",
    "metrics",
    "policy",
    "template",
    "environment",
    "service",
    "dashboard",
    "test",
];

/// Reads a whole file. Where its braces do not add up, the lines' indentation tells which is missing, if it does: then
/// what is around a block is not taken for a part of it.
pub(super) fn file(file: FileId, text: &str) -> Parsed {
    let (parsed, unbalanced) = read(Cursor::new(file, text), text);
    if !unbalanced {
        return parsed;
    }
    let mut cursor = Cursor::new(file, text);
    cursor.by_indentation = true;
    let (indented, _) = read(cursor, text);
    if indented.diagnostics.len() <= parsed.diagnostics.len() { indented } else { parsed }
}

/// What a cursor reads up to the end of the text, and whether its braces do not add up.
fn read(mut cursor: Cursor<'_>, text: &str) -> (Parsed, bool) {
    let items = all(&mut cursor);
    let pieces = cursor.pieces.finish();
    let comments = pieces::comments(text, &pieces);
    (Parsed { file: File { items, comments }, diagnostics: cursor.diagnostics, pieces }, cursor.unbalanced)
}

/// Reads the items up to the end of the text.
pub(super) fn all(cursor: &mut Cursor<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        cursor.skip_lines();
        if cursor.at_end() {
            break;
        }
        match cursor.take_head() {
            Some(word) => items.extend(item(cursor, word)),
            None => stray(cursor),
        }
        cursor.end_statement();
    }
    items
}

/// Reports text that begins no item and passes one character, so that reading always goes on.
fn stray(cursor: &mut Cursor<'_>) {
    if cursor.rest().starts_with('}') {
        return cursor.stray_end();
    }
    cursor.unexpected(&crate::diag::one_of(ITEMS));
    cursor.go_to(cursor.pos() + cursor.rest().chars().next().map_or(0, char::len_utf8));
}

fn item(cursor: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Item> {
    match word.node {
        "import" => cursor.expect_string("a file").map(Item::Import),
        "project" => project(cursor).map(Item::Project),
        "datasource" => datasource::datasource(cursor).map(Item::Datasource),
        "team" => routing::team(cursor).map(Item::Team),
        "contact" => routing::contact(cursor).map(Item::Contact),
        "route" => routing::routes(cursor, word.span).map(Item::Route),
        "folder" => routing::folder(cursor).map(Item::Folder),
        "metrics" => metrics(cursor, word),
        "policy" => policy::policy(cursor).map(Item::Policy),
        "template" => template::template(cursor).map(Item::Template),
        "environment" => environment::environment(cursor).map(Item::Environment),
        "service" => service::service(cursor).map(Item::Service),
        "test" => test::test(cursor).map(Item::Test),
        "dashboard" => dashboard::dashboard(cursor).map(|d| Item::Dashboard(Box::new(d))),
        _ => {
            cursor.offer_for(word.span, ITEMS);
            let help = crate::diag::did_you_mean(word.node, ITEMS);
            let help = help.unwrap_or_else(|| format!("a file holds {}", ITEMS.join(", ")));
            let message = format!("`{}` begins nothing that a file can hold", word.node);
            cursor.report(Diagnostic::new(&codes::E0004, word.span, message).here("not known here").help(help));
            None
        }
    }
}

const PROJECT: [&str; 14] = [
    "runbooks", "grafana", "folder", "every", "scrape", "secrets", "external", "naming", "emit", "shards", "error",
    "warn", "note", "off",
];

fn project(cursor: &mut Cursor<'_>) -> Option<Project> {
    let name = cursor.expect_word("the project's name")?;
    let (runbooks, grafana, version, folder, every, scrape, secrets, naming) = Default::default();
    let (external, emit, shards, levels) = Default::default();
    let mut p = Project {
        name,
        runbooks,
        grafana,
        version,
        folder,
        every,
        scrape,
        secrets,
        external,
        naming,
        emit,
        shards,
        levels,
    };
    cursor.block("`project`", |c, word| match word.node {
        "runbooks" => set_string(c, &mut p.runbooks, "an address", word),
        "grafana" => grafana_setting(c, &mut p, word),
        "folder" => set_string(c, &mut p.folder, "a title", word),
        "secrets" => set_string(c, &mut p.secrets, "a directory", word),
        "external" => p.external.extend(super::service::words(c, "a label")),
        "naming" => {
            let naming = super::naming::naming(c);
            c.set(&mut p.naming, naming, word);
        }
        "emit" => p.emit.extend(super::emit::emit(c)),
        "shards" => {
            let number = whole(c, "a number such as `16`");
            c.set(&mut p.shards, number, word);
        }
        "every" => {
            let value = c.expect_duration("an interval");
            c.set(&mut p.every, value, word);
        }
        "scrape" => {
            let value = c.expect_duration("an interval");
            c.set(&mut p.scrape, value, word);
        }
        "error" | "warn" | "note" | "off" => {
            let code = c.expect_word("a code such as `W0401`");
            p.levels.extend(code.map(|code| Level { level: word.map(str::to_string), code }));
        }
        _ => c.unknown_word(word, "`project`", &PROJECT),
    });
    Some(p)
}

/// `"https://…"`, `version 11`, or both.
fn grafana_setting(cursor: &mut Cursor<'_>, p: &mut Project, word: Spanned<&str>) {
    if !cursor.stands("version") {
        set_string(cursor, &mut p.grafana, "an address, or `version 11`", word);
    }
    if cursor.take_keyword("version").is_some() {
        let version = whole(cursor, "a version such as `11`");
        cursor.set(&mut p.version, version, word);
    }
}

/// A whole number.
fn whole(cursor: &mut Cursor<'_>, what: &str) -> Option<Spanned<u32>> {
    let number = cursor.take(token::number);
    let whole = number.and_then(|n| n.node.parse().ok().map(|v| Spanned::new(v, n.span)));
    if whole.is_none() {
        cursor.unexpected(what);
    }
    whole
}

fn set_string(cursor: &mut Cursor<'_>, slot: &mut Option<Spanned<String>>, what: &str, word: Spanned<&str>) {
    let value = cursor.expect_string(what);
    cursor.set(slot, value, word);
}

/// The kinds of metrics.
const KINDS: &[&str] = &["counter", "gauge", "histogram", "summary", "info", "stateset"];

fn metrics(cursor: &mut Cursor<'_>, word: Spanned<&str>) -> Option<Item> {
    if cursor.take_keyword("from").is_some() {
        return cursor.expect_string("a file").map(Item::MetricsFrom);
    }
    if let Some(open) = cursor.take_keyword("open") {
        return Some(Item::MetricsOpen(word.span.to(open)));
    }
    let mut declared = Vec::new();
    cursor.block("`metrics`", |c, kind| match kind.node {
        known if KINDS.contains(&known) => declared.extend(metric(c, kind)),
        _ => c.unknown_word(kind, "`metrics`", KINDS),
    });
    Some(Item::Metrics(declared))
}

/// `counter http_requests_total{job, code=~"[1-5].."} seconds "what it counts"`.
fn metric(cursor: &mut Cursor<'_>, kind: Spanned<&str>) -> Option<Metric> {
    let Some(name) = cursor.take(token::metric_name) else {
        cursor.unexpected("the metric's name");
        return None;
    };
    let labels = cursor.take_mark("{").map(|open| label_decls(cursor, open));
    let mut m = Metric {
        kind: kind.map(str::to_string),
        name: name.map(str::to_string),
        labels,
        buckets: None,
        native: None,
        unit: None,
        values: None,
        normal: None,
        help: None,
        span: kind.span.to(name.span),
    };
    loop {
        cursor.offer(["buckets", "in", "native"].into_iter().chain(Unit::names()));
        let Some(word) = cursor.take(token::word) else { break };
        match word.node {
            "buckets" => {
                let bounds = buckets(cursor);
                cursor.set(&mut m.buckets, Some(bounds), word);
            }
            "in" => {
                let values = numbers(cursor);
                cursor.set(&mut m.values, Some(values), word);
            }
            "normal" => {
                let range = range(cursor);
                cursor.set(&mut m.normal, range, word);
            }
            "native" => cursor.set(&mut m.native, Some(word.span), word),
            _ => cursor.set(&mut m.unit, Some(word.map(str::to_string)), word),
        }
    }
    m.help = cursor.take_string();
    m.span = kind.span.to(cursor.here());
    Some(m)
}

fn label_decls(cursor: &mut Cursor<'_>, open: Span) -> Vec<LabelDecl> {
    let mut labels = Vec::new();
    loop {
        cursor.skip_lines();
        if is_of_the_block(cursor, open) {
            let mistake = Diagnostic::new(&codes::E0002, open, "the labels of this metric are never closed");
            cursor.report(mistake.here("opened here").help("they end with `}`"));
            return labels;
        }
        if cursor.take_mark("}").is_some() || cursor.is_broken() {
            return labels;
        }
        let Some(name) = cursor.take_word() else {
            cursor.unexpected("a label or `}`");
            cursor.leave_braces();
            return labels;
        };
        let values = label_values(cursor);
        labels.push(LabelDecl { name, values });
        cursor.skip_lines();
        if cursor.take_mark(",").is_none() && !cursor.rest().starts_with('}') {
            cursor.unexpected("`,` or `}`");
            cursor.leave_braces();
            return labels;
        }
    }
}

/// Whether a `}` stands here that closes the block around the labels: it stands alone on a later line, and what follows is
/// no metric.
fn is_of_the_block(cursor: &Cursor<'_>, open: Span) -> bool {
    let Some(after) = cursor.rest().strip_prefix('}') else { return false };
    let between = cursor.slice(cursor.span(open.end as usize, cursor.pos()));
    let code = |line: &str| line.split('#').next().unwrap_or("").trim().to_string();
    let mut lines = after.split('\n').map(code);
    let alone = between.contains('\n') && lines.next().is_some_and(|line| line.is_empty());
    let next = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let kind = next.split_whitespace().next().is_some_and(|word| KINDS.contains(&word));
    alone && !kind && !next.starts_with('}')
}

/// `=~"200|404"`: the values of a label.
fn label_values(cursor: &mut Cursor<'_>) -> Option<Spanned<String>> {
    if cursor.take_mark("=~").is_none() {
        let equals = cursor.take_mark("=")?;
        let mistake = Diagnostic::new(&codes::E0001, equals, "expected `=~`, found `=`").here("unexpected");
        let help = "the values that a label can have are a pattern: `code=~\"200|404\"`";
        cursor.report(mistake.help(help).fix("write `=~`", equals, "=~"));
    }
    cursor.expect_string("a regular expression of its values")
}

/// Bucket bounds: quantities up to the end of the line, with or without commas.
fn buckets(cursor: &mut Cursor<'_>) -> Vec<Spanned<Quantity>> {
    let mut bounds = Vec::new();
    while let Some(bound) = take_quantity(cursor) {
        bounds.push(bound);
        cursor.take_mark(",");
    }
    if bounds.is_empty() {
        cursor.unexpected("a bucket bound such as `100ms`");
    }
    bounds
}

/// `30 to 75`.
fn range(cursor: &mut Cursor<'_>) -> Option<(Spanned<Quantity>, Spanned<Quantity>)> {
    let low = super::alert::quantity(cursor)?;
    cursor.expect_keyword("to")?;
    Some((low, super::alert::quantity(cursor)?))
}

fn numbers(cursor: &mut Cursor<'_>) -> Vec<Spanned<Ratio>> {
    let mut values = Vec::new();
    while let Some(n) = cursor.take(token::number) {
        values.extend(Ratio::parse(n.node).map(|r| Spanned::new(r, n.span)));
        if cursor.take_mark(",").is_none() {
            break;
        }
    }
    if values.is_empty() {
        cursor.unexpected("a value");
    }
    values
}

/// `300ms`, `0.5`, `1.5 GiB` is not one: the unit stands right behind the number.
pub(super) fn take_quantity(cursor: &mut Cursor<'_>) -> Option<Spanned<Quantity>> {
    let q = cursor.take(token::quantity)?;
    exact(cursor, q)
}

/// A quantity that was read, with all digits of its number.
pub(super) fn exact(cursor: &mut Cursor<'_>, q: Spanned<(&str, &str)>) -> Option<Spanned<Quantity>> {
    let (number, unit) = q.node;
    let text = cursor.slice(q.span).to_string();
    let number = Ratio::parse(number);
    if number.is_none() {
        let message = format!("`{text}` has more digits than sloc keeps");
        cursor.report(Diagnostic::new(&codes::E0201, q.span, message).help("thirty digits are kept exactly"));
    }
    Some(Spanned::new(Quantity { number: number?, unit: unit.to_string(), text }, q.span))
}
