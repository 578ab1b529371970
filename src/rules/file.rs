//! Rule files as data: groups and rules of Prometheus's own files and of the operator's PrometheusRules.

use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::source::{FileId, Span, Spanned};
use crate::units::Duration;

use super::text::Text;
use super::yaml::{self, Node};

/// A group of rules, which are evaluated in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Its name.
    pub name: Text,
    /// How often it is evaluated; `None` for the server's own interval.
    pub every: Option<Spanned<Duration>>,
    /// Its rules in their order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Whether it alerts rather than records.
    pub alert: bool,
    /// The alert's name, or the metric it records.
    pub name: Text,
    /// Its query.
    pub query: Text,
    /// How long it must hold.
    pub hold: Option<Spanned<Duration>>,
    /// Its own labels.
    pub labels: Vec<(Text, Text)>,
    /// What people are told.
    pub annotations: Vec<(Text, Text)>,
}

/// What may stand in a rule, and what is said of anything else.
const RULE_KEYS: [&str; 7] = ["alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// What may stand in a group.
const GROUP_KEYS: [&str; 7] =
    ["name", "interval", "limit", "query_offset", "labels", "rules", "partial_response_strategy"];

/// Reads a rule file. Everything that cannot be read is reported, and the rest is there.
pub fn read(text: &str, file: FileId) -> (Vec<Group>, Vec<Diagnostic>) {
    let mut reader = Reader { diagnostics: Vec::new() };
    let Some(document) = reader.document(text, file) else { return (Vec::new(), reader.diagnostics) };
    let groups = reader.groups(&document);
    (groups, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
}

type Entries = [(Text, Node)];

impl Reader {
    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(&codes::E0386, span, message));
    }

    /// The document, when serde_yaml reads the same.
    fn document(&mut self, text: &str, file: FileId) -> Option<Node> {
        let first = serde_yaml::Deserializer::from_str(text).next();
        let theirs = first.map(<serde_yaml::Value as serde::Deserialize>::deserialize);
        let theirs = match theirs {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                let at = error.location().map_or(0, |l| l.index()).min(text.len());
                let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
                self.report(Span::new(file, at..at), format!("this is not YAML: {error}"));
                return None;
            }
            None => return None,
        };
        match yaml::read(text, file) {
            Ok(ours) if same(&ours, &theirs) => Some(ours),
            Ok(ours) => {
                self.report(span_of(&ours), "sloc does not read this YAML: two readers disagree on it");
                None
            }
            Err(unread) => {
                self.report(unread.at, unread.message);
                None
            }
        }
    }

    fn groups(&mut self, document: &Node) -> Vec<Group> {
        let spec = entry(document, "spec").unwrap_or(document);
        match entry(spec, "groups") {
            Some(Node::List(groups, _)) => groups.iter().filter_map(|g| self.group(g)).collect(),
            Some(Node::Empty(_)) => Vec::new(),
            _ => {
                self.report(span_of(spec), "a rule file has `groups`, each with `name` and `rules`");
                Vec::new()
            }
        }
    }

    fn group(&mut self, node: &Node) -> Option<Group> {
        let entries = self.entries(node, "a group")?;
        self.known(entries, &GROUP_KEYS, "group");
        let name = self.scalar(entries, "name").unwrap_or_default();
        let every = self.duration(entries, "interval");
        let rules = match entries.iter().find(|(k, _)| k.value == "rules").map(|(_, n)| n) {
            Some(Node::List(rules, _)) => rules.iter().filter_map(|r| self.rule(r)).collect(),
            Some(Node::Empty(_)) | None => Vec::new(),
            Some(other) => {
                self.report(span_of(other), "`rules` is a list");
                Vec::new()
            }
        };
        Some(Group { name, every, rules })
    }

    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let entries = self.entries(node, "a rule")?;
        self.known(entries, &RULE_KEYS, "rule");
        let (alert, record) = (self.scalar(entries, "alert"), self.scalar(entries, "record"));
        if let (Some(_), Some(second)) = (&alert, &record) {
            self.report(second.span, "a rule either alerts or records");
        }
        let is_alert = alert.is_some();
        let Some(name) = alert.or(record) else {
            self.report(span_of(node), "a rule has a name, after `alert` or `record`");
            return None;
        };
        let Some(query) = self.scalar(entries, "expr") else {
            self.report(name.span, format!("the rule `{}` has no `expr`", name.value));
            return None;
        };
        let hold = self.duration(entries, "for");
        if let Some(hold) = hold.filter(|_| !is_alert) {
            self.report(hold.span, "a recording rule has no `for`");
        }
        let (labels, annotations) = (self.pairs(entries, "labels"), self.pairs(entries, "annotations"));
        Some(Rule { alert: is_alert, name, query, hold, labels, annotations })
    }

    fn entries<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a Entries> {
        match node {
            Node::Map(entries, _) => Some(entries),
            other => {
                self.report(span_of(other), format!("{what} is a list of keys with values"));
                None
            }
        }
    }

    fn known(&mut self, entries: &Entries, keys: &[&str], what: &str) {
        for (key, _) in entries.iter().filter(|(k, _)| !keys.contains(&k.value.as_str())) {
            let message = format!("a {what} has no `{}`", key.value);
            let help = did_you_mean(&key.value, keys.iter().copied());
            self.diagnostics.push(Diagnostic::new(&codes::E0386, key.span, message).maybe_help(help));
        }
    }

    fn scalar(&mut self, entries: &Entries, key: &str) -> Option<Text> {
        match entries.iter().find(|(k, _)| k.value == key)? {
            (_, Node::Scalar(text)) => Some(text.clone()),
            (name, Node::Empty(_)) => {
                self.report(name.span, format!("`{key}` has no value"));
                None
            }
            (name, _) => {
                self.report(name.span, format!("`{key}` is a text"));
                None
            }
        }
    }

    fn duration(&mut self, entries: &Entries, key: &str) -> Option<Spanned<Duration>> {
        let text = entries.iter().any(|(k, _)| k.value == key).then(|| self.scalar(entries, key)).flatten()?;
        let zero = text.value == "0";
        match Duration::parse(&text.value).or(zero.then(Duration::default)) {
            Some(duration) => Some(Spanned::new(duration, text.span)),
            None => {
                self.report(text.span, format!("`{}` is not a duration", text.value));
                None
            }
        }
    }

    fn pairs(&mut self, entries: &Entries, key: &str) -> Vec<(Text, Text)> {
        let Some((_, node)) = entries.iter().find(|(k, _)| k.value == key) else { return Vec::new() };
        let Node::Map(pairs, _) = node else { return Vec::new() };
        let text = |(k, n): &(Text, Node)| match n {
            Node::Scalar(text) => Some((k.clone(), text.clone())),
            _ => None,
        };
        pairs.iter().filter_map(text).collect()
    }
}

/// A value of a map.
fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match node {
        Node::Map(entries, _) => entries.iter().find(|(k, _)| k.value == key).map(|(_, n)| n),
        _ => None,
    }
}

fn span_of(node: &Node) -> Span {
    match node {
        Node::Scalar(text) => text.span,
        Node::Map(_, span) | Node::List(_, span) | Node::Empty(span) => *span,
    }
}

/// Whether both readers read the same. What serde_yaml reads as a number or a truth value is compared by its place only.
fn same(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (ours, theirs) {
        (Node::Scalar(text), Value::String(value)) => text.value == *value,
        (Node::Scalar(_), Value::Number(_) | Value::Bool(_) | Value::Null) | (Node::Empty(_), Value::Null) => true,
        (Node::List(a, _), Value::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y)),
        (Node::Map(a, _), Value::Mapping(b)) => {
            let pair = |((key, x), (name, y)): (&(Text, Node), (&Value, &Value))| {
                name.as_str().is_none_or(|n| n == key.value) && same(x, y)
            };
            a.len() == b.len() && a.iter().zip(b).all(pair)
        }
        _ => false,
    }
}
