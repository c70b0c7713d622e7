//! An endpoint to a private service of another region.

use crate::{
    builtin::shared::{endpoints, regions},
    estate::{Cell, Links, Rows},
    facts::regions::is_region,
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc_endpoint` whose service name is of another region than the endpoint: the name of
    /// a private service holds its region (`com.amazonaws.vpce.eu-central-1.vpce-svc-…`), the endpoint
    /// lies in that of its provider, or of its VPC or subnets, in any plan of the run, where the provider
    /// does not tell. With `service_region` an endpoint may lead to another region, and that one is compared.
    ///
    /// ## Why is this bad?
    /// Databricks has services of its own in each region. AWS does not find one in another region
    /// (`InvalidServiceName`), which only shows when the plan is applied. It happens where the variables
    /// of one region are copied for the next.
    /// Source: [PrivateLink VPC endpoint services](https://docs.databricks.com/aws/en/resources/ip-domain-region#privatelink-vpc-endpoint-services);
    /// [cross-region access](https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html).
    ///
    /// ## How to fix it
    /// Take the services of the region from a map, by the same variable as the provider:
    /// ```hcl
    /// provider "aws" {
    ///   region = var.region
    /// }
    ///
    /// resource "aws_vpc_endpoint" "relay" {
    ///   # ...
    ///   service_name = var.relay_services[var.region]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The region of an endpoint whose provider takes it from the environment and whose VPC is in no plan
    /// of the run: there the rule is silent, as on service names that are known only after the apply. A
    /// `service_region` that is not known yet makes the finding possible. Whether a service exists at all is
    /// not asked: published tables age.
    pub static RULE = {
        id: "pl-endpoint-service-region",
        summary: "Databricks endpoint service of another region",
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
    regions::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        if let Cell::Unknown(cause) = it.cell("service") {
            out.blind(*cause, it);
        }
        let Some(theirs) = it.text("served-in").filter(|_| endpoints::is_private(it)) else {
            continue;
        };
        let region = endpoints::lies_in(&links, it);
        let wanted = match it.cell("chosen") {
            Cell::Known(chosen) if is_region(chosen) => it.cell("chosen"),
            _ => &region,
        };
        if *wanted == Cell::Unset {
            out.blind(Cause::NotInRun, it);
        }
        // Where the author wrote a region that nobody knows yet, it may be the one in the name.
        let is_hidden = Tri::from(matches!(it.cell("chosen"), Cell::Unknown(_))) & Tri::Maybe;
        let tri = regions::differ(wanted, it.cell("served-in")) & !is_hidden;
        let ours = regions::shown(wanted);
        let mut draft = out
            .deny(tri, it, "service_name", || {
                format!("names a service of {theirs}, but the endpoint is for one of {ours}")
            })
            .help(|| format!("name the service of {ours}, or give `service_region`"));
        for (place, region) in regions::places_of(&links, it) {
            draft = draft.related(place, || format!("lies in {}", regions::shown(&region)));
        }
    }
}
