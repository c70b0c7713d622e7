//! A workspace in another region than its network.

use crate::{
    builtin::shared::{account, regions},
    estate::{Cell, Links, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose `aws_region` is not the region in which the VPC or the
    /// subnets of its network lie. Where a VPC's provider takes its region from the environment, the
    /// availability zones of its subnets tell it. Workspace, network and VPC may stand in different
    /// plans of the run.
    ///
    /// ## Why is this bad?
    /// The region of a workspace is that of its VPC. To Terraform both are only texts: the plan
    /// succeeds, and the workspace fails to be created.
    /// Source: [databricks_mws_workspaces](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_workspaces),
    /// "`aws_region` - region of VPC".
    ///
    /// ## How to fix it
    /// Take the region from one place:
    ///
    /// ```hcl
    /// provider "aws" {
    ///   region = var.region
    /// }
    ///
    /// resource "databricks_mws_workspaces" "this" {
    ///   aws_region = var.region
    ///   network_id = databricks_mws_networks.this.network_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// VPCs and subnets of no plan of the run, and those whose region only the environment tells: the
    /// rule is silent. A workspace whose region is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "reg-workspace-vpc",
        summary: "workspace region differs from its network's VPC region",
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
    regions::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for workspace in cx.of(account::WORKSPACE) {
        let region = workspace.cell("region");
        let lies_elsewhere =
            |network: &Row| regions::all_elsewhere(&regions::places_of(&links, network), region);
        let (tri, cause) = links.at_odds((workspace, "network"), account::NETWORK, lies_elsewhere);
        if let Some(cause) = cause {
            out.blind(cause, workspace);
        }
        let networks = links.to(workspace, "network", account::NETWORK);
        let mut places: Vec<(&Row, Cell)> =
            networks.iter().flat_map(|(network, _)| regions::places_of(&links, network)).collect();
        places.retain(|(_, theirs)| regions::differ(region, theirs) != Tri::No);
        let theirs = places.first().map_or("another region", |(_, region)| regions::shown(region));
        let mut draft = out
            .deny(tri, workspace, "aws_region", || {
                let ours = regions::shown(region);
                format!("is created in {ours}, but the VPC of its network lies in {theirs}")
            })
            .help(|| format!("set aws_region to {theirs}, or give it a network of its own region"));
        for (network, _) in networks {
            draft = draft.related(network, || "the network".to_owned());
        }
        for (place, region) in &places {
            draft = draft.related(*place, || format!("lies in {}", regions::shown(region)));
        }
    }
}
