//! Inputs of a Terragrunt unit as they are written, without the functions that people make them with:
//! `merge` of objects, `try` of an output that may not be there.

use std::mem;

use super::{
    document::Document,
    scan::{Syntax, entries},
    shape::{Hop, Shape, shape},
};

/// The inputs that a file gives its unit.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Those that are written.
    pub(super) written: Vec<Input>,
    /// It may give any others as well, which it has from elsewhere.
    pub(super) is_open: bool,
}

/// An input.
#[derive(Debug)]
pub(super) struct Input {
    /// Its name.
    pub(super) name: String,
    /// Its value, in which functions are gone as far as possible.
    pub(super) value: Shape,
    /// Nothing that is not shown may have taken its place.
    pub(super) is_sure: bool,
}

/// What `inputs = …` of a file says.
pub(super) fn inputs(document: &Document) -> Inputs {
    let mut items = document.children(None).map(|(_, item)| item);
    let Some(item) = items.find(|item| !item.is_block && &*item.name == "inputs") else {
        return Inputs::default();
    };
    let text = &document.text[item.value.clone()];
    let mut all = Inputs::default();
    if document.syntax == Syntax::Json || text.trim_start().starts_with('{') {
        // One by one, because all together may be too long to be read at once.
        for entry in entries(&document.text, &item.value, document.syntax) {
            let value = simple(shape(&document.text[entry.value], document.syntax));
            match entry.key {
                Some(name) => all.written.push(Input { name, value, is_sure: true }),
                None => all.is_open = true,
            }
        }
    } else {
        all.merge(shape(text, document.syntax));
    }
    all
}

impl Inputs {
    /// Adds an argument of `merge`: its members win over those before it.
    fn merge(&mut self, argument: Shape) {
        match argument {
            Shape::Call { name, arguments, expands: false } if name == "merge" => {
                arguments.into_iter().for_each(|it| self.merge(it));
            }
            Shape::Null => {}
            Shape::Object(members) => {
                for (key, value) in members {
                    match key {
                        Shape::Text(name) => {
                            self.written.retain(|it| it.name != name);
                            let value = simple(value);
                            self.written.push(Input { name, value, is_sure: true });
                        }
                        _ => self.open(),
                    }
                }
            }
            _ => self.open(),
        }
    }

    /// What comes now may be any input.
    fn open(&mut self) {
        self.is_open = true;
        self.written.iter_mut().for_each(|it| it.is_sure = false);
    }
}

/// Functions that give the first of their arguments that is there.
static TRIED: [&str; 2] = ["coalesce", "try"];

/// A value without the functions that can be told away.
fn simple(value: Shape) -> Shape {
    match value {
        Shape::List(items) => Shape::List(items.into_iter().map(simple).collect()),
        Shape::Object(members) => {
            Shape::Object(members.into_iter().map(|(key, it)| (key, simple(it))).collect())
        }
        Shape::Call { ref name, .. } if name == "merge" => {
            let mut all = Inputs::default();
            all.merge(value);
            let sure = all.written.into_iter().filter(|it| it.is_sure);
            Shape::Object(sure.map(|it| (Shape::Text(it.name), it.value)).collect())
        }
        Shape::Call { name, arguments, expands: false } if TRIED.contains(&name.as_str()) => {
            let mut all = arguments.into_iter();
            match all.next() {
                // Where there was something to fall back on, the value may be that.
                Some(first) if all.all(|it| is_empty(&it)) => simple(first),
                _ => Shape::Unread,
            }
        }
        Shape::Call { name, mut arguments, expands: false } => {
            match (name.as_str(), arguments.as_mut_slice()) {
                (name, [one]) if SAME.contains(&name) => simple(take(one)),
                ("lookup", [map, key, rest]) if is_empty(rest) => member(take(map), take(key)),
                ("lookup", [map, key]) => member(take(map), take(key)),
                _ => Shape::Call { name, arguments, expands: false },
            }
        }
        value => value,
    }
}

/// Functions that give back what they take, in another type or with another mark.
///
/// Source: <https://developer.hashicorp.com/terraform/language/functions>. `toset` is none of them: it loses
/// the places of a list.
static SAME: [&str; 6] = ["nonsensitive", "sensitive", "tolist", "tomap", "tonumber", "tostring"];

fn take(shape: &mut Shape) -> Shape {
    mem::replace(shape, Shape::Unread)
}

/// `map[key]`, where the map is a reference.
fn member(map: Shape, key: Shape) -> Shape {
    match (simple(map), key) {
        (Shape::Reference { root, mut path }, key @ Shape::Text(_)) => {
            path.push(Hop::Index(key));
            Shape::Reference { root, path }
        }
        _ => Shape::Unread,
    }
}

/// Whether a value holds no text that could be taken for another.
fn is_empty(value: &Shape) -> bool {
    match value {
        Shape::Null => true,
        Shape::Text(text) => text.is_empty(),
        Shape::List(items) => items.is_empty(),
        Shape::Object(members) => members.is_empty(),
        _ => false,
    }
}
