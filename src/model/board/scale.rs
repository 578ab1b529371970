//! How values are read: units, ends, colours, words.

use serde::Serialize;

use crate::units::Ratio;

/// How values are read.
#[derive(Clone, PartialEq, Hash, Debug, Default, Serialize)]
pub struct Scale {
    /// Their unit.
    pub unit: Unit,
    /// Digits after the point; `None` leaves them to Grafana.
    pub decimals: Option<u32>,
    /// Where the axis or gauge begins.
    pub min: Option<Ratio>,
    /// Where the axis or gauge ends.
    pub max: Option<Ratio>,
    /// The colour of the smallest values; `None` leaves values without colour.
    pub base: Option<Hue>,
    /// Values from which on another colour holds, ascending.
    pub steps: Vec<(Ratio, Hue)>,
    /// Values that are read as words.
    pub words: Vec<Word>,
    /// What stands where there is no value.
    pub none: Option<String>,
}

/// A value that is read as a word.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Word {
    /// The value: a number, or a text of a database.
    pub value: String,
    /// The word.
    pub text: String,
    /// Its colour.
    pub hue: Option<Hue>,
}

/// Units of values.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number as it is.
    #[default]
    Number,
    /// A count, shortened: 1.2K.
    Count,
    /// A share of 1, shown in percent.
    Share,
    /// Percent as they are: 50 is 50 %.
    Percent,
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds, shown in the greatest fitting unit.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
    /// Events per second.
    PerSecond,
    /// Events per minute.
    PerMinute,
    /// A factor: 14.4×.
    Times,
    /// Bytes, shown in KiB, MiB, GiB.
    Bytes,
    /// Kibibytes.
    Kibibytes,
    /// Mebibytes.
    Mebibytes,
    /// Gibibytes.
    Gibibytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Bits.
    Bits,
    /// Bits per second.
    BitsPerSecond,
    /// Degrees Celsius.
    Celsius,
    /// Hertz.
    Hertz,
    /// Volts.
    Volts,
    /// Amperes.
    Amperes,
    /// Watts.
    Watts,
    /// Joules.
    Joules,
    /// Meters.
    Meters,
    /// Dollars of the United States.
    Dollars,
    /// Euros.
    Euros,
    /// 0 is no, 1 is yes.
    YesNo,
    /// Seconds since 1970, in milliseconds.
    Moment,
    /// A number with this behind it.
    Behind(String),
}

/// The colours of Okabe and Ito, which people with any kind of colour vision tell apart, and two neutral ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hue {
    /// Good.
    Blue,
    /// Series.
    Sky,
    /// Series.
    Green,
    /// Take notice.
    Yellow,
    /// Attend to it in working hours.
    Orange,
    /// Attend to it now.
    Vermillion,
    /// Series.
    Purple,
    /// Neither good nor bad.
    Grey,
    /// The colour of text.
    Text,
}

impl Hue {
    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Hue::Blue => "blue",
            Hue::Sky => "sky",
            Hue::Green => "green",
            Hue::Yellow => "yellow",
            Hue::Orange => "orange",
            Hue::Vermillion => "red",
            Hue::Purple => "purple",
            Hue::Grey => "grey",
            Hue::Text => "none",
        }
    }
}
