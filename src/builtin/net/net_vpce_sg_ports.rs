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
    /// Groups of no plan of the run and prefix lists make the finding possible, as do ranges and ports
    /// that are known only after the apply. Endpoints without groups get the default group of the VPC
    /// and are not judged here.
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
    let (links, traffic) = (Links::of(cx), Traffic::of(cx));
    let is_interface = |it: &Row| endpoints::is_type(it, "Interface");
    for it in cx.of(endpoints::KIND).filter(|row| row.tri("managed") == Tri::Yes) {
        let Some(leads) = endpoints::leads(&links, it) else { continue };
        let groups = endpoints::groups(&links, it);
        if groups.is_nothing() {
            continue;
        }
        let networks = links.naming(account::NETWORK, "vpc").named(&Named::of(it, "vpc"));
        let shut_out = |network: &Row, ports: Ports| {
            let (direction, protocol) = (Direction::Ingress, Protocol::Tcp);
            let wanted = Wanted { direction, protocol, ports };
            !traffic.admits(&groups, wanted, &networks::clusters(&links, network))
        };
        let needed = networks.iter().map(|(network, is_here)| {
            let of_port = |port: u16| shut_out(network, Ports::one(port));
            let ports = ports(&links, network, it, &leads);
            let is_closed = Tri::agree(ports.iter().copied().map(of_port));
            (*network, Tri::from(!ports.is_empty()) & *is_here & is_interface(it) & is_closed)
        });
        let closed = Closed::of(needed.collect());
        if closed.tri != Tri::No || leads != Leads::Databricks(Service::Workspace) {
            closed.report(&links, it, &leads, out);
            continue;
        }
        let (from, to) = ports::BESIDES;
        let besides = networks.iter().map(|(network, is_here)| {
            let ports = Ports { from: from.into(), to: to.into() };
            (*network, *is_here & is_interface(it) & shut_out(network, ports))
        });
        Closed::of(besides.collect()).report_besides(it, out);
    }
}

/// The ports that clusters of a network call at an endpoint; of several, one that is not known. None
/// where they do not call it.
fn ports(links: &Links<'_>, network: &Row, endpoint: &Row, leads: &Leads) -> Vec<u16> {
    let is_gov = match endpoint.text("served-in") {
        Some(region) => Tri::from(regions::is_gov(region)),
        None => networks::is_in_gov(links, network),
    };
    let has_fips = is_gov | networks::has_profile(links, network);
    let may_be = |is: bool| has_fips == Tri::from(is) || has_fips == Tri::Maybe;
    let mut ports: Vec<u16> = match leads {
        Leads::Databricks(service) => {
            let all = [false, true].into_iter().filter(|is| may_be(*is));
            all.filter_map(|is| ports::of_endpoint(*service, is)).collect()
        }
        Leads::Aws(name) if privatelink::aws_name(name).is_some() => vec![ports::OF_AWS],
        _ => Vec::new(),
    };
    ports.dedup();
    ports
}

/// Networks whose clusters an endpoint does not admit.
struct Closed<'a> {
    networks: Vec<&'a Row>,
    tri: Tri,
}

impl<'a> Closed<'a> {
    fn of(networks: Vec<(&'a Row, Tri)>) -> Closed<'a> {
        let tri = Tri::any(networks.iter().map(|(_, tri)| *tri));
        let shut_out = networks.into_iter().filter(|(_, tri)| *tri != Tri::No);
        Closed { networks: shut_out.map(|(network, _)| network).collect(), tri }
    }

    fn report(self, links: &Links<'_>, it: &Row, leads: &Leads, out: &mut Findings<'_>) {
        let ports = self.networks.first().map(|network| ports(links, network, it, leads));
        let ports: Vec<String> = ports.iter().flatten().map(u16::to_string).collect();
        let ports = ports.join(" or ");
        let service = match leads {
            Leads::Databricks(service) => format!("the {} service of Databricks", service.as_str()),
            Leads::Aws(name) => name.clone(),
            Leads::Private => String::new(),
        };
        let draft = out
            .deny(self.tri, it, "security_group_ids", || {
                format!("its security groups do not admit TCP {ports} from the workspace, so clusters cannot reach {service}")
            })
            .help(|| format!("allow ingress of TCP {ports} from the network's security groups"));
        relate(draft, &self.networks);
    }

    fn report_besides(self, it: &Row, out: &mut Findings<'_>) {
        let (from, to) = ports::BESIDES;
        let draft = out
            .deny(self.tri, it, "security_group_ids", || {
                format!(
                    "its security groups do not admit all of TCP {from} to {to} from the workspace"
                )
            })
            .at(Severity::Note)
            .key("besides")
            .help(|| {
                format!("allow ingress of TCP {from} to {to} from the network's security groups")
            });
        relate(draft, &self.networks);
    }
}

fn relate(mut draft: Draft<'_, '_>, networks: &[&Row]) {
    for network in networks {
        draft = draft.related_at(*network, "security_group_ids", || {
            "the network of the clusters".to_owned()
        });
    }
}
