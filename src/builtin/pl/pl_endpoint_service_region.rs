//! An endpoint to a private service of another region.

use crate::{
    builtin::shared::{
        account::{ENDPOINT, SUBNET, VPC},
        regions,
    },
    facts::{privatelink::PRIVATE_SERVICE, regions::is_region},
    graph::{Cause, Res, Target, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc_endpoint` whose service name is of another region than the endpoint: the name of
    /// a private service holds its region (`com.amazonaws.vpce.eu-central-1.vpce-svc-…`), the endpoint
    /// lies in that of its provider, or of its VPC or subnets where the provider does not tell. With
    /// `service_region` an endpoint may lead to another region, and that one is compared.
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
    /// The region of an endpoint whose provider takes it from the environment and whose VPC is in
    /// another plan: there the rule is silent, as on service names that are known only after the apply. A
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
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of(ENDPOINT[0]) {
        let (service, chosen) = (it.get("service_name"), it.get("service_region"));
        service.note_unknown();
        let Some(theirs) = service.text().and_then(region_of_private) else { continue };
        let Some(ours) = region(it) else {
            it.maybe(Cause::NotInRun, 0);
            continue;
        };
        let wanted = chosen.text().filter(|text| is_region(text)).unwrap_or(&ours);
        // Where the author wrote a region that nobody knows yet, it may be the one in the name.
        let is_another = Tri::from(theirs != wanted) & !hidden(&chosen);
        out.deny(is_another, it, &service, || {
            format!("names a service of {theirs}, but the endpoint is for one of {wanted}")
        })
        .help(|| format!("name the service of {ours}, or give `service_region`"));
    }
}

fn hidden(chosen: &View<'_>) -> Tri {
    match chosen.val() {
        Val::Unknown(cause) => chosen.maybe(cause),
        _ => Tri::No,
    }
}

fn region_of_private(name: &str) -> Option<&str> {
    if name.contains(PRIVATE_SERVICE) { regions::in_service_name(name) } else { None }
}

/// Where an endpoint lies: by itself, its VPC or its subnets.
fn region(it: Res<'_>) -> Option<String> {
    let of_subnets = || Target::OneOf(it.get("subnet_ids").targets(SUBNET).found);
    it.region()
        .or_else(|| regions::of_target(&it.get("vpc_id").target(VPC)))
        .or_else(|| regions::of_target(&of_subnets()))
}
