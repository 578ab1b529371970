//! The columns of a table: the labels of its queries' results, then a column of values per query.

use crate::model::board::{Cell, Column, Content, Scale, Table};
use crate::promql::ValueType;
use crate::promql::types::{Type, Why};
use crate::syntax::ast;

use super::super::Checker;
use super::panels::{self, Asked};
use super::shown::{self, Stated};

impl<'a> Checker<'a> {
    /// The table that a panel of the kind `table` shows.
    pub(super) fn table(&mut self, p: &'a ast::Panel, asked: &[Asked<'a>], stated: &Option<Stated>) -> Table {
        let mut columns = self.labels_of(p, asked);
        let closed = asked.iter().all(|a| a.found.as_ref().is_some_and(|f| f.row.is_closed()));
        let open = p.columns.is_empty() && !closed;
        if p.kind.node == "table" {
            self.step_names(p, asked);
            for (index, a) in asked.iter().enumerate().filter(|(_, a)| a.found.is_some()) {
                columns.push(self.values_of(p, index, a, stated));
            }
        }
        let by_value = columns.iter().find(|c| matches!(c.content, Content::Value(_))).map(|c| (c.title.clone(), true));
        Table { key: None, columns, open, sort: by_value }
    }

    /// The labels shown: those that are listed, else all that the results have.
    fn labels_of(&mut self, p: &'a ast::Panel, asked: &[Asked<'a>]) -> Vec<Column> {
        if !p.columns.is_empty() {
            let mut columns = Vec::new();
            for (label, title) in &p.columns {
                let typed: Vec<_> = asked.iter().filter_map(|a| Some((a, a.found.as_ref()?))).collect();
                let somewhere =
                    typed.iter().any(|(_, f)| f.label(&label.node).presence > crate::promql::types::Presence::Not);
                if let Some((a, found)) = typed.first().filter(|_| !somewhere) {
                    self.label_there(&label.node, label.span, found, a.written.span);
                }
                let title = title.as_ref().map_or_else(|| label.node.clone(), |t| t.node.clone());
                let content = if typed.is_empty() {
                    Content::Field(label.node.clone())
                } else {
                    Content::Label(label.node.clone())
                };
                columns.push(column(&title, content));
            }
            return columns;
        }
        let mut names: Vec<&str> = asked.iter().filter_map(|a| a.found.as_ref()).flat_map(|f| f.row.names()).collect();
        names.retain(|n| *n != "__name__" && *n != "le");
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|name| column(name, Content::Label(name.into()))).collect()
    }

    /// The values of a query, with the steps that are for it.
    fn values_of(&mut self, p: &'a ast::Panel, index: usize, a: &Asked<'a>, stated: &Option<Stated>) -> Column {
        let found = a.found.clone().unwrap_or_else(|| Type::unknown(ValueType::Vector, a.written.span));
        let found = shown::as_stated(found, stated, Why::new(a.written.span, "the panel states its unit"));
        let name = a.written.name.as_ref();
        let own = |s: &&ast::Step| s.of.as_ref().is_none_or(|of| name.is_some_and(|n| n.node == of.node));
        let steps: Vec<&ast::Step> = p.steps.iter().filter(own).collect();
        let shown = panels::unit(&found, stated, false, panels::in_percent(p, steps.iter().copied()));
        let mut scale = Scale { unit: shown, decimals: p.decimals.map(|d| d.node), ..Scale::default() };
        self.steps(&steps, a.measured(&found), &mut scale);
        let cell = if scale.base.is_some() { Cell::Coloured } else { Cell::Plain };
        let title = name.map_or_else(|| "Value".to_string(), |n| n.node.clone());
        Column { scale, cell, ..column(&title, Content::Value(index)) }
    }
}

fn column(title: &str, content: Content) -> Column {
    Column { title: title.into(), content, scale: Scale::default(), cell: Cell::Plain, links: Vec::new(), width: None }
}
