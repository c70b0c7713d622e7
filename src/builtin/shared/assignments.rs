//! Which workspace a `databricks_metastore_assignment` of a plan is about, and what is sent there.

use std::{cell::LazyCell, collections::BTreeMap};

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
    all: Vec<Assignment<'a>>,
    /// Places in `all` by provider block.
    by_block: BTreeMap<&'a str, Vec<usize>>,
    /// Workspaces by provider block, where a refresh filled their ids into what was made through it.
    of_blocks: BTreeMap<&'a str, Target<'a>>,
}

/// One of them.
#[derive(Debug)]
struct Assignment<'a> {
    res: Res<'a>,
    /// The workspace that it is about.
    workspace: Target<'a>,
    /// Its provider block.
    block: Option<&'a str>,
    /// Whether it is about the workspace of that block.
    is_of_block: Tri,
}

impl<'a> Assignment<'a> {
    fn of(res: Res<'a>) -> Assignment<'a> {
        let (workspace, is_of_block) = (workspace_of(res), is_of_its_block(res));
        Assignment { res, workspace, block: key(res), is_of_block }
    }

    fn is_about_another(&self, other: &Assignment<'_>) -> bool {
        provider::same_workspace(&other.workspace, &self.workspace) != Some(Tri::Yes)
    }
}

impl<'a> Assignments<'a> {
    /// Those of a plan that exist after the apply.
    pub fn of(scope: &'a Scope<'a>) -> Assignments<'a> {
        let there = scope.of("databricks_metastore_assignment");
        let there = there.filter(|it| it.deposed().is_none());
        let all: Vec<Assignment<'a>> = there.map(Assignment::of).collect();
        let of_blocks = if all.is_empty() { BTreeMap::new() } else { of_blocks(scope) };
        let mut by_block: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, it) in all.iter().enumerate() {
            if let Some(block) = it.block {
                by_block.entry(block).or_default().push(at);
            }
        }
        Assignments { all, by_block, of_blocks }
    }

    /// Those that the apply makes.
    pub fn created(&self) -> impl Iterator<Item = Res<'a>> {
        self.all.iter().map(|it| it.res).filter(|it| it.is_created())
    }

    /// The assignments of this apply that are about a workspace, or may be. Where either cannot be told nothing
    /// is known.
    pub fn of_workspace(&self, workspace: &Target<'_>) -> Vec<(Res<'a>, Tri)> {
        let is_same = |one: &Assignment<'a>| {
            let tri = provider::same_workspace(workspace, &one.workspace).unwrap_or(Tri::No);
            (one.res, tri)
        };
        let all = self.all.iter().filter(|one| one.res.is_created()).map(is_same);
        all.filter(|(_, tri)| *tri != Tri::No).collect()
    }

    /// The assignments of this apply that are about the workspace that a resource is sent to, or may be: by
    /// what both name, else by the provider block that both go through.
    pub fn about(&self, it: Res<'a>) -> Vec<(Res<'a>, Tri)> {
        let ours = match provider::of(it) {
            Speaks::Account(_) => return Vec::new(),
            Speaks::Workspace(ours) => Some(ours.by_itself()),
            Speaks::Unknown => None,
        };
        // Through a provider of which nothing is known it may be sent to the account.
        let may_be_account = ours.is_none() && is_dual(it.type_());
        let by_block = LazyCell::new(|| self.by_block(it));
        let tri = |at: usize, assignment: &Assignment<'a>| {
            let by_name =
                ours.as_ref().and_then(|it| provider::same_workspace(it, &assignment.workspace));
            let found = || by_block.get(&at).copied().unwrap_or(Tri::No);
            by_name.unwrap_or_else(|| if may_be_account { found() & Tri::Maybe } else { found() })
        };
        let all = self.all.iter().enumerate().filter(|(_, one)| one.res.is_created());
        all.map(|(at, one)| (one.res, tri(at, one))).filter(|(_, tri)| *tri != Tri::No).collect()
    }

    /// Places of the assignments that are about the workspace of a resource's provider block, or may be.
    fn by_block(&self, it: Res<'a>) -> BTreeMap<usize, Tri> {
        let Some(block) = key(it).filter(|_| provider::is_sent_by_block(it)) else {
            return BTreeMap::new();
        };
        let through = self.by_block.get(block).map_or(&[][..], Vec::as_slice);
        let waits_for = |at: &usize| it.is_after(self.all[*at].res) == Tri::Yes;
        let waited: Vec<usize> = through.iter().copied().filter(waits_for).collect();
        let tri = |at: usize| {
            let one = &self.all[at];
            let ours = self.of_blocks.get(block);
            let is_another = |other: &usize| one.is_about_another(&self.all[*other]);
            let is_elsewhere = ours.and_then(|ours| provider::same_workspace(ours, &one.workspace));
            if one.is_of_block == Tri::No || is_elsewhere == Some(Tri::No) {
                return Tri::No;
            }
            match (waited.iter().any(is_another), waited.contains(&at)) {
                _ if !through.iter().any(is_another) => one.is_of_block,
                // The one that it waits for is its own.
                (true, false) => Tri::No,
                (false, true) => one.is_of_block,
                _ => Tri::Maybe,
            }
        };
        through.iter().map(|at| (*at, tri(*at))).collect()
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
        let about = all.about(scope.of("databricks_catalog").next().unwrap());
        about.into_iter().find(|(it, _)| *it == first).map_or(Tri::No, |(_, tri)| tri)
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
