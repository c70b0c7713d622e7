//! A network whose subnets do not spread over availability zones.

use crate::{
    builtin::shared::{
        account::{self, NETWORK},
        routes,
    },
    estate::{Cell, Links, Named, Row, Rows},
    facts::subnets::FEWEST,
    graph::{End, Hit, Targets, Val, View},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_networks` two of whose subnets lie in one availability zone, by the name
    /// of the zone or by its id, and one that names fewer than two subnets. The subnets may stand in
    /// other plans of the run.
    ///
    /// ## Why is this bad?
    /// A workspace needs at least two subnets, each in an availability zone of its own. The provider
    /// counts the subnets only where their ids are known already, and never looks at zones: Databricks
    /// refuses the network when it is applied.
    /// Source: [databricks_mws_networks](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_networks),
    /// `subnet_ids`.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_subnet" "private" {
    ///   count             = 2
    ///   availability_zone = data.aws_availability_zones.available.names[count.index]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Subnets of no plan of the run, and zones that nobody chose. A splat may stand in `slice()` or
    /// behind an `if`, which a plan does not show without source: then only subnets that all lie in one
    /// zone are a finding. Zones that are known only after the apply make it possible.
    pub static RULE = {
        id: "net-subnet-az-duplicate",
        summary: "two workspace subnets in the same availability zone, or fewer than two",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_networks"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    routes::subnets(cx, rows);
    for it in cx.of("databricks_mws_networks") {
        rows.add("list", it).with("short", is_short(&it.get("subnet_ids")));
    }
}

/// Whether a list names fewer subnets than a network needs.
fn is_short(list: &View<'_>) -> Tri {
    let distinct = |targets: &Targets<'_>| targets.found.len() + targets.elsewhere.len() < FEWEST;
    match list.val() {
        Val::Known(_) => Tri::from(distinct(&list.targets(account::SUBNET))),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => {
            let targets = list.targets(account::SUBNET);
            let is_subnet = |hit: &Hit| match hit.end {
                End::Resource(id) => account::SUBNET.contains(&list.res().scope().res(id).type_()),
                _ => false,
            };
            let is_all = targets.unsure.is_none() && list.hits().iter().all(is_subnet);
            match (list.written_elements(), distinct(&targets)) {
                (Some(count), _) => Tri::from(count < FEWEST),
                (None, true) if is_all => list.maybe(cause),
                (None, _) => Tri::No,
            }
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for network in cx.of(NETWORK) {
        let subnets = links.to(network, "subnets", routes::KIND);
        let pairs = pairs(&subnets);
        let share = match network.tri("all-subnets") {
            Tri::Yes => Tri::any(pairs.iter().map(|(.., share)| *share)),
            // Whichever of them are meant, two of them are in one zone.
            _ if pairs.iter().all(|(.., share)| *share == Tri::Yes) => Tri::from(!pairs.is_empty()),
            _ => Tri::No,
        };
        let worst = pairs.iter().max_by_key(|(.., share)| *share);
        let mut draft = out
            .deny(share, network, "subnet_ids", || match worst {
                Some((a, b, Tri::Yes)) => {
                    format!("{} and {} are both in {}", a.address, b.address, zone(a))
                }
                _ => "two of its subnets may be in one availability zone".to_owned(),
            })
            .help(|| "give each subnet an availability zone of its own".to_owned());
        for subnet in worst.into_iter().flat_map(|(a, b, _)| [*a, *b]) {
            draft =
                draft.related_at(subnet, "availability_zone", || format!("in {}", zone(subnet)));
        }
    }
    for network in cx.of("list") {
        out.deny(network.tri("short"), network, "subnet_ids", || {
            format!("names fewer than {FEWEST} subnets")
        })
        .key("short")
        .help(|| format!("name {FEWEST} or more, each in an availability zone of its own"));
    }
}

/// Every two subnets of a list, and whether they are in one zone.
fn pairs<'a>(subnets: &[(&'a Row, Tri)]) -> Vec<(&'a Row, &'a Row, Tri)> {
    let mut pairs = Vec::new();
    for (at, (a, sure)) in subnets.iter().enumerate() {
        for (b, also) in &subnets[at + 1..] {
            // One subnet may have a row in each of two plans.
            if Named::itself(a).same(&Named::itself(b)) == Tri::No {
                pairs.push((*a, *b, *sure & *also & share_zone(a, b)));
            }
        }
    }
    pairs
}

/// By name or by id, whichever both have; a name and an id cannot be compared, and what nobody chose is left
/// to AWS.
fn share_zone(a: &Row, b: &Row) -> Tri {
    let both = |cell: &&str| a.text(cell).is_some() && b.text(cell).is_some();
    let same = |cell: &str| a.cell(cell).same(b.cell(cell));
    match ["zone", "zone-id"].into_iter().find(both) {
        Some(cell) => same(cell),
        None if both(&"zones") && same("zones") == Tri::Yes => same("pick"),
        None => same("zone") | same("zone-id"),
    }
}

fn zone(subnet: &Row) -> &str {
    match subnet.cell("zone") {
        Cell::Unset => subnet.cell("zone-id").show(),
        zone => zone.show(),
    }
}
