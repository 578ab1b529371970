//! Rule files of Prometheus and of its operator that were never specs: read with a place for every word, and checked.

mod file;
mod names;
mod query;
mod rule;
pub mod template;
pub mod yaml;

pub use file::{Group, Rule};

use std::collections::BTreeMap;

use crate::diag::{self, Diagnostic, codes};
use crate::source::{FileId, Sources, Span};
use query::Queries;

/// What was found in rule files.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything that is wrong or worth a word, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// How many groups there are.
    pub groups: usize,
    /// How many rules there are.
    pub rules: usize,
}

/// Checks the rule files `files` of `sources`.
pub fn check(sources: &Sources, files: &[FileId]) -> Report {
    let mut checker = Checker { sources, queries: Queries::new(sources.iter().count()), diagnostics: Vec::new() };
    let mut report = Report::default();
    for file in files {
        let groups = checker.file(*file);
        report.groups += groups.len();
        report.rules += groups.iter().map(|g| g.rules.len()).sum::<usize>();
        checker.groups(&groups);
    }
    let Checker { queries, diagnostics, .. } = checker;
    let text = |span: Span| sources.text(span).to_string();
    report.diagnostics = diagnostics.into_iter().map(|d| queries.settle(d, text)).collect();
    diag::in_order(&mut report.diagnostics);
    report
}

/// The state all checks share.
struct Checker<'a> {
    sources: &'a Sources,
    queries: Queries,
    diagnostics: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn file(&mut self, file: FileId) -> Vec<Group> {
        let (documents, wrong) = yaml::read(&self.sources.get(file).text, file);
        let broken = wrong.is_some();
        self.diagnostics.extend(wrong.map(not_yaml));
        let start = Span::new(file, 0..0);
        match documents.is_empty() && broken {
            true => Vec::new(),
            false => file::read(&documents, start, &mut self.diagnostics),
        }
    }

    fn groups(&mut self, groups: &[Group]) {
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        for group in groups {
            match &group.name {
                None => {
                    let message = "a group needs a name";
                    self.diagnostics
                        .push(Diagnostic::new(&codes::E0604, group.span, message).help("`name:` gives it one"));
                }
                Some(name) => {
                    if let Some(first) = names.insert(&name.value, name.span) {
                        let message = format!("two groups of this file are named `{}`", name.value);
                        let diagnostic = Diagnostic::new(&codes::E0607, name.span, message).here("the second");
                        self.diagnostics.push(diagnostic.label(first, "the first"));
                    }
                }
            }
            self.group(group);
        }
        self.duplicates(groups);
    }
}

fn not_yaml(wrong: yaml::NotYaml) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::E0601, wrong.span, format!("this is not YAML: {}", wrong.message));
    match wrong.first {
        Some(first) => diagnostic.here("the second").label(first, "the first"),
        None => diagnostic,
    }
}
