//! What a rule file says: groups and rules with the place of every word. Shapes and keys are checked here.

use super::yaml::{Kind, Node, Text};
use crate::diag::{Diagnostic, codes, did_you_mean, one_of};
use crate::source::Span;

/// A group of rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, when it has one.
    pub name: Option<Text>,
    /// How often it is evaluated, as written.
    pub interval: Option<Text>,
    /// By how much it is evaluated late, as written.
    pub offset: Option<Text>,
    /// Labels of all its rules.
    pub labels: Vec<(Text, Text)>,
    /// Its other keys: `limit`, `query_offset`, and those of other rulers.
    pub others: Vec<Text>,
    /// Its rules in their order.
    pub rules: Vec<Rule>,
    /// Which document of its file it stands in, from 0.
    pub document: usize,
    /// Where it begins.
    pub span: Span,
}

/// A recording or an alerting rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The series it records.
    pub record: Option<Text>,
    /// The alert it raises.
    pub alert: Option<Text>,
    /// Its query.
    pub expr: Option<Text>,
    /// The keys `for` and `keep_firing_for` with their values.
    pub durations: Vec<(Text, Text)>,
    /// Labels it adds.
    pub labels: Vec<(Text, Text)>,
    /// Texts of the alert.
    pub annotations: Vec<(Text, Text)>,
    /// Where the word `annotations` stands.
    pub annotations_at: Option<Span>,
    /// Where it begins.
    pub span: Span,
}

/// Who reads a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Host {
    Prometheus,
    /// A Kubernetes resource that the operator turns into files.
    Operator,
}

/// Keys and what they belong to, when Prometheus does not know them.
type Foreign = &'static [(&'static str, &'static str)];

const FILE_KEYS: &[&str] = &["groups"];
const FILE_FOREIGN: Foreign = &[("namespace", "Mimir")];
const GROUP_KEYS: &[&str] = &["name", "interval", "query_offset", "limit", "rules", "labels"];
const GROUP_FOREIGN: Foreign = &[
    ("partial_response_strategy", "Thanos"),
    ("source_tenants", "Mimir"),
    ("evaluation_delay", "Mimir"),
    ("align_evaluation_time_on_interval", "Mimir"),
    ("align_execution_time_on_interval", "Mimir"),
    ("type", "VictoriaMetrics"),
    ("concurrency", "VictoriaMetrics"),
    ("params", "VictoriaMetrics"),
    ("headers", "VictoriaMetrics"),
    ("notifier_headers", "VictoriaMetrics"),
    ("tenant", "VictoriaMetrics"),
    ("eval_offset", "VictoriaMetrics"),
    ("eval_delay", "VictoriaMetrics"),
    ("eval_alignment", "VictoriaMetrics"),
    ("debug", "VictoriaMetrics"),
];
const RULE_KEYS: &[&str] = &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
const RULE_FOREIGN: Foreign = &[("debug", "VictoriaMetrics"), ("update_entries_limit", "VictoriaMetrics")];

/// The groups of a file's documents; what has no sense is reported and left out.
pub(super) fn read(documents: &[Node], file: Span, diagnostics: &mut Vec<Diagnostic>) -> Vec<Group> {
    let mut reader = Reader { diagnostics, groups: Vec::new(), plain: None, others: false, document: 0 };
    documents.iter().for_each(|d| reader.document(d));
    let nothing = reader.groups.is_empty() && reader.plain.is_none() && !reader.others;
    let groups = reader.groups;
    if nothing && documents.iter().all(|d| d.kind == Kind::Null) {
        let message = "there are no rules in this file";
        diagnostics.push(Diagnostic::new(&codes::E0602, file, message).help("a rule file holds `groups:`"));
    }
    groups
}

struct Reader<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
    groups: Vec<Group>,
    /// The first document for Prometheus itself.
    plain: Option<Span>,
    /// Whether there are resources of other kinds, which are nobody's mistake.
    others: bool,
    /// The document being read, from 0; an item of a list is one.
    document: usize,
}

impl Reader<'_> {
    fn document(&mut self, node: &Node) {
        self.document += 1;
        let word = |key: &str| node.get(key).and_then(Node::text).map_or("", |t| t.value.as_str());
        match (&node.kind, word("kind")) {
            (Kind::Null, _) => {}
            (Kind::Map(_), "PrometheusRule") => self.resource(node),
            (Kind::Map(_), kind) if kind.ends_with("List") && node.get("items").is_some() => {
                self.items(node.get("items")).for_each(|item| self.document(item));
                self.others = true;
            }
            (Kind::Map(_), _) if node.get("groups").is_some() => self.plain_file(node),
            (Kind::Map(_), kind) if !kind.is_empty() && node.get("apiVersion").is_some() => self.others = true,
            (Kind::Map(entries), _) => {
                self.others = true;
                let near = entries.iter().find_map(|(key, _)| {
                    did_you_mean(&key.value, FILE_KEYS.iter().copied()).map(|help| (key.span, help))
                });
                let (span, help) = near.map_or((node.span, None), |(span, help)| (span, Some(help)));
                let message = "this is no rule file: it has neither `groups` nor the kind `PrometheusRule`";
                self.diagnostics.push(Diagnostic::new(&codes::E0602, span, message).maybe_help(help));
            }
            _ => {
                self.others = true;
                self.shape(node, "a rule file", "a mapping with `groups`");
            }
        }
    }

    /// Prometheus reads the first document of a file and nothing after it.
    fn plain_file(&mut self, node: &Node) {
        let groups = head(node);
        if let Some(first) = self.plain {
            let message = "Prometheus reads only the first document of a file, so these rules are ignored";
            let diagnostic = Diagnostic::new(&codes::W0601, groups, message).here("never evaluated");
            self.diagnostics.push(
                diagnostic
                    .label(first, "the first document")
                    .help("put the groups under the first `groups:`, or into a file of their own"),
            );
        }
        self.plain = self.plain.or(Some(groups));
        self.keys(node, "a rule file", FILE_KEYS, FILE_FOREIGN);
        self.groups_of(node.get("groups"), Host::Prometheus);
    }

    fn resource(&mut self, node: &Node) {
        self.others = true;
        match node.get("spec") {
            Some(spec) if matches!(spec.kind, Kind::Map(_)) => {
                self.keys(spec, "the `spec` of a PrometheusRule", FILE_KEYS, &[]);
                self.groups_of(spec.get("groups"), Host::Operator);
            }
            Some(other) => self.shape(other, "`spec`", "a mapping with `groups`"),
            None => {
                let message = "a PrometheusRule needs a `spec` with `groups`";
                self.diagnostics.push(Diagnostic::new(&codes::E0602, node.span, message));
            }
        }
    }

    /// Says that something is not what stands here.
    fn shape(&mut self, node: &Node, what: &str, wanted: &str) {
        let is = node.describe();
        let message = format!("{what} is {wanted}, found {is}");
        self.diagnostics.push(Diagnostic::new(&codes::E0602, node.span, message).here(is));
    }

    /// The items of a list; none of what is not one, which is reported.
    fn items<'n>(&mut self, node: Option<&'n Node>) -> impl Iterator<Item = &'n Node> + use<'n> {
        let items = match node.map(|n| &n.kind) {
            Some(Kind::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter()
    }

    fn list<'n>(&mut self, node: Option<&'n Node>, what: &str) -> impl Iterator<Item = &'n Node> + use<'n> {
        if let Some(other) = node.filter(|n| !matches!(n.kind, Kind::List(_) | Kind::Null)) {
            self.shape(other, what, "a list");
        }
        self.items(node)
    }

    fn groups_of(&mut self, node: Option<&Node>, host: Host) {
        for group in self.list(node, "`groups`") {
            if !matches!(group.kind, Kind::Map(_)) {
                self.shape(group, "a group", "a mapping");
                continue;
            }
            let foreign = if host == Host::Operator { GROUP_FOREIGN.get(1..).unwrap_or(&[]) } else { GROUP_FOREIGN };
            let own: Vec<&str> = GROUP_KEYS
                .iter()
                .copied()
                .chain((host == Host::Operator).then_some("partial_response_strategy"))
                .collect();
            self.keys(group, "a group", &own, foreign);
            let rules: Vec<&Node> = self.list(group.get("rules"), "`rules`").collect();
            let group = Group {
                name: self.text(group, "name"),
                interval: self.text(group, "interval"),
                offset: self.text(group, "query_offset"),
                labels: self.texts(group, "labels"),
                others: others(group),
                rules: rules.into_iter().filter_map(|rule| self.rule(rule)).collect(),
                document: self.document,
                span: head(group),
            };
            self.groups.push(group);
        }
    }

    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let Kind::Map(entries) = &node.kind else {
            self.shape(node, "a rule", "a mapping");
            return None;
        };
        self.keys(node, "a rule", RULE_KEYS, RULE_FOREIGN);
        let key = |name: &str| entries.iter().find(|(key, _)| key.value == name).map(|(key, _)| key);
        let is_shaped = |name: &str| node.get(name).is_some_and(|n| matches!(n.kind, Kind::Map(_) | Kind::List(_)));
        let mut duration = |name: &str| Some((key(name)?.clone(), self.text(node, name)?));
        let rule = Rule {
            durations: ["for", "keep_firing_for"].into_iter().filter_map(&mut duration).collect(),
            record: self.text(node, "record"),
            alert: self.text(node, "alert"),
            expr: self.text(node, "expr"),
            labels: self.texts(node, "labels"),
            annotations: self.texts(node, "annotations"),
            annotations_at: key("annotations").map(|key| key.span),
            span: head(node),
        };
        // What has the wrong shape is told; that the rule lacks it then would be a second message.
        (!["record", "alert", "expr"].into_iter().any(is_shaped)).then_some(rule)
    }

    /// The text of a key, if it has one.
    fn text(&mut self, node: &Node, key: &str) -> Option<Text> {
        let value = node.get(key)?;
        match &value.kind {
            Kind::Scalar(text) => Some(text.clone()),
            Kind::Null => None,
            _ => {
                self.shape(value, &format!("`{key}`"), "a text");
                None
            }
        }
    }

    /// Names and texts under a key.
    fn texts(&mut self, node: &Node, key: &str) -> Vec<(Text, Text)> {
        let Some(value) = node.get(key) else { return Vec::new() };
        match &value.kind {
            Kind::Null => Vec::new(),
            Kind::Map(entries) => {
                let named = |(name, node): &(Text, Node)| {
                    let empty = Text::unplaced(String::new(), node.span);
                    let text = match &node.kind {
                        Kind::Null => Some(empty),
                        Kind::Scalar(text) => Some(text.clone()),
                        _ => {
                            self.shape(node, &format!("`{}`", name.value), "a text");
                            None
                        }
                    };
                    text.map(|text| (name.clone(), text))
                };
                entries.iter().filter_map(named).collect()
            }
            _ => {
                self.shape(value, &format!("`{key}`"), "a mapping of names to texts");
                Vec::new()
            }
        }
    }

    /// Reports keys that Prometheus does not know.
    fn keys(&mut self, node: &Node, what: &str, known: &[&str], foreign: Foreign) {
        let Kind::Map(entries) = &node.kind else { return };
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.value.as_str()) && key.value != "<<") {
            if let Some((name, owner)) = foreign.iter().find(|(name, _)| *name == key.value) {
                let message = format!("`{name}` is a key of {owner}; Prometheus refuses a file with it");
                self.diagnostics.push(Diagnostic::new(&codes::W0602, key.span, message));
                continue;
            }
            let message = format!("{what} has no key `{}`", key.value);
            let near = did_you_mean(&key.value, known.iter().copied());
            let help = near
                .unwrap_or_else(|| format!("the keys are {}", one_of(known.iter().copied()).replace(" or ", " and ")));
            self.diagnostics.push(Diagnostic::new(&codes::E0603, key.span, message).here("not known").help(help));
        }
    }
}

/// The keys of a group that say more than a name, an interval, labels and rules, where something is written.
fn others(group: &Node) -> Vec<Text> {
    let Kind::Map(entries) = &group.kind else { return Vec::new() };
    let own = |key: &str| ["name", "interval", "labels", "rules", "<<"].contains(&key);
    let said = entries.iter().filter(|(key, node)| node.kind != Kind::Null && !own(&key.value));
    said.map(|(key, _)| key.clone()).collect()
}

/// The first key of a mapping: where to point when something is missing in it.
fn head(node: &Node) -> Span {
    match &node.kind {
        Kind::Map(entries) => entries.first().map_or(node.span, |(key, _)| key.span),
        _ => node.span,
    }
}
