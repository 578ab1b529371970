//! Numbers and times as programs in Go spell them, for rules that must be those of Sloth and Pyrra to the letter.

use crate::units::Duration;

/// A float by `%g`: the shortest digits that are this number, with an exponent under 10⁻⁴ and from 10²¹ on.
pub(super) fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if value != 0.0 && !(-4..21).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.abs());
    }
    value.to_string()
}

/// A duration as Prometheus's own library prints it: years and weeks where they are whole, `2w`, `1d12h`, `1h30m`.
pub(super) fn duration(duration: Duration) -> String {
    const UNITS: [(&str, u64, bool); 7] = [
        ("y", 365 * 86_400_000, true),
        ("w", 7 * 86_400_000, true),
        ("d", 86_400_000, false),
        ("h", 3_600_000, false),
        ("m", 60_000, false),
        ("s", 1000, false),
        ("ms", 1, false),
    ];
    let mut rest = duration.millis();
    let mut text = String::new();
    for (unit, size, exact) in UNITS {
        if rest >= size && (!exact || rest.is_multiple_of(size)) {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelled_as_in_go() {
        assert_eq!(float(14.4), "14.4");
        assert_eq!(float(1.0), "1");
        assert_eq!(float((100.0 - 99.9) / 100.0), "0.0009999999999999432");
        assert_eq!(float((100.0 - 99.999) / 100.0), "1.0000000000047748e-05");
        assert_eq!(float(0.0001), "0.0001");
    }

    #[test]
    fn durations_are_spelled_as_prometheus_does() {
        let days = |d: u64| duration(Duration::from_mins(d * 1440));
        assert_eq!([days(30), days(28), days(365), days(1)], ["30d", "4w", "1y", "1d"]);
        assert_eq!(duration(Duration::from_mins(36 * 60)), "1d12h");
    }
}
