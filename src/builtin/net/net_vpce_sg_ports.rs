//! An endpoint whose security groups shut the workspace out.

use crate::{
    aws::{Ports, Protocol},
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        networks,
        traffic::{self, Direction, Traffic, Wanted},
    },
    estate::{Links, Named, Row, Rows},
    facts::{
        ports,
        privatelink::{self, Service},
        regions,
    },
    lint::{Check, Draft, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds interface endpoints in the VPC of a workspace, of Databricks' PrivateLink services and of
    /// STS and Kinesis, whose security groups do not admit the clusters: port 443, for the relay 6666
    /// (2443 in GovCloud and with the compliance security profile). An endpoint of the workspace service
    /// that admits 443 and not all of 8443 to 8451 is a note. A rule admits clusters by the security
    /// group of the network, by ranges that hold all its subnets, or by itself where both share the
    /// group. Rules may be inline or resources of their own, and stand in any plan of the run.
    ///
    /// ## Why is this bad?
    /// The connection is dropped without an answer: clusters hang while they start, and end with a
    /// bootstrap timeout.
    /// Source: [Enable private connectivity](https://docs.databricks.com/en/security/network/classic/privatelink.html),
    /// "VPC endpoint security group"; databricks/terraform-databricks-sra#55.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_vpc_security_group_ingress_rule" "relay" {
    ///   security_group_id            = aws_security_group.endpoint.id
    ///   referenced_security_group_id = aws_security_group.workspace.id
    ///   ip_protocol                  = "tcp"
    ///   from_port                    = 6666
    ///   to_port                      = 6666
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Groups of no plan of the run and prefix lists without blocks of entries in the plan make the finding
    /// possible, as do ranges and ports that are known only after the apply, and a splat over subnets of
    /// which two or more are admitted: there may be an `if` that the plan does not show. An endpoint without
    /// groups gets the default group of its VPC; where no plan of the run manages that, it is silent.
    pub static RULE = {
        id: "net-vpce-sg-ports",
        summary: "endpoint security group does not admit the workspace",
        severity: Error,
        also: [(Note, "only ports among 8443 to 8451 are closed, on the workspace service's endpoint")],
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
    networks::collect(cx, rows);
    endpoints::collect(cx, rows);
    traffic::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let run = Run { cx, links: Links::of(cx), traffic: Traffic::of(cx) };
    for it in cx.of(endpoints::KIND).filter(|row| row.tri("managed") == Tri::Yes) {
        let Some(leads) = endpoints::leads(&run.links, it) else { continue };
        let gate = Gate::of(cx, &run.links, it);
        let shut_out = run.shut_out(it, &gate, |network| run.ports(network, it, &leads));
        if !shut_out.is_empty() || leads != Leads::Databricks(Service::Workspace) {
            let ports = shut_out.first().map(|(network, _)| run.ports(network, it, &leads));
            let ports = shown(&ports.unwrap_or_default());
            let service = match &leads {
                Leads::Databricks(service) => {
                    format!("the {} service of Databricks", service.as_str())
                }
                Leads::Aws(name) => name.clone(),
                Leads::Private => continue,
            };
            let whose = gate.shown();
            report(it, &gate, shut_out, &ports, out, || {
                format!(
                    "{whose} not admit TCP {ports} from the workspace, so clusters cannot reach {service}"
                )
            });
            continue;
        }
        let (from, to) = ports::BESIDES;
        let besides = vec![Ports { from: from.into(), to: to.into() }];
        let ports = shown(&besides);
        let (whose, shut_out) = (gate.shown(), run.shut_out(it, &gate, |_| besides.clone()));
        report(it, &gate, shut_out, &ports, out, || {
            format!("{whose} not admit all of TCP {ports} from the workspace")
        })
        .at(Severity::Note)
        .key("besides");
    }
}

/// What traffic has to pass to reach an endpoint.
struct Gate<'a> {
    groups: Named,
    /// The default group of the VPC, where it is that.
    default: Option<&'a Row>,
}

impl<'a> Gate<'a> {
    fn of(cx: &EstateCx<'_>, links: &Links<'a>, endpoint: &Row) -> Gate<'a> {
        let default = endpoints::default_group(cx, links, endpoint);
        let groups = default.map_or_else(|| endpoints::groups(links, endpoint), Named::itself);
        Gate { groups, default }
    }

    fn shown(&self) -> &'static str {
        match self.default {
            Some(_) => "it gets the default security group of its VPC, which does",
            None => "its security groups do",
        }
    }
}

/// All plans.
struct Run<'a> {
    cx: &'a EstateCx<'a>,
    links: Links<'a>,
    traffic: Traffic<'a>,
}

impl<'a> Run<'a> {
    /// Networks in the VPC of an endpoint whose clusters it does not admit at the ports that they call;
    /// of several, one that is not known.
    fn shut_out(
        &self,
        it: &Row,
        gate: &Gate<'_>,
        ports: impl Fn(&'a Row) -> Vec<Ports>,
    ) -> Vec<(&'a Row, Tri)> {
        let groups = &gate.groups;
        let is_judged = Tri::from(!groups.is_nothing()) & endpoints::is_type(it, "Interface");
        let networks = self.links.naming(account::NETWORK, "vpc").named(&Named::of(it, "vpc"));
        let of_network = |(network, is_here): (&'a Row, Tri)| {
            let clusters = networks::clusters(&self.links, network);
            let (direction, protocol) = (Direction::Ingress, Protocol::Tcp);
            let called = ports(network);
            let is_called = Tri::from(!called.is_empty());
            let closed = called.into_iter().map(|ports| {
                !self.traffic.admits(groups, Wanted { direction, protocol, ports }, &clusters)
            });
            (network, is_judged & is_here & is_called & Tri::agree(closed))
        };
        networks.into_iter().map(of_network).filter(|(_, tri)| *tri != Tri::No).collect()
    }

    /// The ports that clusters of a network call at an endpoint: of several, one that is not known; none
    /// where they do not call it.
    fn ports(&self, network: &Row, endpoint: &Row, leads: &Leads) -> Vec<Ports> {
        let is_gov = match endpoint.text("served-in") {
            Some(region) => Tri::from(regions::is_gov(region)),
            None => networks::is_in_gov(&self.links, network),
        };
        let has_fips = is_gov | networks::has_profile(self.cx, &self.links, network);
        let may_be = |is: &bool| has_fips == Tri::from(*is) || has_fips == Tri::Maybe;
        let mut ports: Vec<u16> = match leads {
            Leads::Databricks(service) => {
                let all = [false, true].into_iter().filter(may_be);
                all.filter_map(|is| ports::of_endpoint(*service, is)).collect()
            }
            Leads::Aws(name) if privatelink::aws_name(name).is_some() => vec![ports::OF_AWS],
            _ => Vec::new(),
        };
        ports.dedup();
        ports.into_iter().map(Ports::one).collect()
    }
}

fn report<'f, 'a>(
    it: &Row,
    gate: &Gate<'_>,
    shut_out: Vec<(&Row, Tri)>,
    ports: &str,
    out: &'f mut Findings<'a>,
    message: impl FnOnce() -> String,
) -> Draft<'f, 'a> {
    let tri = Tri::any(shut_out.iter().map(|(_, tri)| *tri));
    let mut draft = out
        .deny(tri, it, "security_group_ids", message)
        .help(|| format!("allow ingress of TCP {ports} from the network's security groups"));
    if let Some(group) = gate.default {
        draft = draft.related_at(group, "ingress", || "the group that it gets".to_owned());
    }
    for (network, _) in shut_out {
        draft = draft
            .related_at(network, "security_group_ids", || "the network of the clusters".to_owned());
    }
    draft
}

fn shown(ports: &[Ports]) -> String {
    let one = |it: &Ports| match it.from == it.to {
        true => it.from.to_string(),
        false => format!("{} to {}", it.from, it.to),
    };
    ports.iter().map(one).collect::<Vec<_>>().join(" or ")
}
