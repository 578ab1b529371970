//! `rules { … }`: groups that are carried as they are. Each query is typed, each template read.

use super::Checker;
use crate::diag::{Diagnostic, codes};
use crate::model::{Carried, CarriedRule};
use crate::promql::Dialect;
use crate::promql::types::Expected;
use crate::rules::{template, yaml::Text};
use crate::source::Span;
use crate::syntax::ast::{LabelSet, Rule, RuleGroup, Service};
use crate::units::Duration;

impl<'a> Checker<'a> {
    /// A group and its rules.
    pub(super) fn carried(&mut self, group: &'a RuleGroup) -> Carried {
        Carried {
            name: group.name.node.clone(),
            interval: group.every.map(|e| e.node),
            rules: group.rules.iter().filter_map(|r| self.carried_rule(r)).collect(),
            of: None,
            shard: None,
            origin: self.origin(group.name.span),
        }
    }

    fn carried_rule(&mut self, rule: &'a Rule) -> Option<CarriedRule> {
        let hold = rule.hold.map_or(Duration::default(), |h| h.node);
        let labels = self.free_labels(&rule.labels);
        let annotations = self.free_labels(&rule.annotations);
        if rule.is_alert {
            rule.labels.iter().chain(&rule.annotations).for_each(|set| self.template(set));
        } else {
            self.only_alerts(rule);
        }
        let Some(expr) = &rule.expr else {
            if !rule.broken {
                let message = format!("the rule `{}` has no query", rule.name.node);
                let diagnostic = Diagnostic::new(&codes::E0604, rule.name.span, message).here("no `expr`");
                self.report(diagnostic.help("`expr up == 0`"));
            }
            return None;
        };
        let query = self.query_in(expr, Dialect::Rule)?;
        let expected = if rule.is_alert { Expected::AlertCondition(hold) } else { Expected::Record(None) };
        self.typed(&query, expected, &[]);
        let keep = rule.keep.map_or(Duration::default(), |k| k.node);
        let (name, expr, is_alert) = (rule.name.node.clone(), query.compact(None), rule.is_alert);
        Some(CarriedRule { is_alert, name, expr, hold, keep, labels, annotations })
    }

    fn template(&mut self, set: &LabelSet) {
        let text = Text::unplaced(set.value.node.clone(), set.value.span);
        template::read(&text, &mut self.diagnostics);
    }

    /// What a recording rule cannot have.
    fn only_alerts(&mut self, rule: &Rule) {
        let times = [(&rule.hold, "for"), (&rule.keep, "keep")];
        let times = times.into_iter().filter_map(|(t, word)| Some((t.as_ref()?.span, word)));
        let texts = rule.annotations.first().map(|a| (a.name.span, "annotations"));
        for (span, word) in times.chain(texts).collect::<Vec<(Span, &str)>>() {
            let message = format!("`{word}` is for alerts, and `{}` is a recorded series", rule.name.node);
            let diagnostic = Diagnostic::new(&codes::E0606, span, message).here("not for a record");
            self.report(diagnostic.help("remove it; Prometheus does not load a file with it"));
        }
    }

    /// Two groups of one service under one name: Prometheus refuses the file.
    pub(super) fn groups_once(&mut self, service: &Service) {
        let mut names = std::collections::BTreeMap::new();
        let parts = [":short", ":long", ":alerts"];
        for group in &service.rules {
            let of = parts.iter().find_map(|part| group.name.node.strip_suffix(part)).unwrap_or_default();
            let rest = of.strip_prefix(&service.name.node);
            // Of what a service does not have no group is made.
            let own = rest.is_some_and(|rest| match rest.strip_prefix('.') {
                Some(slo) => service.slos.iter().any(|s| s.name.node == slo),
                None => rest.is_empty() && !(service.alerts.is_empty() && service.slos.is_empty()),
            });
            if own && service.naming.is_none() {
                let message = format!("`{}` is what a group that is generated is named", group.name.node);
                let diagnostic = Diagnostic::new(&codes::E0607, group.name.span, message).here("taken");
                self.report(diagnostic.help("give it another name"));
            }
            if let Some(first) = names.insert(&group.name.node, group.name.span) {
                let message = format!("two groups are named `{}`", group.name.node);
                let diagnostic = Diagnostic::new(&codes::E0607, group.name.span, message).here("the second");
                self.report(diagnostic.label(first, "the first"));
            }
        }
    }
}
