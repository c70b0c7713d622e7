//! What the source adds to a value that a plan does not show.
//!
//! The plan's configuration answers first: a lone reference to an attribute is what it says. Only
//! where it lost something (a local, a `dynamic` block, the attribute behind a splat), or where
//! several references may stand for anything (a condition, a list, a template), the source is read.
//! What the plan shows wins: source that tells otherwise is not that of the plan.

use std::{
    collections::BTreeSet,
    hash::BuildHasher,
    sync::{Arc, OnceLock},
};

use rustc_hash::FxBuildHasher;

use crate::{
    facts::identity,
    plan::{Key, ResId, Step, Tri, Value},
    source::{Body, Nested},
};

use super::{
    Cause, Expr, Graph, Res, Val, View,
    eval::{Eval, Scene, entries},
    made::{Made, Piece, same_text},
    resolve::{End, Hit},
    schema,
    source::{agrees, agrees_each, block_address},
    view::{Mask, Part, Side, Written},
};

/// A part of a text that is not known as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Known.
    Known(String),
    /// Not known; it may be empty.
    Unknown,
}

/// What the source tells of a value.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// What is written for it.
    Made(Made),
    /// The block around it is there, and nothing is written in it for this.
    Absent,
}

impl<'a> View<'a> {
    /// What the source tells of this value; none where it tells nothing, or otherwise than the plan.
    pub(super) fn seen(&self) -> Option<Seen> {
        let Some(Part::Name(name)) = self.path.first() else { return None };
        // The world before has no source.
        self.res().scope().note_difference();
        // What a value that stands in for another is made of tells nothing of that.
        if self.side() == Side::Prior || self.stands_in() {
            return None;
        }
        let graph = self.graph();
        let top = graph.seen_argument(self.res().id, name)?;
        let top = match top {
            // A single block of `.tf.json` needs no list around it.
            Made::Object(_) if schema::is_block(self.res(), &[name]) => Made::list([top]),
            _ => top,
        };
        Way::new(self).follow(top)
    }

    /// What is written for it, whatever the plan's configuration tells.
    pub(super) fn made(&self) -> Option<Made> {
        match self.seen()? {
            Seen::Made(made) => Some(made),
            Seen::Absent => None,
        }
    }

    /// What is written for it, where the plan's configuration does not tell in full. `hits` are those
    /// that it does tell.
    pub(super) fn beyond_plan(&self, written: &Written<'a>, hits: &[Hit]) -> Option<Made> {
        match self.beyond(written, hits)? {
            Seen::Made(made) => Some(made),
            Seen::Absent => None,
        }
    }

    fn beyond(&self, written: &Written<'a>, hits: &[Hit]) -> Option<Seen> {
        let hides = match written {
            Written::NoConfiguration => false,
            Written::Not | Written::LeftOut => self.may_be_dynamic(),
            Written::Dynamic => true,
            Written::By(_) => !is_plain(hits) || self.may_be_split(hits),
        };
        if hides { self.seen() } else { None }
    }

    /// Whether a lone place is an id that is made of the ids of other objects: the plan does not tell which part of it
    /// is meant.
    fn may_be_split(&self, hits: &[Hit]) -> bool {
        let [Hit { end: End::Resource(id), attribute, .. }] = hits else { return false };
        let type_ = self.res().scope().res(*id).type_();
        matches!(attribute.as_slice(), [Step::Name(name)] if name == "id")
            && identity::split_id(type_, "|").is_some()
    }

    /// Whether a `dynamic` block may make what the configuration does not have.
    fn may_be_dynamic(&self) -> bool {
        let Some(Part::Name(name)) = self.path.first() else { return false };
        if !schema::may_be_block(self.res(), &[name]) {
            return false;
        }
        let body = self.graph().body_of(self.res().id);
        let made = body.as_ref().and_then(|body| body.blocks.get(*name));
        made.is_some_and(|all| all.iter().any(|nested| nested.repeat.is_some()))
    }

    /// The state of a value that the plan does not show, where the source settles it.
    pub(super) fn settled(&self, written: &Written<'a>, hits: &[Hit]) -> Option<Val<'a>> {
        let names: Vec<&str> = self.names().collect();
        let or_unknown = |cause| match schema::may_compute_within(self.res(), &names) {
            true => Val::Omitted,
            false => Val::Unknown(cause),
        };
        match self.beyond(written, hits)? {
            Seen::Absent => Some(or_unknown(Cause::Dynamic)),
            Seen::Made(made) if made.is_hollow() => Some(or_unknown(Cause::Function)),
            Seen::Made(made) => Some(Val::Unknown(self.graph().cause(&made))),
        }
    }

    /// Whether an author's `dynamic` block writes what the configuration does not show.
    pub(super) fn is_written_dynamically(&self, written: &Written<'a>) -> Option<Tri> {
        match self.beyond(written, &[])? {
            Seen::Absent => Some(Tri::No),
            Seen::Made(made) if made.is_hollow() => Some(Tri::No),
            Seen::Made(Made::Other(_) | Made::OneOf(_)) => None,
            Seen::Made(_) => Some(Tri::Yes),
        }
    }

    /// What is known of a text that is not known as a whole, such as the bucket's name in
    /// `"s3://acme-lake/${var.path}"`: its parts, no two known ones beside each other. None where
    /// nothing is known and where it is no text. Parts are to be judged, not to be shown: they come
    /// from source files, in which a secret may stand that no mask of the plan covers.
    pub fn text_parts(&self) -> Option<Vec<TextPart>> {
        if let Some(known) = self.scalar() {
            return Some(vec![TextPart::Known(known.into_owned())]);
        }
        let Val::Unknown(_) = self.val() else { return None };
        let pieces = self.pieces()?;
        let parts: Vec<TextPart> = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => TextPart::Known(text),
                Piece::Hole(_) => TextPart::Unknown,
            })
            .collect();
        parts.iter().any(|part| matches!(part, TextPart::Known(_))).then_some(parts)
    }

    /// Whether a text that is not known can still be this one: not if the source shows a part that
    /// this one does not have.
    pub fn may_be(&self, text: &str) -> bool {
        let pieces = self.pieces();
        pieces.is_none_or(|pieces| same_text(&pieces, &[Piece::Text(text.to_owned())]) != Tri::No)
    }

    /// Whether two texts that are not known are the same, as far as their parts tell.
    pub(super) fn same_parts(&self, other: &View<'a>) -> Tri {
        match (self.pieces(), other.pieces()) {
            (Some(a), Some(b)) => same_text(&a, &b),
            _ => Tri::Maybe,
        }
    }

    /// What is known of its text; what the provider assigns is itself.
    fn pieces(&self) -> Option<Vec<Piece>> {
        if self.is_assigned() {
            let attribute = self.names().map(|name| Step::Name(name.to_owned())).collect();
            let end = End::Resource(self.res().id);
            return Some(vec![Piece::Hole(Some(Arc::new(Hit { end, attribute, exact: true })))]);
        }
        self.graph().pieces(&self.made()?)
    }

    /// Whether a lone hit is all that this value is, and not a part of a text or an argument of a
    /// function. The plan writes both alike; without source the name of the argument decides.
    pub(super) fn is_lone(&self, hit: &Hit) -> bool {
        match self.made() {
            Some(Made::Reference(lone)) => *lone == *hit,
            Some(_) => false,
            None => {
                let End::Resource(id) = hit.end else { return false };
                let type_ = self.res().scope().res(id).type_();
                // `split("/", x.id)[1]` is how the bare id is had of a composite one.
                let is_composite = identity::is_put_together(type_)
                    && hit.attribute.first().and_then(Step::name) == Some("id");
                let name = self.names().last().unwrap_or_default();
                identity::is_reference(self.res().type_(), name) && !is_composite
            }
        }
    }

    /// How many elements a list has that is not known as a whole, where the source shows each of them.
    /// The plan alone does not: it has the references of `[a.id, "b"]` and not the literal.
    pub fn written_elements(&self) -> Option<usize> {
        let made = self.made()?;
        let items = made.items()?;
        let is_one = |item: &Made| !matches!(item, Made::Other(_));
        items.iter().all(is_one).then_some(items.len())
    }

    /// Whether a list that is not known as a whole holds each of the objects that it names. A plan shows
    /// neither the `if` of a `for` nor `slice()`, so behind a splat some may be left out; and behind
    /// `each.value` all objects of a `for_each` are named, of which an instance has its own. Source
    /// settles it where it is followed to the last.
    pub fn holds_all_named(&self) -> bool {
        let written = self.written();
        let hits = self.plan_hits(&written);
        match self.beyond_plan(&written, &hits) {
            Some(made) => made.items().is_some_and(|items| {
                items.iter().all(|it| !matches!(it, Made::Other(_) | Made::OneOf(_)))
            }),
            None => hits.iter().all(|hit| hit.exact),
        }
    }

    /// Whether this value is the attribute that a hit names, or a list with it, and not what a function
    /// made of it: `split("/", x.id)[1]`. The plan writes both alike, so without source it is `Maybe`.
    pub fn is_just(&self, hit: &Hit) -> Tri {
        fn is_it(made: &Made, hit: &Hit) -> Tri {
            match made {
                Made::Reference(lone) => {
                    Tri::from(lone.end == hit.end && lone.attribute == hit.attribute)
                }
                Made::OneOf(all) => Tri::agree(all.iter().map(|it| is_it(it, hit))),
                made => Tri::any(made.items().into_iter().flatten().map(|it| is_it(it, hit))),
            }
        }
        match self.made().map(|made| is_it(&made, hit)) {
            None => self.maybe(Cause::Function),
            Some(Tri::Maybe) => self.maybe(Cause::Apply),
            Some(tri) => tri,
        }
    }

    /// Whether the source shows what a hit names to be a part of this value, whatever else is one: not only
    /// one of several that it may be, nor what a function counts or a condition looks at.
    pub fn has_part(&self, hit: &Hit) -> bool {
        fn has(made: &Made, hit: &Hit) -> bool {
            match made {
                Made::Reference(lone) => lone.end == hit.end && lone.attribute == hit.attribute,
                Made::OneOf(all) => all.iter().all(|it| has(it, hit)),
                Made::List(all) | Made::Set(all) | Made::Template(all) => {
                    all.iter().any(|it| has(it, hit))
                }
                Made::Object(members) => members.values().any(|it| has(it, hit)),
                _ => false,
            }
        }
        self.made().is_some_and(|made| has(&made, hit))
    }

    /// Whether a known value that nobody may read can be a part of this one. Not where the source shows
    /// that such a value only decides about it; without source it may always be.
    pub fn may_hold_masked(&self) -> bool {
        fn may(made: &Made) -> bool {
            match made {
                Made::Null | Made::Bool(_) | Made::Number(_) | Made::Text(_) => false,
                Made::Reference(_) | Made::Instance(_) => false,
                Made::List(all) | Made::Set(all) | Made::Template(all) | Made::OneOf(all) => {
                    all.iter().any(may)
                }
                Made::Object(members) => members.values().any(may),
                Made::Other(hits) => {
                    hits.iter().any(|hit| !matches!(hit.end, End::Resource(_) | End::Opaque))
                }
                Made::Error | Made::Module(_) => true,
            }
        }
        self.made().is_none_or(|made| may(&made))
    }

    /// Names of the members that only the source shows.
    pub(super) fn source_names(&self) -> Vec<&'a str> {
        let graph = self.graph();
        match self.made() {
            Some(Made::Object(members)) => {
                members.keys().map(|name| graph.read.names.keep(name)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Res<'_> {
    /// Whether the source shows that a provisioner of its block, by its place among them, runs when the
    /// object is destroyed, and not when it is created. Plan JSON does not tell.
    pub fn runs_on_destroy(self, place: usize) -> bool {
        let graph = self.scope().graph;
        let Some(block) = graph.block(self.id) else { return false };
        let path = &graph.plan.module(self.raw().module).path;
        let body = graph.body(path, &block_address(block.mode, &block.type_, &block.name));
        let provisioner = || body.as_ref()?.blocks.get("provisioner")?.get(place);
        let when = provisioner().and_then(|it| it.body.attributes.get("when")?.references());
        when.is_some_and(|all| all.contains(&vec![Step::Name("destroy".to_owned())]))
    }
}

/// Whether source could not add anything: at most one certain place, or nothing but known values.
pub(super) fn is_plain(hits: &[Hit]) -> bool {
    match hits {
        [] => true,
        [only] => {
            let is_known = matches!(only.end, End::Known | End::Given(_) | End::Opaque);
            only.is_plain() || is_known || only.end == End::Ephemeral
        }
        _ => false,
    }
}

/// The way from an argument to a value in it, beside what the plan shows.
struct Way<'v, 'a> {
    view: &'v View<'a>,
    value: Option<Value<'a>>,
    mask: Mask<'a>,
    names: Vec<&'v str>,
}

impl<'v, 'a> Way<'v, 'a> {
    fn new(view: &'v View<'a>) -> Way<'v, 'a> {
        let values = view.graph().plan.planned(view.res().raw());
        Way { view, value: values.value, mask: Mask::of(values.unknown), names: Vec::new() }
    }

    fn follow(mut self, top: Made) -> Option<Seen> {
        let graph = self.view.graph();
        let mut at = top;
        for (depth, part) in self.view.path.iter().enumerate() {
            let seen = match part {
                _ if depth == 0 => Seen::Made(at),
                Part::Name(name) => member(&at, name)?,
                Part::Index(index) => Seen::Made(self.element(&at, *index)?),
            };
            let was_hidden = matches!(self.mask, Mask::Everything);
            self.step(part);
            at = match seen {
                Seen::Made(made) => made,
                Seen::Absent => return Some(Seen::Absent),
            };
            // What is below something that is not known may be known.
            if at.has_error() || !was_hidden && !self.explains(graph, &at) {
                return None;
            }
        }
        Some(Seen::Made(at))
    }

    fn step(&mut self, part: &'v Part<'a>) {
        match part {
            Part::Name(name) => {
                self.value = self.value.and_then(|value| value.get(name));
                self.mask = self.mask.below(|mask| mask.get(name));
                self.names.push(name);
            }
            Part::Index(index) => {
                self.value = self.value.and_then(|value| value.at(*index));
                self.mask = self.mask.below(|mask| mask.at(*index));
            }
        }
    }

    /// Whether the plan can look as it does if that is what was written. What is not known as a
    /// whole has to have something in it that is not known, unless the provider fills it in.
    fn explains(&self, graph: &Graph, made: &Made) -> bool {
        match self.mask {
            Mask::Everything => !graph.is_certain(made) || made.is_hollow(),
            mask => fits(graph, made, self.value, mask),
        }
    }

    fn element(&self, made: &Made, index: usize) -> Option<Made> {
        let is_ordered = !schema::is_set(self.view.res(), &self.names);
        match made {
            Made::List(items) if is_ordered => items.get(index).cloned(),
            Made::List(items) | Made::Set(items) => {
                let value = self.value.and_then(|value| value.at(index));
                let mask = self.mask.below(|mask| mask.at(index));
                let graph = self.view.graph();
                let may_be = items.iter().filter(|it| fits(graph, it, value, mask)).cloned();
                Some(Made::one_of(may_be)).filter(|it| !matches!(it, Made::Error))
            }
            Made::Reference(hit) if is_ordered => {
                let mut hit = Hit::clone(hit);
                hit.attribute.push(Step::Key(Key::Int(i64::try_from(index).ok()?)));
                Some(Made::Reference(Arc::new(hit)))
            }
            made => Some(Made::from_all([made])),
        }
    }
}

fn member(made: &Made, name: &str) -> Option<Seen> {
    Some(match made {
        Made::Object(members) => match members.get(name) {
            Some(made) => Seen::Made(made.clone()),
            None => Seen::Absent,
        },
        // The path of a view may leave out the index of a single block.
        Made::List(items) => match items.as_slice() {
            [only] => return member(only, name),
            _ => return None,
        },
        Made::Instance(id) => Seen::Made(Made::reference(*id, vec![Step::Name(name.to_owned())])),
        Made::Reference(hit) => {
            let mut hit = Hit::clone(hit);
            hit.attribute.push(Step::Name(name.to_owned()));
            Seen::Made(Made::Reference(Arc::new(hit)))
        }
        Made::OneOf(all) => {
            let seen: Vec<Seen> = all.iter().map(|one| member(one, name)).collect::<Option<_>>()?;
            let made = seen.iter().filter_map(|seen| match seen {
                Seen::Made(made) => Some(made.clone()),
                Seen::Absent => None,
            });
            match made.clone().count() {
                0 => Seen::Absent,
                count if count == seen.len() => Seen::Made(Made::one_of(made)),
                _ => Seen::Made(Made::from_all([&Made::one_of(made)])),
            }
        }
        Made::Other(_) | Made::Module(_) => Seen::Made(Made::from_all([made])),
        _ => return None,
    })
}

/// Whether what the plan shows does not contradict what is written.
pub(super) fn fits(graph: &Graph, made: &Made, value: Option<Value<'_>>, mask: Mask<'_>) -> bool {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        // Null is also what stands in a list for what is not known.
        return true;
    };
    if matches!(mask, Mask::Everything) {
        return true;
    }
    match graph.plain(made) {
        Made::List(items) if value.is_array() => {
            let pair = |(at, item)| fits(graph, item, value.at(at), mask.below(|it| it.at(at)));
            items.len() == value.items().len() && items.iter().enumerate().all(pair)
        }
        Made::Set(items) => items.len() >= value.items().len() || !value.is_array(),
        Made::Object(members) if value.is_object() => members
            .iter()
            .all(|(name, made)| fits(graph, made, value.get(name), mask.below(|it| it.get(name)))),
        // The plan knows, so what is referred to would be known.
        Made::Reference(hit) => !graph.is_assigned_later(&hit),
        made => match (made.scalar(), value.scalar()) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        },
    }
}

impl Graph {
    /// Why a value that is made like this is not known.
    fn cause(&self, made: &Made) -> Cause {
        let hits = made.hits();
        if hits.iter().any(|hit| hit.end == End::Local) {
            Cause::Local
        } else if !matches!(made, Made::OneOf(_)) && hits.iter().all(|hit| self.is_known(hit)) {
            Cause::Function
        } else {
            Cause::Apply
        }
    }

    /// Whether the plan says of an attribute that it is known only after the apply.
    fn is_assigned_later(&self, hit: &Hit) -> bool {
        let (End::Resource(id), [Step::Name(name)]) = (&hit.end, hit.attribute.as_slice()) else {
            return false;
        };
        let unknown = self.plan.planned(self.plan.resource(*id)).unknown;
        hit.exact && unknown.and_then(|mask| mask.get(name)).is_some_and(Value::is_true)
    }

    /// Everything in the block of an instance.
    pub(super) fn body_of(&self, id: ResId) -> Option<Arc<Body>> {
        let block = self.block(id)?;
        let path = &self.plan.module(self.plan.resource(id).module).path;
        let tree = self.source_of(path)?;
        let address = block_address(block.mode, &block.type_, &block.name);
        // What has none costs no more than a look at the names in it.
        let is_hidden = tree.has_hidden_blocks(&self.source_address(path, &address));
        if is_hidden { self.body(path, &address) } else { None }
    }

    /// What the source has for an argument of an instance, or for all nested blocks of a name.
    pub(super) fn seen_argument(&self, id: ResId, name: &str) -> Option<Made> {
        self.block(id)?;
        self.source_of(&self.plan.module(self.plan.resource(id).module).path)?;
        let key = (id, name.to_owned());
        self.read.arguments.get(&key).unwrap_or_else(|| {
            let eval = Eval::new(self);
            let made = self.argument(&eval, id, name).filter(|_| eval.is_whole());
            self.read.arguments.put(key, made.clone());
            made
        })
    }

    fn argument<'g>(&'g self, eval: &Eval<'g>, id: ResId, name: &str) -> Option<Made> {
        let block = self.block(id)?;
        let scene = Scene::of_instance(self, id)?;
        let path = scene.path();
        let address = block_address(block.mode, &block.type_, &block.name);
        let arguments = self.value(&block.arguments);
        let written = arguments.and_then(|all| all.get(name)).map(Expr::of);
        let is_nested = self.body_of(id).is_some_and(|body| body.blocks.contains_key(name));
        if !is_nested && let Some(shape) = self.shape(path, &address, name, written?) {
            return Some(eval.eval(&shape, &scene));
        }
        let body = self.body(path, &address)?;
        let nested = body.blocks.get(name)?;
        let written_out: Vec<&Body> =
            nested.iter().filter(|it| it.repeat.is_none()).map(|it| &it.body).collect();
        let is_same = match written {
            None => written_out.is_empty(),
            Some(Expr::Block(node)) if node.is_array() => agrees_each(&written_out, node),
            Some(written) => agrees(&references(&written_out)?, written),
        };
        is_same.then(|| blocks(eval, nested, &scene))
    }
}

/// What plan JSON lists as the references of blocks: those in `dynamic` blocks are lost.
fn references(bodies: &[&Body]) -> Option<BTreeSet<Vec<Step>>> {
    let mut all = BTreeSet::new();
    for body in bodies {
        for shape in body.attributes.values() {
            all.extend(shape.references()?);
        }
        let nested = body.blocks.values().flatten().filter(|it| it.repeat.is_none());
        all.extend(references(&nested.map(|it| &it.body).collect::<Vec<_>>())?);
    }
    Some(all)
}

/// The blocks of one name: a list of objects, where it is known how many there are.
fn blocks<'g>(eval: &Eval<'g>, nested: &[Nested], at: &Scene<'g>) -> Made {
    let mut made: Vec<Made> = Vec::new();
    for it in nested {
        let Some(repeat) = &it.repeat else {
            made.push(block(eval, &it.body, at));
            continue;
        };
        let collection = eval.graph.plain(&eval.eval(&repeat.for_each, at));
        let each = |key: Made, value: Made| {
            let element = [("key".to_owned(), key), ("value".to_owned(), value)];
            let element = Made::object(element);
            block(eval, &it.body, &at.with([(repeat.iterator.clone(), element)]))
        };
        match entries(&collection) {
            Some(all) => made.extend(all.into_iter().map(|(key, value)| each(key, value))),
            None => {
                let one = each(collection.clone(), collection.clone());
                return Made::from_all(made.iter().chain([&collection, &one]));
            }
        }
    }
    Made::list(made)
}

fn block<'g>(eval: &Eval<'g>, body: &Body, at: &Scene<'g>) -> Made {
    let attributes = body.attributes.iter().map(|(name, it)| (name.clone(), eval.eval(it, at)));
    let nested = body.blocks.iter().map(|(name, all)| (name.clone(), blocks(eval, all, at)));
    Made::object(attributes.chain(nested))
}

/// Texts that live as long as the plan. Nothing is ever taken out, so what was handed out stays.
#[derive(Debug, Default)]
pub(super) struct Names(OnceLock<Box<[Chain]>>);

/// Texts of one hash, each with the rest of them.
#[derive(Debug, Default)]
struct Chain(OnceLock<Box<(Box<str>, Chain)>>);

/// Enough for chains to stay short: a configuration may make 100,000 names, and a chain is dropped link
/// within link.
const CHAINS: usize = 1 << 11;

impl Names {
    /// The kept copy of a text.
    pub(super) fn keep(&self, text: &str) -> &str {
        let chains = self.0.get_or_init(|| (0..CHAINS).map(|_| Chain::default()).collect());
        let hash = FxBuildHasher.hash_one(text);
        let mut at = &chains[hash as usize % CHAINS];
        loop {
            let kept = at.0.get_or_init(|| Box::new((text.into(), Chain::default())));
            if &*kept.0 == text {
                return &kept.0;
            }
            at = &kept.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread has 2 MB of stack.
    #[test]
    fn many_names_are_kept_and_dropped() {
        let many = std::thread::spawn(|| {
            let names = Names::default();
            let first: *const str = names.keep("name 0");
            for at in 0..100_000 {
                assert_eq!(names.keep(&format!("name {at}")), format!("name {at}"));
            }
            std::ptr::eq(first, names.keep("name 0"))
        });
        assert!(many.join().unwrap());
    }
}
