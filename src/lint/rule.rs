//! What a rule is, and what it is given.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::Arc,
};

use crate::{
    estate::{Estate, Rows, Shelf},
    graph::{Res, Scope},
    plan::ResId,
};

use super::{FailureKind, Findings, Param, ParamValue, RuleMeta, ScriptError, ScriptFailure};

/// How a built-in rule judges.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// One plan at a time.
    Plan(fn(&PlanCx<'_>, &mut Findings<'_>)),
    /// All plans of the run together: takes rows while a plan is in memory, and judges them when
    /// all plans were seen. Everything that needs a plan's graph is computed while collecting.
    Estate {
        /// Takes rows from one world of one plan.
        collect: fn(&PlanCx<'_>, &mut Rows),
        /// Judges the rows of one world of all plans.
        judge: fn(&EstateCx<'_>, &mut Findings<'_>),
    },
}

/// Why a rule could not judge a plan. Never a finding; always exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// Error or limit.
    pub kind: FailureKind,
    /// What happened and what to do.
    pub message: String,
    /// Where in its script; none where it has none.
    pub script: Option<Box<ScriptFailure>>,
}

/// How the engine runs a rule, whatever language it is written in.
pub enum Judge<'r> {
    /// One plan at a time.
    Plan(&'r (dyn PlanJudge + 'r)),
    /// All plans together.
    Estate {
        /// Takes rows from one world of one plan.
        collect: fn(&PlanCx<'_>, &mut Rows),
        /// Judges the rows of one world of all plans.
        judge: fn(&EstateCx<'_>, &mut Findings<'_>),
    },
}

/// Judges one world of one plan.
pub trait PlanJudge: Sync {
    /// Reports what is wrong.
    ///
    /// # Errors
    /// When the judgment could not be made; what was found until then still stands.
    fn judge(&self, cx: &PlanCx<'_>, out: &mut Findings<'_>) -> Result<(), RuleError>;
}

/// A rule, in Rust or as a script.
pub trait Rule: Send + Sync {
    /// What is known about it without running it.
    fn meta(&self) -> &Arc<RuleMeta>;
    /// How to run it.
    fn judge(&self) -> Judge<'_>;
    /// What most likely is a mistake of its author, found without running it. It runs all the same.
    fn doubts(&self) -> Vec<ScriptError> {
        Vec::new()
    }
    /// Tells versions of a script apart, and how strictly it is run; none of a rule that is part of
    /// the program.
    fn digest(&self) -> Option<String> {
        None
    }
}

/// Settings of one rule, with the defaults filled in.
#[derive(Clone, Debug, Default)]
pub struct Params(BTreeMap<String, ParamValue>);

impl Params {
    /// The declared defaults.
    pub fn defaults(declared: &[Param]) -> Params {
        Params(
            declared.iter().map(|param| (param.name.to_string(), param.default.clone())).collect(),
        )
    }

    /// Overrides one value; the caller has checked its name and type.
    pub fn set(&mut self, name: &str, value: ParamValue) {
        self.0.insert(name.to_owned(), value);
    }

    /// A setting's value; none where the rule declares no such setting.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.0.get(name)
    }

    /// All settings, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParamValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A boolean setting.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(ParamValue::Bool(true)))
    }

    /// A number.
    pub fn int(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(ParamValue::Int(value)) => *value,
            _ => 0,
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(ParamValue::Texts(list)) => list.iter().map(AsRef::as_ref).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a rule sees of one world of one plan. It is a [`Scope`] with the rule's settings.
#[derive(Debug)]
pub struct PlanCx<'a> {
    scope: &'a Scope<'a>,
    params: &'a Params,
    settled: Option<&'a BTreeSet<ResId>>,
    shelf: Option<&'a Shelf>,
}

impl<'a> PlanCx<'a> {
    /// Joins a world of a plan with a rule's settings.
    pub fn new(scope: &'a Scope<'a>, params: &'a Params) -> PlanCx<'a> {
        PlanCx { scope, params, settled: None, shelf: None }
    }

    /// The same, where judgments of the planned world hold in this one as well.
    #[must_use]
    pub fn with_settled(self, settled: &'a BTreeSet<ResId>) -> PlanCx<'a> {
        PlanCx { settled: Some(settled), ..self }
    }

    /// The same, where rows that several rules judge are taken once.
    #[must_use]
    pub fn with_shelf(self, shelf: &'a Shelf) -> PlanCx<'a> {
        PlanCx { shelf: Some(shelf), ..self }
    }

    /// Adds rows that other rules judge too; they are taken once for all of them, under a name that
    /// no other rows have. No setting of a rule reaches `take`.
    pub fn share(&self, rows: &mut Rows, name: &'static str, take: fn(&PlanCx<'_>, &mut Rows)) {
        let Some(shelf) = self.shelf else { return take(self, rows) };
        shelf.add(rows, name, || {
            let scope = Scope::new(self.scope.graph, self.scope.world()).taking_rows();
            let params = Params::default();
            let mut own = Rows::default();
            take(&PlanCx::new(&scope, &params).with_shelf(shelf), &mut own);
            own.taken(&scope.close())
        });
    }

    /// Whether an instance need not be judged: what the rule said of it in the planned world
    /// holds here ([`Findings::hold_in_both`]).
    pub fn is_settled(&self, id: ResId) -> bool {
        self.settled.is_some_and(|all| all.contains(&id))
    }

    /// Judges the instances of types one by one, for rules that say of an instance what hangs on it
    /// alone. Where nothing was read that is otherwise in the world before, the judgment holds there
    /// too and is not made again. `judge` finds out by itself whatever else it needs: what a rule
    /// knows from elsewhere may hang on more.
    pub fn each(
        &self,
        types: &[&str],
        out: &mut Findings<'_>,
        judge: impl Fn(Res<'a>, &mut Findings<'_>) + Copy + 'static,
    ) {
        for it in types.iter().flat_map(|type_| self.of(type_)) {
            if self.is_settled(it.id) {
                continue;
            }
            let since = out.len();
            let ((), differs) = self.scope.apart(|| judge(it, out));
            if !differs {
                out.hold_in_both(it.id, since);
            }
        }
    }

    /// The rule's settings.
    pub fn params(&self) -> &'a Params {
        self.params
    }
}

impl<'a> Deref for PlanCx<'a> {
    type Target = &'a Scope<'a>;
    fn deref(&self) -> &&'a Scope<'a> {
        &self.scope
    }
}

/// What an estate rule judges: the rows of one world, with the rule's settings.
#[derive(Debug)]
pub struct EstateCx<'a> {
    estate: &'a Estate,
    params: &'a Params,
}

impl<'a> EstateCx<'a> {
    /// Joins rows with a rule's settings.
    pub fn new(estate: &'a Estate, params: &'a Params) -> EstateCx<'a> {
        EstateCx { estate, params }
    }

    /// The rule's settings.
    pub fn params(&self) -> &'a Params {
        self.params
    }
}

impl<'a> Deref for EstateCx<'a> {
    type Target = &'a Estate;
    fn deref(&self) -> &&'a Estate {
        &self.estate
    }
}
