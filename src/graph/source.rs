//! Source that a plan can be held against: which modules are the plan's own version, and which
//! expressions say what the plan's configuration says.
//!
//! Source may be of another commit than the plan. Whatever the configuration in the plan can
//! contradict is not read: a module that declares other blocks, and an expression that mentions
//! other names. Locals have no counterpart in a plan; what they lead to has to be declared there.

use std::{
    collections::BTreeSet,
    hash::Hash,
    sync::{Arc, Mutex, OnceLock},
};

use rustc_hash::FxHashMap;

use crate::{
    plan::{ConfigModule, ConfigResource, Mode, ModulePath, ResId, Step, Value, steps},
    source::{Body, Shape, Tree},
};

use super::{Expr, Graph, eval::Known, made::Made, seen::Names};

/// What was read of a plan's source, by place.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// By module of the configuration: whether its source is that of the plan.
    is_same: OnceLock<Vec<OnceLock<bool>>>,
    shapes: Cache<(String, String), Option<Arc<Shape>>>,
    bodies: Cache<String, Option<Arc<Body>>>,
    /// What arguments of instances are made of.
    pub(super) arguments: Cache<(ResId, String), Option<Made>>,
    /// Names of members that views hand out.
    pub(super) names: Names,
    /// Locals and `for_each`, by module instance and block.
    pub(super) made: Cache<(String, String), Known>,
}

/// What was found out already. Two that look for the same find the same.
#[derive(Debug)]
pub(super) struct Cache<K, V>(Mutex<FxHashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Cache<K, V> {
        Cache(Mutex::default())
    }
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// What is known under a key.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.0.lock().ok()?.get(key).cloned()
    }

    /// Keeps what was found.
    pub(super) fn put(&self, key: K, value: V) {
        if let Ok(mut all) = self.0.lock() {
            all.insert(key, value);
        }
    }
}

impl Graph {
    /// The source, where it has the module in the version that the plan was made from.
    pub(super) fn source_of(&self, path: &ModulePath) -> Option<&Arc<Tree>> {
        let tree = self.origin.tree()?;
        let at = self.plan.config.find(path.iter().map(|(name, _)| name.as_str()))?;
        let all = self
            .read
            .is_same
            .get_or_init(|| self.plan.config.modules.iter().map(|_| OnceLock::new()).collect());
        let is_same = || {
            let module = &self.plan.config.modules[at];
            tree.declared(&module.path).is_some_and(|declared| declared == declares(module))
        };
        all.get(at)?.get_or_init(is_same).then_some(tree)
    }

    /// What the source has for an expression of the configuration. None where it is not at hand or
    /// of another version. `block` is its block's address in its module: `aws_x.y`, `module.m`,
    /// `output.o`.
    pub(super) fn shape(
        &self,
        path: &ModulePath,
        block: &str,
        attribute: &str,
        written: Expr<'_>,
    ) -> Option<Arc<Shape>> {
        // Mostly there is no source, and no address need be made.
        self.source_of(path)?;
        let shape = self.shape_at(path, &self.source_address(path, block), attribute)?;
        agrees(&shape.references()?, written).then_some(shape)
    }

    /// The definition of a local; none where the source does not have it, or where it mentions what
    /// the plan's configuration does not declare.
    pub(super) fn local(&self, path: &ModulePath, name: &str) -> Option<Arc<Shape>> {
        let module = self.config_module(path)?;
        let shape =
            self.shape_at(path, &self.source_address(path, &format!("local.{name}")), "")?;
        let is_there = |reference: &Vec<Step>| is_declared(module, reference);
        shape.references()?.iter().all(is_there).then_some(shape)
    }

    /// What a variable's block says of it: `type`, `nullable`.
    pub(super) fn of_variable(
        &self,
        path: &ModulePath,
        name: &str,
        attribute: &str,
    ) -> Option<Arc<Shape>> {
        self.shape_at(path, &self.source_address(path, &format!("var.{name}")), attribute)
    }

    /// The argument of a provider block, by the block's key.
    pub(super) fn provider_shape(
        &self,
        path: &ModulePath,
        key: &str,
        argument: &str,
        written: Expr<'_>,
    ) -> Option<Arc<Shape>> {
        let shape = self.shape_at(path, &format!("provider.{key}"), argument)?;
        agrees(&shape.references()?, written).then_some(shape)
    }

    fn shape_at(&self, path: &ModulePath, address: &str, attribute: &str) -> Option<Arc<Shape>> {
        let tree = self.source_of(path)?;
        let key = (address.to_owned(), attribute.to_owned());
        self.read.shapes.get(&key).unwrap_or_else(|| {
            let shape = tree.expression(address, attribute).map(Arc::new);
            self.read.shapes.put(key, shape.clone());
            shape
        })
    }

    /// Everything in a resource's block.
    pub(super) fn body(&self, path: &ModulePath, block: &str) -> Option<Arc<Body>> {
        let tree = self.source_of(path)?;
        let address = self.source_address(path, block);
        self.read.bodies.get(&address).unwrap_or_else(|| {
            let body = tree.body(&address).map(Arc::new);
            self.read.bodies.put(address, body.clone());
            body
        })
    }

    /// What a block mentions where the configuration in the plan does not show it: in `dynamic`
    /// blocks, `lifecycle` and `connection`. Together with what it does show.
    pub(super) fn hidden_references(
        &self,
        path: &ModulePath,
        block: &ConfigResource,
    ) -> Option<BTreeSet<Vec<Step>>> {
        let address = block_address(block.mode, &block.type_, &block.name);
        let tree = self.source_of(path)?;
        if !tree.has_hidden_blocks(&self.source_address(path, &address)) {
            return None;
        }
        self.body(path, &address)?.references()
    }

    /// An address as the source has it: without instance keys.
    pub(super) fn source_address(&self, path: &ModulePath, block: &str) -> String {
        let modules: String = path.iter().map(|(name, _)| format!("module.{name}.")).collect();
        format!("{modules}{block}")
    }
}

/// A block's address in its module.
pub(super) fn block_address(mode: Mode, type_: &str, name: &str) -> String {
    let prefix = if mode == Mode::Data { "data." } else { "" };
    format!("{prefix}{type_}.{name}")
}

/// What the configuration in the plan declares, as [`Tree::declared`] spells it.
fn declares(module: &ConfigModule) -> BTreeSet<String> {
    let blocks = module.resources.iter().map(|it| block_address(it.mode, &it.type_, &it.name));
    let calls = module.children.keys().map(|name| format!("module.{name}"));
    let variables = module.variables.keys().map(|name| format!("var.{name}"));
    let outputs = module.outputs.keys().map(|name| format!("output.{name}"));
    blocks.chain(calls).chain(variables).chain(outputs).collect()
}

fn is_declared(module: &ConfigModule, reference: &[Step]) -> bool {
    let name = |at: usize| reference.get(at).and_then(Step::name).unwrap_or_default();
    match name(0) {
        "var" => module.variables.contains_key(name(1)),
        "module" => module.children.contains_key(name(1)),
        "data" => module.resource(Mode::Data, name(1), name(2)).is_some(),
        "local" | "each" | "count" | "path" | "terraform" | "self" | "ephemeral" => true,
        type_ => module.resource(Mode::Managed, type_, name(1)).is_some(),
    }
}

/// Whether an expression of the source mentions what the plan says that it mentions.
pub(super) fn agrees(source: &BTreeSet<Vec<Step>>, written: Expr<'_>) -> bool {
    let plan: BTreeSet<Vec<Step>> = written.references().into_iter().map(steps).collect();
    if matches!(written, Expr::Constant(_) | Expr::Opaque) || plan.is_empty() {
        return source.is_empty() && plan.is_empty();
    }
    if longest(&plan) == longest(source) {
        return true;
    }
    // Terraform up to 1.0.0 lists subjects only.
    plan.iter().all(|it| subject(it).len() == it.len()) && subjects(source) == subjects(&plan)
}

/// Whether blocks of the source, those made by `dynamic` left out, say one by one what the plan's
/// configuration says of them.
pub(super) fn agrees_each(source: &[&Body], written: Value<'_>) -> bool {
    source.len() == written.items().len()
        && source.iter().zip(written.items()).all(|(body, node)| agrees_block(body, node))
}

fn agrees_block(body: &Body, node: Value<'_>) -> bool {
    let attributes = body.attributes.iter().all(|(name, shape)| {
        let Some(references) = shape.references() else { return false };
        match node.get(name).map(Expr::of) {
            None => references.is_empty(),
            Some(Expr::Constant(value)) => references.is_empty() && may_be(shape, value),
            Some(written) => agrees(&references, written),
        }
    });
    attributes
        && body.blocks.iter().all(|(name, all)| {
            let written_out = all.iter().filter(|it| it.repeat.is_none()).map(|it| &it.body);
            let written_out: Vec<&Body> = written_out.collect();
            match node.get(name) {
                None => written_out.is_empty(),
                Some(node) if node.is_array() => agrees_each(&written_out, node),
                Some(node) => written_out.iter().all(|body| agrees_block(body, node)),
            }
        })
}

/// Whether an expression without references may give a constant of the plan.
fn may_be(shape: &Shape, constant: Value<'_>) -> bool {
    match shape {
        Shape::Text(text) => constant.as_str().is_none_or(|it| it == text),
        Shape::Bool(flag) => constant.as_bool().is_none_or(|it| it == *flag),
        Shape::List(items) if constant.is_array() => {
            let all = items.iter().zip(constant.items());
            items.len() == constant.items().len() && all.into_iter().all(|(a, b)| may_be(a, b))
        }
        _ => true,
    }
}

fn subjects(all: &BTreeSet<Vec<Step>>) -> BTreeSet<Vec<&Step>> {
    all.iter().map(|it| subject(it)).collect()
}

/// Without those that are a part of another: a plan lists these after each of them.
fn longest(all: &BTreeSet<Vec<Step>>) -> BTreeSet<&Vec<Step>> {
    let is_part = |short: &Vec<Step>, long: &Vec<Step>| {
        let is_named = short.iter().all(|step| step.name().is_some());
        let names = || long.iter().filter(|step| step.name().is_some());
        short.len() < long.len()
            && (long.starts_with(short) || is_named && short.iter().eq(names().take(short.len())))
    };
    all.iter().filter(|short| !all.iter().any(|long| is_part(short, long))).collect()
}

/// The part of a reference that names what is referred to.
fn subject(reference: &[Step]) -> Vec<&Step> {
    let names: Vec<&Step> = reference.iter().filter(|step| step.name().is_some()).collect();
    let len = match reference.first().and_then(Step::name) {
        Some("data" | "module" | "ephemeral") => 3,
        _ => 2,
    };
    names.into_iter().take(len).collect()
}
