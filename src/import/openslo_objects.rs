//! Objects of OpenSLO that stand by themselves: what is wrong in them is said though no objective names them, and those that
//! nobody names are listed.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::report::{Entry, Fate};
use super::{Document, Importer, openslo, openslo_sli as sli};
use crate::diag::{Diagnostic, codes};
use crate::rules::yaml::{Kind, Node};

/// Keys that name an object of a kind.
const NAMES: [(&str, &str); 6] = [
    ("indicatorRef", "SLI"),
    ("sliRef", "SLI"),
    ("alertPolicyRef", "AlertPolicy"),
    ("conditionRef", "AlertCondition"),
    ("service", "Service"),
    ("serviceRef", "Service"),
];

/// Every object that another one names, by kind and name.
pub(super) fn mentioned(documents: &[Document]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    documents.iter().for_each(|d| mentions(&d.node, &mut found));
    found
}

fn mentions(node: &Node, found: &mut BTreeSet<(String, String)>) {
    match &node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                let kind = NAMES.iter().find(|(name, _)| *name == key.value).map(|(_, kind)| *kind);
                found.extend(kind.zip(value.text()).map(|(kind, name)| (kind.to_string(), name.value.clone())));
                if let (Kind::List(items), "alertPolicies") = (&value.kind, key.value.as_str()) {
                    let names = items.iter().filter_map(Node::text);
                    found.extend(names.map(|name| ("AlertPolicy".to_string(), name.value.clone())));
                }
                mentions(value, found);
            }
        }
        Kind::List(items) => items.iter().for_each(|item| mentions(item, found)),
        _ => {}
    }
}

impl Importer<'_> {
    /// An object that is no SLO.
    pub(super) fn openslo_object(&mut self, document: &Document) {
        let before = self.reader.errors();
        let kind = document.kind.as_str();
        let Some(mut top) = Fields::of(&mut self.reader, &document.node, "an object") else { return };
        top.ignore(&["apiVersion", "kind"]);
        let meta = self.openslo_meta(&mut top);
        let spec = match kind {
            // A service may say nothing of itself.
            "Service" => top.get("spec"),
            _ => top.need_node(&mut self.reader, "spec"),
        };
        top.finish(&mut self.reader);
        let written = || document.node.get("metadata").and_then(|m| m.get("name")).and_then(Node::text);
        let name = meta.name.or_else(written).map_or("without a name", |n| &n.value);
        let read = self.mentioned.contains(&(kind.to_string(), name.to_string()));
        match (kind, spec) {
            ("Service", Some(spec)) => {
                if let Some(mut fields) = Fields::of(&mut self.reader, spec, "the spec of a Service") {
                    fields.ignore(&["description"]);
                    fields.finish(&mut self.reader);
                }
            }
            ("AlertPolicy", Some(spec)) => self.openslo_policy(document, spec, read),
            ("AlertCondition", Some(_)) if !read => {
                let _ = openslo::tier(&mut self.reader, &document.node);
            }
            ("SLI", Some(spec)) if !read => sli::look(&mut self.reader, spec),
            _ => {}
        }
        let fine = self.reader.errors() == before;
        let note = match kind {
            "DataSource" => "data sources are declared in specs by themselves: `datasource`",
            "AlertNotificationTarget" => "who is told is said in specs by themselves: `contact`, `route`",
            _ if !fine => "see the messages",
            _ if !read => "no SLO in these files reads it",
            _ => return,
        };
        let place = self.place(document.node.span);
        self.report.push(Entry::new(Fate::Missing, format!("{kind} {name}"), place, note));
    }

    /// A policy: the conditions are read where an SLO names it, who is told and when else it tells is not for a spec to say.
    fn openslo_policy(&mut self, document: &Document, spec: &Node, read: bool) {
        let Some(mut fields) = Fields::of(&mut self.reader, spec, "the spec of an AlertPolicy") else { return };
        fields.ignore(&["description", "alertWhenBreaching"]);
        let conditions = fields.list(&mut self.reader, "conditions");
        if conditions.is_empty() {
            let message = "an AlertPolicy has at least one condition";
            let diagnostic = Diagnostic::new(&codes::E0712, fields.at("conditions"), message).here("none");
            self.reader.report(diagnostic);
        }
        for condition in conditions.iter().filter(|_| !read) {
            if condition.get("conditionRef").is_none() {
                let _ = openslo::tier(&mut self.reader, condition);
            }
        }
        for target in fields.list(&mut self.reader, "notificationTargets") {
            let named = target.get("targetRef").or_else(|| target.get("spec"));
            let note = match named.and_then(Node::text) {
                Some(name) => format!("`{}` is told by a `contact` and a `route`", name.value),
                None if named.is_some() => "who is told is said by a `contact` and a `route`".to_string(),
                None => {
                    self.reader.wrong(target.span, "this is no notification target", "`targetRef:` names one");
                    continue;
                }
            };
            let what = document.node.get("metadata").and_then(|m| m.get("name")).and_then(Node::text);
            let what = format!("AlertPolicy {}", what.map_or("", |n| &n.value));
            self.report.push(Entry::new(Fate::Missing, what, self.place(target.span), note));
        }
        for (key, note) in [
            ("alertWhenResolved", "Alertmanager and Grafana tell that an alert has ended: `contact`"),
            ("alertWhenNoData", "data that are gone raise a ticket in any case: `no-traffic`"),
        ] {
            if fields.flag(&mut self.reader, key) == Some(true) {
                self.report.push(Entry::new(Fate::Missing, key, self.place(fields.at(key)), note));
            }
        }
        fields.finish(&mut self.reader);
    }
}
