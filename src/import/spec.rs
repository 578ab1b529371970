//! The specs that are being written: services with their objectives, policies, and the metrics that all queries name.

use std::collections::BTreeMap;

use super::block::{self, Block};
use super::metrics::Metrics;
use super::names;
use crate::source::Span;

/// Everything that will be written.
#[derive(Debug, Default)]
pub(super) struct Specs {
    services: Vec<Service>,
    /// By name, without their heads.
    policies: Vec<(String, Block)>,
    metrics: Metrics,
    /// Items that are no services, each a file of its own.
    items: Vec<(String, Block)>,
    /// Dashboards that are kept as they are, by name, with their JSON.
    kept: Vec<(String, String)>,
    /// Objectives by their names elsewhere, and where each stood first.
    seen: BTreeMap<String, Span>,
}

/// A service, of one file.
#[derive(Debug)]
struct Service {
    name: String,
    /// What it is called where it comes from.
    foreign: String,
    comments: Vec<String>,
    /// Its settings.
    top: Block,
    /// Its objectives, alerts and rule groups, with comments, and whether each uses a policy.
    parts: Vec<Part>,
}

/// An objective, an alert or a rule group.
#[derive(Debug)]
pub(super) struct Part {
    /// Its name; empty for a rule group.
    pub(super) name: String,
    pub(super) comments: Vec<String>,
    pub(super) block: Block,
    /// Whether it names a policy.
    pub(super) policy: bool,
}

/// Names of files that are not services.
const OTHERS: [&str; 3] = ["metrics", "policies", "project"];

impl Specs {
    /// The service called `foreign` elsewhere; the same again where its settings are the same. `top` makes these, given the
    /// name it has here. Gives its number.
    pub(super) fn service(&mut self, foreign: &str, comments: Vec<String>, top: impl Fn(&str) -> Block) -> usize {
        let same = |s: &Service| s.foreign == foreign && s.top == top(&s.name);
        self.services.iter().position(same).unwrap_or_else(|| self.fresh(foreign, comments, &top))
    }

    /// The same, always a new one.
    pub(super) fn fresh(&mut self, foreign: &str, comments: Vec<String>, top: &dyn Fn(&str) -> Block) -> usize {
        let name = names::free(foreign, self.services.iter().map(|s| s.name.as_str()));
        let (top, foreign) = (top(&name), foreign.to_string());
        self.services.push(Service { name, foreign, comments, top, parts: Vec::new() });
        self.services.len() - 1
    }

    /// The name a service has here.
    pub(super) fn name_of(&self, service: usize) -> &str {
        self.services.get(service).map_or("", |s| &s.name)
    }

    /// The name a service has where it comes from.
    pub(super) fn foreign_of(&self, service: usize) -> &str {
        self.services.get(service).map_or("", |s| &s.foreign)
    }

    /// Where something of this name stood before, if it did.
    pub(super) fn seen(&mut self, key: String, span: Span) -> Option<Span> {
        let first = self.seen.get(&key).copied();
        self.seen.entry(key).or_insert(span);
        first
    }

    /// A name for an objective or an alert that the service has not yet.
    pub(super) fn free(&self, service: usize, foreign: &str) -> String {
        let parts = self.services.get(service).map_or(&[][..], |s| &s.parts);
        names::free(foreign, parts.iter().map(|p| p.name.as_str()))
    }

    pub(super) fn add(&mut self, service: usize, part: Part) {
        if let Some(service) = self.services.get_mut(service) {
            service.parts.push(part);
        }
    }

    /// An item in a file of its own.
    pub(super) fn item(&mut self, name: String, item: Block) {
        self.items.push((name, item));
    }

    /// A dashboard that is kept as it is,.
    pub(super) fn kept(&mut self, name: String, json: String) {
        self.kept.push((name, json));
    }

    /// A name for a dashboard that none has yet.
    pub(super) fn free_board(&self, foreign: &str) -> String {
        let taken = self.items.iter().map(|(name, _)| name.as_str()).chain(self.kept.iter().map(|(n, _)| n.as_str()));
        names::free(foreign, taken)
    }

    /// A policy with the lines that `fill` writes; gives its name. Two that say the same are one.
    pub(super) fn policy(&mut self, foreign: &str, fill: impl FnOnce(&mut Block)) -> String {
        let mut block = Block::new("");
        fill(&mut block);
        if let Some((name, _)) = self.policies.iter().find(|(_, policy)| *policy == block) {
            return name.clone();
        }
        let name = names::free(foreign, self.policies.iter().map(|(name, _)| name.as_str()));
        self.policies.push((name.clone(), block));
        name
    }

    /// Remembers what a query says of metrics.
    pub(super) fn query(&mut self, query: &str) {
        self.metrics.read(query);
    }

    /// The same of a query of an objective, where a bare selector stands for its growth.
    pub(super) fn events(&mut self, query: &str) {
        self.metrics.read_events(query);
    }

    /// A native histogram, by a selector of it.
    pub(super) fn native(&mut self, selector: &str) {
        self.metrics.native(selector);
    }

    /// A series that a rule records.
    pub(super) fn recorded(&mut self, series: &str) {
        self.metrics.recorded(series);
    }

    /// The files, by path below the directory of the specs.
    pub(super) fn files(self) -> Vec<(String, String)> {
        let metrics = self.metrics.block();
        let mut files: Vec<(String, String)> =
            self.services.iter().filter(|s| !s.parts.is_empty()).map(|s| file(s, metrics.is_some())).collect();
        if !self.policies.is_empty() {
            let policies: Vec<_> =
                self.policies.into_iter().map(|(name, p)| (Vec::new(), p.called(format!("policy {name}")))).collect();
            files.push(("policies.slo".into(), block::file(&[], &policies)));
        }
        files.extend(metrics.map(|m| ("metrics.slo".into(), block::file(&[], &[(Vec::new(), m)]))));
        let imports = if files.iter().any(|(path, _)| path == "metrics.slo") {
            &["import \"metrics.slo\"".to_string()][..]
        } else {
            &[]
        };
        let items = self
            .items
            .into_iter()
            .map(|(name, item)| (format!("dashboard-{name}.slo"), block::file(imports, &[(Vec::new(), item)])));
        let items: Vec<(String, String)> = items.collect();
        files.extend(items);
        for (name, json) in self.kept {
            let lines: Vec<String> = imports.iter().cloned().chain([String::new(), item_of(&name)]).collect();
            files.push((format!("dashboard-{name}.slo"), block::file(&lines, &[])));
            files.push((format!("{name}.json"), json));
        }
        files.sort();
        files.dedup();
        files
    }
}

/// The item that keeps a dashboard.
pub(super) fn item_of(name: &str) -> String {
    format!("dashboard {name} from \"{name}.json\"")
}

fn file(service: &Service, metrics: bool) -> (String, String) {
    let mut block = service.top.clone();
    for part in &service.parts {
        if part.block.is_empty() {
            block.remark(&part.comments);
        } else {
            block.apart(&part.comments, part.block.clone());
        }
    }
    let policies = service.parts.iter().any(|p| p.policy);
    let imports = [(metrics, "metrics"), (policies, "policies")];
    let before: Vec<String> =
        imports.iter().filter(|(used, _)| *used).map(|(_, name)| format!("import \"{name}.slo\"")).collect();
    let end = if OTHERS.contains(&names::key(&service.name).as_str()) { "-service" } else { "" };
    (format!("{}{end}.slo", service.name), block::file(&before, &[(service.comments.clone(), block)]))
}
