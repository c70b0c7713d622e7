//! Bytes to a model of the plan: resources, configuration, masks. No judgment, no I/O.

mod address;
mod config;
mod json;
mod model;
mod tfstate;
mod tree;
mod tri;

pub use address::{
    Cut, Key, ModulePath, Step, cuts, module_address, module_path, own_steps, seen_from, steps,
};
pub use config::{
    Call, Config, ConfigModule, ConfigOutput, ConfigResource, ConfigVariable, Lazy, Provider,
    Repetition,
};
pub use model::{
    About, Actions, DocumentKind, Mode, ModuleInstance, Output, ParseError, Plan, ResId, Resource,
    Values,
};
pub use tree::{Embedded, Root, Span, Tree, Value};
pub use tri::Tri;
