//! What a plan lacks although its configuration, which is always whole, has it: what `-target` left
//! out, what an error kept Terraform from planning, what is put off to a later plan, and in a
//! refresh-only plan all that is not there yet.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::plan::{ConfigResource, DocumentKind, Mode, ResId};

use super::{BlockId, Graph};

/// The blocks of which instances may be missing.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// Their types, those of data sources with `data.` before them.
    types: BTreeSet<String>,
    /// Blocks of resources that have one instance for certain, and it is not there, by address.
    blocks: Vec<String>,
}

impl Graph {
    /// Whether something could be missing from the plan that its configuration has.
    pub fn is_partial(&self) -> bool {
        let plan = &self.plan;
        plan.kind == DocumentKind::Plan
            && (!plan.complete || self.is_refresh_only() || !self.unplanned().is_empty())
    }

    /// Whether a plan may lack instances of a type (`data.aws_vpc` for a data source) that there are
    /// after the apply: it is partial, and its configuration has a block of it that has none, or that is
    /// repeated; or it forgets one, which is there all the same, perhaps in another state.
    pub fn may_lack(&self, type_: &str) -> bool {
        let is_left_out =
            || !self.plan.about.has_configuration || self.missing().types.contains(type_);
        self.forgotten_types().contains(type_) || self.is_partial() && is_left_out()
    }

    /// The types of which it forgets instances: `removed { lifecycle { destroy = false } }`.
    pub(crate) fn forgotten_types(&self) -> &BTreeSet<String> {
        self.forgotten.get_or_init(|| {
            let all = (0..self.plan.len() as ResId).map(|id| self.plan.resource(id));
            let forgotten = all.filter(|it| it.actions.forget && super::is_gone(it.actions));
            forgotten.map(|it| self.plan.str(it.type_).to_owned()).collect()
        })
    }

    /// The types of which a partial plan may lack instances; none where it may lack any.
    pub(crate) fn missing_types(&self) -> Option<&BTreeSet<String>> {
        self.plan.about.has_configuration.then(|| &self.missing().types)
    }

    /// Nothing is to be changed, only the state brought up to date: such a plan lists no changes,
    /// although there is something that it could list.
    pub fn is_refresh_only(&self) -> bool {
        let plan = &self.plan;
        let is_managed = |id: ResId| plan.resource(id).mode == Mode::Managed;
        plan.kind == DocumentKind::Plan
            && !plan.about.has_changes
            && ((0..plan.len() as ResId).any(is_managed)
                || plan.config.modules.iter().any(|module| !module.resources.is_empty()))
    }

    /// Everything that it manages is destroyed or forgotten.
    pub fn is_destroy(&self) -> bool {
        let all = (0..self.plan.len() as ResId).map(|id| self.plan.resource(id));
        let mut managed = all.filter(|resource| resource.mode == Mode::Managed).peekable();
        managed.peek().is_some() && managed.all(|resource| super::is_gone(resource.actions))
    }

    /// Blocks whose instance is missing from a plan that does not say whether it is complete: it was
    /// made with `-target` or `-exclude`, or the block is switched off where that does not show.
    pub fn unplanned(&self) -> &[String] {
        let about = &self.plan.about;
        if about.says_complete || !about.has_changes || self.is_destroy() {
            return &[];
        }
        &self.missing().blocks
    }

    fn missing(&self) -> &Missing {
        self.missing.get_or_init(|| {
            let there: FxHashSet<BlockId> =
                (0..self.plan.len() as ResId).filter_map(|id| self.block_id(id)).collect();
            let mut missing = Missing::default();
            for (module, config) in self.plan.config.modules.iter().enumerate() {
                let repeated = self.is_repeated(module);
                for (at, block) in config.resources.iter().enumerate() {
                    let is_there = there.contains(&(module, at));
                    let repeated = repeated || is_repeated(block);
                    if repeated || !is_there {
                        missing.types.insert(type_name(block));
                    }
                    if !repeated && !is_there && block.mode == Mode::Managed {
                        missing.blocks.push(address(&config.path, block));
                    }
                }
            }
            missing
        })
    }

    /// Whether a module, or one around it, is called any number of times.
    fn is_repeated(&self, module: usize) -> bool {
        let modules = &self.plan.config.modules;
        let mut at = module;
        while let Some(call) = &modules[at].call {
            if call.repetition.for_each.is_some() || call.repetition.count.is_some() {
                return true;
            }
            at = call.parent;
        }
        false
    }
}

fn is_repeated(block: &ConfigResource) -> bool {
    block.repetition.for_each.is_some() || block.repetition.count.is_some()
}

fn type_name(block: &ConfigResource) -> String {
    match block.mode {
        Mode::Managed => block.type_.clone(),
        Mode::Data => format!("data.{}", block.type_),
    }
}

fn address(module: &[String], block: &ConfigResource) -> String {
    let modules: String = module.iter().map(|name| format!("module.{name}.")).collect();
    format!("{modules}{}.{}", block.type_, block.name)
}
