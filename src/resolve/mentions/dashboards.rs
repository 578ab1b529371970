//! The names in dashboards: variables and where they stand, services, data sources, other dashboards.

use super::{Collector, NameKind};
use crate::promql::Dialect;
use crate::source::Span;
use crate::syntax::ast::{Ask, Choice, Dashboard, Goal, Language, Lead, Panel};

impl Collector<'_> {
    pub(super) fn dashboard(&mut self, d: &Dashboard) {
        self.declare(NameKind::Dashboard, &d.name);
        d.kept.iter().for_each(|path| self.path(path));
        for variable in &d.variables {
            self.add(NameKind::Variable, &d.name.node, &variable.name.node, variable.name.span, true);
            if let Choice::From(ask) = &variable.choice {
                self.ask(d, ask);
            }
        }
        if let Some(folder) = &d.folder {
            self.add(NameKind::Folder, "", &folder.node, folder.span, false);
        }
        d.marks.iter().for_each(|mark| self.ask(d, &mark.ask));
        d.links.iter().for_each(|link| self.lead(d, link));
        for row in &d.rows {
            row.title.iter().for_each(|title| self.variables(d, title.span));
            self.variable(d, row.repeat.as_ref().map(|v| (v.node.as_str(), v.span)));
            row.panels.iter().for_each(|panel| self.panel(d, panel));
        }
    }

    fn panel(&mut self, d: &Dashboard, panel: &Panel) {
        self.variables(d, panel.title.span);
        self.variable(d, panel.repeat.as_ref().map(|v| (v.node.as_str(), v.span)));
        self.refer(NameKind::Datasource, &panel.from);
        self.refer(NameKind::Service, &panel.services);
        panel.asks.iter().for_each(|ask| self.ask(d, ask));
        panel.opens.iter().for_each(|lead| self.lead(d, lead));
        panel.markdown.iter().for_each(|text| self.variables(d, text.span));
    }

    fn ask(&mut self, d: &Dashboard, ask: &Ask) {
        self.refer(NameKind::Datasource, &ask.from);
        self.variables(d, ask.span);
        if ask.language == Language::Promql {
            self.mentions.queries.push((ask.span, Dialect::Grafana));
        }
    }

    fn lead(&mut self, d: &Dashboard, lead: &Lead) {
        lead.title.iter().for_each(|title| self.variables(d, title.span));
        match &lead.to {
            Goal::Dashboard(name, _) => self.refer(NameKind::Dashboard, [name]),
            Goal::Url(url) => self.variables(d, url.span),
            Goal::Tag(_) => {}
        }
    }

    /// A variable by its bare name.
    fn variable(&mut self, d: &Dashboard, name: Option<(&str, Span)>) {
        if let Some((name, span)) = name {
            self.add(NameKind::Variable, &d.name.node, name, span, false);
        }
    }

    /// The variables of a dashboard in a text: `$name`, `${name}` and `${name:format}`.
    fn variables(&mut self, d: &Dashboard, span: Span) {
        let text = self.sources.text(span);
        for (at, _) in text.match_indices('$') {
            let start = at + 1 + usize::from(text[at + 1..].starts_with('{'));
            let rest = text.get(start..).unwrap_or("");
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = rest.get(..length).unwrap_or("");
            if d.variables.iter().any(|v| v.name.node == name) {
                self.add(NameKind::Variable, &d.name.node, name, span.inside(start..start + length), false);
            }
        }
    }
}
