//! Dashboards that were written: what stands above the panels, what each panel asks, and that all of it fits together.

mod asks;
mod choices;
mod colours;
mod columns;
mod kept;
mod kinds;
mod panels;
mod passed;
mod scope;
mod shown;

use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::Origin;
use crate::model::board::{Choice, Kind, Mark, Query, Scale, Variable};
use crate::source::Spanned;
use crate::syntax::ast;
use crate::units::Duration;

use super::Checker;
pub use kept::{Kept, Value};
pub use passed::Unchecked;
use scope::Scope;

/// A dashboard that was written.
#[derive(Debug)]
pub struct Dashboard {
    /// Its name, which is its uid in Grafana.
    pub name: String,
    /// What people call it; its name when nothing was written.
    pub title: String,
    /// What it is for.
    pub about: Option<String>,
    /// Title of its folder; `None` for that of the project.
    pub folder: Option<String>,
    /// Words it can be found by.
    pub tags: Vec<String>,
    /// The time shown at first, until now.
    pub range: Option<Duration>,
    /// How often it is drawn anew: `None` when nothing was written, `Some(None)` for never.
    pub refresh: Option<Option<Duration>>,
    /// Ranges of time that are offered first.
    pub pick: Vec<Duration>,
    /// What can be chosen, in the order written.
    pub variables: Vec<Variable>,
    /// Events drawn into every chart.
    pub marks: Vec<Mark>,
    /// Links beside the title.
    pub links: Vec<Lead>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Its spec line.
    pub origin: Origin,
}

/// A row of a dashboard.
#[derive(Debug)]
pub struct Row {
    /// Its heading; `None` for panels outside of a row.
    pub heading: Option<String>,
    /// Whether it is closed at first.
    pub collapsed: bool,
    /// The variable for whose values it is repeated.
    pub repeat: Option<String>,
    /// Its panels.
    pub panels: Vec<Panel>,
}

/// A panel of a dashboard.
#[derive(Debug)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// How to read it.
    pub about: String,
    /// How it shows its values.
    pub kind: Kind,
    /// Its width in columns of 24, where one was asked for.
    pub width: Option<u32>,
    /// Whether it is twice as high as others of its kind.
    pub tall: bool,
    /// What it asks.
    pub queries: Vec<Query>,
    /// How its values are read.
    pub scale: Scale,
    /// Where a click leads.
    pub opens: Vec<Lead>,
    /// Labels that all its series surely have: what a click can hand on.
    pub labels: Vec<String>,
    /// The time it shows, where it is another than the dashboard's.
    pub range: Option<Duration>,
    /// The smallest step between two points.
    pub step: Option<Duration>,
    /// The variable for whose values it is repeated.
    pub repeat: Option<String>,
    /// Its spec line.
    pub origin: Origin,
}

/// Where a link or a click leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lead {
    /// What people read; `None` for the title of what it leads to.
    pub title: Option<String>,
    /// Where it leads.
    pub to: Goal,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Goal {
    /// To an address.
    Url(String),
    /// To the dashboard of a name, or to one panel of it.
    Dashboard(String, Option<String>),
    /// To any dashboard with a tag.
    Tag(String),
}

impl Dashboard {
    /// The uids of the data sources it names, without those that variables choose.
    pub(super) fn sources_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let queries = self.rows.iter_mut().flat_map(|r| &mut r.panels).flat_map(|p| &mut p.queries);
        let asked =
            queries.filter_map(|q| q.source.as_mut()).chain(self.marks.iter_mut().filter_map(|m| m.source.as_mut()));
        let chosen = self.variables.iter_mut().filter_map(|v| match &mut v.choice {
            Choice::Datasource { name, .. } => Some(name),
            Choice::Answers { source: Some(source), .. } => Some(&mut source.uid),
            _ => None,
        });
        asked.map(|s| &mut s.uid).chain(chosen).filter(|uid| !uid.starts_with('$'))
    }
}

impl<'a> Checker<'a> {
    /// All written dashboards, in the order written.
    pub(super) fn dashboards(&mut self) -> Vec<Dashboard> {
        let mut written = self.names.dashboards.clone();
        written.retain(|d| d.kept.is_none());
        self.same_titles(&written);
        written.into_iter().map(|d| self.dashboard(d)).collect()
    }

    /// Reports a dashboard that is called as another one of its folder: people could not tell them apart.
    fn same_titles(&mut self, written: &[&'a ast::Dashboard]) {
        let folder = |d: &ast::Dashboard| d.folder.as_ref().map(|f| f.node.clone());
        for (index, d) in written.iter().enumerate() {
            let Some(title) = &d.title else { continue };
            let same =
                |o: &&&ast::Dashboard| folder(o) == folder(d) && o.title.as_ref().is_some_and(|t| t.node == title.node);
            let Some(first) = written[..index].iter().find(same).and_then(|o| o.title.as_ref()) else { continue };
            let message = format!("two dashboards of one folder are called \"{}\"", title.node);
            let diagnostic = Diagnostic::new(&codes::E0101, title.span, message).here("again here");
            self.report(diagnostic.label(first.span, "first here").help("another title, or another `folder`"));
        }
    }

    fn dashboard(&mut self, d: &'a ast::Dashboard) -> Dashboard {
        self.dashboard_name(&d.name);
        if let Some(folder) = &d.folder {
            self.folder_title(folder);
        }
        self.dashboard_times(d);
        let mut scope = Scope::new(&d.variables);
        let variables = self.variables(d, &mut scope);
        let marks = d.marks.iter().filter_map(|m| self.mark(m, &mut scope)).collect();
        let rows = d.rows.iter().map(|row| self.panel_row(row, d, &mut scope)).collect();
        let links = d.links.iter().filter_map(|l| self.lead(l, &mut scope)).collect();
        self.something_shown(d);
        self.all_used(d, &scope);
        Dashboard {
            name: d.name.node.clone(),
            title: d.title.as_ref().map_or_else(|| d.name.node.clone(), |t| t.node.clone()),
            about: d.about.as_ref().map(|a| a.node.clone()),
            folder: d.folder.as_ref().map(|f| f.node.clone()),
            tags: d.tags.iter().map(|t| t.node.clone()).collect(),
            range: d.range.map(|r| r.node),
            refresh: d.refresh.map(|r| r.node),
            pick: d.pick.iter().map(|p| p.node).collect(),
            variables,
            marks,
            links,
            rows,
            origin: self.origin(d.name.span),
        }
    }

    /// A dashboard's name is its uid.
    fn dashboard_name(&mut self, name: &ast::Name) {
        if name.node.len() > super::datasources::LONGEST_UID && name.node.len() <= 60 {
            let message = format!("the name of this dashboard has {} characters", name.node.len());
            let help = format!("it is also its uid in Grafana, which has at most {}", super::datasources::LONGEST_UID);
            self.report(Diagnostic::new(&codes::E0102, name.span, message).here("too long").help(help));
        }
        self.free_uid(name);
    }

    /// Reports a uid that is that of a dashboard made for a service.
    fn free_uid(&mut self, name: &ast::Name) {
        let taken = |s: &&str| name.node.to_lowercase().starts_with(&format!("slo-{}-", s.to_lowercase()));
        let service = self.names.services.keys().copied().find(taken);
        if name.node.eq_ignore_ascii_case("slo-overview") || service.is_some() {
            let of =
                service.map_or("the overview of all objectives".to_string(), |s| format!("the objectives of `{s}`"));
            let message = format!("`{}` is the uid of the dashboard about {of}", name.node);
            let diagnostic = Diagnostic::new(&codes::E0445, name.span, message).here("taken");
            self.report(diagnostic.help("a dashboard's name is its uid in Grafana: another name keeps them apart"));
        }
    }

    /// Grafana draws nothing anew more often than every five seconds.
    fn dashboard_times(&mut self, d: &ast::Dashboard) {
        if let Some(first) = d.pick.first() {
            self.known_since(
                "pick",
                first.span,
                12,
                "Grafana 11.5 and later know it; before, its own ranges are offered",
            );
        }
        if let Some(Spanned { node: Some(refresh), span }) = d.refresh
            && refresh < Duration::from_secs(5)
        {
            let message = format!("a dashboard cannot be drawn anew every {refresh}");
            let help = "Grafana takes `5s` and more, or `refresh off`";
            self.report(Diagnostic::new(&codes::E0204, span, message).here("too often").help(help));
        }
    }

    fn panel_row(&mut self, row: &'a ast::PanelRow, d: &'a ast::Dashboard, scope: &mut Scope<'a>) -> Row {
        if let Some(title) = &row.title {
            self.names_in(title, scope);
        }
        if let Some(variable) = &row.repeat {
            self.repeated(variable, scope);
            scope.single.push(&variable.node);
        }
        let panels = row.panels.iter().filter_map(|p| {
            scope.single.extend(p.repeat.iter().map(|r| r.node.as_str()));
            let panel = self.panel(p, d, scope);
            scope.single.truncate(usize::from(row.repeat.is_some()));
            panel
        });
        let panels = panels.collect();
        scope.single.clear();
        Row {
            heading: row.title.as_ref().map(|t| t.node.clone()),
            collapsed: row.collapsed.is_some(),
            repeat: row.repeat.as_ref().map(|r| r.node.clone()),
            panels,
        }
    }

    /// What a link or a click leads to, if it is there.
    fn lead(&mut self, lead: &'a ast::Lead, scope: &mut Scope<'a>) -> Option<Lead> {
        let to = match &lead.to {
            ast::Goal::Url(url) => {
                self.names_in(url, scope);
                if !url.node.starts_with('/') {
                    self.address(&Spanned::new(url.node.replace("${", "").replace('}', ""), url.span));
                }
                Goal::Url(url.node.clone())
            }
            ast::Goal::Tag(tag) => Goal::Tag(tag.node.clone()),
            ast::Goal::Dashboard(name, panel) => {
                self.board_goal(name, panel.as_ref())?;
                Goal::Dashboard(name.node.clone(), panel.as_ref().map(|p| p.node.clone()))
            }
        };
        Some(Lead { title: lead.title.as_ref().map(|t| t.node.clone()), to })
    }

    /// Reports a dashboard that is not there, or that has no such panel.
    pub(super) fn board_goal(&mut self, name: &ast::Name, panel: Option<&Spanned<String>>) -> Option<()> {
        let Some(board) = self.names.dashboards.iter().find(|b| b.name.node == name.node) else {
            let known = self.names.dashboards.iter().map(|b| b.name.node.as_str());
            let help = did_you_mean(&name.node, known);
            let message = format!("there is no dashboard `{}`", name.node);
            self.report(Diagnostic::new(&codes::E0103, name.span, message).here("not declared").maybe_help(help));
            return None;
        };
        let kept = self.program.kept(board);
        let titles = || {
            let written = board.rows.iter().flat_map(|r| &r.panels).map(|p| p.title.node.as_str());
            written.chain(kept.iter().flat_map(|k| &k.panels).map(|p| p.title.as_str()))
        };
        if board.kept.is_some() && kept.is_none() {
            return None;
        }
        let Some(panel) = panel.filter(|p| !titles().any(|t| t == p.node)) else { return Some(()) };
        let message = format!("the dashboard `{}` has no panel \"{}\"", name.node, panel.node);
        let diagnostic = Diagnostic::new(&codes::E0450, panel.span, message).here("not there");
        let help = did_you_mean(&panel.node, titles());
        self.report(diagnostic.label(board.name.span, "the dashboard").maybe_help(help));
        None
    }

    fn something_shown(&mut self, d: &ast::Dashboard) {
        if d.rows.iter().all(|r| r.panels.is_empty()) && !d.broken {
            let message = format!("the dashboard `{}` has no panels", d.name.node);
            let help = "`timeseries \"Requests\" { query sum(rate(http_requests_total[$__rate_interval])) }`";
            self.report(Diagnostic::new(&codes::E0443, d.name.span, message).here("shows nothing").help(help));
        }
    }
}
