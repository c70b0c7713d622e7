//! A network with one of the two back-end endpoints.

use crate::{
    builtin::shared::{account, lists},
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_networks` with a `vpc_endpoints` block of which `rest_api` or
    /// `dataplane_relay` is empty: by hand, or by a splat over endpoints of which there are none.
    ///
    /// ## Why is this bad?
    /// Back-end PrivateLink takes both: clusters call the REST API through one endpoint and keep their
    /// relay open through the other. The provider asks for both arguments and not for an element in
    /// them; the API refuses the network.
    /// Source: [databricks_mws_networks](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_networks),
    /// `vpc_endpoints`; `NetworkVpcEndpoints` in databricks/databricks-sdk-go, where neither is optional.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_networks" "this" {
    ///   # ...
    ///   vpc_endpoints {
    ///     rest_api        = [databricks_mws_vpc_endpoint.rest.vpc_endpoint_id]
    ///     dataplane_relay = [databricks_mws_vpc_endpoint.relay.vpc_endpoint_id]
    ///   }
    /// }
    /// ```
    /// Where there may be no endpoints at all, make the block `dynamic` and leave it out as a whole.
    ///
    /// ## What it cannot see
    /// How long a list is that is known only after the apply and does not name an endpoint itself: the
    /// finding is possible.
    pub static RULE = {
        id: "pl-half-configured",
        summary: "network lists only one of the two back-end endpoints",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// The lists, and what a message calls what they hold.
const LISTS: [(&str, &str); 2] =
    [("dataplane_relay", "relay endpoint"), ("rest_api", "REST API endpoint")];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_networks") {
        for block in it.get("vpc_endpoints").items() {
            for (name, what) in LISTS {
                let list = block.get(name);
                out.deny(lists::is_empty(&list, account::ANY_ENDPOINT), it, &list, || {
                    format!(
                        "has `vpc_endpoints`, but no {what} in them: `{name}` is {}",
                        list.show()
                    )
                })
                .help(|| {
                    "name both endpoints, or leave the whole `vpc_endpoints` block out".to_owned()
                });
            }
        }
    }
}
