//! Units of measurement: what a value counts, and how many of the base unit one of it is.

use std::fmt;

use crate::units::Ratio;

/// Powers of the base units, and a factor: milliseconds are 1/1000 of a second to the power 1.
///
/// Temperatures are differences to zero degrees, as Prometheus metrics have no other use of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unit {
    powers: [i8; BASES.len()],
    scale: Ratio,
}

/// The base units, in the order of `Unit::powers`.
const BASES: [&str; 7] = ["seconds", "bytes", "celsius", "volts", "amperes", "joules", "meters"];

/// A unit's names, the first of which is printed; its powers; and how many base units one of it is, as a fraction.
type Row = (&'static [&'static str], [i8; BASES.len()], i64, i64);

const NONE: [i8; 7] = [0; 7];
const TIME: [i8; 7] = [1, 0, 0, 0, 0, 0, 0];
const PER_TIME: [i8; 7] = [-1, 0, 0, 0, 0, 0, 0];
const DATA: [i8; 7] = [0, 1, 0, 0, 0, 0, 0];

const TABLE: &[Row] = &[
    (&["ratio", "none", "count"], NONE, 1, 1),
    (&["percent", "%"], NONE, 1, 100),
    (&["seconds", "second", "s"], TIME, 1, 1),
    (&["milliseconds", "millisecond", "ms", "millis"], TIME, 1, 1000),
    (&["microseconds", "microsecond", "us", "micros"], TIME, 1, 1_000_000),
    (&["nanoseconds", "nanosecond", "ns", "nanos"], TIME, 1, 1_000_000_000),
    (&["minutes", "minute", "m", "min"], TIME, 60, 1),
    (&["hours", "hour", "h"], TIME, 3600, 1),
    (&["days", "day", "d"], TIME, 86_400, 1),
    (&["weeks", "week", "w"], TIME, 604_800, 1),
    (&["hertz", "Hz"], PER_TIME, 1, 1),
    (&["bytes", "byte", "B"], DATA, 1, 1),
    (&["bits", "bit"], DATA, 1, 8),
    (&["kilobytes", "kB", "KB"], DATA, 1000, 1),
    (&["megabytes", "MB"], DATA, 1_000_000, 1),
    (&["gigabytes", "GB"], DATA, 1_000_000_000, 1),
    (&["terabytes", "TB"], DATA, 1_000_000_000_000, 1),
    (&["kibibytes", "KiB"], DATA, 1 << 10, 1),
    (&["mebibytes", "MiB"], DATA, 1 << 20, 1),
    (&["gibibytes", "GiB"], DATA, 1 << 30, 1),
    (&["tebibytes", "TiB"], DATA, 1 << 40, 1),
    (&["celsius", "°C"], [0, 0, 1, 0, 0, 0, 0], 1, 1),
    (&["volts", "V"], [0, 0, 0, 1, 0, 0, 0], 1, 1),
    (&["millivolts", "mV"], [0, 0, 0, 1, 0, 0, 0], 1, 1000),
    (&["amperes", "A"], [0, 0, 0, 0, 1, 0, 0], 1, 1),
    (&["joules", "J"], [0, 0, 0, 0, 0, 1, 0], 1, 1),
    (&["watts", "W"], [-1, 0, 0, 0, 0, 1, 0], 1, 1),
    (&["kilowatts", "kW"], [-1, 0, 0, 0, 0, 1, 0], 1000, 1),
    (&["milliwatts", "mW"], [-1, 0, 0, 0, 0, 1, 0], 1, 1000),
    (&["meters", "metres"], [0, 0, 0, 0, 0, 0, 1], 1, 1),
];

impl Unit {
    /// A plain number: a count, or a ratio.
    pub const NONE: Unit = Unit { powers: NONE, scale: Ratio::ONE };
    /// Seconds.
    pub const SECONDS: Unit = Unit { powers: TIME, scale: Ratio::ONE };

    /// Reads a unit's name or sign: `seconds`, `ms`, `%`, `GiB`. `None` when it is not one.
    pub fn parse(word: &str) -> Option<Unit> {
        let (_, powers, num, den) = TABLE.iter().find(|(names, ..)| names.contains(&word))?;
        Some(Unit { powers: *powers, scale: Ratio::new((*num).into(), (*den).into())? })
    }

    /// Every name a unit may be written with.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|(names, ..)| names.iter().copied())
    }

    /// What Prometheus's convention says of a metric's name: `…_seconds`, `…_bytes_total`, `…_ratio`.
    pub fn of_name(metric: &str) -> Option<Unit> {
        let stem = metric.strip_suffix("_total").unwrap_or(metric);
        let last = stem.rsplit(['_', ':']).next().filter(|last| last.len() < stem.len())?;
        // Abbreviations of one letter are as often something else.
        Unit::parse(last).filter(|_| last.len() > 1 && !matches!(last, "count" | "none" | "min"))
    }

    /// Whether both measure the same, whatever their factors are.
    pub fn same_dimension(self, other: Unit) -> bool {
        self.powers == other.powers
    }

    /// Whether it is a plain number, such as a ratio or a percentage.
    pub fn is_plain(self) -> bool {
        self.powers == NONE
    }

    /// How many base units one of it is: 1/1000 for milliseconds.
    pub fn scale(self) -> Ratio {
        self.scale
    }

    /// How many of `to` one of this unit is: 1000 from seconds to milliseconds. `None` when they measure different things.
    pub fn factor_to(self, to: Unit) -> Option<Ratio> {
        if self.same_dimension(to) { self.scale.over(to.scale) } else { None }
    }

    /// The unit of a product; `None` when a power or the factor leaves its bounds.
    pub fn times(self, other: Unit) -> Option<Unit> {
        self.combine(other, i8::checked_add, self.scale.times(other.scale)?)
    }

    /// The unit of a quotient.
    pub fn over(self, other: Unit) -> Option<Unit> {
        self.combine(other, i8::checked_sub, self.scale.over(other.scale)?)
    }

    fn combine(self, other: Unit, f: impl Fn(i8, i8) -> Option<i8>, scale: Ratio) -> Option<Unit> {
        let mut powers = NONE;
        for ((power, a), b) in powers.iter_mut().zip(self.powers).zip(other.powers) {
            *power = f(a, b)?;
        }
        Some(Unit { powers, scale })
    }

    /// The unit of a value multiplied by a plain number: the value changes, so what one of it is changes the other way.
    pub fn rescaled(self, factor: Ratio) -> Option<Unit> {
        Some(Unit { scale: self.scale.over(factor)?, ..self })
    }
}

impl fmt::Display for Unit {
    /// A name where there is one: `milliseconds`, `bytes/seconds`, `1/1000 bytes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |row: &&Row| row.1 == self.powers && Ratio::new(row.2.into(), row.3.into()) == Some(self.scale);
        if let Some((names, ..)) = TABLE.iter().find(same) {
            return f.write_str(names.first().unwrap_or(&""));
        }
        // A rate of anything: the unit times seconds has a name.
        if let Some(inner) =
            self.times(Unit::SECONDS).filter(|u| u.powers != NONE && TABLE.iter().any(|r| r.1 == u.powers))
        {
            return write!(f, "{inner} per second");
        }
        if self.scale != Ratio::ONE {
            write!(f, "{} ", self.scale.expr())?;
        }
        let power = |(base, power): (&&str, &i8)| match power {
            0 => None,
            1 => Some(base.to_string()),
            n => Some(format!("{base}^{n}")),
        };
        let parts: Vec<String> = BASES.iter().zip(&self.powers).filter_map(power).collect();
        f.write_str(&if parts.is_empty() { "ratio".into() } else { parts.join("·") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_convert_and_print() {
        let (s, ms, b) = (Unit::SECONDS, Unit::parse("ms").expect("ms"), Unit::parse("bytes").expect("bytes"));
        assert_eq!(s.factor_to(ms), Some(Ratio::whole(1000)));
        assert_eq!(s.factor_to(b), None);
        assert_eq!(b.over(s).expect("a rate").to_string(), "bytes per second");
        assert_eq!(s.over(s), Some(Unit::NONE));
        assert_eq!(s.rescaled(Ratio::whole(1000)), Some(ms));
        assert_eq!(Unit::NONE.rescaled(Ratio::whole(100)).expect("percent").to_string(), "percent");
    }

    #[test]
    fn names_tell_units_by_convention() {
        let of = |name| Unit::of_name(name).map(|u| u.to_string());
        assert_eq!(of("http_request_duration_seconds").as_deref(), Some("seconds"));
        assert_eq!(of("node_network_receive_bytes_total").as_deref(), Some("bytes"));
        assert_eq!(of("tunnel_request_latency_ms").as_deref(), Some("milliseconds"));
        assert_eq!(of("http_requests_total"), None);
        assert_eq!(of("seconds"), None);
    }

    #[test]
    fn every_name_is_read() {
        assert!(Unit::names().all(|n| Unit::parse(n).is_some()));
    }
}
