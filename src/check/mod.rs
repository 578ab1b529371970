//! Program to [`Checked`]: every number is in range, every name found, every query typed. Only this step can make a
//! `Checked`, and only of a program without errors, so what comes later does not check again.

mod burn;
mod catalogs;
mod composite;
mod dimensions;
mod histogram;
mod labels;
mod levels;
mod project;
mod service;
mod sli;
mod slices;
mod slo;
mod tiers;

use catalogs::Catalogs;

use crate::catalog::Catalog;
use crate::diag::Diagnostic;
use crate::model::{Burn, Datasource, Labels, Origin, Project, Sli, Urgency};
use crate::resolve::{Names, Program};
use crate::units::{Duration, Ratio};

/// What a program means.
#[derive(Debug)]
pub struct Checked {
    /// Settings of the whole program, defaults filled in.
    pub project: Project,
    /// Data sources, the default first.
    pub datasources: Vec<Datasource>,
    /// Services in the order of their names.
    pub services: Vec<Service>,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What people call it; its name when nothing was written.
    pub title: String,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// How much it matters.
    pub tier: Option<u32>,
    /// Descriptive labels.
    pub labels: Labels,
    /// Its objectives in the order written.
    pub slos: Vec<Slo>,
    /// Its spec line.
    pub origin: Origin,
}

/// An objective.
#[derive(Debug)]
pub struct Slo {
    /// Its name.
    pub name: String,
    /// What it promises.
    pub about: Option<String>,
    /// Over 0 and under 1.
    pub objective: Ratio,
    /// `1 - objective`.
    pub budget: Ratio,
    /// The time over which it counts.
    pub period: Duration,
    /// Labels that split it.
    pub by: Vec<String>,
    /// What is measured.
    pub sli: Sli,
    /// The tiers of its policy that are not off, in the order written.
    pub tiers: Vec<Tier>,
    /// Labels of the absence alert; `None` when missing data mean that all is well.
    pub absence: Option<Labels>,
    /// The author's own steps.
    pub runbook: Option<String>,
    /// Its spec line.
    pub origin: Origin,
}

/// A tier of an objective.
#[derive(Debug)]
pub struct Tier {
    /// How urgent.
    pub urgency: Urgency,
    /// How long it must hold.
    pub hold: Duration,
    /// Its numbers.
    pub burn: Burn,
    /// It also needs more than this many events in its long window.
    pub events: Option<Ratio>,
    /// Extra labels of its alert.
    pub labels: Labels,
}

/// The state all checks share.
struct Checker<'a> {
    program: &'a Program,
    names: Names<'a>,
    diagnostics: Vec<Diagnostic>,
    catalogs: Catalogs,
}

/// Everything that the files of a program say of metrics, and what is wrong in it: what `sloc check` and `sloc type`
/// know when they read queries that stand in no spec.
pub fn catalog(program: &Program) -> (Catalog, Vec<Diagnostic>) {
    let (catalog, mut diagnostics) = catalogs::everything(program);
    crate::diag::in_order(&mut diagnostics);
    (catalog, diagnostics)
}

/// Checks a program. The second part holds every mistake; with an error among them there is no `Checked`.
pub fn check(program: &Program) -> (Option<Checked>, Vec<Diagnostic>) {
    let (names, diagnostics) = Names::collect(program);
    let mut checker = Checker::new(program, names, diagnostics);
    let project = checker.project();
    let datasources = checker.datasources();
    let services = checker.services(&project);
    let written = checker.names.project;
    let mut diagnostics = checker.finish();
    levels::apply(program, written, &mut diagnostics);
    let broken = diagnostics.iter().chain(&program.diagnostics).any(Diagnostic::is_error);
    crate::diag::in_order(&mut diagnostics);
    let checked = (!broken).then_some(Checked { project, datasources, services });
    (checked, diagnostics)
}
