//! What stands as it stood at the last look. A service is what it was while its file is, and all that the files of the
//! program say beside services: what one is checked with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Service;
use crate::diag::Diagnostic;
use crate::resolve::Program;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::ast::{self, Item};

/// A service that was checked, and what was wrong with it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) service: Arc<Service>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A program as it stood, and what was found of its services.
#[derive(Debug, Default)]
pub(super) struct Standing {
    sources: Sources,
    files: Vec<Arc<ast::File>>,
    visible: Vec<Vec<FileId>>,
    attached: BTreeMap<String, FileId>,
    /// The files that are as they were one look before.
    same: BTreeSet<FileId>,
    /// By environment and name.
    services: BTreeMap<(Option<String>, String), (Span, Arc<Found>)>,
}

impl Standing {
    /// A new look begins, at `program`.
    pub(super) fn turn(&mut self, program: &Program) {
        let ids = || (0..program.files.len()).map(|index| FileId(index as u32));
        let same: BTreeSet<FileId> = ids().filter(|id| self.is_same(program, *id)).collect();
        let steady = (self.files.len(), &self.visible) == (program.files.len(), &program.visible)
            && self.attached == program.attached
            && ids().all(|id| same.contains(&id) || self.is_same_but_for_services(program, id));
        if !steady {
            self.services.clear();
        }
        let services = std::mem::take(&mut self.services);
        let (sources, files, attached) = (program.sources.clone(), program.files.clone(), program.attached.clone());
        let same = if steady { same } else { BTreeSet::new() };
        *self = Standing { sources, files, visible: program.visible.clone(), attached, same, services };
    }

    /// Whether a file is as it was, and all that any service is checked with.
    pub(super) fn stands(&self, file: FileId) -> bool {
        self.same.contains(&file)
    }

    fn is_same(&self, program: &Program, id: FileId) -> bool {
        self.sources
            .file(id)
            .zip(program.sources.file(id))
            .is_some_and(|(old, new)| Arc::ptr_eq(old, new) || old == new)
    }

    fn is_same_but_for_services(&self, program: &Program, id: FileId) -> bool {
        let (Some(old), Some(new)) = (self.sources.file(id), program.sources.file(id)) else { return false };
        let file = |files: &'_ [Arc<ast::File>]| files.get(id.0 as usize).cloned().unwrap_or_default();
        let (before, now) = (file(&self.files), file(&program.files));
        let attached = program.attached.values().any(|attached| *attached == id);
        let others = |sources: &Sources, file: &ast::File, source: &SourceFile| {
            let end = end_of_others(sources, file, source.text.len());
            source.text.get(..end).map(str::to_string)
        };
        !attached
            && old.path == new.path
            && before.items.iter().filter(is_other).eq(now.items.iter().filter(is_other))
            // The places are the same; so are the lines that they are said to stand on.
            && others(&self.sources, &before, old) == others(&program.sources, &now, new)
    }

    /// What was found of a service, if nothing has changed that it depends on.
    pub(super) fn known(&self, environment: Option<&str>, service: &ast::Service) -> Option<Arc<Found>> {
        let at = service.name.span;
        let key = (environment.map(String::from), service.name.node.clone());
        let (place, found) = self.services.get(&key)?;
        let site = self.sources.site(at).file;
        (*place == at && self.stands(at.file) && self.stands(site)).then(|| Arc::clone(found))
    }

    /// Keeps what was found of a service for the looks to come.
    pub(super) fn keep(&mut self, environment: Option<&str>, service: &ast::Service, found: Arc<Found>) {
        let key = (environment.map(String::from), service.name.node.clone());
        self.services.insert(key, (service.name.span, found));
    }
}

fn is_other(item: &&Item) -> bool {
    !matches!(item, Item::Service(_))
}

/// Where the last item ends that is no service: at the latest where the service behind it begins.
fn end_of_others(sources: &Sources, file: &ast::File, length: usize) -> usize {
    let behind = match file.items.iter().rposition(|item| is_other(&item)) {
        None => return 0,
        Some(last) => file.items.get(last + 1),
    };
    match behind {
        Some(Item::Service(service)) => sources.site(service.name.span).start as usize,
        _ => length,
    }
}
