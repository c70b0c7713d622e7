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

    /// Its operator, taken apart.
    pub(super) fn operator(&self) -> Operator {
        Operator::parse(&self.operator)
    }

    /// It holds where the value differs, or is not there.
    pub fn is_negated(&self) -> bool {
        self.operator().is_negated
    }

    /// Whether it demands a value of its key, and not just any: a request that carries another, or none,
    /// does not satisfy it.
    pub fn demands_a_value(&self) -> Tri {
        let operator = self.operator();
        let (is_exact, is_pattern) = match operator.compares {
            Compares::Exactly | Compares::WithoutCase => (operator.kind == "string", false),
            Compares::AsPattern | Compares::AsAddress => (false, true),
            Compares::Otherwise => (false, false),
        };
        if operator.holds_without_key() || operator.is_negated || !(is_exact || is_pattern) {
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

    /// Whether a request satisfies it; `Maybe` where its operator or key is not understood.
    pub fn holds_for(&self, request: &Request<'_>) -> Tri {
        let given = request.context.iter().find(|(key, _)| self.is_about(key));
        let Some((_, given)) = given else { return Tri::Maybe };
        if *given == Given::Right {
            return Tri::Yes;
        }
        let is_foreign = *given == Given::Foreign;
        let operator = self.operator();
        let is_loose =
            operator.quantifier == Quantifier::All || (is_foreign && operator.holds_without_key());
        // Without the key a negation holds as well; otherwise its being there decides.
        if is_loose && !(is_foreign && operator.is_negated) {
            return Tri::Maybe;
        }
        if operator.kind == "null" && !is_foreign {
            return Tri::any(self.values.iter().map(asks_for_key));
        }
        if let (Some(order), Given::Is(given)) = (operator.kind.strip_prefix("numeric"), given) {
            return Tri::any(self.values.iter().map(|it| compare(given, order, it)));
        }
        let (wild, case) = match operator.compares {
            Compares::Exactly => (false, Case::Kept),
            Compares::WithoutCase if operator.kind != "null" => (false, Case::Ignored),
            Compares::AsPattern => (true, Case::Kept),
            Compares::AsAddress if is_foreign => (false, Case::Kept),
            _ => return Tri::Maybe,
        };
        let compares = given.compares(&self.values, wild, case);
        if operator.is_negated { !compares } else { compares }
    }
}

/// How many of the values that a request carries have to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// The only one.
    One,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`, which none satisfies as well.
    All,
}

/// How an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compares {
    Exactly,
    WithoutCase,
    AsPattern,
    AsAddress,
    /// As a number or a date, or in a way that is not known.
    Otherwise,
}

/// An operator, taken apart. Its case does not matter.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) quantifier: Quantifier,
    /// `…IfExists`: it holds as well where a request does not carry the key.
    pub(super) if_exists: bool,
    pub(super) is_negated: bool,
    /// Of what kind the values are: `string`, `arn`, `address`, `bool`, `null`, else the operator itself.
    pub(super) kind: String,
    pub(super) compares: Compares,
}

impl Operator {
    fn parse(text: &str) -> Operator {
        let text = text.to_ascii_lowercase();
        let (quantifier, name) = text.rsplit_once(':').unwrap_or(("", &text));
        let bare = name.strip_suffix("ifexists").unwrap_or(name);
        let (kind, compares) = match bare {
            "stringequals" | "stringnotequals" => ("string", Compares::Exactly),
            "stringequalsignorecase" | "stringnotequalsignorecase" => {
                ("string", Compares::WithoutCase)
            }
            "stringlike" | "stringnotlike" => ("string", Compares::AsPattern),
            "arnequals" | "arnlike" | "arnnotequals" | "arnnotlike" => ("arn", Compares::AsPattern),
            "bool" | "null" => (bare, Compares::WithoutCase),
            "ipaddress" | "notipaddress" => ("address", Compares::AsAddress),
            other => (other, Compares::Otherwise),
        };
        Operator {
            quantifier: match quantifier {
                "forallvalues" => Quantifier::All,
                "foranyvalue" => Quantifier::Any,
                _ => Quantifier::One,
            },
            if_exists: bare.len() < name.len(),
            is_negated: bare.contains("not"),
            kind: kind.to_owned(),
            compares,
        }
    }

    /// It holds for a request that does not carry its key at all.
    fn holds_without_key(&self) -> bool {
        self.quantifier == Quantifier::All || self.if_exists
    }
}

/// Whether a value of `Null` asks for the key to be there: `true` stands for its absence.
fn asks_for_key(value: &Text) -> Tri {
    value.known().map_or(Tri::Maybe, |text| Tri::from(text.eq_ignore_ascii_case("false")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators() {
        for (text, quantifier, if_exists, is_negated, kind, compares) in [
            ("StringEquals", Quantifier::One, false, false, "string", Compares::Exactly),
            ("stringnotequals", Quantifier::One, false, true, "string", Compares::Exactly),
            (
                "ForAllValues:StringNotLikeIfExists",
                Quantifier::All,
                true,
                true,
                "string",
                Compares::AsPattern,
            ),
            ("foranyvalue:ArnLike", Quantifier::Any, false, false, "arn", Compares::AsPattern),
            ("NotIpAddress", Quantifier::One, false, true, "address", Compares::AsAddress),
            (
                "NumericLessThan",
                Quantifier::One,
                false,
                false,
                "numericlessthan",
                Compares::Otherwise,
            ),
        ] {
            let kind = kind.to_owned();
            let wanted = Operator { quantifier, if_exists, is_negated, kind, compares };
            assert_eq!(Operator::parse(text), wanted, "{text}");
        }
    }
}
