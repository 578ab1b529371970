//! Labels that several rules of a file have: written once, under a name that YAML knows, and called by it from then on.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::yaml::Yaml;
use crate::maps::IntoMap;
use crate::model::{Group, Labels, series};

/// Files of more rules repeat all labels: readers written in Go take many calls in a large file for an attack, and refuse it.
const MOST: usize = 10_000;

/// The labels of a file's rules by how often they stand there.
#[derive(Default)]
pub(super) struct Same<'a>(BTreeMap<&'a Labels, Set>);

/// Labels that stand in a file more than once.
struct Set {
    name: String,
    /// Whether they have been written.
    written: Cell<bool>,
}

impl<'a> Same<'a> {
    /// Those of the rules of some groups.
    pub(super) fn of(groups: &'a [Group]) -> Same<'a> {
        let records = groups.iter().flat_map(|g| &g.records).map(|r| &*r.labels);
        let all: Vec<&Labels> = records.chain(groups.iter().flat_map(|g| &g.alerts).map(|a| &a.labels)).collect();
        let mut times: BTreeMap<&Labels, usize> = BTreeMap::new();
        // A single label is as short as its name.
        all.iter().filter(|labels| labels.len() > 1).for_each(|labels| *times.entry(labels).or_default() += 1);
        if all.len() > MOST {
            times.clear();
        }
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut named = |labels: &'a Labels| {
            let first = name(labels);
            let others = (2..).map(|number| format!("{first}-{number}"));
            let free = std::iter::once(first.to_string()).chain(others).find(|name| taken.insert(name.clone()));
            (labels, Set { name: free.unwrap_or_default(), written: Cell::new(false) })
        };
        let worth = |labels: &Labels, times| times > 1 && !labels.values().any(|v| v.contains("{{"));
        Same(times.into_iter().filter(|(labels, n)| worth(labels, *n)).map(|(labels, _)| named(labels)).into_map())
    }

    /// Writes the labels of a rule, each value as `value` has it.
    pub(super) fn labels<'b>(
        &self,
        yaml: &mut Yaml,
        labels: &'b Labels,
        value: impl Fn(&'b str) -> Cow<'b, str> + Clone,
    ) {
        let set = self.0.get(labels);
        match set.filter(|s| s.written.replace(true)) {
            Some(set) => yaml.again("labels", &set.name),
            None => {
                let pairs = labels.iter().map(move |(name, text)| (name.as_str(), value(text)));
                yaml.texts("labels", set.map(|s| s.name.as_str()), pairs);
            }
        }
    }
}

/// What labels are called: by the tier of their alerts, else by their objective.
fn name(labels: &Labels) -> &str {
    let plain =
        |name: &&String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let value = |label: &&str| labels.get(label).filter(plain);
    ["slo_tier", series::NAME, "severity"].iter().find_map(value).map_or("labels", String::as_str)
}
