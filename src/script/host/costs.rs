//! Functions of Rhai's that read or copy much in one call, which Rhai counts as one operation: here
//! they count for what they do. They answer as Rhai's own.

use rhai::{Array, Dynamic, INT, ImmutableString, Map};

use super::{
    super::{
        cx::{Result, done},
        sandbox::charge_bytes,
    },
    Registry,
};

/// What copying an element, or a key or value, costs: about as much as reading so many bytes.
const COPIED: usize = 64;

/// What Rhai's look at the size of an element costs, after each method of an array or map.
const MEASURED: usize = 8;

/// Counts a copy of so many elements.
///
/// # Errors
/// When that is more than a run may have.
pub(in crate::script) fn charge_copy(elements: usize) -> Result<()> {
    charge_bytes(elements * COPIED)
}

pub(super) fn register(host: &mut Registry) {
    searches(host);
    parts(host);
    collections(host);
}

fn searches(host: &mut Registry) {
    host.register_fn("contains", |text: &str, part: &str| {
        charge_search(text)?;
        done(text.contains(part))
    })
    .register_fn("contains", |text: &str, part: char| {
        charge_search(text)?;
        done(text.contains(part))
    })
    .register_fn("index_of", |text: &str, part: &str| {
        charge_search(text)?;
        done(characters_before(text, text.find(part)))
    })
    .register_fn("index_of", |text: &str, part: char| {
        charge_search(text)?;
        done(characters_before(text, text.find(part)))
    });
}

/// Finding one text in another may look at each byte some times.
fn charge_search(text: &str) -> Result<()> {
    charge_bytes(text.len() * 4)
}

/// A place in a text as scripts count; −1 for none, and for whatever is asked of an empty text.
fn characters_before(text: &str, at: Option<usize>) -> INT {
    match at {
        Some(at) if !text.is_empty() => text[..at].chars().count() as INT,
        _ => -1,
    }
}

/// What is made of a text character by character.
fn parts(host: &mut Registry) {
    host.register_fn("to_upper", |text: ImmutableString| {
        charge_copy(text.len() / 8)?;
        done(ImmutableString::from(text.to_uppercase()))
    })
    .register_fn("to_lower", |text: ImmutableString| {
        charge_copy(text.len() / 8)?;
        done(ImmutableString::from(text.to_lowercase()))
    })
    .register_fn("sub_string", |text: &str, start: INT| done(sub_string(text, start, INT::MAX)?))
    .register_fn("sub_string", sub_string)
    .register_fn("split", |text: ImmutableString, separator: &str| {
        split(&text, text.split(separator))
    })
    .register_fn("split", |text: ImmutableString, separator: char| {
        split(&text, text.split(separator))
    });
}

/// So many characters from one on; counted from the end where that is negative.
fn sub_string(text: &str, start: INT, count: INT) -> Result<ImmutableString> {
    charge_bytes(text.len() * 4)?;
    let start = match usize::try_from(start) {
        Ok(start) => start,
        Err(_) => {
            let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
            text.chars().count().saturating_sub(back)
        }
    };
    let count = usize::try_from(count).unwrap_or(0);
    Ok(text.chars().skip(start).take(count).collect::<String>().into())
}

fn split<'t>(text: &str, parts: impl Iterator<Item = &'t str>) -> Result<Array> {
    charge_search(text)?;
    // An empty text has no parts but itself, whatever it is split by.
    let parts: Array = match text {
        "" => vec![text.into()],
        _ => parts.map(|part| ImmutableString::from(part).into()).collect(),
    };
    charge_copy(parts.len())?;
    Ok(parts)
}

fn collections(host: &mut Registry) {
    host.register_change("push", |array: &mut Array, value: Dynamic| {
        charge_bytes(array.len() * MEASURED)?;
        array.push(value);
        done(())
    })
    .register_change("pop", |array: &mut Array| {
        charge_bytes(array.len() * MEASURED)?;
        done(array.pop().unwrap_or_default())
    })
    .register_fn("+", |mut left: Array, right: Array| {
        charge_copy(left.len() + right.len())?;
        left.extend(right);
        done(left)
    })
    .register_fn("keys", |map: &mut Map| {
        charge_copy(map.len())?;
        done(
            map.keys()
                .map(|key| Dynamic::from(ImmutableString::from(key.as_str())))
                .collect::<Array>(),
        )
    })
    .register_fn("values", |map: &mut Map| {
        charge_copy(map.len())?;
        done(map.values().cloned().collect::<Array>())
    });
}
