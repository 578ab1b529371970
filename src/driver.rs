//! The steps in order: files to a program, to what it means, to what is generated.

use rayon::prelude::*;

use crate::diag::Diagnostic;
use crate::emit::grafana_alerts::Earlier;
use crate::emit::{Artifact, TARGETS, grafana_alerts};
use crate::model::Model;
use crate::resolve::BASE;
use crate::source::{LoadError, Loader, Sources};
use crate::{check, lower, resolve};

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
}

/// Reads and checks a program. Fails only when the list of its files cannot be had.
pub fn analyze(loader: &dyn Loader) -> Result<Analysis, LoadError> {
    let program = resolve::load(loader)?;
    let (checked, diagnostics) = check::check(&program);
    let mut models = checked.par_iter().map(lower::lower).collect::<Vec<_>>().into_iter();
    let model = models.next();
    Ok(Analysis { sources: program.sources, diagnostics, model, environments: models.collect() })
}

/// Prints a model by every target, in the order of the paths.
pub fn emit(model: &Model) -> Vec<Artifact> {
    emit_after(model, &Earlier::new())
}

/// The same after an earlier build: `earlier` holds its Grafana rules, which must be told to go when no spec makes them any
/// more.
pub fn emit_after(model: &Model, earlier: &Earlier) -> Vec<Artifact> {
    emit_into("", model, earlier)
}

/// Prints several models, each into a directory: that of its environment, or `base`.
pub fn emit_apart<'a>(models: impl IntoIterator<Item = &'a Model>, earlier: &Earlier) -> Vec<Artifact> {
    let directory = |m: &Model| format!("{}/", m.project.environment.as_deref().unwrap_or(BASE));
    let mut artifacts: Vec<Artifact> = models.into_iter().flat_map(|m| emit_into(&directory(m), m, earlier)).collect();
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// `directory` is empty, or ends in `/`.
fn emit_into(directory: &str, model: &Model, earlier: &Earlier) -> Vec<Artifact> {
    let mut artifacts: Vec<Artifact> = TARGETS.par_iter().flat_map_iter(|t| (t.emit)(model)).collect();
    artifacts.extend(grafana_alerts::deleted(model, earlier, directory));
    artifacts.iter_mut().for_each(|a| a.path.insert_str(0, directory));
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}
