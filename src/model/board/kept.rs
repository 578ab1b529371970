//! A dashboard of Grafana that is kept as its file has it: its JSON, and as much of it as others must know.

use serde::Serialize;

use super::super::Origin;
use super::Folder;

/// A dashboard that is kept as it is.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct Kept {
    /// What the program calls it.
    pub name: String,
    /// Its uid in Grafana: that of its file, or its name.
    pub uid: String,
    /// Its title, unique in its folder.
    pub title: String,
    /// Where Grafana keeps it.
    pub folder: Folder,
    /// The names of what can be chosen above its panels.
    pub variables: Vec<String>,
    /// Its panels in the order of the file.
    pub panels: Vec<KeptPanel>,
    /// The dashboard itself, as Grafana reads it.
    pub json: String,
    /// Its spec line.
    pub origin: Origin,
}

/// A panel of a dashboard that is kept as it is.
#[derive(Clone, PartialEq, Hash, Debug, Serialize)]
pub struct KeptPanel {
    /// Its number in the dashboard.
    pub id: Option<u32>,
    /// Its title.
    pub title: String,
    /// What it asks.
    pub queries: Vec<String>,
    /// Its first and its last line in the JSON, from 1.
    pub lines: [usize; 2],
    /// The line of the file that it is kept in.
    pub origin: Origin,
}
