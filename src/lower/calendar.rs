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

/// The error ratio since the period began. The range holds the longest one; what is older has another number.
pub(super) fn ratio(selector: &str, calendar: &Calendar) -> String {
    let sum = |metric: &str| format!("sum_over_time({metric}{selector}[{}:{BASE}])", calendar.unit.longest());
    let (errors, total) = (sum(names::CALENDAR_ERRORS), sum(names::CALENDAR_TOTAL));
    format!("sum without ({CALENDAR}) ({errors} / ({total} > 0) * on ({CALENDAR}) group_left () {})", now(calendar))
}

/// Local time in seconds, a second ago.
fn local(zone: &Zone) -> String {
    let standard = ago(zone.offset);
    match zone.summer {
        None => standard,
        Some((start, end)) => {
            let (start_first, (start, end)) = (start.month < end.month, (since(zone, start), since(zone, end)));
            let summer = if start_first { format!("{start} - {end}") } else { format!("1 + {start} - {end}") };
            format!("({standard} + 3600 * ({summer}))")
        }
    }
}

/// 1 from a change of clocks to the end of its year, else 0. A day of the month less its day of the week is the date of the
/// last Sunday, so that the sum is reached on the Sunday that is meant. In the first hours of a year the two changes may be of
/// different years, which changes an hour and no day.
fn since(zone: &Zone, change: Change) -> String {
    let t = ago(zone.offset - change.time);
    let from = change.month * 100 + change.from;
    format!("(month({t}) * 100 + day_of_month({t}) - day_of_week({t}) >= bool {from})")
}

/// The time a second ago, and so many seconds more.
fn ago(seconds: i64) -> String {
    match seconds - 1 {
        n if n < 0 => format!("vector(time() - {})", -n),
        n => format!("vector(time() + {n})"),
    }
}
