//! Labels of other tools: which are sloc's own, and which are more than labels here.

use super::block::{Block, braced};
use super::sloth::Pairs;

/// Labels that sloc sets itself.
pub(super) fn reserved(name: &str) -> bool {
    matches!(name, "severity" | "owner" | "tier" | "objective" | "period" | "spec" | "runbook" | "alertname")
        || name.starts_with("slo_")
}

/// A service's labels under the names of sloc: the owner and the tier are more than labels.
pub(super) fn renamed_labels(top: &mut Block, labels: &Pairs) {
    let value = |of: &str| labels.iter().find(|(name, _)| name == of).map(|(_, value)| value.clone());
    let word = |w: &String| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if let Some(owner) = value("owner").filter(|o| word(o) && o.starts_with(|c: char| c.is_ascii_alphabetic())) {
        top.line(format!("owner {owner}"));
    }
    if let Some(tier) = value("tier").filter(|t| t.len() == 1 && ("1"..="9").contains(&t.as_str())) {
        top.line(format!("tier {tier}"));
    }
    let rest: Pairs = labels.iter().filter(|(name, _)| !reserved(name)).cloned().collect();
    if !rest.is_empty() {
        top.line(format!("labels {}", braced(&rest)));
    }
}

/// Adds labels; those that are there get the new value.
pub(super) fn merge(all: &mut Pairs, more: &Pairs) {
    for (name, value) in more {
        match all.iter_mut().find(|(n, _)| n == name) {
            Some(old) => old.1.clone_from(value),
            None => all.push((name.clone(), value.clone())),
        }
    }
}
