//! What a network of Databricks is made of: its VPC, the subnets and security groups that its clusters
//! get, its region; and what its clusters are to a security group.

use std::collections::BTreeMap;

use crate::{
    aws::Range,
    estate::{Cell, Links, Named, Row, Rows},
    facts::{regions::is_gov, subnets},
    graph::{Cause, Res},
    lint::{EstateCx, Findings, PlanCx},
    plan::Tri,
};

use super::{
    account::{self, NETWORK, REGISTRATION, WORKSPACE},
    provider, routes,
    traffic::{self, Peer},
};

/// A VPC. Cells: `ranges`, `region`, `hostnames` and `support` (answers), `managed`.
pub const VPC: &str = "network/vpc";
/// A range that a VPC has besides. Cells: `vpc`, `range`.
const RANGE: &str = "network/range";

/// A workspace's compliance security profile. Cells: `workspace`, `on` (an answer).
const PROFILE: &str = "network/profile";
const PROFILE_SETTING: &str = "databricks_compliance_security_profile_workspace_setting";

/// Takes the rows of a plan: of VPCs and subnets, and what [`account::collect`] takes.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    routes::subnets(cx, rows);
    vpcs(cx, rows);
    for it in cx.of(PROFILE_SETTING) {
        let on = it.get("compliance_security_profile_workspace.is_enabled").flag(false);
        rows.add(PROFILE, it).with("workspace", Cell::from(provider::of(it))).with("on", on);
    }
}

/// Takes rows of the VPCs alone.
pub fn vpcs(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "VPCs", take_vpcs);
}

fn take_vpcs(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in account::VPC.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        vpc(it, rows);
    }
    for it in cx.of("aws_vpc_ipv4_cidr_block_association") {
        rows.add(RANGE, it)
            .with("vpc", it.get("vpc_id").target(account::VPC))
            .with("range", it.get("cidr_block"));
    }
}

fn vpc(it: Res<'_>, rows: &mut Rows) {
    // AWS makes the default VPC with both, any other with support alone.
    let is_default = it.type_() == "aws_default_vpc";
    rows.add(VPC, it)
        .with("range", it.get("cidr_block"))
        .with("region", it.region().map_or(Cell::Unset, Cell::Known))
        .with("hostnames", it.get("enable_dns_hostnames").flag(is_default))
        .with("support", it.get("enable_dns_support").flag(true))
        .with("managed", account::is_managed(it));
}

/// Where a network lies: in the region of its VPC, of its subnets, of its endpoints, of its workspace,
/// whichever the run shows first.
pub fn region(links: &Links<'_>, network: &Row) -> Option<String> {
    let ways =
        [("vpc", VPC), ("subnets", routes::KIND), ("rest", REGISTRATION), ("relay", REGISTRATION)];
    let named = ways.into_iter().flat_map(|(cell, kind)| links.to(network, cell, kind));
    let users = links.from(network, WORKSPACE, "network");
    named.chain(users).find_map(|(row, _)| row.text("region").map(str::to_owned))
}

/// Whether a network lies in GovCloud; `Maybe` where its region is not known.
pub fn is_in_gov(links: &Links<'_>, network: &Row) -> Tri {
    region(links, network).map_or(Tri::Maybe, |region| Tri::from(is_gov(&region)))
}

/// Whether a workspace in a network has the compliance security profile; `Maybe` where a plan of the run
/// may lack what would show it.
pub fn has_profile(cx: &EstateCx<'_>, links: &Links<'_>, network: &Row) -> Tri {
    let may_lack = ["databricks_mws_workspaces", PROFILE_SETTING].iter().any(|it| cx.may_lack(it));
    let workspaces = links.from(network, WORKSPACE, "network").into_iter();
    let of_one = |(workspace, sure): (&Row, Tri)| {
        let profiles = links.from(workspace, PROFILE, "workspace").into_iter();
        sure & Tri::any(profiles.map(|(profile, also)| also & profile.tri("on")))
    };
    Tri::any(workspaces.map(of_one)) | (Tri::from(may_lack) & Tri::Maybe)
}

/// The ranges of a network's VPC; empty where one of them is not known.
fn vpc_ranges(links: &Links<'_>, network: &Row) -> Vec<Range> {
    let vpc = Named::of(network, "vpc");
    let own = links.rows(VPC).named(&vpc);
    let besides = links.naming(RANGE, "vpc").seek(&vpc);
    let all = own.iter().chain(&besides);
    let ranges =
        all.map(|(row, tri)| row.text("range").and_then(Range::parse).filter(|_| *tri == Tri::Yes));
    ranges.collect::<Option<Vec<Range>>>().filter(|_| !own.is_empty()).unwrap_or_default()
}

/// The clusters of a network, as a security group sees them.
pub fn clusters(links: &Links<'_>, network: &Row) -> Peer {
    let subnets = links.to(network, "subnets", routes::KIND);
    let ranges: Vec<Option<Range>> =
        subnets.iter().map(|(row, _)| row.text("range").and_then(Range::parse)).collect();
    let hidden = links.is_hidden(network, "subnets", routes::KIND);
    Peer {
        groups: Named::of(network, "groups"),
        is_open: hidden || ranges.iter().any(Option::is_none),
        ranges: ranges.into_iter().flatten().collect(),
        fewest: (network.tri("all-subnets") != Tri::Yes).then_some(subnets::FEWEST),
        within: vpc_ranges(links, network),
    }
}

/// A subnet that a plan of the run manages, and what a rule says of it.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The subnet.
    pub subnet: &'a Row,
    /// A network that uses it.
    pub network: &'a Row,
    /// What holds of it as a subnet of a network.
    pub tri: Tri,
    /// Whether the network uses it.
    pub used: Tri,
    /// It is not certain that a network uses it.
    is_doubtful: bool,
}

impl Judged<'_> {
    /// Says why the answer is open, where it is the network's list that leaves it open.
    pub fn explain(&self, out: &mut Findings<'_>) {
        if self.is_doubtful && self.tri == Tri::Maybe {
            out.blind(Cause::Function, self.subnet);
        }
    }
}

/// Asks about every subnet that a network uses, each once.
pub fn subnets<'a>(
    cx: &EstateCx<'a>,
    links: &Links<'a>,
    mut ask: impl FnMut(&'a Row, &'a Row) -> Tri,
) -> Vec<Judged<'a>> {
    let mut all: BTreeMap<(&str, &str), Judged<'a>> = BTreeMap::new();
    for network in cx.of(NETWORK) {
        for judged in subnets_of(links, network, |subnet| ask(subnet, network)) {
            let key = (judged.subnet.unit.as_str(), judged.subnet.address.as_str());
            match all.get(&key) {
                Some(known) if known.tri >= judged.tri => {}
                _ => drop(all.insert(key, judged)),
            }
        }
    }
    all.into_values().filter(|it| it.subnet.tri("managed") == Tri::Yes).collect()
}

/// Asks about the subnets of a network. What is true of some of those that a splat names and not of
/// others is only possible: there may be an `if` that the plan does not show.
pub fn subnets_of<'a>(
    links: &Links<'a>,
    network: &'a Row,
    ask: impl FnMut(&'a Row) -> Tri,
) -> Vec<Judged<'a>> {
    let named = links.to(network, "subnets", routes::KIND);
    let (rows, sure): (Vec<&Row>, Vec<Tri>) = named.into_iter().unzip();
    let answers: Vec<Tri> = rows.iter().copied().map(ask).collect();
    let is_doubtful = network.tri("all-subnets") != Tri::Yes
        && answers.iter().any(|answer| *answer != answers[0]);
    let may_be = if is_doubtful { Tri::Maybe } else { Tri::Yes };
    let judged = rows.into_iter().zip(answers.into_iter().zip(sure));
    let judge = |(subnet, (answer, sure))| {
        let used = sure & may_be;
        Judged { subnet, network, tri: answer & used, used, is_doubtful }
    };
    judged.map(judge).collect()
}

/// How a finding on the groups of a network labels the others.
pub const OTHER_GROUP: &str = "another security group of the same network";

/// The security groups that a network gives its clusters, and what a rule says of them.
#[derive(Debug)]
pub struct JudgedGroups<'a> {
    /// Those that plans of the run manage; at least one.
    pub groups: Vec<&'a Row>,
    /// The networks that have them.
    pub networks: Vec<&'a Row>,
    /// What holds of them together.
    pub tri: Tri,
}

/// Asks about the security groups of every network, each set of groups once, in the order of their
/// addresses. Several groups act together. Where the plan does not show which of several a network has,
/// an answer is certain only if it holds of all of them together, and possible if of one alone.
pub fn groups<'a>(
    cx: &EstateCx<'a>,
    links: &Links<'a>,
    mut ask: impl FnMut(&'a Row, &Named) -> Tri,
) -> Vec<JudgedGroups<'a>> {
    let mut all: BTreeMap<Vec<(&str, &str)>, JudgedGroups<'a>> = BTreeMap::new();
    for network in cx.of(NETWORK) {
        let named = links.to(network, "groups", traffic::GROUP).into_iter();
        let mut groups: Vec<&Row> = named.map(|(row, _)| row).collect();
        groups.sort_by_key(|row| (&row.unit, &row.address));
        if groups.is_empty() {
            continue;
        }
        let mut tri = ask(network, &Named::of(network, "groups"));
        if network.tri("all-groups") != Tri::Yes {
            let alone = groups.iter().map(|group| ask(network, &Named::itself(group)));
            tri = tri | (Tri::any(alone) & Tri::Maybe);
        }
        let key = groups.iter().map(|row| (row.unit.as_str(), row.address.as_str())).collect();
        let known = all.entry(key);
        let known = known.or_insert(JudgedGroups { groups, networks: Vec::new(), tri: Tri::No });
        known.networks.push(network);
        known.tri = known.tri | tri;
    }
    all.into_values().collect()
}
