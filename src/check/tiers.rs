//! The tiers of a policy for one objective: can each fire, in which order, how fast.

use std::sync::Arc;

use super::burn::{self, Burning};
use super::naming::{self, NamedTier};
use super::{Checker, Tier};
use crate::diag::{Diagnostic, codes};
use crate::model::{Burn, Labels, Project, Urgency};
use crate::resolve::Found;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Spend};
use crate::units::{Duration, Ratio};

/// What the tiers are for.
pub(super) struct Promise {
    pub(super) objective: Spanned<Ratio>,
    pub(super) budget: Ratio,
    pub(super) period: Spanned<Duration>,
}

/// A tier's windows and rate, wherever they were written.
#[derive(Clone, Copy)]
struct Plan {
    urgency: Urgency,
    spend: Spend,
    long: Duration,
    short: Duration,
    hold: Duration,
    /// The line of the policy; `None` for the built-in one.
    line: Option<Span>,
}

impl Plan {
    /// All that its numbers depend on.
    fn burning(&self, promise: &Promise) -> Burning {
        let (windows, hold) = ((self.long, self.short), self.hold);
        Burning { spend: self.spend, windows, hold, budget: promise.budget, period: promise.period.node }
    }
}

/// The policy of the SRE workbook: share of the budget in per cent, windows in minutes.
const STANDARD: [(Urgency, i64, u64, u64); 4] = [
    (Urgency::Page, 2, 60, 5),
    (Urgency::Page, 5, 360, 30),
    (Urgency::Ticket, 10, 1440, 120),
    (Urgency::Ticket, 10, 4320, 360),
];

/// The name of the built-in policy.
pub const STANDARD_NAME: &str = "standard";

impl Checker<'_> {
    /// The tiers of an objective that are not switched off.
    pub(super) fn tiers(
        &mut self,
        slo: &ast::Slo,
        service: &ast::Service,
        promise: &Promise,
        project: &Project,
    ) -> Vec<Tier> {
        let Some(plans) = self.plans(slo, service, promise.period.node) else { return Vec::new() };
        let mut tiers: Vec<Tier> = Vec::new();
        let mut dead = Vec::new();
        for plan in plans {
            let routing = if plan.urgency == Urgency::Page { &slo.page } else { &slo.ticket };
            if routing.as_ref().is_some_and(|r| r.off.is_some()) || !self.windows_fit(&plan, promise, project) {
                continue;
            }
            let labels = routing.as_ref().map_or_else(Labels::new, |r| self.labels(&r.labels));
            let Some(burn) = self.burns.burn(plan.burning(promise)) else { continue };
            self.hasty(&plan, &burn, promise);
            self.unique(&plan, &tiers);
            let events = slo.at_least.and_then(|a| a.events.node.times(plan.long.over(a.per.node)?));
            let tier = Tier { urgency: plan.urgency, hold: plan.hold, burn, events, labels };
            if tier.burn.threshold >= Ratio::ONE {
                dead.push((plan, Arc::clone(&tier.burn)));
            }
            tiers.push(tier);
        }
        self.unreachable(&dead, promise);
        self.ordered(&tiers, promise);
        tiers
    }

    /// The tiers of a policy as Sloth counts them: any share of the budget, those that are off too.
    pub(super) fn sloth_tiers(
        &mut self,
        slo: &ast::Slo,
        service: &ast::Service,
        promise: &Promise,
        project: &Project,
    ) -> Vec<NamedTier> {
        let written = slo.policy.is_some() || service.policy.is_some();
        let plans = if written { self.plans(slo, service, promise.period.node) } else { Some(shares()) };
        let plans = plans.into_iter().flatten().filter(|p| self.windows_fit(p, promise, project)).collect();
        self.named_tiers(slo, promise, plans)
    }

    /// The tiers of Pyrra, whose windows follow from the period.
    pub(super) fn pyrra_tiers(&mut self, slo: &ast::Slo, promise: &Promise) -> Vec<NamedTier> {
        let period = promise.period;
        let windows = naming::pyrra_windows(period.node);
        if let Some((.., long, _)) = windows.iter().find(|(.., short)| short.millis() == 0) {
            let message = format!("Pyrra's windows for {} are too short: one of them is 0s", period.node);
            let diagnostic = Diagnostic::new(&codes::E0403, period.span, message).here("too short");
            self.report(diagnostic.help(format!("its alert over {long} would read nothing; from 3d on it works")));
            return Vec::new();
        }
        let plan = |(urgency, factor, hold, long, short): &(Urgency, Ratio, Duration, Duration, Duration)| Plan {
            urgency: *urgency,
            spend: Spend::Burn(Spanned::new(*factor, Span::default())),
            long: *long,
            short: *short,
            hold: *hold,
            line: None,
        };
        self.named_tiers(slo, promise, windows.iter().map(plan).collect())
    }

    /// Tiers of another tool, those that are not off judged as ours are.
    fn named_tiers(&mut self, slo: &ast::Slo, promise: &Promise, plans: Vec<Plan>) -> Vec<NamedTier> {
        let (mut tiers, mut dead) = (Vec::new(), Vec::new());
        for plan in plans {
            let Some(burn) = self.burns.burn(plan.burning(promise)) else { continue };
            let share = if let Spend::Share(share) = plan.spend { Some(share.node) } else { None };
            let Plan { urgency, long, short, hold, .. } = plan;
            tiers.push(NamedTier { urgency, share, factor: burn.factor, long, short, hold });
            let routing = if urgency == Urgency::Page { &slo.page } else { &slo.ticket };
            if routing.as_ref().is_some_and(|r| r.off.is_some()) {
                continue;
            }
            self.hasty(&plan, &burn, promise);
            if burn.threshold >= Ratio::ONE {
                dead.push((plan, burn));
            }
        }
        self.unreachable(&dead, promise);
        tiers
    }

    /// The tiers of the policy that applies: the objective's, else the service's, which is checked there, else the
    /// standard one.
    fn plans(&mut self, slo: &ast::Slo, service: &ast::Service, period: Duration) -> Option<Vec<Plan>> {
        let Some(name) = slo.policy.as_ref().or(service.policy.as_ref()) else { return Some(standard(period)) };
        match self.policy(name) {
            Ok(Some(policy)) => Some(policy.tiers.iter().filter_map(plan).collect()),
            Ok(None) => Some(standard(period)),
            Err(diagnostic) => {
                if slo.policy.is_some() {
                    self.report(*diagnostic);
                }
                None
            }
        }
    }

    /// The lines of the policy that applies, with what tells its tiers apart; none for the built-in one.
    pub(super) fn lines(
        &mut self,
        slo: &ast::Slo,
        service: &ast::Service,
        period: Duration,
    ) -> Vec<(Urgency, Duration, Span)> {
        let plans = self.plans(slo, service, period).unwrap_or_default();
        plans.into_iter().filter_map(|p| Some((p.urgency, p.long, p.line?))).collect()
    }

    /// The policy a name means; `None` for the built-in one, unless the program has its own of that name.
    pub(super) fn policy(&self, name: &ast::Name) -> Found<Option<&ast::Policy>> {
        match self.names.policy(self.program, name) {
            Ok(policy) => Ok(Some(policy)),
            Err(_) if name.node == STANDARD_NAME => Ok(None),
            Err(diagnostic) => Err(diagnostic),
        }
    }

    /// Windows must fit into the period and hold enough scrapes.
    fn windows_fit(&mut self, plan: &Plan, promise: &Promise, project: &Project) -> bool {
        let Plan { long, short, .. } = *plan;
        let scrapes = Duration::from_millis(2 * project.scrape.millis());
        let evaluations = Duration::from_millis(2 * project.every.millis());
        let (message, help) = if long > promise.period.node {
            (
                format!("a window of {long} is longer than the period of {}", promise.period.node),
                format!("a longer period, or windows of at most {}", promise.period.node),
            )
        } else if short >= long {
            (
                format!("the short window of {short} is not shorter than the long one of {long}"),
                "a twelfth of the long one is usual: it ends the alert soon after the trouble".to_string(),
            )
        } else if short < scrapes {
            (
                format!("a window of {short} holds fewer than two scrapes of {} each", project.scrape),
                format!("at least {scrapes}, better twice that: one scrape may fail"),
            )
        } else if short < evaluations {
            (
                format!("a window of {short} is evaluated fewer than twice, every {}", project.every),
                format!("at least {evaluations}, or a shorter `every` in `project`"),
            )
        } else {
            return true;
        };
        let place = plan.line.unwrap_or(promise.period.span);
        let mut diagnostic = Diagnostic::new(&codes::E0403, place, message).here("does not fit").help(help);
        if plan.line.is_some() {
            diagnostic = diagnostic.label(promise.period.span, "for this objective");
        }
        self.report(diagnostic);
        false
    }

    /// A tier fires when the error ratio is over f·b, which must be under 1. All tiers that cannot are one mistake: an
    /// objective too low for its policy.
    fn unreachable(&mut self, dead: &[(Plan, Arc<Burn>)], promise: &Promise) {
        let Some((_, worst)) = dead.iter().max_by_key(|(_, burn)| burn.factor) else { return };
        let tiers: Vec<String> =
            dead.iter().map(|(plan, _)| format!("the {} tier over {}", plan.urgency.name(), plan.long)).collect();
        let objective = promise.objective.node.percent();
        let message = format!("{} can never fire for an objective of {objective}", tiers.join(" and "));
        let errors = worst.threshold.percent();
        let here = format!("{} × a budget of {} is {errors} errors", worst.factor.rounded(4), promise.budget.percent());
        let urgency = |(plan, _): &(Plan, Arc<Burn>)| plan.urgency.name();
        let mut urgencies: Vec<&str> = dead.iter().map(urgency).collect();
        urgencies.dedup();
        let help = format!(
            "{} from {} on; or a policy whose `{}` tiers burn less than {}×, or `{} off`",
            if dead.len() > 1 { "all work" } else { "it works" },
            burn::smallest_objective(worst.factor).map_or(String::new(), |o| o.percent()),
            urgencies.join("` and `"),
            Ratio::ONE.over(promise.budget).map_or(String::new(), |r| r.rounded(4)),
            urgencies.join(" off` and `"),
        );
        let diagnostic = Diagnostic::new(&codes::E0401, promise.objective.span, message).here(here).help(help);
        self.report(dead.iter().fold(diagnostic, |d, (plan, burn)| at_line(d, plan, burn)));
    }

    /// A tier of f under 1 fires while all is well.
    fn hasty(&mut self, plan: &Plan, burn: &Burn, promise: &Promise) {
        if burn.factor >= Ratio::ONE {
            return;
        }
        let tier = format!("{} tier over {}", plan.urgency.name(), plan.long);
        let message = format!("the {tier} fires while the objective of {} is kept", promise.objective.node.percent());
        let here = format!("{}× burns less than the whole budget in {}", burn.factor.rounded(4), promise.period.node);
        let diagnostic = Diagnostic::new(&codes::W0402, promise.objective.span, message).here(here);
        self.report(
            at_line(diagnostic, plan, burn).help("a factor of 1 or more fires only when the budget would not last"),
        );
    }

    /// Two tiers of one urgency and one long window would be one alert.
    fn unique(&mut self, plan: &Plan, tiers: &[Tier]) {
        let twin = tiers.iter().find(|t| t.urgency == plan.urgency && t.burn.long == plan.long);
        if let (Some(_), Some(line)) = (twin, plan.line) {
            let message = format!("two `{}` tiers have a long window of {}", plan.urgency.name(), plan.long);
            self.report(
                Diagnostic::new(&codes::E0404, line, message)
                    .here("again here")
                    .help("the urgency and the long window name a tier's alert"),
            );
        }
    }

    /// A page that needs more of the budget than a ticket comes when the ticket is long there.
    fn ordered(&mut self, tiers: &[Tier], promise: &Promise) {
        let spent = |t: &&Tier| t.burn.share;
        let slowest = tiers.iter().filter(|t| t.urgency == Urgency::Page).max_by_key(spent);
        let fastest = tiers.iter().filter(|t| t.urgency == Urgency::Ticket).min_by_key(spent);
        let (Some(page), Some(ticket)) = (slowest, fastest) else { return };
        if page.burn.share > ticket.burn.share {
            let message =
                format!("the page over {} comes later than the ticket over {}", page.burn.long, ticket.burn.long);
            let shares = format!("{} of the budget against {}", page.burn.share.percent(), ticket.burn.share.percent());
            let diagnostic = Diagnostic::new(&codes::W0404, promise.objective.span, message).here(shares);
            self.report(
                diagnostic.help("what wakes somebody fires on a smaller share of the budget than what can wait"),
            );
        }
    }
}

/// Adds the line of the policy, where there is one.
fn at_line(diagnostic: Diagnostic, plan: &Plan, burn: &Burn) -> Diagnostic {
    match plan.line {
        Some(line) => diagnostic.label(line, format!("burns {}×", burn.factor.rounded(4))),
        None => diagnostic,
    }
}

/// The built-in policy for a period: windows longer than it fall away, and no tier burns less than 1×, where it
/// would fire while the objective is kept.
fn standard(period: Duration) -> Vec<Plan> {
    let plan = |(urgency, percent, long, short): (Urgency, i64, u64, u64)| {
        let long = Duration::from_mins(long);
        let share = Ratio::new(percent.into(), 100)?;
        let factor = share.times(period.over(long)?)?.max(Ratio::ONE);
        let spend = Spend::Burn(Spanned::new(factor, Span::default()));
        let short = Duration::from_mins(short);
        (long <= period).then_some(Plan { urgency, spend, long, short, hold: Duration::default(), line: None })
    };
    STANDARD.into_iter().filter_map(plan).collect()
}

/// The tiers of the built-in policy for a period, by the factors they burn.
pub fn standard_tiers(period: Duration) -> Vec<NamedTier> {
    let tier = |plan: Plan| {
        let Spend::Burn(factor) = plan.spend else { return None };
        let Plan { urgency, long, short, hold, .. } = plan;
        Some(NamedTier { urgency, share: None, factor: factor.node, long, short, hold })
    };
    standard(period).into_iter().filter_map(tier).collect()
}

/// The shares of the built-in policy, whatever the period: what Sloth has for 28 and 30 days.
fn shares() -> Vec<Plan> {
    let plan = |(urgency, percent, long, short): (Urgency, i64, u64, u64)| {
        let spend = Spend::Share(Spanned::new(Ratio::new(percent.into(), 100)?, Span::default()));
        let (long, short) = (Duration::from_mins(long), Duration::from_mins(short));
        Some(Plan { urgency, spend, long, short, hold: Duration::default(), line: None })
    };
    STANDARD.into_iter().filter_map(plan).collect()
}

fn plan(tier: &ast::Tier) -> Option<Plan> {
    let twelfth = Ratio::new(1, 12)?;
    Some(Plan {
        urgency: if tier.urgency.node == "page" { Urgency::Page } else { Urgency::Ticket },
        spend: tier.spend,
        long: tier.long.node,
        short: tier.short.map_or_else(|| tier.long.node.scaled(twelfth), |s| Some(s.node))?,
        hold: tier.hold.map_or_else(Duration::default, |h| h.node),
        line: Some(tier.span),
    })
}
