//! A Databricks endpoint whose names do not lead to it.

use crate::{
    builtin::shared::{
        account,
        endpoints::{self, Leads},
        outputs,
        private_names::Purpose,
        zones::{self, Zones},
    },
    estate::{Links, Named, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a VPC endpoint of Databricks (workspace, relay or service-direct) that has private DNS
    /// off, or never switched on, and whose names do not lead to it in any other way. That takes
    /// three links: a private hosted zone that holds the names, an association of the zone with the
    /// endpoint's VPC, and a record in it that leads to the endpoint. The finding says which one is
    /// missing. Endpoint, VPC, zone, association and record may stand in different modules and in
    /// different plans of the run; they are joined by reference, by VPC id, zone id and endpoint id.
    ///
    /// ## Why is this bad?
    /// Without DNS the names of the workspace and of the relay still resolve to public addresses.
    /// The endpoint is paid for and unused. Where the VPC has a way to the internet, everything seems
    /// to work, but not privately; where it has none, clusters do not start (BOOTSTRAP_TIMEOUT).
    /// Source: [Configure DNS for classic PrivateLink](https://docs.databricks.com/aws/en/security/network/classic/privatelink-dns),
    /// [IP addresses and domains](https://docs.databricks.com/aws/en/resources/ip-domain-region).
    ///
    /// ## How to fix it
    /// For an endpoint in the workspace's own VPC, let AWS keep the names (the VPC needs DNS
    /// hostnames and DNS support):
    /// ```hcl
    /// resource "aws_vpc_endpoint" "relay" {
    ///   # ...
    ///   private_dns_enabled = true
    /// }
    /// ```
    /// Otherwise, as in a transit VPC, make the three links yourself:
    /// ```hcl
    /// resource "aws_route53_zone" "relay" {
    ///   name = "tunnel.privatelink.eu-central-1.cloud.databricks.com"
    ///   vpc { vpc_id = aws_vpc.this.id }
    /// }
    ///
    /// resource "aws_route53_record" "relay" {
    ///   zone_id = aws_route53_zone.relay.zone_id
    ///   name    = ""
    ///   type    = "A"
    ///   alias {
    ///     name                   = aws_vpc_endpoint.relay.dns_entry[0].dns_name
    ///     zone_id                = aws_vpc_endpoint.relay.dns_entry[0].hosted_zone_id
    ///     evaluate_target_health = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Zones of plans that are not part of the run. The finding is therefore only possible where the
    /// VPC belongs to such a plan, where the only plan of the run hands the VPC's id or the
    /// endpoint's DNS names on in an output, and where a resolver rule, an own DNS server or a
    /// Route 53 profile may answer in the VPC. The private names of GovCloud are not documented:
    /// there it is never more than possible. An endpoint service that is neither a published one of
    /// Databricks nor registered with Databricks is not looked at.
    pub static RULE = {
        id: "dns-privatelink-no-zone",
        summary: "Databricks endpoint without private DNS and without a private hosted zone",
        severity: Error,
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_vpc_endpoint"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What lets another plan make a zone: VPCs, and the DNS names of endpoints.
const HANDED_ON: &[(&str, &str)] =
    &[("aws_default_vpc", "id"), ("aws_vpc", "id"), ("aws_vpc_endpoint", "dns_entry")];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
    outputs::collect(cx, rows, HANDED_ON);
    for it in zones::VPC.iter().flat_map(|type_| cx.of(type_)) {
        rows.add("vpc", it);
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let estate = All {
        cx,
        zones: Zones::new(cx),
        links: Links::of(cx),
        is_partial: zones::SERVING.iter().chain(&endpoints::HOLDING).any(|it| cx.may_lack(it)),
    };
    for it in cx.of(endpoints::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let Some(purpose) = estate.purpose(it) else { continue };
        let vpc = Named::of(it, "vpc");
        let twins = twins(it, &vpc, &estate);
        let endpoint = Endpoint { it, keys: Named::itself(it), vpc, purpose, twins };
        endpoint.judge(&estate, out);
    }
}

/// Other endpoints of the same service in the same VPC. Only one of them can have private DNS, and
/// it takes the names of all.
fn twins<'a>(it: &'a Row, vpc: &Named, all: &All<'a>) -> Vec<Twin<'a>> {
    // What its own VPC may be besides makes none of the others a twin.
    let mut shown = vpc.clone();
    shown.open = None;
    let others = all.links.naming(endpoints::KIND, "vpc").get(&shown).into_iter();
    let others = others.filter(|(other, _)| !other.is(it));
    let twin = |(row, beside): (&'a Row, Tri)| {
        let same = beside & row.cell("service").same(it.cell("service"));
        (same != Tri::No).then_some(Twin { row, beside, same })
    };
    others.filter_map(twin).collect()
}

/// Everything that endpoints are joined with.
struct All<'a> {
    cx: &'a EstateCx<'a>,
    zones: Zones<'a>,
    links: Links<'a>,
    /// A plan that is not complete may hold what is missing.
    is_partial: bool,
}

impl<'a> All<'a> {
    fn has_private_dns(&self, endpoint: &Row) -> Tri {
        endpoints::has_private_dns(&self.links, endpoint)
    }

    /// The endpoint that a record leads to.
    fn other(&self, record: &Row) -> Option<&'a Row> {
        self.links.rows(endpoints::KIND).meeting(&Named::of(record, "to")).next()
    }

    /// What an endpoint is for; none where it is not known to be one of Databricks.
    fn purpose(&self, it: &Row) -> Option<Purpose> {
        if let Some(purpose) = it.text("service").and_then(Purpose::of) {
            return Some(purpose);
        }
        let Leads::Databricks(service) = endpoints::leads(&self.links, it)? else { return None };
        Some(Purpose { service, region: it.text("region")?.to_owned() })
    }
}

/// Another endpoint of the same service in the same VPC.
struct Twin<'a> {
    row: &'a Row,
    /// Whether it lies in that VPC.
    beside: Tri,
    /// The same, and whether it is to that service.
    same: Tri,
}

/// An endpoint of Databricks.
struct Endpoint<'a> {
    it: &'a Row,
    keys: Named,
    vpc: Named,
    purpose: Purpose,
    twins: Vec<Twin<'a>>,
}

/// The link that is missing.
enum Missing<'a> {
    /// The VPC sees a record of the name, but it leads to another endpoint.
    Target(&'a Row),
    /// The VPC sees a zone for the name, but it has no record of it.
    Record(&'a Row),
    /// There is a zone for the name, but the VPC does not see it.
    Association(&'a Row),
    /// There is no zone.
    Zone,
}

/// What may serve the endpoint after all, out of sight.
struct Hidden<'a> {
    cause: Cause,
    why: &'static str,
    by: Option<&'a Row>,
}

impl<'a> Endpoint<'a> {
    fn judge(&self, all: &All<'a>, out: &mut Findings<'_>) {
        let off = !all.has_private_dns(self.it);
        let by_twin =
            Tri::any(self.twins.iter().map(|twin| twin.same & all.has_private_dns(twin.row)));
        let unserved = off & !by_twin & !self.is_served(all);
        if unserved == Tri::No {
            return;
        }
        let missing = self.missing(all);
        let hidden = self.hidden(all);
        if let Some(hidden) = &hidden {
            out.blind(hidden.cause, self.it);
        }
        let tri = if hidden.is_some() { unserved & Tri::Maybe } else { unserved };
        let mut draft = out
            .deny(tri, self.it, "private_dns_enabled", || self.message(&missing, off, all))
            .help(|| match &hidden {
                Some(hidden) => format!("{}; not certain: {}", self.help(&missing), hidden.why),
                None => self.help(&missing),
            });
        for (row, attribute, label) in self.related(&missing, all) {
            draft = draft.related_at(row, attribute, || label.to_owned());
        }
        if let Some(row) = hidden.and_then(|hidden| hidden.by) {
            draft.related(row, || "may serve the name all the same".to_owned());
        }
    }

    /// Whether a record in a zone that the VPC sees leads the name here.
    fn is_served(&self, all: &All<'a>) -> Tri {
        let seen = all.zones.seen_by(&self.vpc).into_iter();
        Tri::any(seen.map(|seen| {
            let is_gov_zone =
                seen.zone.and_then(zones::zone_name).is_some_and(|name| is_gov(&name));
            if self.purpose.is_gov() && is_gov_zone {
                return seen.tri;
            }
            let records = all.zones.records(&seen.keys);
            let serves = |(record, name)| self.has_name(name) & self.is_reached(record);
            seen.tri & Tri::any(records.map(serves))
        }))
    }

    fn has_name(&self, name: Option<String>) -> Tri {
        name.map_or(Tri::Maybe, |name| self.purpose.is_served_by(&name))
    }

    /// Whether a record leads here, or to a twin. An address, or a name that may stand for anything, counts:
    /// this rule does not doubt it.
    fn is_reached(&self, record: &Row) -> Tri {
        let to = Named::of(record, "to");
        if to.open.is_some() || to.same(&self.keys) != Tri::No {
            return Tri::Yes;
        }
        let is_led = |twin: &&Twin<'_>| to.same(&Named::itself(twin.row)) != Tri::No;
        Tri::any(self.twins.iter().filter(is_led).map(|twin| twin.beside))
    }

    fn hidden(&self, all: &All<'a>) -> Option<Hidden<'a>> {
        let name = self.name();
        let not_in_run = |why, by| Some(Hidden { cause: Cause::NotInRun, why, by });
        if let Some(row) = all.zones.answered(&self.vpc, &name) {
            return not_in_run("something else may answer for the name in this VPC", Some(row));
        }
        let mut leading = all.zones.leading_to(&self.keys).map(|(record, _)| record);
        let elsewhere = leading.find(|record| {
            all.zones.zones_of(record).into_iter().any(|it| it.is_none_or(zones::is_foreign))
                && self.has_name(all.zones.full_name(record)) != Tri::No
        });
        if elsewhere.is_some() {
            return not_in_run(
                "a record stands in a zone that no plan of the run manages",
                elsewhere,
            );
        }
        let seen = all.zones.seen_by(&self.vpc);
        if seen.iter().any(|seen| {
            seen.zone.is_none_or(|zone| zones::is_foreign(zone) && zones::may_hold(zone, &name))
        }) {
            return not_in_run("the VPC sees a zone that no plan of the run manages", None);
        }
        if all.links.rows("vpc").meeting(&self.vpc).next().is_none() {
            if let Some(cause) = self.vpc.open {
                let why = "the plan does not show which VPC it lies in";
                return Some(Hidden { cause, why, by: None });
            }
            return not_in_run("the VPC is of another plan, which may hold its zone", None);
        }
        let goes_on = |object: &Named| outputs::goes_on(all.cx, &all.links, object);
        if goes_on(&self.vpc) || goes_on(&self.keys) {
            return not_in_run(
                "an output hands the VPC or the endpoint on, so another plan may hold the zone",
                None,
            );
        }
        if self.purpose.is_gov() {
            return not_in_run("the private names of GovCloud are not documented", None);
        }
        let why = "a plan that is not complete may hold what is missing";
        all.is_partial.then_some(Hidden { cause: Cause::Incomplete, why, by: None })
    }

    fn missing(&self, all: &All<'a>) -> Missing<'a> {
        let name = self.name();
        let seen = all.zones.seen_by(&self.vpc);
        let of_name = seen.iter().flat_map(|seen| all.zones.records(&seen.keys)).find_map(
            |(record, name)| {
                let is_elsewhere = self.is_reached(record) != Tri::Yes;
                (self.has_name(name) == Tri::Yes && is_elsewhere).then_some(record)
            },
        );
        if let Some(record) = of_name {
            return Missing::Target(record);
        }
        let holds = |zone: &&'a Row| zones::may_hold(zone, &name);
        let sure = || seen.iter().filter(|seen| seen.tri == Tri::Yes);
        let is_seen = |zone: &Row| sure().any(|seen| seen.zone.is_some_and(|it| it.is(zone)));
        let led = all.zones.leading_to(&self.keys).filter(|(_, tri)| *tri == Tri::Yes);
        let mut led = led.flat_map(|(record, _)| all.zones.zones_of(record)).flatten();
        if let Some(zone) = led.find(|zone| holds(zone) && !is_seen(zone)) {
            return Missing::Association(zone);
        }
        if let Some(zone) = sure().filter_map(|seen| seen.zone).find(holds) {
            return Missing::Record(zone);
        }
        let mut beside = all.cx.of("zone").filter(|zone| zone.unit == self.it.unit);
        beside.find(holds).map_or(Missing::Zone, Missing::Association)
    }

    /// The name that clients resolve.
    fn name(&self) -> String {
        self.purpose.name().unwrap_or_else(|| "privatelink.cloud.databricks.com".to_owned())
    }

    fn vpc(&self) -> &'a str {
        self.it.cell("vpc").named().unwrap_or("its VPC")
    }

    fn message(&self, missing: &Missing<'_>, off: Tri, all: &All<'a>) -> String {
        let (name, vpc) = (self.name(), self.vpc());
        let state = if off == Tri::Yes { "is off" } else { "may be off" };
        let link = match missing {
            Missing::Target(record) => {
                let other = all.other(record).map_or("another endpoint", |it| it.address.as_str());
                return format!(
                    "private DNS {state}, and {} leads {name} to {other}",
                    record.address
                );
            }
            Missing::Record(zone) => format!("{} has no record of {name}", zone.address),
            Missing::Association(zone) if is_public(zone) => {
                format!("{} is a public zone, which cannot hold {name}", zone.address)
            }
            Missing::Association(zone) => {
                let (authorized, others): (Vec<&Row>, _) =
                    all.zones.attachments(zone).partition(|row| zones::only_authorizes(row));
                let is_own = |row: &&Row| Named::of(row, "vpc").same(&self.vpc) == Tri::Yes;
                let is_shown = |row: &&&Row| row.cell("vpc").named().is_some();
                let other = others.iter().filter(is_shown).find_map(|row| row.text("vpc_shown"));
                let instead = other.map_or(String::new(), |vpc| format!(", only with {vpc}"));
                let zone = &zone.address;
                match authorized.iter().any(is_own) {
                    true => {
                        format!("{zone} authorizes {vpc} but is not associated with it{instead}")
                    }
                    false => format!("{zone} is not associated with {vpc}{instead}"),
                }
            }
            Missing::Zone => format!("{vpc} has no private hosted zone for {name}"),
        };
        let service = self.purpose.service.as_str();
        format!("private DNS {state}, and {link}: the {service} name resolves to a public address")
    }

    fn help(&self, missing: &Missing<'_>) -> String {
        let (name, vpc) = (self.name(), self.vpc());
        match missing {
            Missing::Target(record) => {
                format!("let {} lead to `dns_entry[0]` of this endpoint", record.address)
            }
            Missing::Record(zone) => {
                format!(
                    "add an alias record `{name}` to {} that leads to `dns_entry[0]` of this endpoint",
                    zone.address
                )
            }
            Missing::Association(zone) if is_public(zone) => {
                format!("make {} private: give it a `vpc` block with {vpc}", zone.address)
            }
            Missing::Association(zone) => format!(
                "associate {} with {vpc}: a `vpc` block, or an `aws_route53_zone_association`",
                zone.address
            ),
            Missing::Zone => {
                let (record, zone) = name.split_once('.').unwrap_or(("", &name));
                format!(
                    "set `private_dns_enabled = true`, or give {vpc} a private hosted zone `{zone}` with an alias record `{record}` that leads to `dns_entry[0]` of this endpoint"
                )
            }
        }
    }

    fn related(
        &self,
        missing: &Missing<'a>,
        all: &All<'a>,
    ) -> Vec<(&'a Row, Option<String>, &'static str)> {
        match missing {
            Missing::Zone => Vec::new(),
            Missing::Record(zone) => {
                vec![(*zone, Some("name".to_owned()), "the zone, without the record")]
            }
            Missing::Target(record) => {
                let other = all.other(record).map(|it| (it, None, "the endpoint that it leads to"));
                let record = (*record, None, "the record, leading elsewhere");
                [record].into_iter().chain(other).collect()
            }
            Missing::Association(zone) => {
                let zone_itself =
                    (*zone, Some("name".to_owned()), "the zone, not seen by this VPC");
                let others = all.zones.attachments(zone).filter(|row| !row.is(zone)).take(3);
                let label = |row: &Row| match zones::only_authorizes(row) {
                    true => "only authorizes an association",
                    false => "associates it with another VPC",
                };
                let others = others.map(|row| (row, Some("vpc_id".to_owned()), label(row)));
                [zone_itself].into_iter().chain(others).collect()
            }
        }
    }
}

fn is_public(zone: &Row) -> bool {
    zone.tri("private") == Tri::No
}

fn is_gov(zone: &str) -> bool {
    zones::is_databricks(zone) && !zones::is_below(zone, "databricks.com")
}
