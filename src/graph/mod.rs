//! Relations inside one plan: references, order, providers, and the one view of values.

mod caveat;
mod dependents;
mod differ;
mod drift;
mod eval;
mod expr;
mod functions;
mod given;
#[cfg(test)]
mod held;
mod ledger;
mod literal;
mod made;
mod masked;
mod member;
mod memo;
mod names;
mod order;
mod partial;
mod provider;
mod resolve;
mod schema;
mod seen;
mod source;
mod stand_in;
mod target;
#[cfg(test)]
mod tests;
mod types;
mod view;

use std::{
    collections::BTreeSet,
    hash::BuildHasher,
    sync::{Arc, Mutex, OnceLock},
};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::plan::{
    Actions, ConfigModule, ConfigResource, Key, Mode, ModulePath, Plan, ResId, module_address,
};
use crate::source::{Origin, Unit};

pub use caveat::{Caveat, CaveatKind};
pub use dependents::Dependents;
pub use drift::Drift;
pub use expr::Expr;
pub use given::{Given, Lead};
pub use ledger::{About, Note, Open};
pub use literal::{Literal, RootPart};
pub use masked::Masked;
pub use names::Names;
pub use order::{Before, BlockId};
pub use provider::ProviderBlock;
pub use resolve::{End, Hit};
pub use seen::TextPart;
pub use stand_in::Found;
pub use target::{Target, Targets};
pub use view::{Cause, Glance, Res, Scope, Side, Val, View};

/// Instances of each block, by a hash of its module instance, mode, type and name: the blocks that have
/// it, each with its instances.
type Instances = FxHashMap<u64, Vec<Vec<ResId>>>;

/// A plan with its relations, computed when first asked for.
#[derive(Debug)]
pub struct Graph {
    /// The plan.
    pub plan: Plan,
    /// Its source.
    pub origin: Arc<Origin>,
    module_ids: OnceLock<FxHashMap<String, u32>>,
    module_keys: OnceLock<FxHashMap<String, Vec<Option<Key>>>>,
    instances: OnceLock<Instances>,
    identities: OnceLock<target::Identities>,
    missing: OnceLock<partial::Missing>,
    /// Types of what the plan forgets.
    forgotten: OnceLock<BTreeSet<String>>,
    unit: OnceLock<Unit>,
    stand_ins: OnceLock<stand_in::StandIns>,
    /// The block of each instance.
    blocks: OnceLock<Box<[Option<BlockId>]>>,
    resolved: Mutex<resolve::Resolved>,
    befores: Mutex<order::Befores>,
    hanging: OnceLock<dependents::Hanging>,
    /// In the planned and the prior world.
    names: [names::AllNames; 2],
    read: source::Read,
    memo: memo::Memo,
}

impl Graph {
    /// Wraps a plan without source; costs nothing.
    pub fn new(plan: Plan) -> Graph {
        Graph::with_source(plan, Arc::new(Origin::none()))
    }

    /// Wraps a plan and its source; costs nothing.
    pub fn with_source(plan: Plan, origin: Arc<Origin>) -> Graph {
        Graph {
            plan,
            origin,
            module_ids: OnceLock::new(),
            module_keys: OnceLock::new(),
            instances: OnceLock::new(),
            identities: OnceLock::new(),
            missing: OnceLock::new(),
            forgotten: OnceLock::new(),
            unit: OnceLock::new(),
            stand_ins: OnceLock::new(),
            blocks: OnceLock::new(),
            resolved: Mutex::default(),
            befores: Mutex::default(),
            hanging: OnceLock::new(),
            names: Default::default(),
            read: source::Read::default(),
            memo: memo::Memo::default(),
        }
    }

    /// The configuration of a module, keys left out of account.
    pub fn config_module(&self, path: &ModulePath) -> Option<&ConfigModule> {
        let at = self.plan.config.find(path.iter().map(|(name, _)| name.as_str()))?;
        self.plan.config.modules.get(at)
    }

    /// The block that an instance was made from; none where the configuration lacks it.
    pub fn block(&self, id: ResId) -> Option<&ConfigResource> {
        let (module, at) = self.block_id(id)?;
        self.plan.config.modules.get(module)?.resources.get(at)
    }

    /// Instances that exist after the apply of the block of that name, in one module instance.
    fn instances_of(&self, path: &ModulePath, mode: Mode, type_: &str, name: &str) -> &[ResId] {
        let ids = self.module_ids.get_or_init(|| {
            let modules = self.plan.modules().iter().enumerate();
            modules.map(|(id, module)| (module_address(&module.path), id as u32)).collect()
        });
        let Some(module) = ids.get(&module_address(path)) else { return &[] };
        let index = self.instances.get_or_init(|| self.index_instances());
        let block = (*module, mode, type_, name);
        let blocks = index.get(&FxBuildHasher.hash_one(block)).into_iter().flatten();
        let mut own =
            blocks.filter(|ids| ids.first().is_some_and(|id| self.block_of(*id) == block));
        own.next().map(Vec::as_slice).unwrap_or_default()
    }

    /// Module instance, mode, type and name.
    fn block_of(&self, id: ResId) -> (u32, Mode, &str, &str) {
        let it = self.plan.resource(id);
        (it.module, it.mode, self.plan.str(it.type_), self.plan.str(it.name))
    }

    fn index_instances(&self) -> Instances {
        let mut index = Instances::default();
        for id in 0..self.plan.len() as ResId {
            let resource = self.plan.resource(id);
            if !self.plan.str(resource.deposed).is_empty() || is_gone(resource.actions) {
                continue;
            }
            let block = self.block_of(id);
            let blocks = index.entry(FxBuildHasher.hash_one(block)).or_default();
            match blocks.iter_mut().find(|ids| self.block_of(ids[0]) == block) {
                Some(ids) => ids.push(id),
                None => blocks.push(vec![id]),
            }
        }
        index
    }

    /// The instance keys of a module call that occur in the plan; one `None` where it has no key
    /// or nothing of it occurs.
    fn module_keys(&self, parent: &ModulePath, call: &str) -> Vec<Option<Key>> {
        let all = self.module_keys.get_or_init(|| {
            let mut map: FxHashMap<String, Vec<Option<Key>>> = FxHashMap::default();
            for module in self.plan.modules() {
                for depth in 0..module.path.len() {
                    let (name, key) = &module.path[depth];
                    let call = format!("{}/{name}", module_address(&module.path[..depth]));
                    let keys = map.entry(call).or_default();
                    if !keys.contains(key) {
                        keys.push(key.clone());
                    }
                }
            }
            map.values_mut().for_each(|keys| keys.sort());
            map
        });
        let keys = all.get(&format!("{}/{call}", module_address(parent)));
        keys.cloned().unwrap_or_else(|| vec![None])
    }
}

/// Destroyed or forgotten, and nothing takes its place.
fn is_gone(actions: Actions) -> bool {
    (actions.delete || actions.forget) && !actions.create
}
