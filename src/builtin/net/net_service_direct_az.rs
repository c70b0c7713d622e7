//! A service-direct endpoint where the service is not offered.

use crate::{
    builtin::shared::{endpoints, routes},
    estate::{Cell, Links, Row, Rows},
    facts::privatelink::{self, Service},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds endpoints to the service-direct service of Databricks in a subnet, of `subnet_ids`, of
    /// `subnet_configuration` or of an association, whose
    /// `availability_zone_id` is not one in which the service is offered. That is so in
    /// ap-northeast-1, ap-northeast-2, us-east-1 and us-west-2; elsewhere it is offered in all zones.
    ///
    /// ## Why is this bad?
    /// AWS refuses the endpoint: the service does not support the availability zone of the subnet.
    /// Source: databricks/terraform-databricks-sra, `service_direct_limited_az_regions`;
    /// [Access through AWS PrivateLink](https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html),
    /// "Availability Zones".
    ///
    /// ## How to fix it
    /// Choose the subnets of the endpoint by the ids of their zones:
    /// ```hcl
    /// resource "aws_subnet" "service_direct" {
    ///   for_each             = toset(["use1-az1", "use1-az4"])
    ///   availability_zone_id = each.key
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names of zones (`us-east-1a`), which mean other zones in each account. An id that is known only
    /// after the apply makes the finding possible. The list of zones can age.
    pub static RULE = {
        id: "net-service-direct-az",
        summary: "service-direct endpoint in an unsupported availability zone",
        severity: Error,
        confidence: Heuristic,
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
    routes::subnets(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for it in cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let Some(zones) = zones(it) else { continue };
        let subnets = endpoints::subnets(&links, it);
        let answers: Vec<Tri> =
            subnets.iter().map(|(subnet, sure)| *sure & lies_outside(subnet, zones)).collect();
        let is_doubtful =
            it.tri("all-subnets") != Tri::Yes && answers.iter().any(|tri| *tri != answers[0]);
        let may_be = if is_doubtful { Tri::Maybe } else { Tri::Yes };
        if is_doubtful {
            out.blind(Cause::Function, it);
        }
        let bad: Vec<&Row> = subnets
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| **answer != Tri::No)
            .map(|((subnet, _), _)| *subnet)
            .collect();
        let mut draft = out
            .deny(Tri::any(answers) & may_be, it, "subnet_ids", || {
                let all: Vec<&str> = bad.iter().map(|it| it.cell("zone-id").show()).collect();
                format!(
                    "is in {}, where service-direct is not offered, only in {}",
                    all.join(", "),
                    zones.join(", ")
                )
            })
            .help(|| "choose subnets in the zones in which it is offered".to_owned());
        for subnet in bad {
            draft = draft.related_at(subnet, "availability_zone_id", || {
                format!("in {}", subnet.cell("zone-id").show())
            });
        }
    }
}

/// The zones in which the service of an endpoint is offered, where not in all.
fn zones(endpoint: &Row) -> Option<&'static [&'static str]> {
    let known = privatelink::service_named(endpoint.text("service")?)?;
    let is_limited = known.service == Service::ServiceDirect;
    is_limited.then(|| privatelink::service_direct_zones(known.region)).flatten()
}

fn lies_outside(subnet: &Row, zones: &[&str]) -> Tri {
    match subnet.cell("zone-id") {
        Cell::Known(id) => Tri::from(!zones.contains(&id.as_str())),
        Cell::Unset => Tri::No,
        _ => Tri::Maybe,
    }
}
