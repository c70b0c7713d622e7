//! `()`, Terraform's null: has no attributes, no elements, and no text, and is never an error.

use std::any::TypeId;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString};

use super::Registry;

pub(super) fn register(host: &mut Registry) {
    host.register_indexer_get(|(): &mut (), _: &str| Dynamic::UNIT)
        .register_indexer_get(|(): &mut (), _: INT| Dynamic::UNIT)
        .register_fn("some", |(): &mut (), _: FnPtr| false)
        .register_fn("all", |(): &mut (), _: FnPtr| true)
        .register_fn("filter", |(): &mut (), _: FnPtr| Array::new())
        .register_fn("map", |(): &mut (), _: FnPtr| Array::new())
        .register_fn("find", |(): &mut (), _: FnPtr| ())
        .register_fn("reduce", |(): &mut (), _: FnPtr, start: Dynamic| start)
        .register_fn("sort", |(): &mut ()| Array::new())
        .register_fn("join", |(): &mut (), _: &str| ImmutableString::new())
        .register_fn("index_of", |(): &mut (), _: Dynamic| -1 as INT)
        .register_fn("keys", |(): &mut ()| Array::new())
        .register_fn("clusters", |(): &mut ()| Array::new())
        .register_fn("common", |(): &mut (), _: Dynamic| Array::new())
        .register_fn("referred_by", |(): &mut (), _: &str, _: &str| Array::new())
        .register_fn("split", |(): &mut (), _: &str| Array::new())
        .register_fn("len", |(): &mut ()| 0 as INT)
        .register_fn("is_empty", |(): &mut ()| true);
    for question in ["contains", "starts_with", "ends_with"] {
        host.register_fn(question, |(): &mut (), _: Dynamic| false);
    }
    for method in [
        "to_upper", "to_lower", "address", "action", "type", "name", "unit", "region", "provider",
        "before", "after", "trim",
    ] {
        host.register_fn(method, |(): &mut ()| ());
    }
    for method in ["get", "ref"] {
        host.register_fn(method, |(): &mut (), _: &str| ());
    }
    host.register_fn("replace", |(): &mut (), _: Dynamic, _: Dynamic| ())
        .register_fn("sub_string", |(): &mut (), _: INT| ())
        .register_fn("sub_string", |(): &mut (), _: INT, _: INT| ());
    host.register_fn("waits_for", |(): &mut (), _: Dynamic, _: &str| false);
    host.0.set_iter(TypeId::of::<()>(), |_| Box::new(std::iter::empty()));
}
