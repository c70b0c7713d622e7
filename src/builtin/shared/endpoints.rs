//! VPC endpoints: which service they lead to, where, and with which groups and subnets.

use crate::{
    estate::{Cell, Links, Named, Row, Rows},
    facts::privatelink::{self, Service},
    graph::{Cause, Res, Target, TextPart, Val, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

use super::{
    account::{self, ENDPOINT, SUBNET, VPC},
    lists,
    naming::naming,
    regions, routes,
};

const BY_GROUP: &str = "aws_vpc_endpoint_security_group_association";
const BY_SUBNET: &str = "aws_vpc_endpoint_subnet_association";
const BY_TABLE: &str = "aws_vpc_endpoint_route_table_association";

/// An `aws_vpc_endpoint`. Cells: `service` (its name), `served-in` (the region in that name), `own` (an
/// answer: its plan makes the service), `cross-region` (an answer: it names the service's region itself),
/// `chosen` (that region), `type`, `region`, `vpc`, `subnets`, `groups`, `tables`, and the answers
/// `private-dns`; `has-subnets`, by its own arguments; `all-subnets`, see [`account::holds_all`].
pub const KIND: &str = "endpoint";
/// A subnet that a resource of its own gives to an endpoint. Cells: `endpoint`, `subnet`.
const SUBNETS: &str = "endpoint/subnets";
/// A route table that a resource of its own gives to an endpoint. Cells: `endpoint`, `tables`.
const ROUTE_TABLES: &str = "endpoint/tables";
/// Groups that a resource of its own gives to an endpoint. Cells: `endpoint`, `groups`.
const GROUPS: &str = "endpoint/groups";
/// The default group of a VPC, which a resource manages. Cells: `vpc`.
const DEFAULT_GROUP: &str = "endpoint/default-group";
/// Private DNS that a resource of its own switches. Cells: `endpoint`, `on` (an answer).
const PRIVATE_DNS: &str = "endpoint/private-dns";

/// What makes or changes an endpoint: where a plan lacks one of them, none is no evidence.
pub const HOLDING: [&str; 2] = ["aws_vpc_endpoint", "aws_vpc_endpoint_private_dns"];

/// What an endpoint leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// A service of Databricks.
    Databricks(Service),
    /// A service of AWS, by the last part of its name: `s3`, `sts`, `kinesis-streams`.
    Aws(String),
    /// A service of somebody's, whom no table knows.
    Private,
}

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "endpoints", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(ENDPOINT[0]).chain(cx.data(ENDPOINT[0])) {
        endpoint(it, rows);
    }
    collect_private_dns(cx, rows);
    for it in cx.of("aws_default_security_group") {
        rows.add(DEFAULT_GROUP, it).with("vpc", it.get("vpc_id").target(VPC));
    }
    for it in cx.of(BY_GROUP) {
        rows.add(GROUPS, it)
            .with("endpoint", it.get("vpc_endpoint_id").target(ENDPOINT))
            .with("groups", super::security_groups::named(&it.get("security_group_id")));
    }
    for it in cx.of(BY_SUBNET) {
        rows.add(SUBNETS, it)
            .with("endpoint", it.get("vpc_endpoint_id").target(ENDPOINT))
            .with("subnet", it.get("subnet_id").target(SUBNET));
    }
    for it in cx.of(BY_TABLE) {
        rows.add(ROUTE_TABLES, it)
            .with("endpoint", it.get("vpc_endpoint_id").target(ENDPOINT))
            .with("tables", it.get("route_table_id").target(routes::TABLES_AND_VPCS));
    }
}

/// The resources that switch private DNS of an endpoint beside it, of the endpoint's own plan.
pub fn switches_of(endpoint: Res<'_>) -> Vec<Res<'_>> {
    naming(endpoint, "aws_vpc_endpoint_private_dns", "vpc_endpoint_id", ENDPOINT)
}

/// Takes what switches private DNS beside the endpoints themselves.
pub fn collect_private_dns(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "private DNS of endpoints", take_private_dns);
}

fn take_private_dns(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("aws_vpc_endpoint_private_dns") {
        rows.add(PRIVATE_DNS, it)
            .with("endpoint", it.get("vpc_endpoint_id").target(ENDPOINT))
            .with("on", it.get("private_dns_enabled").flag(false));
    }
}

/// Whether AWS keeps the names of an endpoint: by its own argument (the cell `private-dns`), or by a
/// resource beside it.
pub fn has_private_dns(links: &Links<'_>, endpoint: &Row) -> Tri {
    let beside = links.naming(PRIVATE_DNS, "endpoint").seek(&Named::itself(endpoint));
    endpoint.tri("private-dns") | Tri::any(beside.into_iter().map(|(row, tri)| tri & row.tri("on")))
}

/// Whether private DNS of another endpoint to the same service keeps its names in a VPC: only one can.
pub fn is_kept_by_another(links: &Links<'_>, endpoint: &Row, vpc: &Named) -> Tri {
    is_among(&keeping_names(links, vpc), endpoint)
}

/// Endpoints whose private DNS keeps names in a VPC, or may.
pub fn keeping_names<'a>(links: &Links<'a>, vpc: &Named) -> Vec<(&'a Row, Tri)> {
    let beside = links.naming(KIND, "vpc").get(vpc).into_iter();
    let keeping = beside.map(|(other, sure)| (other, sure & has_private_dns(links, other)));
    keeping.filter(|(_, tri)| *tri != Tri::No).collect()
}

/// Whether another endpoint to the same service is among those.
pub fn is_among(keeping: &[(&Row, Tri)], endpoint: &Row) -> Tri {
    let others = keeping.iter().filter(|(other, _)| !other.is(endpoint));
    let same = |other: &Row| other.cell("service").same(endpoint.cell("service"));
    Tri::any(others.map(|(other, tri)| *tri & same(other)))
}

fn endpoint(it: Res<'_>, rows: &mut Rows) {
    let service = it.get("service_name");
    let has_subnet = !lists::is_empty(&it.get("subnet_ids"), SUBNET)
        | !lists::is_empty(&it.get("subnet_configuration"), &[]);
    rows.add(KIND, it)
        .with("service", &service)
        .with("looked-up", looked_up(it))
        .with("own", is_own(it))
        .with("served-in", served_in(&service))
        .with("cross-region", it.get("service_region").is_set())
        .with("chosen", it.get("service_region"))
        .with("type", it.get("vpc_endpoint_type"))
        .with("region", regions::shown_or_unset(it.region()))
        .with("vpc", it.get("vpc_id").target(VPC))
        .with("subnets", given_subnets(it))
        .with("all-subnets", account::holds_all(&it.get("subnet_ids")))
        .with("has-subnets", has_subnet)
        .with("groups", account::groups(&it.get("security_group_ids")))
        .with("tables", it.get("route_table_ids").targets(routes::TABLES_AND_VPCS))
        .with("private-dns", it.get("private_dns_enabled").flag(false))
        .with("managed", account::is_managed(it));
}

/// The subnets that an endpoint names itself, one by one or in blocks.
fn given_subnets(it: Res<'_>) -> Cell {
    let own = Cell::from(it.get("subnet_ids").targets(SUBNET));
    let blocks = it.get("subnet_configuration");
    let mut all: Vec<Cell> =
        blocks.items().map(|block| Cell::from(block.get("subnet_id").target(SUBNET))).collect();
    match all.is_empty() {
        true => own,
        false => {
            all.insert(0, own);
            Cell::List(all)
        }
    }
}

/// Whether an endpoint leads to that service of AWS, by the last part of its name.
pub fn is_to(it: Res<'_>, service: &str) -> Tri {
    let name = it.get("service_name");
    match looked_up(it) {
        Cell::Known(known) => Tri::from(known == service),
        _ => name.test_text(|name| of_aws(name) == Some(service)),
    }
}

/// The service of AWS that a name means: `sts` of `com.amazonaws.eu-west-1.sts`.
fn of_aws(name: &str) -> Option<&str> {
    if name.contains(privatelink::PRIVATE_SERVICE) { None } else { Some(last_part(name)) }
}

/// The service that a `data.aws_vpc_endpoint_service` was asked for, while its name is not known.
fn looked_up(it: Res<'_>) -> Cell {
    let service = it.get("service_name");
    match (service.val(), service.target(&["aws_vpc_endpoint_service"])) {
        (Val::Unknown(_), Target::Here(found)) => Cell::from(found.get("service")),
        _ => Cell::Unset,
    }
}

/// Whether its service, not known by name yet, is one that the plan itself makes.
fn is_own(it: Res<'_>) -> Tri {
    let service = it.get("service_name").target(&["aws_vpc_endpoint_service"]);
    Tri::from(service.here().is_some_and(|service| service.mode() == Mode::Managed))
}

/// The region in which a service is offered, by its name or by the look-up or service of the plan that
/// it comes from; unset where its name has none.
pub fn served_in(service: &View<'_>) -> Cell {
    let offered = |name: &str| regions::in_service_name(name).map(str::to_owned);
    match (service.val(), service.target(&["aws_vpc_endpoint_service"])) {
        (Val::Known(_), _) => regions::shown_or_unset(service.text().and_then(offered)),
        (Val::Unknown(cause), target) => {
            regions::of_target(&target).map_or(Cell::Unknown(cause), Cell::Known)
        }
        _ => Cell::Unset,
    }
}

/// Where an endpoint lies: its own region, else that of its VPC or subnets, where these agree.
pub fn lies_in(links: &Links<'_>, endpoint: &Row) -> Cell {
    let own = endpoint.cell("region");
    if *own != Cell::Unset {
        return own.clone();
    }
    let mut places = regions::places_of(links, endpoint).into_iter().map(|(_, region)| region);
    let first = places.next().unwrap_or(Cell::Unset);
    if places.all(|other| other == first) { first } else { Cell::Unset }
}

/// What an endpoint leads to; none where its service is not known. A registration with Databricks may
/// tell of one that is not known, or that no table knows.
pub fn leads(links: &Links<'_>, endpoint: &Row) -> Option<Leads> {
    if let Some(service) = endpoint.text("looked-up") {
        return Some(Leads::Aws(service.to_owned()));
    }
    let name = endpoint.text("service");
    if let Some(known) = name.and_then(privatelink::service_named) {
        return Some(Leads::Databricks(known.service));
    }
    if let Some(service) = name.and_then(of_aws) {
        return Some(Leads::Aws(service.to_owned()));
    }
    let registered = links.from(endpoint, account::REGISTRATION, "endpoint");
    let service = registered.iter().find_map(|(row, _)| registered_as(links, row));
    let is_private = name.is_some() || endpoint.tri("own") == Tri::Yes;
    service.map(Leads::Databricks).or_else(|| is_private.then_some(Leads::Private))
}

/// What a registered endpoint is for: its use case, else the list of a network that names it.
fn registered_as(links: &Links<'_>, registration: &Row) -> Option<Service> {
    if let Some(known) = registration.text("use") {
        return Service::ALL.into_iter().find(|service| service.use_cases().contains(&known));
    }
    let is_in = |list| !links.from(registration, account::NETWORK, list).is_empty();
    if is_in("rest") {
        Some(Service::Workspace)
    } else if is_in("relay") {
        Some(Service::Relay)
    } else {
        None
    }
}

/// What a registration leads to, by the service of its endpoint, whichever it is of several, else by its
/// use case; none where neither tells. Lists of networks are not asked: that they are right is what a rule
/// wants to know.
pub fn service_of(links: &Links<'_>, registration: &Row) -> Option<Service> {
    let by_use = registration.text("use").and_then(|known| {
        Service::ALL.into_iter().find(|service| service.use_cases().contains(&known))
    });
    if links.is_hidden(registration, "endpoint", KIND) {
        return by_use;
    }
    let endpoints = links.to(registration, "endpoint", KIND);
    let of = |row: &Row| privatelink::service_named(row.text("service")?).map(|it| it.service);
    let mut services = endpoints.iter().map(|(row, _)| of(row));
    let first = services.next().flatten();
    first.filter(|_| services.all(|it| it == first)).or(by_use)
}

/// The groups of an endpoint, those of resources of their own among them. Nothing where AWS gives it
/// the default group of its VPC.
pub fn groups(links: &Links<'_>, endpoint: &Row) -> Named {
    let mut cells = vec![endpoint.cell("groups").clone()];
    let others = links.from(endpoint, GROUPS, "endpoint").into_iter();
    cells.extend(others.map(|(row, _)| row.cell("groups").clone()));
    Named::of_cell(&Cell::List(cells))
}

/// The default group of the VPC of an endpoint to which nothing gives a group, where the run manages that
/// group: AWS takes it then.
pub fn default_group<'a>(cx: &EstateCx<'_>, links: &Links<'a>, endpoint: &Row) -> Option<&'a Row> {
    if !groups(links, endpoint).is_nothing() || cx.may_lack(BY_GROUP) {
        return None;
    }
    let of_vpc = links.naming(DEFAULT_GROUP, "vpc").named(&Named::of(endpoint, "vpc"));
    of_vpc.into_iter().find(|(_, sure)| *sure == Tri::Yes).map(|(row, _)| row)
}

/// Endpoints that have a group, by their own arguments or by a resource of its own.
pub fn having<'a>(links: &Links<'a>, group: &Named) -> Vec<(&'a Row, Tri)> {
    let mut all = links.naming(KIND, "groups").named(group);
    for (given, sure) in links.naming(GROUPS, "groups").named(group) {
        let endpoints = links.to(given, "endpoint", KIND).into_iter();
        all.extend(endpoints.map(|(endpoint, also)| (endpoint, sure & also)));
    }
    all
}

/// Whether an endpoint leads to a service of Databricks. One that is registered does, whatever it is for.
pub fn is_of_databricks(links: &Links<'_>, endpoint: &Row) -> Tri {
    if !links.from(endpoint, account::REGISTRATION, "endpoint").is_empty() {
        return Tri::Yes;
    }
    leads(links, endpoint).map_or(Tri::Maybe, |it| Tri::from(matches!(it, Leads::Databricks(_))))
}

/// Whether an endpoint has subnets: by its own arguments, or by resources of their own. `Maybe` where
/// such a resource may be hidden.
pub fn has_subnets(cx: &EstateCx<'_>, links: &Links<'_>, endpoint: &Row) -> Tri {
    let given = links.naming(SUBNETS, "endpoint").seek(&Named::itself(endpoint)).into_iter();
    let may_lack = Tri::from(cx.may_lack(BY_SUBNET)) & Tri::Maybe;
    endpoint.tri("has-subnets") | Tri::any(given.map(|(_, sure)| sure)) | may_lack
}

/// The subnets of an endpoint that are seen, with whether they are its own for certain.
pub fn subnets<'a>(links: &Links<'a>, endpoint: &Row) -> Vec<(&'a Row, Tri)> {
    let mut all = links.to(endpoint, "subnets", routes::KIND);
    for (given, sure) in links.from(endpoint, SUBNETS, "endpoint") {
        let subnets = links.to(given, "subnet", routes::KIND).into_iter();
        all.extend(subnets.map(|(subnet, also)| (subnet, sure & also)));
    }
    all
}

/// The route tables of a gateway endpoint; a VPC stands for its main one.
pub fn tables(cx: &EstateCx<'_>, links: &Links<'_>, endpoint: &Row) -> Named {
    let mut all = Named::of(endpoint, "tables");
    for (row, sure) in links.naming(ROUTE_TABLES, "endpoint").seek(&Named::itself(endpoint)) {
        all = all.and(Named::of(row, "tables"));
        if sure != Tri::Yes {
            all.open = Some(Cause::Local);
        }
    }
    if cx.may_lack(BY_TABLE) {
        all.open = Some(Cause::Incomplete);
    }
    all
}

/// Whether the service of an endpoint is reached through interface endpoints only, by its name or by what it
/// was looked up with: a private one such as those of Databricks, STS and Kinesis.
pub fn takes_interface(it: Res<'_>) -> Tri {
    let by_end = |end: &str| privatelink::aws_name(last_part(end)).is_some();
    if let Cell::Known(name) = looked_up(it) {
        return Tri::from(by_end(&name));
    }
    let service = it.get("service_name");
    match service.val() {
        Val::Known(_) => {
            service.test_text(|name| name.contains(privatelink::PRIVATE_SERVICE) || by_end(name))
        }
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => match service.text_parts().unwrap_or_default().last() {
            // `com.amazonaws.${data.aws_region.current.name}.s3`
            Some(TextPart::Known(end)) if end.contains('.') => Tri::from(by_end(end)),
            _ => service.maybe(cause),
        },
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether an endpoint leads to a service of somebody's, by its name: those of Databricks are such.
pub fn is_private(endpoint: &Row) -> bool {
    endpoint.text("service").is_some_and(|name| name.contains(privatelink::PRIVATE_SERVICE))
}

/// Whether a row of an endpoint is of that type, `Interface` or `Gateway`.
pub fn is_type(endpoint: &Row, wanted: &str) -> Tri {
    match endpoint.cell("type") {
        Cell::Known(text) => Tri::from(text == wanted),
        Cell::Unset => Tri::from(wanted == "Gateway"),
        _ => Tri::Maybe,
    }
}
