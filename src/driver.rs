//! The steps in order: files to a program, to what it means, to what is generated.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::diag::{self, Diagnostic};
use crate::emit::{Artifact, TARGETS, grafana_alerts};
use crate::model::Model;
use crate::source::{LoadError, Loader, Sources};
use crate::{check, lower, resolve};

/// All that is known of a program.
#[derive(Debug)]
pub struct Analysis {
    /// Its texts, which the diagnostics point into.
    pub sources: Sources,
    /// Everything that is wrong or worth a word, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What follows from it; `None` when there are errors.
    pub model: Option<Model>,
}

/// Reads and checks a program. Fails only when the list of its files cannot be had.
pub fn analyze(loader: &dyn Loader) -> Result<Analysis, LoadError> {
    let program = resolve::load(loader)?;
    let (checked, found) = check::check(&program);
    let mut diagnostics = program.diagnostics;
    diagnostics.extend(found);
    diag::in_order(&mut diagnostics);
    let model = checked.as_ref().map(lower::lower);
    Ok(Analysis { sources: program.sources, diagnostics, model })
}

/// Prints a model by every target, in the order of the paths.
pub fn emit(model: &Model) -> Vec<Artifact> {
    emit_after(model, &BTreeSet::new())
}

/// The same after an earlier build: `earlier` holds the uids of its Grafana rules, which must be told to go when no spec
/// makes them any more.
pub fn emit_after(model: &Model, earlier: &BTreeSet<String>) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = TARGETS.par_iter().flat_map_iter(|t| (t.emit)(model)).collect();
    artifacts.extend(grafana_alerts::deleted(model, earlier));
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}
