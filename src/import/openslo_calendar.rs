//! Windows of OpenSLO that begin with a period of the calendar.

use super::fields::{Fields, Reader};
use crate::model::calendar::{Calendar, Unit, Zone};

/// When a calendar's window begins first: its date and time, and the zone.
pub(super) fn start(reader: &mut Reader, mut fields: Fields<'_>) -> Option<(String, Option<Zone>)> {
    let (time, zone) = (fields.need(reader, "startTime"), fields.text(reader, "timeZone"));
    fields.finish(reader);
    let zone = zone.map_or_else(|| Zone::UTC.to_string(), |z| z.value.clone());
    Some((time?.value.clone(), crate::check::zone(&zone)))
}

/// The period of the calendar that a window is, where it begins with one.
pub(super) fn of(written: &str, start: &str, zone: Option<Zone>) -> Option<Calendar> {
    let unit = match written {
        "1w" | "7d" | "1W" => Unit::Week,
        "1M" => Unit::Month,
        "1Q" | "3M" => Unit::Quarter,
        _ => return None,
    };
    let (date, time) = start.split_once([' ', 'T'])?;
    let mut parts = date.split('-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let midnight = time.trim_end_matches('Z').chars().all(|c| matches!(c, '0' | ':'));
    let begins = match unit {
        Unit::Week => is_monday(year, month, day),
        Unit::Month => day == 1,
        Unit::Quarter => day == 1 && month % 3 == 1,
    };
    let zone = zone.filter(|_| midnight && begins)?;
    Some(Calendar { unit, zone })
}

/// By Zeller's congruence, in which a year begins with March.
fn is_monday(year: i64, month: i64, day: i64) -> bool {
    let (year, month) = if month < 3 { (year - 1, month + 12) } else { (year, month) };
    (day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400).rem_euclid(7) == 2
}
