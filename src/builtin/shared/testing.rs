//! Small plans for the tests of what rules share.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use crate::{
    estate::{Estate, Row, Rows},
    graph::{Graph, Res, Scope, Side},
    lint::{Params, PlanCx},
    plan::{DocumentKind, Plan},
};

/// A plan that creates instances, each given as its address in the root module and what it is to be.
/// A member `provider` is the key of its provider block in the configuration, no attribute, and `unknown` a
/// list of those that its provider computes.
pub fn graph(unit: &str, instances: &[(&str, Value)], providers: &Value) -> Arc<Graph> {
    let (mut changes, mut blocks) = (Vec::new(), Vec::new());
    for (address, after) in instances {
        let (type_, name) = address.split_once('.').unwrap();
        let mut after = after.clone();
        let provider = after.as_object_mut().unwrap().remove("provider");
        let unknown = after.as_object_mut().unwrap().remove("unknown").unwrap_or_default();
        let unknown = unknown.as_array().into_iter().flatten().filter_map(Value::as_str);
        let unknown: serde_json::Map<String, Value> =
            unknown.map(|name| (name.to_owned(), json!(true))).collect();
        let address = json!({"address": address, "mode": "managed", "type": type_, "name": name});
        let expressions: serde_json::Map<String, Value> = after
            .as_object()
            .unwrap()
            .keys()
            .map(|name| (name.clone(), json!({"constant_value": after[name]})))
            .collect();
        let (mut change, mut block) = (address.clone(), address);
        change["change"] = json!({"actions": ["create"], "before": null, "after": after, "after_unknown": unknown});
        block["provider_config_key"] = provider.unwrap_or_else(|| json!("databricks"));
        block["expressions"] = Value::Object(expressions);
        changes.push(change);
        blocks.push(block);
    }
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": changes,
        "configuration": {"provider_config": providers, "root_module": {"resources": blocks}},
    });
    let plan = Plan::parse(unit, &format!("{unit}.json"), DocumentKind::Plan, plan.to_string());
    Arc::new(Graph::new(plan.map_err(|(_, error)| error).unwrap()))
}

/// The rows that a module takes from plans, as rules judge them together.
pub fn estate(plans: &[Arc<Graph>], collect: impl Fn(&PlanCx<'_>, &mut Rows)) -> Estate {
    let params = Params::default();
    let of_plan = |graph| {
        let scope = Scope::new(graph, Side::Planned);
        let mut rows = Rows::default();
        collect(&PlanCx::new(&scope, &params), &mut rows);
        rows.taken(&BTreeSet::new()).rows
    };
    Estate::new(plans.iter().flat_map(of_plan).collect::<Vec<Row>>())
}

/// Asks about the one instance of a plan.
pub fn ask<T>(type_: &'static str, after: Value, question: impl Fn(Res<'_>) -> T) -> T {
    ask_in("unit", type_, after, question)
}

/// The same in a unit of some name.
pub fn ask_in<T>(
    unit: &str,
    type_: &'static str,
    after: Value,
    question: impl Fn(Res<'_>) -> T,
) -> T {
    let graph = graph(unit, &[(&format!("{type_}.it"), after)], &json!({}));
    let scope = Scope::new(&graph, Side::Planned);
    let it = scope.of(type_).next().unwrap();
    question(it)
}
