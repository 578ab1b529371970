//! The checks of groups and rules, one after the other.

use super::file::{Group, Rule};
use super::template::{self, Uses};
use super::types::Typed;
use super::yaml::Text;
use super::{Checker, names};
use crate::diag::{Diagnostic, codes};

/// How long a series is looked back for; a group that records less often leaves gaps. Milliseconds.
const LOOKBACK_MS: u64 = 300_000;

impl Checker<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn group<'g>(&mut self, group: &'g Group) -> Vec<Typed<'g>> {
        let interval = group.interval.as_ref().and_then(|text| self.duration("interval", text));
        if let Some(text) = &group.offset {
            self.duration("query_offset", text);
        }
        let records = group.rules.iter().any(|r| r.record.is_some());
        if let (Some(text), Some(ms)) = (&group.interval, interval) {
            self.interval(text, ms, records);
            for (key, hold) in group.rules.iter().flat_map(|r| &r.durations).filter(|(key, _)| key.value == "for") {
                self.short_hold(key, hold, text, ms);
            }
        }
        self.label_names(&group.labels);
        group.rules.iter().filter_map(|rule| self.rule(group, rule)).collect()
    }

    /// Reports an interval of zero, and one so long that recorded series have gaps.
    fn interval(&mut self, text: &Text, ms: u64, records: bool) {
        let (message, help) = match ms {
            0 => (
                "an interval of zero stands for the server's own".to_string(),
                "leave it out, or write how often the group is evaluated",
            ),
            LOOKBACK_MS.. if records && ms > LOOKBACK_MS => (
                format!("series recorded every {} have gaps: a query looks back 5m", text.value),
                "record at least every 5 minutes; a range may still be as long as it has to be",
            ),
            _ => return,
        };
        self.report(Diagnostic::new(&codes::W0607, text.span, message).help(help));
    }

    /// A `for` shorter than the interval lasts until the next evaluation anyway.
    fn short_hold(&mut self, key: &Text, hold: &Text, interval: &Text, every: u64) {
        if names::duration_ms(&hold.value).is_some_and(|ms| 0 < ms && ms < every) {
            let message = format!("`{}` of {} ends before the next evaluation", key.value, hold.value);
            let diagnostic = Diagnostic::new(&codes::W0609, hold.span, message).here("shorter than the interval");
            let diagnostic = diagnostic.label(interval.span, "evaluated this often");
            self.report(diagnostic.help("it lasts until the next evaluation in any case"));
        }
    }

    /// Milliseconds of a duration; reports what is none.
    fn duration(&mut self, key: &str, text: &Text) -> Option<u64> {
        let ms = names::duration_ms(&text.value);
        if ms.is_none() {
            let message = format!("`{key}` is a duration, found `{}`", text.value);
            let help = "such as `30s`, `5m` or `1h30m`: whole numbers with ms, s, m, h, d, w and y, the longest first";
            self.report(Diagnostic::new(&codes::E0608, text.span, message).here("not a duration").help(help));
        }
        ms
    }

    fn rule<'g>(&mut self, group: &'g Group, rule: &'g Rule) -> Option<Typed<'g>> {
        self.identity(rule);
        for (key, text) in &rule.durations {
            self.duration(&key.value, text);
        }
        self.label_names(&rule.labels);
        let uses = match &rule.alert {
            Some(_) => self.alert(rule),
            None => {
                self.record(rule);
                Uses::default()
            }
        };
        let Some(text) = rule.expr.as_ref().filter(|text| !text.value.trim().is_empty()) else {
            let span = rule.expr.as_ref().map_or(rule.span, |t| t.span);
            let message = format!("{} has no query", called(rule));
            self.report(Diagnostic::new(&codes::E0604, span, message).help("`expr:` holds it"));
            return None;
        };
        let (query, found) = self.queries.read(text);
        self.diagnostics.extend(found);
        Some(Typed { group, rule, query: query?, uses })
    }

    /// A rule is a record or an alert, and has a name.
    fn identity(&mut self, rule: &Rule) {
        match (&rule.record, &rule.alert) {
            (Some(record), Some(alert)) => {
                let message = format!("a rule records `{}` or raises `{}`, not both", record.value, alert.value);
                let diagnostic =
                    Diagnostic::new(&codes::E0604, alert.span, message).label(record.span, "recorded here");
                self.report(diagnostic.help("make it two rules"));
            }
            (None, None) => {
                let message = "this rule has neither `record` nor `alert`";
                let help = "`alert: Name` raises an alert, `record: name` records a series";
                self.report(Diagnostic::new(&codes::E0604, rule.span, message).help(help));
            }
            (Some(record), None) => self.metric_name(record),
            (None, Some(_)) => {}
        }
    }

    fn metric_name(&mut self, name: &Text) {
        if names::is_metric(&name.value) {
            return;
        }
        if name.value.is_empty() || name.value.contains(['{', '}']) {
            let message = format!("`{}` is not a name for a recorded series", name.value);
            let help = "a name such as `job:http_requests:rate5m`; labels are given under `labels:`";
            return self.report(Diagnostic::new(&codes::E0605, name.span, message).here("not a name").help(help));
        }
        self.modern(name, "series");
    }

    /// A name that Prometheus takes from version 3 on.
    fn modern(&mut self, name: &Text, what: &str) {
        let message = format!("Prometheus 2 refuses `{}` as the name of a {what}", name.value);
        let help = "letters, digits and `_`, no digit first, are a name to every version";
        self.report(Diagnostic::new(&codes::W0603, name.span, message).here("only for Prometheus 3").help(help));
    }

    fn label_names(&mut self, labels: &[(Text, Text)]) {
        for (name, _) in labels.iter().filter(|(name, _)| !names::is_label(&name.value) || name.value == "__name__") {
            if name.value.is_empty() || name.value == "__name__" {
                let message = format!("`{}` is not a label that a rule may set", name.value);
                self.report(Diagnostic::new(&codes::E0605, name.span, message).here("not a label"));
            } else {
                self.modern(name, "label");
            }
        }
    }

    /// What only alerts have.
    fn record(&mut self, rule: &Rule) {
        let Some(record) = &rule.record else { return };
        let durations = rule.durations.iter().map(|(key, _)| (key.value.as_str(), key.span));
        for (key, span) in durations.chain(rule.annotations_at.map(|span| ("annotations", span))) {
            let message = format!("`{key}` is for alerts, and `{}` is a recorded series", record.value);
            let help = "remove it; Prometheus does not load a file with it";
            self.report(Diagnostic::new(&codes::E0606, span, message).here("not for a record").help(help));
        }
    }

    /// What only alerts have; gives what their texts read.
    fn alert(&mut self, rule: &Rule) -> Uses {
        for (name, _) in rule.annotations.iter().filter(|(name, _)| !names::is_label(&name.value)) {
            if name.value.is_empty() {
                self.report(Diagnostic::new(&codes::E0605, name.span, "an annotation needs a name"));
            } else {
                self.modern(name, "annotation");
            }
        }
        let mut all = Uses::default();
        for (_, text) in &rule.annotations {
            all.labels.extend(template::read(text, &mut self.diagnostics).labels);
        }
        for (name, text) in &rule.labels {
            let uses = template::read(text, &mut self.diagnostics);
            if let Some(span) = uses.value.first() {
                let message = format!("the label `{}` changes with the value, and with it the alert", name.value);
                let help = "every new value resolves the alert and fires another; an annotation may hold it";
                self.report(
                    Diagnostic::new(&codes::W0605, *span, message).here("other at every evaluation").help(help),
                );
            }
            all.labels.extend(uses.labels);
        }
        all
    }
}

/// How a rule is called in messages.
fn called(rule: &Rule) -> String {
    match rule.alert.as_ref().or(rule.record.as_ref()) {
        Some(name) => format!("the rule `{}`", name.value),
        None => "this rule".to_string(),
    }
}
