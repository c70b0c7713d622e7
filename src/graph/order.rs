//! What must be applied before what: references, `depends_on`, modules, provider configurations.
//!
//! Terraform orders whole blocks, not instances: every instance of a block waits for every
//! instance of the blocks it mentions. So does this.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashMap;

use crate::plan::{Lazy, Mode, ResId, Step, Tri, Value, steps};

use super::{Cause, Expr, Graph, Res};

/// What was asked for already, by block.
pub(super) type Befores = FxHashMap<BlockId, Arc<Before>>;

/// Everything that is applied before a resource.
#[derive(Clone, Debug, Default)]
pub struct Before {
    blocks: BTreeSet<BlockId>,
    /// A `local` stands on a path, so there may be more than listed.
    pub opaque: bool,
}

/// A resource block: module and position in it.
pub type BlockId = (usize, usize);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Resource(BlockId),
    Variable(usize, String),
    Output(usize, String),
    /// All of a module, for a `depends_on` on it.
    Module(usize),
    Provider(String),
}

impl Before {
    /// Whether that block comes before.
    pub fn has(&self, block: BlockId) -> bool {
        self.blocks.contains(&block)
    }

    /// Whether every instance of the block of that instance comes before.
    pub fn holds(&self, graph: &Graph, id: ResId) -> bool {
        graph.block_id(id).is_some_and(|block| self.blocks.contains(&block))
    }
}

impl Res<'_> {
    /// Whether it is applied after another. `Maybe` where only a `local` could say so.
    pub fn is_after(self, earlier: Res<'_>) -> Tri {
        let graph = self.scope().graph;
        let before = graph.before(self.id);
        if before.holds(graph, earlier.id) {
            Tri::Yes
        } else if before.opaque && !graph.before(earlier.id).holds(graph, self.id) {
            self.maybe(Cause::Local, 0)
        } else {
            Tri::No
        }
    }
}

impl Graph {
    /// Everything that is applied before an instance.
    pub fn before(&self, id: ResId) -> Arc<Before> {
        let Some(block) = self.block_id(id) else {
            return Arc::new(Before { opaque: true, ..Before::default() });
        };
        if let Ok(known) = self.befores.lock()
            && let Some(before) = known.get(&block)
        {
            return Arc::clone(before);
        }
        let before = Arc::new(self.before_block(block));
        if let Ok(mut known) = self.befores.lock() {
            known.insert(block, Arc::clone(&before));
        }
        before
    }

    fn before_block(&self, start: BlockId) -> Before {
        let mut before = Before::default();
        let mut seen = BTreeSet::from([Node::Resource(start)]);
        let mut queue = vec![Node::Resource(start)];
        while let Some(node) = queue.pop() {
            let mut next = Vec::new();
            before.opaque |= self.needs(&node, &mut next);
            for node in next {
                if let Node::Resource(block) = node {
                    before.blocks.insert(block);
                }
                if seen.insert(node.clone()) {
                    queue.push(node);
                }
            }
        }
        before
    }

    /// The block that an instance was made from, as something to compare and to sort by; none
    /// where the configuration lacks it.
    pub fn block_id(&self, id: ResId) -> Option<BlockId> {
        let resource = self.plan.resource(id);
        let module = self.plan.module(resource.module).config?;
        let config = self.plan.config.modules.get(module)?;
        let at = config.resource_index(
            resource.mode,
            self.plan.str(resource.type_),
            self.plan.str(resource.name),
        )?;
        Some((module, at))
    }

    /// Direct dependencies of a node; true where a local hides some.
    fn needs(&self, node: &Node, out: &mut Vec<Node>) -> bool {
        let modules = &self.plan.config.modules;
        match node {
            Node::Resource((module, at)) => self.resource_needs(*module, *at, out),
            Node::Variable(module, name) => {
                let Some(call) = &modules[*module].call else { return false };
                let argument =
                    self.value(&call.arguments).and_then(|arguments| arguments.get(name));
                argument.is_some_and(|value| self.mentions(call.parent, value, out))
            }
            Node::Output(module, name) => {
                let Some(output) = modules[*module].outputs.get(name) else { return false };
                self.subjects(*module, &output.depends_on, out);
                self.lazy_needs(*module, Some(&output.expression), out)
            }
            Node::Module(module) => {
                let config = &modules[*module];
                out.extend((0..config.resources.len()).map(|at| Node::Resource((*module, at))));
                out.extend(config.children.values().map(|child| Node::Module(*child)));
                out.extend(config.outputs.keys().map(|name| Node::Output(*module, name.clone())));
                false
            }
            Node::Provider(key) => self.provider_needs(key, out),
        }
    }

    fn resource_needs(&self, module: usize, at: usize, out: &mut Vec<Node>) -> bool {
        let block = &self.plan.config.modules[module].resources[at];
        self.subjects(module, &block.depends_on, out);
        out.push(Node::Provider(block.provider_key.clone()));
        let mut opaque = self.lazy_needs(module, Some(&block.arguments), out);
        opaque |= self.lazy_needs(module, block.repetition.for_each.as_ref(), out);
        opaque |= self.lazy_needs(module, block.repetition.count.as_ref(), out);
        opaque | self.calls_need(module, out)
    }

    /// A module's resources wait for what its call, and the calls around it, depend on, and for
    /// what decides how often it is called.
    fn calls_need(&self, module: usize, out: &mut Vec<Node>) -> bool {
        let mut opaque = false;
        let mut at = module;
        while let Some(call) = &self.plan.config.modules[at].call {
            self.subjects(call.parent, &call.depends_on, out);
            opaque |= self.lazy_needs(call.parent, call.repetition.for_each.as_ref(), out);
            opaque |= self.lazy_needs(call.parent, call.repetition.count.as_ref(), out);
            at = call.parent;
        }
        opaque
    }

    fn provider_needs(&self, key: &str, out: &mut Vec<Node>) -> bool {
        let Some(provider) = self.plan.config.providers.get(key) else { return false };
        let Some(module) = self.plan.config.find(provider.module.iter().map(String::as_str)) else {
            return false;
        };
        self.lazy_needs(module, Some(&provider.arguments), out)
    }

    fn lazy_needs(&self, module: usize, lazy: Option<&Lazy>, out: &mut Vec<Node>) -> bool {
        lazy.and_then(|lazy| self.value(lazy))
            .is_some_and(|value| self.mentions(module, value, out))
    }

    fn mentions(&self, module: usize, value: Value<'_>, out: &mut Vec<Node>) -> bool {
        let references: Vec<String> =
            Expr::of(value).references().into_iter().map(str::to_owned).collect();
        self.subjects(module, &references, out)
    }

    /// Adds what references or `depends_on` entries name; true where one is a local.
    fn subjects(&self, module: usize, references: &[String], out: &mut Vec<Node>) -> bool {
        let config = &self.plan.config.modules[module];
        let mut opaque = false;
        for reference in references {
            let names: Vec<String> = steps(reference)
                .into_iter()
                .filter_map(|step| if let Step::Name(name) = step { Some(name) } else { None })
                .collect();
            let name = |at: usize| names.get(at).map(String::as_str).unwrap_or_default();
            let block = match name(0) {
                "local" => {
                    opaque = true;
                    None
                }
                "var" => {
                    out.push(Node::Variable(module, name(1).to_owned()));
                    None
                }
                "module" => {
                    if let Some(child) = config.children.get(name(1)) {
                        out.extend(self.child_needs(*child, name(2)));
                    }
                    None
                }
                "data" => config.resource_index(Mode::Data, name(1), name(2)),
                _ => config.resource_index(Mode::Managed, name(0), name(1)),
            };
            out.extend(block.map(|at| Node::Resource((module, at))));
        }
        opaque
    }

    /// `module.m.out` waits for that output, `module.m` for everything in it.
    fn child_needs(&self, child: usize, output: &str) -> Vec<Node> {
        let config = &self.plan.config.modules[child];
        if config.outputs.contains_key(output) {
            return vec![Node::Output(child, output.to_owned())];
        }
        vec![Node::Module(child)]
    }
}
