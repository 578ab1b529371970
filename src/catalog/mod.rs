//! The catalog: what is known of the metrics that queries read. Facts only; what follows from them is the type checker's.

mod unit;

pub use unit::Unit;
