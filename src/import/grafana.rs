//! Grafana: exported alert rules as `alert` blocks, where one query has one limit.

use super::block::Block;
use super::fields::{Fields, Reader};
use super::grafana_panel::{items, word};
use super::report::{Entry, Fate};
use super::rules::{LEVELS, kebab};
use super::sloth::Pairs;
use super::spec::Part;
use super::{Document, Importer, comments, query, settle};
use crate::promql::Dialect;
use crate::rules::yaml::{Node, Text};
use crate::units::Duration;

/// The data source of Grafana's own expressions.
const EXPRESSION: &str = "__expr__";

/// What an alert of Grafana asks.
#[derive(Default)]
struct Condition {
    query: Option<String>,
    limit: Option<String>,
    /// What is otherwise here.
    notes: Vec<String>,
}

/// A rule that is complete.
struct Found<'n> {
    title: &'n Text,
    condition: Condition,
    hold: Option<Duration>,
    keep: Option<Duration>,
    labels: Pairs,
    annotations: Pairs,
}

/// Fields of a rule that say where it stands in Grafana.
const SILENT: [&str; 4] = ["uid", "orgId", "dashboardUid", "panelId"];

/// What else an export holds, and what here says the same.
const OTHERS: [(&str, &str); 4] = [
    ("contactPoints", "write `contact` blocks"),
    ("policies", "write `route` blocks"),
    ("templates", "texts of notifications stay in Grafana"),
    ("muteTimes", "times without notifications stay in Grafana"),
];

impl Importer<'_> {
    /// An export of alert rules: each group, and each rule by itself.
    pub(super) fn grafana_alerts(&mut self, document: &Document) {
        let Some(mut top) = Fields::of(&mut self.reader, &document.node, "an export of Grafana") else { return };
        top.ignore(&["apiVersion", "deleteRules"]);
        for (key, instead) in OTHERS {
            for node in top.list(&mut self.reader, key) {
                let place = self.place(node.span);
                self.report.push(Entry::new(Fate::Missing, key, place, instead));
            }
        }
        for node in top.list(&mut self.reader, "groups") {
            let Some(mut group) = Fields::of(&mut self.reader, node, "a group of Grafana") else { continue };
            group.ignore(&["orgId"]);
            let interval = group.text(&mut self.reader, "interval").map(|i| i.value.clone());
            let name = group.need(&mut self.reader, "name").map_or("grafana", |n| &n.value);
            let folder = group.text(&mut self.reader, "folder").map(|f| f.value.clone());
            let rules = group.list(&mut self.reader, "rules");
            group.finish(&mut self.reader);
            let service = folder.unwrap_or_else(|| name.to_string());
            let text = self.sources.get(node.span.file).text.clone();
            let comments = comments::above(&text, node.span.start as usize);
            let service = self.specs.service(&service, comments, |here| Block::new(format!("service {here}")));
            rules.iter().for_each(|rule| self.grafana_rule(service, rule));
            if let Some(interval) = interval {
                let note = format!("it was evaluated every {interval}; here `every` of the project says how often");
                self.report.push(Entry::new(Fate::Improved, format!("group {name}"), self.place(node.span), note));
            }
        }
        top.finish(&mut self.reader);
    }

    fn grafana_rule(&mut self, service: usize, node: &Node) {
        let Some(found) = self.grafana_found(node) else {
            let place = self.place(node.span);
            return self.report.push(Entry::new(Fate::Missing, "alert", place, "see the messages"));
        };
        let place = self.place(found.title.span);
        let here = self.specs.free(service, &kebab(&found.title.value));
        let what = format!("alert {}.{here}", self.specs.name_of(service));
        let mut notes = found.condition.notes.clone();
        let block = found.block(&here, &mut notes);
        match block.filter(settle::fits) {
            Some(block) => {
                found.condition.query.iter().for_each(|q| self.specs.query(q));
                self.report.push(Entry::new(Fate::Improved, what, place, notes.join("; ")));
                self.specs.add(service, Part { name: here, comments: Vec::new(), block, policy: false });
            }
            None => {
                let note = "its condition is more than one query with one limit: write it as `alert` by hand";
                self.report.push(Entry::new(Fate::Missing, what, place, note));
            }
        }
    }

    fn grafana_found<'n>(&mut self, node: &'n Node) -> Option<Found<'n>> {
        let reader = &mut self.reader;
        let mut rule = Fields::of(reader, node, "a rule of Grafana")?;
        rule.ignore(&SILENT);
        let title = rule.need(reader, "title");
        let condition = rule.need(reader, "condition");
        let data = rule.list(reader, "data");
        let time = |text: Option<&Text>| text.and_then(|t| Duration::parse(&t.value)).filter(|d| d.millis() > 0);
        let hold = time(rule.text(reader, "for"));
        let keep = time(rule.either(&["keep_firing_for", "keepFiringFor"]).and_then(Node::text));
        let (labels, annotations) = (rule.texts(reader, "labels"), rule.texts(reader, "annotations"));
        let otherwise = otherwise(reader, &mut rule);
        rule.finish(reader);
        let mut condition = grafana_condition(reader, data, &condition?.value)?;
        condition.notes.extend(otherwise);
        Some(Found { title: title?, condition, hold, keep, labels, annotations })
    }
}

/// What a rule says that an `alert` block does in its own way.
fn otherwise(reader: &mut Reader, rule: &mut Fields<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if rule.flag(reader, "isPaused") == Some(true) {
        notes.push("it was paused, and is not any more".into());
    }
    for (key, here) in [("noDataState", "OK"), ("execErrState", "Error")] {
        if let Some(state) = rule.text(reader, key).filter(|s| s.value != here) {
            notes.push(format!("`{key}` was {}, and is {here}", state.value));
        }
    }
    if rule.either(&["notification_settings", "notificationSettings"]).is_some() {
        notes.push("who is told is said by `route`, not by the alert".into());
    }
    if rule.either(&["missing_series_evals_to_resolve", "missingSeriesEvalsToResolve"]).is_some() {
        notes.push("it resolves as soon as its series are gone".into());
    }
    notes
}

impl Found<'_> {
    /// The `alert` block; `None` when the rule has another shape.
    fn block(&self, here: &str, notes: &mut Vec<String>) -> Option<Block> {
        let query = self.condition.query.as_ref()?;
        let limit = self.condition.limit.as_ref()?;
        let mut block = Block::new(format!("alert {here}"));
        block.line(format!("value {query}"));
        let severity = self.labels.iter().find(|(name, _)| name == "severity").map(|(_, value)| value.to_lowercase());
        let level = severity.as_deref().filter(|s| LEVELS.contains(s)).unwrap_or_else(|| {
            notes.push("it has no level of `info`, `warning` and `critical`, and became a warning".into());
            "warning"
        });
        let hold = self.hold.map_or(String::new(), |d| format!(" for {d}"));
        block.line(format!("{level} {limit}{hold}"));
        if let Some(keep) = self.keep {
            block.line(format!("keep {keep}"));
        }
        for (name, text) in &self.annotations {
            match name.as_str() {
                "summary" => block.text("summary", text),
                "description" | "message" => block.text("impact", text),
                "runbook_url" => block.text("runbook", &format!("See {text}")),
                _ if name.starts_with("__") => {}
                _ => notes.push(format!("the annotation `{name}` is left out")),
            }
        }
        let labels: Pairs = self.labels.iter().filter(|(name, _)| name != "severity").cloned().collect();
        block.labels("labels", &labels);
        Some(block)
    }
}

/// Follows the condition of a rule through Grafana's expressions to its query and its limit.
fn grafana_condition(reader: &mut Reader, data: &[Node], condition: &str) -> Option<Condition> {
    let mut found = Condition::default();
    let mut next = condition.to_string();
    // As many steps as there are nodes: a circle ends there.
    for _ in data {
        let Some(node) = data.iter().find(|n| word(n, "refId") == next) else { break };
        let model = node.get("model")?;
        if word(node, "datasourceUid") != EXPRESSION {
            let expr = model.get("expr").and_then(Node::text)?;
            found.query = Some(query::plain(reader, expr, Dialect::Rule)?);
            return Some(found);
        }
        match word(model, "type").as_str() {
            "threshold" => found.limit = limit(model),
            "reduce" if word(model, "reducer") != "last" => {
                found.notes.push(format!("the value is the last one, not the {} of some", word(model, "reducer")));
            }
            "reduce" => {}
            _ => return Some(Condition::default()),
        }
        next = word(model, "expression").trim_start_matches('$').to_string();
    }
    Some(found)
}

/// The limit of a threshold: its first condition.
fn limit(model: &Node) -> Option<String> {
    let first = items(model.get("conditions")).first()?;
    let evaluator = first.get("evaluator")?;
    let numbers: Vec<String> = items(evaluator.get("params"))
        .iter()
        .filter_map(|n| super::fields::number(&n.text()?.value)?.decimal())
        .collect();
    match (word(evaluator, "type").as_str(), &numbers[..]) {
        ("gt", [number, ..]) => Some(format!("above {number}")),
        ("lt", [number, ..]) => Some(format!("below {number}")),
        ("outside_range", [low, high, ..]) => Some(format!("outside {low} and {high}")),
        _ => None,
    }
}
