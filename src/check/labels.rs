//! Labels that authors add: real label names, none that the output needs itself.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::Labels;
use crate::syntax::ast::{LabelSet, Name};

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

    /// The labels of `by`, each once.
    pub(super) fn by(&mut self, by: &[Name]) -> Vec<String> {
        for (index, name) in by.iter().enumerate() {
            self.label_name(name);
            if let Some(first) = by[..index].iter().find(|n| n.node == name.node) {
                let message = format!("`by` names `{}` twice", name.node);
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
