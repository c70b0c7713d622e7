//! `()`, Terraform's null: has no attributes, no elements, and no text, and is never an error.

use std::any::TypeId;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString};

use super::Registry;

pub(super) fn register(host: &mut Registry) {
    host.register_indexer_get(|(): &mut (), _: &str| Dynamic::UNIT)
        .register_indexer_get(|(): &mut (), _: INT| Dynamic::UNIT)
        .register_fn("some", |(): (), _: FnPtr| false)
        .register_fn("all", |(): (), _: FnPtr| true)
        .register_fn("filter", |(): (), _: FnPtr| Array::new())
        .register_fn("map", |(): (), _: FnPtr| Array::new())
        .register_fn("find", |(): (), _: FnPtr| ())
        .register_fn("reduce", |(): (), _: FnPtr, start: Dynamic| start)
        .register_fn("sort", |(): ()| Array::new())
        .register_fn("join", |(): (), _: &str| ImmutableString::new())
        .register_fn("index_of", |(): (), _: Dynamic| -1 as INT)
        .register_fn("keys", |(): ()| Array::new())
        .register_fn("clusters", |(): ()| Array::new())
        .register_fn("common", |(): (), _: Dynamic| Array::new())
        .register_fn("referred_by", |(): (), _: &str, _: &str| Array::new())
        .register_fn("split", |(): (), _: &str| Array::new())
        .register_fn("len", |(): ()| 0 as INT)
        .register_fn("is_empty", |(): ()| true);
    for question in ["contains", "starts_with", "ends_with"] {
        host.register_fn(question, |(): (), _: Dynamic| false);
    }
    for method in [
        "to_upper", "to_lower", "address", "action", "type", "name", "unit", "region", "provider",
        "before", "after", "trim",
    ] {
        host.register_fn(method, |(): ()| ());
    }
    for method in ["get", "ref"] {
        host.register_fn(method, |(): (), _: &str| ());
    }
    host.register_fn("replace", |(): (), _: Dynamic, _: Dynamic| ())
        .register_fn("sub_string", |(): (), _: INT| ())
        .register_fn("sub_string", |(): (), _: INT, _: INT| ());
    host.register_fn("waits_for", |(): (), _: Dynamic, _: &str| false);
    host.0.set_iter(TypeId::of::<()>(), |_| Box::new(std::iter::empty()));
}
