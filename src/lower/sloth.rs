//! Rules under Sloth's names: its series, labels, groups and alerts, and the floats they are spelled with.

use std::collections::BTreeSet;

use super::golang::{duration, float};
use crate::check::{Counted, Named, NamedTier, Naming, Queries};
use crate::model::{Carried, CarriedRule, Labels, Urgency};
use crate::units::Duration;

/// The rule groups of one objective.
pub(super) fn groups(service: &str, labels: &Labels, naming: &Naming, slo: &Named) -> Vec<Carried> {
    let service = naming.name.as_deref().unwrap_or(service);
    let rules = Rules::new(service, labels, naming, slo);
    let parts = [("sli-recordings", rules.windows()), ("meta-recordings", rules.facts()), ("alerts", rules.alerts())];
    let group = |(part, rules): (&str, Vec<CarriedRule>)| Carried {
        name: format!("sloth-slo-{part}-{service}-{}", slo.name),
        interval: None,
        rules,
        of: None,
        shard: None,
        origin: slo.origin.clone(),
    };
    parts.into_iter().map(group).filter(|g| !g.rules.is_empty()).collect()
}

/// What the rules of one objective are made of.
struct Rules<'a> {
    naming: &'a Naming,
    slo: &'a Named,
    /// `{sloth_id="…", sloth_service="…", sloth_slo="…"}`.
    own: String,
    /// Labels of every series: those that identify it, then those of the author, which win.
    labels: Labels,
    /// The objective in percent, as the float that Sloth has read or computed.
    percent: f64,
}

/// The label that tells the windows apart.
const WINDOW: &str = "sloth_window";

impl<'a> Rules<'a> {
    fn new(service: &str, labels: &Labels, naming: &'a Naming, slo: &'a Named) -> Rules<'a> {
        let id = format!("{service}-{}", slo.name);
        let own = format!("{{sloth_id=\"{id}\", sloth_service=\"{service}\", sloth_slo=\"{}\"}}", slo.name);
        let identity = [("sloth_id", id.as_str()), ("sloth_service", service), ("sloth_slo", &slo.name)];
        let mut all: Labels = identity.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        all.extend(labels.clone());
        all.extend(slo.labels.clone());
        // OpenSLO writes a ratio, which Sloth multiplies: the float may be another than that of the percentage.
        let of_ratio = naming.info.get("sloth_spec").is_some_and(|s| s.starts_with("openslo/"));
        let ratio = slo.objective.to_f64();
        let hundred = crate::units::Ratio::whole(100);
        let percent = if of_ratio { ratio * 100.0 } else { slo.objective.times(hundred).map_or(ratio, |p| p.to_f64()) };
        Rules { naming, slo, own, labels: all, percent }
    }

    fn record(&self, metric: &str, expr: String) -> CarriedRule {
        CarriedRule::record(metric, expr, self.labels.clone())
    }

    /// The windows of all tiers, shortest first.
    fn lengths(&self) -> BTreeSet<Duration> {
        self.slo.tiers.iter().flat_map(|t| [t.short, t.long]).collect()
    }

    /// The shortest window of a page, of which the period is made.
    fn base(&self) -> Duration {
        let page = self.slo.tiers.iter().find(|t| t.urgency == Urgency::Page);
        page.or(self.slo.tiers.first()).map_or(Duration::from_mins(5), |t| t.short)
    }

    fn ratio(&self, window: Duration) -> String {
        format!("slo:sli_error:ratio_rate{}", duration(window))
    }

    /// A series over a window, with the label that says so.
    fn windowed(&self, metric: &str, expr: String, window: Duration) -> CarriedRule {
        let mut rule = self.record(metric, expr);
        if !rule.labels.contains_key(WINDOW) {
            rule.labels.insert(WINDOW.into(), duration(window));
        }
        rule
    }

    /// The error ratios of all windows, and that of the period.
    fn windows(&self) -> Vec<CarriedRule> {
        let ratio = |w: Duration| self.windowed(&self.ratio(w), self.error_ratio(w), w);
        let period = self.slo.period;
        let mut rules: Vec<CarriedRule> = self.lengths().into_iter().filter(|w| *w != period).map(ratio).collect();
        rules.extend(self.sums());
        rules.push(self.windowed(&self.ratio(period), self.period(), period));
        rules
    }

    fn error_ratio(&self, window: Duration) -> String {
        match &self.slo.queries {
            Queries::Events { part, total, good: false } => {
                format!("({})\n/\n({})", counted(part, window), counted(total, window))
            }
            Queries::Events { part, total, good: true } => {
                let (part, total) = (counted(part, window), counted(total, window));
                format!("(\n  1 - (\n    ({part})\n    /\n    ({total})\n  )\n)")
            }
            Queries::Ratio(ratio) => format!("({})", over(ratio, window)),
            Queries::Up(_) | Queries::Native(..) => String::new(),
        }
    }

    /// With `period events`: the events per second in the base window, bad and all.
    fn sums(&self) -> Vec<CarriedRule> {
        let Queries::Events { part, total, good } = &self.slo.queries else { return Vec::new() };
        if !self.naming.events {
            return Vec::new();
        }
        let base = self.base();
        let (part, total) = (counted(part, base), counted(total, base));
        let known = format!("({part}) or 0 * ({total})");
        let errors = if *good { format!("({total}) - ({known})") } else { known };
        let [bad, all] = self.sum_names();
        vec![self.windowed(&bad, errors, base), self.windowed(&all, total, base)]
    }

    fn sum_names(&self) -> [String; 2] {
        ["errors", "total"].map(|of| format!("slo:sli_{of}:rate{}", duration(self.base())))
    }

    /// The ratio over the period: the mean of the recorded ratios, or Σerrors / Σtotal.
    fn period(&self) -> String {
        let (own, period) = (&self.own, duration(self.slo.period));
        if self.naming.events && matches!(self.slo.queries, Queries::Events { .. }) {
            let [bad, all] = self.sum_names();
            return format!("sum_over_time({bad}{own}[{period}])\n/\n(sum_over_time({all}{own}[{period}]) > 0)");
        }
        let base = self.ratio(self.base());
        format!("sum_over_time({base}{own}[{period}])\n/ ignoring ({WINDOW})\ncount_over_time({base}{own}[{period}])")
    }

    /// What never changes, and what follows from the ratios.
    fn facts(&self) -> Vec<CarriedRule> {
        let objective = float(self.percent / 100.0);
        let days = self.slo.period.millis() as f64 / 86_400_000.0;
        let own = &self.own;
        let burn = |ratio: String| {
            format!("{ratio}{own}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{own}")
        };
        let mut info = self.record("sloth_slo_info", "vector(1)".into());
        info.labels.extend(self.naming.info.clone());
        info.labels.insert("sloth_objective".into(), self.percent.to_string());
        vec![
            self.record("slo:objective:ratio", format!("vector({objective})")),
            self.record("slo:error_budget:ratio", format!("vector(1-{objective})")),
            self.record("slo:time_period:days", format!("vector({})", float(days))),
            self.record("slo:current_burn_rate:ratio", burn(self.ratio(self.base()))),
            self.record("slo:period_burn_rate:ratio", burn(self.ratio(self.slo.period))),
            self.record("slo:period_error_budget_remaining:ratio", format!("1 - slo:period_burn_rate:ratio{own}")),
            info,
        ]
    }

    fn alerts(&self) -> Vec<CarriedRule> {
        let [both, page, ticket] = &self.slo.annotations;
        let of = |urgency, labels: &Option<Labels>, texts: &Labels| self.alert(urgency, labels.as_ref()?, both, texts);
        let page = of(Urgency::Page, &self.slo.page, page);
        page.into_iter().chain(of(Urgency::Ticket, &self.slo.ticket, ticket)).collect()
    }

    /// One alert of all the tiers of an urgency, the quick or the slow.
    fn alert(&self, urgency: Urgency, labels: &Labels, both: &Labels, own: &Labels) -> Option<CarriedRule> {
        let tiers: Vec<String> =
            self.slo.tiers.iter().filter(|t| t.urgency == urgency).map(|t| self.condition(t)).collect();
        let mut all = Labels::from([("sloth_severity".to_string(), urgency.name().to_string())]);
        all.extend(labels.clone());
        let who = "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is";
        let mut annotations = Labels::from([
            ("title".to_string(), format!("({}) {who} too fast.", urgency.name())),
            ("summary".to_string(), format!("{who} over expected.")),
        ]);
        annotations.extend(both.clone());
        annotations.extend(own.clone());
        let name = self.slo.alert.as_deref().unwrap_or(&self.slo.name);
        (!tiers.is_empty()).then(|| CarriedRule::alert(name, tiers.join("\nor\n"), all, annotations))
    }

    fn condition(&self, tier: &NamedTier) -> String {
        let limit = format!("({} * {})", float(self.factor(tier)), float((100.0 - self.percent) / 100.0));
        let over = |window| format!("max({}{} > {limit}) without ({WINDOW})", self.ratio(window), self.own);
        format!("(\n    {}\n    and\n    {}\n)", over(tier.short), over(tier.long))
    }

    /// The factor in Sloth's order of operations, which decides its last digits.
    fn factor(&self, tier: &NamedTier) -> f64 {
        let hours = |d: Duration| d.millis() as f64 / 3_600_000.0;
        let hundred = crate::units::Ratio::whole(100);
        match tier.share.and_then(|s| s.times(hundred)) {
            Some(percent) => percent.to_f64() * hours(self.slo.period) / 100.0 / hours(tier.long),
            None => tier.factor.to_f64(),
        }
    }
}

/// A query over a window.
fn over(query: &str, window: Duration) -> String {
    query.replace("$window", &duration(window))
}

/// Events over a window: as the query says, or of a bare counter those per second.
fn counted(events: &Counted, window: Duration) -> String {
    match events.selector {
        Some(_) => format!("sum(rate({}[{}]))", events.text, duration(window)),
        None => over(&events.text, window),
    }
}
