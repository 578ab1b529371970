//! The steps in order: files to a program, to what it means, to what is generated.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalog::{self, Catalog};
use crate::check::boards::Unchecked;
use crate::check::{Alone, Checked, Memo};
use crate::diag::{self, Diagnostic};
use crate::emit::grafana_alerts::Earlier;
use crate::emit::limits::Beyond;
use crate::emit::{Artifact, Each, Pages, TARGETS, Target, grafana_alerts, limits};
use crate::model::{Around, Model, Service};
use crate::promql::types::{Checker, Expected, Facts, Line, Records};
use crate::promql::{self, Dialect};
use crate::resolve::{BASE, Program, Reads};
use crate::source::{FileId, LoadError, Loader, SourceFile, Sources, Span};
use crate::syntax::ast::{Item, Name};
use crate::{check, lower, resolve, rules};

pub use parts::Parts;

/// All that is known of a program.
#[derive(Debug)]
pub struct Analysis {
    /// Its texts, which the diagnostics point into.
    pub sources: Sources,
    /// Everything that is wrong or worth a word, as it is and in its environments, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What follows from it as it is; `None` when there are errors.
    pub model: Option<Model>,
    /// What follows from it in each environment, in the order of their names; none when there are errors.
    pub environments: Vec<Model>,
    /// Queries that nobody checked, since they are in other languages than PromQL; none when there are errors.
    pub unchecked: Vec<Unchecked>,
}

/// Reads and checks a program. Fails only when the list of its files cannot be had.
pub fn analyze(loader: &dyn Loader) -> Result<Analysis, LoadError> {
    analyze_for(loader, &[])
}

/// The same for the targets of these names alone, all when there are none: what they do not print is not made.
pub fn analyze_for(loader: &dyn Loader, only: &[String]) -> Result<Analysis, LoadError> {
    examine(loader).map(|found| found.analysis(only))
}

/// The targets of these names, all when there are none.
fn wanted(only: &[String]) -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().copied().filter(|t| only.is_empty() || only.iter().any(|name| name == t.name))
}

/// What is wrong with a program, and how large it is. Files can be printed of it.
#[derive(Debug)]
pub struct Findings {
    /// The texts it was read from.
    pub sources: Sources,
    /// Everything that is wrong or worth a word, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Queries that nobody checked; none when there are errors.
    pub unchecked: Vec<Unchecked>,
    /// How large it is; `None` when there are errors.
    pub size: Option<Size>,
    /// The files that nothing else depends on, by their paths; none when there is anything wrong.
    pub alone: BTreeMap<String, Alone>,
    /// What it means as it is, then in its environments; none when there are errors.
    checked: Vec<Checked>,
    /// The outputs that the project asks for, where it does.
    asked: Vec<Name>,
}

/// How much a program holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Size {
    /// Objectives.
    pub slos: usize,
    /// Services.
    pub services: usize,
    /// Environments, beside the program as it is.
    pub environments: usize,
}

/// Reads and checks a program, and makes nothing of it. Fails only when the list of its files cannot be had.
pub fn examine(loader: &dyn Loader) -> Result<Findings, LoadError> {
    resolve::load(loader).map(findings)
}

fn findings(program: Program) -> Findings {
    let (mut checked, diagnostics) = check::check(&program);
    let unchecked = checked.first_mut().map(|c| std::mem::take(&mut c.unchecked)).unwrap_or_default();
    let size = checked.first().map(|base| Size {
        slos: base.services.iter().map(|s| s.objectives()).sum(),
        services: base.services.len(),
        environments: checked.len() - 1,
    });
    let base = checked.first().filter(|_| diagnostics.is_empty());
    let alone = base.map_or_else(BTreeMap::new, |base| check::alone(&program, &base.services));
    let items = program.files.iter().flat_map(|f| &f.items);
    let projects = items.filter_map(|i| if let Item::Project(p) = i { Some(p) } else { None });
    let asked = projects.flat_map(|p| &p.emit).map(|e| e.kind.clone()).collect();
    Findings { sources: program.sources, diagnostics, unchecked, size, alone, checked, asked }
}

/// Reads and checks a program without its files `standing`, which stand alone and are as they were when nothing was wrong;
/// those in `changed` are not. `None` where with all files something would mean something else, or anything is wrong.
pub fn examine_beside(
    loader: &dyn Loader,
    standing: &BTreeMap<String, Alone>,
    changed: &BTreeSet<String>,
) -> Option<Findings> {
    let found = examine(&Beside { loader, standing }).ok()?;
    let base = found.checked.first().filter(|_| found.diagnostics.is_empty())?;
    let there: BTreeSet<String> = loader.roots().ok()?.into_iter().collect();
    let alone = changed.intersection(&there).all(|path| found.alone.contains_key(path));
    let taken: BTreeSet<&String> = standing.values().flat_map(|file| &file.services).collect();
    let free = base.services.iter().all(|s| !taken.contains(&resolve::same_name(&s.name)));
    (alone && free).then_some(found)
}

/// A program without some files, which nobody may ask for.
struct Beside<'a> {
    loader: &'a dyn Loader,
    standing: &'a BTreeMap<String, Alone>,
}

impl Loader for Beside<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        let roots = self.loader.roots()?.into_iter();
        Ok(roots.filter(|path| !self.standing.contains_key(path)).collect())
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        if self.standing.contains_key(path) { Err(LoadError::Missing) } else { self.loader.load(path) }
    }
}

impl Findings {
    /// The files of the targets `only` for the program as it is, where these print each service by itself: it is made,
    /// printed and let go before the next one, so that a large program is never held whole. `None` where a target needs
    /// all of it at once.
    pub fn apart(&mut self, only: &[String]) -> Option<Vec<Artifact>> {
        let alone = |t: &'static Target| t.emit.each().filter(|_| t.emit.whole().is_none() && !t.boards);
        let each: Vec<Each> = wanted(only).map(alone).collect::<Option<_>>()?;
        let print = |around: &Around<'_>, service: Service| {
            each.iter().flat_map(|print| print(around, &service, None)).collect::<Vec<_>>()
        };
        self.checked.first().filter(|base| self.asked.is_empty() && !lower::needs_boards(base))?;
        let checked = self.checked.swap_remove(0);
        let mut artifacts: Vec<Artifact> = lower::each(checked, print).into_iter().flatten().collect();
        artifacts.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Some(artifacts)
    }

    /// All that follows for the targets of these names alone, all when there are none: what they do not print is not made.
    pub fn analysis(self, only: &[String]) -> Analysis {
        let boards = wanted(only).any(|t| t.boards);
        let Findings { sources, mut diagnostics, unchecked, checked, asked, .. } = self;
        let mut models: Vec<Model> = checked.iter().map(|c| lower::lower(c, boards)).collect();
        let beyond = beyond(&asked, &models);
        if !beyond.is_empty() {
            models.clear();
            diagnostics.extend(beyond);
            diag::in_order(&mut diagnostics);
        }
        let mut models = models.into_iter();
        let model = models.next();
        Analysis { sources, diagnostics, model, environments: models.collect(), unchecked }
    }
}

/// A program and all that is wrong with it, without what follows from it: enough for an editor at every keystroke.
#[derive(Debug, Default)]
pub struct Look {
    /// The program, which may be full of mistakes.
    pub program: Program,
    /// Everything that is wrong or worth a word, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a program, and stops there. `reads` and `memo` hold what was found at the last look.
pub fn look(loader: &dyn Loader, reads: &Reads, memo: &Arc<Memo>) -> Result<Look, LoadError> {
    let program = resolve::load_again(loader, reads)?;
    let (_, diagnostics) = check::check_again(&program, memo);
    Ok(Look { program, diagnostics })
}

/// What the targets that the project asks for cannot take, told where it asks for them, and once for all environments.
fn beyond(asked: &[Name], models: &[Model]) -> Vec<Diagnostic> {
    let mut found: Vec<Beyond> = Vec::new();
    for beyond in models.iter().flat_map(limits::beyond) {
        if !found.contains(&beyond) {
            found.push(beyond);
        }
    }
    let tell = |b: Beyond| {
        let at = asked.iter().find(|name| name.node == b.target)?;
        Some(Diagnostic::new(b.code, at.span, b.message).here("asked for here").help(b.help))
    };
    found.into_iter().filter_map(tell).collect()
}

/// What is known of metrics, where it was read, and what is wrong in it.
#[derive(Debug, Default)]
pub struct Known {
    /// The texts it was read from, which the places of metrics point into.
    pub sources: Sources,
    /// The metrics.
    pub catalog: Catalog,
    /// Rule files whose recorded series are known too.
    pub recording: Vec<FileId>,
    /// What is known beside the metrics: of scraping and of the server.
    pub facts: Facts,
    /// What is wrong in those texts, in their order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Known {
    /// What a program's `metrics` blocks and the files they name say.
    pub fn from_specs(loader: &dyn Loader) -> Result<Known, LoadError> {
        let program = resolve::load(loader)?;
        let (catalog, found) = check::catalog(&program);
        let recording = program.recording().collect();
        let mut diagnostics = program.diagnostics;
        diagnostics.extend(found);
        diag::in_order(&mut diagnostics);
        Ok(Known { sources: program.sources, catalog, recording, facts: Facts::default(), diagnostics })
    }

    /// Adds a file: a saved catalog when its name ends in `.json`, a rule file when it ends in `.yml` or `.yaml`, else a
    /// page as programs expose it.
    pub fn add(&mut self, path: String, bytes: Vec<u8>) {
        let Some(file) = self.text(path, bytes) else { return };
        let source = self.sources.get(file);
        if resolve::is_rule_file(&source.path) {
            return self.recording.push(file);
        }
        let json = source.path.ends_with(".json");
        let (metrics, found) =
            if json { catalog::read_saved(&source.text, file) } else { catalog::read_exposition(&source.text, file) };
        self.diagnostics.extend(found);
        for metric in metrics {
            self.diagnostics.extend(self.catalog.insert(metric));
        }
    }

    /// Checks rule files, given by path and bytes.
    pub fn check_rules(mut self, files: Vec<(String, Vec<u8>)>) -> Rules {
        let ids: Vec<FileId> = files.into_iter().filter_map(|(path, bytes)| self.text(path, bytes)).collect();
        let others = self.records();
        let Known { sources, catalog, facts, mut diagnostics, .. } = self;
        let report = rules::check(&sources, &ids, &catalog, facts, &others);
        diagnostics.extend(report.diagnostics);
        diag::in_order(&mut diagnostics);
        Rules { sources, diagnostics, groups: report.groups, rules: report.rules }
    }

    /// Types one query. `$window` and dashboard variables may stand in it where specs and boards have them.
    pub fn type_of(mut self, query: &str) -> TypedQuery {
        let file = self.sources.add(SourceFile::new("query".into(), query.to_string()));
        let dialect = match query {
            q if q.contains("$window") => Dialect::Window,
            q if q.contains('$') => Dialect::Grafana,
            _ => Dialect::Rule,
        };
        let (parsed, found) = promql::parse(query, Span::new(file, 0..query.len()), dialect);
        self.diagnostics.extend(found);
        let others = self.records();
        let checker = Checker::new(&self.catalog).with(self.facts).knowing(&others);
        let tree = parsed.as_ref().map_or_else(Vec::new, |q| checker.tree(q));
        if let Some(query) = &parsed {
            self.diagnostics.extend(checker.check(query, Expected::Anything).1);
        }
        diag::in_order(&mut self.diagnostics);
        TypedQuery { sources: self.sources, diagnostics: self.diagnostics, file, tree }
    }

    /// What the rule files record.
    fn records(&mut self) -> Arc<Records> {
        let (records, found) = rules::recorded(&self.sources, &self.recording, &self.catalog);
        self.diagnostics.extend(found);
        Arc::new(records)
    }

    /// The id of a text; none, with a message, when it is no text.
    fn text(&mut self, path: String, bytes: Vec<u8>) -> Option<FileId> {
        let (text, bad) = resolve::texts::decode(bytes);
        let file = self.sources.add(SourceFile::new(path, text));
        self.diagnostics.extend(bad.map(|bad| bad.diagnostic(file)));
        bad.is_none().then_some(file)
    }
}

/// A query with what is known of its parts.
#[derive(Debug)]
pub struct TypedQuery {
    /// Its text and those of the catalogs.
    pub sources: Sources,
    /// Everything that is wrong or worth a word.
    pub diagnostics: Vec<Diagnostic>,
    /// The query among the texts.
    pub file: FileId,
    /// Its parts with their types, the whole first; empty when it cannot be read.
    pub tree: Vec<Line>,
}

/// What was found in rule files that were never specs.
#[derive(Debug)]
pub struct Rules {
    /// Their texts and those of the catalogs.
    pub sources: Sources,
    /// Everything that is wrong or worth a word, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many groups there are.
    pub groups: usize,
    /// How many rules there are.
    pub rules: usize,
}

/// The model of those files of a program that have no errors, and those that have.
#[derive(Debug)]
pub struct Salvage {
    /// The program as it is, with all that is wrong.
    pub analysis: Analysis,
    /// What follows from the files without errors.
    pub model: Option<Model>,
    /// The same in each environment.
    pub environments: Vec<Model>,
    /// What its files say of metrics.
    pub catalog: Catalog,
    /// The files left out, since something in them is wrong, or in what they import.
    pub left_out: BTreeSet<String>,
}

/// Reads and checks what can be of a program: files with errors are left out, then those that need them, until none is left.
pub fn salvage(loader: &dyn Loader) -> Result<Salvage, LoadError> {
    let program = resolve::load(loader)?;
    let (catalog, _) = check::catalog(&program);
    let analysis = findings(program).analysis(&[]);
    let (mut model, mut environments) = (analysis.model.clone(), analysis.environments.clone());
    let mut wrong = wrong_files(&analysis);
    let mut left_out = BTreeSet::new();
    while model.is_none() && !wrong.is_subset(&left_out) {
        left_out.append(&mut wrong);
        let rest = analyze(&Rest { loader, left_out: &left_out })?;
        wrong = wrong_files(&rest);
        (model, environments) = (rest.model, rest.environments);
    }
    Ok(Salvage { analysis, model, environments, catalog, left_out })
}

/// The files that errors stand in.
fn wrong_files(analysis: &Analysis) -> BTreeSet<String> {
    let errors = analysis.diagnostics.iter().filter(|d| d.is_error());
    errors.map(|d| analysis.sources.get(d.primary.span.file).path.clone()).collect()
}

/// A program in which some files are empty.
struct Rest<'a> {
    loader: &'a dyn Loader,
    left_out: &'a BTreeSet<String>,
}

impl Loader for Rest<'_> {
    fn roots(&self) -> Result<Vec<String>, LoadError> {
        self.loader.roots()
    }

    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        match self.left_out.contains(path) {
            // A file that a spec reads is wrong for that spec, which is left out next.
            true if path.ends_with(".json") => Err(LoadError::Missing),
            true => Ok(Vec::new()),
            false => self.loader.load(path),
        }
    }
}

/// Prints a model by every target, in the order of the paths.
pub fn emit(model: &Model) -> Vec<Artifact> {
    emit_after(model, &Earlier::new(), &[])
}

/// The same after an earlier build: `earlier` holds its Grafana rules, which must be told to go when no spec makes them any
/// more. By the targets of the names `only`, by all when there are none.
pub fn emit_after(model: &Model, earlier: &Earlier, only: &[String]) -> Vec<Artifact> {
    emit_into("", model, earlier, only)
}

/// Prints several models, each into a directory: that of its environment, or `base`.
pub fn emit_apart<'a>(
    models: impl IntoIterator<Item = &'a Model>,
    earlier: &Earlier,
    only: &[String],
) -> Vec<Artifact> {
    let directory = |m: &Model| format!("{}/", m.project.environment.as_deref().unwrap_or(BASE));
    let mut artifacts: Vec<Artifact> =
        models.into_iter().flat_map(|m| emit_into(&directory(m), m, earlier, only)).collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// `directory` is empty, or ends in `/`.
fn emit_into(directory: &str, model: &Model, earlier: &Earlier, only: &[String]) -> Vec<Artifact> {
    let targets: Vec<&Target> = wanted(only).collect();
    let pages = Pages::of(model);
    let mut artifacts: Vec<Artifact> = targets.par_iter().flat_map_iter(|t| t.emit.all(model, &pages)).collect();
    if targets.iter().any(|t| t.name == grafana_alerts::TARGET.name) {
        artifacts.extend(grafana_alerts::deleted(&grafana_alerts::uids(model), &model.project, earlier, directory));
    }
    artifacts.iter_mut().for_each(|a| a.path.insert_str(0, directory));
    artifacts.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    artifacts
}
