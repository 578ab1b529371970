//! Labels and links that several rules of a file have: written once, under a name that YAML knows, and called by it from then on.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::template;
use super::yaml::Yaml;
use crate::maps::IntoMap;
use crate::model::{self, Alert, Group, Labels, Part, Text, series};

/// Files of more rules repeat everything: readers written in Go take many calls in a large file for an attack, and refuse it.
const MOST: usize = 10_000;

/// What stands in a file more than once.
#[derive(Default)]
pub(super) struct Same<'a> {
    labels: BTreeMap<&'a Labels, Set>,
    /// Where dashboards are, which the alerts of a service share.
    links: BTreeMap<&'a str, Set>,
}

/// One of the things that stand in a file more than once.
struct Set {
    name: String,
    /// Whether it has been written.
    written: Cell<bool>,
}

impl<'a> Same<'a> {
    /// Those of the rules of some groups.
    pub(super) fn of(groups: &'a [Group]) -> Same<'a> {
        let alerts = || groups.iter().flat_map(|g| &g.alerts);
        let records = groups.iter().flat_map(|g| &g.records).map(|r| &*r.labels);
        let all: Vec<&Labels> = records.chain(alerts().map(|a| &a.labels)).collect();
        if all.len() > MOST {
            return Same::default();
        }
        let mut times: BTreeMap<&Labels, usize> = BTreeMap::new();
        // A single label is as short as its name.
        all.iter().filter(|labels| labels.len() > 1).for_each(|labels| *times.entry(labels).or_default() += 1);
        let worth = |labels: &Labels, times| times > 1 && !labels.values().any(|v| v.contains("{{"));
        let mut links: BTreeMap<&str, (&Alert, usize)> = BTreeMap::new();
        for (alert, link) in alerts().filter_map(|a| Some((a, link(a)?))) {
            links.entry(link).or_insert((alert, 0)).1 += 1;
        }
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let times = times.into_iter().filter(|(labels, n)| worth(labels, *n));
        let labels = times.map(|(labels, _)| (labels, set(name(labels), &mut taken))).into_map();
        let links = links.into_iter().filter(|(_, (_, n))| *n > 1);
        let name = |alert: &Alert| format!("last-{}", model::single(alert.lookback));
        Same { labels, links: links.map(|(link, (alert, _))| (link, set(&name(alert), &mut taken))).into_map() }
    }

    /// Writes the labels of a rule, each value as `value` has it.
    pub(super) fn labels<'b>(
        &self,
        yaml: &mut Yaml,
        labels: &'b Labels,
        value: impl Fn(&'b str) -> Cow<'b, str> + Clone,
    ) {
        let set = self.labels.get(labels);
        match set.filter(|s| s.written.replace(true)) {
            Some(set) => yaml.again("labels", &set.name),
            None => {
                let pairs = labels.iter().map(move |(name, text)| (name.as_str(), value(text)));
                yaml.texts("labels", set.map(|s| s.name.as_str()), pairs);
            }
        }
    }

    /// Writes an annotation of an alert.
    pub(super) fn annotation(&self, yaml: &mut Yaml, key: &str, text: &Text) {
        let set = plain(text).filter(|_| key == LINK).and_then(|link| self.links.get(link));
        match set {
            Some(set) if set.written.replace(true) => yaml.again(key, &set.name),
            Some(set) => yaml.named(key, &set.name, &template::prometheus(text)),
            None => yaml.text(key, &template::prometheus(text)),
        }
    }
}

/// The annotation that says where an alert's dashboard is.
const LINK: &str = "dashboard_url";

fn link(alert: &Alert) -> Option<&str> {
    alert.annotations.iter().find(|(key, _)| key == LINK).and_then(|(_, text)| plain(text))
}

/// A text without places.
fn plain(text: &Text) -> Option<&str> {
    match text.0.as_slice() {
        [Part::Plain(text)] => Some(text),
        _ => None,
    }
}

/// A thing by its name, or by the next one that is free.
fn set(first: &str, taken: &mut BTreeSet<String>) -> Set {
    let others = (2..).map(|number| format!("{first}-{number}"));
    let free = std::iter::once(first.to_string()).chain(others).find(|name| taken.insert(name.clone()));
    Set { name: free.unwrap_or_default(), written: Cell::new(false) }
}

/// What labels are called: by the tier of their alerts, else by their objective.
fn name(labels: &Labels) -> &str {
    let plain =
        |name: &&String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let value = |label: &&str| labels.get(label).filter(plain);
    ["slo_tier", series::NAME, "severity"].iter().find_map(value).map_or("labels", String::as_str)
}
