//! What only a test can write in place of a value.

use rhai::{Dynamic, Engine};
use serde_json::Value;

/// In place of a value.
#[derive(Clone)]
pub(super) enum Marker {
    /// Known after the apply, and written as this expression.
    Unknown(String),
    /// The value of another resource's attribute.
    Link(String),
    Sensitive(Dynamic),
}

/// What a value that is not known refers to: a data source that no plan has.
const HIDDEN: &str = "data.terraform_data.hidden.output";

pub(in super::super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Marker>("value of a test")
        .register_fn("unknown", || Marker::Unknown(HIDDEN.to_owned()))
        .register_fn("unknown", |expression: &str| Marker::Unknown(expression.to_owned()))
        .register_fn("link", |path: &str| Marker::Link(path.to_owned()))
        .register_fn("sensitive", Marker::Sensitive);
}

/// Whether something in a value is not known.
pub(super) fn hangs(value: &Dynamic) -> bool {
    match value.read_lock::<Marker>().as_deref() {
        Some(Marker::Unknown(_) | Marker::Link(_)) => return true,
        Some(Marker::Sensitive(value)) => return hangs(value),
        None => {}
    }
    if let Ok(map) = value.as_map_ref() {
        return map.values().any(hangs);
    }
    value.as_array_ref().is_ok_and(|list| list.iter().any(hangs))
}

/// A value without marks: what Terraform makes of a literal.
pub(super) fn plain(value: &Dynamic) -> Value {
    if let Some(Marker::Sensitive(value)) = value.read_lock::<Marker>().as_deref() {
        return plain(value);
    }
    if let Ok(map) = value.as_map_ref() {
        return map.iter().map(|(name, value)| (name.to_string(), plain(value))).collect();
    }
    if let Ok(list) = value.as_array_ref() {
        return list.iter().map(plain).collect();
    }
    let number = value.as_float().ok().and_then(serde_json::Number::from_f64);
    match (value.as_bool(), value.as_int(), number, value.as_immutable_string_ref()) {
        (Ok(flag), ..) => flag.into(),
        (_, Ok(number), ..) => number.into(),
        (_, _, Some(number), _) => number.into(),
        (.., Ok(text)) => text.to_string().into(),
        _ => Value::Null,
    }
}

/// The texts of a list; none where it is no list, or not of texts alone.
pub(in super::super) fn texts(list: &Dynamic) -> Option<Vec<String>> {
    let list = list.as_array_ref().ok()?;
    list.iter().map(|it| it.clone().into_string().ok()).collect()
}
