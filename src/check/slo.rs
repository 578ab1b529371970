//! One objective: its numbers, its policy, its SLI.

use super::tiers::Promise;
use super::{Checker, Slo, Tier};
use crate::diag::{Diagnostic, codes, one_of};
use crate::model::{Labels, Measure, Project, Urgency};
use crate::source::Spanned;
use crate::syntax::{NO_TRAFFIC, ast};
use crate::units::{Duration, Ratio};

/// Periods that make sense: long enough for windows of an hour, short enough to be stored.
const PERIODS: (Duration, Duration) = (Duration::from_mins(60), Duration::from_mins(366 * 1440));

impl<'a> Checker<'a> {
    /// Checks one objective. `None` when its numbers or its SLI are not there.
    pub(super) fn slo(&mut self, slo: &'a ast::Slo, service: &'a ast::Service, project: &Project) -> Option<Slo> {
        let by = self.by(&slo.by);
        self.overwritten(slo, service);
        let promise = self.promise(slo);
        let no_traffic = self.no_traffic(slo);
        let sli = self.sli(slo, service, &by);
        let sli = self.counted_time(slo, sli, &by, no_traffic == "bad");
        let calendar = self.calendar(slo);
        if sli.as_ref().is_some_and(|sli| !matches!(sli.measure, Measure::Events { .. })) {
            self.no_calendar(slo, "it is made of ratios, and only events can be counted from a day on");
        }
        let promise = promise?;
        let tiers = self.tiers(slo, service, &promise, project);
        let traffic = self.traffic(slo);
        self.lone_failures(slo, traffic, &tiers);
        Some(Slo {
            name: slo.name.node.clone(),
            about: slo.about.as_ref().map(|a| a.node.clone()),
            objective: promise.objective.node,
            budget: promise.budget,
            period: promise.period.node,
            calendar,
            by,
            sli: sli?,
            absence: (no_traffic != "good").then(|| ticket_labels(&tiers)),
            tiers,
            traffic,
            runbook: slo.runbook.as_ref().map(|r| r.node.clone()),
            metrics: self.definitions(slo.queries()),
            origin: self.origin(slo.name.span),
        })
    }

    /// What an objective promises; `None` when its numbers cannot be.
    pub(super) fn promise(&mut self, slo: &ast::Slo) -> Option<Promise> {
        let (written, period) = slo.objective.zip(slo.period)?;
        let Spanned { node: objective, span } = written;
        let (shortest, longest) = PERIODS;
        if objective <= Ratio::ZERO || objective >= Ratio::ONE {
            let (here, help) = if objective == Ratio::ONE {
                ("leaves no budget", "the smallest failure breaks a promise of 100%; `99.99%` leaves 4m19s in 30 days")
            } else {
                ("not between 0% and 100%", "an objective is the share of good events that is promised: `99.9%`")
            };
            let message = format!("{} cannot be an objective", objective.percent());
            self.report(Diagnostic::new(&codes::E0402, span, message).here(here).help(help));
            return None;
        }
        if period.node < shortest || period.node > longest {
            let message = format!("a period of {} is not possible", period.node);
            let diagnostic = Diagnostic::new(&codes::E0405, period.span, message).here("not a period");
            self.report(diagnostic.help(format!("periods go from {shortest} to {longest}; `30d` and `28d` are usual")));
            return None;
        }
        Some(Promise { objective: written, budget: Ratio::ONE.minus(objective)?, period })
    }

    fn no_traffic(&mut self, slo: &'a ast::Slo) -> &'a str {
        let Some(word) = &slo.no_traffic else { return "ignore" };
        if !NO_TRAFFIC.contains(&word.node.as_str()) {
            let message = format!("`{}` is no answer to what no traffic means", word.node);
            self.report(
                Diagnostic::new(&codes::E0004, word.span, message)
                    .here("not known")
                    .help(format!("it is {}", one_of(NO_TRAFFIC))),
            );
        }
        &word.node
    }
}

impl ast::Slo {
    /// The queries of its SLI.
    fn queries(&self) -> impl Iterator<Item = &ast::Query> {
        let own = [&self.errors, &self.good, &self.total, &self.ratio, &self.up, &self.value];
        own.into_iter().flatten().chain(self.histogram.as_ref().map(|h| &h.query))
    }
}

/// The absence alert goes where the tickets go.
fn ticket_labels(tiers: &[Tier]) -> Labels {
    tiers.iter().find(|t| t.urgency == Urgency::Ticket).map_or_else(Labels::new, |t| t.labels.clone())
}
