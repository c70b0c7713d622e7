//! The plan of a test: what `terraform show -json` would print of the resources that it lists.
//!
//! A test says what there is and what leads where; how Terraform writes that, with variables and
//! outputs between modules, `each.key` and `for_each`, is made here (`wiring`).

mod instance;
mod marker;
mod place;
mod value;
mod wiring;

use std::collections::BTreeMap;

use rhai::{Dynamic, Map};
use serde_json::{Map as Object, Value, json};

use self::{
    instance::Instance,
    marker::plain,
    value::{Values, Writer},
    wiring::Wiring,
};

pub(super) use self::marker::{register, texts};

/// What is wrong with a test, as a sentence.
#[derive(Debug, Default)]
pub(super) struct Mistake {
    pub(super) message: String,
    /// What may have been meant.
    pub(super) help: Option<String>,
    /// A word of the test to point at.
    pub(super) word: Option<String>,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), ..Mistake::default() }
    }

    /// The same, at a word of the test.
    pub(super) fn at(self, word: &str) -> Mistake {
        Mistake { word: Some(word.to_owned()), ..self }
    }

    /// The same, with the name that may have been meant.
    pub(super) fn meant(self, close: Option<String>) -> Mistake {
        Mistake { help: close.map(|close| format!("did you mean `{close}`?")), ..self }
    }
}

pub(super) type Result<T> = std::result::Result<T, Mistake>;

/// The instances of a test, by address.
type Instances = BTreeMap<String, Instance>;

/// The plan as JSON.
///
/// # Errors
/// What is wrong with it.
pub(super) fn build(resources: &Map, providers: Option<&Map>) -> Result<String> {
    let mut instances = Instances::new();
    for (address, attributes) in resources {
        instances.insert(address.to_string(), Instance::read(address, attributes)?);
    }
    let writer = Writer { instances: &instances };
    let mut wiring = Wiring::new(&instances);
    let (mut changes, mut read) = (Vec::new(), Vec::new());
    let mut written: BTreeMap<wiring::Block, Vec<(&Instance, Values)>> = BTreeMap::new();
    for (address, it) in &instances {
        it.has_provider(address, providers)?;
        let values = writer.values(address, it)?;
        let entry = it.entry(address, &values);
        if it.is_read() {
            read.push(entry)
        } else {
            changes.push(entry)
        }
        written.entry(it.block()).or_default().push((it, values));
    }
    for (block, all) in written {
        wiring.block(&block, &all)?;
    }
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.9.0", "complete": true,
        "resource_changes": changes,
        "prior_state": { "format_version": "1.0", "values": { "root_module": prior(read) } },
        "configuration": {
            "provider_config": provider_blocks(&writer, &mut wiring, providers)?,
            "root_module": wiring.finish(),
        },
    });
    Ok(plan.to_string())
}

/// Data sources that were read while planning, module by module.
fn prior(read: Vec<Value>) -> Value {
    let (own, modules): (Vec<Value>, Vec<Value>) =
        read.into_iter().partition(|it| it.get("module_address").is_none());
    let mut children: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for it in modules {
        let address = it["module_address"].as_str().unwrap_or_default().to_owned();
        children.entry(address).or_default().push(it);
    }
    let child = |(address, resources)| json!({ "address": address, "resources": resources });
    let children: Vec<Value> = children.into_iter().map(child).collect();
    json!({ "resources": own, "child_modules": children })
}

fn provider_blocks(
    writer: &Writer<'_>,
    wiring: &mut Wiring<'_>,
    providers: Option<&Map>,
) -> Result<Value> {
    let mut blocks = Object::<String, Value>::new();
    for (key, arguments) in providers.into_iter().flatten() {
        let Ok(arguments) = arguments.as_map_ref() else {
            let message = format!("the provider `{key}` is to be a map of its arguments");
            return Err(Mistake::new(message).at(key));
        };
        let mut expressions = Object::<String, Value>::new();
        for (name, value) in arguments.iter() {
            let written = match writer.made(key, value)? {
                made if made.is_empty() => json!({ "constant_value": plain(value) }),
                made => wiring.expression(&Vec::new(), &made)?,
            };
            expressions.insert(name.to_string(), written);
        }
        let (name, alias) = key.split_once('.').map_or((key.as_str(), None), |(n, a)| (n, Some(a)));
        blocks.insert(
            key.to_string(),
            json!({
                "name": name, "alias": alias, "expressions": expressions,
                "full_name": provider_name(name),
            }),
        );
    }
    Ok(blocks.into())
}

/// A provider's address, by its local name.
fn provider_name(name: &str) -> String {
    match name {
        "databricks" => "registry.terraform.io/databricks/databricks".to_owned(),
        "terraform" => "terraform.io/builtin/terraform".to_owned(),
        name => format!("registry.terraform.io/hashicorp/{name}"),
    }
}

/// Whether an address is that of a type as rules write it.
pub(super) fn is_of(address: &str, type_: &str) -> bool {
    Instance::read(address, &Map::new().into()).is_ok_and(|it| it.of() == type_)
}

/// Whether a test gives a value: null is none.
fn is_set(value: &Dynamic) -> bool {
    !value.is_unit()
}

#[cfg(test)]
mod tests;
