//! Where traffic of a subnet goes: its route table, the main one where it has none of its own, and the
//! routes in it.

use crate::{
    aws::Range,
    estate::{Cell, Links, Named, Row, Rows},
    facts::routes::{self, Way},
    graph::{End, Hit, Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::{Key, Step, Tri},
};

use super::account::{self, SUBNET, VPC};

/// A subnet. Cells: `vpc`, `range`, `zone`, `zone-id`, `region`, `public` (an answer), `managed`, and `zones` and
/// `pick`: the list that its zone comes from and the place there, while the zone is not known.
pub const KIND: &str = "route/subnet";
/// A table, or a VPC for its main one. Cells: `vpc`, `new` (whether this run creates it), `unseen`
/// (whether there are routes that cannot be seen), `propagates` (whether a virtual private gateway adds
/// routes, which all lead to that gateway).
pub const TABLE: &str = "route/table";
/// A table given to a subnet. Cells: `subnet`, `table`.
const ASSOCIATION: &str = "route/association";
/// The main table of a VPC. Cells: `vpc`, `table`.
const MAIN: &str = "route/main";
/// What lists the zones of a region.
const ZONES: &str = "aws_availability_zones";
/// A route. Cells: `table`, `to` (the range), `list` (a list of ranges in its place), `way`.
const ROUTE: &str = "route/route";

/// A table to which a virtual private gateway adds its routes. Cell: `table`.
const PROPAGATION: &str = "route/propagation";

/// Types of tables.
pub const TABLES: &[&str] = &["aws_default_route_table", "aws_route_table"];

/// The same, with VPCs, which stand for their main table.
pub const TABLES_AND_VPCS: &[&str] =
    &["aws_default_route_table", "aws_route_table", "aws_default_vpc", "aws_vpc"];

const GATEWAYS: &[&str] = &["aws_internet_gateway", "aws_vpn_gateway", "aws_vpc_endpoint"];

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    subnets(cx, rows);
    tables(cx, rows);
}

/// Takes rows of tables and routes alone.
pub fn tables(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "route tables", take_tables);
}

fn take_tables(cx: &PlanCx<'_>, rows: &mut Rows) {
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
    let mut implicit: Vec<Res<'_>> = Vec::new();
    for it in cx.of("aws_route") {
        let table = it.get("route_table_id").target(TABLES_AND_VPCS);
        implicit.extend(table.here().filter(|table| VPC.contains(&table.type_())));
        route(rows, it, &it.root(), "destination_cidr_block").with("table", table);
    }
    implicit.sort_by_key(|vpc| vpc.id);
    implicit.dedup();
    for vpc in implicit {
        rows.add(TABLE, vpc).with("vpc", Target::Here(vpc));
        rows.add(MAIN, vpc).with("vpc", Target::Here(vpc)).with("table", Target::Here(vpc));
    }
    for it in cx.of("aws_vpn_gateway_route_propagation") {
        rows.add(PROPAGATION, it).with("table", it.get("route_table_id").target(TABLES));
    }
}

/// Takes rows of the subnets alone.
pub fn subnets(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "subnets", take_subnets);
}

fn take_subnets(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in SUBNET.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        let (zones, pick) = picked(it).unzip();
        rows.add(KIND, it)
            .with("vpc", it.get("vpc_id").target(VPC))
            .with("zones", zones.map_or(Cell::Unset, Cell::Known))
            .with("pick", pick.map_or(Cell::Unset, Cell::Known))
            .with("range", it.get("cidr_block"))
            .with("zone", it.get("availability_zone"))
            .with("zone-id", it.get("availability_zone_id"))
            .with("region", it.region().map_or(Cell::Unset, Cell::Known))
            .with("public", it.get("map_public_ip_on_launch").flag(false))
            .with("managed", account::is_managed(it));
    }
}

/// Which zone of which list a subnet takes that is not known yet: by an index that is shown, else by that of
/// the subnet itself, among those of its block.
fn picked(it: Res<'_>) -> Option<(String, String)> {
    let zone = it.get("availability_zone");
    if !matches!(zone.val(), Val::Unknown(_)) {
        return None;
    }
    let scope = it.scope();
    let list = |hit: &Hit| match hit.end {
        End::Resource(id) if scope.res(id).type_() == ZONES => Some(scope.res(id).address()),
        _ => None,
    };
    let (list, block, index) = match zone.hits().as_slice() {
        [only] if only.exact => match only.attribute.as_slice() {
            [_, Step::Key(index @ Key::Int(_))] => (list(only)?, "", index.to_string()),
            _ => return None,
        },
        [one, other] if one.end == End::Known || other.end == End::Known => {
            let index = it.key().filter(|key| matches!(key, Key::Int(_)))?.to_string();
            let block = it.address().strip_suffix(index.as_str())?;
            (list(one).or_else(|| list(other))?, block, index)
        }
        _ => return None,
    };
    Some((format!("{}\0{list}\0{block}", scope.graph.plan.unit), index))
}

fn table(it: Res<'_>, rows: &mut Rows) {
    let own = it.get("route");
    let propagates = it.get("propagating_vgws").test(|list| list.items().len() > 0);
    let vpc = match it.type_() {
        "aws_default_route_table" => vpc_of_default(it, "default_route_table_id"),
        _ => it.get("vpc_id").target(VPC),
    };
    rows.add(TABLE, it)
        .with("vpc", vpc)
        .with("new", Tri::from(it.is_created()))
        .with("unseen", Tri::from(matches!(own.val(), Val::Unknown(_))))
        .with("propagates", propagates);
    for block in own.items() {
        route(rows, it, &block, "cidr_block").with("table", Target::Here(it));
    }
    if it.type_() == "aws_default_route_table" {
        rows.add(MAIN, it)
            .with("vpc", vpc_of_default(it, "default_route_table_id"))
            .with("table", Target::Here(it));
    }
}

/// The VPC whose default table or ACL an object takes over: the one that its argument refers to, else,
/// where that is an id by itself, the one that the provider has read. Unset without the argument.
pub fn vpc_of_default<'a>(it: Res<'a>, argument: &'static str) -> Target<'a> {
    match it.get(argument).target(VPC) {
        vpc @ (Target::Here(_) | Target::Unset) => vpc,
        named => match it.get("vpc_id").target(VPC) {
            Target::Unset | Target::Lost(_) => named,
            read => read,
        },
    }
}

fn route<'r, 'a>(
    rows: &'r mut Rows,
    it: Res<'a>,
    route: &View<'a>,
    to: &'static str,
) -> &'r mut Row {
    let list = [route.get("destination_prefix_list_id"), route.get("prefix_list_id")];
    let has_list = Tri::any(list.iter().map(|list| list.test_text(|id| !id.is_empty())));
    rows.add(ROUTE, it)
        .with("to", route.get(to))
        .with("list", has_list)
        .with("way", Cell::from(way(route)))
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
    /// A plan of the run may lack routes that it will have.
    lacks_routes: bool,
    /// The same of what gives tables to subnets.
    lacks_associations: bool,
}

impl<'a> Routes<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Routes<'a> {
        Routes {
            links: Links::of(cx),
            lacks_routes: cx.may_lack("aws_route"),
            lacks_associations: cx.may_lack("aws_route_table_association"),
        }
    }

    /// The tables that a subnet may use: its own, else the main one of its VPC. Empty where no plan
    /// of the run shows one.
    pub fn tables(&self, subnet: &Row) -> Vec<&'a Row> {
        let given = self.given(subnet);
        let through = given.iter().flat_map(|row| self.links.to(row, "table", TABLE));
        through.map(|(table, _)| table).collect()
    }

    /// What holds of the table that a subnet uses, whichever of several it is: all have to agree.
    /// `No` where no plan of the run shows it.
    pub fn agree(&self, subnet: &Row, mut ask: impl FnMut(&'a Row) -> Tri) -> Tri {
        let given = self.given(subnet);
        if given.is_empty() {
            return Tri::No;
        }
        let of_one = |row: &&Row| self.links.agree((*row, "table"), TABLE, Tri::No, &mut ask);
        let tri = Tri::agree(given.iter().map(of_one));
        if self.may_have_another(subnet) { tri & Tri::Maybe } else { tri }
    }

    /// Whether a table may be the main one of its VPC: something makes it that, or may have made it that
    /// before this run.
    pub fn may_be_main(&self, table: &Row) -> bool {
        let is_made = !self.links.naming(MAIN, "table").seek(&Named::itself(table)).is_empty();
        is_made || table.tri("new") != Tri::Yes
    }

    /// What gives a subnet its table. Where one of several subnets is meant, each of them is taken to
    /// have one: `for_each = { a = aws_subnet.a.id, b = aws_subnet.b.id }` does not show which.
    fn given(&self, subnet: &Row) -> Vec<&'a Row> {
        let own = self.links.naming(ASSOCIATION, "subnet");
        let given: Vec<&Row> = own.meeting(&Named::itself(subnet)).collect();
        if !given.is_empty() {
            return given;
        }
        self.links.naming(MAIN, "vpc").meeting(&Named::of(subnet, "vpc")).collect()
    }

    /// Whether the main table of its VPC may not be the one, because an association is hidden.
    fn may_have_another(&self, subnet: &Row) -> bool {
        let own = self.links.naming(ASSOCIATION, "subnet").seek(&Named::itself(subnet));
        !own.iter().any(|(_, tri)| *tri == Tri::Yes) && (!own.is_empty() || self.lacks_associations)
    }

    /// Default routes of a table for IPv4, each with what it leads to (none where the plan does not
    /// show it) and whether it is one of this table.
    pub fn default_routes(&self, table: &Row) -> Vec<(&'a Row, Option<&'a str>, Tri)> {
        let all = self.links.from(table, ROUTE, "table").into_iter();
        all.filter_map(|(route, sure)| {
            let tri = sure & is_default(route);
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
        let is_propagated = Tri::from(way == Way::VirtualGateway) & table.tri("propagates");
        Tri::any(each) | ((table.tri("unseen") | is_propagated) & Tri::Maybe)
    }

    /// Whether a table leads every address somewhere: by a default route, or by several routes that
    /// hold all addresses together. `Maybe` where a route may be hidden.
    pub fn has_default(&self, table: &Row) -> Tri {
        let own = self.links.naming(ROUTE, "table").seek(&Named::itself(table));
        let sure = self.links.from(table, ROUTE, "table");
        let known = |route: &Row| route.text("to").and_then(Range::parse);
        let ranges: Vec<Range> = sure
            .iter()
            .filter(|(_, tri)| *tri == Tri::Yes)
            .filter_map(|(route, _)| known(route))
            .collect();
        let everything = Range::parse("0.0.0.0/0");
        let together = everything.is_some_and(|all| Range::cover_together(&ranges, all));
        let one = own.iter().map(|(route, tri)| {
            let is_hidden = !sure.iter().any(|(seen, also)| seen.is(route) && *also == Tri::Yes);
            is_default(route) & *tri & if is_hidden { Tri::Maybe } else { Tri::Yes }
        });
        let may_be_more = self.lacks_routes
            || (table.tri("unseen") | table.tri("propagates")) != Tri::No
            || !self.links.naming(PROPAGATION, "table").seek(&Named::itself(table)).is_empty();
        Tri::from(together) | Tri::any(one) | (Tri::from(may_be_more) & Tri::Maybe)
    }
}

/// Whether a route is for every address of IPv4.
fn is_default(route: &Row) -> Tri {
    let by_range = match route.cell("to") {
        Cell::Known(text) => {
            Tri::from(Range::parse(text).is_some_and(|it| it.is_everything() && !it.is_v6()))
        }
        Cell::Unset => Tri::No,
        _ => Tri::Maybe,
    };
    by_range | (route.tri("list") & Tri::Maybe)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::testing::{estate, graph},
        *,
    };
    use crate::lint::Params;

    /// The tables of a plan that may be the main one of their VPC.
    fn main_ones(instances: &[(&str, Value)]) -> Vec<String> {
        let estate = estate(&[graph("one", instances, &json!({}))], tables);
        let params = Params::default();
        let cx = EstateCx::new(&estate, &params);
        let routes = Routes::of(&cx);
        let all = cx.of(TABLE).filter(|table| routes.may_be_main(table));
        all.map(|table| table.address.clone()).collect()
    }

    #[test]
    fn which_may_be_the_main_one() {
        let table = |id: &str| json!({"id": id, "vpc_id": "vpc-1", "route": []});
        let plain = [("aws_route_table.a", table("rtb-1"))];
        assert!(main_ones(&plain).is_empty());
        let made = [
            ("aws_route_table.a", table("rtb-1")),
            ("aws_route_table.b", table("rtb-2")),
            (
                "aws_main_route_table_association.b",
                json!({"vpc_id": "vpc-1", "route_table_id": "rtb-2"}),
            ),
        ];
        assert_eq!(main_ones(&made), ["aws_route_table.b"]);
        let default = [(
            "aws_default_route_table.a",
            json!({"id": "rtb-1", "default_route_table_id": "rtb-1", "route": []}),
        )];
        assert_eq!(main_ones(&default), ["aws_default_route_table.a"]);
    }
}
