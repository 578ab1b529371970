//! Files to one program: loads and reads every file, follows imports, says which file sees which.

mod boards;
mod environments;
mod expand;
mod graph;
mod mentions;
mod names;
mod paths;
mod reads;
mod templates;
pub mod texts;

pub use mentions::{Mention, Mentions, NameKind, queries};
pub use names::{BASE, Found, Names, same_name};
pub use reads::Reads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diag::{Diagnostic, codes};
use crate::kept;
use crate::source::{FileId, LoadError, Loader, SourceFile, Sources, Span, Spanned};
use crate::syntax::ast;
use reads::Read;

/// Every file of a program, read.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The texts, also of the files that only catalogs name.
    pub sources: Sources,
    /// The trees; the index is the file's id. Files that are not specs have an empty one.
    pub files: Vec<Arc<ast::File>>,
    /// For each file the files whose names it sees: itself and what it imports, directly or not, by id.
    pub visible: Vec<Vec<FileId>>,
    /// Files named by `metrics from` and by dashboards, by the path they were found at.
    pub attached: BTreeMap<String, FileId>,
    /// Grafana's dashboards that are kept as they are, by the place that names their file.
    pub kept: BTreeMap<Span, Arc<kept::Board>>,
    /// What became of the templates.
    pub templates: TemplateUse,
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// Templates by the place of their names.
#[derive(Clone, Debug, Default)]
pub struct TemplateUse {
    /// Those that some `use` names.
    pub used: BTreeSet<Span>,
    /// Those whose text was put into a service, where it is checked with its values.
    pub expanded: BTreeSet<Span>,
    /// Services as they were written, before their `use`s became text.
    pub written: Vec<ast::Service>,
}

/// Reads the whole program. Fails only when the list of its files cannot be had.
pub fn load(loader: &dyn Loader) -> Result<Program, LoadError> {
    load_again(loader, &Reads::default())
}

/// The same for one who reads again and again: `reads` holds the files as they were read last.
pub fn load_again(loader: &dyn Loader, reads: &Reads) -> Result<Program, LoadError> {
    let mut program = Program::default();
    let mut ids = BTreeMap::new();
    let mut wanted: Vec<(String, Option<Span>)> = loader.roots()?.into_iter().map(|path| (path, None)).collect();
    let mut imports: Vec<Vec<FileId>> = Vec::new();
    while !wanted.is_empty() {
        let first_new = program.files.len();
        program.read(loader, std::mem::take(&mut wanted), &mut ids, reads);
        wanted = program.unread_imports(first_new, &ids);
    }
    for index in 0..program.files.len() {
        imports.push(program.imports_of(FileId(index as u32), &ids));
    }
    program.report_cycles(&imports);
    program.visible = (0..imports.len()).map(|start| graph::reachable(start, &imports)).collect();
    program.attach_catalogs(loader);
    program.attach_boards(loader, reads);
    expand::templates(&mut program);
    Ok(program)
}

impl Program {
    /// Loads and reads files in parallel, and gives them ids in the order asked for.
    fn read(
        &mut self,
        loader: &dyn Loader,
        wanted: Vec<(String, Option<Span>)>,
        ids: &mut BTreeMap<String, FileId>,
        reads: &Reads,
    ) {
        let loaded: Vec<_> = wanted.into_par_iter().map(|(path, by)| (loader.load(&path), path, by)).collect();
        let first = self.files.len() as u32;
        let (mut found, mut unloadable) = (Vec::new(), Vec::new());
        for (bytes, path, by) in loaded {
            match bytes {
                Ok(bytes) => found.push((FileId(first + found.len() as u32), path, bytes)),
                Err(error) => unloadable.push((path, by, error)),
            }
        }
        let read: Vec<_> =
            found.into_par_iter().map(|(id, path, bytes)| (reads.read(id, &path, bytes), path)).collect();
        for (Read { source, file, diagnostics }, path) in read {
            ids.insert(path, self.sources.share(source));
            self.files.push(file);
            self.diagnostics.extend(diagnostics);
        }
        unloadable.iter().for_each(|(path, by, error)| self.report_unloadable(path, *by, error));
    }

    /// Adds a file's bytes, with a message where they are not UTF-8.
    fn add(&mut self, path: String, bytes: Vec<u8>) -> FileId {
        let (text, bad) = texts::decode(bytes);
        let id = self.sources.add(SourceFile::new(path, text));
        self.diagnostics.extend(bad.map(|bad| bad.diagnostic(id)));
        id
    }

    fn report_unloadable(&mut self, path: &str, by: Option<Span>, error: &LoadError) {
        let span = by.unwrap_or_else(|| {
            let id = self.sources.add(SourceFile::new(path.to_string(), String::new()));
            self.files.push(Arc::default());
            Span::new(id, 0..0)
        });
        let nearest = self.sources.iter().map(|(_, f)| f.path.as_str());
        let help = matches!(error, LoadError::Missing).then(|| crate::diag::did_you_mean(path, nearest)).flatten();
        self.diagnostics.push(texts::unloadable(path, span, error).maybe_help(help));
    }

    /// Imports of the files from `first` on that no file has been read for.
    fn unread_imports(&mut self, first: usize, ids: &BTreeMap<String, FileId>) -> Vec<(String, Option<Span>)> {
        let mut unread = BTreeMap::new();
        for index in first..self.files.len() {
            for import in imports(&self.files[index]) {
                let from = &self.sources.get(import.span.file).path;
                match paths::join(from, &import.node) {
                    Some(path) if ids.contains_key(&path) => {}
                    Some(path) => {
                        unread.entry(path).or_insert(Some(import.span));
                    }
                    None => self.diagnostics.push(outside(import)),
                }
            }
        }
        unread.into_iter().collect()
    }

    fn imports_of(&self, file: FileId, ids: &BTreeMap<String, FileId>) -> Vec<FileId> {
        let from = &self.sources.get(file).path;
        let found =
            imports(&self.files[file.0 as usize]).filter_map(|i| ids.get(&paths::join(from, &i.node)?).copied());
        found.collect()
    }

    /// Reports each import that leads back to its own file, once per cycle.
    fn report_cycles(&mut self, imports: &[Vec<FileId>]) {
        let mut reported = BTreeSet::new();
        for start in 0..imports.len() {
            let Some(cycle) = graph::cycle_from(start, imports) else { continue };
            let key: BTreeSet<FileId> = cycle.iter().copied().collect();
            if reported.insert(key) {
                let diagnostic = self.cycle_message(&cycle);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn cycle_message(&self, cycle: &[FileId]) -> Diagnostic {
        let path = |id: &FileId| self.sources.get(*id).path.clone();
        let first = cycle[0];
        let next = path(cycle.get(1).unwrap_or(&first));
        let import = imports(&self.files[first.0 as usize])
            .find(|i| paths::join(&path(&first), &i.node).as_deref() == Some(&next));
        let span = import.map_or(Span::new(first, 0..0), |i| i.span);
        let chain: Vec<String> = cycle.iter().chain([&first]).map(path).collect();
        Diagnostic::new(&codes::E0106, span, format!("imports run in a circle: {}", chain.join(" → ")))
            .here("leads back to this file")
            .help("what both files need goes into a third that imports neither")
    }

    /// Loads the files that `metrics from` names.
    fn attach_catalogs(&mut self, loader: &dyn Loader) {
        let named: Vec<Spanned<String>> =
            self.files.iter().flat_map(|f| &f.items).filter_map(metrics_from).cloned().collect();
        for name in named {
            let Some(path) = paths::join(&self.sources.get(name.span.file).path, &name.node) else {
                self.diagnostics.push(outside(&name));
                continue;
            };
            self.attach(loader, path, name.span);
        }
    }

    /// The id of a file that is no spec, loaded once.
    fn attach(&mut self, loader: &dyn Loader, path: String, by: Span) -> Option<FileId> {
        if let Some(known) = self.attached.get(&path) {
            return Some(*known);
        }
        match loader.load(&path) {
            Ok(bytes) => {
                let id = self.add(path.clone(), bytes);
                self.files.push(Arc::default());
                self.visible.push(vec![id]);
                self.attached.insert(path, id);
                Some(id)
            }
            Err(error) => {
                self.report_unloadable(&path, Some(by), &error);
                None
            }
        }
    }

    /// The file a `metrics from` of `file` names, when it could be loaded.
    pub fn attachment(&self, name: &Spanned<String>) -> Option<FileId> {
        let path = paths::join(&self.sources.get(name.span.file).path, &name.node)?;
        self.attached.get(&path).copied()
    }

    /// Whether a file is one of rules.
    pub fn is_rule_file(&self, file: FileId) -> bool {
        is_rule_file(&self.sources.get(file).path)
    }

    /// The rule files that `metrics from` names anywhere.
    pub fn recording(&self) -> impl Iterator<Item = FileId> {
        self.attached.iter().filter(|(path, _)| is_rule_file(path)).map(|(_, file)| *file)
    }

    /// Items that a file sees: its own and those of the files it imports.
    pub fn visible_items(&self, file: FileId) -> impl Iterator<Item = &ast::Item> {
        let files = self.visible.get(file.0 as usize).into_iter().flatten();
        files.flat_map(|id| &self.files[id.0 as usize].items)
    }
}

/// Whether a path names a rule file, whose recorded series are read.
pub fn is_rule_file(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

fn imports(file: &ast::File) -> impl Iterator<Item = &Spanned<String>> {
    file.items.iter().filter_map(|item| if let ast::Item::Import(path) = item { Some(path) } else { None })
}

fn metrics_from(item: &ast::Item) -> Option<&Spanned<String>> {
    if let ast::Item::MetricsFrom(path) = item { Some(path) } else { None }
}

fn outside(name: &Spanned<String>) -> Diagnostic {
    Diagnostic::new(&codes::E0104, name.span, format!("`{}` leads out of the project", name.node))
        .here("not inside the project")
        .help("paths are relative to the file that names them, with `/`, and stay inside the project")
}
