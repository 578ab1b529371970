//! Periods of the calendar in PromQL. Prometheus has the parts of a date in UTC, so that local time is reckoned by the rule of its
//! zone. What is counted carries the number of its period in a label, and the sum is that of the period of now.

use super::names;
use super::windows::BASE;
use crate::model::calendar::{Calendar, Change, Unit, Zone};
use crate::model::series::CALENDAR;

/// The number of a period, for each moment another only where another period is: `202611` is a month, `20264` a quarter.
/// A count that ends just when a period begins belongs to the one before, which is why the second before now decides.
pub fn number(calendar: &Calendar) -> String {
    let local = local(&calendar.zone);
    match calendar.unit {
        // The week that holds the first of January 1970 began on a Monday, three days before.
        Unit::Week => format!("floor(({local} + 259200) / 604800)"),
        Unit::Month => format!("year({local}) * 100 + month({local})"),
        Unit::Quarter => format!("year({local}) * 10 + ceil(month({local}) / 3)"),
    }
}

/// The label of the period of now, as a series without other labels.
pub(super) fn now(calendar: &Calendar) -> String {
    format!("count_values(\"{CALENDAR}\", {})", number(calendar))
}

/// A recorded count with the number of its period.
pub(super) fn numbered(count: &str, calendar: &Calendar) -> String {
    format!("{count} * on () group_left ({CALENDAR}) {}", now(calendar))
}

/// The error ratio since the period began.
pub(super) fn ratio(selector: &str, calendar: &Calendar) -> String {
    let sum = |metric: &str| sum(&format!("{metric}{selector}"), calendar);
    this(&format!("{} / ({} > 0)", sum(names::CALENDAR_ERRORS), sum(names::CALENDAR_TOTAL)), calendar)
}

/// What a recorded count with the number of its period has come to since that began.
pub(super) fn since(count: &str, calendar: &Calendar) -> String {
    this(&sum(count, calendar), calendar)
}

/// The sum of each period. The range holds the longest one; what is older has another number.
fn sum(count: &str, calendar: &Calendar) -> String {
    format!("sum_over_time({count}[{}:{BASE}])", calendar.unit.longest())
}

/// What is of the period of now.
fn this(each: &str, calendar: &Calendar) -> String {
    format!("sum without ({CALENDAR}) ({each} * on ({CALENDAR}) group_left () {})", now(calendar))
}

/// Local time in seconds, a second ago, as a series without labels.
pub fn local(zone: &Zone) -> String {
    let standard = ago(zone.offset);
    match zone.summer {
        None => standard,
        Some((start, end)) => {
            let north = start.month < end.month;
            let (since_start, since_end) = (passed(zone, start), passed(zone, end));
            let summer =
                if north { format!("{since_start} - {since_end}") } else { format!("1 + {since_start} - {since_end}") };
            // Clocks go forward at another hour than back: the year begins at two moments, between which there is no summer.
            let within =
                if !north || start.time == end.time { String::new() } else { format!(" * {}", in_season(zone, end)) };
            format!("({standard} + 3600 * ({summer}){within})")
        }
    }
}

/// 1 from a change of clocks to the end of its year, else 0. A day of the month less its day of the week is the date of the
/// last Sunday, so that the sum is reached on the Sunday that is meant.
fn passed(zone: &Zone, change: Change) -> String {
    let t = ago(zone.offset - change.time);
    let from = change.month * 100 + change.from;
    format!("(month({t}) * 100 + day_of_month({t}) - day_of_week({t}) >= bool {from})")
}

/// 1 but for January, where clocks are changed in other months.
fn in_season(zone: &Zone, change: Change) -> String {
    format!("(month({}) > bool 1)", ago(zone.offset - change.time))
}

/// The time a second ago, and so many seconds more.
fn ago(seconds: i64) -> String {
    match seconds - 1 {
        n if n < 0 => format!("vector(time() - {})", -n),
        n => format!("vector(time() + {n})"),
    }
}
