//! Relations inside one plan: references, order, providers, and the one view of values.

mod behind;
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
mod pairing;
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

use crate::plan::{Actions, ConfigModule, ConfigResource, Key, Mode, ModulePath, Plan, ResId};
use crate::source::{Origin, Unit};

pub use caveat::{Caveat, CaveatKind};
pub use dependents::Dependents;
pub use drift::Drift;
pub use expr::Expr;
pub use given::{Given, Lead};
pub use ledger::{About, Note, Open};
pub use literal::{Decider, Literal, RootPart};
pub use masked::Masked;
pub use names::Names;
pub use order::{Before, BlockId};
pub use provider::ProviderBlock;
pub use resolve::{End, Hit};
pub use seen::TextPart;
pub use stand_in::Found;
pub use target::{Foreign, Target, Targets};
pub use view::{Cause, Glance, Res, SENSITIVE, Scope, Side, Val, View};

/// A part of a [`ModulePath`] from the root.
type ModuleSlice = [(String, Option<Key>)];

/// Instance keys of the calls of modules, by the path of the module that calls and the name of the call.
type ModuleKeys = FxHashMap<ModulePath, FxHashMap<String, Vec<Option<Key>>>>;

/// Instances of each block, by a hash of its module instance, mode, type and name: the blocks that have
/// it, each with its instances by key.
type Instances = FxHashMap<u64, Vec<Vec<ResId>>>;

/// A plan with its relations, computed when first asked for.
#[derive(Debug)]
pub struct Graph {
    /// The plan.
    pub plan: Plan,
    /// Its source.
    pub origin: Arc<Origin>,
    module_ids: OnceLock<FxHashMap<ModulePath, u32>>,
    module_keys: OnceLock<ModuleKeys>,
    kept_module_keys: OnceLock<ModuleKeys>,
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
    /// Whether keys of one list may be parts of those of another.
    parts: Mutex<FxHashMap<(usize, usize), bool>>,
    befores: Mutex<order::Befores>,
    behind: behind::Behind,
    /// Whether an instance has blocks that nothing shows.
    hidden_blocks: Mutex<FxHashMap<ResId, bool>>,
    hanging: OnceLock<dependents::Hanging>,
    /// In the planned and the prior world.
    names: [names::AllNames; 2],
    read: source::Read,
    memo: memo::Memo,
    told: Mutex<provider::Told>,
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
            kept_module_keys: OnceLock::new(),
            instances: OnceLock::new(),
            identities: OnceLock::new(),
            missing: OnceLock::new(),
            forgotten: OnceLock::new(),
            unit: OnceLock::new(),
            stand_ins: OnceLock::new(),
            blocks: OnceLock::new(),
            resolved: Mutex::default(),
            parts: Mutex::default(),
            befores: Mutex::default(),
            behind: behind::Behind::default(),
            hidden_blocks: Mutex::default(),
            hanging: OnceLock::new(),
            names: Default::default(),
            read: source::Read::default(),
            memo: memo::Memo::default(),
            told: Mutex::default(),
        }
    }

    /// The configuration of a module, keys left out of account.
    pub fn config_module(&self, path: &ModuleSlice) -> Option<&ConfigModule> {
        let at = self.plan.config.find(path.iter().map(|(name, _)| name.as_str()))?;
        self.plan.config.modules.get(at)
    }

    /// The block that an instance was made from; none where the configuration lacks it.
    pub fn block(&self, id: ResId) -> Option<&ConfigResource> {
        let (module, at) = self.block_id(id)?;
        self.plan.config.modules.get(module)?.resources.get(at)
    }

    /// Instances that exist after the apply of the block of that name, in one module instance.
    fn instances_of(&self, path: &ModuleSlice, mode: Mode, type_: &str, name: &str) -> &[ResId] {
        let ids = self.module_ids.get_or_init(|| {
            let modules = self.plan.modules().iter().enumerate();
            modules.map(|(id, module)| (module.path.clone(), id as u32)).collect()
        });
        let Some(module) = ids.get(path) else { return &[] };
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
        let by_key = |ids: &mut Vec<ResId>| ids.sort_by_key(|id| self.plan.resource(*id).key());
        index.values_mut().flatten().for_each(by_key);
        index
    }

    /// The instance keys of a module call that occur in the plan; one `None` where it has no key
    /// or nothing of it occurs.
    fn module_keys(&self, parent: &ModuleSlice, call: &str) -> &[Option<Key>] {
        let paths = || self.plan.modules().iter().map(|module| &module.path);
        let all = self.module_keys.get_or_init(|| index_calls(paths()));
        let keys = all.get(parent).and_then(|calls| calls.get(call));
        keys.map_or(&[None], Vec::as_slice)
    }

    /// Those of them that something is left of after the apply.
    fn kept_module_keys(&self, parent: &ModuleSlice, call: &str) -> &[Option<Key>] {
        let kept = || {
            let all = (0..self.plan.len() as ResId).map(|id| self.plan.resource(id));
            all.filter(|it| !is_gone(it.actions)).map(|it| it.module).collect::<BTreeSet<u32>>()
        };
        let all = self.kept_module_keys.get_or_init(|| {
            index_calls(kept().into_iter().map(|module| &self.plan.module(module).path))
        });
        let keys = all.get(parent).and_then(|calls| calls.get(call));
        keys.map_or(&[], Vec::as_slice)
    }
}

fn index_calls<'a>(paths: impl Iterator<Item = &'a ModulePath>) -> ModuleKeys {
    let mut map: FxHashMap<ModulePath, FxHashMap<String, BTreeSet<Option<Key>>>> =
        FxHashMap::default();
    for path in paths {
        for (depth, (name, key)) in path.iter().enumerate() {
            let calls = map.entry(path[..depth].to_vec()).or_default();
            calls.entry(name.clone()).or_default().insert(key.clone());
        }
    }
    let sorted = |calls: FxHashMap<String, BTreeSet<Option<Key>>>| {
        calls.into_iter().map(|(name, keys)| (name, keys.into_iter().collect())).collect()
    };
    map.into_iter().map(|(parent, calls)| (parent, sorted(calls))).collect()
}

/// Destroyed or forgotten, and nothing takes its place.
fn is_gone(actions: Actions) -> bool {
    (actions.delete || actions.forget) && !actions.create
}
