//! What targets cannot take: told before anything is written, since a target itself cannot fail.

use super::{kubernetes, tenants, thanos, victoria};
use crate::diag::codes::Code;
use crate::model::Model;

/// Something that a target cannot take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beyond {
    /// What `emit` names the target.
    pub target: &'static str,
    /// The code it is reported under.
    pub code: &'static Code,
    /// What is too much, or wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// What the targets that a project asks for cannot take of it, one by one.
pub fn beyond(model: &Model) -> Vec<Beyond> {
    [kubernetes::beyond, victoria::beyond, tenants::beyond, thanos::beyond].iter().flat_map(|of| of(model)).collect()
}
