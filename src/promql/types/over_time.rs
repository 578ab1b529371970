//! Functions of ranges: growth of counters, change of gauges, and what aggregates the samples of a range.

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};

use super::super::ast::{Call, Expr};
use super::checker::Pass;
use super::interval::Interval;
use super::kind::SampleKind;
use super::{Buckets, Fact, Type, Why};

impl Pass<'_> {
    /// `rate`, `irate`, `increase`.
    pub(super) fn growth(&mut self, call: &Call, arg: &Expr, of: Type) -> Type {
        let name = call.name.node.as_str();
        self.two_samples(arg, name);
        self.not_a_counter(call, arg, &of);
        let kind = match (of.kind.is, name) {
            (SampleKind::NativeHistogram, _) => SampleKind::NativeHistogram,
            (_, "increase") => SampleKind::Increase,
            _ => SampleKind::Rate,
        };
        let why = Why::new(call.name.span, format!("`{name}` of {}", of.noun()));
        let buckets = of.buckets.clone().map(|b| Buckets { rated: true, ..b });
        let unit = of.unit.clone().and_then(|unit| match name {
            "increase" => Some(unit),
            _ => Some(Fact { is: unit.is.over(Unit::SECONDS)?, ..unit }),
        });
        let result = of
            .derived(kind, why.clone())
            .within(Interval::POSITIVE, Why { text: "growth is never negative".into(), ..why });
        Type { buckets, unit, ..result }
    }

    fn not_a_counter(&mut self, call: &Call, arg: &Expr, of: &Type) {
        let name = call.name.node.as_str();
        let (noun, why) = (of.noun(), &of.kind.why);
        let is = of.kind.is.with_article();
        let what = if of.metric.is_some() { format!("{noun}, {is}") } else { is.to_string() };
        let diagnostic = match of.kind.is {
            SampleKind::CounterSum => {
                let message = format!("`{name}` of {what}: a restart of one program counts as a restart of all");
                let help = format!("apply `{name}` to each counter first, then aggregate: `sum({name}(x[5m]))`");
                Pass::because(&codes::E0321, arg.span, message, why).help(help)
            }
            SampleKind::Rate | SampleKind::Increase => {
                let message = format!("`{name}` of {what}, which is growth already");
                Pass::because(&codes::E0322, arg.span, message, why)
                    .help("`deriv` tells how fast something rises or falls")
            }
            SampleKind::Gauge if of.metric.as_deref().is_some_and(|m| m.ends_with("_sum")) => {
                let message = format!("`{name}` of {noun}, which falls when an observation is negative");
                Pass::because(&codes::E0325, arg.span, message, why)
                    .help("a native histogram, or a gauge of the mean, has no such sum")
            }
            SampleKind::Gauge
            | SampleKind::Timestamp
            | SampleKind::Quantile
            | SampleKind::Info
            | SampleKind::StateSet
            | SampleKind::Bool
            | SampleKind::Count
            | SampleKind::Ratio => self.growth_of_gauge(call, arg, what, why),
            _ => return,
        };
        self.report(diagnostic);
    }

    fn growth_of_gauge(&self, call: &Call, arg: &Expr, what: String, why: &Why) -> Diagnostic {
        let name = call.name.node.as_str();
        let instead = if name == "increase" { "delta" } else { "deriv" };
        let message = format!("`{name}` of {what}: every fall would count as a restart");
        Pass::because(&codes::E0320, arg.span, message, why)
            .help(format!("`{instead}` is for values that go up and down; a counter is declared as `counter`"))
            .suggest(format!("write `{instead}`"), call.name.span, instead)
    }

    /// `delta`, `deriv` and their like, which read falls as falls.
    pub(super) fn change(&mut self, call: &Call, arg: &Expr, of: Type) -> Type {
        let name = call.name.node.as_str();
        self.two_samples(arg, name);
        if of.kind.is.is_cumulative() {
            let instead = if matches!(name, "delta" | "idelta") { "increase" } else { "rate" };
            let (noun, is) = (of.noun(), of.kind.is.with_article());
            let what = if of.metric.is_some() { format!("{noun}, {is}") } else { noun };
            let message = format!("`{name}` of {what}: a restart would be a large fall");
            let diagnostic = Pass::because(&codes::E0323, arg.span, message, &of.kind.why);
            let diagnostic = diagnostic.help(format!("`{instead}` knows of restarts"));
            let simple = call.args.len() == 1;
            self.report(if simple {
                diagnostic.fix(format!("write `{instead}`"), call.name.span, instead)
            } else {
                diagnostic
            });
        }
        let why = Why::new(call.name.span, format!("`{name}` of {}", of.noun()));
        let unit = of.unit.clone().and_then(|unit| match name {
            "deriv" => Some(Fact { is: unit.is.over(Unit::SECONDS)?, ..unit }),
            _ => Some(unit),
        });
        let kind = if name == "predict_linear" { of.kind.is } else { SampleKind::Change };
        Type { unit, ..of.derived(kind, why) }
    }

    /// `avg_over_time` and its like.
    pub(super) fn over_time(&mut self, call: &Call, arg: &Expr, of: Type) -> Type {
        let name = call.name.node.as_str();
        let why = Why::new(call.name.span, format!("`{name}`"));
        match name {
            "last_over_time" | "first_over_time" => return of,
            "count_over_time" => {
                return counted(of, SampleKind::Count, Interval::COUNT, why);
            }
            "changes" | "resets" => return counted(of, SampleKind::Count, Interval::POSITIVE, why),
            "present_over_time" => return counted(of, SampleKind::Bool, Interval::point(1.0), why),
            _ if name.starts_with("ts_of_") => {
                let times = counted(of, SampleKind::Timestamp, Interval::POSITIVE, why.clone());
                return times.measured(Unit::SECONDS, why);
            }
            _ => {}
        }
        self.aggregated_counter(call, arg, &of);
        let mean = matches!(name, "avg_over_time" | "sum_over_time");
        if mean && (of.kind.is == SampleKind::Quantile || of.kind.is == SampleKind::Ratio && name == "avg_over_time") {
            self.mean_of_parts(call, arg, &of);
        }
        let spread = name.starts_with("std") || name.starts_with("mad") || name == "integral";
        let interval = match name {
            "sum_over_time" => summed(of.interval),
            _ if spread => Interval::POSITIVE,
            _ => of.interval,
        };
        let kind = match of.kind.is {
            SampleKind::Bool | SampleKind::StateSet | SampleKind::Info => SampleKind::Number,
            SampleKind::Counter => SampleKind::CounterSum,
            kind => kind,
        };
        let same_unit = name != "stdvar_over_time" && name != "integral";
        let (unit, interval_why, buckets) = (of.unit.clone(), of.interval_why.clone(), of.buckets.clone());
        let zero_division = of.zero_division;
        let result = of.derived(kind, why);
        Type { unit: unit.filter(|_| same_unit), interval, interval_why, buckets, zero_division, ..result }
    }

    /// The mean of a counter says when it was scraped, not what it counted.
    fn aggregated_counter(&mut self, call: &Call, arg: &Expr, of: &Type) {
        if of.kind.is != SampleKind::Counter || of.buckets.is_some() {
            return;
        }
        let name = &call.name.node;
        let message = format!("`{name}` of {}, a counter, depends on when its program was started", of.noun());
        let help = "`increase(x[5m])` is what was counted, `rate(x[5m])` how fast";
        self.report(Pass::because(&codes::W0320, arg.span, message, &of.kind.why).help(help));
    }

    /// A mean of quantiles or ratios weighs an hour without traffic like the busiest one.
    fn mean_of_parts(&mut self, call: &Call, arg: &Expr, of: &Type) {
        let name = &call.name.node;
        let quantile = of.kind.is == SampleKind::Quantile;
        let (code, help) = match quantile {
            true => (&codes::W0321, "add up the buckets, and take the quantile of the sum"),
            false => (&codes::W0322, "divide the sums instead: the events of the whole range over all of them"),
        };
        let what = if quantile { "quantiles" } else { "ratios" };
        let message = format!("`{name}` of {what} weighs quiet times like busy ones");
        self.report(Pass::because(code, arg.span, message, &of.kind.why).help(help));
    }
}

/// Samples that count others.
fn counted(of: Type, kind: SampleKind, interval: Interval, why: Why) -> Type {
    of.derived(kind, why.clone()).measured(Unit::NONE, why.clone()).within(interval, why)
}

/// The sums of any number of values, at least one.
pub(super) fn summed(i: Interval) -> Interval {
    let low = if i.low < 0.0 { f64::NEG_INFINITY } else { i.low };
    let high = if i.high > 0.0 { f64::INFINITY } else { i.high };
    Interval::new(low, high)
}
