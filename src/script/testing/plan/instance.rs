//! One resource of a test, by its address.

use rhai::{Dynamic, Map};
use serde_json::{Value, json};

use super::{
    Mistake, Result,
    marker::{hangs, texts},
    provider_name,
    value::Values,
    wiring::Block,
};
use crate::{
    facts::{schema::Schema, types},
    plan::{Key, ModulePath, Step, module_address, module_path, own_steps},
    script::{absent::schema_of, names},
};

/// Words of a test's resource that are no attributes.
const OWN: [&str; 4] = ["depends_on", "before", "actions", "provider"];

/// One resource of a test.
pub(super) struct Instance {
    pub(super) module: ModulePath,
    pub(super) mode: &'static str,
    pub(super) type_: String,
    pub(super) name: String,
    pub(super) key: Option<Key>,
    pub(super) attributes: Map,
    pub(super) before: Option<Map>,
    pub(super) actions: Vec<String>,
    pub(super) depends_on: Vec<String>,
    /// The key of its provider block.
    pub(super) provider: String,
}

impl Instance {
    pub(super) fn read(address: &str, attributes: &Dynamic) -> Result<Instance> {
        let module = module_path(address);
        let (mode, type_, name, key) = own(address)?;
        let of = if mode == "data" { format!("data.{type_}") } else { type_.clone() };
        if types::exists(&of) == Some(false)
            && let Some(close) = names::close_type(&of)
        {
            let message = format!("no provider has the type `{of}`");
            return Err(Mistake::new(message).at(&type_).meant(Some(close)));
        }
        let Ok(map) = attributes.as_map_ref() else {
            let message = format!("`{address}` is to be a map of attributes");
            return Err(Mistake::new(message).at(address));
        };
        let mut attributes = map.clone();
        let [depends_on, before, actions, provider] = OWN.map(|word| attributes.remove(word));
        let wrong = |word: &str, wanted: &str| {
            Mistake::new(format!("`{word}` of `{address}` is to be {wanted}")).at(word)
        };
        let before = match before.map(Dynamic::try_cast::<Map>) {
            Some(None) => return Err(wrong("before", "a map of attributes")),
            before => before.flatten(),
        };
        let provider = match provider.map(Dynamic::into_string) {
            Some(Err(_)) => {
                return Err(wrong("provider", "the key of a provider block, \"aws.dr\""));
            }
            Some(Ok(key)) => key,
            None => type_.split('_').next().unwrap_or_default().to_owned(),
        };
        let depends_on = match depends_on.as_ref().map(texts) {
            Some(None) => return Err(wrong("depends_on", "a list of addresses")),
            all => all.flatten().unwrap_or_default(),
        };
        let actions = actions_of(actions.as_ref(), mode, before.is_some()).ok_or_else(|| {
            wrong("actions", &format!("a list of \"{}\"", ACTIONS.join("\", \"")))
        })?;
        Ok(Instance {
            module,
            mode,
            type_,
            name,
            key,
            attributes,
            before,
            actions,
            depends_on,
            provider,
        })
    }

    /// The type as rules write it.
    pub(super) fn of(&self) -> String {
        if self.mode == "data" { format!("data.{}", self.type_) } else { self.type_.clone() }
    }

    pub(super) fn schema(&self) -> Option<Schema> {
        schema_of(&self.of())
    }

    /// The block of the configuration that it is an instance of.
    pub(super) fn block(&self) -> Block {
        let module = self.module.iter().map(|(name, _)| name.clone()).collect();
        Block { module, mode: self.mode, type_: self.type_.clone(), name: self.name.clone() }
    }

    /// A data source whose values are all known: Terraform reads it before it plans.
    pub(super) fn is_read(&self) -> bool {
        self.mode == "data" && !self.attributes.values().any(hangs)
    }

    pub(super) fn is_created(&self) -> bool {
        self.actions.iter().any(|action| action == "create")
    }

    /// A provider block that a resource names is in the test.
    pub(super) fn has_provider(&self, address: &str, providers: Option<&Map>) -> Result<()> {
        let known = || providers.into_iter().flat_map(Map::keys).map(|key| key.as_str());
        if !self.provider.contains('.') || known().any(|key| key == self.provider) {
            return Ok(());
        }
        let message = format!(
            "`{address}` names the provider `{}`, and `providers` has none of that key",
            self.provider
        );
        Err(Mistake::new(message).at(&self.provider).meant(names::close(&self.provider, known())))
    }

    pub(super) fn entry(&self, address: &str, values: &Values) -> Value {
        let mut entry = json!({
            "address": address, "mode": self.mode, "type": self.type_, "name": self.name,
            "provider_name": provider_name(self.provider.split('.').next().unwrap_or_default()),
        });
        if !self.module.is_empty() {
            entry["module_address"] = module_address(&self.module).into();
        }
        match &self.key {
            Some(Key::Int(index)) => entry["index"] = json!(index),
            Some(Key::Text(key)) => entry["index"] = json!(key),
            None => {}
        }
        if self.is_read() {
            entry["values"] = values.after.clone();
            entry["sensitive_values"] = values.sensitive.clone();
            return entry;
        }
        let is_gone = self.actions == ["delete"];
        entry["change"] = json!({
            "actions": self.actions,
            "before": values.before,
            "after": if is_gone { Value::Null } else { values.after.clone() },
            "after_unknown": values.unknown,
            "before_sensitive": {},
            "after_sensitive": values.sensitive,
        });
        entry
    }
}

/// What stands behind the modules: mode, type, name and key.
fn own(address: &str) -> Result<(&'static str, String, String, Option<Key>)> {
    let wrong = || {
        let message = format!("`{address}` is no address");
        let help = "such as \"aws_vpc.main\", \"aws_vpc.main[\\\"a\\\"]\", \"data.aws_vpc.main\" or \"module.net.aws_vpc.main\"";
        Mistake { help: Some(help.to_owned()), ..Mistake::new(message).at(address) }
    };
    let mut rest = own_steps(address).peekable();
    let is_data = rest.next_if(|step| step.name() == Some("data")).is_some();
    let (Some(Step::Name(type_)), Some(Step::Name(name))) = (rest.next(), rest.next()) else {
        return Err(wrong());
    };
    let key = match (rest.next(), rest.next()) {
        (None, _) => None,
        (Some(Step::Key(key)), None) => Some(key),
        _ => return Err(wrong()),
    };
    let mode = if is_data { "data" } else { "managed" };
    Ok((mode, type_, name, key))
}

const ACTIONS: [&str; 6] = ["no-op", "create", "read", "update", "delete", "forget"];

fn actions_of(actions: Option<&Dynamic>, mode: &str, existed: bool) -> Option<Vec<String>> {
    let default = match (mode, existed) {
        ("data", _) => "read",
        (_, true) => "update",
        (_, false) => "create",
    };
    match actions {
        None => Some(vec![default.to_owned()]),
        Some(all) => texts(all).filter(|all| all.iter().all(|it| ACTIONS.contains(&it.as_str()))),
    }
}
