//! `histogram H within T`: which share of the events was at or under a bound.

use super::Checker;
use super::catalogs::to_unit;
use super::sli::{plain, sum_by};
use crate::catalog::{Catalog, Kind, Metric, Unit};
use crate::diag::{Diagnostic, codes};
use crate::model::{Measure, Sli, SliForm, Windowed};
use crate::promql::{Query, Selector};
use crate::source::Spanned;
use crate::syntax::ast::{self, Name, Quantity};
use crate::units::{Duration, Ratio};

/// The parts a classic histogram is stored in.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];

impl<'a> Checker<'a> {
    pub(super) fn histogram(&mut self, h: &'a ast::Histogram, by: &[String], names: &[Name]) -> Option<Sli> {
        let query = self.query(&h.query)?;
        let (selector, metric) = self.histogram_selector(&query)?;
        let catalog = self.catalog(h.query.span.file);
        self.typed_histogram(&query, selector, names);
        let native = self.is_native(&query, &metric, &catalog)?;
        let bound = self.bound(&h.within, &metric, &catalog)?;
        let named = |suffix: &str, extra: &str| with_matcher(&query, selector, &metric, suffix, extra);
        let (total, good) =
            if native { native_parts(&named("", ""), bound, by) } else { classic_parts(&named, bound, by) };
        let windowed = |text| Windowed { text, per_second: false };
        let form = SliForm::Histogram { metric: metric.clone(), bound, within: h.within.node.text.clone(), native };
        let (part, all) =
            if native { (None, None) } else { (Some(named("_bucket", &le(bound))), Some(named("_count", ""))) };
        let measure = Measure::Events { total: windowed(total), part: windowed(good), good: true };
        let dimensions = self.dimensions(selector, h.query.span.file, by);
        Some(Sli { part_selector: part, total_selector: all, dimensions, ..plain(form, measure) })
    }

    /// Whether the catalog says that it is a native one. What it says to be no histogram at all is a mistake.
    fn is_native(&mut self, query: &Query, metric: &str, catalog: &Catalog) -> Option<bool> {
        match catalog.find(metric).filter(|(m, _)| m.name == metric).map(|(m, _)| m) {
            Some(m) if m.kind == Kind::NativeHistogram => Some(true),
            None | Some(Metric { kind: Kind::Histogram(_), .. }) => Some(false),
            Some(m) => {
                let message = format!("`{metric}` is {}, not a histogram", m.kind.with_article());
                let diagnostic = Diagnostic::new(&codes::E0412, query.span(), message).here("not a histogram");
                self.report(diagnostic.label(m.origin, "declared here"));
                None
            }
        }
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

    /// The bound in the metric's own unit: one of its buckets, where they are known.
    fn bound(&mut self, within: &Spanned<Quantity>, metric: &str, catalog: &Catalog) -> Option<Ratio> {
        let known = catalog.find(&format!("{metric}_count")).map(|(m, _)| m).filter(|m| m.name == metric);
        let unit = known.and_then(Metric::unit_or_by_name).or_else(|| Unit::of_name(metric));
        // Without a known unit, a time is in seconds and a size in bytes: Prometheus's base units.
        let guessed = unit.or_else(|| {
            [Unit::parse("seconds"), Unit::parse("bytes")]
                .into_iter()
                .flatten()
                .find(|u| to_unit(&within.node, Some(*u)).is_some())
        });
        let Some(bound) = to_unit(&within.node, guessed).filter(|b| *b > Ratio::ZERO) else {
            let measure = unit.map_or("a plain number".to_string(), |u| format!("in {u}"));
            let message = format!("`{}` is not a bound for `{metric}`, which is {measure}", within.node.text);
            self.report(Diagnostic::new(&codes::E0411, within.span, message).here("another kind of value"));
            return None;
        };
        if let Some(known) = known {
            self.is_bucket(bound, within, known, unit)?;
        }
        Some(bound)
    }

    /// A classic histogram can only be asked about the bounds of its buckets.
    fn is_bucket(
        &mut self,
        bound: Ratio,
        within: &Spanned<Quantity>,
        metric: &Metric,
        unit: Option<Unit>,
    ) -> Option<()> {
        let Kind::Histogram(bounds) = &metric.kind else { return Some(()) };
        if bounds.is_empty() || bounds.contains(&bound) {
            return Some(());
        }
        let below = bounds.iter().rev().find(|b| **b < bound);
        let above = bounds.iter().find(|b| **b > bound);
        let thousandth = Ratio::new(1, 1000).and_then(|milli| bound.times(milli));
        let meant =
            thousandth.filter(|b| within.node.unit.is_empty() && unit == Some(Unit::SECONDS) && bounds.contains(b));
        let near: Vec<String> = below.into_iter().chain(above).map(|b| written(*b, unit)).collect();
        let message = format!("`{}` has no bucket at {}", metric.name, within.node.text);
        let help = format!(
            "the nearest {} {}",
            if near.len() == 1 { "bound is" } else { "bounds are" },
            near.iter().map(|b| format!("`{b}`")).collect::<Vec<_>>().join(" and ")
        );
        let diagnostic = Diagnostic::new(&codes::E0410, within.span, message).here("not a bound of its buckets");
        let diagnostic = diagnostic.label(metric.origin, "its buckets are declared here").help(help);
        self.report(match meant.map(|b| written(b, unit)) {
            Some(millis) => diagnostic
                .help(format!("a number alone is in seconds here; `{millis}` is one of its bounds"))
                .suggest(format!("write `{millis}`"), within.span, millis),
            None => diagnostic,
        });
        None
    }
}

/// A bound as an author would write it: `300ms` rather than 0.3 of seconds.
fn written(bound: Ratio, unit: Option<Unit>) -> String {
    let millis = unit.and_then(|u| u.factor_to(Unit::SECONDS)).and_then(|f| bound.times(f)?.times(Ratio::whole(1000)));
    let whole = millis.filter(|ms| ms.den() == 1).and_then(|ms| u64::try_from(ms.num()).ok());
    whole.map_or_else(|| bound.expr(), |ms| Duration::from_millis(ms).to_string())
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
}
