//! A zone for private names that the VPC which needs it does not see.

use std::{
    collections::{BTreeMap, BTreeSet},
    ptr,
    rc::Rc,
};

use crate::{
    builtin::shared::{
        account, endpoints, outputs,
        private_names::Purpose,
        regions,
        zones::{self, Seen, Zones},
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::regions::is_region,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a private hosted zone for private names of Databricks that is not associated with a VPC that
    /// needs it: the VPC of an endpoint with private DNS off to which a record of the zone leads, or whose
    /// names the zone would hold, and the VPC of a network that uses this endpoint. And it finds
    /// associations with a VPC of another region than the one in which Route 53 is told to look: without
    /// `vpc_region` that is the provider's own. Zone, association, VPC and endpoint may stand in different
    /// plans of the run.
    ///
    /// ## Why is this bad?
    /// A private zone answers only in the VPCs that it is associated with. In every other one the
    /// names keep resolving to public addresses, and where there is no way to the internet clusters do not
    /// start. An association with a VPC of another region fails.
    /// Source: [Configure DNS for classic PrivateLink](https://docs.databricks.com/aws/en/security/network/classic/privatelink-dns);
    /// [AssociateVPCWithHostedZone](https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html);
    /// [aws_route53_zone](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route53_zone),
    /// `vpc_region`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_route53_zone_association" "spoke" {
    ///   zone_id    = aws_route53_zone.privatelink.zone_id
    ///   vpc_id     = aws_vpc.spoke.id
    ///   vpc_region = "eu-west-1" # where it is not the provider's
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Associations of no plan of the run. The finding is only possible where the VPC is of another plan,
    /// where the only plan of the run hands zone, VPC or endpoint on in an output, where something else may
    /// answer in the VPC, and where the zone's record leads to another endpoint. The private names of
    /// GovCloud are not documented: there it is never more than possible. A VPC that sees another zone for
    /// the name needs no second one.
    pub static RULE = {
        id: "dns-zone-not-associated",
        summary: "PrivateLink zone not associated with the VPC that needs it",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_route53_zone", "aws_route53_zone_association"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What lets another plan make an association.
const HANDED_ON: &[(&str, &str)] = &[
    ("aws_default_vpc", "id"),
    ("aws_route53_zone", "id"),
    ("aws_route53_zone", "zone_id"),
    ("aws_vpc", "id"),
    ("aws_vpc_endpoint", "dns_entry"),
];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    endpoints::collect(cx, rows);
    zones::collect(cx, rows);
    for it in zones::VPC.iter().flat_map(|type_| cx.of(type_)) {
        let region = regions::of_vpc(it);
        rows.add("vpc", it).with("region", region);
    }
    outputs::collect(cx, rows, HANDED_ON);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let run = Run { cx, links: Links::of(cx), zones: Zones::new(cx) };
    for attached in cx.of("attached") {
        run.deny_region(attached, out);
    }
    let places = &mut Places { run: &run, known: BTreeMap::new() };
    let needs = Needs::of(cx.of(endpoints::KIND).flat_map(|it| run.needs(it, places)).collect());
    for zone in cx.of("zone").filter(|zone| !zones::is_foreign(zone)) {
        let Some(name) = zones::zone_name(zone).filter(|name| zones::is_databricks(name)) else {
            continue;
        };
        run.deny_missing(zone, &name, &needs, out);
    }
}

/// All plans.
struct Run<'a> {
    cx: &'a EstateCx<'a>,
    links: Links<'a>,
    zones: Zones<'a>,
}

/// A VPC in which the names of an endpoint have to be looked up in a zone.
struct Need<'a> {
    endpoint: &'a Row,
    /// What names the VPC: the endpoint, or a network.
    by: &'a Row,
    purpose: Purpose,
    /// The name that clients resolve.
    name: String,
    /// The zones that the VPC sees, whatever they hold.
    sees: Rc<BTreeMap<Instance<'a>, Tri>>,
    tri: Tri,
}

/// The VPC that an endpoint or a network names, asked once for all that use it.
struct Place<'a> {
    vpc: Named,
    seen: Vec<Seen<'a>>,
    sees: Rc<BTreeMap<Instance<'a>, Tri>>,
    /// Endpoints whose names AWS keeps there, or may.
    keeping: Vec<(&'a Row, Tri)>,
    /// It is another plan's, or may be handed on to one.
    is_foreign: bool,
    /// By name: whether a zone holds it, and whether something else may answer.
    names: BTreeMap<String, (Tri, bool)>,
}

struct Places<'r, 'a> {
    run: &'r Run<'a>,
    known: BTreeMap<*const Row, Place<'a>>,
}

impl<'a> Places<'_, 'a> {
    fn of(&mut self, by: &'a Row) -> &mut Place<'a> {
        let run = self.run;
        self.known.entry(ptr::from_ref(by)).or_insert_with(|| {
            let vpc = Named::of(by, "vpc");
            let seen = run.zones.seen_by(&vpc);
            let is_unseen = run.links.rows("vpc").named(&vpc).is_empty();
            Place {
                sees: Rc::new(by_zone(&seen)),
                seen,
                keeping: endpoints::keeping_names(&run.links, &vpc),
                is_foreign: is_unseen || outputs::goes_on(run.cx, &run.links, &vpc),
                names: BTreeMap::new(),
                vpc,
            }
        })
    }
}

impl Place<'_> {
    /// Whether a zone that the VPC sees holds a name, and whether something else may answer for it.
    fn holds(&mut self, zones: &Zones<'_>, name: &str) -> (Tri, bool) {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let found = (zones::held(&self.seen, name), zones.is_hidden(&self.vpc, name));
        self.names.insert(name.to_owned(), found);
        found
    }
}

/// The zones of the run that a VPC sees.
fn by_zone<'a>(all: &[Seen<'a>]) -> BTreeMap<Instance<'a>, Tri> {
    let mut zones = BTreeMap::new();
    for seen in all {
        if let Some(zone) = seen.zone {
            let tri: &mut Tri = zones.entry(instance(zone)).or_insert(Tri::No);
            *tri = *tri | seen.tri;
        }
    }
    zones
}

/// Unit and address.
type Instance<'a> = (&'a str, &'a str);

fn instance(row: &Row) -> Instance<'_> {
    (&row.unit, &row.address)
}

/// All of them, and the places of those of an endpoint.
struct Needs<'a> {
    all: Vec<Need<'a>>,
    of_endpoint: BTreeMap<Instance<'a>, Vec<usize>>,
}

impl<'a> Needs<'a> {
    fn of(all: Vec<Need<'a>>) -> Needs<'a> {
        let mut of_endpoint: BTreeMap<Instance<'_>, Vec<usize>> = BTreeMap::new();
        for (at, need) in all.iter().enumerate() {
            of_endpoint.entry(instance(need.endpoint)).or_default().push(at);
        }
        Needs { all, of_endpoint }
    }
}

impl<'a> Run<'a> {
    /// The VPC of an endpoint whose names AWS does not keep, and those of the networks that use it.
    fn needs(&self, endpoint: &'a Row, places: &mut Places<'_, 'a>) -> Vec<Need<'a>> {
        let off = endpoints::is_type(endpoint, "Interface")
            & !endpoints::has_private_dns(&self.links, endpoint);
        let purpose = endpoint.text("service").and_then(Purpose::of);
        let (Some(purpose), true) = (purpose, off != Tri::No) else { return Vec::new() };
        let Some(name) = purpose.name() else { return Vec::new() };
        let may_lack = endpoints::HOLDING.iter().chain(zones::SERVING);
        let is_hidden = purpose.is_gov()
            || outputs::goes_on(self.cx, &self.links, &Named::itself(endpoint))
            || may_lack.into_iter().any(|it| self.cx.may_lack(it));
        let need = |(by, sure): (&'a Row, Tri)| {
            let place = places.of(by);
            let (held, is_answered) = place.holds(&self.zones, &name);
            let unheld = !held & !endpoints::is_among(&place.keeping, endpoint);
            let hidden = Tri::from(is_hidden || place.is_foreign || is_answered);
            let tri = off & sure & unheld & !(hidden & Tri::Maybe);
            let (purpose, name, sees) = (purpose.clone(), name.clone(), Rc::clone(&place.sees));
            Need { endpoint, by, purpose, name, sees, tri }
        };
        self.users(endpoint).into_iter().map(need).filter(|need| need.tri != Tri::No).collect()
    }

    /// What names a VPC that needs the names of an endpoint: itself, and the networks that use it.
    fn users(&self, endpoint: &'a Row) -> Vec<(&'a Row, Tri)> {
        let mut users = vec![(endpoint, Tri::Yes)];
        let mut places: BTreeMap<*const Row, usize> = BTreeMap::new();
        for (registration, sure) in self.links.from(endpoint, account::REGISTRATION, "endpoint") {
            for list in ["rest", "relay"] {
                for (row, tri) in self.links.from(registration, account::NETWORK, list) {
                    let at = *places.entry(ptr::from_ref(row)).or_insert(users.len());
                    match users.get_mut(at) {
                        Some((_, any)) => *any = *any | (sure & tri),
                        None => users.push((row, sure & tri)),
                    }
                }
            }
        }
        users
    }

    /// Reports a VPC that Route 53 is told to look for in another region than its own.
    fn deny_region(&self, attached: &'a Row, out: &mut Findings<'_>) {
        let is_databricks = |(zone, _): &(&Row, Tri)| {
            zones::zone_name(zone).is_some_and(|name| zones::is_databricks(&name))
        };
        let told = attached.text("region").filter(|told| is_region(told));
        let mut zones = self.links.to(attached, "zone", "zone").into_iter();
        let (Some(told), true) = (told, zones.any(|it| is_databricks(&it))) else { return };
        let vpcs = self.links.to(attached, "vpc", "vpc");
        let lies = vpcs.iter().find_map(|(row, _)| row.text("region")).unwrap_or(told);
        let elsewhere = |(row, sure): &(&Row, Tri)| {
            *sure & row.text("region").map_or(Tri::No, |region| Tri::from(region != told))
        };
        let is_inline = *attached.cell("only_authorized") == Cell::Unset;
        let attribute = if is_inline { "vpc" } else { "vpc_region" };
        let mut draft = out
            .deny(Tri::any(vpcs.iter().map(elsewhere)), attached, attribute, || {
                let vpc = attached.text("vpc_shown").unwrap_or("a VPC");
                format!("associates {vpc} as one of {told}, but it lies in {lies}")
            })
            .key(if is_inline { "region" } else { "" })
            .help(|| format!("set `vpc_region = \"{lies}\"`"));
        for (vpc, _) in vpcs {
            draft = draft.related(vpc, || "the VPC".to_owned());
        }
    }

    /// Reports a zone that VPCs which need it do not see.
    fn deny_missing(&self, zone: &'a Row, name: &str, needs: &Needs<'a>, out: &mut Findings<'_>) {
        let unseen = |need: &Need<'_>| {
            need.tri & !need.sees.get(&instance(zone)).copied().unwrap_or(Tri::No)
        };
        let unseen: Vec<Tri> = needs.all.iter().map(unseen).collect();
        let lacking = || needs.all.iter().zip(&unseen).filter(|(_, tri)| **tri != Tri::No);
        let records: Vec<_> = self.zones.records(&Named::itself(zone)).collect();
        let led = records.iter().map(|(record, name)| {
            let serves = |need: &Need<'_>| {
                name.as_deref().map_or(Tri::Maybe, |name| need.purpose.is_served_by(name))
            };
            (Named::of(record, "to"), self.leads_to_need(record, needs, &unseen, serves))
        });
        let led: Vec<(Named, Tri)> = led.filter(|(_, tri)| *tri != Tri::No).collect();
        let all = self.links.rows(endpoints::KIND);
        let led_to: BTreeSet<Instance<'_>> =
            led.iter().flat_map(|(to, _)| all.meeting(to)).map(instance).collect();
        let leads = |need: &Need<'_>| led_to.contains(&instance(need.endpoint));
        let by_name = lacking().map(|(need, tri)| (need, *tri & need.fits(zone, name, &records)));
        let missing: Vec<(&Need<'_>, Tri)> =
            by_name.filter(|(need, by_name)| *by_name != Tri::No || leads(need)).collect();
        let by_record = led.iter().map(|(_, tri)| *tri);
        let needed = Tri::any(by_record.chain(missing.iter().map(|(_, tri)| *tri)));
        let mut draft = out
            .deny(zone.tri("private") & needed, zone, "vpc", || {
                let first = missing.first().map(|(need, _)| *need);
                let Some(need) = first.or_else(|| lacking().next().map(|(need, _)| need)) else {
                    return "is not associated with every VPC that needs it".to_owned();
                };
                let endpoint = &need.endpoint.address;
                format!(
                    "is not associated with the VPC of {}, so {} does not lead to {endpoint} there",
                    need.by.address, need.name
                )
            })
            .help(|| {
                "add a `vpc` block, or an aws_route53_zone_association, for that VPC".to_owned()
            });
        for (need, _) in missing {
            draft = draft.related_at(need.endpoint, "private_dns_enabled", || {
                "its names are in no zone that its VPC sees".to_owned()
            });
            if !need.by.is(need.endpoint) {
                draft = draft.related_at(need.by, "vpc_id", || "a network that uses it".to_owned());
            }
        }
    }

    /// Whether a record, by a name that serves it, leads to an endpoint that is in need, whichever of
    /// several it leads to.
    fn leads_to_need(
        &self,
        record: &Row,
        needs: &Needs<'_>,
        unseen: &[Tri],
        serves: impl Fn(&Need<'_>) -> Tri,
    ) -> Tri {
        self.links.agree((record, "to"), endpoints::KIND, Tri::No, |endpoint| {
            let own = needs.of_endpoint.get(&instance(endpoint)).into_iter().flatten();
            Tri::any(own.map(|at| unseen[*at] & serves(&needs.all[*at])))
        })
    }
}

impl Need<'_> {
    /// Whether a zone is made for the endpoint by its name, and has no record that shows otherwise.
    fn fits(&self, zone: &Row, name: &str, records: &[(&Row, Option<String>)]) -> Tri {
        let is_made_for = Tri::from(self.purpose.has_zone(name));
        if records.is_empty() {
            // One name serves every region: it takes a hint that this one is meant.
            let is_near = zone.text("region") == Some(&self.purpose.region);
            let is_its_own = is_near || name != "privatelink.cloud.databricks.com";
            return if is_its_own { is_made_for } else { is_made_for & Tri::Maybe };
        }
        let serves = |name: &str| self.purpose.is_served_by(name) == Tri::Yes;
        let serves = records.iter().any(|(_, name)| name.as_deref().is_some_and(serves));
        is_made_for & Tri::from(serves) & Tri::Maybe
    }
}
