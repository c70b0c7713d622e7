//! Which workspace a `databricks_metastore_assignment` of a plan is about, and what is sent there.

use std::collections::BTreeMap;

use crate::{
    facts::{provider_levels::is_dual, securables::IN_METASTORE},
    graph::{ProviderBlock, Res, Scope, Target},
    plan::Tri,
};

use super::provider::{self, Speaks, key};

const WORKSPACE: &[&str] = &["databricks_mws_workspaces"];

/// The workspace that an assignment is about, as far as its plan tells.
pub fn workspace_of(assignment: Res<'_>) -> Target<'_> {
    assignment.get("workspace_id").target(WORKSPACE).by_itself()
}

/// Whether an assignment goes through the provider block of a workspace, and nothing shows that this is
/// another one than it is about. Whoever speaks to a workspace assigns that one its metastore.
pub fn is_of_its_block(assignment: Res<'_>) -> Tri {
    if !provider::is_sent_by_block(assignment) {
        return Tri::No;
    }
    let theirs = workspace_of(assignment);
    let by_name = match provider::of(assignment) {
        Speaks::Account(_) => Some(Tri::No),
        Speaks::Workspace(ours) => provider::same_workspace(&ours.by_itself(), &theirs),
        Speaks::Unknown => None,
    };
    by_name.unwrap_or_else(|| {
        let is_new = theirs.here().is_some_and(Res::is_created);
        match (is_new, is_set_before(assignment)) {
            (true, true) => Tri::No,
            // A host that is lost may be another workspace's, as may be one that has a metastore already.
            (true, false) => Tri::Maybe,
            _ if has_metastore_already(assignment) => Tri::Maybe,
            _ => Tri::Yes,
        }
    })
}

/// Whether what goes through the provider block of a new assignment shows that its workspace had a
/// metastore before.
fn has_metastore_already(assignment: Res<'_>) -> bool {
    let scope = assignment.scope();
    let shows = |it: Res<'_>| {
        key(it) == key(assignment) && !it.is_created() && provider::is_sent_by_block(it)
    };
    let actions = assignment.actions();
    let mut there = IN_METASTORE.iter().flat_map(|kind| scope.of(kind));
    let mut read = scope.data("databricks_current_metastore");
    let is_read = |it: Res<'_>| key(it) == key(assignment) && it.get("id").text().is_some();
    actions.create && !actions.delete && (there.any(shows) || read.any(is_read))
}

/// Whether the host of a provider is settled before anything is applied: it is left to the environment,
/// or a literal.
fn is_set_before(res: Res<'_>) -> bool {
    let host = |block: ProviderBlock<'_>| !block.is_set("host") || block.constant("host").is_some();
    res.provider().is_none_or(host)
}

/// The metastore assignments of a plan.
#[derive(Debug)]
pub struct Assignments<'a> {
    /// Each with whether it is about the workspace of its provider block.
    all: Vec<(Res<'a>, Tri)>,
    /// Workspaces by provider block, where a refresh filled their ids into what was made through it.
    of_blocks: BTreeMap<&'a str, Target<'a>>,
}

impl<'a> Assignments<'a> {
    /// Those of a plan that exist after the apply.
    pub fn of(scope: &'a Scope<'a>) -> Assignments<'a> {
        let there = scope.of("databricks_metastore_assignment");
        let there = there.filter(|it| it.deposed().is_none());
        let all: Vec<(Res<'a>, Tri)> = there.map(|it| (it, is_of_its_block(it))).collect();
        let of_blocks = if all.is_empty() { BTreeMap::new() } else { of_blocks(scope) };
        Assignments { all, of_blocks }
    }

    /// Those that the apply makes.
    pub fn created(&self) -> impl Iterator<Item = Res<'a>> {
        self.all.iter().map(|(it, _)| *it).filter(|it| it.is_created())
    }

    /// Whether an assignment is about the workspace that a resource is sent to: by what both name, else
    /// by the provider block that both go through. `No` where neither tells.
    pub fn is_about(&self, assignment: Res<'a>, it: Res<'a>) -> Tri {
        let theirs = workspace_of(assignment);
        let speaks = provider::of(it);
        let by_name = match &speaks {
            Speaks::Account(_) => return Tri::No,
            Speaks::Workspace(ours) => provider::same_workspace(&ours.clone().by_itself(), &theirs),
            Speaks::Unknown => None,
        };
        match by_name {
            Some(tri) => tri,
            None if provider::is_sent_by_block(it) => {
                let by_block = self.is_about_block(assignment, it);
                // Through a provider of which nothing is known it may be sent to the account.
                let may_be_account = matches!(speaks, Speaks::Unknown) && is_dual(it.type_());
                if may_be_account { by_block & Tri::Maybe } else { by_block }
            }
            None => Tri::No,
        }
    }

    fn is_about_block(&self, assignment: Res<'a>, it: Res<'a>) -> Tri {
        let mut known = self.all.iter().filter(|(other, _)| *other == assignment);
        let is_of_block = known.next().map_or(Tri::No, |(_, tri)| *tri);
        if key(it) != key(assignment) || is_of_block == Tri::No {
            return Tri::No;
        }
        let theirs = workspace_of(assignment);
        if let Some(ours) = key(it).and_then(|key| self.of_blocks.get(key))
            && provider::same_workspace(ours, &theirs) == Some(Tri::No)
        {
            return Tri::No;
        }
        let is_another = |other: &Res<'a>| {
            provider::same_workspace(&workspace_of(*other), &theirs) != Some(Tri::Yes)
        };
        let through =
            self.all.iter().map(|(other, _)| *other).filter(|other| key(*other) == key(it));
        let others: Vec<Res<'a>> = through.filter(is_another).collect();
        let waits_for = |other: Res<'a>| it.is_after(other) == Tri::Yes;
        match others.iter().any(|other| waits_for(*other)) {
            _ if others.is_empty() => is_of_block,
            // The one that it waits for is its own.
            true if !waits_for(assignment) => Tri::No,
            false if waits_for(assignment) => is_of_block,
            _ => Tri::Maybe,
        }
    }
}

fn of_blocks<'a>(scope: &'a Scope<'a>) -> BTreeMap<&'a str, Target<'a>> {
    let mut all = BTreeMap::new();
    for it in IN_METASTORE.iter().flat_map(|kind| scope.of(kind)) {
        if let Some(block) = key(it).filter(|block| !all.contains_key(block))
            && !it.is_created()
            && provider::is_sent_by_block(it)
            && let Some(id) = it.get("provider_config.workspace_id").text()
        {
            all.insert(block, scope.named(WORKSPACE, id));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::testing::graph, *};
    use crate::graph::Side;

    /// Whether the first new assignment of a plan is about the workspace that its catalog is sent to.
    fn is_about(instances: &[(&str, Value)]) -> Tri {
        let block = json!({"name": "databricks"});
        let providers = json!({"databricks": block, "databricks.other": block});
        let graph = graph("unit", instances, &providers);
        let scope = Scope::new(&graph, Side::Planned);
        let all = Assignments::of(&scope);
        let first = all.created().next().unwrap();
        all.is_about(first, scope.of("databricks_catalog").next().unwrap())
    }

    fn assignment(provider: &str, workspace: u32) -> Value {
        json!({"provider": provider, "workspace_id": workspace, "metastore_id": "m"})
    }

    #[test]
    fn by_the_provider_block() {
        let catalog = |provider: &str| {
            ("databricks_catalog.c", json!({"provider": provider, "name": "sales"}))
        };
        let one = ("databricks_metastore_assignment.a", assignment("databricks", 1));
        let another = ("databricks_metastore_assignment.b", assignment("databricks", 2));
        let elsewhere = ("databricks_metastore_assignment.b", assignment("databricks.other", 2));
        for (instances, wanted) in [
            (vec![one.clone(), catalog("databricks")], Tri::Yes),
            (vec![one.clone(), catalog("databricks.other")], Tri::No),
            // Whichever workspace the block speaks to, one of both is about another.
            (vec![one.clone(), another, catalog("databricks")], Tri::Maybe),
            (vec![one.clone(), elsewhere, catalog("databricks")], Tri::Yes),
        ] {
            assert_eq!(is_about(&instances), wanted, "{instances:?}");
        }
    }
}
