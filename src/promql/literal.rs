//! What numbers, durations and strings are worth, read as Prometheus reads them.

use crate::units::Duration;

/// A number or a duration that Prometheus would not accept, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Bad {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn bad<T>(message: String, help: Option<&str>) -> Result<T, Bad> {
    Err(Bad { message, help: help.map(str::to_string) })
}

/// A number where a number is expected; a duration counts as its seconds.
pub(super) fn number(text: &str) -> Result<f64, Bad> {
    if let Some(ms) = duration_ms(text) {
        return Ok(ms as f64 / 1000.0);
    }
    match plain_number(text) {
        Some(n) if n.is_infinite() => bad(format!("`{text}` is larger than the largest number"), None),
        Some(n) => Ok(n),
        None => bad(format!("`{text}` is neither a number nor a duration"), duration_hint(text)),
    }
}

/// `inf` and `nan` in any case.
pub(super) fn named_number(word: &str) -> Option<f64> {
    if word.eq_ignore_ascii_case("inf") {
        Some(f64::INFINITY)
    } else if word.eq_ignore_ascii_case("nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// Go's integer forms first (`0x1F`, `017`, `1_000`), then a decimal number.
fn plain_number(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let digits = without_underscores(&lower)?;
    if let Some(hex) = digits.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['+', '-'])).map(|n| n as f64);
    }
    let octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if octal {
        return i64::from_str_radix(&digits, 8).ok().map(|n| n as f64);
    }
    let allowed = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-');
    digits.bytes().all(allowed).then(|| digits.parse().ok()).flatten()
}

/// Underscores may stand between the digits of a whole number, and after `0x`.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_string());
    }
    let digits = text.strip_prefix("0x").map(|rest| rest.strip_prefix('_').unwrap_or(rest)).unwrap_or(text);
    let whole = digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit()));
    let hex = text.starts_with("0x");
    (whole && (hex || !text.contains('e'))).then(|| text.replace('_', ""))
}

fn duration_hint(text: &str) -> Option<&'static str> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match unit {
        "M" | "min" | "mins" => Some("a minute is `m`"),
        "sec" | "secs" | "S" => Some("a second is `s`"),
        "H" | "hr" | "hrs" => Some("an hour is `h`"),
        "D" | "day" | "days" => Some("a day is `d`"),
        "mo" | "month" | "months" => Some("there are no months; 30 days are `30d`"),
        _ if text.contains('.') && duration_ms(&format!("1{unit}")).is_some() => {
            Some("a duration has whole numbers: `1m30s`, not `1.5m`")
        }
        _ if !unit.is_empty() => Some("the units are ms, s, m, h, d, w and y, the longest first: `1h30m`"),
        _ => None,
    }
}

/// Milliseconds of `1h30m`; `None` when it is not a duration.
fn duration_ms(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let (mut rest, mut total, mut next) = (text, 0u64, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let (amount, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let rank = UNITS.iter().position(|(name, _)| *name == unit).filter(|rank| *rank >= next)?;
        let length = UNITS.get(rank).map(|u| u.1)?;
        total = total.checked_add(amount.parse::<u64>().ok()?.checked_mul(length)?)?;
        (rest, next) = (tail, rank + 1);
    }
    (next > 0).then_some(total)
}

/// Prometheus counts nanoseconds in 63 bits: some 292 years.
const LONGEST_MS: f64 = 9_223_372_036_854.0;

/// A length of time where one is expected: a duration, or a number of seconds.
pub(super) fn length(text: &str, zero: bool) -> Result<Duration, Bad> {
    let ms = match duration_ms(text) {
        Some(ms) => ms as f64,
        None => match plain_number(text) {
            Some(seconds) => seconds * 1000.0,
            None => return bad(format!("`{text}` is not a duration"), duration_hint(text)),
        },
    };
    if ms > LONGEST_MS {
        return bad(format!("`{text}` is longer than Prometheus can count"), Some("a range is something like `5m`"));
    }
    if ms < 1.0 && !(zero && ms == 0.0) {
        return bad(format!("`{text}` is shorter than a millisecond"), Some("a range is something like `5m`"));
    }
    Ok(Duration::from_millis(ms as u64))
}

/// The text between a string's quotes, escapes replaced; or which of its bytes are wrong, and why.
pub(super) fn unquote(quoted: &str) -> Result<String, (std::ops::Range<usize>, String)> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    if quoted.starts_with('`') || !inner.contains('\\') {
        return Ok(inner.to_string());
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let at = 1 + inner.len() - rest.len();
        let (value, length) = if c == '\\' { escape(rest, quoted, at)? } else { (c, c.len_utf8()) };
        out.push(value);
        rest = rest.get(length..).unwrap_or("");
    }
    Ok(out)
}

type Escaped = Result<(char, usize), (std::ops::Range<usize>, String)>;

/// One escape at the beginning of `rest`: its character and how many bytes it took.
fn escape(rest: &str, quoted: &str, at: usize) -> Escaped {
    let letter = rest.chars().nth(1).unwrap_or('\\');
    let simple = |value: char| Ok((value, 2));
    match letter {
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\x0b'),
        '\\' => simple('\\'),
        '"' | '\'' if quoted.starts_with(letter) => simple(letter),
        'x' => numeric(rest, at, 2, 2, 16),
        'u' => numeric(rest, at, 2, 4, 16),
        'U' => numeric(rest, at, 2, 8, 16),
        '0'..='7' => numeric(rest, at, 1, 3, 8),
        other => Err((at..at + 1 + other.len_utf8(), format!("`\\{other}` is not an escape in a string"))),
    }
}

/// `digits` digits of base `radix`, `skip` bytes into the escape.
fn numeric(rest: &str, at: usize, skip: usize, digits: usize, radix: u32) -> Escaped {
    let text = rest.get(skip..skip + digits).filter(|t| t.chars().all(|c| c.is_digit(radix)));
    let value = text.and_then(|t| u32::from_str_radix(t, radix).ok());
    let value = value.filter(|v| radix != 8 || *v < 256).and_then(char::from_u32);
    let found = || rest.chars().take(skip + digits).take_while(|c| !matches!(c, '"' | '\'')).collect::<String>();
    match value {
        Some(c) => Ok((c, skip + digits)),
        None => Err((at..at + found().len(), format!("`{}` is not a whole escape", found()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_worth_what_go_says() {
        let table: [(&str, f64); 14] = [
            ("0x1F", 31.0),
            ("017", 15.0),
            ("018", 18.0),
            ("1_000_000", 1e6),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            (".5", 0.5),
            ("5.", 5.0),
            ("00", 0.0),
            ("0e1", 0.0),
            ("1h30m", 5400.0),
            ("1ms", 0.001),
            ("0s", 0.0),
            ("0x_1_f", 31.0),
        ];
        for (text, value) in table {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in
            ["1e", "1.2.3", "0b101", "1_", "1__0", "0xFFFFFFFFFFFFFFFFF", "1e999", "5M", "30m1h", "1.5m", "1h30"]
        {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_have_bounds() {
        assert_eq!(length("300", false).map(|d| d.to_string()), Ok("5m".into()));
        assert_eq!(length("0s", true).map(|d| d.to_string()), Ok("0s".into()));
        for text in ["0", "0s", "0.0001", "1e30", "300000y", "5M"] {
            assert!(length(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_lose_quotes_and_escapes() {
        assert_eq!(unquote(r#""a\n\u00e9\x41\101\"""#), Ok("a\né\u{41}A\"".into()));
        assert_eq!(unquote(r"`\d+`"), Ok(r"\d+".into()));
        assert_eq!(unquote(r#""ab\d""#), Err((3..5, r"`\d` is not an escape in a string".into())));
        assert!(unquote(r#""\'""#).is_err());
        assert!(unquote(r#""\x4""#).is_err());
    }
}
