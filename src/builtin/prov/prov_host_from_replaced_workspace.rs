//! A workspace goes while a provider still speaks to it.

use crate::{
    builtin::shared::provider::host_from,
    graph::{Cause, End, Hit, ProviderBlock, Res, Target},
    lint::{Check, Findings, PlanCx, Subject},
    plan::{Actions, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` that this plan replaces, while the host of a provider comes
    /// from it and resources of that provider exist already; and one that it destroys, while such
    /// resources stay.
    ///
    /// ## Why is this bad?
    /// With the workspace replaced, the provider's host is not known until the new one is there: its
    /// resources cannot be refreshed, changed or destroyed, and what the state says of them was true of
    /// the old workspace. The apply fails half way, or the state keeps objects that are gone.
    /// Source: databricks/terraform-provider-databricks issues
    /// [#4113](https://github.com/databricks/terraform-provider-databricks/issues/4113),
    /// [#1495](https://github.com/databricks/terraform-provider-databricks/issues/1495),
    /// [#1807](https://github.com/databricks/terraform-provider-databricks/issues/1807).
    ///
    /// ## How to fix it
    /// Make it two applies: first let go of what is in the old workspace, then replace the workspace.
    ///
    /// ```hcl
    /// removed {
    ///   from = databricks_secret_scope.app
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    /// Better, keep what manages a workspace in another state than what creates it.
    ///
    /// ## What it cannot see
    /// Providers whose host is a text, or comes from a `local` whose source is not at hand: it is silent.
    /// Where a host may come from one of several workspaces the finding is possible.
    pub static RULE = {
        id: "prov-host-from-replaced-workspace",
        summary: "plan replaces the workspace its other provider points to",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let gone = |it: &Res<'_>| it.actions().delete && it.deposed().is_none();
    for it in cx.changes_of("databricks_mws_workspaces").filter(gone) {
        for provider in cx.graph.providers() {
            let tri = has_host_of(provider, it);
            if tri != Tri::No {
                report(cx, it, (provider, tri), out);
            }
        }
    }
}

/// Whether the host of a provider comes from a workspace.
fn has_host_of(provider: ProviderBlock<'_>, workspace: Res<'_>) -> Tri {
    if workspace.actions().create {
        return match host_from(workspace.scope(), provider) {
            Target::Here(only) => Tri::from(only == workspace),
            Target::OneOf(all) if all.contains(&workspace) => workspace.maybe(Cause::Function, 0),
            _ => Tri::No,
        };
    }
    // Of what is destroyed the block may still be there, with `count = 0`.
    let key = workspace.key().map(ToString::to_string).unwrap_or_default();
    let block = workspace.address().strip_suffix(&key).unwrap_or_default();
    let is_it = |hit: &Hit| matches!(&hit.end, End::NoInstance(address) if address == block);
    Tri::from(provider.references("host").iter().any(is_it))
}

fn report(
    cx: &PlanCx<'_>,
    it: Res<'_>,
    (provider, tri): (ProviderBlock<'_>, Tri),
    out: &mut Findings<'_>,
) {
    /// Named in the finding; all are counted.
    const SHOWN: usize = 3;
    let key = provider.key;
    let is_behind = |other: &Res<'_>| {
        let actions = other.actions();
        let stays = !actions.forget && (it.actions().create || !actions.delete);
        other.existed() && stays && other.provider().is_some_and(|block| block.key == key)
    };
    let mut behind: Vec<Res<'_>> = cx.changes().filter(is_behind).collect();
    behind.sort_by(|a, b| a.address().cmp(b.address()));
    if behind.is_empty() {
        return;
    }
    let what = if it.actions().create { "replaced" } else { "destroyed" };
    let block = Subject::named(&cx.graph.plan.unit, &format!("provider.{key}"), Actions::default());
    let mut draft = out
        .deny(tri, it, (), || {
            let count = behind.len();
            let resources =
                if count == 1 { "resource that exists" } else { "resources that exist" };
            format!("is {what}, but provider {key} has its host from it, for {count} {resources}")
        })
        .key(key)
        .help(|| {
            format!("make it two applies: first let the state go of what provider {key} manages")
        })
        .related_at(block, "host", || "has its host from the workspace".to_owned());
    for other in behind.into_iter().take(SHOWN) {
        draft = draft.related(other, || "lives in the workspace that goes".to_owned());
    }
}
