//! Bytes to a model of the plan: resources, configuration, masks. No judgment, no I/O.

mod tri;

pub use tri::Tri;
