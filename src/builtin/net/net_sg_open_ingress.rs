//! A security group of Databricks that everybody may reach.

use crate::{
    builtin::shared::{
        account::{self, NETWORK},
        endpoints, security_groups,
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::ranges,
    graph::{End, Hit, Res, Target, Val, View},
    lint::{At, Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds ingress from everybody (`0.0.0.0/0` or `::/0`), whatever the port, on the security groups
    /// of a registered network and of endpoints of Databricks' PrivateLink services: inline, as
    /// `aws_security_group_rule`, or as `aws_vpc_security_group_ingress_rule`. Groups and rules may
    /// stand in other plans of the run than the network or endpoint.
    ///
    /// ## Why is this bad?
    /// Nothing has to reach a cluster from outside: with secure cluster connectivity clusters call
    /// the control plane, never the other way round. An open port is reachable as soon as a subnet
    /// gets a route to the internet, and an open endpoint to whoever is in a connected network.
    /// Source: [Secure cluster connectivity](https://docs.databricks.com/en/security/network/secure-cluster-connectivity.html),
    /// "customer VPCs have no open ports".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_security_group_ingress_rule" "internal" {
    ///   security_group_id            = aws_security_group.workspace.id
    ///   referenced_security_group_id = aws_security_group.workspace.id
    ///   ip_protocol                  = "-1"
    /// }
    /// ```
    ///
    /// Egress to `0.0.0.0/0` and the network ACL's ingress from `0.0.0.0/0` are required and not
    /// looked at.
    ///
    /// ## What it cannot see
    /// Prefix lists that hold every address, ranges that do so together (`0.0.0.0/1` with
    /// `128.0.0.0/1`), and, where the `.tf` files are not at hand, groups whose id stands behind a
    /// `local` and is not known yet. A direction or a range that is known only after the apply makes the
    /// finding possible, unless the range is one that AWS gives to a VPC, a subnet or an address of one's own.
    pub static RULE = {
        id: "net-sg-open-ingress",
        summary: "workspace or endpoint security group is open to the internet",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: [
            "aws_default_security_group",
            "aws_security_group",
            "aws_security_group_rule",
            "aws_vpc_security_group_ingress_rule",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    for it in ["aws_security_group", "aws_default_security_group"].iter().flat_map(|t| cx.of(t)) {
        let ingress = it.get("ingress");
        if let Val::Unknown(_) = ingress.val() {
            add(rows, (it, Tri::Yes), Target::Here(it), std::slice::from_ref(&ingress), "traffic");
        }
        for rule in ingress.items() {
            let ranges = [rule.get("cidr_blocks"), rule.get("ipv6_cidr_blocks")];
            add(rows, (it, Tri::Yes), Target::Here(it), &ranges, &traffic(&rule, "protocol"));
        }
    }
    for it in cx.of("aws_security_group_rule") {
        let is_ingress = it.get("type").is("ingress");
        let ranges = [it.get("cidr_blocks"), it.get("ipv6_cidr_blocks")];
        let group = security_groups::named(&it.get("security_group_id"));
        add(rows, (it, is_ingress), group, &ranges, &traffic(&it.root(), "protocol"));
    }
    for it in cx.of("aws_vpc_security_group_ingress_rule") {
        let ranges = [it.get("cidr_ipv4"), it.get("cidr_ipv6")];
        let group = security_groups::named(&it.get("security_group_id"));
        add(rows, (it, Tri::Yes), group, &ranges, &traffic(&it.root(), "ip_protocol"));
    }
}

/// Takes a row for a rule that lets everybody in, or may.
fn add(
    rows: &mut Rows,
    (it, is_ingress): (Res<'_>, Tri),
    group: Target<'_>,
    ranges: &[View<'_>],
    traffic: &str,
) {
    for range in ranges.iter().filter(|_| is_ingress != Tri::No) {
        let open = is_ingress & holds_everybody(range);
        if open != Tri::No {
            rows.add("opening", it)
                .with("group", group.clone())
                .with("open", open)
                .with("attribute", Cell::Known(attribute(range)))
                .with("written", range.written_attribute().map_or(Cell::Unset, Cell::Known))
                .with("traffic", Cell::Known(traffic.to_owned()))
                .with("range", Cell::Known(everybody(range)));
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in cx.of("opening") {
        let groups = Named::of(it, "group").each();
        // Whichever of several groups the rule belongs to.
        let used =
            groups.iter().map(|group| Tri::any(users(&links, group).iter().map(|(_, tri)| *tri)));
        let used = Tri::from(!groups.is_empty()) & Tri::agree(used);
        let open = it.tri("open") & used;
        let (traffic, range) = (text(it, "traffic"), text(it, "range"));
        let written = it.text("written").map(str::to_owned);
        let at = At::from(text(it, "attribute")).written(written);
        let draft = out
            .deny(open, it, at, || {
                format!("lets in {traffic} from {range} to a security group that Databricks uses")
            })
            .key(&format!("{traffic} {range}"))
            .help(|| "allow ingress from the group itself, from other groups or from the VPC's range; Databricks needs none from outside".to_owned());
        if let Some((user, _)) =
            groups.iter().find_map(|group| users(&links, group).first().copied())
        {
            draft.related(user, || "uses the security group".to_owned());
        }
    }
}

/// What of Databricks uses a group: networks, and endpoints to its services.
fn users<'a>(links: &Links<'a>, group: &Named) -> Vec<(&'a Row, Tri)> {
    let of_endpoint = |(row, sure)| (row, sure & endpoints::is_of_databricks(links, row));
    let endpoints = endpoints::having(links, group).into_iter().map(of_endpoint);
    let all = links.naming(NETWORK, "groups").named(group).into_iter().chain(endpoints);
    all.filter(|(_, tri)| *tri != Tri::No).collect()
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.text(name).unwrap_or_default()
}

/// Whether a range, or one of a list, holds every address.
fn holds_everybody(ranges: &View<'_>) -> Tri {
    match ranges.val() {
        Val::Known(value) if value.is_array() => {
            Tri::any(ranges.items().map(|range| holds_everybody(&range)))
        }
        Val::Known(value) => Tri::from(value.as_str().is_some_and(ranges::is_everybody)),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(_) if is_own(ranges) => Tri::No,
        Val::Unknown(cause) => ranges.res().scope().maybe(cause),
    }
}

/// Made from addresses and groups of one's own, and from what is known.
fn is_own(range: &View<'_>) -> bool {
    let scope = range.res().scope();
    let own = |hit: &Hit| match hit.end {
        End::Resource(id) => Some(ranges::is_own(scope.res(id).type_())),
        End::Known | End::Given(_) | End::Opaque => None,
        _ => Some(false),
    };
    let known: Vec<bool> = range.hits().iter().filter_map(own).collect();
    !known.is_empty() && known.iter().all(|is_own| *is_own)
}

/// The range that holds everybody, as a message says it.
fn everybody(ranges: &View<'_>) -> String {
    let mut all = ranges.items();
    let open = all.find(|range| holds_everybody(range) == Tri::Yes);
    match open.as_ref().unwrap_or(ranges) {
        range if range.scalar().is_some() => range.show(),
        _ => "a range known only after apply".to_owned(),
    }
}

/// Inline rules are a set: the block says more than an index into it.
fn attribute(range: &View<'_>) -> String {
    let path = range.attribute();
    if path.starts_with("ingress") { "ingress".to_owned() } else { path }
}

/// `tcp 22`, `udp 0-65535`, `all traffic`.
fn traffic(rule: &View<'_>, protocol: &'static str) -> String {
    let shown = |name: &'static str| {
        let view = rule.member(name);
        view.scalar().map(|_| view.show())
    };
    let name = shown(protocol).unwrap_or_default();
    if matches!(name.as_str(), "" | "-1" | "all") {
        return "all traffic".to_owned();
    }
    match (shown("from_port"), shown("to_port")) {
        (Some(from), Some(to)) if from == to => format!("{name} {from}"),
        (Some(from), Some(to)) => format!("{name} {from}-{to}"),
        _ => name,
    }
}
