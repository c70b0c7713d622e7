//! An endpoint of type Gateway to a service that only interface endpoints lead to.

use crate::{
    builtin::shared::{account::ENDPOINT, endpoints},
    graph::{Val, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_vpc_endpoint` to a private service (`vpce-svc-…`, as those of Databricks are), to
    /// STS or to Kinesis whose `vpc_endpoint_type` is `Gateway`. That is the default: it is enough to
    /// leave the argument out.
    ///
    /// ## Why is this bad?
    /// Gateway endpoints lead to S3 and DynamoDB only. The provider does not check the type: the plan
    /// succeeds, and AWS refuses the endpoint.
    /// Source: [Gateway endpoints](https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html);
    /// [aws_vpc_endpoint](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint),
    /// `vpc_endpoint_type`, "Defaults to Gateway".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint" "relay" {
    ///   # ...
    ///   vpc_endpoint_type = "Interface"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A type or a service name that is known only after the apply makes the finding possible. Services
    /// of AWS other than STS and Kinesis are not looked at.
    pub static RULE = {
        id: "pl-endpoint-type-gateway",
        summary: "Databricks endpoint created with the default type Gateway",
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
        let (service, kind) = (it.get("service_name"), it.get("vpc_endpoint_type"));
        let tri = is_gateway(&kind) & endpoints::takes_interface(it);
        out.deny(tri, it, &kind, || {
            let service = match service.text() {
                Some(_) => service.show(),
                None => "its service".into(),
            };
            format!("{service} takes an interface endpoint, but this one's type is {}", kind.show())
        })
        .help(|| "set `vpc_endpoint_type = \"Interface\"`".to_owned());
    }
}

fn is_gateway(kind: &View<'_>) -> Tri {
    match kind.val() {
        Val::Null | Val::Omitted => Tri::Yes,
        _ => kind.is("Gateway"),
    }
}
