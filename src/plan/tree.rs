//! JSON values as ranges of the document's text.
//!
//! A tree owns no strings but those with escapes, and shares the keys of its objects with others, so parsing a
//! resource costs few small allocations, and nothing borrows from the text: whoever holds the text and the tree
//! can read it.

use std::{
    fmt,
    hash::Hasher,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::{FxHashMap, FxHasher};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;
use wide::u8x16;

/// A range of the document's text, in bytes. 32 bits: `input` refuses larger documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// The range that `part` occupies in `text`; `part` must have been cut out of `text`.
    pub(crate) fn of(text: &str, part: &str) -> Span {
        let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        debug_assert!(start + part.len() <= text.len());
        Span { start: start as u32, len: part.len() as u32 }
    }

    pub(crate) fn new(start: usize, len: usize) -> Span {
        Span { start: start as u32, len: len as u32 }
    }

    /// The text in that range.
    pub fn text(self, text: &str) -> &str {
        let start = self.start as usize;
        text.get(start..start + self.len as usize).unwrap_or_default()
    }

    /// Nothing was there.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// One value. Arrays and objects hold as many nodes from `start` on as they have elements or members.
#[derive(Clone, Copy, Debug)]
enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(Span),
    Escaped(Span),
    Array(Span),
    /// With the index of its [`Shape`] among those of the tree; an empty one has none.
    Object(Span, u32),
}

/// Text that a node stands for, as resources go: enough room is made at once.
const BYTES_PER_NODE: usize = 40;

/// Handle of a value inside a [`Tree`].
#[derive(Clone, Copy, Debug)]
pub struct Root(Node);

/// The nodes of one or more JSON values of the same document.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The shapes of its objects.
    shapes: SmallVec<[Arc<Shape>; 2]>,
    side: String,
}

/// The keys of an object, in the order written. Most objects of a plan have those of another one, so
/// that they are kept once: rules do little else than looking for keys, and find them without going
/// to the document.
#[derive(Debug)]
struct Shape {
    /// Of all keys, to tell shapes apart.
    hash: u64,
    /// The keys, one behind another.
    text: Box<str>,
    /// Where each of them ends.
    ends: Box<[u32]>,
    /// A byte for each, which tells most of them apart, in blocks that are looked at together.
    tags: Box<[[u8; 16]]>,
}

impl Shape {
    fn new<'k>(hash: u64, keys: impl Iterator<Item = &'k str>) -> Shape {
        let (mut text, mut ends, mut tags) = (String::new(), Vec::new(), Vec::new());
        for key in keys {
            text.push_str(key);
            ends.push(text.len() as u32);
            tags.push(tag(key));
        }
        tags.resize(tags.len().next_multiple_of(16), 0);
        let tags = tags.as_chunks().0.into();
        Shape { hash, text: text.into(), ends: ends.into(), tags }
    }

    /// The key at an index.
    fn key(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start as usize..self.ends[at] as usize).unwrap_or_default()
    }

    fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|at| self.key(at))
    }

    /// The index of a key.
    fn find(&self, key: &str) -> Option<usize> {
        let wanted = u8x16::splat(tag(key));
        for (block, tags) in self.tags.iter().enumerate() {
            let mut found = u8x16::new(*tags).simd_eq(wanted).to_bitmask();
            while found != 0 {
                let at = block * 16 + found.trailing_zeros() as usize;
                if at < self.ends.len() && self.key(at) == key {
                    return Some(at);
                }
                found &= found - 1;
            }
        }
        None
    }
}

/// Shapes of a document's objects, for all its trees.
#[derive(Debug, Default)]
pub(super) struct Shapes(Mutex<FxHashMap<u64, Vec<Arc<Shape>>>>);

impl Shapes {
    /// The shape of these keys; makes it where there is none.
    fn of<'k>(
        &self,
        hash: u64,
        keys: impl ExactSizeIterator<Item = &'k str> + Clone,
    ) -> Arc<Shape> {
        // Whoever panicked while holding the lock had not begun to change anything.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = all.entry(hash).or_default();
        let known = alike.iter().find(|it| it.keys().eq(keys.clone()));
        known.map(Arc::clone).unwrap_or_else(|| {
            let shape = Arc::new(Shape::new(hash, keys));
            alike.push(Arc::clone(&shape));
            shape
        })
    }
}

/// What keys are told apart by before their texts are looked at.
fn tag(key: &str) -> u8 {
    let bytes = key.as_bytes();
    let [Some(first), Some(last)] = [bytes.first(), bytes.last()] else { return 0 };
    let middle = bytes[bytes.len() / 2];
    let parts = [first.wrapping_mul(3), last.wrapping_mul(29), middle.wrapping_mul(113)];
    parts.iter().fold((bytes.len() as u8).wrapping_mul(37), |tag, part| tag ^ part)
}

impl Tree {
    /// Parses the value in `span` of `text` and adds it.
    ///
    /// # Errors
    /// Where the range holds no JSON, or JSON nested deeper than 128 levels.
    pub fn add(&mut self, text: &str, span: Span) -> Result<Root, serde_json::Error> {
        self.parse(text, span, None)
    }

    /// The same, with the shapes of the document's other trees.
    ///
    /// # Errors
    /// As [`Tree::add`].
    pub(super) fn add_shaped(
        &mut self,
        text: &str,
        span: Span,
        shapes: &Shapes,
    ) -> Result<Root, serde_json::Error> {
        self.parse(text, span, Some(shapes))
    }

    fn parse(
        &mut self,
        text: &str,
        span: Span,
        shapes: Option<&Shapes>,
    ) -> Result<Root, serde_json::Error> {
        if span.is_empty() {
            return Ok(Root(Node::Null));
        }
        // What most masks are.
        match span.text(text) {
            "{}" => return Ok(Root(Node::Object(Span::default(), 0))),
            "false" => return Ok(Root(Node::Bool(false))),
            _ => {}
        }
        self.nodes.reserve(span.len as usize / BYTES_PER_NODE);
        let mut reader = serde_json::Deserializer::from_str(span.text(text));
        let (mut scratch, mut keys) = (Vec::new(), Vec::new());
        let seed = Builder { text, tree: self, shapes, scratch: &mut scratch, keys: &mut keys };
        let root = seed.deserialize(&mut reader).map(Root)?;
        reader.end()?;
        Ok(root)
    }

    /// A mask that covers everything.
    pub(crate) fn all(&self) -> Root {
        Root(Node::Bool(true))
    }

    /// Reads a value; `text` must be the document it was parsed from.
    pub fn value<'a>(&'a self, text: &'a str, root: Root) -> Value<'a> {
        Value { tree: self, text, node: root.0 }
    }
}

/// A JSON document inside a string of a plan, such as a policy or the text of a secret.
#[derive(Debug)]
pub struct Embedded<'a> {
    text: &'a str,
    tree: Tree,
    root: Root,
}

impl<'a> Embedded<'a> {
    /// Reads the object or array that a text is; none where it is something else.
    pub fn parse(text: &'a str) -> Option<Embedded<'a>> {
        if !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let mut tree = Tree::default();
        let root = tree.add(text, Span::of(text, text)).ok()?;
        Some(Embedded { text, tree, root })
    }

    /// The document's value.
    pub fn value(&self) -> Value<'_> {
        self.tree.value(self.text, self.root)
    }
}

/// Shapes of a tree among which that of another object is looked for first: lists repeat theirs.
const LAST_SHAPES: usize = 4;

struct Builder<'b, 'de> {
    text: &'de str,
    tree: &'b mut Tree,
    shapes: Option<&'b Shapes>,
    /// Children of containers that are still open; moved to the tree when one closes.
    scratch: &'b mut Vec<Node>,
    /// Keys of objects that are still open.
    keys: &'b mut Vec<Node>,
}

impl<'de> Builder<'_, 'de> {
    fn reborrow(&mut self) -> Builder<'_, 'de> {
        let Builder { text, tree, shapes, scratch, keys } = self;
        Builder { text, tree, shapes: *shapes, scratch, keys }
    }

    fn close(&mut self, from: usize) -> Span {
        let span = Span::new(self.tree.nodes.len(), self.scratch.len() - from);
        self.tree.nodes.extend(self.scratch.drain(from..));
        span
    }

    /// The index of the shape of the keys that stand behind `from`.
    fn shape(&mut self, from: usize) -> u32 {
        let Tree { shapes, side, .. } = &mut *self.tree;
        let keys = self.keys[from..].iter().map(|key| match key {
            Node::Text(span) => span.text(self.text),
            Node::Escaped(span) => span.text(side),
            _ => "",
        });
        let mut hasher = FxHasher::default();
        for key in keys.clone() {
            hasher.write(key.as_bytes());
            hasher.write_u8(u8::MAX);
        }
        let hash = hasher.finish();
        let is_it = |it: &Arc<Shape>| it.hash == hash && it.keys().eq(keys.clone());
        let last = shapes.iter().rev().take(LAST_SHAPES).position(is_it);
        let at = last.map_or(shapes.len(), |back| shapes.len() - 1 - back);
        if last.is_none() {
            shapes.push(match self.shapes {
                Some(all) => all.of(hash, keys),
                None => Arc::new(Shape::new(hash, keys)),
            });
        }
        self.keys.truncate(from);
        at as u32
    }
}

impl<'de> DeserializeSeed<'de> for Builder<'_, 'de> {
    type Value = Node;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_, 'de> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Uint(value), Node::Int))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }
    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Node, E> {
        Ok(Node::Text(Span::of(self.text, value)))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        let start = self.tree.side.len() as u32;
        self.tree.side.push_str(value);
        Ok(Node::Escaped(Span { start, len: value.len() as u32 }))
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Node, A::Error> {
        let from = self.scratch.len();
        while let Some(node) = seq.next_element_seed(self.reborrow())? {
            self.scratch.push(node);
        }
        Ok(Node::Array(self.close(from)))
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Node, A::Error> {
        let (from, keys) = (self.scratch.len(), self.keys.len());
        while let Some(key) = map.next_key_seed(self.reborrow())? {
            self.keys.push(key);
            let value = map.next_value_seed(self.reborrow())?;
            self.scratch.push(value);
        }
        let span = self.close(from);
        let shape = if span.is_empty() { 0 } else { self.shape(keys) };
        Ok(Node::Object(span, shape))
    }
}

/// A borrowed JSON value.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    tree: &'a Tree,
    text: &'a str,
    node: Node,
}

impl<'a> Value<'a> {
    fn with(self, node: Node) -> Value<'a> {
        Value { node, ..self }
    }

    fn string(self, node: Node) -> Option<&'a str> {
        match node {
            Node::Text(span) => Some(span.text(self.text)),
            Node::Escaped(span) => Some(span.text(&self.tree.side)),
            _ => None,
        }
    }

    fn nodes(self, span: Span) -> &'a [Node] {
        let start = span.start as usize;
        self.tree.nodes.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// The keys of an object that has any.
    fn shape(self, shape: u32) -> Option<&'a Shape> {
        self.tree.shapes.get(shape as usize).map(|shape| &**shape)
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'a str> {
        self.string(self.node)
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.node {
            Node::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number that fits.
    pub fn as_i64(self) -> Option<i64> {
        match self.node {
            Node::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Any number.
    pub fn as_f64(self) -> Option<f64> {
        match self.node {
            Node::Int(value) => Some(value as f64),
            Node::Uint(value) => Some(value as f64),
            Node::Float(value) => Some(value),
            _ => None,
        }
    }

    /// JSON null.
    pub fn is_null(self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// JSON `true`: what a mask says where everything below it is meant.
    pub fn is_true(self) -> bool {
        matches!(self.node, Node::Bool(true))
    }

    /// An array.
    pub fn is_array(self) -> bool {
        matches!(self.node, Node::Array(_))
    }

    /// An object.
    pub fn is_object(self) -> bool {
        matches!(self.node, Node::Object(..))
    }

    /// Number of elements or members; none of a scalar.
    pub fn len(self) -> usize {
        match self.node {
            Node::Array(span) | Node::Object(span, _) => span.len as usize,
            _ => 0,
        }
    }

    /// Nothing is in it: a scalar, or an empty container.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        let Node::Object(span, shape) = self.node else { return None };
        if span.is_empty() {
            return None;
        }
        let at = self.shape(shape)?.find(key)?;
        self.nodes(span).get(at).map(|node| self.with(*node))
    }

    /// The element at that index, if this is an array that long.
    pub fn at(self, index: usize) -> Option<Value<'a>> {
        let Node::Array(span) = self.node else { return None };
        self.nodes(span).get(index).map(|node| self.with(*node))
    }

    /// Elements of an array; none of anything else.
    pub fn items(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        let nodes = match self.node {
            Node::Array(span) => self.nodes(span),
            _ => &[],
        };
        nodes.iter().map(move |node| self.with(*node))
    }

    /// Members of an object, in the order written; none of anything else.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (&'a str, Value<'a>)> {
        let (shape, nodes) = match self.node {
            Node::Object(span, shape) if !span.is_empty() => (self.shape(shape), self.nodes(span)),
            _ => (None, &[][..]),
        };
        let key = move |at| shape.map_or("", |shape| shape.key(at));
        nodes.iter().enumerate().map(move |(at, node)| (key(at), self.with(*node)))
    }

    /// Null, false, zero, an empty string, or a container of nothing else: the values that
    /// providers exchange for one another on refresh.
    pub fn is_hollow(self) -> bool {
        match self.node {
            Node::Null | Node::Bool(false) | Node::Int(0) | Node::Uint(0) => true,
            Node::Float(value) => value == 0.0,
            Node::Text(span) | Node::Escaped(span) => span.is_empty(),
            Node::Array(_) => self.items().all(Value::is_hollow),
            Node::Object(..) => self.entries().all(|(_, value)| value.is_hollow()),
            _ => false,
        }
    }

    /// A scalar as Terraform would interpolate it. Ids compare by it: `"123"` equals `123`.
    pub fn scalar(self) -> Option<std::borrow::Cow<'a, str>> {
        match self.node {
            Node::Bool(value) => Some(value.to_string().into()),
            Node::Int(value) => Some(value.to_string().into()),
            Node::Uint(value) => Some(value.to_string().into()),
            Node::Float(value) => Some(value.to_string().into()),
            Node::Text(_) | Node::Escaped(_) => self.as_str().map(Into::into),
            Node::Null | Node::Array(_) | Node::Object(..) => None,
        }
    }

    /// Every string at or below this value, with the name nearest to it: `name` where no member has one.
    pub fn named_strings(self, name: &'a str, each: &mut impl FnMut(&'a str, &'a str)) {
        if let Some(text) = self.as_str() {
            each(text, name);
        }
        self.items().for_each(|item| item.named_strings(name, each));
        self.entries().for_each(|(key, item)| item.named_strings(key, each));
    }

    /// Every string at or below this value.
    pub fn strings(self, each: &mut impl FnMut(&'a str)) {
        if let Some(text) = self.as_str() {
            each(text);
        }
        self.items().for_each(|item| item.strings(each));
        self.entries().for_each(|(_, item)| item.strings(each));
    }
}

impl PartialEq for Value<'_> {
    /// Equal as Terraform values: scalars by their text, members in any order.
    fn eq(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.scalar(), other.scalar()) {
            return a == b;
        }
        match (self.node, other.node) {
            (Node::Null, Node::Null) => true,
            (Node::Array(_), Node::Array(_)) => self.items().eq(other.items()),
            (Node::Object(..), Node::Object(..)) => {
                self.entries().len() == other.entries().len()
                    && self.entries().all(|(key, value)| other.get(key) == Some(value))
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Value<'_> {
    /// The kind only: what stands in a plan may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.node {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Int(_) | Node::Uint(_) | Node::Float(_) => "a number",
            Node::Text(_) | Node::Escaped(_) => "a string",
            Node::Array(_) => "a list",
            Node::Object(..) => "an object",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written() {
        let text = r#"{"a":[1,"x\ny",null,{"k":true}],"n":9007199254740993,"f":1.5,"z":"end"}"#;
        let mut tree = Tree::default();
        let root = tree.add(text, Span::of(text, text)).unwrap();
        let value = tree.value(text, root);
        let list = value.get("a").unwrap();
        assert_eq!(list.at(1).unwrap().as_str(), Some("x\ny"));
        assert!(list.at(3).unwrap().get("k").unwrap().is_true());
        assert!(list.at(4).is_none());
        assert_eq!(value.get("n").unwrap().scalar().unwrap(), "9007199254740993");
        assert_eq!(value.get("z").unwrap().as_str(), Some("end"));
        assert_eq!(format!("{:?}", value.get("z").unwrap()), "a string");
    }

    #[test]
    fn keys_are_found_by_their_text() {
        // `ad`, `bd` and `cd` differ in a letter; one is written with an escape, one stands there twice.
        let text = r#"{"":0,"ad":1,"b\u0064":2,"cd":3,"cd":4,"add":5,"ä":6}"#;
        let mut tree = Tree::default();
        let root = tree.add(text, Span::of(text, text)).unwrap();
        let value = tree.value(text, root);
        let found = |key: &str| value.get(key).and_then(Value::as_i64);
        let wanted = [("", 0), ("ad", 1), ("bd", 2), ("cd", 3), ("add", 5), ("ä", 6)];
        wanted.iter().for_each(|(key, number)| assert_eq!(found(key), Some(*number), "{key}"));
        for key in ["dd", "a", "ADD", "da", "aad"] {
            assert!(found(key).is_none(), "{key}");
        }
        let keys: Vec<&str> = value.entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["", "ad", "bd", "cd", "cd", "add", "ä"]);
    }

    #[test]
    fn numbers_and_their_text_are_equal() {
        let text = r#"["123",123,true,"true",{"a":1,"b":2},{"b":2,"a":1}]"#;
        let mut tree = Tree::default();
        let root = tree.add(text, Span::of(text, text)).unwrap();
        let list: Vec<_> = tree.value(text, root).items().collect();
        assert!(list[0] == list[1] && list[2] == list[3] && list[4] == list[5]);
        assert!(list[0] != list[2]);
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let text = "[".repeat(100_000);
        assert!(Tree::default().add(&text, Span::of(&text, &text)).is_err());
    }
}
