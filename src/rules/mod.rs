//! Prometheus's rule files, as others wrote them: read with places, and checked like our own queries.

mod check;
mod file;
mod template;
mod text;
mod yaml;

pub use check::{Source, check};
pub use file::{Group, Rule, read};
pub use text::Text;
