//! What may stand behind a `local` that no source shows: what its module reaches. Maps of tags that are known
//! hide nothing.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    facts::labels,
    plan::{ResId, Value},
};

use super::{BlockId, Expr, Graph, is_gone, order::Node};

/// What was asked for already.
#[derive(Debug, Default)]
pub(super) struct Behind {
    reach: Mutex<FxHashMap<usize, Arc<FxHashSet<BlockId>>>>,
    instances: OnceLock<FxHashMap<BlockId, Vec<ResId>>>,
}

impl Graph {
    /// Whether an expression of a module may lead to a block: the module holds it, or its calls are given what
    /// leads there.
    pub(super) fn reaches(&self, module: usize, block: BlockId) -> bool {
        let known = || self.behind.reach.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&module).map(Arc::clone);
        let reach = found.unwrap_or_else(|| {
            let found = Arc::new(self.reach(module));
            known().insert(module, Arc::clone(&found));
            found
        });
        reach.contains(&block)
    }

    fn reach(&self, module: usize) -> FxHashSet<BlockId> {
        let mut all = FxHashSet::default();
        let mut seen = FxHashSet::default();
        let mut modules = BTreeSet::from([module]);
        let mut queue = Vec::new();
        self.enter(module, &mut queue);
        while let Some(node) = queue.pop() {
            if !seen.insert(node) {
                continue;
            }
            match node {
                Node::Local(module, _) | Node::Label(module, _) if modules.insert(module) => {
                    self.enter(module, &mut queue);
                }
                Node::Resource(block) => {
                    all.insert(block);
                }
                _ => {}
            }
            self.needs(node, &mut queue);
        }
        all
    }

    fn enter<'g>(&'g self, module: usize, queue: &mut Vec<Node<'g>>) {
        let variables = self.plan.config.modules[module].variables.keys();
        queue.push(Node::Module(module));
        queue.extend(variables.map(|name| Node::Variable(module, name)));
        self.calls_need(module, queue);
    }

    /// Whether an argument of a block is a map of tags of which all is known in each instance.
    pub(super) fn is_known_label(&self, block: BlockId, argument: &str) -> bool {
        let instances = || self.instances_by_block().get(&block);
        labels::is_label(argument)
            && instances().is_some_and(|all| all.iter().all(|id| self.is_shown(*id, argument)))
    }

    fn is_shown(&self, id: ResId, argument: &str) -> bool {
        let resource = self.plan.resource(id);
        let unknown = self.plan.planned(resource).unknown;
        let is_unknown =
            |mask: Value<'_>| mask.is_true() || mask.get(argument).is_some_and(has_true);
        !resource.lacks_mask && !unknown.is_some_and(is_unknown)
    }

    /// What stays of each block after the apply.
    fn instances_by_block(&self) -> &FxHashMap<BlockId, Vec<ResId>> {
        self.behind.instances.get_or_init(|| {
            let mut all: FxHashMap<BlockId, Vec<ResId>> = FxHashMap::default();
            for id in 0..self.plan.len() as ResId {
                let resource = self.plan.resource(id);
                let stays =
                    self.plan.str(resource.deposed).is_empty() && !is_gone(resource.actions);
                if let Some(block) = self.block_id(id).filter(|_| stays) {
                    all.entry(block).or_default().push(id);
                }
            }
            all
        })
    }

    /// What a map of tags mentions, its locals as such of which the plan shows what they are.
    pub(super) fn labels_need<'g>(
        &'g self,
        module: usize,
        value: Value<'g>,
        out: &mut Vec<Node<'g>>,
    ) {
        let mut seen = FxHashSet::default();
        let mut queue = vec![(module, value)];
        while let Some((module, value)) = queue.pop() {
            for node in self.mentioned(module, Expr::of(value)) {
                match node {
                    _ if !seen.insert(node) => {}
                    Node::Local(module, name) => out.push(Node::Label(module, name)),
                    Node::Variable(..) | Node::Output(..) => {
                        queue.extend(self.handed_on(node, out));
                    }
                    _ => out.push(node),
                }
            }
        }
    }

    /// The expression that a variable or an output stands for; what it waits for besides goes to `out`.
    fn handed_on<'g>(
        &'g self,
        node: Node<'g>,
        out: &mut Vec<Node<'g>>,
    ) -> Option<(usize, Value<'g>)> {
        let modules = &self.plan.config.modules;
        match node {
            Node::Variable(module, name) => {
                let call = modules[module].call.as_ref()?;
                Some((call.parent, self.value(&call.arguments)?.get(name)?))
            }
            Node::Output(module, name) => {
                let output = modules[module].outputs.get(name)?;
                self.output_waits(module, output, out);
                Some((module, self.value(&output.expression)?))
            }
            _ => None,
        }
    }
}

fn has_true(mask: Value<'_>) -> bool {
    mask.is_true() || mask.items().any(has_true) || mask.entries().any(|(_, it)| has_true(it))
}
