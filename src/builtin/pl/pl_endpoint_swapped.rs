//! The two back-end endpoints of a network the wrong way round.

use std::{collections::BTreeMap, ptr};

use crate::{
    builtin::shared::{account, endpoints},
    estate::{Links, Row, Rows},
    facts::privatelink::Service,
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_networks` whose `rest_api` names an endpoint of the relay, or whose
    /// `dataplane_relay` names one of the workspace service (or of service-direct). What an endpoint leads
    /// to is known by the service that AWS's endpoint names, or by the `use_case` of its registration.
    /// Network, registration and endpoint may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// Both are ids of the same form, so they are easily swapped. The plan succeeds; the API refuses
    /// the network, or its clusters reach neither the REST API nor the relay.
    /// Source: [AWS PrivateLink guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/aws-private-link-workspace);
    /// `EndpointUseCase` in databricks/databricks-sdk-go.
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
    ///
    /// ## What it cannot see
    /// Registrations of no plan of the run, and those behind a `local`: the rule is silent, as it is where
    /// one of several endpoints may be meant and not all are wrong. An endpoint service that is not a
    /// published one of Databricks has no known purpose.
    pub static RULE = {
        id: "pl-endpoint-swapped",
        summary: "REST and relay endpoints are swapped",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// The lists of a network: cell, attribute, what a message calls what belongs there.
const LISTS: [(&str, &str, &str); 2] = [
    ("relay", "vpc_endpoints[0].dataplane_relay", "the relay"),
    ("rest", "vpc_endpoints[0].rest_api", "the REST API"),
];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let mut known: BTreeMap<*const Row, Option<Service>> = BTreeMap::new();
    for network in cx.of(account::NETWORK) {
        for (list, attribute, wanted) in LISTS {
            let is_wrong = |row: &Row| {
                let service = known.entry(ptr::from_ref(row));
                let service = *service.or_insert_with(|| endpoints::service_of(&links, row));
                belongs_elsewhere(service, list)
            };
            let tri = links.agree((network, list), account::REGISTRATION, Tri::No, is_wrong);
            if tri == Tri::Maybe {
                // Which one is meant is all that matters here.
                out.blind(Cause::Function, network);
                continue;
            }
            let registered = links.to(network, list, account::REGISTRATION);
            let mut draft = out
                .deny(tri, network, attribute, || {
                    let leads =
                        registered.iter().find_map(|(row, _)| endpoints::service_of(&links, row));
                    let leads = leads.map_or("another", Service::as_str);
                    format!("names an endpoint of the {leads} service where {wanted} belongs")
                })
                .help(|| format!("name the endpoint of {wanted} here"));
            for (row, _) in registered {
                draft = draft.related_at(row, "aws_vpc_endpoint_id", || "what it names".to_owned());
                for (endpoint, _) in links.to(row, "endpoint", endpoints::KIND) {
                    draft = draft
                        .related_at(endpoint, "service_name", || "leads to the service".to_owned());
                }
            }
        }
    }
}

/// A registration leads to a service of the other list. Of one that leads nobody knows where nothing is
/// said.
fn belongs_elsewhere(service: Option<Service>, list: &str) -> Tri {
    Tri::from(service.is_some_and(|it| (it == Service::Relay) != (list == "relay")))
}
