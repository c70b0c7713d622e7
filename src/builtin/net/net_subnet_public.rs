//! A workspace subnet that is open to the internet.

use crate::{
    builtin::shared::{
        account, networks,
        routes::{self, Routes},
    },
    estate::{Links, Row, Rows},
    facts::routes::Way,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
};

declare_rule! {
    /// ## What it does
    /// Finds subnets of a `databricks_mws_networks` whose default route leads to an internet gateway:
    /// in the table that is associated with the subnet, else in the main table of its VPC, by a route
    /// in the table or one of its own. Subnets that give machines a public address
    /// (`map_public_ip_on_launch`) are a warning. Network, subnet and routes may stand in different
    /// plans of the run.
    ///
    /// ## Why is this bad?
    /// Databricks asks for private subnets. With secure cluster connectivity nodes have no public
    /// address, so an internet gateway takes nothing from them anywhere: clusters hang while they start.
    /// Without it they are reachable from outside.
    /// Source: [databricks_mws_networks](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_networks),
    /// "Subnets must be private";
    /// [Internet gateways](https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html),
    /// which serve instances with a public address.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_route" "default" {
    ///   route_table_id         = aws_route_table.private.id
    ///   destination_cidr_block = "0.0.0.0/0"
    ///   nat_gateway_id         = aws_nat_gateway.this.id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Tables of no plan of the run. What a route leads to and flags that are known only after the apply
    /// make the finding possible, and so does a splat over subnets of which only some are
    /// public: there may be an `if` that the plan does not show.
    pub static RULE = {
        id: "net-subnet-public",
        summary: "workspace subnet is public",
        severity: Error,
        also: [(Warning, "it gives machines a public address; Databricks launches nodes without one")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["aws_subnet"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    routes::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, routes) = (Links::of(cx), Routes::of(cx));
    let leads_out = |table| routes.leads_to(table, Way::InternetGateway);
    for it in networks::subnets(cx, &links, |subnet, _| routes.agree(subnet, leads_out)) {
        it.explain(out);
        let mut draft = out
            .deny(it.tri, it.subnet, (), || {
                "the default route of a workspace subnet leads to an internet gateway".to_owned()
            })
            .key("route")
            .help(|| "lead it to a NAT gateway, a transit gateway or a firewall".to_owned())
            .related_at(it.network, "subnet_ids", || "the network that uses it".to_owned());
        for route in default_routes(&routes, it.subnet) {
            draft = draft.related(route, || "the default route of the subnet".to_owned());
        }
    }
    for it in networks::subnets(cx, &links, |subnet, _| subnet.tri("public")) {
        it.explain(out);
        out.deny(it.tri, it.subnet, "map_public_ip_on_launch", || {
            "a workspace subnet gives machines a public address".to_owned()
        })
        .at(Severity::Warning)
        .help(|| "leave map_public_ip_on_launch out".to_owned())
        .related_at(it.network, "subnet_ids", || "the network that uses it".to_owned());
    }
}

/// The routes that lead out, each once.
fn default_routes<'a>(routes: &Routes<'a>, subnet: &Row) -> Vec<&'a Row> {
    let tables = routes.tables(subnet).into_iter();
    let to_gateway = |(route, way, _): (&'a Row, Option<&str>, _)| {
        way.is_none_or(|way| way == Way::InternetGateway.as_str()).then_some(route)
    };
    let mut all: Vec<&Row> =
        tables.flat_map(|table| routes.default_routes(table)).filter_map(to_gateway).collect();
    all.dedup_by(|a, b| a.is(b));
    all
}
