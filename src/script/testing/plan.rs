//! The plan of a test: what `terraform show -json` would print of the resources that it lists.

use std::collections::BTreeMap;

use rhai::{Dynamic, Engine, Map};
use serde_json::{Map as Object, Value, json};

use super::super::{
    absent::{close_attribute, names_of, schema_of},
    names,
};
use crate::{
    facts::schema::{Form, Nesting, Scalar, Schema},
    plan::{Key, Step, steps},
};

/// What only a test can write in place of a value.
#[derive(Clone)]
enum Marker {
    Unknown,
    Link(String),
    Sensitive(Dynamic),
}

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Marker>("value of a test")
        .register_fn("unknown", || Marker::Unknown)
        .register_fn("link", |path: &str| Marker::Link(path.to_owned()))
        .register_fn("sensitive", Marker::Sensitive);
}

/// Words of a test's resource that are no attributes.
const OWN: [&str; 3] = ["depends_on", "before", "actions"];

/// What a value that is not known refers to: a data source that no plan has.
const HIDDEN: [&str; 2] = ["data.terraform_data.hidden.output", "data.terraform_data.hidden"];

/// One resource of a test.
struct Instance {
    mode: &'static str,
    type_: String,
    name: String,
    key: Option<Key>,
    attributes: Map,
    before: Option<Map>,
    actions: Vec<String>,
    depends_on: Vec<String>,
}

/// The plan as JSON.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(super) fn build(resources: &Map, providers: Option<&Map>) -> Result<String, String> {
    let mut instances = BTreeMap::new();
    for (address, attributes) in resources {
        instances.insert(address.to_string(), Instance::read(address, attributes)?);
    }
    let writer = Writer { instances: &instances };
    let (mut changes, mut read) = (Vec::new(), Vec::new());
    let mut blocks: BTreeMap<(&str, &str, &str), Value> = BTreeMap::new();
    for (address, it) in &instances {
        let mut written = writer.instance(address, it)?;
        let mut block = json!({
            "address": format!("{}.{}", it.of(), it.name),
            "mode": it.mode, "type": it.type_, "name": it.name,
            "provider_config_key": it.provider(),
            "expressions": written.expressions.take(), "depends_on": it.depends_on,
        });
        if it.key.is_some() {
            block["for_each_expression"] = json!({ "references": HIDDEN });
        }
        blocks.entry((it.mode, &it.type_, &it.name)).or_insert(block);
        let entry = it.entry(address, written);
        if it.is_read() { read.push(entry) } else { changes.push(entry) }
    }
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.9.0", "complete": true,
        "resource_changes": changes,
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": read } } },
        "configuration": {
            "provider_config": provider_blocks(providers)?,
            "root_module": { "resources": blocks.into_values().collect::<Vec<_>>() },
        },
    });
    Ok(plan.to_string())
}

fn provider_blocks(providers: Option<&Map>) -> Result<Value, String> {
    let mut blocks = Object::<String, Value>::new();
    for (key, arguments) in providers.into_iter().flatten() {
        let Ok(arguments) = arguments.as_map_ref() else {
            return Err(format!("the provider `{key}` is to be a map of its arguments"));
        };
        let constant = |value: &Dynamic| json!({ "constant_value": plain(value) });
        let arguments: Object<String, Value> =
            arguments.iter().map(|(name, value)| (name.to_string(), constant(value))).collect();
        let (name, alias) = key.split_once('.').map_or((key.as_str(), None), |(n, a)| (n, Some(a)));
        let source = if name == "databricks" { "databricks" } else { "hashicorp" };
        blocks.insert(
            key.to_string(),
            json!({
                "name": name, "alias": alias, "expressions": arguments,
                "full_name": format!("registry.terraform.io/{source}/{name}"),
            }),
        );
    }
    Ok(blocks.into())
}

impl Instance {
    fn read(address: &str, attributes: &Dynamic) -> Result<Instance, String> {
        let wrong = || {
            format!(
                "`{address}` is no address such as \"aws_vpc.main\", \"aws_vpc.main[\\\"a\\\"]\" or \"data.aws_vpc.main\"; modules cannot be written in a test"
            )
        };
        let mut all = steps(address).into_iter().peekable();
        let is_data = all.next_if(|step| step.name() == Some("data")).is_some();
        let (type_, name, key) = match (all.next(), all.next(), all.next(), all.next()) {
            (Some(Step::Name(type_)), Some(Step::Name(name)), None, _) => (type_, name, None),
            (Some(Step::Name(type_)), Some(Step::Name(name)), Some(Step::Key(key)), None) => {
                (type_, name, Some(key))
            }
            _ => return Err(wrong()),
        };
        if type_ == "module" {
            return Err(wrong());
        }
        let Ok(map) = attributes.as_map_ref() else {
            return Err(format!("`{address}` is to be a map of attributes"));
        };
        let mut attributes = map.clone();
        let [depends_on, before, actions] = OWN.map(|word| attributes.remove(word));
        let before = match before {
            None => None,
            Some(before) => {
                let map = before.try_cast::<Map>();
                Some(map.ok_or_else(|| format!("`before` of `{address}` is to be a map"))?)
            }
        };
        let default = match (is_data, &before) {
            (true, _) => "read",
            (_, Some(_)) => "update",
            (_, None) => "create",
        };
        Ok(Instance {
            mode: if is_data { "data" } else { "managed" },
            type_,
            name,
            key,
            attributes,
            before,
            actions: match actions {
                None => vec![default.to_owned()],
                Some(actions) => actions_of(address, &actions)?,
            },
            depends_on: match depends_on {
                None => Vec::new(),
                Some(all) => texts(&all).ok_or_else(|| {
                    format!("`depends_on` of `{address}` is to be a list of addresses")
                })?,
            },
        })
    }

    /// The type as rules write it.
    fn of(&self) -> String {
        if self.mode == "data" { format!("data.{}", self.type_) } else { self.type_.clone() }
    }

    fn schema(&self) -> Option<Schema> {
        schema_of(&self.of())
    }

    /// The provider block that Terraform takes where none is named.
    fn provider(&self) -> &str {
        self.type_.split('_').next().unwrap_or_default()
    }

    /// A data source whose values are all known: Terraform reads it before it plans.
    fn is_read(&self) -> bool {
        self.mode == "data" && !self.attributes.values().any(hangs)
    }

    fn entry(&self, address: &str, written: Written) -> Value {
        let mut entry = json!({
            "address": address, "mode": self.mode, "type": self.type_, "name": self.name,
            "provider_name": format!("registry.terraform.io/hashicorp/{}", self.provider()),
        });
        match &self.key {
            Some(Key::Int(index)) => entry["index"] = json!(index),
            Some(Key::Text(key)) => entry["index"] = json!(key),
            None => {}
        }
        if self.is_read() {
            entry["values"] = written.after;
            entry["sensitive_values"] = written.sensitive;
            return entry;
        }
        let is_gone = self.actions == ["delete"];
        entry["change"] = json!({
            "actions": self.actions,
            "before": written.before,
            "after": if is_gone { Value::Null } else { written.after },
            "after_unknown": written.unknown,
            "before_sensitive": {},
            "after_sensitive": written.sensitive,
        });
        entry
    }
}

fn actions_of(address: &str, actions: &Dynamic) -> Result<Vec<String>, String> {
    const KNOWN: [&str; 6] = ["no-op", "create", "read", "update", "delete", "forget"];
    let all = texts(actions).filter(|all| all.iter().all(|it| KNOWN.contains(&it.as_str())));
    all.ok_or_else(|| {
        format!(
            "`actions` of `{address}` is to be a list of {}",
            KNOWN.map(|it| format!("\"{it}\"")).join(", ")
        )
    })
}

pub(super) fn texts(list: &Dynamic) -> Option<Vec<String>> {
    let list = list.as_array_ref().ok()?;
    list.iter().map(|it| it.clone().into_string().ok()).collect()
}

/// Whether something in a value is not known.
fn hangs(value: &Dynamic) -> bool {
    match value.read_lock::<Marker>().as_deref() {
        Some(Marker::Unknown | Marker::Link(_)) => return true,
        Some(Marker::Sensitive(value)) => return hangs(value),
        None => {}
    }
    if let Ok(map) = value.as_map_ref() {
        return map.values().any(hangs);
    }
    value.as_array_ref().is_ok_and(|list| list.iter().any(hangs))
}

/// A value without marks: what Terraform makes of a literal.
fn plain(value: &Dynamic) -> Value {
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

/// A value, or a whole instance, as a plan writes it.
#[derive(Default)]
struct Written {
    after: Value,
    unknown: Value,
    sensitive: Value,
    expressions: Value,
    before: Value,
}

/// A value in a plan: none where it is not known.
struct Piece {
    after: Option<Value>,
    unknown: Value,
    sensitive: Value,
    /// What it refers to.
    references: Vec<String>,
}

impl Piece {
    fn known(value: Value) -> Piece {
        let nothing = || Value::Bool(false);
        Piece {
            after: Some(value),
            unknown: nothing(),
            sensitive: nothing(),
            references: Vec::new(),
        }
    }

    fn unknown(references: Vec<String>) -> Piece {
        Piece { after: None, unknown: true.into(), sensitive: false.into(), references }
    }
}

struct Writer<'a> {
    instances: &'a BTreeMap<String, Instance>,
}

impl Writer<'_> {
    fn instance(&self, address: &str, it: &Instance) -> Result<Written, String> {
        let schema = it.schema();
        let mut all = Written {
            after: json!({}),
            unknown: json!({}),
            sensitive: json!({}),
            expressions: json!({}),
            before: Value::Null,
        };
        for (name, value) in &it.attributes {
            let path = vec![name.to_string()];
            let place = Place { address, schema, path };
            place.is_known_to_the_provider(&it.of())?;
            let value = place.as_block(value);
            let piece = self.value(&value, &place, 0)?;
            if let Some(after) = piece.after {
                all.after[name.as_str()] = after;
            }
            all.unknown[name.as_str()] = piece.unknown;
            all.sensitive[name.as_str()] = piece.sensitive;
            if !value.is_unit() {
                all.expressions[name.as_str()] = self.expression(&value, &place)?;
            }
        }
        if it.actions.iter().any(|action| action == "create") {
            self.fill_in(it, schema, &mut all);
        }
        if let Some(before) = &it.before {
            all.before = json!({});
            for (name, value) in before {
                let place = Place { address, schema, path: vec![name.to_string()] };
                place.is_known_to_the_provider(&it.of())?;
                let piece = self.value(&place.as_block(value), &place, 0)?;
                all.before[name.as_str()] = piece.after.unwrap_or_default();
            }
        }
        Ok(all)
    }

    /// What the provider computes is known only after the apply, as in any plan.
    fn fill_in(&self, it: &Instance, schema: Option<Schema>, all: &mut Written) {
        for (name, attribute) in schema.into_iter().flat_map(Schema::attributes) {
            let is_given = it.attributes.contains_key(name);
            if attribute.computed && !attribute.is_block() && !is_given {
                all.unknown[name] = true.into();
            } else if !is_given {
                all.after[name] = if attribute.is_block() { json!([]) } else { Value::Null };
            }
        }
    }

    fn value(&self, value: &Dynamic, place: &Place<'_>, depth: usize) -> Result<Piece, String> {
        if depth > 16 {
            return Err(format!("the links of `{}` lead in a circle", place.address));
        }
        match value.read_lock::<Marker>().as_deref() {
            Some(Marker::Unknown) => {
                return Ok(Piece::unknown(HIDDEN.map(str::to_owned).to_vec()));
            }
            Some(Marker::Link(path)) => return self.link(path, place, depth),
            Some(Marker::Sensitive(value)) => {
                let piece = self.value(value, place, depth + 1)?;
                return Ok(Piece { sensitive: true.into(), ..piece });
            }
            None => {}
        }
        if let Ok(map) = value.as_map_ref() {
            let members: Vec<(String, Piece)> = map
                .iter()
                .map(|(name, value)| {
                    let below = place.below(name);
                    below.is_known_to_the_provider("")?;
                    let value = below.as_block(value);
                    Ok((name.to_string(), self.value(&value, &below, depth)?))
                })
                .collect::<Result<_, String>>()?;
            return Ok(join(members, |parts| Value::Object(parts.into_iter().collect())));
        }
        if let Ok(list) = value.as_array_ref() {
            let items: Vec<(String, Piece)> = list
                .iter()
                .map(|value| Ok((String::new(), self.value(value, place, depth)?)))
                .collect::<Result<_, String>>()?;
            return Ok(join_list(items));
        }
        Ok(Piece::known(place.typed(plain(value))))
    }

    /// The value of another resource's attribute.
    fn link(&self, path: &str, place: &Place<'_>, depth: usize) -> Result<Piece, String> {
        let is_of = |address: &&String| {
            path.strip_prefix(address.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let Some(target) = self.instances.keys().filter(is_of).max_by_key(|it| it.len()) else {
            let known = self.instances.keys().map(String::as_str);
            let address = path.rsplit_once('.').map_or(path, |(address, _)| address);
            let hint = names::close(address, known)
                .map(|close| format!("; did you mean `{close}`?"))
                .unwrap_or_default();
            return Err(format!(
                "link(\"{path}\") of `{}` names no resource of this test{hint}",
                place.address
            ));
        };
        let attribute = &path[target.len() + 1..];
        let references = references(target, attribute);
        let Some(it) = self.instances.get(target) else { return Ok(Piece::unknown(references)) };
        let mut found =
            it.attributes.get(attribute.split(['.', '[']).next().unwrap_or_default()).cloned();
        for step in steps(attribute).into_iter().skip(1) {
            found = found.and_then(|value| step_into(&value, &step));
        }
        let piece = match found {
            Some(value) => self.value(&value, place, depth + 1)?,
            None => {
                it.provides(target, attribute)?;
                return Ok(Piece::unknown(references));
            }
        };
        Ok(Piece { references, ..piece })
    }

    /// How the configuration writes it: blocks by their arguments, attributes by what they refer to.
    fn expression(&self, value: &Dynamic, place: &Place<'_>) -> Result<Value, String> {
        if place.is_block(value) {
            if let Ok(list) = value.as_array_ref() {
                return list.iter().map(|block| self.block(block, place)).collect();
            }
            if value.is_map() {
                return self.block(value, place);
            }
        }
        let piece = self.value(value, place, 0)?;
        Ok(match piece.references.is_empty() {
            true => json!({ "constant_value": plain(value) }),
            false => json!({ "references": piece.references }),
        })
    }

    fn block(&self, block: &Dynamic, place: &Place<'_>) -> Result<Value, String> {
        let Ok(map) = block.as_map_ref() else { return self.expression(block, place) };
        let set = map.iter().filter(|(_, value)| !value.is_unit());
        set.map(|(name, value)| {
            let below = place.below(name);
            let value = below.as_block(value);
            Ok((name.to_string(), self.expression(&value, &below)?))
        })
        .collect()
    }
}

impl Instance {
    /// Whether an attribute that the test does not set may be linked to: the provider computes it.
    fn provides(&self, address: &str, attribute: &str) -> Result<(), String> {
        let Some(schema) = self.schema() else { return Ok(()) };
        let path = names_of(attribute);
        let found = schema.attribute(path.iter().map(String::as_str));
        match found {
            Some(it) if it.computed || it.is_block() => Ok(()),
            Some(_) => Err(format!(
                "a link leads to `{attribute}` of `{address}`, which the test does not set and the provider does not compute"
            )),
            None => {
                let place = Place { address, schema: Some(schema), path };
                place.is_known_to_the_provider(&self.of())
            }
        }
    }
}

/// An address and what leads to it, as Terraform lists them.
fn references(address: &str, attribute: &str) -> Vec<String> {
    let mut all = vec![format!("{address}.{attribute}"), address.to_owned()];
    if let Some((block, _)) = address.split_once('[') {
        all.push(block.to_owned());
    }
    all
}

fn step_into(value: &Dynamic, step: &Step) -> Option<Dynamic> {
    match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => {
            if let Ok(list) = value.as_array_ref() {
                return list.first().and_then(|only| step_into(only, step));
            }
            value.as_map_ref().ok()?.get(name.as_str()).cloned()
        }
        Step::Key(Key::Int(index)) => match value.as_array_ref() {
            Ok(list) => list.get(usize::try_from(*index).ok()?).cloned(),
            // A block written as a map is a list of one.
            Err(_) => (*index == 0).then(|| value.clone()),
        },
    }
}

fn join(members: Vec<(String, Piece)>, make: fn(Vec<(String, Value)>) -> Value) -> Piece {
    let (mut after, mut unknown, mut sensitive) = (Vec::new(), Vec::new(), Vec::new());
    let mut references: Vec<String> = Vec::new();
    for (name, piece) in members {
        after.extend(piece.after.map(|value| (name.clone(), value)));
        unknown.push((name.clone(), piece.unknown));
        sensitive.push((name, piece.sensitive));
        for reference in piece.references {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
    }
    Piece {
        after: Some(make(after)),
        unknown: make(unknown),
        sensitive: make(sensitive),
        references,
    }
}

/// An element that is not known is null in the list of values, so that the others keep their place.
fn join_list(items: Vec<(String, Piece)>) -> Piece {
    let keep = |(name, piece): (String, Piece)| {
        (name, Piece { after: Some(piece.after.unwrap_or_default()), ..piece })
    };
    join(items.into_iter().map(keep).collect(), |parts| {
        parts.into_iter().map(|(_, value)| value).collect()
    })
}

/// A place in a resource of the test.
struct Place<'a> {
    address: &'a str,
    schema: Option<Schema>,
    path: Vec<String>,
}

impl<'a> Place<'a> {
    fn below(&self, name: &str) -> Place<'a> {
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        Place { path, ..*self }
    }

    fn attribute(&self) -> Option<crate::facts::schema::Attribute> {
        self.schema?.attribute(self.path.iter().map(String::as_str))
    }

    fn is_block(&self, value: &Dynamic) -> bool {
        match (self.schema, self.attribute()) {
            (Some(_), Some(it)) => it.is_block(),
            (Some(_), None) => false,
            // Of a type that no table knows: a list of maps is most likely blocks.
            (None, _) => value.as_array_ref().is_ok_and(|it| it.iter().all(Dynamic::is_map)),
        }
    }

    /// A block may be written as a map, although a plan has a list of one.
    fn as_block(&self, value: &Dynamic) -> Dynamic {
        let is_listed = self.attribute().is_some_and(|it| {
            it.is_block() && matches!(it.nesting, Some(Nesting::List | Nesting::Set))
        });
        if is_listed && value.is_map() { vec![value.clone()].into() } else { value.clone() }
    }

    /// As the provider types it: `port: 443` is a text where the provider says so.
    fn typed(&self, value: Value) -> Value {
        let Some(attribute) = self.values() else { return value };
        match (attribute, &value) {
            (Scalar::String, Value::Number(number)) => number.to_string().into(),
            (Scalar::String, Value::Bool(flag)) => flag.to_string().into(),
            (Scalar::Number, Value::String(text)) => {
                text.parse::<i64>().map_or(value.clone(), Value::from)
            }
            (Scalar::Bool, Value::String(text)) => {
                text.parse::<bool>().map_or(value.clone(), Value::from)
            }
            _ => value,
        }
    }

    /// The type of plain values here, or of a map's or list's that they stand in.
    fn values(&self) -> Option<Scalar> {
        let above = || {
            let parent = &self.path[..self.path.len().saturating_sub(1)];
            self.schema?
                .attribute(parent.iter().map(String::as_str))
                .filter(|it| it.nesting.is_some())
        };
        self.attribute().or_else(above).map(|it| it.scalar)
    }

    /// A test with a misspelt attribute would prove nothing.
    fn is_known_to_the_provider(&self, type_: &str) -> Result<(), String> {
        let Some(schema) = self.schema else { return Ok(()) };
        let (Some(name), parent) =
            (self.path.last(), &self.path[..self.path.len().saturating_sub(1)])
        else {
            return Ok(());
        };
        let above = schema.attribute(parent.iter().map(String::as_str));
        let takes_names = parent.is_empty()
            || above.is_some_and(|it| matches!(it.form, Form::Block | Form::Nested));
        if !takes_names || self.attribute().is_some() {
            return Ok(());
        }
        let type_ = if type_.is_empty() { self.address } else { type_ };
        let hint = close_attribute(type_, parent, name)
            .map(|close| format!("; did you mean `{close}`?"))
            .unwrap_or_default();
        Err(format!(
            "`{}` of the test has no attribute `{}`{hint}",
            self.address,
            self.path.join(".")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan of what a test would return.
    fn built(text: &str) -> Result<Value, String> {
        let mut engine = Engine::new();
        register(&mut engine);
        let map = engine.eval::<Map>(text).unwrap();
        build(&map, None).map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn links_and_unknown_values_stand_where_terraform_puts_them() {
        let plan = built(
            r#"#{ "aws_vpc.a": #{ cidr_block: "10.0.0.0/16", tags: #{ n: 5 } },
                  "databricks_mws_networks.n": #{ vpc_id: link("aws_vpc.a.id"),
                    network_name: link("aws_vpc.a.cidr_block"), account_id: unknown(),
                    vpc_endpoints: #{ rest_api: ["x", unknown()] }, subnet_ids: sensitive(["a"]) } }"#,
        )
        .unwrap();
        let [vpc, network] = [0, 1].map(|at| &plan["resource_changes"][at]["change"]);
        assert_eq!(vpc["after_unknown"]["id"], true);
        assert_eq!(vpc["after"]["tags"]["n"], "5", "as the provider types it");
        assert_eq!(network["after_unknown"]["vpc_id"], true);
        assert_eq!(network["after"]["network_name"], "10.0.0.0/16");
        assert_eq!(network["after"]["vpc_endpoints"], json!([{ "rest_api": ["x", null] }]));
        assert_eq!(
            network["after_unknown"]["vpc_endpoints"],
            json!([{ "rest_api": [false, true] }])
        );
        assert_eq!(network["after_sensitive"]["subnet_ids"], true);
        let written = &plan["configuration"]["root_module"]["resources"][1]["expressions"];
        assert_eq!(written["vpc_id"]["references"], json!(["aws_vpc.a.id", "aws_vpc.a"]));
        assert_eq!(written["account_id"]["references"], json!(HIDDEN));
        assert_eq!(written["vpc_endpoints"][0]["rest_api"]["references"], json!(HIDDEN));
    }

    #[test]
    fn what_is_wrong_with_a_plan_is_said() {
        for (text, said) in [
            ("#{ \"aws_vpc\": #{} }", "`aws_vpc` is no address"),
            ("#{ \"module.a.aws_vpc.b\": #{} }", "modules cannot be written"),
            ("#{ \"aws_vpc.a\": 1 }", "is to be a map of attributes"),
            ("#{ \"aws_vpc.a\": #{ cidr_blok: \"a\" } }", "did you mean `cidr_block`?"),
            ("#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.b.id\") } }", "did you mean `aws_vpc.a`?"),
            (
                "#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.a.instance_tenancy\") } }",
                "does not compute",
            ),
            ("#{ \"aws_vpc.a\": #{ tags: link(\"aws_vpc.a.idd\") } }", "has no attribute `idd`"),
            (
                "#{ \"x_y.a\": #{ p: link(\"x_y.b.p\") }, \"x_y.b\": #{ p: link(\"x_y.a.p\") } }",
                "lead in a circle",
            ),
            ("#{ \"aws_vpc.a\": #{ actions: [\"destroy\"] } }", "is to be a list of"),
        ] {
            let error = built(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn data_sources_are_read_where_all_is_known() {
        let plan = built(
            r#"#{ "data.aws_vpc.a": #{ id: "vpc-1" }, "data.aws_vpc.b": #{ id: unknown() } }"#,
        )
        .unwrap();
        let read = &plan["prior_state"]["values"]["root_module"]["resources"];
        assert_eq!(
            (&read[0]["address"], read.as_array().unwrap().len()),
            (&json!("data.aws_vpc.a"), 1)
        );
        assert_eq!(plan["resource_changes"][0]["change"]["actions"], json!(["read"]));
    }
}
