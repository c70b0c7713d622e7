//! What `terragrunt.hcl` tells of a unit's inputs: which are outputs of other units, and what stands in
//! where those units are not applied yet, the `mock_outputs` of its `dependency` blocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::plan::{Key, Step};

use super::{
    document::Document,
    files::parent,
    inputs::{Input, inputs},
    shape::{Hop, Shape, shape},
    store::Store,
    terragrunt::{self, Terragrunt},
};

/// A Terragrunt unit, as far as others and its plan have to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its directory, by which others depend on it; empty where there is no unit.
    pub dir: String,
    /// By input, the literals of `mock_outputs` that it is made of.
    pub mocks: BTreeMap<String, Vec<String>>,
    /// By input, the parts of it that are outputs of other units and nothing else.
    pub given: BTreeMap<String, Vec<Given>>,
}

/// A part of an input that is an output of another unit. Members are [`Step::Name`], however written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Which part of the input; empty for all of it.
    pub at: Vec<Step>,
    /// The directory of the other unit.
    pub dir: String,
    /// The output, and which part of it; empty for the object of all outputs.
    pub path: Vec<Step>,
}

impl Unit {
    /// Directories of the units whose outputs it is given.
    pub fn needs(&self) -> BTreeSet<&str> {
        self.given.values().flatten().map(|it| it.dir.as_str()).collect()
    }
}

/// A step as [`Given`] has it: a member is a name, whether it was written as one or as a key.
pub fn plain_step(step: Step) -> Step {
    match step {
        Step::Key(Key::Text(name)) => Step::Name(name),
        step => step,
    }
}

/// The first of these directories that is a unit. Inputs that are made of anything that cannot be read
/// are left out.
pub(super) fn read(store: &Store, dirs: &[String]) -> Unit {
    let Some(terragrunt) = dirs.iter().find_map(|dir| terragrunt::read(store, dir)) else {
        return Unit::default();
    };
    let own = terragrunt.documents.first().map(|own| parent(&own.path).to_owned());
    let mut unit = Unit { dir: own.unwrap_or_default(), ..Unit::default() };
    let dependencies = Dependencies { store, terragrunt: &terragrunt, dir: &unit.dir };
    // What a unit says itself wins over what it includes, which comes after it.
    for document in terragrunt.documents.iter().rev() {
        let inputs = inputs(document);
        if inputs.is_open {
            unit.given.clear();
        }
        for Input { name, value, is_sure } in inputs.written {
            let (mut literals, mut given) = (Vec::new(), Vec::new());
            of_dependencies(&value, &terragrunt.documents, &mut literals);
            if is_sure {
                dependencies.given(&value, &mut Vec::new(), &mut given);
            }
            put(&mut unit.mocks, &name, literals);
            put(&mut unit.given, &name, given);
        }
    }
    unit
}

fn put<T>(all: &mut BTreeMap<String, Vec<T>>, name: &str, values: Vec<T>) {
    match values.is_empty() {
        true => all.remove(name),
        false => all.insert(name.to_owned(), values),
    };
}

/// The `dependency` blocks of a unit.
struct Dependencies<'a> {
    store: &'a Store,
    terragrunt: &'a Terragrunt,
    dir: &'a str,
}

impl Dependencies<'_> {
    /// Adds the parts of an expression that are outputs.
    fn given(&self, value: &Shape, at: &mut Vec<Step>, out: &mut Vec<Given>) {
        let mut below = |step: Step, value: &Shape| {
            at.push(step);
            self.given(value, at, out);
            at.pop();
        };
        match value {
            Shape::Reference { root, path } if root == "dependency" => {
                if let Some((dir, path)) = self.output(path) {
                    out.push(Given { at: at.clone(), dir, path });
                }
            }
            Shape::List(items) => {
                for (index, item) in (0..).zip(items) {
                    below(Step::Key(Key::Int(index)), item);
                }
            }
            Shape::Object(members) => {
                for (key, member) in members {
                    if let Shape::Text(name) = key {
                        below(Step::Name(name.clone()), member);
                    }
                }
            }
            _ => {}
        }
    }

    /// The unit and the output behind `x.outputs.y["z"]`; none where a step is no literal.
    fn output(&self, path: &[Hop]) -> Option<(String, Vec<Step>)> {
        let [Hop::Name(label), Hop::Name(outputs), rest @ ..] = path else { return None };
        let steps = || rest.iter().map(|hop| hop.step().map(plain_step)).collect::<Option<_>>();
        let dir = (outputs == "outputs").then(|| self.dir_of(label)).flatten()?;
        Some((dir, steps()?))
    }

    /// The directory that `config_path` leads to. As every relative path of `terragrunt.hcl` it starts
    /// at the unit, also where an included file has it.
    fn dir_of(&self, label: &str) -> Option<String> {
        let written = |document: &Arc<Document>| {
            let block = document.blocks("dependency", &[label]).first()?;
            let value = document.attribute(*block, "config_path")?.value.clone();
            Some(terragrunt::candidates(document, &value, self.dir))
        };
        let all = self.terragrunt.documents.iter().find_map(written)?;
        let is_there = all.iter().find_map(|dir| terragrunt::unit_at(self.store, dir));
        is_there.or_else(|| all.first().map(|dir| self.store.shown(dir)))
    }
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
