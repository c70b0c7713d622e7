//! Several endpoints of one VPC that claim the same names.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::endpoints,
    estate::{Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more interface endpoints to the same service in the same VPC that all have private
    /// DNS on, by `private_dns_enabled` or by an `aws_vpc_endpoint_private_dns`. They may stand in
    /// different modules and in different plans of the run.
    ///
    /// ## Why is this bad?
    /// A VPC can hold the names of a service once: AWS refuses private DNS for the second endpoint
    /// ("there is already a conflicting DNS domain"). It happens where front-end and back-end endpoint of a
    /// workspace share a VPC, and where each unit brings its own endpoint into a shared one.
    /// Source: [Manage DNS names](https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html);
    /// [the error and its causes](https://dev.classmethod.jp/articles/when-creating-a-vpc-endpoint-a-conflict-occurs-what-is-the-problem/).
    ///
    /// ## How to fix it
    /// Share one endpoint: register it once with Databricks, and name the registration in every network.
    /// Or leave private DNS to one of them, and give the others a private hosted zone of their own VPC:
    /// ```hcl
    /// resource "aws_vpc_endpoint" "second" {
    ///   # ...
    ///   private_dns_enabled = false
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Endpoints of no plan of the run and those that are only looked up. Where it is not known which VPC
    /// or which service is meant, the rule is silent; private DNS that is known only after the apply makes
    /// the finding possible.
    pub static RULE = {
        id: "pl-conflicting-private-dns",
        summary: "two endpoints to the same service with private DNS in one VPC",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    endpoints::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for it in cx.of(endpoints::KIND) {
        if told.contains(&(it.unit.as_str(), it.address.as_str())) {
            continue;
        }
        let claims = rivals(&links, it);
        let certain = claims.iter().filter(|(_, tri)| *tri == Tri::Yes).count();
        let tri = if certain > 1 { Tri::Yes } else { Tri::from(claims.len() > 1) & Tri::Maybe };
        let members = claims.into_iter().filter(|(_, claim)| *claim >= tri).map(|(row, _)| row);
        let members: Vec<&Row> = members.collect();
        told.extend(members.iter().map(|row| (row.unit.as_str(), row.address.as_str())));
        let count = members.len();
        let members: Vec<Subject> = members.into_iter().map(Subject::from).collect();
        out.deny_group(tri, members, "private_dns_enabled", "has private DNS for it too", |_| {
            let service = it.text("service").unwrap_or("a service");
            format!("{count} endpoints of one VPC have private DNS for {service}, where only one can")
        })
        .help(|| {
            "share one endpoint, or set `private_dns_enabled = false` on all others and give them a \
             private hosted zone"
                .to_owned()
        });
    }
}

/// An endpoint and those that lead to the same service from the same VPC, each with whether it claims the
/// service's names.
fn rivals<'a>(links: &Links<'a>, it: &'a Row) -> Vec<(&'a Row, Tri)> {
    let beside = links.naming(endpoints::KIND, "vpc").named(&Named::of(it, "vpc"));
    let beside = beside.into_iter().filter(|(_, in_same_vpc)| *in_same_vpc == Tri::Yes);
    let rivals = beside.map(|(row, _)| row).filter(|row| !row.is(it) && is_rival(it, row));
    let claims = [it].into_iter().chain(rivals).map(|row| (row, claims_names(links, row)));
    claims.filter(|(_, tri)| *tri != Tri::No).collect()
}

/// Another endpoint, not the same one as a second plan shows it.
fn is_rival(it: &Row, other: &Row) -> bool {
    let service = it.text("service");
    service.is_some()
        && service == other.text("service")
        && Named::itself(it).meets(&Named::itself(other)) == Tri::No
}

fn claims_names(links: &Links<'_>, endpoint: &Row) -> Tri {
    endpoint.tri("managed")
        & endpoints::is_type(endpoint, "Interface")
        & endpoints::has_private_dns(links, endpoint)
}
