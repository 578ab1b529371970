//! How many events an objective has, where its author says: then a tier that a single failure trips can be told.

use super::catalogs::to_unit;
use super::{Checker, Tier};
use crate::catalog::Unit;
use crate::diag::{Diagnostic, codes, one_of};
use crate::source::Span;
use crate::syntax::ast;
use crate::units::Ratio;

impl Checker<'_> {
    /// Events per second, as `traffic` says.
    pub(super) fn traffic(&mut self, slo: &ast::Slo) -> Option<Ratio> {
        let written = slo.traffic.as_ref()?;
        let per_second = to_unit(&written.node, Unit::NONE.over(Unit::SECONDS));
        let rate = per_second.filter(|rate| written.node.unit.contains('/') && *rate > Ratio::ZERO);
        if rate.is_none() {
            let message = format!("`{}` is no number of events in a time", written.node.text);
            let help = "such as `1000/min`, `5/s` or `20/h`: what arrives on an ordinary day";
            self.report(Diagnostic::new(&codes::E0229, written.span, message).here("not a traffic").help(help));
        }
        rate
    }

    /// Reports tiers that one failure alone trips: fewer events arrive in their long window than one of which would be
    /// within the limit. Without `traffic` this is asked for the smallest traffic that `at-least` lets through.
    pub(super) fn lone_failures(&mut self, slo: &ast::Slo, traffic: Option<Ratio>, tiers: &[Tier]) {
        let Some(place) = slo.traffic.as_ref().map(|t| t.span).or(slo.at_least.map(|a| a.events.span)) else { return };
        let arrive = |tier: &Tier| match (traffic, slo.traffic.is_some()) {
            (Some(rate), _) => rate.times(tier.burn.long.seconds()),
            (None, true) => None,
            (None, false) => tier.events.and_then(|least| least.plus(Ratio::ONE)),
        };
        let trips = |tier: &&Tier| {
            let counts = |events: Ratio| tier.events.is_none_or(|least| events > least);
            arrive(tier).is_some_and(|events| events < tier.burn.lone_failure && counts(events))
        };
        let tripped: Vec<&Tier> = tiers.iter().filter(trips).collect();
        if let Some(first) = tripped.first() {
            let events = arrive(first).unwrap_or(Ratio::ZERO);
            self.lone_failure(place, &tripped, first, events);
        }
    }

    fn lone_failure(&mut self, place: Span, tripped: &[&Tier], first: &Tier, events: Ratio) {
        let names: Vec<String> =
            tripped.iter().map(|t| format!("the {} tier over {}", t.urgency.name(), t.burn.long)).collect();
        let names = one_of(names.iter().map(String::as_str)).replace(" or ", " and ").replace('`', "");
        let message = format!("a single failure trips {names}");
        let here = format!("about {} events in {}", events.rounded(0), first.burn.long);
        let lone = first.burn.lone_failure;
        let enough = -(-lone.num()).div_euclid(lone.den());
        let (urgency, long) = (first.urgency.name(), first.burn.long);
        let help = format!(
            "of {enough} events one failure is within {}: `at-least {enough} events per {long}` keeps the {urgency} silent below; \
             so does `{urgency} off`, or an objective that allows more",
            first.burn.threshold.percent(),
        );
        self.report(Diagnostic::new(&codes::W0405, place, message).here(here).help(help));
    }
}
