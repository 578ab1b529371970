//! Program to [`Checked`]: every number is in range, every name found, every query typed. Only this step can make a
//! `Checked`, and only of a program without errors, so what comes later does not check again.

mod burn;
mod catalogs;
mod composite;
mod dimensions;
mod environments;
mod histogram;
mod labels;
mod levels;
mod project;
mod service;
mod sli;
mod slices;
mod slo;
mod templates;
mod tiers;

use catalogs::Catalogs;

use crate::diag::Diagnostic;
use crate::diag::uses::settle;
use crate::model::{Burn, Datasource, Labels, Origin, Project, Sli, Urgency};
use crate::resolve::{Names, Program};
use crate::syntax::ast::Environment;
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

/// Checks a program as it is and in each of its environments. The first part is what it means: as it is, then in the
/// environments in the order of their names. The second part holds every mistake; with an error among them the first
/// is empty.
pub fn check(program: &Program) -> (Vec<Checked>, Vec<Diagnostic>) {
    let (base, mut found) = one(program, None);
    let environments = environments::check(program, &found);
    found.extend(program.diagnostics.iter().cloned());
    found.extend(templates::check(program));
    let mut checked = vec![base];
    for (environment, mistakes) in environments {
        checked.push(environment);
        found.extend(mistakes);
    }
    let mut found = settle(found, &program.sources);
    levels::apply(program, &mut found);
    crate::diag::in_order(&mut found);
    if found.iter().any(Diagnostic::is_error) {
        checked.clear();
    }
    (checked, found)
}

/// Checks a program into which the overrides of an environment are put already.
fn one(program: &Program, environment: Option<&Environment>) -> (Checked, Vec<Diagnostic>) {
    let (names, diagnostics) = Names::collect(program);
    let mut checker = Checker::new(program, names, diagnostics);
    let mut project = checker.project();
    let mut datasources = checker.datasources();
    let services = checker.services(&project);
    project.apart = program.environments().flat_map(|e| &e.labels).map(|l| l.name.node.clone()).collect();
    if let Some(e) = environment {
        checker.stand_apart(&mut project, &mut datasources, &e.name);
    }
    (Checked { project, datasources, services }, checker.finish())
}
