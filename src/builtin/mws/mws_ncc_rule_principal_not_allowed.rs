//! An endpoint service that does not let Databricks in.

use crate::{
    builtin::shared::{ncc, regions},
    estate::{Cell, Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_ncc_private_endpoint_rule` for an `aws_vpc_endpoint_service` of the plans
    /// that admits neither everybody nor Databricks' private connectivity role of the region, by
    /// `allowed_principals` or by `aws_vpc_endpoint_service_allowed_principal`.
    ///
    /// ## Why is this bad?
    /// Serverless compute connects as that role. AWS hides a service from principals that it does not
    /// admit: the endpoint fails to be created, and nothing reaches what lies behind it.
    /// Source: [Private connectivity to resources in your VPC](https://docs.databricks.com/aws/en/security/network/serverless-network-security/pl-to-internal-network),
    /// "allowlist the Databricks role";
    /// aws/customizations/serverless_privatelink of databricks/terraform-databricks-sra.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint_service_allowed_principal" "databricks" {
    ///   vpc_endpoint_service_id = aws_vpc_endpoint_service.this.id
    ///   principal_arn           = "arn:aws:iam::565502421330:role/private-connectivity-role-eu-central-1"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Services of no plan of the run: it is silent. Principals that are known only after the apply make
    /// the finding possible.
    pub static RULE = {
        id: "mws-ncc-rule-principal-not-allowed",
        summary: "endpoint service does not admit Databricks serverless",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_ncc_private_endpoint_rule"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    ncc::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let may_lack = cx.may_lack("aws_vpc_endpoint_service_allowed_principal");
    for it in cx.of(ncc::RULE) {
        let tri = links.agree((it, "service"), ncc::SERVICE, Tri::No, |service| {
            let admits = admits(&links, service, region_of(&links, it, service).as_deref());
            !(admits | Tri::from(may_lack) & Tri::Maybe)
        });
        if let (Tri::No, Some(cause)) = (tri, links.hidden(it, "service", ncc::SERVICE)) {
            out.blind(cause, it);
        }
        let services = links.to(it, "service", ncc::SERVICE);
        let name = services.first().map_or("the service", |(row, _)| row.address.as_str());
        let region = services.first().and_then(|(row, _)| region_of(&links, it, row));
        let mut draft = out
            .deny(tri, it, "endpoint_service", || {
                format!("{name} does not admit the role that serverless compute connects as")
            })
            .help(|| {
                let region = region.as_deref().unwrap_or("the region");
                format!("admit Databricks' private connectivity role for {region} to it")
            });
        for (service, _) in services {
            draft =
                draft.related_at(service, "allowed_principals", || match service.tri("accepts") {
                    Tri::No => "the service".to_owned(),
                    _ => {
                        "the service; a connection waits until somebody accepts it, 14 days at most"
                            .to_owned()
                    }
                });
        }
    }
}

/// The region that a connection comes from: that of the NCC, else that of the service.
fn region_of(links: &Links<'_>, rule: &Row, service: &Row) -> Option<String> {
    let configs = links.to(rule, "ncc", ncc::CONFIG);
    let region = match configs.as_slice() {
        [(config, _)] if *config.cell("region") != Cell::Unset => config.cell("region"),
        _ => service.cell("region"),
    };
    match region {
        Cell::Known(text) => Some(regions::shown(region).to_owned()).filter(|_| !text.is_empty()),
        _ => None,
    }
}

/// Whether a service lets Databricks in.
fn admits(links: &Links<'_>, service: &Row, region: Option<&str>) -> Tri {
    let own = match service.cell("principals") {
        Cell::List(cells) => Tri::any(cells.iter().map(|cell| covers(cell, region))),
        cell => covers(cell, region),
    };
    let others = links.naming(ncc::ADMITTED, "service").get(&Named::itself(service));
    own | Tri::any(others.iter().map(|(row, sure)| *sure & covers(row.cell("principal"), region)))
}

fn covers(principal: &Cell, region: Option<&str>) -> Tri {
    match principal {
        Cell::Known(text) => Tri::from(ncc::covers_serverless(text, region)),
        Cell::Unset => Tri::No,
        _ => Tri::Maybe,
    }
}
