//! Periods of the calendar: weeks, months and quarters where somebody lives.

use std::fmt;

use serde::Serialize;

pub use crate::units::CalendarUnit as Unit;

/// A period of the calendar.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Calendar {
    /// How long it is.
    pub unit: Unit,
    /// Where its days begin at midnight.
    pub zone: Zone,
}

impl fmt::Display for Calendar {
    /// As it is written: `calendar month in "Europe/Berlin"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calendar {}", self.unit.name())?;
        if self.zone.name == Zone::UTC { Ok(()) } else { write!(f, " in \"{}\"", self.zone.name) }
    }
}

/// A time zone as it is today, for good.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Zone {
    /// `Europe/Berlin`, or `+02:00`.
    pub name: String,
    /// Seconds that its standard time is ahead of UTC.
    pub offset: i64,
    /// When summer time begins and ends, an hour ahead.
    pub summer: Option<(Change, Change)>,
}

impl Zone {
    /// The zone when none is named.
    pub const UTC: &str = "UTC";
}

/// A Sunday on which clocks are changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Change {
    /// Its month, from 1.
    pub month: u32,
    /// The first day of the month that it can be.
    pub from: u32,
    /// Seconds after midnight, in standard time.
    pub time: i64,
}
