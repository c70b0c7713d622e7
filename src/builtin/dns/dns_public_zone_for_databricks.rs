//! A public hosted zone for a name of Databricks.

use crate::{
    builtin::shared::zones,
    graph::{Val, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `aws_route53_zone` that this plan creates for a name of Databricks, such as
    /// `privatelink.cloud.databricks.com`, without a `vpc` block.
    ///
    /// ## Why is this bad?
    /// A zone without a VPC is public, and nobody delegates a name of Databricks to it: it never answers.
    /// An `aws_route53_zone_association` does not help, Route 53 associates VPCs with private zones only.
    /// So the names keep resolving to public addresses.
    /// Source: [Configure DNS for classic PrivateLink](https://docs.databricks.com/aws/en/security/network/classic/privatelink-dns);
    /// [AssociateVPCWithHostedZone](https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html),
    /// `PublicZoneVPCAssociation`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_route53_zone" "privatelink" {
    ///   name = "privatelink.cloud.databricks.com"
    ///   vpc {
    ///     vpc_id = aws_vpc.this.id
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Why a public zone exists that was there before this plan: it is left alone. A name that is known
    /// only after the apply is passed over. A `dynamic` block of which it is not known how often it stands
    /// there makes the finding possible.
    pub static RULE = {
        id: "dns-public-zone-for-databricks",
        summary: "hosted zone under databricks.com is public",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Planned,
        subjects: ["aws_route53_zone"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("aws_route53_zone").filter(|it| it.is_created()) {
        let (name, vpc) = (it.get("name"), it.get("vpc"));
        name.note_unknown();
        let Some(text) = name.text().filter(|text| zones::is_databricks(&zones::normal(text)))
        else {
            continue;
        };
        out.deny(has_none(&vpc), it, &vpc, || {
            format!(
                "is a public zone for {text}, which is Databricks': without a VPC nobody asks it"
            )
        })
        .help(|| "give it a `vpc` block with the VPC of the endpoint".to_owned());
    }
}

fn has_none(vpc: &View<'_>) -> Tri {
    match vpc.val() {
        Val::Known(_) => Tri::from(vpc.items().next().is_none()),
        Val::Null | Val::Omitted => Tri::Yes,
        Val::Unknown(cause) => vpc.maybe(cause),
    }
}
