//! The contract between rules and everything else: metadata in, findings out.

mod finding;
mod meta;

pub use finding::{
    Blind, Change, Coverage, Excerpt, Failure, FailureKind, Finding, InputInfo, Outcome, Place,
    Related, SourceSpan, Summary, Verdict,
};
pub use meta::{
    Category, Confidence, DOCS_BASE, Param, ParamValue, Profile, RuleMeta, Severity, World,
};
