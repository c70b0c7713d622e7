//! Unknown and sensitive values: what is made of one is unknown too, and a yes-or-no question about
//! one is a question to the oracle.

use rhai::{Dynamic, FnPtr, INT, ImmutableString, NativeCallContext};

use super::{
    super::{
        cx::{Host, Result},
        values::{Node, Sensitive, Unknown},
    },
    Registry,
    compare::literal,
    truth,
};
use crate::plan::Tri;

pub(super) fn register(host: &mut Registry) {
    host.register_fn("is_unknown", |value: Dynamic| value.is::<Unknown>())
        .register_fn("is_sensitive", |value: Dynamic| value.is::<Sensitive>());
    derives::<Unknown>(host, |unknown| unknown.clone());
    derives::<Sensitive>(host, Sensitive::veiled);
    host.register_fn("!", |cx: NativeCallContext<'_>, value: Unknown| {
        truth(&cx, &Dynamic::from(value)).map(|it| !it)
    })
    .register_fn("!", |cx: NativeCallContext<'_>, value: Sensitive| {
        truth(&cx, &value.value).map(|it| !it)
    });
    questions(host);
    sensitive_questions(host);
}

/// What functions make of a value that is not known, or may not be shown.
fn derives<T: Clone + Send + Sync + 'static>(host: &mut Registry, veil: fn(&T) -> Unknown) {
    for name in [
        "to_upper",
        "to_lower",
        "to_int",
        "to_float",
        "parse_int",
        "parse_float",
        "abs",
        "keys",
        "clusters",
        "values",
        "address",
        "action",
        "type",
        "name",
        "unit",
        "region",
        "provider",
        "before",
        "after",
        "sort",
    ] {
        host.register_fn(name, move |value: T| veil(&value).derive(name));
    }
    for name in ["split", "sub_string", "get", "ref", "index_of", "join"] {
        host.register_fn(name, move |value: T, argument: Dynamic| {
            veil(&value).derive(&format!("{name} {}", literal(&argument)))
        });
    }
    host.register_fn("sub_string", move |value: T, from: INT, len: INT| {
        veil(&value).derive(&format!("sub_string {from} {len}"))
    });
    host.register_fn("referred_by", move |value: T, type_: &str, path: &str| {
        veil(&value).derive(&format!("referred_by {type_} {path}"))
    });
    for name in ["filter", "map", "find"] {
        host.register_fn(name, move |value: T, f: FnPtr| {
            veil(&value).derive(&format!("{name} {}", closure(&f)))
        });
    }
    host.register_fn("reduce", move |value: &mut T, f: FnPtr, start: Dynamic| {
        veil(value).derive(&format!("reduce {} {}", closure(&f), literal(&start)))
    });
    for op in ["+", "-", "*", "/", "%"] {
        host.register_fn(op, move |a: T, b: Dynamic| {
            veil(&a).derive(&format!("{op} {}", literal(&b)))
        })
        .register_fn(op, move |a: Dynamic, b: T| veil(&b).derive(&format!("{} {op}", literal(&a))))
        .register_fn(op, move |a: T, b: T| veil(&a).derive(&format!("{op} {}", veil(&b).key)));
    }
    host.register_indexer_get(move |value: &mut T, name: &str| member(&veil(value), name))
        .register_indexer_get(move |value: &mut T, at: INT| veil(value).derive(&format!("[{at}]")));
}

/// Tells closures apart: by where they stand, and by what they hold.
fn closure(f: &FnPtr) -> String {
    let held: Vec<String> = f.iter_curry().map(|it| literal(&it.flatten_clone())).collect();
    format!("{}({})", f.fn_name(), held.join(","))
}

/// What stands behind a name in a value that is not known.
pub(super) fn member(value: &Unknown, name: &str) -> Unknown {
    value.derive(&format!("[{name:?}]"))
}

/// Asks the oracle for what a method says of an unknown value.
pub(super) fn decide(
    cx: &NativeCallContext<'_>,
    unknown: &Unknown,
    name: &str,
    argument: &Dynamic,
) -> Result<bool> {
    Host::of(cx)?.decide(&unknown.key, unknown.cause, &format!("{name} {}", literal(argument)))
}

fn questions(host: &mut Registry) {
    for name in ["starts_with", "ends_with"] {
        host.register_fn(
            name,
            move |cx: NativeCallContext<'_>, unknown: Unknown, argument: Dynamic| {
                decide(&cx, &unknown, name, &argument)
            },
        );
    }
    host.register_fn(
        "contains",
        |cx: NativeCallContext<'_>, unknown: &mut Unknown, it: Dynamic| contains(&cx, unknown, &it),
    );
    for name in ["some", "all"] {
        host.register_fn(name, move |cx: NativeCallContext<'_>, unknown: Unknown, f: FnPtr| {
            let host = Host::of(&cx)?;
            host.decide(&unknown.key, unknown.cause, &format!("{name} {}", closure(&f)))
        });
    }
    host.register_fn("len", |unknown: Unknown| unknown.derive("len"))
        .register_fn("is_empty", |cx: NativeCallContext<'_>, unknown: Unknown| {
            decide(&cx, &unknown, "is_empty", &Dynamic::UNIT)
        })
        .register_fn(
            "waits_for",
            |cx: NativeCallContext<'_>, unknown: Unknown, other: Dynamic, via: &str| {
                decide(&cx, &unknown, &format!("waits_for {via}"), &other)
            },
        )
        .register_fn(
            "contains",
            |cx: NativeCallContext<'_>, text: ImmutableString, unknown: Unknown| {
                decide(&cx, &unknown, "in", &Dynamic::from(text.clone()))
            },
        )
        .register_fn("contains", |cx: NativeCallContext<'_>, node: Node, unknown: Unknown| {
            decide(&cx, &unknown, "in", &Dynamic::from(node.clone()))
        });
}

/// Whether a list that is not known as a whole holds a value: `subnet.id in r.subnet_ids`.
fn contains(cx: &NativeCallContext<'_>, list: &Unknown, it: &Dynamic) -> Result<bool> {
    let host = Host::of(cx)?;
    let holds = match it.read_lock::<Unknown>().as_deref() {
        Some(Unknown { place: Some(it), .. }) => list
            .place
            .as_ref()
            .map(|list| host.look(|scope| list.view(scope).holds_once_assigned(&it.view(scope)))),
        _ => None,
    };
    let question = format!("contains {}", literal(it));
    host.settle(holds.unwrap_or(Tri::Maybe), &list.key, list.cause, &question)
}

/// These show nothing of the value but the answer.
fn sensitive_questions(host: &mut Registry) {
    type Ask = fn(&str, &str) -> bool;
    let asks: [(&str, Ask); 3] = [
        ("starts_with", |text, part| text.starts_with(part)),
        ("ends_with", |text, part| text.ends_with(part)),
        ("contains", |text, part| text.contains(part)),
    ];
    for (name, ask) in asks {
        host.register_fn(name, move |sensitive: Sensitive, part: &str| {
            sensitive.value.as_immutable_string_ref().is_ok_and(|text| ask(&text, part))
        });
    }
    host.register_fn("len", |sensitive: Sensitive| {
        let chars = |text: &str| text.chars().count() as INT;
        sensitive.value.as_immutable_string_ref().map_or(0, |text| chars(&text))
    })
    .register_fn("is_empty", |sensitive: Sensitive| {
        sensitive.value.as_immutable_string_ref().is_ok_and(|text| text.is_empty())
    });
}
