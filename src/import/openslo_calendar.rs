//! The time window of an SLO of OpenSLO: one that rolls, or one that begins with a period of the calendar.

use super::fields::{Fields, Reader};
use super::{From, Importer, openslo_sli as sli};
use crate::model::calendar::{Calendar, Unit, Zone};
use crate::units::Duration;

impl Importer<'_> {
    /// `timeWindow` of v1, `timeWindows` of v1alpha.
    pub(super) fn openslo_period(
        &mut self,
        spec: &mut Fields<'_>,
        notes: &mut Vec<String>,
    ) -> Option<(Duration, Option<String>)> {
        let key = if spec.get("timeWindows").is_some() { "timeWindows" } else { "timeWindow" };
        let windows = spec.list(&mut self.reader, key);
        let [node] = windows else {
            let message = match windows.len() {
                0 if self.from == From::Sloth => return Some((self.period(), None)),
                0 => "an SLO has a time window",
                _ => "an SLO has one time window",
            };
            self.reader.wrong(spec.at(key), message, "`timeWindow` with one item: `duration: 28d`, `isRolling: true`");
            return None;
        };
        let mut fields = Fields::of(&mut self.reader, node, key)?;
        let text = fields.text(&mut self.reader, "duration");
        let (unit, count) = (fields.text(&mut self.reader, "unit"), fields.text(&mut self.reader, "count"));
        let aligned = fields.get("calendar").is_some();
        let rolling = fields.flag(&mut self.reader, "isRolling").unwrap_or(!aligned);
        let begin = fields.map(&mut self.reader, "calendar").and_then(|c| start(&mut self.reader, c));
        fields.finish(&mut self.reader);
        let (at, written) = match (text, unit, count) {
            (Some(text), ..) => (text.span, text.value.clone()),
            (None, Some(unit), Some(count)) => (count.span, sli::counted(&count.value, &unit.value)),
            _ => (node.span, String::new()),
        };
        let Some(period) = sli::duration(&written) else {
            let message = format!("`{written}` is not a time window");
            self.reader.wrong(at, message, "a number with `h`, `d`, `w`, `M`, `Q` or `Y`: `28d`, `1M`");
            return None;
        };
        if period < Duration::from_mins(60) {
            let message = format!("a time window of `{written}` is {}", period.human());
            self.reader.wrong(at, message, "`m` are minutes; a month is `1M`");
            return None;
        }
        let counted = match begin.filter(|_| !rolling) {
            Some((date, zone)) => of(&written, &date, zone),
            None if aligned => Err("it says that it rolls"),
            None => Err("nothing says when it begins"),
        };
        if let Err(reason) = counted.as_ref().map_err(|reason| *reason)
            && (!rolling || aligned)
        {
            let note = "its window is one of the calendar";
            notes.push(format!("{note} ({reason}); here the last {period} count at any time"));
        }
        Some((period, counted.ok().map(|c| c.to_string())))
    }
}

/// When a calendar's window begins first: its date and time, and the zone.
fn start(reader: &mut Reader, mut fields: Fields<'_>) -> Option<(String, Option<Zone>)> {
    let (time, zone) = (fields.need(reader, "startTime"), fields.text(reader, "timeZone"));
    fields.finish(reader);
    let zone = zone.map_or_else(|| Zone::UTC.to_string(), |z| z.value.clone());
    Some((time?.value.clone(), crate::check::zone(&zone)))
}

/// The period of the calendar that a window is, where it begins with one; else why it cannot be counted.
fn of(written: &str, start: &str, zone: Option<Zone>) -> Result<Calendar, &'static str> {
    let unit = match written {
        "1w" | "7d" | "1W" => Unit::Week,
        "1M" => Unit::Month,
        "1Q" | "3M" => Unit::Quarter,
        _ => return Err("weeks, months and quarters are counted so, nothing else"),
    };
    let begins = begins(unit, start).ok_or("when it begins cannot be read")?;
    if !begins {
        return Err("it begins with no week, month or quarter");
    }
    zone.map(|zone| Calendar { unit, zone }).ok_or("its zone is not known")
}

/// Whether a period of the calendar begins at a moment; `None` of what is no moment.
fn begins(unit: Unit, start: &str) -> Option<bool> {
    let (date, time) = start.split_once([' ', 'T'])?;
    let mut parts = date.split('-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let midnight = time.trim_end_matches('Z').chars().all(|c| matches!(c, '0' | ':'));
    let first = match unit {
        Unit::Week => is_monday(year, month, day),
        Unit::Month => day == 1,
        Unit::Quarter => day == 1 && month % 3 == 1,
    };
    Some(midnight && first)
}

/// By Zeller's congruence, in which a year begins with March.
fn is_monday(year: i64, month: i64, day: i64) -> bool {
    let (year, month) = if month < 3 { (year - 1, month + 12) } else { (year, month) };
    (day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400).rem_euclid(7) == 2
}
