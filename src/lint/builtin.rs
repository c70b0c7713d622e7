//! A rule compiled into the binary, as `declare_rule!` makes it.

use std::{borrow::Cow, ops::RangeInclusive, sync::Arc};

use super::{
    Allowed, Category, Check, Confidence, Findings, Judge, Param, ParamValue, PlanCx, PlanJudge,
    Profile, Rule, RuleError, RuleMeta, Severity, TextForm, World,
};

/// The default of a built-in rule's parameter, and what else it may be.
#[derive(Clone, Debug)]
pub enum Default {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. A range that ends with the type's has no end.
    Int(i64, RangeInclusive<i64>),
    /// A list of texts, each of that form.
    Texts(&'static [&'static str], TextForm),
}

impl Default {
    fn value(&self) -> ParamValue {
        match self {
            Default::Bool(value) => ParamValue::Bool(*value),
            Default::Int(value, _) => ParamValue::Int(*value),
            Default::Texts(list, _) => {
                ParamValue::Texts(list.iter().copied().map(Cow::Borrowed).collect())
            }
        }
    }

    fn allowed(&self) -> Allowed {
        match self {
            Default::Bool(_) => Allowed::Anything,
            Default::Int(_, range) => {
                let (least, most) = (*range.start(), *range.end());
                Allowed::Range(Some(least), (most != i64::MAX).then_some(most))
            }
            Default::Texts(_, form) => Allowed::Form(*form),
        }
    }
}

/// A declaration; see [`RuleMeta`] for the fields.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are those of RuleMeta, documented there")]
pub struct Builtin {
    pub id: &'static str,
    pub summary: &'static str,
    pub severity: Severity,
    pub also: &'static [(Severity, &'static str)],
    pub confidence: Confidence,
    pub category: Category,
    pub profile: Profile,
    pub world: World,
    pub subjects: &'static [&'static str],
    pub since: &'static str,
    pub params: &'static [(&'static str, Default, &'static str)],
    /// Why the rule needs no `unknown` fixture; empty where it has one.
    pub no_unknown: &'static str,
    /// Why the rule can have no `bad` fixture with a definite finding; empty where it has one.
    pub no_bad: &'static str,
    pub docs: &'static str,
    pub file: &'static str,
    /// How it judges.
    pub check: Check,
}

impl Builtin {
    /// The declaration as every rule's metadata.
    pub fn meta(&self) -> RuleMeta {
        let param = |(name, default, doc): &(&'static str, Default, &'static str)| Param {
            name: Cow::Borrowed(name),
            doc: Cow::Borrowed(doc),
            default: default.value(),
            allowed: default.allowed(),
        };
        RuleMeta {
            id: Cow::Borrowed(self.id),
            summary: Cow::Borrowed(self.summary),
            severity: self.severity,
            also: self.also.iter().map(|(level, when)| (*level, Cow::Borrowed(*when))).collect(),
            confidence: self.confidence,
            category: self.category,
            profile: self.profile,
            world: self.world,
            subjects: self.subjects.iter().copied().map(Cow::Borrowed).collect(),
            since: Cow::Borrowed(self.since),
            params: self.params.iter().map(param).collect(),
            docs: Cow::Borrowed(self.docs),
            // Forward slashes whatever system it was built on.
            file: Cow::Owned(self.file.replace('\\', "/")),
            is_shipped: true,
        }
    }
}

/// A built-in rule, ready to run.
pub struct BuiltinRule {
    declaration: &'static Builtin,
    meta: Arc<RuleMeta>,
}

impl BuiltinRule {
    /// Makes a declaration ready to run.
    pub fn new(declaration: &'static Builtin) -> BuiltinRule {
        BuiltinRule { declaration, meta: Arc::new(declaration.meta()) }
    }
}

impl Rule for BuiltinRule {
    fn meta(&self) -> &Arc<RuleMeta> {
        &self.meta
    }

    fn judge(&self) -> Judge<'_> {
        match self.declaration.check {
            Check::Plan(_) => Judge::Plan(self),
            Check::Estate { collect, judge } => Judge::Estate { collect, judge },
        }
    }
}

impl PlanJudge for BuiltinRule {
    fn judge(&self, cx: &PlanCx<'_>, out: &mut Findings<'_>) -> Result<(), RuleError> {
        if let Check::Plan(check) = self.declaration.check {
            check(cx, out);
        }
        Ok(())
    }
}
