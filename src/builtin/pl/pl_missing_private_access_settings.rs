//! A workspace on a PrivateLink network that has no private access settings.

use crate::{
    builtin::shared::account,
    estate::{Cell, Links, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` without `private_access_settings_id` whose network has
    /// back-end endpoints (`vpc_endpoints`). Workspace and network may stand in different plans of the
    /// run.
    ///
    /// ## Why is this bad?
    /// PrivateLink needs private access settings, front-end, back-end or both. Terraform cannot know:
    /// the plan succeeds, and the workspace fails to be created.
    /// Source: [AWS PrivateLink guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/aws-private-link-workspace),
    /// "the workspace must be created with an attached databricks_mws_private_access_settings".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   private_access_settings_name = "acme"
    ///   region                       = "eu-central-1"
    ///   public_access_enabled        = true
    /// }
    ///
    /// resource "databricks_mws_workspaces" "this" {
    ///   private_access_settings_id = databricks_mws_private_access_settings.this.private_access_settings_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The endpoints of a network that is in no plan of the run: the rule is silent. Endpoints that
    /// may or may not be there, as behind a `dynamic` block that is not known yet, make the finding
    /// possible.
    pub static RULE = {
        id: "pl-missing-private-access-settings",
        summary: "PrivateLink network on a workspace without private access settings",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for workspace in cx.of(account::WORKSPACE) {
        let has_none = Tri::from(*workspace.cell("access") == Cell::Unset);
        let is_private =
            links.agree((workspace, "network"), account::NETWORK, Tri::No, |network| {
                network.tri("privatelink")
            });
        let mut draft = out
            .deny(has_none & is_private, workspace, "private_access_settings_id", || {
                "has no private access settings, but its network has PrivateLink endpoints"
                    .to_owned()
            })
            .help(|| {
                "attach a databricks_mws_private_access_settings of the workspace's region"
                    .to_owned()
            });
        for (network, _) in links.to(workspace, "network", account::NETWORK) {
            draft = draft
                .related_at(network, "vpc_endpoints", || "the network, with endpoints".to_owned());
        }
    }
}
