//! A registered network is changed in place, which does nothing.

use crate::{
    builtin::shared::{
        change::{self, Change},
        reason,
    },
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds updates in place of a `databricks_mws_networks`. What can be planned so is a change of its
    /// `vpc_endpoints`: any other argument replaces the network.
    ///
    /// ## Why is this bad?
    /// The provider's update of a network is an empty function. The plan says "update in-place", the apply
    /// succeeds, and the workspace keeps the endpoints that it had; where the old endpoint is destroyed in
    /// the same apply, it loses its connection.
    /// Source: `Update` in [mws/resource_mws_networks.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_networks.go),
    /// [databricks/terraform-provider-databricks#2839](https://github.com/databricks/terraform-provider-databricks/issues/2839).
    ///
    /// ## How to fix it
    /// Register another network beside this one, under another name and with subnets of its own, give that
    /// to the workspace, and take this one away in a later apply:
    ///
    /// ```hcl
    /// resource "databricks_mws_networks" "lakehouse_v2" {
    ///   network_name       = "lakehouse-v2"
    ///   vpc_id             = aws_vpc.this.id
    ///   subnet_ids         = aws_subnet.v2[*].id
    ///   security_group_ids = [aws_security_group.clusters.id]
    ///   vpc_endpoints {
    ///     rest_api        = [databricks_mws_vpc_endpoint.rest.vpc_endpoint_id]
    ///     dataplane_relay = [databricks_mws_vpc_endpoint.relay.vpc_endpoint_id]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Nothing of it: what an update changes stands in the plan. A value that is only known after the
    /// apply, and may turn out to be the old one, makes the finding possible.
    pub static RULE = {
        id: "chg-network-update-noop",
        summary: "in-place change of `vpc_endpoints` that never reaches Databricks",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const CHANGED: [&str; 2] = ["vpc_endpoints.rest_api", "vpc_endpoints.dataplane_relay"];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in change::updates(cx, "databricks_mws_networks") {
        let changes = CHANGED.map(|path| Change::of(it, path));
        let Some(surest) = changes.iter().rev().max_by_key(|change| change.tri) else { continue };
        let draft = out
            .deny(surest.tri, it, &surest.after, || {
                format!("{}, but an update of a registered network does nothing", surest.words())
            })
            .help(|| "register another network, and give that to the workspace".to_owned());
        reason::blame(draft, reason::origin(&surest.after));
    }
}
