//! A gateway endpoint to S3 that no workspace uses.

use crate::{
    builtin::shared::{
        account::NETWORK,
        endpoints::{self, Leads},
        networks::{self, Judged},
        routes::{self, Routes},
    },
    estate::{Links, Named, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds gateway endpoints to S3 in the VPC of a `databricks_mws_networks` that have no route table,
    /// or not those of all its subnets: what another gateway endpoint to S3 of the VPC has is not missing.
    /// Tables may be named by `route_table_ids` or by `aws_vpc_endpoint_route_table_association`, in any
    /// plan of the run.
    ///
    /// ## Why is this bad?
    /// A gateway endpoint is nothing but a route in a table. Without it data of S3 goes through the NAT
    /// gateway, which costs for each gigabyte, or, without a default route, nowhere: an error then.
    /// Source: [Gateway endpoints for Amazon S3](https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html),
    /// "Associate route tables".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint" "s3" {
    ///   vpc_id          = aws_vpc.this.id
    ///   service_name    = "com.amazonaws.eu-central-1.s3"
    ///   route_table_ids = aws_route_table.private[*].id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The tables of subnets that no plan of the run shows, and lists of tables behind a `local` where no
    /// source is at hand: it says nothing there.
    pub static RULE = {
        id: "net-s3-gateway-not-routed",
        summary: "S3 gateway endpoint not associated with the workspace route tables",
        severity: Error,
        also: [(Warning, "there is a default route, or no plan shows that there is none")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::collect(cx, rows);
    endpoints::collect(cx, rows);
    routes::tables(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, routes) = (Links::of(cx), Routes::of(cx));
    for it in cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        if is_gateway(&links, it) == Tri::No {
            continue;
        }
        let tables = tables_beside(cx, &links, it);
        let networks = links.naming(NETWORK, "vpc").named(&Named::of(it, "vpc"));
        let is_used = Tri::any(networks.iter().map(|(_, sure)| *sure));
        // A plan that lacks endpoints may lack the one that has the table.
        let is_whole = if cx.may_lack("aws_vpc_endpoint") { Tri::Maybe } else { Tri::Yes };
        let is_left_out = |table: &Row| is_whole & is_left_out(&tables, &routes, table);
        let left_out: Vec<Judged<'_>> = networks
            .iter()
            .flat_map(|(network, _)| {
                networks::subnets_of(&links, network, |subnet| routes.agree(subnet, is_left_out))
            })
            .filter(|judged| judged.tri != Tri::No && may_lie_beside(judged.subnet, it))
            .collect();
        let has_none = Tri::from(endpoints::tables(cx, &links, it).is_nothing());
        let is_stranded = |it: &Judged<'_>| {
            routes.agree(it.subnet, |table| !routes.has_default(table)) == Tri::Yes
        };
        let level = match left_out.iter().any(is_stranded) {
            true => Severity::Error,
            false => Severity::Warning,
        };
        let tri = is_gateway(&links, it)
            & is_used
            & (has_none | Tri::any(left_out.iter().map(|judged| judged.tri)));
        let mut draft = out
            .deny(tri, it, "route_table_ids", || match has_none {
                Tri::Yes => "has no route table, so no traffic to S3 takes it".to_owned(),
                _ => "lacks route tables of workspace subnets, so their traffic to S3 does not take it".to_owned(),
            })
            .at(level)
            .help(|| "name the route tables of the workspace subnets".to_owned());
        for judged in &left_out {
            draft = draft.related(judged.subnet, || "a workspace subnet".to_owned());
        }
        for (network, _) in networks {
            draft = draft.related_at(network, "vpc_id", || "the network in this VPC".to_owned());
        }
    }
}

fn is_gateway(links: &Links<'_>, endpoint: &Row) -> Tri {
    let is_to_s3 = endpoints::leads(links, endpoint) == Some(Leads::Aws("s3".to_owned()));
    Tri::from(is_to_s3) & endpoints::is_type(endpoint, "Gateway")
}

/// Whether a subnet may lie in the VPC of an endpoint, which can have no table of another.
fn may_lie_beside(subnet: &Row, endpoint: &Row) -> bool {
    Named::of(subnet, "vpc").same(&Named::of(endpoint, "vpc")) != Tri::No
}

/// The route tables of an endpoint and of the other gateways to S3 in its VPC: a table can have one of
/// them only.
fn tables_beside(cx: &EstateCx<'_>, links: &Links<'_>, endpoint: &Row) -> Named {
    let mut tables = endpoints::tables(cx, links, endpoint);
    for (other, is_here) in links.naming(endpoints::KIND, "vpc").seek(&Named::of(endpoint, "vpc")) {
        let is_one = is_here & is_gateway(links, other);
        if is_one == Tri::No || other.is(endpoint) {
            continue;
        }
        tables = tables.and(endpoints::tables(cx, links, other));
        if is_one == Tri::Maybe {
            tables.open = Some(Cause::Function);
        }
    }
    tables
}

/// Whether an endpoint does not have a table. Of a list that hides what it names nothing is said.
fn is_left_out(tables: &Named, routes: &Routes<'_>, table: &Row) -> Tri {
    // A VPC in the list stands for its main table, whatever that is called.
    let main = Named::of(table, "vpc");
    let is_main = || routes.may_be_main(table) && tables.meets(&main) == Tri::Yes;
    match tables.open.is_some() || is_main() {
        true => Tri::No,
        false => !tables.meets(&Named::itself(table)),
    }
}
