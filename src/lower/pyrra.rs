//! Rules under Pyrra's names: its increase, burn-rate and generic groups.

use std::collections::BTreeSet;

use super::golang::{duration, float};
use crate::check::{Counted, Match, Named, NamedTier, Naming, Queries};
use crate::model::{Carried, CarriedRule, Labels, Urgency};
use crate::units::Duration;

/// The rule groups of one objective.
pub(super) fn groups(labels: &Labels, naming: &Naming, slo: &Named) -> Vec<Carried> {
    let Some(rules) = Rules::new(labels, naming, slo) else { return Vec::new() };
    let group = |end: &str, interval: Duration, rules: Vec<CarriedRule>| Carried {
        name: format!("{}{end}", slo.name),
        interval: Some(interval),
        rules,
        of: None,
        shard: None,
        origin: slo.origin.clone(),
    };
    let mut groups = vec![group("-increase", rules.pace(), rules.increases()), group("", HALF_MINUTE, rules.burns())];
    // Pyrra makes none for what is split, and forgets to ask so of native histograms.
    if naming.generic && (slo.by.is_empty() || matches!(rules.indicator, Indicator::Native(..))) {
        groups.push(group("-generic", HALF_MINUTE, rules.generic()));
    }
    groups
}

const HALF_MINUTE: Duration = Duration::from_secs(30);

/// The window of the increases that performance mode sums, and how far apart it takes them.
const SHORT: Duration = Duration::from_mins(5);

/// A metric with its matchers.
type Selector = (String, Vec<Match>);

/// The four kinds of Pyrra's indicators, the first in two ways.
enum Indicator {
    /// Bad events of all.
    Ratio(Selector, Selector),
    /// Good events of all.
    Success(Selector, Selector),
    /// Fast events, in a bucket, of all, and the bucket's bound as it is written.
    Latency(Selector, Selector, String),
    /// A native histogram, its bound in seconds.
    Native(Selector, f64),
    /// A gauge that is 0 or 1.
    Gauge(Selector),
}

/// What is summed over a window: the series, the function that counts them, and the labels of the result.
struct Sum<'r> {
    of: &'r Selector,
    function: &'static str,
    labels: Labels,
}

impl Sum<'_> {
    /// `http_requests:increase4w`.
    fn name(&self, window: Duration) -> String {
        let metric = &self.of.0;
        match self.function {
            "increase" => increase_name(metric, window),
            function => format!("{metric}:{}{}", function.trim_end_matches("_over_time"), duration(window)),
        }
    }
}

struct Rules<'a> {
    slo: &'a Named,
    indicator: Indicator,
    /// Labels of every rule.
    common: Labels,
    /// The labels that split it, in order.
    by: BTreeSet<String>,
}

impl<'a> Rules<'a> {
    fn new(labels: &Labels, naming: &Naming, slo: &'a Named) -> Option<Rules<'a>> {
        let of = |c: &Counted| c.selector.clone();
        let indicator = match &slo.queries {
            Queries::Events { part, total, good: false } => Indicator::Ratio(of(part)?, of(total)?),
            Queries::Events { part, total, good: true } => events(of(part)?, of(total)?, naming.prometheus3),
            Queries::Native(histogram, bound) => Indicator::Native(of(histogram)?, bound.to_f64()),
            Queries::Up(gauge) => Indicator::Gauge(of(gauge)?),
            Queries::Ratio(_) => return None,
        };
        let mut common = Labels::from([("slo".to_string(), slo.name.clone())]);
        common.extend(labels.clone());
        common.extend(slo.labels.clone());
        Some(Rules { slo, indicator, common, by: slo.by.iter().cloned().collect() })
    }

    /// All events, or the gauge.
    fn total(&self) -> &Selector {
        match &self.indicator {
            Indicator::Ratio(_, total) | Indicator::Success(_, total) | Indicator::Latency(_, total, _) => total,
            Indicator::Native(total, _) | Indicator::Gauge(total) => total,
        }
    }

    /// The bad, the good or the fast events.
    fn part(&self) -> Option<&Selector> {
        match &self.indicator {
            Indicator::Ratio(part, _) | Indicator::Success(part, _) | Indicator::Latency(part, ..) => Some(part),
            Indicator::Native(..) | Indicator::Gauge(_) => None,
        }
    }

    /// Labels of the rules: common ones, and what the total fixes, without those the result has itself.
    fn labels(&self, split: &BTreeSet<String>) -> Labels {
        let mut labels = self.common.clone();
        let fixed = self.total().1.iter().filter(|m| m.op == "=");
        labels.extend(fixed.map(|m| (m.name.clone(), m.value.clone())));
        labels.retain(|name, _| !split.contains(name));
        labels
    }

    /// How often the slow rules are evaluated.
    fn pace(&self) -> Duration {
        let weeks = self.slo.period.millis() / (7 * 86_400_000);
        Duration::from_secs(30 * (weeks + 1).min(8))
    }

    /// What the increase is split by: also all that a pattern chooses, and what only the part has.
    fn increase_split(&self) -> BTreeSet<String> {
        let (total, mut split) = (&self.total().1, self.by.clone());
        if let Indicator::Gauge(gauge) = &self.indicator {
            split.insert("__name__".into());
            split.extend(gauge.1.iter().map(|m| m.name.clone()));
        }
        let own = |m: &&Match| m.name != "le" && !total.iter().any(|t| t.name == m.name);
        split.extend(self.part().into_iter().flat_map(|p| p.1.iter().filter(own)).map(|m| m.name.clone()));
        split.extend(total.iter().filter(|m| m.op.ends_with('~')).map(|m| m.name.clone()));
        split
    }

    fn increases(&self) -> Vec<CarriedRule> {
        if let Indicator::Native(_, bound) = &self.indicator {
            return self.native_increases(*bound).into();
        }
        let split = self.increase_split();
        let sums = self.sums(&split);
        if !self.slo.performance {
            return self.counted(&sums, &split, self.slo.period);
        }
        let long = sums.iter().map(|sum| self.summed(sum, &split));
        self.counted(&sums, &split, SHORT).into_iter().chain(long).collect()
    }

    /// What is summed over the period.
    fn sums(&self, split: &BTreeSet<String>) -> Vec<Sum<'_>> {
        let labels = self.labels(split);
        let sum = |of, function| Sum { of, function, labels: labels.clone() };
        let total = self.total();
        match &self.indicator {
            Indicator::Ratio(part, _) | Indicator::Success(part, _) => {
                let both = [sum(total, "increase"), sum(part, "increase")];
                both.into_iter().take(if part.0 == total.0 { 1 } else { 2 }).collect()
            }
            Indicator::Latency(fast, _, bound) => {
                let mut of_bucket = sum(fast, "increase");
                of_bucket.labels.insert("le".into(), bound.clone());
                vec![sum(total, "increase"), of_bucket]
            }
            Indicator::Gauge(gauge) => vec![sum(gauge, "count_over_time"), sum(gauge, "sum_over_time")],
            Indicator::Native(..) => Vec::new(),
        }
    }

    /// The sums over a window, from the series themselves, and the alerts for series that are gone.
    fn counted(&self, sums: &[Sum<'_>], split: &BTreeSet<String>, window: Duration) -> Vec<CarriedRule> {
        let record = |sum: &Sum<'_>| {
            let expr = format!("{}({}({}[{}]))", sum_by(split), sum.function, print(sum.of), duration(window));
            CarriedRule::record(sum.name(window), expr, sum.labels.clone())
        };
        let absent = |sum: &Sum<'_>| self.absent(sum.of, &sum.labels);
        match &self.indicator {
            Indicator::Ratio(..) | Indicator::Success(..) => {
                sums.iter().flat_map(|sum| [Some(record(sum)), absent(sum)]).flatten().collect()
            }
            Indicator::Gauge(_) => sums.iter().map(record).chain(sums.first().and_then(absent)).collect(),
            _ => sums.iter().map(record).chain(sums.iter().filter_map(absent)).collect(),
        }
    }

    /// The sum over the period, from sums over a short window.
    fn summed(&self, sum: &Sum<'_>, split: &BTreeSet<String>) -> CarriedRule {
        let mut matchers = sum.of.1.clone();
        if matches!(self.indicator, Indicator::Latency(..)) && !sum.labels.contains_key("le") {
            // The fast events are recorded under the same name, with their bucket.
            matchers.push(Match { name: "le".into(), op: "=", value: String::new() });
        }
        let short = print(&(sum.name(SHORT), matchers));
        let range = format!("[{}:{}]", duration(self.slo.period), duration(SHORT));
        let expr = format!("{}(sum_over_time({short}{range}))", sum_by(split));
        CarriedRule::record(sum.name(self.slo.period), expr, sum.labels.clone())
    }

    fn native_increases(&self, bound: f64) -> [CarriedRule; 2] {
        let total = self.total();
        let name = increase_name(&total.0, self.slo.period);
        let split = if self.slo.by.is_empty() { String::new() } else { format!(" by ({})", self.slo.by.join(", ")) };
        let sum = format!("sum{split} (increase({}[{}]))", print(total), duration(self.slo.period));
        let labels = self.labels(&BTreeSet::new());
        let mut bounded = labels.clone();
        bounded.insert("le".into(), float(bound));
        let fast = format!("histogram_fraction(0, {}, {sum}) * histogram_count({sum})", float(bound));
        [
            CarriedRule::record(name.clone(), format!("histogram_count({sum})"), labels),
            CarriedRule::record(name, fast, bounded),
        ]
    }

    /// Fires when a metric is gone for so long as would burn the budget like the fastest tier.
    fn absent(&self, selector: &Selector, labels: &Labels) -> Option<CarriedRule> {
        let name = self.slo.absent.as_deref()?;
        let name = if name.is_empty() { "SLOMetricAbsent" } else { name };
        let fast = self.slo.tiers.first()?;
        let mut labels = labels.clone();
        labels.insert("severity".into(), self.severity("absent", "critical"));
        let expr = format!("absent({}) == 1", print(selector));
        let hold = fast.factor.to_f64() * (1.0 - self.target()) * fast.long.millis() as f64 + fast.hold.millis() as f64;
        let hold = Duration::from_mins((hold / 60_000.0).round() as u64);
        Some(CarriedRule { hold, ..CarriedRule::alert(name, expr, labels, self.annotations(None)) })
    }

    fn severity(&self, of: &str, usual: &str) -> String {
        self.slo.severities.get(of).map_or(usual, String::as_str).to_string()
    }

    fn annotations(&self, urgency: Option<Urgency>) -> Labels {
        let [both, page, ticket] = &self.slo.annotations;
        let mut all = both.clone();
        match urgency {
            Some(Urgency::Page) => all.extend(page.clone()),
            Some(_) => all.extend(ticket.clone()),
            None => {}
        }
        all
    }

    /// The target as Pyrra computes it.
    fn target(&self) -> f64 {
        let percent = self.slo.objective.times(crate::units::Ratio::whole(100));
        percent.map_or(self.slo.objective.to_f64(), |p| p.to_f64() / 100.0)
    }

    fn burns(&self) -> Vec<CarriedRule> {
        let windows: BTreeSet<Duration> = self.slo.tiers.iter().flat_map(|t| [t.short, t.long]).collect();
        let labels = self.labels(&self.by);
        let record = |w: Duration| CarriedRule::record(self.burn_name(w), self.burn(w), labels.clone());
        let rules: Vec<CarriedRule> = windows.into_iter().map(record).collect();
        let alerts = self.slo.tiers.iter().enumerate().filter_map(|(index, tier)| self.burn_alert(index, tier));
        rules.into_iter().chain(alerts).collect()
    }

    fn burn_name(&self, window: Duration) -> String {
        format!("{}:burnrate{}", stem(stem(&self.total().0, "_total"), "_count"), duration(window))
    }

    fn burn(&self, window: Duration) -> String {
        let (sum, window) = (sum_by(&self.by), duration(window));
        let rate = |s: &Selector| format!("{sum}(rate({}[{window}]))", print(s));
        match &self.indicator {
            Indicator::Ratio(errors, total) => format!("{} / {}", rate(errors), rate(total)),
            Indicator::Success(part, total) | Indicator::Latency(part, total, _) => {
                format!("({} - {}) / {}", rate(total), rate(part), rate(total))
            }
            Indicator::Native(total, bound) => {
                format!("1 - histogram_fraction(0, {}, {})", float(*bound), rate(total))
            }
            Indicator::Gauge(gauge) => {
                let over = |of: &str| format!("{sum}({of}_over_time({}[{window}]))", print(gauge));
                format!("({} - {}) / {}", over("count"), over("sum"), over("count"))
            }
        }
    }

    fn burn_alert(&self, index: usize, tier: &NamedTier) -> Option<CarriedRule> {
        const SEVERITIES: [(&str, &str); 4] =
            [("fast", "critical"), ("medium", "critical"), ("slow", "warning"), ("long", "warning")];
        let own = if tier.urgency == Urgency::Page { &self.slo.page } else { &self.slo.ticket };
        let (which, usual) = SEVERITIES.get(index)?;
        let mut labels = self.labels(&self.by);
        let exhaustion = self.slo.period.seconds().over(tier.factor).map_or(0, |s| (s.num() / s.den()) as u64);
        labels.insert("short".into(), duration(tier.short));
        labels.insert("long".into(), duration(tier.long));
        labels.insert("severity".into(), self.severity(which, usual));
        labels.insert("exhaustion".into(), duration(Duration::from_secs(exhaustion)));
        labels.extend(own.as_ref()?.clone());
        let selector = self.burn_selector();
        let limit = format!("({} * (1-{}))", tier.factor.expr(), self.target());
        let over = |window| format!("{}{{{selector}}} > {limit}", self.burn_name(window));
        let expr = format!("{} and {}", over(tier.short), over(tier.long));
        let name = self.slo.alert.as_deref().unwrap_or("ErrorBudgetBurn");
        let alert = CarriedRule::alert(name, expr, labels, self.annotations(Some(tier.urgency)));
        Some(CarriedRule { hold: tier.hold, ..alert })
    }

    /// The matchers that burn rates are read with: those whose labels the rules carry.
    fn burn_selector(&self) -> String {
        let kept = |m: &&Match| self.by.contains(&m.name) || !m.op.ends_with('~');
        let mut matchers: Vec<String> = self.total().1.iter().filter(kept).map(matcher).collect();
        matchers.push(format!("slo=\"{}\"", self.slo.name));
        matchers.sort();
        matchers.join(",")
    }

    /// Facts and sums under the same names for all objectives.
    fn generic(&self) -> Vec<CarriedRule> {
        let seconds = self.slo.period.millis() / 1000;
        let record = |name: &str, expr: String| CarriedRule::record(name, expr, self.common.clone());
        let mut rules =
            vec![record("pyrra_objective", self.target().to_string()), record("pyrra_window", seconds.to_string())];
        let rate = |s: &Selector| format!("sum(rate({}[5m]))", print(s));
        let [availability, requests, errors] = match &self.indicator {
            Indicator::Ratio(bad, total) => [
                format!("1 - sum({} or vector(0)) / sum({})", self.grown(bad, &[]), self.grown(total, &[])),
                rate(total),
                format!("{} or vector(0)", rate(bad)),
            ],
            Indicator::Success(good, total) => {
                let all = self.grown(total, &[]);
                let good_all = format!("sum({} or vector(0))", self.grown(good, &[]));
                [
                    format!("1 - (sum({all}) - {good_all}) / sum({all})"),
                    rate(total),
                    format!("{} - {} or vector(0)", rate(total), rate(good)),
                ]
            }
            Indicator::Latency(fast, total, _) => {
                let all = self.grown(total, &[("le", "")]);
                let errors = format!("{} - {}", rate(total), rate(fast));
                [format!("sum({} or vector(0)) / sum({all})", self.grown(fast, &[])), rate(total), errors]
            }
            Indicator::Native(total, bound) => {
                let fast = self.grown(total, &[("le", &float(*bound))]);
                let expr = format!("sum({fast} or vector(0)) / sum({})", self.grown(total, &[("le", "")]));
                rules.push(record("pyrra_availability", expr));
                return rules;
            }
            Indicator::Gauge(gauge) => {
                let period = duration(self.slo.period);
                let of = |what: &str| self.with_slo(format!("{}:{what}{period}", gauge.0), &gauge.1, &[]);
                let (count, sum) = (of("count"), of("sum"));
                [format!("sum({sum}) / sum({count})"), format!("sum({count})"), format!("sum({count}) - sum({sum})")]
            }
        };
        rules.push(record("pyrra_availability", availability));
        rules.push(record("pyrra_requests:rate5m", requests));
        rules.push(record("pyrra_errors:rate5m", errors));
        rules
    }

    /// The recorded increase of a selector.
    fn grown(&self, selector: &Selector, extra: &[(&str, &str)]) -> String {
        self.with_slo(increase_name(&selector.0, self.slo.period), &selector.1, extra)
    }

    fn with_slo(&self, metric: String, matchers: &[Match], extra: &[(&str, &str)]) -> String {
        let more = extra.iter().copied().chain([("slo", self.slo.name.as_str())]);
        let more = more.map(|(name, value)| Match { name: name.into(), op: "=", value: value.into() });
        print(&(metric, matchers.iter().cloned().chain(more).collect()))
    }
}

/// Good events of all, those of a bucket where the matchers choose one.
fn events(mut good: Selector, total: Selector, prometheus3: bool) -> Indicator {
    let Some(le) = good.1.iter_mut().find(|m| m.name == "le") else { return Indicator::Success(good, total) };
    let bound = le.value.clone();
    if prometheus3 && le.op == "=" && bound.parse::<i64>().is_ok() {
        *le = Match { name: "le".into(), op: "=~", value: format!("{bound}(\\.0)?") };
    }
    Indicator::Latency(good, total, bound)
}

/// `http_requests:increase4w`.
fn increase_name(metric: &str, window: Duration) -> String {
    let metric = stem(stem(stem(metric, "_total"), "_count"), "_bucket");
    format!("{metric}:increase{}", duration(window))
}

fn stem<'a>(metric: &'a str, end: &str) -> &'a str {
    metric.strip_suffix(end).unwrap_or(metric)
}

/// `sum` or `sum by (a, b) `.
fn sum_by(split: &BTreeSet<String>) -> String {
    let labels: Vec<&str> = split.iter().map(String::as_str).collect();
    if labels.is_empty() { "sum".into() } else { format!("sum by ({}) ", labels.join(", ")) }
}

/// A selector with its matchers in order.
fn print((metric, matchers): &Selector) -> String {
    let mut matchers: Vec<String> = matchers.iter().map(matcher).collect();
    matchers.sort();
    if matchers.is_empty() { metric.clone() } else { format!("{metric}{{{}}}", matchers.join(",")) }
}

fn matcher(m: &Match) -> String {
    format!("{}{}\"{}\"", m.name, m.op, m.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
