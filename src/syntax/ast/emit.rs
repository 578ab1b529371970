//! What is generated beside the files that every project has.

use super::{Name, Setting};

/// `emit kubernetes namespace "monitoring"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Emit {
    /// `kubernetes`, `mimir`, `json` …
    pub kind: Name,
    /// Its settings in the order written.
    pub settings: Vec<Setting>,
}

impl Emit {
    /// A setting by its word.
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|s| s.key.node == key)
    }
}
