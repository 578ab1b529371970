//! The names of the series that rules record of every objective, and of the labels that say whose they are.

use crate::units::Duration;

/// Events in five minutes, of which longer windows are made.
pub const TOTAL: &str = "slo:sli_total:increase5m";
/// How the names of all series that count events begin.
pub const TOTALS: &str = "slo:sli_total:increase";
/// Bad events in five minutes.
pub const ERRORS: &str = "slo:sli_errors:increase5m";
/// The objective, from 0 to 1.
pub const OBJECTIVE: &str = "slo:objective:ratio";
/// The error budget, from 0 to 1.
pub const BUDGET: &str = "slo:error_budget:ratio";
/// The length of the period in days.
pub const PERIOD_DAYS: &str = "slo:time_period:days";
/// How many times as fast as allowed the budget is spent now.
pub const CURRENT_BURN: &str = "slo:current_burn_rate:ratio";
/// The same over the period.
pub const PERIOD_BURN: &str = "slo:period_burn_rate:ratio";
/// The part of the budget that is left, at most 1.
pub const REMAINING: &str = "slo:period_error_budget_remaining:ratio";
/// Always 1: its labels are the service's.
pub const INFO: &str = "slo:info";

/// The label that names the service of a series or an alert.
pub const SERVICE: &str = "slo_service";
/// The label that names the objective within its service.
pub const NAME: &str = "slo_name";
/// The label that names both: `checkout.availability`.
pub const ID: &str = "slo_id";

/// The labels that say of which objective a series is, under our names and those of other tools.
pub const IDS: [&str; 3] = [ID, "sloth_id", "slo"];
/// All labels that say something of the objective.
pub const IDENTITY: [&str; 7] = [ID, SERVICE, NAME, "sloth_id", "sloth_service", "sloth_slo", "slo"];

/// Whether rules record it of every objective.
pub fn is_ours(metric: &str) -> bool {
    metric.starts_with("slo:")
}

/// Events in five minutes with the number of the calendar's period they are in.
pub const CALENDAR_TOTAL: &str = "slo:sli_total:calendar5m";
/// Bad events in the same way.
pub const CALENDAR_ERRORS: &str = "slo:sli_errors:calendar5m";
/// The error ratio since the calendar's period began.
pub const CALENDAR_RATIO: &str = "slo:sli_error:ratio_calendar";
/// The label with that number.
pub const CALENDAR: &str = "slo_period";

/// Events in a short window.
pub fn total(window: Duration) -> String {
    format!("slo:sli_total:increase{window}")
}

/// Bad events in a short window.
pub fn errors(window: Duration) -> String {
    format!("slo:sli_errors:increase{window}")
}

/// The error ratio over a window.
pub fn ratio(window: Duration) -> String {
    format!("slo:sli_error:ratio_rate{window}")
}

/// `checkout.availability`. Names hold no dot, so no two objectives share an id.
pub fn id(service: &str, slo: &str) -> String {
    format!("{service}.{slo}")
}
