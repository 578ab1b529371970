//! What is generated beside the files that every project has, and how it is wanted.

use serde::Serialize;

use super::Labels;

/// What a project asks for; each part `None` when it does not.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Outputs {
    /// Resources of the Prometheus operator.
    pub kubernetes: Option<Cluster>,
    /// Rules of VictoriaMetrics, and resources of its operator.
    pub victoria: Option<Cluster>,
    /// Rule groups within the limits of a Mimir.
    pub mimir: Option<Tenant>,
    /// Rule groups within the limits of a Cortex.
    pub cortex: Option<Tenant>,
    /// Rules of Thanos.
    pub thanos: Option<Thanos>,
    /// Folders, dashboards, alert rules and contact points of Grafana for Terraform.
    pub terraform: bool,
    /// Objectives as OpenSLO has them.
    pub openslo: bool,
    /// Services as entities of Backstage's catalog.
    pub backstage: bool,
    /// The project of Perses that dashboards go to.
    pub perses: Option<String>,
    /// The whole model.
    pub json: bool,
    /// Over how many rulers rule groups are spread.
    pub shards: Option<u32>,
}

/// Where in a cluster resources go, and how they are found there.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Cluster {
    /// The namespace; `None` for the one they are applied to.
    pub namespace: Option<String>,
    /// Labels of every resource with rules, by which the operator selects them.
    pub labels: Labels,
}

/// What a tenant's ruler takes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Tenant {
    /// Rules in a group at most.
    pub rules: usize,
    /// Groups at most.
    pub groups: usize,
    /// The tenants whose series the rules read; empty for the own one.
    pub sources: Vec<String>,
    /// Whether groups are evaluated at multiples of their interval.
    pub align: bool,
    /// Whether groups are cut into pieces that can be evaluated apart, so that more rulers have a part of the load.
    pub split: bool,
}

/// What Thanos does beyond Prometheus.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Thanos {
    /// Whether rules go on with what there is when a store does not answer.
    pub partial: bool,
    /// The labels by which replicas are told apart, which deduplication takes away.
    pub replica: Vec<String>,
}
