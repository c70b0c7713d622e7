//! Which workspace a `databricks_metastore_assignment` of a plan is about, and what is sent there.

use crate::{
    facts::{provider_levels, securables::IN_METASTORE},
    graph::{ProviderBlock, Res, Scope, Target},
    plan::Tri,
};

use super::provider::{self, Speaks};

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
    all: Vec<Res<'a>>,
}

impl<'a> Assignments<'a> {
    /// Those of a plan that exist after the apply.
    pub fn of(scope: &'a Scope<'a>) -> Assignments<'a> {
        let all = scope.of("databricks_metastore_assignment");
        Assignments { all: all.filter(|it| it.deposed().is_none()).collect() }
    }

    /// Those that the apply makes.
    pub fn created(&self) -> impl Iterator<Item = Res<'a>> {
        self.all.iter().copied().filter(|it| it.is_created())
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
                let may_be_account = matches!(speaks, Speaks::Unknown) && is_dual(it);
                if may_be_account { by_block & Tri::Maybe } else { by_block }
            }
            None => Tri::No,
        }
    }

    fn is_about_block(&self, assignment: Res<'a>, it: Res<'a>) -> Tri {
        let is_of_block = is_of_its_block(assignment);
        if key(it) != key(assignment) || is_of_block == Tri::No {
            return Tri::No;
        }
        let theirs = workspace_of(assignment);
        if let Some(ours) = id_of_block(it)
            && provider::same_workspace(&ours, &theirs) == Some(Tri::No)
        {
            return Tri::No;
        }
        let is_another = |other: &Res<'a>| {
            provider::same_workspace(&workspace_of(*other), &theirs) != Some(Tri::Yes)
        };
        let through = self.all.iter().filter(|other| key(**other) == key(it));
        let others: Vec<Res<'a>> = through.copied().filter(is_another).collect();
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

fn is_dual(it: Res<'_>) -> bool {
    provider_levels::level(it.type_()) == Some(provider_levels::Level::Dual)
}

fn key(it: Res<'_>) -> Option<&str> {
    it.block().map(|block| block.provider_key.as_str())
}

/// The workspace of a provider block, by the id that a refresh filled into what was made through it.
fn id_of_block<'a>(it: Res<'a>) -> Option<Target<'a>> {
    let scope = it.scope();
    let mut others = IN_METASTORE.iter().flat_map(|kind| scope.of(kind)).filter(|other| {
        key(*other) == key(it) && !other.is_created() && provider::is_sent_by_block(*other)
    });
    others.find_map(|other| {
        let id = other.get("provider_config.workspace_id").text()?;
        Some(scope.named(WORKSPACE, id))
    })
}
