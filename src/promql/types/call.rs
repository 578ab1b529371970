//! Functions of one moment: what each makes of its argument's samples and labels.

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};
use crate::source::Span;

use super::super::ast::{Call, Expr, Kind, Matcher, Selector};
use super::super::functions;
use super::super::ops::{MatchOp, ValueType};
use super::super::re2;
use super::checker::{Also, Pass};
use super::interval::Interval;
use super::kind::SampleKind;
use super::pattern;
use super::row::{Label, Presence, Row};
use super::{Type, Why};

/// Functions whose results keep the names of metrics, or never have any.
const KEEP_NAMES: [&str; 14] = [
    "absent",
    "absent_over_time",
    "first_over_time",
    "histogram_quantile",
    "info",
    "label_join",
    "label_replace",
    "last_over_time",
    "scalar",
    "sort",
    "sort_by_label",
    "sort_by_label_desc",
    "sort_desc",
    "vector",
];

impl Pass<'_> {
    pub(super) fn call(&mut self, call: &Call, expr: &Expr) -> Type {
        let Some(function) = functions::find(&call.name.node) else {
            for arg in &call.args {
                self.type_of(arg);
            }
            return Type::unknown(ValueType::Unknown, expr.span);
        };
        let args: Vec<Type> = call.args.iter().map(|a| self.type_of(a)).collect();
        if !KEEP_NAMES.contains(&function.name) {
            call.args.iter().for_each(|arg| self.several_names(arg, call.name.span));
        }
        let series = function.series_arg().and_then(|i| Some((call.args.get(i)?, args.get(i)?.clone())));
        let result = match series {
            Some((arg, of)) => self.of_series(call, expr, arg, of, &args),
            None => numeric(call, expr.span, &args),
        };
        Type { value: function.result, ..result }
    }

    fn of_series(&mut self, call: &Call, expr: &Expr, arg: &Expr, of: Type, args: &[Type]) -> Type {
        let name = call.name.node.as_str();
        let span = call.name.span;
        match name {
            "rate" | "irate" | "increase" => self.growth(call, arg, of),
            "delta" | "idelta" | "deriv" | "predict_linear" | "double_exponential_smoothing" => {
                self.change(call, arg, of)
            }
            "histogram_quantile" | "histogram_quantiles" => self.quantile_of(call, arg, of, args),
            "histogram_fraction" => self.fraction_of(call, arg, of),
            "histogram_avg" | "histogram_count" | "histogram_sum" | "histogram_stddev" | "histogram_stdvar" => {
                self.native_only(call, arg, of)
            }
            "label_replace" | "label_join" => self.relabelled(call, of),
            "absent" | "absent_over_time" => absent(arg, expr.span),
            "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" => of,
            "info" => Type { row: Row::open(), ..of },
            "scalar" => {
                Type { row: Row::empty(Why::new(span, "a number has no labels")), filter: None, always: true, ..of }
            }
            _ if name.ends_with("_over_time") || matches!(name, "changes" | "resets" | "integral") => {
                self.over_time(call, arg, of)
            }
            _ => pointwise(name, span, of, args),
        }
    }

    /// Series of several metrics, whose names are dropped: those with the same labels become one, which fails.
    pub(super) fn several_names(&mut self, arg: &Expr, dropped: Span) {
        let Some(s) = selector(arg).filter(|s| s.metric().is_none()) else { return };
        let several = |m: &&Matcher| {
            m.name.node == "__name__" && m.op.node.is_regex() && pattern::literal(&m.value.node).is_none()
        };
        let Some(names) = s.matchers.iter().find(several) else { return };
        let message = format!("`{}` drops the names of metrics, and this reads several", self.text(dropped));
        self.report(
            Diagnostic::new(&codes::W0354, names.span, message)
                .here("metrics with the same labels become one series, which fails when it runs")
                .label(dropped, "the name is dropped here")
                .help("ask each metric by its name"),
        );
    }

    /// `label_replace` and `label_join` write a label, whose name and pattern are only looked at when they run.
    fn relabelled(&mut self, call: &Call, mut of: Type) -> Type {
        let text = |i: usize| match call.args.get(i).map(|a| (&a.bare().kind, a.span)) {
            Some((Kind::String(s), span)) => Some((s.as_str(), span)),
            _ => None,
        };
        let Some((target, span)) = text(1) else { return of };
        if !is_label(target) {
            let message = format!("`{target}` is not a label's name, so this fails when it runs");
            let help = "a label's name has letters, digits and `_`, and does not begin with a digit";
            self.report(Diagnostic::new(&codes::E0345, span, message).here("not a label's name").help(help));
            return of;
        }
        if call.name.node == "label_replace" {
            if let Some((pattern, place)) = text(4)
                && let Err(bad) = re2::rewrite(pattern)
            {
                let message = format!("this pattern fails when it runs: {}", bad.message);
                self.report(Diagnostic::new(&codes::E0345, place, message).here("not a regular expression"));
                return of;
            }
            self.source_label(text(3), text(4), &of);
        }
        let why = Why::new(call.name.span, format!("`{}` may write `{target}`", call.name.node));
        let before = of.row.lookup(target).presence;
        let presence = if before == Presence::Must { Presence::Must } else { Presence::May };
        of.row.set(target, Label::new(presence, Some(why)));
        of
    }

    /// The label that is read must be there.
    fn source_label(&mut self, source: Option<(&str, Span)>, pattern: Option<(&str, Span)>, of: &Type) {
        let Some((source, span)) = source.filter(|(s, _)| !s.is_empty() && *s != "__name__") else { return };
        if let Some((pattern, place)) = pattern {
            self.value_to_replace(source, pattern, place, of);
        }
        let lookup = of.row.lookup(source);
        if let (Presence::Not, Some(why)) = (lookup.presence, lookup.why) {
            let message = format!("`{source}` is no label here, so nothing is read from it");
            let near = crate::diag::did_you_mean(source, of.row.names());
            self.report(Pass::because(&codes::W0345, span, message, &why).maybe_help(near));
        }
    }

    /// The pattern must match a value that the label can have.
    fn value_to_replace(&mut self, source: &str, text: &str, place: Span, of: &Type) {
        let Some(label) = of.row.get(source).filter(|l| l.complete && l.presence == Presence::Must) else { return };
        let Some(values) = &label.values else { return };
        let compiled = pattern::get(text);
        if values.iter().any(|v| compiled.accepts(v) != Some(false)) {
            return;
        }
        let message = format!("no value of `{source}` matches this pattern, so nothing is replaced");
        let shown: Vec<&str> = values.iter().take(5).map(String::as_str).collect();
        let diagnostic = Diagnostic::new(&codes::W0345, place, message).here("matches none of them");
        let diagnostic =
            diagnostic.help(format!("its values are {}", crate::diag::one_of(shown).replace(" or ", " and ")));
        self.report(match &label.why {
            Some(why) => diagnostic.also(why),
            None => diagnostic,
        });
    }
}

/// Functions without series: of numbers, and of the time.
fn numeric(call: &Call, span: Span, args: &[Type]) -> Type {
    let why = Why::new(call.name.span, format!("`{}()`", call.name.node));
    match call.name.node.as_str() {
        "time" | "start" | "end" => {
            let time = Type::scalar(Interval::POSITIVE, span).derived(SampleKind::Timestamp, why.clone());
            time.measured(Unit::SECONDS, why.clone()).within(Interval::new(1e9, f64::INFINITY), why)
        }
        "pi" => Type::scalar(Interval::point(std::f64::consts::PI), span),
        "hour" | "minute" | "month" | "year" | "day_of_month" | "day_of_week" | "day_of_year" | "days_in_month" => {
            pointwise(&call.name.node, call.name.span, Type::scalar(Interval::ALL, span), &[])
        }
        "vector" => match args.first() {
            Some(number) => number.clone(),
            None => Type::scalar(Interval::ALL, span),
        },
        _ => Type::scalar(Interval::ALL, span),
    }
}

/// `absent(x)`: 1 with the labels that `=` matchers pin, and only while `x` is gone.
fn absent(arg: &Expr, span: Span) -> Type {
    let why = Why::new(span, "`absent` knows the labels of `=` matchers only");
    let mut row = Row::empty(why.clone());
    for m in selector(arg).into_iter().flat_map(|s| &s.matchers) {
        if m.op.node == MatchOp::Equal && m.name.node != "__name__" && !m.value.node.is_empty() {
            let label = Label::new(Presence::Must, Some(Why::new(m.span, "this matcher")));
            row.set(&m.name.node, Label { pinned: true, ..label });
        }
    }
    let unknown =
        Type::unknown(ValueType::Vector, span).derived(SampleKind::Bool, Why::new(span, "1 while nothing is there"));
    Type {
        row,
        filter: Some(span),
        perhaps_native: false,
        ..unknown.within(Interval::point(1.0), Why::new(span, "`absent` gives 1 or nothing"))
    }
}

/// The selector an expression is, with or without range.
pub(super) fn selector(expr: &Expr) -> Option<&Selector> {
    match &expr.bare().kind {
        Kind::Selector(s) => Some(s),
        _ => None,
    }
}

/// Functions that work on each sample alone and keep all labels but the name.
fn pointwise(name: &str, span: Span, of: Type, args: &[Type]) -> Type {
    let bound = |i: usize| args.get(i).and_then(|a| a.interval.single());
    let i = of.interval;
    let calendar = |low: f64, high: f64| (SampleKind::Number, Interval::new(low, high), false);
    let (kind, interval, same_unit) = match name {
        "abs" => (of.kind.is, if i.low >= 0.0 { i } else { Interval::POSITIVE }, true),
        "ceil" | "floor" | "round" => (of.kind.is, widened(i), true),
        "clamp" => (of.kind.is, clamp(i, bound(1), bound(2)), true),
        "clamp_min" => (of.kind.is, clamp(i, bound(1), None), true),
        "clamp_max" => (of.kind.is, clamp(i, None, bound(1)), true),
        "sgn" => calendar(-1.0, 1.0),
        "sqrt" | "exp" => (SampleKind::Number, Interval::POSITIVE, false),
        "hour" => calendar(0.0, 23.0),
        "minute" => calendar(0.0, 59.0),
        "day_of_week" => calendar(0.0, 6.0),
        "day_of_month" => calendar(1.0, 31.0),
        "day_of_year" => calendar(1.0, 366.0),
        "days_in_month" => calendar(28.0, 31.0),
        "month" => calendar(1.0, 12.0),
        "timestamp" | "start_timestamp" => (SampleKind::Timestamp, Interval::new(1e9, f64::INFINITY), false),
        _ => (SampleKind::Number, Interval::ALL, false),
    };
    let (unit, zero_division) = (of.unit.clone(), of.zero_division);
    // A counter that is rounded or bounded is as cumulative as before; anything else makes a number of it.
    let why = if kind == of.kind.is { of.kind.why.clone() } else { Why::new(span, format!("`{name}`")) };
    let always = of.always || (args.is_empty() && name != "timestamp");
    let result = of.derived(kind, why.clone()).within(interval, why.clone());
    let result = Type { unit: unit.filter(|_| same_unit), zero_division, always, ..result };
    if kind == SampleKind::Timestamp && !same_unit { result.measured(Unit::SECONDS, why) } else { result }
}

/// Rounding moves a bound by less than one.
fn widened(i: Interval) -> Interval {
    Interval::new(i.low.floor(), i.high.ceil())
}

fn clamp(i: Interval, low: Option<f64>, high: Option<f64>) -> Interval {
    let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    Interval::new(i.low.clamp(low.min(high), high), i.high.clamp(low.min(high), high))
}

fn is_label(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
