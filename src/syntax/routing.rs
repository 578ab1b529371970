//! Who is told: teams, contacts, routes and folders. Their settings may stand on one line.

use super::ast::{Contact, Folder, Grant, Name, Route, Routes, Team};
use super::cursor::Cursor;
use super::service::words;
use super::settings::{self, Kind, Shape};
use crate::source::{Span, Spanned};

/// The kinds of contacts, each with its settings.
const CONTACTS: &[Kind] = &[
    (
        "email",
        &[
            ("to", Shape::Texts),
            ("from", Shape::Text),
            ("server", Shape::Text),
            ("user", Shape::Text),
            ("password", Shape::Text),
        ],
    ),
    ("slack", &[("url", Shape::Text), ("token", Shape::Text), ("channel", Shape::Text)]),
    ("pagerduty", &[("key", Shape::Text)]),
    ("webhook", &[("url", Shape::Text), ("token", Shape::Text), ("user", Shape::Text), ("password", Shape::Text)]),
];

const TEAM: [&str; 3] = ["contact", "page", "slack"];

/// `payments "Payments" { contact notices  page oncall  slack "#payments" }`.
pub(super) fn team(cursor: &mut Cursor<'_>) -> Option<Team> {
    let name = cursor.expect_word("the team's name")?;
    let mut t = Team { name, title: cursor.take_string(), contact: None, page: None, slack: None };
    if cursor.stands("{") {
        cursor.block("`team`", |c, word| {
            team_setting(c, word, &mut t);
            while let Some(word) = c.take_one_of(&TEAM) {
                team_setting(c, word, &mut t);
            }
        });
    }
    Some(t)
}

fn team_setting(c: &mut Cursor<'_>, word: Spanned<&str>, t: &mut Team) {
    match word.node {
        "contact" | "page" => {
            let contacts = contacts(c);
            c.set(if word.node == "page" { &mut t.page } else { &mut t.contact }, contacts, word);
        }
        "slack" => {
            let channel = c.expect_string("a channel");
            c.set(&mut t.slack, channel, word);
        }
        _ => c.unknown_word(word, "`team`", &TEAM),
    }
}

fn contacts(c: &mut Cursor<'_>) -> Option<Vec<Name>> {
    let contacts = words(c, "a contact");
    (!c.is_broken()).then_some(contacts)
}

/// `oncall pagerduty key env(PAGERDUTY_KEY)`, its settings on the line or in a block.
pub(super) fn contact(cursor: &mut Cursor<'_>) -> Option<Contact> {
    let before = cursor.mistakes();
    let name = cursor.expect_word("the contact's name")?;
    let (kind, known) = settings::kind(cursor, "contact", CONTACTS)?;
    let given = settings::all(cursor, known, "`contact`");
    Some(Contact { name, kind, settings: given, broken: cursor.mistakes() > before })
}

const CONDITIONS: [&str; 3] = ["severity", "team", "service"];
const ROUTE: [&str; 7] = ["severity", "team", "service", "otherwise", "wait", "gather", "repeat"];

/// `{ severity page -> oncall  otherwise -> notices } policies`.
pub(super) fn routes(cursor: &mut Cursor<'_>, keyword: Span) -> Option<Routes> {
    let before = cursor.mistakes();
    let lines = Vec::new();
    let mut r = Routes {
        keyword,
        lines,
        otherwise: None,
        wait: None,
        gather: None,
        repeat: None,
        policies: None,
        broken: false,
    };
    cursor.block("`route`", |c, word| {
        route_setting(c, word, &mut r);
        while let Some(word) = c.take_one_of(&ROUTE) {
            route_setting(c, word, &mut r);
        }
    });
    r.policies = cursor.take_keyword("policies");
    r.broken = cursor.mistakes() > before;
    Some(r)
}

fn route_setting(c: &mut Cursor<'_>, word: Spanned<&str>, r: &mut Routes) {
    match word.node {
        "otherwise" => {
            let to = c.expect_mark("->").and_then(|_| contacts(c));
            c.set(&mut r.otherwise, to, word);
        }
        "wait" | "gather" | "repeat" => {
            let time = c.expect_duration("a time");
            let slot = match word.node {
                "wait" => &mut r.wait,
                "gather" => &mut r.gather,
                _ => &mut r.repeat,
            };
            c.set(slot, time, word);
        }
        condition if CONDITIONS.contains(&condition) => r.lines.extend(line(c, word)),
        _ => c.unknown_word(word, "`route`", &ROUTE),
    }
}

/// `severity page, critical team payments -> oncall`, from its first word.
fn line(c: &mut Cursor<'_>, first: Spanned<&str>) -> Option<Route> {
    let mut conditions = Vec::new();
    let mut next = Some(first);
    while let Some(word) = next {
        let values = words(c, &format!("a {}", word.node));
        conditions.push((word.map(str::to_string), values));
        next = c.take_one_of(&CONDITIONS);
    }
    c.expect_mark("->")?;
    let to = contacts(c)?;
    let span = first.span.to(to.last().map_or(first.span, |n| n.span));
    Some(Route { conditions, to, span })
}

const RIGHTS: [&str; 3] = ["view", "edit", "admin"];

/// `"Platform" { view team-business  edit team-platform }`.
pub(super) fn folder(cursor: &mut Cursor<'_>) -> Option<Folder> {
    let title = cursor.expect_string("the folder's title")?;
    let mut grants = Vec::new();
    cursor.block("`folder`", |c, word| {
        grant(c, word, &mut grants);
        while let Some(word) = c.take_one_of(&RIGHTS) {
            grant(c, word, &mut grants);
        }
    });
    Some(Folder { title, grants })
}

fn grant(c: &mut Cursor<'_>, word: Spanned<&str>, grants: &mut Vec<Grant>) {
    if !RIGHTS.contains(&word.node) {
        return c.unknown_word(word, "`folder`", &RIGHTS);
    }
    c.offer([Grant::EVERYONE]);
    let to = words(c, "a team or `everyone`");
    grants.push(Grant { right: word.map(str::to_string), to });
}
