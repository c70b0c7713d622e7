//! An interface endpoint without an interface.

use crate::{
    builtin::shared::endpoints,
    estate::{Links, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds `aws_vpc_endpoint` of type `Interface` without subnets: no `subnet_ids`, or an empty list,
    /// no `subnet_configuration`, and no `aws_vpc_endpoint_subnet_association` in any plan of the run.
    ///
    /// ## Why is this bad?
    /// An interface endpoint is an interface in each of its subnets. Without one there is no address to
    /// call, and nothing for its private DNS name to lead to.
    /// Source: [aws_vpc_endpoint](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint),
    /// `subnet_ids`: "Interface type endpoints cannot function without being assigned to a subnet".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint" "sts" {
    ///   vpc_endpoint_type = "Interface"
    ///   subnet_ids        = aws_subnet.private[*].id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A condition between subnets and an empty list looks like the subnets: it says nothing there. A list
    /// that is taken from what is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "net-vpce-no-subnets",
        summary: "interface endpoint without subnets",
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
    for it in cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let has_none = !endpoints::has_subnets(cx, &links, it);
        out.deny(endpoints::is_type(it, "Interface") & has_none, it, "subnet_ids", || {
            "is an interface endpoint without subnets, so it has no address".to_owned()
        })
        .help(|| "set subnet_ids, a subnet in each availability zone that calls it".to_owned());
    }
}
