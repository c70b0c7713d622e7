//! A workspace that runs in a VPC of Databricks is given one of the customer's.

use crate::{
    builtin::shared::{account, change},
    graph::Res,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an existing `databricks_mws_workspaces` without `network_id` that is given one.
    ///
    /// ## Why is this bad?
    /// The apply fails: a workspace that was made in the VPC that Databricks manages stays there.
    /// Source: `UpdateWorkspaceRequest.network_id` in [databricks/databricks-sdk-go](https://github.com/databricks/databricks-sdk-go),
    /// "You can only update this field if the workspace already uses a customer-managed VPC"; a workspace
    /// whose creation failed may be given one.
    ///
    /// ## How to fix it
    /// Take the argument out again, or make a new workspace with the network and move to it:
    ///
    /// ```hcl
    /// resource "databricks_mws_workspaces" "sandbox_v2" {
    ///   workspace_name = "sandbox-v2"
    ///   network_id     = databricks_mws_networks.sandbox.network_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A network that the workspace was given outside Terraform, where the plan was made with
    /// `-refresh=false`.
    pub static RULE = {
        id: "chg-workspace-add-network",
        summary: "moving a running workspace into a customer VPC",
        severity: Error,
        also: [(Note, "the creation of the workspace failed, so that it may be given a network")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const NETWORK: &[&str] = &["databricks_mws_networks"];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in change::updates(cx, "databricks_mws_workspaces") {
        let after = it.after().get("network_id");
        let had_none = Tri::from(it.before().get("network_id").text().is_none_or(str::is_empty));
        let failed = has_failed(it);
        out.deny(had_none & account::names_one(&after, NETWORK), it, &after, || {
            let network = after.show();
            match failed {
                true => {
                    format!("the workspace failed to be created, and is given network {network}")
                }
                false => format!(
                    "the workspace is given network {network}, but runs in a VPC of Databricks"
                ),
            }
        })
        .at(if failed { Severity::Note } else { Severity::Error })
        .help(|| "take network_id out, or make a new workspace with it".to_owned());
    }
}

fn has_failed(it: Res<'_>) -> bool {
    it.before().get("workspace_status").text() == Some("FAILED")
}
