//! What a script holds in its hands: places in a plan, lists, unknown and sensitive values.

use std::{fmt, hash::BuildHasher, sync::Arc};

use rhai::{Dynamic, ImmutableString};
use rustc_hash::FxBuildHasher;
use smallvec::{SmallVec, smallvec};

use crate::{
    graph::{Cause, Glance, SENSITIVE, Scope, Val, View},
    plan::{ResId, Value},
};

use super::limits;

/// Which values of an instance are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Those of the world that is judged.
    Here,
    /// Those before the apply.
    Before,
    /// Those after it.
    After,
}

/// One step below an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Name(ImmutableString),
    Index(usize),
}

/// An instance, or an object inside of one. Holds no values: they are read when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: ResId,
    pub(super) look: Look,
    /// None for the instance itself: an empty one would be shared, and counted, by all threads.
    path: Option<Arc<[Part]>>,
}

impl Node {
    pub(super) fn root(id: ResId, look: Look) -> Node {
        Node { id, look, path: None }
    }

    /// The steps below the instance.
    pub(super) fn parts(&self) -> &[Part] {
        self.path.as_deref().unwrap_or_default()
    }

    /// A whole instance, whatever its values are looked at.
    pub(super) fn is_root(&self) -> bool {
        self.path.is_none()
    }

    /// The same place, where its values are looked at otherwise.
    pub(super) fn looked(&self, look: Look) -> Node {
        Node { look, ..self.clone() }
    }

    /// The place below.
    pub(super) fn below(&self, part: Part) -> Node {
        Node { path: Some(self.parts().iter().cloned().chain([part]).collect()), ..*self }
    }

    /// The place some steps below.
    pub(super) fn far_below(&self, path: &[Part]) -> Node {
        match path {
            [] => self.clone(),
            path => {
                Node { path: Some(self.parts().iter().chain(path).cloned().collect()), ..*self }
            }
        }
    }

    /// What Rust rules see of this place.
    pub(super) fn view<'s>(&'s self, scope: &'s Scope<'s>) -> View<'s> {
        self.parts().iter().fold(self.top(scope), |view, part| match part {
            Part::Name(name) => view.into_member(name.as_str()),
            Part::Index(index) => view.into_at(*index),
        })
    }

    /// What stands at this place.
    pub(super) fn glance<'s>(&self, scope: &'s Scope<'s>) -> Glance<'s> {
        self.parts().iter().fold(self.top(scope).glance(), |glance, part| match part {
            Part::Name(name) => glance.member(name),
            Part::Index(index) => glance.at(*index),
        })
    }

    /// The whole instance.
    fn top<'s>(&self, scope: &'s Scope<'s>) -> View<'s> {
        let res = scope.res(self.id);
        match self.look {
            Look::Here => res.root(),
            Look::Before => res.before(),
            Look::After => res.after(),
        }
    }

    /// Tells places apart; never shown.
    pub(super) fn key(&self) -> Arc<str> {
        let mut key = format!("{}{:?}", self.id, self.look);
        for part in self.parts() {
            match part {
                Part::Name(name) => key.push_str(&format!("/{name:?}")),
                Part::Index(index) => key.push_str(&format!("/{index}")),
            }
        }
        key.into()
    }
}

/// A list or set of a plan, or of instances. Not a Rhai array: those are limited to 1,000
/// elements, and there may be more buckets than that. A script cannot make one of values of its
/// own, so it is as large and as deep as the plan, and Rhai's limits need not see into it.
#[derive(Clone)]
pub(super) struct List(pub(super) Arc<[Dynamic]>);

/// Walks a list without copying it.
pub(super) struct Elements {
    list: List,
    next: usize,
}

impl Iterator for Elements {
    type Item = Dynamic;
    fn next(&mut self) -> Option<Dynamic> {
        self.next += 1;
        self.list.0.get(self.next - 1).cloned()
    }
}

impl IntoIterator for List {
    type Item = Dynamic;
    type IntoIter = Elements;
    fn into_iter(self) -> Elements {
        Elements { list: self, next: 0 }
    }
}

/// A value that the plan does not show.
#[derive(Clone)]
pub(super) struct Unknown {
    /// Tells it from other unknown values; never shown.
    pub(super) key: Arc<str>,
    /// How a message writes it.
    pub(super) shown: Arc<str>,
    /// Where it stands; none where it was computed from an unknown value.
    pub(super) place: Option<Node>,
    /// Why it is unknown.
    pub(super) cause: Cause,
}

/// How messages write a value that is known only after the apply.
pub(super) const KNOWN_AFTER_APPLY: &str = "(known after apply)";

impl Unknown {
    pub(super) fn at(place: Node, cause: Cause, sensitive: bool) -> Unknown {
        let shown = if sensitive { SENSITIVE } else { KNOWN_AFTER_APPLY };
        Unknown { key: place.key(), shown: shown.into(), place: Some(place), cause }
    }

    /// What a function makes of it: as unknown as it is.
    pub(super) fn derive(&self, how: &str) -> Unknown {
        let key = bounded(format!("{how}({})", self.key));
        Unknown { key: key.into(), place: None, ..self.clone() }
    }

    /// The same with another text in messages.
    pub(super) fn shown_as(self, shown: String) -> Unknown {
        let shown: String = shown.chars().take(limits::MESSAGE_CHARS).collect();
        Unknown { shown: shown.into(), ..self }
    }
}

/// A name that tells values or questions apart, short enough to be kept: `u = u + u` would double
/// it each time.
pub(super) fn bounded(name: String) -> String {
    const LONGEST: usize = 200;
    if name.len() <= LONGEST {
        return name;
    }
    short(&name)
}

/// Stands for a long text. Not proof against people who look for two texts of one name: they would
/// only deceive their own rule.
pub(super) fn short(text: &str) -> String {
    format!("#{}:{:016x}", text.len(), FxBuildHasher.hash_one(text))
}

/// A known value that must never be shown. Comparing it is allowed; whatever else is made of it is
/// an unknown value that is shown as sensitive.
#[derive(Clone)]
pub(super) struct Sensitive {
    pub(super) value: Dynamic,
    pub(super) place: Node,
}

impl Sensitive {
    /// Stands for what a function would make of it.
    pub(super) fn veiled(&self) -> Unknown {
        Unknown::at(self.place.clone(), Cause::Function, true).derive("sensitive")
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SENSITIVE)
    }
}

/// The value at a place as a script sees it, where nothing hangs on the place: plain values,
/// objects, and lists of those. None where it takes a view to tell. The place is that of `node`
/// and these steps below it.
pub(super) fn quick(glance: Glance<'_>, node: &Node, steps: &mut Steps) -> Option<Dynamic> {
    if let Some(plain) = glance.plain() {
        return plain_to_script(plain);
    }
    let value = glance.shown()?;
    if value.is_object() {
        return Some(Dynamic::from(node.far_below(steps)));
    }
    if !value.is_array() {
        return None;
    }
    let mut all = Vec::with_capacity(value.items().len());
    for index in 0..value.items().len() {
        steps.push(Part::Index(index));
        all.push(quick(glance.at(index), node, steps)?);
        steps.pop();
    }
    Some(Dynamic::from(List(all.into())))
}

/// Steps below a place; few attributes are deeper.
pub(super) type Steps = SmallVec<[Part; 3]>;

/// The value at a place as a script sees it.
pub(super) fn to_script(place: Node, view: &View<'_>) -> Dynamic {
    match view.val() {
        // `v.id == r.vpc_id` asks about a value that the provider will give, and references have.
        Val::Omitted if view.is_assigned() => {
            Dynamic::from(Unknown::at(place, Cause::Apply, view.has_sensitive()))
        }
        Val::Null | Val::Omitted => Dynamic::UNIT,
        Val::Unknown(cause) => Dynamic::from(Unknown::at(place, cause, view.has_sensitive())),
        Val::Known(value) if value.is_object() => Dynamic::from(place),
        Val::Known(value) if value.is_array() => {
            let element = |index| {
                let mut steps = smallvec![Part::Index(index)];
                quick(view.glance().at(index), &place, &mut steps)
                    .unwrap_or_else(|| to_script(place.below(Part::Index(index)), &view.at(index)))
            };
            Dynamic::from(List((0..value.items().len()).map(element).collect()))
        }
        Val::Known(value) => {
            let Some(known) = scalar(value) else {
                let unknown = Unknown::at(place, Cause::Function, view.has_sensitive());
                return Dynamic::from(unknown.shown_as("(long text)".to_owned()));
            };
            if view.has_sensitive() {
                Dynamic::from(Sensitive { value: known, place })
            } else {
                known
            }
        }
    }
}

/// A value that is no object, no list and not masked; none where it is too long for scripts.
pub(super) fn plain_to_script(value: Option<Value<'_>>) -> Option<Dynamic> {
    value.map_or(Some(Dynamic::UNIT), scalar)
}

/// None where it is a text that is too long for scripts.
fn scalar(value: Value<'_>) -> Option<Dynamic> {
    if let Some(text) = value.as_str() {
        return (text.len() <= limits::STRING_BYTES).then(|| plain(text).into());
    }
    let number = || value.as_i64().map(Dynamic::from).or_else(|| value.as_f64().map(Dynamic::from));
    Some(value.as_bool().map(Dynamic::from).or_else(number).unwrap_or(Dynamic::UNIT))
}

/// Marks in a text where an unknown value was written into it; the next character counts.
pub(super) const MARK: char = '\u{2063}';

/// The text without marks: only the host makes them.
fn plain(text: &str) -> ImmutableString {
    let is_marked = !text.is_ascii() && text.contains(MARK);
    if is_marked { text.replace(MARK, "").into() } else { text.into() }
}
