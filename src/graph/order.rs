//! What must be applied before what: references, `depends_on`, modules, provider configurations.
//!
//! Terraform orders whole blocks, not instances: every instance of a block waits for every
//! instance of the blocks it mentions. So does this.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError},
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    facts::labels,
    plan::{ConfigOutput, Lazy, Mode, ModulePath, ResId, Step, Tri, Value, cuts},
};

use super::{Cause, Expr, Graph, Res, schema};

/// What was asked for already, by block.
pub(super) type Befores = FxHashMap<BlockId, Arc<Before>>;

/// Everything that is applied before a resource.
#[derive(Debug, Default)]
pub struct Before {
    /// The resource's block; none where the configuration lacks it.
    start: Option<BlockId>,
    by_plan: Blocks,
    by_source: OnceLock<Option<Blocks>>,
}

#[derive(Debug, Default)]
struct Blocks {
    all: BTreeSet<BlockId>,
    /// Locals that stand on a path and are not shown, so that there may be more than listed.
    open: BTreeSet<(usize, String)>,
    /// Nothing is shown: the configuration lacks the block.
    is_unseen: bool,
}

impl Blocks {
    fn is_open(&self) -> bool {
        self.is_unseen || !self.open.is_empty()
    }

    /// Whether something that is not shown may lead to the block of `other`. What `other` waits for itself
    /// cannot: that would be a cycle.
    fn is_open_towards(&self, other: &Blocks) -> bool {
        self.is_unseen || !self.open.is_subset(&other.open)
    }
}

/// A resource block: module and position in it.
pub type BlockId = (usize, usize);

/// What stands in a configuration, by its module and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node<'g> {
    Resource(BlockId),
    Variable(usize, &'g str),
    Output(usize, &'g str),
    Local(usize, &'g str),
    /// A local in a map of tags that is known.
    Label(usize, &'g str),
    /// All of a module, for a `depends_on` on it.
    Module(usize),
    Provider(&'g str),
}

/// Direct dependencies of what is no block, which many blocks share.
pub(super) type Needs<'g> = FxHashMap<Node<'g>, Vec<Node<'g>>>;

impl Before {
    /// Whether that block comes before.
    pub fn has(&self, graph: &Graph, block: BlockId) -> bool {
        self.by_plan.all.contains(&block)
            || self.by_source(graph).is_some_and(|blocks| blocks.all.contains(&block))
    }

    /// All blocks that come before; one may be named twice.
    pub fn blocks<'b>(&'b self, graph: &Graph) -> impl Iterator<Item = BlockId> + 'b {
        let by_source = self.by_source(graph).into_iter().flat_map(|blocks| &blocks.all);
        self.by_plan.all.iter().chain(by_source).copied()
    }

    /// Whether every instance of the block of that instance comes before.
    pub fn holds(&self, graph: &Graph, id: ResId) -> bool {
        graph.block_id(id).is_some_and(|block| self.has(graph, block))
    }

    /// Whether there may be more than [`Before::holds`] knows: a `local` stands on a path, and no
    /// source tells what it is.
    pub fn is_open(&self, graph: &Graph) -> bool {
        self.by_plan.is_open() && self.by_source(graph).is_none_or(Blocks::is_open)
    }

    /// The same, where it is asked for the block of `earlier`: a `local` that both hang on cannot lead from
    /// the one to the other.
    fn is_open_towards(&self, graph: &Graph, earlier: &Before) -> bool {
        let by_source = || self.by_source(graph).zip(earlier.by_source(graph));
        self.by_plan.is_open_towards(&earlier.by_plan)
            && by_source().is_none_or(|(ours, theirs)| ours.is_open_towards(theirs))
    }

    /// Whether one of these locals may lead to the block of `earlier`: it stands in a module that reaches it.
    fn may_lead_to(&self, graph: &Graph, earlier: &Before) -> bool {
        let Some(to) = earlier.start else { return true };
        let theirs = &earlier.by_plan.open;
        let mut open = self.by_plan.open.iter().filter(|local| !theirs.contains(local));
        self.by_plan.is_unseen || open.any(|(module, _)| graph.reaches(*module, to))
    }

    /// With what only the source shows: locals, `dynamic` blocks, conditions of a `lifecycle`.
    fn by_source(&self, graph: &Graph) -> Option<&Blocks> {
        let find = || {
            graph.origin.tree()?;
            Some(graph.before_block(self.start?, true))
        };
        self.by_source.get_or_init(find).as_ref()
    }
}

impl Res<'_> {
    /// Whether it is applied after another. `Maybe` where only a `local` could say so, or a `dynamic` block.
    pub fn is_after(self, earlier: Res<'_>) -> Tri {
        let graph = self.scope().graph;
        let before = graph.before(self.id);
        if before.holds(graph, earlier.id) {
            return Tri::Yes;
        }
        let others = graph.before(earlier.id);
        if others.holds(graph, self.id) {
            Tri::No
        } else if before.is_open_towards(graph, &others) && before.may_lead_to(graph, &others) {
            self.maybe(Cause::Local, 0)
        } else if graph.has_hidden_blocks(self) {
            self.maybe(Cause::Dynamic, 0)
        } else {
            Tri::No
        }
    }

    /// Whether [`Res::is_after`] may answer `Maybe`: something that no one shows may say so.
    pub fn may_be_after(self) -> bool {
        let graph = self.scope().graph;
        graph.before(self.id).is_open(graph) || graph.has_hidden_blocks(self)
    }

    fn find_hidden_blocks(self) -> bool {
        let Some(block) = self.block() else { return false };
        let graph = self.scope().graph;
        let Some(values) = graph.plan.planned(self.raw()).value else { return false };
        let written = graph.value(&block.arguments);
        let path = &graph.plan.module(self.raw().module).path;
        self.has_more_blocks(values, written, &mut Vec::new())
            && graph.hidden_references(path, block).is_none()
    }

    /// Whether the plan has more blocks below a path than the configuration.
    fn has_more_blocks<'v>(
        self,
        values: Value<'v>,
        written: Option<Value<'v>>,
        path: &mut Vec<&'v str>,
    ) -> bool {
        values.entries().any(|(name, blocks)| {
            path.push(name);
            let is_authors = blocks.items().len() > 0
                && schema::is_block(self, path)
                && !schema::may_compute(self, path);
            let expected: Vec<Value<'v>> = match written.and_then(|written| written.get(name)) {
                Some(all) if all.is_array() => all.items().collect(),
                only => only.into_iter().collect(),
            };
            // Which block of a set is which, the plan does not show.
            let mut has_more = |block: Value<'v>| {
                let mut each = expected.iter();
                each.all(|expected| self.has_more_blocks(block, Some(*expected), path))
            };
            let is_more = is_authors
                && (blocks.items().len() > expected.len() || blocks.items().any(&mut has_more));
            path.pop();
            is_more
        })
    }
}

impl Graph {
    /// Everything that is applied before an instance.
    pub fn before(&self, id: ResId) -> Arc<Before> {
        if let Some(block) = self.block_id(id) {
            return self.before_of(block);
        }
        let by_plan = Blocks { is_unseen: true, ..Blocks::default() };
        Arc::new(Before { by_plan, ..Before::default() })
    }

    fn before_of(&self, block: BlockId) -> Arc<Before> {
        if let Ok(known) = self.befores.lock()
            && let Some(before) = known.get(&block)
        {
            return Arc::clone(before);
        }
        let by_plan = self.before_block(block, false);
        let before = Arc::new(Before { start: Some(block), by_plan, ..Before::default() });
        if let Ok(mut known) = self.befores.lock() {
            known.insert(block, Arc::clone(&before));
        }
        before
    }

    /// Whether a `dynamic` block made some of an instance, and no source shows what that refers to.
    fn has_hidden_blocks(&self, it: Res<'_>) -> bool {
        let known = || self.hidden_blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&it.id).copied();
        // It may read source, which nobody is to wait for.
        found.unwrap_or_else(|| {
            let has_some = it.find_hidden_blocks();
            known().insert(it.id, has_some);
            has_some
        })
    }

    fn before_block(&self, start: BlockId, with_source: bool) -> Blocks {
        let mut before = Blocks::default();
        let mut seen = FxHashSet::from_iter([Node::Resource(start)]);
        let mut queue = vec![Node::Resource(start)];
        while let Some(node) = queue.pop() {
            let mut next = Vec::new();
            self.needs(node, &mut next);
            let is_shown = !with_source || self.hidden_needs(node, &mut next);
            if let Node::Local(module, name) = node
                && !(with_source && is_shown)
            {
                before.open.insert((module, name.to_owned()));
            }
            for node in next {
                if let Node::Resource(block) = node {
                    before.all.insert(block);
                }
                if seen.insert(node) {
                    queue.push(node);
                }
            }
        }
        before
    }

    /// The blocks that a block mentions, without those that they mention in turn.
    pub(super) fn mentioned_by<'g>(
        &'g self,
        start: BlockId,
        known: &mut Needs<'g>,
    ) -> BTreeSet<BlockId> {
        let mut found = BTreeSet::new();
        let mut seen = FxHashSet::from_iter([Node::Resource(start)]);
        let mut queue = self.all_needs(Node::Resource(start));
        while let Some(node) = queue.pop() {
            match node {
                _ if !seen.insert(node) => {}
                Node::Resource(block) => drop(found.insert(block)),
                other => {
                    queue.extend(known.entry(other).or_insert_with(|| self.all_needs(other)).iter())
                }
            }
        }
        found
    }

    /// Direct dependencies of a node, as far as plan and source tell.
    fn all_needs<'g>(&'g self, node: Node<'g>) -> Vec<Node<'g>> {
        let mut all = Vec::new();
        self.needs(node, &mut all);
        if self.origin.tree().is_some() {
            self.hidden_needs(node, &mut all);
        }
        all
    }

    /// The block that an instance was made from, as something to compare and to sort by; none
    /// where the configuration lacks it.
    pub fn block_id(&self, id: ResId) -> Option<BlockId> {
        let blocks = self
            .blocks
            .get_or_init(|| (0..self.plan.len() as ResId).map(|id| self.find_block(id)).collect());
        *blocks.get(id as usize)?
    }

    fn find_block(&self, id: ResId) -> Option<BlockId> {
        let resource = self.plan.resource(id);
        let module = self.plan.module(resource.module).config?;
        let config = self.plan.config.modules.get(module)?;
        let (type_, name) = (self.plan.str(resource.type_), self.plan.str(resource.name));
        Some((module, config.resource_index(resource.mode, type_, name)?))
    }

    /// Direct dependencies of a node, as far as the plan tells.
    pub(super) fn needs<'g>(&'g self, node: Node<'g>, out: &mut Vec<Node<'g>>) {
        let modules = &self.plan.config.modules;
        match node {
            Node::Resource((module, at)) => self.resource_needs(module, at, out),
            Node::Variable(module, name) => {
                let Some(call) = &modules[module].call else { return };
                let arguments = self.value(&call.arguments);
                if let Some(value) = arguments.and_then(|arguments| arguments.get(name)) {
                    self.mentions(call.parent, value, out);
                }
            }
            Node::Output(module, name) => {
                let Some(output) = modules[module].outputs.get(name) else { return };
                self.output_waits(module, output, out);
                self.lazy_needs(module, Some(&output.expression), out);
            }
            Node::Module(module) => {
                let config = &modules[module];
                out.extend((0..config.resources.len()).map(|at| Node::Resource((module, at))));
                out.extend(config.children.values().map(|child| Node::Module(*child)));
                out.extend(config.outputs.keys().map(|name| Node::Output(module, name)));
            }
            Node::Provider(key) => self.provider_needs(key, out),
            Node::Local(..) | Node::Label(..) => {}
        }
    }

    /// What an output waits for beside what its expression mentions.
    pub(super) fn output_waits<'g>(
        &'g self,
        module: usize,
        output: &'g ConfigOutput,
        out: &mut Vec<Node<'g>>,
    ) {
        self.subjects(module, &output.depends_on, out);
        self.calls_need(module, out);
    }

    /// Those that only the source shows. False where it should and does not.
    fn hidden_needs<'g>(&'g self, node: Node<'g>, out: &mut Vec<Node<'g>>) -> bool {
        let path = |module: usize| -> ModulePath {
            let names = self.plan.config.modules[module].path.iter();
            names.map(|name| (name.clone(), None)).collect()
        };
        match node {
            Node::Local(module, name) | Node::Label(module, name) => {
                let shape = self.local(&path(module), name);
                let references = shape.and_then(|shape| shape.references());
                let is_known = references.is_some();
                self.steps_need(module, references.into_iter().flatten(), out);
                is_known
            }
            Node::Resource((module, at)) => {
                let block = &self.plan.config.modules[module].resources[at];
                let references = self.hidden_references(&path(module), block);
                self.steps_need(module, references.into_iter().flatten(), out);
                true
            }
            _ => true,
        }
    }

    fn resource_needs<'g>(&'g self, module: usize, at: usize, out: &mut Vec<Node<'g>>) {
        let block = &self.plan.config.modules[module].resources[at];
        for (name, argument) in self.value(&block.arguments).into_iter().flat_map(Value::entries) {
            match self.is_known_label((module, at), name) {
                true => self.labels_need(module, argument, out),
                false => self.mentions(module, argument, out),
            }
        }
        self.subjects(module, &block.depends_on, out);
        out.push(Node::Provider(&block.provider_key));
        self.lazy_needs(module, block.repetition.for_each.as_ref(), out);
        self.lazy_needs(module, block.repetition.count.as_ref(), out);
        self.calls_need(module, out);
    }

    /// A module's resources wait for what its call, and the calls around it, depend on, and for
    /// what decides how often it is called.
    pub(super) fn calls_need<'g>(&'g self, module: usize, out: &mut Vec<Node<'g>>) {
        let mut at = module;
        while let Some(call) = &self.plan.config.modules[at].call {
            self.subjects(call.parent, &call.depends_on, out);
            self.lazy_needs(call.parent, call.repetition.for_each.as_ref(), out);
            self.lazy_needs(call.parent, call.repetition.count.as_ref(), out);
            at = call.parent;
        }
    }

    fn provider_needs<'g>(&'g self, key: &str, out: &mut Vec<Node<'g>>) {
        let Some(provider) = self.plan.config.providers.get(key) else { return };
        let Some(module) = self.plan.config.find(provider.module.iter().map(String::as_str)) else {
            return;
        };
        for (name, value) in self.value(&provider.arguments).into_iter().flat_map(Value::entries) {
            // What tags of all resources wait for would have to be there before anything is planned.
            match labels::is_label(name) {
                true => self.labels_need(module, value, out),
                false => self.mentions(module, value, out),
            }
        }
    }

    fn lazy_needs<'g>(&'g self, module: usize, lazy: Option<&'g Lazy>, out: &mut Vec<Node<'g>>) {
        if let Some(value) = lazy.and_then(|lazy| self.value(lazy)) {
            self.mentions(module, value, out);
        }
    }

    fn mentions<'g>(&'g self, module: usize, value: Value<'g>, out: &mut Vec<Node<'g>>) {
        out.extend(self.mentioned(module, Expr::of(value)));
    }

    pub(super) fn mentioned<'g>(
        &'g self,
        module: usize,
        expression: Expr<'g>,
    ) -> impl Iterator<Item = Node<'g>> {
        let references = expression.references().into_iter();
        references.filter_map(move |reference| {
            self.named_by(module, cuts(reference).filter_map(|step| step.name()))
        })
    }

    fn subjects<'g>(&'g self, module: usize, depends_on: &'g [String], out: &mut Vec<Node<'g>>) {
        for subject in depends_on {
            out.extend(self.named_by(module, cuts(subject).filter_map(|step| step.name())));
        }
    }

    fn steps_need<'g>(
        &'g self,
        module: usize,
        references: impl Iterator<Item = Vec<Step>>,
        out: &mut Vec<Node<'g>>,
    ) {
        for reference in references {
            let names = reference.iter().filter_map(Step::name);
            out.extend(self.named_by(module, names.map(|name| self.read.names.keep(name))));
        }
    }

    /// What a reference or an entry of a `depends_on` means, by the names in it.
    fn named_by<'g>(
        &self,
        module: usize,
        mut names: impl Iterator<Item = &'g str>,
    ) -> Option<Node<'g>> {
        let config = &self.plan.config.modules[module];
        let mut next = || names.next().unwrap_or_default();
        let block = match next() {
            "local" => return Some(Node::Local(module, next())),
            "var" => return Some(Node::Variable(module, next())),
            "module" => {
                let child = config.children.get(next())?;
                return Some(self.child_named(*child, next()));
            }
            "data" => config.resource_index(Mode::Data, next(), next()),
            type_ => config.resource_index(Mode::Managed, type_, next()),
        };
        block.map(|at| Node::Resource((module, at)))
    }

    /// `module.m.out` waits for that output, `module.m` for everything in it.
    fn child_named<'g>(&self, child: usize, output: &'g str) -> Node<'g> {
        match self.plan.config.modules[child].outputs.contains_key(output) {
            true => Node::Output(child, output),
            false => Node::Module(child),
        }
    }
}
