//! Every generated name, made here and nowhere else.

use sha2::{Digest, Sha256};

use crate::model::Labels;
use crate::units::Duration;

/// Events in five minutes, of which longer windows are made.
pub(super) const TOTAL: &str = "slo:sli_total:increase5m";
/// Bad events in five minutes.
pub(super) const ERRORS: &str = "slo:sli_errors:increase5m";
pub(super) const OBJECTIVE: &str = "slo:objective:ratio";
pub(super) const BUDGET: &str = "slo:error_budget:ratio";
pub(super) const PERIOD_DAYS: &str = "slo:time_period:days";
pub(super) const CURRENT_BURN: &str = "slo:current_burn_rate:ratio";
pub(super) const PERIOD_BURN: &str = "slo:period_burn_rate:ratio";
pub(super) const REMAINING: &str = "slo:period_error_budget_remaining:ratio";
pub(super) const INFO: &str = "slo:info";

/// The label that names the service of a series or an alert.
pub(super) const SERVICE: &str = "slo_service";

/// Events in a short window.
pub(super) fn total(window: Duration) -> String {
    format!("slo:sli_total:increase{window}")
}

/// The error ratio over a window.
pub(super) fn ratio(window: Duration) -> String {
    format!("slo:sli_error:ratio_rate{window}")
}

/// `checkout.availability`. Names hold no dot, so no two objectives share an id.
pub(super) fn id(service: &str, slo: &str) -> String {
    format!("{service}.{slo}")
}

/// The labels that identify an objective's series.
pub(super) fn identity(service: &str, slo: &str) -> Labels {
    let pairs = [(SERVICE, service.to_string()), ("slo_name", slo.to_string()), ("slo_id", id(service, slo))];
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// `CheckoutAvailability` + `Burn`: the label `alertname`.
pub(super) fn alert(service: &str, slo: &str, what: &str) -> String {
    [service, slo].into_iter().flat_map(|n| n.split(['-', '_'])).map(capitalised).chain([what.to_string()]).collect()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_ascii_uppercase().to_string() + chars.as_str())
}

/// Bytes of a uid, and of the digest in it.
const UID: usize = 40;
const DIGEST: usize = 8;

/// A uid for Grafana: readable, of `[a-z0-9-]`, at most 40 characters. Ends in a digest of the parts, since names
/// may hold `-` themselves and long ones are cut. Environments may share a Grafana, so their uids differ.
pub(super) fn uid(environment: Option<&str>, parts: &[&str]) -> String {
    let of = environment.map_or_else(String::new, |e| format!("{e}\u{1}"));
    let digest = Sha256::digest((of + &parts.join("\0")).as_bytes());
    let hex: String = digest.iter().take(DIGEST / 2).map(|b| format!("{b:02x}")).collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: Vec<&str> = environment.iter().chain(parts).copied().collect();
    let readable: String = words.join("-").chars().map(plain).collect();
    format!("{}-{hex}", &readable[..readable.len().min(UID - DIGEST - 1)])
}

/// A key for a Grafana folder, another for each title: the title itself where it is words of letters and digits.
pub(super) fn folder(title: &str) -> String {
    let readable = title.to_lowercase().replace(' ', "-");
    let words = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric());
    if title.split(' ').all(words) && readable.len() <= UID { readable } else { uid(None, &[title]) }
}

#[cfg(test)]
mod tests {
    use super::uid;

    #[test]
    fn environments_and_names_never_share_a_uid() {
        let all = [
            uid(None, &["staging", "slo", "cart"]),
            uid(Some("staging"), &["slo", "cart"]),
            uid(None, &["staging", "slo-cart"]),
            uid(Some("staging-slo"), &["cart"]),
            uid(Some("canary"), &["slo", "cart"]),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{all:?}");
        assert!(uid(Some(&"e".repeat(60)), &["slo", "cart"]).len() == 40);
    }
}
