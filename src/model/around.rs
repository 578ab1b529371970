//! What the files of one service may say of the rest of the program.

use super::{Model, Project, Team};

/// What is known of the program where a service is printed by itself: nothing of any other service.
#[derive(Clone, Copy, Hash, Debug)]
pub struct Around<'a> {
    /// Settings of the whole program.
    pub project: &'a Project,
    /// Teams in the order of their names.
    pub teams: &'a [Team],
    /// Whether Grafana finds the receiver of an alert by its labels.
    pub policies: bool,
}

impl Model {
    /// What each of its services may know of it.
    pub fn around(&self) -> Around<'_> {
        let policies = self.routing.routes.as_ref().is_some_and(|r| r.policies);
        Around { project: &self.project, teams: &self.teams, policies }
    }
}
