//! What a project wants generated beside the usual files: every setting in its range.

use std::sync::Arc;

use super::boards::Kept;
use super::{Checker, Service, Slo};
use crate::diag::{Diagnostic, codes};
use crate::model::output::{Cluster, Tenant, Thanos};
use crate::model::{Outputs, series};
use crate::promql::{Kind, Query, Read};
use crate::source::Spanned;
use crate::syntax::ast::{Emit, Setting, Value};

/// What a tenant may have when nobody says more: rules in a group, groups. So Mimir has it; Cortex has no limits then.
const MIMIR: (usize, usize) = (20, 70);
const CORTEX: (usize, usize) = MOST;

/// The most that can be said of both.
const MOST: (usize, usize) = (100_000, 1_000_000);

/// The smallest number of rules that holds what must be evaluated together.
const LEAST: usize = 10;

/// The label by which Thanos tells replicas apart in its own examples.
const REPLICA: &str = "replica";

impl Checker<'_> {
    /// All that the project asks for.
    pub(super) fn outputs(&mut self) -> Outputs {
        let mut outputs = Outputs::default();
        let Some(project) = self.names.project else { return outputs };
        for (index, emit) in project.emit.iter().enumerate() {
            if let Some(first) = project.emit[..index].iter().find(|e| e.kind.node == emit.kind.node) {
                let message = format!("`emit {}` is given twice", emit.kind.node);
                let diagnostic = Diagnostic::new(&codes::E0005, emit.kind.span, message).here("again here");
                self.report(diagnostic.label(first.kind.span, "first here").help("one of them is enough"));
            }
            self.output(emit, &mut outputs);
        }
        if let Some(shards) = project.shards {
            self.within(shards.map(i128::from), (2, 10_000), "rulers");
            outputs.shards = Some(shards.node);
        }
        outputs
    }

    fn output(&mut self, emit: &Emit, outputs: &mut Outputs) {
        match emit.kind.node.as_str() {
            "kubernetes" => outputs.kubernetes = Some(self.cluster(emit)),
            "victoria" => outputs.victoria = Some(self.cluster(emit)),
            "mimir" => outputs.mimir = Some(self.tenant(emit)),
            "cortex" => outputs.cortex = Some(self.tenant(emit)),
            "thanos" => outputs.thanos = Some(self.thanos(emit)),
            "terraform" => outputs.terraform = true,
            "openslo" => outputs.openslo = true,
            "backstage" => outputs.backstage = self.links_lead_somewhere(emit),
            "perses" => outputs.perses = Some(self.perses(emit)),
            _ => outputs.json = true,
        }
    }

    fn cluster(&mut self, emit: &Emit) -> Cluster {
        let namespace = self.texts(emit.setting("namespace")).pop();
        if let Some(given) = namespace.as_ref().filter(|n| !is_label_name(&n.node)) {
            self.not_kubernetes(
                given,
                "a namespace",
                "at most 63 small letters, digits and `-`, at both ends a letter or digit",
            );
        }
        let pairs = self.texts(emit.setting("labels"));
        let labels = pairs.iter().filter_map(|pair| self.cluster_label(pair)).collect();
        Cluster { namespace: namespace.map(|n| n.node), labels }
    }

    /// `release=prometheus`.
    fn cluster_label(&mut self, pair: &Spanned<String>) -> Option<(String, String)> {
        let known = pair.node.split_once('=').filter(|(key, value)| is_label_key(key) && is_label_value(value));
        if known.is_none() {
            let help = "such as `release=prometheus`: name and value hold at most 63 letters, digits, `-`, `_` and `.`, at both \
                        ends a letter or digit; before the name may stand a domain and `/`";
            self.not_kubernetes(pair, "a label", help);
        }
        known.map(|(key, value)| (key.to_string(), value.to_string()))
    }

    fn not_kubernetes(&mut self, given: &Spanned<String>, what: &str, help: &str) {
        let message = format!("`{}` cannot be {what} in Kubernetes", given.node);
        self.report(Diagnostic::new(&codes::E0510, given.span, message).here("not possible").help(help));
    }

    fn tenant(&mut self, emit: &Emit) -> Tenant {
        let tenants = self.texts(emit.setting("tenants"));
        for tenant in tenants.iter().filter(|t| !is_tenant(&t.node)) {
            let message = format!("`{}` cannot be a tenant", tenant.node);
            let help = "at most 150 letters, digits and `!-_.*'()`; `.` and `..` are none";
            self.report(Diagnostic::new(&codes::E0512, tenant.span, message).here("not possible").help(help));
        }
        let (rules, groups) = if emit.kind.node == "mimir" { MIMIR } else { CORTEX };
        Tenant {
            rules: self.whole(emit.setting("rules"), (LEAST, MOST.0), "rules in a group").unwrap_or(rules),
            groups: self.whole(emit.setting("groups"), (1, MOST.1), "groups").unwrap_or(groups),
            sources: tenants.into_iter().map(|t| t.node).collect(),
            align: emit.setting("align").is_some(),
            split: emit.setting("split").is_some(),
        }
    }

    /// Whether links from another site can be made.
    fn links_lead_somewhere(&mut self, emit: &Emit) -> bool {
        let address = self.names.project.and_then(|p| p.grafana.as_ref());
        if address.is_none() {
            let message = "links of Backstage lead to Grafana, whose address nobody says";
            let diagnostic = Diagnostic::new(&codes::E0512, emit.kind.span, message).here("has no links");
            self.report(diagnostic.help("`grafana \"https://grafana.example.com\"` in `project`"));
        }
        address.is_some()
    }

    /// The project dashboards go to; that of the specs when none is given.
    fn perses(&mut self, emit: &Emit) -> String {
        let given = self.texts(emit.setting("project")).pop();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = |p: &Spanned<String>| (1..=75).contains(&p.node.len()) && p.node.chars().all(allowed);
        if let Some(given) = given.as_ref().filter(|p| !fits(p)) {
            let message = format!("`{}` cannot be a project of Perses", given.node);
            let help = "at most 75 letters, digits, `-`, `_` and `.`";
            self.report(Diagnostic::new(&codes::E0512, given.span, message).here("not possible").help(help));
        }
        let own = || self.names.project.map_or_else(String::new, |p| p.name.node.to_lowercase());
        given.map_or_else(own, |g| g.node)
    }

    /// Says that a query reads a series of every objective, of which a shard has but some.
    pub(super) fn reads_one_shard(&mut self, query: &Query) {
        let Some(shards) = self.names.project.and_then(|p| p.shards) else { return };
        if self.names.services.values().map(|s| s.slos.len()).sum::<usize>() < 2 {
            return;
        }
        let mut everywhere = Vec::new();
        query.expr().walk(&mut |e| {
            if let Kind::Selector(selector) = &e.kind {
                let read = Read::new(selector);
                let ours = read.metric().filter(|m| series::is_ours(m) && !read.chooses(&series::IDENTITY));
                everywhere.extend(ours.map(|metric| (metric.to_string(), e.span)));
            }
        });
        for (metric, span) in everywhere {
            let message = format!("`{metric}` is spread over {} shards, of which this rule sees one", shards.node);
            let help = format!(
                "`{metric}{{{}=\"…\"}}` names the objective, with which the rule then stays; what needs all of them \
                 belongs where all series are",
                series::ID
            );
            let diagnostic = Diagnostic::new(&codes::W0514, span, message).here("of no one objective");
            self.report(diagnostic.label(shards.span, "spread here").help(help));
        }
    }

    /// Says which objectives OpenSLO cannot say.
    pub(super) fn unsaid(&mut self, services: &[Arc<Service>]) {
        let Some(project) = self.names.project else { return };
        let Some(emit) = project.emit.iter().find(|e| e.kind.node == "openslo") else { return };
        for (service, slo) in services.iter().flat_map(|s| s.slos.iter().map(move |slo| (s, slo))) {
            if let Err(what) = sayable(slo) {
                let message = format!("OpenSLO cannot say {what}: `{}.{}` is left out", service.name, slo.name);
                let help = format!("it is at {}", slo.origin);
                self.report(Diagnostic::new(&codes::W0510, emit.kind.span, message).here("asked for here").help(help));
            }
        }
    }

    /// Says which dashboards Perses cannot show: those that are Grafana's own JSON.
    pub(super) fn unshown(&mut self, kept: &[Kept]) {
        let Some(project) = self.names.project else { return };
        let Some(emit) = project.emit.iter().find(|e| e.kind.node == "perses") else { return };
        for k in kept {
            let message = format!(
                "Perses cannot show the dashboard `{}`, which is kept as Grafana has it: it is left out",
                k.name
            );
            let help = format!("it is at {}", k.origin);
            self.report(Diagnostic::new(&codes::W0511, emit.kind.span, message).here("asked for here").help(help));
        }
    }

    fn thanos(&mut self, emit: &Emit) -> Thanos {
        let partial = self.texts(emit.setting("partial")).pop();
        if let Some(given) = partial.as_ref().filter(|p| !matches!(p.node.as_str(), "warn" | "abort")) {
            let message = format!("`{}` is no answer to a store that is missing", given.node);
            let help = "`warn` goes on with what there is, `abort` evaluates nothing; `abort` when not given";
            self.report(Diagnostic::new(&codes::E0512, given.span, message).here("not known").help(help));
        }
        let replica: Vec<String> = self.texts(emit.setting("replica")).into_iter().map(|r| r.node).collect();
        Thanos {
            partial: partial.is_some_and(|p| p.node == "warn"),
            replica: if replica.is_empty() { vec![REPLICA.into()] } else { replica },
        }
    }

    /// The texts or words of a setting.
    fn texts(&mut self, setting: Option<&Setting>) -> Vec<Spanned<String>> {
        setting.iter().flat_map(|s| &s.values).filter_map(|v: &Value| self.open_text(v)).collect()
    }

    /// A whole number in a range.
    fn whole(&mut self, setting: Option<&Setting>, range: (usize, usize), what: &str) -> Option<usize> {
        let given = self.texts(setting).pop()?;
        let number = given.node.parse::<i128>().unwrap_or(-1);
        self.within(Spanned::new(number, given.span), range, what).then_some(usize::try_from(number).ok()?)
    }

    /// Whether a number is in its range; reported when not.
    fn within(&mut self, given: Spanned<i128>, (low, high): (usize, usize), what: &str) -> bool {
        let fits = usize::try_from(given.node).is_ok_and(|n| (low..=high).contains(&n));
        if !fits {
            let message = format!("this cannot be the number of {what}");
            let help = format!("a whole number from {low} to {high}");
            self.report(Diagnostic::new(&codes::E0512, given.span, message).here("not possible").help(help));
        }
        fits
    }
}

/// Whether OpenSLO can say an objective; else what it cannot say of it.
fn sayable(slo: &Slo) -> Result<(), &'static str> {
    if slo.by.is_empty() { slo.sli.sayable() } else { Err("one objective for each value of a label") }
}

/// The word of RFC 1123 that names a namespace.
fn is_label_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// What a label's value may be, the empty one too.
fn is_label_value(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.is_empty() || text.len() <= 63 && text.chars().all(inner) && text.starts_with(ends) && text.ends_with(ends)
}

/// A label's name: a word, before it perhaps a domain and `/`.
fn is_label_key(text: &str) -> bool {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    let is_domain = |d: &str| d.len() <= 253 && d.split('.').all(is_label_name);
    !name.is_empty() && is_label_value(name) && domain.is_none_or(is_domain)
}

/// What Mimir takes as the name of a tenant.
fn is_tenant(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!-_.*'()".contains(c);
    (1..=150).contains(&text.len()) && text.chars().all(allowed) && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_kubernetes_are_those_it_takes() {
        assert!(["a", "monitoring", "team-7"].into_iter().all(is_label_name));
        assert!(!["", "-a", "a-", "A", "a.b", &"a".repeat(64)].into_iter().any(is_label_name));
        assert!(["release", "app.kubernetes.io/part-of", "Role_1"].into_iter().all(is_label_key));
        assert!(!["", "/a", "a/", "a/b/c", "-a", "Ex.com/a"].into_iter().any(is_label_key));
        assert!(["", "kube-prometheus-stack", "v1.2_3"].into_iter().all(is_label_value));
        assert!(!["a b", "a/b", "-a", "ä"].into_iter().any(is_label_value));
        assert!(is_tenant("team-a") && !is_tenant("..") && !is_tenant("a|b"));
    }
}
