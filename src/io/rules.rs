//! The uids of Grafana's rules in the output of the build before: the one thing a build must know of its past.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::emit::grafana_alerts::{FOLDER, is_of};

/// The part of a provisioning file that names rules.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Provisioned {
    groups: Vec<Group>,
    delete_rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rule {
    uid: String,
}

/// The uids of all rules in `out` that are of the environment, those listed for deletion included. A file that cannot be read names none: it is
/// either not ours or will be written anew.
pub fn rule_uids(out: &Path, environment: Option<&str>) -> BTreeSet<String> {
    let entries = fs::read_dir(out.join(FOLDER)).into_iter().flatten().flatten();
    let files = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "yaml"));
    let of_it = |p: &PathBuf| p.file_stem().and_then(|s| s.to_str()).is_some_and(|name| is_of(name, environment));
    let texts = files.filter(of_it).filter_map(|p| fs::read_to_string(p).ok());
    let read = texts.filter_map(|t| serde_yaml::from_str::<Provisioned>(&t).ok());
    let rules = read.flat_map(|p| p.groups.into_iter().flat_map(|g| g.rules).chain(p.delete_rules));
    rules.map(|r| r.uid).filter(|uid| is_uid(uid)).collect()
}

/// Whether Grafana takes it as a uid: whatever else stands there is not repeated.
fn is_uid(uid: &str) -> bool {
    (1..=40).contains(&uid.len()) && uid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
