//! The configuration's source: which line an address stands on, what expression is written there,
//! and what comments say. Files are read when they are asked for, each once.
//!
//! A [`Store`] reads files, a [`Tree`] over it is the source of one plan; [`find_root`] finds it.
//! A run has one [`Search`], which gives each of its plans an [`Origin`].

mod comment;
mod document;
mod expression;
mod files;
mod inputs;
mod locate;
mod look;
mod origin;
mod root;
mod scan;
mod shape;
mod store;
mod terragrunt;
mod tree;
mod unit;

#[cfg(test)]
mod tests;

pub use comment::Target;
pub use document::{Problem, Span};
pub use expression::{Body, Nested, Repeat};
pub use files::{DirFiles, Files, MemoryFiles, tfconfig};
pub use locate::{Located, Precision};
pub use look::{Around, File, Free, Value};
pub use origin::{Clue, Difference, Origin, Search, shown_from};
pub use root::{Ask, find_root};
pub use shape::{For, Hop, Shape};
pub use store::Store;
pub use tree::{Calls, Suppression, Tree};
pub use unit::{Given, Unit, plain_step};
