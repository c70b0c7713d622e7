//! The account's resource is sent to a workspace.

use crate::{
    builtin::shared::provider::{account_host, is_for_workspace},
    facts::provider_levels::{ACCOUNT_DATA_SOURCES, Level, level},
    graph::{ProviderBlock, Res},
    lint::{Check, Findings, PlanCx, Subject},
    plan::Actions,
};

declare_rule! {
    /// ## What it does
    /// Finds resources that only the account can hold (networks, credentials, workspaces, NCCs), and data
    /// sources of the account that are read while applying, whose provider has the host of a workspace:
    /// written out, handed in by a variable, or the `workspace_url` of a workspace.
    ///
    /// ## Why is this bad?
    /// A workspace has no such API. Terraform cannot know: the plan succeeds and the apply fails with
    /// `HTTP method POST is not supported by this URL` or `invalid character '<'`.
    /// Source: "This resource can only be used with an account-level provider" on the page of each
    /// resource, the
    /// [troubleshooting guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting),
    /// databricks/terraform-provider-databricks#2377.
    ///
    /// ## How to fix it
    /// ```hcl
    /// provider "databricks" {
    ///   alias      = "account"
    ///   host       = "https://accounts.cloud.databricks.com"
    ///   account_id = var.databricks_account_id
    /// }
    ///
    /// resource "databricks_mws_networks" "this" {
    ///   provider = databricks.account
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Hosts from the environment, a profile or a `local` whose source is not at hand: it is silent. A
    /// host of one's own domain, and a provider with a token and no host, make the finding possible.
    /// Resources whose page does not say where they belong are not looked at.
    pub static RULE = {
        id: "prov-account-resource-on-workspace-provider",
        summary: "account-level resource sent to a workspace host",
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
    let types = cx.graph.plan.types().filter(|type_| level(type_) == Some(Level::Account));
    let managed = types.flat_map(|type_| cx.of(type_));
    // What was read while planning has been answered.
    let read = ACCOUNT_DATA_SOURCES.iter().flat_map(|type_| cx.data(type_));
    for it in managed.chain(read.filter(|it| it.actions().read)) {
        if let Some(provider) = it.provider() {
            judge(it, provider, out);
        }
    }
}

fn judge(it: Res<'_>, provider: ProviderBlock<'_>, out: &mut Findings<'_>) {
    let key = provider.key;
    let whom = match provider.constant("host") {
        Some(host) => host,
        None => "a workspace".to_owned(),
    };
    let unit = &it.scope().graph.plan.unit;
    let block = Subject::named(unit, &format!("provider.{key}"), Actions::default());
    out.deny(is_for_workspace(it, provider), it, (), || {
        format!("{} belongs to the account, but provider {key} speaks to {whom}", it.type_())
    })
    .help(|| match provider.siblings().find(|it| account_host(*it).is_some()) {
        Some(other) => format!("use provider {}", other.key),
        None => "give it a provider with the account's host and account_id".to_owned(),
    })
    .related_at(block, "host", || "the workspace's host".to_owned());
}
