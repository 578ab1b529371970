//! Histograms: buckets need their `le`, bounds must exist, and native ones are no classic ones.

use crate::catalog::{Metric, Part, Unit};
use crate::diag::{Diagnostic, codes};
use crate::source::{Span, Spanned};
use crate::units::Ratio;

use super::super::ast::{Aggregate, Call, Expr, Kind, Matcher, Selector};
use super::super::ops::{MatchOp, ValueType};
use super::checker::{Also, Pass};
use super::interval::Interval;
use super::kind::SampleKind;
use super::matcher::with_fix;
use super::row::Presence;
use super::{Type, Why};

impl Pass<'_> {
    /// A part that a native histogram does not have as a series.
    pub(super) fn native_part(&mut self, metric: &Metric, part: Part, name: Spanned<&str>, s: &Selector) -> Type {
        let function = match part {
            Part::Count => "histogram_count(",
            Part::Sum => "histogram_sum(",
            _ => "histogram_fraction(0, 0.3, ",
        };
        let message = format!("`{}` is a native histogram, so there is no `{}`", metric.name, name.node);
        let help = format!("its parts are read by functions: `{function}rate({}[5m]))`", metric.name);
        let why = Why::new(metric.origin, "declared native here");
        let diagnostic = Pass::because(&codes::E0354, name.span, message, &why).help(help);
        let within_quantile = part == Part::Bucket && self.text(name.span) == name.node;
        let fix = within_quantile.then(|| metric.name.clone());
        self.report(with_fix(diagnostic, name.span, fix));
        Type::unknown(ValueType::Vector, s.core)
    }

    /// `le="0.3"` must name a bucket.
    pub(super) fn bound(&mut self, m: &Matcher, found: &Type) {
        let Some(buckets) = &found.buckets else { return };
        let value = m.value.node.as_str();
        if m.variable || m.op.node.is_negative() {
            return;
        }
        let literals: Vec<&str> = if m.op.node == MatchOp::Regex { value.split('|').collect() } else { vec![value] };
        let numbers: Option<Vec<Ratio>> = literals.iter().map(|l| exact(l)).collect();
        let Some(numbers) = numbers else { return };
        if buckets.bounds.is_empty() {
            return self.bound_spelling(m);
        }
        if numbers.iter().any(|n| buckets.bounds.contains(n)) {
            return self.bound_spelling(m);
        }
        let message = format!("`{}` has no bucket with the bound {}", buckets.histogram, self.text(m.value.span));
        let near = numbers.first().map(|n| around(*n, &buckets.bounds)).unwrap_or_default();
        let diagnostic = Pass::because(&codes::E0352, m.value.span, message, &buckets.why);
        self.report(diagnostic.help(format!("the nearest bounds are {near}")));
    }

    /// Prometheus 3 stores `1` as `1.0`.
    fn bound_spelling(&mut self, m: &Matcher) {
        let value = m.value.node.as_str();
        let whole = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if !whole || m.op.node != MatchOp::Equal {
            return;
        }
        let both = format!("{}=~\"{value}(\\\\.0)?\"", m.name.node);
        let message = format!("Prometheus 3 stores this bound as `{value}.0`, so `{value}` selects nothing there");
        self.report(
            Diagnostic::new(&codes::W0353, m.value.span, message)
                .here("the spelling of Prometheus 2")
                .help("match both spellings, until every server is of one version")
                .fix(format!("write `{both}`"), m.span, both),
        );
    }

    /// `histogram_quantile(φ, buckets)`.
    pub(super) fn quantile_of(&mut self, call: &Call, arg: &Expr, of: Type, args: &[Type]) -> Type {
        for (index, quantile) in args.iter().enumerate() {
            if quantile.value == ValueType::Scalar
                && let (Some(value), Some(place)) = (quantile.interval.single(), call.args.get(index))
            {
                self.quantile_range(value, place.span, &call.name.node);
            }
        }
        let why = Why::new(call.name.span, format!("`{}`", call.name.node));
        let mut result = of.clone().derived(SampleKind::Quantile, why.clone());
        if of.kind.is == SampleKind::NativeHistogram {
            return Type { unit: of.unit, ..result };
        }
        self.has_le(arg, &of);
        result.row.remove("le", Why::new(call.name.span, "a quantile has no bucket"));
        let Some(buckets) = of.buckets else { return result };
        if !buckets.rated && (of.kind.is != SampleKind::Unknown || plain_selector(arg)) {
            self.raw_buckets(arg, &buckets.why);
        }
        result.unit = buckets.unit.clone();
        let (Some(first), Some(last)) = (buckets.bounds.first(), buckets.bounds.last()) else { return result };
        let low = if first.num() > 0 { 0.0 } else { f64::NEG_INFINITY };
        let text = format!("no quantile exceeds the largest bound, {}", last.expr());
        let bounded = Why { text: text.into(), ..buckets.why };
        result.within(Interval::new(low, last.to_f64()), bounded)
    }

    /// A quantile lies between 0 and 1.
    pub(super) fn quantile_range(&mut self, value: f64, span: Span, function: &str) {
        if (0.0..=1.0).contains(&value) || value.is_nan() {
            return;
        }
        let message = format!("`{function}` takes a quantile from 0 to 1, found {}", self.text(span));
        let percent = (1.0..=100.0).contains(&value).then(|| format!("{}", value / 100.0));
        let help = match &percent {
            Some(share) => format!("{value} % is `{share}`"),
            None => "the median is `0.5`".to_string(),
        };
        self.report(with_fix(
            Diagnostic::new(&codes::E0350, span, message).here("not a quantile").help(help),
            span,
            percent,
        ));
    }

    /// The buckets must still be told apart.
    fn has_le(&mut self, arg: &Expr, of: &Type) {
        let lookup = of.row.lookup("le");
        let (Presence::Not, Some(why)) = (lookup.presence, lookup.why) else { return };
        if of.perhaps_native {
            return;
        }
        let message = "the buckets have lost their label `le`, so there is no quantile of them";
        // The sum that lost it is wrong for this reason and no other.
        let inside = |d: &Diagnostic| arg.span.start <= d.primary.span.start && d.primary.span.end <= arg.span.end;
        self.out.retain(|d| !(d.code == &codes::E0355 && inside(d)));
        let diagnostic = Pass::because(&codes::E0351, arg.span, message, &why);
        let Kind::Aggregate(inner) = &arg.bare().kind else { return self.report(diagnostic) };
        self.report(keep_le(inner, diagnostic));
    }

    fn raw_buckets(&mut self, arg: &Expr, why: &Why) {
        let message = "these buckets count since their programs were started, so this is the quantile of all that time";
        let help = "apply `rate` to the buckets first: `rate(x_bucket[5m])`";
        let diagnostic = Diagnostic::new(&codes::W0351, arg.span, message).here("raw counts").also(why).help(help);
        self.report(if why.sure { diagnostic } else { super::checker::lowered(diagnostic) });
    }

    /// `histogram_fraction(low, high, x)`.
    pub(super) fn fraction_of(&mut self, call: &Call, arg: &Expr, of: Type) -> Type {
        if of.kind.is != SampleKind::NativeHistogram {
            self.has_le(arg, &of);
        }
        let why = Why::new(call.name.span, "a share of the observations");
        let mut result = of.derived(SampleKind::Ratio, why.clone()).measured(Unit::NONE, why.clone());
        result.row.remove("le", why.clone());
        result.within(Interval::UNIT, why)
    }

    /// `histogram_count` and its like know native histograms only.
    pub(super) fn native_only(&mut self, call: &Call, arg: &Expr, of: Type) -> Type {
        let name = call.name.node.as_str();
        if !of.perhaps_native && of.kind.is != SampleKind::NativeHistogram {
            let message = format!("`{name}` reads native histograms, found {}", of.noun());
            let help = match &of.buckets {
                Some(b) => format!("the series of a classic histogram are `{0}_count` and `{0}_sum`", b.histogram),
                None => "a native histogram is declared with `histogram … native`".to_string(),
            };
            self.report(Pass::because(&codes::E0354, arg.span, message, &of.kind.why).help(help));
        }
        let why = Why::new(call.name.span, format!("`{name}`"));
        let unit = of.unit.clone();
        let counts = name == "histogram_count";
        let kind = if counts { SampleKind::Rate } else { SampleKind::Number };
        let result = of.derived(kind, why.clone());
        match name {
            "histogram_count" => result.within(Interval::POSITIVE, why),
            "histogram_stdvar" => result,
            _ => Type { unit, ..result },
        }
    }

    /// Aggregations that throw native histograms away, or count an event once per bucket.
    pub(super) fn aggregated_histogram(&mut self, a: &Aggregate, of: &Type, result: &super::Row) {
        let op = a.op.node;
        if of.kind.is == SampleKind::NativeHistogram
            && !matches!(op, "sum" | "avg" | "count" | "group" | "limitk" | "limit_ratio")
        {
            let message = format!("`{op}` ignores native histograms, so this has no result");
            self.report(Pass::because(&codes::E0354, a.expr.span, message, &of.kind.why));
        }
        if of.kind.is == SampleKind::NativeHistogram {
            let le = a.grouping.iter().filter(|g| !g.without).flat_map(|g| &g.labels).find(|l| l.node == "le");
            if let Some(le) = le {
                let message = "a native histogram has no label `le`";
                self.report(Pass::because(&codes::W0352, le.span, message, &of.kind.why).help("leave it out"));
            }
        }
        let Some(buckets) = &of.buckets else { return };
        let pinned = of.row.get("le").is_some_and(|l| l.pinned || l.values.is_some() && l.complete);
        let lost = result.lookup("le").presence == Presence::Not;
        // Counting series, and choosing among them, is no sum of events.
        if !lost || pinned || !matches!(op, "sum" | "avg") || of.row.lookup("le").presence == Presence::Not {
            return;
        }
        // Within a quantile the loss itself is reported, with the edit that mends it.
        let message = "this adds up buckets, each of which holds the smaller ones, so an event counts several times";
        let help = format!("`{}_count` counts each event once", buckets.histogram);
        self.report(Pass::because(&codes::E0355, a.expr.span, message, &buckets.why).help(help));
    }
}

/// The edit that keeps `le` in an aggregation.
fn keep_le(inner: &Aggregate, diagnostic: Diagnostic) -> Diagnostic {
    match &inner.grouping {
        Some(g) if !g.without => {
            let Some(last) = g.labels.last() else { return diagnostic.help("keep it: `sum by (le) (…)`") };
            let text = format!("{}, le", last.node);
            diagnostic.help("keep it in the grouping").fix("add `le`", last.span, text)
        }
        None => {
            let text = format!("{} by (le) ", inner.op.node);
            diagnostic.help("keep it: `sum by (le) (…)`").fix("write `by (le)`", inner.op.span, text)
        }
        Some(_) => diagnostic.help("leave `le` out of `without`"),
    }
}

fn plain_selector(arg: &Expr) -> bool {
    matches!(arg.bare().kind, Kind::Selector(_))
}

/// A bound's number; `None` for infinity.
fn exact(text: &str) -> Option<Ratio> {
    Ratio::parse(text)
}

/// The bounds next to a number.
fn around(value: Ratio, bounds: &[Ratio]) -> String {
    let below = bounds.iter().rev().find(|b| **b < value);
    let above = bounds.iter().find(|b| **b > value);
    let shown: Vec<String> = below.into_iter().chain(above).map(|b| format!("`{}`", b.expr())).collect();
    shown.join(" and ")
}
