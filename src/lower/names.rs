//! Every generated name, made here and nowhere else.

use sha2::{Digest, Sha256};

use crate::model::Labels;
use crate::units::hex;

pub(super) use crate::model::series::{
    BUDGET, CALENDAR_ERRORS, CALENDAR_RATIO, CALENDAR_TOTAL, CURRENT_BURN, ERRORS, ID, INFO, NAME, OBJECTIVE,
    PERIOD_BURN, PERIOD_DAYS, REMAINING, SERVICE, TOTAL, errors, id, ratio, total,
};

/// The labels that identify an objective's series.
pub(super) fn identity(service: &str, slo: &str) -> Labels {
    let pairs = [(SERVICE, service.to_string()), (NAME, slo.to_string()), (ID, id(service, slo))];
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// `CheckoutAvailability` + `Burn`: the label `alertname`.
pub(super) fn alert(service: &str, slo: &str, what: &str) -> String {
    let mut name = String::with_capacity(service.len() + slo.len() + what.len());
    for word in [service, slo].into_iter().flat_map(|n| n.split(['-', '_'])) {
        let mut chars = word.chars();
        name.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(chars.as_str());
    }
    name.push_str(what);
    name
}

/// Bytes of a uid, and of the digest in it.
const UID: usize = 40;
const DIGEST: usize = 8;

/// A uid for Grafana: readable, of `[a-z0-9-]`, at most 40 characters. Ends in a digest of the parts, since names
/// may hold `-` themselves and long ones are cut. Environments may share a Grafana, so their uids differ.
pub(super) fn uid(environment: Option<&str>, parts: &[&str]) -> String {
    let of = environment.map_or_else(String::new, |e| format!("{e}\u{1}"));
    let digest = Sha256::digest((of + &parts.join("\0")).as_bytes());
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words = environment.iter().chain(parts).enumerate();
    let readable = words.flat_map(|(n, word)| (n > 0).then_some('-').into_iter().chain(word.chars().map(plain)));
    let mut uid = String::with_capacity(UID);
    uid.extend(readable.take(UID - DIGEST - 1).chain(['-']));
    uid.push_str(&hex(&digest[..DIGEST / 2]));
    uid
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
