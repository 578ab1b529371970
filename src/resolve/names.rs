//! Names: what may be one, that each is given once, and what is meant where one is used.

use std::collections::BTreeMap;

use super::Program;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::maps::IntoMap;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::ast::{Contact, Dashboard, Datasource, Folder, Item, Name, Policy, Project, Routes, Service, Team};

/// The names of a program, each with the one declaration it means.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// The project block, when there is one.
    pub project: Option<&'a Project>,
    /// Services, by name; they are visible everywhere.
    pub services: BTreeMap<&'a str, &'a Service>,
    /// Policies of each file that declares some.
    policies: BTreeMap<FileId, Vec<&'a Policy>>,
    /// Teams of each file that declares some.
    teams: BTreeMap<FileId, Vec<&'a Team>>,
    /// Contacts of each file that declares some.
    contacts: BTreeMap<FileId, Vec<&'a Contact>>,
    /// The routes, when there are some.
    pub routes: Option<&'a Routes>,
    /// Data sources in the order declared; they are visible everywhere.
    pub datasources: Vec<&'a Datasource>,
    /// Dashboards in the order declared; they are visible everywhere.
    pub dashboards: Vec<&'a Dashboard>,
    /// Folders, by title.
    pub folders: BTreeMap<&'a str, &'a Folder>,
}

/// What a use of a name leads to.
pub type Found<T> = Result<T, Box<Diagnostic>>;

impl<'a> Names<'a> {
    /// Collects the names of a program and reports those that are no names or are given twice.
    pub fn collect(program: &'a Program) -> (Names<'a>, Vec<Diagnostic>) {
        let mut names = Names::default();
        let mut once = Once::default();
        for item in program.files.iter().flat_map(|f| &f.items) {
            match item {
                Item::Project(p) => {
                    once.only_one("project", &p.name);
                    names.project.get_or_insert(p);
                }
                Item::Service(s) => {
                    once.declare("service", "", &s.name);
                    s.slos.iter().for_each(|slo| once.declare("slo", &s.name.node, &slo.name));
                    s.alerts.iter().for_each(|alert| once.declare_beside("alert", "slo", &s.name.node, &alert.name));
                    names.services.entry(&s.name.node).or_insert(s);
                }
                Item::Policy(p) => {
                    once.declare("policy", "", &p.name);
                    names.policies.entry(p.name.span.file).or_default().push(p);
                }
                Item::Team(t) => {
                    once.declare("team", "", &t.name);
                    names.teams.entry(t.name.span.file).or_default().push(t);
                }
                Item::Environment(e) => once.environment(&e.name),
                Item::Template(t) => {
                    once.declare("template", "", &t.name);
                    t.params.iter().for_each(|p| once.parameter(&t.name, &p.name));
                }
                Item::Contact(c) => {
                    once.declare("contact", "", &c.name);
                    names.contacts.entry(c.name.span.file).or_default().push(c);
                }
                Item::Route(r) => {
                    once.one_block("route", r.keyword);
                    names.routes.get_or_insert(r);
                }
                Item::Test(t) => once.titled("test", &t.title, "what a test shows is its name"),
                Item::Folder(f) => {
                    once.titled("folder", &f.title, "all rights of a folder stand in one block");
                    names.folders.entry(&f.title.node).or_insert(f);
                }
                Item::Dashboard(d) => {
                    once.declare("dashboard", "", &d.name);
                    d.variables.iter().for_each(|v| once.declare("variable", &d.name.node, &v.name));
                    names.dashboards.push(d);
                }
                Item::Datasource(d) => {
                    once.declare("datasource", "", &d.name);
                    names.datasources.push(d);
                }
                Item::Import(_) | Item::Metrics(_) | Item::MetricsFrom(_) | Item::MetricsOpen(_) => {}
            }
        }
        (names, once.diagnostics)
    }

    /// The policy that `name` means where it stands.
    pub fn policy(&self, program: &Program, name: &Name) -> Found<&'a Policy> {
        find(program, &self.policies, name, "policy", |p| &p.name)
    }

    /// The team that `name` means where it stands; `None` in a program that declares no teams.
    pub fn team(&self, program: &Program, name: &Name) -> Found<Option<&'a Team>> {
        if self.teams.is_empty() {
            return Ok(None);
        }
        self.declared_team(program, name).map(Some)
    }

    /// The team that `name` means where it stands, also in a program without teams.
    pub fn declared_team(&self, program: &Program, name: &Name) -> Found<&'a Team> {
        find(program, &self.teams, name, "team", |t| &t.name)
    }

    /// The contact that `name` means where it stands.
    pub fn contact(&self, program: &Program, name: &Name) -> Found<&'a Contact> {
        find(program, &self.contacts, name, "contact", |c| &c.name)
    }

    /// All teams in the order of their names, each once.
    pub fn teams(&self) -> BTreeMap<&'a str, &'a Team> {
        let all = self.teams.values().flatten().rev();
        all.map(|t| (t.name.node.as_str(), *t)).into_map()
    }

    /// All contacts in the order of their names, each once.
    pub fn contacts(&self) -> BTreeMap<&'a str, &'a Contact> {
        let all = self.contacts.values().flatten().rev();
        all.map(|c| (c.name.node.as_str(), *c)).into_map()
    }

    /// The data source that `name` means, from everywhere.
    pub fn datasource(&self, name: &Name) -> Found<&'a Datasource> {
        let found = self.datasources.iter().find(|d| d.name.node == name.node);
        found.copied().ok_or_else(|| {
            let unknown = Diagnostic::new(&codes::E0103, name.span, format!("there is no data source `{}`", name.node));
            let help = did_you_mean(&name.node, self.datasources.iter().map(|d| d.name.node.as_str()));
            Box::new(unknown.here("not declared").maybe_help(help))
        })
    }
}

/// Looks a name up in the files visible from where it stands, or says what is near, or what must be imported.
pub(super) fn find<'a, T>(
    program: &Program,
    declared: &BTreeMap<FileId, Vec<&'a T>>,
    name: &Name,
    kind: &str,
    name_of: impl Fn(&T) -> &Name,
) -> Found<&'a T> {
    let visible = &program.visible[program.sources.written(name.span).file.0 as usize];
    let seen = || visible.iter().filter_map(|file| declared.get(file)).flatten().copied();
    if let Some(found) = seen().find(|t| name_of(t).node == name.node) {
        return Ok(found);
    }
    let unknown = Diagnostic::new(&codes::E0103, name.span, format!("there is no {kind} `{}` here", name.node));
    if let Some(hidden) = declared.values().flatten().find(|t| name_of(t).node == name.node) {
        let at = name_of(hidden).span;
        let path = &program.sources.get(at.file).path;
        return Err(Box::new(unknown.label(at, "declared here").help(format!("import `{path}` to use it"))));
    }
    let help = did_you_mean(&name.node, seen().map(|t| name_of(t).node.as_str()));
    Err(Box::new(unknown.here("not declared").maybe_help(help)))
}

/// What the program is called as it is without an environment.
pub const BASE: &str = "base";

/// The longest name, in bytes: file names and Grafana's titles are made of two of them.
const LONGEST: usize = 60;

/// The longest name of a data source, which is its uid in Grafana.
const LONGEST_UID: usize = 40;

/// Sees to it that each name is one and is given once.
#[derive(Default)]
struct Once {
    given: BTreeMap<(String, String, String), Span>,
    diagnostics: Vec<Diagnostic>,
}

impl Once {
    fn declare(&mut self, kind: &str, within: &str, name: &Name) {
        if let Some(diagnostic) = not_a_name(kind, name) {
            return self.diagnostics.push(diagnostic);
        }
        // Names become file names, and some file systems do not tell `A` from `a`.
        let key = (kind.to_string(), within.to_lowercase(), same_name(&name.node));
        if let Some(first) = self.given.get(&key) {
            let message = format!("there are two of the {kind} `{}`", name.node);
            let diagnostic =
                Diagnostic::new(&codes::E0101, name.span, message).here("again here").label(*first, "first here");
            self.diagnostics.push(
                diagnostic.help("each has a name of its own; upper and lower case, `-` and `_` count as the same"),
            );
        } else {
            self.given.insert(key, name.span);
        }
    }

    /// A parameter: also a name that can stand behind `$`, and not that of the hole which is filled with windows.
    fn parameter(&mut self, template: &Name, name: &Name) {
        if name.node.contains(['-', '.']) || name.node == "window" {
            let message = format!("`{}` cannot name a parameter", name.node);
            let help =
                "a parameter is a letter, then letters, digits and `_`; `$window` is where the windows of alerts go";
            return self
                .diagnostics
                .push(Diagnostic::new(&codes::E0102, name.span, message).here("not a name").help(help));
        }
        self.declare("parameter", &template.node, name);
    }

    /// An environment: it becomes a directory beside `base`.
    fn environment(&mut self, name: &Name) {
        if name.node.eq_ignore_ascii_case(BASE) {
            let message = format!("`{}` cannot name an environment", name.node);
            let help = "`base` is what is built without an environment";
            return self
                .diagnostics
                .push(Diagnostic::new(&codes::E0102, name.span, message).here("not a name").help(help));
        }
        self.declare("environment", "", name);
    }

    /// For what shares its names with another kind, since both name the same rules and pages.
    fn declare_beside(&mut self, kind: &str, other: &str, within: &str, name: &Name) {
        let key = (other.to_string(), within.to_lowercase(), same_name(&name.node));
        let Some(first) = self.given.get(&key) else { return self.declare(kind, within, name) };
        let message = format!("`{}` is the name of an {other} and of an {kind}", name.node);
        let diagnostic = Diagnostic::new(&codes::E0121, name.span, message).here(format!("the {kind}"));
        let help = "their rules, pages and `alertname` labels would be the same; another name keeps them apart";
        self.diagnostics.push(diagnostic.label(*first, format!("the {other}")).help(help));
    }

    /// For what is known by a title, which is any text.
    fn titled(&mut self, kind: &str, title: &Spanned<String>, help: &str) {
        let key = (kind.to_string(), String::new(), title.node.to_lowercase());
        if let Some(first) = self.given.get(&key) {
            let message = format!("there are two of the {kind} \"{}\"", title.node);
            let diagnostic =
                Diagnostic::new(&codes::E0101, title.span, message).here("again here").label(*first, "first here");
            self.diagnostics.push(diagnostic.help(help));
        } else {
            self.given.insert(key, title.span);
        }
    }

    /// For what a program has one of, whatever its name.
    fn only_one(&mut self, kind: &str, name: &Name) {
        self.one_block(kind, name.span);
        self.diagnostics.extend(not_a_name(kind, name));
    }

    fn one_block(&mut self, kind: &str, span: Span) {
        let key = (kind.to_string(), String::new(), String::new());
        if let Some(first) = self.given.get(&key) {
            let diagnostic = Diagnostic::new(&codes::E0101, span, format!("there are two `{kind}` blocks"));
            let diagnostic = diagnostic.here("again here").label(*first, "first here");
            self.diagnostics.push(diagnostic.help("one holds what is for the whole program"));
        } else {
            self.given.insert(key, span);
        }
    }
}

/// A name as it is compared: two names of one kind that are the same like this are one too many.
pub fn same_name(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

fn not_a_name(kind: &str, name: &Name) -> Option<Diagnostic> {
    let text = &name.node;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let longest = if kind == "datasource" { LONGEST_UID } else { LONGEST };
    let message = if text.len() > longest {
        format!("the name of this {kind} has {} characters", text.len())
    } else if !text.starts_with(|c: char| c.is_ascii_alphabetic()) || !text.chars().all(allowed) {
        format!("`{text}` cannot name a {kind}")
    } else {
        return None;
    };
    let help = format!("a name is a letter, then letters, digits, `-` and `_`, at most {longest} of them");
    Some(Diagnostic::new(&codes::E0102, name.span, message).here("not a name").help(help))
}
