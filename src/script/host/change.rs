//! What changes a text or an array in a variable; the result is what it became, so that it can be
//! used at once.

use rhai::{Array, Dynamic, ImmutableString, NativeCallContext};

use super::{
    super::{
        cx::{Result, done},
        sandbox::charge_bytes,
        values::Unknown,
    },
    Registry,
    compare::literal,
    list::sorted,
    text::too_long,
};

pub(super) fn register(host: &mut Registry) {
    host.register_change("trim", |text: &mut ImmutableString| {
        *text = text.trim().into();
        text.clone()
    })
    .register_change("replace", replace)
    // `'a'` is a character to Rhai, which has functions of its own for these.
    .register_change(
        "replace",
        |cx: NativeCallContext<'_>, text: &mut ImmutableString, old: char, new: &str| {
            replace(cx, text, old.encode_utf8(&mut [0; 4]), new)
        },
    )
    .register_change(
        "replace",
        |cx: NativeCallContext<'_>, text: &mut ImmutableString, old: &str, new: char| {
            replace(cx, text, old, new.encode_utf8(&mut [0; 4]))
        },
    )
    .register_change(
        "replace",
        |cx: NativeCallContext<'_>, text: &mut ImmutableString, old: char, new: char| {
            replace(cx, text, old.encode_utf8(&mut [0; 4]), new.encode_utf8(&mut [0; 4]))
        },
    )
    .register_change("sort", |list: &mut Array| {
        *list = sorted(std::mem::take(list))?;
        done(list.clone())
    });
    // What becomes of an unknown value is another one: an answer about the one is none about the
    // other.
    host.register_change("trim", |value: &mut Unknown| {
        *value = value.derive("trim");
        value.clone()
    })
    .register_change("replace", |value: &mut Unknown, old: Dynamic, new: Dynamic| {
        *value = value.derive(&format!("replace {} {}", literal(&old), literal(&new)));
        value.clone()
    });
}

/// Rhai's own checks the size after it is too late: two strings of 16 KiB made 512 MiB.
fn replace(
    cx: NativeCallContext<'_>,
    text: &mut ImmutableString,
    old: &str,
    new: &str,
) -> Result<ImmutableString> {
    charge_bytes(text.len() * 4)?;
    let count = if old.is_empty() { 0 } else { text.matches(old).count() };
    let len = text.len() + count.saturating_mul(new.len().saturating_sub(old.len()));
    if len > cx.engine().max_string_size() {
        return too_long();
    }
    if count > 0 {
        *text = text.replace(old, new).into();
    }
    Ok(text.clone())
}
