//! What promtool says of tests that fail: which queries, when, and what they gave.

use crate::units::Duration;

/// The queries that gave another answer, and when they were asked.
pub(super) fn checks(words: &str) -> Vec<(String, Duration)> {
    words.lines().filter_map(check).collect()
}

/// `expr: "…", time: 16m,`.
fn check(line: &str) -> Option<(String, Duration)> {
    let (expr, time) = line.trim().strip_prefix("expr: ")?.rsplit_once(", time: ")?;
    let expr = serde_json::from_str(expr).ok()?;
    let time = time.trim_end_matches([',', ' ']);
    // promtool writes no time at all as `0s`.
    Some((expr, Duration::parse(time).unwrap_or_default()))
}

/// The numbers that queries gave.
pub(super) fn values(words: &str) -> Vec<f64> {
    let got = words.lines().filter_map(|line| line.trim().strip_prefix("got:"));
    got.filter_map(|answer| answer.rsplit(' ').next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "\
Unit Testing:  t.yml
  FAILED:
    expr: \"count(X{a=\\\"b\\\"}[20m])\", time: 1h16m,
        exp: nil
        got: {alertname=\"X\"} 9E+00
    expr: \"min(x)\", time: 0s,
        exp: {} 1E+00
        got: nil
";

    #[test]
    fn what_promtool_says_is_read() {
        let expected = [("count(X{a=\"b\"}[20m])", Duration::from_mins(76)), ("min(x)", Duration::default())];
        assert_eq!(checks(WORDS), expected.map(|(expr, at)| (expr.to_string(), at)));
        assert_eq!(values(WORDS), [9.0]);
    }
}
