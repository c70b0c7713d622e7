//! A private hosted zone for the very name that AWS keeps for an endpoint.

use crate::{
    builtin::shared::{endpoints, private_names::Purpose, zones},
    estate::{Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a private hosted zone with exactly the name that a Databricks endpoint with private DNS has,
    /// such as `tunnel.privatelink.eu-central-1.cloud.databricks.com`, where both are in the same VPC. Zone,
    /// association and endpoint may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// Private DNS is a hidden zone of that name. A VPC cannot see two zones of one name: AWS
    /// refuses whichever comes second ("there is already a conflicting DNS domain"). Zones above the name,
    /// such as `privatelink.cloud.databricks.com`, do no harm.
    /// Source: [Manage DNS names](https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html);
    /// [the error and its causes](https://dev.classmethod.jp/articles/when-creating-a-vpc-endpoint-a-conflict-occurs-what-is-the-problem/).
    ///
    /// ## How to fix it
    /// Have one of the two. To keep the zone:
    /// ```hcl
    /// resource "aws_vpc_endpoint" "relay" {
    ///   # ...
    ///   private_dns_enabled = false
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Endpoints and zones of no plan of the run. Private DNS, or an association, that is known only after
    /// the apply makes the finding possible, as does GovCloud, whose private names are not documented.
    pub static RULE = {
        id: "dns-zone-and-private-dns-conflict",
        summary: "private zone identical to the endpoint's own private DNS name",
        severity: Warning,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_route53_zone"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for zone in cx.of("zone").filter(|zone| !zones::is_foreign(zone)) {
        let Some(name) = zones::zone_name(zone) else { continue };
        let attached = links.from(zone, "attached", "zone");
        let rivals: Vec<(&Row, Tri)> = cx
            .of(endpoints::KIND)
            .map(|it| (it, keeps(&links, it, &name) & sees(&attached, it)))
            .filter(|(_, tri)| *tri != Tri::No)
            .collect();
        let tri = zone.tri("private") & Tri::any(rivals.iter().map(|(_, tri)| *tri));
        let mut draft = out
            .deny(tri, zone, "name", || {
                let names: Vec<&str> = rivals.iter().map(|(row, _)| row.address.as_str()).collect();
                format!(
                    "{name} is the name that private DNS of {} already holds in the same VPC",
                    names.join(", ")
                )
            })
            .help(|| {
                "leave the zone out, or set `private_dns_enabled = false` on the endpoint"
                    .to_owned()
            });
        for (endpoint, _) in rivals {
            draft = draft.related_at(endpoint, "private_dns_enabled", || {
                "has private DNS for that name".to_owned()
            });
        }
    }
}

/// Whether private DNS of an endpoint is a zone of that name.
fn keeps(links: &Links<'_>, endpoint: &Row, name: &str) -> Tri {
    let Some(purpose) = endpoint.text("service").and_then(Purpose::of) else { return Tri::No };
    let documented = if purpose.is_gov() { Tri::Maybe } else { Tri::Yes };
    Tri::from(purpose.name().as_deref() == Some(name))
        & documented
        & endpoints::is_type(endpoint, "Interface")
        & endpoints::has_private_dns(links, endpoint)
}

/// Whether one of the associations is with the VPC of an endpoint.
fn sees(attached: &[(&Row, Tri)], endpoint: &Row) -> Tri {
    let vpc = Named::of(endpoint, "vpc");
    Tri::any(attached.iter().map(|(row, sure)| *sure & Named::of(row, "vpc").same(&vpc)))
}
