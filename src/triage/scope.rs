//! What a run judged: of anything else it cannot say that there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{Blind, InputInfo, Outcome, World};

/// The units and rules of a run, and where the two did not come together.
pub(super) struct Scope<'a> {
    rules: BTreeMap<&'a str, World>,
    inputs: BTreeMap<&'a str, &'a InputInfo>,
    /// Unit and rule; an empty unit stands for all, no rule for every rule.
    failed: BTreeSet<(&'a str, Option<&'a str>)>,
    /// Rule and unit: what the rule asked for is in a plan that is not part of the run.
    elsewhere: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(outcome: &'a Outcome) -> Scope<'a> {
        let failures = outcome.failures.iter();
        let elsewhere = outcome.coverage.iter().flat_map(|entry| {
            let units = entry.blind.keys().filter(|(cause, _)| *cause == Blind::NotInRun);
            units.map(|(_, unit)| (entry.rule.as_str(), unit.as_str()))
        });
        Scope {
            rules: outcome.rules.iter().map(|rule| (&*rule.id, rule.world)).collect(),
            inputs: outcome.inputs.iter().map(|it| (it.unit.as_str(), it)).collect(),
            failed: failures.map(|it| (it.unit.as_str(), it.rule.as_deref())).collect(),
            elsewhere: elsewhere.collect(),
        }
    }

    /// The units of the run.
    pub(super) fn units(&self) -> impl Iterator<Item = &'a str> {
        self.inputs.keys().copied()
    }

    /// Whether a rule saw all of some units, and there is at least one.
    pub(super) fn judged<'u>(&self, rule: &str, units: impl IntoIterator<Item = &'u str>) -> bool {
        let mut units = units.into_iter().peekable();
        units.peek().is_some() && units.all(|unit| self.judged_one(rule, unit))
    }

    fn judged_one(&self, rule: &str, unit: &str) -> bool {
        let (Some(world), Some(input)) = (self.rules.get(rule), self.inputs.get(unit)) else {
            return false;
        };
        // A state has neither a change nor a configuration, and a plan that is not whole lacks
        // resources.
        let fits = input.kind == "plan" || *world == World::State;
        let whole = input.complete && !input.errored;
        let failed = [(unit, None), (unit, Some(rule)), ("", Some(rule))];
        fits && whole
            && !failed.iter().any(|it| self.failed.contains(it))
            && !self.elsewhere.contains(&(rule, unit))
    }
}
