//! The values of a test's resources, with their masks, and what each is made of.

use std::collections::BTreeMap;

use rhai::{Dynamic, Map};
use serde_json::{Value, json};

use super::{
    Instances, Mistake, Result,
    instance::Instance,
    is_set,
    marker::{Marker, plain},
    place::Place,
    wiring::{Link, Source, Written},
};
use crate::{
    facts::schema::Schema,
    plan::{Key, Step, steps},
    script::{absent::names_of, names},
};

/// A whole instance, as a plan writes it.
#[derive(Default)]
pub(super) struct Values {
    pub(super) after: Value,
    pub(super) unknown: Value,
    pub(super) sensitive: Value,
    pub(super) before: Value,
    /// How each argument is written.
    pub(super) written: BTreeMap<String, Written>,
}

/// A value in a plan: none where it is not known.
struct Piece {
    after: Option<Value>,
    unknown: Value,
    sensitive: Value,
    /// What it is made of, where it is no literal.
    made: Vec<Source>,
}

impl Piece {
    fn known(value: Value) -> Piece {
        let nothing = || Value::Bool(false);
        Piece { after: Some(value), unknown: nothing(), sensitive: nothing(), made: Vec::new() }
    }

    fn unknown(source: Source) -> Piece {
        let made = vec![source];
        Piece { after: None, unknown: true.into(), sensitive: false.into(), made }
    }

    /// Not known as a whole, where anything in it is not.
    fn all_or_nothing(self) -> Piece {
        match holds_true(&self.unknown) {
            true => Piece { after: None, unknown: true.into(), ..self },
            false => self,
        }
    }
}

/// Whether a mask marks anything.
fn holds_true(mask: &Value) -> bool {
    match mask {
        Value::Bool(marks) => *marks,
        Value::Array(all) => all.iter().any(holds_true),
        Value::Object(all) => all.values().any(holds_true),
        _ => false,
    }
}

/// How deep links may lead.
const DEPTH: usize = 16;

pub(super) struct Writer<'a> {
    pub(super) instances: &'a Instances,
}

impl Writer<'_> {
    pub(super) fn values(&self, address: &str, it: &Instance) -> Result<Values> {
        let (schema, of) = (it.schema(), it.of());
        let of = of.as_str();
        let mut all = Values {
            after: json!({}),
            unknown: json!({}),
            sensitive: json!({}),
            ..Values::default()
        };
        if let Some(before) = &it.before {
            all.before = self.before(before, &Place { address, of, schema, path: Vec::new() })?;
            // What the test does not change stays as it was.
            all.after = all.before.clone();
        }
        for (name, value) in &it.attributes {
            let place = Place { address, of, schema, path: vec![name.to_string()] };
            place.is_known_to_the_provider()?;
            let value = place.as_block(value);
            let piece = self.value(&value, &place, 0)?;
            all.after[name.as_str()] = Value::Null;
            match piece.after {
                Some(after) => all.after[name.as_str()] = after,
                None => drop(all.after.as_object_mut().and_then(|all| all.remove(name.as_str()))),
            }
            all.unknown[name.as_str()] = piece.unknown;
            all.sensitive[name.as_str()] = piece.sensitive;
            if is_set(&value) {
                all.written.insert(name.to_string(), self.written(&value, &place)?);
            }
        }
        if it.is_created() {
            fill_in(it, schema, &mut all);
        }
        Ok(all)
    }

    fn before(&self, before: &Map, place: &Place<'_>) -> Result<Value> {
        let mut all = json!({});
        for (name, value) in before {
            let place = place.below(name);
            place.is_known_to_the_provider()?;
            let piece = self.value(&place.as_block(value), &place, 0)?;
            all[name.as_str()] = piece.after.unwrap_or_default();
        }
        Ok(all)
    }

    /// What an argument of a provider block is made of; nothing for a literal.
    pub(super) fn made(&self, provider: &str, value: &Dynamic) -> Result<Vec<Source>> {
        let place = Place { address: provider, of: "", schema: None, path: Vec::new() };
        Ok(self.value(value, &place, 0)?.made)
    }

    fn value(&self, value: &Dynamic, place: &Place<'_>, depth: usize) -> Result<Piece> {
        if depth > DEPTH {
            let message = format!("the links of `{}` lead in a circle", place.address);
            return Err(Mistake::new(message).at(place.address));
        }
        match value.read_lock::<Marker>().as_deref() {
            Some(Marker::Unknown(expression)) => {
                return Ok(Piece::unknown(Source::of(expression)));
            }
            Some(Marker::Link(path)) => return self.link(path, place, depth),
            Some(Marker::Sensitive(value)) => {
                let piece = self.value(value, place, depth + 1)?;
                return Ok(Piece { sensitive: true.into(), ..piece });
            }
            None => {}
        }
        let piece = if let Ok(map) = value.as_map_ref() {
            self.map(&map, place, depth)?
        } else if let Ok(list) = value.as_array_ref() {
            self.list(&list, place, depth)?
        } else {
            return Ok(Piece::known(place.typed(plain(value))));
        };
        Ok(if place.is_all_or_nothing() { piece.all_or_nothing() } else { piece })
    }

    fn map(&self, map: &Map, place: &Place<'_>, depth: usize) -> Result<Piece> {
        let member = |(name, value): (&rhai::Identifier, &Dynamic)| {
            let below = place.below(name);
            below.is_known_to_the_provider()?;
            Ok((name.to_string(), self.value(&below.as_block(value), &below, depth)?))
        };
        let members: Vec<(String, Piece)> = map.iter().map(member).collect::<Result<_>>()?;
        Ok(join(members, |parts| Value::Object(parts.into_iter().collect())))
    }

    /// An element that is not known is null in the list of values, so that the others keep their
    /// place.
    fn list(&self, list: &[Dynamic], place: &Place<'_>, depth: usize) -> Result<Piece> {
        let item = |value: &Dynamic| {
            let piece = self.value(value, place, depth)?;
            let after = Some(piece.after.unwrap_or_default());
            Ok((String::new(), Piece { after, ..piece }))
        };
        let items: Vec<(String, Piece)> = list.iter().map(item).collect::<Result<_>>()?;
        let all = join(items, |parts| parts.into_iter().map(|(_, value)| value).collect());
        // One masked member of a set masks the set: it has no place of its own.
        let hides_all = place.is_set() && holds_true(&all.sensitive);
        Ok(if hides_all { Piece { sensitive: true.into(), ..all } } else { all })
    }

    /// The value of another resource's attribute.
    fn link(&self, path: &str, place: &Place<'_>, depth: usize) -> Result<Piece> {
        let is_of = |address: &&String| {
            path.strip_prefix(address.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let target = self.instances.keys().filter(is_of).max_by_key(|it| it.len());
        let Some((address, it)) = target.and_then(|it| self.instances.get_key_value(it)) else {
            let known = self.instances.keys().map(String::as_str);
            let address = path.rsplit_once('.').map_or(path, |(address, _)| address);
            let message =
                format!("link(\"{path}\") of `{}` names no resource of this test", place.address);
            return Err(Mistake::new(message).at(path).meant(names::close(address, known)));
        };
        let attribute = &path[address.len() + 1..];
        let prefix = if it.mode == "data" { "data." } else { "" };
        let source = Source::Link(Link {
            module: it.module.clone(),
            block: format!("{prefix}{}.{}", it.type_, it.name),
            key: it.key.clone(),
            attribute: attribute.to_owned(),
        });
        let mut found =
            it.attributes.get(attribute.split(['.', '[']).next().unwrap_or_default()).cloned();
        for step in steps(attribute).into_iter().skip(1) {
            found = found.and_then(|value| step_into(&value, &step));
        }
        match found {
            Some(value) => {
                let piece = self.value(&value, place, depth + 1)?;
                Ok(Piece { made: vec![source], ..piece })
            }
            None => {
                provides(it, address, attribute)?;
                Ok(Piece::unknown(source))
            }
        }
    }

    /// How the configuration writes it: blocks by their arguments, attributes by what they refer to.
    fn written(&self, value: &Dynamic, place: &Place<'_>) -> Result<Written> {
        if place.is_block(value) {
            if let Ok(list) = value.as_array_ref() {
                let blocks = list.iter().map(|block| self.block(block, place));
                return Ok(Written::Blocks(blocks.collect::<Result<_>>()?));
            }
            if value.is_map() {
                return self.block(value, place);
            }
        }
        let piece = self.value(value, place, 0)?;
        Ok(match piece.made.is_empty() {
            true => Written::Constant(plain(value)),
            false => Written::Made(piece.made),
        })
    }

    fn block(&self, block: &Dynamic, place: &Place<'_>) -> Result<Written> {
        let Ok(map) = block.as_map_ref() else { return self.written(block, place) };
        let set = map.iter().filter(|(_, value)| is_set(value));
        let argument = |(name, value): (&rhai::Identifier, &Dynamic)| {
            let below = place.below(name);
            Ok((name.to_string(), self.written(&below.as_block(value), &below)?))
        };
        Ok(Written::Block(set.map(argument).collect::<Result<_>>()?))
    }
}

/// What the provider computes is known only after the apply, as in any plan.
fn fill_in(it: &Instance, schema: Option<Schema>, all: &mut Values) {
    for (name, attribute) in schema.into_iter().flat_map(Schema::attributes) {
        let is_given = it.attributes.contains_key(name);
        if attribute.computed && !attribute.is_block() && !is_given {
            all.unknown[name] = true.into();
        } else if !is_given {
            all.after[name] = if attribute.is_block() { json!([]) } else { Value::Null };
        }
    }
}

/// Whether an attribute that the test does not set may be linked to: the provider computes it.
fn provides(it: &Instance, address: &str, attribute: &str) -> Result<()> {
    let Some(schema) = it.schema() else { return Ok(()) };
    let path = names_of(attribute);
    match schema.attribute(path.iter().map(String::as_str)) {
        Some(it) if it.computed || it.is_block() => Ok(()),
        Some(_) => {
            let message = format!(
                "a link leads to `{attribute}` of `{address}`, which the test does not set and the provider does not compute"
            );
            Err(Mistake::new(message).at(&format!("{address}.{attribute}")))
        }
        None => {
            let of = it.of();
            Place { address, of: &of, schema: Some(schema), path }.is_known_to_the_provider()
        }
    }
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
    let mut made: Vec<Source> = Vec::new();
    for (name, piece) in members {
        after.extend(piece.after.map(|value| (name.clone(), value)));
        unknown.push((name.clone(), piece.unknown));
        sensitive.push((name, piece.sensitive));
        for source in piece.made {
            if !made.contains(&source) {
                made.push(source);
            }
        }
    }
    Piece { after: Some(make(after)), unknown: make(unknown), sensitive: make(sensitive), made }
}
