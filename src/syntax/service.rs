//! `service checkout { … }` and the objectives in it.

use std::sync::Arc;

use super::ast::{Calendar, LabelSet, Name, Routing, Service, Slo};
use super::cursor::Cursor;
use super::{alert, naming, sli, template, token};
use crate::diag::{Diagnostic, codes};
use crate::source::Spanned;
use crate::units::{CalendarUnit as Unit, Duration};

const SERVICE: [&str; 11] =
    ["title", "owner", "tier", "labels", "from", "policy", "naming", "slo", "alert", "rules", "use"];
/// What `no-traffic` may say.
pub const NO_TRAFFIC: [&str; 3] = ["good", "bad", "ignore"];

const SLO: [&str; 19] = [
    "about",
    "errors",
    "good",
    "total",
    "histogram",
    "ratio",
    "up",
    "value",
    "all",
    "weighted",
    "policy",
    "no-traffic",
    "at-least",
    "traffic",
    "exclude",
    "page",
    "ticket",
    "runbook",
    "named",
];

pub(super) fn service(cursor: &mut Cursor<'_>) -> Option<Service> {
    let name = cursor.expect_word("the service's name")?;
    if cursor.stands("\"") {
        let help = "what people call it is said in the block: `title \"…\"`";
        cursor.unexpected_but("`{`", Some(help.into()));
    }
    Some(body(cursor, name, "`service`"))
}

/// The block of a service, or of a template, which holds the same.
pub(super) fn body(cursor: &mut Cursor<'_>, name: Name, of: &str) -> Service {
    let before = cursor.mistakes();
    let span = name.span;
    let (labels, slos, alerts, rules, uses) = Default::default();
    let mut s = Service {
        name,
        title: None,
        owner: None,
        tier: None,
        labels,
        source: None,
        policy: None,
        slos,
        alerts,
        naming: None,
        rules,
        uses,
        span,
        broken: false,
    };
    cursor.block(of, |c, word| match word.node {
        "title" => {
            let title = c.expect_string("a title");
            c.set(&mut s.title, title, word);
        }
        "owner" => set_word(c, &mut s.owner, "a team", word),
        "policy" => set_word(c, &mut s.policy, "a policy", word),
        "from" => set_word(c, &mut s.source, "a data source", word),
        "tier" => {
            let tier = tier(c);
            c.set(&mut s.tier, tier, word);
        }
        "labels" => s.labels.extend(label_sets(c)),
        "naming" => {
            let naming = naming::naming(c);
            c.set(&mut s.naming, naming, word);
        }
        "rules" => s.rules.extend(naming::rules(c)),
        "slo" => s.slos.extend(slo(c).map(Arc::new)),
        "alert" => s.alerts.extend(alert::alert(c)),
        "use" => s.uses.extend(template::use_(c, word)),
        "dashboard" => no_dashboard(c, word),
        _ => c.unknown_word(word, of, &SERVICE),
    });
    s.span = span.to(cursor.here());
    s.broken = cursor.mistakes() > before;
    s
}

/// Dashboards stand by themselves: what several share is chosen above the panels.
fn no_dashboard(cursor: &mut Cursor<'_>, word: Spanned<&str>) {
    let message = "a `dashboard` stands neither in a `service` nor in a `template`";
    let help = "write it beside: one dashboard with a `variable` shows whichever service is chosen";
    cursor.report(Diagnostic::new(&codes::E0004, word.span, message).here("not here").help(help));
}

pub(super) fn set_word(cursor: &mut Cursor<'_>, slot: &mut Option<Name>, what: &str, word: Spanned<&str>) {
    let value = cursor.expect_word(what);
    cursor.set(slot, value, word);
}

fn tier(cursor: &mut Cursor<'_>) -> Option<Spanned<u32>> {
    let number = cursor.take(token::number);
    let tier = number.and_then(|n| n.node.parse().ok().map(|t| Spanned::new(t, n.span)));
    if tier.is_none() {
        cursor.unexpected("a whole number such as `1`");
    }
    tier
}

/// `{ region = "eu", channel = "#x" }`, on one line or several.
pub(super) fn label_sets(cursor: &mut Cursor<'_>) -> Vec<LabelSet> {
    let mut labels = Vec::new();
    cursor.block("labels", |c, name| {
        if c.expect_mark("=").is_some()
            && let Some(value) = c.expect_string("a value")
        {
            labels.push(LabelSet { name: name.map(str::to_string), value });
        }
    });
    labels
}

/// `30d`, or `calendar month in "Europe/Berlin"`.
fn period(cursor: &mut Cursor<'_>) -> (Option<Spanned<Duration>>, Option<Calendar>) {
    if cursor.is_broken() || cursor.take_keyword("calendar").is_none() {
        return (cursor.value(|c| c.expect_duration("a period")), None);
    }
    let words = Unit::ALL.map(Unit::name);
    let Some(unit) = cursor.take_one_of(&words) else {
        cursor.unexpected(&crate::diag::one_of(words));
        return (None, None);
    };
    let nominal = Unit::ALL.into_iter().find(|u| u.name() == unit.node).map(Unit::nominal);
    let zone = cursor.take_keyword("in").and_then(|_| cursor.expect_string("a time zone"));
    (nominal.map(|n| Spanned::new(n, unit.span)), Some(Calendar { unit: unit.map(str::to_string), zone }))
}

/// `availability 99.9% over 30d by region { … }`.
fn slo(cursor: &mut Cursor<'_>) -> Option<Slo> {
    let name = cursor.expect_word("the objective's name")?;
    let before = cursor.mistakes();
    let objective = cursor.value(|c| c.expect_percentage("an objective"));
    cursor.expect_keyword("over");
    let (period, calendar) = period(cursor);
    let more = !cursor.is_broken() && cursor.take_keyword("by").is_some();
    let by = if more { words(cursor, "a label") } else { Vec::new() };
    let header = name.span.to(by.last().map_or(period.map_or(name.span, |p| p.span), |l| l.span));
    if cursor.mistakes() > before {
        cursor.go_to_block();
    }
    let mut s = Slo {
        name,
        objective,
        period,
        calendar,
        by,
        about: None,
        errors: None,
        good: None,
        total: None,
        histogram: None,
        ratio: None,
        up: None,
        value: None,
        slices: None,
        composite: None,
        at_least: None,
        traffic: None,
        exclude: None,
        policy: None,
        no_traffic: None,
        page: None,
        ticket: None,
        runbook: None,
        named: None,
        header,
        broken: false,
    };
    cursor.block("`slo`", |c, word| setting(c, word, &mut s));
    s.broken = cursor.mistakes() > before;
    Some(s)
}

fn setting(c: &mut Cursor<'_>, word: Spanned<&str>, s: &mut Slo) {
    match word.node {
        "about" | "runbook" => {
            let text = c.expect_string("a text");
            let slot = if word.node == "about" { &mut s.about } else { &mut s.runbook };
            c.set(slot, text, word);
        }
        "errors" | "good" | "total" | "ratio" | "up" | "value" | "histogram" | "all" | "weighted" | "at-least"
        | "exclude" => {
            sli::setting(c, word, s, &SLO);
        }
        "traffic" => {
            let rate = super::items::take_quantity(c);
            if rate.is_none() {
                c.unexpected("events in a time, such as `1000/min`");
            }
            c.set(&mut s.traffic, rate, word);
        }
        "policy" => set_word(c, &mut s.policy, "a policy", word),
        "no-traffic" => {
            c.offer(NO_TRAFFIC);
            set_word(c, &mut s.no_traffic, "`good`, `bad` or `ignore`", word);
        }
        "named" => {
            let named = naming::named(c, word);
            c.set(&mut s.named, Some(named), word);
        }
        "page" | "ticket" => {
            let routing = routing(c, word);
            c.set(if word.node == "page" { &mut s.page } else { &mut s.ticket }, Some(routing), word);
        }
        _ => c.unknown_word(word, "`slo`", &SLO),
    }
}

/// `off`, or labels in braces.
pub(super) fn routing(cursor: &mut Cursor<'_>, word: Spanned<&str>) -> Routing {
    let off = cursor.take_keyword("off");
    let labels = if off.is_none() { label_sets(cursor) } else { Vec::new() };
    Routing { off, labels, keyword: word.span }
}

/// Words with commas between them.
pub(super) fn words(cursor: &mut Cursor<'_>, what: &str) -> Vec<Name> {
    let mut words = Vec::new();
    loop {
        words.extend(cursor.expect_word(what));
        if cursor.is_broken() || cursor.take_mark(",").is_none() {
            return words;
        }
    }
}
