//! Lists: `some`, `all`, `find`, `filter`, `map`, `reduce`, `contains`, `index_of`, `sort`, `len`,
//! `join`, `[i]`; arrays have them too. Rhai's own take an unknown answer of a closure for false.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, FnPtr, INT, ImmutableString, Map, NativeCallContext, Variant};

use super::{
    super::{
        cx::{Host, Result, Stop, done, object, stop, text},
        limits,
        sandbox::{charge, charge_bytes},
        session::Closure,
        values::{List, Node, Sensitive, Unknown},
    },
    Registry, ask,
    compare::number,
    costs::charge_copy,
    equals, hand_over, resource,
    text::{too_long, written},
    unknown,
};

pub(super) fn register(host: &mut Registry) {
    host.0.set_iterable::<List>();
    host.register_fn("len", |list: List| list.0.len() as INT)
        .register_fn("is_empty", |list: List| list.0.is_empty())
        .register_fn("some", |cx: NativeCallContext<'_>, list: List, f: FnPtr| {
            some(&cx, &list.0, &f)
        })
        .register_fn("all", |cx: NativeCallContext<'_>, list: List, f: FnPtr| all(&cx, &list.0, &f))
        .register_fn("filter", |cx: NativeCallContext<'_>, list: List, f: FnPtr| {
            filter(&cx, &list.0, &f).map(|kept| List(kept.into()))
        })
        .register_fn("map", |cx: NativeCallContext<'_>, list: List, f: FnPtr| map(&cx, &list.0, &f))
        .register_fn("contains", |cx: NativeCallContext<'_>, list: List, it: Dynamic| {
            contains(&cx, &list.0, &it)
        })
        .register_fn("common", |cx: NativeCallContext<'_>, list: List, other: Dynamic| {
            common(&cx, &list.0, &other).map(|kept| List(kept.into()))
        })
        .register_fn("join", |cx: NativeCallContext<'_>, list: List, separator: &str| {
            join(&cx, &list.0, separator)
        })
        .register_indexer_get(|cx: NativeCallContext<'_>, list: &mut List, at: INT| {
            done(hand_over(&Host::of(&cx)?, at_index(&list.0, at)))
        })
        .register_indexer_get(
            |cx: NativeCallContext<'_>, list: &mut List, name: ImmutableString| {
                of_only_block(cx, list, &name)
            },
        );
    arrays(host);
    both(host, |list: &List| copied(&list.0));
    both(host, |array: &Array| copied(array));
    by_name(host);
}

fn arrays(host: &mut Registry) {
    host.register_fn("some", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        some(&cx, &copied(list)?, &f)
    })
    .register_fn("all", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        all(&cx, &copied(list)?, &f)
    })
    .register_fn("filter", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        filter(&cx, &copied(list)?, &f)
    })
    .register_fn("common", |cx: NativeCallContext<'_>, list: &mut Array, other: Dynamic| {
        common(&cx, list, &other)
    })
    .register_fn("common", |cx: NativeCallContext<'_>, list: Unknown, other: Dynamic| {
        let unknown = Dynamic::from(list.clone());
        match (other.as_array_ref(), other.read_lock::<List>()) {
            (Ok(array), _) => common(&cx, &array, &unknown).map(Dynamic::from),
            (_, Some(other)) => common(&cx, &other.0, &unknown).map(Dynamic::from),
            _ => done(Dynamic::from(list.derive("common"))),
        }
    })
    .register_fn("contains", |cx: NativeCallContext<'_>, list: &mut Array, it: Dynamic| {
        contains(&cx, list, &it)
    })
    .register_fn("contains", |cx: NativeCallContext<'_>, list: &mut Array, it: ImmutableString| {
        contains(&cx, list, &it.into())
    })
    .register_fn("map", |cx: NativeCallContext<'_>, list: &mut Array, f: FnPtr| {
        map(&cx, &copied(list)?, &f)
    })
    .register_fn("join", |cx: NativeCallContext<'_>, list: &mut Array, separator: &str| {
        join(&cx, &copied(list)?, separator)
    });
    host.register_fn("sort", |list: &mut List| sorted(list.0.to_vec()));
}

/// What lists of a plan and arrays of a script have alike.
fn both<T: Variant + Clone>(host: &mut Registry, elements: fn(&T) -> Result<Array>) {
    host.register_fn("find", move |cx: NativeCallContext<'_>, list: &mut T, f: FnPtr| {
        find(&cx, &elements(list)?, &f)
    })
    .register_fn(
        "reduce",
        move |cx: NativeCallContext<'_>, list: &mut T, f: FnPtr, start: Dynamic| {
            elements(list)?
                .into_iter()
                .try_fold(start, |all, it| f.call_within_context::<Dynamic>(&cx, (all, it)))
        },
    )
    .register_fn("index_of", move |cx: NativeCallContext<'_>, list: &mut T, it: Dynamic| {
        index_of(&cx, &elements(list)?, &it)
    })
    .register_fn("index_of", move |cx: NativeCallContext<'_>, list: &mut T, it: ImmutableString| {
        index_of(&cx, &elements(list)?, &it.into())
    })
    .register_fn("index_of", |_: &mut T, _: FnPtr| object::<INT>(NO_POSITION));
}

const NO_POSITION: &str = "`index_of` takes a value: `find(|x| …)` gives the element itself";

const NO_NAME: &str = "a list is asked with a closure, such as |it| it.name == \"a\"";

const NO_ORDER: &str = "`sort` takes no closure: make texts or numbers with `map`, and sort these";

const NO_MAP: &str = "this is a map: loop over `map.keys()`, or ask its `values()`";

/// Rhai takes a text for the name of a function; one out of a plan would be named in the error.
fn by_name(host: &mut Registry) {
    for name in ["some", "all", "find", "filter", "map", "reduce"] {
        host.register_fn(name, |_: &mut Array, _: ImmutableString| object::<()>(NO_NAME))
            .register_fn(name, |_: &mut List, _: ImmutableString| object::<()>(NO_NAME))
            .register_fn(name, |_: &mut Array, _: ImmutableString, _: Dynamic| {
                object::<()>(NO_NAME)
            });
    }
    host.register_fn("sort", |_: &mut Array, _: FnPtr| object::<()>(NO_ORDER))
        .register_fn("sort", |_: &mut List, _: FnPtr| object::<()>(NO_ORDER))
        .register_fn("sort", |_: &mut Array, _: ImmutableString| object::<()>(NO_ORDER));
    for name in ["some", "all", "find", "filter", "map"] {
        host.register_fn(name, |_: &mut Map, _: FnPtr| object::<()>(NO_MAP));
    }
}

/// The elements on their own: the closure may change what they are taken from.
fn copied(list: &[Dynamic]) -> Result<Array> {
    charge_copy(list.len())?;
    Ok(list.to_vec())
}

fn some(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<bool> {
    let mut closure = Closure::new(cx, f)?;
    for element in list {
        if ask(cx, &mut closure, element.clone())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<bool> {
    let mut closure = Closure::new(cx, f)?;
    for element in list {
        if !ask(cx, &mut closure, element.clone())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn filter(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<Vec<Dynamic>> {
    let mut closure = Closure::new(cx, f)?;
    let mut kept = Vec::new();
    for element in list {
        if ask(cx, &mut closure, element.clone())? {
            kept.push(element.clone());
        }
    }
    Ok(kept)
}

/// An array, whose size Rhai checks: the closure may make anything.
fn map(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<Array> {
    let mut closure = Closure::new(cx, f)?;
    let mut all = Array::new();
    let mut bytes = 0;
    for element in list {
        let made = closure.call(element.clone())?;
        bytes += made.as_immutable_string_ref().map_or(0, |text| text.len());
        all.push(made);
        if all.len() > limits::ARRAY_ELEMENTS || bytes > limits::STRING_BYTES {
            break;
        }
    }
    Ok(all)
}

/// What comparing two elements costs, in bytes read.
const COMPARED: usize = 16;

fn contains(cx: &NativeCallContext<'_>, list: &[Dynamic], it: &Dynamic) -> Result<bool> {
    charge_bytes(list.len() * COMPARED)?;
    for element in list {
        if equals(cx, element, it)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn find(cx: &NativeCallContext<'_>, list: &[Dynamic], f: &FnPtr) -> Result<Dynamic> {
    let mut closure = Closure::new(cx, f)?;
    for element in list {
        if ask(cx, &mut closure, element.clone())? {
            return Ok(hand_over(&Host::of(cx)?, element.clone()));
        }
    }
    Ok(Dynamic::UNIT)
}

fn index_of(cx: &NativeCallContext<'_>, list: &[Dynamic], it: &Dynamic) -> Result<INT> {
    charge(list.len())?;
    for (at, element) in (0..).zip(list) {
        if equals(cx, element, it)? {
            return Ok(at);
        }
    }
    Ok(-1)
}

/// Texts in their order, or numbers in theirs. Nobody can tell where a value not known belongs.
pub(super) fn sorted(mut list: Array) -> Result<Array> {
    charge(list.len())?;
    if list.iter().any(Dynamic::is::<Unknown>) {
        return stop(Stop::Undecided);
    }
    let plain = |it: &Dynamic| match it.read_lock::<Sensitive>() {
        Some(sensitive) => sensitive.value.clone(),
        None => it.clone(),
    };
    let all: Vec<Dynamic> = list.iter().map(plain).collect();
    let is_number = |it: &Dynamic| it.is_int() || it.is_float();
    if !all.iter().all(Dynamic::is_string) && !all.iter().all(is_number) {
        return object(
            "only texts can be sorted, or only numbers: choose them with `filter` first",
        );
    }
    list.sort_by(|a, b| order(&plain(a), &plain(b)));
    Ok(list)
}

fn order(a: &Dynamic, b: &Dynamic) -> Ordering {
    match (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal),
    }
}

/// The elements that another list has too.
fn common(cx: &NativeCallContext<'_>, list: &[Dynamic], other: &Dynamic) -> Result<Vec<Dynamic>> {
    if let Ok(array) = other.as_array_ref() {
        return in_both(list, array.len(), |element| contains(cx, &array, element));
    }
    if let Some(other) = other.read_lock::<List>() {
        return in_both(list, other.0.len(), |element| contains(cx, &other.0, element));
    }
    if let Some(unknown) = other.read_lock::<Unknown>() {
        return in_both(list, 1, |element| unknown::decide(cx, &unknown, "contains", element));
    }
    if other.is_unit() { Ok(Vec::new()) } else { object("`common` takes another list") }
}

fn in_both(
    list: &[Dynamic],
    others: usize,
    is_there: impl Fn(&Dynamic) -> Result<bool>,
) -> Result<Vec<Dynamic>> {
    let mut kept = Vec::new();
    for element in list {
        charge_bytes(others * COMPARED)?;
        if is_there(element)? {
            kept.push(element.clone());
        }
    }
    Ok(kept)
}

fn join(
    cx: &NativeCallContext<'_>,
    list: &[Dynamic],
    separator: &str,
) -> Result<rhai::ImmutableString> {
    let host = Host::of(cx)?;
    charge(list.len())?;
    let mut out = String::new();
    for (at, element) in list.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        out.push_str(&written(&host, element));
        if out.len() > limits::STRING_BYTES {
            return too_long();
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
    name: &ImmutableString,
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
