//! Security groups of a workspace that do not let its nodes out.

use crate::{
    aws::{Ports, Protocol, Range},
    builtin::shared::{
        account::REGISTRATION,
        endpoints, networks,
        networks::JudgedGroups,
        routes,
        traffic::{self, Direction, Peer, Traffic, Wanted},
    },
    estate::{Links, Named, Row, Rows},
    facts::ports::{Egress, Needed, WORKSPACE_EGRESS},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the security groups of a `databricks_mws_networks` that do not, together, let TCP out on
    /// the ports that clusters call: 443; 6666 where the network has a relay endpoint (2443 in
    /// GovCloud); 2443 where the compliance security profile is on. 8443 and 8444 are a warning, 8445 to
    /// 8451 a note. They have to be open to `0.0.0.0/0`; in a network with back-end endpoints the group
    /// or the subnets of these, or the range of the VPC, are enough. Rules may be inline or resources of
    /// their own, and stand in any plan of the run.
    ///
    /// ## Why is this bad?
    /// Clusters do not reach the control plane, and end with a bootstrap timeout. Terraform takes the
    /// rule away that lets everything out of a new security group, so one without egress blocks lets
    /// nothing out.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "Security groups";
    /// [aws_security_group](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group),
    /// "NOTE on Egress rules".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_security_group_egress_rule" "databricks" {
    ///   for_each          = { https = [443, 443], relay = [6666, 6666], internal = [8443, 8451] }
    ///   security_group_id = aws_security_group.workspace.id
    ///   cidr_ipv4         = "0.0.0.0/0"
    ///   ip_protocol       = "tcp"
    ///   from_port         = each.value[0]
    ///   to_port           = each.value[1]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Groups of no plan of the run, of which it says nothing; one of them beside others makes the
    /// finding possible, as do prefix lists without blocks of entries in the plan, ports, ranges and peers
    /// that are known only after the apply, and a splat over the subnets of an endpoint of which some can be
    /// reached. Port 3306, for the legacy Hive metastore, and 5432, for Lakebase, are not asked for.
    pub static RULE = {
        id: "net-sg-egress-ports",
        summary: "required egress ports missing on the workspace security group",
        severity: Error,
        also: [
            (Warning, "8443 or 8444 are closed, nothing else"),
            (Note, "only ports among 8445 to 8451 are closed, which are kept for later"),
        ],
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
    endpoints::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, traffic) = (Links::of(cx), Traffic::of(cx));
    let judged = |egress| {
        networks::groups(cx, &links, |network, groups| {
            is_needed(cx, &links, network, egress)
                & !lets_out(&links, &traffic, network, groups, egress)
        })
    };
    let asked = WORKSPACE_EGRESS.iter().filter(|egress| level(egress).is_some());
    let closed: Vec<_> = asked.map(|egress| (egress, judged(egress))).collect();
    let sets = closed.first().map_or(0, |(_, sets)| sets.len());
    for set in 0..sets {
        let of_set = closed.iter().map(|(egress, sets)| (*egress, &sets[set]));
        report(&of_set.filter(|(_, judged)| judged.tri != Tri::No).collect::<Vec<_>>(), out);
    }
}

/// Reports the most severe of what is closed, with the rest of it: they are one mistake. What is only
/// possible does not hide what is certain.
fn report(closed: &[(&Egress, &JudgedGroups<'_>)], out: &mut Findings<'_>) {
    for wanted in [Severity::Error, Severity::Warning, Severity::Note] {
        let of_level: Vec<_> = closed.iter().filter(|(it, _)| level(it) == Some(wanted)).collect();
        let tri = Tri::any(of_level.iter().map(|(_, judged)| judged.tri));
        let Some((_, judged)) = of_level.first() else { continue };
        let ports: Vec<String> = closed.iter().map(|(egress, _)| shown(egress)).collect();
        let ports = ports.join(", ");
        let members = judged.groups.iter().map(|group| Subject::from(*group)).collect();
        let mut draft = out
            .deny_group(tri, members, "egress", networks::OTHER_GROUP, |_| {
                format!("does not let TCP {ports} out, which clusters call")
            })
            .at(wanted)
            .key(wanted.as_str())
            .help(|| format!("allow egress of TCP {ports} to anywhere, or to the endpoints"));
        for network in &judged.networks {
            draft = draft.related_at(*network, "security_group_ids", || {
                "the network that uses it".to_owned()
            });
        }
        if tri == Tri::Yes {
            return;
        }
    }
}

/// How bad it is that ports are closed; none where they are not asked for.
fn level(egress: &Egress) -> Option<Severity> {
    match egress.needed {
        Needed::Always | Needed::PrivateLink | Needed::Compliance => Some(Severity::Error),
        Needed::Recommended => Some(Severity::Warning),
        Needed::Later => Some(Severity::Note),
        Needed::CustomDns | Needed::LegacyMetastore | Needed::Lakebase => None,
    }
}

fn shown(egress: &Egress) -> String {
    match egress.from == egress.to {
        true => egress.from.to_string(),
        false => format!("{}-{}", egress.from, egress.to),
    }
}

/// Whether the clusters of a network call these ports.
fn is_needed(cx: &EstateCx<'_>, links: &Links<'_>, network: &Row, egress: &Egress) -> Tri {
    let is_gov = networks::is_in_gov(links, network);
    let has_relay =
        network.tri("privatelink") & !Tri::from(Named::of(network, "relay").is_nothing());
    match egress.needed {
        Needed::PrivateLink => has_relay & !is_gov,
        Needed::Compliance => (has_relay & is_gov) | networks::has_profile(cx, links, network),
        _ => Tri::Yes,
    }
}

/// Whether groups let these ports out to all that clusters call there.
fn lets_out(
    links: &Links<'_>,
    traffic: &Traffic<'_>,
    network: &Row,
    groups: &Named,
    egress: &Egress,
) -> Tri {
    let ports = Ports { from: egress.from.into(), to: egress.to.into() };
    let wanted = Wanted { direction: Direction::Egress, protocol: Protocol::Tcp, ports };
    let everybody =
        Peer { ranges: Range::parse("0.0.0.0/0").into_iter().collect(), ..Peer::default() };
    let privately =
        network.tri("privatelink") & traffic.admits(groups, wanted, &back_end(links, network));
    traffic.admits(groups, wanted, &everybody) | privately
}

/// The back-end endpoints of a network, as a group sees them. One that is hidden may have any group; of
/// hidden subnets only the ranges are open.
fn back_end(links: &Links<'_>, network: &Row) -> Peer {
    let mut peer = Peer { within: networks::clusters(links, network).within, ..Peer::default() };
    let mut has_hidden = false;
    for list in ["rest", "relay"] {
        has_hidden |= links.is_hidden(network, list, REGISTRATION);
        for (registration, _) in links.to(network, list, REGISTRATION) {
            has_hidden |= links.is_hidden(registration, "endpoint", endpoints::KIND);
            for (endpoint, _) in links.to(registration, "endpoint", endpoints::KIND) {
                add(&mut peer, links, endpoint);
            }
        }
    }
    if has_hidden {
        peer.is_open = true;
        peer.groups.open = Some(Cause::NotInRun);
    }
    peer
}

/// Adds the groups and the subnets of an endpoint.
fn add(peer: &mut Peer, links: &Links<'_>, endpoint: &Row) {
    let groups = endpoints::groups(links, endpoint);
    peer.groups = std::mem::take(&mut peer.groups).and(groups);
    let subnets = links.to(endpoint, "subnets", routes::KIND).into_iter();
    let ranges: Vec<Option<Range>> =
        subnets.map(|(row, _)| row.text("range").and_then(Range::parse)).collect();
    peer.is_open |= links.is_hidden(endpoint, "subnets", routes::KIND);
    peer.is_open |= ranges.iter().any(Option::is_none);
    peer.ranges.extend(ranges.into_iter().flatten());
    if endpoint.tri("all-subnets") != Tri::Yes {
        // One is enough for an endpoint.
        peer.fewest = Some(1);
    }
}
