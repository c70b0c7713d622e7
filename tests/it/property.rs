//! Removing knowledge never adds a definite finding: whatever becomes unknown in a plan, or is left
//! out of it, no rule is surer than before.
//!
//! One attribute of one instance at a time becomes unknown as Terraform would write it: `after`
//! loses it, `after_unknown` is true, and its expression is a reference to something that nobody
//! knows. `before` stays. Every rule judges every such plan, not only the rule of the fixture.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use bricklint::{
    catalog::{ProfileName, Selection},
    engine::{self, Input, Job, Judged, Loaded},
    graph::Graph,
    lint::{Change, Finding, Verdict},
    plan::{DocumentKind, Plan, ResId},
    source::Origin,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::{
    case::{Case, cases},
    common::{check_all, name},
    rules::shipped,
};

/// Attributes, or blocks, that are tried in one fixture. Those of the instances that a finding names
/// come first; of the others it is always the same choice, spread by a hash. `TRIES=1000 cargo test
/// property` tries all of them.
fn tries() -> usize {
    const USUALLY: usize = 6;
    std::env::var("TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(USUALLY)
}

/// The fixtures of every rule, or of those alone whose id begins with a `FAMILY` of the environment:
/// `FAMILY=cmp,gov TRIES=1000 cargo test property`. Every rule judges them either way.
fn fixtures() -> Vec<Case> {
    let wanted = std::env::var("FAMILY").unwrap_or_default();
    let rules = shipped();
    let ids = rules.iter().map(|rule| rule.meta().id.to_string());
    let is_wanted = |id: &String| wanted.split(',').any(|start| id.starts_with(start.trim()));
    ids.filter(is_wanted).flat_map(|id| cases(&id)).collect()
}

/// Whether `FAMILY` leaves fixtures out: those of some rules may have few blocks.
fn is_of_some() -> bool {
    std::env::var_os("FAMILY").is_some()
}

/// Rules that are surer of an unknown value for a reason, with the reason.
const KNOWN: &[(&str, &str)] = &[];

#[test]
fn removing_knowledge_never_adds_a_definite_finding() {
    let with_definite = |case: &Case| case.expect.expect.iter().any(|it| it.verdict == "definite");
    let cases: Vec<Case> = fixtures().into_iter().filter(with_definite).collect();
    let jobs = jobs();
    let results: Vec<(usize, Vec<String>)> =
        cases.par_iter().map(|case| hide(case, &jobs)).collect();
    let tried: usize = results.iter().map(|(tries, _)| tries).sum();
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
    assert!(is_of_some() || tried >= 5 * cases.len(), "only {tried} attributes were tried");
}

/// What `-target` leaves out, and what Terraform does not reach where planning fails: a block with
/// all that depends on it. One block of a fixture at a time, where none of it exists already: what
/// does is left as it is, and may well be wrong.
#[test]
fn leaving_blocks_out_never_adds_a_definite_finding() {
    let cases = fixtures();
    let jobs = jobs();
    let results: Vec<(usize, Vec<String>)> =
        cases.par_iter().map(|case| leave_out(case, &jobs)).collect();
    let tried: usize = results.iter().map(|(tries, _)| tries).sum();
    check_all(results.into_iter().flat_map(|(_, errors)| errors));
    assert!(is_of_some() || tried >= 3 * cases.len(), "only {tried} blocks were left out");
}

/// Leaves blocks out of the plans of one fixture; how many, and what went wrong.
fn leave_out(case: &Case, jobs: &[Job]) -> (usize, Vec<String>) {
    let Some((texts, plans)) = read(case) else { return (0, Vec::new()) };
    let before = judge(&texts, jobs);
    let blocks: Vec<(usize, String, Value)> = (0..plans.len())
        .flat_map(|at| targeted(&texts[at].1, &plans[at]).map(move |(what, plan)| (at, what, plan)))
        .take(tries())
        .collect();
    let errors = blocks.par_iter().flat_map_iter(|(at, what, plan)| {
        let mut partial = texts.clone();
        partial[*at].1 = plan.to_string();
        let before = &before;
        let added = judge(&partial, jobs)
            .into_iter()
            .filter(move |finding| !before.iter().any(|before| covers(before, finding)));
        added.map(move |finding| {
            let (rule, place, message) = (&finding.rule, &finding.place, &finding.message);
            format!("leaving out {what} adds {rule} at {}: {message}", place.address)
        })
    });
    let errors: Vec<String> = errors.collect();
    let errors = errors.iter().map(|error| format!("{}: {error}", case.dir.display()));
    (blocks.len(), errors.collect())
}

/// The plan without one of its blocks and what is applied after it, for each block; with its name.
fn targeted<'p>(text: &str, plan: &'p Value) -> impl Iterator<Item = (String, Value)> + use<'p> {
    let parsed = Plan::parse("unit", "path", DocumentKind::Plan, text.to_owned());
    let graph = Graph::new(parsed.map_err(|(_, error)| error).unwrap());
    let ids: Vec<Option<ResId>> = changes(plan)
        .iter()
        .map(|it| graph.plan.by_address(it["address"].as_str().unwrap_or_default()))
        .collect();
    let blocks: BTreeSet<_> = ids.iter().flatten().filter_map(|id| graph.block_id(*id)).collect();
    blocks.into_iter().filter_map(move |block| {
        let is_left_out = |id: &Option<ResId>| {
            let Some(id) = *id else { return false };
            graph.block_id(id) == Some(block) || graph.before(id).has(&graph, block)
        };
        let left_out: Vec<bool> = ids.iter().map(is_left_out).collect();
        let mut gone = changes(plan).iter().zip(&left_out).filter(|(_, gone)| **gone);
        if gone.any(|(it, _)| !it["change"]["before"].is_null()) {
            return None;
        }
        let mut partial = plan.clone();
        let mut left_out = left_out.into_iter();
        partial["resource_changes"].as_array_mut()?.retain(|_| left_out.next() == Some(false));
        partial["complete"] = json!(false);
        partial["planned_values"] = json!({ "root_module": {} });
        let name = &graph.plan.config.modules[block.0].resources[block.1];
        Some((format!("{}.{}", name.type_, name.name), partial))
    })
}

/// Every rule there is, shipped policies with their defaults too.
pub(crate) fn jobs() -> Vec<Job> {
    let selection = Selection {
        profiles: vec![ProfileName::All],
        enabled: shipped().iter().map(|rule| rule.meta().id.to_string()).collect(),
        ..Selection::default()
    };
    selection.apply(shipped()).unwrap()
}

/// Tries the attributes of one fixture; how many, and what went wrong.
fn hide(case: &Case, jobs: &[Job]) -> (usize, Vec<String>) {
    let Some((texts, plans)) = read(case) else { return (0, Vec::new()) };
    let before = judge(&texts, jobs);
    let attributes = choose(&texts, &plans, &before);
    let errors = attributes.par_iter().flat_map_iter(|attribute| {
        let mut plan = plans[attribute.plan].clone();
        let what = attribute.hide(&mut plan);
        let mut hidden = texts.clone();
        hidden[attribute.plan].1 = plan.to_string();
        let before = &before;
        let added = judge(&hidden, jobs).into_iter().filter(move |finding| {
            !before.iter().any(|before| covers(before, finding))
                && !KNOWN.iter().any(|(rule, _)| finding.rule == *rule)
        });
        added.map(move |finding| {
            let place = &finding.place;
            let attribute = place.attribute.as_deref().unwrap_or_default();
            let (rule, address, message) = (&finding.rule, &place.address, &finding.message);
            format!("hiding {what} adds {rule} at {address} ({attribute}): {message}")
        })
    });
    let errors: Vec<String> = errors.collect();
    let errors = errors.iter().map(|error| format!("{}: {error}", case.dir.display()));
    (attributes.len(), errors.collect())
}

/// Plans by their units, as text.
pub(crate) type Texts = Vec<(String, String)>;

/// The plans of a fixture, each with its unit's name; none for states, which know everything and
/// have no configuration to hide it behind.
pub(crate) fn read(case: &Case) -> Option<(Texts, Vec<Value>)> {
    let (mut texts, mut plans) = (Vec::new(), Vec::new());
    for file in case.groups().remove(0) {
        let text = fs::read_to_string(&file).unwrap();
        let plan: Value = serde_json::from_str(&text).unwrap();
        plan.get("resource_changes")?;
        texts.push((name(&file).trim_end_matches(".json").to_owned(), text));
        plans.push(plan);
    }
    Some((texts, plans))
}

/// Definite findings about what is, or will be.
fn judge(plans: &[(String, String)], jobs: &[Job]) -> Vec<Finding> {
    let mut findings = judged(plans, jobs).findings;
    findings.retain(|it| it.verdict == Verdict::Definite && it.change != Change::Fixed);
    findings
}

/// What the rules say of plans, given by unit and text.
pub(crate) fn judged(plans: &[(String, String)], jobs: &[Job]) -> Judged {
    let load = |(unit, text): &(String, String)| {
        let path = format!("{unit}.json");
        let plan = Plan::parse(unit, &path, DocumentKind::Plan, text.clone());
        let plan = plan.map_err(|(_, error)| error).unwrap();
        let input = Input { plan, kind: "plan", origin: Origin::none() };
        Loaded { plans: vec![input], failures: Vec::new() }
    };
    let judged = engine::run(plans, load, jobs, || ());
    assert_eq!(judged.failures, [], "no rule fails");
    judged
}

/// Whether what was found before is, or contains, what is found now. A group that lost a member
/// is another finding by its fingerprint, and its subject may be one that was only related; it
/// says nothing new.
fn covers(before: &Finding, now: &Finding) -> bool {
    let in_group = !before.related.is_empty()
        && before
            .related
            .iter()
            .map(|it| &it.place)
            .chain([&before.place])
            .any(|it| (&it.unit, &it.address) == (&now.place.unit, &now.place.address));
    before.rule == now.rule && (before.fingerprint == now.fingerprint || in_group)
}

/// An attribute of an instance.
struct Attribute {
    plan: usize,
    change: usize,
    name: String,
}

fn choose(units: &[(String, String)], plans: &[Value], findings: &[Finding]) -> Vec<Attribute> {
    let named: BTreeSet<(&str, &str)> = findings
        .iter()
        .flat_map(|it| [&it.place].into_iter().chain(it.related.iter().map(|it| &it.place)))
        .map(|place| (place.unit.as_str(), place.address.as_str()))
        .collect();
    let mut ranked = BTreeMap::new();
    for (plan, (json, (unit, _))) in plans.iter().zip(units).enumerate() {
        for (change, it) in changes(json).iter().enumerate() {
            let address = it["address"].as_str().unwrap_or_default();
            let after = it["change"]["after"].as_object();
            for (name, value) in after.into_iter().flatten() {
                let is_named = named.contains(&(unit.as_str(), address));
                let rank =
                    (!is_named, value.is_null(), spread(&format!("{unit} {address} {name}")));
                ranked.insert(
                    (rank, plan, change, name.clone()),
                    Attribute { plan, change, name: name.clone() },
                );
            }
        }
    }
    ranked.into_values().take(tries()).collect()
}

fn changes(plan: &Value) -> &[Value] {
    plan["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// FNV-1a: the same everywhere, and near names lie far apart.
fn spread(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

impl Attribute {
    /// Makes it unknown; what it was, for people.
    fn hide(&self, plan: &mut Value) -> String {
        let change = &mut plan["resource_changes"][self.change];
        let address = change["address"].as_str().unwrap_or_default().to_owned();
        change["change"]["after"].as_object_mut().unwrap().remove(&self.name);
        let unknown = &mut change["change"]["after_unknown"];
        if !unknown.is_object() {
            *unknown = json!({});
        }
        unknown[&self.name] = json!(true);
        let steps: Vec<String> =
            module_names(change["module_address"].as_str().unwrap_or_default());
        let block = ["mode", "type", "name"].map(|key| change[key].clone());
        let mut module = &mut plan["configuration"]["root_module"];
        for step in steps {
            module = &mut module["module_calls"][&step]["module"];
        }
        let blocks = module["resources"].as_array_mut().into_iter().flatten();
        for it in blocks {
            if ["mode", "type", "name"].map(|key| it[key].clone()) == block {
                it["expressions"][&self.name] = json!({
                    "references": ["data.terraform_data.hidden.output", "data.terraform_data.hidden"]
                });
            }
        }
        format!("{address}.{}", self.name)
    }
}

/// The names of the calls in a module's address, without keys.
fn module_names(address: &str) -> Vec<String> {
    let path = bricklint::plan::module_path(address);
    path.into_iter().map(|(name, _)| name).collect()
}
