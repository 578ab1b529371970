//! What a selector reads: the metric as the catalog knows it, narrowed by the matchers.

use crate::catalog::{self, Metric, Part, Unit, Values};
use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};

use super::super::ast::Selector;
use super::super::ops::ValueType;
use super::checker::{Pass, lowered};
use super::interval::Interval;
use super::kind::SampleKind;
use super::row::{Label, Presence, Row};
use super::{Buckets, Fact, Type, Why};

/// Metrics that every Prometheus server has of itself.
const BUILT_IN: [&str; 9] = [
    "ALERTS",
    "ALERTS_FOR_STATE",
    "scrape_duration_seconds",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "up",
];

impl Pass<'_> {
    pub(super) fn selector(&mut self, s: &Selector, span: Span) -> Type {
        self.times(s);
        let mut found = match s.metric() {
            Some(name) => self.metric(name, s),
            None => self.nameless(s),
        };
        self.matchers(s, &mut found);
        found.value = if s.range.is_some() { ValueType::Matrix } else { ValueType::Vector };
        if found.metric.is_none() {
            found.kind.why.span = span;
        }
        found
    }

    /// A selector without a metric's name reads everything that has these labels.
    fn nameless(&mut self, s: &Selector) -> Type {
        let by_name = s.matchers.iter().any(|m| m.name.node == "__name__") || s.name.is_some();
        if !by_name {
            let message = "this selector names no metric, so it reads every series that has these labels";
            self.report(
                Diagnostic::new(&codes::W0348, s.core, message).help("write the metric's name before the braces"),
            );
        }
        Type::unknown(ValueType::Vector, s.core)
    }

    fn metric(&mut self, name: Spanned<&str>, s: &Selector) -> Type {
        if let Some(recorded) = self.checker.recorded(name.node) {
            return Type { metric: Some(name.node.to_string()), filter: None, ..recorded.clone() };
        }
        let catalog = self.checker.catalog;
        let Some((metric, part)) = catalog.find(name.node) else {
            self.unknown_metric(name);
            return by_name(name);
        };
        let named = |found: Type| Type { metric: Some(name.node.to_string()), ..found };
        match (part, &metric.kind) {
            (Part::Whole, catalog::Kind::Histogram(_)) => named(self.no_series(metric, name)),
            (Part::Bucket | Part::Count | Part::Sum, catalog::Kind::NativeHistogram) => {
                named(self.native_part(metric, part, name, s))
            }
            _ => self.checker.series(name.node, || named(series(metric, part))),
        }
    }

    /// A name the catalog does not have, where it knows others of the same prefix.
    fn unknown_metric(&mut self, name: Spanned<&str>) {
        let catalog = self.checker.catalog;
        if BUILT_IN.contains(&name.node) {
            return;
        }
        if name.node.contains(':') {
            return self.slip(name, self.checker.slip_of_record(name.node));
        }
        if !catalog.covers(name.node) {
            return self.perhaps_slip(name);
        }
        let diagnostic = Diagnostic::new(&codes::E0390, name.span, format!("there is no metric `{}`", name.node))
            .here("not in the catalog");
        let diagnostic = match catalog.nearest(name.node) {
            Some(near) => {
                let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                if self.text(name.span) == name.node {
                    diagnostic.suggest(format!("write `{near}`"), name.span, near)
                } else {
                    diagnostic
                }
            }
            None => diagnostic.help("declare it in `metrics { … }`, or renew the page it is read from"),
        };
        self.report(if self.checker.facts.open { lowered(diagnostic) } else { diagnostic });
    }

    /// A name of another prefix may be of another catalog; one that is nearly a known name is a slip.
    fn perhaps_slip(&mut self, name: Spanned<&str>) {
        self.slip(name, self.checker.catalog.slip(name.node));
    }

    fn slip(&mut self, name: Spanned<&str>, near: Option<String>) {
        let Some(near) = near else { return };
        let message = format!("`{}` is not known, but `{near}` is", name.node);
        let diagnostic = Diagnostic::new(&codes::W0390, name.span, message).here("nearly the same name");
        let guess = (self.text(name.span) == name.node).then_some(near);
        self.report(super::matcher::with_guess(diagnostic, name.span, guess));
    }

    /// The name of a histogram, which only its parts have series of.
    fn no_series(&mut self, metric: &Metric, name: Spanned<&str>) -> Type {
        let message = format!("the histogram `{0}` has no series named `{0}`", metric.name);
        let help = format!("its series are `{0}_bucket`, `{0}_count` and `{0}_sum`", metric.name);
        let why = Why::new(metric.origin, "a histogram with classic buckets");
        self.report(Pass::because(&codes::E0354, name.span, message, &why).help(help));
        Type::unknown(ValueType::Vector, name.span)
    }
}

/// What the catalog says of the series that are a part of a metric.
fn series(metric: &Metric, part: Part) -> Type {
    match (part, &metric.kind) {
        (Part::Bucket, _) => bucket(metric),
        (Part::Count, _) => counter(metric, "counts its observations"),
        (Part::Sum, _) => sum(metric),
        (_, catalog::Kind::Counter) => counter(metric, "only grows"),
        (_, catalog::Kind::Gauge) => gauge(metric),
        (_, catalog::Kind::Unknown | catalog::Kind::Histogram(_)) => {
            base(metric, SampleKind::Unknown, "of unknown kind")
        }
        (_, catalog::Kind::NativeHistogram) => base(metric, SampleKind::NativeHistogram, "a native histogram"),
        (_, catalog::Kind::Summary(quantiles)) => summary(metric, quantiles),
        (_, catalog::Kind::Info) => {
            let why = Why::new(metric.origin, "an info metric is always 1");
            base(metric, SampleKind::Info, "an info metric").within(Interval::point(1.0), why)
        }
        (_, catalog::Kind::StateSet) => state_set(metric),
    }
}

/// What holds for every metric of the catalog.
fn base(metric: &Metric, kind: SampleKind, says: &'static str) -> Type {
    let why = Why::new(metric.origin, format!("`{}`: {says}", metric.name));
    let unit = metric.unit_or_by_name().map(|unit| {
        let text = match metric.unit {
            Some(_) => format!("`{}` is in {unit}", metric.name),
            None => format!("`{}` is in {unit} by its name", metric.name),
        };
        Fact::new(unit, Why::new(metric.origin, text))
    });
    Type {
        kind: Fact::new(kind, why),
        unit,
        row: Row::of_metric(metric),
        perhaps_native: metric.kind == catalog::Kind::Unknown,
        ..Type::unknown(ValueType::Vector, metric.origin)
    }
}

fn counter(metric: &Metric, says: &'static str) -> Type {
    let counted = base(metric, SampleKind::Counter, "a counter");
    let unit = counted.unit.clone().filter(|_| says == "only grows").or(Some(plain(metric)));
    let why = Why::new(metric.origin, format!("`{}` {says}, so it is never negative", metric.name));
    Type { unit, ..counted.within(Interval::POSITIVE, why) }
}

/// Events have no unit.
fn plain(metric: &Metric) -> Fact<Unit> {
    Fact::new(Unit::NONE, Why::new(metric.origin, format!("`{}` counts events", metric.name)))
}

fn gauge(metric: &Metric) -> Type {
    let time = metric.name.ends_with("_timestamp_seconds") || metric.name.ends_with("_timestamp");
    let (kind, says) = if time { (SampleKind::Timestamp, "a time") } else { (SampleKind::Gauge, "a gauge") };
    let gauge = base(metric, kind, says);
    let interval = match &metric.values {
        Some(Values::OneOf(values)) => {
            let bounds = (values.iter().min(), values.iter().max());
            let (Some(low), Some(high)) = bounds else { return gauge };
            Interval::new(low.to_f64(), high.to_f64())
        }
        Some(Values::Between(low, high)) => Interval::new(low.to_f64(), high.to_f64()),
        None if time => return gauge.within(Interval::POSITIVE, Why::new(metric.origin, "a time since 1970")),
        None => return gauge,
    };
    let why = Why::new(metric.origin, format!("`{}` is {interval}", metric.name));
    gauge.within(interval, why)
}

fn summary(metric: &Metric, quantiles: &[crate::units::Ratio]) -> Type {
    let mut found = base(metric, SampleKind::Quantile, "quantiles that its program computed");
    let values = quantiles.iter().filter_map(|q| q.decimal()).collect::<std::collections::BTreeSet<String>>();
    let why = Why::new(metric.origin, "a summary has one series per quantile");
    let label = Label::new(Presence::Must, Some(why));
    found.row.set("quantile", Label { values: (!values.is_empty()).then_some(values), ..label });
    found
}

fn state_set(metric: &Metric) -> Type {
    let why = Why::new(metric.origin, "a state is 0 or 1");
    let mut found = base(metric, SampleKind::StateSet, "a state set").within(Interval::UNIT, why);
    let why = Why::new(metric.origin, "a state set has one series per state");
    found.row.set(&metric.name, Label::new(Presence::Must, Some(why)));
    found
}

fn bucket(metric: &Metric) -> Type {
    let catalog::Kind::Histogram(bounds) = &metric.kind else { return counter(metric, "only grows") };
    let mut found = counter(metric, "counts its observations");
    let why = Why::new(metric.origin, format!("`{}_bucket` has one series per bound", metric.name));
    let unit = base(metric, SampleKind::Unknown, "").unit;
    let buckets =
        Buckets { histogram: metric.name.clone(), bounds: bounds.clone(), unit, rated: false, why: why.clone() };
    found.row.set("le", Label::new(Presence::Must, Some(why)));
    Type { buckets: Some(buckets), ..found }
}

/// The sum of observations: grows only as long as none is negative.
fn sum(metric: &Metric) -> Type {
    let negative =
        matches!(&metric.kind, catalog::Kind::Histogram(bounds) if bounds.first().is_some_and(|b| b.num() < 0));
    if negative {
        return base(metric, SampleKind::Gauge, "a sum of observations that may be negative");
    }
    let unit = base(metric, SampleKind::Unknown, "").unit;
    Type { unit, ..counter(metric, "sums its observations") }
}

/// What a name alone suggests: never enough for an error.
fn by_name(name: Spanned<&str>) -> Type {
    let unsure = |text: &'static str| Why { sure: false, ..Why::new(name.span, text) };
    let mut found = Type::unknown(ValueType::Vector, name.span);
    found.metric = Some(name.node.to_string());
    let part = ["_bucket", "_count", "_sum"].iter().any(|s| name.node.ends_with(s));
    found.perhaps_native = !part && !BUILT_IN.contains(&name.node);
    found.unit = Unit::of_name(name.node).filter(|_| !part).map(|u| Fact::new(u, unsure("the name tells the unit")));
    if let Some(histogram) = name.node.strip_suffix("_bucket") {
        let why = unsure("the name is that of a histogram's buckets");
        let unit = Unit::of_name(histogram).map(|u| Fact::new(u, unsure("the name tells the unit")));
        let buckets = Buckets { histogram: histogram.into(), bounds: Vec::new(), unit, rated: false, why };
        found.buckets = Some(buckets);
    }
    if name.node == "up" || name.node == "ALERTS" {
        let why = Why::new(name.span, format!("`{}` is 0 or 1", name.node));
        found.kind = Fact::new(SampleKind::Gauge, why.clone());
        return found.within(Interval::UNIT, why);
    }
    found
}
