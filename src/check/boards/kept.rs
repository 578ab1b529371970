//! Dashboards that are kept as their files have them: each query typed where it stands in the JSON, and none of them in
//! another's place.

use std::ops::Range;
use std::sync::Arc;

use super::super::{Checker, Service};
use super::choices::{QUERIES, SOURCES};
use super::passed::Unchecked;
use super::scope::Scope;
use crate::diag::{Diagnostic, codes};
use crate::kept::{Asked, Board, Filling, Input, Panel};
use crate::model::board::{self, KeptPanel};
use crate::model::{Origin, Project};
use crate::promql::types::{Expected, Type};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, Ask, Choice, Language};

/// A dashboard that is kept as it is.
#[derive(Debug)]
pub struct Kept {
    /// What the program calls it.
    pub name: String,
    /// Its uid: that of its file, or its name.
    pub uid: String,
    /// Where the uid stands in the JSON, with its quotes; `None` when it has none.
    pub uid_at: Option<Range<usize>>,
    /// Its title.
    pub title: String,
    /// Title of its folder; `None` for that of the project.
    pub folder: Option<String>,
    /// Its JSON, as the file has it.
    pub json: String,
    /// What it was exported without, by name, and what goes there.
    pub filled: Vec<(String, Value)>,
    /// Where it names a data source of the program by its uid, with the quotes.
    pub sources: Vec<(Range<usize>, String)>,
    /// The names of what can be chosen.
    pub variables: Vec<String>,
    /// Its panels.
    pub panels: Vec<KeptPanel>,
    /// Its spec line.
    pub origin: Origin,
}

/// What is filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// The uid of a data source.
    Source(String),
    /// A text.
    Text(String),
}

impl Kept {
    /// The uids of the data sources it names, also where they are filled in.
    pub(in crate::check) fn sources_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let filled = self.filled.iter_mut().filter_map(|(_, value)| match value {
            Value::Source(uid) => Some(uid),
            Value::Text(_) => None,
        });
        self.sources.iter_mut().map(|(_, uid)| uid).chain(filled)
    }
}

/// A dashboard that is somewhere: its folder, its title, and what made it.
type Titled = (String, String, Span);

impl<'a> Checker<'a> {
    /// All of them, in the order written.
    pub(in crate::check) fn kept_boards(&mut self, services: &[Arc<Service>], project: &Project) -> Vec<Kept> {
        let all = self.names.dashboards.clone();
        let program = self.program;
        let kept: Vec<(&'a ast::Dashboard, &'a Board)> =
            all.iter().filter_map(|d| Some((*d, program.kept(d)?.as_ref()))).collect();
        if !kept.is_empty() {
            self.uids_once(&all, &kept);
            self.titles_once(&all, &kept, self.generated(services, project), project);
        }
        kept.into_iter().map(|(d, board)| self.kept_board(d, board)).collect()
    }

    fn kept_board(&mut self, d: &'a ast::Dashboard, board: &'a Board) -> Kept {
        if let Some(folder) = &d.folder {
            self.folder_title(folder);
        }
        let mut scope = Scope::new(&board.variables);
        for variable in &board.variables {
            if let Choice::From(ask) = &variable.choice {
                self.offered(ask, &mut scope);
            }
            scope.known.push(variable);
        }
        board.marks.iter().for_each(|mark| drop(self.kept_query(mark, Expected::Anything, &mut scope)));
        let panels = board.panels.iter().map(|p| self.kept_panel(p, board, &mut scope)).collect();
        let declared = |name: &&Spanned<String>| self.names.datasources.iter().any(|d| d.name.node == name.node);
        let sources = board.sources.iter().filter(declared);
        Kept {
            name: d.name.node.clone(),
            uid: board.uid.as_ref().map_or_else(|| d.name.node.to_lowercase(), |uid| uid.node.clone()),
            uid_at: board.uid.as_ref().map(|uid| board.inside(uid.span)),
            title: board.title.node.clone(),
            folder: d.folder.as_ref().map(|f| f.node.clone()),
            json: self.program.sources.text(board.span).to_string(),
            sources: sources.map(|name| (board.inside(name.span), name.node.clone())).collect(),
            filled: board.inputs.iter().filter_map(|input| self.filled(input)).collect(),
            variables: board.variables.iter().map(|v| v.name.node.clone()).collect(),
            panels,
            origin: self.origin(d.name.span),
        }
    }

    /// What a variable offers: the answers that Grafana has words for, or series.
    fn offered(&mut self, ask: &'a Ask, scope: &mut Scope<'a>) {
        let text = ask.text.first().map_or("", String::as_str);
        let asks = |word: &&str| text.strip_prefix(*word).is_some_and(|rest| rest.trim_start().starts_with('('));
        match ask.language == Language::Promql && QUERIES.iter().any(asks) {
            true => drop(self.answers(ask, scope)),
            false => drop(self.kept_query(ask, Expected::Anything, scope)),
        }
    }

    fn kept_panel(&mut self, panel: &'a Panel, board: &Board, scope: &mut Scope<'a>) -> KeptPanel {
        scope.single.extend(panel.repeat.iter().map(String::as_str));
        let queries = panel.asks.iter().filter_map(|asked| self.kept_target(asked, scope)).collect();
        scope.single.clear();
        let sources = &self.program.sources;
        let line = |at: u32| sources.get(panel.span.file).line_index(at as usize);
        let begin = line(board.span.start);
        let lines = [panel.span.start, panel.span.end.saturating_sub(1)].map(|at| line(at) - begin + 1);
        KeptPanel { id: panel.id, title: panel.title.clone(), queries, lines, origin: self.origin(panel.span) }
    }

    fn kept_target(&mut self, asked: &'a Asked, scope: &mut Scope<'a>) -> Option<String> {
        let expected = if asked.latest { Expected::Latest(None) } else { Expected::Panel(None) };
        let (text, found) = self.kept_query(&asked.ask, expected, scope)?;
        if let (Some(legend), Some(found)) = (&asked.legend, &found) {
            self.places(legend, found, asked.ask.span);
        }
        Some(text)
    }

    /// A query on one line, with its type when it is in PromQL.
    fn kept_query(
        &mut self,
        ask: &'a Ask,
        expected: Expected,
        scope: &mut Scope<'a>,
    ) -> Option<(String, Option<Type>)> {
        if ask.language == Language::Promql {
            return self.promql(ask.span, expected, scope).map(|(query, found)| (query.compact(None), Some(found)));
        }
        let span = self.program.sources.origin(ask.span);
        self.unchecked.push(Unchecked { span, language: super::passed::name(ask.language) });
        ask.text.first().map(|text| (text.clone(), None))
    }

    /// The labels that a legend names, `{{label}}`: the result must be able to have them.
    fn places(&mut self, legend: &Spanned<String>, found: &Type, query: Span) {
        for (open, _) in legend.node.match_indices("{{") {
            let Some(inner) = legend.node.get(open + 2..).and_then(|rest| rest.split_once("}}")).map(|(i, _)| i) else {
                continue;
            };
            let name = inner.trim();
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if is_name && name != "__name__" {
                self.label_there(name, legend.span.inside(open..open + inner.len() + 4), found, query);
            }
        }
    }

    /// What goes where something was left out at the export.
    fn filled(&mut self, input: &Input) -> Option<(String, Value)> {
        let name = input.name.node.clone();
        let plugin = match &input.is {
            Filling::Constant(text) => return Some((name, Value::Text(text.clone()))),
            Filling::Source(plugin) => plugin,
        };
        let kind = SOURCES.iter().find(|(_, known)| known == plugin).map_or(plugin.as_str(), |(kind, _)| kind);
        let mut fitting: Vec<&ast::Datasource> =
            self.names.datasources.iter().copied().filter(|d| d.kind.node == kind).collect();
        fitting.sort_by_key(|d| d.default.is_none());
        let first = fitting.first().map(|d| d.name.node.clone());
        match (kind, fitting.len()) {
            ("prometheus", _) => Some((name, Value::Source(first.unwrap_or_else(|| kind.to_string())))),
            (_, 1) => first.map(|uid| (name, Value::Source(uid))),
            (_, number) => {
                let how = if number == 0 { "none is declared" } else { "several are declared" };
                let message = format!("`${{{name}}}` stands for a data source of the type `{plugin}`, and {how}");
                let help = format!("put the uid of a data source in place of `${{{name}}}` in this file");
                let diagnostic = Diagnostic::new(&codes::W0612, input.name.span, message).here("not filled in");
                self.report(diagnostic.help(help));
                None
            }
        }
    }

    /// Of two dashboards of one uid Grafana keeps one.
    fn uids_once(&mut self, all: &[&'a ast::Dashboard], kept: &[(&'a ast::Dashboard, &'a Board)]) {
        let written = all.iter().filter(|d| d.kept.is_none()).map(|d| d.name.clone());
        let mut known: Vec<Spanned<String>> = written.collect();
        for (d, board) in kept {
            let uid = board.uid.clone().unwrap_or_else(|| d.name.clone());
            match board.uid {
                Some(_) => self.free_uid(&uid),
                None => self.dashboard_name(&uid),
            }
            // Kubernetes and some databases do not tell `A` from `a`.
            let normal = |text: &str| text.to_lowercase().replace('_', "-");
            if let Some(first) = known.iter().find(|other| normal(&other.node) == normal(&uid.node)) {
                let message = format!("two dashboards have the uid `{}`", uid.node);
                let diagnostic = Diagnostic::new(&codes::E0445, uid.span, message).here("again here");
                let help = "Grafana keeps one of them: another `uid` in the file, or another name, keeps them apart";
                self.report(diagnostic.label(first.span, "first here").help(help));
            }
            known.push(uid);
        }
    }

    /// The dashboards that are made for services.
    fn generated(&self, services: &[Arc<Service>], project: &Project) -> Vec<Titled> {
        let place = |name: &str| self.names.services.get(name).map(|s| s.name.span).unwrap_or_default();
        let shown = services.iter().filter(|s| !s.slos.is_empty() || !s.alerts.is_empty());
        let page = |s: &Arc<Service>| {
            let same = services.iter().filter(|o| o.title == s.title).count() > 1;
            let title = board::service_title(&s.title, &s.name, !s.slos.is_empty(), same);
            (project.folder.clone(), title, place(&s.name))
        };
        let first = services.iter().find(|s| !s.slos.is_empty());
        let overview = first.map(|s| (project.folder.clone(), board::overview_title(project), place(&s.name)));
        shown.map(page).chain(overview).collect()
    }

    /// People find a dashboard by its title in its folder.
    fn titles_once(
        &mut self,
        all: &[&'a ast::Dashboard],
        kept: &[(&'a ast::Dashboard, &'a Board)],
        generated: Vec<Titled>,
        project: &Project,
    ) {
        let folder = |d: &ast::Dashboard| d.folder.as_ref().map_or_else(|| project.folder.clone(), |f| f.node.clone());
        let written = all.iter().filter(|d| d.kept.is_none()).map(|d| {
            let title = d.title.as_ref().unwrap_or(&d.name);
            (folder(d), title.node.clone(), title.span)
        });
        let mut known: Vec<Titled> = generated.into_iter().chain(written).collect();
        for (d, board) in kept {
            let (own, title) = (folder(d), &board.title);
            if let Some((.., first)) = known.iter().find(|(f, t, _)| *f == own && *t == title.node) {
                let message = format!("two dashboards of one folder are called \"{}\"", title.node);
                let diagnostic = Diagnostic::new(&codes::E0101, title.span, message).here("again here");
                self.report(diagnostic.label(*first, "first here").help("another title, or another `folder`"));
            }
            known.push((own, title.node.clone(), title.span));
        }
    }
}
