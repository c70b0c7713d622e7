//! A workspace subnet that is too small or too large.

use crate::{
    aws::Range,
    builtin::shared::{account, networks, routes},
    estate::{Cell, Links, Row, Rows},
    facts::subnets::{self, PREFIXES},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds subnets of a `databricks_mws_networks` whose range is not between /17 and /26. A /26 is
    /// accepted and is a note: it has room for about 29 nodes. The network may stand in another plan of
    /// the run.
    ///
    /// ## Why is this bad?
    /// Databricks refuses the network, and the range of a subnet cannot be changed: another one means a
    /// new subnet, a new network and a change of the workspace.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "Subnets": "a netmask between /17 and /26"; each node takes two addresses.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_subnet" "private" {
    ///   cidr_block = cidrsubnet(aws_vpc.this.cidr_block, 4, 0) # a /20 of a /16
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Subnets that no plan of the run manages. A range that is known only after the apply makes the
    /// finding possible, and so does a splat over subnets of which only some have the wrong
    /// size: there may be an `if` that the plan does not show.
    pub static RULE = {
        id: "net-subnet-netmask",
        summary: "workspace subnet outside /17…/26",
        severity: Error,
        also: [(Note, "it is a /26, with room for about 29 nodes")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_subnet"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    routes::subnets(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let (largest, smallest) = (PREFIXES.start(), PREFIXES.end());
    let is_refused = |subnet, _| prefix(subnet, |length| !PREFIXES.contains(&length));
    for it in networks::subnets(cx, &links, is_refused) {
        it.explain(out);
        out.deny(it.tri, it.subnet, "cidr_block", || {
            format!(
                "the range of a workspace subnet is {}; Databricks accepts /{largest} to /{smallest}",
                it.subnet.cell("range").show()
            )
        })
        .related_at(it.network, "subnet_ids", || "the network that uses it".to_owned())
        .help(|| "choose another range now: it cannot be changed later".to_owned());
    }
    let is_smallest = |subnet, _| prefix(subnet, |length| length == *smallest) & known(subnet);
    for it in networks::subnets(cx, &links, is_smallest) {
        it.explain(out);
        out.deny(it.tri, it.subnet, "cidr_block", || {
            format!(
                "the range of a workspace subnet is {}, with room for about {} nodes",
                it.subnet.cell("range").show(),
                subnets::nodes(*smallest)
            )
        })
        .at(Severity::Note)
        .key("small")
        .related_at(it.network, "subnet_ids", || "the network that uses it".to_owned())
        .help(|| "choose a larger range now: it cannot be changed later".to_owned());
    }
}

fn prefix(subnet: &Row, ask: impl FnOnce(u8) -> bool) -> Tri {
    match subnet.cell("range") {
        Cell::Known(text) => Tri::from(Range::parse(text).is_some_and(|range| ask(range.prefix()))),
        Cell::Unset => Tri::No,
        _ => Tri::Maybe,
    }
}

/// What is not known yet is asked about once, by the finding that matters more.
fn known(subnet: &Row) -> Tri {
    Tri::from(subnet.text("range").is_some())
}
