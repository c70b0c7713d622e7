//! A block of which there is one, where a resource or block is asked for; and what to say to loops
//! over what has no elements.

use std::any::TypeId;

use rhai::{Dynamic, ImmutableString, NativeCallContext};

use super::{
    super::{
        cx::{Result, object},
        values::{List, Node},
    },
    Registry, relation, resource,
};

pub(super) fn register(host: &mut Registry) {
    host.register_fn("fail", |cx: NativeCallContext<'_>, list: List, message: Dynamic| {
        resource::fail(&cx, &only(&list)?, None, &message)
    })
    .register_fn(
        "fail",
        |cx: NativeCallContext<'_>, list: List, attribute: &str, message: Dynamic| {
            resource::fail(&cx, &only(&list)?, Some(attribute), &message)
        },
    )
    .register_fn("get", |cx: NativeCallContext<'_>, list: List, path: &str| {
        if list.0.is_empty() { Ok(Dynamic::UNIT) } else { resource::get(cx, only(&list)?, path) }
    })
    .register_fn("ref", |cx: NativeCallContext<'_>, list: List, path: &str| {
        if list.0.is_empty() {
            Ok(Dynamic::UNIT)
        } else {
            relation::refer(&cx, &only(&list)?, path, None)
        }
    })
    .register_fn("ref", |cx: NativeCallContext<'_>, list: List, path: &str, type_: &str| {
        if list.0.is_empty() {
            return Ok(Dynamic::UNIT);
        }
        relation::refer(&cx, &only(&list)?, path, Some(type_))
    });
    // Rhai would go through the characters of a text.
    has_no_elements::<ImmutableString>(
        host,
        "a text has no elements to loop over: `split` makes a list of it",
    );
    has_no_elements::<Node>(
        host,
        "a resource, block or map has no elements to loop over: take its `keys()`",
    );
}

/// The only block of a list.
fn only(list: &List) -> Result<Node> {
    match &*list.0 {
        [] => object("there is no such block here: ask before, with `== ()` or `is_empty()`"),
        [only] => match only.read_lock::<Node>() {
            Some(node) => Ok(node.clone()),
            None => object("this is a list of values, and a resource or block is needed"),
        },
        _ => object("this is a list of several blocks: say which, with [0], or loop over them"),
    }
}

fn has_no_elements<T: 'static>(host: &mut Registry, why: &'static str) {
    host.0.set_iter_result(TypeId::of::<T>(), move |_| {
        Box::new(std::iter::once_with(move || object::<Dynamic>(why)))
    });
}
