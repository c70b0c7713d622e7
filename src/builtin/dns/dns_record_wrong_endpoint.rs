//! A record that leads a name to the endpoint of another service.

use crate::{
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        private_names, zones,
        zones::Zones,
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::privatelink::{Service, service_named},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds records of Route 53 whose name is the relay's (`tunnel.privatelink.…`) and which lead to an
    /// endpoint of the workspace service, and records with a name of a workspace or of a region
    /// (`frankfurt.privatelink.cloud.databricks.com`, `dbc-….cloud.databricks.com`) which lead to the relay's.
    /// Record, zone and endpoint may stand in different plans of the run; they are joined by reference, or
    /// by the endpoint's id in its DNS name.
    ///
    /// ## Why is this bad?
    /// Each service answers on its own endpoint only. Clusters get "connection refused" on the relay's port
    /// and do not start, or the web application and the REST API do not answer.
    /// Source: [Configure DNS for classic PrivateLink](https://docs.databricks.com/aws/en/security/network/classic/privatelink-dns).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_route53_record" "tunnel" {
    ///   # ...
    ///   alias {
    ///     name                   = aws_vpc_endpoint.relay.dns_entry[0].dns_name
    ///     zone_id                = aws_vpc_endpoint.relay.dns_entry[0].hosted_zone_id
    ///     evaluate_target_health = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Endpoints of no plan of the run, addresses, and what comes through a `local`: the rule is silent, as
    /// it is where one of several endpoints may be meant and not all are wrong. Wildcards fit any service.
    pub static RULE = {
        id: "dns-record-wrong-endpoint",
        summary: "record points at the wrong Databricks endpoint",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_route53_record"],
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
    for record in cx.of("record") {
        let Some(name) = all.full_name(record) else { continue };
        let Some(service) = private_names::service_of(&name) else { continue };
        let is_wrong = |endpoint: &Row| leads_elsewhere(&links, endpoint, service);
        let by_name = names_another(record, service);
        let tri = by_name | links.agree((record, "to"), endpoints::KIND, Tri::No, is_wrong);
        if tri == Tri::Maybe {
            out.blind(Named::of(record, "to").open.unwrap_or(Cause::Function), record);
            continue;
        }
        let led = links.to(record, "to", endpoints::KIND);
        let mut draft = out
            .deny(tri, record, shown_at(record), || {
                let to = led.first().map_or("an endpoint", |(row, _)| row.address.as_str());
                let own = service.as_str();
                format!(
                    "{name} is a name of the {own} service, but leads to {to}, which is of another"
                )
            })
            .key(&name)
            .help(|| {
                format!(
                    "lead it to `dns_entry[0]` of the endpoint of the {} service",
                    service.as_str()
                )
            });
        for (endpoint, _) in led {
            draft = draft
                .related_at(endpoint, "service_name", || "leads to another service".to_owned());
        }
    }
}

/// An endpoint of another service of Databricks. That of a stranger may hand the traffic on.
fn leads_elsewhere(links: &Links<'_>, endpoint: &Row, wanted: Service) -> Tri {
    match endpoints::leads(links, endpoint) {
        Some(Leads::Databricks(service)) => {
            Tri::from((service == Service::Relay) != (wanted == Service::Relay))
        }
        _ => Tri::No,
    }
}

/// Whether the DNS names of endpoints in a record hold services that are not the wanted one.
fn names_another(record: &Row, wanted: Service) -> Tri {
    let Cell::List(cells) = record.cell("services") else { return Tri::No };
    let is_another = |cell: &Cell| match cell {
        Cell::Known(name) => service_named(name)
            .is_some_and(|it| (it.service == Service::Relay) != (wanted == Service::Relay)),
        _ => false,
    };
    Tri::from(!cells.is_empty() && cells.iter().all(is_another))
}

fn shown_at(record: &Row) -> Option<String> {
    match record.cell("at") {
        Cell::Known(at) => Some(at.clone()),
        _ => None,
    }
}
