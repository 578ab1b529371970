//! Exact numbers and the quantities the language writes: ratios, durations, values with a unit.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// An exact rational number, always in lowest terms with a positive denominator.
///
/// Arithmetic is checked: the language's own limits keep every formula within 128 bits, and what would
/// leave them gives `None` instead of a wrong number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ratio {
    num: i128,
    den: i128,
}

/// The greatest common divisor; 1 when both are 0.
fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        // Nearly all numbers are short, and dividing those is many times faster.
        let rest = match (u64::try_from(a), u64::try_from(b)) {
            (Ok(a), Ok(b)) => (a % b).into(),
            _ => a % b,
        };
        (a, b) = (b, rest);
    }
    a.max(1)
}

/// `number / divisor`, where that leaves no rest.
fn part(number: i128, divisor: i128) -> i128 {
    // Nearly all numbers are short, as above.
    match (i64::try_from(number), i64::try_from(divisor)) {
        (Ok(number), Ok(divisor)) if divisor > 0 => (number / divisor).into(),
        _ => number / divisor,
    }
}

/// So many powers of ten fit into 127 bits, from 1 on.
const DIGITS: u32 = 39;

/// How many digits after the point a fraction of this denominator has: as many as it has twos or fives.
fn digits(den: u128) -> Option<u32> {
    let twos = den.trailing_zeros();
    let (mut rest, mut fives) = (den >> twos, 0);
    while rest > 1 {
        let fifth = match u64::try_from(rest) {
            Ok(short) => (short % 5 == 0).then_some(u128::from(short / 5)),
            Err(_) => (rest % 5 == 0).then_some(rest / 5),
        };
        rest = fifth?;
        fives += 1;
    }
    Some(twos.max(fives)).filter(|digits| *digits < DIGITS)
}

impl Ratio {
    /// Zero.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// So many characters of a number are shown as they are: those of every objective and its budget.
    const SHOWN: usize = 15;
    /// One.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `num / den` in lowest terms; `None` when `den` is 0 or a part leaves 127 bits.
    pub fn new(num: i128, den: i128) -> Option<Ratio> {
        if den == 0 || num == i128::MIN || den == i128::MIN {
            return None;
        }
        let g = gcd(num.unsigned_abs(), den.unsigned_abs()) as i128;
        let sign = den.signum();
        Some(Ratio { num: part(sign * num, g), den: part(sign * den, g) })
    }

    /// A whole number.
    pub fn whole(n: i64) -> Ratio {
        Ratio { num: n.into(), den: 1 }
    }

    /// Reads a decimal number such as `99.95` or `-0.5`. `None` when it is not one or has over 30 digits.
    pub fn parse(text: &str) -> Option<Ratio> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || digits.ends_with('.') || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        if whole.len() + fraction.len() > 30 {
            return None;
        }
        let num: i128 = format!("{whole}{fraction}").parse().ok()?;
        Ratio::new(sign * num, 10i128.checked_pow(fraction.len() as u32)?)
    }

    /// Numerator of the lowest terms; carries the sign.
    pub fn num(self) -> i128 {
        self.num
    }

    /// Denominator of the lowest terms; positive.
    pub fn den(self) -> i128 {
        self.den
    }

    /// The sum.
    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        let g = gcd(self.den.unsigned_abs(), other.den.unsigned_abs()) as i128;
        let more = part(other.den, g);
        let left = self.num.checked_mul(more)?;
        let right = other.num.checked_mul(part(self.den, g))?;
        Ratio::new(left.checked_add(right)?, self.den.checked_mul(more)?)
    }

    /// The difference.
    pub fn minus(self, other: Ratio) -> Option<Ratio> {
        self.plus(Ratio { num: other.num.checked_neg()?, ..other })
    }

    /// The product.
    pub fn times(self, other: Ratio) -> Option<Ratio> {
        let g1 = gcd(self.num.unsigned_abs(), other.den.unsigned_abs()) as i128;
        let g2 = gcd(other.num.unsigned_abs(), self.den.unsigned_abs()) as i128;
        let num = part(self.num, g1).checked_mul(part(other.num, g2))?;
        let den = part(self.den, g2).checked_mul(part(other.den, g1))?;
        // What could be divided out is.
        (num != i128::MIN).then_some(Ratio { num, den })
    }

    /// The quotient; `None` also when `other` is 0.
    pub fn over(self, other: Ratio) -> Option<Ratio> {
        self.times(Ratio::new(other.den, other.num)?)
    }

    /// The nearest `f64`: for drawing and estimates, never for a threshold.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// All digits as a decimal number, when they end (`0.001`); `None` for the likes of 1/3.
    pub fn decimal(self) -> Option<String> {
        let digits = digits(self.den.unsigned_abs())?;
        let scaled = self.num.checked_mul(10i128.pow(digits) / self.den)?;
        // Nearly all numbers are short, and printing those is many times faster.
        let mut text = i64::try_from(scaled).map_or_else(|_| scaled.to_string(), |short| short.to_string());
        let (first, digits) = (usize::from(scaled < 0), digits as usize);
        if digits > 0 {
            let zeros = (digits + 1 + first).saturating_sub(text.len());
            text.insert_str(first, &"0".repeat(zeros));
            text.insert(text.len() - digits, '.');
        }
        Some(text)
    }

    /// The value as PromQL and Grafana's math read it: a decimal number, or a division where the digits never end.
    pub fn expr(self) -> String {
        self.decimal().unwrap_or_else(|| format!("({} / {})", self.num, self.den))
    }

    /// Rounded to `digits` significant digits for people, without trailing zeros: `14.4`, `0.9333`.
    pub fn rounded(self, digits: usize) -> String {
        round_significant(self.to_f64(), digits)
    }

    /// As a percentage for people: `1.44%`, or `≈6.42857%` where the digits do not end soon.
    pub fn percent(self) -> String {
        let Some(hundredths) = self.times(Ratio::whole(100)) else { return format!("≈{}%", self.to_f64() * 100.0) };
        let exact = hundredths.decimal().filter(|digits| digits.len() <= Ratio::SHOWN);
        exact.map_or_else(|| format!("≈{}%", hundredths.rounded(6)), |digits| format!("{digits}%"))
    }
}

/// `value` with `digits` significant digits and no trailing zeros; whole digits are never dropped.
fn round_significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    // The power of ten is what is printed: a logarithm may be off by one, and is a library of its own to load.
    let power = format!("{value:e}").rsplit('e').next().and_then(|power| power.parse::<i64>().ok());
    let magnitude = power.unwrap_or(0) + 1;
    let places = (digits as i64 - magnitude).clamp(0, 17) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    /// Exact for all values: where products overflow it compares whole parts, then the reciprocals of what is left, as
    /// Euclid would.
    fn cmp(&self, other: &Ratio) -> Ordering {
        if let (Some(a), Some(b)) = (self.num.checked_mul(other.den), other.num.checked_mul(self.den)) {
            return a.cmp(&b);
        }
        let (mut a, mut b) = (*self, *other);
        let mut flipped = false;
        loop {
            let (qa, qb) = (a.num.div_euclid(a.den), b.num.div_euclid(b.den));
            let (ra, rb) = (a.num.rem_euclid(a.den), b.num.rem_euclid(b.den));
            let order = qa.cmp(&qb).then_with(|| match (ra, rb) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if order != Ordering::Equal || (ra == 0 && rb == 0) {
                return if flipped { order.reverse() } else { order };
            }
            a = Ratio { num: a.den, den: ra };
            b = Ratio { num: b.den, den: rb };
            flipped = !flipped;
        }
    }
}

/// A length of time in whole milliseconds, at most [`Duration::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Duration(u64);

impl Duration {
    /// Ten years: longer than any period, window or retention.
    pub const MAX: Duration = Duration(10 * 365 * 86_400_000);

    /// `ms` milliseconds, capped at [`Duration::MAX`].
    pub const fn from_millis(ms: u64) -> Duration {
        if ms < Duration::MAX.0 { Duration(ms) } else { Duration::MAX }
    }

    /// `s` seconds.
    pub const fn from_secs(s: u64) -> Duration {
        Duration::from_millis(s.saturating_mul(1000))
    }

    /// `m` minutes.
    pub const fn from_mins(m: u64) -> Duration {
        Duration::from_secs(m.saturating_mul(60))
    }

    /// Milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Seconds, exactly.
    pub fn seconds(self) -> Ratio {
        Ratio::new(self.0.into(), 1000).unwrap_or(Ratio::ZERO)
    }

    /// Reads `90s`, `1h30m`, `30d`, `300ms`: units fall from left to right as in Prometheus.
    /// `None` when it is not a duration or is longer than [`Duration::MAX`].
    pub fn parse(text: &str) -> Option<Duration> {
        let mut rest = text;
        let mut total = 0u64;
        let mut last = UNITS.len();
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: u64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let rank = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
            if rank >= last {
                return None;
            }
            last = rank;
            total = total.checked_add(number.checked_mul(UNITS[rank].1)?)?;
            rest = &rest[letters..];
        }
        (last < UNITS.len() && total <= Duration::MAX.0).then_some(Duration(total))
    }

    /// `self / other` as an exact number; `None` when `other` is zero.
    pub fn over(self, other: Duration) -> Option<Ratio> {
        Ratio::new(self.0.into(), other.0.into())
    }

    /// `self · factor`, to the nearest millisecond; `None` when negative or too long.
    pub fn scaled(self, factor: Ratio) -> Option<Duration> {
        let exact = Ratio::whole(self.0 as i64).times(factor)?;
        let twice = exact.num.checked_mul(2)?.checked_add(exact.den)?;
        let ms = u64::try_from(twice.div_euclid(exact.den.checked_mul(2)?)).ok()?;
        (ms <= Duration::MAX.0).then_some(Duration(ms))
    }

    /// For people, two units at most, rounded to them: `43m12s`, `3d6h`, `52s`, `350ms`.
    pub fn human(self) -> String {
        let Some(rank) = (0..5).rev().find(|&i| self.0 >= UNITS[i].1) else { return "0s".into() };
        let unit = UNITS[rank].1;
        let fine = UNITS[rank.saturating_sub(1)].1;
        let fine = if rank == 1 && self.0 >= 10_000 { unit } else { fine };
        let rounded = (self.0 + fine / 2) / fine * fine;
        let (whole, rest) = (rounded / unit, rounded % unit);
        if rank > 1 && rest != 0 {
            format!("{whole}{}{}{}", UNITS[rank].0, rest / fine, UNITS[rank - 1].0)
        } else if rank == 1 && rest != 0 {
            format!("{}s", round_significant(rounded as f64 / 1000.0, 2))
        } else {
            Duration(rounded).to_string()
        }
    }
}

/// Names and lengths of the units in milliseconds, shortest first. Only these are printed; `w` and `y` are also read.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 7 * 86_400_000),
    ("y", 365 * 86_400_000),
];

impl fmt::Display for Duration {
    /// As Prometheus reads it, in days and shorter: `30d`, `1h30m`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (name, length) in UNITS[..5].iter().rev() {
            if rest >= *length {
                fmt::Display::fmt(&(rest / length), f)?;
                f.write_str(name)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

/// Units of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// From Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// Three months, the first from January on.
    Quarter,
}

impl CalendarUnit {
    /// Every unit.
    pub const ALL: [CalendarUnit; 3] = [CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter];

    /// Its word in the language.
    pub fn name(self) -> &'static str {
        match self {
            CalendarUnit::Week => "week",
            CalendarUnit::Month => "month",
            CalendarUnit::Quarter => "quarter",
        }
    }

    /// The time that burn rates are reckoned with.
    pub fn nominal(self) -> Duration {
        Duration::from_mins(1440 * self.days().0)
    }

    /// The longest there is, with the hour that the end of summer time adds.
    pub fn longest(self) -> Duration {
        Duration::from_mins(1440 * self.days().1 + 60)
    }

    /// Days for reckoning, and days at most.
    fn days(self) -> (u64, u64) {
        match self {
            CalendarUnit::Week => (7, 7),
            CalendarUnit::Month => (30, 31),
            CalendarUnit::Quarter => (90, 92),
        }
    }
}

impl Serialize for Ratio {
    /// All its digits, as a text: `0.999`, or `1/3`.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.decimal().unwrap_or_else(|| format!("{}/{}", self.num, self.den)))
    }
}

impl Serialize for Duration {
    /// As it prints.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(text: &str) -> Ratio {
        Ratio::parse(text).expect(text)
    }

    #[test]
    fn a_budget_prints_its_own_digits_and_no_others() {
        let objective = r("99.9").over(Ratio::whole(100)).expect("in range");
        assert_eq!(objective.expr(), "0.999");
        assert_eq!(Ratio::ONE.minus(objective).expect("in range").expr(), "0.001");
    }

    #[test]
    fn a_percentage_has_all_its_digits_or_says_that_it_has_not() {
        let percent = |num, den| Ratio::new(num, den).expect("in range").percent();
        assert_eq!(percent(99_999_999_999, 100_000_000_000), "99.999999999%");
        assert_eq!(percent(1, 100_000_000_000), "0.000000001%");
        assert_eq!(percent(144, 10_000), "1.44%");
        assert_eq!(percent(9, 140), "≈6.42857%");
    }

    #[test]
    fn what_never_ends_in_decimals_prints_as_a_division() {
        assert_eq!(Ratio::new(14, 15).expect("in range").expr(), "(14 / 15)");
        assert_eq!(Ratio::new(14, 15).expect("in range").rounded(4), "0.9333");
    }

    #[test]
    fn decimals_have_as_many_digits_as_it_takes() {
        let decimal = |num, den| Ratio::new(num, den).expect("in range").decimal();
        for (num, den, text) in [(1, 8, "0.125"), (-1, 400, "-0.0025"), (-7, 2, "-3.5"), (12, 1, "12"), (0, 5, "0")] {
            assert_eq!(decimal(num, den).as_deref(), Some(text));
        }
        let most = 10i128.pow(38);
        assert_eq!(decimal(1, most), Some(format!("0.{}1", "0".repeat(37))));
        assert_eq!(decimal(i128::MAX, 10).as_deref(), Some("17014118346046923173168730371588410572.7"));
        assert_eq!((decimal(1, 3), decimal(1, 1 << 40)), (None, None));
    }

    #[test]
    fn order_is_exact_where_products_would_overflow() {
        let huge = i128::MAX / 3;
        let (a, b) = (Ratio::new(huge, huge - 1).expect("a"), Ratio::new(huge - 1, huge - 2).expect("b"));
        assert_eq!(a.cmp(&b), Ordering::Less);
        assert_eq!(r("-0.5").cmp(&r("0.25")), Ordering::Less);
        assert_eq!(r("-0.5").cmp(&r("-0.25")), Ordering::Less);
    }

    #[test]
    fn durations_read_and_print_as_prometheus_does() {
        for text in ["30d", "1h30m", "5m", "300ms", "1m30s"] {
            assert_eq!(Duration::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(Duration::parse("2w").expect("weeks").to_string(), "14d");
        for wrong in ["", "5", "m", "5m1h", "1.5h", "5M", "99999y", "-5m"] {
            assert_eq!(Duration::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn people_read_two_units() {
        let human = |ms| Duration::from_millis(ms).human();
        assert_eq!(human(2_592_000), "43m12s");
        assert_eq!(human(51_840), "52s");
        assert_eq!(human(350), "350ms");
        assert_eq!(human(4_321), "4.3s");
        assert_eq!(human(86_400_000 * 30), "30d");
    }
}
