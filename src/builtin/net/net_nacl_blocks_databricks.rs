//! A network ACL that keeps clusters from what they need.

use std::collections::BTreeMap;

use crate::{
    aws::{Ports, Protocol, Range},
    builtin::shared::{
        network_acls::{self, Acls, Wanted},
        networks::{self, Judged},
        traffic::Direction,
    },
    estate::{Links, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds network ACLs of the subnets of a `databricks_mws_networks` that do not let in all TCP and
    /// UDP from `0.0.0.0/0`, or that do not let out TCP 443 to `0.0.0.0/0` (to the VPC, in a network
    /// with back-end endpoints) and everything to the network's own subnets. Rules are read in the order
    /// of their numbers, inline or resources of their own. A subnet that no ACL names has the default
    /// one of its VPC, which is judged where a plan of the run manages it.
    ///
    /// ## Why is this bad?
    /// An ACL keeps no state: answers come in on any port above 1023. Databricks checks these rules when
    /// it creates a workspace, and refuses it.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "Subnet-level network ACLs": "ALLOW ALL from Source 0.0.0.0/0. This rule must be prioritized";
    /// databricks/terraform-provider-databricks#1326.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_network_acl_rule" "databricks" {
    ///   for_each       = { in = false, out = true }
    ///   network_acl_id = aws_network_acl.this.id
    ///   egress         = each.value
    ///   rule_number    = 100
    ///   rule_action    = "allow"
    ///   protocol       = "-1"
    ///   cidr_block     = "0.0.0.0/0"
    /// }
    /// ```
    /// Other tools call this rule too open: Databricks requires it. Restrict with security groups and a
    /// firewall.
    ///
    /// ## What it cannot see
    /// ACLs of no plan of the run, and rules for IPv6. Rules that are known only after the apply make the
    /// finding possible, as does a splat over subnets of which only some have the ACL, or can be reached.
    pub static RULE = {
        id: "net-nacl-blocks-databricks",
        summary: "network ACL of a workspace subnet does not allow what Databricks validates",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_default_network_acl", "aws_network_acl"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::collect(cx, rows);
    network_acls::collect(cx, rows);
}

/// What an ACL has to let pass, which way, and how a message says that it does not.
const DEMANDS: [(Direction, &str); 2] = [
    (
        Direction::Ingress,
        "does not let in all TCP and UDP from anywhere, which Databricks requires",
    ),
    (
        Direction::Egress,
        "does not let out TCP 443, or not everything to the subnets of the network, which Databricks requires",
    ),
];

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, acls) = (Links::of(cx), Acls::of(cx));
    let is_blocked = |subnet: &Row, network: &Row, direction: Direction| {
        let serving = acls.serving(subnet).into_iter();
        Tri::any(serving.map(|(acl, sure)| sure & !admits(&links, &acls, acl, network, direction)))
    };
    let either = |subnet: &Row, network: &Row| {
        Tri::any(DEMANDS.map(|(direction, _)| is_blocked(subnet, network, direction)))
    };
    let mut by_acl: BTreeMap<(&str, &str), (&Row, Vec<Judged<'_>>)> = BTreeMap::new();
    for judged in networks::subnets(cx, &links, either) {
        let Some((acl, _)) = acls.serving(judged.subnet).into_iter().next() else { continue };
        let key = (acl.unit.as_str(), acl.address.as_str());
        by_acl.entry(key).or_insert((acl, Vec::new())).1.push(judged);
    }
    for (acl, subnets) in by_acl.into_values() {
        subnets.iter().for_each(|it| it.explain(out));
        for (direction, message) in DEMANDS {
            let is_blocked =
                |it: &Judged<'_>| it.used & is_blocked(it.subnet, it.network, direction);
            let blocked = subnets.iter().filter(|it| is_blocked(it) != Tri::No);
            let tri = Tri::any(subnets.iter().map(is_blocked));
            let mut draft =
                out.deny(tri, acl, direction.as_str(), || message.to_owned()).help(|| {
                    format!("allow all {} in the rule with the lowest number", direction.as_str())
                });
            for it in blocked {
                draft = draft.related(it.subnet, || {
                    format!("a subnet with this ACL, of {}", it.network.address)
                });
            }
        }
    }
}

fn admits(
    links: &Links<'_>,
    acls: &Acls<'_>,
    acl: &Row,
    network: &Row,
    direction: Direction,
) -> Tri {
    match direction {
        Direction::Ingress => lets_in(acls, acl),
        Direction::Egress => lets_out(links, acls, acl, network),
    }
}

fn everybody() -> Option<Range> {
    Range::parse("0.0.0.0/0")
}

fn lets_in(acls: &Acls<'_>, acl: &Row) -> Tri {
    let Some(range) = everybody() else { return Tri::Maybe };
    Tri::all([Protocol::Tcp, Protocol::Udp].map(|protocol| {
        let direction = Direction::Ingress;
        acls.admits(acl, Wanted { direction, protocol, ports: Ports::ALL, range })
    }))
}

fn lets_out(links: &Links<'_>, acls: &Acls<'_>, acl: &Row, network: &Row) -> Tri {
    let direction = Direction::Egress;
    let clusters = networks::clusters(links, network);
    let all_to = |range: Range| {
        Tri::all([Protocol::Tcp, Protocol::Udp].map(|protocol| {
            acls.admits(acl, Wanted { direction, protocol, ports: Ports::ALL, range })
        }))
    };
    let https_to = |range: Range| {
        let (protocol, ports) = (Protocol::Tcp, Ports::one(443));
        acls.admits(acl, Wanted { direction, protocol, ports, range })
    };
    let publicly = Tri::all(everybody().map(https_to));
    // Where the endpoints are in ranges that no plan shows, they may be among those that are let through.
    let privately = match clusters.within.is_empty() {
        true => Tri::Maybe,
        false => Tri::all(clusters.within.iter().copied().map(https_to)),
    };
    let internally = clusters.throughout(all_to);
    internally & (publicly | (network.tri("privatelink") & privately))
}
