//! The functions that a script has: properties are Terraform's attributes, methods are ours.

mod compare;
mod list;
pub mod manual;
mod null;
mod resource;
mod text;
mod unknown;

use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};

use super::{
    cx::{Host, Result, object},
    values::{List, Node, Sensitive, Unknown},
};

pub(super) use compare::equals;

/// Types as scripts and error messages name them.
pub(super) const UNKNOWN: &str = "Unknown";
/// See [`UNKNOWN`].
pub(super) const SENSITIVE: &str = "Sensitive";

/// Registers everything.
pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Node>("Resource")
        .register_type_with_name::<List>("List")
        .register_type_with_name::<resource::Provider>("Provider")
        .register_type_with_name::<Unknown>(UNKNOWN)
        .register_type_with_name::<Sensitive>(SENSITIVE);
    compare::register(engine);
    list::register(engine);
    null::register(engine);
    resource::register(engine);
    text::register(engine);
    unknown::register(engine);
}

/// A value for the script; notes what is not known.
fn hand_over(host: &Host, value: Dynamic) -> Dynamic {
    if let Some(unknown) = value.read_lock::<Unknown>() {
        host.touch(&unknown);
    }
    value
}

/// What a closure says of an element.
fn ask(cx: &NativeCallContext<'_>, question: &FnPtr, element: Dynamic) -> Result<bool> {
    let answer = question.call_within_context::<Dynamic>(cx, (element,))?;
    truth(cx, &answer)
}

/// A condition: a boolean, or an unknown value that may be one.
fn truth(cx: &NativeCallContext<'_>, value: &Dynamic) -> Result<bool> {
    if let Ok(known) = value.as_bool() {
        return Ok(known);
    }
    if let Some(unknown) = value.read_lock::<Unknown>() {
        return Host::of(cx)?.decide(&unknown.key, unknown.cause, "true");
    }
    if let Some(sensitive) = value.read_lock::<Sensitive>() {
        return truth(cx, &sensitive.value);
    }
    if value.is_unit() {
        return Ok(false);
    }
    object("a condition must be true or false: compare the value with something")
}
