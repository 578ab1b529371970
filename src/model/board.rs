//! A dashboard: what is shown and where, without how Grafana stores it.

use super::Origin;

/// A dashboard.
#[derive(Clone, PartialEq, Debug)]
pub struct Board {
    /// Grafana's uid: at most 40 characters of `[a-z0-9-]`.
    pub uid: String,
    /// Its title, unique in its folder.
    pub title: String,
    /// Its spec line.
    pub origin: Origin,
}
