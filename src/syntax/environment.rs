//! `environment staging { … }`: what is otherwise there.

use super::ast::{BoardOverride, Environment, SloOverride};
use super::cursor::Cursor;
use super::{dashboard, service};
use crate::source::Spanned;

const ENVIRONMENT: [&str; 7] =
    ["labels", "datasource", "dashboard", "runbooks", "grafana", "route", "SERVICE.OBJECTIVE"];
const BOARD: [&str; 3] = ["range", "refresh", "variable"];
const SLO: [&str; 3] = ["policy", "page", "ticket"];

pub(super) fn environment(cursor: &mut Cursor<'_>) -> Option<Environment> {
    let name = cursor.expect_word("the environment's name")?;
    let (labels, datasources, slos, boards) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (runbooks, grafana, route_off, span) = (None, None, None, name.span);
    let mut e = Environment { name, labels, datasources, runbooks, grafana, slos, boards, route_off, span };
    cursor.block("`environment`", |c, word| match word.node {
        "labels" => e.labels.extend(service::label_sets(c)),
        "datasource" => {
            if let Some(name) = c.expect_word("a data source")
                && let Some(url) = c.expect_string("its address")
            {
                e.datasources.push((name, url));
            }
        }
        "dashboard" => e.boards.extend(board(c)),
        "runbooks" | "grafana" => {
            let address = c.expect_string("an address");
            c.set(if word.node == "runbooks" { &mut e.runbooks } else { &mut e.grafana }, address, word);
        }
        "route" => {
            let off = c.expect_keyword("off").map(|_| word.span);
            c.set(&mut e.route_off, off, word);
        }
        name if name.contains('.') => e.slos.extend(slo(c, word)),
        _ => c.unknown_word(word, "`environment`", &ENVIRONMENT),
    });
    e.span = span.to(cursor.here());
    Some(e)
}

/// `99% over 7d { page off }`, any part of it.
fn slo(cursor: &mut Cursor<'_>, word: Spanned<&str>) -> Option<SloOverride> {
    let slo = word.map(str::to_string);
    let mut o = SloOverride { slo, objective: None, period: None, policy: None, page: None, ticket: None };
    cursor.skip_spaces();
    let start = cursor.pos();
    if cursor.rest().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        o.objective = Some(cursor.expect_percentage("an objective")?);
    }
    if cursor.take_keyword("over").is_some() {
        o.period = Some(cursor.expect_duration("a period")?);
    }
    cursor.skip_spaces();
    if cursor.rest().starts_with('{') {
        cursor.block("an objective of `environment`", |c, word| setting(c, word, &mut o));
    } else if cursor.pos() == start {
        cursor.unexpected("an objective such as `99%`, `over 7d` or `{`");
        return None;
    }
    Some(o)
}

/// `platform { range 1h }`.
fn board(cursor: &mut Cursor<'_>) -> Option<BoardOverride> {
    let name = cursor.expect_word("a dashboard")?;
    let mut o = BoardOverride { name, range: None, refresh: None, chosen: Vec::new() };
    cursor.block("a dashboard of `environment`", |c, word| match word.node {
        "range" => {
            let range = c.expect_duration("a time");
            c.set(&mut o.range, range, word);
        }
        "refresh" => {
            let refresh = dashboard::refresh(c);
            c.set(&mut o.refresh, refresh, word);
        }
        "variable" => {
            if let Some(name) = c.expect_word("a variable")
                && c.expect_keyword("default").is_some()
                && let Some(value) = dashboard::value(c)
            {
                o.chosen.push((name, value));
            }
        }
        _ => c.unknown_word(word, "a dashboard of `environment`", &BOARD),
    });
    Some(o)
}

fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, o: &mut SloOverride) {
    match word.node {
        "policy" => service::set_word(c, &mut o.policy, "a policy", word),
        "page" | "ticket" => {
            let routing = service::routing(c, word);
            c.set(if word.node == "page" { &mut o.page } else { &mut o.ticket }, Some(routing), word);
        }
        _ => c.unknown_word(word, "an objective of `environment`", &SLO),
    }
}
