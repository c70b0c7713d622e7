//! Plans that mean the same are found to have the same wrong with them: whatever things are called, in
//! which order they stand, in which module, by which key, in how many plans.
//!
//! Every fixture of every rule is written anew ([`crate::rewrite`]) and judged by all rules. What is said
//! then is put into the words of before, and has to be what was said before.

use std::collections::BTreeMap;

use bricklint::{
    lint::{Finding, Judge, Verdict},
    plan::Key,
};
use rayon::prelude::*;
use serde_json::Value;

use crate::{
    common::check_all,
    judged::{Fixture, Texts, fixtures, is_of_some, jobs, judge},
    rewrite::{self, Names, Repeated},
};

/// Rules that say something else for a reason, with the change and the reason.
const KNOWN: &[(&str, &str, &str)] = &[(
    "plans",
    "chg-ncc-delete-bound",
    "its note is about the order of what one apply destroys; two plans are two applies",
)];

fn is_known(change: &str, finding: &Finding) -> bool {
    KNOWN.iter().any(|(of, rule, _)| *of == change && finding.rule == *rule)
}

/// What a finding says, but for its fingerprint and the lines that stand for its subject. An address is a
/// part of both.
fn words(finding: &Finding) -> String {
    let plain = Finding {
        fingerprint: String::new(),
        fingerprint_before: None,
        excerpt: None,
        ..finding.clone()
    };
    format!("{plain:?}")
}

/// What is said of a fixture that was changed, against what was said before; `back` takes out of both what
/// the change is about.
fn compare<'f>(
    fixture: &Fixture,
    before: impl Iterator<Item = &'f Finding>,
    after: impl Iterator<Item = &'f Finding>,
    back: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut said = BTreeMap::new();
    before.for_each(|it| *said.entry(back(&words(it))).or_insert(0) -= 1);
    after.for_each(|it| *said.entry(back(&words(it))).or_insert(0) += 1);
    let differ = said.into_iter().filter(|(_, count)| *count != 0);
    let dir = fixture.case.dir.display();
    let error =
        |(words, count)| format!("{dir}: {}: {words}", if count < 0 { "gone" } else { "new" });
    differ.map(error).collect()
}

/// Changes the plans of every fixture and judges them. Gives how many findings were looked at.
fn hold(errors: impl Fn(&Fixture) -> Option<Vec<String>> + Sync) -> usize {
    let results: Vec<(usize, Vec<String>)> = fixtures()
        .par_iter()
        .filter_map(|it| Some((it.judged.findings.len(), errors(it)?)))
        .collect();
    let seen = results.iter().map(|(seen, _)| seen).sum();
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
    seen
}

#[test]
fn names_say_nothing() {
    let seen = hold(|fixture| {
        let mut plans = fixture.plans();
        let names = Names::of(&plans);
        plans.iter_mut().for_each(|plan| names.rename(plan));
        let after = judge(&fixture.with(&plans));
        let of = |it: &&Finding| !is_known("names", it);
        let before = fixture.judged.findings.iter().filter(of);
        let mut errors =
            compare(fixture, before, after.findings.iter().filter(of), |text| names.back(text));
        if after.coverage != fixture.judged.coverage {
            errors.push(format!("{}: covers something else", fixture.case.dir.display()));
        }
        Some(errors)
    });
    assert!(is_of_some() || seen > 1000, "{seen}");
}

#[test]
fn order_says_nothing() {
    let seen = hold(|fixture| {
        let mut plans = fixture.plans();
        plans.iter_mut().for_each(rewrite::reverse);
        let after = judge(&fixture.with(&plans));
        let before = &fixture.judged;
        let same = format!("{:?}{:?}", before.findings, before.coverage)
            == format!("{:?}{:?}", after.findings, after.coverage);
        let errors = compare(fixture, before.findings.iter(), after.findings.iter(), str::to_owned);
        let other = format!("{}: other bytes", fixture.case.dir.display());
        Some(if same { errors } else { errors.into_iter().chain([other]).collect() })
    });
    assert!(is_of_some() || seen > 1000, "{seen}");
}

#[test]
fn a_module_around_everything_says_nothing() {
    // Where variables get their values, and whose outputs they are, is another question then.
    let of = |it: &&Finding| {
        let meta = jobs().iter().map(|job| job.rule.meta()).find(|meta| meta.id == it.rule);
        let is_of = |it: &str| ["output", "variable"].contains(&it);
        !is_known("module", it)
            && !meta.is_some_and(|meta| meta.subjects.iter().any(|it| is_of(it)))
    };
    let seen = hold(|fixture| {
        let mut plans = fixture.plans();
        if !plans.iter_mut().all(rewrite::wrap) {
            return None;
        }
        let after = judge(&fixture.with(&plans));
        let before = fixture.judged.findings.iter().filter(of);
        let back = |text: &str| {
            let words = ["module.core.", " (module.core)", "module.core, "];
            words.iter().fold(text.to_owned(), |text, word| text.replace(word, ""))
        };
        Some(compare(fixture, before, after.findings.iter().filter(of), back))
    });
    assert!(is_of_some() || seen > 1000, "{seen}");
}

#[test]
fn a_count_of_one_says_nothing() {
    repeat("count", Key::Int(0));
}

#[test]
fn a_for_each_of_one_says_nothing() {
    repeat("for_each", Key::Text("only".to_owned()));
}

/// Every block gets `count` or `for_each`, and has one instance as before.
fn repeat(change: &str, key: Key) {
    let of = |it: &&Finding| !is_known(change, it);
    let seen = hold(|fixture| {
        let mut plans = fixture.plans();
        for plan in &mut plans {
            Repeated::once(plan, key.clone()).repeat(plan);
        }
        let after = judge(&fixture.with(&plans));
        let before = fixture.judged.findings.iter().filter(of);
        // Debug output escapes quotes.
        let written = key.to_string();
        let back =
            |text: &str| text.replace(&written.replace('"', "\\\""), "").replace(&written, "");
        Some(compare(fixture, before, after.findings.iter().filter(of), back))
    });
    assert!(is_of_some() || seen > 1000, "{seen}");
}

/// Rules that judge plans by what others hold.
fn is_of_estate(finding: &Finding) -> bool {
    jobs().iter().any(|job| {
        job.rule.meta().id == finding.rule && matches!(job.rule.judge(), Judge::Estate { .. })
    })
}

/// What is about one participant of several may be said of another in two plans.
fn among(finding: &Finding) -> String {
    let peers = finding.peers.iter().map(|it| &it.address);
    let mut places: Vec<&String> = peers.chain([&finding.place.address]).collect();
    places.sort();
    let attribute = finding.place.lasting_attribute();
    format!("{} {:?} {places:?} {attribute:?}", finding.rule, finding.severity)
}

/// Holds for plans whose ids are all known: what is not, nobody can tell from another plan.
#[test]
fn two_plans_say_what_one_says() {
    let seen = hold(two_plans);
    assert!(is_of_some() || seen > 100, "{seen}");
}

fn two_plans(fixture: &Fixture) -> Option<Vec<String>> {
    let [plan]: [Value; 1] = fixture.plans().try_into().ok()?;
    if !is_all_known(&plan) {
        return None;
    }
    let unit = &fixture.texts[0].0;
    let halves = rewrite::split(&plan)?;
    let text = |name: &str, plan: &Value| (format!("{unit}/{name}"), plan.to_string());
    let parts: Texts =
        ["one", "two"].iter().zip(&halves).map(|(name, it)| text(name, it)).collect();
    let said = |findings: &[Finding]| -> Vec<String> {
        let of = |it: &&Finding| {
            it.verdict == Verdict::Definite && is_of_estate(it) && !is_known("plans", it)
        };
        findings.iter().filter(of).map(among).collect()
    };
    let (before, after) = (said(&fixture.judged.findings), said(&judge(&parts).findings));
    let dir = fixture.case.dir.display();
    let gone =
        before.iter().filter(|it| !after.contains(it)).map(|it| format!("{dir}: gone: {it}"));
    let new = after.iter().filter(|it| !before.contains(it)).map(|it| format!("{dir}: new: {it}"));
    Some(gone.chain(new).collect())
}

fn is_all_known(plan: &Value) -> bool {
    fn is_known(mask: &Value) -> bool {
        match mask {
            Value::Bool(unknown) => !unknown,
            Value::Array(list) => list.iter().all(is_known),
            Value::Object(members) => members.values().all(is_known),
            _ => true,
        }
    }
    let changes = plan["resource_changes"].as_array();
    changes.into_iter().flatten().all(|it| is_known(&it["change"]["after_unknown"]))
}
