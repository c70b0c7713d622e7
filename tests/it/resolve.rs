//! The recipe for references, held against real state: what it answers from a plan alone equals
//! the value that the state holds after the apply.
//!
//! It resolves every expression of every instance, and compares with the state that Terraform wrote
//! when the plan was applied. A reference implementation gave the same counts on these plans.

use std::{collections::BTreeMap, fs, sync::Arc};

use bricklint::{
    graph::{End, Expr, Graph, Scope, Side},
    plan::{DocumentKind, Key, Plan, Step},
    source::{Origin, Search},
};
use serde_json::Value;

use crate::common::read_json;

/// What came of the expressions of one plan that have references.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    /// One answer, and the state holds its value.
    single_equal: usize,
    /// One answer, and the state holds something else.
    single_wrong: usize,
    /// Several, the true one among them.
    candidates_with: usize,
    /// Several, all wrong.
    candidates_without: usize,
    /// A `local` stands between, which plan JSON does not hold.
    blocked: usize,
    /// No attribute of a resource: a root variable, a key, an expression of constants.
    other: usize,
}

#[test]
fn a_chain_of_modules() {
    let counts = compare("02-chain/plan.json", "02-chain-applied/state.show.json");
    let expected =
        Counts { single_equal: 9, candidates_with: 3, blocked: 5, other: 5, ..Counts::default() };
    assert_eq!(counts, expected);
}

#[test]
fn two_regions() {
    let dir = "20-databricks-two-region/good";
    let counts = compare(&format!("{dir}/plan.json"), &format!("{dir}/state.show.json"));
    let expected = Counts {
        single_equal: 45,
        candidates_with: 2,
        blocked: 20,
        other: 62,
        ..Counts::default()
    };
    assert_eq!(counts, expected);
}

#[test]
fn two_regions_mixed_up() {
    let dir = "20-databricks-two-region/bad";
    let counts = compare(&format!("{dir}/plan.json"), &format!("{dir}/state.show.json"));
    let expected = Counts {
        single_equal: 44,
        candidates_with: 4,
        blocked: 20,
        other: 62,
        ..Counts::default()
    };
    assert_eq!(counts, expected);
}

/// With the configuration that lies beside the plans nothing is left behind a local.
#[test]
fn locals_are_followed_into_the_source() {
    for (plan, state, expected) in [
        (
            "02-chain/plan.json",
            "02-chain-applied/state.show.json",
            Counts { single_equal: 9, candidates_with: 8, other: 5, ..Counts::default() },
        ),
        (
            "20-databricks-two-region/good/plan.json",
            "20-databricks-two-region/good/state.show.json",
            Counts { single_equal: 59, candidates_with: 8, other: 62, ..Counts::default() },
        ),
        (
            "20-databricks-two-region/bad/plan.json",
            "20-databricks-two-region/bad/state.show.json",
            Counts { single_equal: 60, candidates_with: 8, other: 62, ..Counts::default() },
        ),
    ] {
        assert_eq!(compare_with(plan, state, true), expected, "{plan}");
    }
}

fn compare(plan: &str, state: &str) -> Counts {
    compare_with(plan, state, false)
}

fn compare_with(plan: &str, state: &str, with_source: bool) -> Counts {
    let path = format!("fixtures/_plans/{plan}");
    let text = fs::read_to_string(&path).unwrap();
    let plan = Plan::parse("plan", &path, DocumentKind::Plan, text);
    let plan = plan.map_err(|(_, error)| error).unwrap();
    let search = Search::new(&std::env::current_dir().unwrap(), None, None, None);
    let origin = if with_source { search.origin(&plan) } else { Origin::none() };
    let graph = Arc::new(Graph::with_source(plan, Arc::new(origin)));
    let scope = Scope::new(&graph, Side::Planned);
    let mut state_values = BTreeMap::new();
    collect(
        &read_json(format!("fixtures/_plans/{state}"))["values"]["root_module"],
        &mut state_values,
    );
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for id in 0..u32::try_from(graph.plan.len()).unwrap() {
        let address = scope.res(id).address();
        let (Some(block), Some(values)) = (graph.block(id), state_values.get(address)) else {
            continue;
        };
        let Some(Expr::Block(arguments)) = graph.expr(&block.arguments) else { continue };
        for (name, node) in arguments.entries() {
            let expression = Expr::of(node);
            if expression.references().is_empty() {
                continue;
            }
            let hits = match with_source {
                true => scope.res(id).get(name).hits().into(),
                false => graph.resolve(id, expression),
            };
            if hits.iter().any(|hit| hit.end == End::Local) {
                counts.blocked += 1;
                continue;
            }
            let mut found: Vec<(&str, &[Step])> = hits
                .iter()
                .filter_map(|hit| match hit.end {
                    End::Resource(id) if !hit.attribute.is_empty() => {
                        Some((scope.res(id).address(), hit.attribute.as_slice()))
                    }
                    _ => None,
                })
                .collect();
            found.dedup();
            let mut leaves = Vec::new();
            scalars(&values[name], &mut leaves);
            // An interpolation holds the value as a part, and an element is a part of a list.
            let holds = |(address, path): &(&str, &[Step])| {
                let mut parts = Vec::new();
                if let Some(value) = state_values.get(*address).and_then(|it| at(it, path)) {
                    scalars(value, &mut parts);
                }
                parts.iter().any(|part| leaves.iter().any(|leaf| leaf.contains(part)))
            };
            let right = found.iter().any(holds);
            match (found.len(), right) {
                (0, _) => counts.other += 1,
                (1, true) => counts.single_equal += 1,
                (1, false) => counts.single_wrong += 1,
                (_, true) => counts.candidates_with += 1,
                (_, false) => counts.candidates_without += 1,
            }
            if !found.is_empty() && !right {
                wrong.push(format!("{address}.{name}: {found:?}, but the state has {leaves:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    counts
}

/// The values of every instance of a state, by address.
fn collect(module: &Value, out: &mut BTreeMap<String, Value>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        out.insert(resource["address"].as_str().unwrap().to_owned(), resource["values"].clone());
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect(child, out);
    }
}

fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => value.get(name),
        Step::Key(Key::Int(index)) => value.get(usize::try_from(*index).ok()?),
    })
}

fn scalars(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| scalars(item, out)),
        Value::Object(members) => members.values().for_each(|item| scalars(item, out)),
        scalar => out.push(shown(scalar)),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
