//! Functions, aggregations and operators of PromQL over series that stand still or grow evenly.

use crate::model::Labels;
use crate::promql::{BinaryOp, Call, Kind};

use super::answer::{Answer, Rows, Unknown};

/// The same done to a number or to the value of each series.
pub(super) fn each(answer: Answer, f: impl Fn(f64) -> f64) -> Answer {
    match answer {
        Answer::Number(n) => Answer::Number(f(n)),
        Answer::Rows(rows) => Answer::Rows(rows.into_iter().map(|(l, v)| (l, f(v))).collect()),
    }
}

/// What a function makes of its arguments.
pub(super) fn call(name: &str, call: &Call, args: Vec<Answer>) -> Result<Answer, Unknown> {
    let unknown = || format!("it calls `{name}`");
    let mut numbers = args.iter().filter_map(|a| if let Answer::Number(n) = a { Some(*n) } else { None });
    let (first, second) = (numbers.next(), numbers.next());
    drop(numbers);
    let rows = args.into_iter().find_map(|a| if let Answer::Rows(rows) = a { Some(rows) } else { None });
    if name == "vector" {
        return Ok(Answer::Rows(vec![(Labels::new(), first.ok_or_else(unknown)?)]));
    }
    let rows = rows.ok_or_else(unknown)?;
    let values = |f: &dyn Fn(f64) -> f64| Ok(each(Answer::Rows(rows.clone()), f));
    match (name, first, second) {
        // A counter's level is its rate, and a gauge's is its value at every time.
        ("rate" | "irate", ..) => values(&|v| v),
        ("increase", ..) => {
            let length = range(call).ok_or_else(unknown)?;
            values(&|v| v * length)
        }
        ("avg_over_time" | "min_over_time" | "max_over_time" | "last_over_time" | "quantile_over_time", ..)
        | ("predict_linear" | "sort" | "sort_desc", ..) => values(&|v| v),
        ("abs", ..) => values(&f64::abs),
        ("ceil", ..) => values(&f64::ceil),
        ("floor", ..) => values(&f64::floor),
        ("sqrt", ..) => values(&f64::sqrt),
        ("clamp", Some(low), Some(high)) => values(&|v| v.max(low).min(high)),
        ("clamp_min", Some(low), _) => values(&|v| v.max(low)),
        ("clamp_max", Some(high), _) => values(&|v| v.min(high)),
        ("scalar", ..) => match rows.as_slice() {
            [(_, one)] => Ok(Answer::Number(*one)),
            _ => Ok(Answer::Number(f64::NAN)),
        },
        ("histogram_quantile", Some(q), _) => quantile(q, rows).map(Answer::Rows),
        _ => Err(unknown()),
    }
}

/// The length of the range a function reads, in seconds.
fn range(call: &Call) -> Option<f64> {
    let Kind::Selector(s) = &call.series()?.bare().kind else { return None };
    Some(s.range.as_ref()?.length.known()?.seconds().to_f64())
}

/// Classic buckets: within one, what is observed is spread evenly.
fn quantile(q: f64, rows: Rows) -> Result<Rows, Unknown> {
    let mut groups: std::collections::BTreeMap<Labels, Vec<(f64, f64)>> = Default::default();
    for (mut labels, count) in rows {
        let le = labels.remove("le").and_then(|le| le.trim_start_matches('+').parse::<f64>().ok());
        groups.entry(labels).or_default().push((le.ok_or("it reads a native histogram")?, count));
    }
    let one = |(labels, mut buckets): (Labels, Vec<(f64, f64)>)| {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rank = q * buckets.last()?.1;
        let index = buckets.iter().position(|(_, count)| *count >= rank)?;
        let (bound, count) = *buckets.get(index)?;
        let (start, under) = index.checked_sub(1).and_then(|i| buckets.get(i)).copied().unwrap_or((0.0, 0.0));
        let value =
            if bound.is_infinite() { start } else { start + (bound - start) * (rank - under) / (count - under) };
        Some((labels, value))
    };
    Ok(groups.into_iter().filter_map(one).collect())
}

/// What an aggregation makes of series that it puts together.
pub(super) fn aggregated(op: &str, param: Option<f64>, labels: Labels, rows: Rows) -> Result<Rows, Unknown> {
    let values = || rows.iter().map(|(_, v)| *v);
    let count = rows.len() as f64;
    let value = match op {
        "sum" => values().sum(),
        "avg" => values().sum::<f64>() / count,
        "min" => values().fold(f64::INFINITY, f64::min),
        "max" => values().fold(f64::NEG_INFINITY, f64::max),
        "count" => count,
        "group" => 1.0,
        "topk" | "bottomk" if param.is_some_and(|k| k >= count) => return Ok(rows),
        _ => return Err(format!("it aggregates with `{op}`")),
    };
    Ok(vec![(labels, value)])
}

/// What an operator makes of two numbers; `None` where a comparison does not hold.
pub(super) fn operated(op: BinaryOp, as_number: bool, x: f64, y: f64) -> Result<Option<f64>, Unknown> {
    let holds = match op {
        BinaryOp::Add => return Ok(Some(x + y)),
        BinaryOp::Sub => return Ok(Some(x - y)),
        BinaryOp::Mul => return Ok(Some(x * y)),
        BinaryOp::Div => return Ok(Some(x / y)),
        BinaryOp::Equal => x == y,
        BinaryOp::NotEqual => x != y,
        BinaryOp::Greater => x > y,
        BinaryOp::Less => x < y,
        BinaryOp::GreaterEqual => x >= y,
        BinaryOp::LessEqual => x <= y,
        other => return Err(format!("it has the operator `{}`", other.symbol())),
    };
    Ok(if as_number { Some(f64::from(u8::from(holds))) } else { holds.then_some(x) })
}
