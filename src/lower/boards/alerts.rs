//! The row of a service's written alerts: each value against its limits, or when its condition held.

use super::draft::{heading, lines, panel, scale};
use super::value_panel;
use crate::lower::names;
use crate::model::board::{Hue, Kind, Lines, Panel, Row, Scale, Unit};
use crate::model::{Alert, Bound, Condition, Format, Level, Order, Service, Urgency};
use crate::units::Ratio;

/// A panel for each written alert; `None` without any.
pub(super) fn row(service: &Service) -> Option<Row> {
    let levels: Vec<(&Alert, &Level)> = service.levels().collect();
    let of_one = |a: &(&Alert, &Level), b: &(&Alert, &Level)| a.0.subject == b.0.subject;
    let panels: Vec<Panel> = levels.chunk_by(of_one).filter_map(|levels| chart(service, levels)).collect();
    // No objective can have this name.
    let heading = heading("written alerts", "Alerts", false);
    (!panels.is_empty()).then_some(Row { heading: Some(heading), panels })
}

/// The panel of one alert, whose levels these are.
fn chart(service: &Service, levels: &[(&Alert, &Level)]) -> Option<Panel> {
    let (alert, level) = levels.first()?;
    let key = value_panel(&alert.subject);
    let title = sentence(&alert.subject.replace(['-', '_'], " "));
    let bounds: Vec<(Bound, Hue)> = levels.iter().filter_map(|(a, _)| Some((limit(a)?, hue(a.urgency)))).collect();
    let when: Vec<String> = levels.iter().map(|(a, l)| fires(a, l)).collect();
    let about = format!("{}.", sentence(&when.join("; ")));
    let is_limit = |b: &Bound| !matches!(b, Bound::Is(Order::Equal | Order::Unequal, _));
    if let (Condition::All(all), true) = (&alert.condition, bounds.iter().all(|(b, _)| is_limit(b))) {
        let kind = Kind::Lines(Lines { limits: true, ..Lines::default() });
        let (base, steps) = colours(&bounds);
        let read = scale(unit(&level.format)).colours(base, &steps);
        return Some(panel(&key, &title, &about, kind).scale(read).query(lines("", all.first()?.expr.clone())));
    }
    let read = Scale::default().word(0, "fine", Hue::Blue).word(1, "pending", Hue::Yellow);
    let read = levels.iter().rev().fold(read, |read, (a, _)| read.word(rank(a), a.urgency.name(), hue(a.urgency)));
    let queries = levels.iter().map(|(a, _)| lines(a.urgency.name(), state(service, a)));
    Some(panel(&key, &title, &about, Kind::State).scale(read).queries(queries).sized(12, 8))
}

/// The limit of a level.
fn limit(alert: &Alert) -> Option<Bound> {
    if let Condition::All(all) = &alert.condition { all.first().map(|c| c.bound) } else { None }
}

/// `critical above 90% for 5m`.
fn fires(alert: &Alert, level: &Level) -> String {
    let limit = level.limit.as_deref().unwrap_or("when its condition holds");
    let hold = if alert.hold.millis() > 0 { format!(" for {}", alert.hold) } else { String::new() };
    format!("{} {limit}{hold}", alert.urgency.name())
}

/// The first letter large.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().to_string() + chars.as_str())
}

fn hue(urgency: Urgency) -> Hue {
    match urgency {
        Urgency::Page | Urgency::Critical => Hue::Vermillion,
        Urgency::Ticket | Urgency::Warning => Hue::Orange,
        Urgency::Info => Hue::Yellow,
    }
}

/// What stands for a firing level among the states.
fn rank(alert: &Alert) -> i64 {
    match alert.urgency {
        Urgency::Page | Urgency::Critical => 4,
        Urgency::Ticket | Urgency::Warning => 3,
        Urgency::Info => 2,
    }
}

/// 0 fine, 1 pending, more while it fires.
fn state(service: &Service, alert: &Alert) -> String {
    let (name, severity, of) = (&alert.name, alert.urgency.name(), &service.name);
    let own = format!("alertname=\"{name}\",{}=\"{of}\",severity=\"{severity}\"", names::SERVICE);
    let of = |state| format!("max(ALERTS{{{own},alertstate=\"{state}\"}})");
    format!("{} * {} or {} or vector(0)", of("firing"), rank(alert), of("pending"))
}

/// The colour of the smallest values, and from where on which other holds: that of the highest level whose limit a value
/// between two limits is beyond.
fn colours(bounds: &[(Bound, Hue)]) -> (Hue, Vec<(Ratio, Hue)>) {
    let mut ends: Vec<Ratio> = bounds
        .iter()
        .flat_map(|(bound, _)| match *bound {
            Bound::Is(_, limit) => vec![limit],
            Bound::Outside(low, high) => vec![low, high],
        })
        .collect();
    ends.sort();
    ends.dedup();
    let at = |value: Option<Ratio>| {
        let beyond = |(bound, _): &&(Bound, Hue)| value.is_some_and(|v| bound.reached(v));
        bounds.iter().find(beyond).map_or(Hue::Blue, |(_, hue)| *hue)
    };
    let base = at(ends.first().and_then(|first| first.minus(Ratio::ONE)));
    let mut steps: Vec<(Ratio, Hue)> = Vec::new();
    for (index, end) in ends.iter().enumerate() {
        let inside = match ends.get(index + 1) {
            Some(next) => end.plus(*next).and_then(|sum| sum.over(Ratio::whole(2))),
            None => end.plus(Ratio::ONE),
        };
        steps.push((*end, at(inside)));
    }
    (base, steps)
}

/// The unit of a value that is printed so.
fn unit(format: &Format) -> Unit {
    match format {
        Format::Percentage => Unit::Share,
        Format::Duration => Unit::Seconds,
        Format::Bytes("") => Unit::Bytes,
        Format::Bytes("/s") => Unit::BytesPerSecond,
        Format::Number(_, sign) => match sign.trim() {
            "" => Unit::Number,
            "%" => Unit::Percent,
            "ms" => Unit::Milliseconds,
            "/s" => Unit::PerSecond,
            "°C" => Unit::Celsius,
            "MiB" => Unit::Mebibytes,
            "GiB" => Unit::Gibibytes,
            "W" => Unit::Watts,
            other => Unit::Behind(other.to_string()),
        },
        Format::Bytes(_) | Format::Plain => Unit::Number,
    }
}
