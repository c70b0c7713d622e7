//! Reads an expression of the source as Terraform would, as far as that is plain: constants, known
//! variables, locals, references, conditions, the functions that occur in practice. What it does
//! not know stays open, with everything that it was made of ([`Made::Other`]).
//!
//! It never contradicts a plan: a link of the chain that the plan's configuration tells otherwise
//! falls back to what the configuration tells.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use smallvec::SmallVec;

use crate::{
    plan::{Key, Lazy, Mode, ModulePath, Repetition, ResId, Step, module_address},
    source::{For, Hop, Shape},
};

use super::{
    Expr, Graph, functions,
    made::Made,
    resolve::{DEPTH, End, Hit, Owner, Scene as JsonScene},
    source::block_address,
    types,
};

/// More steps than any expression of a real configuration takes.
const STEPS: u32 = 200_000;

/// Where an expression stands.
#[derive(Clone)]
pub(super) struct Scene<'g> {
    path: ModulePath,
    key: Option<Key>,
    /// The block around it, with its `for_each` or `count`.
    repeated: Option<(String, &'g Repetition)>,
    /// Names that a `for` or `dynamic` gives, the innermost last.
    bound: Vec<(String, Made)>,
    depth: usize,
}

impl<'g> Scene<'g> {
    /// In a module, outside of any block that is repeated.
    pub(super) fn of_module(path: ModulePath) -> Scene<'g> {
        Scene { path, key: None, repeated: None, bound: Vec::new(), depth: 0 }
    }

    /// In the block of an instance.
    pub(super) fn of_instance(graph: &'g Graph, id: ResId) -> Option<Scene<'g>> {
        let resource = graph.plan.resource(id);
        let block = graph.block(id)?;
        let address = block_address(block.mode, &block.type_, &block.name);
        Some(Scene {
            path: graph.plan.module(resource.module).path.clone(),
            key: resource.key().cloned(),
            repeated: Some((address, &block.repetition)),
            bound: Vec::new(),
            depth: 0,
        })
    }

    /// The module that it is in.
    pub(super) fn path(&self) -> &ModulePath {
        &self.path
    }

    /// The same with the names that an iteration gives.
    pub(super) fn with(&self, names: impl IntoIterator<Item = (String, Made)>) -> Scene<'g> {
        let mut scene = self.clone();
        scene.bound.extend(names);
        scene
    }

    fn json(&self) -> JsonScene<'_> {
        let for_each: Option<&'g Lazy> =
            self.repeated.as_ref().and_then(|(_, repetition)| repetition.for_each.as_ref());
        let owner = self.repeated.as_ref().map_or(Owner::Nobody, |(block, _)| owner(block));
        JsonScene::new(&self.path, owner, self.key.as_ref(), for_each)
    }
}

/// What is known of a local or a `for_each`.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// What it is made of, and how much deeper it leads.
    Made(Made, usize),
    /// From this depth on it leads too deep, or it leads in a circle.
    Cut(usize),
}

/// Answers one question.
pub(super) struct Eval<'g> {
    pub(super) graph: &'g Graph,
    left: Cell<u32>,
    /// How deep the question has led so far.
    deepest: Cell<usize>,
    /// Something was cut off, because it led too deep or in a circle.
    cut: Cell<bool>,
    /// Locals that are being looked at.
    open: RefCell<Vec<(String, String)>>,
}

impl<'g> Eval<'g> {
    pub(super) fn new(graph: &'g Graph) -> Eval<'g> {
        Eval {
            graph,
            left: Cell::new(STEPS),
            deepest: Cell::new(0),
            cut: Cell::new(false),
            open: RefCell::default(),
        }
    }

    /// What an expression gives; none where it leads in a circle, or too deep, or to what Terraform
    /// would refuse: then the source is not that of the plan.
    pub(super) fn answer(&self, shape: &Shape, at: &Scene<'g>) -> Option<Made> {
        let made = self.eval(shape, at);
        (self.is_whole() && !made.has_error()).then_some(made)
    }

    /// Whether nothing led in a circle, or too deep.
    pub(super) fn is_whole(&self) -> bool {
        !self.cut.get()
    }

    /// What an expression gives.
    pub(super) fn eval(&self, shape: &Shape, at: &Scene<'g>) -> Made {
        let Some(left) = self.left.get().checked_sub(1) else { return nowhere() };
        self.left.set(left);
        let all = |shapes: &[Shape]| -> Vec<Made> {
            shapes.iter().map(|shape| self.eval(shape, at)).collect()
        };
        match shape {
            Shape::Null => Made::Null,
            Shape::Bool(flag) => Made::Bool(*flag),
            Shape::Number(number) => Made::Number(number.as_str().into()),
            Shape::Text(text) => Made::text(text),
            Shape::Unread => Made::end(End::Nowhere),
            Shape::Other(parts) => Made::from_all(&all(parts)),
            Shape::Template(parts) => functions::template(self.graph, &all(parts)),
            Shape::List(items) => Made::list(all(items)),
            Shape::Object(members) => self.object(members, at),
            Shape::Reference { root, path } => self.reference(root, path, at),
            Shape::Access { of, path } => self.walk(&self.eval(of, at), path, at),
            Shape::Conditional { condition, then, otherwise } => {
                self.conditional([condition, then, otherwise], at)
            }
            Shape::Call { name, arguments, expands } => {
                functions::call(self.graph, name, all(arguments), *expands)
            }
            Shape::For(it) => self.for_expression(it, at),
            Shape::Unary { operator, of } => {
                functions::unary(self.graph, operator, &self.eval(of, at))
            }
            Shape::Binary { operator, left, right } => {
                functions::binary(self.graph, operator, &self.eval(left, at), &self.eval(right, at))
            }
        }
    }

    fn cut_off(&self) -> Made {
        self.cut.set(true);
        Made::end(End::Nowhere)
    }

    fn conditional(&self, parts: [&Shape; 3], at: &Scene<'g>) -> Made {
        let [condition, then, otherwise] = parts;
        match self.graph.plain(&self.eval(condition, at)) {
            Made::Error => Made::Error,
            Made::Bool(true) => self.eval(then, at),
            Made::Bool(false) => self.eval(otherwise, at),
            _ => Made::one_of([self.eval(then, at), self.eval(otherwise, at)]),
        }
    }

    fn object(&self, members: &[(Shape, Shape)], at: &Scene<'g>) -> Made {
        let mut made = BTreeMap::new();
        for (key, value) in members {
            let (key, value) = (self.eval(key, at), self.eval(value, at));
            match self.graph.plain(&key).scalar() {
                Some(key) => made.insert(key.into_owned(), value),
                None => return Made::from_all([&key, &value].into_iter().chain(made.values())),
            };
        }
        Made::object(made)
    }

    fn reference(&self, root: &str, path: &[Hop], at: &Scene<'g>) -> Made {
        if let Some((_, bound)) = at.bound.iter().rev().find(|(name, _)| name == root) {
            return self.walk(bound, path, at);
        }
        if at.depth > DEPTH {
            return self.cut_off();
        }
        self.deepest.set(self.deepest.get().max(at.depth));
        let name = |index: usize| match path.get(index) {
            Some(Hop::Name(name)) => name.as_str(),
            _ => "",
        };
        let (made, from) = match root {
            "var" => (Some(self.variable(name(0), at)), 1),
            "local" => (Some(self.local(name(0), at)), 1),
            "each" if name(0) == "key" => (Some(key_of(at)), 1),
            "each" => (self.each_value(at), 1),
            "count" => (Some(key_of(at)), 1),
            "path" | "terraform" | "self" => return Made::end(End::Known),
            "ephemeral" => return Made::end(End::Ephemeral),
            "module" => (self.called(name(0), at), 1),
            "data" => (self.block(Mode::Data, name(0), name(1), at), 2),
            _ => (self.block(Mode::Managed, root, name(0), at), 1),
        };
        match made {
            Some(made) => self.walk(&made, path.get(from..).unwrap_or_default(), at),
            None => self.as_the_plan_tells(root, path, at),
        }
    }

    /// A reference followed by what the plan alone tells, with the keys that are known.
    fn as_the_plan_tells(&self, root: &str, path: &[Hop], at: &Scene<'g>) -> Made {
        let mut reference = root.to_owned();
        let mut is_whole = true;
        for hop in path {
            let step = match hop {
                Hop::Name(name) => format!(".{name}"),
                Hop::Index(key) => match self.graph.plain(&self.eval(key, at)) {
                    Made::Number(number) => format!("[{number}]"),
                    Made::Text(text) => Key::Text(text.to_string()).to_string(),
                    _ => String::new(),
                },
                Hop::Splat | Hop::AttributeSplat => String::new(),
            };
            is_whole = !step.is_empty();
            if !is_whole {
                break;
            }
            reference.push_str(&step);
        }
        let hits = self.graph.finish(&[&reference], &at.json());
        match hits.as_slice() {
            [only] if is_whole && only.is_plain() => Made::Reference(Arc::new(only.clone())),
            [] => nowhere(),
            _ => Made::Other(hits.into()),
        }
    }

    /// Follows a path into a value.
    pub(super) fn walk(&self, made: &Made, path: &[Hop], at: &Scene<'g>) -> Made {
        let Some((hop, rest)) = path.split_first() else { return made.clone() };
        match hop {
            Hop::Name(name) => self.walk(&self.member(made, name, at), rest, at),
            Hop::Index(key) => {
                let key = self.eval(key, at);
                self.walk(&self.element(made, &key, at), rest, at)
            }
            Hop::Splat => self.each_of(made, |item| self.walk(item, rest, at)),
            Hop::AttributeSplat => {
                let is_name = |hop: &&Hop| matches!(hop, Hop::Name(_));
                let (names, rest) = rest.split_at(rest.iter().take_while(is_name).count());
                self.walk(&self.each_of(made, |item| self.walk(item, names, at)), rest, at)
            }
        }
    }

    /// What a splat does: a list of all, or of the one that is no list.
    fn each_of(&self, made: &Made, of: impl Fn(&Made) -> Made) -> Made {
        made.map(|made| match self.graph.plain(made) {
            Made::Error => Made::Error,
            Made::Null => Made::list([]),
            Made::List(items) | Made::Set(items) => Made::list(items.iter().map(&of)),
            Made::Reference(_) | Made::Other(_) => Made::from_all([&of(made)]),
            one => Made::list([of(&one)]),
        })
    }

    fn member(&self, made: &Made, name: &str, at: &Scene<'g>) -> Made {
        self.element(made, &Made::text(name), at)
    }

    /// The element of a list, or the member of an object.
    fn element(&self, made: &Made, key: &Made, at: &Scene<'g>) -> Made {
        if matches!(made, Made::OneOf(_)) {
            return made.map(|made| self.element(made, key, at));
        }
        let known = self.graph.plain(key);
        let Some(name) = known.scalar() else { return self.element_at_unknown(made, key) };
        match made {
            Made::List(items) => {
                let index = known.int().and_then(|index| usize::try_from(index).ok());
                index.and_then(|index| items.get(index)).cloned().unwrap_or(Made::Error)
            }
            Made::Object(members) => members.get(&*name).cloned().unwrap_or(Made::Error),
            Made::Module(path) => self.output(path, &name, at),
            Made::Instance(id) => Made::reference(*id, vec![Step::Name(name.into_owned())]),
            Made::Reference(hit) => {
                let step = match (key, known.int()) {
                    (Made::Number(_), Some(index)) => Step::Key(Key::Int(index)),
                    _ => Step::Name(name.into_owned()),
                };
                let mut hit = Hit::clone(hit);
                hit.attribute.push(step);
                Made::Reference(Arc::new(hit))
            }
            Made::Other(_) => made.clone(),
            _ => Made::Error,
        }
    }

    fn element_at_unknown(&self, made: &Made, key: &Made) -> Made {
        match made {
            Made::List(items) => Made::one_of(items.iter().cloned()),
            Made::Object(members) => Made::one_of(members.values().cloned()),
            // Which element of it is not known, so it is no lone reference.
            made => Made::from_all([made, key]),
        }
    }

    fn variable(&self, name: &str, at: &Scene<'g>) -> Made {
        let Some(config) = self.graph.config_module(&at.path) else { return nowhere() };
        let Some(declared) = config.variables.get(name) else { return nowhere() };
        let value = |lazy: &'g Lazy| self.graph.value(lazy).map(Made::known);
        let default = || declared.default.as_ref().and_then(value).unwrap_or(Made::Null);
        let given = match &config.call {
            // What is not stored with the plan is not told.
            None => match self.graph.plan.variable(name) {
                Some(given) => Made::known(given),
                None => return Made::end(End::Known),
            },
            Some(call) => match self.graph.value(&call.arguments).and_then(|all| all.get(name)) {
                Some(argument) => self.argument(name, Expr::of(argument), at),
                None => default(),
            },
        };
        let of_block = |attribute| self.graph.of_variable(&at.path, name, attribute);
        let never_null = || matches!(of_block("nullable").as_deref(), Some(Shape::Bool(false)));
        let given = if matches!(given, Made::Null) && never_null() { default() } else { given };
        let made = match of_block("type") {
            Some(type_) => types::convert(self.graph, given, &type_),
            None => given,
        };
        if declared.sensitive { made.veiled() } else { made }
    }

    /// What a module's call hands over.
    fn argument(&self, name: &str, written: Expr<'g>, at: &Scene<'g>) -> Made {
        let Some(((call, key), above)) = at.path.split_last() else { return nowhere() };
        let config = self.graph.config_module(&at.path).and_then(|module| module.call.as_ref());
        let Some(config) = config else { return nowhere() };
        let block = format!("module.{call}");
        let scene = Scene {
            path: above.to_vec(),
            key: key.clone(),
            repeated: Some((block.clone(), &config.repetition)),
            bound: Vec::new(),
            depth: at.depth + 1,
        };
        self.written(&block, name, written, &scene)
    }

    /// An expression that the configuration has too, in the block of that address.
    pub(super) fn written(
        &self,
        block: &str,
        attribute: &str,
        written: Expr<'g>,
        at: &Scene<'g>,
    ) -> Made {
        if let Expr::Constant(value) = written {
            return Made::known(value);
        }
        match self.graph.shape(&at.path, block, attribute, written) {
            Some(shape) => self.eval(&shape, at),
            None => self.plan_tells(written, at),
        }
    }

    /// What the configuration in the plan alone tells.
    pub(super) fn plan_tells(&self, written: Expr<'g>, at: &Scene<'g>) -> Made {
        match written {
            Expr::Constant(value) => Made::known(value),
            Expr::Opaque => Made::end(End::Opaque),
            Expr::References(_) | Expr::Block(_) => {
                let hits = self.graph.finish(&written.references(), &at.json());
                if hits.is_empty() { Made::end(End::Opaque) } else { Made::Other(hits.into()) }
            }
        }
    }

    fn local(&self, name: &str, at: &Scene<'g>) -> Made {
        let place = (module_address(&at.path), format!("local.{name}"));
        self.once(place, at.depth, |eval| match self.graph.local(&at.path, name) {
            Some(shape) => {
                let depth = at.depth + 1;
                eval.eval(&shape, &Scene { depth, ..Scene::of_module(at.path.clone()) })
            }
            None => Made::end(End::Local),
        })
    }

    /// Evaluates what many ask for, once, with an allowance of its own: so the answer does not hang
    /// on who asked first.
    fn once(
        &self,
        place: (String, String),
        depth: usize,
        make: impl FnOnce(&Eval<'g>) -> Made,
    ) -> Made {
        let cache = &self.graph.read.made;
        match cache.get(&place) {
            Some(Known::Cut(from)) if depth >= from => return self.cut_off(),
            Some(Known::Made(_, below)) if depth + below > DEPTH => return self.cut_off(),
            Some(Known::Made(made, below)) => {
                self.deepest.set(self.deepest.get().max(depth + below));
                return made;
            }
            _ if self.open.borrow().contains(&place) => return self.cut_off(),
            _ => {}
        }
        let mut open = self.open.borrow().clone();
        open.push(place.clone());
        let inner = Eval { open: RefCell::new(open), ..Eval::new(self.graph) };
        inner.deepest.set(depth);
        let made = make(&inner);
        let known = if inner.cut.get() {
            Known::Cut(depth)
        } else {
            Known::Made(made.clone(), inner.deepest.get() - depth)
        };
        cache.put(place, known);
        self.deepest.set(self.deepest.get().max(inner.deepest.get()));
        if inner.cut.get() { self.cut_off() } else { made }
    }

    /// What the `for_each` around it goes through.
    fn for_each(&self, at: &Scene<'g>) -> Option<Made> {
        let (block, repetition) = at.repeated.as_ref()?;
        let place = (module_address(&at.path), format!("{block} for_each"));
        let made = self.once(place, at.depth, |eval| {
            let made = eval.repetition(block, "for_each", repetition.for_each.as_ref(), at);
            made.map_or(Made::Error, |made| eval.graph.plain(&made))
        });
        Some(made).filter(|made| !matches!(made, Made::Error))
    }

    /// The `for_each` or `count` of a block. A plan leaves out what mentions nothing and is no
    /// literal, such as `toset(["a"])`.
    fn repetition(
        &self,
        block: &str,
        name: &str,
        lazy: Option<&'g Lazy>,
        at: &Scene<'g>,
    ) -> Option<Made> {
        let written = lazy.and_then(|lazy| self.graph.expr(lazy)).unwrap_or(Expr::Opaque);
        let outside = Scene { depth: at.depth + 1, ..Scene::of_module(at.path.clone()) };
        if let (None, Expr::Opaque) = (lazy, written) {
            let shape = self.graph.shape(&at.path, block, name, written)?;
            return Some(self.eval(&shape, &outside));
        }
        Some(self.written(block, name, written, &outside))
    }

    /// None where the plan may know more.
    fn each_value(&self, at: &Scene<'g>) -> Option<Made> {
        match self.for_each(at)? {
            Made::Set(_) | Made::List(_) => Some(key_of(at)),
            all @ Made::Object(_) => Some(self.element(&all, &key_of(at), at)),
            _ => None,
        }
    }

    /// The instances of a block: one, a list by `count`, or an object by `for_each`. None where the
    /// plan may know more.
    fn block(&self, mode: Mode, type_: &str, name: &str, at: &Scene<'g>) -> Option<Made> {
        let block = self.graph.config_module(&at.path)?.resource(mode, type_, name)?;
        let mut all = self.graph.instances_of(&at.path, mode, type_, name).to_vec();
        let key = |id: &ResId| self.graph.plan.resource(*id).key().cloned();
        let Repetition { for_each, count } = &block.repetition;
        match all.first().map(key) {
            Some(None) => all.pop().map(Made::Instance),
            // Some may have been left out of a plan that was cut short.
            _ if self.graph.is_partial() => None,
            Some(Some(Key::Int(_))) => {
                all.sort_by_key(key);
                Some(Made::list(all.into_iter().map(Made::Instance)))
            }
            Some(Some(Key::Text(_))) => {
                let member = |id: &ResId| Some((key_text(&key(id)?), Made::Instance(*id)));
                Some(Made::object(all.iter().filter_map(member)))
            }
            None if count.is_some() => Some(Made::list([])),
            None if for_each.is_some() => Some(Made::object([])),
            None => None,
        }
    }

    /// The instances of a module call. None where the plan may know more.
    fn called(&self, call: &str, at: &Scene<'g>) -> Option<Made> {
        let mut child = at.path.clone();
        child.push((call.to_owned(), None));
        let repetition = &self.graph.config_module(&child)?.call.as_ref()?.repetition;
        let of_key = |key: Option<Key>| {
            let mut path = at.path.clone();
            path.push((call.to_owned(), key));
            Made::Module(Arc::new(path))
        };
        let block = format!("module.{call}");
        if let Some(count) = self.repetition(&block, "count", repetition.count.as_ref(), at) {
            let count = self.graph.plain(&count).int();
            let count = count.filter(|count| (0..=MOST).contains(count))?;
            return Some(Made::list((0..count).map(|at| of_key(Some(Key::Int(at))))));
        }
        let repeated = Some((block, repetition));
        let Some(each) = self.for_each(&Scene { repeated, ..at.clone() }) else {
            return repetition.for_each.is_none().then(|| of_key(None));
        };
        let keys = entries(&each)?.into_iter().map(|(key, it)| {
            let key = if matches!(each, Made::Object(_)) { key } else { it };
            Some(self.graph.plain(&key).scalar()?.into_owned())
        });
        let keys: Vec<String> = keys.collect::<Option<_>>()?;
        let member = |key: String| (key.clone(), of_key(Some(Key::Text(key))));
        Some(Made::object(keys.into_iter().map(member)))
    }

    fn output(&self, path: &ModulePath, name: &str, at: &Scene<'g>) -> Made {
        let config = self.graph.config_module(path);
        let Some(output) = config.and_then(|config| config.outputs.get(name)) else {
            return nowhere();
        };
        let Some(written) = self.graph.expr(&output.expression) else { return nowhere() };
        let scene = Scene { depth: at.depth + 1, ..Scene::of_module(path.clone()) };
        if scene.depth > DEPTH {
            return self.cut_off();
        }
        let made = self.written(&format!("output.{name}"), "value", written, &scene);
        if output.sensitive { made.veiled() } else { made }
    }

    fn for_expression(&self, it: &For, at: &Scene<'g>) -> Made {
        let collection = self.graph.plain(&self.eval(&it.collection, at));
        let Some(entries) = entries(&collection) else {
            let bound = [Some(it.value.clone()), it.key.clone()].into_iter().flatten();
            let inside = at.with(bound.map(|name| (name, collection.clone())));
            return Made::from_all([&collection, &self.eval(&it.makes, &inside)]);
        };
        let mut made: Vec<(Made, Made)> = Vec::new();
        for (key, value) in entries {
            let bound = [(it.key.clone(), key.clone()), (Some(it.value.clone()), value)];
            let inside = at.with(bound.into_iter().filter_map(|(name, made)| Some((name?, made))));
            let kept = it.condition.as_ref().map(|it| self.graph.plain(&self.eval(it, &inside)));
            let value = || self.eval(&it.makes, &inside);
            match kept {
                Some(Made::Bool(false)) => {}
                None | Some(Made::Bool(true)) => {
                    let key = it.makes_key.as_ref().map_or(key, |it| self.eval(it, &inside));
                    made.push((key, value()));
                }
                Some(Made::Error) => return Made::Error,
                // How many there are is not known, only what they are made of.
                Some(_) => {
                    let all: Vec<Made> = made.into_iter().map(|(_, it)| it).collect();
                    return Made::from_all(all.iter().chain([&collection, &value()]));
                }
            }
        }
        match (&it.makes_key, it.groups) {
            (None, _) => Made::list(made.into_iter().map(|(_, value)| value)),
            (Some(_), groups) => self.grouped(made, groups),
        }
    }

    fn grouped(&self, made: Vec<(Made, Made)>, groups: bool) -> Made {
        let mut by_key: BTreeMap<String, Vec<Made>> = BTreeMap::new();
        for (key, value) in &made {
            match self.graph.plain(key).scalar() {
                Some(key) => by_key.entry(key.into_owned()).or_default().push(value.clone()),
                None => return Made::from_all(made.iter().flat_map(|(key, value)| [key, value])),
            }
        }
        if !groups && by_key.values().any(|values| values.len() > 1) {
            return Made::Error;
        }
        let member = |(key, mut values): (String, Vec<Made>)| match values.pop() {
            Some(only) if !groups => (key, only),
            last => {
                values.extend(last);
                (key, Made::list(values))
            }
        };
        Made::object(by_key.into_iter().map(member))
    }
}

/// The block of that address.
fn owner(address: &str) -> Owner<'_> {
    let parts: SmallVec<[&str; 3]> = address.split('.').collect();
    match parts.as_slice() {
        ["module", call] => Owner::Call(call),
        ["data", type_, name] => Owner::Resource(Mode::Data, type_, name),
        [type_, name] => Owner::Resource(Mode::Managed, type_, name),
        _ => Owner::Nobody,
    }
}

/// Nobody calls a module more often.
const MOST: i64 = 10_000;

fn nowhere() -> Made {
    Made::end(End::Nowhere)
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Int(index) => index.to_string(),
        Key::Text(text) => text.clone(),
    }
}

fn key_of(at: &Scene<'_>) -> Made {
    match &at.key {
        Some(Key::Int(index)) => Made::Number(index.to_string().into()),
        Some(Key::Text(text)) => Made::text(text),
        None => Made::end(End::Known),
    }
}

/// What an iteration goes through, with the keys that it sees; none where that is not known.
pub(super) fn entries(made: &Made) -> Option<Vec<(Made, Made)>> {
    match made {
        Made::List(items) => {
            let number = |at: usize| Made::Number(at.to_string().into());
            Some(items.iter().enumerate().map(|(at, it)| (number(at), it.clone())).collect())
        }
        Made::Set(items) => Some(items.iter().map(|it| (it.clone(), it.clone())).collect()),
        Made::Object(members) => {
            Some(members.iter().map(|(key, it)| (Made::text(key), it.clone())).collect())
        }
        _ => None,
    }
}
