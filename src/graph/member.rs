//! Members of sets, which a plan sorts anew: which block of the configuration made one. Its literals
//! tell, and where they do not, what the source has for the rest.

use std::collections::BTreeMap;

use crate::{plan::Value, source::Body};

use super::{
    expr::Expr,
    made::Made,
    pairing, schema,
    seen::fits,
    view::{Mask, Part, Side, View, is_same, may_make},
};

impl View<'_> {
    /// The attribute path as the source has it: `grant[1].privileges` for what findings call
    /// `grant[].privileges`, counted among the blocks that are written one by one. None where that
    /// says no more than [`View::attribute`]: no set is on the way, or nothing tells which of its
    /// blocks is meant.
    pub fn written_attribute(&self) -> Option<String> {
        let has_index = self.path.iter().any(|part| matches!(part, Part::Index(_)));
        if self.side() == Side::Prior || !has_index {
            return None;
        }
        let mut members = self.members_by_literals().unwrap_or_default();
        if !members.contains_key(&1) {
            members.extend(self.block_by_source().map(|at| (1, at)));
        }
        (!members.is_empty()).then(|| self.spelled(|depth| members.get(&depth).copied()))
    }

    /// By the depth of the step into a set: which of its blocks it goes into.
    fn members_by_literals(&self) -> Option<BTreeMap<usize, usize>> {
        let graph = self.graph();
        let mut node = graph.value(&self.res().block()?.arguments)?;
        let mut value = graph.plan.planned(self.res().raw()).value?;
        let (mut found, mut names) = (BTreeMap::new(), Vec::new());
        for (depth, part) in self.path.iter().enumerate() {
            let is_block = depth == 0 || matches!(Expr::of(node), Expr::Block(_));
            if let (Expr::Constant(list), Part::Index(index)) = (Expr::of(node), part) {
                // Blocks that are attributes to Terraform: one literal for all of them.
                let is_listed = list.is_array() && schema::is_set(self.res(), &names);
                let at = is_listed.then(|| origin(list, value, *index, is_literally)).flatten();
                found.extend(at.map(|at| (depth, at)));
            }
            if !is_block {
                break;
            }
            let next = match part {
                Part::Name(name) => {
                    names.push(*name);
                    node.get(name).zip(value.get(name))
                }
                Part::Index(index) if !node.is_array() => Some(node).zip(value.at(*index)),
                Part::Index(index) => {
                    let is_set = schema::is_set(self.res(), &names);
                    let at = if is_set { origin(node, value, *index, may_make)? } else { *index };
                    found.extend(is_set.then_some((depth, at)));
                    node.at(at).zip(value.at(*index))
                }
            };
            let Some(next) = next else { break };
            (node, value) = next;
        }
        Some(found)
    }

    /// Which of a resource's own blocks made a member, by everything that the source has in them: what
    /// a plan's configuration has in place of `cidr_blocks = var.x` is a name, and of blocks that are
    /// attributes to Terraform all names in one list.
    fn block_by_source(&self) -> Option<usize> {
        let [Part::Name(name), Part::Index(index), ..] = self.path.as_slice() else { return None };
        let (graph, id) = (self.graph(), self.res().id);
        let makes_some = |body: &Body| {
            let all = body.blocks.get(*name);
            all.is_some_and(|all| all.iter().any(|nested| nested.repeat.is_some()))
        };
        let is_set = schema::is_set(self.res(), &[name]);
        if !is_set || graph.body_of(id).is_some_and(|body| makes_some(&body)) {
            return None;
        }
        let Made::List(blocks) = graph.seen_argument(id, name)? else { return None };
        let values = graph.plan.planned(self.res().raw());
        let members = values.value?.get(name)?;
        let mask = Mask::of(values.unknown).below(|mask| mask.get(name));
        let made = |block: usize, member: usize| {
            let mask = mask.below(|mask| mask.at(member));
            fits(graph, &blocks[block], members.at(member), mask)
        };
        only(blocks.len(), members.items().len(), *index, made)
    }
}

/// Which of some blocks made a member of a set: the one that no literal contradicts, if it may have
/// made no other member. A `dynamic` block makes more members than there are blocks.
fn origin<'a>(
    blocks: Value<'a>,
    members: Value<'a>,
    index: usize,
    may_make: fn(Value<'a>, Value<'a>) -> bool,
) -> Option<usize> {
    let pair = |block, member| Some((blocks.at(block)?, members.at(member)?));
    only(blocks.items().len(), members.items().len(), index, |block, member| {
        pair(block, member).is_some_and(|(block, member)| may_make(block, member))
    })
}

/// The block that may have made a member, if no other may have, and if it may have made no other; what can
/// only have made another member is none of these.
fn only(
    blocks: usize,
    members: usize,
    index: usize,
    may_make: impl Fn(usize, usize) -> bool,
) -> Option<usize> {
    if blocks != members || index >= members {
        return None;
    }
    if let Some(left) = pairing::makers(blocks, members, index, &may_make) {
        return Some(left[0]).filter(|_| left.len() == 1);
    }
    let mut fitting = (0..blocks).filter(|block| may_make(*block, index));
    let at = fitting.next()?;
    let is_one_of_several = fitting.next().is_some();
    let makes_others = (0..members).any(|other| other != index && may_make(at, other));
    (!is_one_of_several && !makes_others).then_some(at)
}

/// Whether a literal object is the one that the plan has.
fn is_literally(written: Value<'_>, member: Value<'_>) -> bool {
    written.entries().all(|(name, constant)| {
        let known = member.get(name);
        constant.is_null() || known.is_none_or(|known| is_same(constant, known))
    })
}
