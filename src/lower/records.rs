//! Recording rules: the base, the windows, what follows from them. Groups hold them in the order they read each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::windows::{BASE, FINE};
use super::{SLOW, calendar, names};
use crate::check;
use crate::model::{Calendar, Group, Labels, Measure, Project, Record, SliForm, Slo, Window, WindowSource, Windowed};
use crate::units::{Duration, Ratio};

/// The rule groups of a service without their alerts. Objectives over the same total stand in one group, where it is
/// evaluated once: across groups a copy would be one evaluation older than the errors it is compared with.
pub(super) fn groups(service: &check::Service, slos: &[Slo], project: &Project) -> Vec<Group> {
    let mut groups = Vec::new();
    for sharers in sharing(slos) {
        let lead = sharers[0];
        let mut short = Vec::new();
        let mut long = Vec::new();
        for slo in &sharers {
            let identity = Arc::new(slo.identity.clone());
            let rules = Rules { service, slo, lead, identity, every: project.every };
            short.extend(rules.totals(&sharers));
            short.extend(rules.short());
            long.extend(rules.long());
            long.extend(rules.facts());
        }
        let group = |part, interval, records| {
            let name = format!("{}:{part}", lead.id);
            Group { name, interval, records, alerts: Vec::new(), shard: None, origin: lead.origin.clone() }
        };
        groups.push(group(SHORT, project.every, short));
        groups.push(group(LONG, project.every.max(SLOW), long));
    }
    groups
}

/// Ends of the names of the two groups.
pub(super) const SHORT: &str = "short";
pub(super) const LONG: &str = "long";

/// Objectives by the total they count, in the order of the first of each.
fn sharing(slos: &[Slo]) -> Vec<Vec<&Slo>> {
    let mut shared: Vec<Vec<&Slo>> = Vec::new();
    let mut known = BTreeMap::new();
    for slo in slos {
        let new = shared.len();
        let at = if total(slo).is_some() { *known.entry(counted(slo)).or_insert(new) } else { new };
        match shared.get_mut(at) {
            Some(sharers) => sharers.push(slo),
            None => shared.push(vec![slo]),
        }
    }
    shared
}

fn total(slo: &Slo) -> Option<&Windowed> {
    match &slo.sli.measure {
        Measure::Events { total, .. } => Some(total),
        Measure::Ratio(_) | Measure::Composite { .. } => None,
    }
}

/// All that decides what the recorded total of an objective is.
fn counted(slo: &Slo) -> (Option<&Windowed>, &[String], Option<&str>, bool) {
    (total(slo), &slo.by, slo.sli.exclude.as_deref(), slo.sli.silence_is_bad)
}

/// What the rules of one objective are made of; `lead` records the total it counts.
struct Rules<'a> {
    service: &'a check::Service,
    slo: &'a Slo,
    lead: &'a Slo,
    /// The labels of its series.
    identity: Arc<Labels>,
    /// Δ.
    every: Duration,
}

impl Rules<'_> {
    fn record(&self, metric: impl Into<String>, expr: String) -> Record {
        Record { metric: metric.into(), expr, labels: Arc::clone(&self.identity), carried: false }
    }

    /// A series made of this objective's own alone, whose labels it keeps.
    fn derived(&self, metric: impl Into<String>, expr: String) -> Record {
        Record { carried: true, ..self.record(metric, expr) }
    }

    /// `on (region)`: how series of one objective are matched, whatever fixed labels they carry.
    fn on(&self) -> String {
        format!("on ({})", self.slo.by.join(", "))
    }

    /// All events: from the raw series where this objective leads, else a copy under its own name, so that its
    /// history stays its own when the other goes.
    fn totals(&self, sharers: &[&Slo]) -> Vec<Record> {
        let Some(total) = total(self.slo) else { return Vec::new() };
        if self.lead.id != self.slo.id {
            return vec![self.record(names::TOTAL, format!("{}{}", names::TOTAL, self.lead.selector()))];
        }
        let windows: BTreeSet<Duration> = sharers.iter().flat_map(|s| raw_windows(s)).chain([BASE]).collect();
        let all = |w| if w == BASE { self.base_total(total) } else { total.events(w) };
        windows.into_iter().map(|w| self.record(names::total(w), all(w))).collect()
    }

    /// The events of five minutes that count: silence may be one, and maintenance is none.
    fn base_total(&self, total: &Windowed) -> String {
        let events = total.events(BASE);
        let events = if self.slo.sli.silence_is_bad { format!("clamp_min({events}, 1)") } else { events };
        self.excluded(events)
    }

    /// Nothing in five minutes in which something was to be excluded, however short.
    fn excluded(&self, events: String) -> String {
        let every = self.every;
        let Some(when) = &self.slo.sli.exclude else { return events };
        format!("({events}) unless on () present_over_time(({when})[{BASE}:{every}])")
    }

    /// The base of the errors, the windows up to twelve hours, the burn rate of now.
    fn short(&self) -> Vec<Record> {
        let mut rules = Vec::new();
        if let Measure::Events { part, good, .. } = &self.slo.sli.measure {
            rules.push(self.record(names::ERRORS, self.base_errors(part, *good)));
        }
        rules.extend(self.slo.calendar.iter().flat_map(|c| self.numbered(c)));
        rules.extend(self.windows(|w| w <= FINE));
        let burn = format!("{} / {}", self.slo.ratio(BASE), self.slo.budget.expr());
        rules.push(self.derived(names::CURRENT_BURN, burn));
        rules
    }

    /// What is counted in five minutes, with the number of the calendar's period.
    fn numbered(&self, calendar: &Calendar) -> [Record; 2] {
        let own = self.slo.selector();
        [(names::CALENDAR_TOTAL, names::TOTAL), (names::CALENDAR_ERRORS, names::ERRORS)]
            .map(|(name, count)| self.derived(name, calendar::numbered(&format!("{count}{own}"), calendar)))
    }

    /// The bad events of five minutes that count.
    fn base_errors(&self, part: &Windowed, good: bool) -> String {
        let errors = match total(self.slo) {
            // A silent total is recorded as one event, so counting the good ones finds it bad by itself.
            Some(total) if self.slo.sli.silence_is_bad && !good => {
                format!("({} > 0) or {} ({} == bool 0)", part.events(BASE), self.on(), total.events(BASE))
            }
            _ => self.errors(part, good, BASE),
        };
        self.excluded(errors)
    }

    fn long(&self) -> Vec<Record> {
        let mut rules = self.windows(|w| w > FINE);
        let ratio = match &self.slo.calendar {
            None => self.slo.ratio(self.slo.period),
            Some(calendar) => {
                let ratio = calendar::ratio(&self.slo.selector(), calendar);
                rules.push(self.derived(names::CALENDAR_RATIO, ratio));
                format!("{}{}", names::CALENDAR_RATIO, self.slo.selector())
            }
        };
        let burn = format!("{ratio} / {}", self.slo.budget.expr());
        rules.push(self.derived(names::PERIOD_BURN, burn));
        let left = format!("1 - {}{}", names::PERIOD_BURN, self.slo.selector());
        rules.push(self.derived(names::REMAINING, left));
        rules
    }

    fn windows(&self, wanted: impl Fn(Duration) -> bool) -> Vec<Record> {
        let windows = self.slo.windows.iter().filter(|w| wanted(w.length));
        let ratio =
            |w: &Window| Record { carried: self.carried(*w), ..self.record(names::ratio(w.length), self.ratio(*w)) };
        windows.flat_map(|w| [Some(ratio(w)), self.count(*w)]).flatten().collect()
    }

    /// The events of a window, where an alert needs enough of them and they are not recorded yet.
    fn count(&self, window: Window) -> Option<Record> {
        let length = window.length;
        let events = match window.source {
            _ if !self.slo.counted.contains(&length) => return None,
            WindowSource::Raw if self.lead.id == self.slo.id => return None,
            WindowSource::Raw | WindowSource::Members => self.recorded_total(length),
            WindowSource::Sums(step) => {
                let share = step.over(BASE).unwrap_or(Ratio::ONE);
                let scale = if share == Ratio::ONE { String::new() } else { format!(" * {}", share.expr()) };
                format!("sum_over_time({}{}[{length}:{step}]){scale}", names::TOTAL, self.slo.selector())
            }
        };
        Some(self.record(names::total(length), events))
    }

    /// Whether the ratio over a window is made of the objective's own recorded sums.
    fn carried(&self, window: Window) -> bool {
        let sums = window.length == BASE || matches!(window.source, WindowSource::Sums(_));
        sums && matches!(self.slo.sli.measure, Measure::Events { .. })
    }

    /// The error ratio over a window: no ratio where there is no traffic, never NaN.
    fn ratio(&self, window: Window) -> String {
        let own = self.slo.selector();
        match (&self.slo.sli.measure, window.source) {
            // A comparison drops NaN, which a written ratio gives without traffic.
            (Measure::Ratio(ratio), _) => format!("{} >= 0", ratio.over(window.length)),
            (Measure::Composite { members, weighted: true }, _) => self.weighted(members, window.length),
            (Measure::Composite { members, .. }, _) => self.all_of(members, window.length),
            (Measure::Events { .. }, _) if window.length == BASE => {
                format!("{}{own} / ({}{own} > 0)", names::ERRORS, names::TOTAL)
            }
            (Measure::Events { part, good, .. }, WindowSource::Raw) => {
                let errors = self.errors(part, *good, window.length);
                let errors = if *good { errors } else { format!("({errors})") };
                format!("{errors} / {} ({} > 0)", self.on(), self.recorded_total(window.length))
            }
            (Measure::Events { .. }, WindowSource::Members) => String::new(),
            (Measure::Events { .. }, WindowSource::Sums(step)) => {
                let sum = |metric| format!("sum_over_time({metric}{own}[{}:{step}])", window.length);
                format!("{} / ({} > 0)", sum(names::ERRORS), sum(names::TOTAL))
            }
        }
    }

    /// Bad events in a window. A missing error series counts as no errors, a missing good one as no good events.
    fn errors(&self, part: &Windowed, good: bool, window: Duration) -> String {
        let total = self.recorded_total(window);
        let counted = format!("{} or {} 0 * {total}", part.events(window), self.on());
        if good { format!("clamp_min({total} - {} ({counted}), 0)", self.on()) } else { counted }
    }

    /// A journey fails when any part of it does: 1 − Π(1 − e), over the parts that have traffic.
    fn all_of(&self, members: &[(String, Ratio)], window: Duration) -> String {
        let ids: Vec<String> = members.iter().map(|(id, _)| id.replace('.', "\\\\.")).collect();
        let ratios = format!("{}{{slo_id=~\"{}\"}}", names::ratio(window), ids.join("|"));
        format!("1 - exp({}(ln(1 - clamp_max({ratios}, 1))))", self.sum())
    }

    /// Σ weight · e / Σ weight, over the parts that have traffic.
    fn weighted(&self, members: &[(String, Ratio)], window: Duration) -> String {
        let part = |id: &str| format!("{}{{slo_id=\"{id}\"}}", names::ratio(window));
        let errors: Vec<String> = members.iter().map(|(id, w)| format!("{} * {}", part(id), w.expr())).collect();
        let weights: Vec<String> = members.iter().map(|(id, w)| format!("{} * 0 + {}", part(id), w.expr())).collect();
        format!("{sum}({}) / {sum}({})", errors.join(" or "), weights.join(" or "), sum = self.sum())
    }

    /// `sum by (region) `.
    fn sum(&self) -> String {
        if self.slo.by.is_empty() { "sum".into() } else { format!("sum by ({}) ", self.slo.by.join(", ")) }
    }

    fn recorded_total(&self, window: Duration) -> String {
        format!("{}{}", names::total(window), self.lead.selector())
    }

    /// What never changes while the spec does not.
    fn facts(&self) -> Vec<Record> {
        let days = Ratio::new(self.slo.period.millis().into(), 86_400_000).unwrap_or(Ratio::ZERO);
        let facts =
            [(names::OBJECTIVE, self.slo.objective), (names::BUDGET, self.slo.budget), (names::PERIOD_DAYS, days)];
        let fact = |(metric, value): (&str, Ratio)| self.record(metric, format!("vector({})", value.expr()));
        let mut rules: Vec<Record> = facts.into_iter().map(fact).collect();
        let mut info = self.record(names::INFO, "vector(1)".into());
        Arc::make_mut(&mut info.labels).extend(self.descriptive());
        rules.push(info);
        rules
    }

    /// The labels of `slo:info`: all that describes and nothing that identifies.
    fn descriptive(&self) -> Labels {
        let mut labels = self.service.labels.clone();
        let mut add = |name: &str, value: String| labels.insert(name.to_string(), value);
        add("objective", self.slo.objective.percent());
        add("period", self.slo.over());
        add("spec", self.slo.origin.path.to_string());
        add("sli", form(&self.slo.sli.form).to_string());
        if let Some(owner) = &self.service.owner {
            add("owner", owner.clone());
        }
        if let Some(tier) = self.service.tier {
            add("tier", tier.to_string());
        }
        labels
    }
}

/// The form of an SLI in a word.
fn form(form: &SliForm) -> &'static str {
    match form {
        SliForm::Events => "events",
        SliForm::Histogram { .. } => "histogram",
        SliForm::Ratio => "ratio",
        SliForm::Up { .. } => "up",
        SliForm::Slices { .. } => "slices",
        SliForm::Composite => "composite",
    }
}

/// Windows that read raw series.
fn raw_windows(slo: &Slo) -> impl Iterator<Item = Duration> {
    slo.windows.iter().filter(|w| w.source == WindowSource::Raw).map(|w| w.length)
}
