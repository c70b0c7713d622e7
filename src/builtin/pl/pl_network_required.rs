//! Private access settings on a workspace without a network.

use crate::{
    builtin::shared::account,
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` with `private_access_settings_id` and without `network_id`.
    /// Serverless workspaces have no network, and those on Google
    /// Cloud other rules: both are left alone.
    ///
    /// ## Why is this bad?
    /// PrivateLink takes a customer-managed VPC. To Terraform both arguments are optional: the plan
    /// succeeds, and the API refuses the workspace.
    /// Source: `CreateWorkspaceRequest.network_id` in
    /// [databricks-sdk-go](https://github.com/databricks/databricks-sdk-go/blob/main/service/provisioning/model.go):
    /// "To use AWS PrivateLink, this field is required".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   # ...
    ///   network_id                 = databricks_mws_networks.this.network_id
    ///   private_access_settings_id = databricks_mws_private_access_settings.this.private_access_settings_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether an id is set that comes from a `local` or a function and is known only after the apply:
    /// the finding is possible.
    pub static RULE = {
        id: "pl-network-required",
        summary: "private access settings on a workspace without a network",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_workspaces") {
        let is_excused = account::is_serverless(it) | account::is_on_google(it);
        let (access, network) = (it.get("private_access_settings_id"), it.get("network_id"));
        let is_private = account::names_one(&access, &["databricks_mws_private_access_settings"]);
        let has_network = account::names_one(&network, &["databricks_mws_networks"]);
        let tri = is_private & !has_network & !is_excused;
        out.deny(tri, it, &network, || {
            let shown = network.show();
            let shown = if shown.is_empty() { "empty" } else { &shown };
            format!("has private access settings, but no network: network_id is {shown}")
        })
        .help(|| {
            "give it the databricks_mws_networks of its VPC, or no private access settings"
                .to_owned()
        });
    }
}
