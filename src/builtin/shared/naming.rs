//! Resources by what one of their arguments names: for those that belong to another and are looked for from there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::{
    graph::{Res, Scope, Side},
    plan::ResId,
};

/// The world, a type and its argument.
type Key = (Side, &'static str, &'static str);

/// By the instance that is named.
type ByNamed = BTreeMap<ResId, Vec<ResId>>;

/// What was asked for already.
#[derive(Default)]
struct Known(Mutex<FxHashMap<Key, Arc<ByNamed>>>);

/// Resources of a type, of the same world of the same plan, an argument of which names this one for certain.
/// `kinds` are the types that the argument may name, the same for an argument whoever asks. What hides others is
/// for the caller to note.
pub fn naming<'a>(
    named: Res<'a>,
    type_: &'static str,
    argument: &'static str,
    kinds: &[&str],
) -> Vec<Res<'a>> {
    let scope = named.scope();
    let known = scope.graph.once(|_| Known::default());
    let all = {
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        let find = || Arc::new(by_named(scope, type_, argument, kinds));
        Arc::clone(known.entry((scope.side(), type_, argument)).or_insert_with(find))
    };
    all.get(&named.id).into_iter().flatten().map(|id| scope.res(*id)).collect()
}

fn by_named(scope: &Scope<'_>, type_: &str, argument: &str, kinds: &[&str]) -> ByNamed {
    let mut all = ByNamed::new();
    for it in scope.of(type_) {
        if let Some(named) = it.get(argument).target(kinds).here() {
            all.entry(named.id).or_default().push(it.id);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::testing::graph, *};

    #[test]
    fn both_ways_find_the_same() {
        let plan = [
            ("aws_vpc.a", json!({"id": "vpc-a"})),
            ("aws_vpc.b", json!({"id": "vpc-b"})),
            ("aws_subnet.a", json!({"vpc_id": "vpc-a"})),
            ("aws_subnet.c", json!({"vpc_id": "vpc-a"})),
            ("aws_subnet.x", json!({"vpc_id": "vpc-x"})),
        ];
        let graph = graph("unit", &plan, &json!({}));
        let scope = Scope::new(&graph, Side::Planned);
        let of = |vpc: Res<'_>| -> Vec<String> {
            let all = naming(vpc, "aws_subnet", "vpc_id", &["aws_vpc"]);
            all.into_iter().map(|it| it.address().to_owned()).collect()
        };
        let all: Vec<Vec<String>> = scope.of("aws_vpc").map(of).collect();
        assert_eq!(all, [vec!["aws_subnet.a", "aws_subnet.c"], vec![]]);
    }
}
