//! The numbers behind an objective and a tier, beside them: the budget as time, the errors above which tiers fire.

use std::collections::BTreeMap;

use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams};

use super::world::{Document, World};
use crate::check::{LensTier, Numbers};
use crate::model::Urgency;
use crate::source::Span;
use crate::syntax;
use crate::syntax::ast::{Item, Policy, Service, Tier};
use crate::units::Ratio;

pub(super) fn inlay_hints(world: &mut World, params: InlayHintParams) -> Option<Vec<InlayHint>> {
    let document = world.document(&params.text_document.uri)?;
    let file = syntax::parse(document.file, document.text()).file;
    let mut hints = Vec::new();
    for item in &file.items {
        match item {
            Item::Service(service) => objectives(&document, service, &mut hints),
            Item::Template(template) => objectives(&document, &template.body, &mut hints),
            Item::Policy(policy) => tiers(&document, policy, &mut hints),
            _ => {}
        }
    }
    hints.retain(|hint| params.range.start <= hint.position && hint.position <= params.range.end);
    Some(hints)
}

/// Behind the header of an objective: the budget as time, and when its tiers fire.
fn objectives(document: &Document, service: &Service, hints: &mut Vec<InlayHint>) {
    for slo in &service.slos {
        let of_slo: Vec<&Numbers> = document.snapshot.numbers().iter().filter(|n| n.name == slo.name.span).collect();
        let Some(first) = of_slo.first() else { continue };
        // What a template makes may differ from use to use: then there is no one number.
        if of_slo.iter().all(|n| (n.budget, n.period) == (first.budget, first.period)) {
            let mut text = format!("budget {}", first.budget_time().human());
            text.extend(fires(&first.tiers).into_iter().map(|part| format!("; {part}")));
            hints.push(hint(document, slo.header, text));
        }
    }
}

/// `page above 1.44% in 1h, 0.6% in 6h`, for each urgency.
fn fires(tiers: &[LensTier]) -> Vec<String> {
    let mut by_urgency: BTreeMap<Urgency, Vec<String>> = BTreeMap::new();
    for tier in tiers {
        let one = format!("{} in {}", tier.burn.threshold.percent(), tier.burn.long);
        by_urgency.entry(tier.urgency).or_default().push(one);
    }
    by_urgency.iter().map(|(urgency, all)| format!("{} above {}", urgency.name(), all.join(", "))).collect()
}

/// Behind each line of a policy: the errors it fires above, over all objectives that have it.
fn tiers(document: &Document, policy: &Policy, hints: &mut Vec<InlayHint>) {
    for tier in &policy.tiers {
        let thresholds: Vec<Ratio> = thresholds(document.snapshot.numbers(), tier);
        let text = match (thresholds.iter().min(), thresholds.iter().max()) {
            (Some(least), Some(most)) if least == most => format!("above {}", least.percent()),
            (Some(least), Some(most)) => format!("above {} to {}", least.percent(), most.percent()),
            _ => continue,
        };
        hints.push(hint(document, tier.span, text));
    }
}

/// The error ratios above which a line of a policy fires.
fn thresholds(numbers: &[Numbers], tier: &Tier) -> Vec<Ratio> {
    let tiers = numbers.iter().flat_map(|n| &n.tiers).filter(|t| t.line == Some(tier.span));
    tiers.map(|t| t.burn.threshold).collect()
}

fn hint(document: &Document, behind: Span, text: String) -> InlayHint {
    InlayHint {
        position: document.lines().position(behind.end as usize),
        label: InlayHintLabel::String(text),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}
