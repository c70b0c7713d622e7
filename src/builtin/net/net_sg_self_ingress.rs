//! Security groups of a workspace that keep its nodes from one another.

use crate::{
    aws::{Ports, Protocol},
    builtin::shared::{
        networks::{self, JudgedGroups},
        traffic::{self, Direction, Peer, Traffic, Wanted},
    },
    estate::{Links, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the security groups of a `databricks_mws_networks` that do not, together, let in all TCP
    /// and all UDP ports from the network's own nodes: from the group itself, from another group of the
    /// network, or from ranges that hold all its subnets. Rules may be inline or resources of their own,
    /// and stand in any plan of the run.
    ///
    /// ## Why is this bad?
    /// The nodes of a cluster talk to one another on ports that are not fixed. Databricks asks for these
    /// rules, and without them drivers and workers do not find each other.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "Security groups": "Allow TCP on all ports when traffic source uses the same security group", and
    /// the same for UDP.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_security_group_ingress_rule" "internal" {
    ///   for_each                     = toset(["tcp", "udp"])
    ///   security_group_id            = aws_security_group.workspace.id
    ///   referenced_security_group_id = aws_security_group.workspace.id
    ///   ip_protocol                  = each.key
    ///   from_port                    = 0
    ///   to_port                      = 65535
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Groups of no plan of the run, of which it says nothing; one of them beside others makes the
    /// finding possible, as do prefix lists without blocks of entries in the plan, protocols, ports and ranges
    /// that are known only after the apply, and a splat over subnets of which two or more are let in: there
    /// may be an `if` that the plan does not show. So does a `for_each` of which the plan does not show which group a network gets, unless
    /// all of them lack the rules.
    pub static RULE = {
        id: "net-sg-self-ingress",
        summary: "workspace security group does not allow all TCP and UDP from itself",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_default_security_group", "aws_security_group"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::collect(cx, rows);
    traffic::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, traffic) = (Links::of(cx), Traffic::of(cx));
    let [tcp, udp] = [Protocol::Tcp, Protocol::Udp].map(|protocol| {
        let wanted = Wanted { direction: Direction::Ingress, protocol, ports: Ports::ALL };
        networks::groups(cx, &links, |network, groups| {
            let nodes = Peer { groups: groups.clone(), ..networks::clusters(&links, network) };
            !traffic.admits(groups, wanted, &nodes)
        })
    });
    for (tcp, udp) in tcp.iter().zip(&udp) {
        report(tcp, udp, out);
    }
}

fn report(tcp: &JudgedGroups<'_>, udp: &JudgedGroups<'_>, out: &mut Findings<'_>) {
    let missing = match (tcp.tri, udp.tri) {
        (_, Tri::No) => "TCP",
        (Tri::No, _) => "UDP",
        _ => "TCP and UDP",
    };
    let members = tcp.groups.iter().map(|group| Subject::from(*group)).collect();
    let mut draft = out
        .deny_group(tcp.tri | udp.tri, members, "ingress", networks::OTHER_GROUP, |_| {
            format!(
                "does not let in all {missing} from the nodes of the workspace that it protects"
            )
        })
        .help(|| format!("allow ingress of {missing}, ports 0 to 65535, from the group itself"));
    for network in &tcp.networks {
        draft = draft
            .related_at(*network, "security_group_ids", || "the network that uses it".to_owned());
    }
}
