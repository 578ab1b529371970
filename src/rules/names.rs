//! Names and durations as Prometheus reads them in rule files.

/// Whether a name of a metric is one that every version takes.
pub(super) fn is_metric(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':');
    name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

/// Whether a name of a label is one that every version takes.
pub fn is_label(name: &str) -> bool {
    is_metric(name) && !name.contains(':')
}

/// Milliseconds of `1h30m` or `0`; `None` when Prometheus refuses it.
pub fn duration_ms(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut total, mut units) = (text, 0u64, UNITS.iter());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let (amount, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, length) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(amount.parse::<u64>().ok()?.checked_mul(*length)?)?;
        rest = tail;
    }
    // Prometheus counts nanoseconds in 63 bits.
    (!text.is_empty() && total <= i64::MAX as u64 / 1_000_000).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        for (text, ms) in
            [("0", 0), ("5m", 300_000), ("1h30m", 5_400_000), ("1y2w3d", 33_004_800_000), ("0s", 0), ("1s5ms", 1005)]
        {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for text in ["", "5", "m", "30m1h", "1h1h", "-5m", "1.5h", "5 m", "5min", "300y", "99999999999999999999s"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_those_of_every_version() {
        assert!(is_metric("job:http_requests:rate5m") && is_metric("_a1"));
        assert!(is_label("a_1") && !is_label("a:b"));
        for name in ["", "1a", "a-b", "a b", "é"] {
            assert!(!is_metric(name), "{name}");
        }
    }
}
