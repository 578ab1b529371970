//! What the imported specs compile to, compared with rules that the source's own program made: rule by rule, the group's
//! name, order, name, query up to white space, times, labels and annotations.

use std::collections::BTreeMap;

use super::settle::Written;
use super::{From, Options};
use crate::driver;
use crate::maps::IntoMap;
use crate::model::{Carried, CarriedRule, Labels};
use crate::resolve::texts;
use crate::rules::yaml::{self, Kind, Node};
use crate::source::FileId;
use crate::units::Duration;

/// How the two compare.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// How many rules are the same.
    pub equal: usize,
    /// What is not, each in a line.
    pub differences: Vec<String>,
    /// Labels that every rule of the tool whose labels differ has beside ours: those that it was told to add.
    pub added: Option<Labels>,
}

/// A rule of either side.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rule {
    name: String,
    facts: Vec<(&'static str, String)>,
    labels: Labels,
}

/// Compares what `specs` compile to with the rules in `files`, given by path and bytes.
pub fn verify(specs: &[(String, String)], files: Vec<(String, Vec<u8>)>) -> Verdict {
    let mut verdict = Verdict::default();
    let model = driver::analyze(&Written(specs)).ok().and_then(|a| a.model);
    let Some(model) = model else {
        verdict.differences.push("the specs do not compile: `sloc check` says why".into());
        return verdict;
    };
    // Groups of different files may have one name.
    let mut ours: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for (place, group) in model.services.iter().flat_map(|s| &s.carried).enumerate() {
        let rules = group.rules.iter().map(|r| own(group, r)).collect();
        ours.entry(group.name.clone()).or_default().push(Group { place, rules });
    }
    for (path, theirs) in split_over_files(&ours, files) {
        let mut last = 0;
        for (name, theirs) in theirs {
            let Some(group) = take(&mut ours, &name, &theirs) else {
                verdict.differences.push(format!("{path}: {name}: the specs make no such group"));
                continue;
            };
            if group.place < last {
                verdict.differences.push(format!("{path}: {name}: stands in another place among the groups"));
            }
            last = last.max(group.place);
            compare(&mut verdict, &format!("{path}: {name}"), &group.rules, &theirs);
        }
    }
    let rest = ours.iter().flat_map(|(name, groups)| groups.iter().map(move |_| name));
    verdict.differences.extend(rest.map(|name| format!("{name}: no file has such a group")));
    verdict
}

/// Groups by name, with their rules.
type Named = Vec<(String, Vec<Rule>)>;

/// The groups of each file. One that is split over several, as Pyrra's performance mode has it in Kubernetes, stands whole in
/// the first.
fn split_over_files(ours: &BTreeMap<String, Vec<Group>>, files: Vec<(String, Vec<u8>)>) -> Vec<(String, Named)> {
    let mut all: Vec<(String, Named)> = Vec::new();
    for (path, bytes) in files {
        let mut own = Named::new();
        for (name, rules) in groups(bytes) {
            let whole = ours.get(&name).is_some_and(|groups| groups.len() == 1);
            let first = all.iter_mut().flat_map(|(_, groups)| groups).chain(&mut own).find(|(n, _)| *n == name);
            match first.filter(|_| whole) {
                Some((_, first)) => first.extend(rules),
                None => own.push((name, rules)),
            }
        }
        all.push((path, own));
    }
    all
}

/// A group of ours, and the place among all.
struct Group {
    place: usize,
    rules: Vec<Rule>,
}

/// The group of this name that is the same, else the first that is left of it.
fn take(ours: &mut BTreeMap<String, Vec<Group>>, name: &str, theirs: &[Rule]) -> Option<Group> {
    let groups = ours.get_mut(name).filter(|groups| !groups.is_empty())?;
    let same = groups.iter().position(|g| g.rules == theirs).unwrap_or(0);
    Some(groups.remove(same))
}

/// The options with which the tool made some rules, given by path and bytes, as far as they show: Pyrra's generic rules and
/// its spelling of buckets, and the version that Sloth writes.
pub fn as_made(from: From, options: Options, files: &[(String, Vec<u8>)]) -> Options {
    let texts: Vec<_> = files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect();
    let any = |word: &str| texts.iter().any(|text| text.contains(word));
    match from {
        From::Pyrra => Options {
            generic: options.generic || any("pyrra_objective"),
            prometheus3: options.prometheus3 || any("(\\.0)?\"") || any("(\\\\.0)?"),
            ..options
        },
        From::Sloth => {
            let written = |text: &str| {
                let line = text.lines().find_map(|l| l.trim().strip_prefix("sloth_version:"))?;
                Some(line.trim().trim_matches(['"', '\'']).to_string())
            };
            let version = options.version.or_else(|| texts.iter().find_map(|text| written(text)));
            Options { version, ..options }
        }
        _ => options,
    }
}

impl Verdict {
    /// Of the labels that were added to all rules before, keeps those that this one has, too.
    fn keep_added(&mut self, our: &Rule, their: &Rule) {
        let more = their.labels.iter().filter(|(name, _)| !our.labels.contains_key(name));
        let more: Labels = more.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.added = Some(match self.added.take() {
            Some(added) => added.into_iter().filter(|(name, value)| more.get(name) == Some(value)).collect(),
            None => more,
        });
    }
}

fn compare(verdict: &mut Verdict, place: &str, ours: &[Rule], theirs: &[Rule]) {
    for index in 0..ours.len().max(theirs.len()) {
        let (Some(our), Some(their)) = (ours.get(index), theirs.get(index)) else {
            let (rule, has) = match (ours.get(index), theirs.get(index)) {
                (Some(our), _) => (our, "is in the specs alone"),
                (_, Some(their)) => (their, "is missing"),
                _ => continue,
            };
            verdict.differences.push(format!("{place}: {} {has}", rule.name));
            continue;
        };
        if our == their {
            verdict.equal += 1;
            continue;
        }
        if our.name != their.name {
            verdict.differences.push(format!("{place}: rule {} is {}, not {}", index + 1, our.name, their.name));
            continue;
        }
        if our.labels != their.labels {
            verdict.keep_added(our, their);
        }
        let facts = |r: &Rule| -> BTreeMap<String, String> {
            r.facts.iter().map(|(key, value)| (key.to_string(), value.clone())).into_map()
        };
        let (a, b) = (facts(our), facts(their));
        let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys.into_iter().filter(|key| a.get(*key) != b.get(*key)) {
            let shown = |side: &BTreeMap<String, String>| side.get(key).cloned().unwrap_or_default();
            verdict.differences.push(format!(
                "{place}: {}: {key}\n    ours   {}\n    theirs {}",
                our.name,
                shown(&a),
                shown(&b)
            ));
        }
    }
}

fn own(group: &Carried, rule: &CarriedRule) -> Rule {
    let time = |d: Duration| if d.millis() == 0 { String::new() } else { d.to_string() };
    rule_of(
        (rule.is_alert, &rule.name),
        &rule.expr,
        [group.interval.map_or_else(String::new, time), time(rule.hold), time(rule.keep)],
        [&rule.labels, &rule.annotations],
    )
}

fn rule_of((is_alert, name): (bool, &str), expr: &str, times: [String; 3], pairs: [&Labels; 2]) -> Rule {
    let [interval, hold, keep] = times;
    let printed = |labels: &Labels| labels.iter().map(|(n, v)| format!("{n}={v:?}")).collect::<Vec<_>>().join(" ");
    let facts = vec![
        ("query", expr.split_whitespace().collect::<String>()),
        ("interval", interval),
        ("for", hold),
        ("keep", keep),
        ("labels", printed(pairs[0])),
        ("annotations", printed(pairs[1])),
    ];
    let kind = if is_alert { "alert" } else { "record" };
    Rule { name: format!("{kind} {name}"), facts, labels: pairs[0].clone() }
}

/// The groups of a file of rules, of Prometheus or of the operator.
fn groups(bytes: Vec<u8>) -> Vec<(String, Vec<Rule>)> {
    let (text, _) = texts::decode(bytes);
    let (documents, _) = yaml::read(&text, FileId(0));
    let all = documents.iter().flat_map(|d| items(d.get("groups").or_else(|| d.get("spec")?.get("groups"))));
    let group = |node: &Node| {
        let interval = time(node, "interval");
        let rules = items(node.get("rules")).map(|rule| theirs(rule, &interval)).collect();
        (word(node, "name"), rules)
    };
    all.map(group).collect()
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let list = match node.map(|n| &n.kind) {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    list.iter()
}

fn word(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::text).map_or(String::new(), |t| t.value.clone())
}

/// A time in one spelling: `1m0s` is `1m`.
fn time(node: &Node, key: &str) -> String {
    let text = word(node, key);
    Duration::parse(&text).map_or(text, |d| if d.millis() == 0 { String::new() } else { d.to_string() })
}

fn theirs(node: &Node, interval: &str) -> Rule {
    let pairs = |key: &str| match node.get(key).map(|n| &n.kind) {
        Some(Kind::Map(entries)) => {
            let value = |n: &Node| n.text().map_or(String::new(), |t| t.value.clone());
            entries.iter().map(|(name, n)| (name.value.clone(), value(n))).collect()
        }
        _ => Labels::new(),
    };
    let alert = word(node, "alert");
    let name = if alert.is_empty() { word(node, "record") } else { alert.clone() };
    let times = [interval.to_string(), time(node, "for"), time(node, "keep_firing_for")];
    rule_of((!alert.is_empty(), &name), &word(node, "expr"), times, [&pairs("labels"), &pairs("annotations")])
}
