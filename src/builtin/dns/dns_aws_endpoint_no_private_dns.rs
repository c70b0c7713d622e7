//! An endpoint of STS or Kinesis that nothing leads to.

use crate::{
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        regions,
        zones::{self, Zones},
    },
    estate::{Links, Named, Row, Rows},
    facts::privatelink,
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds interface endpoints of STS and Kinesis in the VPC of a workspace that have private DNS off, or
    /// never switched on, where no private hosted zone for the public name (`sts.eu-central-1.amazonaws.com`)
    /// is associated with the VPC and no other endpoint of the service holds its names. All of these may
    /// stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// Clusters call the public name. Without private DNS it leads to public addresses: the endpoint is
    /// paid for and not used, and in a VPC without a way to the internet the calls fail.
    /// Source: [Configure a customer-managed VPC](https://docs.databricks.com/aws/en/security/network/classic/customer-managed-vpc),
    /// "Regional endpoints"; [Private DNS](https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_endpoint" "sts" {
    ///   # ...
    ///   private_dns_enabled = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Zones of no plan of the run. The finding is only possible where a resolver rule, an own DNS server, a
    /// Route 53 profile or a zone that is only looked up may answer in the VPC. A VPC that no network of the
    /// run names is not looked at.
    pub static RULE = {
        id: "dns-aws-endpoint-no-private-dns",
        summary: "STS or Kinesis interface endpoint without private DNS",
        severity: Warning,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, all) = (Links::of(cx), Zones::new(cx));
    let may_lack = endpoints::HOLDING.iter().chain(zones::SERVING).any(|it| cx.may_lack(it));
    for it in cx.of(endpoints::KIND).filter(|row| row.tri("managed") == Tri::Yes) {
        let Some((service, name)) = public_name(&links, it) else { continue };
        let vpc = Named::of(it, "vpc");
        let networks = links.naming(account::NETWORK, "vpc").named(&vpc);
        let off = endpoints::is_type(it, "Interface") & !endpoints::has_private_dns(&links, it);
        let used = Tri::any(networks.iter().map(|(_, tri)| *tri));
        let mut tri =
            off & used & !endpoints::is_kept_by_another(&links, it, &vpc) & !all.holds(&vpc, &name);
        let hidden = all.is_hidden(&vpc, &name);
        if tri == Tri::Yes && (hidden || may_lack) {
            out.blind(if hidden { Cause::NotInRun } else { Cause::Incomplete }, it);
            tri = Tri::Maybe;
        }
        let mut draft = out
            .deny(tri, it, "private_dns_enabled", || {
                format!("private DNS is off, so {name} leads past this endpoint of {service} to public addresses")
            })
            .help(|| "set `private_dns_enabled = true`".to_owned());
        for (network, _) in networks {
            draft = draft.related_at(network, "vpc_id", || "clusters in the same VPC".to_owned());
        }
    }
}

/// The service of AWS that an endpoint leads to, and the name by which clusters call it.
fn public_name(links: &Links<'_>, endpoint: &Row) -> Option<(String, String)> {
    let Leads::Aws(service) = endpoints::leads(links, endpoint)? else { return None };
    let pattern = privatelink::aws_name(&service)?;
    let named = endpoint.text("service").and_then(regions::in_service_name);
    let region = named.or_else(|| endpoint.text("region"))?;
    Some((service, pattern.replace("{region}", region)))
}
