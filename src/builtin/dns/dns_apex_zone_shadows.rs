//! A private zone that hides every other name of Databricks from a workspace's VPC.

use crate::{
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        outputs, private_names, zones,
        zones::Zones,
    },
    estate::{Links, Named, Row, Rows},
    facts::privatelink::Service,
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a private hosted zone for `cloud.databricks.com`, `databricks.com` or
    /// `<region>.cloud.databricks.com` that is associated with the VPC of a workspace and does not hold the
    /// names that clusters need: neither a wildcard, nor both a private name (`tunnel.privatelink.…`,
    /// `frankfurt.privatelink`) and the workspace's own. In a zone of a region the tunnel's name is enough.
    /// Zone, association, records and network may stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// A private zone answers for everything below its name. What it does not hold does not exist in that
    /// VPC, whatever public DNS says: the relay, other workspaces, `accounts.cloud.databricks.com`. Clusters
    /// end with `BOOTSTRAP_TIMEOUT`.
    /// Source: [private hosted zones](https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html);
    /// [IP addresses and domains](https://docs.databricks.com/aws/en/resources/ip-domain-region).
    ///
    /// ## How to fix it
    /// Use a zone that holds nothing else. The public name of a workspace with private access settings is
    /// an alias of a name in it:
    /// ```hcl
    /// resource "aws_route53_zone" "privatelink" {
    ///   name = "privatelink.cloud.databricks.com"
    ///   vpc {
    ///     vpc_id = aws_vpc.this.id
    ///   }
    /// }
    /// ```
    /// Such a zone in a transit VPC, for people, is another matter and not reported.
    ///
    /// ## What it cannot see
    /// Records of no plan of the run. The finding is only possible where the zone's id leaves the only plan
    /// of the run in an output, where records may belong to it and it is not known, and where an association
    /// is known only after the apply. Which names are really called is not known to a plan.
    pub static RULE = {
        id: "dns-apex-zone-shadows",
        summary: "private zone for `cloud.databricks.com` attached to a workspace VPC",
        severity: Warning,
        also: [(Error, "the relay's endpoint in that VPC has private DNS off")],
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_route53_zone"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
    outputs::collect(cx, rows, &[("aws_route53_zone", "zone_id"), ("aws_route53_zone", "id")]);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, all) = (Links::of(cx), Zones::new(cx));
    for zone in cx.of("zone").filter(|zone| !zones::is_foreign(zone)) {
        let Some(name) = zones::zone_name(zone).filter(|name| private_names::is_apex(name)) else {
            continue;
        };
        let users = users(&links, zone);
        let used = Tri::any(users.iter().map(|user| user.tri));
        let mut tri = zone.tri("private") & used & !is_whole(&all, zone, &name);
        let hidden = hidden(cx, &links, &all, zone);
        if let (Tri::Yes, Some(cause)) = (tri, hidden) {
            out.blind(cause, zone);
            tri = Tri::Maybe;
        }
        let relay_is_off = Tri::any(users.iter().map(|user| relay_is_off(&links, user.attached)));
        let level = if relay_is_off == Tri::Yes { Severity::Error } else { Severity::Warning };
        let mut draft = out
            .deny(tri, zone, "name", || {
                let vpc = users.first().and_then(|user| user.attached.text("vpc_shown"));
                let vpc = vpc.unwrap_or("the VPC of a workspace");
                format!("hides every name below {name} that it does not hold from {vpc}, in which clusters run")
            })
            .at(level)
            .help(|| {
                "use a zone for `privatelink.cloud.databricks.com`, or one for each private name"
                    .to_owned()
            });
        for user in users {
            draft = draft.related_at(user.network, "vpc_id", || "clusters run here".to_owned());
        }
    }
}

/// A network that sees a zone.
struct User<'a> {
    attached: &'a Row,
    network: &'a Row,
    tri: Tri,
}

fn users<'a>(links: &Links<'a>, zone: &Row) -> Vec<User<'a>> {
    let mut users = Vec::new();
    for (attached, sure) in links.from(zone, "attached", "zone") {
        let here = links.naming(account::NETWORK, "vpc").named(&Named::of(attached, "vpc"));
        users.extend(here.into_iter().map(|(network, tri)| User {
            attached,
            network,
            tri: sure & tri,
        }));
    }
    users
}

/// Whether a zone holds what clusters call.
fn is_whole(all: &Zones<'_>, zone: &Row, name: &str) -> Tri {
    let names: Vec<Option<String>> =
        all.records(&Named::itself(zone)).map(|(_, record)| record).collect();
    let any = |ask: &dyn Fn(&str) -> bool| {
        Tri::any(names.iter().map(|it| it.as_deref().map_or(Tri::Maybe, |it| Tri::from(ask(it)))))
    };
    let of_a_region = !zones::is_below("cloud.databricks.com", name);
    let wildcard = any(&|record| private_names::is_wildcard_of(record, name));
    let private = any(&|record| private_names::is_private(record));
    let public = any(&|record| private_names::is_of_workspace(record)) | Tri::from(of_a_region);
    wildcard | (private & public)
}

/// What may hold the missing names out of sight.
fn hidden(cx: &EstateCx<'_>, links: &Links<'_>, all: &Zones<'_>, zone: &Row) -> Option<Cause> {
    let itself = Named::itself(zone);
    if outputs::goes_on(cx, links, &itself) || all.may_hold_more(&itself) {
        return Some(Cause::NotInRun);
    }
    let may_lack = ["aws_route53_record", "aws_route53_records_exclusive"];
    may_lack.iter().any(|it| cx.may_lack(it)).then_some(Cause::Incomplete)
}

/// Whether the names of a relay's endpoint in the VPC of an association are nowhere but in its zones.
fn relay_is_off(links: &Links<'_>, attached: &Row) -> Tri {
    let here = links.naming(endpoints::KIND, "vpc").named(&Named::of(attached, "vpc"));
    let relays = here
        .into_iter()
        .filter(|(row, _)| endpoints::leads(links, row) == Some(Leads::Databricks(Service::Relay)));
    Tri::any(relays.map(|(row, tri)| tri & !endpoints::has_private_dns(links, row)))
}
