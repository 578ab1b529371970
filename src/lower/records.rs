//! Recording rules of one objective: what reads raw series, and what composites make of others. Groups hold them in the order
//! they read each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::shared::Shared;
use super::windows::{BASE, FINE};
use super::{SLOW, names};
use crate::check;
use crate::model::{Group, Labels, Measure, Project, Record, Slo, WindowSource, Windowed};
use crate::units::{Duration, Ratio};

/// How long what is gone counts as silent, and how far apart it is looked for in that time.
const GONE: Duration = Duration::from_mins(24 * 60);
const LOOK: Duration = Duration::from_mins(15);

/// So long after its birth a series can be gone: it has counted before.
const BORN: Duration = Duration::from_mins(10);

/// The rule groups of a service without their alerts: those that read raw series, each objective's apart; those that all share;
/// and those of composites, which read the ones before. Where groups are spread over several rulers, each objective has all of
/// its rules to itself.
pub(super) fn groups(service: &check::Service, slos: &[Slo], project: &Project) -> Vec<Group> {
    let all: Vec<&Slo> = slos.iter().collect();
    if project.outputs.shards.is_some() {
        return sharing(&all).iter().flat_map(|sharers| apart(service, sharers, project)).collect();
    }
    let (composites, measured): (Vec<&Slo>, Vec<&Slo>) = all.iter().partition(|slo| is_composite(slo));
    let mut groups: Vec<Group> = sharing(&measured).iter().flat_map(|sharers| own(sharers, project)).collect();
    groups.extend(Shared::new(service, &all, &measured).groups(project));
    groups.extend(composites.into_iter().flat_map(|slo| own(&[slo], project)));
    groups
}

/// The groups of objectives over the same total. They stand in one group, where it is evaluated once: across groups a copy
/// would be one evaluation older than the errors it is compared with.
fn own(sharers: &[&Slo], project: &Project) -> [Group; 2] {
    let lead = sharers[0];
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for slo in sharers {
        let rules = Rules::new(slo, lead, project.every);
        short.extend(rules.totals(sharers));
        short.extend(rules.short());
        long.extend(rules.long());
    }
    let group = |part, interval, records| {
        let name = format!("{}:{part}", lead.id);
        Group { name, interval, records, alerts: Vec::new(), shard: None, origin: lead.origin.clone() }
    };
    [group(SHORT, project.every, short), group(LONG, project.every.max(SLOW), long)]
}

/// The same with what else there is of each of them.
fn apart(service: &check::Service, sharers: &[&Slo], project: &Project) -> [Group; 2] {
    let [mut short, mut long] = own(sharers, project);
    for slo in sharers {
        let measured = if is_composite(slo) { &[][..] } else { &[*slo] };
        let alone = &[*slo];
        let shared = Shared::new(service, alone, measured);
        short.records.extend(shared.facts());
        short.records.extend(shared.short());
        long.records.extend(shared.long());
    }
    [short, long]
}

fn is_composite(slo: &Slo) -> bool {
    matches!(slo.sli.measure, Measure::Composite { .. })
}

/// Ends of the names of the two groups.
pub(super) const SHORT: &str = "short";
pub(super) const LONG: &str = "long";

/// Objectives by the total they count, in the order of the first of each.
fn sharing<'a>(slos: &[&'a Slo]) -> Vec<Vec<&'a Slo>> {
    let mut shared: Vec<Vec<&Slo>> = Vec::new();
    let mut known = BTreeMap::new();
    for slo in slos.iter().copied() {
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
fn counted(slo: &Slo) -> (Option<&Windowed>, [&[String]; 2], Option<&str>, bool) {
    (total(slo), [&slo.by, &slo.sli.exclude_by], slo.sli.exclude.as_deref(), slo.sli.silence_is_bad)
}

/// What the rules of one objective are made of; `lead` records the total it counts.
struct Rules<'a> {
    slo: &'a Slo,
    lead: &'a Slo,
    /// The labels of its series.
    identity: Arc<Labels>,
    /// Its id, as what it stands for and as a label.
    of: Arc<[String]>,
    /// Δ.
    every: Duration,
}

impl<'a> Rules<'a> {
    fn new(slo: &'a Slo, lead: &'a Slo, every: Duration) -> Rules<'a> {
        Rules { slo, lead, identity: Arc::new(slo.identity.clone()), of: Arc::from([slo.id.clone()]), every }
    }

    fn record(&self, metric: impl Into<String>, expr: String) -> Record {
        let (labels, of) = (Arc::clone(&self.identity), Arc::clone(&self.of));
        Record { metric: metric.into(), expr, labels, of, carried: false }
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
            let copy = |w| self.record(names::total(w), self.recorded_total(w));
            return raw_windows(self.slo).map(copy).collect();
        }
        let windows: BTreeSet<Duration> = sharers.iter().flat_map(|s| raw_windows(s)).collect();
        let all = |w| if w == BASE { self.base_total(total) } else { total.events(w) };
        windows.into_iter().map(|w| self.record(names::total(w), all(w))).collect()
    }

    /// The events of five minutes that count: silence may be one, and maintenance is none.
    fn base_total(&self, total: &Windowed) -> String {
        let silent = self.slo.sli.silence_is_bad;
        self.excluded(if silent { format!("clamp_min({}, 1)", self.or_gone(total)) } else { total.events(BASE) })
    }

    /// All events of five minutes: none of what had series within a day and is gone, where that is bad.
    fn or_gone(&self, total: &Windowed) -> String {
        let events = total.events(BASE);
        if !self.slo.sli.counts_gone(&self.slo.by) {
            return events;
        }
        let series = self.slo.sli.total_selector.as_ref().map_or(format!("({events})"), |s| format!("count({s})"));
        format!("{events} or {} 0 * max_over_time({series}[{GONE}:{LOOK}] offset {BORN})", self.on())
    }

    /// Nothing in five minutes in which something was to be excluded, however short.
    fn excluded(&self, events: String) -> String {
        let every = self.every;
        let Some(when) = &self.slo.sli.exclude else { return events };
        let on = self.slo.sli.exclude_by.join(", ");
        format!("({events}) unless on ({on}) present_over_time(({when})[{BASE}:{every}])")
    }

    /// The bad events of the windows that read raw series; the ratios that are not made of recorded sums.
    fn short(&self) -> Vec<Record> {
        let Measure::Events { part, good, .. } = &self.slo.sli.measure else {
            let mut rules = self.ratios(|w| w <= FINE);
            rules.extend(self.composite_burn(names::CURRENT_BURN, BASE));
            return rules;
        };
        // Where errors are missing, the ratio that is made of them counts none.
        let errors = |w| match w {
            BASE => self.base_errors(part, *good),
            _ if *good => self.errors(part, true, w),
            _ => part.events(w),
        };
        raw_windows(self.slo).map(|w| self.record(names::errors(w), errors(w))).collect()
    }

    /// The bad events of five minutes that count.
    fn base_errors(&self, part: &Windowed, good: bool) -> String {
        let errors = match total(self.slo) {
            // A silent total is recorded as one event, so counting the good ones finds it bad by itself.
            Some(total) if self.slo.sli.silence_is_bad && !good => {
                format!("({} > 0) or {} (({}) == bool 0)", part.events(BASE), self.on(), self.or_gone(total))
            }
            _ => self.errors(part, good, BASE),
        };
        self.excluded(errors)
    }

    fn long(&self) -> Vec<Record> {
        let mut rules = self.ratios(|w| w > FINE);
        rules.extend(self.composite_burn(names::PERIOD_BURN, self.slo.period));
        if is_composite(self.slo) {
            rules.push(self.record(names::REMAINING, format!("1 - {}{}", names::PERIOD_BURN, self.slo.selector())));
        }
        rules
    }

    /// How fast a composite's budget goes; that of others is told by a rule they share.
    fn composite_burn(&self, metric: &str, window: Duration) -> Option<Record> {
        let burn = || format!("{} / {}", self.slo.ratio(window), self.slo.budget.expr());
        is_composite(self.slo).then(|| self.record(metric, burn()))
    }

    /// The error ratios that are not made of recorded sums: no ratio where there is no traffic, never NaN.
    fn ratios(&self, wanted: impl Fn(Duration) -> bool) -> Vec<Record> {
        let ratio = |length| match &self.slo.sli.measure {
            Measure::Events { .. } => None,
            // A comparison drops NaN, which a written ratio gives without traffic.
            Measure::Ratio(ratio) => Some(self.worst(&format!("{} >= 0 < +Inf", ratio.over(length)))),
            Measure::Composite { members, weighted: true } => Some(self.weighted(members, length)),
            Measure::Composite { members, .. } => Some(self.all_of(members, length)),
        };
        let windows = self.slo.windows.iter().map(|w| w.length).filter(|w| wanted(*w));
        windows.filter_map(|w| Some(self.record(names::ratio(w), ratio(w)?))).collect()
    }

    /// The worst of the ratios that a query may give for one objective.
    fn worst(&self, ratios: &str) -> String {
        if self.slo.sli.several { format!("{}({ratios})", self.sum().replacen("sum", "max", 1)) } else { ratios.into() }
    }

    /// Bad events in a window. A missing error series counts as no errors, a missing good one as no good events, but of a
    /// histogram, which has all of its buckets or none.
    fn errors(&self, part: &Windowed, good: bool, window: Duration) -> String {
        let (total, events) = (self.recorded_total(window), part.events(window));
        if self.slo.sli.part_is_sure() {
            return format!("clamp_min({total} - {} {events}, 0)", self.on());
        }
        let counted = format!("{events} or {} 0 * {total}", self.on());
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
}

/// Windows that read raw series.
fn raw_windows(slo: &Slo) -> impl Iterator<Item = Duration> {
    slo.windows.iter().filter(|w| w.source == WindowSource::Raw).map(|w| w.length)
}
