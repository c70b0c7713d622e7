//! Expressions by where they stand.

use std::collections::BTreeMap;

use super::{
    document::Document,
    scan::{Item, Syntax, entries},
    shape::{Shape, shape},
    tree::Tree,
};

/// A `dynamic` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Dynamic {
    /// What it goes through.
    pub for_each: Shape,
    /// The name under which `content` sees an element.
    pub iterator: String,
    /// The attributes of `content`. Blocks nested in it are not among them.
    pub content: BTreeMap<String, Shape>,
}

impl Tree {
    /// What is written for an attribute, and nothing less near. Inside a `dynamic` block it speaks
    /// of the block's iterator.
    pub fn expression(&self, address: &str, attribute: &str) -> Option<Shape> {
        let (document, range) = self.written(address, attribute)?;
        Some(shape(&document.text[range], document.syntax))
    }

    /// What a local value is defined as. `module` is a module's address, with or without keys;
    /// empty for the root.
    pub fn local(&self, module: &str, name: &str) -> Option<Shape> {
        let dot = if module.is_empty() { "" } else { "." };
        self.expression(&format!("{module}{dot}local.{name}"), "")
    }

    /// The `dynamic` blocks directly in a resource that make nested blocks called `block`.
    pub fn dynamic(&self, address: &str, block: &str) -> Vec<Dynamic> {
        let mut found = Vec::new();
        for (document, at) in self.blocks_of(address) {
            if document.syntax == Syntax::Json {
                found.extend(of_json(&document, at, block));
                continue;
            }
            for (at, item) in document.children(Some(at)) {
                if &*item.name == "dynamic" && item.labels.iter().any(|label| label == block) {
                    found.extend(of_hcl(&document, at, block));
                }
            }
        }
        found
    }
}

fn of_hcl(document: &Document, at: usize, block: &str) -> Option<Dynamic> {
    let read = |item: &Item| shape(&document.text[item.value.clone()], document.syntax);
    let for_each = read(document.attribute(at, "for_each")?);
    let iterator = document.attribute(at, "iterator").map(|it| &document.text[it.value.clone()]);
    let body = document.children(Some(at)).find(|(_, item)| &*item.name == "content")?.0;
    let attributes = document.children(Some(body)).filter(|(_, item)| !item.is_block);
    let content = attributes.map(|(_, item)| (item.name.to_string(), read(item))).collect();
    Some(Dynamic { for_each, iterator: iterator.unwrap_or(block).to_owned(), content })
}

fn of_json(document: &Document, at: usize, block: &str) -> Option<Dynamic> {
    let inner = |range, name: &str| {
        let all = entries(&document.text, range, Syntax::Json);
        all.into_iter().find(|entry| entry.key.as_deref() == Some(name)).map(|entry| entry.value)
    };
    let read = |range| shape(&document.text[range], Syntax::Json);
    let dynamic = inner(&document.attribute(at, "dynamic")?.value, block)?;
    let for_each = read(inner(&dynamic, "for_each")?);
    let iterator = match inner(&dynamic, "iterator").map(read) {
        Some(Shape::Text(name) | Shape::Reference(name)) => name,
        _ => block.to_owned(),
    };
    let attributes = entries(&document.text, &inner(&dynamic, "content")?, Syntax::Json);
    let content = attributes.into_iter().filter_map(|entry| Some((entry.key?, read(entry.value))));
    Some(Dynamic { for_each, iterator, content: content.collect() })
}
