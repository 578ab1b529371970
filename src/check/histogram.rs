//! `histogram H within T`: which share of the events was at or under a bound.

use super::Checker;
use super::sli::{plain, sum_by};
use crate::diag::{Diagnostic, codes};
use crate::model::{Measure, Sli, SliForm, Windowed};
use crate::promql::{Query, Selector};
use crate::source::Spanned;
use crate::syntax::ast::{self, Quantity};
use crate::units::{Duration, Ratio};

/// The parts a classic histogram is stored in.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];

impl<'a> Checker<'a> {
    pub(super) fn histogram(&mut self, h: &'a ast::Histogram, by: &[String]) -> Option<Sli> {
        let query = self.query(&h.query)?;
        let (selector, metric) = self.histogram_selector(&query)?;
        let bound = self.bound(&h.within, &metric)?;
        let native = false;
        let named = |suffix: &str, extra: &str| with_matcher(&query, selector, &metric, suffix, extra);
        let (total, good) =
            if native { native_parts(&named("", ""), bound, by) } else { classic_parts(&named, bound, by) };
        let windowed = |text| Windowed { text, per_second: false };
        let form = SliForm::Histogram { metric: metric.clone(), bound, within: h.within.node.text.clone(), native };
        let (part, all) =
            if native { (None, None) } else { (Some(named("_bucket", &le(bound))), Some(named("_count", ""))) };
        let measure = Measure::Events { total: windowed(total), part: windowed(good), good: true };
        Some(Sli { part_selector: part, total_selector: all, ..plain(form, measure) })
    }

    /// The histogram's selector and its name.
    fn histogram_selector<'q>(&mut self, query: &'q Query) -> Option<(&'q Selector, String)> {
        let selector = query.bare_selector().and_then(|s| Some((s, s.name.as_ref()?)));
        let Some((selector, name)) = selector else {
            let message = "`histogram` needs the name of a histogram, with matchers and nothing else";
            self.report(
                Diagnostic::new(&codes::E0412, query.span(), message)
                    .here("an expression")
                    .help("`histogram http_request_duration_seconds{job=\"x\"} within 300ms`"),
            );
            return None;
        };
        if let Some(base) = PARTS.iter().find_map(|p| name.node.strip_suffix(p)) {
            let message = format!("`{}` is a part of the histogram `{base}`", name.node);
            let diagnostic = Diagnostic::new(&codes::E0412, name.span, message).here("a part of it");
            self.report(diagnostic.help(format!("name the histogram itself: `{base}`")).fix(
                format!("write `{base}`"),
                name.span,
                base,
            ));
            return None;
        }
        Some((selector, name.node.clone()))
    }

    /// The bound in the metric's own unit, which its name tells where the catalog does not.
    fn bound(&mut self, within: &Spanned<Quantity>, metric: &str) -> Option<Ratio> {
        let unit = Unit::of_name(metric);
        let bound = unit.read(&within.node).filter(|b| *b > Ratio::ZERO);
        if bound.is_none() {
            let message = format!("`{}` is not a bound for `{metric}`, which counts {}", within.node.text, unit.name());
            self.report(
                Diagnostic::new(&codes::E0411, within.span, message)
                    .here("another kind of value")
                    .help(format!("such as `{}`", unit.example())),
            );
        }
        bound
    }
}

/// What a histogram's bounds are measured in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// Seconds, or parts of them: how many make one second.
    Time(i64),
    Bytes,
    Bare,
}

impl Unit {
    pub(super) fn of_name(metric: &str) -> Unit {
        let ends = |suffixes: &[&str]| suffixes.iter().any(|s| metric.ends_with(s));
        if ends(&["_milliseconds", "_ms", "_millis"]) {
            Unit::Time(1000)
        } else if ends(&["_microseconds", "_us"]) {
            Unit::Time(1_000_000)
        } else if ends(&["_bytes"]) {
            Unit::Bytes
        } else if ends(&["_seconds", "_duration", "_latency", "_time"]) {
            Unit::Time(1)
        } else {
            Unit::Bare
        }
    }

    /// A written quantity in this unit. A bare number counts as given in it.
    pub(super) fn read(self, q: &Quantity) -> Option<Ratio> {
        if q.unit.is_empty() {
            return Some(q.number);
        }
        match self {
            Unit::Time(per_second) => seconds(q)?.times(Ratio::whole(per_second)),
            Unit::Bytes => bytes(q),
            Unit::Bare => seconds(q).or_else(|| bytes(q)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Time(1) => "seconds",
            Unit::Time(1000) => "milliseconds",
            Unit::Time(_) => "microseconds",
            Unit::Bytes => "bytes",
            Unit::Bare => "something without a unit",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Unit::Time(_) => "300ms",
            Unit::Bytes => "64KiB",
            Unit::Bare => "0.3",
        }
    }
}

/// `300ms`, `1.5s`, `1h30m` as seconds.
fn seconds(q: &Quantity) -> Option<Ratio> {
    if let Some(duration) = Duration::parse(&q.text) {
        return Some(duration.seconds());
    }
    let unit = match q.unit.as_str() {
        "us" | "µs" => Ratio::new(1, 1_000_000)?,
        unit => Duration::parse(&format!("1{unit}"))?.seconds(),
    };
    q.number.times(unit)
}

/// `64KiB`, `1.5MB` as bytes.
fn bytes(q: &Quantity) -> Option<Ratio> {
    let powers = ["K", "M", "G", "T"];
    let unit = q.unit.strip_suffix('B')?;
    let (prefix, base) = unit.strip_suffix('i').map_or((unit, 1000), |p| (p, 1024));
    let power = if prefix.is_empty() { 0 } else { powers.iter().position(|p| p.eq_ignore_ascii_case(prefix))? + 1 };
    q.number.times(Ratio::new(i128::pow(base, power as u32), 1)?)
}

/// `name_bucket{its matchers, extra}`.
fn with_matcher(query: &Query, selector: &Selector, metric: &str, suffix: &str, extra: &str) -> String {
    let text = |m: &crate::promql::Matcher| query.text().get(range_in(query, m.span)).unwrap_or("").to_string();
    let matchers: Vec<String> =
        selector.matchers.iter().map(text).chain((!extra.is_empty()).then(|| extra.to_string())).collect();
    let braces = if matchers.is_empty() { String::new() } else { format!("{{{}}}", matchers.join(",")) };
    format!("{metric}{suffix}{braces}")
}

fn range_in(query: &Query, span: crate::source::Span) -> std::ops::Range<usize> {
    let base = query.span().start as usize;
    (span.start as usize).saturating_sub(base)..(span.end as usize).saturating_sub(base)
}

/// Total and good events of a classic histogram.
fn classic_parts(named: &dyn Fn(&str, &str) -> String, bound: Ratio, by: &[String]) -> (String, String) {
    let sum = |selector: String| format!("{}(increase({selector}[$window]))", sum_by(by));
    (sum(named("_count", "")), sum(named("_bucket", &le(bound))))
}

/// Total and good events of a native histogram. Without events its fraction is NaN, which the comparison drops.
fn native_parts(selector: &str, bound: Ratio, by: &[String]) -> (String, String) {
    let events = format!("{}(increase({selector}[$window]))", sum_by(by));
    let count = format!("histogram_count({events})");
    (count.clone(), format!("histogram_fraction(0, {}, {events}) * {count} >= 0", bound.expr()))
}

/// The matcher of a bucket, in every spelling its bound may be stored under: Prometheus 3 writes `1.0` for `1`, and
/// client libraries write exponents below 0.0001 and from a million on.
fn le(bound: Ratio) -> String {
    let decimal = bound.decimal().unwrap_or_else(|| bound.to_f64().to_string());
    let mut spellings = vec![decimal.clone()];
    if !decimal.contains('.') {
        spellings.push(format!("{decimal}.0"));
    }
    spellings.extend(exponent(&decimal));
    match &spellings[..] {
        [one] => format!("le=\"{one}\""),
        many => {
            let escaped: Vec<String> = many.iter().map(|s| s.replace('.', "\\\\.").replace('+', "\\\\+")).collect();
            format!("le=~\"{}\"", escaped.join("|"))
        }
    }
}

/// `1.048576e+06` for `1048576`, `5e-05` for `0.00005`; `None` for numbers that are not written so.
fn exponent(decimal: &str) -> Option<String> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = format!("{whole}{fraction}");
    let first = digits.find(|c| c != '0')?;
    let power = whole.len() as i64 - 1 - first as i64;
    if (-4..6).contains(&power) {
        return None;
    }
    let significant = digits[first..].trim_end_matches('0');
    let (head, tail) = significant.split_at(1);
    let point = if tail.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    Some(format!("{head}{point}{tail}e{sign}{:02}", power.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> String {
        le(Ratio::parse(text).expect(text))
    }

    #[test]
    fn a_bucket_is_found_in_every_spelling() {
        assert_eq!(bucket("0.3"), "le=\"0.3\"");
        assert_eq!(bucket("1"), r#"le=~"1|1\\.0""#);
        assert_eq!(bucket("1048576"), r#"le=~"1048576|1048576\\.0|1\\.048576e\\+06""#);
        assert_eq!(bucket("0.00005"), r#"le=~"0\\.00005|5e-05""#);
        assert_eq!(bucket("0.0001"), "le=\"0.0001\"");
    }

    #[test]
    fn quantities_are_read_in_the_unit_of_the_metric() {
        let q = |number: &str, unit: &str| Quantity {
            number: Ratio::parse(number).expect(number),
            unit: unit.into(),
            text: format!("{number}{unit}"),
        };
        assert_eq!(Unit::Time(1).read(&q("300", "ms")), Ratio::parse("0.3"));
        assert_eq!(Unit::Time(1000).read(&q("1.5", "s")), Ratio::parse("1500"));
        assert_eq!(Unit::Bytes.read(&q("1.5", "KiB")), Ratio::parse("1536"));
        assert_eq!(Unit::Bytes.read(&q("1", "MB")), Ratio::parse("1000000"));
        assert_eq!(Unit::Time(1).read(&q("1", "KiB")), None);
    }
}
