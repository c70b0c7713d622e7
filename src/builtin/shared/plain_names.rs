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
    use crate::graph::Side;

    fn has(type_: &str, after: Value, text: &str) -> bool {
        let graph = graph("unit", &[(&format!("{type_}.it"), after)], &json!({}));
        PlainNames::of(&Scope::new(&graph, Side::Planned)).has(text)
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
