//! Members of sets, which a plan sorts anew: which block of the configuration made one.

use std::collections::BTreeMap;

use crate::plan::Value;

use super::{
    expr::Expr,
    schema,
    view::{Part, Side, View, is_same, may_make},
};

impl View<'_> {
    /// The attribute path as the source has it: `grant[1].privileges` for what findings call
    /// `grant[].privileges`, counted among the blocks that are written one by one. None where that
    /// says no more than [`View::attribute`]: no set is on the way, or nothing tells which of its
    /// blocks is meant.
    pub fn written_attribute(&self) -> Option<String> {
        let members = self.members_of_sets()?;
        (!members.is_empty()).then(|| self.spelled(|depth| members.get(&depth).copied()))
    }

    /// By the depth of the step into a set: which of its blocks it goes into.
    fn members_of_sets(&self) -> Option<BTreeMap<usize, usize>> {
        let has_index = self.path.iter().any(|part| matches!(part, Part::Index(_)));
        if self.side() == Side::Prior || !has_index {
            return None;
        }
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
                    names.push(&**name);
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
}

/// Which of some blocks made a member of a set: the one that no literal contradicts, if it may have
/// made no other member. A `dynamic` block makes more members than there are blocks.
fn origin<'a>(
    blocks: Value<'a>,
    members: Value<'a>,
    index: usize,
    may_make: fn(Value<'a>, Value<'a>) -> bool,
) -> Option<usize> {
    if blocks.items().len() != members.items().len() {
        return None;
    }
    let member = members.at(index)?;
    let mut fitting = blocks.items().enumerate().filter(|(_, block)| may_make(*block, member));
    let (at, block) = fitting.next()?;
    let is_one_of_several = fitting.next().is_some();
    let makes_others =
        members.items().enumerate().any(|(other, it)| other != index && may_make(block, it));
    (!is_one_of_several && !makes_others).then_some(at)
}

/// Whether a literal object is the one that the plan has.
fn is_literally(written: Value<'_>, member: Value<'_>) -> bool {
    written.entries().all(|(name, constant)| {
        let known = member.get(name);
        constant.is_null() || known.is_none_or(|known| is_same(constant, known))
    })
}
