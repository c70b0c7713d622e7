//! A workspace closed to the public network that has no private way for its clusters.

use crate::{
    builtin::shared::account,
    estate::{Links, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_private_access_settings` with `public_access_enabled = false`, or without it,
    /// which is the same, on a workspace whose network has no back-end endpoints (`vpc_endpoints`).
    /// Settings, workspace and network may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// Clusters of such a network reach Databricks over public addresses, which the settings close. The
    /// plan succeeds, and the API refuses the workspace.
    /// Source: `PrivateAccessSettings.public_access_enabled` in
    /// [databricks-sdk-go](https://github.com/databricks/databricks-sdk-go/blob/main/service/provisioning/model.go);
    /// databricks/terraform-provider-databricks#1668, "Cannot create PrivateLink workspace".
    ///
    /// ## How to fix it
    /// Give the network its endpoints, or leave the workspace open to the public network:
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   # ...
    ///   public_access_enabled = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Networks of no plan of the run: the rule is silent. Public access, or endpoints, that are known only
    /// after the apply make the finding possible. Settings that no workspace uses do no harm.
    pub static RULE = {
        id: "pl-public-off-without-backend",
        summary: "public access disabled but no back-end endpoints",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_private_access_settings"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for access in cx.of(account::ACCESS) {
        let users = links.from(access, account::WORKSPACE, "access").into_iter();
        let without: Vec<(&Row, Tri)> = users
            .map(|(row, sure)| (row, sure & lacks_endpoints(&links, row)))
            .filter(|(_, tri)| *tri != Tri::No)
            .collect();
        let tri = !access.tri("public") & Tri::any(without.iter().map(|(_, tri)| *tri));
        let mut draft = out
            .deny(tri, access, "public_access_enabled", || {
                let names: Vec<&str> =
                    without.iter().map(|(row, _)| row.address.as_str()).collect();
                format!(
                    "closes {} to the public network, but its network has no back-end endpoints",
                    names.join(", ")
                )
            })
            .help(|| {
                "give the network `vpc_endpoints`, or set `public_access_enabled = true`".to_owned()
            });
        for (workspace, _) in without {
            draft = draft.related_at(workspace, "private_access_settings_id", || {
                "the workspace that uses the settings".to_owned()
            });
            for (network, _) in links.to(workspace, "network", account::NETWORK) {
                draft =
                    draft.related(network, || "its network, without `vpc_endpoints`".to_owned());
            }
        }
    }
}

/// A workspace without a network is another mistake, or serverless; a network of no plan is not known.
fn lacks_endpoints(links: &Links<'_>, workspace: &Row) -> Tri {
    let lacks = |network: &Row| !network.tri("privatelink");
    links.agree((workspace, "network"), account::NETWORK, Tri::No, lacks)
}
