//! What `type` and `check` of rule files know of metrics and servers: from specs, from saved pages, from options.

use std::path::{Path, PathBuf};

use clap::Args;

use super::project::{self, Project};
use crate::catalog::{self, Catalog, Metric};
use crate::diag::Diagnostic;
use crate::io::{Failure, Kind};
use crate::promql::types::Facts;
use crate::source::{FileId, Loader, SourceFile, Sources};
use crate::units::Duration;
use crate::{check, resolve};

/// Options that say what is known.
#[derive(Args, Debug, Default)]
pub(super) struct Known {
    /// A saved /metrics page, or a catalog of saved answers (.json)
    #[arg(long, value_name = "FILE")]
    metrics: Vec<PathBuf>,
    /// How often targets are scraped, to find windows that are too short
    #[arg(long, value_name = "TIME", value_parser = time)]
    scrape: Option<Duration>,
    /// How long the server keeps samples, to find queries that reach further
    #[arg(long, value_name = "TIME", value_parser = time)]
    retention: Option<Duration>,
}

fn time(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| "a time is something like `15s` or `30d`".to_string())
}

impl Known {
    /// Whether any is given.
    pub(super) fn given(&self) -> bool {
        !self.metrics.is_empty() || self.scrape.is_some() || self.retention.is_some()
    }
}

/// Everything that is known, and the texts it comes from.
pub(super) struct Knowledge {
    pub(super) sources: Sources,
    pub(super) catalog: Catalog,
    pub(super) facts: Facts,
    /// What is wrong with the pages and catalogs that were read.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads what the specs declare, when there are any, and the files that are named.
pub(super) fn read(arguments: &Known, project: &Project, specs: &Path) -> Result<Knowledge, Failure> {
    let facts = Facts { scrape: arguments.scrape, retention: arguments.retention, ..Facts::default() };
    let (sources, catalog) = declared(project, specs)?;
    let mut known = Knowledge { sources, catalog, facts, diagnostics: Vec::new() };
    for path in &arguments.metrics {
        let (text, file) = known.load(project, path)?;
        let json = path.extension().is_some_and(|e| e == "json");
        let (metrics, diagnostics) =
            if json { catalog::read_saved(&text, file) } else { catalog::read_exposition(&text, file) };
        known.diagnostics.extend(diagnostics);
        known.add(metrics);
    }
    Ok(known)
}

/// The metrics of all specs. A project without specs declares none.
fn declared(project: &Project, specs: &Path) -> Result<(Sources, Catalog), Failure> {
    let default = specs == Path::new("specs") && !project.path(specs).is_dir();
    if default {
        return Ok((Sources::default(), Catalog::default()));
    }
    let disk = project.disk(&[specs.to_path_buf()])?;
    let program = resolve::load(&disk).map_err(project::unlisted)?;
    let catalog = check::catalog(&program);
    Ok((program.sources, catalog))
}

impl Knowledge {
    /// Reads a file of the project into the sources.
    pub(super) fn load(&mut self, project: &Project, path: &Path) -> Result<(String, FileId), Failure> {
        let disk = project.disk(&[path.to_path_buf()])?;
        let name = disk.specs().first().cloned().unwrap_or_default();
        let unread = |why: &str| Failure::new(Kind::Usage, format!("cannot read {}: {why}", path.display()));
        let bytes = disk.load(&name).map_err(|error| unread(&format!("{error:?}")))?;
        let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8"))?;
        let file = self.sources.add(SourceFile::new(name, text.clone()));
        Ok((text, file))
    }

    fn add(&mut self, metrics: Vec<Metric>) {
        for metric in metrics {
            self.diagnostics.extend(self.catalog.insert(metric));
        }
    }
}
