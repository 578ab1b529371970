//! What was recorded: series that go on under another identity or end, what that costs, and who reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::Located;
use super::readers::{Reader, Readers, Side};
use super::{Change, Class, Words};
use crate::model::{Measure, Slo, WindowSource};

/// What is different in the recorded series of one objective.
pub(super) fn changes(old: &Located<'_>, new: &Located<'_>, readers: &Readers<'_>) -> Vec<Change> {
    let identity = identity(old, new, readers);
    let (before, now) = (metrics(old), metrics(new));
    let ended = series(Class::SeriesGone, (old, new), before.difference(&now), readers);
    let begun = series(Class::SeriesAdded, (old, new), now.difference(&before), readers);
    [identity, ended, begun].into_iter().flatten().collect()
}

/// Another id, or other labels it is split by.
fn identity(old: &Located<'_>, new: &Located<'_>, readers: &Readers<'_>) -> Option<Change> {
    let (o, n) = (old.slo, new.slo);
    if o.id == n.id && o.by == n.by {
        return None;
    }
    let what = Words::default().code(&*o.name);
    let what = match (old.service.name == new.service.name, o.name == n.name) {
        (false, _) => what.text(" of ").code(&*old.service.name).text(" becomes ").code(&*n.id),
        (true, false) => what.text(" is renamed to ").code(&*n.name),
        (true, true) => what.text(": its series have other labels"),
    };
    let split = |slo: &Slo| if slo.by.is_empty() { "nothing".to_string() } else { slo.by.join(", ") };
    let change = Change::new(Class::HistoryLoss, &new.service.name, what, Some(&o.origin), Some(&n.origin))
        .fact("slo_id", &*o.id, &*n.id)
        .fact("split by", split(o), split(n))
        .fact("alertname", alert_names(old), alert_names(new))
        .notes((o.id != n.id).then(|| {
            Words::new("Silences, routes and links that name the old labels, the old alert or its page match no more")
        }))
        .notes(cost(o, n))
        .notes(lingering(o, n))
        .notes(reading(readers.series(Side::Old, &o.id, &metrics(old)), "Read before by "))
        .notes(if o.id == n.id { None } else { left_behind(old, readers) });
    Some(change)
}

fn alert_names(at: &Located<'_>) -> String {
    let names: BTreeSet<&str> = at.alerts().map(|a| a.name.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// What is forgotten, and until when.
fn cost(old: &Slo, new: &Slo) -> Vec<Words> {
    let period = new.a_period();
    if !matches!(new.sli.measure, Measure::Events { .. }) {
        let note =
            Words::new("Every window reads the raw metrics, so the budget is right at once; charts of the last ");
        return vec![note.code(old.period.to_string()).text(" begin anew")];
    }
    let mut notes = vec![
        Words::new("Up to ")
            .code(period.clone())
            .text(" of history are lost: the budget counts from the deployment on, and is whole again after ")
            .code(period),
    ];
    let long = windows(new);
    if !long.is_empty() {
        notes.push(
            Words::new("Until they have filled, the windows ")
                .list(long)
                .text(" know only what came since: their alerts can fire on less, and do not know what came before"),
        );
    }
    notes
}

/// Windows that alerts read from recorded sums.
fn windows(slo: &Slo) -> Vec<String> {
    let sums = slo.windows.iter().filter(|w| matches!(w.source, WindowSource::Sums(_)) && w.length < slo.period);
    sums.map(|w| w.length.to_string()).collect()
}

/// Series with the old labels are still in the windows, and their alerts with them.
fn lingering(old: &Slo, new: &Slo) -> Option<Words> {
    let long = windows(new);
    let longest = long.last()?;
    (old.id == new.id).then(|| {
        Words::new("The old series stay in these windows until they have passed: for ")
            .code(longest)
            .text(" alerts can fire with the old labels, too")
    })
}

/// The metrics recorded for an objective.
fn metrics<'a>(at: &Located<'a>) -> BTreeSet<&'a str> {
    let records = at.service.groups.iter().flat_map(|g| &g.records);
    records.filter(|r| r.of.contains(&at.slo.id)).map(|r| r.metric.as_str()).collect()
}

/// Series that are written no more, or are new.
fn series<'a>(
    class: Class,
    (old, new): (&Located<'_>, &Located<'_>),
    metrics: impl Iterator<Item = &'a &'a str>,
    readers: &Readers<'_>,
) -> Option<Change> {
    let metrics: BTreeSet<&str> = metrics.copied().collect();
    if metrics.is_empty() {
        return None;
    }
    let gone = class == Class::SeriesGone;
    let what = Words::default().code(&*new.slo.name).text(if gone {
        ": recorded no more: "
    } else {
        ": recorded from now on: "
    });
    let what = what.list(metrics.iter().copied());
    let mut change = Change::new(class, &new.service.name, what, Some(&old.slo.origin), Some(&new.slo.origin));
    if gone {
        let (before, now) =
            (readers.series(Side::Old, &old.slo.id, &metrics), readers.series(Side::New, &new.slo.id, &metrics));
        change =
            change.notes(reading(before, "Read before by ")).notes(reading(now, "Still read, with no result, by "));
    }
    Some(change)
}

/// What still asks for the old id, and gets nothing.
fn left_behind(old: &Located<'_>, readers: &Readers<'_>) -> Option<Words> {
    let named = |r: &&Reader| readers.names(Side::New, r, &old.slo.id);
    let found = readers.series(Side::New, &old.slo.id, &metrics(old)).into_iter().filter(named).collect();
    reading(found, "Still read under the old id, with no result, by ")
}

/// `Read before by 4 alerts of shop and the dashboard Web shop (6 panels)`.
fn reading(readers: BTreeSet<&Reader>, begin: &str) -> Option<Words> {
    let (mut alerts, mut panels): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    for reader in &readers {
        match reader {
            Reader::Alert(service, _) => *alerts.entry(service).or_default() += 1,
            Reader::Panel(board, _) => *panels.entry(board).or_default() += 1,
        }
    }
    let alerts = alerts.iter().map(|(service, n)| (format!("{} of ", count(*n, "alert")), *service, String::new()));
    let panels =
        panels.iter().map(|(board, n)| ("the dashboard ".to_string(), *board, format!(" ({})", count(*n, "panel"))));
    let items: Vec<_> = alerts.chain(panels).collect();
    let last = items.len().checked_sub(1)?;
    let mut words = Words::new(begin);
    for (index, (before, name, after)) in items.into_iter().enumerate() {
        let comma = if index == 0 {
            ""
        } else if index == last {
            " and "
        } else {
            ", "
        };
        words = words.text(format!("{comma}{before}")).code(name).text(after);
    }
    Some(words)
}

/// `1 alert`, `2 alerts`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
