//! Classic dashboards of Grafana as `dashboard` blocks: variables, rows and panels as far as they go. Each panel stands or
//! falls by itself, and the file is kept beside the specs.

use super::block::{Block, quoted};
use super::fields::scalar;
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

impl Importer<'_> {
    pub(super) fn grafana_board(&mut self, document: &Document) {
        let node = document.node.get("dashboard").unwrap_or(&document.node);
        let title = word(node, "title");
        let uid = names::name(if word(node, "uid").is_empty() { &title } else { node_text(node, "uid") });
        let uid: String = uid.chars().take(40).collect();
        let mut top = Block::new(format!("dashboard {uid} {}", quoted(&title)));
        top.maybe("about", Some(node_text(node, "description")));
        for line in heads(node) {
            self.head(&mut top, line, node);
        }
        self.variables(node, &mut top);
        let rows = self.rows(node, &top);
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
        let file = format!("{uid}.json");
        let text = self.sources.get(document.node.span.file).text.clone();
        let kept = format!("the file is kept as {file}");
        self.specs.beside(file, text);
        if drawn == 0 || !settle::stands(&top) {
            let note = format!("none of its panels could be had; {kept}");
            return self.report.push(Entry::new(Fate::Missing, format!("dashboard {uid}"), place, note));
        }
        let note = format!("{drawn} panels, laid out as sloc does; {kept}");
        self.report.push(Entry::new(Fate::Improved, format!("dashboard {uid}"), place, note));
        self.specs.item(uid, top);
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
            let line = match (kind.as_str(), query) {
                // Where queries go is said by the data source of a program.
                ("datasource", _) => continue,
                ("query", Some(query)) => Some(format!("variable {name} from {query}{after}")),
                ("custom", Some(query)) => Some(format!("variable {name} in {query}{after}")),
                ("interval", Some(query)) => Some(format!("variable {name} every {query}")),
                ("textbox" | "constant", Some(query)) => Some(format!("variable {name} text {}", quoted(&query))),
                _ => None,
            };
            let mut probe = top.clone();
            line.iter().for_each(|l| probe.line(l.clone()));
            match line.filter(|_| settle::stands(&with_panel(probe))) {
                Some(line) => top.line(line),
                None => self.left_out(variable, &format!("variable {name}"), "is of a kind that has no counterpart"),
            }
        }
    }

    /// Adds a statement to a dashboard, or says that it has no counterpart.
    fn head(&mut self, top: &mut Block, line: String, node: &Node) {
        let mut probe = top.clone();
        probe.line(line.clone());
        match settle::stands(&with_panel(probe)) {
            true => top.line(line),
            false => self.left_out(node, &format!("`{line}`"), "has no counterpart"),
        }
    }

    /// Adds what a panel says of its values, or says what has no counterpart.
    fn looks(&mut self, top: &Block, block: &mut Block, node: &Node, what: &str) {
        for line in looks(node).into_iter().chain(leads(node)) {
            let mut with = block.clone();
            with.line(line.clone());
            let mut probe = top.clone();
            probe.block(with.clone());
            match settle::stands(&probe) {
                true => *block = with,
                false => self.left_out(node, &format!("{what}: `{line}`"), "has no counterpart"),
            }
        }
    }

    fn left_out(&mut self, node: &Node, what: &str, why: &str) {
        let place = self.place(node.span);
        self.report.push(Entry::new(Fate::Missing, what, place, why));
    }

    /// The panels under their headings: a heading stands before its panels, or holds them.
    fn rows(&mut self, node: &Node, top: &Block) -> Vec<Row> {
        let mut rows = vec![Row::default()];
        for row in items(node.get("rows")) {
            let panels = items(row.get("panels")).iter().filter_map(|p| self.panel(p, top)).collect();
            rows.push(Row { title: Some(word(row, "title")), panels });
        }
        for panel in items(node.get("panels")) {
            if word(panel, "type") == "row" {
                let panels = items(panel.get("panels")).iter().filter_map(|p| self.panel(p, top)).collect();
                rows.push(Row { title: Some(word(panel, "title")), panels });
            } else if let Some(block) = self.panel(panel, top)
                && let Some(last) = rows.last_mut()
            {
                last.panels.push(block);
            }
        }
        rows
    }

    /// A panel; `None` when it has no counterpart, which is said.
    fn panel(&mut self, node: &Node, top: &Block) -> Option<Block> {
        let (title, kind) = (word(node, "title"), word(node, "type"));
        let what = format!("panel {}", quoted(&title));
        if kind == "text" {
            return self.text_panel(node, top, &title);
        }
        let Some((_, here)) = KINDS.iter().find(|(theirs, _)| *theirs == kind) else {
            self.left_out(node, &what, &format!("panels of the kind `{kind}` have no counterpart"));
            return None;
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
            let query = query::plain(&mut self.reader, expr, Dialect::Grafana)?;
            let legend = places(&word(target, "legendFormat"));
            let legend = if legend.is_empty() || legend == "__auto" { String::new() } else { quoted(&legend) };
            block.line(format!("query {legend} {query}"));
            queries.push(query);
        }
        let mut probe = top.clone();
        probe.block(block.clone());
        if queries.is_empty() || !settle::stands(&probe) {
            self.left_out(node, &what, "its queries or its data source have no counterpart");
            return None;
        }
        queries.iter().for_each(|q| self.specs.query(q));
        self.looks(top, &mut block, node, &what);
        let others = rest(node);
        if !others.is_empty() {
            self.left_out(node, &what, &format!("what it says by {} has no counterpart", others.join(", ")));
        }
        Some(block)
    }

    /// Words alone.
    fn text_panel(&mut self, node: &Node, top: &Block, title: &str) -> Option<Block> {
        let content = node.get("options").map_or_else(|| word(node, "content"), |options| word(options, "content"));
        let mut block =
            Block::new(format!("text {}{}", quoted(if title.is_empty() { "Text" } else { title }), width(node)));
        block.text("markdown", &content);
        let mut probe = top.clone();
        probe.block(block.clone());
        let stands = !content.is_empty() && settle::stands(&probe);
        if !stands {
            self.left_out(node, &format!("panel {}", quoted(title)), "there is no text in it that a spec can hold");
        }
        stands.then_some(block)
    }
}

/// The dashboard with a panel, without which there is none.
fn with_panel(mut board: Block) -> Block {
    let mut panel = Block::new("stat \"Probe\"");
    panel.line("query vector(1)");
    board.block(panel);
    board
}

fn node_text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::text).map_or("", |t| &t.value)
}
