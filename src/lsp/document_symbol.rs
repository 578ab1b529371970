//! What a file declares, as a tree.

use lsp_types::{DocumentSymbolParams, Range, SymbolKind};
use serde::Serialize;

use super::blocks::{self, Block};
use super::position::Lines;
use super::words;
use super::world::World;
use crate::resolve::NameKind;
use crate::source::Span;
use crate::syntax::ast::{Dashboard, Item, Name, Panel, Service};
use crate::syntax::{self, Piece};

/// A symbol of the protocol, without the fields it has given up.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Symbol {
    name: String,
    detail: Option<String>,
    kind: SymbolKind,
    range: Range,
    selection_range: Range,
    children: Vec<Symbol>,
}

pub(super) fn document_symbol(world: &mut World, params: DocumentSymbolParams) -> Option<Vec<Symbol>> {
    let document = world.document(&params.text_document.uri)?;
    let parsed = syntax::parse(document.file, document.text());
    let blocks = blocks::blocks(&parsed.pieces);
    let tree = Tree { lines: document.lines(), pieces: &parsed.pieces, blocks: &blocks };
    Some(parsed.file.items.iter().flat_map(|item| tree.item(item)).collect())
}

struct Tree<'a> {
    lines: Lines<'a>,
    pieces: &'a [Piece],
    blocks: &'a [Block],
}

impl Tree<'_> {
    fn item(&self, item: &Item) -> Vec<Symbol> {
        let one = |kind, name: &Name, detail: Option<&str>| vec![self.symbol(kind, name, detail)];
        match item {
            Item::Project(p) => vec![self.of(SymbolKind::PACKAGE, &p.name.node, Some("project"), p.name.span)],
            Item::Datasource(d) => one(NameKind::Datasource, &d.name, Some(&d.kind.node)),
            Item::Team(t) => one(NameKind::Team, &t.name, t.title.as_ref().map(|t| t.node.as_str())),
            Item::Contact(c) => one(NameKind::Contact, &c.name, Some(&c.kind.node)),
            Item::Folder(f) => one(NameKind::Folder, &f.title, None),
            Item::Policy(p) => one(NameKind::Policy, &p.name, None),
            Item::Environment(e) => one(NameKind::Environment, &e.name, None),
            Item::Dashboard(d) => {
                let detail = d.title.as_ref().or(d.kept.as_ref()).map(|t| t.node.as_str());
                let symbol = self.symbol(NameKind::Dashboard, &d.name, detail);
                vec![Symbol { children: self.panels(d), ..symbol }]
            }
            Item::Metrics(metrics) => {
                metrics.iter().map(|m| self.symbol(NameKind::Metric, &m.name, Some(&m.kind.node))).collect()
            }
            Item::Service(s) => {
                let title = s.title.as_ref().map(|t| t.node.as_str());
                vec![Symbol { children: self.inside(s), ..self.symbol(NameKind::Service, &s.name, title) }]
            }
            Item::Template(t) => {
                let params: Vec<&str> = t.params.iter().map(|p| p.name.node.as_str()).collect();
                let symbol = self.symbol(NameKind::Template, &t.name, Some(&format!("({})", params.join(", "))));
                vec![Symbol { children: self.inside(&t.body), ..symbol }]
            }
            Item::Test(t) => vec![self.of(SymbolKind::EVENT, &t.title.node, Some("test"), t.title.span)],
            Item::Route(_) | Item::Import(_) | Item::MetricsFrom(_) | Item::MetricsOpen(_) => Vec::new(),
        }
    }

    fn inside(&self, service: &Service) -> Vec<Symbol> {
        let slos = service.slos.iter().map(|slo| self.symbol(NameKind::Slo, &slo.name, words::promise(slo).as_deref()));
        let alerts = service.alerts.iter().map(|a| self.symbol(NameKind::Alert, &a.name, None));
        let mut symbols: Vec<Symbol> = slos.chain(alerts).collect();
        symbols.sort_by_key(|s| (s.range.start.line, s.range.start.character));
        symbols
    }

    fn panels(&self, d: &Dashboard) -> Vec<Symbol> {
        let variables = d.variables.iter().map(|v| self.symbol(NameKind::Variable, &v.name, None));
        let panel = |p: &Panel| self.of(SymbolKind::FIELD, &p.title.node, Some(&p.kind.node), p.title.span);
        let rows = d.rows.iter().flat_map(|row| {
            let panels: Vec<Symbol> = row.panels.iter().map(panel).collect();
            match &row.title {
                Some(title) => {
                    vec![Symbol { children: panels, ..self.of(SymbolKind::NAMESPACE, &title.node, None, title.span) }]
                }
                None => panels,
            }
        });
        variables.chain(rows).collect()
    }

    fn symbol(&self, kind: NameKind, name: &Name, detail: Option<&str>) -> Symbol {
        self.of(words::symbol(kind), &name.node, detail, name.span)
    }

    fn of(&self, kind: SymbolKind, name: &str, detail: Option<&str>, span: Span) -> Symbol {
        let whole = blocks::statement(self.pieces, self.blocks, span);
        Symbol {
            // An editor refuses a symbol without a name.
            name: if name.is_empty() { "…".into() } else { name.into() },
            detail: detail.map(str::to_string),
            kind,
            range: self.lines.range(whole.range()),
            selection_range: self.lines.range(span.range()),
            children: Vec::new(),
        }
    }
}
