//! PromQL's functions and aggregations, one row each.

use super::ops::ValueType::{self, Matrix, Scalar, String, Vector};

/// A function's signature.
#[derive(PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name; PromQL's functions are lower case.
    pub name: &'static str,
    /// The types of its arguments; the last one's repeats when more are allowed.
    pub args: &'static [ValueType],
    /// How many of the last arguments may be left out, or be repeated.
    pub optional: Optional,
    /// The type of its result.
    pub result: ValueType,
    /// The first version of Prometheus 3 or 2 that has it behind a feature flag; empty when it is stable.
    pub experimental: &'static str,
}

/// Which arguments may be left out or repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Optional {
    /// None.
    Exact,
    /// The last one may be missing.
    Last,
    /// The last one may be repeated, up to this many times in all; at least once.
    Repeat(usize),
    /// The last one may be missing or repeated without end.
    Any,
}

impl Function {
    /// The least and the greatest number of arguments.
    pub fn arity(&self) -> (usize, usize) {
        let n = self.args.len();
        match self.optional {
            Optional::Exact => (n, n),
            Optional::Last => (n - 1, n),
            Optional::Repeat(times) => (n, n - 1 + times),
            Optional::Any => (n - 1, usize::MAX),
        }
    }

    /// The type of argument `index`, from 0.
    pub fn arg(&self, index: usize) -> Option<ValueType> {
        self.args.get(index).or(self.args.last()).copied()
    }

    /// Which argument holds the series it works on.
    pub fn series_arg(&self) -> Option<usize> {
        self.args.iter().position(|t| matches!(t, Vector | Matrix))
    }
}

const fn stable(name: &'static str, args: &'static [ValueType]) -> Function {
    Function { name, args, optional: Optional::Exact, result: Vector, experimental: "" }
}

const fn flagged(name: &'static str, args: &'static [ValueType], since: &'static str) -> Function {
    Function { name, args, optional: Optional::Exact, result: Vector, experimental: since }
}

const fn with(function: Function, optional: Optional) -> Function {
    Function { optional, ..function }
}

const fn number(function: Function) -> Function {
    Function { result: Scalar, ..function }
}

const V: &[ValueType] = &[Vector];
const M: &[ValueType] = &[Matrix];

/// Every function, in the order of its name.
pub static FUNCTIONS: &[Function] = &[
    stable("abs", V),
    stable("absent", V),
    stable("absent_over_time", M),
    stable("acos", V),
    stable("acosh", V),
    stable("asin", V),
    stable("asinh", V),
    stable("atan", V),
    stable("atanh", V),
    stable("avg_over_time", M),
    stable("ceil", V),
    stable("changes", M),
    stable("clamp", &[Vector, Scalar, Scalar]),
    stable("clamp_max", &[Vector, Scalar]),
    stable("clamp_min", &[Vector, Scalar]),
    stable("cos", V),
    stable("cosh", V),
    stable("count_over_time", M),
    with(stable("day_of_month", V), Optional::Last),
    with(stable("day_of_week", V), Optional::Last),
    with(stable("day_of_year", V), Optional::Last),
    with(stable("days_in_month", V), Optional::Last),
    stable("deg", V),
    stable("delta", M),
    stable("deriv", M),
    flagged("double_exponential_smoothing", &[Matrix, Scalar, Scalar], "3.0"),
    number(flagged("end", &[], "3.12")),
    stable("exp", V),
    flagged("first_over_time", M, "3.7"),
    stable("floor", V),
    stable("histogram_avg", V),
    stable("histogram_count", V),
    stable("histogram_fraction", &[Scalar, Scalar, Vector]),
    stable("histogram_quantile", &[Scalar, Vector]),
    with(flagged("histogram_quantiles", &[Vector, String, Scalar], "3.11"), Optional::Repeat(10)),
    stable("histogram_stddev", V),
    stable("histogram_stdvar", V),
    stable("histogram_sum", V),
    with(stable("hour", V), Optional::Last),
    stable("idelta", M),
    stable("increase", M),
    with(flagged("info", &[Vector, Vector], "2.55"), Optional::Last),
    with(flagged("integral", &[Matrix, Scalar], "3.13"), Optional::Last),
    stable("irate", M),
    with(stable("label_join", &[Vector, String, String, String]), Optional::Any),
    stable("label_replace", &[Vector, String, String, String, String]),
    stable("last_over_time", M),
    stable("ln", V),
    stable("log10", V),
    stable("log2", V),
    flagged("mad_over_time", M, "2.49"),
    number(flagged("max_of", &[Scalar, Scalar], "3.13")),
    stable("max_over_time", M),
    number(flagged("min_of", &[Scalar, Scalar], "3.13")),
    stable("min_over_time", M),
    with(stable("minute", V), Optional::Last),
    with(stable("month", V), Optional::Last),
    number(stable("pi", &[])),
    stable("predict_linear", &[Matrix, Scalar]),
    stable("present_over_time", M),
    stable("quantile_over_time", &[Scalar, Matrix]),
    stable("rad", V),
    number(flagged("range", &[], "3.12")),
    stable("rate", M),
    stable("resets", M),
    with(stable("round", &[Vector, Scalar]), Optional::Last),
    number(stable("scalar", V)),
    stable("sgn", V),
    stable("sin", V),
    stable("sinh", V),
    stable("sort", V),
    with(flagged("sort_by_label", &[Vector, String], "2.49"), Optional::Any),
    with(flagged("sort_by_label_desc", &[Vector, String], "2.49"), Optional::Any),
    stable("sort_desc", V),
    stable("sqrt", V),
    number(flagged("start", &[], "3.12")),
    flagged("start_timestamp", V, "3.12"),
    stable("stddev_over_time", M),
    stable("stdvar_over_time", M),
    number(flagged("step", &[], "3.12")),
    stable("sum_over_time", M),
    stable("tan", V),
    stable("tanh", V),
    number(stable("time", &[])),
    stable("timestamp", V),
    flagged("ts_of_first_over_time", M, "3.7"),
    flagged("ts_of_last_over_time", M, "3.5"),
    flagged("ts_of_max_over_time", M, "3.5"),
    flagged("ts_of_min_over_time", M, "3.5"),
    stable("vector", &[Scalar]),
    with(stable("year", V), Optional::Last),
];

/// Finds a function by its name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|f| f.name.cmp(name)).ok().and_then(|i| FUNCTIONS.get(i))
}

/// An aggregation's signature.
#[derive(PartialEq, Eq, Debug)]
pub struct Aggregation {
    /// Its name in lower case; PromQL reads it in any case.
    pub name: &'static str,
    /// The type of the parameter it takes before the series.
    pub param: Option<ValueType>,
    /// Whether it needs a feature flag.
    pub experimental: &'static str,
}

const fn aggregation(name: &'static str, param: Option<ValueType>) -> Aggregation {
    Aggregation { name, param, experimental: "" }
}

/// Every aggregation.
pub static AGGREGATIONS: &[Aggregation] = &[
    aggregation("avg", None),
    aggregation("bottomk", Some(Scalar)),
    aggregation("count", None),
    aggregation("count_values", Some(String)),
    aggregation("group", None),
    Aggregation { name: "limit_ratio", param: Some(Scalar), experimental: "2.54" },
    Aggregation { name: "limitk", param: Some(Scalar), experimental: "2.54" },
    aggregation("max", None),
    aggregation("min", None),
    aggregation("quantile", Some(Scalar)),
    aggregation("stddev", None),
    aggregation("stdvar", None),
    aggregation("sum", None),
    aggregation("topk", Some(Scalar)),
];

/// Finds an aggregation by its name in any case.
pub fn aggregation_named(name: &str) -> Option<&'static Aggregation> {
    AGGREGATIONS.iter().find(|a| a.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_function_is_found() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
        for function in FUNCTIONS {
            assert_eq!(find(function.name), Some(function));
        }
    }
}
