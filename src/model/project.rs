//! What is set for the whole program.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Outputs;
use crate::units::Duration;

/// Settings of the whole program, defaults filled in.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Project {
    /// The project's name; titles the overview.
    pub name: String,
    /// Where runbook pages are served, without a trailing slash; `None` leaves links relative to `out/`.
    pub runbooks: Option<String>,
    /// Where Grafana is served, without a trailing slash; `None` leaves links relative to Grafana's root.
    pub grafana: Option<String>,
    /// The oldest Grafana that must understand what is generated; `None` for those of today.
    pub version: Option<u32>,
    /// Evaluation interval of the fast rule groups (Δ).
    pub every: Duration,
    /// Scrape interval of the metrics.
    pub scrape: Duration,
    /// Where Alertmanager finds a file per secret, without a trailing slash.
    pub secrets: String,
    /// Title of the Grafana folder of generated alerts and dashboards.
    pub folder: String,
    /// The environment it is for; `None` for the program as it is.
    pub environment: Option<String>,
    /// Labels that environments set, or each Prometheus by itself: alerts that differ in them are of different places.
    pub apart: BTreeSet<String>,
    /// What is generated beside the files that every project has.
    pub outputs: Outputs,
}

impl Project {
    /// Where a dashboard is, showing a time until now.
    pub fn dashboard(&self, uid: &str, back: Duration) -> String {
        format!("{}/d/{uid}?from=now-{}&to=now", self.grafana.as_deref().unwrap_or(""), single(back))
    }

    /// Whether the Grafana it is for is older than this one, as far as its major version tells.
    pub fn is_before(&self, version: u32) -> bool {
        self.version.is_some_and(|own| own < version)
    }

    /// A name that can stand beside those of other environments: `cart`, or `cart.staging`. Names hold no dot.
    pub fn beside(&self, name: &str) -> String {
        self.environment.as_ref().map_or_else(|| name.to_string(), |e| format!("{name}.{e}"))
    }
}

/// A time in one unit, as Grafana's links have it: `90m`, `3h`, `9d`.
pub fn single(time: Duration) -> String {
    const MINUTES: u64 = 60_000;
    match time.millis() / MINUTES {
        days if days % 1440 == 0 => format!("{}d", days / 1440),
        hours if hours % 60 == 0 => format!("{}h", hours / 60),
        minutes => format!("{minutes}m"),
    }
}
