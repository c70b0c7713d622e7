//! What is accepted stays accepted when code changes its place: in a plan, in a list, in a module.

use std::collections::BTreeSet;

use bricklint::{
    engine::Judged,
    lint::{Change, Finding, Outcome},
    triage::{self, Baseline, Comments, Entries, Entry},
};
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::{
    common::check_all,
    judged::{fixtures, is_of_some, jobs, judge},
    rewrite::{list_mut, members_mut, wrap},
};

/// What there is to accept.
fn outcome(judged: &Judged) -> Outcome {
    let is_there = |it: &&Finding| it.change != Change::Fixed;
    Outcome {
        inputs: judged.inputs.clone(),
        findings: judged.findings.iter().filter(is_there).cloned().collect(),
        coverage: judged.coverage.clone(),
        rules: jobs().iter().map(|job| job.rule.meta().clone()).collect(),
        ..Outcome::default()
    }
}

/// Every plan of a fixture in which something is found, changed. Gives how many findings were
/// looked at; `check` says what is wrong with those before and those after.
fn hold(
    change: impl Fn(&mut Value) -> bool + Sync,
    check: impl Fn(Outcome, Outcome) -> Vec<String> + Sync,
) -> usize {
    let results: Vec<(usize, Vec<String>)> = fixtures()
        .par_iter()
        .filter_map(|fixture| {
            let mut plans = fixture.plans();
            let before = outcome(&fixture.judged);
            let seen = before.findings.len();
            if seen == 0 || !plans.iter_mut().all(&change) {
                return None;
            }
            let errors = check(before, outcome(&judge(&fixture.with(&plans))));
            let dir = fixture.case.dir.display();
            Some((seen, errors.iter().map(|it| format!("{dir}: {it}")).collect()))
        })
        .collect();
    let seen = results.iter().map(|(seen, _)| seen).sum();
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
    seen
}

/// The same fingerprints, and each stands for what it stood for.
fn same(before: Outcome, after: Outcome) -> Vec<String> {
    let words = |finding: &Finding| {
        let attribute = finding.place.lasting_attribute().unwrap_or_default();
        let (rule, print, place) = (&finding.rule, &finding.fingerprint, &finding.place);
        format!("{print} {rule} {} {} {attribute}: {}", place.unit, place.address, finding.message)
    };
    let [before, after] =
        [before, after].map(|it| it.findings.iter().map(words).collect::<BTreeSet<_>>());
    let gone = before.difference(&after).map(|it| format!("gone: {it}"));
    gone.chain(after.difference(&before).map(|it| format!("new: {it}"))).collect()
}

#[test]
fn the_order_of_blocks_changes_no_fingerprint() {
    // What one rule finds is the order itself: that a block goes in at the front of a list of which
    // Terraform compares the positions. Reversed, it goes in at the end, which moves no other.
    let is_of_order = |it: &Finding| it.rule == "drift-mass-change";
    let same = |mut before: Outcome, mut after: Outcome| {
        for it in [&mut before, &mut after] {
            it.findings.retain(|it| !is_of_order(it));
        }
        same(before, after)
    };
    let seen = hold(reverse_blocks, same);
    assert!(is_of_some() || seen > 200, "{seen}");
}

/// Reverses every list of nested blocks: in the values, in their masks and in the configuration.
fn reverse_blocks(plan: &mut Value) -> bool {
    let text = plan["configuration"].to_string();
    // What is referred to by its index would be another block then.
    let is_free = |attribute: &str| !text.contains(&format!(".{attribute}["));
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        for side in ["before", "after", "after_unknown", "before_sensitive", "after_sensitive"] {
            if let Some(values) = change["change"][side].as_object_mut() {
                reverse_lists(values, &is_free);
            }
        }
    }
    reverse_configured(&mut plan["configuration"]["root_module"], &is_free);
    true
}

fn reverse_configured(module: &mut Value, is_free: &impl Fn(&str) -> bool) {
    for block in list_mut(module, "resources") {
        if let Some(expressions) = block["expressions"].as_object_mut() {
            reverse_lists(expressions, is_free);
        }
    }
    for call in members_mut(module, "module_calls") {
        reverse_configured(&mut call["module"], is_free);
    }
}

fn reverse_lists(values: &mut Map<String, Value>, is_free: &impl Fn(&str) -> bool) {
    for (_, value) in values.iter_mut().filter(|(attribute, _)| is_free(attribute)) {
        if let Some(list) = value.as_array_mut().filter(|list| list.iter().all(Value::is_object)) {
            list.reverse();
        }
    }
}

/// The whole configuration goes into a module, with `moved` blocks: a baseline from before accepts
/// everything, says what moved, and written again follows.
#[test]
fn a_baseline_follows_moved_blocks() {
    let seen = hold(wrap_moved, |mut before, mut after| {
        for it in [&mut before, &mut after] {
            it.findings.retain(can_move);
        }
        let old = Baseline::of("b.json", before.findings.iter().map(Entry::of));
        let by = |baseline: Baseline| Entries {
            comments: Comments::default(),
            waivers: Vec::new(),
            baseline: Some(baseline),
            today: jiff::civil::date(2026, 1, 1),
            complaint: &|_| None,
        };
        let got = triage::triage(after.clone(), &by(old.clone()));
        let mut errors: Vec<String> = complaints(&got);
        for it in &got.accepted {
            let (from, to) = (it.moved_from.as_deref(), &it.finding.place.address);
            let moved = from.is_some_and(|from| *to == format!("module.core.{from}"));
            if !moved && to.starts_with("module.core.") {
                errors.push(format!("{to} is not said to come from anywhere: {from:?}"));
            }
        }
        let new = triage::baseline(&got, &old);
        let mut got = triage::triage(after, &by(new));
        let left = std::mem::take(&mut got.findings).into_iter();
        got.findings = left.filter(|it| triage::belongs(it, &got)).collect();
        errors.extend(complaints(&got));
        errors
    });
    assert!(is_of_some() || seen > 150, "{seen}");
}

/// No `moved` block can name a data source, nor a variable of a module or an argument of its call; those of
/// the root stay, with their defaults, as its outputs and provider blocks do.
fn can_move(it: &Finding) -> bool {
    let address = it.place.address.as_str();
    let of_modules = address.starts_with("module.");
    let is_call = address.rsplit('.').nth(1) == Some("module");
    !address.starts_with("data.")
        && !is_call
        && !(of_modules && (address.contains(".data.") || address.contains(".var.")))
}

/// What is not accepted, and what accepts nothing.
fn complaints(outcome: &Outcome) -> Vec<String> {
    let new = outcome.findings.iter().map(|it| {
        format!("new: {} {} {:?}: {}", it.rule, it.place.address, it.fingerprint_before, it.message)
    });
    new.chain(outcome.unused.iter().map(|it| format!("unused: {it:?}"))).collect()
}

/// Puts everything into a module, and tells of each instance where it was before.
fn wrap_moved(plan: &mut Value) -> bool {
    let old = |it: &mut Value| match &it["previous_address"] {
        Value::Null => it["address"].clone(),
        previous => previous.clone(),
    };
    let lists = ["resource_changes", "resource_drift"];
    let before = lists.map(|list| list_mut(plan, list).map(old).collect::<Vec<Value>>());
    if !wrap(plan) {
        return false;
    }
    for (list, before) in lists.into_iter().zip(before) {
        list_mut(plan, list).zip(before).for_each(|(it, old)| it["previous_address"] = old);
    }
    true
}
