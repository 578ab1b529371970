//! Time zones by name, with the rules they have today. Prometheus knows UTC alone, so that a zone must be a rule that a query can
//! reckon with: summer time is an hour, from one Sunday to another.

use super::Checker;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::calendar::{Calendar, Change, Unit, Zone};
use crate::source::Spanned;
use crate::syntax::ast;

/// Europe's rule: at 01:00 UTC on the last Sundays of March and October.
const EUROPE: &[(&str, i64)] = &[
    ("Europe/London Europe/Dublin Europe/Lisbon", 0),
    (
        "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Vienna Europe/Zurich Europe/Amsterdam Europe/Brussels \
         Europe/Luxembourg Europe/Copenhagen Europe/Stockholm Europe/Oslo Europe/Prague Europe/Bratislava Europe/Warsaw \
         Europe/Budapest Europe/Ljubljana Europe/Zagreb Europe/Belgrade Europe/Malta",
        60,
    ),
    (
        "Europe/Helsinki Europe/Tallinn Europe/Riga Europe/Vilnius Europe/Athens Europe/Sofia Europe/Bucharest Europe/Kyiv",
        120,
    ),
];

/// North America's: at 2 o'clock, from the second Sunday of March to the first of November.
const AMERICA: &[(&str, i64)] = &[
    ("America/Halifax", -240),
    ("America/New_York America/Toronto America/Detroit", -300),
    ("America/Chicago America/Winnipeg", -360),
    ("America/Denver America/Edmonton", -420),
    ("America/Los_Angeles America/Vancouver", -480),
    ("America/Anchorage", -540),
];

/// Australia's: from the first Sunday of October to the first of April.
const AUSTRALIA: &[(&str, i64)] =
    &[("Australia/Sydney Australia/Melbourne Australia/Hobart", 600), ("Australia/Adelaide", 570)];

/// New Zealand's: from the last Sunday of September to the first of April.
const ZEALAND: &[(&str, i64)] = &[("Pacific/Auckland", 720)];

/// Zones without summer time.
const STEADY: &[(&str, i64)] = &[
    ("UTC Etc/UTC Atlantic/Reykjavik Africa/Accra", 0),
    ("Africa/Lagos Africa/Algiers", 60),
    ("Africa/Johannesburg Africa/Maputo", 120),
    ("Europe/Istanbul Europe/Moscow Asia/Riyadh Africa/Nairobi", 180),
    ("Asia/Dubai", 240),
    ("Asia/Karachi Asia/Tashkent", 300),
    ("Asia/Kolkata", 330),
    ("Asia/Kathmandu", 345),
    ("Asia/Dhaka", 360),
    ("Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh", 420),
    ("Asia/Shanghai Asia/Hong_Kong Asia/Singapore Asia/Taipei Asia/Manila Asia/Kuala_Lumpur Australia/Perth", 480),
    ("Asia/Tokyo Asia/Seoul", 540),
    ("Australia/Darwin", 570),
    ("Australia/Brisbane", 600),
    ("Pacific/Honolulu", -600),
    ("America/Phoenix", -420),
    ("America/Mexico_City America/Costa_Rica", -360),
    ("America/Bogota America/Lima America/Panama", -300),
    ("America/Sao_Paulo America/Argentina/Buenos_Aires America/Montevideo", -180),
];

/// The first day on which the last Sunday of a month of 31 days, and of one of 30, can be.
const LAST: (u32, u32) = (25, 24);

const HOUR: i64 = 3600;

/// When summer time begins and ends by the rule of a table, where standard time is so many seconds ahead.
type Rule = fn(i64) -> Option<(Change, Change)>;

/// Every table with its rule.
const TABLES: [(&[(&str, i64)], Rule); 5] = [
    (STEADY, |_| None),
    (EUROPE, |offset| {
        let at = |month| Change { month, from: LAST.0, time: HOUR + offset };
        Some((at(3), at(10)))
    }),
    (AMERICA, |_| Some((Change { month: 3, from: 8, time: 2 * HOUR }, Change { month: 11, from: 1, time: HOUR }))),
    (AUSTRALIA, |_| {
        Some((Change { month: 10, from: 1, time: 2 * HOUR }, Change { month: 4, from: 1, time: 2 * HOUR }))
    }),
    (ZEALAND, |_| {
        Some((Change { month: 9, from: LAST.1, time: 2 * HOUR }, Change { month: 4, from: 1, time: 2 * HOUR }))
    }),
];

/// A zone by its name, or by its distance from UTC: `+02:00`.
pub fn zone(name: &str) -> Option<Zone> {
    let known = TABLES.iter().find_map(|(table, rule)| {
        let (_, minutes) = table.iter().find(|(names, _)| names.split_whitespace().any(|n| n == name))?;
        Some(Zone { name: name.into(), offset: minutes * 60, summer: rule(minutes * 60) })
    });
    known.or_else(|| Some(Zone { name: name.into(), offset: distance(name)?, summer: None }))
}

/// The seconds of `+05:30`: whole quarters of an hour, at most fourteen hours.
fn distance(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |t: &str| if t.len() == 2 { t.parse::<i64>().ok() } else { None };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60 && minutes % 15 == 0 && hours * 60 + minutes <= 14 * 60).then_some(sign * (hours * 60 + minutes) * 60)
}

fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|(table, _)| table.iter()).flat_map(|(names, _)| names.split_whitespace())
}

impl Checker<'_> {
    /// The period of the calendar that an objective counts over; `None` when it rolls.
    pub(super) fn calendar(&mut self, slo: &ast::Slo) -> Option<Calendar> {
        let written = slo.calendar.as_ref()?;
        let unit = Unit::ALL.into_iter().find(|u| u.name() == written.unit.node)?;
        let utc = Spanned::new(Zone::UTC.to_string(), written.unit.span);
        let name = written.zone.as_ref().unwrap_or(&utc);
        let zone = zone(&name.node);
        if zone.is_none() {
            let message = format!("`{}` is no time zone whose days can be reckoned in a query", name.node);
            let near = did_you_mean(&name.node, names());
            let help = near.unwrap_or_else(|| "such as `Europe/Berlin`, `America/New_York`, or `+02:00`".into());
            self.report(Diagnostic::new(&codes::E0416, name.span, message).here("not known").help(help));
        }
        Some(Calendar { unit, zone: zone? })
    }

    /// Reports a period of the calendar where nothing could count it.
    pub(super) fn no_calendar(&mut self, slo: &ast::Slo, why: &str) {
        if let Some(written) = &slo.calendar {
            let message = format!("`{}` cannot count over a period of the calendar: {why}", slo.name.node);
            let help = "`over 30d` counts the last thirty days at any time";
            self.report(Diagnostic::new(&codes::E0415, written.unit.span, message).here("not possible").help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_name_and_by_distance() {
        assert_eq!(zone("Europe/Berlin").map(|z| (z.offset, z.summer.is_some())), Some((3600, true)));
        assert_eq!(zone("UTC").map(|z| (z.offset, z.summer.is_some())), Some((0, false)));
        assert_eq!(zone("+05:45").map(|z| z.offset), Some(20_700));
        assert_eq!(zone("-03:30").map(|z| z.offset), Some(-12_600));
        assert!(["Berlin", "", "+2", "+02:10", "+15:00", "02:00", "+0x:00"].into_iter().all(|n| zone(n).is_none()));
        let all: Vec<&str> = names().collect();
        let distinct: std::collections::BTreeSet<&&str> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
