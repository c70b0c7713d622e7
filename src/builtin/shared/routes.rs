//! Where traffic of a subnet goes: its route table, the main one where it has none of its own, and the
//! routes in it.

use crate::{
    aws::Range,
    estate::{Cell, Links, Named, Row, Rows},
    facts::routes::{self, Way},
    graph::{Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::Tri,
};

use super::account::{self, SUBNET, VPC};

/// A subnet. Cells: `vpc`, `range`, `zone`, `managed`.
pub const KIND: &str = "route/subnet";
/// A table. Cells: `vpc`, `managed`, `unseen` (whether its inline routes cannot be seen).
pub const TABLE: &str = "route/table";
/// A table given to a subnet. Cells: `subnet`, `table`.
const ASSOCIATION: &str = "route/association";
/// The main table of a VPC. Cells: `vpc`, `table`.
const MAIN: &str = "route/main";
/// A route. Cells: `table`, `to` (the range), `way`.
const ROUTE: &str = "route/route";

const TABLES: &[&str] = &["aws_default_route_table", "aws_route_table"];

const GATEWAYS: &[&str] = &["aws_internet_gateway", "aws_vpn_gateway", "aws_vpc_endpoint"];

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in SUBNET.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        rows.add(KIND, it)
            .with("vpc", it.get("vpc_id").target(VPC))
            .with("range", it.get("cidr_block"))
            .with("zone", it.get("availability_zone"))
            .with("managed", account::is_managed(it));
    }
    for it in TABLES.iter().flat_map(|kind| cx.of(kind)) {
        table(it, rows);
    }
    for it in cx.of("aws_route_table_association") {
        rows.add(ASSOCIATION, it)
            .with("subnet", it.get("subnet_id").target(SUBNET))
            .with("table", it.get("route_table_id").target(TABLES));
    }
    for it in cx.of("aws_main_route_table_association") {
        rows.add(MAIN, it)
            .with("vpc", it.get("vpc_id").target(VPC))
            .with("table", it.get("route_table_id").target(TABLES));
    }
    for it in cx.of("aws_route") {
        let table = it.get("route_table_id");
        route(rows, it, &it.root(), "destination_cidr_block").with(
            "table",
            table.target(&["aws_default_route_table", "aws_route_table", "aws_vpc"]),
        );
    }
}

fn table(it: Res<'_>, rows: &mut Rows) {
    let own = it.get("route");
    rows.add(TABLE, it)
        .with("vpc", it.get("vpc_id").target(VPC))
        .with("unseen", Tri::from(matches!(own.val(), Val::Unknown(_))));
    for block in own.items() {
        route(rows, it, &block, "cidr_block").with("table", Target::Here(it));
    }
    if it.type_() == "aws_default_route_table" {
        rows.add(MAIN, it)
            .with("vpc", it.get("default_route_table_id").target(VPC))
            .with("table", Target::Here(it));
    }
}

fn route<'r, 'a>(
    rows: &'r mut Rows,
    it: Res<'a>,
    route: &View<'a>,
    to: &'static str,
) -> &'r mut Row {
    rows.add(ROUTE, it).with("to", route.get(to)).with("way", Cell::from(way(route)))
}

/// What a route leads to, as a word; unknown where the plan does not show it.
fn way(route: &View<'_>) -> Option<String> {
    let set = |(name, way): &(&'static str, Way)| {
        let view = route.get(name);
        let is_empty = view.text() == Some("");
        (!is_empty && view.is_set() != Tri::No).then(|| match *name {
            "gateway_id" => gateway(&view),
            _ => Some(*way),
        })
    };
    let found = routes::ARGUMENTS.iter().find_map(set)?;
    found.map(|way| way.as_str().to_owned())
}

fn gateway(view: &View<'_>) -> Option<Way> {
    match view.target(GATEWAYS).by_itself() {
        Target::Here(gateway) => Some(routes::of_gateway(gateway.type_())),
        Target::Elsewhere(id) => Some(routes::of_id(&id)),
        _ => None,
    }
}

/// Routes of all plans.
#[derive(Debug)]
pub struct Routes<'a> {
    links: Links<'a>,
}

impl<'a> Routes<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Routes<'a> {
        Routes { links: Links::of(cx) }
    }

    /// The tables that a subnet may use: its own, else the main one of its VPC. Empty where no plan
    /// of the run shows one.
    pub fn tables(&self, subnet: &Row) -> Vec<(&'a Row, Tri)> {
        let own = self.links.from(subnet, ASSOCIATION, "subnet");
        let mut tables = self.through(&own);
        if own.is_empty() {
            let vpc = Named::of(subnet, "vpc");
            tables = self.through(&self.links.naming(MAIN, "vpc").named(&vpc));
        }
        tables
    }

    fn through(&self, given: &[(&'a Row, Tri)]) -> Vec<(&'a Row, Tri)> {
        let tables = given.iter().flat_map(|(row, sure)| {
            let all = self.links.to(row, "table", TABLE).into_iter();
            all.map(move |(table, also)| (table, *sure & also))
        });
        tables.collect()
    }

    /// Default routes of a table for IPv4, each with what it leads to (none where the plan does not
    /// show it) and whether it is one of this table.
    pub fn default_routes(&self, table: &Row) -> Vec<(&'a Row, Option<&'a str>, Tri)> {
        let all = self.links.from(table, ROUTE, "table").into_iter();
        all.filter_map(|(route, sure)| {
            let is_default = match route.cell("to") {
                Cell::Known(text) => Tri::from(
                    Range::parse(text).is_some_and(|it| it.is_everything() && !it.is_v6()),
                ),
                Cell::Unset => Tri::No,
                _ => Tri::Maybe,
            };
            let tri = sure & is_default;
            (tri != Tri::No).then(|| (route, route.text("way"), tri))
        })
        .collect()
    }

    /// Whether a table has a default route that leads there.
    pub fn leads_to(&self, table: &Row, way: Way) -> Tri {
        let routes = self.default_routes(table);
        let each = routes.iter().map(|(_, leads, tri)| match leads {
            Some(known) => *tri & Tri::from(*known == way.as_str()),
            None => *tri & Tri::Maybe,
        });
        Tri::any(each) | (table.tri("unseen") & Tri::Maybe)
    }

    /// Whether a table has any default route.
    pub fn has_default(&self, table: &Row) -> Tri {
        let all = self.default_routes(table);
        Tri::any(all.iter().map(|(.., tri)| *tri)) | (table.tri("unseen") & Tri::Maybe)
    }
}
