//! paths → `input` → text → `plan` → model → `graph` → `engine`(`builtin` | `script`) → findings
//! → `triage` → findings and what was accepted → `report` → bytes and an exit code.

#[macro_use]
mod declare;

mod brackets;

pub mod facts;
pub mod plan;

mod secrecy;

pub mod aws;
pub mod databricks;

pub mod graph;

pub mod estate;

pub mod source;

pub mod lint;

pub mod builtin;
pub mod script;

pub mod catalog;
pub mod config;

pub mod docs;
pub mod redact;
pub mod seal;

pub mod engine;
pub mod input;

pub mod triage;

pub mod record;
pub mod report;

pub mod cli;
