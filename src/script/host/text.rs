//! Writing values into texts, without showing what may not be shown.

use rhai::{Dynamic, EvalAltResult, ImmutableString, NativeCallContext, Position};

use super::{
    super::{
        cx::{Host, Result, done, text},
        values::{List, Node, Sensitive, Unknown},
    },
    Registry,
};
use crate::graph::SENSITIVE;

pub(super) fn register(host: &mut Registry) {
    writes::<Unknown>(host);
    writes::<Sensitive>(host);
    writes::<List>(host);
    writes::<Node>(host);
    host.register_fn("to_string", |(): ()| NOT_SET);
    host.register_fn("+=", |all: &mut ImmutableString, (): ()| *all += NOT_SET);
    host.register_fn("+", |left: ImmutableString, (): ()| left + NOT_SET);
    // `"a" + r.x` stays unknown, so that comparing it is exact; a message shows both parts.
    joins::<Unknown>(host, |_, unknown| unknown);
    joins::<Sensitive>(host, |_, sensitive| sensitive.veiled());
}

/// How messages write null.
const NOT_SET: &str = "(not set)";

/// Interpolation, `to_string` and `+=`.
fn writes<T: Clone + Send + Sync + 'static>(host: &mut Registry) {
    for name in ["to_string", "to_debug"] {
        host.register_fn(name, |cx: NativeCallContext<'_>, value: T| {
            done(text(written(&Host::of(&cx)?, &Dynamic::from(value.clone()))))
        });
    }
    host.register_fn(
        "+=",
        |cx: NativeCallContext<'_>, all: &mut ImmutableString, value: T| -> Result<()> {
            let written = written(&Host::of(&cx)?, &Dynamic::from(value));
            *all += written.as_str();
            Ok(())
        },
    );
}

fn joins<T: Clone + Send + Sync + 'static>(host: &mut Registry, unknown: fn(&Host, T) -> Unknown) {
    host.register_fn("+", move |cx: NativeCallContext<'_>, left: ImmutableString, right: T| {
        let right = unknown(&Host::of(&cx)?, right);
        let shown = format!("{left}{}", right.shown);
        done(right.derive(&format!("{left:?}+")).shown_as(shown))
    })
    .register_fn("+", move |cx: NativeCallContext<'_>, left: T, right: ImmutableString| {
        let left = unknown(&Host::of(&cx)?, left);
        let shown = format!("{}{right}", left.shown);
        done(left.derive(&format!("+{right:?}")).shown_as(shown))
    });
}

/// A text that is longer than the sandbox allows, before it is made.
pub(super) fn too_long<T>() -> Result<T> {
    let what = "Length of string".to_owned();
    Err(EvalAltResult::ErrorDataTooLarge(what, Position::NONE).into())
}

/// How a message writes a value.
pub(super) fn written(host: &Host, value: &Dynamic) -> String {
    const SHOWN: usize = 10;
    if let Some(unknown) = value.read_lock::<Unknown>() {
        return host.render(&unknown.shown);
    }
    if value.is::<Sensitive>() {
        return host.render(SENSITIVE);
    }
    if let Some(node) = value.read_lock::<Node>() {
        let root =
            node.is_root().then(|| host.look(|scope| scope.res(node.id).address().to_owned()));
        return root.unwrap_or_else(|| "{…}".to_owned());
    }
    if let Some(list) = value.read_lock::<List>() {
        let mut parts: Vec<String> =
            list.0.iter().take(SHOWN).map(|element| written(host, element)).collect();
        if list.0.len() > SHOWN {
            parts.push("…".to_owned());
        }
        return format!("[{}]", parts.join(", "));
    }
    if value.is_unit() { NOT_SET.to_owned() } else { value.to_string() }
}
