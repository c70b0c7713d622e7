//! Expressions by where they stand.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use crate::plan::Step;

use super::{
    document::Document,
    scan::{Syntax, entries},
    shape::{Shape, shape},
    tree::Tree,
};

/// What stands in a block. In `.tf.json` nested blocks look like attributes that are objects, or
/// lists of them, and are among the attributes; only those made by `dynamic` are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Shape>,
    /// Nested blocks by name, in the order written.
    pub blocks: BTreeMap<String, Vec<Nested>>,
}

/// A nested block, or a `dynamic` block that makes some.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// How often it is made; none where it is written out.
    pub repeat: Option<Repeat>,
    /// What stands in it, or in `content`.
    pub body: Body,
}

/// `for_each` and `iterator` of a `dynamic` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// What it goes through.
    pub for_each: Shape,
    /// The name under which `content` sees an element.
    pub iterator: String,
}

impl Body {
    /// Every reference in it, nested and `dynamic` blocks included; see [`Shape::references`]. What
    /// an iterator stands for is among them, under the iterator's name. None where a part could not
    /// be read.
    pub fn references(&self) -> Option<BTreeSet<Vec<Step>>> {
        let mut all = BTreeSet::new();
        for shape in self.attributes.values() {
            all.extend(shape.references()?);
        }
        for nested in self.blocks.values().flatten() {
            if let Some(repeat) = &nested.repeat {
                all.extend(repeat.for_each.references()?);
            }
            all.extend(nested.body.references()?);
        }
        Some(all)
    }
}

impl Tree {
    /// What is written for an attribute, and nothing less near. Inside a `dynamic` block it speaks
    /// of the block's iterator.
    pub fn expression(&self, address: &str, attribute: &str) -> Option<Shape> {
        let (document, range) = self.written(address, attribute)?;
        Some(read(&document, &range))
    }

    /// What a local value is defined as. `module` is a module's address, with or without keys;
    /// empty for the root.
    pub fn local(&self, module: &str, name: &str) -> Option<Shape> {
        let dot = if module.is_empty() { "" } else { "." };
        self.expression(&format!("{module}{dot}local.{name}"), "")
    }

    /// Everything that stands in a block; none where the source does not have it. Of override files
    /// the last one wins, and its nested blocks replace all others of their name.
    pub fn body(&self, address: &str) -> Option<Body> {
        let blocks = self.blocks_of(address);
        let bodies = blocks.iter().map(|(document, at)| match document.syntax {
            Syntax::Hcl => of_hcl(document, *at),
            Syntax::Json => of_json(document, &document.items[*at].value),
        });
        bodies.reduce(|mut all, over| {
            all.attributes.extend(over.attributes);
            all.blocks.extend(over.blocks);
            all
        })
    }

    /// Whether something stands in a block that a plan's configuration does not show: nested blocks
    /// made by `dynamic`, and those that order without being arguments (`lifecycle`, `connection`).
    pub fn has_hidden_blocks(&self, address: &str) -> bool {
        let is_hidden = |name: &str| matches!(name, "dynamic" | "lifecycle" | "connection");
        self.blocks_of(address).iter().any(|(document, at)| {
            let inside = &document.items[*at + 1..document.items[*at].next];
            inside.iter().any(|item| is_hidden(&item.name))
        })
    }
}

fn read(document: &Document, range: &Range<usize>) -> Shape {
    shape(&document.text[range.clone()], document.syntax)
}

/// The scanner bounds how deep blocks are nested.
fn of_hcl(document: &Document, at: usize) -> Body {
    let mut body = Body::default();
    for (at, item) in document.children(Some(at)) {
        if !item.is_block {
            body.attributes.insert(item.name.to_string(), read(document, &item.value));
        } else if &*item.name != "dynamic" {
            let nested = Nested { repeat: None, body: of_hcl(document, at) };
            body.blocks.entry(item.name.to_string()).or_default().push(nested);
        } else if let Some(name) = item.labels.first() {
            let made = body.blocks.entry(name.clone()).or_default();
            made.push(dynamic_of_hcl(document, at, name));
        }
    }
    body
}

fn dynamic_of_hcl(document: &Document, at: usize, name: &str) -> Nested {
    let for_each = document.attribute(at, "for_each").map(|item| read(document, &item.value));
    let iterator = document.attribute(at, "iterator").map(|it| &document.text[it.value.clone()]);
    let content = document.children(Some(at)).find(|(_, item)| &*item.name == "content");
    Nested {
        repeat: Some(Repeat {
            for_each: for_each.unwrap_or(Shape::Unread),
            iterator: iterator.unwrap_or(name).to_owned(),
        }),
        body: content.map(|(at, _)| of_hcl(document, at)).unwrap_or_default(),
    }
}

/// An object, or the first of a list of one.
fn of_json(document: &Document, range: &Range<usize>) -> Body {
    let mut body = Body::default();
    for entry in entries(&document.text, range, Syntax::Json) {
        let Some(name) = entry.key.filter(|name| name != "//") else { continue };
        if name != "dynamic" {
            body.attributes.insert(name, read(document, &entry.value));
            continue;
        }
        for made in entries(&document.text, &entry.value, Syntax::Json) {
            let Some(name) = made.key else { continue };
            let nested = each(document, &made.value);
            let nested = nested.iter().map(|range| dynamic_of_json(document, range, &name));
            body.blocks.entry(name.clone()).or_default().extend(nested);
        }
    }
    body
}

fn dynamic_of_json(document: &Document, range: &Range<usize>, name: &str) -> Nested {
    let inside = entries(&document.text, range, Syntax::Json);
    let part = |name: &str| {
        let entry = inside.iter().find(|entry| entry.key.as_deref() == Some(name));
        entry.map(|entry| &entry.value)
    };
    let iterator = match part("iterator").map(|range| read(document, range)) {
        Some(Shape::Text(name)) => name,
        _ => name.to_owned(),
    };
    let content = part("content").map(|range| each(document, range)).unwrap_or_default();
    Nested {
        repeat: Some(Repeat {
            for_each: part("for_each").map_or(Shape::Unread, |range| read(document, range)),
            iterator,
        }),
        body: content.first().map(|range| of_json(document, range)).unwrap_or_default(),
    }
}

/// The objects that stand there: one, or those of a list.
fn each(document: &Document, range: &Range<usize>) -> Vec<Range<usize>> {
    if document.text.as_bytes().get(range.start) != Some(&b'[') {
        return vec![range.clone()];
    }
    let all = entries(&document.text, range, Syntax::Json);
    all.into_iter().map(|entry| entry.value).collect()
}
