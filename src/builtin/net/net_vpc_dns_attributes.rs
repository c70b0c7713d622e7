//! A VPC in which private names do not resolve.

use crate::{
    builtin::shared::{account, networks},
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Res, View},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc` without `enable_dns_hostnames` (left out, it is off) or with
    /// `enable_dns_support = false`, where something needs both: it is the VPC of a
    /// `databricks_mws_networks`, it holds an interface endpoint with private DNS, or a private hosted
    /// zone is associated with it. These may stand in other plans of the run.
    ///
    /// ## Why is this bad?
    /// Databricks refuses a network without them, AWS refuses private DNS for an endpoint, and Route 53
    /// does not answer from a private zone.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html),
    /// "VPC requirements";
    /// [DNS attributes for your VPC](https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc" "this" {
    ///   enable_dns_hostnames = true
    ///   enable_dns_support   = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// VPCs that no plan of the run manages. Attributes that are known only after the apply make the
    /// finding possible.
    pub static RULE = {
        id: "net-vpc-dns-attributes",
        summary: "VPC of a Databricks network lacks DNS hostnames or DNS support",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_default_vpc", "aws_vpc"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// Whether an attribute is on: its cell in a row, and its name.
const ATTRIBUTES: [(&str, &str); 2] =
    [("hostnames", "enable_dns_hostnames"), ("support", "enable_dns_support")];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::vpcs(cx, rows);
    for it in cx.of("databricks_mws_networks") {
        user(rows, it, &it.get("vpc_id"), Tri::Yes, "the network is registered with this VPC");
    }
    for it in cx.of("aws_vpc_endpoint") {
        let is_interface = it.get("vpc_endpoint_type").is("Interface");
        let needs = is_interface & it.get("private_dns_enabled").flag(false);
        user(rows, it, &it.get("vpc_id"), needs, "the endpoint has private DNS in this VPC");
    }
    for it in cx.of("aws_vpc_endpoint_private_dns") {
        let endpoint = it.get("vpc_endpoint_id").target(account::ENDPOINT).here();
        let needs = it.get("private_dns_enabled").flag(false);
        if let Some(endpoint) = endpoint {
            let vpc = endpoint.get("vpc_id");
            user(rows, it, &vpc, needs, "gives an endpoint in this VPC private DNS");
        }
    }
    for it in cx.of("aws_route53_zone") {
        for vpc in it.get("vpc").items() {
            user(rows, it, &vpc.get("vpc_id"), Tri::Yes, "the private zone answers in this VPC");
        }
    }
    for it in cx.of("aws_route53_zone_association") {
        user(rows, it, &it.get("vpc_id"), Tri::Yes, "a private zone answers in this VPC");
    }
}

/// Takes a row for something that needs both attributes of a VPC.
fn user(rows: &mut Rows, it: Res<'_>, vpc: &View<'_>, needs: Tri, what: &str) {
    rows.add("user", it)
        .with("vpc", vpc.target(account::VPC))
        .with("needs", needs)
        .with("what", Cell::Known(what.to_owned()));
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let users = Joined::by(cx.of("user"), "vpc");
    for vpc in cx.of(networks::VPC).filter(|vpc| vpc.tri("managed") == Tri::Yes) {
        let users: Vec<(&Row, Tri)> = users
            .named(&Named::itself(vpc))
            .into_iter()
            .map(|(user, sure)| (user, sure & user.tri("needs")))
            .filter(|(_, needs)| *needs != Tri::No)
            .collect();
        let is_needed = Tri::any(users.iter().map(|(_, needs)| *needs));
        for (cell, attribute) in ATTRIBUTES {
            let mut draft = out
                .deny(is_needed & !vpc.tri(cell), vpc, attribute, || {
                    let (user, _) = users[0];
                    format!("{attribute} is off, but {} needs it", user.address)
                })
                .help(|| format!("set {attribute} = true"));
            for (user, _) in &users {
                draft = draft.related(*user, || user.text("what").unwrap_or_default().to_owned());
            }
        }
    }
}
