//! Rule files of Prometheus and of its operator that were never specs: read with a place for every word, and checked.

mod file;
mod names;
mod query;
mod rule;
pub mod template;
mod types;
pub mod yaml;

pub use file::{Group, Rule};
pub use names::{duration_ms, is_label};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diag::{self, Diagnostic, codes};
use crate::promql::types::{Facts, Records};
use crate::source::{FileId, Sources, Span};
use query::Queries;

/// The groups of a file's documents; what is wrong with their shape goes to `diagnostics`. `file` is the start of the file.
pub fn groups(documents: &[yaml::Node], file: Span, diagnostics: &mut Vec<Diagnostic>) -> Vec<Group> {
    file::read(documents, file, diagnostics)
}

/// What is wrong with rules beside their queries: names, times, texts, and what one lacks. Errors alone.
pub fn shapes(sources: &Sources, groups: &[Group]) -> Vec<Diagnostic> {
    let mut checker = Checker::new(sources);
    checker.groups(groups);
    let names = [&codes::E0604, &codes::E0605, &codes::E0606, &codes::E0607];
    let own = [&names[..], &[&codes::E0608, &codes::E0609, &codes::E0610]].concat();
    checker.diagnostics.into_iter().filter(|d| own.contains(&d.code)).collect()
}

/// What was found in rule files.
#[derive(Debug)]
pub struct Report {
    /// Everything that is wrong or worth a word, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// How many groups there are.
    pub groups: usize,
    /// How many rules there are.
    pub rules: usize,
}

/// Checks the rule files `files` of `sources` with what is known of metrics and of series that others record, whose places
/// are in `sources` too.
pub fn check(sources: &Sources, files: &[FileId], catalog: &Catalog, facts: Facts, others: &Arc<Records>) -> Report {
    let mut checker = Checker::new(sources);
    let all: Vec<Vec<Group>> = files.iter().map(|file| checker.file(*file)).collect();
    let typed: Vec<types::Typed<'_>> = all.iter().flat_map(|groups| checker.groups(groups)).collect();
    checker.diagnostics.extend(types::check(&typed, catalog, facts, others));
    let Checker { queries, diagnostics, .. } = checker;
    let text = |span: Span| sources.text(span).to_string();
    let mut diagnostics: Vec<Diagnostic> = diagnostics.into_iter().map(|d| queries.settle(d, text)).collect();
    diag::in_order(&mut diagnostics);
    let groups = all.iter().flatten();
    Report { diagnostics, groups: groups.clone().count(), rules: groups.map(|g| g.rules.len()).sum() }
}

/// What the rule files `files` of `sources` record, and why one of them cannot be read. What is wrong with their queries is
/// said where they are checked.
pub fn recorded(sources: &Sources, files: &[FileId], catalog: &Catalog) -> (Records, Vec<Diagnostic>) {
    let mut checker = Checker::new(sources);
    let all: Vec<Vec<Group>> = files.iter().map(|file| checker.file(*file)).collect();
    let unreadable = |d: &Diagnostic| d.code == &codes::E0601 || d.code == &codes::E0602;
    let diagnostics = checker.diagnostics.iter().filter(|d| unreadable(d)).cloned().collect();
    let typed: Vec<types::Typed<'_>> = all.iter().flat_map(|groups| checker.groups(groups)).collect();
    let mut records = types::recorded(&typed, catalog);
    records.values_mut().for_each(|found| found.located(|span| checker.queries.place(span)));
    (records, diagnostics)
}

/// The state all checks share.
struct Checker<'a> {
    sources: &'a Sources,
    queries: Queries,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn new(sources: &'a Sources) -> Checker<'a> {
        Checker { sources, queries: Queries::new(sources.iter().count()), diagnostics: Vec::new() }
    }

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

    fn groups<'g>(&mut self, groups: &'g [Group]) -> Vec<types::Typed<'g>> {
        let mut typed = Vec::new();
        let mut names: BTreeMap<(usize, &str), Span> = BTreeMap::new();
        for group in groups {
            match &group.name {
                None => {
                    let message = "a group needs a name";
                    self.diagnostics
                        .push(Diagnostic::new(&codes::E0604, group.span, message).help("`name:` gives it one"));
                }
                Some(name) => {
                    if let Some(first) = names.insert((group.document, &name.value), name.span) {
                        let message = format!("two groups are named `{}`", name.value);
                        let diagnostic = Diagnostic::new(&codes::E0607, name.span, message).here("the second");
                        self.diagnostics.push(diagnostic.label(first, "the first"));
                    }
                }
            }
            typed.extend(self.group(group));
        }
        typed
    }
}

fn not_yaml(wrong: yaml::NotYaml) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::E0601, wrong.span, format!("this is not YAML: {}", wrong.message));
    match wrong.first {
        Some(first) => diagnostic.here("the second").label(first, "the first"),
        None => diagnostic,
    }
}
