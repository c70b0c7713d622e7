//! An interface endpoint to S3 whose private DNS AWS refuses.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{account, endpoints, networks},
    estate::{Joined, Named, Row, Rows},
    graph::{Res, Target},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds interface endpoints to S3 that get private DNS in this run while their VPC has no gateway
    /// endpoint to S3 yet: there is none in the run, or one that is created in the same run without an
    /// order between the two. `private_dns_only_for_inbound_resolver_endpoint = false` needs no gateway.
    /// A gateway that exists already, or belongs to another plan of the run, is enough.
    ///
    /// ## Why is this bad?
    /// AWS refuses the endpoint: "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC must
    /// have a Gateway endpoint for the service".
    /// Source: hashicorp/terraform-provider-aws#33689, terraform-aws-modules/terraform-aws-vpc#982;
    /// [Private DNS for S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint" "s3_interface" {
    ///   vpc_endpoint_type   = "Interface"
    ///   private_dns_enabled = true
    ///   depends_on          = [aws_vpc_endpoint.s3_gateway]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Endpoints of a VPC that no plan of the run manages: there it is only possible, and a warning. A
    /// flag that is known only after the apply makes it possible too.
    pub static RULE = {
        id: "net-s3-interface-private-dns",
        summary: "S3 interface endpoint with private DNS but no gateway endpoint",
        severity: Error,
        also: [(Warning, "the VPC belongs to no plan of the run, where the gateway may be")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["aws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    networks::vpcs(cx, rows);
    let mut gateways: BTreeMap<String, Vec<Res<'_>>> = BTreeMap::new();
    let of_type = |it: &Res<'_>, name: &str| it.get("vpc_endpoint_type").is(name);
    for it in cx.of("aws_vpc_endpoint").chain(cx.data("aws_vpc_endpoint")) {
        let is_gateway = endpoints::is_to(it, "s3") & of_type(&it, "Gateway");
        if is_gateway == Tri::No {
            continue;
        }
        let vpc = it.get("vpc_id").target(account::VPC);
        gateways.entry(key(&vpc)).or_default().push(it);
        rows.add("gateway", it).with("vpc", vpc).with("is-one", is_gateway);
    }
    for it in cx.of("aws_vpc_endpoint").filter(|it| of_type(it, "Interface") != Tri::No) {
        let switches = endpoints::switches_of(it);
        let gets_it = gets_private_dns(it, &switches);
        let needs = of_type(&it, "Interface") & endpoints::is_to(it, "s3") & gets_it;
        if needs == Tri::No {
            continue;
        }
        let vpc = it.get("vpc_id").target(account::VPC);
        let beside = gateways.get(&key(&vpc)).into_iter().flatten();
        let is_there = |gateway: &Res<'_>| {
            // One that is replaced is gone for a while, unless the new one comes first.
            let stays = !gateway.is_created() || gateway.actions().create_first;
            let is_after = |it: &Res<'_>| it.is_after(*gateway);
            let is_switched = !switches.is_empty() && is_on(&it) == Tri::No;
            let are_after = || Tri::all(switches.iter().map(is_after)) & Tri::from(is_switched);
            if gateway.existed() && stays { Tri::Yes } else { it.is_after(*gateway) | are_after() }
        };
        let unordered = beside.clone().any(|gateway| is_there(gateway) != Tri::Yes);
        rows.add("interface", it)
            .with("ready", Tri::any(beside.map(is_there)))
            .with("unordered", Tri::from(unordered))
            .with("needs", needs)
            .with("vpc", vpc);
    }
}

/// What a VPC is called inside its plan.
fn key(vpc: &Target<'_>) -> String {
    match vpc {
        Target::Here(res) => res.address().to_owned(),
        Target::Elsewhere(id) => id.to_string(),
        Target::Given(given) => given.output.clone(),
        Target::OneOf(_) | Target::Unset | Target::Lost(_) => String::new(),
    }
}

fn is_on(it: &Res<'_>) -> Tri {
    it.get("private_dns_enabled").flag(false)
}

/// Whether an endpoint gets private DNS in this apply, of the kind that needs a gateway.
fn gets_private_dns(it: Res<'_>, switches: &[Res<'_>]) -> Tri {
    let had_it = it.existed()
        && !it.is_created()
        && it.before().get("private_dns_enabled").flag(false) == Tri::Yes;
    let option = it.get("dns_options.private_dns_only_for_inbound_resolver_endpoint");
    let beside = switches.iter().filter(|it| it.is_created()).map(is_on);
    Tri::from(!had_it) & (is_on(&it) | Tri::any(beside)) & option.flag(true)
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let gateways = Joined::by(cx.of("gateway"), "vpc");
    let vpcs = Joined::themselves(cx.of(networks::VPC));
    for it in cx.of("interface") {
        let vpc = Named::of(it, "vpc");
        let all = gateways.seek(&vpc);
        let others = all.iter().filter(|(row, sure)| row.unit != it.unit || *sure != Tri::Yes);
        let elsewhere = Tri::any(others.map(|(row, sure)| *sure & row.tri("is-one")));
        let is_seen = vpcs.named(&vpc).iter().any(|(vpc, _)| vpc.tri("managed") == Tri::Yes);
        let may_lack = cx.may_lack("aws_vpc_endpoint") || !is_seen;
        let hidden = Tri::from(may_lack) & Tri::Maybe;
        let mut draft = out
            .deny(
                it.tri("needs") & !(it.tri("ready") | elsewhere | hidden),
                it,
                "private_dns_enabled",
                || message(it).to_owned(),
            )
            .at(if is_seen { Severity::Error } else { Severity::Warning })
            .help(|| {
                "create a gateway endpoint to S3 in the VPC first, and name it in depends_on"
                    .to_owned()
            });
        for (gateway, _) in
            all.iter().filter(|(row, sure)| row.unit == it.unit && *sure == Tri::Yes)
        {
            draft = draft.related(*gateway, || "the gateway endpoint, without an order".to_owned());
        }
    }
}

fn message(it: &Row) -> &'static str {
    match it.tri("unordered") {
        Tri::Yes => "gets private DNS without waiting for the gateway endpoint to S3 of its VPC",
        _ => "gets private DNS, but its VPC has no gateway endpoint to S3",
    }
}
