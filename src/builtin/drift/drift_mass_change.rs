//! An element of a list goes in or out, and every other one looks changed.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::change,
    facts::ordered,
    graph::View,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds updates of `databricks_job.task` and `databricks_share.object` in which most positions of the
    /// list differ (60 % or more), but hardly any element (20 % or less) when tasks are told apart by
    /// `task_key` and objects by `name`; and says which these are.
    ///
    /// ## Why is this bad?
    /// Both are lists: a task that is put in front moves all others down, and the plan shows each as another
    /// one. Nobody finds the real change in hundreds of lines.
    /// Source: [databricks_job](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/job#task-configuration-block)
    /// and [databricks_share](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/share),
    /// which both ask for alphabetical order.
    ///
    /// ## How to fix it
    /// Review the elements that the finding names: all others only move. Keep the list sorted by key, so that
    /// nothing else moves any:
    ///
    /// ```hcl
    /// dynamic "task" {
    ///   for_each = { for task in local.tasks : task.key => task }
    ///   content {
    ///     task_key = task.key
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Elements whose key is only known after the apply: such a list is not judged.
    pub static RULE = {
        id: "drift-mass-change",
        summary: "ordered-list noise hides real changes",
        severity: Note,
        confidence: Heuristic,
        category: Governance,
        profile: Default,
        world: Change,
        subjects: ["databricks_job", "databricks_share"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// So many of a hundred positions differ at least, and so many of a hundred elements at most.
const MANY: usize = 60;
const FEW: usize = 20;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (type_, list, key) in ordered::LISTS {
        for it in change::updates(cx, type_) {
            let (before, after) = (it.before().member(*list), it.after().member(*list));
            let (Some(old), Some(new)) = (by_key(&before, key), by_key(&after, key)) else {
                after.note_unknown();
                continue;
            };
            let (seen, real) = (positions(&before, &after), elements(key, &old, &new));
            let total = old.len().max(new.len());
            let tri = reaches(&seen, MANY, total) & !exceeds(&real, FEW, total);
            out.deny(tri, it, &after, || message(list, total, &seen, &real))
                .help(|| help(list, key, &keys_of(&after, key)));
        }
    }
}

/// In a list that is sorted an element in front moves the others all the same.
fn help(list: &str, key: &str, keys: &[Option<&str>]) -> String {
    match keys.is_sorted() {
        true => {
            format!("review what is named here: {list} is sorted by {key}, the rest only moves")
        }
        false => format!("keep {list} sorted by {key}, and review what is named here"),
    }
}

fn keys_of<'a>(list: &View<'a>, key: &'a str) -> Vec<Option<&'a str>> {
    list.items().map(|item| item.member(key).text()).collect()
}

/// Elements by key; none where a key is not known, or there twice.
fn by_key<'a>(list: &View<'a>, key: &'a str) -> Option<BTreeMap<&'a str, View<'a>>> {
    let mut all = BTreeMap::new();
    for item in list.items() {
        if all.insert(item.member(key).text()?, item).is_some() {
            return None;
        }
    }
    (!list.has_unknown() || list.known().is_some()).then_some(all)
}

/// Each position, and whether something else stands there.
fn positions<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Tri> {
    let (old, new): (Vec<_>, Vec<_>) = (before.items().collect(), after.items().collect());
    let at = |index: usize| match (old.get(index), new.get(index)) {
        (Some(old), Some(new)) => old.becomes_another(new),
        _ => Tri::Yes,
    };
    (0..old.len().max(new.len())).map(at).collect()
}

/// Each element, in words, and whether it is another.
fn elements<'a>(
    key: &'a str,
    old: &BTreeMap<&'a str, View<'a>>,
    new: &BTreeMap<&'a str, View<'a>>,
) -> Vec<(String, Tri)> {
    let called = |element: &View<'a>| element.member(key).show();
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let gone = gone.map(|(_, before)| (format!("{} goes", called(before)), Tri::Yes));
    let there = new.iter().map(|(name, after)| match old.get(name) {
        Some(before) => (format!("{} changes", called(after)), before.becomes_another(after)),
        None => (format!("{} is new", called(after)), Tri::Yes),
    });
    gone.chain(there).collect()
}

/// How many hold for certain, and how many may.
fn counts<'t>(all: impl Iterator<Item = &'t Tri>) -> (usize, usize) {
    all.fold((0, 0), |(sure, open), tri| {
        (sure + usize::from(*tri == Tri::Yes), open + usize::from(*tri != Tri::No))
    })
}

/// Whether at least so many of a hundred hold.
fn reaches(all: &[Tri], percent: usize, total: usize) -> Tri {
    let (sure, open) = counts(all.iter());
    let is_reached = |count: usize| Tri::from(total > 0 && count * 100 >= percent * total);
    is_reached(sure) | (Tri::Maybe & is_reached(open))
}

/// Whether more than so many of a hundred hold.
fn exceeds(all: &[(String, Tri)], percent: usize, total: usize) -> Tri {
    let (sure, open) = counts(all.iter().map(|(_, tri)| tri));
    let is_exceeded = |count: usize| Tri::from(count * 100 > percent * total);
    is_exceeded(sure) | (Tri::Maybe & is_exceeded(open))
}

fn message(list: &str, total: usize, seen: &[Tri], real: &[(String, Tri)]) -> String {
    let (_, seen) = counts(seen.iter());
    let words = real.iter().filter(|(_, tri)| *tri != Tri::No).map(|(words, _)| words.as_str());
    let words = words.collect::<Vec<_>>().join(", ");
    let only = if words.is_empty() { "only their order does" } else { &words };
    format!("{seen} of {total} blocks of {list} look changed; told apart by their keys, {only}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_sort_what_is_sorted() {
        let said = |keys: &[&str]| {
            help("task", "task_key", &keys.iter().copied().map(Some).collect::<Vec<_>>())
        };
        assert!(said(&["audit", "clean", "enrich"]).contains("is sorted by task_key"));
        assert!(said(&["clean", "audit", "enrich"]).starts_with("keep task sorted by task_key"));
    }
}
