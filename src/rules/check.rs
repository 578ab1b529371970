//! What is wrong with the rules of some files: their queries, the labels their texts read, and rules that are there twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Unit};
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::promql::types::{Checker, Expected, Facts, Patterns, Presence, Type};
use crate::promql::{self, Dialect, Query};
use crate::source::{FileId, Span};
use crate::units::Duration;

use super::file::{Group, Rule};
use super::template::{self, Read};
use super::text::Text;

/// A rule file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its id among the sources.
    pub file: FileId,
}

/// Checks rule files together: what one records, the others read.
pub fn check(sources: &[Source<'_>], catalog: &Catalog, facts: Facts) -> Vec<Diagnostic> {
    let mut run = Run { facts, patterns: Arc::default(), out: Vec::new(), seen: BTreeMap::new() };
    let mut files = Vec::new();
    for source in sources {
        let (groups, diagnostics) = super::file::read(source.text, source.file);
        run.out.extend(diagnostics);
        files.push((source, groups));
    }
    let mut checker = Checker::new(catalog).with(facts).sharing(&run.patterns);
    let rules = files.iter().flat_map(|(s, groups)| groups.iter().map(move |g| (*s, g)));
    let recorded: Vec<_> = rules.clone().flat_map(|(s, g)| g.rules.iter().map(move |r| (s, g, r))).collect();
    for (source, group, rule) in recorded.iter().filter(|(_, _, r)| !r.alert) {
        run.recording(&mut checker, source, group, rule);
    }
    for (source, group, rule) in recorded.iter().filter(|(_, _, r)| r.alert) {
        run.alert(&checker, source, group, rule);
    }
    for (_, group) in rules {
        run.group(group);
    }
    crate::diag::in_order(&mut run.out);
    run.out
}

/// A rule's kind, name, labels and query: what makes it the same as another.
type Identity = (bool, String, Vec<(String, String)>, String);

struct Run {
    facts: Facts,
    patterns: Arc<Patterns>,
    out: Vec<Diagnostic>,
    seen: BTreeMap<Identity, Span>,
}

impl Run {
    fn query(&mut self, source: &Source<'_>, rule: &Rule) -> Option<Query> {
        let (query, found) = promql::parse(&rule.query.value, rule.query.unplaced(), Dialect::Rule);
        self.placed(source, &rule.query, found);
        let query = query?;
        self.twice(rule, &query);
        Some(query)
    }

    fn placed(&mut self, source: &Source<'_>, text: &Text, found: Vec<Diagnostic>) {
        self.out.extend(found.into_iter().map(|d| text.placed(d, source.text)));
    }

    fn recording(&mut self, checker: &mut Checker<'_>, source: &Source<'_>, _: &Group, rule: &Rule) {
        self.metric_name(rule);
        let Some(query) = self.query(source, rule) else { return };
        let (mut result, found) = checker.check(&query, Expected::Record(Unit::of_name(&rule.name.value)));
        self.placed(source, &rule.query, found);
        result.located(|span| rule.query.located(span));
        for (label, value) in &rule.labels {
            result.labelled(&label.value, &value.value, label.span);
        }
        checker.record(&rule.name.value, result);
    }

    /// A metric's name has letters, digits, `_` and `:`.
    fn metric_name(&mut self, rule: &Rule) {
        let name = &rule.name.value;
        let fine = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !fine || name.is_empty() {
            let message = format!("`{name}` is not the name of a metric");
            self.out.push(Diagnostic::new(&codes::E0386, rule.name.span, message));
        }
    }

    fn alert(&mut self, checker: &Checker<'_>, source: &Source<'_>, group: &Group, rule: &Rule) {
        let Some(query) = self.query(source, rule) else { return };
        let hold = rule.hold.map_or(Duration::default(), |h| h.node);
        let (result, found) = checker.check(&query, Expected::AlertCondition(hold));
        self.placed(source, &rule.query, found);
        for (_, text) in &rule.annotations {
            self.template(rule, text, &result, false);
        }
        for (_, text) in &rule.labels {
            self.template(rule, text, &result, true);
        }
        self.short_hold(group, rule);
    }

    /// What a template reads must be there, and must not make a new alert of every value.
    fn template(&mut self, rule: &Rule, text: &Text, result: &Type, label: bool) {
        for read in template::reads(&text.value) {
            match read {
                Read::Label(name, at) => self.template_label(rule, text.place(at.start, at.end), &name, result),
                Read::Value(at) if label => {
                    let place = text.place(at.start, at.end);
                    let message =
                        "a label with the value in it makes another alert of every value, so none of them lasts";
                    let diagnostic = Diagnostic::new(&codes::E0383, place, message).here("changes at every evaluation");
                    self.out.push(diagnostic.help("an annotation may change; a label tells one alert from another"));
                }
                Read::Value(_) => {}
                Read::Unclosed(at) => {
                    let message = "this template is not closed: `}}` is missing";
                    self.out.push(Diagnostic::new(&codes::E0386, text.place(at.start, at.end), message));
                }
            }
        }
    }

    fn template_label(&mut self, rule: &Rule, place: Span, name: &str, result: &Type) {
        let lookup = result.label(name);
        let (Presence::Not, Some(why)) = (lookup.presence, lookup.why) else { return };
        let message = format!("`{name}` is no label of the alert's series, so nothing stands here");
        let near = did_you_mean(name, result.row.names());
        let names: Vec<&str> = result.row.names().collect();
        let known = match names.is_empty() {
            true => "the series have no labels".to_string(),
            false => format!("the series have {}", crate::diag::one_of(names).replace(" or ", " and ")),
        };
        let diagnostic = Diagnostic::new(&codes::E0382, place, message).here("empty");
        let diagnostic = diagnostic.label(rule.query.located(why.span), why.text).help(near.unwrap_or(known));
        self.out.push(diagnostic);
    }

    /// A `for` shorter than the interval lasts until the next evaluation anyway.
    fn short_hold(&mut self, group: &Group, rule: &Rule) {
        let (Some(hold), Some(every)) = (rule.hold, group.every.map(|e| e.node).or(self.facts.every)) else { return };
        if hold.node > Duration::default() && hold.node < every {
            let message = format!("`for` of {} ends before the next evaluation, {every} later", hold.node);
            let diagnostic = Diagnostic::new(&codes::W0384, hold.span, message).here("shorter than the interval");
            self.out.push(diagnostic.help("it lasts until the next evaluation in any case"));
        }
    }

    fn group(&mut self, group: &Group) {
        if let Some(every) = group.every.filter(|e| e.node == Duration::default()) {
            let message = "an interval of zero is the server's own interval, which is then written nowhere";
            self.out.push(
                Diagnostic::new(&codes::W0385, every.span, message)
                    .here("no interval")
                    .help("leave it out, or write one"),
            );
        }
        let lookback = Duration::from_mins(5);
        if let Some(every) = group.every.filter(|e| e.node > lookback) {
            let message =
                format!("an interval of {} leaves gaps: a sample is looked back at for {lookback}", every.node);
            self.out.push(Diagnostic::new(&codes::W0385, every.span, message).here("longer than 5m"));
        }
    }

    /// The same rule twice: one of them is without use, and of two that differ somewhere only one was changed.
    fn twice(&mut self, rule: &Rule, query: &Query) {
        let mut labels: Vec<(String, String)> =
            rule.labels.iter().map(|(k, v)| (k.value.clone(), v.value.clone())).collect();
        labels.sort();
        let identity = (rule.alert, rule.name.value.clone(), labels, query.compact(None));
        if let Some(first) = self.seen.get(&identity) {
            let message =
                format!("the rule `{}` is there twice, with the same labels and the same query", rule.name.value);
            self.out
                .push(Diagnostic::new(&codes::W0386, rule.name.span, message).here("again").label(*first, "the first"));
        } else {
            self.seen.insert(identity, rule.name.span);
        }
    }
}
