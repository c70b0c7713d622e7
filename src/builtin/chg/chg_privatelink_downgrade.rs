//! A workspace with PrivateLink moves to a network without endpoints.

use crate::{
    builtin::shared::{
        account,
        change::{self, Change},
        in_use,
    },
    estate::{Links, Row, Rows},
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an existing `databricks_mws_workspaces` that keeps its `private_access_settings_id` and moves
    /// from a network with `vpc_endpoints` to one without, in whichever plan of the run they are.
    ///
    /// ## Why is this bad?
    /// The apply fails: a workspace that has PrivateLink keeps it. Clusters on a network without endpoints
    /// could not reach a workspace that is closed to the public either.
    /// Source: `UpdateWorkspaceRequest.private_access_settings_id` in
    /// [databricks/databricks-sdk-go](https://github.com/databricks/databricks-sdk-go), "you cannot
    /// downgrade a workspace that already has PrivateLink support".
    ///
    /// ## How to fix it
    /// Register the new network with the endpoints of the old one:
    ///
    /// ```hcl
    /// resource "databricks_mws_networks" "v2" {
    ///   vpc_endpoints {
    ///     rest_api        = [databricks_mws_vpc_endpoint.rest.vpc_endpoint_id]
    ///     dataplane_relay = [databricks_mws_vpc_endpoint.relay.vpc_endpoint_id]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A new network of no plan of the run: it is silent. Whether an old network of no plan of the run had
    /// endpoints: then the finding is possible. Settings that are taken away are refused by the provider
    /// while planning.
    pub static RULE = {
        id: "chg-privatelink-downgrade",
        summary: "private access settings removed or network loses its endpoints",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A workspace that gets another network. Cells: `network`, `was` (the id of the old one), and the
/// answer `moves`, with private access settings before and after.
const MOVING: &str = "moving";
/// A network that was there before. Cell: the answer `linked`, it had endpoints.
const BEFORE: &str = "before";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    for it in change::updates(cx, "databricks_mws_workspaces") {
        let network = Change::of(it, "network_id");
        let settings = it.before().get("private_access_settings_id");
        let had = Tri::from(settings.text().is_some_and(|id| !id.is_empty()));
        let has = it.after().get("private_access_settings_id").is_given();
        rows.add(MOVING, it)
            .with("network", network.after.target(&["databricks_mws_networks"]))
            .with("was", &network.before)
            .with("moves", network.tri & had & has);
    }
    for it in in_use::existing(cx, "databricks_mws_networks") {
        rows.add(BEFORE, it).with("linked", had_endpoints(it));
    }
}

fn had_endpoints(network: Res<'_>) -> Tri {
    let before = network.before().get("vpc_endpoints");
    Tri::from(before.known().is_some_and(|block| !block.is_hollow()))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in cx.of(MOVING) {
        let loses = links.agree((it, "network"), account::NETWORK, Tri::No, |network| {
            !network.tri("privatelink")
        });
        let had = links.agree((it, "was"), BEFORE, Tri::Maybe, |network| network.tri("linked"));
        let to: Vec<&Row> =
            links.to(it, "network", account::NETWORK).iter().map(|it| it.0).collect();
        let mut draft = out
            .deny(it.tri("moves") & loses & had, it, "network_id", || {
                let (from, to) = (it.cell("was").show(), in_use::names(to.iter().copied()));
                format!(
                    "has PrivateLink on network {from}, and moves to {to}, which has no endpoints"
                )
            })
            .help(|| "register the new network with endpoints".to_owned());
        for network in to {
            draft = draft.related_at(network, "vpc_endpoints", || "the new network".to_owned());
        }
    }
}
