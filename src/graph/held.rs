//! What the evaluator makes of the source, held against what Terraform made of it: every argument
//! of every plan in `fixtures` that has its configuration beside it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    plan::{DocumentKind, Plan, ResId, Tri, Value},
    source::Search,
};

use super::{
    Graph,
    eval::{Eval, Scene},
    made::Made,
    view::Mask,
};

/// What providers spell differently than the author did, put in the place of null, or keep as it was:
/// type and argument.
const NORMALISED: &[(&str, &str)] = &[
    ("aws_instance", "user_data"),
    ("aws_route53_record", "name"),
    ("aws_route53_zone", "name"),
    ("aws_security_group", "ingress"),
    ("aws_vpc_endpoint", "vpc_endpoint_type"),
    ("databricks_mws_workspaces", "is_no_public_ip_enabled"),
    ("databricks_mws_workspaces", "pricing_tier"),
];

#[derive(Debug, Default)]
struct Counts {
    equal: usize,
    open: usize,
    wrong: Vec<String>,
}

#[test]
fn what_the_source_gives_is_what_plans_show() {
    let mut counts = Counts::default();
    for path in plans(Path::new("fixtures")) {
        hold(&path, &mut counts);
    }
    assert!(counts.wrong.is_empty(), "{}", counts.wrong.join("\n"));
    // A few functions are not followed; nearly everything else has to be.
    assert!(counts.equal > 20 * counts.open, "{} equal, {} open", counts.equal, counts.open);
}

/// Outputs of a plan that is made for this: expressions of known values, one kind in each.
#[test]
fn expressions_have_the_values_that_terraform_gives_them() {
    let graph = graph(Path::new("fixtures/_plans/31-functions/plan.json")).unwrap();
    let root = &graph.plan.config.modules[0];
    let mut wrong = Vec::new();
    for output in &graph.plan.outputs {
        let written = graph.expr(&root.outputs[&output.name].expression).unwrap();
        let shape = graph.shape(&Vec::new(), &format!("output.{}", output.name), "value", written);
        let made = Eval::new(&graph).answer(&shape.unwrap(), &Scene::of_module(Vec::new()));
        let values = graph.plan.output(output);
        let is_open = output.name.starts_with("open_");
        match is_same(&made.unwrap(), values.value) {
            Tri::Yes if !is_open => {}
            Tri::Maybe if is_open => {}
            _ => wrong.push(output.name.as_str()),
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(graph.plan.outputs.len() > 30);
}

/// The value exactly, and in its order.
fn is_same(made: &Made, value: Option<Value<'_>>) -> Tri {
    let null = value.is_none_or(Value::is_null);
    match (made, value) {
        (Made::Other(_), _) => Tri::Maybe,
        (Made::Null, _) => Tri::from(null),
        (Made::List(items) | Made::Set(items), Some(value)) => {
            // A plan writes sets sorted.
            let sorted;
            let items = match made {
                Made::Set(_) => {
                    let mut all = items.to_vec();
                    all.sort_by_key(|it| it.scalar().map(|it| it.into_owned()));
                    sorted = all;
                    &sorted
                }
                _ => &**items,
            };
            let each = items.iter().zip(value.items()).map(|(a, b)| is_same(a, Some(b)));
            Tri::from(value.is_array() && items.len() == value.items().len()) & Tri::all(each)
        }
        (Made::Object(members), Some(value)) => {
            let each = members.iter().map(|(name, it)| is_same(it, value.get(name)));
            Tri::from(members.len() == value.entries().len()) & Tri::all(each)
        }
        (Made::Text(text), Some(value)) => Tri::from(value.as_str() == Some(text)),
        (Made::Bool(flag), Some(value)) => Tri::from(value.as_bool() == Some(*flag)),
        (Made::Number(_), Some(value)) => Tri::from(value.as_i64() == made.int()),
        _ => Tri::No,
    }
}

fn plans(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(dir).unwrap().flatten().map(|it| it.path()).collect();
    all.sort();
    let (dirs, files): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| path.is_dir());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let below = dirs.iter().flat_map(|dir| plans(dir));
    files.into_iter().filter(is_json).chain(below).collect()
}

/// A plan with the source beside it; none where it is no plan.
fn graph(path: &Path) -> Option<Graph> {
    let text = fs::read_to_string(path).ok()?;
    let shown = path.display().to_string();
    let plan = Plan::parse("u", &shown, DocumentKind::Plan, text).ok()?;
    let search = Search::new(&std::env::current_dir().unwrap(), None, None, None);
    let origin = search.origin(&plan);
    Some(Graph::with_source(plan, Arc::new(origin)))
}

fn hold(path: &Path, counts: &mut Counts) {
    let Some(graph) = graph(path) else { return };
    // What stands in the prior state only is as it was found, and not as it is written.
    for id in (0..graph.plan.len() as ResId).filter(|id| graph.plan.is_change(*id)) {
        let resource = graph.plan.resource(id);
        let block = graph.block(id).and_then(|block| graph.value(&block.arguments));
        let values = graph.plan.planned(resource);
        for (name, _) in block.into_iter().flat_map(Value::entries) {
            let Some(made) = graph.seen_argument(id, name) else { continue };
            let value = values.value.and_then(|it| it.get(name));
            let mask = Mask::of(values.unknown).below(|it| it.get(name));
            match is_equal(&graph, &made, value, mask) {
                Tri::Yes => counts.equal += 1,
                Tri::Maybe => counts.open += usize::from(matches!(mask, Mask::Nothing)),
                Tri::No if NORMALISED.contains(&(graph.plan.str(resource.type_), name)) => {}
                Tri::No => {
                    let address = graph.plan.str(resource.address);
                    counts.wrong.push(format!("{}: {address}.{name} is {made:?}", path.display()));
                }
            }
        }
    }
}

fn is_equal(graph: &Graph, made: &Made, value: Option<Value<'_>>, mask: Mask<'_>) -> Tri {
    if matches!(mask, Mask::Everything) {
        // What is known would be shown, unless the provider fills it in.
        return if graph.is_certain(made) && !made.is_hollow() { Tri::No } else { Tri::Maybe };
    }
    let made = graph.plain(made);
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return if made.is_hollow() { Tri::Yes } else { Tri::Maybe };
    };
    match &made {
        Made::Error => Tri::No,
        Made::Null => Tri::from(value.is_hollow()),
        Made::List(items) | Made::Set(items) if value.is_array() => {
            // Sets are sorted anew.
            let any = |item: &Made| {
                let places = value.items().enumerate();
                Tri::any(places.map(|(at, it)| {
                    is_equal(graph, item, Some(it), mask.below(|mask| mask.at(at)))
                }))
            };
            Tri::from(items.len() == value.items().len()) & Tri::all(items.iter().map(any))
        }
        Made::Object(members) if value.is_object() => Tri::all(members.iter().map(|(name, it)| {
            is_equal(graph, it, value.get(name), mask.below(|mask| mask.get(name)))
        })),
        // A block of `.tf.json`, or of which there is at most one.
        Made::Object(_) => is_equal(graph, &made, value.at(0), mask.below(|mask| mask.at(0))),
        made => match (made.scalar(), value.scalar()) {
            (Some(a), Some(b)) if a == b => Tri::Yes,
            // Providers sort the keys of a policy.
            (Some(a), Some(b)) => Tri::from(a.starts_with('{') && b.starts_with('{')),
            _ => Tri::Maybe,
        },
    }
}
