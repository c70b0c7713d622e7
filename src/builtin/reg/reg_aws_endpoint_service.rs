//! An endpoint for an AWS service of another region.

use crate::{
    builtin::shared::{endpoints, regions},
    estate::{Cell, Links, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc_endpoint` whose `service_name` holds another region than the one in which the
    /// endpoint is made, and that has no `service_region`. Where the provider takes its region from the
    /// environment, the VPC and its subnets tell it, also those of other plans of the run. Services of
    /// Databricks and other private services are not looked at.
    ///
    /// ## Why is this bad?
    /// Endpoints lead to services of their own region. The classic way here is a directory that was
    /// copied from one region to another. The plan succeeds and AWS answers `InvalidServiceName`.
    /// Source: [CreateVpcEndpoint](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html);
    /// [aws_vpc_endpoint](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint),
    /// `service_region`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "aws_region" "current" {}
    ///
    /// resource "aws_vpc_endpoint" "sts" {
    ///   service_name = "com.amazonaws.${data.aws_region.current.name}.sts"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Where an endpoint is made whose provider takes its region from the environment and whose VPC is
    /// in no plan of the run: the rule is silent. A service that is known only after the apply makes
    /// the finding possible.
    pub static RULE = {
        id: "reg-aws-endpoint-service",
        summary: "STS/S3/Kinesis endpoint for another region",
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
    let managed = cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes);
    for it in managed.filter(|it| !endpoints::is_private(it)) {
        let (region, service) = (endpoints::lies_in(&links, it), it.cell("served-in"));
        if region == Cell::Unset {
            out.blind(Cause::NotInRun, it);
        }
        let (ours, theirs) = (regions::shown(&region), regions::shown(service));
        let tri = regions::differ(&region, service) & !it.tri("cross-region");
        let mut draft = out
            .deny(tri, it, "service_name", || {
                format!("lies in {ours}, but leads to a service of {theirs}")
            })
            .help(|| {
                format!("name the service of {ours}, or set service_region where a connection across regions is meant")
            });
        for (place, region) in regions::places_of(&links, it) {
            draft = draft.related(place, || format!("lies in {}", regions::shown(&region)));
        }
    }
}
