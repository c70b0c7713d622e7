//! What a Terragrunt unit is given where the units that it depends on are not applied yet: the
//! `mock_outputs` of its `dependency` blocks.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    document::Document,
    scan::entries,
    shape::{Hop, Shape, shape},
    store::Store,
    terragrunt,
};

/// By input of a unit, the literals of `mock_outputs` that it is made of.
pub type Mocks = BTreeMap<String, Vec<String>>;

/// The mocks of the first of these directories that is a unit. Inputs that are made of anything that
/// cannot be read are left out.
pub(super) fn of_unit(store: &Store, dirs: &[String]) -> Mocks {
    let Some(unit) = dirs.iter().find_map(|dir| terragrunt::read(store, dir)) else {
        return Mocks::new();
    };
    let mut mocks = Mocks::new();
    // What a unit says itself wins over what it includes, which comes after it.
    for document in unit.documents.iter().rev() {
        for (name, value) in inputs(document) {
            let mut literals = Vec::new();
            of_dependencies(&value, &unit.documents, &mut literals);
            match literals.is_empty() {
                true => mocks.remove(&name),
                false => mocks.insert(name, literals),
            };
        }
    }
    mocks
}

/// The unit's inputs that are written one by one.
fn inputs(document: &Document) -> Vec<(String, Shape)> {
    let mut items = document.children(None).map(|(_, item)| item);
    let Some(inputs) = items.find(|item| !item.is_block && &*item.name == "inputs") else {
        return Vec::new();
    };
    let all = entries(&document.text, &inputs.value, document.syntax).into_iter();
    all.filter_map(|entry| {
        let text = &document.text[entry.value];
        Some((entry.key?, shape(text, document.syntax)))
    })
    .collect()
}

/// Adds the literals behind every `dependency.x.outputs.y` of an expression.
fn of_dependencies(value: &Shape, documents: &[Arc<Document>], out: &mut Vec<String>) {
    match value {
        Shape::Reference { root, path } if root == "dependency" => {
            if let Some(mock) = mock(path, documents) {
                literals(&mock, out);
            }
        }
        Shape::List(items) => items.iter().for_each(|it| of_dependencies(it, documents, out)),
        Shape::Object(members) => {
            members.iter().for_each(|(_, it)| of_dependencies(it, documents, out));
        }
        _ => {}
    }
}

/// What `mock_outputs` has for `x.outputs.y["z"]`.
fn mock(path: &[Hop], documents: &[Arc<Document>]) -> Option<Shape> {
    let [Hop::Name(label), Hop::Name(outputs), rest @ ..] = path else { return None };
    if outputs != "outputs" {
        return None;
    }
    let written = |document: &Arc<Document>| {
        let block = document.blocks("dependency", &[label]).first()?;
        let value = document.attribute(*block, "mock_outputs")?.value.clone();
        Some(shape(&document.text[value], document.syntax))
    };
    let mut at = documents.iter().find_map(written)?;
    for hop in rest {
        at = step(at, hop)?;
    }
    Some(at)
}

fn step(value: Shape, hop: &Hop) -> Option<Shape> {
    match (value, hop) {
        (Shape::Object(members), Hop::Name(name) | Hop::Index(Shape::Text(name))) => {
            let wanted = Shape::Text(name.clone());
            members.into_iter().find(|(key, _)| *key == wanted).map(|(_, value)| value)
        }
        (Shape::List(items), Hop::Index(Shape::Number(index))) => {
            items.into_iter().nth(index.parse().ok()?)
        }
        _ => None,
    }
}

fn literals(value: &Shape, out: &mut Vec<String>) {
    match value {
        Shape::Text(text) | Shape::Number(text) => out.push(text.clone()),
        Shape::List(items) => items.iter().for_each(|it| literals(it, out)),
        Shape::Object(members) => members.iter().for_each(|(_, it)| literals(it, out)),
        _ => {}
    }
}
