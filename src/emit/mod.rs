//! Targets: each prints a Model into files. None decides anything, none can fail, none touches the disk.

mod alertmanager;
mod backstage;
pub mod grafana_alerts;
mod grafana_boards;
mod grafana_contacts;
mod grafana_datasources;
mod grafana_provisioning;
pub mod json;
mod kubernetes;
pub mod limits;
mod openslo;
mod perses;
pub mod pieces;
pub mod prometheus;
mod prometheus_tests;
mod runbooks;
mod same;
pub mod shards;
mod sheet;
pub mod template;
mod tenants;
mod terraform;
mod terraform_grafana;
mod thanos;
mod victoria;
mod whole;
pub mod yaml;

pub use prometheus_tests::written;

use rayon::prelude::*;

use crate::model::{Model, Service};

/// A generated file. Paths are relative to `out/`, with `/`, made of names that `check` has accepted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Artifact {
    /// Where it goes: `prometheus/checkout.rules.yml`.
    pub path: String,
    /// Its bytes.
    pub body: String,
    /// The spec line it comes from: `specs/checkout.slo:3`.
    pub origin: String,
}

/// One output format.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Whether it prints dashboards, or what leads to their panels: without it they need not be made.
    pub boards: bool,
    /// Prints the model. Total and pure.
    pub emit: Emit,
}

/// How a target prints.
pub enum Emit {
    /// Each service by itself: a file for each that has anything to print.
    Each(fn(&Service) -> Option<Artifact>),
    /// The model as a whole.
    Whole(fn(&Model) -> Vec<Artifact>),
}

impl Emit {
    /// All files.
    pub fn all(&self, model: &Model) -> Vec<Artifact> {
        match self {
            Emit::Each(print) => model.services.par_iter().filter_map(print).collect(),
            Emit::Whole(print) => print(model),
        }
    }

    /// What prints one service, where that needs nothing else.
    pub fn each(&self) -> Option<fn(&Service) -> Option<Artifact>> {
        if let Emit::Each(print) = self { Some(*print) } else { None }
    }
}

/// Every target, in the order they are printed.
pub static TARGETS: &[&Target] = &[
    &prometheus::TARGET,
    &prometheus_tests::TARGET,
    &grafana_alerts::TARGET,
    &grafana_boards::TARGET,
    &grafana_provisioning::TARGET,
    &grafana_datasources::TARGET,
    &grafana_contacts::TARGET,
    &runbooks::TARGET,
    &alertmanager::TARGET,
    &terraform::TARGET,
    &kubernetes::TARGET,
    &victoria::TARGET,
    &tenants::TARGET,
    &thanos::TARGET,
    &shards::TARGET,
    &terraform_grafana::TARGET,
    &openslo::TARGET,
    &backstage::TARGET,
    &perses::TARGET,
    &whole::TARGET,
];
