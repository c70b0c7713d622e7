//! Unknown and sensitive values: what is made of one is unknown too, and a yes-or-no question about
//! one is a question to the oracle.

use rhai::{Dynamic, Engine, FnPtr, INT, ImmutableString, NativeCallContext};

use super::{
    super::{
        cx::{Host, Result},
        values::{Node, Sensitive, Unknown},
    },
    compare::literal,
    truth,
};

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("is_unknown", |value: Dynamic| value.is::<Unknown>())
        .register_fn("is_sensitive", |value: Dynamic| value.is::<Sensitive>());
    derives::<Unknown>(engine, |unknown| unknown.clone());
    derives::<Sensitive>(engine, Sensitive::veiled);
    engine
        .register_fn("!", |cx: NativeCallContext<'_>, value: Unknown| {
            truth(&cx, &Dynamic::from(value)).map(|it| !it)
        })
        .register_fn("!", |cx: NativeCallContext<'_>, value: Sensitive| {
            truth(&cx, &value.value).map(|it| !it)
        });
    questions(engine);
    sensitive_questions(engine);
}

/// What functions make of a value that is not known, or may not be shown.
fn derives<T: Clone + Send + Sync + 'static>(engine: &mut Engine, veil: fn(&T) -> Unknown) {
    for name in [
        "to_upper",
        "to_lower",
        "to_int",
        "to_float",
        "parse_int",
        "parse_float",
        "abs",
        "keys",
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
    ] {
        engine.register_fn(name, move |value: &mut T| veil(value).derive(name));
    }
    for name in ["split", "sub_string", "get", "ref"] {
        engine.register_fn(name, move |value: &mut T, argument: Dynamic| {
            veil(value).derive(&format!("{name} {}", literal(&argument)))
        });
    }
    engine.register_fn("sub_string", move |value: &mut T, from: INT, len: INT| {
        veil(value).derive(&format!("sub_string {from} {len}"))
    });
    for name in ["filter", "map"] {
        // Closures cannot be told apart, so each result is a value of its own only by name.
        engine.register_fn(name, move |value: &mut T, f: FnPtr| {
            veil(value).derive(&format!("{name} {}", f.fn_name()))
        });
    }
    for op in ["+", "-", "*", "/", "%"] {
        engine
            .register_fn(op, move |a: T, b: Dynamic| {
                veil(&a).derive(&format!("{op} {}", literal(&b)))
            })
            .register_fn(op, move |a: Dynamic, b: T| {
                veil(&b).derive(&format!("{} {op}", literal(&a)))
            })
            .register_fn(op, move |a: T, b: T| veil(&a).derive(&format!("{op} {}", veil(&b).key)));
    }
    engine
        .register_indexer_get(move |value: &mut T, name: &str| {
            veil(value).derive(&format!("[{name:?}]"))
        })
        .register_indexer_get(move |value: &mut T, at: INT| veil(value).derive(&format!("[{at}]")));
}

fn decide(
    cx: &NativeCallContext<'_>,
    unknown: &Unknown,
    name: &str,
    argument: &Dynamic,
) -> Result<bool> {
    Host::of(cx)?.decide(&unknown.key, unknown.cause, &format!("{name} {}", literal(argument)))
}

fn questions(engine: &mut Engine) {
    for name in ["starts_with", "ends_with", "contains"] {
        engine.register_fn(
            name,
            move |cx: NativeCallContext<'_>, unknown: &mut Unknown, argument: Dynamic| {
                decide(&cx, unknown, name, &argument)
            },
        );
    }
    for name in ["some", "all"] {
        engine.register_fn(
            name,
            move |cx: NativeCallContext<'_>, unknown: &mut Unknown, f: FnPtr| {
                let host = Host::of(&cx)?;
                host.decide(&unknown.key, unknown.cause, &format!("{name} {}", f.fn_name()))
            },
        );
    }
    engine
        .register_fn("len", |unknown: &mut Unknown| unknown.derive("len"))
        .register_fn("is_empty", |cx: NativeCallContext<'_>, unknown: &mut Unknown| {
            decide(&cx, unknown, "is_empty", &Dynamic::UNIT)
        })
        .register_fn(
            "waits_for",
            |cx: NativeCallContext<'_>, unknown: &mut Unknown, other: Dynamic, via: &str| {
                decide(&cx, unknown, &format!("waits_for {via}"), &other)
            },
        )
        .register_fn(
            "contains",
            |cx: NativeCallContext<'_>, text: &mut ImmutableString, unknown: Unknown| {
                decide(&cx, &unknown, "in", &Dynamic::from(text.clone()))
            },
        )
        .register_fn("contains", |cx: NativeCallContext<'_>, node: &mut Node, unknown: Unknown| {
            decide(&cx, &unknown, "in", &Dynamic::from(node.clone()))
        });
}

/// These show nothing of the value but the answer.
fn sensitive_questions(engine: &mut Engine) {
    type Ask = fn(&str, &str) -> bool;
    let asks: [(&str, Ask); 3] = [
        ("starts_with", |text, part| text.starts_with(part)),
        ("ends_with", |text, part| text.ends_with(part)),
        ("contains", |text, part| text.contains(part)),
    ];
    for (name, ask) in asks {
        engine.register_fn(name, move |sensitive: &mut Sensitive, part: &str| {
            sensitive.value.as_immutable_string_ref().is_ok_and(|text| ask(&text, part))
        });
    }
    engine
        .register_fn("len", |sensitive: &mut Sensitive| {
            let chars = |text: &str| text.chars().count() as INT;
            sensitive.value.as_immutable_string_ref().map_or(0, |text| chars(&text))
        })
        .register_fn("is_empty", |sensitive: &mut Sensitive| {
            sensitive.value.as_immutable_string_ref().is_ok_and(|text| text.is_empty())
        });
}
