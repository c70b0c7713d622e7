//! What is a secret by its form, and what by its name, whatever it stands in.
//!
//! Rules ask it of the values of a plan; the engine and the excerpts ask it of what they show.

pub(crate) mod forms;
pub(crate) mod names;
