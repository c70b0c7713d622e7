//! What a plan shows in clear as the name, the id or the address of something: a text that equals it
//! is no secret, wherever else it stands.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    facts::schema,
    graph::{Graph, Scope},
    plan::{Value, Values},
};

use super::{credentials, secrets};

/// The names, ids and addresses of a plan's objects.
pub(crate) struct PlainNames(FxHashSet<String>);

impl PlainNames {
    /// Those of a plan, managed and read, in both worlds; all instances are looked through once.
    pub(crate) fn of(scope: &Scope<'_>) -> Arc<PlainNames> {
        scope.graph.once(|_| {
            let mut names = FxHashSet::default();
            let graph = scope.graph;
            graph.plan.types().for_each(|type_| of_type(graph, type_, &mut names));
            PlainNames(names)
        })
    }

    /// Whether a text is one of them.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

fn of_type(graph: &Graph, type_: &str, names: &mut FxHashSet<String>) {
    if type_ == OUTPUTS.0 {
        return of_outputs(graph, names);
    }
    let plan = &graph.plan;
    // What an id of a provider that nobody knows is may be what it made up.
    if schema::resource(type_).is_none() && schema::data(type_).is_none() {
        return;
    }
    // Instances of a type have the same attributes.
    let mut plain: FxHashMap<&str, bool> = FxHashMap::default();
    for id in plan.of_type(type_) {
        let resource = plan.resource(*id);
        let prior = (!resource.is_unchanged).then(|| plan.prior(resource));
        for values in [plan.planned(resource)].into_iter().chain(prior) {
            for (name, value) in values.value.into_iter().flat_map(Value::entries) {
                let Some(text) = value.as_str() else { continue };
                let known = plain.get(name).copied();
                let is_plain = known.unwrap_or_else(|| {
                    let is_plain = secrets::is_plain_name(type_, name);
                    plain.insert(name, is_plain);
                    is_plain
                });
                if is_plain
                    && !names.contains(text)
                    && !is_masked(&values, name)
                    && !may_be_key(text)
                {
                    names.insert(text.to_owned());
                }
            }
        }
    }
}

/// The data source that reads what other units hand on, and where it has that.
const OUTPUTS: (&str, &str) = ("terraform_remote_state", "outputs");

/// Those among the outputs of other units, by what their authors call them.
fn of_outputs(graph: &Graph, names: &mut FxHashSet<String>) {
    let (type_, outputs) = OUTPUTS;
    for id in graph.plan.of_type(type_) {
        let values = graph.plan.planned(graph.plan.resource(*id));
        let Some(all) = values.value.and_then(|it| it.get(outputs)) else { continue };
        if is_masked(&values, outputs) {
            continue;
        }
        let masks = values.sensitive.and_then(|it| it.get(outputs));
        let is_clear = |name: &str| masks.and_then(|it| it.get(name)).is_none_or(Value::is_hollow);
        for (name, output) in all.entries().filter(|(name, _)| is_clear(name)) {
            output.named_strings(name, &mut |text, name| {
                // Of a `secret_id` nothing but its author knows which of the two it is.
                let is_doubtful = name.split(['_', '-', '.']).any(credentials::promises);
                if secrets::is_plain_name(type_, name) && !is_doubtful && is_like_one(text) {
                    names.insert(text.to_owned());
                }
            });
        }
    }
}

/// Whether a text may be an identifier, whatever it is called.
fn is_like_one(text: &str) -> bool {
    !may_be_key(text) && !credentials::is_random(text)
}

/// Whether an address may let in whoever has it: by a password or a key in it.
fn may_be_key(text: &str) -> bool {
    text.contains("://") && !credentials::is_identifier(text)
}

fn is_masked(values: &Values<'_>, name: &str) -> bool {
    let mask = values.sensitive;
    mask.is_some_and(|mask| mask.is_true() || mask.get(name).is_some_and(Value::is_true))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::testing::graph, *};
    use crate::{
        graph::Side,
        plan::{DocumentKind, Plan},
    };

    fn has(type_: &str, after: Value, text: &str) -> bool {
        let graph = graph("unit", &[(&format!("{type_}.it"), after)], &json!({}));
        PlainNames::of(&Scope::new(&graph, Side::Planned)).has(text)
    }

    #[test]
    fn outputs_of_other_units_are_told_by_their_names() {
        let outputs = json!({
            "warehouse_id": "9f3c1a7be24d8056",
            "masked_id": "4b1d7e02c9a85f36",
            "db": {"user": "svc_orders_7f2", "password": "Kq7xT2mW9zLp4"},
            "activation_url": "Zr5vN8sXe1Yt6",
            "secret_id": "6c2e8f04a17b93d5",
        });
        let change = json!({"actions": ["no-op"], "before": null, "after": {"outputs": outputs},
            "after_sensitive": {"outputs": {"masked_id": true, "db": {}}}});
        let plan = json!({"format_version": "1.2", "resource_changes": [{
            "address": "data.terraform_remote_state.it", "mode": "data", "type": "terraform_remote_state",
            "name": "it", "change": change}]});
        let plan = Plan::parse("u", "u.json", DocumentKind::Plan, plan.to_string());
        let graph = Arc::new(Graph::new(plan.map_err(|(_, error)| error).unwrap()));
        let names = PlainNames::of(&Scope::new(&graph, Side::Planned));
        for (text, wanted) in [
            ("9f3c1a7be24d8056", true),
            ("svc_orders_7f2", true),
            ("4b1d7e02c9a85f36", false),
            ("Kq7xT2mW9zLp4", false),
            ("6c2e8f04a17b93d5", false),
            ("Zr5vN8sXe1Yt6", false),
        ] {
            assert_eq!(names.has(text), wanted, "{text}");
        }
    }

    #[test]
    fn ids_are_no_secrets_unless_they_let_in() {
        for (type_, id, wanted) in [
            ("aws_s3_bucket", "acme-lake", true),
            ("aws_sqs_queue", "https://sqs.eu-west-1.amazonaws.com/111122223333/in", true),
            ("aws_sqs_queue", "https://sqs.example.org/in?key=Kq7xT2mW9zLp4", false),
            ("aws_sqs_queue", "https://in:Kq7xT2mW9zLp4@sqs.example.org/in", false),
            // What the id of an unknown type is may be what the provider made up.
            ("acme_thing", "Kq7xT2mW9zLp4", false),
        ] {
            assert_eq!(has(type_, json!({"id": id}), id), wanted, "{type_} {id}");
        }
        assert!(!has("aws_s3_bucket", json!({"id": "acme-lake"}), "acme-lake-2"));
    }
}
