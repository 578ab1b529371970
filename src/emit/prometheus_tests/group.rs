//! One test group of promtool as data: the series fed in, and what must be true at which moment.

use crate::emit::yaml::Yaml;
use crate::model::Labels;
use crate::units::{Duration, Ratio};

/// A test group: one timeline for all objectives of a service, since promtool loads all rules anew for each group.
pub(super) struct Group {
    /// What it proves.
    pub(super) name: String,
    /// What a reader should know first.
    pub(super) comment: String,
    /// Time from one fed sample to the next.
    pub(super) interval: Duration,
    /// What is fed in.
    pub(super) series: Vec<Series>,
    /// What must come out.
    pub(super) checks: Vec<Check>,
}

impl Group {
    /// An empty group.
    pub(super) fn new(name: &'static str, comment: &str, interval: Duration) -> Group {
        Group { name: name.to_string(), comment: comment.to_string(), interval, series: Vec::new(), checks: Vec::new() }
    }

    /// Prints it, unless it checks nothing.
    pub(super) fn print(&self, yaml: &mut Yaml) {
        if self.checks.is_empty() {
            return;
        }
        yaml.comment(&self.comment);
        yaml.item(|y| {
            y.text("name", &self.name);
            y.duration("interval", self.interval);
            y.list("input_series", |y| self.series.iter().for_each(|s| s.print(y)));
            y.list("promql_expr_test", |y| self.checks.iter().for_each(|c| c.print(y)));
        });
    }
}

/// A series that is fed in.
pub(super) struct Series {
    /// `name{labels}`.
    pub(super) name: String,
    /// Its samples from the beginning, one per interval.
    pub(super) runs: Vec<Run>,
}

/// Samples in a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Run {
    /// So many moments without a sample: the last value stays for five minutes.
    Gap(u64),
    /// The mark that says the series has ended.
    Stale,
    /// So many samples of one value.
    Flat(Ratio, u64),
    /// A counter: so many samples, each higher than the one before by a step.
    Rise {
        /// The first sample.
        from: Ratio,
        /// From one to the next.
        step: Ratio,
        /// How many.
        samples: u64,
    },
}

impl Series {
    /// A series of which nothing is fed yet.
    pub(super) fn new(metric: &str, labels: &Labels) -> Series {
        Series { name: named(metric, pairs(labels)), runs: Vec::new() }
    }

    /// Adds samples; one more of the same joins the run before it.
    pub(super) fn push(&mut self, run: Run) {
        match (self.runs.last_mut(), run) {
            (_, Run::Gap(0) | Run::Flat(_, 0) | Run::Rise { samples: 0, .. }) => {}
            (Some(Run::Gap(n)), Run::Gap(more)) => *n += more,
            (Some(Run::Flat(value, n)), Run::Flat(same, more)) if *value == same => *n += more,
            _ => self.runs.push(run),
        }
    }

    fn print(&self, yaml: &mut Yaml) {
        let mut values = String::new();
        for (index, run) in self.runs.iter().enumerate() {
            values.push_str(if index == 0 { "" } else { " " });
            run.write(&mut values);
        }
        yaml.item(|y| {
            y.text("series", &self.name);
            y.text("values", &values);
        });
    }
}

impl Run {
    /// A counter after the sample `last`: so many steps of so much.
    pub(super) fn rise(last: Ratio, step: Ratio, samples: u64) -> Run {
        match last.plus(step) {
            Some(from) if step != Ratio::ZERO => Run::Rise { from, step, samples },
            _ => Run::Flat(last, samples),
        }
    }

    /// In promtool's notation, where `a+bxn` is n samples after the first.
    fn write(self, out: &mut String) {
        let times = |n: u64, out: &mut String| out.extend(["x", &n.to_string()]);
        match self {
            Run::Gap(n) => {
                out.push('_');
                if n != 1 {
                    times(n, out);
                }
            }
            Run::Stale => out.push_str("stale"),
            Run::Flat(value, n) => {
                out.push_str(&number(value));
                if n != 1 {
                    out.push_str("+0");
                    times(n.saturating_sub(1), out);
                }
            }
            Run::Rise { from, step, samples } => {
                out.extend([number(from).as_str(), if step.num() < 0 { "" } else { "+" }, &number(step)]);
                times(samples.saturating_sub(1), out);
            }
        }
    }
}

/// A query and its answer.
pub(super) struct Check {
    /// What it proves.
    pub(super) note: String,
    /// When it is asked.
    pub(super) at: Duration,
    /// The query.
    pub(super) expr: String,
    /// The answer: series and their values.
    pub(super) want: Vec<(String, Ratio)>,
}

impl Check {
    /// That series have these values, to six digits after the point: engines add in different orders.
    pub(super) fn values(note: String, at: Duration, series: &str, want: &[(Labels, Ratio)]) -> Check {
        // Half of a step is rounded up by one order of adding, and down by another.
        let fits = |step: &Ratio| want.iter().all(|(_, value)| !is_half(*value, *step));
        let step = (6..=9).map(precision).find(fits).unwrap_or_else(|| precision(6));
        let want = want.iter().map(|(labels, value)| (named("", pairs(labels)), rounded(*value, step))).collect();
        Check { note, at, expr: format!("round({series}, {})", step.expr()), want }
    }

    fn print(&self, yaml: &mut Yaml) {
        yaml.comment(&self.note);
        yaml.item(|y| {
            y.text("expr", &self.expr);
            y.duration("eval_time", self.at);
            y.list("exp_samples", |y| {
                for (labels, value) in &self.want {
                    y.item(|y| {
                        y.text("labels", labels);
                        y.decimal("value", *value);
                    });
                }
            });
        });
    }
}

/// To what values are compared: so many digits after the point.
fn precision(digits: u32) -> Ratio {
    Ratio::new(1, 10_i128.pow(digits)).unwrap_or(Ratio::ZERO)
}

/// Whether a value lies in the middle between two steps.
fn is_half(value: Ratio, step: Ratio) -> bool {
    // Whole numbers, as most are, are whole steps.
    if value.den() == 1 {
        return false;
    }
    let halves = value.over(step).and_then(|v| v.times(Ratio::whole(2)));
    halves.is_some_and(|v| v.den() == 1 && v.num() % 2 != 0)
}

/// As PromQL's `round` does it: to the nearest, a half goes up.
fn rounded(value: Ratio, step: Ratio) -> Ratio {
    if value.den() == 1 {
        return value;
    }
    let scaled = value.over(step).and_then(|v| v.times(Ratio::whole(2))).and_then(|v| v.plus(Ratio::ONE));
    let whole = scaled.map(|v| v.num().div_euclid(v.den().saturating_mul(2)));
    whole.and_then(|n| Ratio::new(n, 1)).and_then(|n| n.times(step)).unwrap_or(value)
}

/// A number in promtool's notation: all its digits, or the nearest double where they never end.
fn number(value: Ratio) -> String {
    value.decimal().unwrap_or_else(|| value.to_f64().to_string())
}

/// Labels with their values, borrowed.
pub(super) fn pairs(labels: &Labels) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// `metric{a="b"}`: a series as PromQL writes it. Empty values mean no label.
pub(super) fn named<'a>(metric: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::with_capacity(LONG);
    text.push_str(metric);
    text.push('{');
    for (index, (name, value)) in labels.filter(|(_, value)| !value.is_empty()).enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(name);
        text.push_str("=\"");
        match value.contains(['\\', '"', '\n']) {
            true => text.extend(value.chars().flat_map(escaped)),
            false => text.push_str(value),
        }
        text.push('"');
    }
    text.push('}');
    text
}

/// What most series have room in, in bytes.
const LONG: usize = 250;

/// A character of a label's value as PromQL reads it in quotes.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let escape = matches!(c, '\\' | '"' | '\n').then_some('\\');
    escape.into_iter().chain([if c == '\n' { 'n' } else { c }])
}
