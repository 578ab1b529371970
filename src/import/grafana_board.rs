//! Classic dashboards of Grafana as `dashboard` blocks: variables, rows and panels as far as they go. Each panel stands or
//! falls by itself, and those that have no counterpart are kept as they are.

use super::block::{Block, quoted};
use super::fields::scalar;
use super::grafana_kept::Becomes;
use super::grafana_panel::{heads, items, leads, looks, places, rest, width, word};
use super::report::{Entry, Fate};
use super::{Document, Importer, names, query, settle};
use crate::promql::Dialect;
use crate::rules::yaml::Node;

/// Kinds of panels in Grafana and here.
const KINDS: [(&str, &str); 10] = [
    ("timeseries", "timeseries"),
    ("graph", "timeseries"),
    ("stat", "stat"),
    ("singlestat", "stat"),
    ("gauge", "gauge"),
    ("bargauge", "bars"),
    ("barchart", "barchart"),
    ("table", "table"),
    ("piechart", "pie"),
    ("heatmap", "heatmap"),
];

/// A heading and what stands under it.
#[derive(Default)]
struct Row {
    title: Option<String>,
    panels: Vec<Block>,
}

/// Why a panel does not become a block.
enum Gone {
    /// It has no counterpart.
    Foreign,
    /// It is wrong where it comes from, which is said.
    Wrong,
}

impl Importer<'_> {
    pub(super) fn grafana_board(&mut self, document: &Document) {
        let node = document.node.get("dashboard").unwrap_or(&document.node);
        let title = word(node, "title");
        let uid = names::name(if word(node, "uid").is_empty() { &title } else { node_text(node, "uid") });
        let uid: String = self.specs.free_board(&uid).chars().take(40).collect();
        let mut top = Block::new(format!("dashboard {uid} {}", quoted(&title)));
        top.maybe("about", Some(node_text(node, "description")));
        for line in heads(node) {
            self.head(&mut top, line, node);
        }
        self.variables(node, &mut top);
        let mut fates = Vec::new();
        let rows = self.rows(node, &top, &mut fates);
        let place = self.place(document.node.span);
        let drawn: usize = rows.iter().map(|r| r.panels.len()).sum();
        for row in rows.into_iter().filter(|r| !r.panels.is_empty()) {
            match row.title.filter(|t| !t.is_empty()) {
                None => row.panels.into_iter().for_each(|p| top.block(p)),
                Some(title) => {
                    let mut block = Block::new(format!("row {}", quoted(&title)));
                    row.panels.into_iter().for_each(|p| block.block(p));
                    top.block(block);
                }
            }
        }
        let came_over = drawn > 0 && settle::stands(&top);
        if came_over {
            self.specs.item(uid.clone(), top);
        }
        let kept = self.keep(document.node.span.file, &uid, &title, &fates, came_over);
        let (fate, how) = match (came_over, drawn) {
            (true, _) => (Fate::Improved, format!("{drawn} panels, laid out as sloc does")),
            (false, _) if kept.is_some() => (Fate::Exact, "none of its panels has a counterpart".to_string()),
            _ => (Fate::Missing, "none of its panels could be had".to_string()),
        };
        let note = [Some(how), kept].into_iter().flatten().collect::<Vec<_>>().join("; ");
        self.report.push(Entry::new(fate, format!("dashboard {uid}"), place, note));
    }

    /// The choices above the panels.
    fn variables(&mut self, node: &Node, top: &mut Block) {
        for variable in items(node.get("templating").and_then(|t| t.get("list"))) {
            let (name, kind) = (word(variable, "name"), word(variable, "type"));
            let own = variable.get("query");
            let query = own.and_then(|q| q.text().or_else(|| q.get("query")?.text())).map(|t| t.value.clone());
            let flag = |key: &str, says: &'static str| (word(variable, key) == "true").then_some(says);
            let after: Vec<&str> = [flag("multi", "many"), flag("includeAll", "all")].into_iter().flatten().collect();
            let after = if after.is_empty() { String::new() } else { format!(" {}", after.join(", ")) };
            let matching = Some(word(variable, "regex")).filter(|r| !r.is_empty());
            let matching = matching.map_or(String::new(), |regex| format!(" matching {}", quoted(&regex)));
            let label = Some(word(variable, "label")).filter(|l| !l.is_empty() && *l != name.replace('_', " "));
            let called = label.map_or(name.clone(), |label| format!("{name} {}", quoted(&label)));
            let line = match (kind.as_str(), query) {
                // Where queries go is said by the data source of a program.
                ("datasource", _) => continue,
                ("query", Some(query)) => Some(format!("variable {called} from {}{after}{matching}", query.trim())),
                ("custom", Some(query)) => Some(format!("variable {called} in {query}{after}")),
                ("interval", Some(query)) => Some(format!("variable {called} every {query}")),
                ("textbox" | "constant", Some(query)) => Some(format!("variable {called} text {}", quoted(&query))),
                _ => None,
            };
            match line.filter(|line| holds(top, Some(line), None)) {
                Some(line) => top.line(line),
                None => self.left_out(variable, &format!("variable {name}"), "is of a kind that has no counterpart"),
            }
        }
    }

    /// Adds a statement to a dashboard, or says that it has no counterpart.
    fn head(&mut self, top: &mut Block, line: String, node: &Node) {
        match holds(top, Some(&line), None) {
            true => top.line(line),
            false => self.left_out(node, &format!("`{line}`"), "has no counterpart"),
        }
    }

    /// Adds what a panel says of its values, or says what has no counterpart.
    fn looks(&mut self, top: &Block, block: &mut Block, node: &Node, what: &str) {
        for line in looks(node).into_iter().chain(leads(node)) {
            let mut with = block.clone();
            with.line(line.clone());
            match holds(top, None, Some(&with)) {
                true => *block = with,
                false => self.left_out(node, &format!("{what}: `{line}`"), "has no counterpart"),
            }
        }
    }

    fn left_out(&mut self, node: &Node, what: &str, why: &str) {
        let place = self.place(node.span);
        self.report.push(Entry::new(Fate::Missing, what, place, why));
    }

    /// The panels under their headings: a heading stands before its panels, or holds them. What becomes of each panel is
    /// told in the order of the file.
    fn rows(&mut self, node: &Node, top: &Block, fates: &mut Vec<Becomes>) -> Vec<Row> {
        let mut rows = vec![Row::default()];
        for row in items(node.get("rows")) {
            let panels = self.panels(items(row.get("panels")), top, fates);
            rows.push(Row { title: Some(word(row, "title")), panels });
        }
        for panel in items(node.get("panels")) {
            if word(panel, "type") == "row" {
                let panels = self.panels(items(panel.get("panels")), top, fates);
                rows.push(Row { title: Some(word(panel, "title")), panels });
            } else if let Some(last) = rows.last_mut() {
                last.panels.extend(self.panels(std::slice::from_ref(panel), top, fates));
            }
        }
        rows
    }

    fn panels(&mut self, nodes: &[Node], top: &Block, fates: &mut Vec<Becomes>) -> Vec<Block> {
        let mut blocks = Vec::new();
        for node in nodes {
            let panel = self.panel(node, top);
            fates.push(match &panel {
                Ok(_) => Becomes::Block,
                Err(Gone::Foreign) => Becomes::Kept,
                Err(Gone::Wrong) => Becomes::Nothing,
            });
            blocks.extend(panel);
        }
        blocks
    }

    /// A panel; what has no counterpart is said.
    fn panel(&mut self, node: &Node, top: &Block) -> Result<Block, Gone> {
        let (title, kind) = (word(node, "title"), word(node, "type"));
        let what = format!("panel {}", quoted(&title));
        if kind == "text" {
            return self.text_panel(node, top, &title);
        }
        let Some((_, here)) = KINDS.iter().find(|(theirs, _)| *theirs == kind) else {
            self.left_out(node, &what, &format!("panels of the kind `{kind}` have no counterpart"));
            return Err(Gone::Foreign);
        };
        let shown = if title.is_empty() { "Panel" } else { &title };
        let mut block = Block::new(format!("{here} {}{}", quoted(shown), width(node)));
        block.maybe("about", Some(node_text(node, "description")));
        let mut queries = Vec::new();
        for target in items(node.get("targets")) {
            let Some(expr) = target.get("expr").and_then(|n| scalar(&mut self.reader, n, "expr")) else {
                let query = format!("{what}: query {}", word(target, "refId"));
                self.left_out(target, &query, "only queries in PromQL come over");
                continue;
            };
            let query = query::plain(&mut self.reader, expr, Dialect::Grafana).ok_or(Gone::Wrong)?;
            let legend = places(&word(target, "legendFormat"));
            let legend = if legend.is_empty() || legend == "__auto" { String::new() } else { quoted(&legend) };
            block.line(format!("query {legend} {query}"));
            queries.push(query);
        }
        if queries.is_empty() || !holds(top, None, Some(&block)) {
            self.left_out(node, &what, "its queries or its data source have no counterpart");
            return Err(Gone::Foreign);
        }
        queries.iter().for_each(|q| self.specs.query(q));
        self.looks(top, &mut block, node, &what);
        let others = rest(node);
        if !others.is_empty() {
            self.left_out(node, &what, &format!("what it says by {} has no counterpart", others.join(", ")));
        }
        Ok(block)
    }

    /// Words alone.
    fn text_panel(&mut self, node: &Node, top: &Block, title: &str) -> Result<Block, Gone> {
        let content = node.get("options").map_or_else(|| word(node, "content"), |options| word(options, "content"));
        let mut block =
            Block::new(format!("text {}{}", quoted(if title.is_empty() { "Text" } else { title }), width(node)));
        block.text("markdown", &content);
        if content.is_empty() || !holds(top, None, Some(&block)) {
            self.left_out(node, &format!("panel {}", quoted(title)), "there is no text in it that a spec can hold");
            return Err(Gone::Foreign);
        }
        Ok(block)
    }
}

/// Whether a dashboard stands with this line and this panel in it; without a panel there is none.
fn holds(top: &Block, line: Option<&str>, panel: Option<&Block>) -> bool {
    let mut probe = top.clone();
    line.into_iter().for_each(|line| probe.line(line));
    probe.block(panel.cloned().unwrap_or_else(|| {
        let mut sample = Block::new("stat \"Probe\"");
        sample.line("query vector(1)");
        sample
    }));
    settle::stands(&probe)
}

fn node_text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::text).map_or("", |t| &t.value)
}
