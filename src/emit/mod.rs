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

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::maps::IntoMap;
use crate::model::{Around, Board, Model, Service};

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
    /// Each service by itself.
    Each(Each),
    /// The model as a whole.
    Whole(Whole),
    /// Each service by itself, and what is about several or none.
    Both(Each, Whole),
}

/// Prints one service, with its page among the dashboards where it has one.
pub type Each = fn(&Around<'_>, &Service, Option<&Board>) -> Vec<Artifact>;

/// Prints what is not of one service alone. May look at dashboards, but not into the pages of services.
pub type Whole = fn(&Model) -> Vec<Artifact>;

impl Emit {
    /// What prints one service.
    pub fn each(&self) -> Option<Each> {
        match self {
            Emit::Each(each) | Emit::Both(each, _) => Some(*each),
            Emit::Whole(_) => None,
        }
    }

    /// What prints the rest.
    pub fn whole(&self) -> Option<Whole> {
        match self {
            Emit::Whole(whole) | Emit::Both(_, whole) => Some(*whole),
            Emit::Each(_) => None,
        }
    }

    /// All files.
    pub fn all(&self, model: &Model, pages: &Pages<'_>) -> Vec<Artifact> {
        let of_each = |each: Each| {
            let print = |s: &Service| each(&model.around(), s, pages.get(s));
            model.services.par_iter().flat_map_iter(print).collect()
        };
        let mut all: Vec<Artifact> = self.each().map_or_else(Vec::new, of_each);
        all.extend(self.whole().map_or_else(Vec::new, |whole| whole(model)));
        all
    }
}

/// The pages of services among the dashboards of a model.
pub struct Pages<'a>(BTreeMap<&'a str, &'a Board>);

impl<'a> Pages<'a> {
    /// Those of a model.
    pub fn of(model: &'a Model) -> Pages<'a> {
        Pages(model.boards.iter().map(|board| (board.uid.as_str(), board)).into_map())
    }

    /// That of a service.
    pub fn get(&self, service: &Service) -> Option<&'a Board> {
        self.0.get(service.board_uid.as_str()).copied()
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
