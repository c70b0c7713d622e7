//! paths → `input` → text → `plan` → model → `graph` → `engine`(`builtin` | `script`) → findings
//! → `triage` → `report` → bytes and an exit code.

pub mod plan;

pub mod lint;

pub mod docs;
pub mod redact;
pub mod report;
