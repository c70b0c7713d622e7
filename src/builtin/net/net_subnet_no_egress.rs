//! A workspace subnet from which nothing can be reached.

use crate::{
    builtin::shared::{
        account::{self, VPC},
        endpoints::{self, Leads},
        networks,
        routes::{self, Routes},
    },
    estate::{Links, Named, Row, Rows},
    facts::privatelink::{NEEDED_WITHOUT_EGRESS, OF_GATEWAYS},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds subnets of a `databricks_mws_networks` whose route table is created in this run and has no
    /// default route, while the network is not fully private either: that takes its own endpoints to
    /// the REST API and the relay, and endpoints to S3, STS and Kinesis in the VPC. Network, subnet,
    /// routes and endpoints may stand in different plans of the run. Where the VPC is attached to a
    /// transit gateway, which may bring routes, it is a note.
    ///
    /// ## Why is this bad?
    /// Nodes cannot reach the control plane or what they need to start: clusters end with
    /// `BOOTSTRAP_TIMEOUT`.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "Subnets", "must have outbound access to the public network";
    /// [Enable private connectivity](https://docs.databricks.com/en/security/network/classic/privatelink.html),
    /// "Add VPC endpoints for other AWS services".
    ///
    /// ## How to fix it
    /// Add a default route, or the endpoints that are missing:
    /// ```hcl
    /// resource "aws_route" "default" {
    ///   route_table_id         = aws_route_table.private.id
    ///   destination_cidr_block = "0.0.0.0/0"
    ///   nat_gateway_id         = aws_nat_gateway.this.id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Tables that exist already, which somebody else may give routes, and tables of no plan of the run.
    /// Routes and endpoints behind what is known only after the apply, and routes that a virtual private
    /// gateway propagates, make the finding possible.
    pub static RULE = {
        id: "net-subnet-no-egress",
        summary: "workspace subnet has no default route and lacks private endpoints",
        severity: Warning,
        also: [(Note, "the VPC is attached to a transit gateway, which may bring routes")],
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_subnet"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const ATTACHMENT: &str = "aws_ec2_transit_gateway_vpc_attachment";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    routes::collect(cx, rows);
    endpoints::collect(cx, rows);
    for it in cx.of(ATTACHMENT) {
        rows.add("attachment", it).with("vpc", it.get("vpc_id").target(VPC));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, routes) = (Links::of(cx), Routes::of(cx));
    let may_lack_endpoints = cx.may_lack("aws_vpc_endpoint");
    let has_no_default = |table: &Row| Tri::from(table.actions.create) & !routes.has_default(table);
    let stranded = |subnet, network| {
        routes.agree(subnet, has_no_default) & !is_private(&links, network, may_lack_endpoints)
    };
    for it in networks::subnets(cx, &links, stranded) {
        it.explain(out);
        let vpc = Named::of(it.network, "vpc");
        let attached = links.naming("attachment", "vpc").seek(&vpc);
        let level = if attached.is_empty() { Severity::Warning } else { Severity::Note };
        let mut draft = out
            .deny(it.tri, it.subnet, (), || {
                format!(
                    "a workspace subnet has no default route, and {} lacks {}",
                    it.network.address,
                    lacking(&links, it.network).join(", ")
                )
            })
            .at(level)
            .help(|| "add a default route, or the endpoints that are missing".to_owned())
            .related_at(it.network, "subnet_ids", || "the network that uses it".to_owned());
        for table in routes.tables(it.subnet) {
            draft = draft.related(table, || "the route table of the subnet".to_owned());
        }
    }
}

/// Whether clusters of a network reach all that they need by endpoints.
fn is_private(links: &Links<'_>, network: &Row, may_lack: bool) -> Tri {
    let listed = ["rest", "relay"].map(|list| {
        let named = Named::of(network, list);
        if named.is_nothing() { Tri::No } else { Tri::Yes }
    });
    let services = NEEDED_WITHOUT_EGRESS.iter().map(|service| has(links, network, service));
    let unseen = Tri::from(may_lack) & Tri::Maybe;
    network.tri("privatelink")
        & Tri::all(listed)
        & Tri::all(services.map(|has_service| has_service | unseen))
}

/// Whether the VPC of a network has an endpoint to a service of AWS.
fn has(links: &Links<'_>, network: &Row, service: &str) -> Tri {
    let all = links.naming(endpoints::KIND, "vpc").seek(&Named::of(network, "vpc")).into_iter();
    Tri::any(all.map(|(endpoint, is_here)| match endpoints::leads(links, endpoint) {
        Some(Leads::Aws(name)) if name == service => is_here & leads_there(endpoint, service),
        Some(_) => Tri::No,
        None => is_here & Tri::Maybe,
    }))
}

/// Whether what asks for a service by its usual name gets to an endpoint.
fn leads_there(endpoint: &Row, service: &str) -> Tri {
    let is_gateway = endpoints::is_type(endpoint, "Gateway");
    match OF_GATEWAYS.contains(&service) {
        true => is_gateway | endpoint.tri("private-dns"),
        false => Tri::Yes,
    }
}

/// What a network lacks to be fully private.
fn lacking(links: &Links<'_>, network: &Row) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if ["rest", "relay"].iter().any(|list| Named::of(network, list).is_nothing()) {
        all.push("back-end endpoints".to_owned());
    }
    let missing = NEEDED_WITHOUT_EGRESS.iter().filter(|it| has(links, network, it) != Tri::Yes);
    all.extend(missing.map(|service| format!("an endpoint to {service}")));
    all
}
