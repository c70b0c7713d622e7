//! Private hosted zones for names of Databricks and of AWS: which VPCs see them, what they hold, and what
//! answers in their place.

use crate::{
    estate::{Cell, Joined, Named, Row, Rows},
    facts::{
        privatelink::{AWS_DOMAIN, DOMAINS},
        resolvers,
    },
    graph::{Cause, Res, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

/// The types that a VPC is managed as.
pub const VPC: &[&str] = &["aws_vpc", "aws_default_vpc"];
const ZONE: &[&str] = &["aws_route53_zone"];
const ENDPOINT: &[&str] = &["aws_vpc_endpoint"];
const RULE: &[&str] = &["aws_route53_resolver_rule"];
const DHCP: &[&str] = &["aws_vpc_dhcp_options"];
const PROFILE: &[&str] = &["aws_route53profiles_profile"];

/// What leads names of a VPC to an endpoint, or answers for them in other ways.
pub const SERVING: &[&str] = &[
    "aws_route53_record",
    "aws_route53_records_exclusive",
    "aws_route53_resolver_rule_association",
    "aws_route53_zone",
    "aws_route53_zone_association",
    "aws_route53profiles_association",
    "aws_route53profiles_resource_association",
    "aws_vpc_dhcp_options_association",
    "aws_vpc_endpoint_private_dns",
];

/// Takes rows about zones from a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "zones", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for zone in cx.of(ZONE[0]).chain(cx.data(ZONE[0])).filter(|zone| may_matter(*zone)) {
        collect_zone(zone, rows);
    }
    for (type_, only_authorized) in [
        ("aws_route53_zone_association", false),
        ("aws_route53_vpc_association_authorization", true),
    ] {
        for it in cx.of(type_).filter(|it| concerns(&it.get("zone_id"))) {
            attach(rows, it, Cell::from(it.get("zone_id").target(ZONE)), &it.get("vpc_id"))
                .with("only_authorized", Tri::from(only_authorized))
                .with("region", sent_region(it, &it.get("vpc_region")));
        }
    }
    let records = cx.of("aws_route53_record");
    for it in records.filter(|it| concerns(&it.get("zone_id")) && may_answer(&it.get("type"))) {
        let alias = it.get("alias[0].name");
        let records = it.get("records");
        let (to, services, at) = match alias.val() {
            Val::Null | Val::Omitted => (
                endpoints(&records),
                records.items().filter_map(|it| service(&it)).collect(),
                "records",
            ),
            _ => (endpoint(&alias), service(&alias).into_iter().collect(), "alias[0].name"),
        };
        record(rows, it, &it.get("name"), to)
            .with("services", Cell::List(services))
            .with("at", Cell::Known(at.to_owned()));
    }
    for it in cx.of("aws_route53_records_exclusive").filter(|it| concerns(&it.get("zone_id"))) {
        for set in it.get("resource_record_set").items().filter(|it| may_answer(&it.get("type"))) {
            let alias = set.get("alias_target.dns_name");
            let to = match alias.val() {
                Val::Null | Val::Omitted => Cell::List(
                    set.get("resource_records")
                        .items()
                        .map(|it| endpoint(&it.get("value")))
                        .collect(),
                ),
                _ => endpoint(&alias),
            };
            record(rows, it, &set.get("name"), to)
                .with("at", Cell::Known("resource_record_set".to_owned()));
        }
    }
    collect_other_answers(cx, rows);
}

/// Whether records of a type may be what somebody is told who asks for an address: of their own, or of
/// other servers that know.
fn may_answer(type_: &View<'_>) -> bool {
    type_.text().is_none_or(|text| resolvers::ANSWERING.contains(&text))
}

fn collect_zone(zone: Res<'_>, rows: &mut Rows) {
    let managed = zone.mode() == Mode::Managed;
    let vpcs = zone.get("vpc");
    let has_vpc = vpcs.test(|list| list.items().len() > 0);
    rows.add("zone", zone)
        .with("name", zone.get("name"))
        .with("private", if managed { has_vpc } else { Tri::Yes })
        .with("managed", Tri::from(managed))
        .with("region", zone.region());
    for vpc in vpcs.items() {
        attach(rows, zone, Cell::from(Target::Here(zone)), &vpc.get("vpc_id"))
            .with("region", sent_region(zone, &vpc.get("vpc_region")));
    }
    if matches!(vpcs.val(), Val::Unknown(_)) {
        attach(rows, zone, Cell::from(Target::Here(zone)), &vpcs);
    }
    let seen_by = zone.get("vpc_id");
    if !managed && seen_by.is_set() != Tri::No {
        attach(rows, zone, Cell::from(Target::Here(zone)), &seen_by);
    }
}

/// The region in which Route 53 looks for a VPC: the one given, else the provider's own, which the
/// provider sends in its place.
fn sent_region(by: Res<'_>, given: &View<'_>) -> Cell {
    match given.val() {
        Val::Null | Val::Omitted => by.region().map_or(Cell::Unset, Cell::Known),
        _ => Cell::from(given),
    }
}

fn attach<'r>(rows: &'r mut Rows, by: Res<'_>, zone: Cell, vpc: &View<'_>) -> &'r mut Row {
    rows.add("attached", by)
        .with("zone", zone)
        .with("vpc", Cell::from(vpc.target(VPC)))
        .with("vpc_shown", Cell::Known(shown(vpc, VPC)))
}

/// How a message may call the object that a value names.
pub fn shown(view: &View<'_>, types: &[&str]) -> String {
    view.target(types).here().map_or_else(|| view.show(), |res| res.address().to_owned())
}

fn record<'r>(rows: &'r mut Rows, it: Res<'_>, name: &View<'_>, to: Cell) -> &'r mut Row {
    rows.add("record", it)
        .with("zone", Cell::from(it.get("zone_id").target(ZONE)))
        .with("name", name)
        .with("to", to)
}

/// Resolver rules, own DNS servers and Route 53 profiles of a VPC.
fn collect_other_answers(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(RULE[0]).chain(cx.data(RULE[0])) {
        rows.add("resolver_rule", it)
            .with("domain", it.get("domain_name"))
            .with("system", it.get("rule_type").is("SYSTEM"));
    }
    for it in cx.of("aws_route53_resolver_rule_association") {
        answers(rows, it).with("rule", it.get("resolver_rule_id").target(RULE));
    }
    for it in cx.of("aws_vpc_dhcp_options_association") {
        let own_servers = |options: Res<'_>| {
            let servers = options.get("domain_name_servers");
            servers
                .test(|list| list.items().any(|it| !it.as_str().is_some_and(resolvers::is_amazon)))
        };
        if it
            .get("dhcp_options_id")
            .target(DHCP)
            .here()
            .is_some_and(|it| own_servers(it) != Tri::No)
        {
            answers(rows, it).with("domain", Cell::Known(".".to_owned()));
        }
    }
    for it in cx.of("aws_route53profiles_association") {
        let profile = Cell::from(it.get("profile_id").target(PROFILE));
        rows.add("profile", it)
            .with("profile", profile)
            .with("vpc", Cell::from(it.get("resource_id").target(VPC)));
    }
    for it in cx.of("aws_route53profiles_resource_association") {
        let profile = Cell::from(it.get("profile_id").target(PROFILE));
        rows.add("profile_zone", it)
            .with("profile", profile)
            .with("zone", Cell::from(it.get("resource_arn").target(ZONE)));
    }
}

fn answers<'r>(rows: &'r mut Rows, it: Res<'_>) -> &'r mut Row {
    rows.add("answers", it).with("vpc", Cell::from(it.get("vpc_id").target(VPC)))
}

/// Whether a reference may lead to a zone that matters here.
fn concerns(zone: &View<'_>) -> bool {
    match zone.target(ZONE) {
        Target::Here(zone) => may_matter(zone),
        Target::OneOf(all) => all.into_iter().any(may_matter),
        _ => true,
    }
}

fn may_matter(zone: Res<'_>) -> bool {
    zone.get("name").text().is_none_or(|name| matters(&normal(name)))
}

fn matters(name: &str) -> bool {
    is_databricks(name) || is_below(name, AWS_DOMAIN)
}

/// Whether a name is one of Databricks' or lies below.
pub fn is_databricks(name: &str) -> bool {
    DOMAINS.iter().any(|domain| is_below(name, domain))
}

/// Whether a name is `zone` or lies below it.
pub fn is_below(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|head| head.is_empty() || head.ends_with('.'))
}

/// A name of DNS in lower case and without a final dot.
pub fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The endpoint that a record's value leads to. Its DNS names begin with its id; an address or any
/// other name may stand for it.
fn endpoint(value: &View<'_>) -> Cell {
    match value.target(ENDPOINT) {
        Target::Elsewhere(text) => {
            vpce_id(&text).map_or(Cell::Unknown(Cause::NotInRun), Cell::Known)
        }
        Target::Given(given) => match given.shown.as_deref().and_then(vpce_id) {
            Some(id) => Cell::Known(id),
            None => Cell::from(Target::Given(given)),
        },
        target => Cell::from(target),
    }
}

fn endpoints(values: &View<'_>) -> Cell {
    match values.val() {
        Val::Known(_) => Cell::List(values.items().map(|value| endpoint(&value)).collect()),
        _ => Cell::from(values.targets(ENDPOINT)),
    }
}

/// The id in a DNS name of an endpoint, `vpce-0123-4567.vpce-svc-89.eu-west-1.vpce.amazonaws.com`.
pub fn vpce_id(name: &str) -> Option<String> {
    let label = name
        .split('.')
        .find(|label| label.starts_with("vpce-") && !label.starts_with("vpce-svc-"))?;
    let id = label.strip_prefix("vpce-")?.split('-').next()?;
    Some(format!("vpce-{id}"))
}

/// The endpoint service that a known DNS name of an endpoint holds.
fn service(value: &View<'_>) -> Option<Cell> {
    value.text().and_then(service_in).map(Cell::Known)
}

/// The service in a DNS name of an endpoint: of
/// `vpce-0123-4567.vpce-svc-89.eu-west-1.vpce.amazonaws.com` it is
/// `com.amazonaws.vpce.eu-west-1.vpce-svc-89`.
fn service_in(name: &str) -> Option<String> {
    let mut labels = name.split('.').skip_while(|label| !label.starts_with("vpce-svc-"));
    let (service, region) = (labels.next()?, labels.next()?);
    Some(format!("com.amazonaws.vpce.{region}.{service}"))
}

/// Zones of all plans, joined.
#[derive(Debug)]
pub struct Zones<'a> {
    zones: Joined<'a>,
    records: Joined<'a>,
    by_target: Joined<'a>,
    by_vpc: Joined<'a>,
    by_zone: Joined<'a>,
    answers: Joined<'a>,
    resolver_rules: Joined<'a>,
    profiles: Joined<'a>,
    profile_zones: Joined<'a>,
}

/// A zone, or the id of one that no plan holds, as a VPC sees it.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// What names it.
    pub keys: Named,
    /// The zone, where a plan holds it.
    pub zone: Option<&'a Row>,
    /// Whether the VPC sees it.
    pub tri: Tri,
}

impl<'a> Zones<'a> {
    /// Joins the rows that [`collect`] took.
    pub fn new(cx: &'a EstateCx<'_>) -> Zones<'a> {
        Zones {
            zones: Joined::themselves(cx.of("zone")),
            records: Joined::by(cx.of("record"), "zone"),
            by_target: Joined::by(cx.of("record"), "to"),
            by_vpc: Joined::by(cx.of("attached"), "vpc"),
            by_zone: Joined::by(cx.of("attached"), "zone"),
            answers: Joined::by(cx.of("answers"), "vpc"),
            resolver_rules: Joined::themselves(cx.of("resolver_rule")),
            profiles: Joined::by(cx.of("profile"), "vpc"),
            profile_zones: Joined::by(cx.of("profile_zone"), "profile"),
        }
    }

    /// The zones that a VPC sees. A public zone is none of them, whatever is associated with it:
    /// Route 53 refuses that.
    pub fn seen_by(&self, vpc: &Named) -> Vec<Seen<'a>> {
        let direct = self
            .by_vpc
            .seek(vpc)
            .into_iter()
            .map(|(row, tri)| (row, if only_authorizes(row) { tri & Tri::Maybe } else { tri }));
        let profiles = self.profiles.seek(vpc).into_iter().flat_map(|(row, tri)| {
            let zones = self.profile_zones.meeting(&Named::of(row, "profile"));
            zones.map(move |row| (row, tri))
        });
        // Behind `for_each` the plan does not show which zone goes with which VPC: any may.
        let seen = direct.chain(profiles).flat_map(|(row, tri)| {
            self.each(row).into_iter().map(move |(keys, zone)| Seen { keys, zone, tri })
        });
        seen.filter(|seen| {
            seen.zone.is_none_or(|zone| *zone.cell("private") != Cell::Answer(Tri::No))
        })
        .collect()
    }

    /// The zones one of which a row names, each with the row of it that a plan holds. What names none that is
    /// seen stays one.
    fn each(&self, row: &Row) -> Vec<(Named, Option<&'a Row>)> {
        let named = Named::of(row, "zone");
        let held = |keys: Named| {
            let zone = self.zones.meeting(&keys).next();
            (keys, zone)
        };
        match named.each() {
            all if all.len() > 1 => all.into_iter().map(held).collect(),
            _ => vec![held(named)],
        }
    }

    /// What a zone is associated with.
    pub fn attachments(&self, zone: &Row) -> impl Iterator<Item = &'a Row> {
        self.by_zone.meeting(&Named::itself(zone))
    }

    /// Records of a zone, or that may be, with the full names that they have in it, as far as they are known.
    pub fn records(&self, seen: &Named) -> impl Iterator<Item = (&'a Row, Option<String>)> {
        let zone = self.zones.meeting(seen).next();
        self.records.meeting(seen).map(move |row| (row, name_in(row, zone)))
    }

    /// Records that lead to an endpoint, or may.
    pub fn leading_to(&self, endpoint: &Named) -> impl Iterator<Item = (&'a Row, Tri)> {
        self.by_target.seek(endpoint).into_iter()
    }

    /// Whether records of which the zone is not known may be in this one.
    pub fn may_hold_more(&self, zone: &Named) -> bool {
        self.records.seek(zone).into_iter().any(|(_, tri)| tri == Tri::Maybe)
    }

    /// The zones of a record, one of which it is in; none for one that no plan holds.
    pub fn zones_of(&self, record: &Row) -> Vec<Option<&'a Row>> {
        self.each(record).into_iter().map(|(_, zone)| zone).collect()
    }

    /// A record's name with its zone's, the same in each zone that it may be in.
    pub fn full_name(&self, record: &Row) -> Option<String> {
        let names = self.zones_of(record).into_iter().map(|zone| name_in(record, zone));
        names.reduce(|one, other| one.filter(|it| Some(it) == other.as_ref())).flatten()
    }

    /// Whether something may answer for a name in a VPC that no plan of the run shows.
    pub fn is_hidden(&self, vpc: &Named, name: &str) -> bool {
        let unseen =
            |seen: &Seen<'_>| seen.zone.is_none_or(|zone| is_foreign(zone) && may_hold(zone, name));
        self.answered(vpc, name).is_some() || self.seen_by(vpc).iter().any(unseen)
    }

    /// Whether a VPC sees a zone that holds a name, or may.
    pub fn holds(&self, vpc: &Named, name: &str) -> Tri {
        held(&self.seen_by(vpc), name)
    }

    /// Whether a resolver rule, an own DNS server or a Route 53 profile may answer for a name in a
    /// VPC, and which.
    pub fn answered(&self, vpc: &Named, name: &str) -> Option<&'a Row> {
        let covers = |row: &Row| match *row.cell("rule") {
            Cell::Unset => covers(row, name),
            _ => {
                let rules = self.resolver_rules.named(&Named::of(row, "rule"));
                let is_sure = |(rule, tri): &(&Row, Tri)| {
                    *tri == Tri::Yes && (rule.tri("system") == Tri::Yes || !covers(rule, name))
                };
                rules.is_empty() || !rules.iter().all(is_sure)
            }
        };
        let mut answers = self.answers.seek(vpc).into_iter().map(|(row, _)| row);
        answers.find(|row| covers(row)).or_else(|| self.profiles.meeting(vpc).next())
    }
}

/// Whether what attaches a VPC to a zone only lets its account associate it.
pub fn only_authorizes(attached: &Row) -> bool {
    *attached.cell("only_authorized") == Cell::Answer(Tri::Yes)
}

/// Whether one of the zones that a VPC sees holds a name, or may.
pub fn held(seen: &[Seen<'_>], name: &str) -> Tri {
    let holding = seen.iter().filter(|seen| seen.zone.is_some_and(|zone| may_hold(zone, name)));
    Tri::any(holding.map(|seen| seen.tri))
}

/// A record's name with its zone's: `tunnel` in a zone is `tunnel.<zone>`, an empty one the zone's own.
fn name_in(record: &Row, zone: Option<&Row>) -> Option<String> {
    let name = normal(record.text("name")?);
    if matters(&name) {
        return Some(name);
    }
    let zone = zone_name(zone?)?;
    Some(if name.is_empty() { zone } else { format!("{name}.{zone}") })
}

/// Whether the domain of a row is above a name, or it; also where it is not known.
fn covers(row: &Row, name: &str) -> bool {
    let Some(domain) = row.text("domain") else { return true };
    let domain = normal(domain);
    domain.is_empty() || is_below(name, &domain)
}

/// A zone's name, in lower case and without a final dot.
pub fn zone_name(zone: &Row) -> Option<String> {
    zone.text("name").map(normal)
}

/// Whether a zone's name is above another, or it; `true` where the zone's name is not known.
pub fn may_hold(zone: &Row, name: &str) -> bool {
    zone_name(zone).is_none_or(|zone| is_below(name, &zone))
}

/// Looked up only: other plans may associate it and fill it.
pub fn is_foreign(zone: &Row) -> bool {
    zone.tri("managed") != Tri::Yes
}

#[cfg(test)]
mod tests {
    use super::{is_databricks, service_in, vpce_id};

    #[test]
    fn endpoint_names() {
        let id = Some("vpce-028234b4a9d7296bc".to_owned());
        for name in [
            "vpce-028234b4a9d7296bc-28234b4a.vpce-svc-081f78503812597f7.eu-central-1.vpce.amazonaws.com",
            "vpce-028234b4a9d7296bc-28234b4a-eu-central-1a.vpce-svc-081f78503812597f7.eu-central-1.vpce.amazonaws.com",
            "vpce-028234b4a9d7296bc",
        ] {
            assert_eq!(vpce_id(name), id, "{name}");
        }
        assert_eq!(
            service_in("vpce-028-4b4a.vpce-svc-081f.eu-central-1.vpce.amazonaws.com").as_deref(),
            Some("com.amazonaws.vpce.eu-central-1.vpce-svc-081f")
        );
        assert_eq!(service_in("x.elb.eu-central-1.amazonaws.com"), None);
        assert_eq!(vpce_id("10.0.0.1"), None);
        assert_eq!(vpce_id("internal-x.elb.eu-central-1.amazonaws.com"), None);
    }

    #[test]
    fn names() {
        assert!(is_databricks("databricks.com") && is_databricks("x.cloud.databricks.us"));
        assert!(
            !is_databricks("acmedatabricks.com") && !is_databricks("databricks.com.example.net")
        );
    }
}
