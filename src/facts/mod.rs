//! What is true outside a plan: tables, each with its source, and look-ups in them.
//!
//! No judgment stands here and no other module is used. A table that can age says so, and what it
//! does not hold is unknown, never wrong.

pub mod schema;
