//! Aggregations: which labels are left, and whether the samples may be added up at all.

use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes};

use super::super::ast::{Aggregate, Grouping, Kind};
use super::super::ops::ValueType;
use super::checker::Pass;
use super::interval::Interval;
use super::kind::SampleKind;
use super::over_time::summed;
use super::row::{Label, Presence, Row};
use super::{Type, Why};

impl Pass<'_> {
    pub(super) fn aggregate(&mut self, a: &Aggregate) -> Type {
        let param = a.param.as_ref().map(|p| self.type_of(p));
        let of = self.type_of(&a.expr);
        let op = a.op.node;
        if op == "quantile"
            && let (Some(value), Some(place)) = (param.and_then(|p| p.interval.single()), &a.param)
        {
            self.quantile_range(value, place.span, op);
        }
        // These choose series and leave them as they are.
        if matches!(op, "topk" | "bottomk" | "limitk" | "limit_ratio") {
            self.grouped_labels(a, &of);
            self.aggregated_histogram(a, &of, &of.row);
            return of;
        }
        self.grouped_labels(a, &of);
        let row = grouped(a, &of.row);
        self.dropped_joins(a, &of, &row);
        self.additive(a, &of);
        self.aggregated_histogram(a, &of, &row);
        self.poisoned(a, &of);
        Type { value: ValueType::Vector, ..aggregated(a, of, row) }
    }

    /// The labels of `by` must be there.
    fn grouped_labels(&mut self, a: &Aggregate, of: &Type) {
        let Some(grouping) = a.grouping.as_ref().filter(|g| !g.without) else { return };
        let what = match &of.metric {
            Some(name) => format!("`{name}`"),
            None => format!("what `{}` aggregates", a.op.node),
        };
        for label in grouping.labels.iter().filter(|l| !l.node.contains('$')) {
            // A native histogram's `le` has a message of its own.
            if !(label.node == "le" && of.kind.is == SampleKind::NativeHistogram) {
                self.named_label(&label.node, label.span, of, &what);
            }
        }
    }

    /// A label that a grouping copied from the other side, only to be dropped here.
    fn dropped_joins(&mut self, a: &Aggregate, of: &Type, row: &Row) {
        for (name, label) in of.row.labels() {
            let named = name == "__name__";
            let Some(joined) = label.joined.filter(|_| !named && row.lookup(name).presence == Presence::Not) else {
                continue;
            };
            let message = format!("`{name}` is joined here and dropped by `{}`", a.op.node);
            self.report(
                Diagnostic::new(&codes::W0344, joined, message)
                    .here("without use")
                    .label(a.op.span, "dropped here")
                    .help("leave it out of the grouping, or keep it in `by`"),
            );
        }
    }

    /// Quantiles, ratios and times cannot be added up.
    fn additive(&mut self, a: &Aggregate, of: &Type) {
        let op = a.op.node;
        if !matches!(op, "sum" | "avg") {
            return;
        }
        let why = &of.kind.why;
        match of.kind.is {
            SampleKind::Quantile => {
                let message = format!("`{op}` of quantiles is a quantile of nothing");
                let help = "add up the buckets, and take the quantile of the sum: `histogram_quantile(0.99, sum by (le) (rate(…)))`";
                self.report(Pass::because(&codes::W0321, a.expr.span, message, why).help(help));
            }
            SampleKind::Ratio => {
                let message = match op {
                    "sum" => "a sum of ratios is no ratio",
                    _ => "a mean of ratios weighs a part without traffic like the busiest one",
                };
                let help = "divide the sums instead: `sum(a) / sum(b)`";
                self.report(Pass::because(&codes::W0322, a.expr.span, message, why).help(help));
            }
            SampleKind::Timestamp if op == "sum" => {
                let message = "a sum of times means nothing";
                self.report(
                    Pass::because(&codes::E0333, a.expr.span, message, why).help("`max` is the latest of them"),
                );
            }
            _ => {}
        }
    }

    /// One NaN makes a whole sum NaN.
    fn poisoned(&mut self, a: &Aggregate, of: &Type) {
        let Some(division) = of.zero_division.filter(|_| matches!(a.op.node, "sum" | "avg" | "stddev" | "stdvar"))
        else {
            return;
        };
        let message = format!("a divisor that is 0 makes the whole `{}` NaN", a.op.node);
        let help = "divide by what is above zero only: `a / (b > 0)`";
        self.report(
            Diagnostic::new(&codes::W0360, division, message)
                .here("may divide by zero")
                .label(a.op.span, "one NaN spreads to all")
                .help(help),
        );
    }
}

/// What is known of the result.
fn aggregated(a: &Aggregate, of: Type, row: Row) -> Type {
    let op = a.op.node;
    let why = Why::new(a.op.span, format!("`{op}` of {}", of.noun()));
    let (unit, interval_why, buckets) = (of.unit.clone(), of.interval_why.clone(), of.buckets.clone());
    let interval = of.interval;
    let kind = match (op, of.kind.is) {
        ("count" | "count_values", _) => SampleKind::Count,
        ("group", _) => SampleKind::Bool,
        (_, SampleKind::Counter) => SampleKind::CounterSum,
        ("sum", SampleKind::Bool | SampleKind::Info | SampleKind::StateSet) => SampleKind::Count,
        (_, SampleKind::Bool | SampleKind::Info | SampleKind::StateSet | SampleKind::Quantile)
            if op == "sum" || op == "avg" =>
        {
            SampleKind::Number
        }
        ("stddev" | "stdvar", _) => SampleKind::Number,
        (_, kind) => kind,
    };
    let (filter, zero_division) = (of.filter, of.zero_division);
    let mut result = Type { row, filter, zero_division, ..of.derived(kind, why.clone()) };
    match op {
        "count" => {
            return result
                .within(
                    Interval::COUNT,
                    Why { text: "`count` counts what is there, so at least one".into(), ..why.clone() },
                )
                .measured(Unit::NONE, why);
        }
        "count_values" => return result.measured(Unit::NONE, why),
        "group" => return result.within(Interval::point(1.0), why),
        "sum" => result.interval = summed(interval),
        "stddev" | "stdvar" => result.interval = Interval::POSITIVE,
        _ => result.interval = interval,
    }
    result.interval_why = interval_why;
    result.unit = unit.filter(|_| op != "stdvar");
    result.buckets = buckets.filter(|_| result.row.lookup("le").presence > Presence::Not);
    result
}

/// The labels of no grouping.
const NONE: [&str; 0] = [];

/// The row that a grouping leaves.
fn grouped(a: &Aggregate, row: &Row) -> Row {
    let op = a.op.node;
    let mut left = match &a.grouping {
        None => row.keep(NONE, Why::new(a.op.span, format!("`{op}` without `by` keeps no label"))),
        Some(g) if g.labels.iter().any(|l| l.node.contains('$')) => Row::open(),
        Some(g) if g.without => without(g, row),
        Some(g) => row.keep(g.labels.iter().map(|l| &l.node), Why::new(g.span, kept(g))),
    };
    if let (Some(param), "count_values") = (&a.param, op)
        && let Kind::String(label) = &param.bare().kind
    {
        left.set(label, Label::new(Presence::Must, Some(Why::new(param.span, "`count_values` writes the value here"))));
    }
    left
}

/// ``keeps `job` only``.
fn kept(g: &Grouping) -> String {
    let names: Vec<&str> = g.labels.iter().map(|l| l.node.as_str()).collect();
    match names.is_empty() {
        true => "keeps no label".into(),
        false => format!("keeps `{}` only", names.join("`, `")),
    }
}

fn without(g: &Grouping, row: &Row) -> Row {
    let mut left = row.clone();
    for label in &g.labels {
        left.remove(&label.node, Why::new(g.span, "removed here"));
    }
    left
}
