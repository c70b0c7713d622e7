//! The contract between rules and everything else: metadata in, findings out.

mod accepted;
mod approval;
mod builtin;
mod excerpt;
mod finding;
mod form;
mod meta;
mod rule;
mod script_error;
mod sink;
mod suite;

pub use crate::graph::{Cause as Blind, Caveat, CaveatKind};
pub use crate::source::{Precision, Problem as SourceProblem};

pub use accepted::{Accepted, By, FileLine, Unused};
pub use approval::{Approval, Dependent, Loss, Tier, Wanted};
pub use builtin::{Builtin, BuiltinRule, Default};
pub use excerpt::excerpt_text;
pub use finding::{
    Change, Coverage, Edit, Excerpt, Failure, FailureKind, Finding, InputInfo, Mark, Outcome,
    Place, Related, ScriptFailure, Snippet, SourceSpan, Summary, Verdict,
};
pub use form::{TextForm, pair};
pub use meta::{
    Allowed, Category, Confidence, DOCS_BASE, Param, ParamValue, Profile, RuleMeta, Severity, World,
};
pub use rule::{Check, EstateCx, Judge, Params, PlanCx, PlanJudge, Rule, RuleError};
pub use script_error::{ScriptError, Spot};
pub use sink::{At, Done, Draft, Findings, Hangs, Reported, Subject};
pub use suite::{Case, CaseResult, Suite, Tested};
