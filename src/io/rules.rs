//! The uids of Grafana's rules in the output of the build before: the one thing a build must know of its past.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::emit::grafana_alerts::{Earlier, FOLDER};

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

/// The uids of all rules in `out` by their file, those listed for deletion included: in `out` itself, and in each directory
/// of it that an environment may be in.
pub(super) fn rule_uids(out: &Path) -> Earlier {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let names = entries.filter_map(|e| e.file_name().into_string().ok());
    let folders = names.map(|name| format!("{name}/{FOLDER}")).chain([FOLDER.to_string()]);
    folders.flat_map(|folder| rules_in(out, &folder)).collect()
}

/// The uids of the rules in each file of a folder. A file that cannot be read names none: it is either not ours or will
/// be written anew.
fn rules_in(out: &Path, folder: &str) -> Earlier {
    let entries = fs::read_dir(out.join(folder)).into_iter().flatten().flatten();
    let files = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "yaml"));
    let read = files.filter_map(|p| {
        let name = p.file_name()?.to_str()?;
        let rules = serde_yaml::from_str::<Provisioned>(&fs::read_to_string(&p).ok()?).ok()?;
        let rules = rules.groups.into_iter().flat_map(|g| g.rules).chain(rules.delete_rules);
        let uids: BTreeSet<String> = rules.map(|r| r.uid).filter(|uid| is_uid(uid)).collect();
        (!uids.is_empty()).then(|| (format!("{folder}/{name}"), uids))
    });
    read.collect()
}

/// Whether Grafana takes it as a uid: whatever else stands there is not repeated.
fn is_uid(uid: &str) -> bool {
    (1..=40).contains(&uid.len()) && uid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
