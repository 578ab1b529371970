//! The values samples can have, as the interval between the least and the greatest.

use std::fmt;

/// From `low` to `high`, both included; an empty interval has `low` above `high`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The least value; may be negative infinity.
    pub low: f64,
    /// The greatest value; may be infinity.
    pub high: f64,
}

impl Interval {
    /// All numbers.
    pub const ALL: Interval = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
    /// What is not negative.
    pub const POSITIVE: Interval = Interval { low: 0.0, high: f64::INFINITY };
    /// From 0 to 1.
    pub const UNIT: Interval = Interval { low: 0.0, high: 1.0 };
    /// At least 1.
    pub const COUNT: Interval = Interval { low: 1.0, high: f64::INFINITY };

    /// One value; all numbers for NaN.
    pub fn point(value: f64) -> Interval {
        if value.is_nan() { Interval::ALL } else { Interval { low: value, high: value } }
    }

    /// From one value to another.
    pub fn new(low: f64, high: f64) -> Interval {
        Interval { low, high }
    }

    /// The value, when there is just one.
    pub fn single(self) -> Option<f64> {
        (self.low == self.high).then_some(self.low)
    }

    /// Whether nothing is known.
    pub fn is_all(self) -> bool {
        self == Interval::ALL
    }

    /// Whether a value lies inside.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The least interval that holds both.
    pub fn union(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// What lies in both; may be empty.
    pub fn intersection(self, other: Interval) -> Interval {
        Interval { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    /// The sums of two values.
    pub fn plus(self, other: Interval) -> Interval {
        Interval { low: self.low + other.low, high: self.high + other.high }.sane()
    }

    /// The negative.
    pub fn negated(self) -> Interval {
        Interval { low: -self.high, high: -self.low }
    }

    /// The products of two values.
    pub fn times(self, other: Interval) -> Interval {
        // Zero times infinity is no value that a finite sample can have.
        let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
        let corners = [(self.low, other.low), (self.low, other.high), (self.high, other.low), (self.high, other.high)];
        Interval::spanning(corners.map(|(a, b)| product(a, b)))
    }

    /// The quotients of two values; all numbers when the divisor may be zero on both sides.
    pub fn over(self, other: Interval) -> Interval {
        if other.low > 0.0 || other.high < 0.0 {
            return self.times(Interval { low: 1.0 / other.high, high: 1.0 / other.low });
        }
        // A divisor that is not negative leaves the sign, and no bound.
        match (self.low >= 0.0, other.low >= 0.0) {
            (true, true) => Interval::POSITIVE,
            _ => Interval::ALL,
        }
    }

    fn spanning(values: [f64; 4]) -> Interval {
        let low = values.into_iter().fold(f64::INFINITY, f64::min);
        let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Interval { low, high }.sane()
    }

    /// Infinity minus infinity bounds nothing.
    fn sane(self) -> Interval {
        let low = if self.low.is_nan() { f64::NEG_INFINITY } else { self.low };
        let high = if self.high.is_nan() { f64::INFINITY } else { self.high };
        Interval { low, high }
    }
}

impl fmt::Display for Interval {
    /// `1`, `0 to 1`, `at least 0`, `any number`, `nothing`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low.is_finite(), self.high.is_finite()) {
            _ if self.low > self.high => f.write_str("nothing"),
            _ if self.single().is_some() => write!(f, "{}", self.low),
            (true, true) => write!(f, "{} to {}", self.low, self.high),
            (true, false) => write!(f, "at least {}", self.low),
            (false, true) => write!(f, "at most {}", self.high),
            (false, false) => f.write_str("any number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn results_of_members_are_members(a in -9.0..9.0f64, b in 0.0..9.0f64, c in -9.0..9.0f64, d in 0.0..9.0f64, s in 0.0..1.0f64, t in 0.0..1.0f64) {
            let (x, y) = (Interval::new(a, a + b), Interval::new(c, c + d));
            let (u, v) = (a + b * s, c + d * t);
            let near = |i: Interval, value: f64| i.low - 1e-9 <= value && value <= i.high + 1e-9;
            prop_assert!(near(x.plus(y), u + v));
            prop_assert!(near(x.times(y), u * v));
            prop_assert!(near(x.negated(), -u));
            if v.abs() > 1e-3 && (y.low > 1e-3 || y.high < -1e-3) {
                prop_assert!(near(x.over(y), u / v));
            }
        }
    }
}
