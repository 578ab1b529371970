//! Who may see and change which folder of Grafana.

use serde::Serialize;

use super::Origin;

/// A folder with its rights.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Access {
    /// The folder's title.
    pub folder: String,
    /// A key for it, unique: of `[a-z0-9-]`.
    pub uid: String,
    /// Who may do what, in the order written.
    pub grants: Vec<(Who, Right)>,
    /// Its spec line.
    pub origin: Origin,
}

/// Who has a right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever can log in.
    Everyone,
    /// A team, by name.
    Team(String),
}

/// What somebody may do with a folder, each including those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See it.
    View,
    /// Change what is in it.
    Edit,
    /// Change its rights.
    Admin,
}

/// A team.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
}
