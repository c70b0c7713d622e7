//! Raw `terraform.tfstate` (version 4), rewritten as `terraform show -json` writes a state.
//!
//! The two differ in how instances are listed and in how sensitive paths are marked; rewriting one
//! into the other leaves a single reader. Values are copied as they stand.

use std::{collections::BTreeMap, fmt::Write, ops::Bound};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::address::Key;

#[derive(Deserialize)]
struct TfState<'a> {
    #[serde(default)]
    terraform_version: String,
    #[serde(default, borrow)]
    outputs: BTreeMap<String, Output<'a>>,
    #[serde(default, borrow)]
    resources: Vec<Resource<'a>>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    type_: String,
    name: String,
    #[serde(default)]
    provider: String,
    #[serde(default, borrow)]
    instances: Vec<Instance<'a>>,
}

#[derive(Deserialize)]
struct Instance<'a> {
    #[serde(default)]
    index_key: Option<serde_json::Value>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
    /// As Terraform 0.11 wrote them, in an instance that nobody has read since.
    #[serde(default)]
    attributes_flat: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(default)]
    sensitive_attributes: Option<Vec<Vec<PathStep>>>,
}

#[derive(Deserialize)]
struct PathStep {
    #[serde(default)]
    value: serde_json::Value,
}

/// The same state in the format of `terraform show -json`.
pub(super) fn as_state(text: &str) -> Result<String, serde_json::Error> {
    let state: TfState<'_> = serde_json::from_str(text)?;
    let mut out = String::with_capacity(text.len());
    let version = quote(&state.terraform_version);
    let _ = write!(
        out,
        "{{\"format_version\":\"1.0\",\"terraform_version\":{version},\"values\":{{\"outputs\":{{"
    );
    for (at, (name, output)) in state.outputs.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let value = output.value.map_or("null", RawValue::get);
        let _ = write!(
            out,
            "{comma}{}:{{\"sensitive\":{},\"value\":{value}}}",
            quote(name),
            output.sensitive
        );
    }
    out.push_str("},\"root_module\":{\"resources\":[");
    let mut first = true;
    for resource in &state.resources {
        for instance in &resource.instances {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            write_instance(&mut out, resource, instance);
        }
    }
    out.push_str("]}}}");
    Ok(out)
}

fn write_instance(out: &mut String, resource: &Resource<'_>, instance: &Instance<'_>) {
    let key = instance.index_key.as_ref().and_then(|key| match key {
        serde_json::Value::Number(number) => number.as_i64().map(Key::Int),
        serde_json::Value::String(text) => Some(Key::Text(text.clone())),
        _ => None,
    });
    let prefix = resource.module.as_ref().map(|module| format!("{module}.")).unwrap_or_default();
    let data = if resource.mode == "data" { "data." } else { "" };
    let shown = key.as_ref().map(Key::to_string).unwrap_or_default();
    let address = format!("{prefix}{data}{}.{}{shown}", resource.type_, resource.name);
    let _ = write!(
        out,
        "{{\"address\":{},\"mode\":{},\"type\":{},\"name\":{},\"provider_name\":{}",
        quote(&address),
        quote(&resource.mode),
        quote(&resource.type_),
        quote(&resource.name),
        quote(provider_name(&resource.provider)),
    );
    if let Some(key) = &instance.index_key {
        let _ = write!(out, ",\"index\":{key}");
    }
    if let Some(deposed) = &instance.deposed {
        let _ = write!(out, ",\"deposed_key\":{}", quote(deposed));
    }
    let flat: String;
    let values = match instance.attributes {
        Some(values) => values.get(),
        None => {
            let all = instance.attributes_flat.as_ref();
            flat = all.map_or_else(|| "{}".to_owned(), |all| unflatten(all, "", 0).to_string());
            &flat
        }
    };
    let mask = mask(instance.sensitive_attributes.as_deref().unwrap_or_default());
    let _ = write!(out, ",\"values\":{values},\"sensitive_values\":{mask}}}");
}

/// The value whose members a flat map has under a prefix: `l.#` counts those of a list, `m.%` those of a
/// map, whose keys may hold dots. Members of a set stand under hashes.
fn unflatten(
    flat: &BTreeMap<String, serde_json::Value>,
    prefix: &str,
    depth: usize,
) -> serde_json::Value {
    use serde_json::Value;
    let from = flat.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
    let below = from.map_while(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
    let below = below.filter(|(rest, _)| !matches!(*rest, "#" | "%"));
    if flat.contains_key(&format!("{prefix}%")) {
        let members = below.map(|(rest, value)| (rest.to_owned(), value.clone()));
        return Value::Object(members.collect());
    }
    let mut members = serde_json::Map::new();
    for (rest, value) in below {
        let (name, is_deeper) = match rest.split_once('.') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        if members.contains_key(name) {
            continue;
        }
        let inner = match is_deeper && depth < super::model::MAX_DEPTH {
            true => unflatten(flat, &format!("{prefix}{name}."), depth + 1),
            false => value.clone(),
        };
        members.insert(name.to_owned(), inner);
    }
    if !flat.contains_key(&format!("{prefix}#")) {
        return Value::Object(members);
    }
    let mut items: Vec<(String, Value)> = members.into_iter().collect();
    items.sort_by_key(|(index, _)| index.parse::<u64>().ok());
    Value::Array(items.into_iter().map(|(_, value)| value).collect())
}

/// `provider["registry.terraform.io/hashicorp/aws"].alias` without what is around the name.
fn provider_name(text: &str) -> &str {
    text.split('"').nth(1).unwrap_or(text)
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Sensitive paths as a mask: `true` at each.
///
/// A path longer than any value is deep makes no sense, and covers everything.
fn mask(paths: &[Vec<PathStep>]) -> serde_json::Value {
    if paths.iter().any(|path| path.len() > super::model::MAX_DEPTH) {
        return serde_json::Value::Bool(true);
    }
    let mut mask = serde_json::Value::Object(serde_json::Map::new());
    for path in paths {
        mark(&mut mask, path);
    }
    mask
}

fn mark(at: &mut serde_json::Value, path: &[PathStep]) {
    use serde_json::Value;
    let Some((step, rest)) = path.split_first() else {
        *at = Value::Bool(true);
        return;
    };
    if *at == Value::Bool(true) {
        return;
    }
    // An index step is written as `{"value": 0, "type": "number"}`.
    let step = step.value.get("value").unwrap_or(&step.value);
    match step {
        Value::String(name) => {
            if !at.is_object() {
                *at = Value::Object(serde_json::Map::new());
            }
            if let Some(members) = at.as_object_mut() {
                mark(members.entry(name.clone()).or_insert(Value::Null), rest);
            }
        }
        Value::Number(index) => {
            let index =
                index.as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or_default();
            // No list of a real state is longer; a made-up index must not take all memory.
            const LONGEST: usize = 100_000;
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            if let Some(items) = at.as_array_mut().filter(|_| index < LONGEST) {
                if items.len() <= index {
                    items.resize(index + 1, Value::Bool(false));
                }
                mark(&mut items[index], rest);
            }
        }
        // A step that cannot be read covers everything below: rather too much than too little.
        _ => *at = Value::Bool(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_addresses_and_masks() {
        let text = r#"{"version":4,"terraform_version":"1.9.8","outputs":{"o":{"value":"x","type":"string","sensitive":true}},
          "resources":[{"module":"module.a[\"k\"]","mode":"managed","type":"t","name":"n",
            "provider":"provider[\"registry.terraform.io/hashicorp/aws\"].dr",
            "instances":[{"index_key":0,"attributes":{"a":[{"b":"s"}]},
              "sensitive_attributes":[[{"type":"get_attr","value":"a"},{"type":"index","value":{"value":0,"type":"number"}},{"type":"get_attr","value":"b"}]]}]}]}"#;
        let state: serde_json::Value = serde_json::from_str(&as_state(text).unwrap()).unwrap();
        let instance = &state["values"]["root_module"]["resources"][0];
        assert_eq!(instance["address"], r#"module.a["k"].t.n[0]"#);
        assert_eq!(instance["provider_name"], "registry.terraform.io/hashicorp/aws");
        assert_eq!(instance["sensitive_values"]["a"][0]["b"], true);
        assert_eq!(state["values"]["outputs"]["o"]["sensitive"], true);
    }

    #[test]
    fn flat_attributes() {
        let text = r#"{"version":4,"resources":[{"mode":"managed","type":"t","name":"n","instances":[
          {"attributes_flat":{"id":"x","tags.%":"1","tags.a.b":"y","l.#":"2","l.0":"p","l.1":"q",
            "s.#":"1","s.123.key":"k","s.123.value":"v"}}]}]}"#;
        let state: serde_json::Value = serde_json::from_str(&as_state(text).unwrap()).unwrap();
        assert_eq!(
            state["values"]["root_module"]["resources"][0]["values"],
            serde_json::json!({
                "id": "x", "tags": {"a.b": "y"}, "l": ["p", "q"],
                "s": [{"key": "k", "value": "v"}],
            })
        );
        let deep = BTreeMap::from([("a.".repeat(100_000), serde_json::Value::Null)]);
        assert!(unflatten(&deep, "", 0).is_object());
    }

    #[test]
    fn a_path_longer_than_any_value_covers_all() {
        let step = || PathStep { value: "a".into() };
        let path = std::iter::repeat_with(step).take(300_000).collect();
        assert_eq!(mask(&[path]), serde_json::Value::Bool(true));
    }

    #[test]
    fn a_step_that_makes_no_sense_covers_all() {
        let paths = vec![vec![PathStep { value: serde_json::Value::Null }]];
        assert_eq!(mask(&paths), serde_json::Value::Bool(true));
    }
}
