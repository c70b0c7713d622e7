//! paths → `input` → text → `plan` → model → `graph` → `engine`(`builtin` | `script`) → findings
//! → `triage` → `report` → bytes and an exit code.

#[macro_use]
mod declare;

pub mod facts;
pub mod plan;

pub mod graph;

pub mod estate;

pub mod lint;

pub mod input;
