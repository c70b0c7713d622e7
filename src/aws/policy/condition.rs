//! Conditions.

use serde::{Deserialize, Serialize};

use crate::plan::Tri;

use super::{
    Text,
    pattern::Case,
    request::{Given, Request},
};

/// One line of a condition block: `operator { key: values }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Whether it demands a value of its key, and not just any: a request that carries another, or none,
    /// does not satisfy it.
    pub fn demands_a_value(&self) -> Tri {
        let operator = self.operator().to_ascii_lowercase();
        let is_exact = matches!(operator.as_str(), "stringequals" | "stringequalsignorecase");
        let is_pattern =
            matches!(operator.as_str(), "stringlike" | "arnlike" | "arnequals" | "ipaddress");
        if self.holds_without_key() || !(is_exact || is_pattern) {
            return Tri::No;
        }
        // A star is an ordinary letter where no pattern is asked for.
        let is_any = |it: &Text| if is_exact { Tri::No } else { it.is_for_everybody() };
        !Tri::any(self.values.iter().map(is_any))
    }

    /// Whether a request satisfies it that carries this value under its key.
    pub fn accepts(&self, value: &str) -> Tri {
        self.holds_for(&Request::default().with(&self.key, Given::Is(value.to_owned())))
    }

    /// It holds for a request that does not carry its key at all.
    fn holds_without_key(&self) -> bool {
        self.is_for_all_values() || self.operator.to_ascii_lowercase().ends_with("ifexists")
    }

    fn is_for_all_values(&self) -> bool {
        self.operator.to_ascii_lowercase().starts_with("forallvalues:")
    }

    /// Whether a request satisfies it; `Maybe` where its operator or key is not understood.
    pub fn holds_for(&self, request: &Request<'_>) -> Tri {
        let given = request.context.iter().find(|(key, _)| self.is_about(key));
        let Some((_, given)) = given else { return Tri::Maybe };
        if *given == Given::Right {
            return Tri::Yes;
        }
        let is_foreign = *given == Given::Foreign;
        let is_loose = self.is_for_all_values() || (is_foreign && self.holds_without_key());
        // Without the key a negation holds as well; otherwise its being there decides.
        if is_loose && !(is_foreign && self.is_negated()) {
            return Tri::Maybe;
        }
        let operator = self.operator().to_ascii_lowercase();
        if let (Some(order), Given::Is(given)) = (operator.strip_prefix("numeric"), given) {
            return Tri::any(self.values.iter().map(|it| compare(given, order, it)));
        }
        let (wild, case) = match operator.as_str() {
            "stringequals" | "stringnotequals" => (false, Case::Kept),
            "stringequalsignorecase" | "stringnotequalsignorecase" => (false, Case::Ignored),
            "stringlike" | "stringnotlike" => (true, Case::Kept),
            "arnlike" | "arnnotlike" | "arnequals" | "arnnotequals" => (true, Case::Kept),
            "bool" => (false, Case::Ignored),
            "ipaddress" | "notipaddress" if is_foreign => (false, Case::Kept),
            _ => return Tri::Maybe,
        };
        let compares = given.compares(&self.values, wild, case);
        if self.is_negated() { !compares } else { compares }
    }
}

/// Whether a number stands in that order to one of a policy.
fn compare(given: &str, order: &str, value: &Text) -> Tri {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let numbers = (number(given), value.known().and_then(number));
    let (Some(given), Some(value)) = numbers else { return Tri::Maybe };
    match order {
        "equals" => Tri::from(given == value),
        "lessthan" => Tri::from(given < value),
        "lessthanequals" => Tri::from(given <= value),
        "greaterthan" => Tri::from(given > value),
        "greaterthanequals" => Tri::from(given >= value),
        _ => Tri::Maybe,
    }
}
