//! Names: what may be one, that each is given once, and what is meant where one is used.

use std::collections::BTreeMap;

use super::Program;
use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Item, Name, Policy, Project, Service, Team};

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
                Item::Datasource(d) => once.declare("datasource", "", &d.name),
                Item::Environment(e) => once.environment(&e.name),
                Item::Template(t) => {
                    once.declare("template", "", &t.name);
                    t.params.iter().for_each(|p| once.parameter(&t.name, &p.name));
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
        find(program, &self.teams, name, "team", |t| &t.name).map(Some)
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
        let key = (kind.to_string(), within.to_lowercase(), name.node.to_lowercase().replace('_', "-"));
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

    /// For what a program has one of, whatever its name.
    fn only_one(&mut self, kind: &str, name: &Name) {
        let key = (kind.to_string(), String::new(), String::new());
        if let Some(first) = self.given.get(&key) {
            let diagnostic = Diagnostic::new(&codes::E0101, name.span, format!("there are two `{kind}` blocks"));
            self.diagnostics.push(
                diagnostic
                    .here("again here")
                    .label(*first, "first here")
                    .help("one holds the settings of the whole program"),
            );
        } else {
            self.given.insert(key, name.span);
        }
        self.diagnostics.extend(not_a_name(kind, name));
    }
}

fn not_a_name(kind: &str, name: &Name) -> Option<Diagnostic> {
    let text = &name.node;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let message = if text.len() > LONGEST {
        format!("the name of this {kind} has {} characters", text.len())
    } else if !text.starts_with(|c: char| c.is_ascii_alphabetic()) || !text.chars().all(allowed) {
        format!("`{text}` cannot name a {kind}")
    } else {
        return None;
    };
    let help = format!("a name is a letter, then letters, digits, `-` and `_`, at most {LONGEST} of them");
    Some(Diagnostic::new(&codes::E0102, name.span, message).here("not a name").help(help))
}
