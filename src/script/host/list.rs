//! Lists: `some`, `all`, `filter`, `map`, `contains`, `len`, `join`, `[i]`; arrays have them too.

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, NativeCallContext};

use super::{
    super::{
        cx::{Host, Result, done, object, text},
        limits,
        values::{List, Node},
    },
    Registry, ask, equals, hand_over, resource,
    text::written,
};

pub(super) fn register(host: &mut Registry) {
    host.0.set_iterable::<List>();
    host.register_fn("len", |list: &mut List| list.0.len() as INT)
        .register_fn("is_empty", |list: &mut List| list.0.is_empty())
        .register_fn("some", |cx: NativeCallContext<'_>, list: &mut List, f: FnPtr| {
            some(&cx, &list.0, &f)
        })
        .register_fn("all", |cx: NativeCallContext<'_>, list: &mut List, f: FnPtr| {
            all(&cx, &list.0, &f)
        })
        .register_fn("filter", |cx: NativeCallContext<'_>, list: &mut List, f: FnPtr| {
            filter(&cx, &list.0, &f).map(|kept| List(kept.into()))
        })
        .register_fn("map", |cx: NativeCallContext<'_>, list: &mut List, f: FnPtr| {
            map(&cx, &list.0, &f)
        })
        .register_fn("contains", |cx: NativeCallContext<'_>, list: &mut List, it: Dynamic| {
            contains(&cx, &list.0, &it)
        })
        .register_fn("join", |cx: NativeCallContext<'_>, list: &mut List, separator: &str| {
            join(&cx, &list.0, separator)
        })
        .register_indexer_get(|cx: NativeCallContext<'_>, list: &mut List, at: INT| {
            done(hand_over(&Host::of(&cx)?, at_index(&list.0, at)))
        })
        .register_indexer_get(of_only_block);
    // Rhai's own take an unknown answer of the closure for false.
    host.register_fn("some", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        some(&cx, &list.clone(), &f)
    })
    .register_fn("all", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        all(&cx, &list.clone(), &f)
    })
    .register_fn("filter", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        filter(&cx, &list.clone(), &f)
    })
    .register_fn("contains", |cx: NativeCallContext<'_>, list: &mut Array, it: Dynamic| {
        contains(&cx, list, &it)
    })
    .register_fn("contains", |cx: NativeCallContext<'_>, list: &mut Array, it: ImmutableString| {
        contains(&cx, list, &it.into())
    })
    .register_fn("join", |cx: NativeCallContext<'_>, list: &mut Array, separator: &str| {
        join(&cx, &list.clone(), separator)
    });
}

fn some(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<bool> {
    for element in list {
        if ask(cx, f, element.clone())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<bool> {
    for element in list {
        if !ask(cx, f, element.clone())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn filter(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<Vec<Dynamic>> {
    let mut kept = Vec::new();
    for element in list {
        if ask(cx, f, element.clone())? {
            kept.push(element.clone());
        }
    }
    Ok(kept)
}

/// An array, whose size Rhai checks: the closure may make anything.
fn map(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<Array> {
    let mut all = Array::new();
    let mut bytes = 0;
    for element in list {
        let made = f.call_within_context::<Dynamic>(cx, (element.clone(),))?;
        bytes += made.as_immutable_string_ref().map_or(0, |text| text.len());
        all.push(made);
        if all.len() > limits::ARRAY_ELEMENTS || bytes > limits::STRING_BYTES {
            break;
        }
    }
    Ok(all)
}

fn contains(cx: &NativeCallContext<'_>, list: &[Dynamic], it: &Dynamic) -> Result<bool> {
    for element in list {
        if equals(cx, element, it)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn join(
    cx: &NativeCallContext<'_>,
    list: &[Dynamic],
    separator: &str,
) -> Result<rhai::ImmutableString> {
    let host = Host::of(cx)?;
    let mut out = String::new();
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        out.push_str(&written(&host, element));
        if out.len() > limits::STRING_BYTES {
            return object("the joined text is too long");
        }
    }
    Ok(text(out))
}

/// Negative positions count from the end; beyond the list there is nothing.
fn at_index(list: &[Dynamic], at: INT) -> Dynamic {
    let at = if at < 0 { at.saturating_add(list.len() as INT) } else { at };
    let found = usize::try_from(at).ok().and_then(|at| list.get(at));
    found.cloned().unwrap_or(Dynamic::UNIT)
}

/// `r.autoscale.max_workers`: a name behind the only block of its kind.
pub(super) fn of_only_block(
    cx: NativeCallContext<'_>,
    list: &mut List,
    name: &str,
) -> Result<Dynamic> {
    match &*list.0 {
        [] => Ok(Dynamic::UNIT),
        [only] => match only.read_lock::<Node>() {
            Some(node) => resource::property(&cx, &node, name),
            None => object("this is a list of values, which have no attributes"),
        },
        _ => {
            object("this is a list of several blocks: say which, with [0], or ask `some` or `all`")
        }
    }
}
