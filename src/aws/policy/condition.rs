//! Conditions.

use crate::plan::Tri;

use super::{
    Text,
    pattern::Case,
    request::{Given, Request},
};

/// One line of a condition block: `operator { key: values }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Such as `StringEquals` or `ForAnyValue:StringLike`, as written.
    pub operator: String,
    /// Such as `sts:ExternalId`. Case does not matter.
    pub key: String,
    /// One of them has to fit.
    pub values: Vec<Text>,
}

impl Condition {
    /// Whether it is about a key.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// The operator without what does not change its kind: `ForAnyValue:`, `IfExists`.
    pub fn operator(&self) -> &str {
        let bare = self.operator.rsplit(':').next().unwrap_or(&self.operator);
        bare.strip_suffix("IfExists").unwrap_or(bare)
    }

    /// It holds where the value differs, or is not there.
    pub fn is_negated(&self) -> bool {
        self.operator().contains("Not")
    }

    /// Whether a request satisfies it; `Maybe` where its operator or key is not understood.
    pub(super) fn holds_for(&self, request: &Request<'_>) -> Tri {
        let given = request.context.iter().find(|(key, _)| self.is_about(key));
        let Some((_, given)) = given else { return Tri::Maybe };
        if *given == Given::Right {
            return Tri::Yes;
        }
        if self.operator.to_ascii_lowercase().starts_with("forallvalues:") {
            return Tri::Maybe;
        }
        let (wild, case) = match self.operator().to_ascii_lowercase().as_str() {
            "stringequals" | "stringnotequals" => (false, Case::Kept),
            "stringequalsignorecase" | "stringnotequalsignorecase" => (false, Case::Ignored),
            "stringlike" | "stringnotlike" => (true, Case::Kept),
            "arnlike" | "arnnotlike" | "arnequals" | "arnnotequals" => (true, Case::Kept),
            "bool" => (false, Case::Ignored),
            _ => return Tri::Maybe,
        };
        let compares = given.compares(&self.values, wild, case);
        if self.is_negated() { !compares } else { compares }
    }
}
