//! DNS servers of one's own that the clusters cannot ask.

use crate::{
    aws::{Ports, Protocol, Range},
    builtin::shared::{
        account,
        traffic::{self, Direction, Peer, Traffic, Wanted},
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::{ports::DNS, resolvers},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc_dhcp_options` with DNS servers of one's own, associated with the VPC of a workspace
    /// whose security groups do not let clusters ask any of them: port 53, over both UDP and TCP. Options,
    /// association, network and rules may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// AWS's own DNS server is reached whatever the security groups say, any other one is not. Clusters
    /// resolve no name and do not start; with UDP alone long answers fail.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/aws/en/security/network/classic/customer-managed-vpc),
    /// "Security groups": "53 for custom DNS";
    /// [Amazon DNS](https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_security_group_egress_rule" "dns" {
    ///   for_each          = toset(["tcp", "udp"])
    ///   security_group_id = aws_security_group.workspace.id
    ///   ip_protocol       = each.key
    ///   from_port         = 53
    ///   to_port           = 53
    ///   cidr_ipv4         = "10.0.0.0/23"
    /// }
    /// ```
    /// And have these servers forward `databricks.com` to the resolver of the VPC, else PrivateLink's private
    /// names do not resolve.
    ///
    /// ## What it cannot see
    /// Groups of no plan of the run, rules by another group or a prefix list, servers and ranges that are
    /// known only after the apply, and a VPC of no plan, whose own resolver has an address in its range: all of
    /// these make the finding possible. Options that are only looked up are passed over.
    pub static RULE = {
        id: "dns-custom-resolver-port-53",
        summary: "custom DNS servers without an egress rule for port 53",
        severity: Note,
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_vpc_dhcp_options"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    traffic::collect(cx, rows);
    for it in cx.of("aws_vpc_dhcp_options") {
        rows.add("options", it).with("servers", it.get("domain_name_servers"));
    }
    for it in cx.of("aws_vpc_dhcp_options_association") {
        rows.add("association", it)
            .with("options", it.get("dhcp_options_id").target(&["aws_vpc_dhcp_options"]))
            .with("vpc", it.get("vpc_id").target(account::VPC));
    }
    for it in account::VPC.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        rows.add("vpc", it).with("range", it.get("cidr_block"));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, traffic) = (Links::of(cx), Traffic::of(cx));
    for options in cx.of("options") {
        let servers = servers(options);
        if servers.is_empty() {
            continue;
        }
        let mut cut_off: Vec<(&Row, Tri)> = Vec::new();
        for (association, sure) in links.from(options, "association", "options") {
            let own = resolver(&links, association);
            let vpc = Named::of(association, "vpc");
            for (network, here) in links.naming(account::NETWORK, "vpc").named(&vpc) {
                let groups = Named::of(network, "groups");
                let asked = servers.iter().map(|it| reaches(&traffic, &groups, it, own));
                cut_off.push((network, sure & here & !Tri::any(asked)));
            }
        }
        cut_off.retain(|(_, tri)| *tri != Tri::No);
        let tri = Tri::any(cut_off.iter().map(|(_, tri)| *tri));
        let mut draft = out
            .deny(tri, options, "domain_name_servers", || {
                let shown: Vec<&str> = servers.iter().map(|it| it.show()).collect();
                let shown = shown.join(", ");
                format!("names DNS servers ({shown}) that clusters cannot ask: their security groups do not allow egress of TCP and UDP {DNS} to them")
            })
            .help(|| format!("allow egress of TCP and UDP {DNS} to these servers, and let them forward databricks.com to the resolver of the VPC"));
        for (network, _) in cut_off {
            draft = draft
                .related_at(network, "security_group_ids", || "the groups of clusters".to_owned());
        }
    }
}

fn servers(options: &Row) -> Vec<Cell> {
    match options.cell("servers") {
        Cell::List(all) => all.clone(),
        Cell::Unset => Vec::new(),
        hidden => vec![hidden.clone()],
    }
}

/// The address of the VPC's own resolver; none where the VPC's range is not known.
fn resolver(links: &Links<'_>, association: &Row) -> Option<Range> {
    let vpcs = links.to(association, "vpc", "vpc");
    let range = vpcs.iter().find_map(|(row, _)| row.text("range"))?;
    Range::parse(range)?.address(resolvers::OFFSET)
}

/// Whether clusters get an answer from a server. That of the VPC itself is not kept from them.
fn reaches(traffic: &Traffic<'_>, groups: &Named, server: &Cell, own: Option<Range>) -> Tri {
    let Cell::Known(server) = server else { return Tri::Maybe };
    let Some(address) = Range::parse_address(server) else {
        return if resolvers::is_amazon(server) { Tri::Yes } else { Tri::Maybe };
    };
    let may_be_own = Tri::from(own.is_none()) & Tri::Maybe;
    let is_own = Tri::from(resolvers::is_amazon(server) || own == Some(address)) | may_be_own;
    let peer = Peer { ranges: vec![address], ..Peer::default() };
    let both = [Protocol::Tcp, Protocol::Udp].map(|protocol| {
        let wanted = Wanted { direction: Direction::Egress, protocol, ports: Ports::one(DNS) };
        traffic.admits(groups, wanted, &peer) | by_another_group(traffic, groups, wanted)
    });
    is_own | Tri::all(both)
}

/// A server may be in a group that a rule names, where that is not the clusters' own.
fn by_another_group(traffic: &Traffic<'_>, groups: &Named, wanted: Wanted) -> Tri {
    let names_another = |(rule, _): &(&Row, Tri)| {
        let peers = Named::of(rule, "peers");
        peers.open.is_some() || peers.each().iter().any(|it| it.same(groups) != Tri::Yes)
    };
    Tri::from(traffic.rules(groups, wanted).iter().any(names_another)) & Tri::Maybe
}
