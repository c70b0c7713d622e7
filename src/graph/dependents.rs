//! What hangs on an instance: what would miss it if it went away.
//!
//! Terraform orders blocks ([`super::Before`]); here an instance is asked about, so references are
//! followed to instances where they lead to certain ones: the schema of one key hangs on the
//! catalog of that key. Where they do not (`depends_on`, splats), every instance of the block
//! counts. For blocks that are gone, the state's own record of dependencies answers.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::plan::{Mode, ModulePath, ResId};

use super::{BlockId, End, Expr, Graph, Hit, Res, is_gone, order::Needs};

/// So many dependents are counted of an instance.
const MAX: usize = 1_000;

/// What hangs on an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependents {
    /// Managed instances of the same plan that exist before the apply and refer to it, directly or
    /// through others; by address.
    pub ids: Vec<ResId>,
    /// There are more, which were not counted.
    pub is_cut: bool,
}

/// Who refers to whom.
#[derive(Debug, Default)]
pub(super) struct Hanging {
    /// By instance, those that refer to it.
    on_instance: FxHashMap<ResId, Vec<ResId>>,
    /// By block, those that refer to any of its instances.
    on_block: FxHashMap<BlockId, Vec<ResId>>,
    /// By address of a block, those of which the state says that they were made from it.
    on_record: FxHashMap<String, Vec<ResId>>,
}

/// What the instances of a block refer to.
#[derive(Clone)]
struct Mention {
    /// Where their arguments lead, to see whether another instance means the same.
    hits: Arc<[Hit]>,
    /// The instances that are certain, with their blocks.
    certain: BTreeSet<(ResId, BlockId)>,
    /// Every block.
    blocks: Arc<BTreeSet<BlockId>>,
}

/// What was found out of blocks and providers, for the next instance.
#[derive(Default)]
struct Known<'g> {
    references: FxHashMap<BlockId, Vec<&'g str>>,
    needs: Needs<'g>,
    blocks: FxHashMap<BlockId, Arc<BTreeSet<BlockId>>>,
    providers: FxHashMap<&'g str, Vec<Hit>>,
    /// Of the last instance of a block.
    last: FxHashMap<BlockId, Mention>,
}

impl<'g> Known<'g> {
    fn mention(&mut self, graph: &'g Graph, id: ResId, block: BlockId) -> Mention {
        let arguments = || graph.block(id).and_then(|it| graph.expr(&it.arguments));
        let references = self
            .references
            .entry(block)
            .or_insert_with(|| arguments().map(Expr::references).unwrap_or_default());
        let hits = graph.resolve_all(id, references);
        if let Some(last) = self.last.get(&block).filter(|it| Arc::ptr_eq(&it.hits, &hits)) {
            return last.clone();
        }
        let mentioned = || Arc::new(graph.mentioned_by(block, &mut self.needs));
        let blocks = self.blocks.entry(block).or_insert_with(mentioned);
        let key = graph.block(id).map_or("", |it| it.provider_key.as_str());
        let provider = self.providers.entry(key).or_insert_with(|| graph.provider_hits(key));
        let all = provider.iter().chain(hits.iter());
        let mention = Mention {
            certain: all.filter_map(|hit| graph.certain(hit)).collect(),
            blocks: Arc::clone(blocks),
            hits,
        };
        self.last.insert(block, mention.clone());
        mention
    }
}

impl Res<'_> {
    /// What hangs on it.
    pub fn dependents(self) -> Dependents {
        self.scope().graph.dependents(self.id)
    }
}

impl Graph {
    fn dependents(&self, id: ResId) -> Dependents {
        let hanging = self.hanging.get_or_init(|| self.find_hanging());
        let (mut seen, mut blocks) = (FxHashSet::from_iter([id]), FxHashSet::default());
        let mut queue = vec![id];
        let mut found = Vec::new();
        while let Some(at) = queue.pop() {
            for next in self.hanging_on(hanging, at, &mut blocks) {
                if !seen.insert(next) {
                    continue;
                }
                let resource = self.plan.resource(next);
                if resource.mode == Mode::Managed && resource.existed() {
                    if found.len() == MAX {
                        return self.by_address(found, true);
                    }
                    found.push(next);
                }
                queue.push(next);
            }
        }
        self.by_address(found, false)
    }

    fn by_address(&self, mut ids: Vec<ResId>, is_cut: bool) -> Dependents {
        let name = |id: &ResId| {
            let it = self.plan.resource(*id);
            (self.plan.str(it.address), self.plan.str(it.deposed))
        };
        ids.sort_by(|a, b| name(a).cmp(&name(b)));
        Dependents { ids, is_cut }
    }

    /// Those that refer to an instance directly. Each block is looked at once.
    fn hanging_on(
        &self,
        hanging: &Hanging,
        id: ResId,
        blocks: &mut FxHashSet<(BlockId, u32)>,
    ) -> Vec<ResId> {
        let mut all = hanging.on_instance.get(&id).cloned().unwrap_or_default();
        let module = self.plan.resource(id).module;
        let block = self.block_id(id);
        if let Some(block) = block.filter(|block| blocks.insert((*block, module))) {
            let of_block = hanging.on_block.get(&block).into_iter().flatten();
            all.extend(of_block.filter(|it| self.may_mean(**it, module)));
        }
        // What the configuration says of both is newer than the record.
        let recorded = hanging.on_record.get(&self.block_address(id)).into_iter().flatten();
        all.extend(recorded.filter(|it| block.is_none() || self.block_id(**it).is_none()));
        all
    }

    /// Whether an instance that names a block of a module can mean that instance of the module:
    /// inside one module it only sees its own.
    fn may_mean(&self, id: ResId, module: u32) -> bool {
        let own = self.plan.resource(id).module;
        own == module || self.plan.module(own).config != self.plan.module(module).config
    }

    fn find_hanging(&self) -> Hanging {
        let mut hanging = Hanging::default();
        let mut known = Known::default();
        let all = 0..self.plan.len() as ResId;
        let gone = self.gone();
        for id in all.clone() {
            let Some(block) = self.block_id(id) else { continue };
            let mention = known.mention(self, id, block);
            // References are resolved among what stays; what goes away means what goes with it.
            let goes = is_gone(self.plan.resource(id).actions);
            let goes_too = |block: &BlockId| goes && gone.contains_key(block);
            let with_it = mention.blocks.iter().filter(|block| goes_too(block));
            with_it.for_each(|block| hanging.add(self, &gone[block], id));
            for (on, block) in &mention.certain {
                if *on != id && !goes_too(block) {
                    hanging.on_instance.entry(*on).or_default().push(id);
                }
            }
            let is_certain =
                |of: &BlockId| mention.certain.iter().any(|(on, block)| block == of && *on != id);
            for block in mention.blocks.iter().filter(|it| !goes_too(it) && !is_certain(it)) {
                hanging.on_block.entry(*block).or_default().push(id);
            }
        }
        if all.clone().any(|id| self.block_id(id).is_none()) {
            self.add_recorded(&mut hanging);
        }
        hanging
    }

    /// The instance that a reference certainly leads to, and its block.
    fn certain(&self, hit: &Hit) -> Option<(ResId, BlockId)> {
        match hit.end {
            End::Resource(id) if hit.exact => Some((id, self.block_id(id)?)),
            _ => None,
        }
    }

    /// By block, the instances that go away while their block stays.
    fn gone(&self) -> FxHashMap<BlockId, Vec<ResId>> {
        let mut gone: FxHashMap<BlockId, Vec<ResId>> = FxHashMap::default();
        for id in 0..self.plan.len() as ResId {
            if let Some(block) =
                self.block_id(id).filter(|_| is_gone(self.plan.resource(id).actions))
            {
                gone.entry(block).or_default().push(id);
            }
        }
        gone
    }

    fn add_recorded(&self, hanging: &mut Hanging) {
        for (address, names) in self.plan.recorded_dependencies() {
            let Some(id) = self.plan.by_address(&address) else { continue };
            for name in names {
                hanging.on_record.entry(name).or_default().push(id);
            }
        }
    }

    /// Where the arguments of a provider configuration lead.
    fn provider_hits(&self, key: &str) -> Vec<Hit> {
        let Some(provider) = self.plan.config.providers.get(key) else { return Vec::new() };
        let path: ModulePath = provider.module.iter().map(|name| (name.clone(), None)).collect();
        let expression = self.expr(&provider.arguments);
        expression.map_or(vec![], |it| self.resolve_in_module(&path, it))
    }

    /// The address of an instance's block, without any keys, as states record it.
    fn block_address(&self, id: ResId) -> String {
        let resource = self.plan.resource(id);
        let mut address = String::new();
        for (name, _) in &self.plan.module(resource.module).path {
            address.push_str(&format!("module.{name}."));
        }
        if resource.mode == Mode::Data {
            address.push_str("data.");
        }
        let (type_, name) = (self.plan.str(resource.type_), self.plan.str(resource.name));
        format!("{address}{type_}.{name}")
    }
}

impl Hanging {
    /// An instance refers to others that go away as it does: to those of its own key, where there
    /// are some.
    fn add(&mut self, graph: &Graph, with_it: &[ResId], id: ResId) {
        let key = |id: ResId| graph.plan.resource(id).key();
        let meant = |on: &ResId| graph.may_mean(id, graph.plan.resource(*on).module);
        let all: Vec<ResId> = with_it.iter().copied().filter(meant).collect();
        let same: Vec<ResId> = all.iter().copied().filter(|on| key(*on) == key(id)).collect();
        for on in if same.is_empty() { all } else { same } {
            self.on_instance.entry(on).or_default().push(id);
        }
    }
}
