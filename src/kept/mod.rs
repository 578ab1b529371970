//! Grafana's dashboards that are kept as they are: classic JSON, read with a place for every query in it.

pub mod json;
mod sources;
mod texts;

use std::ops::Range;

use crate::diag::{Diagnostic, codes};
use crate::source::{FileId, SourceFile, Span, Spanned};
use crate::syntax::ast::{Ask, Choice, Language, Variable};
use json::{Kind, Value};
use sources::Sources;
use texts::Texts;

/// A dashboard as its file has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Board {
    /// The file.
    pub file: FileId,
    /// All of it: the bytes of its object.
    pub span: Span,
    /// Its uid, where the file has one.
    pub uid: Option<Spanned<String>>,
    /// Its title.
    pub title: Spanned<String>,
    /// What must be filled in before Grafana can load it.
    pub inputs: Vec<Input>,
    /// What can be chosen above the panels.
    pub variables: Vec<Variable>,
    /// The queries of events that are drawn into every chart.
    pub marks: Vec<Ask>,
    /// Its panels, also those inside of rows.
    pub panels: Vec<Panel>,
    /// Where it names a data source by its uid, with the quotes.
    pub sources: Vec<Spanned<String>>,
}

/// Something that a dashboard was exported without.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// `DS_PROMETHEUS`: stands as `${DS_PROMETHEUS}` wherever the value goes.
    pub name: Spanned<String>,
    /// The type that Grafana knows the data source by; or the value of a constant.
    pub is: Filling,
}

/// What goes into an [`Input`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Filling {
    /// A data source of this type.
    Source(String),
    /// This text.
    Constant(String),
}

/// A panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// Its number in the dashboard.
    pub id: Option<u32>,
    /// Its title.
    pub title: String,
    /// Its bytes.
    pub span: Span,
    /// The variables for whose values it is repeated.
    pub repeat: Vec<String>,
    /// What it asks.
    pub asks: Vec<Asked>,
}

/// A query of a panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// The query.
    pub ask: Ask,
    /// What its series are called, where it says so.
    pub legend: Option<Spanned<String>>,
    /// Whether only its latest value is asked for.
    pub latest: bool,
}

/// What was read of a file.
#[derive(Clone, Debug)]
pub struct Read {
    /// The dashboard; `None` when the file is none.
    pub board: Option<Board>,
    /// The texts in it, which its queries stand in.
    pub texts: SourceFile,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a dashboard, loaded to `file` from `path`. Its texts will be the file `own`.
pub fn read(text: &str, path: &str, file: FileId, own: FileId) -> Read {
    let texts = Texts::new(text, own);
    let root = match json::read(text, file) {
        Ok(root) => root,
        Err(wrong) => {
            let message = format!("this is not JSON: {}", wrong.message);
            let found = Diagnostic::new(&codes::E0611, wrong.span, message).here("reading ends here");
            return Read { board: None, texts: texts.finish(path.into()), diagnostics: vec![found] };
        }
    };
    // The API gives a dashboard with what it knows of it.
    let node = root.get("dashboard").filter(|n| matches!(n.kind, Kind::Map(_))).unwrap_or(&root);
    let mut reader = Reader { text, texts, sources: Sources::of(node), diagnostics: Vec::new() };
    let board = reader.board(node);
    Read { board, texts: reader.texts.finish(path.into()), diagnostics: reader.diagnostics }
}

/// Whether Grafana takes this as a uid.
pub fn is_uid(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=40).contains(&text.len()) && text.chars().all(allowed)
}

impl Board {
    /// Bytes of a span of the file, counted from where the dashboard begins.
    pub fn inside(&self, span: Span) -> Range<usize> {
        let from = |at: u32| at.saturating_sub(self.span.start) as usize;
        from(span.start)..from(span.end)
    }
}

struct Reader<'a> {
    text: &'a str,
    texts: Texts<'a>,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn board(&mut self, node: &Value) -> Option<Board> {
        if !self.is_board(node) {
            return None;
        }
        let (title, uid) = (node.get("title")?, node.get("uid").filter(|n| n.text().is_some_and(|t| !t.is_empty())));
        if let Some((uid, text)) = uid.and_then(|n| Some((n, n.text()?))).filter(|(_, text)| !is_uid(text)) {
            let message = format!("`{text}` cannot be the uid of a dashboard");
            let help = "Grafana takes at most 40 letters, digits, `-` and `_`";
            self.wrong(uid, message, "not a uid", help);
        }
        let mut panels = Vec::new();
        for panel in node.items("panels") {
            self.panel(panel, &[], &mut panels);
        }
        for row in node.items("rows") {
            let repeat = repeated(row);
            row.items("panels").iter().for_each(|p| self.panel(p, &repeat, &mut panels));
        }
        let list = |key: &str| node.get(key).map_or(&[][..], |n| n.items("list"));
        Some(Board {
            file: node.span.file,
            span: node.span,
            uid: uid.and_then(spanned),
            title: spanned(title)?,
            inputs: node.items("__inputs").iter().filter_map(input).collect(),
            variables: list("templating").iter().filter_map(|v| self.variable(v)).collect(),
            marks: list("annotations").iter().filter_map(|a| self.mark(a)).collect(),
            panels,
            sources: sources::named(node),
        })
    }

    /// Whether this is a classic dashboard; says why not.
    fn is_board(&mut self, node: &Value) -> bool {
        let help = "a classic dashboard is an object with a `title` and `panels`: in Grafana, Export as JSON, classic";
        if !matches!(node.kind, Kind::Map(_)) {
            return self.wrong(node, format!("a dashboard is an object, found {}", node.describe()), "not one", help);
        }
        let spec = node.get("spec").unwrap_or(node);
        if spec.get("elements").is_some() && spec.get("panels").is_none() {
            let message = "this dashboard is of Grafana's new schema, which is not read";
            return self.wrong(node, message.into(), "not a classic one", help);
        }
        if node.get("title").and_then(Value::text).is_none_or(|t| t.trim().is_empty()) {
            let place = node.get("title").unwrap_or(node);
            return self.wrong(place, "this is no dashboard: it has no title".into(), "no `title`", help);
        }
        let lists = ["panels", "rows"].map(|key| node.get(key));
        match lists.iter().flatten().find(|n| !matches!(n.kind, Kind::List(_))) {
            Some(other) => {
                let message = format!("the panels of a dashboard are a list, found {}", other.describe());
                self.wrong(other, message, "not a list", help)
            }
            None if lists == [None, None] => {
                self.wrong(node, "this is no dashboard: it has no panels".into(), "no `panels`", help)
            }
            None => true,
        }
    }

    /// Reports what is no dashboard, at the first line of it.
    fn wrong(&mut self, at: &Value, message: String, here: &str, help: &str) -> bool {
        let line = self.text.get(at.span.range()).and_then(|t| t.lines().next()).unwrap_or("").trim_end();
        let span = at.span.inside(0..line.len());
        self.diagnostics.push(Diagnostic::new(&codes::E0612, span, message).here(here).help(help));
        false
    }

    /// A panel, or those of a row.
    fn panel(&mut self, node: &Value, around: &[String], panels: &mut Vec<Panel>) {
        let repeat: Vec<String> = around.iter().cloned().chain(repeated(node)).collect();
        node.items("panels").iter().for_each(|p| self.panel(p, &repeat, panels));
        if node.word("type") == "row" || !matches!(node.kind, Kind::Map(_)) {
            return;
        }
        let id = match node.get("id").map(|n| &n.kind) {
            Some(Kind::Word(word)) => word.parse().ok(),
            _ => None,
        };
        let asks = node.items("targets").iter().filter_map(|t| self.target(t, node)).collect();
        panels.push(Panel { id, title: node.word("title").into(), span: node.span, repeat, asks });
    }

    fn target(&mut self, node: &Value, panel: &Value) -> Option<Asked> {
        let language = self.sources.language(&[node.get("datasource"), panel.get("datasource")], node)?;
        let ask = self.ask(node.get(sources::key(language))?, language)?;
        let legend = node.get("legendFormat").and_then(|l| self.texts.take(l));
        let latest = node.flag("instant").is_some() && node.flag("range").is_none();
        Some(Asked { ask, legend, latest })
    }

    fn ask(&mut self, node: &Value, language: Language) -> Option<Ask> {
        let text = self.texts.take(node).filter(|t| !t.node.is_empty())?;
        let (name, from) = (None, None);
        Some(Ask { keyword: node.span, language, name, from, span: text.span, text: vec![text.node] })
    }

    /// Events: asked for in the entry itself, or in its `target`.
    fn mark(&mut self, node: &Value) -> Option<Ask> {
        let asked = node.get("expr").map(|_| node).or(node.get("target"))?;
        let language = self.sources.language(&[asked.get("datasource"), node.get("datasource")], asked)?;
        self.ask(asked.get(sources::key(language))?, language)
    }

    fn variable(&mut self, node: &Value) -> Option<Variable> {
        let name = spanned(node.get("name")?)?;
        let query = node.get("query");
        let choice = match node.word("type") {
            "datasource" => Choice::Datasource(spanned(query?)?),
            "query" => {
                let asked = query.filter(|q| q.text().is_none()).and_then(|q| q.get("query")).or(query)?;
                let language =
                    self.sources.language(&[node.get("datasource")], node).filter(|_| asked.text().is_some());
                language.and_then(|l| self.ask(asked, l)).map_or(Choice::Text(None), Choice::From)
            }
            _ => Choice::Text(None),
        };
        let (label, default, matching) = (None, None, None);
        Some(Variable {
            name,
            label,
            choice,
            many: node.flag("multi"),
            all: node.flag("includeAll"),
            default,
            matching,
        })
    }
}

/// A text at its place in the file, with the quotes.
fn spanned(node: &Value) -> Option<Spanned<String>> {
    node.text().map(|text| Spanned::new(text.to_string(), node.span))
}

fn repeated(node: &Value) -> Vec<String> {
    Some(node.word("repeat").to_string()).filter(|name| !name.is_empty()).into_iter().collect()
}

fn input(node: &Value) -> Option<Input> {
    let name = spanned(node.get("name")?)?;
    let is = match node.word("type") {
        "datasource" => Filling::Source(node.word("pluginId").to_string()),
        _ => Filling::Constant(node.word("value").to_string()),
    };
    Some(Input { name, is })
}
