//! A network registered with parts of another VPC.

use std::{collections::BTreeMap, ptr, rc::Rc};

use crate::{
    builtin::shared::{
        account::{self, NETWORK},
        endpoints, networks, routes,
    },
    estate::{Links, Named, Row, Rows},
    graph::{Cause, Res},
    lint::{Check, Draft, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_networks` whose subnets or security groups belong to another VPC than its
    /// `vpc_id`: another resource, or another literal id, reached directly, through modules or in other
    /// plans of the run. Back-end endpoints of another VPC are a warning, as long as nothing in the run
    /// connects that VPC (a peering connection, an attachment to a transit gateway or to Cloud WAN).
    ///
    /// ## Why is this bad?
    /// To Terraform all of them are only texts: the plan succeeds, Databricks refuses the network or
    /// marks it `BROKEN`, and EC2 refuses an instance whose security group and subnet are of two VPCs.
    /// Source: [databricks_mws_networks](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_networks),
    /// `vpc_status`; [RunInstances](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html),
    /// `InvalidParameter`, "Security group and subnet belong to different networks".
    ///
    /// ## How to fix it
    /// Take all ids from one VPC:
    /// ```hcl
    /// resource "databricks_mws_networks" "this" {
    ///   vpc_id             = aws_vpc.spoke.id
    ///   subnet_ids         = [aws_subnet.spoke_a.id, aws_subnet.spoke_b.id]
    ///   security_group_ids = [aws_security_group.spoke.id]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Subnets, groups and VPCs that cannot be told: behind a `local` without source, in no plan of the
    /// run, looked up and not read yet. A group without `vpc_id`, which lands in the default VPC. Where a
    /// list may leave out some of what it names, or names one of several, and some of that fits.
    pub static RULE = {
        id: "net-network-vpc-mismatch",
        summary: "subnet, security group or endpoint belongs to another VPC than the network",
        severity: Error,
        also: [(Warning, "an endpoint does; it may be routable from the clusters")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What puts a security group into a VPC.
const GROUPS: [&str; 2] = ["aws_default_security_group", "aws_security_group"];

/// What connects a VPC with others, and the arguments that name it.
const ROADS: [(&str, &[&str]); 4] = [
    ("aws_ec2_transit_gateway_vpc_attachment", &["vpc_id"]),
    ("aws_networkmanager_vpc_attachment", &["vpc_arn"]),
    ("aws_vpc_peering_connection", &["vpc_id", "peer_vpc_id"]),
    ("aws_vpc_peering_connection_accepter", &["vpc_id", "peer_vpc_id"]),
];

/// Parts of a network in another VPC.
struct Foreign<'a> {
    /// Whether there are such.
    tri: Tri,
    rows: Vec<&'a Row>,
    /// Some may be such, or not be parts of it.
    is_open: bool,
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::collect(cx, rows);
    endpoints::collect(cx, rows);
    let is_group = |kind: &&str| cx.of(kind).chain(cx.data(kind)).collect::<Vec<Res<'_>>>();
    for it in GROUPS.iter().flat_map(is_group) {
        rows.add("group", it).with("vpc", it.get("vpc_id").target(account::VPC));
    }
    for (kind, arguments) in ROADS {
        for it in cx.of(kind) {
            for argument in arguments {
                rows.add("road", it).with("vpc", it.get(argument).target(account::VPC));
            }
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let mut led = Led::new();
    for network in cx.of(NETWORK) {
        let subnets = links.to(network, "subnets", routes::KIND);
        let are_foreign = foreign(network, &subnets, network.tri("all-subnets"));
        report(out, are_foreign, network, "subnet_ids", "subnets");

        let groups = links.to(network, "groups", "group");
        let are_foreign = foreign(network, &groups, network.tri("all-groups"));
        report(out, are_foreign, network, "security_group_ids", "security groups");

        for (list, attribute) in [("rest", "rest_api"), ("relay", "dataplane_relay")] {
            let registrations = links.to(network, list, account::REGISTRATION);
            let endpoints = endpoints_of(&links, &registrations, &mut led);
            let mut are_foreign = foreign(network, &endpoints, Tri::Yes);
            if is_connected(&links, network) {
                are_foreign = Foreign { tri: Tri::No, rows: Vec::new(), is_open: false };
            }
            let attribute = format!("vpc_endpoints[0].{attribute}");
            report(out, are_foreign, network, &attribute, "endpoints").at(Severity::Warning);
        }
    }
}

/// The parts of a network that are in another VPC, and whether that is certain. Where a list may not hold all
/// that it names, or a part is one of several, what fits may be what is meant: nothing is said then.
fn foreign<'a>(network: &Row, parts: &[(&'a Row, Tri)], holds_all: Tri) -> Foreign<'a> {
    let vpc = Named::of(network, "vpc");
    let is_foreign = |part: &(&'a Row, Tri)| part.1 & are_two(&vpc, &Named::of(part.0, "vpc"));
    let answers: Vec<Tri> = parts.iter().map(is_foreign).collect();
    let fits = answers.contains(&Tri::No);
    let counts = |answer: Tri| answer == Tri::Yes && holds_all == Tri::Yes || !fits;
    let told = answers.iter().map(|answer| if counts(*answer) { *answer } else { Tri::No });
    let told: Vec<Tri> = told.collect();
    let rows = parts.iter().zip(&told).filter(|(_, answer)| **answer != Tri::No);
    Foreign {
        tri: Tri::any(told.iter().copied()),
        rows: rows.map(|((row, _), _)| *row).collect(),
        is_open: told != answers,
    }
}

/// Whether two values name two VPCs. Where one of them cannot be told they do not disagree.
fn are_two(a: &Named, b: &Named) -> Tri {
    let is_one = |named: &Named| named.open.is_none() && !named.is_nothing();
    Tri::from(is_one(a) && is_one(b) && a.same(b) == Tri::No)
}

fn report<'f, 'a>(
    out: &'f mut Findings<'a>,
    Foreign { tri, rows: parts, is_open }: Foreign<'_>,
    network: &Row,
    attribute: &str,
    what: &str,
) -> Draft<'f, 'a> {
    if is_open {
        out.blind(Cause::Function, network);
    }
    let mut draft = out
        .deny(tri, network, attribute, || {
            let mut vpcs: Vec<&str> = parts.iter().map(|part| shown(part)).collect();
            vpcs.sort_unstable();
            vpcs.dedup();
            format!("is in {}, but some of its {what} are in {}", shown(network), vpcs.join(", "))
        })
        .help(|| format!("take vpc_id and the ids of the {what} from one VPC"));
    for part in parts {
        draft = draft.related_at(part, "vpc_id", || format!("in {}", shown(part)));
    }
    draft
}

fn shown(row: &Row) -> &str {
    row.cell("vpc").named().unwrap_or("another VPC")
}

/// Registrations that a network may name, and the endpoints that they lead to: many networks
/// of one block name the same.
type Led<'a> = BTreeMap<Vec<(*const Row, Tri)>, Rc<[(&'a Row, Tri)]>>;

fn endpoints_of<'a>(
    links: &Links<'a>,
    registrations: &[(&'a Row, Tri)],
    known: &mut Led<'a>,
) -> Rc<[(&'a Row, Tri)]> {
    let name = |(row, sure): &(&'a Row, Tri)| (ptr::from_ref(*row), *sure);
    let found = known.entry(registrations.iter().map(name).collect());
    let find = || endpoints_behind(links, registrations).into();
    Rc::clone(found.or_insert_with(find))
}

/// The endpoints that registrations lead to, each once.
fn endpoints_behind<'a>(
    links: &Links<'a>,
    registrations: &[(&'a Row, Tri)],
) -> Vec<(&'a Row, Tri)> {
    let mut found: Vec<(&Row, Tri)> = Vec::new();
    let mut places: BTreeMap<*const Row, usize> = BTreeMap::new();
    for (registration, sure) in registrations {
        for (endpoint, also) in links.to(registration, "endpoint", endpoints::KIND) {
            let at = *places.entry(ptr::from_ref(endpoint)).or_insert(found.len());
            match found.get_mut(at) {
                Some((_, any)) => *any = *any | (*sure & also),
                None => found.push((endpoint, *sure & also)),
            }
        }
    }
    found
}

fn is_connected(links: &Links<'_>, network: &Row) -> bool {
    !links.naming("road", "vpc").seek(&Named::of(network, "vpc")).is_empty()
}
