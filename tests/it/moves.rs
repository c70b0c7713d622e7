//! What is accepted stays accepted when code changes its place: in a plan, in a list, in a module.

use std::collections::BTreeSet;

use bricklint::{
    engine::Job,
    lint::{Change, Finding, Outcome},
    triage::{self, Baseline, Comments, Entries, Entry},
};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    case::{Case, cases},
    common::check_all,
    property::{Texts, jobs, judged, read},
    rules::shipped,
};

/// What there is to accept.
fn judge(texts: &Texts, jobs: &[Job]) -> Outcome {
    let judged = judged(texts, jobs);
    let is_there = |it: &Finding| it.change != Change::Fixed;
    Outcome {
        inputs: judged.inputs,
        findings: judged.findings.into_iter().filter(is_there).collect(),
        coverage: judged.coverage,
        rules: jobs.iter().map(|job| job.rule.meta().clone()).collect(),
        ..Outcome::default()
    }
}

/// Every plan of a fixture in which something is found, changed. Gives how many findings were
/// looked at; `check` says what is wrong with those before and those after.
fn hold(
    change: impl Fn(&mut Value) -> bool + Sync,
    check: impl Fn(Outcome, Outcome) -> Vec<String> + Sync,
) -> usize {
    let rules = shipped();
    let cases: Vec<Case> = rules.iter().flat_map(|rule| cases(&rule.meta().id)).collect();
    let jobs = jobs();
    let results: Vec<(usize, Vec<String>)> = cases
        .par_iter()
        .filter_map(|case| {
            let (mut texts, mut plans) = read(case)?;
            let before = judge(&texts, &jobs);
            let seen = before.findings.len();
            if seen == 0 || !plans.iter_mut().all(&change) {
                return None;
            }
            texts.iter_mut().zip(&plans).for_each(|((_, text), plan)| *text = plan.to_string());
            let errors = check(before, judge(&texts, &jobs));
            let dir = case.dir.display();
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
fn the_order_of_resources_changes_no_fingerprint() {
    let reverse = |plan: &mut Value| {
        plan["resource_changes"].as_array_mut().unwrap().reverse();
        true
    };
    assert!(hold(reverse, same) > 200);
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
    assert!(hold(reverse_blocks, same) > 200);
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

fn list_mut<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn members_mut<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    let members = value.get_mut(key).and_then(Value::as_object_mut);
    members.into_iter().flat_map(Map::values_mut)
}

/// The whole configuration goes into a module, with `moved` blocks: a baseline from before accepts
/// everything, says what moved, and written again follows.
#[test]
fn a_baseline_follows_moved_blocks() {
    let seen = hold(wrap, |mut before, mut after| {
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
    assert!(seen > 150, "{seen}");
}

/// No `moved` block can name a data source, nor a variable of a module; those of the root stay, with
/// their defaults, as its outputs and provider blocks do.
fn can_move(it: &Finding) -> bool {
    let address = it.place.address.as_str();
    let of_modules = address.starts_with("module.");
    !address.starts_with("data.")
        && !(of_modules && (address.contains(".data.") || address.contains(".var.")))
}

/// What is not accepted, and what accepts nothing.
fn complaints(outcome: &Outcome) -> Vec<String> {
    let new = outcome.findings.iter().map(|it| {
        format!("new: {} {} {:?}: {}", it.rule, it.place.address, it.fingerprint_before, it.message)
    });
    new.chain(outcome.unused.iter().map(|it| format!("unused: {it:?}"))).collect()
}

/// Puts the root module into `module.core`. False where that takes more than this: a provider that is
/// configured from a resource would need an output, and what a targeted plan leaves out stands in its
/// prior state alone, which knows no old addresses.
fn wrap(plan: &mut Value) -> bool {
    if plan["complete"] == false {
        return false;
    }
    let mut root = plan["configuration"]["root_module"].take();
    let providers = plan["configuration"]["provider_config"].to_string();
    let own = |kind: &str| {
        let blocks = root["resources"].as_array().into_iter().flatten();
        blocks.into_iter().any(|it| it["type"] == kind)
    };
    let refers = |text: &str| text.split('"').any(|it| own(it.split('.').next().unwrap_or("")));
    if root.is_null() || refers(&providers) || providers.contains("\"module.") {
        return false;
    }
    for list in ["resource_changes", "resource_drift"] {
        list_mut(plan, list).for_each(move_instance);
    }
    for state in ["/planned_values/root_module", "/prior_state/values/root_module"] {
        if let Some(module) = plan.pointer_mut(state) {
            move_module(module);
            let mut inner = module.take();
            inner["address"] = "module.core".into();
            *module = json!({ "child_modules": [inner] });
        }
    }
    let names = |key: &str| -> Vec<String> {
        root[key].as_object().into_iter().flat_map(Map::keys).cloned().collect()
    };
    let variables: Map<String, Value> = names("variables")
        .into_iter()
        .map(|it| (it.clone(), json!({ "references": [format!("var.{it}")] })))
        .collect();
    let outputs: Map<String, Value> = names("outputs")
        .into_iter()
        .map(|it| {
            let references = [format!("module.core.{it}"), "module.core".to_owned()];
            let sensitive = &root["outputs"][&it]["sensitive"];
            let expression = json!({ "references": references });
            (it, json!({ "expression": expression, "sensitive": sensitive }))
        })
        .collect();
    let declared = root["variables"].clone();
    // What is handed over needs no default.
    members_mut(&mut root, "variables").for_each(|it| {
        it.as_object_mut().unwrap().remove("default");
    });
    plan["configuration"]["root_module"] = json!({
        "variables": declared,
        "outputs": outputs,
        "module_calls": {
            "core": { "source": "./core", "expressions": variables, "module": root }
        }
    });
    true
}

fn move_instance(it: &mut Value) {
    let old = it["address"].clone();
    if it["previous_address"].is_null() {
        it["previous_address"] = old;
    }
    move_address(it, "address");
    let module = it["module_address"].as_str().map(|old| format!("module.core.{old}"));
    it["module_address"] = module.unwrap_or_else(|| "module.core".to_owned()).into();
}

fn move_address(it: &mut Value, key: &str) {
    if let Some(old) = it[key].as_str() {
        it[key] = format!("module.core.{old}").into();
    }
}

fn move_module(module: &mut Value) {
    move_address(module, "address");
    list_mut(module, "resources").for_each(|it| move_address(it, "address"));
    list_mut(module, "child_modules").for_each(move_module);
}
