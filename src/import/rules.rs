//! Rule files of Prometheus and of its operator: alerts that have the shape become `alert` blocks, all else goes into
//! `rules` blocks, and alerts that burn an error budget are offered as an objective.

use super::block::{Block, quoted};
use super::fields::number;
use super::report::{Entry, Fate};
use super::spec::Part;
use super::{Document, Importer, disguise, names, query, settle};
use crate::diag::{Diagnostic, codes};
use crate::promql::{self, BinaryOp, Dialect, Kind};
use crate::rules::yaml::{Node, Text};
use crate::rules::{self, Group, Rule};
use crate::source::Span;
use crate::units::{Duration, Ratio};

/// A rule with its query on one line.
pub(super) struct Read<'r> {
    pub(super) rule: &'r Rule,
    pub(super) name: &'r Text,
    pub(super) expr: String,
}

/// Levels of `alert` blocks.
pub(super) const LEVELS: [&str; 3] = ["info", "warning", "critical"];

/// Annotations that an `alert` block has a place for.
const TEXTS: [&str; 5] = ["summary", "description", "message", "runbook_url", "runbook"];

impl Importer<'_> {
    pub(super) fn rule_file(&mut self, document: &Document) {
        let start = Span::new(document.node.span.file, 0..0);
        let mut found = Vec::new();
        let groups = rules::groups(std::slice::from_ref(&document.node), start, &mut found);
        found.extend(rules::shapes(&self.sources, &groups));
        // A key that nobody knows is told, and the rest of its rule comes over.
        let breaks = |d: &&Diagnostic| d.is_error() && d.code != &codes::E0603;
        let wrong: Vec<Span> = found.iter().filter(breaks).map(|d| d.primary.span).collect();
        found.into_iter().for_each(|d| self.reader.report(d));
        self.resource_labels(&document.node);
        let service = self.rule_service(&document.node);
        for (index, group) in groups.iter().enumerate() {
            let end = groups.get(index + 1).map_or(u32::MAX, |next| next.span.start);
            let name = |g: &Group| g.name.as_ref().map(|n| n.value.clone());
            if groups.iter().take(index).any(|g| name(g) == name(group)) {
                let what = format!("group {}", name(group).unwrap_or_default());
                let place = self.place(group.span);
                self.report.push(Entry::new(Fate::Missing, what, place, "see the messages"));
                continue;
            }
            self.group_keys(group);
            let rules = group.rules.iter().enumerate();
            let read: Vec<Read<'_>> = rules
                .filter_map(|(at, rule)| {
                    let end = group.rules.get(at + 1).map_or(end, |next| next.span.start);
                    let bad = wrong.iter().any(|w| (rule.span.start..end).contains(&w.start));
                    self.read_rule(rule, bad)
                })
                .collect();
            self.rule_group(service, group, &read);
        }
    }

    /// What Kubernetes keeps beside the rules, which says who loads them.
    fn resource_labels(&mut self, node: &Node) {
        let Some(meta) = node.get("metadata") else { return };
        let Some(crate::rules::yaml::Kind::Map(labels)) = meta.get("labels").map(|n| &n.kind) else { return };
        let name = meta.get("name").and_then(Node::text).map_or("", |n| &n.value);
        let labels: Vec<&str> = labels.iter().map(|(label, _)| label.value.as_str()).collect();
        if let Some(at) = meta.get("labels").filter(|_| !labels.is_empty()) {
            let note = format!(
                "its labels {} are said once for all: `emit kubernetes {{ labels \"a=b\" }}`",
                labels.join(", ")
            );
            self.report.push(Entry::new(Fate::Missing, format!("PrometheusRule {name}"), self.place(at.span), note));
        }
    }

    /// What a group says that a spec has no word for.
    fn group_keys(&mut self, group: &Group) {
        for key in &group.others {
            let name = group.name.as_ref().map_or("", |n| &n.value);
            let note = format!("`{}` of a group has no counterpart", key.value);
            self.report.push(Entry::new(Fate::Missing, format!("group {name}"), self.place(key.span), note));
        }
    }

    /// The service of a file: the resource's name, else that of the file.
    fn rule_service(&mut self, node: &Node) -> usize {
        let path = self.sources.get(node.span.file).path.clone();
        let stem = path.rsplit('/').next().unwrap_or(&path).split('.').next().unwrap_or("rules").to_string();
        let resource = node.get("metadata").and_then(|m| m.get("name")).and_then(Node::text);
        let name = resource.map_or(stem, |n| n.value.clone());
        let text = self.sources.get(node.span.file).text.clone();
        let comments = super::comments::above(&text, node.span.start as usize);
        self.specs.fresh(&name, comments, &|here| Block::new(format!("service {here}")))
    }

    /// A rule that can be had; `bad` when something was said of it already.
    fn read_rule<'r>(&mut self, rule: &'r Rule, bad: bool) -> Option<Read<'r>> {
        let name = rule.record.as_ref().or(rule.alert.as_ref()).filter(|_| !bad);
        let expr =
            rule.expr.as_ref().filter(|_| !bad).and_then(|text| query::plain(&mut self.reader, text, Dialect::Rule));
        let (Some(name), Some(expr)) = (name, expr) else {
            let place = self.place(rule.span);
            let name = rule.record.as_ref().or(rule.alert.as_ref());
            let what = format!("rule {}", name.map_or("without a name", |n| &n.value));
            self.report.push(Entry::new(Fate::Missing, what, place, "see the messages"));
            return None;
        };
        let odd = rule.labels.iter().chain(&rule.annotations).find(|(label, _)| !rules::is_label(&label.value));
        if let Some((label, _)) = odd {
            let note = format!("`{}` is no name that a spec can write", label.value.escape_debug());
            self.report.push(Entry::new(Fate::Missing, format!("rule {}", name.value), self.place(label.span), &note));
            return None;
        }
        self.specs.query(&expr);
        if rule.record.is_some() {
            self.specs.recorded(&name.value);
        }
        Some(Read { rule, name, expr })
    }

    fn rule_group(&mut self, service: usize, group: &Group, read: &[Read<'_>]) {
        let name = group.name.as_ref().map_or("rules", |n| &n.value);
        let interval = group.interval.as_ref().and_then(duration);
        let every = interval.map_or(String::new(), |d| format!(" every {d}"));
        let mut carried = Block::new(format!("rules {}{every}", quoted(name)));
        let mut done = Vec::new();
        for (index, one) in read.iter().enumerate() {
            if done.contains(&index) {
                continue;
            }
            let level = |r: &Read<'_>| r.rule.alert.is_some() && r.name.value == one.name.value && !keeps_names(self);
            let together: Vec<usize> = (index..read.len()).filter(|i| read.get(*i).is_some_and(level)).collect();
            let levels: Vec<&Read<'_>> = together.iter().filter_map(|i| read.get(*i)).collect();
            match self.alert_block(service, group, &levels) {
                Some(part) => {
                    done.extend(together);
                    self.specs.add(service, part);
                }
                // Rules of one name stay together.
                None => {
                    let all = if levels.is_empty() { vec![one] } else { levels };
                    for rule in all {
                        let place = self.place(rule.rule.span);
                        self.report.push(Entry::new(Fate::Exact, format!("rule {}", rule.name.value), place, ""));
                        carried.block(carried_rule(rule, group));
                    }
                    done.extend(together);
                }
            }
        }
        let comments = disguise::offers(read, &self.records);
        if !comments.is_empty() {
            let place = self.place(group.span);
            let note = "its alerts burn an error budget; an objective in their place stands above it as a comment";
            self.report.push(Entry::new(Fate::Improved, format!("group {name}"), place, note));
        }
        if !carried.is_empty() {
            self.specs.add(service, Part { name: String::new(), comments, block: carried, policy: false });
        }
    }

    /// An `alert` block for all levels of one alert; `None` when they have another shape.
    fn alert_block(&mut self, service: usize, group: &Group, levels: &[&Read<'_>]) -> Option<Part> {
        let first = levels.first()?;
        let here = self.specs.free(service, &kebab(&first.name.value));
        let mut block = Block::new(format!("alert {here}"));
        let conditions: Vec<(String, Option<String>)> = levels.iter().map(|r| condition(&r.expr)).collect();
        let (value, limit) = conditions.first()?;
        let same = conditions.iter().all(|(v, l)| v == value && l.is_some() == limit.is_some());
        let others = levels.iter().all(|r| texts(r) == texts(first) && labels(r, group) == labels(first, group));
        if !same || !others {
            return None;
        }
        block.line(format!("{} {value}", if limit.is_some() { "value" } else { "when" }));
        for (level, (_, limit)) in levels.iter().zip(&conditions) {
            let severity = label(level, group, "severity").filter(|s| LEVELS.contains(&s.as_str()))?;
            let hold = time(level.rule, "for").map_or(String::new(), |d| format!(" for {d}"));
            let limit = limit.as_ref().map_or(String::new(), |l| format!(" {l}"));
            block.line(format!("{severity}{limit}{hold}"));
        }
        if let Some(keep) = time(first.rule, "keep_firing_for") {
            block.line(format!("keep {keep}"));
        }
        for (name, text) in texts(first) {
            match name.as_str() {
                "summary" => block.text("summary", &text),
                "description" | "message" => block.text("impact", &text),
                _ => block.text("runbook", &format!("See {text}")),
            }
        }
        block.labels("labels", &labels(first, group));
        let known = first.rule.annotations.iter().all(|(name, _)| TEXTS.contains(&name.value.as_str()));
        if !known || !settle::fits(&block) {
            return None;
        }
        let place = self.place(first.rule.span);
        let what = format!("alert {}.{here}", self.specs.name_of(service));
        let note =
            format!("`{}` by another name: routes and silences that match it need the new one", first.name.value);
        self.report.push(Entry::new(Fate::Improved, what, place, note));
        let text = &self.sources.get(first.rule.span.file).text;
        let comments = super::comments::above(text, first.rule.span.start as usize);
        Some(Part { name: here, comments, block, policy: false })
    }
}

/// Whether all rules stay as they are.
fn keeps_names(importer: &Importer<'_>) -> bool {
    !importer.options.rename
}

/// A rule as it is.
fn carried_rule(read: &Read<'_>, group: &Group) -> Block {
    let rule = read.rule;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let bare = |name: &str| name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit());
    let name = &read.name.value;
    let head = match &rule.record {
        Some(_) if bare(name) => format!("record {name}"),
        Some(_) => format!("record {}", quoted(name)),
        None => format!("alert {}", quoted(name)),
    };
    let mut block = Block::new(head);
    block.line(format!("expr {}", read.expr));
    for (key, word) in [("for", "for"), ("keep_firing_for", "keep")] {
        if let Some(time) = time(rule, key) {
            block.line(format!("{word} {time}"));
        }
    }
    // In the order of their names, as they are built.
    for (word, mut pairs) in [("labels", all_labels(read, group)), ("annotations", texts(read))] {
        pairs.sort();
        block.labels(word, &pairs);
    }
    block
}

/// Labels of the group and of the rule, whose own win.
fn all_labels(read: &Read<'_>, group: &Group) -> Vec<(String, String)> {
    let pairs = |list: &[(Text, Text)]| -> Vec<(String, String)> {
        list.iter().map(|(n, v)| (n.value.clone(), v.value.clone())).collect()
    };
    let mut all = pairs(&group.labels);
    all.retain(|(name, _)| rules::is_label(name));
    super::labels::merge(&mut all, &pairs(&read.rule.labels));
    all
}

fn label(read: &Read<'_>, group: &Group, name: &str) -> Option<String> {
    all_labels(read, group).into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

/// Labels beside the severity.
fn labels(read: &Read<'_>, group: &Group) -> Vec<(String, String)> {
    all_labels(read, group).into_iter().filter(|(name, _)| name != "severity").collect()
}

fn texts(read: &Read<'_>) -> Vec<(String, String)> {
    read.rule.annotations.iter().map(|(n, v)| (n.value.clone(), v.value.clone())).collect()
}

fn time(rule: &Rule, key: &str) -> Option<Duration> {
    rule.durations.iter().find(|(k, _)| k.value == key).and_then(|(_, text)| duration(text))
}

/// A time that Prometheus reads, years included; none of what is zero.
fn duration(text: &Text) -> Option<Duration> {
    rules::duration_ms(&text.value).map(Duration::from_millis).filter(|d| d.millis() > 0 && *d <= Duration::MAX)
}

/// Everything that the rules of some documents record.
pub(super) fn records(documents: &[Document]) -> Vec<disguise::Recorded> {
    let nodes: Vec<Node> = documents.iter().map(|d| d.node.clone()).collect();
    let groups = rules::groups(&nodes, Span::default(), &mut Vec::new());
    let pairs = |list: &[(Text, Text)]| list.iter().map(|(n, v)| (n.value.clone(), v.value.clone())).collect();
    let recorded = |rule: &Rule| {
        let (name, expr) = (rule.record.as_ref()?, rule.expr.as_ref()?);
        Some(disguise::Recorded { name: name.value.clone(), expr: expr.value.clone(), labels: pairs(&rule.labels) })
    };
    groups.iter().flat_map(|g| &g.rules).filter_map(recorded).collect()
}

/// A value and its limit, where a query is `value > number`; else the query itself.
fn condition(expr: &str) -> (String, Option<String>) {
    let split = || {
        let query = promql::parse(expr, Span::new(Default::default(), 0..expr.len()), Dialect::Rule).0?;
        let Kind::Binary(b) = &query.expr().bare().kind else { return None };
        let (value, limit, swapped) = match (b.lhs.constant(), b.rhs.constant()) {
            (None, Some(_)) => (&b.lhs, &b.rhs, false),
            (Some(_), None) => (&b.rhs, &b.lhs, true),
            _ => return None,
        };
        let side = match (b.op.node, swapped) {
            (BinaryOp::Greater, false) | (BinaryOp::Less, true) => "above",
            (BinaryOp::Less, false) | (BinaryOp::Greater, true) => "below",
            _ => return None,
        };
        let limit = number(&query.compact_part(limit, None)).and_then(Ratio::decimal)?;
        b.bool_modifier.is_none().then(|| (query.compact_part(value, None), Some(format!("{side} {limit}"))))
    };
    split().unwrap_or_else(|| (expr.to_string(), None))
}

/// `HighErrorRate` as `high-error-rate`.
pub(super) fn kebab(name: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(index + 1);
        let starts = c.is_uppercase()
            && before
                .is_some_and(|b| b.is_lowercase() || b.is_ascii_digit() || after.is_some_and(|a| a.is_lowercase()));
        if starts && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    names::name(&out)
}

/// Whether something is a mistake that cannot be allowed.
pub(super) fn is_fatal(d: &Diagnostic) -> bool {
    d.is_error() && !d.code.lint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_alerts_become_names_of_sloc() {
        assert_eq!(kebab("HighErrorRate"), "high-error-rate");
        assert_eq!(kebab("KubeAPIDown"), "kube-api-down");
        assert_eq!(kebab("CPU over 90%"), "cpu-over-90");
    }

    #[test]
    fn a_comparison_is_a_value_with_a_limit() {
        assert_eq!(condition("a / b > 0.5"), ("a / b".into(), Some("above 0.5".into())));
        assert_eq!(condition("1e3 > a"), ("a".into(), Some("below 1000".into())));
        assert_eq!(condition("up == 0"), ("up == 0".into(), None));
        assert_eq!(condition("a > b"), ("a > b".into(), None));
    }
}
