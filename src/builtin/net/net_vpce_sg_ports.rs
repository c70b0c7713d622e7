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
    facts::ports,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds interface endpoints in the VPC of a workspace, of Databricks' PrivateLink services and of
    /// STS and Kinesis, whose security groups do not admit the clusters: port 443, for the relay 6666
    /// (2443 in GovCloud). A rule admits them by the security group of the network, by ranges that
    /// hold all its subnets, or by itself where both share the group. Rules may be inline or
    /// resources of their own, and stand in any plan of the run.
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
    for it in cx.of(endpoints::KIND).filter(|row| row.tri("managed") == Tri::Yes) {
        let Some((port, service)) = port(&links, it) else { continue };
        let groups = endpoints::groups(&links, it);
        if groups.is_nothing() {
            continue;
        }
        let wanted = Wanted {
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: Ports::one(port),
        };
        let shut_out: Vec<(&Row, Tri)> = users(&links, it)
            .into_iter()
            .map(|(row, is_here)| {
                let clusters = networks::clusters(&links, row);
                (row, is_here & !traffic.admits(&groups, wanted, &clusters))
            })
            .filter(|(_, tri)| *tri != Tri::No)
            .collect();
        let tri =
            Tri::any(shut_out.iter().map(|(_, tri)| *tri)) & endpoints::is_type(it, "Interface");
        let mut draft = out
            .deny(tri, it, "security_group_ids", || {
                format!("its security groups do not admit TCP {port} from the workspace, so clusters cannot reach {service}")
            })
            .help(|| format!("allow ingress of TCP {port} from the network's security groups"));
        for (network, _) in shut_out {
            draft = draft.related_at(network, "security_group_ids", || {
                "the network of the clusters".to_owned()
            });
        }
    }
}

/// The port that clusters call, and how a message names what answers there.
fn port(links: &Links<'_>, endpoint: &Row) -> Option<(u16, String)> {
    match endpoints::leads(links, endpoint)? {
        Leads::Databricks(service) => {
            let port = ports::of_endpoint(service, endpoint.text("region").unwrap_or_default())?;
            Some((port, format!("the {} service of Databricks", service.as_str())))
        }
        Leads::Aws(name) if matches!(name.as_str(), "sts" | "kinesis-streams") => {
            Some((ports::OF_AWS, name))
        }
        _ => None,
    }
}

/// Networks whose clusters use an endpoint: those in its VPC.
fn users<'a>(links: &Links<'a>, endpoint: &Row) -> Vec<(&'a Row, Tri)> {
    links.naming(account::NETWORK, "vpc").named(&Named::of(endpoint, "vpc"))
}
