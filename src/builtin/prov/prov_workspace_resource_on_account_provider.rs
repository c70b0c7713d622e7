//! A workspace's resource is sent to the account.

use crate::{
    builtin::shared::provider::account_host,
    facts::provider_levels::{Level, PROVIDER_CONFIG_SINCE, level},
    graph::{ProviderBlock, Res},
    lint::{Check, Findings, PlanCx, Subject},
    plan::{Actions, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds resources that only a workspace can hold (clusters, jobs, secrets, catalogs) whose
    /// provider has the host of the account console and names no workspace.
    ///
    /// ## Why is this bad?
    /// The account has no such API. Terraform cannot know: the plan succeeds and the apply fails with
    /// `cannot create …: invalid character '<' looking for beginning of value`.
    /// Source: "This resource can only be used with a workspace-level provider" on the page of each
    /// resource, the
    /// [troubleshooting guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting),
    /// databricks/databricks-sdk-go#752.
    ///
    /// ## How to fix it
    /// Give the resource a provider with the workspace's host, or name the workspace:
    ///
    /// ```hcl
    /// resource "databricks_secret_scope" "app" {
    ///   provider = databricks.account
    ///   name     = "app"
    ///   provider_config {
    ///     workspace_id = "1234567890123456"
    ///   }
    /// }
    /// ```
    ///
    /// A `workspace_id` in the provider block does the same for all its resources. Both take version 1.94 of the
    /// provider or later: where a version constraint excludes all of these, they count for nothing.
    ///
    /// ## What it cannot see
    /// Hosts and workspace ids from the environment or a profile: where the block has no host, or one
    /// that is not known before the apply, the rule is silent. Resources whose page does not say
    /// where they belong are silent too.
    pub static RULE = {
        id: "prov-workspace-resource-on-account-provider",
        summary: "workspace-level resource sent to the account host",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["*"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let types = cx.graph.plan.types().filter(|type_| level(type_) == Some(Level::Workspace));
    for it in types.flat_map(|type_| cx.of(type_)) {
        let Some(provider) = it.provider() else { continue };
        let is_unified = provider.admits_from(PROVIDER_CONFIG_SINCE);
        let names_it = provider.is_set("workspace_id") && is_unified;
        let Some(host) = account_host(provider).filter(|_| !names_it) else { continue };
        let names_workspace = if is_unified { names_workspace(it) } else { Tri::No };
        let key = provider.key;
        let of_unit =
            |address: &str| Subject::named(&cx.graph.plan.unit, address, Actions::default());
        out.deny(!names_workspace, it, (), || {
            format!(
                "{} belongs to a workspace, but provider {key} speaks to the account at {host}",
                it.type_()
            )
        })
        .help(|| help(provider, is_unified))
        .related_at(of_unit(&format!("provider.{key}")), "host", || {
            "the account's host".to_owned()
        });
    }
}

fn help(provider: ProviderBlock<'_>, is_unified: bool) -> String {
    let (major, minor, _) = PROVIDER_CONFIG_SINCE;
    let key = provider.key;
    let named = match is_unified {
        true => "name the workspace in provider_config".to_owned(),
        false => format!("let the provider be {major}.{minor} or later: {key} is held below"),
    };
    match other(provider) {
        Some(other) => format!("use provider {other}, or {named}"),
        None => format!("give it a provider with the workspace's host, or {named}"),
    }
}

/// Whether the resource says which workspace it is for. An id that is not known yet is one too.
fn names_workspace(it: Res<'_>) -> Tri {
    match it.get("provider_config.workspace_id").is_set() {
        Tri::Maybe if it.get("provider_config.workspace_id").is_written() != Tri::No => Tri::Yes,
        tri => tri,
    }
}

/// Another block of the same provider that speaks to a workspace.
fn other(provider: ProviderBlock<'_>) -> Option<&str> {
    let mut same = provider.siblings();
    same.find(|it| it.is_set("host") && account_host(*it).is_none()).map(|it| it.key)
}
