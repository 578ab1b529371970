//! Labels that authors add: real label names, none that the output needs itself.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::Labels;
use crate::syntax::ast::{LabelSet, Name, Service, Slo};

/// Labels whose meaning is ours or Prometheus's own.
const RESERVED: [&str; 11] = [
    "alertname",
    "alertstate",
    "severity",
    "le",
    "quantile",
    "objective",
    "owner",
    "period",
    "runbook",
    "spec",
    "tier",
];

/// Whether Prometheus 2 takes this as the name of a label.
pub(super) fn is_label(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Checker<'_> {
    /// The labels of a block, each once.
    pub(super) fn labels(&mut self, sets: &[LabelSet]) -> Labels {
        let mut labels = Labels::new();
        for (index, set) in sets.iter().enumerate() {
            self.label_name(&set.name);
            if let Some(first) = sets[..index].iter().find(|s| s.name.node == set.name.node) {
                let message = format!("the label `{}` is given twice", set.name.node);
                self.report(
                    Diagnostic::new(&codes::E0005, set.name.span, message)
                        .here("again here")
                        .label(first.name.span, "first here"),
                );
            }
            if set.value.node.is_empty() {
                let message = format!("the label `{}` is empty", set.name.node);
                let diagnostic = Diagnostic::new(&codes::E0107, set.value.span, message).here("no value");
                self.report(diagnostic.help("to Prometheus an empty label is no label"));
            }
            labels.insert(set.name.node.clone(), set.value.node.clone());
        }
        labels
    }

    /// Reports what cannot be a label's name, or must not be.
    pub(super) fn label_name(&mut self, name: &Name) {
        let text = &name.node;
        let (message, help) = if !is_label(text) {
            (
                format!("`{text}` cannot be the name of a label"),
                "a label's name is a letter or `_`, then letters, digits and `_`",
            )
        } else if RESERVED.contains(&text.as_str())
            || text.starts_with("__")
            || text.starts_with("slo_")
            || text.starts_with("grafana_")
        {
            (
                format!("the label `{text}` is set by sloc, Prometheus or Grafana themselves"),
                "another name keeps both meanings apart",
            )
        } else {
            return;
        };
        self.report(Diagnostic::new(&codes::E0107, name.span, message).here("not possible here").help(help));
    }

    /// Reports a label that is added to the alerts of an objective and overwrites one that tells its series apart: those that
    /// burn at once would be one, and Prometheus then fires none.
    pub(super) fn overwritten(&mut self, slo: &Slo, service: &Service) {
        let routed = [&slo.page, &slo.ticket].into_iter().flatten().flat_map(|r| &r.labels);
        let added: Vec<&Name> = service.labels.iter().chain(routed).map(|set| &set.name).collect();
        for by in &slo.by {
            let Some(label) = added.iter().find(|label| label.node == by.node) else { continue };
            let message = format!(
                "the label `{by}` overwrites that by which series of `{}` are told apart",
                slo.name.node,
                by = by.node
            );
            let diagnostic =
                Diagnostic::new(&codes::E0435, label.span, message).here("set to one value for all alerts");
            let help = "give it another name: alerts that burn at once would have the same labels, and Prometheus would fire none";
            self.report(diagnostic.label(by.span, "told apart by this").help(help));
        }
    }

    /// Labels of a list, such as that of `by`, each once.
    pub(super) fn by(&mut self, by: &[Name]) -> Vec<String> {
        for (index, name) in by.iter().enumerate() {
            self.label_name(name);
            if let Some(first) = by[..index].iter().find(|n| n.node == name.node) {
                let message = format!("the label `{}` is named twice", name.node);
                self.report(
                    Diagnostic::new(&codes::E0005, name.span, message)
                        .here("again here")
                        .label(first.span, "first here"),
                );
            }
        }
        by.iter().map(|n| n.node.clone()).collect()
    }
}
